//! The secondary indexes of the catalogue: listed once, made by the migration, dropped and made again by a bulk load.

use sea_orm::{ConnectionTrait as _, DbBackend, DbErr};
use sea_orm_migration::SchemaManager;

/// One b-tree index.
#[derive(Debug, Clone, Copy)]
pub struct Index {
    /// Its table.
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its columns.
    pub columns: &'static str,
    /// Whether two rows may not be alike in them.
    pub unique: bool,
    /// Whether only products that are sold out are looked for in it.
    pub sold_out: bool,
}

pub(crate) const fn index(table: &'static str, name: &'static str, columns: &'static str) -> Index {
    Index { table, name, columns, unique: false, sold_out: false }
}

pub(crate) const fn unique(table: &'static str, name: &'static str, columns: &'static str) -> Index {
    Index { table, name, columns, unique: true, sold_out: false }
}

const fn sold_out(name: &'static str, columns: &'static str) -> Index {
    Index { table: "products", name, columns, unique: false, sold_out: true }
}

/// Every list is a walk along one of these: an equality (or nothing), the sort key, and the id as tie-break. The one without
/// a sort key finds what is too rare for a walk.
pub const CATALOGUE_INDEXES: [Index; 21] = [
    unique("categories", "ux_categories_slug", "slug"),
    unique("producers", "ux_producers_slug", "slug"),
    index("producers", "ix_producers_name", "name_key, id"),
    index("producers", "ix_producers_created", "created_at_ms, id"),
    index("producers", "ix_producers_cell", "cell"),
    unique("products", "ux_products_slug", "slug"),
    index("products", "ix_products_price", "price_minor, id"),
    index("products", "ix_products_created", "created_at_ms, id"),
    index("products", "ix_products_name", "name_key, id"),
    index("products", "ix_products_category_price", "category_id, price_minor, id"),
    index("products", "ix_products_category_created", "category_id, created_at_ms, id"),
    index("products", "ix_products_category_name", "category_id, name_key, id"),
    index("products", "ix_products_producer_price", "producer_id, price_minor, id"),
    index("products", "ix_products_producer_created", "producer_id, created_at_ms, id"),
    index("products", "ix_products_producer_name", "producer_id, name_key, id"),
    index("products", "ix_products_cell_price", "cell, price_minor, id"),
    index("products", "ix_products_cell_created", "cell, created_at_ms, id"),
    index("products", "ix_products_rare", "producer_kind, in_stock, category_id"),
    sold_out("ix_products_sold_out_price", "producer_kind, price_minor, id"),
    sold_out("ix_products_sold_out_created", "producer_kind, created_at_ms, id"),
    sold_out("ix_products_sold_out_name", "producer_kind, name_key, id"),
];

impl Index {
    /// The statement that makes it.
    pub fn create_sql(&self, backend: DbBackend) -> String {
        let unique = if self.unique { "UNIQUE " } else { "" };
        let partial = if self.sold_out && backend != DbBackend::MySql { " WHERE in_stock = 0" } else { "" };
        format!("CREATE {unique}INDEX {} ON {} ({}){partial}", self.name, self.table, self.columns_on(backend))
    }

    /// Its columns on this engine. MariaDB and MySQL have no partial indexes: there it holds all rows, sold out or not
    /// first.
    pub fn columns_on(&self, backend: DbBackend) -> String {
        let first = if self.sold_out && backend == DbBackend::MySql { "in_stock, " } else { "" };
        format!("{first}{}", self.columns)
    }

    /// The statement that drops it.
    pub fn drop_sql(&self, backend: DbBackend) -> String {
        match backend {
            DbBackend::MySql => format!("DROP INDEX {} ON {}", self.name, self.table),
            _ => format!("DROP INDEX {}", self.name),
        }
    }

    /// Makes the index unless it is there.
    pub(crate) async fn ensure(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        if !manager.has_index(self.table, self.name).await? {
            let create = self.create_sql(manager.get_database_backend());
            manager.get_connection().execute_unprepared(&create).await?;
        }
        Ok(())
    }
}
