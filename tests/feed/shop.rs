//! A process in small: a marketplace and its follower over one database.

use std::sync::Arc;

use farmlokal::app;
use farmlokal::clock::Clock;
use farmlokal::domain::{
    CategoryDraft, Currency, Measure, Place, Producer, ProducerDraft, ProducerKind, Product, ProductDraft, Unit,
};
use farmlokal::service::{CategoryDirectory, CursorCodec, Marketplace, Parts, Rules, WebhookDesk};
use farmlokal::storage::Database;
use farmlokal::storage::feed::{Follower, FollowerHandle, FollowerSettings};
use farmlokal::storage::statistics::SharedStatistics;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::recorder::Recorder;
use crate::stage::{CURRENCY, Stage};

/// When changes that are stored by hand were made, in milliseconds since 1970.
pub(crate) const NOW_MS: i64 = 1_700_000_000_000;

/// A marketplace whose follower runs until the shop is dropped.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) marketplace: Arc<Marketplace>,
    pub(crate) follower: FollowerHandle,
    pub(crate) recorder: Recorder,
    _running: DropGuard,
}

impl Shop {
    /// Opens a shop over the database of `stage`; its follower starts at the present end of the feed.
    pub(crate) async fn open(stage: &Stage, settings: FollowerSettings) -> Self {
        let database = stage.database().await;
        let recorder = Recorder::default();
        let follower = Follower::at_head(database.clone(), settings, vec![recorder.subscriber()]).await.unwrap();
        let handle = follower.handle();
        let stop = CancellationToken::new();
        tokio::spawn(follower.run(stop.clone()));
        let marketplace = Arc::new(marketplace(&database, handle.clone(), settings).await);
        Self { marketplace, follower: handle, recorder, _running: stop.drop_guard() }
    }

    /// Writes one product.
    pub(crate) async fn put(&self, draft: ProductDraft) -> Product {
        self.marketplace.upsert_products(&[draft]).await.unwrap().remove(0)
    }

    /// Writes one producer.
    pub(crate) async fn put_producer(&self, draft: ProducerDraft) -> Producer {
        self.marketplace.upsert_producers(&[draft]).await.unwrap().remove(0)
    }

    /// Writes one category.
    pub(crate) async fn put_category(&self, slug: &str) {
        self.marketplace.upsert_categories(&[category(slug)]).await.unwrap();
    }
}

async fn marketplace(database: &Database, follower: FollowerHandle, settings: FollowerSettings) -> Marketplace {
    let currency = Currency::parse(CURRENCY).unwrap();
    let installation = app::install_defaults(database, currency).await.unwrap();
    Marketplace::new(Parts {
        database: database.clone(),
        cursors: CursorCodec::new(&installation.cursor_keys, NOW_MS).unwrap(),
        follower,
        statistics: SharedStatistics::default(),
        categories: CategoryDirectory::default(),
        webhooks: WebhookDesk::closed(),
        rules: Rules { currency, low_stock_packs: 5, idle_after: settings.idle_after },
        clock: Clock::system(),
    })
}

/// A category.
pub(crate) fn category(slug: &str) -> CategoryDraft {
    CategoryDraft { slug: slug.to_owned(), name: format!("Shelf {slug}"), position: 1 }
}

/// A producer at `place`.
pub(crate) fn producer(slug: &str, place: Place) -> ProducerDraft {
    ProducerDraft {
        slug: slug.to_owned(),
        name: format!("Farm {slug}"),
        kind: ProducerKind::Farmer,
        city: "Pune".to_owned(),
        pincode: "411001".to_owned(),
        place,
        delivery_radius_meters: 5_000,
    }
}

/// A product of `producer_id` with three packs in stock.
pub(crate) fn product(slug: &str, category: &str, producer_id: i64) -> ProductDraft {
    ProductDraft {
        slug: slug.to_owned(),
        name: format!("Product {slug}"),
        description: String::new(),
        category_slug: category.to_owned(),
        producer_id: Some(producer_id),
        price_minor: 1_000,
        pack: Measure { value_thousandths: 1_000, unit: Unit::Kilogram },
        stock: Some(Some(3)),
        expected_version: None,
    }
}

/// One of many places, each in a grid cell of its own.
pub(crate) fn place(n: i64) -> Place {
    Place { lat_e3: 18_500 + 200 * n, lng_e3: 73_800 - 200 * n }
}
