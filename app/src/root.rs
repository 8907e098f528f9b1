//! Where this server's addresses begin, for what a script asks for: below a path, where it is served below one.
//!
//! The links of a page need nothing of it: the server completes them as it sends the page.

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
