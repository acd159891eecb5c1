//! Webhook events: what came in, and what became of it.

use super::partner::Position;

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(i16)]
pub enum WebhookEventState {
    /// Stored, effect still to come.
    Received = 1,
    /// Effect and event committed together.
    Applied = 2,
    /// Older than what is already known, so without effect.
    Superseded = 3,
    /// A type nobody handles.
    Ignored = 4,
    /// Will be tried again.
    Failed = 5,
    /// Given up after the last try.
    DeadLettered = 6,
    /// Taken out by hand.
    Discarded = 7,
}

impl WebhookEventState {
    /// Every state.
    pub const ALL: [Self; 7] =
        [Self::Received, Self::Applied, Self::Superseded, Self::Ignored, Self::Failed, Self::DeadLettered, Self::Discarded];

    /// The stored number.
    pub fn code(self) -> i16 {
        self as i16
    }

    /// The state with this stored number.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// What an event is about. As text: `order:123`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubjectKind {
    /// An order.
    Order,
    /// A product.
    Product,
}

/// One thing that events are about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    /// What it is.
    pub kind: SubjectKind,
    /// Its id in the partner's system.
    pub external_id: String,
}

impl Subject {
    /// An order.
    pub fn order(external_id: impl Into<String>) -> Self {
        Self { kind: SubjectKind::Order, external_id: external_id.into() }
    }

    /// A product.
    pub fn product(external_id: impl Into<String>) -> Self {
        Self { kind: SubjectKind::Product, external_id: external_id.into() }
    }

    /// Reads `order:123`.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(':')?;
        let kind = match kind {
            "order" => SubjectKind::Order,
            "product" => SubjectKind::Product,
            _ => return None,
        };
        super::partner::is_external_id(id).then(|| Self { kind, external_id: id.to_owned() })
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.kind {
            SubjectKind::Order => "order",
            SubjectKind::Product => "product",
        };
        write!(f, "{kind}:{}", self.external_id)
    }
}

/// A part of a subject that has a history of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Aspect {
    /// What it is: all that is none of the others.
    Details = 0,
    /// What it costs.
    Price = 1,
    /// How much is left.
    Stock = 2,
    /// How far an order is; whether a product exists.
    Status = 3,
}

impl Aspect {
    /// Every aspect, in the order of their columns.
    pub const ALL: [Self; 4] = [Self::Details, Self::Price, Self::Stock, Self::Status];
}

/// What is known of a subject: for each aspect the position of what we have, if we have anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Known([Option<Position>; 4]);

impl Known {
    /// The position of what is known of `aspect`.
    pub fn of(&self, aspect: Aspect) -> Option<Position> {
        self.0[aspect as usize]
    }

    /// Remembers that `aspect` is known as of `position`.
    pub fn set(&mut self, aspect: Aspect, position: Position) {
        self.0[aspect as usize] = Some(position);
    }
}

/// One event, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEvent {
    /// Database id.
    pub id: i64,
    /// Who sent it.
    pub source: String,
    /// The provider's identifier.
    pub event_id: String,
    /// What happened.
    pub event_type: String,
    /// What became of it.
    pub state: WebhookEventState,
    /// Whether it says only that something happened.
    pub thin: bool,
    /// What it is about.
    pub subject: Option<String>,
    /// When it happened, by the provider's clock; milliseconds since 1970.
    pub occurred_at_ms: Option<i64>,
    /// Milliseconds since 1970.
    pub received_at_ms: i64,
    /// Milliseconds since 1970.
    pub applied_at_ms: Option<i64>,
    /// How often it was sent.
    pub deliveries: i64,
    /// How often its effect was tried.
    pub attempts: i64,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When it is tried again; milliseconds since 1970.
    pub due_at_ms: Option<i64>,
    /// SHA-256 of the received bytes, hexadecimal.
    pub body_sha256: String,
    /// The received bytes; `None` when they are no longer kept.
    pub body: Option<String>,
}
