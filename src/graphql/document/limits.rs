//! How large a document may be, and the sentences that say so.

use async_graphql::Pos;

use super::measure::Size;
use super::refusal::{Refusal, RefusalCode};

/// Deepest nesting of brackets the parser is ever given, whatever the settings say: it recurses per bracket, and 400 nested
/// lists overflow a 2 MiB stack in a debug build.
pub(super) const PARSER_BRACKET_DEPTH: usize = 128;

/// Limits of one document. The defaults let the largest pages of this API and the introspection of usual tools through.
///
/// Counts marked "after spreading" are per operation, each fragment counted as often as it is spread; `@skip` and `@include`
/// count as included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentLimits {
    /// Length of the text, in bytes.
    pub max_bytes: usize,
    /// Names, numbers, strings and punctuators of the text.
    pub max_tokens: usize,
    /// Open `{`, `[` and `(` at one place of the text; never more than 128.
    pub max_bracket_depth: usize,
    /// Fields inside each other, leaves included; what is below `__schema` and `__type` has its own limit.
    pub max_depth: u64,
    /// Selection sets inside each other, those of fragments included. The engine's own recursion limit is 32 as well.
    pub max_nesting: u64,
    /// Aliases after spreading.
    pub max_aliases: u64,
    /// Fields of the root type after spreading.
    pub max_root_fields: u64,
    /// Directives after spreading.
    pub max_directives: u64,
    /// Fields after spreading.
    pub max_fields: u64,
    /// Selections after spreading, summed over all operations *and* all fragments: what the engine's validation walks.
    pub max_selections: u64,
    /// Points of cost of one operation, see `cost`.
    pub max_cost: u64,
    /// Fields inside each other from `__schema` or `__type` on. The introspection query of graphql-js (nine `ofType`) has 15.
    pub max_introspection_depth: u64,
    /// Lists of the type system inside each other (`fields`, `interfaces`, `possibleTypes`, `inputFields`): each level
    /// multiplies the answer by the size of the schema. graphql-js allows two as well.
    pub max_introspection_lists: u64,
    /// Operations of the document.
    pub max_operations: usize,
    /// Variables of one operation.
    pub max_variables: usize,
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self {
            max_bytes: 15_000,
            max_tokens: 5_000,
            max_bracket_depth: 64,
            max_depth: 20,
            max_nesting: 32,
            max_aliases: 30,
            max_root_fields: 20,
            max_directives: 50,
            max_fields: 500,
            max_selections: 10_000,
            max_cost: 5_000,
            max_introspection_depth: 15,
            max_introspection_lists: 2,
            max_operations: 20,
            max_variables: 50,
        }
    }
}

impl DocumentLimits {
    /// Whether an operation that costs so much may run.
    ///
    /// # Errors
    /// `QUERY_TOO_COMPLEX` above `max_cost`.
    pub(crate) fn check_cost(&self, cost: u64) -> Result<(), Refusal> {
        if cost <= self.max_cost {
            return Ok(());
        }
        let max = self.max_cost;
        let message =
            format!("The operation costs {cost} points, at most {max} are allowed; ask for smaller pages or fewer fields.");
        Err(Refusal::new(RefusalCode::TooComplex, message))
    }

    /// Whether a text is short enough to be looked at.
    ///
    /// # Errors
    /// `QUERY_TOO_COMPLEX` above `max_bytes`.
    pub(super) fn check_bytes(&self, text: &str) -> Result<(), Refusal> {
        let (found, max) = (text.len(), self.max_bytes);
        if found <= max {
            return Ok(());
        }
        let message = format!("The document is {found} bytes long; at most {max} are allowed.");
        Err(Refusal::new(RefusalCode::TooComplex, message))
    }

    /// The limits of one operation that need no variables.
    pub(super) fn check_operation(&self, size: &Size, location: Pos) -> Result<(), Refusal> {
        use RefusalCode::{TooComplex, TooDeep};
        let limits = [
            (TooDeep, "is", size.depth, "fields deep", self.max_depth),
            (TooDeep, "is", size.nesting, "selection sets deep", self.max_nesting),
            (TooDeep, "is", size.introspection_depth, "fields deep in its introspection", self.max_introspection_depth),
            (TooDeep, "is", size.introspection_lists, "type lists deep in its introspection", self.max_introspection_lists),
            (TooComplex, "has", size.root_fields, "root fields", self.max_root_fields),
            (TooComplex, "has", size.fields, "fields", self.max_fields),
            (TooComplex, "has", size.aliases, "aliases", self.max_aliases),
            (TooComplex, "has", size.directives, "directives", self.max_directives),
        ];
        for (code, verb, found, what, max) in limits {
            if found > max {
                let message = format!(
                    "The operation {verb} {found} {what}, counting fragments where they are spread; at most {max} are allowed."
                );
                return Err(Refusal::new(code, message).at(location));
            }
        }
        Ok(())
    }

    /// The limits that hold for every fragment too, spread or not: validation walks each of them inline.
    pub(super) fn check_fragment(&self, size: &Size, location: Pos) -> Result<(), Refusal> {
        if size.nesting > self.max_nesting {
            let (found, max) = (size.nesting, self.max_nesting);
            let message = format!("A fragment is {found} selection sets deep; at most {max} are allowed.");
            return Err(Refusal::new(RefusalCode::TooDeep, message).at(location));
        }
        Ok(())
    }

    /// The work that the engine's validation would do for all operations and fragments together.
    pub(super) fn check_selections(&self, selections: u64) -> Result<(), Refusal> {
        if selections <= self.max_selections {
            return Ok(());
        }
        let max = self.max_selections;
        let message = format!(
            "The document has {selections} selections, counting fragments where they are spread; at most {max} are allowed."
        );
        Err(Refusal::new(RefusalCode::TooComplex, message))
    }
}
