//! The Event URL page: the mirror of the PBX's own. For each of its two boxes the address to paste, how the PBX proves
//! itself there, and whether events come; below, the deliveries.

use leptos::prelude::*;
use model::time::UnixMillis;

use super::{
    deliveries::{Delivered, DeliveryTable, Why},
    endpoint_card::{EndpointCard, MissingCard, StatusLine},
    parts::{Note, Tone},
};
use crate::words::word;

/// Where all forms of the page go.
const ACTION: &str = "/settings/event-url";

/// The PBX's four methods, by the names that it has for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The URL alone.
    Disable,
    /// User name and password.
    Basic,
    /// The same, and the password never travels.
    Digest,
    /// A token.
    Bearer,
}

impl Method {
    pub(super) const ALL: [Self; 4] = [Self::Disable, Self::Basic, Self::Digest, Self::Bearer];

    /// The PBX's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Disable => word!(method.disable),
            Self::Basic => word!(method.basic),
            Self::Digest => word!(method.digest),
            Self::Bearer => word!(method.bearer),
        }
    }

    /// What the form sends: the configuration's word.
    pub(super) const fn value(self) -> &'static str {
        match self {
            Self::Disable => "none",
            Self::Basic => "basic",
            Self::Digest => "digest",
            Self::Bearer => "bearer",
        }
    }
}

/// The PBX's two boxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// "CDR Events".
    Cdr,
    /// "Extension Events".
    Extension,
}

impl Kind {
    /// Both, in the PBX's order.
    pub const ALL: [Self; 2] = [Self::Cdr, Self::Extension];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Cdr => word!(event_url.cdr),
            Self::Extension => word!(event_url.extension),
        }
    }

    pub(super) const fn value(self) -> &'static str {
        match self {
            Self::Cdr => "cdr",
            Self::Extension => "extension",
        }
    }
}

/// Everything on the page.
#[derive(Clone, Debug)]
pub struct EventUrl {
    /// The endpoints, in order.
    pub endpoints: Vec<Endpoint>,
    /// The server's clock now.
    pub now: UnixMillis,
    /// Newest first.
    pub deliveries: Vec<Delivered>,
    /// Only those are listed that want a look.
    pub only_problems: bool,
    /// Whether the URLs name this machine alone, so that no PBX elsewhere reaches them.
    pub only_here: bool,
    /// What went wrong with the last form, in words that end with what to do.
    pub wrong: Option<String>,
}

/// One endpoint.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its name.
    pub name: String,
    /// Which box it is for.
    pub kind: Kind,
    /// What to paste.
    pub url: String,
    /// How a sender proves itself.
    pub method: Method,
    /// The user's name, where the page made it.
    pub username: Option<String>,
    /// A secret that was made just now.
    pub fresh: Option<String>,
    /// When the present secret was made, for people; `None` where the page didn't make it.
    pub made: Option<String>,
    /// The secret before it, while it is still valid.
    pub old: Option<OldSecret>,
    /// Who says all this.
    pub origin: Origin,
    /// Whether events are taken.
    pub enabled: bool,
    /// Networks that may post; empty: any.
    pub allow: Vec<String>,
    /// Whether events come.
    pub status: Status,
}

/// A secret that is about to be retired.
#[derive(Clone, Copy, Debug)]
pub struct OldSecret {
    /// How many deliveries came by the new one, and by the old one.
    pub uses: [u64; 2],
}

/// Who says what an endpoint is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The configuration in this file.
    File(String),
    /// The first start, in this file.
    Generated(String),
    /// This page.
    Page,
}

/// Whether events come.
#[derive(Clone, Debug)]
pub enum Status {
    /// None came, and nothing was refused.
    Waiting,
    /// The first one came just now.
    First(UnixMillis),
    /// They come: the last one, how many a minute, how many were refused in a day.
    Connected(UnixMillis, u32, usize),
    /// None for long; otherwise the same.
    Quiet(UnixMillis, usize),
    /// The last delivery was refused; when, and when the last good event came.
    Refused(Why, UnixMillis, Option<UnixMillis>),
    /// Switched off here.
    Off,
}

/// The page's content.
pub fn event_url(page: EventUrl) -> AnyView {
    let EventUrl { endpoints, now, deliveries, only_problems, only_here, wrong } = page;
    let missing = Kind::ALL.into_iter().filter(|kind| !endpoints.iter().any(|one| one.kind == *kind));
    let missing = missing.map(|kind| view! { <MissingCard kind/> }).collect_view();
    let cards = endpoints.into_iter().enumerate();
    let cards = cards.map(|(place, endpoint)| view! { <EndpointCard place endpoint now/> }).collect_view();
    view! {
        <div class="settings-head">
            <div><h1>{word!(event_url.title)}</h1><p>{word!(event_url.intro)}</p></div>
            <a class="button settings-head__action" href="/settings/event-url/guide">{word!(event_url.to_guide)}</a>
        </div>
        {wrong.map(|wrong| view! { <Note tone=Tone::Act>{wrong}</Note> })}
        {only_here.then(|| view! { <Note tone=Tone::Heed>{word!(event_url.only_here)}</Note> })}
        <div class="event-url">
            {cards}
            {missing}
            <section class="card deliveries" aria-labelledby="deliveries-title">
                <header class="card__head">
                    <h2 id="deliveries-title">{word!(delivery.title)}</h2>
                    <DeliveryLinks only_problems/>
                </header>
                <DeliveryTable deliveries/>
            </section>
        </div>
        <MoreEndpoints/>
    }
    .into_any()
}

/// The page with all deliveries that are listed.
pub fn all_deliveries(deliveries: Vec<Delivered>, only_problems: bool) -> AnyView {
    view! {
        <div class="settings-head">
            <div>
                <h1 id="deliveries-title">{word!(delivery.title)}</h1>
                <p>{word!(delivery.all_intro)}</p>
            </div>
            <a class="button settings-head__action" href=ACTION>{word!(event_url.back)}</a>
        </div>
        <p class="sub">
            {if only_problems {
                view! { <a href="/settings/event-url/deliveries">{word!(delivery.show_all)}</a> }
            } else {
                view! { <a href="/settings/event-url/deliveries?only=problems">{word!(delivery.only_problems)}</a> }
            }}
        </p>
        <section class="card deliveries"><DeliveryTable deliveries/></section>
    }
    .into_any()
}

/// The page of one delivery: what became of it, and its body as it came.
pub fn delivery(delivery: Delivered, body: String) -> AnyView {
    let at = delivery.at.clone();
    view! {
        <div class="settings-head">
            <div><h1 id="deliveries-title">{word!(delivery.one, at)}</h1><p>{word!(delivery.one_intro)}</p></div>
            <a class="button settings-head__action" href="/settings/event-url/deliveries">{word!(delivery.show_all)}</a>
        </div>
        <section class="card deliveries"><DeliveryTable deliveries=vec![delivery]/></section>
        <section class="card">
            <header class="card__head"><h2>{word!(delivery.body)}</h2></header>
            <pre class="deliveries__body" tabindex="0" aria-label=word!(delivery.body)><code><bdi>{body}</bdi></code></pre>
        </section>
    }
    .into_any()
}

/// The parts that `live.js` replaces: each endpoint's status, and the deliveries.
pub fn live_parts(page: EventUrl) -> String {
    let EventUrl { endpoints, now, deliveries, .. } = page;
    Owner::new().with(|| {
        let lines = endpoints.into_iter().enumerate();
        let lines = lines.map(|(place, endpoint)| view! { <StatusLine place status=endpoint.status now/> });
        view! { {lines.collect_view()} <DeliveryTable deliveries/> }.to_html()
    })
}

#[component]
fn DeliveryLinks(
    /// What is listed now.
    only_problems: bool,
) -> impl IntoView {
    view! {
        <span class="sub deliveries__links">
            <a href="/settings/event-url/deliveries">{word!(delivery.last_thousand)}</a>
            {if only_problems {
                view! { <a href=ACTION>{word!(delivery.show_all)}</a> }.into_any()
            } else {
                view! { <a href="/settings/event-url?only=problems">{word!(delivery.only_problems)}</a> }.into_any()
            }}
        </span>
    }
}

/// Another address for one of the boxes.
#[component]
fn MoreEndpoints() -> impl IntoView {
    let button = |kind: Kind| {
        view! { <button class="button" name="events" value=kind.value()>{kind.name()}</button> }
    };
    view! {
        <details class="more">
            <summary>{word!(event_url.another)}</summary>
            <form class="form__row" method="post" action="/settings/event-url/make">
                <p class="field__hint">{word!(event_url.another_means)}</p>
                {Kind::ALL.map(button).into_iter().collect_view()}
            </form>
        </details>
    }
    .into_any()
}

/// The page on which the addresses are written that may post to an endpoint.
pub fn addresses(name: String, typed: &str, wrong: Option<String>) -> AnyView {
    let is_wrong = wrong.is_some().then_some("");
    // Leptos takes a textarea's content for text that needs no escaping; a browser ends it at `</textarea>`.
    let typed = typed.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    view! {
        <div class="settings-head">
            <div><h1>{word!(event_url.addresses)}</h1><p>{word!(event_url.addresses_intro, &name)}</p></div>
        </div>
        <section class="card">
            <form class="form" method="post" action="/settings/event-url/addresses">
                <input type="hidden" name="endpoint" value=name/>
                <div class="field" data-wrong=is_wrong>
                    <label class="field__label" for="addresses">{word!(event_url.addresses_label)}</label>
                    <textarea class="input" id="addresses" name="addresses" rows="6" spellcheck="false" aria-describedby="addresses-hint">
                        {typed}
                    </textarea>
                    <p class="field__hint" id="addresses-hint">{wrong.unwrap_or_else(|| word!(event_url.addresses_hint).to_owned())}</p>
                </div>
                <div class="form__row">
                    <button class="button button--main">{word!(settings.save)}</button>
                    <a class="button" href=ACTION>{word!(settings.cancel)}</a>
                </div>
            </form>
        </section>
    }
    .into_any()
}

/// What is wrong with a line of that form.
pub fn addresses_wrong(line: &str) -> String {
    word!(event_url.addresses_wrong, line)
}
