//! GraphiQL, served by the binary itself: no CDN, no inline script, and a policy under which the page can reach nothing
//! but this server.

mod asset;

use std::sync::LazyLock;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery};
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_FRAME_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;

use asset::Asset;

const CSS: &str = "text/css; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// GraphiQL 4 runs under it without a violation; its stylesheet carries fonts and icons as data URIs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self' data:; \
     img-src 'self' data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

const REVALIDATE: &str = "no-cache";
/// One year, the longest that caches are asked to keep anything.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// A file as `build.rs` compressed it.
macro_rules! packed {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".gz"))
    };
}

/// Everything the page loads, under `/graphiql/`. Versions and sums of the vendored files: `graphiql/vendor/VENDOR.md`.
static ASSETS: [Asset; 10] = [
    Asset::new("icon.svg", SVG, packed!("icon.svg")),
    Asset::new("init.css", CSS, packed!("init.css")),
    Asset::new("init.js", JAVASCRIPT, packed!("init.js")),
    Asset::new("examples.js", JAVASCRIPT, packed!("examples.js")),
    Asset::new("graphiql.min.css", CSS, packed!("graphiql.min.css")),
    Asset::new("graphiql.min.js", JAVASCRIPT, packed!("graphiql.min.js")),
    Asset::new("explorer.css", CSS, packed!("explorer.css")),
    Asset::new("explorer.umd.js", JAVASCRIPT, packed!("explorer.umd.js")),
    Asset::new("react.production.min.js", JAVASCRIPT, packed!("react.production.min.js")),
    Asset::new("react-dom.production.min.js", JAVASCRIPT, packed!("react-dom.production.min.js")),
];

static PAGE: LazyLock<Asset> = LazyLock::new(|| Asset::made("index.html", HTML, Bytes::from(versioned_page())));

/// `GET /`, the page, and `GET /graphiql/{file}`, what it loads. The page finds the API at `graphql` beside itself, so
/// it may also be nested behind a path prefix that ends in a slash.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/", get(page)).route("/graphiql/{file}", get(file))
}

async fn page(request: HeaderMap) -> Response<Body> {
    let mut response = PAGE.respond(&request, REVALIDATE).await;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // Not `no-referrer`: under it some requests carry `Origin: null`, which a check of origins would refuse.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

async fn file(Path(name): Path<String>, RawQuery(query): RawQuery, request: HeaderMap) -> Response<Body> {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // Only the version that is in the URL may be kept for ever: while replicas are being replaced, an old one can be
    // asked for a file of the new one.
    let version = query.as_deref().and_then(|query| query.strip_prefix("v="));
    let cache_control = if version == Some(asset.tag()) { FOREVER } else { REVALIDATE };
    asset.respond(&request, cache_control).await
}

/// The page with the content's hash in each URL: `graphiql/init.js` becomes `graphiql/init.js?v=…`.
fn versioned_page() -> String {
    let page = include_str!("graphiql/index.html").to_owned();
    ASSETS.iter().fold(page, |page, asset| {
        let name = asset.name;
        page.replace(&format!("\"graphiql/{name}\""), &format!("\"graphiql/{name}?v={}\"", asset.tag()))
    })
}

#[cfg(test)]
mod tests;
