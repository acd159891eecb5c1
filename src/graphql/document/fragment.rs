//! The order in which the fragments of a document can be measured: each after the ones it spreads.

use std::collections::HashMap;

use async_graphql::Pos;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use super::refusal::{Refusal, RefusalCode, quoted};

/// A fragment is being followed, or is done with.
#[derive(PartialEq, Eq)]
enum State {
    Open,
    Done,
}

/// A fragment on the way down, and which of its spreads come next.
struct Step<'d> {
    name: &'d str,
    spreads: std::vec::IntoIter<(&'d str, Pos)>,
}

/// All fragments of the document, spread or not, each after the ones it spreads. Without recursion, because a chain of
/// fragments may be as long as the document.
///
/// # Errors
/// `GRAPHQL_VALIDATION_FAILED` for a fragment that leads back to itself or is not defined, in any fragment: the engine would
/// follow an unused cycle until the stack overflows.
pub(super) fn in_order(document: &ExecutableDocument) -> Result<Vec<&str>, Refusal> {
    let mut names: Vec<_> = document.fragments.iter().map(|(name, fragment)| (fragment.pos, name.as_str())).collect();
    names.sort_unstable();
    let mut states: HashMap<&str, State> = HashMap::with_capacity(names.len());
    let mut order = Vec::with_capacity(names.len());
    for (_, name) in names {
        if !states.contains_key(name) {
            follow(document, name, &mut states, &mut order)?;
        }
    }
    Ok(order)
}

fn follow<'d>(
    document: &'d ExecutableDocument,
    name: &'d str,
    states: &mut HashMap<&'d str, State>,
    order: &mut Vec<&'d str>,
) -> Result<(), Refusal> {
    states.insert(name, State::Open);
    let mut path = vec![Step { name, spreads: spreads_of(document, name) }];
    while let Some(step) = path.last_mut() {
        let Some((name, location)) = step.spreads.next() else {
            states.insert(step.name, State::Done);
            order.push(step.name);
            path.pop();
            continue;
        };
        match states.get(name) {
            Some(State::Done) => {}
            Some(State::Open) => {
                let message = format!("There is a fragment cycle: fragment {} leads back to itself.", quoted(name));
                return Err(Refusal::new(RefusalCode::ValidationFailed, message).at(location));
            }
            None if !document.fragments.contains_key(name) => return Err(unknown(name, location)),
            None => {
                states.insert(name, State::Open);
                path.push(Step { name, spreads: spreads_of(document, name) });
            }
        }
    }
    Ok(())
}

/// The refusal of a spread whose fragment the document does not define.
pub(super) fn unknown(name: &str, location: Pos) -> Refusal {
    Refusal::new(RefusalCode::ValidationFailed, format!("Unknown fragment {}.", quoted(name))).at(location)
}

fn spreads_of<'d>(document: &'d ExecutableDocument, name: &str) -> std::vec::IntoIter<(&'d str, Pos)> {
    let mut spreads = Vec::new();
    if let Some(fragment) = document.fragments.get(name) {
        collect_spreads(&fragment.node.selection_set.node, &mut spreads);
    }
    spreads.into_iter()
}

/// Recurses as deep as the text has brackets, which the byte scan has bounded.
fn collect_spreads<'d>(set: &'d SelectionSet, spreads: &mut Vec<(&'d str, Pos)>) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => collect_spreads(&field.node.selection_set.node, spreads),
            Selection::InlineFragment(inline) => collect_spreads(&inline.node.selection_set.node, spreads),
            Selection::FragmentSpread(spread) => spreads.push((spread.node.fragment_name.node.as_str(), spread.pos)),
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn ordered(text: &str) -> Result<Vec<String>, Refusal> {
        let document = parse_query(text).expect("parses");
        in_order(&document).map(|names| names.into_iter().map(str::to_owned).collect())
    }

    /// `F0` spreads `F1` and so on; the last one spreads `last`.
    fn chain(length: usize, last: &str) -> String {
        let links: String = (0..length - 1).map(|n| format!("fragment F{n} on T{{...F{}}}", n + 1)).collect();
        format!("{{...F0}}{links}fragment F{} on T{{{last}}}", length - 1)
    }

    #[test]
    fn a_fragment_comes_after_what_it_spreads() {
        let text = "{ ...A } fragment A on T { x { ... on U { ...B } } ...C } fragment B on T { ...C } fragment C on T { y }";
        assert_eq!(ordered(text), Ok(vec!["C".to_owned(), "B".to_owned(), "A".to_owned()]));
    }

    #[test]
    fn cycles_of_any_length_are_refused_used_or_not() {
        for text in [
            chain(1, "...F0"),
            chain(2, "...F0"),
            chain(1_000, "a ...F0"),
            chain(1_000, "a ...F700"),
            "{ a } fragment F on T { b { ...F } }".to_owned(),
        ] {
            let refusal = ordered(&text).expect_err("a cycle");
            assert_eq!(refusal.code, RefusalCode::ValidationFailed);
            assert!(refusal.message.contains("fragment cycle"), "{}", refusal.message);
            assert!(refusal.location.is_some());
        }
    }

    #[test]
    fn a_chain_as_long_as_a_document_needs_no_stack() {
        assert_eq!(ordered(&chain(20_000, "a")).map(|names| names.len()), Ok(20_000));
    }

    #[test]
    fn a_fragment_that_nobody_defines_is_refused() {
        let refusal = ordered("{ a } fragment F on T { ...G }").expect_err("unknown");
        assert_eq!(refusal.message, "Unknown fragment \"G\".");
    }
}
