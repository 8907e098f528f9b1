//! The alerts that are raised, on top of every page: what is wanted, in which queue, what is out of bounds and since when. A
//! new one's symbol blinks for ten seconds; who answers for it says that he knows.

use leptos::prelude::*;
use model::{
    time::Millis,
    wire::{Alert, Metric, Severity, Share, Unit},
};

use crate::{
    components::{elapsed::Elapsed, figure, icon::Icon, moment::Moment},
    live::{Clock, Live, clock::duration},
    locale::number,
    root::at,
    route::queue_path,
    signals::{derive, mark, memo, text, when},
    window::Window,
    words::word,
};

/// So long a symbol blinks.
pub const NEW_FOR: Millis = Millis::seconds(10);

/// The strip, and two regions that say to screen readers what is new: at once what wants somebody to act, all else when they
/// pause.
#[component]
pub fn AlertStrip(
    /// What the page shows.
    live: Live,
    /// Whether the reader may acknowledge.
    may_acknowledge: bool,
) -> impl IntoView {
    let alerts = live.alerts;
    let more = text(move || word!(alert.more, alerts.read().more as usize));
    let said = memo(move |before: Option<&Said>| Said::after(before, &alerts.read().raised));
    let rows = move || {
        let raised = &alerts.read().raised;
        raised.iter().map(|alert| row(alert, live.clock, may_acknowledge)).collect_view()
    };
    view! {
        <section class="alerts" id="alerts" tabindex="-1" aria-label=word!(alert.title) hidden=when(move || alerts.read().is_empty())>
            <ul class="alerts__list">{rows}</ul>
            <p class="alerts__more" hidden=when(move || alerts.read().more == 0)>{more}</p>
        </section>
        <p class="visually-hidden" role="status">{text(move || said.read().politely.clone())}</p>
        <p class="visually-hidden" role="alert">{text(move || said.read().at_once.clone())}</p>
    }
    .into_any()
}

/// One alert.
fn row(alert: &Alert, clock: Clock, may_acknowledge: bool) -> AnyView {
    let is_known = alert.acknowledged_at.is_some();
    let (since, icon) = (alert.since, glyph(alert.severity));
    let is_new = mark(move || (!is_known && clock.now.get().since(since) < NEW_FOR).then_some(""));
    let moment = derive(move || Some(since));
    let (line, place) = (line(alert), place(alert));
    let place = match &alert.number {
        Some(number) => view! { <a href=at(&queue_path(number.as_str())) dir="auto">{place}</a> }.into_any(),
        None => view! { <span dir="auto">{place}</span> }.into_any(),
    };
    let end = match (is_known, may_acknowledge) {
        (true, _) => view! { <span class="alert__known">{word!(alert.acknowledged)}</span> }.into_any(),
        (false, true) => view! {
            <form method="post" action=at("/alerts/acknowledge") data-acknowledge="">
                <input type="hidden" name="id" value=alert.id.to_string()/>
                <button class="button">{word!(alert.acknowledge)} <span class="visually-hidden">{line.clone()}</span></button>
            </form>
        }
        .into_any(),
        (false, false) => ().into_any(),
    };
    view! {
        <li class="alert" data-severity=alert.severity.as_str() data-new=is_new data-known=is_known.then_some("")>
            <span class="alert__glyph"><Icon name=icon/></span>
            <b class="alert__severity">{severity(alert.severity)}</b>
            <span class="alert__place">{place}</span>
            <span class="alert__line">{line}</span>
            <span class="alert__since">
                {word!(alert.since)} " " <Moment at=moment clock/> " · " <Elapsed since=moment clock/>
            </span>
            {end}
        </li>
    }
    .into_any()
}

/// What was said of the alerts until now.
#[derive(Clone, Default, PartialEq)]
struct Said {
    /// The newest of them.
    newest: u64,
    /// What wants somebody to act.
    at_once: String,
    /// Everything else.
    politely: String,
    /// There was one.
    is_any: bool,
}

impl Said {
    /// What is to be said next. What a page came with is read, not announced.
    fn after(before: Option<&Self>, raised: &[Alert]) -> Self {
        let known = before.cloned().unwrap_or_default();
        let newest = raised.iter().map(order).max().unwrap_or_default().max(known.newest);
        let mut said = Self { newest, is_any: !raised.is_empty(), ..known };
        if before.is_none() {
            return said;
        }
        let news = |severity| {
            let fresh =
                raised.iter().filter(|alert| alert.severity == severity && order(alert) > known.newest);
            fresh.map(announced).collect::<Vec<_>>().join(". ")
        };
        let (at_once, politely) = (news(Severity::Action), news(Severity::Attention));
        if !said.is_any && known.is_any {
            (said.at_once, said.politely) = (String::new(), word!(alert.over).to_owned());
        } else if newest > known.newest {
            (said.at_once, said.politely) = (at_once, politely);
        }
        said
    }
}

/// Ids are given in order.
fn order(alert: &Alert) -> u64 {
    alert.id.parse().unwrap_or_default()
}

fn announced(alert: &Alert) -> String {
    format!("{}: {}, {}", severity(alert.severity), place(alert), line(alert))
}

/// A severity's own glyph.
pub const fn glyph(severity: Severity) -> &'static str {
    match severity {
        Severity::Attention => "triangle-alert",
        Severity::Action => "octagon-alert",
    }
}

/// What is wanted.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Attention => word!(alert.attention),
        Severity::Action => word!(alert.action),
    }
}

/// Where: a queue by its name, else by its number.
pub fn place(alert: &Alert) -> String {
    let named = alert.name.as_ref().map(ToString::to_string);
    let named = named.or_else(|| alert.number.as_ref().map(ToString::to_string));
    let named = named.or_else(|| alert.queue.as_ref().map(ToString::to_string));
    named.unwrap_or_else(|| word!(alert.tenant).to_owned())
}

/// What is out of bounds, by how much.
pub fn line(alert: &Alert) -> String {
    let what = match alert.metric {
        Metric::Ready if alert.value == 0 => return word!(alert.nobody_ready).to_owned(),
        metric => what(metric),
    };
    let (value, limit) = (value(alert.metric, alert.value), value(alert.metric, alert.limit));
    match alert.window {
        Some(window) => word!(alert.line_of, what, Window::from_wire(window).word(), value, limit),
        None => word!(alert.line, what, value, limit),
    }
}

/// What a metric is called.
pub fn what(metric: Metric) -> &'static str {
    match metric {
        Metric::Waiting => word!(alert.waiting),
        Metric::LongestWait => word!(alert.longest_wait),
        Metric::Ready => word!(alert.ready),
        Metric::ServiceLevel => word!(alert.service_level),
        Metric::AbandonRate => word!(alert.abandon_rate),
        Metric::Abandoned => word!(alert.abandoned),
        Metric::WrapUpTime => word!(alert.wrap_up_time),
        Metric::NotReadyTime => word!(alert.not_ready_time),
        Metric::Calls => word!(alert.calls),
        Metric::PbxSilent => word!(alert.pbx_silent),
    }
}

/// A metric's value, as its unit is written.
pub fn value(metric: Metric, value: i64) -> String {
    match metric.unit() {
        Unit::Count => number(value),
        Unit::Millis => duration(Millis(value)),
        Unit::Share => figure::share(u32::try_from(value).ok().map(Share)),
    }
}
