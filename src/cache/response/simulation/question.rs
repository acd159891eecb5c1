//! What clients ask, what an answer shows of a catalogue, and what it depends on.

use super::catalogue::{CELLS, Catalogue, KINDS, Product, SLUGS, VALUES};
use super::dice::Dice;
use crate::domain::dependency::scopes_of_cells;
use crate::domain::{Dependencies, Dependency, Facet, ListScope};

/// Rows of an answer: id and version, in the order in which they are shown.
pub(super) type Rows = Vec<(i64, i64)>;

#[derive(Debug, Clone)]
pub(super) enum Question {
    /// One product, with its category and its producer; or that there is none.
    Product {
        slug: i64,
    },
    /// One producer.
    Producer {
        id: i64,
    },
    /// All categories.
    Categories,
    Products(ProductList),
    /// Producers by name, around a place or everywhere.
    Producers {
        cells: Option<Vec<(i64, i64)>>,
    },
    /// Something of everything.
    Anything,
}

#[derive(Debug, Clone)]
pub(super) struct ProductList {
    within: Within,
    order: Order,
    descending: bool,
    in_stock: Option<bool>,
    max_price: Option<i64>,
    kind: Option<i64>,
    /// Sort key and id of the row before the page.
    after: Option<(i64, i64)>,
    limit: usize,
    /// Whether each row shows its category and its producer.
    nested: bool,
}

#[derive(Debug, Clone)]
enum Within {
    All,
    Categories(Vec<i64>),
    Producers(Vec<i64>),
    Cells(Vec<(i64, i64)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Price,
    Name,
    Created,
}

impl Question {
    pub(super) fn new(dice: &mut Dice, catalogue: &Catalogue) -> Self {
        match dice.below(12) {
            0 | 1 => Self::Product { slug: dice.number(0, SLUGS - 1) },
            2 => Self::Producer { id: dice.pick(&catalogue.producers).id },
            3 => Self::Categories,
            4 => Self::Producers { cells: dice.percent(60).then(|| cells(dice)) },
            5 => Self::Anything,
            _ => Self::Products(ProductList::new(dice, catalogue)),
        }
    }

    /// What it shows of this catalogue first.
    pub(super) fn rows(&self, catalogue: &Catalogue) -> Rows {
        match self {
            Self::Product { slug } => {
                let found = catalogue.products.iter().find(|product| product.slug == *slug);
                found.map(|product| (product.id, product.version)).into_iter().collect()
            }
            Self::Producer { id } => producers(catalogue, &[*id]),
            Self::Categories => catalogue.categories.iter().map(|category| (category.id, category.version)).collect(),
            Self::Products(list) => list.page(catalogue).into_iter().map(|product| (product.id, product.version)).collect(),
            Self::Producers { cells } => {
                let is_near = |cell| cells.as_ref().is_none_or(|ranges| contain(ranges, cell));
                let mut found: Vec<_> = catalogue.producers.iter().filter(|producer| is_near(producer.cell)).collect();
                found.sort_by_key(|producer| (producer.name, producer.id));
                found.into_iter().take(3).map(|producer| (producer.id, producer.version)).collect()
            }
            Self::Anything => {
                let products = catalogue.products.iter().map(|product| (product.id, product.version));
                products.chain(catalogue.producers.iter().map(|producer| (producer.id, producer.version))).collect()
            }
        }
    }

    /// Categories and producers that are shown inside of `rows`, to be read later. Which ones is in the rows of the products.
    pub(super) fn nested(&self, catalogue: &Catalogue, rows: &Rows) -> Option<(Vec<i64>, Vec<i64>)> {
        match self {
            Self::Product { .. } => {}
            Self::Products(list) if list.nested => {}
            _ => return None,
        }
        let shown = |product: &&Product| rows.iter().any(|(id, _)| *id == product.id);
        let shown: Vec<&Product> = catalogue.products.iter().filter(shown).collect();
        let distinct = |mut ids: Vec<i64>| {
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        let categories = distinct(shown.iter().map(|product| product.category).collect());
        let producers = distinct(shown.iter().map(|product| product.producer).collect());
        (!shown.is_empty()).then_some((categories, producers))
    }

    /// What the first part depends on, as `service::page_dependencies` and the resolvers say it.
    pub(super) fn dependencies(&self, rows: &Rows) -> Dependencies {
        let mut dependencies = Dependencies::default();
        match self {
            Self::Product { .. } if rows.is_empty() => {
                dependencies.add(Dependency::Products(ListScope::All, Facet::Members));
            }
            Self::Product { .. } => {}
            Self::Producer { .. } if rows.is_empty() => dependencies.add(Dependency::Producers(ListScope::All)),
            Self::Producer { .. } => {}
            Self::Categories => dependencies.add(Dependency::Categories),
            Self::Products(list) => list.add_dependencies(&mut dependencies),
            Self::Producers { cells } => {
                let scopes = cells.as_ref().map_or_else(|| vec![ListScope::All], |ranges| scopes_of_cells(ranges));
                dependencies.extend(scopes.into_iter().map(Dependency::Producers));
            }
            Self::Anything => dependencies.add(Dependency::Anything),
        }
        for (id, _) in rows {
            match self {
                Self::Product { .. } | Self::Products(_) => dependencies.add(Dependency::Product(*id)),
                Self::Producer { .. } | Self::Producers { .. } => dependencies.add(Dependency::Producer(*id)),
                Self::Categories | Self::Anything => {}
            }
        }
        dependencies
    }
}

/// These categories, as they are shown; version 0 for one that is not there.
pub(super) fn categories(catalogue: &Catalogue, ids: &[i64]) -> Rows {
    let version = |id| catalogue.categories.iter().find(|category| category.id == id).map_or(0, |category| category.version);
    ids.iter().map(|id| (*id, version(*id))).collect()
}

/// These producers, as they are shown; version 0 for one that is not there.
pub(super) fn producers(catalogue: &Catalogue, ids: &[i64]) -> Rows {
    let version = |id| catalogue.producers.iter().find(|producer| producer.id == id).map_or(0, |producer| producer.version);
    ids.iter().map(|id| (*id, version(*id))).collect()
}

impl ProductList {
    fn new(dice: &mut Dice, catalogue: &Catalogue) -> Self {
        let within = match dice.below(6) {
            0 => Within::All,
            1 | 2 => Within::Categories((0..dice.between(1, 2)).map(|_| dice.pick(&catalogue.categories).id).collect()),
            3 => Within::Producers((0..dice.between(1, 2)).map(|_| dice.pick(&catalogue.producers).id).collect()),
            _ => Within::Cells(cells(dice)),
        };
        let limit = usize::try_from(dice.between(2, 6)).unwrap_or(2);
        Self {
            within,
            order: *dice.pick(&[Order::Price, Order::Name, Order::Created]),
            descending: dice.percent(40),
            in_stock: dice.percent(30).then(|| dice.percent(70)),
            max_price: dice.percent(20).then(|| dice.number(2, VALUES - 1)),
            kind: dice.percent(20).then(|| dice.number(1, KINDS)),
            after: dice.percent(25).then(|| (dice.number(1, VALUES), dice.number(1, 12))),
            limit,
            nested: dice.percent(60),
        }
    }

    fn page<'a>(&self, catalogue: &'a Catalogue) -> Vec<&'a Product> {
        let mut found: Vec<&Product> = catalogue.products.iter().filter(|product| self.takes(product)).collect();
        found.sort_by_key(|product| self.sort_key(product));
        if self.descending {
            found.reverse();
        }
        found.truncate(self.limit);
        found
    }

    fn takes(&self, product: &Product) -> bool {
        let within = match &self.within {
            Within::All => true,
            Within::Categories(ids) => ids.contains(&product.category),
            Within::Producers(ids) => ids.contains(&product.producer),
            Within::Cells(ranges) => contain(ranges, product.cell),
        };
        let behind = |key: (i64, i64)| if self.descending { self.sort_key(product) < key } else { self.sort_key(product) > key };
        within
            && self.in_stock.is_none_or(|wanted| product.is_in_stock() == wanted)
            && self.max_price.is_none_or(|max| product.price <= max)
            && self.kind.is_none_or(|kind| product.kind == kind)
            && self.after.is_none_or(behind)
    }

    fn sort_key(&self, product: &Product) -> (i64, i64) {
        let key = match self.order {
            Order::Price => product.price,
            Order::Name => product.name,
            Order::Created => 0,
        };
        (key, product.id)
    }

    fn add_dependencies(&self, dependencies: &mut Dependencies) {
        let scopes = match &self.within {
            Within::All => vec![ListScope::All],
            Within::Categories(ids) => ids.iter().copied().map(ListScope::Category).collect(),
            Within::Producers(ids) => ids.iter().copied().map(ListScope::Producer).collect(),
            Within::Cells(ranges) => scopes_of_cells(ranges),
        };
        let by_price = self.order == Order::Price || self.max_price.is_some();
        let facets = [(by_price, Facet::Price), (self.order == Order::Name, Facet::Name)];
        let facets: Vec<Facet> = facets.into_iter().filter_map(|(is, facet)| is.then_some(facet)).collect();
        dependencies.add_product_list(&scopes, &facets);
        if matches!(self.within, Within::Categories(_)) {
            dependencies.add(Dependency::Categories);
        }
        if self.kind.is_some() {
            dependencies.add(Dependency::Producers(ListScope::All));
        }
    }
}

/// Ranges of cells around a place: a few, or so many that areas stand for them.
fn cells(dice: &mut Dice) -> Vec<(i64, i64)> {
    let from = dice.number(0, CELLS - 1);
    if dice.percent(25) { vec![(from, from + 40)] } else { vec![(from, from + dice.number(0, 4))] }
}

fn contain(ranges: &[(i64, i64)], cell: i64) -> bool {
    ranges.iter().any(|(from, to)| (*from..=*to).contains(&cell))
}
