//! Why a call gave nothing, and what each reason means for tries again, for the circuit breaker, and for the caller.

use std::time::Duration;

use crate::error::{Error, ErrorCode};

/// Why a request or a call gave nothing. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// Nobody takes the connection.
    #[error("no connection: {0}")]
    NoConnection(String),
    /// No whole answer within the deadline.
    #[error("no answer in time")]
    TimedOut,
    /// The connection ended before the answer did.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// An answer with a status that is of no use.
    #[error("status {status}")]
    Status {
        /// The status.
        status: u16,
        /// When it should be tried again, if the answer says so.
        retry_after: Option<Duration>,
    },
    /// An answer that is larger than allowed.
    #[error("an answer of more than {0} bytes")]
    TooLarge(usize),
    /// An answer that is not what was asked for.
    #[error("an answer that cannot be used: {0}")]
    Unusable(String),
    /// The token endpoint was asked, and gave no token.
    #[error("no access token: {0}")]
    Token(Box<Fault>),
    /// The token endpoint failed a moment ago and was not asked again.
    #[error("no access token: the token endpoint failed a moment ago")]
    TokenPaused,
    /// Too many calls are under way.
    #[error("too many calls are under way")]
    Full,
    /// The circuit breaker is open.
    #[error("the circuit breaker is open")]
    CircuitOpen,
}

/// What an outcome says about the partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It works.
    Works,
    /// It does not.
    Fails,
    /// It was not asked.
    Unknown,
}

impl Fault {
    /// Whether the same request may succeed when it is sent again.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::NoConnection(_) | Self::TimedOut | Self::Broken(_) => true,
            Self::Status { status, .. } => *status >= 500 || *status == 429,
            _ => false,
        }
    }

    /// What it says about the partner. A refusal (4xx) is the answer of one that works, unless it says that the partner is
    /// overloaded (429) or too slow to read (408).
    pub(super) fn verdict(&self) -> Verdict {
        match self {
            Self::Status { status: 408 | 429, .. } => Verdict::Fails,
            Self::Status { status: 400..=499, .. } => Verdict::Works,
            Self::TokenPaused | Self::Full | Self::CircuitOpen => Verdict::Unknown,
            _ => Verdict::Fails,
        }
    }

    /// How long the partner asks us to wait.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            Self::Token(fault) => fault.retry_after(),
            _ => None,
        }
    }

    fn code(&self) -> ErrorCode {
        match self {
            Self::TimedOut => ErrorCode::UpstreamTimeout,
            Self::CircuitOpen => ErrorCode::CircuitOpen,
            _ => ErrorCode::UpstreamUnavailable,
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Upstream { code: fault.code(), detail: fault.to_string() }
    }
}
