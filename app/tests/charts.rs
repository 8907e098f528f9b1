//! The charts as the server renders them: of a day, of none, and of absurd ones.
#![cfg(feature = "ssr")]
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod story;

use std::sync::Arc;

use model::{
    id::Seq,
    time::{Millis, UnixMillis},
    wire::{Breach, CourseRow, Figures, Row, Share, WindowFigures},
};

/// The story's midnight, UTC; it tells of 10:42:07.
const START: UnixMillis = UnixMillis(1_795_564_800_000);

/// Support's day up to 10:30: calls from 8:00 on.
fn course() -> CourseRow {
    let halves = |from_eight: [u32; 5]| [vec![0; 16], from_eight.to_vec()].concat();
    CourseRow {
        id: "q8001".into(),
        rev: Seq(1),
        start: START,
        end: START + Millis::hours(24),
        offered: halves([10, 20, 40, 30, 20]),
        answered: halves([9, 18, 30, 25, 20]),
        abandoned: halves([1, 2, 8, 5, 0]),
        answered_in_target: Some(halves([9, 15, 20, 20, 0])),
        service_level_of: Some(halves([10, 20, 40, 30, 0])),
        hour_end: START + Millis::seconds(38_400),
        longest_ms: vec![
            None,
            Some(Millis::seconds(12)),
            Some(Millis::seconds(161)),
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            Some(Millis(0)),
        ],
        breaches: vec![
            Breach { at: START + Millis::seconds(38_000), number: Some("+49301234".into()) },
            Breach { at: START + Millis::seconds(37_000), number: None },
        ],
        masked: false,
    }
}

/// The story with that day, of which 7 calls more have ended by now, 3 of them answered, all in time.
fn rows(course: CourseRow) -> Vec<Row> {
    let mut rows = story::rows();
    for row in &mut rows {
        if let Row::Queue(row) = row
            && row.id.as_str() == "q8001"
        {
            row.sla_breaches = Some(2);
            row.figures =
                Some(Arc::new(Figures { today: today(), target_s: Some(20), ..Figures::default() }));
        }
    }
    rows.push(Row::Course(course));
    rows
}

fn today() -> WindowFigures {
    WindowFigures {
        offered: 127,
        answered: 105,
        abandoned: 20,
        answered_in_target: Some(67),
        service_level_of: Some(107),
        service_level: Some(Share(6_262)),
        ..WindowFigures::default()
    }
}

fn page(course: CourseRow, path: &str) -> String {
    let mut data = story::page(rows(course));
    if path.starts_with("/queues/") {
        data.snapshot.rows.retain(|row| matches!(row, Row::Queue(_) | Row::Course(_)) && row.id() == "q8001");
    }
    story::render(data, path)
}

/// The text of the chart's table, a line a row.
fn table(html: &str) -> Vec<String> {
    let table = html.split("chart-table__rows").nth(1).unwrap().split("</table>").next().unwrap();
    let body = table.split("<tbody>").nth(1).unwrap();
    let rows = body.split("<tr>").skip(1).map(|row| {
        let cells = row
            .split(['<', '>'])
            .skip(2)
            .step_by(2)
            .map(str::trim)
            .filter(|text| !text.is_empty() && *text != "<!>");
        cells.map(|text| text.replace('\u{202f}', "")).collect::<Vec<_>>().join(" ")
    });
    rows.collect()
}

/// Everything that is drawn: the numbers of all paths.
fn drawn(html: &str) -> Vec<f64> {
    let paths = html.split(" d=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let numbers = paths.flat_map(|path| path.split(|sign: char| sign.is_alphabetic() || sign == ' '));
    numbers.filter(|text| !text.is_empty()).map(|text| text.parse().unwrap()).collect()
}

/// The half hour that runs is the rest of today's figures; each half hour's level is of its own counts.
#[test]
fn the_day_is_a_table_too_whose_last_row_runs() {
    for path in ["/", "/queues/8001"] {
        let table = table(&page(course(), path));
        assert_eq!(table.len(), 22, "{path}");
        assert_eq!(table[16], "08:00 10 9 1 90%", "{path}");
        assert_eq!(table[20], "10:00 20 20 0 –", "of nothing there is no level");
        assert_eq!(table[21], "10:30 (running) 7 3 4 43%");
    }
}

#[test]
fn half_a_day_from_its_first_hour_is_drawn_and_named() {
    let html = page(course(), "/");
    let chart = html.split("class=\"chart\"").nth(1).unwrap().split("chart-table").next().unwrap();
    let names = chart.split("chart__x").nth(1).unwrap();
    assert!(names.contains(">08:00<") && names.contains(">20:00<"), "{names}");
    assert!(!names.contains(">07:00<") && !names.contains(">21:00<"), "{names}");
    assert!(chart.contains(">40<") && chart.contains(">20<"), "the axis ends at a round number");
    // 30 of 40 answered from 9:00 on: three quarters of the height, in the third slot.
    assert!(chart.contains("M213 1000h74V250h-74z"), "{chart}");
    // 8 gave up: from there to 38 of 40.
    assert!(chart.contains("M213 250h74V50h-74z"), "{chart}");
    assert!(chart.contains("127 offered, 105 answered, 20 abandoned"));
}

#[test]
fn without_figures_there_is_a_chart_without_numbers() {
    let html = story::render(story::page(story::rows()), "/");
    assert!(html.contains("No figures yet"));
    let chart = html.split("class=\"chart\"").nth(1).unwrap();
    assert!(chart.contains("<span>–</span>"), "what is not known is no number");
    assert!(!html.contains("chart__bars\" data-series=\"answered\" d=\"M"));
    let nobody =
        CourseRow { offered: vec![0; 21], answered: vec![0; 21], abandoned: vec![0; 21], ..course() };
    assert_eq!(table(&page(nobody, "/"))[16], "08:00 0 0 0 90%");
}

/// Counts of all sizes, days that end before they begin, lists of any length, waits below zero: a page, and nothing drawn
/// outside of it.
#[test]
fn absurd_days_are_drawn_within_the_chart() {
    let huge = |length: usize| vec![u32::MAX; length];
    let absurd = [
        CourseRow { offered: huge(21), answered: huge(21), abandoned: huge(21), ..course() },
        CourseRow { offered: huge(5000), answered: huge(3), abandoned: vec![], ..course() },
        CourseRow { start: UnixMillis(i64::MAX / 2), end: UnixMillis(i64::MIN / 2), ..course() },
        CourseRow { start: UnixMillis(-1), end: UnixMillis(i64::MAX / 4), ..course() },
        CourseRow { answered_in_target: Some(huge(21)), service_level_of: None, ..course() },
        CourseRow { longest_ms: vec![Some(Millis(i64::MIN)), Some(Millis(i64::MAX))], ..course() },
        CourseRow { longest_ms: vec![], ..course() },
    ];
    for course in absurd {
        for path in ["/", "/queues", "/queues/8001"] {
            let html = page(course.clone(), path);
            assert!(
                drawn(&html).into_iter().all(|number| (-1000.0..=520_000.0).contains(&number)),
                "{course:?}"
            );
        }
    }
}

#[test]
fn a_queues_last_hour_is_a_line_and_a_sentence() {
    let html = page(course(), "/queues");
    let row = html.split(">Support</b>").nth(1).unwrap().split("</tr>").next().unwrap();
    assert!(row.contains("the newest last: –, 0:12, 2:41, –, –, –, –, –, –, –, –, 0:00"), "{row}");
    // 161 s is the most, so it is at the top; 12 s is 12/161 of the height; what stands alone is a dot.
    assert!(row.contains("d=\"M150 926L250 0M1150 1000h0\""), "{row}");
    let other = html.split(">Billing</b>").nth(1).unwrap().split("</tr>").next().unwrap();
    assert!(other.contains("No wait ended in the last hour."), "{other}");
}

#[test]
fn who_waited_too_long_leads_to_his_calls_unless_his_number_is_hidden() {
    let html = page(course(), "/queues/8001");
    let list = html.split("class=\"breach-list\"").nth(1).unwrap().split("</ol>").next().unwrap();
    assert_eq!(list.matches("<li").count(), 2);
    assert!(
        list.contains("href=\"/history?number=%2B49301234\"") && list.contains("number withheld"),
        "{list}"
    );
    assert!(list.contains("10:33:20 UTC") && list.contains("longer than 0:20"), "{list}");
    let breaches = vec![Breach { at: START, number: Some("+4930••••<b>".into()) }];
    let html = page(CourseRow { breaches, masked: true, ..course() }, "/queues/8001");
    assert!(html.contains("+4930••••&lt;b&gt;") && !html.contains("/history?number=%2B4930"));
}
