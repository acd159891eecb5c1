//! One HTTP request and its whole answer. A trait, so that tests need no network.

use std::error::Error as _;
use std::time::Duration;

use futures_util::future::BoxFuture;
use oauth2::{HttpRequest, HttpResponse};
use reqwest::redirect::Policy;

use super::fault::Fault;
use crate::error::Error;

/// Sends requests.
pub(super) trait Transport: std::fmt::Debug + Send + Sync {
    /// Sends one request and reads its answer whole, whatever its status.
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, Fault>>;
}

/// The real one.
#[derive(Debug)]
pub(super) struct Http {
    client: reqwest::Client,
    body_limit_bytes: usize,
}

impl Http {
    /// A client that follows no redirects, for nobody may send our token elsewhere, and tries nothing again by itself, for all
    /// tries are counted. `is_encrypted`: whether any address is https.
    pub(super) fn new(connect_timeout: Duration, body_limit_bytes: usize, is_encrypted: bool) -> Result<Self, Error> {
        let builder = reqwest::Client::builder()
            .connect_timeout(connect_timeout)
            .redirect(Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .user_agent(concat!("farmlokal/", env!("CARGO_PKG_VERSION")));
        // Without https no certificate authorities are needed, and a machine may have none.
        let builder = if is_encrypted { builder } else { builder.tls_certs_only([]) };
        let client = builder.build().map_err(|err| Error::internal(format!("no HTTP client: {}", describe(&err))))?;
        Ok(Self { client, body_limit_bytes })
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, Fault> {
        let request = request.try_into().map_err(|err: reqwest::Error| Fault::Unusable(describe(&err)))?;
        let mut answer = self.client.execute(request).await.map_err(|err| fault(&err))?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|err| fault(&err))? {
            if body.len() + chunk.len() > self.body_limit_bytes {
                return Err(Fault::TooLarge(self.body_limit_bytes));
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = HttpResponse::new(body);
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

impl Transport for Http {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, Fault>> {
        Box::pin(self.exchange(request))
    }
}

fn fault(err: &reqwest::Error) -> Fault {
    match err {
        err if err.is_timeout() => Fault::TimedOut,
        err if err.is_connect() => Fault::NoConnection(describe(err)),
        err => Fault::Broken(describe(err)),
    }
}

/// The innermost reason: the outer ones repeat the address, which may be secret.
fn describe(err: &reqwest::Error) -> String {
    let mut reason: &dyn std::error::Error = match err.source() {
        None => return "the request failed".to_owned(),
        Some(source) => source,
    };
    while let Some(source) = reason.source() {
        reason = source;
    }
    reason.to_string()
}
