//! Small documents that would cost a server seconds, or its life. All are refused, and after few steps.

use super::{CheckedDocument, DocumentLimits, RefusalCode, accepted, check, refused, types};

/// `F0` spreads `F1` twice and so on: `levels` levels are 2^`levels` fields.
fn doubling(levels: usize) -> String {
    let links: String = (0..levels).map(|n| format!("fragment F{n} on T{{...F{0} ...F{0}}}", n + 1)).collect();
    format!("{links}fragment F{levels} on T{{a}}")
}

/// The document with limits out of the way, to count the steps that measuring it takes.
fn unlimited(text: &str) -> CheckedDocument {
    let limits = DocumentLimits {
        max_bytes: usize::MAX,
        max_tokens: usize::MAX,
        max_depth: u64::MAX,
        max_nesting: u64::MAX,
        max_aliases: u64::MAX,
        max_root_fields: u64::MAX,
        max_fields: u64::MAX,
        max_selections: u64::MAX,
        ..DocumentLimits::default()
    };
    check(text, &limits, &types()).expect("nothing else is wrong with it")
}

#[test]
fn fragments_that_double() {
    assert_eq!(accepted(&format!("{{...F0}}{}", doubling(4))).operations()[0].size.fields, 16);
    for levels in [5, 9, 20, 30, 40, 400] {
        let text = format!("{{...F0}}{}", doubling(levels));
        assert!(matches!(refused(&text), RefusalCode::TooComplex | RefusalCode::TooDeep), "{levels}");
        let unused = format!("{{a}}{}", doubling(levels));
        if levels > 12 {
            assert!(matches!(refused(&unused), RefusalCode::TooComplex | RefusalCode::TooDeep), "{levels} unused");
        }
    }
}

#[test]
fn measuring_takes_one_step_per_selection_of_the_text() {
    for levels in [20, 40, 400] {
        let document = unlimited(&format!("query($n:Int){{...F0 products(first:$n){{...F0}}}}{}", doubling(levels)));
        let size = document.operations()[0].size;
        assert!(size.fields >= 1 << 20, "{levels}");
        assert!(document.steps <= 3 * (2 * levels + 4), "{levels}: {}", document.steps);
    }
}

#[test]
fn pages_by_variable_inside_fragments_that_double() {
    let links: String = (0..200)
        .map(|n| format!("fragment F{n} on T{{products(first:$n){{nodes{{...F{0}}}edges{{node{{...F{0}}}}}}}}}", n + 1))
        .collect();
    let document = unlimited(&format!("query($n:Int){{...F0}}{links}fragment F200 on T{{a{{b}}}}"));
    assert!(document.steps < 200 * 15, "{}", document.steps);
    let variables = async_graphql::Variables::from_json(serde_json::json!({"n": 100}));
    assert_eq!(document.cost(&document.operations()[0], &variables), u64::MAX);
}

#[test]
fn a_wide_fan() {
    let fan = |spreads: usize, fields: usize| {
        format!("{{x{{{}}}}} fragment F on T{{{}}}", "...F ".repeat(spreads), "a ".repeat(fields))
    };
    assert_eq!(refused(&fan(2_000, 300)), RefusalCode::TooComplex);
    let document = unlimited(&fan(2_000, 300));
    assert_eq!(document.operations()[0].size.fields, 600_001);
    assert!(document.steps < 2_400, "{}", document.steps);
}

#[test]
fn ten_thousand_aliases() {
    let text = format!("{{{}}}", (0..10_000).map(|n| format!("a{n}:a ")).collect::<String>());
    assert_eq!(refused(&text), RefusalCode::TooComplex);
    let short = format!("{{{}}}", "a:a ".repeat(1_600));
    assert_eq!(refused(&short), RefusalCode::TooComplex);
}

#[test]
fn depth_of_anything_with_brackets() {
    for (start, open) in [
        ("", "{a"),
        ("", "["),
        ("", "("),
        ("{", "...{"),
        ("{a(b:", "["),
        ("{a(b:", "{c:"),
        ("{a(b:", "[{c:"),
        ("{a(b: \"\"\"{\"\"\" c:", "["),
        ("query($a:", "["),
        ("query($a:A=", "["),
        ("{...F}fragment F on T", "{a"),
    ] {
        for bytes in [300, 3_000, 14_000, 200_000] {
            let text = start.to_owned() + &open.repeat(bytes / open.len());
            assert!(matches!(refused(&text), RefusalCode::TooDeep | RefusalCode::TooComplex), "{start}{open} {bytes}");
        }
    }
    for (open, close) in [("[", "]"), ("{y:", "}")] {
        let text = format!("{{a(b:{}1{})}}", open.repeat(2_500), close.repeat(2_500));
        assert_eq!(refused(&text), RefusalCode::TooDeep);
    }
    assert_eq!(refused(&format!("query($a:{}Int{}){{a}}", "[".repeat(2_500), "]".repeat(2_500))), RefusalCode::TooDeep);
}

#[test]
fn cycles() {
    for text in [
        "{...F} fragment F on T{...F}",
        "{...F} fragment F on T{a{...G}} fragment G on T{...on T{...F}}",
        "{a} fragment F on T{...F}",
    ] {
        assert_eq!(refused(text), RefusalCode::ValidationFailed, "{text}");
    }
    let ring: String = (0..400).map(|n| format!("fragment F{n} on T{{...F{}}}", (n + 1) % 400)).collect();
    assert_eq!(refused(&format!("{{...F7}}{ring}")), RefusalCode::ValidationFailed);
}

#[test]
fn twenty_thousand_directives_and_tokens() {
    assert_eq!(refused(&format!("{{a {}}}", "@a".repeat(20_000))), RefusalCode::TooComplex);
    assert_eq!(refused(&format!("{{a {}}}", "@a".repeat(2_000))), RefusalCode::TooComplex);
    assert_eq!(refused(&"a ".repeat(6_000)), RefusalCode::TooComplex);
    assert_eq!(refused(&"!".repeat(6_000)), RefusalCode::TooComplex);
}

#[test]
fn five_thousand_fragments() {
    let fragments: String = (0..5_000).map(|n| format!("fragment F{n} on T{{a}}")).collect();
    assert_eq!(refused(&format!("{{...F0}}{fragments}")), RefusalCode::TooComplex);
    let text: String = (0..500).map(|n| format!("fragment F{n} on T{{a}}")).collect();
    let document = accepted(&format!("{{...F0}}{text}"));
    assert!(document.steps < 510, "{}", document.steps);
}
