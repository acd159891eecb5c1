//! Random questions: every filter, sort and direction, in the words of the service.

use farmlokal::domain::{Circle, GlobalId, NodeKind, Place, ProducerKind};
use farmlokal::service::{
    Bounds, Columns, PageRequest, Parent, ProducerFilter, ProducerListing, ProducerOrder, ProducerSort, ProductFilter,
    ProductListing, ProductOrder, ProductSort,
};
use farmlokal::storage::ProductSelection;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;

use crate::catalogue::{CATEGORIES, CENTERS, Catalogue, instants, kinds, prices};

/// Which products, in which order, in pages of which size. `None` in a list is something unknown.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProductQuestion {
    pub(crate) categories: Option<Vec<Option<usize>>>,
    pub(crate) growers: Option<Vec<Option<usize>>>,
    pub(crate) kinds: Option<Vec<ProducerKind>>,
    pub(crate) price: Bounds,
    pub(crate) created: Bounds,
    pub(crate) in_stock: Option<bool>,
    pub(crate) near: Option<Circle>,
    pub(crate) parent_category: Option<usize>,
    pub(crate) parent_grower: Option<usize>,
    pub(crate) sort: Option<(ProductOrder, bool)>,
    pub(crate) size: usize,
    pub(crate) backward: bool,
    pub(crate) columns: Columns,
}

/// Which producers, in which order, in pages of which size.
#[derive(Debug, Clone)]
pub(crate) struct ProducerQuestion {
    pub(crate) kinds: Option<Vec<ProducerKind>>,
    pub(crate) near: Option<Circle>,
    pub(crate) delivers_to: Option<Place>,
    pub(crate) sort: Option<(ProducerOrder, bool)>,
    pub(crate) size: usize,
    pub(crate) backward: bool,
}

/// The page in front of or behind a cursor.
pub(crate) fn page_request(size: usize, backward: bool, cursor: Option<String>) -> PageRequest {
    let size = Some(i64::try_from(size).unwrap());
    if backward {
        PageRequest { last: size, before: cursor, ..PageRequest::default() }
    } else {
        PageRequest { first: size, after: cursor, ..PageRequest::default() }
    }
}

impl ProductQuestion {
    /// The sort, or the one that holds when none is given.
    pub(crate) fn order(&self) -> (ProductOrder, bool) {
        let default = if self.near.is_some() { (ProductOrder::Distance, false) } else { (ProductOrder::CreatedAt, true) };
        self.sort.unwrap_or(default)
    }

    /// The page at `cursor` as the service is asked for it.
    pub(crate) fn listing(&self, catalogue: &Catalogue, cursor: Option<String>) -> ProductListing {
        let slug = |category: &Option<usize>| category.map_or("nothing", |at| CATEGORIES[at].1).to_owned();
        let id = |grower: &Option<usize>| grower_id(grower.map_or(99_999, |at| catalogue.growers[at].id));
        let filter = ProductFilter {
            category: self.categories.as_ref().map(|list| list.iter().map(slug).collect()),
            producer_ids: self.growers.as_ref().map(|list| list.iter().map(id).collect()),
            kinds: self.kinds.clone(),
            price: self.price,
            created: self.created,
            in_stock: self.in_stock,
        };
        let category = self.parent_category.map(|at| Parent::Category(CATEGORIES[at].0));
        let grower = self.parent_grower.map(|at| Parent::Producer(catalogue.growers[at].id));
        ProductListing {
            parent: category.or(grower),
            filter,
            search: None,
            sort: self.sort.map(|(order, descending)| ProductSort { field: order.into(), descending }),
            near: self.near,
            page: page_request(self.size, self.backward, cursor),
            columns: self.columns,
        }
    }

    /// The filters as the storage takes them: ids, sorted.
    pub(crate) fn selection(&self, catalogue: &Catalogue) -> ProductSelection {
        let ids = |chosen: &Option<Vec<Option<usize>>>, parent: Option<usize>, id: &dyn Fn(usize) -> i64| {
            let mut list: Option<Vec<usize>> = chosen.as_ref().map(|list| list.iter().copied().flatten().collect());
            if let Some(parent) = parent {
                list = Some(if list.is_none_or(|list| list.contains(&parent)) { vec![parent] } else { Vec::new() });
            }
            list.map(|list| sorted(list.into_iter().map(id).collect()))
        };
        ProductSelection {
            category_ids: ids(&self.categories, self.parent_category, &|at| CATEGORIES[at].0),
            producer_ids: ids(&self.growers, self.parent_grower, &|at| catalogue.growers[at].id),
            kinds: self.kinds.clone().map(sorted),
            price: self.price,
            created: self.created,
            in_stock: self.in_stock,
            near: self.near,
        }
    }
}

impl ProducerQuestion {
    /// The sort, or the one that holds when none is given.
    pub(crate) fn order(&self) -> (ProducerOrder, bool) {
        let default = if self.near.is_some() { ProducerOrder::Distance } else { ProducerOrder::Name };
        self.sort.unwrap_or((default, false))
    }

    /// The page at `cursor` as the service is asked for it.
    pub(crate) fn listing(&self, cursor: Option<String>) -> ProducerListing {
        ProducerListing {
            filter: ProducerFilter { kinds: self.kinds.clone(), delivers_to: self.delivers_to },
            search: None,
            sort: self.sort.map(|(order, descending)| ProducerSort { order, descending }),
            near: self.near,
            page: page_request(self.size, self.backward, cursor),
        }
    }
}

/// The global id of a producer.
pub(crate) fn grower_id(id: i64) -> String {
    GlobalId { kind: NodeKind::Producer, id }.encode()
}

/// Questions about a catalogue of so many producers.
pub(crate) fn product_questions(growers: usize) -> impl Strategy<Value = ProductQuestion> {
    let narrow = (
        weighted(0.3, prop::collection::vec(weighted(0.9, 0..CATEGORIES.len()), 0..4)),
        weighted(0.2, prop::collection::vec(weighted(0.9, 0..growers), 0..4)),
        weighted(0.2, prop::collection::vec(kinds(), 0..4)),
        bounds(0.3, prices()),
        bounds(0.3, instants()),
        weighted(0.2, any::<bool>()),
        weighted(0.4, circles()),
    );
    let parents = (weighted(0.1, 0..CATEGORIES.len()), weighted(0.1, 0..growers));
    let columns = (any::<bool>(), any::<bool>(), any::<bool>());
    let sort = weighted(0.9, (0..4_usize, any::<bool>()));
    (narrow, parents, sort, 1..=7_usize, any::<bool>(), columns).prop_map(|(narrow, parents, sort, size, backward, columns)| {
        let (categories, growers, kinds, price, created, in_stock, near) = narrow;
        let (description, category, producer) = columns;
        ProductQuestion {
            categories,
            growers,
            kinds,
            price,
            created,
            in_stock,
            near,
            parent_category: parents.0,
            parent_grower: parents.1.filter(|_| parents.0.is_none()),
            sort: sort.map(|(order, descending)| product_sort(order, descending, near.is_some())),
            size,
            backward,
            columns: Columns { description, category, producer },
        }
    })
}

/// Questions about producers.
pub(crate) fn producer_questions() -> impl Strategy<Value = ProducerQuestion> {
    let sort = weighted(0.9, (0..3_usize, any::<bool>()));
    let places = (weighted(0.5, circles()), weighted(0.4, select(&CENTERS[..])));
    let kinds = weighted(0.3, prop::collection::vec(kinds(), 0..5));
    (kinds, places, sort, 1..=4_usize, any::<bool>()).prop_map(|(kinds, (near, delivers_to), sort, size, backward)| {
        let sort = sort.map(|(order, descending)| match (order, near) {
            (0, _) => (ProducerOrder::Name, descending),
            (1, Some(_)) => (ProducerOrder::Distance, false),
            _ => (ProducerOrder::CreatedAt, descending),
        });
        ProducerQuestion { kinds, near, delivers_to, sort, size, backward }
    })
}

/// DISTANCE has one direction, and needs a place.
fn product_sort(order: usize, descending: bool, near: bool) -> (ProductOrder, bool) {
    match order {
        0 => (ProductOrder::Name, descending),
        1 => (ProductOrder::Price, descending),
        2 if near => (ProductOrder::Distance, false),
        _ => (ProductOrder::CreatedAt, descending),
    }
}

fn bounds(probability: f64, values: impl Strategy<Value = i64> + Clone) -> impl Strategy<Value = Bounds> {
    let end = weighted(0.7, values);
    weighted(probability, (end.clone(), end)).prop_map(|ends| match ends {
        Some((Some(a), Some(b))) => Bounds { min: Some(a.min(b)), max: Some(a.max(b)) },
        Some((min, max)) => Bounds { min, max },
        None => Bounds::default(),
    })
}

fn circles() -> impl Strategy<Value = Circle> {
    let radius = prop_oneof![
        4 => select(&[1_i64, 112, 4_892, 5_000, 5_004, 5_338, 50_000][..]),
        1 => 1_i64..=50_000,
    ];
    (select(&CENTERS[..]), radius).prop_map(|(center, radius_meters)| Circle { center, radius_meters })
}

fn sorted<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort_unstable();
    values.dedup();
    values
}
