//! Where this server's addresses begin: below a path, where it is served below one.
//!
//! What the server renders it completes as it sends the page; what the browser draws has its links from here, so whatever is
//! drawn by both takes its addresses through [`at`].

use std::sync::Arc;

use leptos::prelude::use_context;

/// The path before every address, without a slash at its end: mostly empty. [`App`](crate::App) provides it.
#[derive(Clone, Debug, Default)]
pub struct Root(Arc<str>);

impl Root {
    /// Below `path`.
    pub fn new(path: &str) -> Self {
        Self(path.into())
    }

    /// The path.
    pub fn path(&self) -> &str {
        &self.0
    }
}

/// An address of this server, which begins with a slash, as the browser asks for it.
pub fn at(address: &str) -> String {
    format!("{}{address}", use_context::<Root>().unwrap_or_default().path())
}
