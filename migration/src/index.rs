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
}

const fn index(table: &'static str, name: &'static str, columns: &'static str) -> Index {
    Index { table, name, columns, unique: false }
}

const fn unique(table: &'static str, name: &'static str, columns: &'static str) -> Index {
    Index { table, name, columns, unique: true }
}

/// Every list is a walk along one of these: an equality (or nothing), the sort key, and the id as tie-break.
pub const CATALOGUE_INDEXES: [Index; 17] = [
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
];

impl Index {
    /// The statement that makes it.
    pub fn create_sql(&self) -> String {
        let unique = if self.unique { "UNIQUE " } else { "" };
        format!("CREATE {unique}INDEX {} ON {} ({})", self.name, self.table, self.columns)
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
            manager.get_connection().execute_unprepared(&self.create_sql()).await?;
        }
        Ok(())
    }
}
