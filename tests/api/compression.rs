//! Large answers are compressed for those who take it.

use std::io::Read as _;

use flate2::read::GzDecoder;
use serde_json::json;

use crate::engine::Engine;
use crate::harness::{Call, TestApp};

#[test]
fn large_answers_are_compressed_and_small_ones_are_not() {
    let app = TestApp::seeded(Engine::Sqlite);
    let ask = |document: &str, accept: &str| app.send(Call::graphql(document, &json!({})).header("accept-encoding", accept));
    let large = "{ products(first: 100) { nodes { id slug name description } } }";
    let plain = ask(large, "identity");
    assert_eq!(plain.header("content-encoding"), "");
    for accept in ["gzip", "br, gzip;q=0.5"] {
        let packed = ask(large, accept);
        assert_eq!(packed.header("content-encoding"), "gzip");
        assert!(packed.body.len() < plain.body.len() / 2, "{} of {}", packed.body.len(), plain.body.len());
        assert!(packed.header("vary").to_lowercase().contains("accept-encoding"), "{}", packed.header("vary"));
        assert_eq!(ask("{ __typename }", accept).header("content-encoding"), "");
    }
    let mut unpacked = Vec::new();
    GzDecoder::new(ask(large, "gzip").body.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
    assert_eq!(ask(large, "zstd, br").header("content-encoding"), "", "what is not spoken is not used");
    let rest = app.send(Call::new(reqwest::Method::GET, "/products").header("accept-encoding", "gzip"));
    assert_eq!(rest.header("content-encoding"), "gzip");
}
