//! All settings: flags of the command line, each also an environment variable, read once and checked before anything starts.

mod budget;
mod cache;
mod database;
mod documents;
mod environment;
mod issuer;
mod limits;
mod partner;
mod redis;
mod search;
mod serve;
mod traces;
mod webhooks;

pub use budget::BudgetArgs;
pub use cache::CacheArgs;
pub use database::{DatabaseArgs, DatabaseTarget};
pub use documents::DocumentArgs;
pub use environment::{load_dotenv, unknown_variable};
pub use issuer::IssuerArgs;
pub use limits::LimitArgs;
pub use partner::PartnerArgs;
pub use redis::RedisArgs;
pub use search::SearchArgs;
pub use serve::{Mode, ServeArgs};
pub use traces::TraceArgs;
pub use webhooks::WebhookArgs;
