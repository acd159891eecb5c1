//! What callers of the REST shim write, and what they get for it.

use axum::http::StatusCode;

use super::listing;
use crate::domain::Currency;
use crate::error::ErrorCode;
use crate::service::{ProductListing, ProductOrder};

fn read(query: &str) -> ProductListing {
    listing(query, Currency::INR).unwrap()
}

fn sorted(query: &str) -> (ProductOrder, bool) {
    let sort = read(query).sort.unwrap();
    (sort.field.column().unwrap(), sort.descending)
}

#[test]
fn without_parameters_the_newest_twenty_are_meant() {
    let listing = read("");
    assert_eq!((listing.page.first, listing.page.after), (Some(20), None));
    assert!(listing.filter.category.is_none() && listing.filter.price.min.is_none() && listing.filter.price.max.is_none());
    assert_eq!(sorted(""), (ProductOrder::CreatedAt, true));
}

#[test]
fn everything_at_once_is_understood() {
    let listing = read("limit=100&cursor=abcD_-9&category=Vegetables&minPrice=1&maxPrice=64.50&sort=price&order=DESC");
    assert_eq!((listing.page.first, listing.page.after.as_deref()), (Some(100), Some("abcD_-9")));
    assert_eq!(listing.filter.category, Some(vec!["vegetables".to_owned()]));
    assert_eq!((listing.filter.price.min, listing.filter.price.max), (Some(100), Some(6_450)));
    assert!(listing.columns.description && listing.columns.category && listing.columns.producer);
}

#[test]
fn an_order_goes_with_any_sort() {
    assert_eq!(sorted("order=asc"), (ProductOrder::CreatedAt, false));
    assert_eq!(sorted("sort=created_at"), (ProductOrder::CreatedAt, true));
    assert_eq!(sorted("sort=createdAt&order=asc"), (ProductOrder::CreatedAt, false));
    assert_eq!(sorted("sort=price"), (ProductOrder::Price, false));
    assert_eq!(sorted("sort=name&order=desc"), (ProductOrder::Name, true));
}

#[test]
fn a_category_that_cannot_be_matches_nothing() {
    assert_eq!(read("category=%E0%A4%A6%E0%A5%82%E0%A4%A7").filter.category, Some(Vec::new()));
}

#[test]
fn a_page_number_of_the_older_backend_is_told_how_to_start_over() {
    let refusal = listing("cursor=20", Currency::INR).unwrap_err();
    assert_eq!((refusal.code, refusal.status), (ErrorCode::InvalidCursor, StatusCode::BAD_REQUEST));
    assert_eq!(refusal.parameter.as_deref(), Some("cursor"));
    assert!(refusal.message.contains("start over"));
}

#[test]
fn every_mistake_is_named() {
    let cases = [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=%2B5", "limit"),
        ("limit=1.5", "limit"),
        ("limit=", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=", "cursor"),
        ("minPrice=-1", "minPrice"),
        ("minPrice=1e3", "minPrice"),
        ("maxPrice=NaN", "maxPrice"),
        ("maxPrice=1.005", "maxPrice"),
        ("maxPrice=92233720368547758.08", "maxPrice"),
        ("minPrice=2&maxPrice=1", "minPrice"),
        ("sort=rating", "sort"),
        ("order=up", "order"),
        ("search=milk&order=asc", "order"),
        ("category=a%00b", "category"),
        ("page=2", "page"),
        ("Limit=2", "Limit"),
    ];
    for (query, parameter) in cases {
        let refusal = listing(query, Currency::INR).unwrap_err();
        assert_eq!(refusal.parameter.as_deref(), Some(parameter), "{query}");
        assert_eq!((refusal.code, refusal.status), (ErrorCode::BadUserInput, StatusCode::BAD_REQUEST), "{query}");
        assert!(refusal.message.contains(parameter), "{query}");
    }
    assert_eq!(listing("category=%FF", Currency::INR).unwrap_err().code, ErrorCode::BadUserInput);
}
