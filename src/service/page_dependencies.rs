//! What a page was made of: the entities it shows and the lists it is cut from.

use super::{ProducerPage, ProductPage};
use crate::domain::dependency::scopes_of_cells;
use crate::domain::{Dependencies, Dependency, Facet, ListScope};
use crate::storage::product_list::{ProductOrder, ProductQuery};
use crate::storage::{ProducerSelection, ProductSelection};

impl ProductPage {
    /// Adds what this page was made of.
    pub fn add_dependencies(&self, dependencies: &mut Dependencies) {
        let query = self.query();
        match &self.list.searched {
            // Any product may come to match.
            Some(searched) => {
                dependencies.limit_as_of(searched.as_of);
                let mut facets = facets(query);
                facets.push(Facet::Text);
                dependencies.add_product_list(&[ListScope::All], &facets);
            }
            None => dependencies.add_product_list(&product_scopes(&query.selection), &facets(query)),
        }
        if query.selection.category_ids.is_some() {
            // Which categories the slugs of the filter stand for.
            dependencies.add(Dependency::Categories);
        }
        if query.selection.kinds.is_some() {
            dependencies.add(Dependency::Producers(ListScope::All));
        }
        for row in &self.rows {
            dependencies.add(Dependency::Product(row.product.id));
            dependencies.extend(row.category.as_ref().map(|category| Dependency::Category(category.id)));
            dependencies.extend(row.producer.as_ref().map(|producer| Dependency::Producer(producer.id)));
        }
    }
}

impl ProducerPage {
    /// Adds what this page was made of.
    pub fn add_dependencies(&self, dependencies: &mut Dependencies) {
        match self.as_of() {
            Some(as_of) => {
                dependencies.limit_as_of(as_of);
                dependencies.add(Dependency::Producers(ListScope::All));
            }
            None => dependencies.extend(producer_scopes(self.selection()).into_iter().map(Dependency::Producers)),
        }
        dependencies.extend(self.rows.iter().map(|producer| Dependency::Producer(producer.id)));
    }
}

/// The narrowest lists that hold the page: those of its producers, of its place, of its categories, or all.
fn product_scopes(selection: &ProductSelection) -> Vec<ListScope> {
    if let Some(ids) = &selection.producer_ids {
        return ids.iter().copied().map(ListScope::Producer).collect();
    }
    if let Some(circle) = &selection.near {
        return scopes_of_cells(&circle.cell_ranges());
    }
    match &selection.category_ids {
        Some(ids) => ids.iter().copied().map(ListScope::Category).collect(),
        None => vec![ListScope::All],
    }
}

fn producer_scopes(selection: &ProducerSelection) -> Vec<ListScope> {
    let circle = selection.near.as_ref().or(selection.delivers_to.as_ref());
    circle.map_or_else(|| vec![ListScope::All], |circle| scopes_of_cells(&circle.cell_ranges()))
}

fn facets(query: &ProductQuery) -> Vec<Facet> {
    let by_price = query.order == ProductOrder::Price || !query.selection.price.is_open();
    let by_name = query.order == ProductOrder::Name;
    [(by_price, Facet::Price), (by_name, Facet::Name)].into_iter().filter_map(|(is, facet)| is.then_some(facet)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Circle, Place};
    use crate::storage::{Bounds, Columns, Window};

    fn query(order: ProductOrder, selection: ProductSelection) -> ProductQuery {
        let window = Window { descending: false, after: None, limit: 21 };
        ProductQuery { selection, order, window, columns: Columns::default() }
    }

    #[test]
    fn the_narrowest_lists_are_chosen() {
        let pune = Circle { center: Place { lat_e3: 18_520, lng_e3: 73_857 }, radius_meters: 3_000 };
        let mut selection = ProductSelection { category_ids: Some(vec![1, 2]), ..Default::default() };
        assert_eq!(product_scopes(&selection), [ListScope::Category(1), ListScope::Category(2)]);
        selection.near = Some(pune);
        assert!(product_scopes(&selection).iter().all(|scope| matches!(scope, ListScope::Cell(_))));
        selection.producer_ids = Some(vec![9]);
        assert_eq!(product_scopes(&selection), [ListScope::Producer(9)]);
        assert_eq!(product_scopes(&ProductSelection::default()), [ListScope::All]);
    }

    #[test]
    fn a_price_moves_lists_that_sort_or_choose_by_it() {
        let priced = ProductSelection { price: Bounds { min: Some(1), max: None }, ..Default::default() };
        assert_eq!(facets(&query(ProductOrder::Name, priced)), [Facet::Price, Facet::Name]);
        assert_eq!(facets(&query(ProductOrder::Price, ProductSelection::default())), [Facet::Price]);
        assert_eq!(facets(&query(ProductOrder::CreatedAt, ProductSelection::default())), []);
    }
}
