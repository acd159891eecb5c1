//! Packs the files of GraphiQL, and has the linker leave out what it can.

use std::env;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

/// What the page loads, by the names it has in the binary.
const ASSETS: [(&str, &str); 10] = [
    ("icon.svg", "icon.svg"),
    ("init.css", "init.css"),
    ("init.js", "init.js"),
    ("examples.js", "examples.js"),
    ("graphiql.min.css", "vendor/graphiql/graphiql.min.css"),
    ("graphiql.min.js", "vendor/graphiql/graphiql.min.js"),
    ("explorer.css", "vendor/plugin-explorer/style.css"),
    ("explorer.umd.js", "vendor/plugin-explorer/index.umd.js"),
    ("react.production.min.js", "vendor/react/react.production.min.js"),
    ("react-dom.production.min.js", "vendor/react-dom/react-dom.production.min.js"),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    pack_assets(Path::new(&env::var("OUT_DIR")?))?;
    link_tightly();
    Ok(())
}

/// 1.7 MB of scripts and styles are 0.5 MB once they are compressed, which is how browsers want them anyway.
fn pack_assets(out: &Path) -> Result<(), Box<dyn std::error::Error>> {
    for (name, path) in ASSETS {
        let path = Path::new("src/http/graphiql").join(path);
        println!("cargo::rerun-if-changed={}", path.display());
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&fs::read(path)?)?;
        fs::write(out.join(format!("{name}.gz")), encoder.finish()?)?;
    }
    Ok(())
}

/// Rust links with LLD on this platform since 1.90: it can fold functions of the same code into one, and write relocations in
/// the short form that glibc 2.36 (Debian 12) reads. Together 5 % of the binary.
fn link_tightly() {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let has_lld =
        is("CARGO_CFG_TARGET_ARCH", "x86_64") && is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    if has_lld && is("PROFILE", "release") {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
