//! Asks the token endpoint (RFC 6749 §4.4).

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use oauth2::basic::{BasicClient, BasicErrorResponse, BasicTokenType};
use oauth2::{
    AccessToken, AsyncHttpClient, AuthType, ClientId, HttpRequest, HttpResponse, RequestTokenError, Scope, TokenResponse as _,
    TokenUrl,
};
use tokio::time::Instant;

use super::fault::Fault;
use super::meter::Meter;
use super::random::Random;
use super::retry::{backoff, retry_after};
use super::transport::Transport;
use super::{ClientAuth, RetrySettings, TokenSettings};

/// How long a token is held whose provider does not say how long it lives (`expires_in` is only recommended). Should it end
/// sooner, a 401 tells.
const UNTOLD_LIFETIME: Duration = Duration::from_secs(300);
/// No token is held longer, whatever its provider says.
const LONGEST_LIFETIME: Duration = Duration::from_secs(24 * 3_600);

/// What the provider gave.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) secret: AccessToken,
    /// Its whole life.
    pub(super) lifetime: Duration,
    /// When it ends; counted from before it was asked for, so that it is never too late.
    pub(super) ends: Instant,
}

/// The token endpoint.
#[derive(Debug)]
pub(super) struct TokenEndpoint {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) settings: TokenSettings,
    pub(super) url: TokenUrl,
    pub(super) retry: RetrySettings,
    pub(super) attempt_timeout: Duration,
    pub(super) random: Random,
    pub(super) meter: Arc<Meter>,
}

impl TokenEndpoint {
    /// A new token, with tries again, within the time limit.
    pub(super) fn grant(&self) -> BoxFuture<'_, Result<Grant, Fault>> {
        Box::pin(self.try_for_grant())
    }

    async fn try_for_grant(&self) -> Result<Grant, Fault> {
        let deadline = Instant::now() + self.settings.timeout;
        let mut attempt = 1;
        loop {
            let until = deadline.min(Instant::now() + self.attempt_timeout);
            let sent = self.meter.start(attempt);
            let outcome = tokio::time::timeout_at(until, self.ask()).await.unwrap_or(Err(Fault::TimedOut));
            sent.finish(outcome.is_err());
            let fault = match outcome {
                Err(fault) if fault.is_passing() && attempt < self.retry.attempts => fault,
                outcome => return outcome,
            };
            let wait = backoff(attempt - 1, self.retry.backoff, self.retry.backoff_max, self.random.next());
            let wait = wait.max(fault.retry_after().unwrap_or_default());
            if Instant::now() + wait >= deadline {
                return Err(fault);
            }
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    async fn ask(&self) -> Result<Grant, Fault> {
        let TokenSettings { client_id, client_secret, client_auth, scope, .. } = &self.settings;
        let client = BasicClient::new(ClientId::new(client_id.clone()))
            .set_client_secret(client_secret.clone())
            .set_token_uri(self.url.clone())
            .set_auth_type(match client_auth {
                ClientAuth::Basic => AuthType::BasicAuth,
                ClientAuth::Body => AuthType::RequestBody,
            });
        let scopes = scope.iter().flat_map(|scopes| scopes.split_whitespace()).map(|scope| Scope::new(scope.to_owned()));
        let asked = Instant::now();
        let answer = client.exchange_client_credentials().add_scopes(scopes).request_async(self).await.map_err(fault)?;
        if *answer.token_type() != BasicTokenType::Bearer {
            return Err(Fault::Unusable("the token is no bearer token".to_owned()));
        }
        let lifetime = answer.expires_in().unwrap_or(UNTOLD_LIFETIME).min(LONGEST_LIFETIME);
        Ok(Grant { secret: answer.access_token().clone(), lifetime, ends: asked + lifetime })
    }
}

impl<'c> AsyncHttpClient<'c> for TokenEndpoint {
    type Error = Fault;
    type Future = BoxFuture<'c, Result<HttpResponse, Fault>>;

    /// Answers without a word about OAuth2 are kept from the library, which would not tell one from another.
    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.transport.send(request).await?;
            let status = answer.status().as_u16();
            match status {
                200 | 400 | 401 => Ok(answer),
                _ => Err(Fault::Status { status, retry_after: retry_after(answer.headers()) }),
            }
        })
    }
}

/// The answers themselves are not told: one that cannot be read may hold a token.
fn fault(err: RequestTokenError<Fault, BasicErrorResponse>) -> Fault {
    match err {
        RequestTokenError::Request(fault) => fault,
        RequestTokenError::ServerResponse(answer) => Fault::Unusable(format!("{:.60}", answer.error().as_ref())),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            Fault::Unusable("it is no answer of a token endpoint".to_owned())
        }
    }
}
