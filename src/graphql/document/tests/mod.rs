//! Stories about whole documents: what passes, what is refused, and that the walk stays linear.

mod bombs;
mod caching;
mod costs;
mod limits;
mod model;
mod usual;

use super::{CheckedDocument, DocumentLimits, Refusal, RefusalCode, SchemaTypes, check};

/// As much of the API's input types as these documents need.
const SDL: &str = "
    scalar Cursor scalar Decimal scalar DateTime scalar JSON
    enum SortDirection { ASC DESC } enum ProductSortField { NAME PRICE RELEVANCE DISTANCE }
    enum ProductFacetField { CATEGORY PRODUCER_KIND STOCK_STATUS PRICE }
    input ProductLookup @oneOf { id: ID slug: String }
    input PriceRange { min: Decimal max: Decimal }
    input ProductFilter { category: [String!] price: PriceRange inStock: Boolean }
    input ProductSort { field: ProductSortField! direction: SortDirection! = ASC }
    input NearInput { latitude: Float! longitude: Float! radiusMeters: Int! = 5000 }
    input AdjustStockInput { productId: ID! delta: Int! idempotencyKey: String! }
";

fn types() -> SchemaTypes {
    SchemaTypes::from_sdl(SDL, |_, _| Ok(())).expect("the SDL parses")
}

fn checked(text: &str) -> Result<CheckedDocument, Refusal> {
    check(text, &DocumentLimits::default(), &types())
}

fn accepted(text: &str) -> CheckedDocument {
    checked(text).unwrap_or_else(|refusal| panic!("{refusal:?}: {text}"))
}

fn refused(text: &str) -> RefusalCode {
    checked(text).expect_err("must be refused").code
}
