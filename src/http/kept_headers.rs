//! The headers of kept answers, made beforehand: most of them are always the same, and putting each into a map takes longer
//! than copying the whole map and filling in the rest, which stands in front and is not looked for.

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

/// What of the request itself the headers tell; what is `None` is still to come.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// `X-Request-Id`.
    pub(super) request_id: Option<HeaderValue>,
    /// `RateLimit`.
    pub(super) rate_limit: Option<HeaderValue>,
}

/// What differs from answer to answer.
#[derive(Debug)]
pub(super) struct Told {
    /// `ETag`.
    pub(super) etag: HeaderValue,
    /// `Age`, in seconds.
    pub(super) age_s: u64,
    /// `Cache-Control`, unless the answer is not to be stored.
    pub(super) cache_control: Option<HeaderValue>,
    /// Of the request.
    pub(super) known: Known,
}

/// Where `headers` has put the request's name.
const REQUEST_ID_PLACE: usize = 3;

/// The forms of kept answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Of the GraphQL endpoint.
    Graphql(GraphqlType),
    /// Of the REST shims.
    Rest,
}

/// The request's name in the headers of a kept answer, which stands at a place that is known.
pub(super) fn request_id(kept: &HeaderMap) -> Option<&HeaderValue> {
    kept.values().nth(REQUEST_ID_PLACE)
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

    /// The headers of an answer.
    pub(super) fn of(&self, form: Form, told: Told) -> HeaderMap {
        let always = match form {
            Form::Graphql(GraphqlType::Response) => &self.graphql_response,
            Form::Graphql(GraphqlType::Json { .. }) => &self.graphql_json,
            Form::Rest => &self.rest,
        };
        let mut headers = always.clone();
        let mut places = headers.values_mut();
        let mut next = |value: Option<HeaderValue>| {
            if let (Some(place), Some(value)) = (places.next(), value) {
                *place = value;
            }
        };
        // In the order in which `headers` has put them in.
        next(Some(told.etag));
        next(Some(age(told.age_s)));
        next(told.cache_control);
        next(told.known.request_id);
        next(told.known.rate_limit);
        headers
    }
}

/// Numbers of three digits: most answers are made anew before they are older, and a value that is there already need not be shared.
static DIGITS: [[u8; 3]; 1_000] = {
    let mut digits = [[b'0'; 3]; 1_000];
    let mut number = 0;
    while number < digits.len() {
        digits[number] = [b'0' + (number / 100) as u8, b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    digits
};

fn age(seconds: u64) -> HeaderValue {
    let Some(digits) = usize::try_from(seconds).ok().and_then(|seconds| DIGITS.get(seconds)) else {
        return HeaderValue::from(seconds);
    };
    let leading = usize::from(seconds < 100) + usize::from(seconds < 10);
    HeaderValue::from_static(std::str::from_utf8(&digits[leading..]).unwrap_or("0"))
}

fn headers(form: Form, policy: Option<&HeaderValue>) -> HeaderMap {
    let (content_type, vary) = match form {
        Form::Graphql(form) => (form.content_type(), graphql_response::VARIES),
        Form::Rest => (HeaderValue::from_static("application/json; charset=utf-8"), HeaderValue::from_static("accept-encoding")),
    };
    let mut headers = HeaderMap::new();
    // First, in the order of `KeptHeaders::of`, what differs.
    headers.insert(ETAG, TO_COME);
    headers.insert(AGE, TO_COME);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_REQUEST_ID, TO_COME);
    if let Some(policy) = policy {
        headers.insert(RATE_LIMIT, TO_COME);
        headers.insert(RATE_LIMIT_POLICY, policy.clone());
    }
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(CACHE_STATUS, cache_status::of(Source::Memory));
    headers.insert(VARY, vary);
    headers.insert(X_QUERY_COST, HeaderValue::from_static("1"));
    security_headers::add_defaults(&mut headers);
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMS: [Form; 3] =
        [Form::Graphql(GraphqlType::Response), Form::Graphql(GraphqlType::Json { named: false }), Form::Rest];

    #[test]
    fn what_differs_comes_into_its_place() {
        let policy = HeaderValue::from_static("policy");
        let names = [(ETAG, "tag"), (AGE, "7"), (CACHE_CONTROL, "no-cache"), (X_REQUEST_ID, "id"), (RATE_LIMIT, "left")];
        for (form, policy) in FORMS.into_iter().flat_map(|form| [(form, None), (form, Some(&policy))]) {
            let [etag, _, cache_control, request_id, rate_limit] =
                names.each_ref().map(|(_, text)| HeaderValue::from_static(text));
            let (cache_control, request_id, rate_limit) = (Some(cache_control), Some(request_id), policy.map(|_| rate_limit));
            let told = Told { etag, age_s: 7, cache_control, known: Known { request_id, rate_limit } };
            let headers = KeptHeaders::new(policy).of(form, told);
            let expected = |name| policy.is_some() || name != RATE_LIMIT;
            for (name, text) in names.clone() {
                assert_eq!(headers.get(&name).map(HeaderValue::as_bytes), expected(name).then_some(text.as_bytes()), "{form:?}");
            }
            assert_eq!(super::request_id(&headers), headers.get(X_REQUEST_ID));
            assert!(headers.values().all(|value| !value.is_empty()), "{form:?}: nothing is still to come");
            assert_eq!(headers.get(RATE_LIMIT_POLICY), policy);
        }
    }

    #[test]
    fn every_age_is_its_digits() {
        for seconds in (0..1_100).chain([u64::MAX]) {
            assert_eq!(age(seconds), seconds.to_string());
        }
    }

    #[test]
    fn what_is_not_told_is_still_to_come() {
        let told = Told { etag: HeaderValue::from_static("tag"), age_s: 12_345, cache_control: None, known: Known::default() };
        let headers = KeptHeaders::new(None).of(Form::Rest, told);
        assert_eq!(headers[AGE], "12345");
        assert_eq!((&headers[CACHE_CONTROL], &headers[X_REQUEST_ID]), (&HeaderValue::from_static("no-store"), &TO_COME));
    }
}
