//! What settings pages are made of: a moment that ages, a value to copy, a status line, a note.

use leptos::prelude::*;
use model::time::{Millis, UnixMillis};

use crate::{components::icon::Icon, live::clock::machine_time, locale, words::word};

/// How much a line wants a person's attention. Each has a glyph of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Ready,
    /// Nothing to say yet.
    Wait,
    /// Somebody should look.
    Heed,
    /// Somebody should act.
    Act,
}

impl Tone {
    /// Its name in the style sheet.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Wait => "wait",
            Self::Heed => "heed",
            Self::Act => "act",
        }
    }

    /// Its glyph.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Ready => "circle-check",
            Self::Wait => "hourglass",
            Self::Heed => "triangle-alert",
            Self::Act => "octagon-alert",
        }
    }
}

/// How long ago something was, such as `1.4 s ago`. `live.js` has it age, by the same rule.
#[component]
pub fn Ago(
    /// The moment.
    at: UnixMillis,
    /// The server's clock now.
    now: UnixMillis,
) -> impl IntoView {
    view! { <time datetime=machine_time(at) data-at=at.0>{ago(now.since(at))}</time> }
}

/// `14 ms ago`, `1.4 s ago`, `24 s ago`, `3 min ago`, `5 h ago`, `2 d ago`.
pub fn ago(length: Millis) -> String {
    let ms = length.0.max(0);
    let (figure, unit) = match ms {
        0..1000 => (ms.to_string(), 0),
        1000..10_000 => (locale::tenths(ms.unsigned_abs() / 100), 1),
        10_000..60_000 => ((ms / 1000).to_string(), 1),
        60_000..5_400_000 => ((ms / 60_000).to_string(), 2),
        5_400_000..172_800_000 => ((ms / 3_600_000).to_string(), 3),
        _ => ((ms / 86_400_000).to_string(), 4),
    };
    word!(ago.units).split('|').nth(unit).unwrap_or("{}").replace("{}", &figure)
}

/// A value that is to be pasted elsewhere, and the button that copies it.
#[component]
pub fn Copied(
    /// The element's id, unlike every other of the page.
    id: String,
    /// What it is.
    #[prop(into)]
    label: String,
    /// The value.
    value: String,
) -> impl IntoView {
    view! {
        <div class="field">
            <span class="field__label" id=format!("{id}-label")>{label.clone()}</span>
            <span class="copy">
                <code class="copy__value" id=id.clone() tabindex="0" aria-labelledby=format!("{id}-label")>{value}</code>
                <button class="copy__button" type="button" data-copy=id data-copied=word!(settings.copied)>
                    {word!(settings.copy)} <span class="visually-hidden">{label}</span>
                </button>
            </span>
        </div>
    }
}

/// What stands on a line to write on.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// The text.
    pub value: String,
    /// What is wrong with it, in a sentence.
    pub wrong: Option<String>,
    /// The configuration file says it: the page can't change it.
    pub of_file: bool,
}

/// What is said where somebody tries to change what the configuration file says.
pub fn refused_of_file() -> &'static str {
    word!(settings.of_file_refused)
}

/// A line to write on, with its label, and below it a hint or what is wrong.
#[component]
pub fn LineField(
    /// The element's id, unlike every other of the page.
    id: String,
    /// The name that the form sends.
    name: &'static str,
    /// What it is.
    label: &'static str,
    /// What stands there.
    line: Line,
    /// What to know about it.
    #[prop(optional)]
    hint: String,
    /// The id of the list that it offers.
    #[prop(optional)]
    list: &'static str,
    /// Whether it takes digits only.
    #[prop(optional)]
    digits: bool,
) -> impl IntoView {
    let Line { value, wrong, of_file } = line;
    let is_wrong = wrong.is_some();
    let hint = wrong.unwrap_or_else(|| if of_file { word!(settings.of_file).to_owned() } else { hint });
    let described = format!("{id}-hint");
    view! {
        <div class="field" data-wrong=is_wrong.then_some("")>
            <label class="field__label" for=id.clone()>{label}</label>
            <input class="input" id=id name=name value=value disabled=of_file autocomplete="off" spellcheck="false" inputmode=digits.then_some("numeric") list=(!list.is_empty()).then_some(list) aria-describedby=described.clone() aria-invalid=is_wrong.then_some("true")/>
            <p class="field__hint" id=described>{hint}</p>
        </div>
    }
    .into_any()
}

/// A value of a query, percent-encoded.
pub(super) fn in_query(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    value
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// A sentence with the glyph of its tone.
#[component]
pub fn Note(
    /// How much it wants to be read.
    tone: Tone,
    /// The sentence.
    children: Children,
) -> impl IntoView {
    let role = (tone == Tone::Act).then_some("alert");
    view! {
        <p class="note" data-tone=tone.as_str() role=role><Icon name=tone.icon()/> <span>{children()}</span></p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_ago_is_said_in_the_unit_that_fits() {
        for (ms, text) in [
            (-5, "0 ms ago"),
            (14, "14 ms ago"),
            (1_449, "1.4 s ago"),
            (59_999, "59 s ago"),
            (60_000, "1 min ago"),
            (5_400_000, "1 h ago"),
            (200_000_000, "2 d ago"),
        ] {
            assert_eq!(ago(Millis(ms)), text);
        }
    }
}
