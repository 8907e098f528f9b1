//! How a page is dressed for whoever looks at it: the language, the theme, the clock.
//!
//! The server finds that out once a request and answers within it ([`Within`]): every word that is said meanwhile is of that
//! language. In the browser it is the page's, which `<html>` says, and stays so.

use std::cell::Cell;

/// A language that Ringside speaks. Its place is that of its texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
    /// Spanish.
    Spanish,
    /// Chinese, in simplified characters.
    Chinese,
}

impl Language {
    /// All of them, as a choice shows them.
    pub const ALL: [Self; 4] = [Self::English, Self::German, Self::Spanish, Self::Chinese];

    /// As cookie, form and `<html lang>` name it (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Spanish => "es",
            Self::Chinese => "zh",
        }
    }

    /// What its speakers call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::Spanish => "Español",
            Self::Chinese => "简体中文",
        }
    }

    /// The language of a tag such as `de` or `de-AT`.
    pub fn of(tag: &str) -> Option<Self> {
        let first = tag.split('-').next()?;
        Self::ALL.into_iter().find(|language| first.eq_ignore_ascii_case(language.tag()))
    }
}

/// Light, dark, or of strong contrast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the reader's system has it.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// Strong contrast; light or dark by the system.
    Contrast,
}

impl Theme {
    /// All of them, as a choice shows them.
    pub const ALL: [Self; 4] = [Self::System, Self::Light, Self::Dark, Self::Contrast];

    /// As cookie, form and style sheet name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Contrast => "contrast",
        }
    }

    /// The theme of a name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }

    /// `<html data-theme>`: nothing where the system decides.
    pub fn mark(self) -> Option<&'static str> {
        (self != Self::System).then(|| self.name())
    }

    /// `<meta name="color-scheme">`, for what is drawn before the style sheet is there.
    pub const fn scheme(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::System | Self::Contrast => "light dark",
        }
    }
}

/// The theme of a wall's board.
pub const fn theme_of_wall(theme: model::wall::WallTheme) -> Theme {
    use model::wall::WallTheme;
    match theme {
        WallTheme::Dark => Theme::Dark,
        WallTheme::Light => Theme::Light,
        WallTheme::Contrast => Theme::Contrast,
    }
}

/// How a page is dressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// In which language.
    pub language: Language,
    /// In which colours.
    pub theme: Theme,
    /// Whether the day has twice twelve hours.
    pub twelve: bool,
    /// By how many seconds the reader's clock is before UTC now, where his browser has told; else clock times are in UTC.
    pub east_s: Option<i32>,
}

impl Look {
    /// `<html data-clock>`: nothing for a day of 24 hours.
    pub fn clock_mark(self) -> Option<&'static str> {
        self.twelve.then_some("12")
    }

    /// `<html data-local>`: there where clock times are the reader's own.
    pub fn local_mark(self) -> Option<&'static str> {
        self.east_s.map(|_| "")
    }
}

thread_local! {
    static NOW: Cell<Look> = const {
        Cell::new(Look { language: Language::English, theme: Theme::System, twelve: false, east_s: None })
    };
}

/// How what is said at this moment is dressed.
pub fn now() -> Look {
    NOW.get()
}

/// From now on, on this thread. In the browser: once, as the page is.
#[cfg(feature = "browser")]
pub fn set(look: Look) {
    NOW.set(look);
}

/// Says something within a look; what was before is again afterwards, whatever happens.
#[cfg(not(feature = "browser"))]
pub fn within<T>(look: Look, say: impl FnOnce() -> T) -> T {
    struct Before(Look);
    impl Drop for Before {
        fn drop(&mut self) {
            NOW.set(self.0);
        }
    }
    let _before = Before(NOW.replace(look));
    say()
}

/// An answer that is made within a look. It may be made in pieces and on any thread, beside others of other looks: each piece
/// finds its own. What it hands to other tasks finds none.
#[cfg(not(feature = "browser"))]
pub struct Within<T> {
    look: Look,
    answer: std::pin::Pin<Box<dyn Future<Output = T> + Send>>,
}

#[cfg(not(feature = "browser"))]
impl<T> Within<T> {
    /// `answer`, within `look`.
    pub fn new(look: Look, answer: impl Future<Output = T> + Send + 'static) -> Self {
        Self { look, answer: Box::pin(answer) }
    }
}

#[cfg(not(feature = "browser"))]
impl<T> Future for Within<T> {
    type Output = T;

    fn poll(
        self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        let this = self.get_mut();
        within(this.look, || this.answer.as_mut().poll(context))
    }
}

#[cfg(all(test, not(feature = "browser")))]
mod tests {
    use std::{
        pin::{Pin, pin},
        task::{Context, Poll, Waker},
    };

    use super::*;

    fn of(language: Language) -> Look {
        Look { language, ..Look::default() }
    }

    /// Waits once, then goes on.
    struct Pause(bool);

    impl Future for Pause {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
        }
    }

    async fn speaks() -> [Language; 2] {
        let before = now().language;
        Pause(false).await;
        [before, now().language]
    }

    /// Two answers on one thread, each in two pieces, in turn.
    #[test]
    fn each_piece_of_an_answer_is_in_its_own_language() {
        let mut context = Context::from_waker(Waker::noop());
        let mut german = pin!(Within::new(of(Language::German), speaks()));
        let mut chinese = pin!(Within::new(of(Language::Chinese), speaks()));
        assert!(german.as_mut().poll(&mut context).is_pending());
        assert_eq!(now().language, Language::English);
        assert!(chinese.as_mut().poll(&mut context).is_pending());
        assert_eq!(german.as_mut().poll(&mut context), Poll::Ready([Language::German; 2]));
        assert_eq!(chinese.as_mut().poll(&mut context), Poll::Ready([Language::Chinese; 2]));
        assert_eq!(now(), Look::default());
    }

    #[test]
    fn a_panic_leaves_no_language_behind() {
        let result = std::panic::catch_unwind(|| within(of(Language::German), || panic!("said")));
        assert!(result.is_err());
        assert_eq!(now(), Look::default());
    }

    #[test]
    fn a_language_is_known_by_the_first_part_of_its_tag() {
        assert_eq!(Language::of("de-AT"), Some(Language::German));
        assert_eq!(Language::of("ZH-Hans-CN"), Some(Language::Chinese));
        assert_eq!((Language::of("fr"), Language::of(""), Language::of("den")), (None, None, None));
    }
}
