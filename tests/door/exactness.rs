//! One process: after a write the very next read of every page is the new one, and pages that it cannot touch stay kept.
//!
//! What is right is asked of the same process in words that nobody has used before, so that it is made anew.

use crate::fleet::{Answer, Fleet, MADE};
use crate::shop::{AMARANTH, CARROT, MILK, MUMBAI, PUNE, Product, Shop};

const SHOWN: &str =
    "nodes { slug name price { amount } stockStatus stockQuantity version category { name } producer { name city } }";

/// A page by the name that it has in the stories.
#[derive(Debug)]
struct Page {
    name: &'static str,
    /// A document, or the path of a REST page.
    asked: String,
}

fn list(name: &'static str, arguments: &str) -> Page {
    Page { name, asked: format!("{{ products({arguments}) {{ {SHOWN} }} }}") }
}

fn one(name: &'static str, document: &str) -> Page {
    Page { name, asked: format!("{{ {document} }}") }
}

fn near((latitude, longitude): (f64, f64)) -> String {
    format!("near: {{ latitude: {latitude}, longitude: {longitude} }}")
}

fn pages() -> Vec<Page> {
    vec![
        one(
            "milk",
            "product(by: { slug: \"milk\" }) { name price { amount } stockQuantity stockStatus version category { name } }",
        ),
        one("carrot", "product(by: { slug: \"carrot\" }) { name price { amount } version producer { name } }"),
        one("ghee", "product(by: { slug: \"ghee\" }) { name price { amount } version }"),
        list("cheapest", "first: 2, sort: { field: PRICE }"),
        list("first by name", "first: 1, sort: { field: NAME }"),
        list("newest", "first: 2"),
        list("dairy by price", "filter: { category: [\"dairy\"] }, sort: { field: PRICE }"),
        list("dairy, first by name", "first: 1, filter: { category: [\"dairy\"] }, sort: { field: NAME }"),
        list("vegetables by price", "filter: { category: [\"vegetables\"] }, sort: { field: PRICE }"),
        list("sweets", "filter: { category: [\"sweets\"] }"),
        list("in stock", "filter: { inStock: true }, sort: { field: NAME }"),
        list("sixties", "filter: { price: { min: \"60\", max: \"69\" } }"),
        list("of farmers", "filter: { producerKinds: [FARMER] }"),
        list("near Pune", &near(PUNE)),
        list("near Mumbai", &near(MUMBAI)),
        one("dairy shelf", &format!("category(by: {{ slug: \"dairy\" }}) {{ name products {{ {SHOWN} }} }}")),
        one("sweets shelf", "category(by: { slug: \"sweets\" }) { name products { nodes { slug } } }"),
        one("Gopal", &format!("producer(by: {{ slug: \"gopal\" }}) {{ name products {{ {SHOWN} }} }}")),
        one(
            "Ravi",
            &format!("producer(by: {{ slug: \"ravi\" }}) {{ name kind location {{ latitude }} products {{ {SHOWN} }} }}"),
        ),
        one("producers", "producers { nodes { slug name kind } }"),
        one("producers near Mumbai", &format!("producers({}) {{ nodes {{ slug name }} }}", near(MUMBAI))),
        one("categories", "categories { slug name }"),
        one("total", "products { totalCount }"),
        one("total of vegetables", "products(filter: { category: [\"vegetables\"] }) { totalCount }"),
        Page { name: "REST", asked: "/products?limit=10".to_owned() },
        Page { name: "REST, dairy", asked: "/products?category=dairy&limit=10".to_owned() },
        Page { name: "REST, vegetables", asked: "/products?category=vegetables&limit=10".to_owned() },
    ]
}

/// A shop with all its pages kept.
struct Story {
    shop: Shop,
    pages: Vec<Page>,
    writes: usize,
}

impl Story {
    fn begin() -> Self {
        Self { shop: Shop::open(Fleet::start(1, &[])), pages: pages(), writes: 0 }
    }

    fn ask(&self, asked: &str) -> Answer {
        let fleet = &self.shop.fleet;
        let answer = if asked.starts_with('/') { fleet.send(fleet.get(0, asked)) } else { fleet.ask(0, asked) };
        assert_eq!(answer.status, 200, "{asked}: {}", answer.text());
        answer
    }

    /// The page as it is now, made anew.
    fn anew(&self, asked: &str) -> Answer {
        let zeros = "0".repeat(self.writes);
        let answer = self.ask(&match asked.strip_prefix('/') {
            Some(_) => asked.replace("limit=", &format!("limit={zeros}")),
            None => format!("{asked} # {zeros}"),
        });
        assert_eq!(answer.cache(), MADE, "{asked}");
        answer
    }

    /// All pages, kept.
    fn keep(&self) -> Vec<Answer> {
        let kept = |page: &Page| {
            self.ask(&page.asked);
            let answer = self.ask(&page.asked);
            assert!(answer.is_hit(), "{}: {}", page.name, answer.cache());
            answer
        };
        self.pages.iter().map(kept).collect()
    }

    /// Writes, then looks: every page is right, those named first are other ones now, those named last were not made again.
    fn after(&mut self, write: impl FnOnce(&Shop), changed: &[&str], kept: &[&str]) {
        let known = |name: &&&str| self.pages.iter().all(|page| page.name != **name);
        assert_eq!(changed.iter().chain(kept).find(known), None, "such a page there is not");
        self.writes += 1;
        let before = self.keep();
        write(&self.shop);
        let now: Vec<Answer> = self.pages.iter().map(|page| self.ask(&page.asked)).collect();
        for ((page, before), now) in self.pages.iter().zip(before).zip(now) {
            let name = page.name;
            assert_eq!(now.text(), self.anew(&page.asked).text(), "{name}, {}", now.cache());
            if changed.contains(&name) {
                assert_ne!(now.text(), before.text(), "{name}");
            }
            if kept.contains(&name) {
                assert!(now.is_hit() && now.body == before.body, "{name} cannot change: {}", now.cache());
            }
        }
    }
}

/// What has nothing to do with dairy, except that it may be in the same list.
const OF_RAVI: [&str; 6] = ["carrot", "vegetables by price", "near Mumbai", "Ravi", "total of vegetables", "REST, vegetables"];
/// What has nothing to do with products.
const OF_NAMES: [&str; 3] = ["producers", "producers near Mumbai", "categories"];
const OF_MILK: [&str; 7] = ["milk", "dairy by price", "dairy shelf", "Gopal", "near Pune", "REST", "REST, dairy"];

#[test]
fn a_price() {
    let mut story = Story::begin();
    let dearer = Product { price: 66, ..MILK };
    let by_other_things = ["first by name", "newest", "dairy, first by name", "ghee"];
    let kept = [&OF_RAVI[..], &OF_NAMES, &by_other_things].concat();
    story.after(|shop| drop(shop.put(0, &dearer)), &[&OF_MILK[..], &["sixties", "in stock"]].concat(), &kept);
    let cheapest = Product { price: 5, ..MILK };
    story.after(|shop| drop(shop.put(0, &cheapest)), &[&OF_MILK[..], &["cheapest", "sixties"]].concat(), &kept);
}

#[test]
fn a_quantity_in_stock() {
    let mut story = Story::begin();
    let lists_without_it = ["cheapest", "first by name", "newest", "dairy, first by name", "ghee"];
    let kept = [&OF_RAVI[..], &OF_NAMES, &lists_without_it].concat();
    let fewer = Product { stock: 19, ..MILK };
    story.after(|shop| drop(shop.put(0, &fewer)), &[&OF_MILK[..], &["in stock", "sixties"]].concat(), &kept);
    story.after(|shop| shop.sell("milk", "first"), &[&OF_MILK[..], &["in stock", "sixties"]].concat(), &kept);
}

#[test]
fn a_product_that_is_sold_out_and_comes_back() {
    let mut story = Story::begin();
    let kept = [&OF_RAVI[..], &OF_NAMES].concat();
    let changed = [&OF_MILK[..], &["in stock", "sixties"]].concat();
    story.after(|shop| drop(shop.put(0, &Product { stock: 0, ..MILK })), &changed, &kept);
    story.after(|shop| drop(shop.put(0, &MILK)), &changed, &kept);
    story.after(|shop| drop(shop.put(0, &Product { stock: 1, ..MILK })), &changed, &kept);
    story.after(|shop| shop.sell("milk", "last"), &changed, &kept);
}

#[test]
fn a_name() {
    let mut story = Story::begin();
    let kept = [&OF_RAVI[..], &OF_NAMES, &["cheapest", "newest", "ghee"]].concat();
    let renamed = Product { name: "A2 milk", ..MILK };
    let first_now = ["first by name", "dairy, first by name", "in stock"];
    story.after(|shop| drop(shop.put(0, &renamed)), &[&OF_MILK[..], &first_now].concat(), &kept);
}

#[test]
fn a_product_that_moves_to_another_category_or_producer() {
    let mut story = Story::begin();
    let moved = Product { category: "vegetables", ..MILK };
    let shelves = ["vegetables by price", "total of vegetables", "REST, vegetables"];
    let kept = [&OF_NAMES[..], &["carrot", "near Mumbai", "Ravi"]].concat();
    story.after(|shop| drop(shop.put(0, &moved)), &[&OF_MILK[..], &shelves].concat(), &kept);
    let sold = Product { producer: "ravi", ..moved };
    let sellers = ["milk", "Gopal", "Ravi", "near Pune", "near Mumbai", "vegetables by price", "REST, vegetables"];
    story.after(|shop| drop(shop.put(0, &sold)), &sellers[1..], &[&OF_NAMES[..], &["carrot", "REST, dairy"]].concat());
}

#[test]
fn a_product_that_comes_and_goes() {
    let mut story = Story::begin();
    let ghee = Product { slug: "ghee", name: "A ghee", price: 10, ..MILK };
    let lists = ["cheapest", "first by name", "newest", "dairy by price", "dairy, first by name", "in stock"];
    let others = ["ghee", "total", "near Pune", "dairy shelf", "Gopal", "REST", "REST, dairy"];
    let changed = [&lists[..], &others].concat();
    let kept = [&OF_RAVI[..], &OF_NAMES, &["milk", "sweets", "sweets shelf"]].concat();
    story.after(|shop| drop(shop.put(0, &ghee)), &changed, &kept);
    story.after(|shop| shop.remove("ghee"), &changed, &kept);
    story.after(|shop| drop(shop.put(0, &ghee)), &changed, &kept);
}

#[test]
fn a_producer_that_is_renamed_moves_or_becomes_another_kind() {
    let mut story = Story::begin();
    let of_gopal = ["milk", "dairy by price", "dairy shelf", "Gopal", "categories", "total", "total of vegetables", "ghee"];
    let shows_ravi = ["carrot", "vegetables by price", "cheapest", "newest", "Ravi", "producers", "near Mumbai"];
    let named = [&shows_ravi[..], &["producers near Mumbai", "REST", "REST, vegetables"]].concat();
    let kept = [&of_gopal[..], &["REST, dairy"]].concat();
    story.after(|shop| shop.producer("ravi", "Ravi of the hill", MUMBAI, "SMALL_PRODUCER"), &named, &kept);
    let places = ["Ravi", "near Pune", "near Mumbai", "producers near Mumbai"];
    story.after(|shop| shop.producer("ravi", "Ravi of the hill", PUNE, "SMALL_PRODUCER"), &places, &["milk", "categories"]);
    let kinds = ["Ravi", "producers", "of farmers"];
    story.after(|shop| shop.producer("ravi", "Ravi of the hill", PUNE, "FARMER"), &kinds, &["milk", "categories"]);
    let asha = |shop: &Shop| shop.producer("asha", "Asha", MUMBAI, "FPO");
    story.after(asha, &["producers", "producers near Mumbai"], &["milk", "carrot", "dairy shelf", "categories", "Gopal"]);
}

#[test]
fn a_category_that_is_renamed_or_new() {
    let mut story = Story::begin();
    let shows_dairy = ["milk", "dairy by price", "dairy shelf", "Gopal", "near Pune", "categories"];
    let kept = ["carrot", "Ravi", "near Mumbai", "producers", "producers near Mumbai", "ghee"];
    story.after(|shop| shop.category("dairy", "Milk and more"), &shows_dairy, &kept);
    story.after(|shop| shop.category("sweets", "Sweets"), &["categories", "sweets shelf"], &kept);
    let barfi = Product { slug: "barfi", name: "Barfi", category: "sweets", ..MILK };
    story.after(
        |shop| drop(shop.put(0, &barfi)),
        &["sweets", "sweets shelf", "Gopal", "total"],
        &[&OF_RAVI[..], &kept[3..5]].concat(),
    );
}

#[test]
fn what_equals_what_is_there_changes_nothing() {
    let mut story = Story::begin();
    let all: Vec<&str> = story.pages.iter().map(|page| page.name).collect();
    story.after(|shop| drop([MILK, CARROT, AMARANTH].map(|product| shop.put(0, &product))), &[], &all);
}
