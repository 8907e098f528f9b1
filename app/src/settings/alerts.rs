//! Alerts: the rules that there are and how each stands, the webhooks that are told, and what was raised until now.

use leptos::prelude::*;
use model::{alert::Unknown, wire::Severity};

use super::{
    listing::{Listing, Named},
    parts::{Note, Tone},
    webhooks::{Webhook, Webhooks, outcome},
};
use crate::{
    components::{alert_strip, icon::Icon},
    words::word,
};

/// How a rule stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing is out of bounds.
    Fine,
    /// It is raised at so many places.
    Raised(usize),
    /// At so many places its value can't be computed, and why at one of them.
    Unknown(usize, Unknown),
    /// It does not count at this time.
    Closed,
    /// It is switched off.
    Off,
    /// It can't be read.
    Unreadable,
}

/// A rule.
#[derive(Clone, Debug)]
pub struct RuleLine {
    /// Its id.
    pub id: i64,
    /// What is wanted of a person; `None` where it can't be read.
    pub severity: Option<Severity>,
    /// What it looks at.
    pub place: String,
    /// When it is raised, in a sentence.
    pub sentence: String,
    /// How it stands.
    pub state: State,
}

/// A line of the log.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// Its id.
    pub id: i64,
    /// What was wanted of a person.
    pub severity: Severity,
    /// Where, and what was out of bounds.
    pub what: String,
    /// When it was raised.
    pub raised: String,
    /// When it was cleared, and why as the log says it; `None`: it is raised.
    pub cleared: Option<(String, String)>,
    /// When it was acknowledged, and by whom.
    pub acknowledged: Option<(String, String)>,
    /// What webhooks were told: whose name, of what, and what came of it.
    pub told: Vec<Told>,
}

/// What a webhook was told.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its name.
    pub name: String,
    /// `raised`, `acknowledged` or `cleared`.
    pub kind: String,
    /// What came of the last try, by the log's word.
    pub result: Option<String>,
    /// It is tried again.
    pub waits: bool,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Page {
    /// The rules, in the order in which they were made.
    pub rules: Vec<RuleLine>,
    /// The webhooks.
    pub webhooks: Vec<Webhook>,
    /// The log, newest first.
    pub log: Vec<LogLine>,
    /// The key of the log's next page, where there is one.
    pub older: Option<i64>,
    /// These are not the newest lines.
    pub is_later_page: bool,
    /// A webhook that was made just now: its name, and its secret.
    pub fresh: Option<(String, String)>,
    /// What came of something: how well, and in words.
    pub note: Option<(Tone, String)>,
    /// What was typed for the next webhook: name and address.
    pub typed: [String; 2],
}

/// The page's content.
pub fn alerts(page: Page) -> AnyView {
    let Page { rules, webhooks, log, older, is_later_page, fresh, note, typed } = page;
    let is_empty = rules.is_empty();
    let rows = rules.into_iter().map(rule).collect();
    let lines = log.into_iter().map(line).collect();
    view! {
        <div class="settings-head">
            <div><h1>{word!(alerts.title)}</h1><p>{word!(alerts.intro)}</p></div>
            <a class="button button--main settings-head__action" href="/settings/alerts/rule">{word!(alerts.new_rule)}</a>
        </div>
        {note.map(|(tone, words)| view! { <Note tone>{words}</Note> })}
        <section class="card rules">
            <Listing caption=word!(alerts.rules) heads=[word!(alerts.severity), word!(alerts.of), word!(alerts.sentence), word!(alerts.state), word!(listing.acts)] rows none=word!(alerts.none)/>
            {is_empty.then(|| view! {
                <form class="form" method="post" action="/settings/alerts/usual">
                    <p class="field__hint">{word!(alerts.usual_means)}</p>
                    <div><button class="button">{word!(alerts.usual)}</button></div>
                </form>
            })}
        </section>
        <Webhooks webhooks fresh typed/>
        <section class="card audit">
            <header class="card__head"><h2>{word!(alerts.log)}</h2></header>
            <Listing caption=word!(alerts.log) heads=[word!(alerts.severity), word!(alerts.what), word!(alerts.raised_at), word!(alerts.cleared_at), word!(alerts.told)] rows=lines none=word!(alerts.log_none)/>
        </section>
        <nav class="form__row" aria-label=word!(audit.pages)>
            {is_later_page.then(|| view! { <a class="button" href="/settings/alerts">{word!(audit.newest)}</a> })}
            {older.map(|before| view! { <a class="button" rel="next" href=format!("/settings/alerts?before={before}")>{word!(audit.older)}</a> })}
        </nav>
    }
    .into_any()
}

/// A severity with its glyph.
#[component]
fn Tag(
    /// What is wanted.
    severity: Severity,
) -> impl IntoView {
    view! {
        <span class="alert-tag" data-severity=severity.as_str()>
            <Icon name=alert_strip::glyph(severity)/> <b>{alert_strip::severity(severity)}</b>
        </span>
    }
}

fn rule(line: RuleLine) -> Vec<AnyView> {
    let RuleLine { id, severity, place, sentence, state } = line;
    let (is_on, is_readable) = (state != State::Off, state != State::Unreadable);
    let name = word!(alerts.of_place, &place, &sentence);
    vec![
        severity.map(|severity| view! { <Tag severity/> }).into_any(),
        view! { <Named name=place/> }.into_any(),
        view! { <bdi>{sentence}</bdi> }.into_any(),
        view! { <span data-rule-state=state.name()>{state.words()}</span> }.into_any(),
        view! {
            <span class="act">
                {is_readable.then(|| view! {
                    <a class="button" href=format!("/settings/alerts/rule?id={id}")>{word!(alerts.edit)} <span class="visually-hidden">{name.clone()}</span></a>
                    <form method="post" action="/settings/alerts/switch">
                        <input type="hidden" name="id" value=id.to_string()/>
                        <button class="switch" role="switch" aria-checked=is_on.to_string() name="on" value=if is_on { "no" } else { "yes" }>
                            {if is_on { word!(alerts.on) } else { word!(alerts.off) }} <span class="visually-hidden">{name.clone()}</span>
                        </button>
                    </form>
                })}
                <form method="post" action="/settings/alerts/remove">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <button class="button button--danger">{word!(alerts.remove)} <span class="visually-hidden">{name.clone()}</span></button>
                </form>
            </span>
        }
        .into_any(),
    ]
}

impl State {
    /// As tests and the style sheet know it.
    const fn name(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Raised(_) => "raised",
            Self::Unknown(..) => "unknown",
            Self::Closed => "closed",
            Self::Off => "off",
            Self::Unreadable => "unreadable",
        }
    }

    fn words(self) -> String {
        match self {
            Self::Fine => word!(alerts.state_fine).into(),
            Self::Raised(count) => word!(alerts.state_raised, count),
            Self::Unknown(count, why) => word!(alerts.state_unknown, count, why_unknown(why)),
            Self::Closed => word!(alerts.state_closed).into(),
            Self::Off => word!(alerts.off).into(),
            Self::Unreadable => word!(alerts.unreadable).into(),
        }
    }
}

/// Why a value can't be computed, in words.
fn why_unknown(why: Unknown) -> &'static str {
    match why {
        Unknown::NoQueue => word!(alerts.why_no_queue),
        Unknown::NoAgents => word!(alerts.why_no_agents),
        Unknown::NoFigures => word!(alerts.why_no_figures),
        Unknown::NoTarget => word!(alerts.why_no_target),
        Unknown::NoCalls => word!(alerts.why_no_calls),
        Unknown::NoEvent => word!(alerts.why_no_event),
        Unknown::NotOfThis => word!(alerts.why_not_of_this),
    }
}

fn line(line: LogLine) -> Vec<AnyView> {
    let LogLine { id, severity, what, raised, cleared, acknowledged, told } = line;
    let is_raised = cleared.is_none();
    let told = told.into_iter().map(|told| {
        let (kind, result) = (kind(&told.kind), told.result.as_deref().map(outcome));
        let waits = told.waits.then(|| word!(alerts.told_waits));
        view! { <li><bdi>{told.name}</bdi> " · " {kind} " · " {result} " " {waits}</li> }
    });
    vec![
        view! { <Tag severity/> }.into_any(),
        view! { <bdi>{what}</bdi> }.into_any(),
        view! { <span class="audit__at">{raised}</span> }.into_any(),
        view! {
            <span class="alert-end">
                {match cleared {
                    Some((at, why)) => view! { <span class="audit__at">{at}</span> " " {why_cleared(&why)} }.into_any(),
                    None => view! { <b>{word!(alerts.still)}</b> }.into_any(),
                }}
                {match acknowledged {
                    Some((at, who)) => view! { <span class="sub">{word!(alerts.acknowledged_by, who, at)}</span> }.into_any(),
                    None if is_raised => view! {
                        <form method="post" action="/alerts/acknowledge">
                            <input type="hidden" name="id" value=id.to_string()/>
                            <input type="hidden" name="next" value="/settings/alerts"/>
                            <button class="button">{word!(alert.acknowledge)}</button>
                        </form>
                    }
                    .into_any(),
                    None => ().into_any(),
                }}
            </span>
        }
        .into_any(),
        view! { <ul class="alert-told">{told.collect_view()}</ul> }.into_any(),
    ]
}

fn kind(word: &str) -> &'static str {
    match word {
        "raised" => word!(alerts.kind_raised),
        "acknowledged" => word!(alerts.kind_acknowledged),
        _ => word!(alerts.kind_cleared),
    }
}

fn why_cleared(word: &str) -> &'static str {
    match word {
        "closed" => word!(alerts.cleared_closed),
        "rule" => word!(alerts.cleared_rule),
        "queue" => word!(alerts.cleared_queue),
        _ => word!(alerts.cleared_value),
    }
}

/// Where an alert is, and what is out of bounds.
pub fn what(alert: &model::wire::Alert) -> String {
    word!(alerts.of_place, alert_strip::place(alert), alert_strip::line(alert))
}
