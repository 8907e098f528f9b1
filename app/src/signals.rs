//! Signals of few types for what changes in a page: each closure in a `view!` is a type of its own, and the wasm would have the
//! code that draws it once for each. Through these it has it once for all.

use leptos::prelude::*;

use crate::locale::number;

/// What a text can be made of.
pub trait Text {
    /// The text.
    fn text(self) -> String;
}

impl Text for String {
    fn text(self) -> String {
        self
    }
}

impl Text for &'static str {
    fn text(self) -> String {
        self.to_owned()
    }
}

impl Text for Option<String> {
    fn text(self) -> String {
        self.unwrap_or_default()
    }
}

impl Text for u32 {
    fn text(self) -> String {
        number(self)
    }
}

impl Text for usize {
    fn text(self) -> String {
        number(self)
    }
}

/// What makes a memo's value of the last one.
type Making<T> = Box<dyn Fn(Option<&T>) -> T + Send + Sync>;

/// A value that follows what `make` reads.
pub fn derive<T: Send + Sync + 'static>(make: impl Fn() -> T + Send + Sync + 'static) -> Signal<T> {
    let make: Box<dyn Fn() -> T + Send + Sync> = Box::new(make);
    Signal::derive(make)
}

/// The same, that tells those who read it only when it is another value.
pub fn memo<T: PartialEq + Send + Sync + 'static>(
    make: impl Fn(Option<&T>) -> T + Send + Sync + 'static,
) -> Memo<T> {
    let make: Making<T> = Box::new(make);
    Memo::new(make)
}

/// Does something now, and again after what it read has changed; it gets what it last returned. In the browser only.
pub fn effect<T: 'static>(act: impl FnMut(Option<T>) -> T + 'static) {
    let act: Box<dyn FnMut(Option<T>) -> T> = Box::new(act);
    Effect::new(act);
}

/// A text that follows what `make` reads.
pub fn text<T: Text>(make: impl Fn() -> T + Send + Sync + 'static) -> Signal<String> {
    derive(move || make().text())
}

/// An attribute that is there with a word, or isn't.
pub fn mark<T: Into<Option<&'static str>>>(
    make: impl Fn() -> T + Send + Sync + 'static,
) -> Signal<Option<&'static str>> {
    derive(move || make().into())
}

/// Whether something is so.
pub fn when(is_so: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    derive(is_so)
}
