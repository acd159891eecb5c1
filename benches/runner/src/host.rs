//! What the host of a virtual machine takes away from it.

use std::fs;
use std::time::Duration;

use anyhow::Context as _;

use crate::cores;
use crate::process::ticks;

/// Where a line of `/proc/stat` tells of stolen time: behind its name, counted from 0 (proc_stat(5)).
const STEAL: usize = 7;

/// Time in which a core of the server or of the load wanted to run and the host had it run for somebody else: since the start, of
/// both together, in ticks of mostly 10 ms. Zero on a machine of its own.
///
/// # Errors
/// When the kernel does not tell.
pub(crate) fn stolen() -> anyhow::Result<Duration> {
    let stat = fs::read_to_string("/proc/stat").context("/proc/stat")?;
    let of_cores: Option<u64> = cores::USED.iter().map(|core| of_core(&stat, core)).sum();
    of_cores.map(ticks).context("no stolen time in /proc/stat")
}

fn of_core(stat: &str, core: &str) -> Option<u64> {
    let own = format!("cpu{core} ");
    stat.lines().find_map(|line| line.strip_prefix(&own))?.split_whitespace().nth(STEAL)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::of_core;

    #[test]
    fn the_line_of_a_core_tells() {
        let stat = "cpu  100 1 200 3000 4 5 6 77 8 9\ncpu10 1 1 1 1 1 1 1 1 1 1\ncpu1 50 1 100 1500 2 3 3 40 4 5\n";
        assert_eq!(of_core(stat, "1"), Some(40));
        assert_eq!(of_core(stat, "0"), None);
        assert_eq!(of_core("cpu0 1 2 3", "0"), None);
    }
}
