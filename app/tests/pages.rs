//! The pages of one list each, as the server renders them.
#![cfg(feature = "ssr")]
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod story;

use std::sync::Arc;

use app::PageData;
use model::{
    time::Millis,
    wall::{Preset, Tile, WallBoard, WallPage, WallTheme},
    wire::{AgentFigures, AgentRow, AgentState, Figures, Row, ServiceLevel, Share, WindowFigures},
};

fn page(address: &str) -> String {
    story::render(story::page(rows()), address)
}

/// The company, with figures for Support and one person who is in two queues.
fn rows() -> Vec<Row> {
    let mut rows = story::rows();
    for row in &mut rows {
        match row {
            Row::Queue(row) if row.name.as_deref() == Some("Support") => {
                row.figures = Some(Arc::new(figures()));
            }
            Row::Agent(row) => row.figures = Some(Arc::new(day(12, 300))),
            _ => {}
        }
    }
    let Some(Row::Agent(agent)) = rows.iter().find(|row| matches!(row, Row::Agent(_))).cloned() else {
        panic!("the story has an agent")
    };
    rows.push(Row::Agent(AgentRow {
        id: "q8002/102".into(),
        queue: "q8002".into(),
        state: AgentState::NotReady,
        reason: Some("Lunch".into()),
        call: None,
        figures: Some(Arc::new(day(3, 60))),
        occupancy: Some(Share(7_450)),
        ..agent
    }));
    rows
}

fn day(answered: u32, talked_s: i64) -> AgentFigures {
    AgentFigures { answered, talk_sum_ms: Millis::seconds(talked_s), ..AgentFigures::default() }
}

fn figures() -> Figures {
    let window = |offered, answered, level| WindowFigures {
        offered,
        answered,
        abandoned: offered - answered,
        service_level: level,
        asa_ms: Some(Millis::seconds(31)),
        ..WindowFigures::default()
    };
    Figures {
        formula: Some(ServiceLevel::V3),
        target_s: Some(20),
        m15: window(7, 5, Some(Share(4_200))),
        today: window(412, 361, Some(Share(6_849))),
        ..Figures::default()
    }
}

/// The row of a name: from its name to the row's end.
fn row<'a>(html: &'a str, name: &str) -> &'a str {
    let start = html.find(&format!(">{name}</b>")).unwrap_or_else(|| panic!("{name} is not shown"));
    html[start..].split("</tr>").next().unwrap()
}

#[test]
fn a_queue_shows_the_figures_of_the_window_that_the_address_asks_for_and_none_is_a_dash() {
    let today = page("/queues");
    let support = row(&today, "Support");
    for figure in [">412<", ">361<", ">51<", ">68\u{202f}%<", ">0:31<", "in 0:20 · formula 3"] {
        assert!(support.contains(figure), "{figure}: {support}");
    }
    assert!(today.contains("Service level by formula 3: answered in time"));
    let quarter = page("/queues?window=15");
    assert!(row(&quarter, "Support").contains(">42\u{202f}%<"));
    // A queue without figures has dashes, where 0 would be a figure.
    let billing = row(&today, "Billing");
    // Offered, answered, abandoned with its share, service level, mean wait.
    assert_eq!(billing.matches(">–<").count(), 6, "{billing}");
}

#[test]
fn queues_stand_by_need_or_in_the_order_that_the_address_asks_for() {
    let place = |html: &str, name: &str| html.find(&format!(">{name}</b>")).unwrap();
    let by_need = page("/queues");
    assert!(place(&by_need, "Support") < place(&by_need, "Appointments"));
    let by_name = page("/queues?sort=name");
    assert!(place(&by_name, "Appointments") < place(&by_name, "Support"));
    assert!(by_name.contains("aria-sort=\"ascending\""));
}

#[test]
fn a_persons_queues_are_one_row_with_a_state_for_each_and_the_days_sums() {
    let html = page("/agents");
    assert_eq!(html.matches(">Ines Marsh</b>").count(), 1);
    let ines = row(&html, "Ines Marsh");
    for text in ["Support", "queue call", "Sales", "not ready", "Lunch", ">15<", ">6:00<", ">75\u{202f}%<"] {
        assert!(ines.contains(text), "{text}: {ines}");
    }
}

#[test]
fn agents_are_narrowed_by_state_queue_and_name() {
    let shows = |address: &str| page(address).contains(">Ines Marsh</b>");
    assert!(shows("/agents?state=queue_call"));
    assert!(!shows("/agents?state=not_ready"), "who talks is on a call, whatever another queue says");
    assert!(shows("/agents?state=not_ready&queue=q8002"));
    assert!(!shows("/agents?queue=q8003"));
    assert!(shows("/agents?q=mar"));
    assert!(!shows("/agents?q=arsh"));
}

#[test]
fn a_queues_own_page_has_its_callers_in_order_and_its_agents() {
    let mut data = story::page(rows());
    data.snapshot.rows.retain(|row| match row {
        Row::Queue(row) => row.id.as_str() == "q8001",
        Row::Caller(row) => row.queue.as_str() == "q8001",
        Row::Agent(row) => row.queue.as_str() == "q8001",
        Row::Call(row) => row.id.as_str() == "1",
        Row::Extension(_) | Row::Course(_) => false,
    });
    let html = story::render(data, "/queues/8001");
    assert!(html.contains("<title>Queue 8001 · Ringside</title>"));
    let place = |name: &str| html.find(&format!(">{name}</b>")).unwrap_or_else(|| panic!("{name}"));
    assert!(place("+49 30 555 5512") < place("Marie Dubois"));
    assert!(row(&html, "Hafen GmbH").contains("callback"));
    assert!(row(&html, "Ines Marsh").contains("4:12"));
}

#[test]
fn people_stand_by_department_or_letter_and_are_found_by_their_beginnings() {
    let html = page("/extensions?sort=letter");
    let place = |text: &str| html.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(place("<h2 dir=\"auto\">A</h2>") < place(">Abel Mora</b>"));
    assert!(place(">Abel Mora</b>") < place("<h2 dir=\"auto\">B</h2>"));
    let found = page("/extensions?q=ok");
    assert!(found.contains(">Tom Okafor</b>") && !found.contains(">Ines Marsh</b>"));
    assert!(page("/extensions?q=nobody").contains("Nothing here matches"));
}

#[test]
fn a_call_shows_its_way_and_is_narrowed_by_direction() {
    let html = page("/calls");
    let call = row(&html, "+49 30 555 5512");
    for text in ["Support", "Ines Marsh", "answered", "inbound"] {
        assert!(call.contains(text), "{text}: {call}");
    }
    assert!(!page("/calls?direction=internal").contains(">+49 30 555 5512</b>"));
}

#[test]
fn the_page_that_is_shown_is_marked_in_the_bar() {
    for path in ["/", "/queues", "/agents", "/extensions", "/calls"] {
        let html = page(path);
        let marked = html.split("aria-current=\"page\"").next().unwrap().rsplit("href=\"").next().unwrap();
        assert!(marked.starts_with(&format!("{path}\"")), "{path}: {marked}");
    }
}

#[test]
fn a_name_of_ten_thousand_signs_is_text_on_every_page() {
    let absurd = format!("\u{202e}<b>{}", "x".repeat(10_000));
    let mut rows = rows();
    for row in &mut rows {
        match row {
            Row::Extension(row) => row.name = Some(absurd.as_str().into()),
            Row::Agent(row) => row.name = Some(absurd.as_str().into()),
            Row::Queue(row) => row.name = Some(absurd.as_str().into()),
            Row::Caller(row) => row.name = Some(absurd.as_str().into()),
            Row::Call(row) => row.from.name = Some(absurd.as_str().into()),
            Row::Course(_) => {}
        }
    }
    for path in ["/", "/queues", "/queues/8001", "/agents", "/extensions", "/calls"] {
        let html = story::render(story::page(rows.clone()), path);
        assert!(html.contains("\u{202e}&lt;b&gt;"), "{path}");
        assert!(!html.contains("<b>xxx"), "{path}");
    }
}

fn wall(rows: Vec<Row>, board: WallBoard) -> String {
    story::render(PageData { wall: Some(board), ..story::page(rows) }, "/wall/company")
}

#[test]
fn a_wall_is_its_tiles_and_no_page_around_them_and_loads_itself_again() {
    let board = WallBoard { title: "Hall".into(), distance_m: 5, ..Preset::Company.board(Vec::new()) };
    let html = wall(rows(), board);
    for part in
        ["data-wall", "data-distance=\"5\"", "data-screen=\"55\"", ">Hall<", "content=\"8\"", "Simple wall"]
    {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(!html.contains("<nav") && !html.contains("/keys.js"), "{html}");
    let (_, table) = html.split_once("wall-table").unwrap();
    assert!(table.contains(">Support<"), "{table}");
    // The rule of the level stands beside it.
    assert!(html.contains("formula 3"), "{html}");
}

#[test]
fn nothing_on_a_wall_is_zero_or_blank_that_is_not_known() {
    let html = wall(Vec::new(), Preset::Company.board(vec!["9999".into()]));
    let numbers: Vec<_> =
        html.split("wall-figure__number\">").skip(1).map(|rest| rest.chars().next().unwrap()).collect();
    assert_eq!(numbers, ['–'; 5], "{html}");
    assert!(html.contains(">9999<") && html.contains("no such queue"), "{html}");
    for preset in Preset::ALL {
        let html = wall(Vec::new(), preset.board(Vec::new()));
        assert!(html.contains("is known yet") || html.contains("Nobody waits"), "{preset:?}: {html}");
    }
}

#[test]
fn a_tile_that_is_not_known_is_said_and_its_neighbours_are_drawn() {
    let tiles = vec![Tile { kind: "<b>weather".into(), ..Tile::default() }, Tile::announcement("Tea at <4>")];
    let board = WallBoard { theme: WallTheme::Light, ..WallBoard::of(vec![WallPage { tiles }]) };
    let html = wall(rows(), board);
    assert!(html.contains("needs a newer Ringside: &lt;b&gt;weather"), "{html}");
    assert!(html.contains("Tea at &lt;4&gt;"), "{html}");
}
