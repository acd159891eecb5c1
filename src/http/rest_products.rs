//! `GET /products` and `GET /api/products`, for the REST clients of the older backend.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use serde::Serialize;

use super::cached_response::{self, Kind, Unkept, Wish};
use super::kept_headers::Form;
use super::purse::Purse;
use super::refusal::Refusal;
use super::rest_product_query;
use super::state::AppState;
use super::{access, client_address};
use crate::cache::response::{Answered, Computed, Origin};
use crate::clock::rfc3339;
use crate::domain::money::shortest;
use crate::domain::{Currency, Dependencies, GlobalId, NodeKind, Producer, Unit};
use crate::error::Error;
use crate::service::{ProductListing, ProductPage, ProductRow};
use crate::telemetry::statements;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageDocument<'a> {
    data: Vec<ProductDocument<'a>>,
    /// For `cursor`; null on the last page.
    next_cursor: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProductDocument<'a> {
    id: String,
    slug: &'a str,
    name: &'a str,
    description: &'a str,
    /// Slug.
    category: Option<&'a str>,
    /// Decimal, in major units.
    price: String,
    currency: &'a str,
    unit: &'static str,
    /// Decimal, in `unit`.
    pack_size: String,
    /// Null when the producer does not track it.
    stock_quantity: Option<i64>,
    producer: Option<ProducerDocument<'a>>,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize)]
struct ProducerDocument<'a> {
    id: String,
    name: &'a str,
    city: &'a str,
}

/// How long a page may be served without being made again, in seconds; as `Query.products`.
const MAX_AGE_S: u32 = 60;
/// What a page costs, in points, as the same page in GraphQL: the page and what is told of it,
/// and for each product that it may hold itself, its category, price, pack and producer.
const COST_PER_PAGE: u64 = 2;
const COST_PER_PRODUCT: u64 = 5;

/// One page of products, from the cache of answers or made.
pub(super) async fn products(State(state): State<AppState>, request: Request) -> Response<Body> {
    state.marketplace.request_seen();
    let (parts, _) = request.into_parts();
    let caller = access::caller(&state.access, &parts.headers).await;
    let peer = client_address::peer(&parts.extensions);
    let purse = Arc::new(Purse::of(&state, peer, &parts.headers, caller.as_ref().ok()));
    let paid = purse.pay_one();
    let answered = async {
        paid?;
        // The catalogue is open to everybody, but an invalid token is told wherever it is presented.
        caller?;
        page(&state, &parts, &purse).await
    };
    let mut response = answered.await.unwrap_or_else(IntoResponse::into_response);
    purse.add_headers(response.headers_mut());
    response
}

async fn page(state: &AppState, parts: &Parts, purse: &Arc<Purse>) -> Result<Response<Body>, Refusal> {
    let query = parts.uri.query().unwrap_or_default();
    let key = state.keys.key(&[b"rest products", query.as_bytes()]);
    let listing = rest_product_query::listing(query, state.marketplace.currency())?;
    let (origin, statements) = origin(state, listing, purse);
    let (entry, source) = match state.cache.answer(key, None, origin).await {
        Answered::Entry(entry, source) => (entry, source),
        Answered::Unkept(Unkept(Kind::Refusal(refusal))) => return Err(refusal),
        Answered::Unkept(_) | Answered::Lost => return Err(Refusal::from(Error::internal("no answer came of a page"))),
    };
    let wish = Wish::of(&parts.method, &parts.headers, Form::Rest);
    let mut response = cached_response::of_entry(state, &entry, source, wish, state.clock.now_ms());
    let statements = statements.load(Ordering::Relaxed);
    response.extensions_mut().insert(cached_response::noted(&entry, source, statements));
    Ok(response)
}

fn origin(state: &AppState, listing: ProductListing, purse: &Arc<Purse>) -> (Origin<Unkept>, Arc<AtomicU32>) {
    let counted = Arc::new(AtomicU32::new(0));
    let (state, listing, total, purse) = (state.clone(), Arc::new(listing), Arc::clone(&counted), Arc::clone(purse));
    let origin: Origin<Unkept> = Arc::new(move || {
        let (state, listing, total, purse) = (state.clone(), Arc::clone(&listing), Arc::clone(&total), Arc::clone(&purse));
        Box::pin(async move {
            if let Err(refusal) = purse.pay_rest(cost(&listing)).await {
                return Computed::Declined(Unkept(Kind::Refusal(refusal)));
            }
            let (made, statements) = statements::counted(make(&state, &listing)).await;
            total.fetch_add(statements, Ordering::Relaxed);
            made.unwrap_or_else(|refusal| {
                let passing = refusal.code.is_passing();
                let answer = Unkept(Kind::Refusal(refusal));
                if passing { Computed::Failed(answer) } else { Computed::Unkept(answer) }
            })
        })
    });
    (origin, counted)
}

async fn make(state: &AppState, listing: &ProductListing) -> Result<Computed<Unkept>, Refusal> {
    let _place = state.admission.enter().await.map_err(|_| Refusal::overloaded())?;
    let page = tokio::time::timeout(state.settings.request_timeout, state.marketplace.products(listing));
    let page = page.await.map_err(|_| Refusal::timed_out())??;
    let body = serde_json::to_vec(&page_document(&page, &state.marketplace.currency())).map_err(Error::internal)?;
    let mut dependencies = Dependencies::default();
    page.add_dependencies(&mut dependencies);
    Ok(Computed::Kept { body: body.into(), dependencies, max_age_s: MAX_AGE_S, cost: cost(listing) })
}

fn cost(listing: &ProductListing) -> u64 {
    COST_PER_PAGE + COST_PER_PRODUCT * listing.page.first.and_then(|first| u64::try_from(first).ok()).unwrap_or_default()
}

fn page_document<'a>(page: &'a ProductPage, currency: &'a Currency) -> PageDocument<'a> {
    PageDocument {
        data: page.rows.iter().map(|row| product_document(row, currency)).collect(),
        next_cursor: if page.has_more_forward() { page.end_cursor() } else { None },
    }
}

fn product_document<'a>(row: &'a ProductRow, currency: &'a Currency) -> ProductDocument<'a> {
    let product = &row.product;
    ProductDocument {
        id: GlobalId { kind: NodeKind::Product, id: product.id }.encode(),
        slug: &product.slug,
        name: &product.name,
        description: &product.description,
        category: row.category.as_ref().map(|category| category.slug.as_str()),
        price: currency.major(product.price_minor),
        currency: currency.code(),
        unit: unit_name(product.pack.unit),
        pack_size: shortest(product.pack.value_thousandths, 3),
        stock_quantity: product.stock,
        producer: row.producer.as_deref().map(producer_document),
        created_at: rfc3339(product.created_at_ms),
        updated_at: rfc3339(product.updated_at_ms),
    }
}

fn producer_document(producer: &Producer) -> ProducerDocument<'_> {
    let id = GlobalId { kind: NodeKind::Producer, id: producer.id }.encode();
    ProducerDocument { id, name: &producer.name, city: &producer.city }
}

/// The same words as `UnitOfMeasure` in the schema.
fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Gram => "GRAM",
        Unit::Kilogram => "KILOGRAM",
        Unit::Millilitre => "MILLILITRE",
        Unit::Litre => "LITRE",
        Unit::Piece => "PIECE",
        Unit::Dozen => "DOZEN",
        Unit::Bunch => "BUNCH",
    }
}
