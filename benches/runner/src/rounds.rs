//! Many short rounds, of which those count in which the host left this machine alone: a core that it takes away for a moment is
//! missing in the latencies and the requests of whoever was measured just then.

use std::time::{Duration, Instant};

use crate::cores;
use crate::histogram::median;
use crate::host::stolen;
use crate::stopwatch::pause;

/// So many count.
const COUNTED: usize = 15;
/// So many are made at most, until there are [`COUNTED`] in which next to nothing was taken away.
const MADE_MAX: usize = 40;
/// Next to nothing, as a part of the time of the cores in use.
const STOLEN: f64 = 0.01;
/// Pause behind a round in which more was taken away. Hosts lend cores to those who have left theirs alone for a while.
const RECOVERY: Duration = Duration::from_secs(2);

/// What was measured of two sides that take turns.
pub(crate) struct Rounds<T>(Vec<Round<T>>);

struct Round<T> {
    sides: [T; 2],
    /// How much of the time of the cores in use the host took away meanwhile.
    stolen: f64,
}

impl<T> Rounds<T> {
    /// Measures each side for `duration` in all, if every round counts. `measure` is told which side it is, and for how long. The
    /// sides take turns in being the first: behind a pause a core is faster.
    ///
    /// # Errors
    /// The first of `measure`.
    pub(crate) fn make(
        duration: Duration,
        mut measure: impl FnMut(usize, Duration) -> anyhow::Result<T>,
    ) -> anyhow::Result<Self> {
        let of_round = duration / COUNTED as u32;
        let mut rounds: Vec<Round<T>> = Vec::new();
        while rounds.len() < MADE_MAX && quiet(&rounds) < COUNTED {
            let (started, before) = (Instant::now(), stolen()?);
            let sides = if rounds.len().is_multiple_of(2) {
                [measure(0, of_round)?, measure(1, of_round)?]
            } else {
                let second = measure(1, of_round)?;
                [measure(0, of_round)?, second]
            };
            let taken = stolen()?.saturating_sub(before).as_secs_f64();
            let stolen = taken / (cores::USED.len() as f64 * started.elapsed().as_secs_f64());
            if stolen > STOLEN {
                pause(RECOVERY);
            }
            rounds.push(Round { sides, stolen });
        }
        Ok(Self(quietest(rounds)))
    }

    /// The median of a figure over the rounds that count.
    pub(crate) fn median(&self, figure: impl Fn(&[T; 2]) -> f64) -> f64 {
        median(&self.0.iter().map(|round| figure(&round.sides)).collect::<Vec<_>>())
    }

    /// The largest part of the time that the host took away in a round that counts.
    pub(crate) fn stolen(&self) -> f64 {
        self.0.last().map_or(0.0, |round| round.stolen)
    }
}

fn quiet<T>(rounds: &[Round<T>]) -> usize {
    rounds.iter().filter(|round| round.stolen <= STOLEN).count()
}

/// Those that count, the quietest first.
fn quietest<T>(mut rounds: Vec<Round<T>>) -> Vec<Round<T>> {
    rounds.sort_by(|a, b| a.stolen.total_cmp(&b.stolen));
    rounds.truncate(COUNTED);
    rounds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quietest_rounds_count() {
        let rounds = (0..MADE_MAX as u32).map(|n| Round { sides: [n, n], stolen: f64::from(n * 7 % 40) / 100.0 });
        let rounds = Rounds(quietest(rounds.collect()));
        assert_eq!(rounds.0.len(), COUNTED);
        assert!((rounds.stolen() - 0.14).abs() < 1e-9, "{}", rounds.stolen());
        assert_eq!(quiet(&rounds.0), 2);
    }
}
