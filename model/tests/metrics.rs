//! Figures are what `docs/metrics.md` says, whatever came late, twice or was taken back. Oracles: ICMI's worked example,
//! the numbers of PortSIP's pictures, and a second implementation written from that page (`metrics/naive.rs`).

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

#[path = "metrics/agent.rs"]
mod agent;
#[path = "metrics/any_order.rs"]
mod any_order;
#[path = "metrics/course.rs"]
mod course;
#[path = "metrics/naive.rs"]
mod naive;

use model::{
    metrics::{Contribution, Day, Ended, Ledger, Minute, Rules, Visit},
    time::{Millis, UnixMillis},
    wire::{AgentFigures, Figures, ServiceLevel, Share, WindowFigures},
};

/// The first moments of days in Berlin around 29 March 2026, which has 23 hours. Oracle: `date -u` with the zone's rules
/// (summer time from 01:00 UTC on).
const DAYS: [i64; 5] =
    [1_774_566_000_000, 1_774_652_400_000, 1_774_738_800_000, 1_774_821_600_000, 1_774_908_000_000];

/// As above, around 25 October 2026, which has 25.
const AUTUMN: [i64; 4] = [1_792_792_800_000, 1_792_879_200_000, 1_792_969_200_000, 1_793_055_600_000];

/// The minute entry of a moment.
fn minute(days: &[i64], t: i64) -> Minute {
    let next = days.partition_point(|day| *day <= t).clamp(1, days.len() - 1);
    Minute { t: UnixMillis(t), day: Day { start: UnixMillis(days[next - 1]), end: UnixMillis(days[next]) } }
}

fn visit(ended: i64, wait_s: i64, how: Ended) -> Contribution {
    let wait = Some(Millis::seconds(wait_s));
    Contribution::Visit(Visit { ended: UnixMillis(ended), wait, how, callback: false })
}

const NOON: i64 = DAYS[1] + 12 * 3_600_000;

/// The figures of visits of one minute, `(how many, wait, how)`.
fn of_visits(visits: &[(usize, i64, Ended)], rules: &Rules) -> WindowFigures {
    let mut ledger = Ledger::default();
    ledger.roll(&minute(&DAYS, NOON));
    for (times, wait_s, how) in visits {
        for _ in 0..*times {
            ledger.put(&visit(NOON, *wait_s, *how));
        }
    }
    ledger.figures(rules).unwrap().today
}

/// ICMI's day: 1,000 answered, 860 of them within 20 s; 60 abandoned, 20 of them within 20 s, of these 10 within 5 s.
const ICMI: [(usize, i64, Ended); 7] = [
    (800, 3, Ended::Answered),
    (60, 20, Ended::Answered),
    (140, 21, Ended::Answered),
    (10, 4, Ended::Abandoned),
    (5, 5, Ended::Abandoned),
    (5, 20, Ended::Abandoned),
    (40, 90, Ended::Abandoned),
];

/// Oracle: the three percentages of ICMI's worked example.
#[test]
fn icmis_day_has_the_service_levels_that_icmi_computed() {
    for (formula, level, of) in [
        (ServiceLevel::V3, "81.13 %", 1060),
        (ServiceLevel::V4, "82.69 %", 1040),
        (ServiceLevel::V6, "81.90 %", 1050),
    ] {
        let rules = Rules { formula, target_s: Some(20), short_abandon_s: Some(5), ..Rules::default() };
        let figures = of_visits(&ICMI, &rules);
        assert_eq!(figures.service_level.unwrap().to_string(), level);
        assert_eq!((figures.answered_in_target, figures.service_level_of), (Some(860), Some(of)));
        assert_eq!((figures.offered, figures.short_abandoned), (1060, Some(10)));
    }
}

/// Oracle: PortSIP's screenshot of queue 8010.
#[test]
fn portsips_picture_is_matched_by_the_default() {
    let picture = [(1797, 9, Ended::Answered), (5, 40, Ended::Answered), (7208, 60, Ended::Abandoned)];
    let figures = of_visits(&picture, &Rules { target_s: Some(20), ..Rules::default() });
    assert_eq!((figures.offered, figures.answered, figures.abandoned), (9010, 1802, 7208));
    assert_eq!(figures.service_level, Some(Share(1994)));
}

/// Oracle: docs/metrics.md. A wait at the target is in time, one at the limit is no short abandon.
#[test]
fn what_can_not_be_computed_is_null() {
    let unset = of_visits(&ICMI, &Rules::default());
    assert_eq!((unset.service_level, unset.answered_in_target, unset.short_abandoned), (None, None, None));
    let six = Rules { formula: ServiceLevel::V6, target_s: Some(20), ..Rules::default() };
    assert_eq!(of_visits(&ICMI, &six).service_level, None);
    let set = Rules { target_s: Some(20), short_abandon_s: Some(5), ..Rules::default() };
    let nobody = of_visits(&[], &set);
    let expected = WindowFigures {
        short_abandoned: Some(0),
        answered_in_target: Some(0),
        service_level_of: Some(0),
        ..WindowFigures::default()
    };
    assert_eq!(nobody, expected);
    let mut ledger = Ledger::default();
    ledger.put(&visit(NOON, 5, Ended::Answered));
    assert_eq!(ledger.figures(&set), None, "before the first minute entry");
}

/// A visit every ten minutes, for three days around each clock change: so many as the day has tens of minutes, and the
/// last hour's are not touched by midnight.
#[test]
fn a_day_of_23_and_one_of_25_hours_are_counted_whole() {
    for (days, expected) in [(&DAYS[1..], [144, 138, 144]), (&AUTUMN[..], [144, 150, 144])] {
        let mut ledger = Ledger::default();
        let mut counts = Vec::new();
        let rules = Rules::default();
        for t in (days[0]..days[3]).step_by(60_000) {
            ledger.roll(&minute(days, t));
            if t % 600_000 == 0 {
                let figures = ledger.figures(&rules).unwrap();
                if days.contains(&t) {
                    assert_eq!(figures.today.offered, 0, "a new day begins with nothing");
                }
                if t >= days[0] + 3_600_000 {
                    assert_eq!(figures.m60.offered, 6, "at {t}");
                }
                ledger.put(&visit(t, 8, Ended::Answered));
            }
            if days.contains(&(t + 60_000)) {
                counts.push(ledger.figures(&rules).unwrap().today.offered);
            }
        }
        assert_eq!(counts, expected);
    }
}

/// The windows' edges, at 12:00:30: 11:45:00 is in the last 15 minutes, 11:44:59.999 is not, and so on; what comes before
/// the next minute entry counts, unless it is of the next day.
#[test]
fn a_window_is_its_whole_minutes_and_the_running_one() {
    let counts = |ended: i64, now: i64| {
        let mut ledger = Ledger::default();
        ledger.roll(&minute(&DAYS, now));
        ledger.put(&visit(ended, 8, Ended::Answered));
        let Figures { m15, m30, m60, today, .. } = ledger.figures(&Rules::default()).unwrap();
        [m15, m30, m60, today].map(|window| window.offered)
    };
    let minutes = |n: i64| n * 60_000;
    for (ended, expected) in [
        (NOON + 90_000, [1, 1, 1, 1]),
        (NOON - minutes(15), [1, 1, 1, 1]),
        (NOON - minutes(15) - 1, [0, 1, 1, 1]),
        (NOON - minutes(30) - 1, [0, 0, 1, 1]),
        (NOON - minutes(60) - 1, [0, 0, 0, 1]),
        (DAYS[1], [0, 0, 0, 1]),
        (DAYS[1] - 1, [0, 0, 0, 0]),
    ] {
        assert_eq!(counts(ended, NOON + 30_000), expected, "{ended}");
    }
    assert_eq!(counts(DAYS[2], DAYS[2] - 30_000), [1, 1, 1, 0]);
}

/// Every field is always there, unknown ones as `null`, and the names are those of docs/metrics.md.
#[test]
fn figures_on_the_wire_are_complete_and_come_back() {
    let figures = Figures {
        formula: Some(ServiceLevel::V4),
        target_s: Some(20),
        today: of_visits(&ICMI, &Rules { target_s: Some(20), ..Rules::default() }),
        ..Figures::default()
    };
    let json = serde_json::to_value(figures).unwrap();
    assert_eq!(json["formula"], 4);
    assert_eq!(json["today"]["service_level"], 8113);
    assert_eq!(json["today"]["asa_ms"], 6540);
    let page = include_str!("../../docs/metrics.md");
    let agent = serde_json::to_value(AgentFigures::default()).unwrap();
    for (name, value) in json["m15"].as_object().unwrap().iter().chain(agent.as_object().unwrap()) {
        assert!(value.is_null() || *value == 0, "{name}");
        assert!(page.contains(name), "docs/metrics.md knows no {name}");
    }
    assert_eq!(serde_json::from_value::<Figures>(json.clone()).unwrap(), figures);
    let wrong = serde_json::from_str::<ServiceLevel>("5").unwrap_err().to_string();
    assert!(wrong.contains("choose 3, 4 or 6"), "{wrong}");
}
