//! Generated rows as the columns of our tables: once for all engines, each of which brings its own [`Encoder`].

use seed::{Category, Producer, Product};

use crate::domain::place::squared_reach;
use crate::domain::product::in_stock;
use crate::domain::{Place, ProducerKind, Unit, name_key};

/// The version of everything that was just loaded.
const FIRST_VERSION: i64 = 1;

/// Generated coordinates are in 1e-5 degrees, stored ones in 1e-3.
const E5_PER_E3: i64 = 100;

/// Takes the values of a row, column by column, in the form that one engine loads fastest.
pub(super) trait Encoder {
    /// Starts a row of so many columns.
    fn begin_row(&mut self, columns: usize);
    /// A 64-bit integer.
    fn big(&mut self, value: i64);
    /// A 16-bit integer.
    fn small(&mut self, value: i16);
    /// Text.
    fn text(&mut self, value: &str);
    /// Nothing, in a column of 64-bit integers.
    fn null(&mut self);
    /// Ends the row.
    fn end_row(&mut self);
    /// About how much is held, in bytes.
    fn size_bytes(&self) -> usize;
}

/// What a product copies from its producer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Copied {
    kind: i16,
    place: Place,
    cell: i64,
}

impl Copied {
    /// The copied columns of this producer.
    pub(super) fn of(producer: &Producer) -> Self {
        let place = place(producer);
        Self { kind: kind(producer.kind).code(), place, cell: place.cell() }
    }
}

/// Writes a category.
pub(super) fn category(to: &mut impl Encoder, category: &Category) {
    to.big(category.id);
    to.text(&category.slug);
    to.text(&category.name);
    to.big(category.position);
    to.big(category.created_at_ms);
    to.big(category.created_at_ms);
    to.big(FIRST_VERSION);
}

/// Writes a producer.
pub(super) fn producer(to: &mut impl Encoder, producer: &Producer) {
    let copied = Copied::of(producer);
    to.big(producer.id);
    to.text(&producer.slug);
    to.text(&producer.name);
    to.text(&name_key(&producer.name));
    to.small(copied.kind);
    to.text(producer.city);
    to.text(&producer.pincode);
    to.big(copied.place.lat_e3);
    to.big(copied.place.lng_e3);
    to.big(copied.cell);
    to.big(producer.delivery_radius_meters);
    to.big(squared_reach(producer.delivery_radius_meters));
    to.big(producer.created_at_ms);
    to.big(producer.created_at_ms);
    to.big(FIRST_VERSION);
}

/// Writes a product of the producer that `copied` comes from.
pub(super) fn product(to: &mut impl Encoder, product: &Product, copied: &Copied) {
    to.big(product.id);
    to.text(&product.slug);
    to.big(product.producer_id);
    to.big(product.category_id);
    to.small(copied.kind);
    to.small(i16::from(in_stock(product.stock)));
    to.small(unit(product.pack_unit).code());
    to.text(&product.name);
    to.text(&name_key(&product.name));
    to.text(&product.description);
    to.big(product.price_minor);
    to.big(product.pack_value_thousandths);
    match product.stock {
        Some(packs) => to.big(packs),
        None => to.null(),
    }
    to.big(copied.place.lat_e3);
    to.big(copied.place.lng_e3);
    to.big(copied.cell);
    to.big(product.created_at_ms);
    to.big(product.updated_at_ms);
    to.big(FIRST_VERSION);
}

fn place(producer: &Producer) -> Place {
    Place { lat_e3: producer.lat_e5 / E5_PER_E3, lng_e3: producer.lng_e5 / E5_PER_E3 }
}

fn kind(kind: seed::ProducerKind) -> ProducerKind {
    match kind {
        seed::ProducerKind::Farmer => ProducerKind::Farmer,
        seed::ProducerKind::Doodhwala => ProducerKind::Doodhwala,
        seed::ProducerKind::Fpo => ProducerKind::Fpo,
        seed::ProducerKind::SmallProducer => ProducerKind::SmallProducer,
    }
}

fn unit(unit: seed::Unit) -> Unit {
    match unit {
        seed::Unit::Gram => Unit::Gram,
        seed::Unit::Kilogram => Unit::Kilogram,
        seed::Unit::Millilitre => Unit::Millilitre,
        seed::Unit::Litre => Unit::Litre,
        seed::Unit::Piece => Unit::Piece,
        seed::Unit::Dozen => Unit::Dozen,
        seed::Unit::Bunch => Unit::Bunch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::load::table::Table;

    /// Keeps each value as text.
    #[derive(Default)]
    struct Written(Vec<String>);

    impl Encoder for Written {
        fn begin_row(&mut self, _columns: usize) {}
        fn big(&mut self, value: i64) {
            self.0.push(value.to_string());
        }
        fn small(&mut self, value: i16) {
            self.0.push(value.to_string());
        }
        fn text(&mut self, value: &str) {
            self.0.push(value.to_owned());
        }
        fn null(&mut self) {
            self.0.push("NULL".to_owned());
        }
        fn end_row(&mut self) {}
        fn size_bytes(&self) -> usize {
            0
        }
    }

    fn column(table: Table, written: &Written, name: &str) -> String {
        assert_eq!(written.0.len(), table.columns().len(), "a value for each column of {}", table.name());
        let at = table.columns().iter().position(|column| *column == name).unwrap();
        written.0[at].clone()
    }

    fn milkman() -> Producer {
        let mut milkman = seed::Catalogue::new(1, 1_000).producer(1);
        milkman.kind = seed::ProducerKind::Doodhwala;
        (milkman.lat_e5, milkman.lng_e5) = (1_852_000, 7_385_700);
        milkman.delivery_radius_meters = 2_000;
        milkman
    }

    #[test]
    fn a_producer_is_kept_with_a_rounded_place_and_its_cell() {
        let mut written = Written::default();
        producer(&mut written, &Producer { name: "Gir DAIRY ".to_owned(), ..milkman() });
        let column = |name| column(Table::Producers, &written, name);
        assert_eq!((column("lat_e3"), column("lng_e3")), ("18520".to_owned(), "73857".to_owned()));
        assert_eq!(column("cell"), Place { lat_e3: 18_520, lng_e3: 73_857 }.cell().to_string());
        assert_eq!(column("squared_reach"), squared_reach(2_000).to_string());
        assert_eq!((column("kind"), column("name_key")), ("2".to_owned(), "gir dairy".to_owned()));
        assert_eq!(column("updated_at_ms"), column("created_at_ms"));
    }

    #[test]
    fn a_product_copies_kind_and_place_of_its_producer() {
        let mut written = Written::default();
        let milk = Product {
            pack_unit: seed::Unit::Litre,
            stock: None,
            name: "दूध Milk".to_owned(),
            ..seed::Catalogue::new(1, 1_000).product(7)
        };
        product(&mut written, &milk, &Copied::of(&milkman()));
        let column = |name| column(Table::Products, &written, name);
        assert_eq!((column("producer_kind"), column("lat_e3"), column("lng_e3")), ("2".into(), "18520".into(), "73857".into()));
        assert_eq!((column("pack_unit"), column("stock"), column("in_stock")), ("4".into(), "NULL".into(), "1".into()));
        assert_eq!((column("id"), column("name_key"), column("version")), ("7".into(), "दूध milk".into(), "1".into()));
    }

    #[test]
    fn a_product_without_packs_is_out_of_stock() {
        let mut written = Written::default();
        let sold_out = Product { stock: Some(0), ..seed::Catalogue::new(1, 1_000).product(7) };
        product(&mut written, &sold_out, &Copied::of(&milkman()));
        assert_eq!(column(Table::Products, &written, "stock"), "0");
        assert_eq!(column(Table::Products, &written, "in_stock"), "0");
    }

    #[test]
    fn a_category_has_a_value_for_each_column() {
        let mut written = Written::default();
        category(&mut written, &seed::Catalogue::new(1, 0).categories()[2]);
        assert_eq!(column(Table::Categories, &written, "slug"), "milk");
        assert_eq!(column(Table::Categories, &written, "position"), "3");
    }
}
