//! Each limit: what just fits passes, one more is refused.

use super::{DocumentLimits, RefusalCode, accepted, check, refused, types};

fn nested(levels: usize) -> String {
    format!("{}a{}", "{a".repeat(levels - 1) + "{", "}".repeat(levels))
}

#[test]
fn depth() {
    assert_eq!(accepted(&nested(20)).operations()[0].size.depth, 20);
    assert_eq!(refused(&nested(21)), RefusalCode::TooDeep);
}

#[test]
fn depth_through_fragments() {
    let document = |levels: usize| format!("{{a{{...F}}}} fragment F on T {}", nested(levels));
    assert_eq!(accepted(&document(19)).operations()[0].size.depth, 20);
    assert_eq!(refused(&document(20)), RefusalCode::TooDeep);
}

#[test]
fn nesting_of_fragments_without_fields() {
    let inline = |levels: usize| format!("{{{}a{}}}", "...{".repeat(levels), "}".repeat(levels));
    assert_eq!(accepted(&inline(32)).operations()[0].size.nesting, 32);
    assert_eq!(refused(&inline(33)), RefusalCode::TooDeep);
    let unused = |levels: usize| format!("{{a}} fragment F on T {}", inline(levels));
    accepted(&unused(32));
    assert_eq!(refused(&unused(33)), RefusalCode::TooDeep);
}

#[test]
fn aliases() {
    let document = |count: usize| format!("{{x{{{}}}}}", (0..count).map(|n| format!("a{n}:a ")).collect::<String>());
    assert_eq!(accepted(&document(30)).operations()[0].size.aliases, 30);
    assert_eq!(refused(&document(31)), RefusalCode::TooComplex);
    let spread = |count: usize| format!("{{x{{{}}}}} fragment F on T {{b:a c:a}}", "...F ".repeat(count));
    accepted(&spread(15));
    assert_eq!(refused(&spread(16)), RefusalCode::TooComplex);
}

#[test]
fn root_fields_with_equal_keys_count_each() {
    let document = |count: usize| format!("{{...on Query{{{}}}}}", "a ".repeat(count));
    let size = accepted(&document(20)).operations()[0].size;
    assert_eq!((size.root_fields, size.fields), (20, 20));
    assert_eq!(refused(&document(21)), RefusalCode::TooComplex);
}

#[test]
fn directives() {
    let document = |count: usize| {
        let at_fields = "@skip(if:false)".repeat(count - 4);
        format!("query Q($n:Int @a) @b {{x {at_fields} ...F @c}} fragment F on T @d {{y}}")
    };
    assert_eq!(accepted(&document(50)).operations()[0].size.directives, 50);
    assert_eq!(refused(&document(51)), RefusalCode::TooComplex);
}

#[test]
fn fields_after_spreading() {
    let document =
        |count: usize| format!("{{x{{{}}}}} fragment F on T {{a b c d e}}", "...F ".repeat(99) + &"a ".repeat(count - 496));
    assert_eq!(accepted(&document(500)).operations()[0].size.fields, 500);
    assert_eq!(refused(&document(501)), RefusalCode::TooComplex);
}

#[test]
fn selections_over_all_operations_and_fragments() {
    let document = |fragments: usize| {
        let fragment = |n: usize| format!("fragment F{n} on T{{x{{{}}}}}", "...B ".repeat(9));
        let base = format!("fragment B on T{{{}}}", "a ".repeat(100));
        format!("{{a}}{base}{}", (0..fragments).map(fragment).collect::<String>())
    };
    accepted(&document(10));
    assert_eq!(refused(&document(11)), RefusalCode::TooComplex);
}

#[test]
fn operations() {
    let document = |count: usize| (0..count).map(|n| format!("query Q{n}{{a}}")).collect::<String>();
    assert_eq!(accepted(&document(20)).operations().len(), 20);
    assert_eq!(refused(&document(21)), RefusalCode::TooComplex);
    assert_eq!(refused(&document(1_000)), RefusalCode::TooComplex);
}

#[test]
fn variables() {
    let document = |count: usize| format!("query({}){{a}}", (0..count).map(|n| format!("$v{n}:Int ")).collect::<String>());
    assert_eq!(accepted(&document(50)).operations()[0].variable_definitions.len(), 50);
    assert_eq!(refused(&document(51)), RefusalCode::TooComplex);
}

#[test]
fn introspection_has_limits_of_its_own() {
    let of_types = |levels: usize| format!("{{__type(name:\"X\"){{{}name{}}}}}", "ofType{".repeat(levels), "}".repeat(levels));
    let size = accepted(&of_types(13)).operations()[0].size;
    assert_eq!((size.introspection_depth, size.depth), (15, 1));
    assert_eq!(refused(&of_types(14)), RefusalCode::TooDeep);

    accepted("{__schema{types{fields{type{fields{name}}}}}}");
    assert_eq!(refused("{__schema{types{fields{type{fields{type{fields{name}}}}}}}}"), RefusalCode::TooDeep);
    assert_eq!(
        refused("{__schema{types{...F}}} fragment F on __Type{fields{type{interfaces{possibleTypes{name}}}}}"),
        RefusalCode::TooDeep
    );
    accepted("{a{fields{fields{fields{fields{b}}}}}}");
}

#[test]
fn a_refusal_says_what_is_too_large_and_where() {
    let refusal =
        check("\n {a b c}", &DocumentLimits { max_fields: 2, ..DocumentLimits::default() }, &types()).expect_err("too many");
    assert_eq!(refusal.message, "The operation has 3 fields, counting fragments where they are spread; at most 2 are allowed.");
    assert_eq!(refusal.location.map(|place| (place.line, place.column)), Some((2, 2)));
    assert_eq!(refusal.code, RefusalCode::TooComplex);
}
