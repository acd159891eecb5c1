//! Reads a GraphQL request out of a body or a query string.
//!
//! What names the operation is read at once and mostly borrowed, because an answer from a cache waits for it; variables are
//! only found. They are read when somebody needs their values, as strictly as everything else.

mod explain;
mod members;

use std::borrow::Cow;

use super::query_string;
use super::refusal::Refusal;
use crate::graphql::{DocumentRef, RawVariables, Wanted};
use crate::strict_json;
use members::Members;

/// What variables that are absent or null are taken for.
const NO_VARIABLES: &str = "{}";

/// What a caller sends.
#[derive(Debug)]
pub(super) struct Envelope<'a> {
    query: Option<Cow<'a, str>>,
    operation_name: Option<Cow<'a, str>>,
    document_id: Option<Cow<'a, str>>,
    persisted_hash: Option<Cow<'a, str>>,
    variables: Cow<'a, str>,
    /// The body that the variables are part of; without one they were a parameter.
    body: Option<&'a [u8]>,
}

/// Reads the body of a POST. Members besides `query`, `operationName`, `variables`, `extensions`, and those that name a
/// persisted document, are ignored; of `extensions` only `persistedQuery` is looked at.
///
/// # Errors
/// 400 for what is not strict JSON, or not an object with members of the right kinds.
pub(super) fn from_body(body: &[u8]) -> Result<Envelope<'_>, Refusal> {
    let Members { query, operation_name, document_id, variables, persisted_hash } =
        members::of_body(body).map_err(|_| explain::body(body))?;
    let variables = Cow::Borrowed(variables.map_or(NO_VARIABLES, |raw| raw.get()));
    Envelope { query, operation_name, document_id, persisted_hash, variables, body: Some(body) }.with_document()
}

/// Reads the query string of a GET; `variables` and `extensions` hold JSON. Other parameters are ignored.
///
/// # Errors
/// 400 for what cannot be decoded, a parameter given twice, or JSON of the wrong kind.
pub(super) fn from_query(query: &str) -> Result<Envelope<'static>, Refusal> {
    let pairs =
        query_string::pairs(query).map_err(|_| Refusal::bad_request("The query string is not UTF-8 in percent-encoding."))?;
    let mut parameters = Parameters(pairs);
    let query = parameters.take("query")?;
    let operation_name = parameters.take("operationName")?;
    let document_id = parameters.take("documentId")?.or(parameters.take("doc_id")?).or(parameters.take("id")?);
    let variables = parameters.take("variables")?.unwrap_or_else(|| NO_VARIABLES.to_owned());
    let persisted_hash = match parameters.take("extensions")? {
        Some(text) => {
            let hash = members::hash_of_extensions(&text).map_err(|_| explain::parameter("extensions", &text))?;
            hash.map(Cow::into_owned)
        }
        None => None,
    };
    let owned = |text: Option<String>| text.map(Cow::Owned);
    let envelope = Envelope {
        query: owned(query),
        operation_name: owned(operation_name),
        document_id: owned(document_id),
        persisted_hash: owned(persisted_hash),
        variables: Cow::Owned(variables),
        body: None,
    };
    envelope.with_document()
}

impl Envelope<'_> {
    fn with_document(self) -> Result<Self, Refusal> {
        if self.query.is_none() && self.document_id.is_none() && self.persisted_hash.is_none() {
            return Err(Refusal::bad_request("`query`, the text of a GraphQL document, is missing."));
        }
        Ok(self)
    }

    /// Which operation is meant.
    pub(super) fn wanted(&self, via_get: bool) -> Wanted<'_> {
        let document = match (self.persisted_hash.as_deref(), self.query.as_deref(), self.document_id.as_deref()) {
            (Some(hash), text, _) => DocumentRef::Persisted { hash, text: text.filter(|text| !text.is_empty()) },
            (None, Some(text), _) => DocumentRef::Text(text),
            (None, None, id) => DocumentRef::Id(id.unwrap_or_default()),
        };
        Wanted { document, operation_name: self.operation_name.as_deref(), via_get }
    }

    /// The variables as they were sent, `{}` when they were not: JSON that was not looked into yet. The same bytes have
    /// the same meaning, so they may be part of a key.
    pub(super) fn raw_variables(&self) -> &str {
        &self.variables
    }

    /// Values for the variables.
    ///
    /// # Errors
    /// 400 for what is not strict JSON.
    pub(super) fn variables(&self) -> Result<RawVariables, Refusal> {
        match strict_json::parse(self.variables.as_bytes()) {
            Ok(serde_json::Value::Object(variables)) => Ok(variables),
            Ok(serde_json::Value::Null) => Ok(RawVariables::new()),
            _ => Err(match self.body {
                Some(body) => explain::body(body),
                None => explain::parameter("variables", &self.variables),
            }),
        }
    }
}

struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// A parameter that has a value.
    fn take(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        let mut values = self.0.iter_mut().filter(|(key, _)| key == name).map(|(_, value)| std::mem::take(value));
        let value = values.next();
        if values.next().is_some() {
            return Err(Refusal::bad_request(format!("`{name}` is given twice.")));
        }
        Ok(value.filter(|value| !value.is_empty()))
    }
}

#[cfg(test)]
mod tests;
