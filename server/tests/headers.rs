//! What every answer carries, whatever it is: walks over all addresses that there are, and some that there are not.
//!
//! Oracle: reliability.md §7's list, OWASP's secure headers, written down again.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod program;

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
