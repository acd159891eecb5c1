//! How many commands Redis has been given.

use farmlokal_testbed::Redis;

/// What this program asks itself.
const OURS: [&str; 3] = ["info", "flushall", "dbsize"];

/// Commands since Redis started, but for those of this program.
pub(crate) fn commands(redis: &Redis) -> u64 {
    sum(&redis.query(&["INFO", "commandstats"]))
}

fn sum(statistics: &str) -> u64 {
    let calls = statistics.lines().filter_map(|line| {
        // cmdstat_get:calls=21,usec=…
        let (name, figures) = line.trim().strip_prefix("cmdstat_")?.split_once(":calls=")?;
        let ours = OURS.contains(&name);
        figures.split(',').next()?.parse::<u64>().ok().filter(|_| !ours)
    });
    calls.sum()
}

#[cfg(test)]
mod tests {
    use super::sum;

    #[test]
    fn calls_are_added_up_without_our_own() {
        let statistics = "# Commandstats\r\ncmdstat_info:calls=7,usec=1\r\ncmdstat_get:calls=5,usec=9,usec_per_call=1.8\r\n\
                          cmdstat_client|setinfo:calls=2,usec=3\r\n";
        assert_eq!(sum(statistics), 7);
    }
}
