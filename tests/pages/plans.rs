//! The rows that each filter × sort shape really examines, at 100 000 products, on the first page and deep in the list.

use std::fmt::Write as _;
use std::sync::Arc;

use farmlokal::domain::ProducerKind;
use farmlokal::service::{Bounds, Columns, ProductOrder, ProductRow};
use farmlokal::storage::product_list::{self, ProductQuery};
use farmlokal::storage::statistics::Statistics;
use farmlokal::storage::{ProductSelection, Seek, SortKey, Window, load};

use crate::engines::{self, Bench};
use crate::examined::Meter;
use crate::shapes::{self, Bound, PAGE, ROWS, Shape};

#[test]
fn sqlite_examines_few_rows() {
    engines::runtime().block_on(async {
        let bench = Bench::sqlite().await;
        let meters = vec![Meter::sqlite(&bench.url).await];
        Examination::new(bench, meters).await.run().await;
    });
}

#[test]
fn postgres_examines_few_rows_with_plans_for_these_and_for_any_values() {
    engines::runtime().block_on(async {
        let bench = Bench::postgres().await;
        let meters = vec![Meter::postgres(&bench.url, false).await, Meter::postgres(&bench.url, true).await];
        Examination::new(bench, meters).await.run().await;
    });
}

#[test]
fn mariadb_examines_few_rows() {
    engines::runtime().block_on(async {
        let bench = Bench::mariadb().await;
        let meters = vec![Meter::mariadb(&bench.url).await];
        Examination::new(bench, meters).await.run().await;
    });
}

/// One engine with the generated catalogue.
struct Examination {
    bench: Bench,
    meters: Vec<Meter>,
    statistics: Arc<Statistics>,
    products: Vec<ProductRow>,
    table: Vec<Line>,
    excesses: Vec<String>,
}

/// The most rows that a shape examined under one sort, by each meter.
struct Line {
    shape: &'static str,
    order: ProductOrder,
    rows: Vec<u64>,
    bound: u64,
}

/// A stretch of a list that is read, and what is known of it.
struct Reading<'a> {
    shape: &'a Shape,
    what: &'static str,
    query: ProductQuery,
    expected: Vec<i64>,
}

impl Examination {
    async fn new(bench: Bench, meters: Vec<Meter>) -> Self {
        let database = bench.for_maintenance().await;
        let settings = load::LoadSettings::default();
        load::load(&database, &seed::Catalogue::new(1, ROWS), &settings, &mut |_| {}).await.unwrap();
        bench.statistics.refresh(&bench.database).await.unwrap();
        let everything = ProductQuery {
            selection: ProductSelection::default(),
            order: ProductOrder::CreatedAt,
            window: Window { descending: false, after: None, limit: ROWS + 1 },
            columns: Columns::default(),
        };
        let statistics = bench.statistics.latest();
        let products = product_list::read(&database, &statistics, &everything).await.unwrap();
        assert_eq!(products.len() as u64, ROWS);
        Self { bench, meters, statistics, products, table: Vec::new(), excesses: Vec::new() }
    }

    async fn run(mut self) {
        self.calibrate().await;
        for shape in shapes::all() {
            for order in shape.sorts {
                let ascending = list(&self.products, &shape.selection, *order);
                let bound = bound(&shape);
                self.table.push(Line { shape: shape.name, order: *order, rows: vec![0; self.meters.len()], bound });
                let descending = (*order != ProductOrder::Distance).then(|| ascending.iter().rev().cloned().collect());
                self.look_at(&shape, *order, false, ascending).await;
                if let Some(list) = descending {
                    self.look_at(&shape, *order, true, list).await;
                }
            }
        }
        for Line { shape, order, rows, bound } in &self.table {
            println!("{:<10} {shape:<42} {:<9} {rows:>6?} of {bound:>5}", self.bench.name, format!("{order:?}"));
        }
        assert!(self.excesses.is_empty(), "{}", self.excesses.join("\n"));
    }

    /// Lists of which it is known how many rows they take. A walk: each product of a category is looked at, and none is
    /// sold by that kind of producer. A probe and a gather: those of a price range. A gather behind a position in front of all:
    /// what FPOs sell of some categories.
    async fn calibrate(&mut self) {
        let kind = |row: &ProductRow| row.product.producer_kind;
        let (ids, kinds): (Vec<_>, Vec<_>) =
            self.products.iter().filter(|row| row.product.category_id == 1).map(|row| (row.product.id, kind(row))).unzip();
        let absent = ProducerKind::ALL.into_iter().find(|kind| !kinds.contains(kind)).unwrap();
        let unsold = ProductSelection { category_ids: Some(vec![1]), kinds: Some(vec![absent]), ..ProductSelection::default() };
        self.calibrate_by(unsold, Statistics::default(), None, ids.len()).await;
        let price = Bounds { min: Some(4_000), max: Some(6_000) };
        let in_range = self.products.iter().filter(|row| price.contains(row.product.price_minor)).count();
        let many = Statistics::of([(1, 1 << 50)]);
        self.calibrate_by(ProductSelection { price, ..ProductSelection::default() }, many, None, in_range).await;
        let rare = ProductSelection {
            category_ids: Some(vec![1, 2]),
            kinds: Some(vec![ProducerKind::Fpo]),
            ..ProductSelection::default()
        };
        let sold = list(&self.products, &rare, ProductOrder::Name).len();
        let front = Seek { key: SortKey::Text(String::new()), producer_id: 0, id: 0, inclusive: false };
        self.calibrate_by(rare, Statistics::of([(1, 1 << 50)]), Some(front), sold).await;
    }

    async fn calibrate_by(&mut self, selection: ProductSelection, statistics: Statistics, after: Option<Seek>, rows: usize) {
        let window = Window { descending: false, after, limit: 1 };
        let query = ProductQuery { selection, order: ProductOrder::Name, window, columns: Columns::default() };
        self.bench.log.take();
        product_list::read(&self.bench.database, &statistics, &query).await.unwrap();
        for statement in self.bench.log.take() {
            for meter in &mut self.meters {
                meter.calibrate(&statement, rows as u64).await;
            }
        }
    }

    async fn look_at(&mut self, shape: &Shape, order: ProductOrder, descending: bool, list: Vec<ProductRow>) {
        let ids = |rows: &mut dyn Iterator<Item = &ProductRow>| rows.map(|row| row.product.id).collect::<Vec<i64>>();
        let deep = list.len() * 3 / 5;
        let position = |inclusive| {
            let row = list.get(deep)?;
            Some(Seek { inclusive, ..order.position(row, shape.selection.near.as_ref()) })
        };
        let size = usize::try_from(PAGE).unwrap() + 1;
        let stretches = [
            ("first", descending, None, PAGE + 1, ids(&mut list.iter().take(size))),
            ("deep", descending, position(false), PAGE + 1, ids(&mut list.iter().skip(deep + 1).take(size))),
            ("other side", !descending, position(true), 1, ids(&mut list.iter().skip(deep).take(1))),
        ];
        for (what, descending, after, limit, expected) in stretches {
            if what != "first" && after.is_none() {
                continue;
            }
            let query = ProductQuery {
                selection: shape.selection.clone(),
                order,
                window: Window { descending, after, limit },
                columns: Columns { description: true, category: true, producer: true },
            };
            self.read(&Reading { shape, what, query, expected }).await;
        }
    }

    async fn read(&mut self, reading: &Reading<'_>) {
        self.bench.log.take();
        let rows = product_list::read(&self.bench.database, &self.statistics, &reading.query).await.unwrap();
        let ids: Vec<i64> = rows.iter().map(|row| row.product.id).collect();
        assert_eq!(ids, reading.expected, "{} {} {:?}", reading.shape.name, reading.what, reading.query);
        let statements = self.bench.log.take();
        let line = self.table.last_mut().unwrap();
        for (n, meter) in self.meters.iter_mut().enumerate() {
            let mut examined = 0;
            for statement in &statements {
                examined += meter.examined(statement).await;
            }
            line.rows[n] = line.rows[n].max(examined);
            if examined > line.bound {
                let Reading { shape, what, query, .. } = reading;
                let mut excess = format!("{examined} rows of {}: {}, {what} page of {query:?}\n", line.bound, shape.name);
                for statement in &statements {
                    writeln!(excess, "{}\n{}", statement.sql, meter.explain(statement).await).unwrap();
                }
                self.excesses.push(excess);
            }
        }
    }
}

/// The whole list, ascending, by a plain filter and sort.
fn list(products: &[ProductRow], selection: &ProductSelection, order: ProductOrder) -> Vec<ProductRow> {
    let among = |ids: &Option<Vec<i64>>, id: i64| ids.as_ref().is_none_or(|ids| ids.contains(&id));
    let matches = |row: &&ProductRow| {
        let product = &row.product;
        among(&selection.category_ids, product.category_id)
            && among(&selection.producer_ids, product.producer_id)
            && selection.kinds.as_ref().is_none_or(|kinds| kinds.contains(&product.producer_kind))
            && selection.price.contains(product.price_minor)
            && selection.created.contains(product.created_at_ms)
            && selection.in_stock.is_none_or(|wanted| wanted == product.stock.is_none_or(|packs| packs > 0))
            && selection.near.is_none_or(|circle| circle.contains(product.place))
    };
    let mut list: Vec<ProductRow> = products.iter().filter(matches).cloned().collect();
    list.sort_by_cached_key(|row| match order {
        ProductOrder::Name => (row.name_key.clone(), 0, 0, row.product.id),
        ProductOrder::Price => (String::new(), row.product.price_minor, 0, row.product.id),
        ProductOrder::CreatedAt => (String::new(), row.product.created_at_ms, 0, row.product.id),
        ProductOrder::Distance => {
            let distance = selection.near.unwrap().squared_distance(row.product.place);
            (String::new(), distance, row.product.producer_id, row.product.id)
        }
    });
    list
}

fn bound(shape: &Shape) -> u64 {
    match shape.bound {
        Bound::Page => 50 * PAGE,
        Bound::Balance => {
            let two_ranges = !shape.selection.price.is_open() && !shape.selection.created.is_open();
            (if two_ranges { 6 } else { 4 }) * (PAGE * ROWS).isqrt()
        }
    }
}
