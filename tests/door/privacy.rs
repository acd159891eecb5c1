//! Callers never see each other's answers: random operations that mix what is public with what is not, by random callers.

use std::collections::HashMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::fleet::{Answer, BYPASS, Fleet, TOKEN};

const PUBLIC: [&str; 5] = [
    "products(first: 3) { nodes { slug price { amount } } }",
    "categories { slug }",
    "producers(first: 2) { nodes { slug city } }",
    "product(by: { slug: \"nothing-of-that-name\" }) { name }",
    "category(by: { slug: \"vegetables\" }) { name products(first: 2) { nodes { slug producer { name } } } }",
];
/// Guarded, private, or of the moment; `mine` is what tells whose answer it is.
const NOT_PUBLIC: [&str; 3] = ["guarded: metrics { version }", "mine: rateLimit { remaining }", "health { status }"];
/// How a part is written into the operation.
const WRAPS: [&str; 4] = ["{}", "... on Query { {} }", "... { {} }", "...Part"];

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Caller {
    Nobody,
    /// The holder of a token.
    Known,
    /// Somebody with a token that is none.
    Wrong,
}

/// A document, and whether all of it is public.
#[derive(Debug, Clone)]
struct Operation {
    document: String,
    parts: Vec<&'static str>,
}

impl Operation {
    fn has(&self, part: &str) -> bool {
        self.parts.iter().any(|known| known.starts_with(part))
    }

    fn is_public(&self) -> bool {
        self.parts.iter().all(|part| PUBLIC.contains(part))
    }
}

fn operation() -> impl Strategy<Value = Operation> {
    let parts = (subsequence(&PUBLIC[..], 0..=3), subsequence(&NOT_PUBLIC[..], 0..=2));
    let parts = parts.prop_filter("something is asked for", |(public, other)| !public.is_empty() || !other.is_empty());
    let parts = parts.prop_map(|(public, other)| [public, other].concat()).prop_shuffle();
    (parts, select(&WRAPS[..])).prop_map(|(parts, wrap)| {
        let (last, others) = parts.split_last().unwrap();
        let fragment = if wrap == "...Part" { format!(" fragment Part on Query {{ {last} }}") } else { String::new() };
        let document = format!("query Mixed {{ {} {} }}{fragment}", others.join(" "), wrap.replace("{}", last));
        Operation { document, parts }
    })
}

fn callers() -> impl Strategy<Value = Vec<(Caller, bool)>> {
    let caller = select(vec![Caller::Nobody, Caller::Known, Caller::Wrong]);
    proptest::collection::vec((caller, any::<bool>()), 3..8)
}

/// Nobody may see the meters without a token.
fn fleet() -> &'static Fleet {
    static FLEET: LazyLock<Fleet> = LazyLock::new(|| Fleet::seeded(1, &[("ANONYMOUS_SCOPES", "")]));
    &FLEET
}

fn ask(document: &str, (caller, via_get): (Caller, bool)) -> Answer {
    let fleet = fleet();
    let call = if via_get { fleet.graphql_by_get(0, document) } else { fleet.graphql(0, document) };
    fleet.send(match caller {
        Caller::Nobody => call,
        Caller::Known => call.bearer_auth(TOKEN),
        Caller::Wrong => call.bearer_auth("a-token-that-nobody-was-given"),
    })
}

/// What is not public is the caller's own.
fn is_for(caller: Caller, operation: &Operation, answer: &Answer) {
    let told = answer.json();
    let codes: Vec<&Value> = told["errors"].as_array().into_iter().flatten().map(|error| &error["extensions"]["code"]).collect();
    if operation.has("guarded") {
        let refused = caller == Caller::Nobody;
        assert_eq!((told["data"]["guarded"].is_null(), codes.contains(&&json!("UNAUTHENTICATED"))), (refused, refused), "{told}");
    }
    if operation.has("mine") {
        assert_eq!(told["data"]["mine"]["remaining"], json!(answer.rate_limit("r")), "{told}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn nobody_gets_the_answer_of_another_unless_it_is_everybodys(operation in operation(), callers in callers()) {
        let mut seen: HashMap<&str, Vec<u8>> = HashMap::new();
        for caller in callers {
            let answer = ask(&operation.document, caller);
            if caller.0 == Caller::Wrong {
                prop_assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer error=\"invalid_token\""));
                prop_assert_eq!((answer.json()["data"].is_null(), answer.cache()), (true, ""), "{}", answer.text());
                continue;
            }
            prop_assert_eq!(answer.status, 200, "{}", answer.text());
            if operation.is_public() {
                if let Some(body) = seen.get("everybody") {
                    prop_assert!(answer.is_hit(), "{}", answer.cache());
                    prop_assert_eq!(&answer.body, body);
                }
                seen.insert("everybody", answer.body);
            } else {
                prop_assert_eq!((answer.cache(), answer.header("etag")), (BYPASS, ""));
                is_for(caller.0, &operation, &answer);
            }
        }
    }
}
