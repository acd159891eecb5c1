//! Writes a small catalogue into a database, ids and all, in place of the one before.

use farmlokal::domain::{name_key, place::squared_reach};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement, Value};

use crate::catalogue::{CATEGORIES, Catalogue, Grower, Item};
use crate::engines::Bench;

/// Replaces the whole catalogue of each engine.
pub(crate) async fn replace_all(benches: &[Bench], catalogue: &Catalogue) {
    for bench in benches {
        replace(&bench.fixtures, catalogue).await;
    }
}

/// Makes the ids given out from now on lie above all of ours. The other engines see to that themselves.
pub(crate) async fn keep_ids_apart(connection: &DatabaseConnection) {
    if connection.get_database_backend() == DbBackend::Postgres {
        for table in ["products", "producers"] {
            let sql = format!("ALTER TABLE {table} ALTER COLUMN id RESTART WITH 100000");
            connection.execute_unprepared(&sql).await.unwrap();
        }
    }
}

async fn replace(connection: &DatabaseConnection, catalogue: &Catalogue) {
    for table in ["products", "producers", "categories", "tombstones"] {
        connection.execute_unprepared(&format!("DELETE FROM {table}")).await.unwrap();
    }
    let categories = CATEGORIES.iter().zip(1_i64..).map(|((id, slug), position)| {
        vec![(*id).into(), (*slug).into(), (*slug).into(), position.into(), 0_i64.into(), 0_i64.into(), 1_i64.into()]
    });
    let columns = "categories (id, slug, name, position, created_at_ms, updated_at_ms, version)";
    insert(connection, columns, categories.collect()).await;
    let columns = "producers (id, slug, name, name_key, kind, city, pincode, lat_e3, lng_e3, cell, delivery_radius_meters, \
                   squared_reach, created_at_ms, updated_at_ms, version)";
    insert(connection, columns, catalogue.growers.iter().map(grower_row).collect()).await;
    let columns = "products (id, slug, producer_id, category_id, producer_kind, in_stock, pack_unit, name, name_key, description, \
                   price_minor, pack_value_thousandths, stock, lat_e3, lng_e3, cell, created_at_ms, updated_at_ms, version)";
    insert(connection, columns, catalogue.items.iter().map(|item| item_row(catalogue, item)).collect()).await;
}

fn grower_row(grower: &Grower) -> Vec<Value> {
    vec![
        grower.id.into(),
        grower.slug().into(),
        grower.name.as_str().into(),
        name_key(&grower.name).into(),
        grower.kind.code().into(),
        "Pune".into(),
        "411001".into(),
        grower.place.lat_e3.into(),
        grower.place.lng_e3.into(),
        grower.place.cell().into(),
        grower.reach_meters.into(),
        squared_reach(grower.reach_meters).into(),
        grower.created_at_ms.into(),
        grower.created_at_ms.into(),
        1_i64.into(),
    ]
}

fn item_row(catalogue: &Catalogue, item: &Item) -> Vec<Value> {
    let grower = catalogue.grower(item);
    vec![
        item.id.into(),
        item.slug().into(),
        grower.id.into(),
        CATEGORIES[item.category].0.into(),
        grower.kind.code().into(),
        i16::from(item.stock != Some(0)).into(),
        1_i16.into(),
        item.name.as_str().into(),
        name_key(&item.name).into(),
        format!("{} of {}", item.name, grower.name).into(),
        item.price_minor.into(),
        500_000_i64.into(),
        item.stock.into(),
        grower.place.lat_e3.into(),
        grower.place.lng_e3.into(),
        grower.place.cell().into(),
        item.created_at_ms.into(),
        item.created_at_ms.into(),
        1_i64.into(),
    ]
}

async fn insert(connection: &DatabaseConnection, table_and_columns: &str, rows: Vec<Vec<Value>>) {
    if rows.is_empty() {
        return;
    }
    let backend = connection.get_database_backend();
    let mut values = Vec::new();
    let mut texts = Vec::new();
    for row in rows {
        let mut places = Vec::with_capacity(row.len());
        for value in row {
            values.push(value);
            places.push(if backend == DbBackend::Postgres { format!("${}", values.len()) } else { "?".to_owned() });
        }
        texts.push(format!("({})", places.join(", ")));
    }
    let text = format!("INSERT INTO {table_and_columns} VALUES {}", texts.join(", "));
    connection.execute_raw(Statement::from_sql_and_values(backend, text, values)).await.unwrap();
}
