//! What the parts about the front door share: they all run on PostgreSQL.

use super::Run;
use crate::cores::Cores;
use crate::engine::Engine;
use crate::fleet::Deployment;
use crate::report::Figure;

impl Run<'_> {
    /// The seeded catalogue on PostgreSQL, with the database and this program on the load's core.
    ///
    /// # Errors
    /// When seeding fails.
    pub(super) fn shop_on_postgres(&mut self) -> anyhow::Result<String> {
        let url = self.databases.seeded(Engine::Postgres, self.settings.rows)?.url;
        self.hold_load()?;
        self.databases.hold(Engine::Postgres, Cores::Load)?;
        Ok(url)
    }

    /// How servers are set up for these parts: budgets are kept and refuse nobody.
    ///
    /// # Errors
    /// When the token's file cannot be written.
    pub(super) fn deployment(&mut self) -> anyhow::Result<Deployment> {
        let deployment = Deployment::new(&self.settings.server).with_token(self.databases.folder())?;
        let unknown = deployment.unknown()?;
        if !unknown.is_empty() {
            self.report.note(format!("this server does not know {}: measured without", unknown.join(", ")));
        }
        Ok(deployment)
    }

    /// Measures one thing; when that is impossible, this is a row that is not met, and the others go on.
    pub(super) fn attempt(&mut self, part: &'static str, what: &str, measure: impl FnOnce(&mut Self) -> anyhow::Result<()>) {
        if let Err(error) = measure(self) {
            self.report.add(Figure::missing(part, "", what, &error));
        }
    }
}
