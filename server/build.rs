//! Embeds the page: every file of `target/site` (made by `cargo xtask page`), compressed in release builds.
//!
//! A debug build only lists the files and reads them at run time. Without a page the server builds and runs
//! too, so that nothing but the pages needs the wasm toolchain; `web::assets` then has nothing to serve.

use std::path::Path;

fn main() {
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/site");
    if let Err(error) = std::fs::create_dir_all(&site) {
        println!("cargo::error={}: {error}; the page is embedded from there", site.display());
        return;
    }
    // Also tells cargo to come back when anything in the folder changes.
    memory_serve::load_directory(&site);
}
