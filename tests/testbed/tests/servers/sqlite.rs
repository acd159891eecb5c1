use std::path::Path;

use farmlokal_testbed::fresh_sqlite;

#[test]
fn the_place_is_empty_and_goes_with_its_guard() {
    let (url, folder) = fresh_sqlite();
    let file = Path::new(url.strip_prefix("sqlite://").unwrap()).to_owned();
    assert!(file.is_absolute());
    assert_eq!(file.parent(), Some(folder.path()));
    assert!(!file.exists());
    drop(folder);
    assert!(!file.parent().unwrap().exists());
}
