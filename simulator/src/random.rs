//! All the randomness there is: that of the catalogue's generator, and shares of all cases, which settings speak of.

pub(crate) use seed::Random;

/// What the numbers are for; a change in one stream leaves the others alone.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    /// The orders that are there from the start.
    Order = 101,
    /// What happens next.
    Event,
    /// How an event is delivered.
    Delivery,
    /// How long to wait before the next attempt.
    Backoff,
    /// Which requests fail.
    Fault,
    /// Access tokens.
    Token,
}

impl From<Stream> for u64 {
    fn from(stream: Stream) -> Self {
        stream as Self
    }
}

/// What the catalogue, which knows integers only, has no use for.
pub(crate) trait RandomExt {
    /// Uniform in `0.0..1.0`.
    fn share(&mut self) -> f64;

    /// A place in something of this length.
    fn place(&mut self, length: usize) -> usize;

    /// True in this share of all cases.
    fn happens(&mut self, share: f64) -> bool {
        self.share() < share
    }
}

impl RandomExt for Random {
    fn share(&mut self) -> f64 {
        // 53 bits are what a float can tell apart.
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn place(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }
}
