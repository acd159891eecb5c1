//! The three tables of the catalogue and their columns, in the order in which [`super::row`] writes them.

/// A table that is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// The shelves.
    Categories,
    /// Who sells.
    Producers,
    /// What is sold.
    Products,
}

impl Table {
    /// All of them, in the order in which they are filled.
    pub(super) const ALL: [Self; 3] = [Self::Categories, Self::Producers, Self::Products];

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Categories => "categories",
            Self::Producers => "producers",
            Self::Products => "products",
        }
    }

    /// Its columns.
    pub(super) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Categories => &["id", "slug", "name", "position", "created_at_ms", "updated_at_ms", "version"],
            Self::Producers => &[
                "id",
                "slug",
                "name",
                "name_key",
                "kind",
                "city",
                "pincode",
                "lat_e3",
                "lng_e3",
                "cell",
                "delivery_radius_meters",
                "squared_reach",
                "created_at_ms",
                "updated_at_ms",
                "version",
            ],
            Self::Products => &[
                "id",
                "slug",
                "producer_id",
                "category_id",
                "producer_kind",
                "in_stock",
                "pack_unit",
                "name",
                "name_key",
                "description",
                "price_minor",
                "pack_value_thousandths",
                "stock",
                "lat_e3",
                "lng_e3",
                "cell",
                "created_at_ms",
                "updated_at_ms",
                "version",
            ],
        }
    }

    /// `name (column, …)`.
    pub(super) fn with_columns(self) -> String {
        format!("{} ({})", self.name(), self.columns().join(", "))
    }
}
