//! The settings' page of the PBX: what is written there works at once and after a restart, a try says what is wrong, and the
//! password is shown nowhere and goes nowhere else.

use std::fs;

use serde_json::json;
use simulator::{dialect::Dialect, interfaces::Options};

use super::{
    PASSWORD, USER, becomes, becomes_true,
    company::Company,
    lamp, liar,
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
    let works = format!("It works: {} extensions, {} queues", truth.extensions.len(), truth.queues.len());
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
