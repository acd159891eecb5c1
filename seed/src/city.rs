//! Cities, and places around them.

use crate::random::{Random, Stream};

/// Where land ends (sea or border) close to a city; places beyond are mirrored inland.
#[derive(Clone, Copy)]
enum Shore {
    Inland,
    West,
    East,
}

/// A city with producers in and around it.
pub(crate) struct City {
    pub(crate) name: &'static str,
    /// First three digits of its postal index numbers.
    pin_prefix: &'static str,
    lat_e5: i64,
    lng_e5: i64,
    /// A thousand times the cosine of the latitude: how much shorter a degree of longitude is than one of latitude.
    cos_per_mille: i64,
    shore: Shore,
    /// Relative number of producers.
    weight: u64,
}

/// Where a producer is.
pub(crate) struct Place {
    pub(crate) lat_e5: i64,
    pub(crate) lng_e5: i64,
    /// Six digits.
    pub(crate) pincode: String,
}

/// Standard deviation of 70 % of the places: the city and its edge.
const NEAR_SIGMA_METERS: i64 = 11_000;
/// Standard deviation of the others: the country around it.
const FAR_SIGMA_METERS: i64 = 39_000;
/// How far towards the shore a place may be.
const SHORE_METERS: i64 = 2_000;
/// Places are known to 0.001 degrees, about 100 m.
const GRID_E5: i64 = 100;

/// Largest first.
const CITIES: [City; 24] = [
    city("Mumbai", "400", 19_076, 72_878, 945, Shore::West, 9),
    city("Delhi", "110", 28_614, 77_209, 878, Shore::Inland, 9),
    city("Bengaluru", "560", 12_972, 77_594, 974, Shore::Inland, 8),
    city("Hyderabad", "500", 17_385, 78_487, 954, Shore::Inland, 7),
    city("Pune", "411", 18_520, 73_857, 948, Shore::Inland, 7),
    city("Ahmedabad", "380", 23_023, 72_571, 920, Shore::Inland, 6),
    city("Chennai", "600", 13_083, 80_271, 974, Shore::East, 6),
    city("Kolkata", "700", 22_573, 88_364, 923, Shore::East, 6),
    city("Jaipur", "302", 26_912, 75_787, 892, Shore::Inland, 5),
    city("Lucknow", "226", 26_847, 80_946, 892, Shore::Inland, 4),
    city("Nashik", "422", 19_998, 73_790, 940, Shore::Inland, 4),
    city("Nagpur", "440", 21_146, 79_088, 933, Shore::Inland, 4),
    city("Indore", "452", 22_720, 75_858, 922, Shore::Inland, 4),
    city("Ludhiana", "141", 30_901, 75_857, 858, Shore::Inland, 3),
    city("Coimbatore", "641", 11_017, 76_956, 982, Shore::Inland, 3),
    city("Kochi", "682", 9_931, 76_267, 985, Shore::West, 3),
    city("Patna", "800", 25_594, 85_138, 902, Shore::Inland, 3),
    city("Bhopal", "462", 23_260, 77_413, 919, Shore::Inland, 3),
    city("Chandigarh", "160", 30_733, 76_779, 860, Shore::Inland, 3),
    city("Vadodara", "390", 22_307, 73_181, 925, Shore::Inland, 2),
    city("Kanpur", "208", 26_450, 80_332, 895, Shore::Inland, 2),
    city("Vijayawada", "520", 16_506, 80_648, 959, Shore::Inland, 2),
    city("Bhubaneswar", "751", 20_296, 85_825, 938, Shore::East, 2),
    city("Raipur", "492", 21_251, 81_630, 932, Shore::Inland, 2),
];

/// Latitude and longitude in thousandths of a degree.
const fn city(
    name: &'static str,
    pin_prefix: &'static str,
    lat_e3: i64,
    lng_e3: i64,
    cos_per_mille: i64,
    shore: Shore,
    weight: u64,
) -> City {
    City { name, pin_prefix, lat_e5: lat_e3 * 100, lng_e5: lng_e3 * 100, cos_per_mille, shore, weight }
}

/// The city of a producer, alone: names of products ask for it without the rest of the row.
pub(crate) fn city_of(number: u64, producer_id: u64) -> &'static City {
    let total = CITIES.iter().map(|city| city.weight).sum();
    let drawn = Random::new(number, Stream::City, producer_id).below(total);
    let mut reached = 0;
    let found = CITIES.iter().find(|city| {
        reached += city.weight;
        drawn < reached
    });
    found.unwrap_or(&CITIES[0])
}

impl City {
    /// A place in the city (70 %) or in the country around it.
    pub(crate) fn place(&self, random: &mut Random) -> Place {
        let near = random.chance(700);
        let sigma = if near { NEAR_SIGMA_METERS } else { FAR_SIGMA_METERS };
        let north = random.bell(sigma);
        let east = self.inland(random.bell(sigma));
        // City districts end in 001 to 099, the country around in 101 to 599.
        let last = if near { random.between(1, 99) } else { random.between(101, 599) };
        Place {
            lat_e5: on_grid(self.lat_e5 + meters_to_e5(north)),
            lng_e5: on_grid(self.lng_e5 + meters_to_e5(east) * 1000 / self.cos_per_mille),
            pincode: format!("{}{last:03}", self.pin_prefix),
        }
    }

    fn inland(&self, east_meters: i64) -> i64 {
        match self.shore {
            Shore::West if east_meters < -SHORE_METERS => -east_meters,
            Shore::East if east_meters > SHORE_METERS => -east_meters,
            _ => east_meters,
        }
    }
}

/// A degree of latitude has 111,320 m.
fn meters_to_e5(meters: i64) -> i64 {
    meters * 10_000 / 11_132
}

fn on_grid(degrees_e5: i64) -> i64 {
    (degrees_e5 + GRID_E5 / 2).div_euclid(GRID_E5) * GRID_E5
}

#[cfg(test)]
mod tests {
    use super::CITIES;

    #[test]
    fn cosines_match_the_latitudes() {
        for city in &CITIES {
            let cosine = (city.lat_e5 as f64 / 1e5).to_radians().cos() * 1000.0;
            assert!((cosine - city.cos_per_mille as f64).abs() < 1.0, "{}: {cosine}", city.name);
        }
    }
}
