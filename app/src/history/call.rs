//! One finished call: what came of it, and its way: who was tried, from when to when, beside one another in time.

use leptos::prelude::*;
use model::{
    time::UnixMillis,
    wire::{PastCall, PastLeg, PastVisit, Phase},
};

use super::{direction_word, end_word, length, party, result_word};
use crate::words::word;

/// How wide a line of time is drawn, in its own units.
const WIDTH: i64 = 1000;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Page {
    /// The call.
    pub call: PastCall,
    /// When it began, with the day, on the tenant's clock.
    pub at: String,
    /// The time of day of a moment, on the same clock.
    pub clock: Vec<(UnixMillis, String)>,
}

impl Page {
    fn time(&self, at: UnixMillis) -> String {
        self.clock.iter().find(|(known, _)| *known == at).map(|(_, text)| text.clone()).unwrap_or_default()
    }
}

/// Every moment that a page says: the server writes them down.
pub fn moments(call: &PastCall) -> Vec<UnixMillis> {
    let legs = call.legs.iter().flat_map(|leg| [Some(leg.since), leg.answered, leg.ended]);
    let visits = call.visits.iter().flat_map(|visit| [visit.entered, Some(visit.ended)]);
    let own = [call.started, Some(call.ended), call.answered];
    own.into_iter().chain(legs).chain(visits).flatten().collect()
}

/// A part of the call's way.
struct Step {
    from: UnixMillis,
    answered: Option<UnixMillis>,
    to: UnixMillis,
    who: String,
    what: String,
    is_queue: bool,
    is_approximate: bool,
}

/// The page's content.
pub fn call(page: &Page) -> AnyView {
    let steps = steps(&page.call);
    let facts = facts(page);
    let first = page.call.at();
    let last = steps.iter().map(|step| step.to).chain([page.call.ended]).max().unwrap_or(first);
    let lines = steps.iter().map(|step| line(step, page, first, last)).collect_view();
    let approximate = steps.iter().any(|step| step.is_approximate);
    let is_empty = steps.is_empty();
    view! {
        <div class="settings-head">
            <div>
                <h1><bdi>{party(&page.call.from)}</bdi> " → " <bdi>{party(&page.call.to)}</bdi></h1>
                <p>{page.at.clone()}</p>
            </div>
            <a class="button settings-head__action" href="/history">{word!(history.back)}</a>
        </div>
        {page.call.unconfirmed.then(|| view! { <p class="note" data-tone="heed">{word!(history.unconfirmed)}</p> })}
        <section class="card">
            <dl class="facts">{facts}</dl>
        </section>
        <section class="card history-way">
            <h2>{word!(history.way)}</h2>
            {if is_empty {
                view! { <p class="empty">{word!(history.no_way)}</p> }.into_any()
            } else {
                view! { <ol class="way">{lines}</ol> }.into_any()
            }}
            {approximate.then(|| view! { <p class="sub">{word!(history.approximate)}</p> })}
            {page.call.masked.then(|| view! { <p class="sub">{word!(history.masked)}</p> })}
        </section>
    }
    .into_any()
}

fn facts(page: &Page) -> impl IntoView + use<> {
    let call = &page.call;
    let queue = match (&call.queue_name, &call.queue_number) {
        (Some(name), Some(number)) => Some(format!("{} · {number}", name.as_str())),
        (Some(name), None) => Some(name.to_string()),
        (None, Some(number)) => Some(number.to_string()),
        (None, None) => None,
    };
    let facts = [
        (word!(history.result), Some(result_word(call.result).to_owned())),
        (word!(history.direction), call.direction.map(|way| direction_word(way).to_owned())),
        (word!(history.answered_by), call.answered_by.as_ref().map(ToString::to_string)),
        (word!(history.wait), call.wait_ms.map(length)),
        (word!(history.talk), Some(length(call.talk_ms))),
        (word!(history.ended), Some(page.time(call.ended))),
        (word!(history.queue), queue),
        (word!(history.did), call.did.as_ref().map(ToString::to_string)),
        (word!(history.trunk), call.trunk.as_ref().map(ToString::to_string)),
        (word!(history.id), Some(call.id.to_string())),
    ];
    let fact = |(name, said): (&'static str, Option<String>)| {
        said.map(|said| view! { <div class="facts__one"><dt>{name}</dt><dd><bdi>{said}</bdi></dd></div> })
    };
    facts.into_iter().filter_map(fact).collect_view()
}

fn steps(call: &PastCall) -> Vec<Step> {
    let leg = |leg: &PastLeg| {
        let to = leg.ended.unwrap_or(call.ended);
        let name = leg.name.as_ref().map(|name| format!("{} · {}", name.as_str(), leg.number));
        let what = match (leg.phase, leg.answered) {
            (_, Some(answered)) => word!(history.leg_answered, length(to.since(answered))),
            (Phase::Failed, None) => word!(history.leg_failed).to_owned(),
            _ => word!(history.leg_no_answer).to_owned(),
        };
        Step {
            from: leg.since,
            answered: leg.answered,
            to,
            who: name.unwrap_or_else(|| leg.number.to_string()),
            what,
            is_queue: false,
            is_approximate: leg.approximate,
        }
    };
    let visit = |visit: &PastVisit| {
        let name = visit.queue_name.as_ref().map(ToString::to_string);
        let number = visit.queue_number.as_ref().map(ToString::to_string);
        let queue = name.or(number).unwrap_or_else(|| visit.queue.to_string());
        Step {
            from: visit.entered.unwrap_or(visit.ended),
            answered: None,
            to: visit.ended,
            who: word!(history.in_queue, queue),
            what: end_word(visit.how).to_owned(),
            is_queue: true,
            is_approximate: false,
        }
    };
    let mut steps: Vec<Step> = call.visits.iter().map(visit).chain(call.legs.iter().map(leg)).collect();
    steps.sort_by_key(|step| (step.from, !step.is_queue));
    steps
}

/// A step: when, who and what in words, and the same as a bar. The bar says nothing more, so that who doesn't see it misses
/// nothing.
fn line(step: &Step, page: &Page, first: UnixMillis, last: UnixMillis) -> impl IntoView + use<> {
    let span = last.since(first).0.max(1);
    let x = |at: UnixMillis| at.since(first).0.min(span) * WIDTH / span;
    let bar = move |from: UnixMillis, to: UnixMillis, class: &'static str| {
        let width = (x(to) - x(from)).max(3);
        view! { <rect class=class x=x(from) y="0" width=width height="10"></rect> }
    };
    let waits = if step.is_queue { "way__queue" } else { "way__rings" };
    let rings = bar(step.from, step.answered.unwrap_or(step.to), waits);
    let talks = step.answered.map(|answered| bar(answered, step.to, "way__talks"));
    let times = format!("{} – {}", page.time(step.from), page.time(step.to));
    let (who, what) = (step.who.clone(), step.what.clone());
    view! {
        <li class="way__step">
            <span class="way__who"><bdi>{who}</bdi></span>
            <span class="way__what">{what}</span>
            <span class="way__times">{times}</span>
            <svg class="way__bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">{rings}{talks}</svg>
        </li>
    }
}
