//! Many short rounds, of which those count in which the host left this machine alone: a core that it takes away for a moment is
//! missing in the latencies and the requests of whoever was measured just then.

use std::time::{Duration, Instant};

use crate::histogram::median;
use crate::host::stolen;
use crate::stopwatch::pause;

/// So many count.
const COUNTED: usize = 15;
/// So many are made at most, until there are [`COUNTED`] in which next to nothing was taken away.
const MADE_MAX: usize = 40;
/// Next to nothing, as a part of the time of all cores.
const STOLEN: f64 = 0.01;
/// Of the server and of the load.
const CORES: f64 = 2.0;
/// Pause behind a round in which more was taken away. Hosts lend cores to those who have left theirs alone for a while.
const RECOVERY: Duration = Duration::from_secs(2);

/// What was measured.
pub(crate) struct Rounds<T> {
    counted: Vec<Round<T>>,
    /// Those that do not count, too.
    pub(crate) made: usize,
}

struct Round<T> {
    measured: T,
    /// How much of the time of all cores the host took away meanwhile.
    stolen: f64,
}

impl<T> Rounds<T> {
    /// Measures, for `duration` in all if every round counts; `measure` is told how long a round is.
    ///
    /// # Errors
    /// The first of `measure`.
    pub(crate) fn make(duration: Duration, mut measure: impl FnMut(Duration) -> anyhow::Result<T>) -> anyhow::Result<Self> {
        let of_round = duration / COUNTED as u32;
        let mut rounds: Vec<Round<T>> = Vec::new();
        let mut quiet = 0;
        while quiet < COUNTED && rounds.len() < MADE_MAX {
            let (started, before) = (Instant::now(), stolen()?);
            let measured = measure(of_round)?;
            let taken = stolen()?.saturating_sub(before).as_secs_f64();
            let stolen = taken / (CORES * started.elapsed().as_secs_f64());
            if stolen <= STOLEN {
                quiet += 1;
            } else {
                pause(RECOVERY);
            }
            rounds.push(Round { measured, stolen });
        }
        let made = rounds.len();
        rounds.sort_by(|a, b| a.stolen.total_cmp(&b.stolen));
        rounds.truncate(COUNTED);
        Ok(Self { counted: rounds, made })
    }

    /// The median of a figure over the rounds that count.
    pub(crate) fn median(&self, figure: impl Fn(&T) -> f64) -> f64 {
        median(&self.counted.iter().map(|round| figure(&round.measured)).collect::<Vec<_>>())
    }

    /// The largest part of the time that the host took away in a round that counts.
    pub(crate) fn stolen(&self) -> f64 {
        self.counted.iter().fold(0.0, |most, round| most.max(round.stolen))
    }
}
