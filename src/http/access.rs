//! From the `Authorization` header to a caller.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue};

use super::refusal::Refusal;
use crate::error::ErrorCode;
use crate::service::{Access, Caller};

/// Who sends this request. Without the header: whoever may come without a token. Waits only for keys of the issuer that are not
/// known yet.
///
/// # Errors
/// `UNAUTHENTICATED` for a header that is no bearer token, for two of them, and for a token that does not hold;
/// `SERVICE_UNAVAILABLE` while nobody can tell whether it does.
pub(super) async fn caller(access: &Access, request: &HeaderMap) -> Result<Caller, Refusal> {
    let token = token(request.get_all(AUTHORIZATION))?;
    access.caller(token).await.map_err(|error| Refusal::from(error).about_token())
}

/// As [`caller`], by the header's only value, and without waiting; `None` for all who are refused, and those who would have to
/// wait.
pub(super) fn caller_at_once(access: &Access, authorization: Option<&HeaderValue>) -> Option<Caller> {
    access.caller_at_once(token(authorization).ok()?).ok()?
}

/// The token of the header, if there is one.
fn token<'a>(authorization: impl IntoIterator<Item = &'a HeaderValue>) -> Result<Option<&'a str>, Refusal> {
    let mut headers = authorization.into_iter();
    let Some(first) = headers.next() else { return Ok(None) };
    let token = first.to_str().ok().filter(|_| headers.next().is_none()).and_then(bearer);
    let refused = || Refusal::new(ErrorCode::Unauthenticated, "The Authorization header must be `Bearer` and one token.");
    token.map(Some).ok_or_else(refused)
}

/// The token of `Bearer <token>`; the scheme in any case (RFC 9110, 11.1).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    let token = token.trim_start();
    let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    (scheme.eq_ignore_ascii_case("bearer") && is_token).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::bearer;

    #[test]
    fn one_token_behind_the_word_bearer() {
        assert_eq!(bearer("Bearer abc.def"), Some("abc.def"));
        assert_eq!(bearer("bEARER  x "), Some("x"));
        for other in ["", "Bearer", "Bearer ", "Basic eDp5", "abc", "Bearer a b", "Bearer\tabc"] {
            assert_eq!(bearer(other), None, "{other}");
        }
    }
}
