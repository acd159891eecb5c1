//! Places on the globe.

use async_graphql::{InputObject, SimpleObject};

use crate::domain::{Circle, Place};
use crate::error::Error;
use crate::graphql::at_hand::{AtHand, Selected, WriteField};
use crate::service::RADIUS_MAX_METERS;

/// WGS 84 degrees.
#[derive(SimpleObject)]
pub(crate) struct GeoPoint {
    /// Degrees north of the equator.
    latitude: f64,
    /// Degrees east of Greenwich.
    longitude: f64,
}

impl From<Place> for GeoPoint {
    fn from(place: Place) -> Self {
        Self { latitude: place.latitude(), longitude: place.longitude() }
    }
}

impl AtHand for GeoPoint {
    fn writer(field: Selected<'_>) -> Option<WriteField<Self>> {
        match field.name() {
            "latitude" => field.leaf(|it: &Self, json| json.plain(&it.latitude)),
            "longitude" => field.leaf(|it: &Self, json| json.plain(&it.longitude)),
            _ => None,
        }
    }
}

/// WGS 84 degrees; rounded to about 100 m.
#[derive(InputObject)]
pub(crate) struct GeoPointInput {
    /// Degrees north of the equator, -90 to 90.
    pub(crate) latitude: f64,
    /// Degrees east of Greenwich, -180 to 180.
    pub(crate) longitude: f64,
}

impl GeoPointInput {
    /// The rounded place.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` off the globe.
    pub(crate) fn place(&self) -> Result<Place, Error> {
        Place::from_degrees(self.latitude, self.longitude)
            .ok_or_else(|| Error::bad_input("`latitude` must be between -90 and 90, `longitude` between -180 and 180"))
    }
}

/// Only what lies within `radiusMeters` (1 to 50 000) of the place. Places are rounded to about 100 m on both sides.
#[derive(InputObject)]
pub(crate) struct NearInput {
    /// Degrees north of the equator, -90 to 90.
    latitude: f64,
    /// Degrees east of Greenwich, -180 to 180.
    longitude: f64,
    /// Metres, 1 to 50 000.
    #[graphql(default_with = "5000")]
    radius_meters: i32,
}

impl NearInput {
    /// The circle.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a place off the globe or a radius out of range.
    pub(crate) fn circle(&self) -> Result<Circle, Error> {
        let center = GeoPointInput { latitude: self.latitude, longitude: self.longitude }.place()?;
        let radius_meters = i64::from(self.radius_meters);
        if !(1..=RADIUS_MAX_METERS).contains(&radius_meters) {
            return Err(Error::bad_input(format!("`radiusMeters` must be between 1 and {RADIUS_MAX_METERS}")));
        }
        Ok(Circle { center, radius_meters })
    }
}
