//! Words: every text that people read comes from `locales/` by its key; the build script makes a function of each.
//!
//! The server has the texts of all languages, and says them in the language of the request that it answers
//! ([`crate::look`]). The browser's program has none: the page brings them ([`all`], [`take`]).

include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// The text of a key: `&'static str`, or a `String` where it has arguments, given in their order in the English text.
macro_rules! word {
    ($group:ident.$key:ident $(, $argument:expr)*) => {
        $crate::words::$group::$key($($argument),*)
    };
}
pub(crate) use word;

/// A text of those that the browser's program may say.
#[cfg(not(feature = "browser"))]
fn face(place: usize) -> &'static str {
    FACE[crate::look::now().language as usize][place]
}

/// A text of those that only the server says.
#[cfg(feature = "ssr")]
fn server(place: usize) -> &'static str {
    SERVER[crate::look::now().language as usize][place]
}

/// What the page brought.
#[cfg(feature = "browser")]
static BROUGHT: std::sync::OnceLock<Vec<&'static str>> = std::sync::OnceLock::new();

/// A text of the page's language.
#[cfg(feature = "browser")]
fn face(place: usize) -> &'static str {
    BROUGHT.get().and_then(|texts| texts.get(place)).copied().unwrap_or_default()
}

/// All texts that the browser's program may say, a line each, in the language of the request that is answered.
#[cfg(not(feature = "browser"))]
pub fn all() -> String {
    FACE[crate::look::now().language as usize].join("\n")
}

/// Only the server has them all.
#[cfg(feature = "browser")]
pub fn all() -> String {
    String::new()
}

/// Says everything with these texts from now on, which last as long as the page.
#[cfg(feature = "browser")]
pub fn take(texts: String) {
    // A second page there is not.
    _ = BROUGHT.set(Box::leak(texts.into_boxed_str()).split('\n').collect());
}

/// What stands in the place of an argument.
pub trait Argument {
    /// Writes it at the text's end.
    fn write(&self, text: &mut String);
}

impl Argument for str {
    fn write(&self, text: &mut String) {
        text.push_str(self);
    }
}

impl Argument for String {
    fn write(&self, text: &mut String) {
        text.push_str(self);
    }
}

impl<T: Argument + ?Sized> Argument for &T {
    fn write(&self, text: &mut String) {
        (*self).write(text);
    }
}

/// Numbers stand in groups of three digits. What is counted is one of these; a port or a year is written out by its user.
macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Argument for $number {
            fn write(&self, text: &mut String) {
                text.push_str(&crate::locale::number(self));
            }
        }
    )*};
}

numbers!(u8 u16 u32 u64 u128 usize i64);

/// A text with its arguments in their places, which the build script has written as `{0}`.
fn fill(text: &str, arguments: &[&dyn Argument]) -> String {
    let mut parts = text.split('{');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (place, rest) = part.split_once('}').unwrap_or_default();
        let argument =
            place.bytes().next().and_then(|digit| arguments.get(usize::from(digit.wrapping_sub(b'0'))));
        if let Some(argument) = argument {
            argument.write(&mut whole);
        }
        whole.push_str(rest);
    }
    whole
}

#[cfg(test)]
#[cfg(not(feature = "browser"))]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    type Texts = BTreeMap<String, BTreeMap<String, String>>;

    const ENGLISH: [&str; 2] =
        [include_str!("../locales/en.json"), include_str!("../locales/en.settings.json")];

    const OTHERS: [(&str, [&str; 2], bool); 3] = [
        ("de", [include_str!("../locales/de.json"), include_str!("../locales/de.settings.json")], true),
        ("es", [include_str!("../locales/es.json"), include_str!("../locales/es.settings.json")], true),
        ("zh", [include_str!("../locales/zh.json"), include_str!("../locales/zh.settings.json")], false),
    ];

    /// The keys, with a language's own plural forms.
    fn keys(text: &str, has_plural: bool) -> BTreeSet<String> {
        let texts: Texts = serde_json::from_str(text).unwrap();
        let keys =
            texts.iter().flat_map(|(group, texts)| texts.keys().map(move |key| format!("{group}.{key}")));
        keys.filter(|key| has_plural || !key.ends_with("_one")).collect()
    }

    /// What is missing is English on the page: no build fails, this test does.
    #[test]
    fn every_language_says_everything_and_nothing_that_is_no_more() {
        let mut found = Vec::new();
        for (language, sources, has_plural) in OTHERS {
            for (english, own) in ENGLISH.into_iter().zip(sources) {
                let (wanted, own) = (keys(english, has_plural), keys(own, true));
                found.extend(wanted.difference(&own).map(|key| format!("{language}: {key} is missing")));
                found.extend(
                    own.difference(&wanted).map(|key| format!("{language}: {key} is no text of ours")),
                );
            }
        }
        assert!(found.is_empty(), "\n{}\n", found.join("\n"));
    }

    #[test]
    fn arguments_stand_where_the_language_has_them() {
        assert_eq!(fill("{1} of {0}, {1}", &[&"a", &2_u8]), "2 of a, 2");
        assert_eq!(fill("nothing", &[&"a"]), "nothing");
        assert_eq!(fill("{0} in {1}", &[&12_345_usize, &"8001"]), "12,345 in 8001");
        assert_eq!(fill("{0}", &[&"{1}<b>"]), "{1}<b>");
    }
}
