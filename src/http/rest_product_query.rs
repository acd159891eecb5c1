//! The parameters of `GET /products`, strictly: what is unknown, given twice or unreadable is refused by name, because a
//! filter that is quietly ignored shows other products than were asked for.

use std::borrow::Cow;

use super::query_string;
use super::refusal::Refusal;
use crate::domain::Currency;
use crate::domain::money::{ScaleError, parse_scaled};
use crate::domain::slug::is_slug;
use crate::error::ErrorCode;
use crate::service::{Bounds, Columns, PageRequest, ProductFilter, ProductListing, ProductOrder, ProductSort, check_search};

/// Rows of a page when `limit` is not given.
const DEFAULT_LIMIT: i64 = 20;
/// Most rows of a page.
const MAX_LIMIT: i64 = 100;

const NAMES: [&str; 8] = ["limit", "cursor", "category", "minPrice", "maxPrice", "search", "sort", "order"];

/// Which products a caller asks for.
///
/// # Errors
/// 400 with the parameter's name: `BAD_USER_INPUT`, or `INVALID_CURSOR` for a page number of the older backend.
pub(super) fn listing(query: &str, currency: Currency) -> Result<ProductListing, Refusal> {
    let given = Given::read(query)?;
    Ok(ProductListing {
        filter: ProductFilter { category: category(&given), price: price(&given, currency)?, ..ProductFilter::default() },
        search: search(&given)?,
        sort: sort(&given)?,
        near: None,
        page: PageRequest { first: Some(limit(&given)?), after: cursor(&given)?, ..PageRequest::default() },
        columns: Columns { description: true, category: true, producer: true },
        parent: None,
    })
}

fn refused(parameter: &'static str, message: impl Into<Cow<'static, str>>) -> Refusal {
    Refusal::new(ErrorCode::BadUserInput, message).about(parameter)
}

/// The parameters that were given, each once and none empty.
struct Given([Option<String>; NAMES.len()]);

impl Given {
    fn read(query: &str) -> Result<Self, Refusal> {
        let malformed = |_| Refusal::new(ErrorCode::BadUserInput, "The query string is not UTF-8 in percent-encoding.");
        let mut given = Self(Default::default());
        for (name, value) in query_string::pairs(query).map_err(malformed)? {
            let Some(index) = NAMES.iter().position(|known| *known == name) else {
                return Err(unknown(&name));
            };
            if value.is_empty() || value.contains('\0') {
                return Err(refused(NAMES[index], format!("`{name}` has no usable value.")));
            }
            if given.0[index].replace(value).is_some() {
                return Err(refused(NAMES[index], format!("`{name}` is given twice.")));
            }
        }
        Ok(given)
    }

    fn get(&self, name: &'static str) -> Option<&str> {
        NAMES.iter().position(|known| *known == name).and_then(|index| self.0[index].as_deref())
    }
}

/// Names the parameter, in full only when it is short and plain.
fn unknown(name: &str) -> Refusal {
    let shown: String =
        name.chars().filter(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']')).take(40).collect();
    let message = format!("`{shown}` is not a parameter; there are {}.", NAMES.join(", "));
    Refusal::new(ErrorCode::BadUserInput, message).about(shown)
}

fn limit(given: &Given) -> Result<i64, Refusal> {
    let Some(text) = given.get("limit") else { return Ok(DEFAULT_LIMIT) };
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = text.parse().ok().filter(|limit| is_number && (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| refused("limit", format!("`limit` must be a whole number from 1 to {MAX_LIMIT}.")))
}

fn cursor(given: &Given) -> Result<Option<String>, Refusal> {
    let Some(cursor) = given.get("cursor") else { return Ok(None) };
    if cursor.bytes().all(|byte| byte.is_ascii_digit()) {
        let message = "Numbers are no longer cursors: leave `cursor` out to start over, then pass on each page's `nextCursor`.";
        return Err(Refusal::new(ErrorCode::InvalidCursor, message).about("cursor"));
    }
    Ok(Some(cursor.to_owned()))
}

/// What cannot be a slug is a category that does not exist: an empty list, which matches nothing.
fn category(given: &Given) -> Option<Vec<String>> {
    let slug = given.get("category")?.to_ascii_lowercase();
    Some(if is_slug(&slug) { vec![slug] } else { Vec::new() })
}

fn price(given: &Given, currency: Currency) -> Result<Bounds, Refusal> {
    let bounds = Bounds { min: amount(given, "minPrice", currency)?, max: amount(given, "maxPrice", currency)? };
    if bounds.min.zip(bounds.max).is_some_and(|(min, max)| min > max) {
        return Err(refused("minPrice", "`minPrice` is above `maxPrice`."));
    }
    Ok(bounds)
}

/// An amount in major units, for example `64.50`.
fn amount(given: &Given, name: &'static str, currency: Currency) -> Result<Option<i64>, Refusal> {
    let Some(text) = given.get(name) else { return Ok(None) };
    let digits = currency.exponent();
    match parse_scaled(text, digits) {
        Ok(minor) if minor >= 0 => Ok(Some(minor)),
        Ok(_) => Err(refused(name, format!("`{name}` must not be negative."))),
        Err(ScaleError::TooPrecise) => Err(refused(name, format!("`{name}`: {currency} has {digits} digits behind the point."))),
        Err(ScaleError::OutOfRange) => Err(refused(name, format!("`{name}` is too large."))),
        Err(ScaleError::Malformed) => Err(refused(name, format!("`{name}` must be a decimal number such as 64.50."))),
    }
}

fn search(given: &Given) -> Result<Option<String>, Refusal> {
    let Some(text) = given.get("search") else { return Ok(None) };
    check_search(text).map_err(|why| refused("search", why.to_string()))?;
    Ok(Some(text.to_owned()))
}

/// Newest first, with `search` the best match first, unless something else is asked for; names and prices ascend.
fn sort(given: &Given) -> Result<Option<ProductSort>, Refusal> {
    if given.get("search").is_some() && given.get("sort").is_none() {
        return match given.get("order") {
            None => Ok(None),
            Some(_) => Err(refused("order", "`order` needs `sort` beside `search`: the best match comes first.")),
        };
    }
    let order = match given.get("sort") {
        None | Some("createdAt" | "created_at") => ProductOrder::CreatedAt,
        Some("price") => ProductOrder::Price,
        Some("name") => ProductOrder::Name,
        Some(_) => return Err(refused("sort", "`sort` must be price, name or createdAt.")),
    };
    let descending = match given.get("order") {
        None => order == ProductOrder::CreatedAt,
        Some(word) if word.eq_ignore_ascii_case("asc") => false,
        Some(word) if word.eq_ignore_ascii_case("desc") => true,
        Some(_) => return Err(refused("order", "`order` must be asc or desc.")),
    };
    Ok(Some(ProductSort { field: order.into(), descending }))
}

#[cfg(test)]
mod tests;
