//! The page and its files as a browser meets them.

use std::io::Read;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, Response, StatusCode};
use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use super::{ASSETS, FOREVER, POLICY, REVALIDATE, router};

async fn get(path: &str, headers: &[(&str, &str)]) -> Response<Body> {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    router::<()>().oneshot(request).await.unwrap()
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> Option<&'a str> {
    Some(response.headers().get(name)?.to_str().unwrap())
}

async fn body(response: Response<Body>) -> Bytes {
    to_bytes(response.into_body(), usize::MAX).await.unwrap()
}

/// Every path that the page loads, with its version.
async fn paths_on_the_page() -> Vec<String> {
    let page = body(get("/", &[]).await).await;
    let page = std::str::from_utf8(&page).unwrap();
    page.split('"').filter(|text| text.starts_with("graphiql/")).map(|path| format!("/{path}")).collect()
}

#[tokio::test]
async fn the_page_is_guarded_by_its_headers() {
    let page = get("/", &[]).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(header(&page, "content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(header(&page, "content-security-policy"), Some(POLICY));
    assert_eq!(header(&page, "x-content-type-options"), Some("nosniff"));
    assert_eq!(header(&page, "referrer-policy"), Some("same-origin"));
    assert_eq!(header(&page, "x-frame-options"), Some("DENY"));
    assert_eq!(header(&page, "cache-control"), Some(REVALIDATE));
    assert!(!POLICY.contains("unsafe"));
}

#[tokio::test]
async fn nothing_on_the_page_is_inline_or_from_elsewhere() {
    let page = body(get("/", &[]).await).await;
    let page = std::str::from_utf8(&page).unwrap();
    assert!(page.contains("<title>FarmLokal</title>"));
    assert!(!page.contains("http:") && !page.contains("https:") && !page.contains("\"//"));
    assert!(!page.contains("<style") && !page.contains("style="));
    for script in page.split("<script").skip(1) {
        assert!(script.contains(" src=\"graphiql/") && script.contains("></script>"), "{script}");
    }
}

#[tokio::test]
async fn everything_on_the_page_is_there_and_may_be_kept_for_ever() {
    let mut loaded = Vec::new();
    for path in paths_on_the_page().await {
        let file = get(&path, &[]).await;
        assert_eq!(file.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&file, "cache-control"), Some(FOREVER), "{path}");
        assert_eq!(header(&file, "vary"), Some("accept-encoding"), "{path}");
        loaded.push(path.split(['/', '?']).nth(2).unwrap().to_owned());
    }
    for asset in &ASSETS {
        assert!(loaded.iter().any(|name| name == asset.name), "{}", asset.name);
    }
}

#[tokio::test]
async fn a_file_without_its_own_version_is_asked_for_again() {
    for path in ["/graphiql/init.js", "/graphiql/init.js?v=0123", "/graphiql/init.js?x=1"] {
        let file = get(path, &[]).await;
        assert_eq!(file.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&file, "cache-control"), Some(REVALIDATE), "{path}");
    }
}

#[tokio::test]
async fn a_browser_that_has_the_bytes_gets_none() {
    for path in ["/", "/graphiql/graphiql.min.js"] {
        let first = get(path, &[("accept-encoding", "gzip, br")]).await;
        let tag = header(&first, "etag").unwrap().to_owned();
        assert!(tag.starts_with('"'), "strong: {tag}");

        let again = get(path, &[("accept-encoding", "gzip, br"), ("if-none-match", &tag)]).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(header(&again, "etag"), Some(tag.as_str()));
        assert_eq!(header(&again, "cache-control"), header(&first, "cache-control"));
        assert_eq!(body(again).await.len(), 0);

        let plain = get(path, &[("if-none-match", &tag)]).await;
        assert_eq!(plain.status(), StatusCode::OK, "the plain bytes are others");
    }
}

#[tokio::test]
async fn a_compressed_file_holds_the_same_bytes() {
    for asset in &ASSETS {
        let path = format!("/graphiql/{}", asset.name);
        let plain = get(&path, &[]).await;
        assert_eq!(header(&plain, "content-encoding"), None);
        let gzip = get(&path, &[("accept-encoding", "gzip")]).await;
        assert_eq!(header(&gzip, "content-encoding"), Some("gzip"), "{path}");
        assert_ne!(header(&plain, "etag"), header(&gzip, "etag"));

        let mut unpacked = Vec::new();
        GzDecoder::new(body(gzip).await.as_ref()).read_to_end(&mut unpacked).unwrap();
        assert!(unpacked == body(plain).await, "{path}");
    }
}

#[tokio::test]
async fn only_names_of_the_table_are_served() {
    for path in ["/graphiql/", "/graphiql/index.html", "/graphiql/..%2Finit.js", "/graphiql/INIT.JS"] {
        assert_eq!(get(path, &[]).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn vendored_files_are_the_ones_on_record() {
    let record = include_str!("vendor/VENDOR.md");
    let own = ["icon.svg", "init.css", "init.js", "examples.js"];
    let vendored = ASSETS.iter().filter(|asset| !own.contains(&asset.name));
    assert_eq!(vendored.clone().count(), 6);
    for asset in vendored {
        let bytes = body(get(&format!("/graphiql/{}", asset.name), &[]).await).await;
        let sum: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(record.contains(&sum), "{} is {sum}", asset.name);
    }
}
