//! Figures, what was promised of them, and how both are shown.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the table is what this program is for")]

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

/// A load average above which the machine is not alone with us.
const BUSY: f64 = 0.5;

/// Characters of a reason why something was not measured.
const MOST_REASON: usize = 160;

/// Something measured.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    part: &'static str,
    on: String,
    what: String,
    value: f64,
    unit: &'static str,
    bar: Option<String>,
    met: Option<bool>,
}

impl Figure {
    /// A figure of a part, measured on an engine (or elsewhere).
    pub(crate) fn new(
        part: &'static str,
        on: impl Into<String>,
        what: impl Into<String>,
        value: f64,
        unit: &'static str,
    ) -> Self {
        Self { part, on: on.into(), what: what.into(), value, unit, bar: None, met: None }
    }

    /// It is promised not to be above `limit`.
    pub(crate) fn at_most(self, limit: f64) -> Self {
        let met = self.value <= limit;
        self.promised(format!("≤ {limit}"), met)
    }

    /// It is promised not to be below `limit`.
    pub(crate) fn at_least(self, limit: f64) -> Self {
        let met = self.value >= limit;
        self.promised(format!("≥ {limit}"), met)
    }

    /// Something that is promised and could not be measured: not met.
    pub(crate) fn missing(part: &'static str, on: impl Into<String>, what: impl Into<String>, why: &anyhow::Error) -> Self {
        let why: String = format!("{why:#}").lines().next().unwrap_or_default().chars().take(MOST_REASON).collect();
        let what = format!("{}: not measured: {why}", what.into());
        Self::new(part, on, what, f64::NAN, "").promised("", false)
    }

    /// Something else is promised, in words.
    pub(crate) fn promised(mut self, bar: impl Into<String>, met: bool) -> Self {
        (self.bar, self.met) = (Some(bar.into()), Some(met));
        self
    }

    fn line(&self) -> String {
        let verdict = match self.met {
            Some(true) => "met",
            Some(false) => "NOT MET",
            None => "",
        };
        let value = if self.value.abs() >= 100.0 { format!("{:.0}", self.value) } else { format!("{:.2}", self.value) };
        let bar = self.bar.as_deref().unwrap_or("");
        let line = format!("{:<9} {:<11} {:<72} {value:>9} {:<6} {bar:<28} {verdict}", self.part, self.on, self.what, self.unit);
        line.trim_end().to_owned()
    }
}

/// Everything that was measured in one run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: Machine,
    settings: String,
    notes: Vec<String>,
    figures: Vec<Figure>,
}

/// Where it was measured.
#[derive(Debug, Serialize)]
struct Machine {
    processor: String,
    cores: usize,
    memory: String,
    load_average_at_start: String,
}

impl Report {
    /// An empty report; `settings` is what was asked for.
    pub(crate) fn new(settings: String) -> Self {
        let machine = Machine::this();
        let mut report = Self { machine, settings, notes: Vec::new(), figures: Vec::new() };
        if let Some(load) = report.machine.load_average().filter(|load| *load > BUSY) {
            let warning = format!("the machine was busy when this began (load average {load}): latencies tell of that, too");
            say(&warning);
            report.note(warning);
        }
        report
    }

    /// Adds a figure and shows it at once.
    pub(crate) fn add(&mut self, figure: Figure) {
        println!("{}", figure.line());
        self.figures.push(figure);
    }

    /// Adds a sentence about how something was measured, once.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Prints what all of it came to.
    pub(crate) fn print_summary(&self) {
        println!();
        for note in &self.notes {
            println!("* {note}");
        }
        let judged: Vec<&Figure> = self.figures.iter().filter(|figure| figure.met.is_some()).collect();
        let missed: Vec<&&Figure> = judged.iter().filter(|figure| figure.met == Some(false)).collect();
        println!("{} figures, {} with a bar, {} of these met", self.figures.len(), judged.len(), judged.len() - missed.len());
        for figure in missed {
            println!("  {}", figure.line());
        }
    }

    /// Writes everything as JSON.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn write_json(&self, path: &Path) -> anyhow::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        fs::write(path, serde_json::to_vec_pretty(self)?).with_context(|| format!("cannot write {}", path.display()))?;
        println!("written to {}", path.display());
        Ok(())
    }
}

impl Machine {
    /// Processes that ran or waited to run, on average over the last minute.
    fn load_average(&self) -> Option<f64> {
        self.load_average_at_start.split_whitespace().next()?.parse().ok()
    }

    fn this() -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let value = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_once(':')).map_or_else(String::new, |(_, value)| value.trim().to_owned())
        };
        let processors = read("/proc/cpuinfo");
        Self {
            processor: value(&processors, "model name"),
            cores: processors.matches("processor\t").count(),
            memory: value(&read("/proc/meminfo"), "MemTotal"),
            load_average_at_start: read("/proc/loadavg").trim().to_owned(),
        }
    }
}

/// Says what is going on, apart from the table.
pub(crate) fn say(what: impl AsRef<str>) {
    eprintln!("== {}", what.as_ref());
}
