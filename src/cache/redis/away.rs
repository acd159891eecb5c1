//! Why there is no answer, and what each of Redis' own failures means for the connection.

use redis::{ErrorKind, RedisError, RetryMethod, ServerErrorKind};

/// No usable answer from Redis. Callers treat all of them alike and go on without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Away {
    /// It is known to be away, and was not asked.
    #[error("Redis is away")]
    Skipped,
    /// No answer within the deadline.
    #[error("Redis did not answer in time")]
    TooSlow,
    /// The connection broke; the command may have been run.
    #[error("the connection to Redis broke")]
    Lost,
    /// Redis is there, but cannot work now: it loads its data, or its cluster is not complete.
    #[error("Redis cannot work now")]
    NotReady,
    /// Redis is there and refused the command, or answered something of another kind: a wrong type, no permission, no
    /// memory left.
    #[error("Redis refused the command")]
    Refused,
}

impl Away {
    /// The word for it in the metrics.
    pub(super) fn outcome(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::TooSlow => "too_slow",
            Self::Lost => "lost",
            Self::NotReady => "not_ready",
            Self::Refused => "refused",
        }
    }
}

impl From<&RedisError> for Away {
    fn from(error: &RedisError) -> Self {
        if error.is_timeout() {
            return Self::TooSlow;
        }
        match (error.kind(), error.retry_method()) {
            // A server that takes no writes any more is not the one we were connected to: ask the address anew.
            (ErrorKind::Server(ServerErrorKind::ReadOnly), _) => Self::Lost,
            (ErrorKind::Io, _) | (_, RetryMethod::Reconnect | RetryMethod::ReconnectFromInitialConnections) => Self::Lost,
            (_, RetryMethod::WaitAndRetry | RetryMethod::MovedRedirect | RetryMethod::AskRedirect) => Self::NotReady,
            _ => Self::Refused,
        }
    }
}

/// Whether the server has forgotten, or never had, a script that was called by its hash.
pub(super) fn is_unknown_script(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_says_what_it_means_for_the_connection() {
        let of = |kind: ErrorKind| Away::from(&RedisError::from((kind, "test")));
        assert_eq!(of(ErrorKind::Io), Away::Lost);
        assert_eq!(of(ErrorKind::Parse), Away::Lost);
        assert_eq!(of(ErrorKind::ClusterConnectionNotFound), Away::Lost);
        assert_eq!(of(ErrorKind::Client), Away::Refused);
        let timeout = RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut));
        assert_eq!(Away::from(&timeout), Away::TooSlow);
    }
}
