//! The progress of a load, for people: a bar on a terminal, a few lines elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::storage::load::{LoadEvent, LoadReport};

/// Draws a load on stderr.
pub(super) struct LoadProgress {
    bar: ProgressBar,
}

impl LoadProgress {
    /// A bar for so many products.
    pub(super) fn new(products: u64) -> Self {
        Self { bar: bar(products) }
    }

    /// Shows how far it is.
    pub(super) fn show(&self, event: LoadEvent) {
        match event {
            LoadEvent::Producers { .. } => self.bar.set_message("writing producers"),
            LoadEvent::Products { loaded, .. } => {
                if loaded == 0 {
                    self.bar.set_message("writing products");
                    self.bar.reset_elapsed();
                }
                self.bar.set_position(loaded);
            }
            LoadEvent::Indexes { done, total, .. } => self.bar.set_message(format!("building indexes {done}/{total}")),
            LoadEvent::Analyze => self.bar.set_message("taking statistics"),
            LoadEvent::Done => self.bar.finish_and_clear(),
        }
    }
}

/// Draws the making of a search index on stderr.
pub(super) struct IndexProgress {
    bar: ProgressBar,
}

impl IndexProgress {
    /// A bar for so many rows.
    pub(super) fn new(rows: u64) -> Self {
        let bar = bar(rows);
        bar.set_message("making the search index");
        Self { bar }
    }

    /// So many more.
    pub(super) fn advance(&self, rows: usize) {
        self.bar.inc(rows as u64);
    }

    /// So many in all.
    pub(super) fn set(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
    }

    /// It is made.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn bar(length: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(10));
    let style = ProgressStyle::with_template("  {msg:24} {bar:32.green} {human_pos:>10}/{human_len} {per_sec:>16}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// One line about a finished load.
pub(super) fn summary(report: &LoadReport) -> String {
    let seconds = report.took().as_secs_f64().max(0.001);
    format!(
        "{} products, {} producers and {} categories in {seconds:.1} s ({:.0} products/s): rows {:.1} s, indexes {:.1} s, statistics {:.1} s",
        report.products,
        report.producers,
        report.categories,
        report.products as f64 / seconds,
        report.rows_took.as_secs_f64(),
        report.indexes_took.as_secs_f64(),
        report.analyze_took.as_secs_f64(),
    )
}
