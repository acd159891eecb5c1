use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, pending, ready};

use super::*;
use crate::graphql::document::{DocumentLimits, SchemaTypes};
use crate::graphql::persisted::Manifest;

/// An archive in memory that can be made to hang.
#[derive(Debug, Default)]
struct FakeArchive {
    texts: Mutex<HashMap<[u8; 32], String>>,
    hangs: bool,
}

impl FakeArchive {
    fn holding(hash: DocumentHash, text: &str) -> Self {
        Self { texts: Mutex::new(HashMap::from([(*hash.as_bytes(), text.to_owned())])), hangs: false }
    }

    fn holds(&self, text: &str) -> bool {
        self.texts.lock().unwrap().get(DocumentHash::of(text).as_bytes()).is_some_and(|kept| kept == text)
    }
}

impl DocumentArchive for FakeArchive {
    fn get<'a>(&'a self, hash: &'a [u8; 32]) -> BoxFuture<'a, Option<String>> {
        if self.hangs { pending().boxed() } else { ready(self.texts.lock().unwrap().get(hash).cloned()).boxed() }
    }

    fn put<'a>(&'a self, hash: &'a [u8; 32], text: &'a str) -> BoxFuture<'a, ()> {
        if self.hangs {
            return pending().boxed();
        }
        self.texts.lock().unwrap().insert(*hash, text.to_owned());
        ready(()).boxed()
    }
}

fn try_library(mode: PersistedMode, manifest: &str, archive: Option<Arc<FakeArchive>>) -> Result<Library, String> {
    let types = SchemaTypes::from_sdl("type Query { a: Int }", |_, _| Ok(())).unwrap();
    let store = DocumentStore::new(DocumentLimits::default(), Arc::new(types), 1_000_000);
    let manifest = if manifest.is_empty() { Manifest::default() } else { Manifest::read(manifest).unwrap() };
    let archive = archive.map(|archive| archive as Arc<dyn DocumentArchive>);
    Library::new(PersistedSettings { mode, manifest, archive }, store)
}

fn library(mode: PersistedMode, manifest: &str, archive: Option<Arc<FakeArchive>>) -> Library {
    try_library(mode, manifest, archive).unwrap()
}

fn hex(text: &str) -> String {
    DocumentHash::of(text).to_string()
}

async fn code(library: &Library, wanted: DocumentRef<'_>) -> Result<DocumentHash, RefusalCode> {
    library.find(wanted).await.map(|found| found.hash).map_err(|refusal| refusal.code)
}

/// Sends hash and text, and lets the document prove to be valid.
async fn register(library: &Library, text: &str) -> Found {
    let found = library.find(DocumentRef::Persisted { hash: &hex(text), text: Some(text) }).await.unwrap();
    library.proved(&found.document, found.hash, found.to_archive.as_ref());
    tokio::task::yield_now().await;
    found
}

#[tokio::test]
async fn a_hash_is_enough_once_the_text_has_come() {
    let library = library(PersistedMode::Allow, "", None);
    let (text, own) = ("{ a }", DocumentHash::of("{ a }"));
    let by_hash = hex(text);
    let alone = DocumentRef::Persisted { hash: &by_hash, text: None };
    assert_eq!(code(&library, alone).await, Err(RefusalCode::PersistedNotFound));
    assert!(library.known(&own).is_none());
    register(&library, text).await;
    let upper = by_hash.to_uppercase();
    let prefixed = format!("sha256:{by_hash}");
    for wanted in
        [alone, DocumentRef::Persisted { hash: &upper, text: None }, DocumentRef::Id(&prefixed), DocumentRef::Id(&by_hash)]
    {
        assert_eq!(code(&library, wanted).await, Ok(own), "{wanted:?}");
    }
    assert!(library.known(&own).is_some());
    for nobody in ["", "a", "sha256:", "md5:00", "sha256:zz"] {
        assert_eq!(code(&library, DocumentRef::Id(nobody)).await, Err(RefusalCode::PersistedNotFound), "{nobody}");
    }
}

#[tokio::test]
async fn a_hash_of_another_text_is_refused_and_nothing_is_kept() {
    let archive = Arc::new(FakeArchive::default());
    let library = library(PersistedMode::Allow, "", Some(Arc::clone(&archive)));
    for (hash, text) in [(hex("{ b }"), "{ a }"), (hex("{ a } "), "{ a }"), ("abc".to_owned(), "{ a }")] {
        let refusal = library.find(DocumentRef::Persisted { hash: &hash, text: Some(text) }).await.unwrap_err();
        assert_eq!((refusal.code, refusal.message.as_str()), (RefusalCode::BadRequest, "provided sha does not match query"));
        assert!(library.known(&DocumentHash::of(text)).is_none());
    }
    let broken = DocumentRef::Persisted { hash: &hex("{ a"), text: Some("{ a") };
    assert_eq!(code(&library, broken).await, Err(RefusalCode::ParseFailed));
    assert!(archive.texts.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_was_registered_in_one_process_is_known_in_the_others() {
    let archive = Arc::new(FakeArchive::default());
    let (here, there) = (
        library(PersistedMode::Allow, "", Some(Arc::clone(&archive))),
        library(PersistedMode::Allow, "", Some(Arc::clone(&archive))),
    );
    let found = register(&here, "{ a }").await;
    assert!(found.to_archive.is_some() && archive.holds("{ a }"));
    assert_eq!(code(&there, DocumentRef::Id(&hex("{ a }"))).await, Ok(found.hash));
    assert!(register(&there, "{ a }").await.to_archive.is_none(), "it is in the archive");
    assert!(register(&here, "{ a }").await.to_archive.is_none(), "it is in the archive");
    code(&here, DocumentRef::Text("{ a b }")).await.unwrap();
    assert!(!archive.holds("{ a b }"), "only what was sent to be persisted");
}

#[tokio::test]
async fn what_has_not_proved_to_be_valid_is_not_archived() {
    let archive = Arc::new(FakeArchive::default());
    let library = library(PersistedMode::Allow, "", Some(Arc::clone(&archive)));
    let found = library.find(DocumentRef::Persisted { hash: &hex("{ a }"), text: Some("{ a }") }).await.unwrap();
    tokio::task::yield_now().await;
    assert!(found.to_archive.is_some() && !archive.holds("{ a }"));
}

#[tokio::test]
async fn garbage_in_the_archive_is_the_same_as_nothing() {
    for garbage in ["", "{ b }", "\0\u{1}", &"{ a }".repeat(100_000)] {
        let archive = Arc::new(FakeArchive::holding(DocumentHash::of("{ a }"), garbage));
        let library = library(PersistedMode::Allow, "", Some(archive));
        assert_eq!(code(&library, DocumentRef::Id(&hex("{ a }"))).await, Err(RefusalCode::PersistedNotFound));
        register(&library, "{ a }").await;
    }
    // The hash is right, but nobody could run it.
    let archive = Arc::new(FakeArchive::holding(DocumentHash::of("{ a"), "{ a"));
    let library = library(PersistedMode::Allow, "", Some(archive));
    assert_eq!(code(&library, DocumentRef::Id(&hex("{ a"))).await, Err(RefusalCode::PersistedNotFound));
}

#[tokio::test]
async fn an_archive_that_hangs_holds_nobody_up() {
    let archive = Arc::new(FakeArchive { hangs: true, ..FakeArchive::default() });
    let library = library(PersistedMode::Allow, "", Some(archive));
    let started = Instant::now();
    assert_eq!(code(&library, DocumentRef::Id(&hex("{ a }"))).await, Err(RefusalCode::PersistedNotFound));
    register(&library, "{ a }").await;
    assert_eq!(code(&library, DocumentRef::Id(&hex("{ a }"))).await, Ok(DocumentHash::of("{ a }")));
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_manifest_gives_documents_their_names() {
    let manifest =
        format!(r#"{{"any id": "{{ a }}", "{}": "{{ b }}", "00000000000000000000000000000000": "{{ c }}"}}"#, hex("{ b }"));
    for mode in [PersistedMode::Allow, PersistedMode::Only] {
        let library = library(mode, &manifest, None);
        let apq = DocumentRef::Persisted { hash: "any id", text: Some("{ a }") };
        for (wanted, text) in [
            (DocumentRef::Id("any id"), "{ a }"),
            (DocumentRef::Persisted { hash: "any id", text: None }, "{ a }"),
            (apq, "{ a }"),
            (DocumentRef::Id(&hex("{ a }")), "{ a }"),
            (DocumentRef::Text("{ a }"), "{ a }"),
            (DocumentRef::Persisted { hash: &hex("{ b }"), text: None }, "{ b }"),
            (DocumentRef::Persisted { hash: &hex("{ b }"), text: Some("{ b }") }, "{ b }"),
            (DocumentRef::Id("00000000000000000000000000000000"), "{ c }"),
        ] {
            assert_eq!(code(&library, wanted).await, Ok(DocumentHash::of(text)), "{wanted:?}");
        }
    }
}

#[tokio::test]
async fn only_what_the_manifest_names_is_taken_in_mode_only() {
    let archive = Arc::new(FakeArchive::holding(DocumentHash::of("{ z }"), "{ z }"));
    let library = library(PersistedMode::Only, r#"{"1": "{ a }"}"#, Some(Arc::clone(&archive)));
    let long = "{ a }".repeat(100_000);
    for text in ["{ a  }", "{ z }", "{", "", &long] {
        assert_eq!(code(&library, DocumentRef::Text(text)).await, Err(RefusalCode::PersistedRequired), "{text:.9}");
        let registering = DocumentRef::Persisted { hash: &hex(text), text: Some(text) };
        assert_eq!(code(&library, registering).await, Err(RefusalCode::PersistedRequired), "{text:.9}");
        assert_eq!(code(&library, DocumentRef::Id(&hex(text))).await, Err(RefusalCode::PersistedNotFound), "{text:.9}");
        assert!(library.known(&DocumentHash::of(text)).is_none());
    }
}

#[tokio::test]
async fn texts_alone_are_taken_in_mode_off() {
    let library = library(PersistedMode::Off, "", None);
    assert!(code(&library, DocumentRef::Text("{ a }")).await.is_ok());
    for wanted in [
        DocumentRef::Persisted { hash: &hex("{ a }"), text: Some("{ a }") },
        DocumentRef::Persisted { hash: &hex("{ a }"), text: None },
        DocumentRef::Id(&hex("{ a }")),
    ] {
        let refusal = library.find(wanted).await.unwrap_err();
        assert_eq!((refusal.code, refusal.message.as_str()), (RefusalCode::BadRequest, "PersistedQueryNotSupported"));
    }
}

#[test]
fn a_manifest_with_a_document_that_cannot_run_is_refused() {
    for (manifest, told) in [
        (r#"{"good": "{ a }", "bad one": "{ a"}"#, "the persisted document \"bad one\" cannot be served: Syntax error"),
        (r#"{"x": "{ a(b: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}"#, "brackets"),
        (r#"{"x": "{ ...F }"}"#, "Unknown fragment"),
        (r#"{"": "{ a }"}"#, "its id is empty"),
        (
            r#"{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"1","body":"{ a }"},{"id":"1","body":"{ b }"}]}"#,
            "two texts have this id",
        ),
    ] {
        let error = try_library(PersistedMode::Allow, manifest, None).err().unwrap();
        assert!(error.contains(told), "{manifest}: {error}");
    }
}
