//! `ingestWebhook`.

use async_graphql::{Context, Enum, InputObject, SimpleObject};

use crate::error::Error;
use crate::graphql::context::ContextExt as _;
use crate::graphql::fault::Fault;
use crate::graphql::types::{UserError, WebhookEvent};
use crate::service::{self, Delivery, Scope};

/// Most headers of a delivery.
const HEADERS_MAX: usize = 100;

/// A delivery, as a relay got it.
#[derive(InputObject)]
pub(crate) struct IngestWebhookInput {
    /// Name of a configured source; `default` is the one behind `POST /webhook`.
    #[graphql(default_with = "\"default\".to_owned()")]
    source: String,
    /// The body exactly as the provider sent it; signatures cover its bytes.
    body: String,
    /// The headers that the provider sent.
    headers: Vec<HttpHeaderInput>,
}

/// A header of HTTP.
#[derive(InputObject)]
pub(crate) struct HttpHeaderInput {
    /// Its name, in any case.
    name: String,
    /// Its value.
    value: String,
}

/// What became of a delivery.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "service::Receipt")]
pub(crate) enum WebhookReceipt {
    /// Applied now.
    Processed,
    /// Stored, applied later.
    Accepted,
    /// Known already, no second effect.
    Duplicate,
}

/// What became of it.
#[derive(SimpleObject)]
pub(crate) struct IngestWebhookPayload {
    /// PROCESSED: applied now. ACCEPTED: stored, applied later. DUPLICATE: known already, no second effect. Null with errors.
    receipt: Option<WebhookReceipt>,
    /// Null unless the caller holds `webhooks:read`.
    event: Option<WebhookEvent>,
    /// What the sender can mend; nothing was stored then.
    user_errors: Vec<UserError>,
}

impl IngestWebhookInput {
    pub(crate) async fn run(self, ctx: &Context<'_>) -> Result<IngestWebhookPayload, Fault> {
        let Self { source, body, headers } = self;
        if headers.len() > HEADERS_MAX {
            return Err(Error::bad_input(format!("`headers` may hold at most {HEADERS_MAX} values")).into());
        }
        // A header that comes twice could be read in two ways.
        let header = |name: &str| -> Option<&str> {
            let mut found = headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
            found.next().filter(|_| found.next().is_none()).map(|header| header.value.as_str())
        };
        let delivery = Delivery { source: &source, header: &header, body: body.as_bytes(), is_local: ctx.caller().is_local() };
        let marketplace = ctx.marketplace();
        match marketplace.receive_webhook(&delivery).await {
            Ok(received) => {
                let event = if ctx.caller().may(Scope::WebhooksRead) {
                    marketplace.webhook_event_of(&source, &received.event_id).await?.map(WebhookEvent::new)
                } else {
                    None
                };
                Ok(IngestWebhookPayload { receipt: Some(received.receipt.into()), event, user_errors: Vec::new() })
            }
            Err(Error::Refused { code, message }) => {
                let error = service::UserError::new(code, &[], message);
                Ok(IngestWebhookPayload { receipt: None, event: None, user_errors: vec![error.into()] })
            }
            Err(err) => Err(err.into()),
        }
    }
}
