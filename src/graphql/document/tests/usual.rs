//! Documents that people really send: they pass, and what is said of them is right.

use async_graphql::parser::types::OperationType;

use super::{RefusalCode, accepted};

/// The introspection query of graphql-js 16 with every option on (`descriptions`, `specifiedByUrl`, `directiveIsRepeatable`,
/// `schemaDescription`, `inputValueDeprecation`, `oneOf`).
const INTROSPECTION: &str = "
query IntrospectionQuery {
  __schema {
    description
    queryType { name kind }
    mutationType { name kind }
    subscriptionType { name kind }
    types { ...FullType }
    directives {
      name
      description
      isRepeatable
      locations
      args(includeDeprecated: true) { ...InputValue }
    }
  }
}
fragment FullType on __Type {
  kind
  name
  description
  specifiedByURL
  isOneOf
  fields(includeDeprecated: true) {
    name
    description
    args(includeDeprecated: true) { ...InputValue }
    type { ...TypeRef }
    isDeprecated
    deprecationReason
  }
  inputFields(includeDeprecated: true) { ...InputValue }
  interfaces { ...TypeRef }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
  possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue {
  name
  description
  type { ...TypeRef }
  defaultValue
  isDeprecated
  deprecationReason
}
fragment TypeRef on __Type {
  kind
  name
  ofType { kind name
    ofType { kind name
      ofType { kind name
        ofType { kind name
          ofType { kind name
            ofType { kind name
              ofType { kind name
                ofType { kind name
                  ofType { kind name } } } } } } } } }
}";

#[test]
fn the_introspection_of_the_usual_tools_passes() {
    let document = accepted(INTROSPECTION);
    let operation = document.operation(Some("IntrospectionQuery")).expect("it is there");
    assert!(operation.is_only_introspection());
    assert_eq!((operation.size.introspection_depth, operation.size.introspection_lists, operation.size.depth), (15, 1, 1));
    assert!(document.cost(operation, &async_graphql::Variables::default()) < 200);
}

#[test]
fn a_catalogue_page_passes() {
    let document = accepted(
        r#"
        query Catalogue($first: Int = 20, $after: Cursor, $filter: ProductFilter, $near: NearInput, $more: Boolean! = false) {
          products(first: $first, after: $after, filter: $filter, sort: { field: PRICE, direction: ASC }, near: $near) {
            totalCount @include(if: $more)
            pageInfo { hasNextPage endCursor }
            edges { cursor distanceMeters node { ...Card producer { ...Seller } } }
          }
          categories { slug name }
        }
        fragment Card on Product { id slug name price { amount currency } unitPrice { price { amount } per { value unit } } }
        fragment Seller on Producer { id name kind city }
        "#,
    );
    let operation = document.operation(None).expect("the only one");
    assert_eq!(operation.kind, OperationType::Query);
    assert_eq!(operation.name.as_deref(), Some("Catalogue"));
    assert_eq!(operation.root_fields.iter().map(|name| name.as_str()).collect::<Vec<_>>(), ["products", "categories"]);
    assert!(!operation.is_only_introspection());
    assert_eq!((operation.size.depth, operation.size.directives), (6, 1));
}

#[test]
fn root_fields_are_found_behind_fragments_and_aliases_each_once() {
    let document = accepted(
        "query A{...R ...R x:health{status} __typename} fragment R on Query{health{status} ...on Query{metrics{version} ...S}} fragment S on Query{orders{nodes{id}}}",
    );
    let names: Vec<_> = document.operations()[0].root_fields.iter().map(|name| name.as_str()).collect();
    assert_eq!(names, ["health", "metrics", "orders", "__typename"]);
}

#[test]
fn the_operation_is_chosen_by_name() {
    let document = accepted("mutation B{b{c}} query A{a} subscription C{c{d}}");
    let kinds: Vec<_> = document.operations().iter().map(|operation| operation.kind).collect();
    assert_eq!(kinds, [OperationType::Mutation, OperationType::Query, OperationType::Subscription]);
    assert_eq!(document.operation(Some("A")).expect("there").kind, OperationType::Query);

    let ambiguous = document.operation(None).expect_err("ambiguous");
    assert_eq!(ambiguous.code, RefusalCode::BadRequest);
    assert_eq!(ambiguous.message, "Must provide operation name if query contains multiple operations.");
    let unknown = document.operation(Some("D")).expect_err("unknown");
    assert_eq!((unknown.code, unknown.message.as_str()), (RefusalCode::BadRequest, "Unknown operation named \"D\"."));
    assert!(accepted("{a}").operation(Some("A")).is_err(), "an operation without a name has none");
    assert!(accepted("query A{a}").operation(None).is_ok());
}

#[test]
fn the_same_document_gives_the_same_refusal() {
    let text = "query B{...X} query A{...Y} fragment F on T{...F} fragment G on T{...G}";
    let first = super::checked(text).expect_err("refused");
    for _ in 0..20 {
        assert_eq!(super::checked(text).expect_err("refused"), first);
    }
}
