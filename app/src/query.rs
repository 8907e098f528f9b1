//! What a page's address says after its `?`: which rows are shown, of which time, in which order. So a look at the board can
//! be bookmarked and sent to somebody, and works without scripts.

use crate::{
    route::{decoded, encoded},
    signals::{Memo, RwSignal, memo},
    window::Window,
};

type Pairs = Vec<(String, String)>;

/// What an address asks for, in the words of the pages. A list takes of it what it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// By what rows are sorted; empty for the list's own order.
    pub sort: String,
    /// Of which time figures are.
    pub window: Window,
    /// What names and numbers are searched for, in small letters.
    pub text: String,
    /// The only state that is shown.
    pub state: String,
    /// The only queue that is shown, by its id.
    pub queue: String,
    /// The only direction that is shown.
    pub direction: String,
}

impl Asked {
    /// By the text after the `?`.
    pub fn of(text: &str) -> Self {
        Self::of_pairs(&pairs(text))
    }

    fn of_pairs(pairs: &[(String, String)]) -> Self {
        Self {
            sort: value(pairs, "sort"),
            window: Window::of(&value(pairs, "window")),
            text: value(pairs, "q").trim().to_lowercase(),
            state: value(pairs, "state"),
            queue: value(pairs, "queue"),
            direction: value(pairs, "direction"),
        }
    }

    /// Whether what is searched for begins a word of a name, or is in a number.
    pub fn finds(&self, name: Option<&str>, number: Option<&str>) -> bool {
        if self.text.is_empty() {
            return true;
        }
        number.is_some_and(|number| number.contains(&self.text))
            || name.is_some_and(|name| self.begins_in(name))
    }

    fn begins_in(&self, name: &str) -> bool {
        if name.is_ascii() {
            // Thousands of names are looked at while somebody types.
            let (name, text) = (name.as_bytes(), self.text.as_bytes());
            return name.windows(text.len()).enumerate().any(|(at, part)| {
                let is_begin = at == 0 || !name[at - 1].is_ascii_alphanumeric();
                is_begin && part.eq_ignore_ascii_case(text)
            });
        }
        let name = name.to_lowercase();
        name.match_indices(&self.text).any(|(at, _)| at == 0 || !name[..at].ends_with(char::is_alphanumeric))
    }

    /// Whether one of several things that the address may narrow to is this one.
    pub fn is_one(asked: &str, this: &str) -> bool {
        asked.is_empty() || asked == this
    }
}

/// The address's query, which controls read and write. A value that is empty is not in the address.
#[derive(Clone, Copy)]
pub struct Query {
    pairs: RwSignal<Pairs>,
    /// The same in words.
    pub asked: Memo<Asked>,
}

impl Query {
    /// Of the text after the `?`; made in the current reactive owner.
    pub fn new(text: &str) -> Self {
        let pairs = RwSignal::new(pairs(text));
        Self { pairs, asked: memo(move |_| Asked::of_pairs(&pairs.read())) }
    }

    /// A value as it is written; empty where the address has none. Follows it.
    pub fn get(&self, key: &str) -> String {
        value(&self.pairs.read(), key)
    }

    /// The window that is asked for; follows it.
    pub fn window(&self) -> Window {
        self.asked.read().window
    }

    /// The address of the same page with another value.
    pub fn href(&self, key: &str, value: &str) -> String {
        let mut pairs = self.pairs.get();
        put(&mut pairs, key, value);
        format!("?{}", text(&pairs))
    }

    /// Shows the page with another value, and writes the address.
    pub fn set(&self, key: &str, value: &str) {
        let mut pairs = self.pairs.get_untracked();
        put(&mut pairs, key, value);
        crate::live::write_address(&text(&pairs));
        self.pairs.set(pairs);
    }
}

fn value(pairs: &[(String, String)], key: &str) -> String {
    pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone()).unwrap_or_default()
}

fn put(pairs: &mut Pairs, key: &str, value: &str) {
    pairs.retain(|(name, _)| name != key);
    if !value.is_empty() {
        pairs.push((key.to_owned(), value.to_owned()));
    }
}

fn pairs(text: &str) -> Pairs {
    let parts = text.split('&').filter_map(|part| part.split_once('='));
    parts.map(|(key, value)| (decoded(key), decoded(&value.replace('+', " ")))).collect()
}

fn text(pairs: &[(String, String)]) -> String {
    let parts: Vec<_> =
        pairs.iter().map(|(key, value)| format!("{}={}", encoded(key), encoded(value))).collect();
    parts.join("&")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Oracle: the way back.
        #[test]
        fn whatever_is_put_in_comes_out(values in prop::collection::vec("[^\0]{1,12}", 0..5)) {
            let mut held = Pairs::new();
            for (place, value) in values.iter().enumerate() {
                put(&mut held, &format!("k{place}"), value);
            }
            prop_assert_eq!(pairs(&text(&held)), held);
        }

        /// Oracle: the same name behind a word that is not of ASCII, which is looked at another way.
        #[test]
        fn a_name_of_ascii_is_searched_as_any_other(name in "[A-Za-z0-9 .'-]{0,16}", text in "[a-z0-9][a-z0-9 .-]{0,3}") {
            let asked = Asked { text, ..Asked::default() };
            prop_assert_eq!(asked.finds(Some(&name), None), asked.finds(Some(&format!("é {name}")), None));
        }
    }

    #[test]
    fn a_search_finds_the_beginnings_of_words_and_any_part_of_a_number() {
        let asked = Asked::of("q=Ma");
        assert!(asked.finds(Some("Ines Marsh"), None));
        assert!(asked.finds(Some("Jean-Marie"), None));
        assert!(!asked.finds(Some("Roma"), Some("101")));
        assert!(Asked::of("q=01").finds(Some("Ines"), Some("101")));
        assert!(Asked::of("").finds(None, None));
        assert!(!asked.finds(None, None));
    }

    #[test]
    fn a_value_takes_the_place_of_the_one_before_and_an_empty_one_goes() {
        let mut held = pairs("sort=asa&q=caf%C3%A9+au&broken");
        assert_eq!(value(&held, "q"), "café au");
        put(&mut held, "sort", "name");
        put(&mut held, "q", "");
        assert_eq!(text(&held), "sort=name");
        assert_eq!(value(&held, "q"), "");
    }
}
