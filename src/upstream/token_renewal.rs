//! How a process comes to a new token: by another process, or under the lock by itself.

use std::sync::Arc;
use std::time::Duration;

use oauth2::AccessToken;
use tokio::time::Instant;

use super::fault::Fault;
use super::token::Token;
use super::token_endpoint::{Grant, TokenEndpoint};
use super::token_store::TokenStore;

/// How often a waiter looks for the new token. A token endpoint takes about as long.
const POLL: Duration = Duration::from_millis(40);
/// So long after the lock must have ended nobody waits any more.
const GRACE: Duration = Duration::from_secs(1);

/// A token that is none of `unwanted`, unless the provider gives one of them anew.
pub(super) async fn renew(
    endpoint: Arc<TokenEndpoint>,
    store: Option<Arc<dyn TokenStore>>,
    unwanted: Vec<AccessToken>,
) -> Result<Arc<Token>, Fault> {
    let grant = match store {
        None => endpoint.grant().await?,
        Some(store) => {
            let holder = holder(&endpoint);
            Shared { endpoint: Arc::clone(&endpoint), store, unwanted, holder }.renew().await?
        }
    };
    Ok(Arc::new(Token::new(grant, endpoint.settings.margin, endpoint.random.next())))
}

/// Tells one who holds the lock from all others.
fn holder(endpoint: &TokenEndpoint) -> String {
    let part = || (endpoint.random.next() * (1_u64 << 53) as f64) as u64;
    format!("{:014x}{:014x}", part(), part())
}

struct Shared {
    endpoint: Arc<TokenEndpoint>,
    store: Arc<dyn TokenStore>,
    unwanted: Vec<AccessToken>,
    holder: String,
}

impl Shared {
    async fn renew(&self) -> Result<Grant, Fault> {
        let lock = self.endpoint.settings.lock;
        let give_up = Instant::now() + lock + GRACE;
        while Instant::now() < give_up {
            if let Some(grant) = self.shared().await {
                return Ok(grant);
            }
            match self.store.lock(&self.holder, lock).await {
                Ok(true) => return self.renew_locked().await,
                Ok(false) => {}
                // Redis went away: each process for itself.
                Err(_) => break,
            }
            tokio::time::sleep(POLL.mul_f64(0.75 + self.endpoint.random.next() / 2.0)).await;
        }
        self.fetch().await
    }

    /// Somebody else may have got one between our look and our lock.
    async fn renew_locked(&self) -> Result<Grant, Fault> {
        let outcome = match self.shared().await {
            Some(grant) => Ok(grant),
            None => self.fetch().await,
        };
        // A lock that could not be given back ends by itself.
        let _ = self.store.unlock(&self.holder).await;
        outcome
    }

    async fn fetch(&self) -> Result<Grant, Fault> {
        let grant = self.endpoint.grant().await?;
        // Not kept, it serves this process all the same.
        let _ = self.store.write(&grant, &self.holder).await;
        Ok(grant)
    }

    /// The shared token, if it is of use.
    async fn shared(&self) -> Option<Grant> {
        let grant = self.store.read().await.ok().flatten()?;
        let is_wanted = !self.unwanted.iter().any(|secret| secret.secret() == grant.secret.secret());
        let is_usable = Token::new(grant.clone(), self.endpoint.settings.margin, 0.0).is_usable(Instant::now());
        (is_wanted && is_usable).then_some(grant)
    }
}
