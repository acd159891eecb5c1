//! Loaders: what one request asks for by key, gathered into one statement per batch. The one place that knows the crate.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::{Arc, OnceLock};

use dataloader::BatchFn;
use dataloader::cached::Loader;

use super::fault::Fault;
use crate::domain::{Category, Producer, Product, WebhookEvent};
use crate::error::Error;
use crate::service::{Marketplace, ProductListing, ProductPage};

/// The loaders of one request, made when they are first asked; nothing is shared between requests.
pub(crate) struct Loaders {
    marketplace: Arc<Marketplace>,
    categories: OnceLock<BatchLoader<i64, Option<Arc<Category>>, CategoryBatch>>,
    producers: OnceLock<BatchLoader<i64, Option<Arc<Producer>>, ProducerBatch>>,
    partner_products: OnceLock<BatchLoader<String, Option<Arc<Product>>, PartnerProductBatch>>,
    histories: OnceLock<BatchLoader<HistoryKey, History, HistoryBatch>>,
    product_pages: OnceLock<BatchLoader<ProductListing, Arc<ProductPage>, ProductPageBatch>>,
}

/// An order's number, and how many events at most.
type HistoryKey = (String, u64);
type History = Arc<Vec<WebhookEvent>>;
type Loaded<V> = Result<V, Arc<Error>>;
type BatchLoader<K, V, F> = Loader<K, Loaded<V>, F>;

impl Loaders {
    /// Empty loaders.
    pub(crate) fn new(marketplace: &Arc<Marketplace>) -> Self {
        let marketplace = Arc::clone(marketplace);
        Self {
            marketplace,
            categories: OnceLock::new(),
            producers: OnceLock::new(),
            partner_products: OnceLock::new(),
            histories: OnceLock::new(),
            product_pages: OnceLock::new(),
        }
    }

    /// The category with this database id.
    pub(crate) async fn category(&self, id: i64) -> Result<Option<Arc<Category>>, Fault> {
        let loader = self.categories.get_or_init(|| Loader::new(CategoryBatch(Arc::clone(&self.marketplace))));
        load(loader, id).await
    }

    /// The producer with this database id.
    pub(crate) async fn producer(&self, id: i64) -> Result<Option<Arc<Producer>>, Fault> {
        let loader = self.producers.get_or_init(|| Loader::new(ProducerBatch(Arc::clone(&self.marketplace))));
        load(loader, id).await
    }

    /// The product with this id of the partner's.
    pub(crate) async fn product_of_partner(&self, external_id: String) -> Result<Option<Arc<Product>>, Fault> {
        let loader = self.partner_products.get_or_init(|| Loader::new(PartnerProductBatch(Arc::clone(&self.marketplace))));
        load(loader, external_id).await
    }

    /// The latest events about the order with this number of the partner's, newest first.
    pub(crate) async fn history(&self, external_id: String, limit: u64) -> Result<History, Fault> {
        let loader = self.histories.get_or_init(|| Loader::new(HistoryBatch(Arc::clone(&self.marketplace))));
        load(loader, (external_id, limit)).await
    }

    /// A nested page of products: those of one level of the answer share a statement.
    pub(crate) async fn products(&self, listing: ProductListing) -> Result<Arc<ProductPage>, Fault> {
        let loader = self.product_pages.get_or_init(|| Loader::new(ProductPageBatch(Arc::clone(&self.marketplace))));
        load(loader, listing).await
    }
}

async fn load<K, V, F>(loader: &BatchLoader<K, V, F>, key: K) -> Result<V, Fault>
where
    K: Eq + Hash + Clone + Debug,
    V: Clone,
    F: BatchFn<K, Loaded<V>>,
{
    let loaded = loader.try_load(key).await.map_err(|err| Fault::from(Error::internal(err)))?;
    loaded.map_err(Fault::from)
}

struct CategoryBatch(Arc<Marketplace>);

impl BatchFn<i64, Loaded<Option<Arc<Category>>>> for CategoryBatch {
    async fn load(&mut self, ids: &[i64]) -> HashMap<i64, Loaded<Option<Arc<Category>>>> {
        by_id(ids, self.0.categories_by_ids(ids).await, |category| category.id)
    }
}

struct ProducerBatch(Arc<Marketplace>);

impl BatchFn<i64, Loaded<Option<Arc<Producer>>>> for ProducerBatch {
    async fn load(&mut self, ids: &[i64]) -> HashMap<i64, Loaded<Option<Arc<Producer>>>> {
        by_id(ids, self.0.producers_by_ids(ids).await, |producer| producer.id)
    }
}

struct PartnerProductBatch(Arc<Marketplace>);

impl BatchFn<String, Loaded<Option<Arc<Product>>>> for PartnerProductBatch {
    async fn load(&mut self, ids: &[String]) -> HashMap<String, Loaded<Option<Arc<Product>>>> {
        let texts: Vec<&str> = ids.iter().map(String::as_str).collect();
        match self.0.products_by_external_ids(&texts).await {
            Ok(mut found) => ids.iter().map(|id| (id.clone(), Ok(found.remove(id).map(Arc::new)))).collect(),
            Err(err) => {
                let err = Arc::new(err);
                ids.iter().map(|id| (id.clone(), Err(Arc::clone(&err)))).collect()
            }
        }
    }
}

struct HistoryBatch(Arc<Marketplace>);

impl BatchFn<HistoryKey, Loaded<History>> for HistoryBatch {
    async fn load(&mut self, keys: &[HistoryKey]) -> HashMap<HistoryKey, Loaded<History>> {
        let mut answers = HashMap::with_capacity(keys.len());
        let mut limits: Vec<u64> = keys.iter().map(|(_, limit)| *limit).collect();
        limits.sort_unstable();
        limits.dedup();
        // One limit is the rule: the same field of all orders.
        for limit in limits {
            let ids: Vec<&str> = keys.iter().filter(|key| key.1 == limit).map(|key| key.0.as_str()).collect();
            let found = self.0.histories_of_orders(&ids, limit).await.map_err(Arc::new);
            for id in ids {
                let history = found.as_ref().map(|found| Arc::new(found.get(id).cloned().unwrap_or_default()));
                answers.insert((id.to_owned(), limit), history.map_err(Arc::clone));
            }
        }
        answers
    }
}

struct ProductPageBatch(Arc<Marketplace>);

impl BatchFn<ProductListing, Loaded<Arc<ProductPage>>> for ProductPageBatch {
    async fn load(&mut self, listings: &[ProductListing]) -> HashMap<ProductListing, Loaded<Arc<ProductPage>>> {
        match self.0.many_products(listings).await {
            Ok(pages) => {
                let pages = pages.into_iter().map(|page| page.map(Arc::new).map_err(Arc::new));
                listings.iter().cloned().zip(pages).collect()
            }
            Err(err) => {
                let err = Arc::new(err);
                listings.iter().map(|listing| (listing.clone(), Err(Arc::clone(&err)))).collect()
            }
        }
    }
}

/// Every id gets an answer: its row, nothing, or the batch's error.
fn by_id<T>(ids: &[i64], rows: Result<Vec<T>, Error>, id_of: impl Fn(&T) -> i64) -> HashMap<i64, Loaded<Option<Arc<T>>>> {
    match rows {
        Ok(rows) => {
            let mut answers: HashMap<_, _> = ids.iter().map(|id| (*id, Ok(None))).collect();
            for row in rows {
                answers.insert(id_of(&row), Ok(Some(Arc::new(row))));
            }
            answers
        }
        Err(err) => {
            let err = Arc::new(err);
            ids.iter().map(|id| (*id, Err(Arc::clone(&err)))).collect()
        }
    }
}
