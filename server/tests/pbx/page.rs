//! The settings' page of the PBX: what is written there works at once and after a restart, a try says what is wrong, and the
//! password is shown nowhere and goes nowhere else.

use std::fs;

use serde_json::json;
use simulator::{
    dialect::Dialect,
    interfaces::{Options, Wsi},
};

use super::{
    PASSWORD, USER, becomes, becomes_true,
    company::Company,
    folder, lamp, liar,
    program::{
        Folder, Server,
        people::{Browser, location},
    },
    table,
};

const PAGE: &str = "/settings/pbx";

async fn post(server: &Server, act: &str, form: &[(&str, &str)]) -> (u16, String, String) {
    let answer = Browser::new(server).post(&format!("{PAGE}/{act}"), form).await;
    let (status, leads) = (answer.status().as_u16(), location(&answer).to_owned());
    (status, leads, answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_the_page_works_at_once_and_after_a_restart() {
    let options = Options { token_life: std::time::Duration::from_secs(2), ..Options::default() };
    let company = Company::after(300, Dialect::V22_3, options).await;
    let folder = Folder::new();
    let server = company.start(&folder);
    assert_eq!(lamp(&server).0, "never");
    assert!(server.get(PAGE).text().contains("Not set up."));
    let url = company.url();
    let form = [("url", &*url), ("username", USER), ("password", PASSWORD), ("authority", "")];
    let (status, _, page) = post(&server, "test", &form).await;
    let truth = company.truth();
    let works = format!("It works (extensions: {}, queues: {})", truth.extensions.len(), truth.queues.len());
    assert!(status == 200 && page.contains(&works), "{page}");
    assert!(!page.contains(PASSWORD) && lamp(&server).0 == "never", "a try changes nothing");
    assert_eq!(post(&server, "save", &form).await.0, 303);
    becomes_true(&server, &company);
    assert_eq!(becomes(&server, "live"), "");
    // The token has ended meanwhile, and another round is asked with a new one.
    tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
    let asked = || server.json("/api/v1/diagnostics")["pbx"]["asked_at"].as_i64().unwrap();
    let before = asked();
    assert_eq!(post(&server, "ask", &[]).await.0, 303);
    super::until("asked again", || (asked() > before).then_some(()));
    assert_eq!(lamp(&server).0, "live");
    server.kill();

    let server = company.start(&folder);
    assert_eq!(becomes(&server, "live"), "");
    let page = server.get(PAGE).text();
    assert!(page.contains(&url) && page.contains(USER) && !page.contains(PASSWORD), "{page}");
    assert_eq!(post(&server, "forget", &[]).await.0, 303);
    assert!(server.get(PAGE).text().contains("Not set up."));
    let log = folder.log();
    assert!(!log.contains(PASSWORD) && !log.contains("Bearer"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_at_its_field_and_a_kept_password_goes_nowhere_else() {
    let company = Company::after(60, Dialect::V22_3, Options::default()).await;
    let folder = Folder::new();
    let server = company.start(&folder);
    let url = company.url();
    for (form, says) in [
        (
            [("url", "pbx"), ("username", USER), ("password", "x"), ("authority", "")],
            "This is no address of a PBX",
        ),
        (
            [("url", "http://pbx.example"), ("username", USER), ("password", "x"), ("authority", "")],
            "in the clear",
        ),
        ([("url", &*url), ("username", "@x"), ("password", "x"), ("authority", "")], "This is no user name"),
        (
            [("url", &*url), ("username", USER), ("password", ""), ("authority", "")],
            "The password is missing",
        ),
        (
            [
                ("url", &*url),
                ("username", USER),
                ("password", "x"),
                ("authority", "</textarea><script>alert(1)</script>"),
            ],
            "This holds no certificate",
        ),
    ] {
        for act in ["save", "test"] {
            let (status, _, page) = post(&server, act, &form).await;
            assert!(
                status == 422 && page.contains(says) && !page.contains("<script>alert"),
                "{says}: {page}"
            );
        }
    }
    let wrong = [("url", &*url), ("username", USER), ("password", "wr0ngword"), ("authority", "")];
    let (status, _, page) = post(&server, "test", &wrong).await;
    assert!(status == 200 && page.contains("refuses the user name or the password"), "{page}");
    assert_eq!(post(&server, "save", &wrong).await.0, 303);
    assert!(becomes(&server, "down").contains("refuses the user name or the password"));
    assert!(server.get(PAGE).text().contains("Not reachable,"));
    let right = [("url", &*url), ("username", USER), ("password", PASSWORD), ("authority", "")];
    assert_eq!(post(&server, "save", &right).await.0, 303);
    becomes(&server, "live");
    let kept = |url| [("url", url), ("username", USER), ("password", ""), ("authority", "")];
    assert!(post(&server, "test", &kept(&url)).await.2.contains("It works"));
    let other = liar::start("a page").await;
    let (status, _, page) = post(&server, "test", &kept(&other)).await;
    assert!(status == 422 && page.contains("The password is missing"), "{page}");
    for word in ["wr0ngword", PASSWORD] {
        assert!(!folder.log().contains(word), "{}", folder.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_configuration_says_stays() {
    let company = Company::after(60, Dialect::V22_3, Options::default()).await;
    let folder = Folder::with("", &table(&company.url(), PASSWORD));
    let server = company.start(&folder);
    becomes(&server, "live");
    let page = server.get(PAGE).text();
    assert!(page.contains("disabled") && !page.contains(">Save<") && !page.contains(PASSWORD), "{page}");
    let form = [("url", "http://127.0.0.1:1"), ("username", "x"), ("password", "y"), ("authority", "")];
    assert_eq!(post(&server, "save", &form).await.0, 409);
    assert_eq!(post(&server, "forget", &[]).await.0, 409);
    assert!(post(&server, "test", &[]).await.2.contains("It works"), "the file's own is tried");
    assert_eq!(server.json("/api/v1/diagnostics")["pbx"]["state"], json!("live"));
    // The file's secrets stay in the file.
    for file in fs::read_dir(&folder.data).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes()));
    }
}

/// A page in German; oracle: `app/locales/de.settings.json`, by eye.
fn in_german(server: &Server, method: &str, address: &str, form: &str) -> String {
    let headers = [("Accept-Language", "de"), ("Content-Type", "application/x-www-form-urlencoded")];
    server.ask(method, address, &headers, form.as_bytes()).text()
}

#[tokio::test(flavor = "multi_thread")]
async fn why_the_pbx_is_down_is_said_in_the_readers_language() {
    let options = Options { wsi: Wsi::Off, ..Options::default() };
    let company = Company::after(60, Dialect::V22_3, options).await;
    // Where the PBX is said to be; what the API says then, by a word and in a sentence; what the pages say, and what of it
    // their cards say only.
    for (url, trouble, english, german, detail) in [
        (
            "http://127.0.0.1:1".to_owned(),
            "nothing_listens",
            "nothing listens at",
            "Am Port der TK-Anlage antwortet niemand.",
            "Prüfen Sie den Port (in der Regel 8887)",
        ),
        (
            liar::start("not for you").await,
            "forbidden",
            "may not read users",
            "Dem Benutzer fehlt das Recht, ",
            "fehlt das Recht, die Benutzer zu lesen:",
        ),
        (
            company.url(),
            "wsi_closed",
            "interface (WSI) is closed",
            "Die Publish/Subscribe-Schnittstelle (WSI) der TK-Anlage ist geschlossen.",
            "(HTTP 503)",
        ),
    ] {
        let folder = folder(&url);
        let server = company.start(&folder);
        // The API says it in English, and by a word.
        assert!(becomes(&server, "down").contains(english), "{:?}", lamp(&server));
        assert_eq!(server.json("/api/v1/diagnostics")["pbx"]["trouble"], json!(trouble));
        for address in ["/settings/diagnostics", "/settings/diagnostics/live?seen=", PAGE] {
            let page = in_german(&server, "GET", address, "");
            let lines = page.matches(german).count();
            assert!(lines == 2, "{address} says it {lines} times, beside the lamp and in its card: {page}");
            assert!(!page.to_lowercase().contains(&english.to_lowercase()), "{address}: {page}");
            assert!(page.contains(detail), "{address}: {page}");
        }
        // The boards say that it can't be reached, and not why.
        let board = in_german(&server, "GET", "/", "");
        let pbx = board.split("data-lamp=\"pbx\"").nth(1).unwrap().split('>').next().unwrap();
        assert!(board.contains("nicht erreichbar") && !pbx.contains("title"), "{board}");
        if trouble == "nothing_listens" {
            let tried = in_german(&server, "POST", "/settings/pbx/test", "");
            assert_eq!(tried.matches(german).count(), 3, "{tried}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_an_account_is_said_in_the_readers_language() {
    let company = Company::after(60, Dialect::V22_3, Options::default()).await;
    let server = company.start(&Folder::new());
    for (form, says) in [
        ("url=pbx&username=x&password=x", "Das ist keine Adresse einer TK-Anlage."),
        ("url=http://pbx.example&username=x&password=x", "Schreiben Sie https."),
        ("url=https://pbx.example&username=@x&password=x", "Das ist kein Benutzername."),
        ("url=https://pbx.example&username=x&password=", "Das Passwort fehlt."),
        ("url=https://pbx.example&username=x&password=x&authority=x", "Hier steht kein lesbares Zertifikat."),
    ] {
        let page = in_german(&server, "POST", "/settings/pbx/save", form);
        assert!(page.contains(says), "{says}: {page}");
    }
}
