//! The requests as GraphQL: a few documents, and variables.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde_json::{Value, json};

/// A page of products with what a shop's list shows, and what is needed to go on.
pub(crate) const PRODUCTS: &str = "query Products($first: Int, $after: Cursor, $filter: ProductFilter, $sort: ProductSort, $near: NearInput) { \
     products(first: $first, after: $after, filter: $filter, sort: $sort, near: $near) { \
     nodes { id slug name description price { amount currency } stockStatus stockQuantity createdAt } \
     pageInfo { hasNextPage endCursor } } }";

/// The same with the number of matches.
pub(crate) const COUNTED_PRODUCTS: &str = "query Counted($first: Int, $after: Cursor, $filter: ProductFilter, $sort: ProductSort, $near: NearInput) { \
     products(first: $first, after: $after, filter: $filter, sort: $sort, near: $near) { \
     nodes { id slug name description price { amount currency } stockStatus stockQuantity createdAt } \
     totalCount pageInfo { hasNextPage endCursor } } }";

/// One product.
pub(crate) const PRODUCT: &str = "query Product($slug: String!) { product(by: { slug: $slug }) { \
     id slug name description price { amount currency } stockStatus stockQuantity createdAt } }";

/// A page of producers.
pub(crate) const PRODUCERS: &str = "query Producers($first: Int, $after: Cursor) { producers(first: $first, after: $after) { \
     nodes { id slug name kind city pincode deliveryRadiusMeters } pageInfo { hasNextPage endCursor } } }";

/// Twenty products, eight fields: what the cost of the server is measured by.
pub(crate) const TWENTY: &str = "query Twenty { products(first: 20) { nodes { \
     id slug name description price { amount currency } stockStatus stockQuantity createdAt } } }";

/// The same with producer and category.
pub(crate) const TWENTY_JOINED: &str = "query TwentyJoined { products(first: 20) { nodes { \
     id slug name description price { amount currency } stockStatus stockQuantity createdAt \
     category { slug name } producer { name city } } } }";

/// The body of a request.
pub(crate) fn body(document: &str, variables: &Value) -> Bytes {
    Bytes::from(json!({ "query": document, "variables": variables }).to_string())
}

/// The global id of a producer.
pub(crate) fn producer_id(id: i64) -> String {
    global_id(b'r', id)
}

/// The global id of a product.
pub(crate) fn product_id(id: i64) -> String {
    global_id(b'p', id)
}

fn global_id(kind: u8, id: i64) -> String {
    let digits = id.to_be_bytes();
    let leading = digits.iter().take_while(|digit| **digit == 0).count().min(7);
    let bytes: Vec<u8> = [kind].into_iter().chain(digits.into_iter().skip(leading)).collect();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Minor units as a decimal amount.
pub(crate) fn amount(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_a_kind_and_the_shortest_number() {
        assert_eq!(product_id(1), URL_SAFE_NO_PAD.encode([b'p', 1]));
        assert_eq!(producer_id(258), URL_SAFE_NO_PAD.encode([b'r', 1, 2]));
        assert_eq!(amount(6_405), "64.05");
    }
}
