//! The project's chores, in Rust: `cargo xtask page` builds what the browser loads.
//!
//! Everything here comes out of the lock file: wasm-bindgen is a library of this crate, so that it always
//! has the version the app was compiled with, and no build tool is installed.

mod page;
mod sheet;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask page    builds the page into target/site";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // This crate lies in the project's root.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    if arguments != ["page"] {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    match page::build(root) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("page: {error}");
            ExitCode::FAILURE
        }
    }
}
