//! Places on the globe: rounded coordinates, an integer distance, and the grid of cells that lists are indexed by.
//!
//! Everything is integer arithmetic, so that every database and Rust agree to the last bit.

/// Places are kept to a thousandth of a degree, about 100 m: exact distances would give a farmer's home away.
const E3: f64 = 1_000.0;
/// Edge of a grid cell in thousandths of a degree: about 5.5 km from south to north.
const CELL_E3: i64 = 50;
/// Distance between the numbers of two cells on top of each other; more than there are columns (7 200).
const CELL_ROW: i64 = 8_192;
/// Metres in a degree of latitude (mean Earth radius 6 371.0 km).
const METERS_PER_DEGREE: f64 = 111_195.0;
/// Fixed-point scale of the square of the cosine.
const COS_SCALE: i64 = 1_000_000;

/// A rounded place, in thousandths of a degree (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// Latitude.
    pub lat_e3: i64,
    /// Longitude.
    pub lng_e3: i64,
}

impl Place {
    /// The place nearest to these degrees, or `None` off the globe.
    pub fn from_degrees(latitude: f64, longitude: f64) -> Option<Self> {
        if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
            return None;
        }
        let round = |degrees: f64| (degrees * E3).round() as i64;
        Some(Self { lat_e3: round(latitude), lng_e3: round(longitude) })
    }

    /// Latitude in degrees.
    pub fn latitude(self) -> f64 {
        self.lat_e3 as f64 / E3
    }

    /// Longitude in degrees.
    pub fn longitude(self) -> f64 {
        self.lng_e3 as f64 / E3
    }

    /// Number of the grid cell that this place lies in.
    pub fn cell(self) -> i64 {
        cell_of(self.lat_e3.div_euclid(CELL_E3), self.lng_e3.div_euclid(CELL_E3))
    }
}

fn cell_of(row: i64, column: i64) -> i64 {
    row * CELL_ROW + column
}

/// Cells along an edge of an area: about 44 km.
const AREA_CELLS: i64 = 8;

/// Number of the area, a square of 8 by 8 cells, that a cell lies in.
pub fn area_of_cell(cell: i64) -> i64 {
    // Columns reach from -3 600 to 3 600; half a row more makes them positive within their row.
    let half = CELL_ROW / 2;
    let (row, column) = ((cell + half).div_euclid(CELL_ROW), (cell + half).rem_euclid(CELL_ROW) - half);
    cell_of(row.div_euclid(AREA_CELLS), column.div_euclid(AREA_CELLS))
}

/// A distance of `meters` as the integer that [`Circle::squared_distance`] gives, rounded down.
pub fn squared_reach(meters: i64) -> i64 {
    let thousandths = meters as f64 / METERS_PER_DEGREE * E3;
    (thousandths * thousandths * COS_SCALE as f64).floor() as i64
}

/// All places within a radius of one place.
///
/// The distance is that on a plane whose east-west scale is the one of the centre's latitude; up to 50 km in India it
/// is within 0.4 % of the great circle. Circles do not reach across the 180th meridian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Circle {
    /// The middle.
    pub center: Place,
    /// 1 to 50 000.
    pub radius_meters: i64,
}

impl Circle {
    /// Weight of a squared longitude difference, against [`Self::LATITUDE_WEIGHT`] of a squared latitude difference.
    pub fn longitude_weight(&self) -> i64 {
        let cos = self.center.latitude().to_radians().cos();
        (cos * cos * COS_SCALE as f64).round() as i64
    }

    /// Weight of a squared latitude difference.
    pub const LATITUDE_WEIGHT: i64 = COS_SCALE;

    /// The largest weighted squared distance inside the circle.
    pub fn limit(&self) -> i64 {
        squared_reach(self.radius_meters)
    }

    /// Weighted squared distance of `place` from the centre: the integer that lists by distance are sorted by. It fits 64
    /// bits for any two places on the globe.
    pub fn squared_distance(&self, place: Place) -> i64 {
        let (lat, lng) = (place.lat_e3 - self.center.lat_e3, place.lng_e3 - self.center.lng_e3);
        lat * lat * Self::LATITUDE_WEIGHT + lng * lng * self.longitude_weight()
    }

    /// Whether `place` lies inside.
    pub fn contains(&self, place: Place) -> bool {
        self.squared_distance(place) <= self.limit()
    }

    /// A weighted squared distance in metres, rounded to a whole metre.
    pub fn meters(squared_distance: i64) -> f64 {
        ((squared_distance as f64 / COS_SCALE as f64).sqrt() / E3 * METERS_PER_DEGREE).round()
    }

    /// The grid cells that the circle touches, as ranges of neighbouring cell numbers: one range for each row of the
    /// grid, from south to north, at most 19 for the largest radius.
    pub fn cell_ranges(&self) -> Vec<(i64, i64)> {
        let reach = isqrt_ceil(self.limit() / COS_SCALE) + 1;
        let (south, north) = (self.center.lat_e3 - reach, self.center.lat_e3 + reach);
        let rows = south.div_euclid(CELL_E3)..=north.div_euclid(CELL_E3);
        rows.map(|row| self.row_range(row)).collect()
    }

    /// The columns of one grid row that the circle touches.
    fn row_range(&self, row: i64) -> (i64, i64) {
        let (bottom, top) = (row * CELL_E3, row * CELL_E3 + CELL_E3 - 1);
        let nearest = self.center.lat_e3.clamp(bottom, top) - self.center.lat_e3;
        let left = (self.limit() - nearest * nearest * Self::LATITUDE_WEIGHT).max(0);
        // At the poles a degree of longitude has no width: the whole row is near.
        let half_width = left.checked_div(self.longitude_weight()).map_or(360_000, |square| isqrt_ceil(square) + 1);
        let column = |lng_e3: i64| lng_e3.clamp(-180_000, 180_000).div_euclid(CELL_E3);
        (cell_of(row, column(self.center.lng_e3 - half_width)), cell_of(row, column(self.center.lng_e3 + half_width)))
    }
}

fn isqrt_ceil(value: i64) -> i64 {
    let root = (value.max(0) as u64).isqrt() as i64;
    if root * root < value { root + 1 } else { root }
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_area_is_a_square_of_cells_on_both_sides_of_the_meridian_and_the_equator() {
        let area = |lat_e3, lng_e3| super::area_of_cell(super::Place { lat_e3, lng_e3 }.cell());
        assert_eq!(area(0, 0), area(399, 399));
        assert_ne!(area(0, 0), area(400, 0));
        assert_ne!(area(0, 0), area(0, 400));
        assert_ne!(area(-1, 0), area(0, 0));
        assert_ne!(area(0, -1), area(0, 0));
        assert_eq!(area(-1, -1), area(-400, -400));
        assert_ne!(area(18_520, 180_000), area(18_520, -180_000));
    }

    use super::*;
    use proptest::prelude::*;

    fn pune() -> Place {
        Place::from_degrees(18.520_43, 73.856_74).unwrap()
    }

    #[test]
    fn places_are_rounded_to_a_thousandth_of_a_degree() {
        assert_eq!(pune(), Place { lat_e3: 18_520, lng_e3: 73_857 });
        assert!(Place::from_degrees(90.1, 0.0).is_none() && Place::from_degrees(f64::NAN, 0.0).is_none());
    }

    #[test]
    fn distances_agree_with_the_great_circle() {
        let mumbai = Place::from_degrees(19.076, 72.878).unwrap();
        let circle = Circle { center: pune(), radius_meters: 50_000 };
        let meters = Circle::meters(circle.squared_distance(mumbai));
        // Haversine gives 119.9 km.
        assert!((meters - 119_900.0).abs() < 600.0, "{meters}");
    }

    proptest! {
        #[test]
        fn the_cells_of_a_circle_cover_it(
            lat_e3 in -90_000_i64..=90_000, lng_e3 in -170_000_i64..=170_000, radius_meters in 1_i64..=50_000,
            dlat in -460_i64..=460, dlng in -2_000_i64..=2_000,
        ) {
            let center = Place { lat_e3, lng_e3 };
            let circle = Circle { center, radius_meters };
            let place = Place { lat_e3: (center.lat_e3 + dlat).clamp(-90_000, 90_000), lng_e3: center.lng_e3 + dlng };
            if circle.contains(place) {
                let cell = place.cell();
                prop_assert!(circle.cell_ranges().iter().any(|(from, to)| (*from..=*to).contains(&cell)));
            }
        }
    }

    #[test]
    fn a_large_circle_touches_at_most_nineteen_rows() {
        let rows = Circle { center: pune(), radius_meters: 50_000 }.cell_ranges();
        assert!(rows.len() <= 20, "{}", rows.len());
    }
}
