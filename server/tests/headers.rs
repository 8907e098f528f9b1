//! What every answer carries, whatever it is: walks over all addresses that there are, and some that there are not.
//!
//! Oracle: OWASP's list of secure headers, written down again.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod program;

use std::io::Read as _;

use flate2::read::GzDecoder;
use program::{Answer, ENDPOINT, Folder, Server};

/// On every answer.
const EVERYWHERE: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Addresses that are no page: the API's, which its document lists, come on top.
const OTHERS: [&str; 12] = [
    "/feed",
    "/t/acme/feed",
    "/api/v1/openapi.json",
    "/api/v1/board?view=nothing",
    "/api/v1/no-such-address",
    "/api/v1/tenants/nobody/board",
    "/favicon.svg",
    "/no-such-page",
    "/hooks",
    "/healthz",
    "/readyz",
    "/%00",
];

fn addresses(server: &Server) -> Vec<String> {
    let document = server.json("/api/v1/openapi.json");
    let listed = document["paths"].as_object().unwrap().keys().map(|path| path.replace("{tenant}", "acme"));
    let pages = server::web::page_paths().map(|path| path.replace("{number}", "8001"));
    let hook = format!("/hooks/{ENDPOINT}");
    pages.chain(listed).chain(OTHERS.map(str::to_owned)).chain([hook]).collect()
}

fn assert_guarded(what: &str, answer: &Answer) {
    for (name, value) in EVERYWHERE {
        assert_eq!(answer.header(name), Some(value), "{what}: {name}");
    }
    let permissions = answer.header("permissions-policy").unwrap_or_else(|| panic!("{what}: {answer:?}"));
    for feature in ["camera", "microphone", "geolocation"] {
        assert!(permissions.contains(&format!("{feature}=()")), "{what}: {permissions}");
    }
    let policy = answer.header("content-security-policy").unwrap_or_else(|| panic!("{what}: {answer:?}"));
    for part in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    assert!(
        !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'") && !policy.contains('*'),
        "{what}: {policy}"
    );
    assert!(policy.contains("form-action '"), "{what}: {policy}");
    // No other page may read an answer, and in the clear nothing is promised about TLS.
    assert_eq!(answer.header("access-control-allow-origin"), None, "{what}");
    assert_eq!(answer.header("strict-transport-security"), None, "{what}");
}

#[test]
fn every_answer_has_the_headers_that_keep_browsers_from_harm() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let addresses = addresses(&server);
    assert!(addresses.len() > 20, "{addresses:?}");
    for address in &addresses {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "WHAT"] {
            let answer = server.ask(method, address, &[], b"");
            assert_guarded(&format!("{method} {address}: {}", answer.status), &answer);
        }
        // What the guard refuses has them too.
        for refused in
            [("Host", "evil.example"), ("Origin", "https://evil.example"), ("X-Forwarded-For", "192.0.2.1")]
        {
            assert_guarded(&format!("{address} {refused:?}"), &server.ask("GET", address, &[refused], b""));
        }
    }
}

#[test]
fn a_page_runs_its_own_scripts_by_a_nonce_that_is_new_each_time() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let nonce = || {
        let page = server.get("/");
        let policy = page.header("content-security-policy").unwrap().to_owned();
        for part in [
            "'wasm-unsafe-eval'",
            "'strict-dynamic'",
            "style-src 'self'",
            "media-src 'self'",
            "worker-src 'self'",
            "form-action 'self'",
            "connect-src 'self'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        assert!(nonce.len() >= 22, "128 bits: {nonce}");
        let text = page.text();
        let scripts = text.split("<script").skip(1).map(|rest| rest.split('>').next().unwrap().to_owned());
        for script in scripts {
            assert!(
                script.contains(&format!("nonce=\"{nonce}\"")) || script.contains("application/json"),
                "{script}"
            );
        }
        assert!(!text.contains(" style=\"") && !text.contains("javascript:") && !text.contains(" onclick="));
        nonce
    };
    assert_ne!(nonce(), nonce());
}

/// `<html lang>` and a word of each language: oracle: the texts in `app/locales`, by eye.
const LANGUAGES: [(&str, &str); 4] =
    [("en", "Overview"), ("de", "Übersicht"), ("es", "Resumen"), ("zh", "总览")];

fn assert_speaks(what: &str, answer: &Answer, language: &str) {
    let (text, what) = (answer.text(), format!("{what}: {}", answer.status));
    assert!(text.contains(&format!("<html lang=\"{language}\"")), "{what}, wanted {language}: {text:.300}");
    assert_eq!(answer.header("content-language"), Some(language), "{what}");
    for (other, word) in LANGUAGES {
        assert_eq!(text.contains(&format!(">{word}</a>")), other == language, "{what}, {language}: {word}");
    }
}

#[test]
fn every_request_is_answered_in_its_own_language_however_many_ask_at_once() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let pages = ["/", "/queues", "/settings", "/history", "/no-such-page"];
    std::thread::scope(|scope| {
        for (language, _) in LANGUAGES.into_iter().cycle().take(8) {
            let server = &server;
            scope.spawn(move || {
                for page in pages.into_iter().cycle().take(25) {
                    let answer = server.ask("GET", page, &[("Accept-Language", language)], b"");
                    assert_speaks(page, &answer, language);
                }
            });
        }
    });
}

#[test]
fn a_choice_of_language_and_colours_is_kept_by_the_browser_and_leads_back() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let from = ("Referer", "http://localhost/queues?sort=name");
    let chosen = server.ask("POST", "/look", &[form, from], b"language=de&theme=dark");
    assert_eq!((chosen.status, chosen.header("location")), (303, Some("/queues?sort=name")));
    assert!(chosen.header("set-cookie").unwrap().starts_with("ringside-language=de; Path=/; "), "{chosen:?}");

    let cookie = ("Cookie", "ringside-language=de; ringside-theme=dark");
    let page = server.ask("GET", "/", &[cookie, ("Accept-Language", "es")], b"");
    assert_speaks("chosen", &page, "de");
    let text = page.text();
    assert!(text.contains("<html lang=\"de\" data-theme=\"dark\""), "{text:.300}");
    assert!(text.contains("name=\"color-scheme\" content=\"dark\""), "{text:.600}");

    // What is no choice of ours changes nothing.
    let none = server.ask(
        "POST",
        "/look",
        &[form, ("Referer", "https://evil.example//x")],
        b"language=fr&theme=neon",
    );
    assert_eq!((none.status, none.header("location"), none.header("set-cookie")), (303, Some("/"), None));
    let odd = server.ask("GET", "/", &[("Cookie", "ringside-language=\"><b>; ringside-theme=<b>")], b"");
    assert_speaks("an odd cookie", &odd, "en");
    assert!(!odd.text().contains("data-theme"), "{:.300}", odd.text());
}

/// Oracle: the page as it comes to who takes nothing packed. Both have a nonce of their own, and say when they were made.
#[test]
fn a_page_comes_packed_to_who_takes_that() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let plain = server.ask("GET", "/queues", &[], b"");
    assert_eq!(plain.header("content-encoding"), None);
    let packed = server.ask("GET", "/queues", &[("Accept-Encoding", "br, gzip")], b"");
    assert_eq!(
        (packed.header("content-encoding"), packed.header("vary")),
        (Some("gzip"), Some("accept-encoding"))
    );
    let mut html = String::new();
    GzDecoder::new(&packed.body[..]).read_to_string(&mut html).unwrap();
    let words = |html: &str| html.split_once("<main").unwrap().1.split_once("</main>").unwrap().0.to_owned();
    assert_eq!(words(&html), words(std::str::from_utf8(&plain.body).unwrap()));
    assert!(packed.body.len() < plain.body.len());
}
