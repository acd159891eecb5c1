//! Limits of GraphQL documents.

use clap::Args;

use crate::graphql::DocumentLimits;

/// What one document may ask for.
#[derive(Args, Clone)]
#[command(next_help_heading = "Limits of GraphQL documents")]
pub struct LimitArgs {
    /// Bytes of text
    #[arg(long, env = "FARMLOKAL_DOCUMENT_MAX_BYTES", value_name = "N", default_value_t = DocumentLimits::default().max_bytes)]
    document_max_bytes: usize,
    /// Tokens
    #[arg(long, env = "FARMLOKAL_DOCUMENT_MAX_TOKENS", value_name = "N", default_value_t = DocumentLimits::default().max_tokens)]
    document_max_tokens: usize,
    /// Levels of fields
    #[arg(long, env = "FARMLOKAL_DOCUMENT_MAX_DEPTH", value_name = "N", default_value_t = DocumentLimits::default().max_depth)]
    document_max_depth: u64,
    /// Aliases
    #[arg(long, env = "FARMLOKAL_DOCUMENT_MAX_ALIASES", value_name = "N", default_value_t = DocumentLimits::default().max_aliases)]
    document_max_aliases: u64,
    /// Root fields
    #[arg(long, env = "FARMLOKAL_DOCUMENT_MAX_ROOT_FIELDS", value_name = "N", default_value_t = DocumentLimits::default().max_root_fields)]
    document_max_root_fields: u64,
    /// Directives
    #[arg(long, env = "FARMLOKAL_DOCUMENT_MAX_DIRECTIVES", value_name = "N", default_value_t = DocumentLimits::default().max_directives)]
    document_max_directives: u64,
    /// Fields after fragments are spread
    #[arg(long, env = "FARMLOKAL_DOCUMENT_MAX_FIELDS", value_name = "N", default_value_t = DocumentLimits::default().max_fields)]
    document_max_fields: u64,
    /// Cost: 1 per object, times the size of each page above it
    #[arg(long, env = "FARMLOKAL_DOCUMENT_MAX_COST", value_name = "N", default_value_t = DocumentLimits::default().max_cost)]
    document_max_cost: u64,
}

impl LimitArgs {
    /// As the schema takes them.
    pub fn document_limits(&self) -> DocumentLimits {
        DocumentLimits {
            max_bytes: self.document_max_bytes,
            max_tokens: self.document_max_tokens,
            max_depth: self.document_max_depth,
            max_aliases: self.document_max_aliases,
            max_root_fields: self.document_max_root_fields,
            max_directives: self.document_max_directives,
            max_fields: self.document_max_fields,
            max_cost: self.document_max_cost,
            ..DocumentLimits::default()
        }
    }
}
