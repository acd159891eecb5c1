//! What the host of a virtual machine takes away from it.

use std::fs;
use std::time::Duration;

use anyhow::Context as _;

/// Where `/proc/stat` tells of stolen time: behind the line's name, counted from 0 (proc_stat(5)).
const STEAL: usize = 7;

/// Time in which a core of this machine wanted to run and the host had it run for somebody else: since the start, of all cores
/// together, in ticks of mostly 10 ms. Zero on a machine of its own.
///
/// # Errors
/// When the kernel does not tell.
pub(crate) fn stolen() -> anyhow::Result<Duration> {
    let stat = fs::read_to_string("/proc/stat").context("/proc/stat")?;
    let ticks = of_all_cores(&stat).context("no stolen time in /proc/stat")?;
    Ok(Duration::from_micros(ticks * 1_000_000 / rustix::param::clock_ticks_per_second().max(1)))
}

fn of_all_cores(stat: &str) -> Option<u64> {
    stat.lines().find_map(|line| line.strip_prefix("cpu "))?.split_whitespace().nth(STEAL)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::of_all_cores;

    #[test]
    fn the_line_of_all_cores_tells() {
        let stat = "cpu  100 1 200 3000 4 5 6 77 8 9\ncpu0 50 1 100 1500 2 3 3 40 4 5\n";
        assert_eq!(of_all_cores(stat), Some(77));
        assert_eq!(of_all_cores("cpu 1 2 3"), None);
    }
}
