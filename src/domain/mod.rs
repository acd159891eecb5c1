//! The words of the marketplace: plain values without a database, a network or a schema.
//!
//! Every other room may use them; they use nothing but each other.

pub mod category;
pub mod change;
pub mod dependency;
pub mod global_id;
pub mod measure;
pub mod money;
pub mod name_key;
pub mod order;
pub mod partner;
pub mod place;
pub mod producer;
pub mod product;
pub mod slug;
pub mod text;
pub mod webhook_event;

pub use category::{Category, CategoryDraft};
pub use change::{Aspects, Change, EntityKind, Scope};
pub use dependency::{Dependencies, Dependency, Facet, ListScope};
pub use global_id::{GlobalId, NodeKind};
pub use measure::{Measure, Unit, UnitPrice};
pub use money::Currency;
pub use name_key::name_key;
pub use order::{Order, OrderDetails, OrderLine, OrderStatus};
pub use place::{Circle, Place};
pub use producer::{Producer, ProducerDraft, ProducerKind};
pub use product::{Product, ProductDraft, StockStatus};
pub use webhook_event::{Aspect, Known, Subject, SubjectKind, WebhookEvent, WebhookEventState};
