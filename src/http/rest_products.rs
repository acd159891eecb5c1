//! `GET /products` and `GET /api/products`, for the REST clients of the older backend.
//!
//! A page costs what [`SAME_PAGE`] costs as a GraphQL query.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response};
use axum::response::IntoResponse as _;
use serde::Serialize;

use super::graphql_response::X_QUERY_COST;
use super::purse::Purse;
use super::refusal::Refusal;
use super::rest_product_query;
use super::state::AppState;
use super::{access, instant};
use crate::domain::money::shortest;
use crate::domain::{Currency, GlobalId, NodeKind, Producer, Unit};
use crate::error::Error;
use crate::graphql;
use crate::service::{Caller, ProductListing, ProductPage, ProductRow};

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

/// The same page by GraphQL.
const SAME_PAGE: &str = "query ($first: Int) { products(first: $first) { pageInfo { hasNextPage endCursor } nodes { \
     id slug name description category { slug } price { amount currency } pack { value unit } stockQuantity \
     producer { id name city } createdAt updatedAt } } }";

/// One page of products.
pub(super) async fn products(State(state): State<AppState>, parts: Parts) -> Response<Body> {
    state.marketplace.request_seen();
    // The catalogue is open to everybody, but an invalid token is told wherever it is presented.
    let caller = access::caller(&state.access, &parts.headers);
    let mut purse = Purse::of(&state, &parts, caller.as_ref().ok());
    let mut response = match page(&state, &parts, caller, &mut purse).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    };
    purse.add_headers(response.headers_mut());
    response
}

async fn page(
    state: &AppState,
    parts: &Parts,
    caller: Result<Caller, Error>,
    purse: &mut Purse<'_>,
) -> Result<Response<Body>, Refusal> {
    purse.pay_one()?;
    let caller = caller?;
    let currency = state.marketplace.currency();
    let listing = rest_product_query::listing(parts.uri.query().unwrap_or_default(), currency)?;
    let cost = cost(state, &listing, caller)?;
    purse.pay_rest(cost).await?;
    let page = tokio::time::timeout(state.settings.request_timeout, state.marketplace.products(&listing));
    let page = page.await.map_err(|_| Refusal::timed_out())??;
    let body = serde_json::to_vec(&page_document(&page, &currency)).map_err(Error::internal)?;
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response.headers_mut().insert(X_QUERY_COST, HeaderValue::from(cost));
    Ok(response)
}

/// What the same page costs by GraphQL; its document is checked once and kept.
fn cost(state: &AppState, listing: &ProductListing, caller: Caller) -> Result<u64, Error> {
    let variables = serde_json::Map::from_iter([("first".to_owned(), listing.page.first.into())]);
    let query = SAME_PAGE.to_owned();
    let prepared = state.api.prepare(graphql::Request { query, operation_name: None, variables, via_get: true, caller });
    prepared.map(|prepared| prepared.cost()).map_err(|_| Error::internal("the page of the REST clients is no valid query"))
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
        created_at: instant::rfc3339(product.created_at_ms),
        updated_at: instant::rfc3339(product.updated_at_ms),
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
