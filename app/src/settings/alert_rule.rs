//! The form of one rule: which value, of what, beyond which limit, for how long, how bad that is, and when it counts.

use leptos::prelude::*;
use model::{
    alert::{Of, Rule},
    time::Millis,
    wire::{Metric, Severity, Unit, Window},
};

use super::parts::{Line, LineField, Note, Tone};
use crate::{components::alert_strip, live::clock::duration, window, words::word};

/// A rule as it is typed.
#[derive(Clone, Debug, Default)]
pub struct RuleForm {
    /// Its id; `None` for a new one.
    pub id: Option<i64>,
    /// The metric's word.
    pub metric: String,
    /// `each`, `tenant`, or `queue:8001`.
    pub of: String,
    /// The window's word.
    pub window: String,
    /// `usual`, `above` or `below`.
    pub side: String,
    /// The limit, in the unit that people use; empty: the queue's target.
    pub limit: Line,
    /// Where it clears; empty: at the limit.
    pub clear: Line,
    /// Seconds.
    pub hold: Line,
    /// The severity's word.
    pub severity: String,
    /// Minutes.
    pub cool_down: Line,
    /// On which days it counts, Monday first; none: always.
    pub days: [bool; 7],
    /// `HH:MM`.
    pub open: [Line; 2],
    /// `HH:MM`; empty: never.
    pub quiet: [Line; 2],
    /// Queues that it can be of: number and name.
    pub queues: Vec<(String, String)>,
    /// What is wrong with it as a whole.
    pub wrong: Option<String>,
}

/// The page's content.
pub fn rule(form: RuleForm) -> AnyView {
    let RuleForm {
        id,
        metric,
        of,
        window,
        side,
        limit,
        clear,
        hold,
        severity,
        cool_down,
        days,
        open,
        quiet,
        queues,
        wrong,
    } = form;
    let title = if id.is_some() { word!(alerts.change_rule) } else { word!(alerts.new_rule) };
    let metrics = Metric::ALL.iter().map(|one| (one.as_str().to_owned(), alert_strip::what(*one).to_owned()));
    let windows = Window::ALL
        .iter()
        .map(|one| (one.as_str().to_owned(), window::Window::from_wire(*one).word().to_owned()));
    let sides =
        [("usual", word!(alerts.usual_side)), ("above", word!(alerts.above)), ("below", word!(alerts.below))]
            .map(|(value, words)| (value.to_owned(), words.to_owned()));
    let severities =
        Severity::ALL.iter().map(|one| (one.as_str().to_owned(), alert_strip::severity(*one).to_owned()));
    view! {
        <div class="settings-head"><div><h1>{title}</h1><p>{word!(alerts.rule_intro)}</p></div></div>
        {wrong.map(|wrong| view! { <Note tone=Tone::Act>{wrong}</Note> })}
        <section class="card">
            <form class="form" method="post" action="/settings/alerts/save">
                {id.map(|id| view! { <input type="hidden" name="id" value=id.to_string()/> })}
                <div class="two">
                    <Choice name="metric" label=word!(alerts.what) chosen=metric choices=metrics.collect() hint=word!(alerts.what_hint)/>
                    <Choice name="of" label=word!(alerts.of) choices=places(queues, &of) chosen=of hint=word!(alerts.of_hint)/>
                    <Choice name="window" label=word!(alerts.window) chosen=window choices=windows.collect() hint=word!(alerts.window_hint)/>
                </div>
                <div class="two">
                    <Choice name="side" label=word!(alerts.side) chosen=side choices=sides.into() hint=word!(alerts.side_hint)/>
                    <LineField id="limit".into() name="limit" label=word!(alerts.limit) line=limit hint=word!(alerts.limit_hint).to_owned() digits=true/>
                    <LineField id="clear".into() name="clear" label=word!(alerts.clear) line=clear hint=word!(alerts.clear_hint).to_owned() digits=true/>
                </div>
                <div class="two">
                    <LineField id="hold".into() name="hold" label=word!(alerts.hold) line=hold hint=word!(alerts.hold_hint).to_owned() digits=true/>
                    <Choice name="severity" label=word!(alerts.severity) chosen=severity choices=severities.collect() hint=word!(alerts.severity_hint)/>
                    <LineField id="cool-down".into() name="cool_down" label=word!(alerts.cool_down) line=cool_down hint=word!(alerts.cool_down_hint).to_owned() digits=true/>
                </div>
                <Hours days open quiet/>
                <div class="form__row">
                    <button class="button button--main">{word!(settings.save)}</button>
                    <a class="button" href="/settings/alerts">{word!(alerts.back)}</a>
                </div>
            </form>
        </section>
    }
    .into_any()
}

/// What a rule can be of. A queue that is not there, or not yet again, stays what it is of.
fn places(queues: Vec<(String, String)>, of: &str) -> Vec<(String, String)> {
    let mut places = vec![
        ("each".to_owned(), word!(alerts.each).to_owned()),
        ("tenant".to_owned(), word!(alert.tenant).to_owned()),
    ];
    places.extend(
        queues.into_iter().map(|(number, name)| (format!("queue:{number}"), format!("{number} {name}"))),
    );
    if !of.is_empty() && !places.iter().any(|(value, _)| value == of) {
        places.push((of.to_owned(), of.trim_start_matches("queue:").to_owned()));
    }
    places
}

#[component]
fn Choice(
    /// The name that the form sends; the element's id too.
    name: &'static str,
    /// What it is.
    label: &'static str,
    /// The value that is chosen at first.
    chosen: String,
    /// What there is to choose: value and words.
    choices: Vec<(String, String)>,
    /// What to know about it.
    hint: &'static str,
) -> impl IntoView {
    let options = choices.into_iter().map(|(value, words)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{words}</option> }
    });
    let described = format!("{name}-hint");
    view! {
        <div class="field">
            <label class="field__label" for=name>{label}</label>
            <select class="input" id=name name=name aria-describedby=described.clone()>{options.collect_view()}</select>
            <p class="field__hint" id=described>{hint}</p>
        </div>
    }
    .into_any()
}

#[component]
fn Hours(
    /// On which days it counts.
    days: [bool; 7],
    /// From and to when.
    open: [Line; 2],
    /// From and to when nothing sounds.
    quiet: [Line; 2],
) -> impl IntoView {
    let names = word!(alerts.days).split('|').zip(days).enumerate().map(|(day, (name, checked))| {
        view! { <label class="alert-day"><input type="checkbox" name="day" value=day.to_string() checked=checked/> {name}</label> }
    });
    let [open_from, open_to] = open;
    let [quiet_from, quiet_to] = quiet;
    view! {
        <fieldset class="field choice">
            <legend class="field__label">{word!(alerts.open)}</legend>
            <span class="alert-days">{names.collect_view()}</span>
            <div class="two">
                <LineField id="open-from".into() name="open_from" label=word!(alerts.from) line=open_from/>
                <LineField id="open-to".into() name="open_to" label=word!(alerts.to) line=open_to/>
            </div>
            <p class="field__hint">{word!(alerts.open_hint)}</p>
        </fieldset>
        <fieldset class="field choice">
            <legend class="field__label">{word!(alerts.quiet)}</legend>
            <div class="two">
                <LineField id="quiet-from".into() name="quiet_from" label=word!(alerts.from) line=quiet_from/>
                <LineField id="quiet-to".into() name="quiet_to" label=word!(alerts.to) line=quiet_to/>
            </div>
            <p class="field__hint">{word!(alerts.quiet_hint)}</p>
        </fieldset>
    }
    .into_any()
}

/// What a rule looks at, in words; a queue by its name where that is known.
pub fn place(of: &Of, name: impl Fn(&str) -> Option<String>) -> String {
    match of {
        Of::Each => word!(alerts.each).into(),
        Of::Tenant => word!(alert.tenant).into(),
        Of::Queue(number) => {
            let name = name(number.as_str()).filter(|name| !name.is_empty());
            name.map_or_else(|| number.to_string(), |name| format!("{name} {number}"))
        }
    }
}

/// When a rule is raised, in a sentence.
pub fn sentence(rule: &Rule) -> String {
    let what = alert_strip::what(rule.metric);
    let what = if rule.metric.has_window() {
        word!(alerts.of_window, what, window::Window::from_wire(rule.window).word())
    } else {
        what.to_owned()
    };
    let limit = rule
        .limit
        .map_or_else(|| word!(alerts.its_target).to_owned(), |limit| alert_strip::value(rule.metric, limit));
    let hold = duration(Millis::seconds(rule.hold_s.into()));
    if rule.below {
        word!(alerts.is_below, what, limit, hold)
    } else {
        word!(alerts.is_above, what, limit, hold)
    }
}

/// A number as people type it for a metric: pieces, seconds or percent.
pub fn typed(metric: Metric, number: i64) -> i64 {
    number / scale(metric)
}

/// How many of a metric's unit are one of what people type.
pub const fn scale(metric: Metric) -> i64 {
    match metric.unit() {
        Unit::Count => 1,
        Unit::Millis => 1000,
        Unit::Share => 100,
    }
}

/// What is wrong with a number that was typed.
pub fn number_wrong() -> &'static str {
    word!(alerts.number_wrong)
}

/// What is wrong with a time of day that was typed.
pub fn time_wrong() -> &'static str {
    word!(alerts.time_wrong)
}

/// What is wrong with a rule whose value and place don't go together.
pub fn unsound() -> &'static str {
    word!(alerts.unsound)
}
