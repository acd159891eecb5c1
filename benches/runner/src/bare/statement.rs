//! The statement of limit (b): letter by letter what the server sends for the newest twenty products. On PostgreSQL each
//! run compares it with what the server really sent.

use crate::engine::Engine;

const PRODUCT: &str = "p.id, p.slug, p.producer_id, p.category_id, p.producer_kind, p.pack_unit, p.name, p.name_key, p.price_minor, \
     p.pack_value_thousandths, p.stock, p.lat_e3, p.lng_e3, p.cell, p.created_at_ms, p.updated_at_ms, p.version, p.description";
const CATEGORY: &str = "c.id, c.slug, c.name, c.position, c.version";
const PRODUCER: &str = "r.id, r.slug, r.name, r.kind, r.city, r.pincode, r.lat_e3, r.lng_e3, \
     r.delivery_radius_meters, r.created_at_ms, r.version";
const ORDER: &str = " ORDER BY p.created_at_ms DESC, p.id DESC";

/// Products with all their columns, newest first, at most 21 of them: a bound number, but for PostgreSQL, which plans better
/// when it sees it. `joined` with category and producer.
pub(crate) fn statement(engine: Engine, joined: bool) -> String {
    let (hint, limit) = match engine {
        Engine::Sqlite => (" INDEXED BY ix_products_created", "?"),
        Engine::Mariadb => (" FORCE INDEX (ix_products_created)", "?"),
        Engine::Postgres => ("", "21"),
    };
    let list = format!("SELECT {PRODUCT} FROM products p{hint} WHERE 1 = 1{ORDER} LIMIT {limit}");
    if !joined {
        return list;
    }
    let producers = match engine {
        Engine::Postgres => "JOIN LATERAL (SELECT r.* FROM producers r WHERE r.id = p.producer_id OFFSET 0) r ON TRUE",
        Engine::Sqlite | Engine::Mariadb => "JOIN producers r ON r.id = p.producer_id",
    };
    format!(
        "SELECT {PRODUCT}, {CATEGORY}, {PRODUCER} FROM ({list}) p JOIN categories c ON c.id = p.category_id {producers}{ORDER}"
    )
}
