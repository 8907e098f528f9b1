//! Who is called what: the PBX's own word, else the directory's.

use super::{
    Extension,
    directory::Directory,
    table::{ExtensionAt, Table},
};
use crate::id::{Number, Text};

/// Every name that is known.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub extensions: &'a Table<Number, ExtensionAt, Extension>,
    /// What the PBX lists.
    pub numbers: &'a Directory,
    /// What the administrator lists.
    pub directory: &'a Directory,
}

impl<'a> Names<'a> {
    /// A number's name, whatever its kind.
    pub fn name(self, number: &Number) -> Option<&'a Text> {
        let told = self.extensions.named(number.as_str()).and_then(Extension::told_name);
        told.or_else(|| self.numbers.name(number)).or_else(|| self.directory.name(number))
    }
}
