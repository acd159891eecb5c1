//! What the kernel knows of a process: time, memory, children.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

use crate::stopwatch::pause;

/// How often a running command's memory is read.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);
const KIB: u64 = 1024;

/// Processor time of all threads of a process, in user and kernel mode.
///
/// # Errors
/// When it does not run.
pub(crate) fn cpu(pid: u32) -> anyhow::Result<Duration> {
    let [user, system, _, _] = times(pid)?;
    Ok(user + system)
}

/// Processor time of a process, its children, and theirs that ended already.
pub(crate) fn cpu_of_tree(pid: u32) -> Duration {
    tree(pid).into_iter().filter_map(|pid| times(pid).ok()).map(|times| times.into_iter().sum::<Duration>()).sum()
}

/// Time in which the threads of a process ran or waited for a core: a process that has nothing else to wait for has as much
/// of it as the clock, however many others want the core.
///
/// # Errors
/// When it does not run.
pub(crate) fn cpu_or_queue(pid: u32) -> anyhow::Result<Duration> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).with_context(|| format!("process {pid} is gone"))?;
    // Nanoseconds on a core, nanoseconds in its queue, number of turns; a thread may end meanwhile.
    let lines = threads.flatten().filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok());
    let of_thread = |line: String| line.split_whitespace().take(2).filter_map(|number| number.parse::<u64>().ok()).sum::<u64>();
    Ok(Duration::from_nanos(lines.map(of_thread).sum()))
}

/// User, system, and the same of children that ended and were collected.
fn times(pid: u32) -> anyhow::Result<[Duration; 4]> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("process {pid} is gone"))?;
    // "pid (name) state …"; the name may hold anything. The fields behind it start with number 3.
    let fields: Vec<&str> = stat.rsplit_once(") ").map_or_else(Vec::new, |(_, rest)| rest.split_whitespace().collect());
    let field = |number: usize| -> anyhow::Result<Duration> {
        Ok(ticks(fields.get(number - 3).context("a short /proc/…/stat")?.parse()?))
    };
    Ok([field(14)?, field(15)?, field(16)?, field(17)?])
}

/// The kernel's unit of time.
pub(crate) fn ticks(number: u64) -> Duration {
    Duration::from_micros(number * 1_000_000 / rustix::param::clock_ticks_per_second().max(1))
}

/// A process and all its descendants, parents first.
pub(crate) fn tree(pid: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let children: Vec<u32> =
        lists.flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()).collect();
    [pid].into_iter().chain(children.into_iter().flat_map(tree)).collect()
}

/// Memory of a process, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// Resident now, files mapped into it included.
    pub(crate) resident: u64,
    /// Resident now, without files: what it has made itself.
    pub(crate) anonymous: u64,
    /// The most that was resident since the start, or since [`reset_peak`].
    pub(crate) peak: u64,
}

/// Memory of a process.
///
/// # Errors
/// When it does not run.
pub(crate) fn memory(pid: u32) -> anyhow::Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).with_context(|| format!("process {pid} is gone"))?;
    let field = |name: &str| -> anyhow::Result<u64> {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .with_context(|| format!("no {name} in /proc/{pid}/status"))?;
        let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib * KIB)
    };
    Ok(Memory { resident: field("VmRSS:")?, anonymous: field("RssAnon:")?, peak: field("VmHWM:")? })
}

/// Forgets the peak of a process's memory.
///
/// # Errors
/// When it does not run, or is not ours.
pub(crate) fn reset_peak(pid: u32) -> anyhow::Result<()> {
    fs::write(format!("/proc/{pid}/clear_refs"), "5").context("the peak of the memory cannot be reset")
}

/// A child process that is killed when dropped.
#[derive(Debug)]
pub(crate) struct Running(Child);

impl Running {
    /// Starts a command without input.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn start(command: &mut Command) -> anyhow::Result<Self> {
        let child = command.stdin(Stdio::null()).spawn().with_context(|| format!("cannot start {command:?}"))?;
        Ok(Self(child))
    }

    /// Process id.
    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    /// How it ended; `None` while it runs.
    ///
    /// # Errors
    /// Never in practice.
    pub(crate) fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.0.try_wait()?)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a command took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    /// From its start to its end.
    pub(crate) wall: Duration,
    /// Its own processor time, and that of its children.
    pub(crate) cpu: Duration,
    /// Its largest resident memory, in bytes.
    pub(crate) peak_bytes: u64,
}

/// Runs a command to its end and measures it; its output goes to `log`.
///
/// # Errors
/// When it fails, with its output.
pub(crate) fn measure(command: &mut Command, log: &Path) -> anyhow::Result<Usage> {
    let file = fs::File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    command.stdout(file.try_clone()?).stderr(file);
    let started = Instant::now();
    let mut child = Running::start(command)?;
    let mut usage = Usage::default();
    let status = loop {
        // Read before asking for the end: a collected child has left nothing to read.
        usage.cpu = cpu_of_tree(child.pid()).max(usage.cpu);
        if let Ok(memory) = memory(child.pid()) {
            usage.peak_bytes = memory.peak.max(usage.peak_bytes);
        }
        if let Some(status) = child.ended()? {
            break status;
        }
        pause(LOOK_INTERVAL);
    };
    usage.wall = started.elapsed();
    if !status.success() {
        bail!("{command:?}: {status}\n{}", fs::read_to_string(log).unwrap_or_default());
    }
    Ok(usage)
}

/// Runs a command to its end and gives what it wrote to standard output.
///
/// # Errors
/// When it fails, with what it wrote to standard error.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}
