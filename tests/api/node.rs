//! The scripts in JavaScript of `tests/node`.

use std::path::Path;
use std::process::Command;

/// The schema file at the project's root.
pub(crate) const SCHEMA_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");

/// Runs a script to its end and gives what it printed; fails with that when it fails.
pub(crate) fn run(script: &str, arguments: &[&str]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node");
    assert!(
        folder.join("node_modules").exists(),
        "the packages of tests/node are missing: run ./scripts/test, which installs them"
    );
    let output = Command::new("node").arg(folder.join(script)).args(arguments).output();
    let output = output.expect("node is installed: ./scripts/test does that");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{script}: {}\n{printed}{}", output.status, String::from_utf8_lossy(&output.stderr));
    printed
}
