//! Boards of walls: made of a preset, adapted by a form, taken to a file and back, shown by a paired screen, removed.

use serde_json::{Value, json};

use super::{MARKUP, Site, changed, is_text, refused, walls::screen};
use crate::program::people::location;

const BOARDS: &str = "/settings/walls/boards";
const BOARD: &str = "/settings/walls/board";

/// The board as its file has it.
async fn exported(site: &Site, id: &str) -> Value {
    let answer = site.anna.get(&format!("{BOARDS}/export?id={id}")).await;
    assert_eq!(answer.status(), 200);
    let name = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert_eq!(name, format!("attachment; filename=\"{id}.wall.json\""));
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

/// What the form says of a board of one queue, with another title.
const FORM: [(&str, &str); 16] = [
    ("id", "one-queue"),
    ("pages", "1"),
    ("title", "Hall"),
    ("theme", "light"),
    ("distance", "5"),
    ("screen", "65"),
    ("rotate", "30"),
    ("queue", "8001"),
    ("others", " 8009,, 8001 "),
    ("p0t0", "number:longest"),
    ("p0t1", "announcement"),
    ("p0t1text", "Tea at 4"),
    ("p0t2", "chart"),
    ("p0t0text", ""),
    ("p0t2text", ""),
    ("act", ""),
];

fn with<'a>(field: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    FORM.iter().copied().filter(|(name, _)| *name != field).chain([(field, value)]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_is_made_of_a_preset_and_adapted_without_scripts() {
    let mut site = Site::new().await;
    let page = site.page(BOARDS).await;
    for preset in ["company", "queue", "queues", "presence", "agents"] {
        assert!(page.contains(&format!("href=\"/wall/{preset}\"")), "{preset}: {page}");
        assert_eq!(site.anna.status(&format!("/wall/{preset}")).await, 200);
    }
    let make = [("preset", "queue"), ("queue", "8001")];
    changed(&site.send(&format!("{BOARDS}/make"), &make).await, &format!("{BOARD}?id=one-queue"));
    assert_eq!(site.noted(), ("person 1".into(), "wall-board-made".into(), "one-queue".into()));

    let own = format!("{BOARD}?id=one-queue");
    changed(&site.send(BOARD, &FORM).await, &own);
    assert_eq!(&*site.noted().1, "wall-board-changed");
    let wanted = json!({
        "ringside_wall": 1, "title": "Hall", "theme": "light", "distance_m": 5, "screen_inches": 65, "rotate_s": 30, "sound": false,
        "queues": ["8001", "8009"],
        "pages": [{"tiles": [
            {"kind": "number", "metric": "longest"}, {"kind": "announcement", "text": "Tea at 4"}, {"kind": "chart"},
        ]}],
    });
    assert_eq!(exported(&site, "one-queue").await, wanted);
    changed(&site.send(BOARD, &with("act", "up-0-2")).await, &own);
    assert_eq!(exported(&site, "one-queue").await["pages"][0]["tiles"][1], json!({"kind": "chart"}));
    let silent = site.page("/wall/one-queue").await;
    changed(&site.send(BOARD, &with("sound", "on")).await, &own);
    assert_eq!(exported(&site, "one-queue").await["sound"], true);
    let loud = site.page("/wall/one-queue").await;
    assert_eq!([silent, loud].map(|wall| wall.contains("data-sound")), [false, true]);
    changed(&site.send(BOARD, &with("act", "page-add")).await, &own);
    assert_eq!(exported(&site, "one-queue").await["pages"].as_array().unwrap().len(), 2);

    let wall = site.page("/wall/one-queue").await;
    for text in
        ["data-theme=\"light\"", "data-distance=\"5\"", "data-screen=\"65\"", "Tea at 4", ">Hall</h1>"]
    {
        assert!(wall.contains(text), "{text}: {wall}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_board_can_be_is_said_in_words_and_changes_nothing() {
    let mut site = Site::new().await;
    changed(
        &site.send(&format!("{BOARDS}/make"), &[("preset", "queue")]).await,
        &format!("{BOARD}?id=one-queue"),
    );
    let before = exported(&site, "one-queue").await;
    let long = "t".repeat(65);
    for (field, value, sentence) in [
        ("rotate", "soon", "A page stays for 5 to 600 seconds"),
        ("distance", "4", "A wall is read from 3 or 5 m"),
        ("title", &*long, "A title is one line"),
        ("pages", "0", "A board has 1 to 8 pages"),
    ] {
        refused(site.send(BOARD, &with(field, value)).await, 422, sentence).await;
    }
    for (field, value) in
        [("theme", "pink"), ("pages", "many"), ("p0t0", MARKUP), ("p0t0", "keep"), ("act", "up-9-9")]
    {
        let status = site.send(BOARD, &with(field, value)).await.status().as_u16();
        // The kept board has a first tile, which the form may keep.
        assert_eq!(status, if value == "keep" { 303 } else { 400 }, "{field} {value}");
    }
    refused(site.send(BOARD, &with("id", MARKUP)).await, 404, "There is no such board").await;
    let import = format!("{BOARDS}/import");
    for (file, sentence) in [
        ("[1, 2]", "This is no board of a wall"),
        ("{\"ringside_wall\": 1, \"pages\": [", "The file can't be read"),
        ("{\"name\": 1}", "This is no board of a wall"),
        ("{\"ringside_wall\": 1, \"pages\": []}", "A board has 1 to 8 pages"),
        (&*"x".repeat(70_000), "The file is longer than 64 KiB"),
    ] {
        let answer = site.anna.send_file(&import, file).await;
        assert_eq!(answer.status(), 422, "{sentence}");
        let html = answer.text().await.unwrap();
        assert!(html.contains(sentence), "{sentence}: {html}");
    }
    assert_eq!(site.send(&import, &[("file", "{}")]).await.status(), 400);
    let after = exported(&site, "one-queue").await;
    assert_eq!(after["pages"][0]["tiles"][0], before["pages"][0]["tiles"][0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tile_of_a_newer_version_goes_through_files_and_forms_and_is_drawn_plainly() {
    let mut site = Site::new().await;
    let file = json!({"ringside_wall": 7, "title": MARKUP, "pages": [{"tiles": [
        {"kind": "weather", "town": "Kiel"}, {"kind": "clock"},
    ]}]});
    let answer = site.anna.send_file(&format!("{BOARDS}/import"), &file.to_string()).await;
    let own = location(&answer).to_owned();
    let id = own.split_once("id=").unwrap().1.to_owned();
    is_text(&site.page(&own).await);
    is_text(&site.page(BOARDS).await);
    let form: Vec<_> =
        FORM.iter().copied().filter(|(name, _)| !name.starts_with("p0") && *name != "id").collect();
    let form = [&form[..], &[("id", &*id), ("p0t0", "keep"), ("p0t1", "clock")]].concat();
    changed(&site.send(BOARD, &form).await, &own);
    let kept = exported(&site, &id).await;
    assert_eq!(kept["pages"][0]["tiles"][0], json!({"kind": "weather", "town": "Kiel"}));
    let wall = site.page(&format!("/wall/{id}")).await;
    assert!(wall.contains("needs a newer Ringside: weather"), "{wall}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paired_screen_shows_its_board_and_says_when_that_is_gone() {
    let mut site = Site::new().await;
    changed(
        &site.send(&format!("{BOARDS}/make"), &[("preset", "agents")]).await,
        &format!("{BOARD}?id=agents-2"),
    );
    let (screen, code) = screen(&site).await;
    let form = [("code", &*code), ("name", "Hall"), ("board", "wall/agents-2")];
    changed(&site.send("/settings/walls/pair", &form).await, "/settings/walls");
    let led = screen.get("/").await;
    assert_eq!((led.status().as_u16(), location(&led)), (303, "/wall/agents-2"));
    assert_eq!(screen.status("/wall/agents-2").await, 200);
    assert_eq!(screen.status("/wall/company").await, 303, "it has no other");
    assert_eq!(screen.status("/api/v1/board").await, 200, "its own rows");
    assert_eq!(screen.status("/api/v1/board?view=wall/company").await, 404);
    changed(&site.send(&format!("{BOARDS}/remove"), &[("id", "agents-2")]).await, BOARDS);
    assert_eq!(site.noted(), ("person 1".into(), "wall-board-removed".into(), "agents-2".into()));
    let gone = screen.get("/wall/agents-2").await;
    assert_eq!(gone.status(), 404);
    assert!(gone.text().await.unwrap().contains("is not there"));
    assert!(site.page("/settings/walls").await.contains("value=\"wall/agents-2\""), "the form still says it");
    assert_eq!(site.anna.status("/wall/agents-2").await, 404);
}
