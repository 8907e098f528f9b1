//! `/settings/alerts/rule`: the form of one rule, as it is shown and as it is read.

use app::settings::{
    Place,
    alert_rule::{self as shown, RuleForm, number_wrong, scale, time_wrong, typed, unsound},
    parts::Line,
};
use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use model::{
    alert::{Hours, Of, Rule},
    wire::{Metric, Severity, Unit, Window},
};
use serde::Deserialize;

use super::{
    administered,
    alerts::refused,
    forms::{self, Filled, Posted},
    unreadable_settings,
};
use crate::{
    access::{Asker, By},
    live::LiveTenant,
    web::{Problem, Web},
};

/// The longest hold, in seconds, and the longest cool-down, in minutes: an hour and a day.
const HOLD_S_MAX: i64 = 3600;
const COOL_DOWN_MIN_MAX: i64 = 24 * 60;

/// The longest number of a queue, in bytes.
const NUMBER_MAX: usize = 64;

/// Which rule; a new one where it is none.
#[derive(Debug, Default, Deserialize)]
pub struct Which {
    id: Option<String>,
}

/// `GET /settings/alerts/rule?id=…`.
pub async fn show(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let Some(id) = which.id else { return answer(&web, &tenant, StatusCode::OK, blank()) };
    let rules = web.hub().alerts().rules(&tenant.id).map_err(unreadable_settings)?;
    let kept = rules.into_iter().find(|rule| rule.id.to_string() == id);
    let (id, rule) = kept
        .and_then(|kept| Some((kept.id, kept.rule?)))
        .ok_or_else(|| Problem::not_found("there is no such rule any more; load /settings/alerts again"))?;
    answer(&web, &tenant, StatusCode::OK, of_rule(id, &rule))
}

/// `POST /settings/alerts/save`.
pub async fn save(
    State(web): State<Web>,
    Posted { tenant, asker, filled }: Posted,
) -> Result<Response, Problem> {
    let mut form = of_sent(&filled);
    let Some(rule) = read(&mut form)? else {
        return answer(&web, &tenant, StatusCode::UNPROCESSABLE_ENTITY, form);
    };
    let by = By { tenant: &tenant.id, who: &asker.who };
    match web.hub().alerts().set_rules(by, form.id, &[rule]) {
        Ok(()) => Ok(Redirect::to("/settings/alerts").into_response()),
        Err(error) => {
            let (status, (_, wrong)) = refused(&error)?;
            answer(&web, &tenant, status, RuleForm { wrong: Some(wrong), ..form })
        }
    }
}

fn answer(web: &Web, tenant: &LiveTenant, status: StatusCode, form: RuleForm) -> Result<Response, Problem> {
    let form = RuleForm { queues: forms::known(tenant).queues, ..form };
    forms::answer(web, tenant, Place::Alerts, status, || shown::rule(form))
}

fn line(value: impl Into<String>) -> Line {
    Line { value: value.into(), ..Line::default() }
}

/// What stands there at first.
fn blank() -> RuleForm {
    RuleForm {
        metric: Metric::LongestWait.as_str().into(),
        of: "each".into(),
        window: Window::M30.as_str().into(),
        side: "usual".into(),
        hold: line("10"),
        severity: Severity::Attention.as_str().into(),
        cool_down: line("5"),
        open: [line("08:00"), line("18:00")],
        ..RuleForm::default()
    }
}

fn of_rule(id: i64, rule: &Rule) -> RuleForm {
    let number = |number: Option<i64>| {
        number.map(|number| line(typed(rule.metric, number).to_string())).unwrap_or_default()
    };
    let time = |minute: u16| line(format!("{:02}:{:02}", minute / 60, minute % 60));
    let times = |hours: Hours| [time(hours.from), time(hours.to)];
    let mut days = [false; 7];
    for (day, checked) in (0..).zip(&mut days) {
        *checked = rule.open.is_some_and(|open| open.has(day));
    }
    RuleForm {
        id: Some(id),
        metric: rule.metric.as_str().into(),
        of: match &rule.of {
            Of::Each => "each".into(),
            Of::Tenant => "tenant".into(),
            Of::Queue(number) => format!("queue:{number}"),
        },
        window: rule.window.as_str().into(),
        side: if rule.below { "below" } else { "above" }.into(),
        limit: number(rule.limit),
        clear: number(rule.clear),
        hold: line(rule.hold_s.to_string()),
        severity: rule.severity.as_str().into(),
        cool_down: line((rule.cool_down_s / 60).to_string()),
        days,
        open: rule.open.map_or_else(|| blank().open, times),
        quiet: rule.quiet.map(times).unwrap_or_default(),
        ..RuleForm::default()
    }
}

fn of_sent(filled: &Filled) -> RuleForm {
    let text = |name: &str| filled.text(name).trim().to_owned();
    let mut days = [false; 7];
    for day in filled.all("day") {
        if let Some(checked) = day.parse::<usize>().ok().and_then(|day| days.get_mut(day)) {
            *checked = true;
        }
    }
    RuleForm {
        id: filled.text("id").parse().ok(),
        metric: text("metric"),
        of: text("of"),
        window: text("window"),
        side: text("side"),
        limit: line(text("limit")),
        clear: line(text("clear")),
        hold: line(text("hold")),
        severity: text("severity"),
        cool_down: line(text("cool_down")),
        days,
        open: [line(text("open_from")), line(text("open_to"))],
        quiet: [line(text("quiet_from")), line(text("quiet_to"))],
        ..RuleForm::default()
    }
}

/// The rule that a form means; `None` where it says in the form what is wrong.
fn read(form: &mut RuleForm) -> Result<Option<Rule>, Problem> {
    let metric = one_of(Metric::ALL, &form.metric, Metric::as_str)?;
    let of = match form.of.split_once(':') {
        _ if form.of == "each" => Of::Each,
        _ if form.of == "tenant" => Of::Tenant,
        Some(("queue", number)) if (1..=NUMBER_MAX).contains(&number.len()) => Of::Queue(number.into()),
        _ => return Err(forms::unreadable()),
    };
    let most = if metric.unit() == Unit::Share { 100 } else { 1_000_000 };
    let limit = number(&mut form.limit, most);
    let clear = number(&mut form.clear, most);
    let hold = number(&mut form.hold, HOLD_S_MAX).unwrap_or_default();
    let cool_down = number(&mut form.cool_down, COOL_DOWN_MIN_MAX).unwrap_or_default();
    let scaled = |number: i64| number * scale(metric);
    let mut days = 0;
    for (day, checked) in form.days.into_iter().enumerate() {
        days |= u8::from(checked) << day;
    }
    // Without a day it always counts, whatever the times say.
    let open = (days != 0).then(|| hours(&mut form.open, days)).flatten();
    let is_quiet = form.quiet.iter().any(|line| !line.value.is_empty());
    let quiet = is_quiet.then(|| hours(&mut form.quiet, Hours::ALL_DAYS)).flatten();
    let lines = [&form.limit, &form.clear, &form.hold, &form.cool_down];
    let is_wrong = lines.into_iter().chain(&form.open).chain(&form.quiet).any(|line| line.wrong.is_some());
    let rule = Rule {
        metric,
        of,
        window: one_of(Window::ALL, &form.window, Window::as_str)?,
        below: match form.side.as_str() {
            "above" => false,
            "below" => true,
            _ => metric.is_bad_below(),
        },
        limit: limit.map(scaled),
        clear: clear.map(scaled),
        hold_s: u32::try_from(hold).unwrap_or_default(),
        severity: one_of(Severity::ALL, &form.severity, Severity::as_str)?,
        cool_down_s: u32::try_from(cool_down * 60).unwrap_or_default(),
        open,
        quiet,
    };
    if !is_wrong && !rule.is_sound() {
        form.wrong = Some(unsound().to_owned());
    }
    Ok((!is_wrong && rule.is_sound()).then_some(rule))
}

/// The one that is meant; a word that no page of ours sends is a bad form.
fn one_of<T: Copy>(all: &[T], text: &str, word: impl Fn(T) -> &'static str) -> Result<T, Problem> {
    all.iter().copied().find(|one| word(*one) == text).ok_or_else(forms::unreadable)
}

/// A number from 0 to `most`; `None` where there is none, or the line says what is wrong.
fn number(line: &mut Line, most: i64) -> Option<i64> {
    if line.value.is_empty() {
        return None;
    }
    let number = line.value.parse().ok().filter(|number| (0..=most).contains(number));
    if number.is_none() {
        line.wrong = Some(number_wrong().to_owned());
    }
    number
}

/// Hours on these days; `None` where a line says what is wrong.
fn hours([from, to]: &mut [Line; 2], days: u8) -> Option<Hours> {
    let minute = |line: &mut Line| {
        let time = crate::config::time_of_day(&line.value);
        if time.is_none() {
            line.wrong = Some(time_wrong().to_owned());
        }
        let time = time?;
        u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).ok()
    };
    let (from, to) = (minute(from), minute(to));
    Some(Hours { days, from: from?, to: to? })
}
