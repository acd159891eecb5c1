//! `upsertProducts`: creates or updates products by slug; all or none.

use super::category_write::{SLUG_RULE, too_many};
use super::user_error::UserError;
use super::write::{Write, WriteError};
use super::{LIST_MAX, Marketplace};
use crate::domain::product::in_stock;
use crate::domain::{Aspects, Category, Change, EntityKind, Producer, Product, ProductDraft, Scope, slug, text};
use crate::error::{Error, ErrorCode};
use crate::storage::{Transaction, categories, changes, producers, products, tombstones};

struct UpsertProducts<'a> {
    drafts: &'a [ProductDraft],
}

impl Marketplace {
    /// Creates or updates products by slug; all or none. Gives them in the order of `drafts`.
    ///
    /// # Errors
    /// What is wrong with the input, or why it could not be written.
    pub async fn upsert_products(&self, drafts: &[ProductDraft]) -> Result<Vec<Product>, WriteError> {
        let errors = check(drafts);
        if !errors.is_empty() {
            return Err(WriteError::Refused(errors));
        }
        if drafts.is_empty() {
            return Ok(Vec::new());
        }
        self.write(&UpsertProducts { drafts }).await
    }
}

impl Write for UpsertProducts<'_> {
    type Output = Vec<Product>;

    async fn apply(&self, tx: &Transaction, now_ms: i64) -> Result<Vec<Product>, WriteError> {
        let (categories, producers) = self.references(tx).await?;
        let slugs: Vec<&str> = self.drafts.iter().map(|draft| draft.slug.as_str()).collect();
        let stored = products::lock(tx, &slugs).await?;
        let buried = tombstones::last_versions(tx, &slugs).await?;
        let mut written = Vec::with_capacity(self.drafts.len());
        let mut errors = Vec::new();
        for (n, draft) in self.drafts.iter().enumerate() {
            let old = stored.iter().find(|product| product.slug == draft.slug);
            let category = categories.iter().find(|category| category.slug == draft.category_slug);
            let producer = producers.iter().find(|producer| Some(producer.id) == draft.producer_id);
            let found = errors.len();
            errors.extend(mismatches(n, draft, old, category.is_some(), producer.is_some()));
            let (Some(category), Some(producer), true) = (category, producer, errors.len() == found) else { continue };
            let last_version = buried.iter().find(|(slug, _)| *slug == draft.slug).map_or(0, |(_, version)| *version);
            written.push(upsert(tx, draft, old, category, producer, last_version, now_ms).await?);
        }
        if !errors.is_empty() {
            return Err(WriteError::Refused(errors));
        }
        let created: Vec<&Product> = written.iter().filter(|new| stored.iter().all(|old| old.id != new.id)).collect();
        refuse_if_outrun(tx, &created).await?;
        Ok(written)
    }
}

/// Somebody else may have created and removed the same product since its tombstone was read. Now that our row is in, nobody
/// can any more: a tombstone that is not below it means that the versions have to be handed out anew.
async fn refuse_if_outrun(tx: &Transaction, created: &[&Product]) -> Result<(), Error> {
    let slugs: Vec<&str> = created.iter().map(|product| product.slug.as_str()).collect();
    let buried = tombstones::last_versions(tx, &slugs).await?;
    let outrun = |(slug, version): &(String, i64)| created.iter().any(|new| new.slug == *slug && new.version <= *version);
    match buried.iter().find(|buried| outrun(buried)) {
        Some((slug, _)) => Err(Error::Contended { detail: format!("{slug} was created and removed in between") }),
        None => Ok(()),
    }
}

impl UpsertProducts<'_> {
    /// The categories and producers that the drafts name. Producers are locked, lest one moves while its place is copied.
    async fn references(&self, tx: &Transaction) -> Result<(Vec<Category>, Vec<Producer>), WriteError> {
        let mut ids: Vec<i64> = self.drafts.iter().filter_map(|draft| draft.producer_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut slugs: Vec<&str> =
            self.drafts.iter().map(|draft| draft.category_slug.as_str()).filter(|slug| slug::is_slug(slug)).collect();
        slugs.sort_unstable();
        slugs.dedup();
        let categories = if slugs.is_empty() { Vec::new() } else { categories::lock(tx, &slugs).await? };
        Ok((categories, producers::lock_by_ids(tx, &ids).await?))
    }
}

pub(super) async fn upsert(
    tx: &Transaction,
    draft: &ProductDraft,
    old: Option<&Product>,
    category: &Category,
    producer: &Producer,
    last_version: i64,
    now_ms: i64,
) -> Result<Product, WriteError> {
    let mut product = Product {
        id: old.map_or(0, |old| old.id),
        slug: draft.slug.clone(),
        producer_id: producer.id,
        producer_kind: producer.kind,
        category_id: category.id,
        name: draft.name.clone(),
        description: draft.description.clone(),
        price_minor: draft.price_minor,
        pack: draft.pack,
        stock: draft.stock.unwrap_or_else(|| old.and_then(|old| old.stock)),
        created_at_ms: old.map_or(now_ms, |old| old.created_at_ms),
        updated_at_ms: now_ms,
        version: old.map_or(last_version, |old| old.version) + 1,
        place: producer.place,
    };
    let aspects = old.map_or(Aspects::CREATED, |old| differences(old, &product));
    match old {
        Some(old) if aspects.is_empty() => return Ok(old.clone()),
        Some(_) => products::update(tx, &product).await?,
        None => product.id = products::insert(tx, &product).await?,
    }
    changes::insert(tx, &change(old, Some(&product), aspects, now_ms)).await?;
    Ok(product)
}

/// The change from `old` to `new`; one of them at least is there.
pub(super) fn change(old: Option<&Product>, new: Option<&Product>, aspects: Aspects, at_ms: i64) -> Change {
    let scope = |product: &Product| Scope {
        category_id: Some(product.category_id),
        producer_id: Some(product.producer_id),
        cell: Some(product.place.cell()),
    };
    let (entity_id, version) = match (old, new) {
        (_, Some(new)) => (new.id, new.version),
        (Some(old), None) => (old.id, old.version + 1),
        (None, None) => (0, 0),
    };
    let (before, after) = (old.map(scope).unwrap_or_default(), new.map(scope).unwrap_or_default());
    Change { seq: 0, kind: EntityKind::Product, entity_id, version, aspects, before, after, at_ms }
}

/// Which parts differ.
pub(super) fn differences(old: &Product, new: &Product) -> Aspects {
    let flipped = in_stock(old.stock) != in_stock(new.stock);
    let moved = old.category_id != new.category_id || old.producer_id != new.producer_id;
    Aspects::default()
        .with_if(old.name != new.name, Aspects::NAME)
        .with_if(old.price_minor != new.price_minor, Aspects::PRICE)
        .with_if(old.stock != new.stock, Aspects::STOCK)
        .with_if(flipped, Aspects::AVAILABILITY)
        .with_if(moved, Aspects::SCOPE)
        .with_if(old.description != new.description || old.pack != new.pack, Aspects::DETAILS)
}

/// What does not fit what is stored.
fn mismatches(n: usize, draft: &ProductDraft, old: Option<&Product>, has_category: bool, has_producer: bool) -> Vec<UserError> {
    let at = n.to_string();
    let mut errors = Vec::new();
    let mut refuse = |code, field: &str, why: &str| errors.push(UserError::new(code, &["products", &at, field], why));
    if !has_category {
        refuse(ErrorCode::NotFound, "category", "there is no category with this slug");
    }
    if !has_producer {
        refuse(ErrorCode::NotFound, "producerId", "there is no producer with this id");
    }
    match (draft.expected_version, old) {
        (Some(_), None) => refuse(ErrorCode::Conflict, "expectedVersion", "there is no product with this slug"),
        (Some(expected), Some(old)) if expected != old.version => {
            refuse(ErrorCode::Conflict, "expectedVersion", &format!("the stored version is {}", old.version));
        }
        _ => {}
    }
    errors
}

/// What is wrong with the drafts by themselves.
fn check(drafts: &[ProductDraft]) -> Vec<UserError> {
    if drafts.len() > LIST_MAX {
        return vec![too_many("products")];
    }
    let mut errors = Vec::new();
    for (n, draft) in drafts.iter().enumerate() {
        let at = n.to_string();
        let mut refuse = |field: &[&str], why: String| {
            let path: Vec<&str> = ["products", &at].into_iter().chain(field.iter().copied()).collect();
            errors.push(UserError::new(ErrorCode::BadUserInput, &path, why));
        };
        if !slug::is_slug(&draft.slug) {
            refuse(&["slug"], SLUG_RULE.to_owned());
        }
        if drafts[..n].iter().any(|other| other.slug == draft.slug) {
            refuse(&["slug"], "the same slug stands in the list twice".to_owned());
        }
        if let Some(why) = text::fault(&draft.name, 1, 160) {
            refuse(&["name"], format!("the name {why}"));
        }
        if let Some(why) = text::fault(&draft.description, 0, 4_000) {
            refuse(&["description"], format!("the description {why}"));
        }
        if draft.price_minor < 0 {
            refuse(&["price", "amount"], "a price cannot be negative".to_owned());
        }
        if draft.pack.value_thousandths <= 0 {
            refuse(&["pack", "value"], "a pack holds more than nothing".to_owned());
        }
        if draft.stock.flatten().is_some_and(|stock| stock < 0) {
            refuse(&["stockQuantity"], "stock cannot be negative".to_owned());
        }
    }
    errors
}
