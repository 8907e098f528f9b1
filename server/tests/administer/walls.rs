//! Walls: a screen shows a code, an administrator types it, the screen goes on by itself until it is revoked.

use std::time::{Duration, Instant};

use server::access::Role;

use super::{BIDI, MARKUP, Site, changed, is_text, refused};
use crate::program::{
    PATIENCE,
    people::{Browser, location},
};

const PAGE: &str = "/settings/walls";

/// A screen that shows a code, and the code.
pub async fn screen(site: &Site) -> (Browser, String) {
    let page = Browser::new(&site.server).get("/pair").await;
    let cookie = page.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let html = page.text().await.unwrap();
    let code = html.split_once("door__code\">").unwrap().1.split('<').next().unwrap().to_owned();
    (Browser::with_cookie(&site.server, &cookie), code)
}

/// The page, once it says that the wall was seen: that is written beside the request.
async fn seen(site: &Site) -> String {
    let until = Instant::now() + PATIENCE;
    loop {
        let page = site.page(PAGE).await;
        if page.contains("last seen") {
            return page;
        }
        assert!(Instant::now() < until, "{page}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn id(html: &str) -> String {
    html.split_once("name=\"id\" value=\"").unwrap().1.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_is_paired_by_its_code_shows_the_board_and_ends_when_it_is_revoked() {
    let mut site = Site::new().await;
    let (screen, code) = screen(&site).await;
    let pair = format!("{PAGE}/pair");
    let wrong = [("code", "AAAAAAAA"), ("name", "Hall"), ("board", "overview")];
    refused(site.send(&pair, &wrong).await, 422, "No screen shows this code").await;
    let form = [("code", &*code), ("name", "Hall"), ("board", "overview")];
    changed(&site.send(&pair, &form).await, PAGE);
    assert_eq!(site.noted(), ("person 1".into(), "wall-paired".into(), "Hall: overview".into()));
    refused(site.send(&pair, &form).await, 422, "No screen shows this code").await;

    let answer = screen.get("/pair").await;
    assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/"));
    assert_eq!(screen.status("/").await, 200);
    assert_eq!(screen.status("/settings/walls").await, 403);
    let page = seen(&site).await;
    assert!(page.contains("<bdi>Hall</bdi>"), "{page}");

    let id = id(&page);
    let form = [("id", &*id), ("name", "Entrance"), ("board", "queue/8001")];
    changed(&site.send(&format!("{PAGE}/change"), &form).await, PAGE);
    assert_eq!(
        site.noted(),
        ("person 1".into(), "wall-pointed".into(), "wall 1, Entrance: queue/8001".into())
    );
    // It is led to that board, and has no other.
    for path in ["/", "/agents", "/queues"] {
        let answer = screen.get(path).await;
        assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/queues/8001"), "{path}");
    }
    let absent = screen.get("/queues/8001").await;
    assert_eq!(absent.status(), 404, "nobody has heard of it yet");
    let absent = absent.text().await.unwrap();
    assert!(absent.contains("is not there") && absent.contains("http-equiv=\"refresh\""), "{absent}");
    assert_eq!(screen.status("/api/v1/board?view=overview").await, 404);
    changed(&site.send(&format!("{PAGE}/change"), &[("board", "calls"), form[0], form[1]]).await, PAGE);
    assert_eq!(screen.status("/calls").await, 200);
    assert_eq!(screen.status("/api/v1/board").await, 200, "its own");
    changed(&site.send(&format!("{PAGE}/change"), &form).await, PAGE);
    let page = site.page(PAGE).await;
    assert!(page.contains("<bdi>Entrance</bdi>") && page.contains("value=\"queue/8001\""), "{page}");

    changed(&site.send(&format!("{PAGE}/revoke"), &[("id", &id)]).await, PAGE);
    assert_eq!(&*site.noted().1, "wall-revoked");
    assert_eq!(screen.status("/api/v1/board").await, 401);
    assert_eq!(screen.status("/pair").await, 200, "it shows a code again");
    refused(site.send(&format!("{PAGE}/change"), &form).await, 404, "There is no such").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_walls_are_text_and_others_forms_change_nothing() {
    let mut site = Site::new().await;
    let (pair, long) = (format!("{PAGE}/pair"), "A".repeat(10_000));
    for (code, name) in [(MARKUP, "Hall"), (&*long, "Hall"), ("", ""), (BIDI, MARKUP)] {
        let form = [("code", code), ("name", name), ("board", "overview")];
        let answer = site.send(&pair, &form).await;
        assert_eq!(answer.status(), 422);
        is_text(&answer.text().await.unwrap());
    }
    let (_, code) = screen(&site).await;
    let long_name = [("code", &*code), ("name", &*long), ("board", "overview")];
    refused(site.send(&pair, &long_name).await, 422, "This is no name").await;
    for board in ["", MARKUP, "queue/", "history"] {
        let form = [("code", &*code), ("name", "Hall"), ("board", board)];
        assert_eq!(site.send(&pair, &form).await.status(), 400, "{board}");
    }
    let (_, mut sue) = site.person("sue", Role::Supervisor).await;
    let form = [("code", &*code), ("name", MARKUP), ("board", "overview")];
    assert_eq!(sue.post(&pair, &form).await.status(), 403);
    changed(&site.send(&pair, &form).await, PAGE);
    let page = site.page(PAGE).await;
    is_text(&page);
    for act in ["change", "revoke"] {
        let form = [("id", &*id(&page)), ("name", "Mine"), ("board", "overview")];
        assert_eq!(sue.post(&format!("{PAGE}/{act}"), &form).await.status(), 403, "{act}");
        for unknown in ["", "0", "-1", &long, MARKUP] {
            let form = [("id", unknown), ("name", "Mine"), ("board", "overview")];
            refused(site.send(&format!("{PAGE}/{act}"), &form).await, 404, "There is no such").await;
        }
    }
}
