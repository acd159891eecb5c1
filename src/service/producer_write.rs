//! `upsertProducers`: creates or updates producers by slug; all or none. Moving one moves its products.

use super::category_write::{SLUG_RULE, too_many};
use super::user_error::UserError;
use super::write::{Write, WriteError};
use super::{LIST_MAX, Marketplace, RADIUS_MAX_METERS};
use crate::domain::{Aspects, Change, EntityKind, Producer, ProducerDraft, Scope, slug, text};
use crate::error::ErrorCode;
use crate::storage::{Transaction, changes, producers};

struct UpsertProducers<'a> {
    drafts: &'a [ProducerDraft],
}

impl Marketplace {
    /// Creates or updates producers by slug; all or none. Gives them in the order of `drafts`.
    ///
    /// # Errors
    /// What is wrong with the input, or why it could not be written.
    pub async fn upsert_producers(&self, drafts: &[ProducerDraft]) -> Result<Vec<Producer>, WriteError> {
        let errors = check(drafts);
        if !errors.is_empty() {
            return Err(WriteError::Refused(errors));
        }
        if drafts.is_empty() {
            return Ok(Vec::new());
        }
        self.write(&UpsertProducers { drafts }).await
    }
}

impl Write for UpsertProducers<'_> {
    type Output = Vec<Producer>;

    async fn apply(&self, tx: &Transaction, now_ms: i64) -> Result<Vec<Producer>, WriteError> {
        let slugs: Vec<&str> = self.drafts.iter().map(|draft| draft.slug.as_str()).collect();
        let stored = producers::lock(tx, &slugs).await?;
        let mut written = Vec::with_capacity(self.drafts.len());
        for draft in self.drafts {
            let old = stored.iter().find(|producer| producer.slug == draft.slug);
            written.push(upsert(tx, draft, old, now_ms).await?);
        }
        Ok(written)
    }
}

pub(super) async fn upsert(
    tx: &Transaction,
    draft: &ProducerDraft,
    old: Option<&Producer>,
    now_ms: i64,
) -> Result<Producer, WriteError> {
    let (id, created_at_ms, version) = match old {
        Some(old) => (old.id, old.created_at_ms, old.version + 1),
        None => (producers::insert(tx, draft, now_ms).await?, now_ms, 1),
    };
    let producer = Producer {
        id,
        slug: draft.slug.clone(),
        name: draft.name.clone(),
        kind: draft.kind,
        city: draft.city.clone(),
        pincode: draft.pincode.clone(),
        place: draft.place,
        delivery_radius_meters: draft.delivery_radius_meters,
        created_at_ms,
        version,
    };
    let aspects = old.map_or(Aspects::CREATED, |old| differences(old, &producer));
    if let Some(old) = old {
        if aspects.is_empty() {
            return Ok(old.clone());
        }
        producers::update(tx, &producer, now_ms).await?;
        if old.place != producer.place || old.kind != producer.kind {
            producers::copy_into_products(tx, &producer).await?;
        }
    }
    let scope =
        |producer: &Producer| Scope { producer_id: Some(producer.id), cell: Some(producer.place.cell()), category_id: None };
    let (before, after) = (old.map(scope).unwrap_or_default(), scope(&producer));
    let change = Change { seq: 0, kind: EntityKind::Producer, entity_id: id, version, aspects, before, after, at_ms: now_ms };
    changes::insert(tx, &change).await?;
    Ok(producer)
}

fn differences(old: &Producer, new: &Producer) -> Aspects {
    let details = old.city != new.city || old.pincode != new.pincode || old.delivery_radius_meters != new.delivery_radius_meters;
    Aspects::default()
        .with_if(old.name != new.name, Aspects::NAME)
        .with_if(old.place != new.place || old.kind != new.kind, Aspects::SCOPE)
        .with_if(details, Aspects::DETAILS)
}

fn check(drafts: &[ProducerDraft]) -> Vec<UserError> {
    if drafts.len() > LIST_MAX {
        return vec![too_many("producers")];
    }
    let mut errors = Vec::new();
    for (n, draft) in drafts.iter().enumerate() {
        let at = n.to_string();
        let mut refuse =
            |field: &str, why: String| errors.push(UserError::new(ErrorCode::BadUserInput, &["producers", &at, field], why));
        if !slug::is_slug(&draft.slug) {
            refuse("slug", SLUG_RULE.to_owned());
        }
        if drafts[..n].iter().any(|other| other.slug == draft.slug) {
            refuse("slug", "the same slug stands in the list twice".to_owned());
        }
        for (field, value, max_chars) in [("name", &draft.name, 160), ("city", &draft.city, 60)] {
            if let Some(why) = text::fault(value, 1, max_chars) {
                refuse(field, format!("the {field} {why}"));
            }
        }
        if draft.pincode.len() != 6 || draft.pincode.starts_with('0') || !draft.pincode.bytes().all(|byte| byte.is_ascii_digit())
        {
            refuse("pincode", "a pincode has six digits and does not begin with 0".to_owned());
        }
        if !(0..=RADIUS_MAX_METERS).contains(&draft.delivery_radius_meters) {
            refuse("deliveryRadiusMeters", format!("must be between 0 and {RADIUS_MAX_METERS}"));
        }
    }
    errors
}
