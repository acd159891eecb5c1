//! Fetching the issuer's keys.

use std::pin::Pin;
use std::time::Duration;

use reqwest::Client;
use reqwest::header::ACCEPT;
use reqwest::redirect::Policy;

use crate::error::Error;

/// Longest time until a connection stands.
const CONNECT_DEADLINE: Duration = Duration::from_secs(1);
/// The largest answer that is read, in bytes.
const BODY_MAX_BYTES: usize = 256 * 1024;

/// An answer that is on its way.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send + 'a>>;

/// Where the keys of an issuer come from.
pub trait KeySource: Send + Sync {
    /// Asks for the JWK set, once. Whoever asks sets the deadline.
    ///
    /// # Errors
    /// For the log: why there is none.
    fn fetch(&self) -> Fetching<'_>;
}

/// The issuer's address.
#[derive(Debug)]
pub struct HttpKeySource {
    client: Client,
    url: String,
}

impl HttpKeySource {
    /// A source at `url`. Nothing is asked yet.
    ///
    /// # Errors
    /// When no client can be made, as when the system has no certificates.
    pub fn new(url: String) -> Result<Self, Error> {
        // Redirects: whoever could have us follow one would name other keys.
        let client = Client::builder().redirect(Policy::none()).connect_timeout(CONNECT_DEADLINE);
        let client = client.build().map_err(|err| Error::internal(format!("no client for the issuer's keys: {err}")))?;
        Ok(Self { client, url })
    }

    async fn get(&self) -> Result<Vec<u8>, String> {
        let request = self.client.get(&self.url).header(ACCEPT, "application/jwk-set+json, application/json");
        let mut response = request.send().await.map_err(told)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(format!("the answer is {}", response.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(told)? {
            if body.len() + chunk.len() > BODY_MAX_BYTES {
                return Err(format!("the answer is longer than {BODY_MAX_BYTES} bytes"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

impl KeySource for HttpKeySource {
    fn fetch(&self) -> Fetching<'_> {
        Box::pin(self.get())
    }
}

/// The error with its causes: the outermost alone says "error sending request".
fn told(err: reqwest::Error) -> String {
    let err = err.without_url();
    let mut told = err.to_string();
    let mut cause = std::error::Error::source(&err);
    while let Some(inner) = cause {
        told.push_str(": ");
        told.push_str(&inner.to_string());
        cause = inner.source();
    }
    told
}
