//! Tools of other makes, which scripts/setup-tests.sh brought along.

use std::{
    env,
    path::{Path, PathBuf},
};

/// A program of the set-up's Python.
pub fn venv(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/venv/bin").join(name)
}

/// Python, with the packages of tests/clients/requirements.txt and tests/requirements.txt.
pub fn python() -> PathBuf {
    env::var_os("RINGSIDE_TEST_PYTHON").map_or_else(|| venv("python"), PathBuf::from)
}

/// The set-up's Node where there is one: then the machine's is too old or missing.
pub fn node() -> PathBuf {
    Some(venv("node")).filter(|node| node.exists()).unwrap_or_else(|| "node".into())
}
