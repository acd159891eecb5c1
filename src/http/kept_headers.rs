//! The headers of kept answers, made beforehand: a dozen of them are always the same, and putting each into a map takes longer
//! than copying the whole map and filling in the rest.

use axum::http::header::{AGE, CACHE_CONTROL, CONTENT_TYPE, ETAG, VARY};
use axum::http::{HeaderMap, HeaderValue};

use super::cache_status::{self, CACHE_STATUS};
use super::graphql_response::{self, X_QUERY_COST};
use super::media_type::GraphqlType;
use super::purse::{RATE_LIMIT, RATE_LIMIT_POLICY};
use super::request_id::X_REQUEST_ID;
use super::security_headers;
use crate::cache::response::Source;

/// The value of headers that differ from answer to answer; each of them is filled in before the answer leaves.
const TO_COME: HeaderValue = HeaderValue::from_static("");

/// The forms of kept answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Of the GraphQL endpoint.
    Graphql(GraphqlType),
    /// Of the REST shims.
    Rest,
}

/// Headers by form, as of an answer out of memory to a POST.
#[derive(Debug)]
pub(super) struct KeptHeaders {
    graphql_response: HeaderMap,
    graphql_json: HeaderMap,
    rest: HeaderMap,
}

impl KeptHeaders {
    /// Headers that tell of budgets by `policy`, if there are any.
    pub(super) fn new(policy: Option<&HeaderValue>) -> Self {
        let json = GraphqlType::Json { named: true };
        let of = |form| headers(form, policy);
        Self {
            graphql_response: of(Form::Graphql(GraphqlType::Response)),
            graphql_json: of(Form::Graphql(json)),
            rest: of(Form::Rest),
        }
    }

    /// Headers in which `AGE`, `ETAG`, `X_REQUEST_ID` and, with budgets, `RATE_LIMIT` are still to come.
    pub(super) fn of(&self, form: Form) -> HeaderMap {
        match form {
            Form::Graphql(GraphqlType::Response) => self.graphql_response.clone(),
            Form::Graphql(GraphqlType::Json { .. }) => self.graphql_json.clone(),
            Form::Rest => self.rest.clone(),
        }
    }
}

fn headers(form: Form, policy: Option<&HeaderValue>) -> HeaderMap {
    let (content_type, vary) = match form {
        Form::Graphql(form) => (form.content_type(), graphql_response::VARIES),
        Form::Rest => (HeaderValue::from_static("application/json; charset=utf-8"), HeaderValue::from_static("accept-encoding")),
    };
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(ETAG, TO_COME);
    headers.insert(AGE, TO_COME);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CACHE_STATUS, cache_status::of(Source::Memory));
    headers.insert(VARY, vary);
    headers.insert(X_QUERY_COST, HeaderValue::from_static("1"));
    headers.insert(X_REQUEST_ID, TO_COME);
    if let Some(policy) = policy {
        headers.insert(RATE_LIMIT, TO_COME);
        headers.insert(RATE_LIMIT_POLICY, policy.clone());
    }
    security_headers::add_defaults(&mut headers);
    headers
}
