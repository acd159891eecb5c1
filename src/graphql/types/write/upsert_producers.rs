//! `upsertProducers`.

use async_graphql::{InputObject, SimpleObject};

use super::outcome;
use crate::domain::ProducerDraft;
use crate::error::ErrorCode;
use crate::graphql::fault::Fault;
use crate::graphql::types::{GeoPointInput, Producer, ProducerKind, UserError};
use crate::service::{self, Marketplace, WriteError};

/// Producers as they should be.
#[derive(InputObject)]
pub(crate) struct UpsertProducersInput {
    /// Up to 100; a slug may stand in the list once.
    producers: Vec<ProducerInput>,
}

/// A producer as it should be.
#[derive(InputObject)]
pub(crate) struct ProducerInput {
    /// Natural key: the same slug updates.
    slug: String,
    /// What people read; at most 160 characters.
    name: String,
    /// What kind of producer.
    kind: ProducerKind,
    /// City or district; at most 60 characters.
    city: String,
    /// Six-digit Indian postal index number.
    pincode: String,
    /// Kept rounded to about 100 m.
    location: GeoPointInput,
    /// How far this producer delivers, at most 50 000.
    #[graphql(default_with = "5000")]
    delivery_radius_meters: i32,
}

/// What became of it.
#[derive(SimpleObject)]
pub(crate) struct UpsertProducersPayload {
    /// The producers in the order of the input; empty with errors.
    producers: Vec<Producer>,
    /// What the caller can mend; nothing was written then.
    user_errors: Vec<UserError>,
}

impl UpsertProducersInput {
    pub(crate) async fn run(self, marketplace: &Marketplace) -> Result<UpsertProducersPayload, Fault> {
        let drafts: Result<Vec<_>, _> = self.producers.into_iter().enumerate().map(|(n, input)| input.draft(n)).collect();
        let result = match drafts {
            Ok(drafts) => marketplace.upsert_producers(&drafts).await,
            Err(err) => Err(WriteError::from(err)),
        };
        let (producers, user_errors) = outcome(result)?;
        Ok(UpsertProducersPayload { producers: producers.into_iter().map(Producer::new).collect(), user_errors })
    }
}

impl ProducerInput {
    fn draft(self, n: usize) -> Result<ProducerDraft, service::UserError> {
        let place = self.location.place().map_err(|err| {
            service::UserError::new(ErrorCode::BadUserInput, &["producers", &n.to_string(), "location"], err.to_string())
        })?;
        Ok(ProducerDraft {
            slug: self.slug,
            name: self.name,
            kind: self.kind.into(),
            city: self.city,
            pincode: self.pincode,
            place,
            delivery_radius_meters: i64::from(self.delivery_radius_meters),
        })
    }
}
