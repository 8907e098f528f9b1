//! The overview as the server renders it.
#![cfg(feature = "ssr")]
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod story;

use app::{
    components::list::restless_panel_room,
    look::{Language, Look, Theme, within},
    page::{ELEMENT_ID, Page, ROWS_MAX},
};
use model::wire::{CallRow, Direction, LampState, Party, Row};

const HOSTILE: [&str; 2] = ["<img src=x onerror=alert(1)>", "</script><img src=x onerror=alert(2)>"];

fn overview(rows: Vec<Row>) -> String {
    story::render(story::page(rows), "/")
}

/// The text of the embedded data, and all before it.
fn split(html: &str) -> (&str, &str) {
    let (before, rest) = html.split_once(&format!("id=\"{ELEMENT_ID}\"")).unwrap();
    let json = rest.split_once('>').unwrap().1.split_once("</script>").unwrap().0;
    (before, json)
}

#[test]
fn names_and_numbers_of_callers_are_text_wherever_they_stand() {
    let mut rows = story::rows();
    for (place, name) in HOSTILE.iter().enumerate() {
        let id = format!("9{place}");
        rows.push(Row::Caller(story::caller("8001", &id, 1, name, Some(name), 1)));
        rows.push(Row::Extension(story::extension(&id, Some(name))));
        rows.push(Row::Call(CallRow {
            from: Party { number: Some((*name).into()), name: Some((*name).into()) },
            trunk: Some((*name).into()),
            ..story::call(&id, "1", "2", Direction::Inbound, 1)
        }));
    }
    let html = overview(rows);
    let (document, json) = split(&html);
    assert!(!html.contains("<img"), "an element of a caller's making");
    assert!(document.contains("&lt;img src=x onerror=alert(1)&gt;"), "the name itself is shown");
    let page: Page = serde_json::from_str(json).unwrap();
    assert!(
        page.snapshot
            .rows
            .iter()
            .any(|row| matches!(row, Row::Extension(row) if row.name.as_deref() == Some(HOSTILE[1])))
    );
}

#[test]
fn a_page_just_rendered_says_as_of_when_and_never_that_it_is_live() {
    let html = overview(story::rows());
    assert!(html.contains(">as of</b>"));
    assert!(html.contains("10:42:07 UTC"));
    assert!(!html.contains(">live</b>"));
    assert!(!html.contains("data-live"));
    assert!(html.contains(r#"<noscript><meta http-equiv="refresh" content="10"#));
}

/// The policy is `style-src 'self'`, and scripts only with the nonce.
#[test]
fn nothing_in_the_page_breaks_the_content_security_policy() {
    let html = overview(story::rows());
    assert!(!html.contains(" style="), "inline style");
    assert!(!html.contains("<style"), "inline sheet");
    for script in html.split("<script").skip(1) {
        let tag = script.split_once('>').unwrap().0;
        assert!(tag.contains("nonce=\"bm9uY2U\"") || tag.contains("application/json"), "{tag}");
    }
}

#[test]
fn a_long_list_is_cut_and_the_rest_is_counted() {
    let rows = (0..ROWS_MAX + 50)
        .map(|place| {
            Row::Call(story::call(
                &format!("{place}"),
                "1",
                "2",
                Direction::Inbound,
                i64::try_from(place).unwrap(),
            ))
        })
        .collect();
    let html = overview(rows);
    let (document, json) = split(&html);
    assert_eq!(document.matches("class=\"call\"").count(), restless_panel_room());
    assert!(
        document.contains(&format!(
            "class=\"rest__more\">and {} more</a>",
            ROWS_MAX + 50 - restless_panel_room()
        )),
        "{document}"
    );
    let page: Page = serde_json::from_str(json).unwrap();
    assert_eq!(page.snapshot.rows.len(), ROWS_MAX);
    assert!(!page.is_whole());
    assert_eq!(page.counts.calls, ROWS_MAX + 50);
}

#[test]
fn queues_stand_in_the_order_of_their_need() {
    let html = overview(story::rows());
    let place =
        |name: &str| html.find(&format!(">{name}</b>")).unwrap_or_else(|| panic!("{name} is not shown"));
    let places = ["Support", "Sales", "Billing", "Appointments"].map(place);
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn a_call_through_a_queue_shows_who_answered_and_by_name() {
    let html = overview(story::rows());
    let call = html.split("class=\"call\"").skip(1).find(|call| call.contains("555 5512")).unwrap();
    assert!(call.contains(">Ines Marsh</b>"), "{call}");
    assert!(call.contains("talking · Support · inbound"), "{call}");
    assert!(call.contains("4:12"), "{call}");
}

#[test]
fn a_new_install_shows_how_to_connect_the_pbx_and_others_do_not() {
    let hidden = |html: &str| {
        let tag = html.split("<section").find(|text| text.contains("card connect")).unwrap();
        tag.split_once('>').unwrap().0.contains("hidden")
    };
    let mut data = story::page(Vec::new());
    data.lamps = story::lamps(LampState::Never, None);
    let html = story::render(data, "/");
    assert!(html.contains("Company → Event URL"));
    assert!(!hidden(&html), "hidden on a new install");
    assert!(html.contains("no event yet"));
    assert!(hidden(&overview(story::rows())), "shown though events came");
}

#[test]
fn an_unknown_address_says_so() {
    let html = story::render(story::page(story::rows()), "/no/such/page");
    assert!(html.contains("This page does not exist"));
}

#[test]
fn a_build_without_wasm_still_serves_a_page() {
    let mut data = story::page(story::rows());
    data.assets.js = None;
    let html = story::render(data, "/");
    assert!(!html.contains("type=\"module\""));
    assert!(html.contains("Ines Marsh"));
}

/// The words that travel are those that were said; arguments, plural forms and the clock are the language's own.
#[test]
fn the_page_is_in_the_readers_language_and_brings_its_words_along() {
    for (language, twelve, said) in [
        (
            Language::English,
            true,
            ["<html lang=\"en\" data-clock=\"12\"", "Overview · Ringside", "10:42:07 AM UTC", "Waiting now"],
        ),
        (
            Language::German,
            false,
            ["<html lang=\"de\"", "Übersicht · Ringside", "10:42:07 UTC", "Jetzt wartend"],
        ),
        (
            Language::Spanish,
            false,
            ["<html lang=\"es\"", "Resumen · Ringside", "10:42:07 UTC", "En espera ahora"],
        ),
        (Language::Chinese, false, ["<html lang=\"zh\"", "总览 · Ringside", "10:42:07 UTC", "当前等待"]),
    ] {
        let html = within(Look { language, twelve, ..Look::default() }, || overview(story::rows()));
        for text in said {
            assert!(html.contains(text), "{language:?}: {text}");
        }
        let page: Page = serde_json::from_str(split(&html).1).unwrap();
        assert!(page.words.lines().any(|word| word == said[3]), "{language:?}");
        assert!(page.words.lines().all(|word| !word.contains("{{")), "{language:?}");
    }
}

#[test]
fn a_chosen_theme_is_there_with_the_first_paint_and_the_systems_own_leaves_no_mark() {
    let html = |theme| within(Look { theme, ..Look::default() }, || overview(story::rows()));
    assert!(html(Theme::Contrast).contains("<html lang=\"en\" data-theme=\"contrast\""));
    assert!(html(Theme::Light).contains("<meta name=\"color-scheme\" content=\"light\""));
    let system = html(Theme::System);
    assert!(!system.contains("data-theme") && system.contains("content=\"light dark\""));
}
