//! What documents cost, by the rules at the head of `cost`.

use async_graphql::Variables;

use super::{DocumentLimits, RefusalCode, accepted};

fn cost(text: &str) -> u64 {
    cost_with(text, serde_json::json!({}))
}

fn cost_with(text: &str, variables: serde_json::Value) -> u64 {
    let document = accepted(text);
    document.cost(&document.operations()[0], &Variables::from_json(variables))
}

#[test]
fn an_object_costs_one_and_a_scalar_nothing() {
    assert_eq!(cost("{health{status checks{name status}}}"), 1 + 12);
    assert_eq!(cost("{product(by:{slug:\"x\"}){id name price{amount currency} producer{location{latitude}}}}"), 4);
    assert_eq!(cost("{__typename}"), 0);
}

#[test]
fn a_page_multiplies_its_items_and_nothing_else() {
    assert_eq!(cost("{products{nodes{id}}}"), 1 + 20);
    assert_eq!(cost("{products{edges{cursor node{id}}}}"), 1 + 1 + 20);
    assert_eq!(cost("{products(first:5){nodes{id price{amount}} pageInfo{hasNextPage}}}"), 1 + 5 * 2 + 1);
    assert_eq!(cost("{products(last:7){nodes{id}}}"), 1 + 7);
    assert_eq!(cost("{products(first:3,last:7){nodes{id}}}"), 1 + 7);
    assert_eq!(cost("{producers(first:10){nodes{products(first:10){nodes{price{amount}}}}}}"), 1 + 10 * (1 + 1 + 10 * 2));
}

#[test]
fn both_forms_of_a_page_may_be_selected_and_both_count() {
    assert_eq!(cost("{products(first:5){nodes{price{amount}} edges{node{price{amount}}}}}"), 1 + 5 * 2 + 1 + 5 * 2);
}

#[test]
fn page_sizes_count_as_at_least_one_and_at_most_a_hundred() {
    for (first, counted) in [("0", 1), ("-5", 1), ("null", 20), ("1000000000000", 100), ("101", 100), ("1.5", 100), ("99", 99)] {
        assert_eq!(cost(&format!("{{products(first:{first}){{nodes{{id}}}}}}")), 1 + counted, "{first}");
    }
}

#[test]
fn page_sizes_may_be_variables() {
    let text = "query($n:Int,$m:Int=50){products(first:$n,last:$m){nodes{id}}}";
    assert_eq!(cost_with(text, serde_json::json!({})), 1 + 20);
    assert_eq!(cost_with(text, serde_json::json!({"n": 7})), 1 + 7);
    assert_eq!(cost_with(text, serde_json::json!({"n": 7, "m": 9})), 1 + 9);
    assert_eq!(cost_with(text, serde_json::json!({"n": null, "m": 1_000_000})), 1 + 100);
}

#[test]
fn a_fragment_counts_with_the_page_it_is_spread_into() {
    let fragment = "fragment P on ProductConnection{totalCount ...on ProductConnection{edges{node{price{amount}}}} nodes{...Q}} fragment Q on Product{pack{value}}";
    let text = format!("query($n:Int){{a:products(first:2){{...P}} b:products(first:$n){{...P ...P}}}}{fragment}");
    let of_page = |n: u64| 10 + 1 + n * 2 + n * 2;
    assert_eq!(cost_with(&text, serde_json::json!({"n": 30})), (1 + of_page(2)) + (1 + 2 * of_page(30)));
}

#[test]
fn counts_and_facets_have_prices_of_their_own() {
    assert_eq!(cost("{products(first:1){totalCount}}"), 1 + 10);
    assert_eq!(cost("{products(first:100){totalCount count(limit:5){value precision}}}"), 1 + 10 + 10);
    assert_eq!(cost("{products(first:100){facets(fields:[PRICE,CATEGORY]){field values{value count}}}}"), 1 + 2 * (20 + 1));
    let text = "query($f:[ProductFacetField!]!){products{facets(fields:$f){field}}}";
    assert_eq!(cost_with(text, serde_json::json!({"f": ["PRICE", "CATEGORY", "PRICE"]})), 1 + 60);
    assert_eq!(cost_with(text, serde_json::json!({"f": "PRICE"})), 1 + 20);
}

#[test]
fn nodes_by_id_count_their_ids() {
    assert_eq!(cost("{nodes(ids:[\"a\",\"b\"]){id ...on Product{price{amount}}}}"), 2 * 2);
    assert_eq!(cost_with("query($a:ID!){nodes(ids:[$a,$a,$a]){id}}", serde_json::json!({"a": "x"})), 3);
    assert_eq!(cost_with("query($ids:[ID!]!){nodes(ids:$ids){id}}", serde_json::json!({"ids": ["a", "b", "c", "d"]})), 4);
}

#[test]
fn lists_without_pages_count_as_a_dozen() {
    assert_eq!(cost("{categories{id products(first:3){nodes{id}}}}"), 12 * (1 + 1 + 3));
    assert_eq!(cost("{order(by:{id:1}){lines{product{id}} history{id} }}"), 1 + 12 * 2 + 20);
    assert_eq!(cost("{order(by:{id:1}){history(first:50){__typename}}}"), 1 + 50);
}

#[test]
fn a_root_field_of_a_mutation_costs_ten() {
    assert_eq!(
        cost("mutation{adjustStock(input:{productId:1,delta:1,idempotencyKey:\"k\"}){product{id} userErrors{code}}}"),
        10 + 1 + 1
    );
    assert_eq!(
        cost(
            "mutation{...M b:discardWebhookEvent(input:{}){event{id}}} fragment M on Mutation{a:discardWebhookEvent(input:{}){event{id}}}"
        ),
        22
    );
    // The products a mutation wrote are a list, though a connection has the same name elsewhere.
    assert_eq!(cost("mutation{upsertProducts(input:{products:[]}){products{id price{amount}}}}"), 10 + 20 * 2);
}

#[test]
fn introspection_is_not_multiplied() {
    assert_eq!(cost("{__schema{types{fields{args{type{name}}}}}}"), 5);
}

#[test]
fn the_largest_usual_pages_fit_and_products_of_pages_do_not() {
    let limits = DocumentLimits::default();
    let node = "id slug name category{id name} producer{id name location{latitude}} price{amount} pack{value} unitPrice{price{amount} per{value}}";
    let page = format!(
        "{{products(first:100){{edges{{cursor distanceMeters node{{{node}}}}} pageInfo{{endCursor}} totalCount facets(fields:[PRICE]){{field}}}}}}"
    );
    assert_eq!(limits.check_cost(cost(&page)), Ok(()));
    let aliases: String = (0..10).map(|n| format!("p{n}:products(first:100){{nodes{{id name price{{amount}}}}}}")).collect();
    assert_eq!(limits.check_cost(cost(&format!("{{{aliases}}}"))), Ok(()));
    let squared = cost("{producers(first:100){nodes{products(first:100){nodes{id}}}}}");
    assert_eq!(squared, 1 + 100 * (1 + 1 + 100));
    let refusal = limits.check_cost(squared).expect_err("too costly");
    assert_eq!(refusal.code, RefusalCode::TooComplex);
    assert_eq!(
        refusal.message,
        "The operation costs 10201 points, at most 5000 are allowed; ask for smaller pages or fewer fields."
    );
}

#[test]
fn the_limit_itself_is_allowed() {
    let limits = DocumentLimits::default();
    assert_eq!(limits.check_cost(5_000), Ok(()));
    assert!(limits.check_cost(5_001).is_err());
}
