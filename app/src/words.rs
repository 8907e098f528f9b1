//! Words: every text that people read comes from `locales/en.json` by its key; the build script makes a function of each.

include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// The text of a key: `&'static str`, or a `String` where it has arguments, given in their order in the text.
macro_rules! word {
    ($group:ident.$key:ident $(, $argument:expr)*) => {
        $crate::words::$group::$key($($argument),*)
    };
}
pub(crate) use word;
