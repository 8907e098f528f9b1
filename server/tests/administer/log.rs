//! The audit log's page.

use model::{id::TenantId, time::UnixMillis};
use server::access::{Role, Who, audit};

use super::{BIDI, MARKUP, Site, is_text};
use crate::program::people::administrator;

const PAGE: &str = "/settings/audit";

/// How many lines a page lists.
fn lines(html: &str) -> usize {
    html.matches("class=\"audit__at\"").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_in_plain_words_who_did_what_the_newest_first() {
    let mut site = Site::new().await;
    let form = [("name", MARKUP), ("role", "viewer"), ("scope", BIDI)];
    assert_eq!(site.send("/settings/people/invite", &form).await.status(), 200);
    let page = site.page(PAGE).await;
    is_text(&page);
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}: {page}"));
    assert!(place("Invited") < place("Used a set-up link"));
    assert!(place("Used a set-up link") < place("Made a set-up link"));
    assert!(page.contains("<bdi>anna</bdi>") && page.contains("The server's console"), "{page}");
    assert!(!page.contains("rel=\"next\"") && lines(&page) == 3);
    let (_, sue) = site.person("sue", Role::Supervisor).await;
    assert_eq!(sue.status(PAGE).await, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn older_lines_are_on_pages_of_their_own_each_line_once() {
    let site = Site::new().await;
    let access = administrator(&site.folder);
    access
        .store()
        .with::<_, rusqlite::Error>(|change| {
            (0..205).try_for_each(|number: usize| {
                let about = format!("number {number:03}.");
                let acme = TenantId::from("acme");
                audit::note(
                    change,
                    Some(&acme),
                    &Who::Token(MARKUP.into()),
                    UnixMillis(7),
                    "an-act-to-come",
                    &about,
                )
            })
        })
        .unwrap();
    let (mut path, mut seen) = (PAGE.to_owned(), Vec::new());
    loop {
        let page = site.page(&path).await;
        is_text(&page);
        seen.extend(
            page.match_indices("number ").map(|(at, _)| page[at + 7..at + 10].parse::<usize>().unwrap()),
        );
        let Some((_, next)) = page.split_once("rel=\"next\" href=\"") else { break };
        path = next.split('"').next().unwrap().to_owned();
    }
    assert_eq!(seen, (0..205).rev().collect::<Vec<_>>());
    // 205 and the two of the set-up.
    assert_eq!(lines(&site.page(&path).await), 7);
    for asked in ["0", "-1", "x", "99999999999999999999", "%3Cimg%20src%3Dx%3E"] {
        is_text(&site.page(&format!("{PAGE}?before={asked}")).await);
    }
}
