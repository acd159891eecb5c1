//! What facts do to the catalogue: products, and the categories and producers that they bring along.

use sha2::{Digest as _, Sha256};

use super::effect::{Effect, Scene};
use super::incoming::Facts;
use crate::domain::partner::{PartnerProducer, PartnerProductBody, PartnerProductDetails};
use crate::domain::{
    Aspect, Aspects, Category, CategoryDraft, Currency, EntityKind, Producer, ProducerDraft, Product, ProductDraft,
};
use crate::error::{Error, ErrorCode};
use crate::service::product_write::{self, change, differences};
use crate::service::write::WriteError;
use crate::service::{category_write, producer_write};
use crate::storage::{Transaction, categories, changes, partner_ids, producers, products, tombstones};

/// Characters of a name in a slug that is made for it.
const SLUG_NAME_CHARS: usize = 48;

/// Applies `aspects` of the facts.
pub(super) async fn apply(scene: &Scene<'_>, facts: &Facts, aspects: &[Aspect]) -> Result<Effect, WriteError> {
    match facts {
        Facts::Product(body) => write_body(scene, body, aspects).await,
        Facts::ProductDeleted => delete(scene).await,
        Facts::Price(..) | Facts::Stock(_) => {
            let Some(old) = find(scene).await? else { return Ok(Effect::Ask) };
            let new = with_part(&old, facts, scene.currency)?;
            store(scene.tx, &old, new, scene.now_ms).await?;
            Ok(Effect::Applied)
        }
        Facts::Order(_) | Facts::OrderCancelled => Err(Error::internal("facts about an order reached a product").into()),
    }
}

/// Removes the product, if it is there.
pub(super) async fn delete(scene: &Scene<'_>) -> Result<Effect, WriteError> {
    let Some(product) = find(scene).await? else { return Ok(Effect::Applied) };
    tombstones::bury(scene.tx, &product, product.version + 1, scene.now_ms).await?;
    changes::insert(scene.tx, &change(Some(&product), None, Aspects::REMOVED, scene.now_ms)).await?;
    products::delete(scene.tx, &[product.id]).await?;
    Ok(Effect::Applied)
}

async fn find(scene: &Scene<'_>) -> Result<Option<Product>, Error> {
    match partner_ids::find(scene.tx, EntityKind::Product, &scene.subject.external_id).await? {
        Some(id) => products::lock_by_id(scene.tx, id).await,
        None => Ok(None),
    }
}

/// A product with the price or the stock that is told.
pub(super) fn with_part(product: &Product, facts: &Facts, currency: Currency) -> Result<Product, Error> {
    match facts {
        Facts::Price(price_minor, of) => {
            check_currency(*of, currency)?;
            Ok(Product { price_minor: *price_minor, ..product.clone() })
        }
        Facts::Stock(stock) => Ok(Product { stock: *stock, ..product.clone() }),
        _ => Err(Error::internal("these facts are more than a part of a product")),
    }
}

/// Stores another price or stock of a locked product, if it is another one; gives the product as it is then.
pub(super) async fn store(tx: &Transaction, old: &Product, new: Product, now_ms: i64) -> Result<Product, Error> {
    let aspects = differences(old, &new);
    if aspects.is_empty() {
        return Ok(new);
    }
    let new = Product { version: old.version + 1, updated_at_ms: now_ms, ..new };
    if new.price_minor == old.price_minor {
        products::update_stock(tx, &new).await?;
    } else {
        products::update(tx, &new).await?;
    }
    changes::insert(tx, &change(Some(old), Some(&new), aspects, now_ms)).await?;
    Ok(new)
}

/// Writes those aspects of a product that are newer; makes it when it is not there.
async fn write_body(scene: &Scene<'_>, body: &PartnerProductBody, aspects: &[Aspect]) -> Result<Effect, WriteError> {
    check_currency(body.currency, scene.currency)?;
    // Whatever else is known: a product that was deleted behind this does not come back.
    let known = if aspects.contains(&Aspect::Status) { None } else { Some(find(scene).await?) };
    if matches!(known, Some(None)) {
        return Ok(Effect::Superseded);
    }
    let category = category(scene, &body.details).await?;
    let producer = producer(scene, &body.details.producer).await?;
    let old = match known {
        Some(known) => known,
        None => find(scene).await?,
    };
    let mut draft = draft(scene, body, &category, &producer);
    if let Some(old) = &old {
        draft.slug = old.slug.clone();
        if !aspects.contains(&Aspect::Price) {
            draft.price_minor = old.price_minor;
        }
        if !aspects.contains(&Aspect::Stock) {
            draft.stock = Some(old.stock);
        }
    }
    if let (Some(old), false) = (&old, aspects.contains(&Aspect::Details)) {
        let new = Product { price_minor: draft.price_minor, stock: draft.stock.flatten(), ..old.clone() };
        store(scene.tx, old, new, scene.now_ms).await?;
        return Ok(Effect::Applied);
    }
    let buried = match &old {
        Some(_) => 0,
        None => tombstones::last_versions(scene.tx, &[&draft.slug]).await?.first().map_or(0, |(_, version)| *version),
    };
    let written = product_write::upsert(scene.tx, &draft, old.as_ref(), &category, &producer, buried, scene.now_ms).await?;
    if old.is_some() {
        return Ok(Effect::Applied);
    }
    partner_ids::remember(scene.tx, EntityKind::Product, &scene.subject.external_id, written.id).await?;
    Ok(Effect::Created)
}

fn draft(scene: &Scene<'_>, body: &PartnerProductBody, category: &Category, producer: &Producer) -> ProductDraft {
    ProductDraft {
        slug: slug_of(&body.details.name, "product", &scene.subject.external_id),
        name: body.details.name.clone(),
        description: body.details.description.clone(),
        category_slug: category.slug.clone(),
        producer_id: Some(producer.id),
        price_minor: body.price_minor,
        pack: body.details.pack,
        stock: Some(body.stock),
        expected_version: None,
    }
}

/// The category with the partner's slug, made if it is not there. What it is called here stays.
async fn category(scene: &Scene<'_>, details: &PartnerProductDetails) -> Result<Category, WriteError> {
    let stored = categories::lock(scene.tx, &[&details.category_slug]).await?.pop();
    if let Some(stored) = stored {
        return Ok(stored);
    }
    let (slug, name) = (details.category_slug.clone(), details.category_name.clone());
    category_write::upsert(scene.tx, &CategoryDraft { slug, name, position: 0 }, None, scene.now_ms).await
}

/// Our producer for the partner's, made if it is not there. Later news of it come by a synchronisation: products do not tell
/// which of two accounts of their producer is newer.
async fn producer(scene: &Scene<'_>, partner: &PartnerProducer) -> Result<Producer, WriteError> {
    if let Some(id) = partner_ids::find(scene.tx, EntityKind::Producer, &partner.id).await?
        && let Some(stored) = producers::lock_by_ids(scene.tx, &[id]).await?.pop()
    {
        return Ok(stored);
    }
    let draft = ProducerDraft {
        slug: slug_of(&partner.name, "producer", &partner.id),
        name: partner.name.clone(),
        kind: partner.kind,
        city: partner.city.clone(),
        pincode: partner.pincode.clone(),
        place: partner.place,
        delivery_radius_meters: partner.delivery_radius_meters,
    };
    let stored = producers::lock(scene.tx, &[&draft.slug]).await?.pop();
    let written = producer_write::upsert(scene.tx, &draft, stored.as_ref(), scene.now_ms).await?;
    partner_ids::remember(scene.tx, EntityKind::Producer, &partner.id, written.id).await?;
    Ok(written)
}

fn check_currency(told: Currency, ours: Currency) -> Result<(), Error> {
    if told == ours {
        return Ok(());
    }
    let message = format!("prices here are in {ours}, not in {told}");
    Err(Error::refused(ErrorCode::BadUserInput, message))
}

/// A readable slug that nobody else has: the name, and a hash of whose it is.
fn slug_of(name: &str, kind: &str, external_id: &str) -> String {
    let mut words = String::with_capacity(SLUG_NAME_CHARS + 12);
    for c in name.chars().flat_map(char::to_lowercase) {
        if words.len() >= SLUG_NAME_CHARS {
            break;
        }
        if c.is_ascii_alphanumeric() {
            words.push(c);
        } else if !words.is_empty() && !words.ends_with('-') {
            words.push('-');
        }
    }
    let hash = Sha256::digest(format!("{kind} {external_id}"));
    let hash: String = hash[..5].iter().map(|byte| format!("{byte:02x}")).collect();
    let words = words.trim_end_matches('-');
    if words.is_empty() { hash } else { format!("{words}-{hash}") }
}

#[cfg(test)]
mod tests {
    use super::slug_of;
    use crate::domain::slug::is_slug;

    #[test]
    fn slugs_are_readable_and_of_one_thing() {
        let slug = slug_of("A2 Cow Milk (1 l)", "product", "P-1");
        assert!(slug.starts_with("a2-cow-milk-1-l-") && is_slug(&slug), "{slug}");
        assert_ne!(slug, slug_of("A2 Cow Milk (1 l)", "product", "P-2"));
        for name in ["दूध", "--", &"x y ".repeat(60)] {
            assert!(is_slug(&slug_of(name, "product", "1")), "{name}");
        }
    }
}
