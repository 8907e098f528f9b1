//! One endpoint on the Event URL page: whether events come, what to paste, how the PBX proves itself, and what can be done.

use leptos::prelude::*;
use model::time::UnixMillis;

use super::{
    event_url::{Endpoint, Kind, Method, OldSecret, Origin, Status},
    parts::{Ago, Copied, Note, Tone, in_query},
};
use crate::{components::icon::Icon, words::word};

/// The PBX takes no longer URL, in characters.
const URL_MAX: usize = 128;

/// One endpoint, all of it.
#[component]
pub fn EndpointCard(
    /// Its place on the page.
    place: usize,
    /// The endpoint.
    endpoint: Endpoint,
    /// The server's clock now.
    now: UnixMillis,
) -> impl IntoView {
    let Endpoint { name, kind, url, method, username, fresh, made, old, origin, enabled, allow, status } =
        endpoint;
    let changes = !matches!(origin, Origin::File(_));
    let is_plain_name = name == kind.value();
    let length = url.chars().count();
    let title = format!("endpoint-{place}");
    let is_long = length > URL_MAX;
    view! {
        <section class="card endpoint" aria-labelledby=title.clone() data-endpoint=name.clone()>
            <header class="card__head">
                <h2 id=title.clone()>{kind.name()} {(!is_plain_name).then(|| view! { <span class="sub">{format!(" {name}")}</span> })}</h2>
                <Switch name=name.clone() enabled changes/>
            </header>
            <div class="form">
                <StatusLine place status now/>
                <Copied id=format!("url-{place}") label=word!(event_url.url, length, URL_MAX) value=url/>
                {is_long.then(|| view! { <Note tone=Tone::Act>{word!(event_url.long_url)}</Note> })}
                <MethodChoice name=name.clone() method changes/>
                <SecretFields place method username fresh=fresh.clone() made origin=origin.clone()/>
                {old.map(|old| view! { <OldSecretNote name=name.clone() old/> })}
                {match origin {
                    Origin::File(file) => view! { <Note tone=Tone::Wait>{word!(event_url.of_file, file)}</Note> }.into_any(),
                    _ => view! { <Actions name=name.clone() has_secret=method != Method::Disable has_old=old.is_some() enabled generated=matches!(origin, Origin::Generated(_)) allow=allow.len()/> }.into_any(),
                }}
            </div>
        </section>
    }
    .into_any()
}

/// A box for which there is no endpoint yet.
#[component]
pub fn MissingCard(
    /// The box.
    kind: Kind,
) -> impl IntoView {
    view! {
        <section class="card endpoint">
            <header class="card__head"><h2>{kind.name()}</h2></header>
            <form class="form" method="post" action="/settings/event-url/make">
                <p>{word!(event_url.missing)}</p>
                <input type="hidden" name="events" value=kind.value()/>
                <div><button class="button button--main">{word!(event_url.make)}</button></div>
            </form>
        </section>
    }
    .into_any()
}

/// Whether events come, in a sentence.
#[component]
pub fn StatusLine(
    /// The endpoint's place on the page.
    place: usize,
    /// Whether events come.
    status: Status,
    /// The server's clock now.
    now: UnixMillis,
) -> impl IntoView {
    let refused = |count: usize| match count {
        0 => word!(status.none_refused).to_owned(),
        _ => word!(status.refused_in_a_day, count),
    };
    let (tone, sentence) = match status {
        Status::Waiting => (Tone::Wait, view! { <b>{word!(status.waiting)}</b> }.into_any()),
        Status::First(at) => (Tone::Ready, view! { <b>{word!(status.first)}</b> {word!(status.comma)} <Ago at now/> }.into_any()),
        Status::Connected(at, per_minute, count) => (
            Tone::Ready,
            view! {
                <b>{word!(status.connected)}</b> " " {word!(status.last_event)} " " <Ago at now/>
                {word!(status.pace, per_minute, refused(count))}
            }
            .into_any(),
        ),
        Status::Quiet(at, count) => (
            Tone::Wait,
            view! {
                <b>{word!(status.quiet)}</b> " " {word!(status.last_event)} " " <Ago at now/> {word!(status.comma)} {refused(count)}
            }
            .into_any(),
        ),
        Status::Refused(why, at, last) => (
            Tone::Act,
            view! {
                <b>{word!(status.refused)}</b> " " <Ago at now/> {word!(status.because, why.words())}
                {last.map(|at| view! { " " {word!(status.last_event)} " " <Ago at now/> {word!(status.stop)} })}
            }
            .into_any(),
        ),
        Status::Off => (Tone::Heed, view! { <b>{word!(status.off)}</b> " " {word!(status.off_means)} }.into_any()),
    };
    view! {
        <p class="note status" id=format!("status-{place}") data-tone=tone.as_str()>
            <Icon name=tone.icon()/> <span>{sentence}</span>
        </p>
    }
    .into_any()
}

#[component]
fn Switch(
    /// The endpoint.
    name: String,
    /// Whether events are taken.
    enabled: bool,
    /// Whether the page may change it.
    changes: bool,
) -> impl IntoView {
    view! {
        <form class="endpoint__switch" method="post" action="/settings/event-url/switch">
            <input type="hidden" name="endpoint" value=name/>
            <button class="switch" role="switch" aria-checked=enabled.to_string() name="enabled" value=if enabled { "no" } else { "yes" } disabled=!changes>
                {if enabled { word!(event_url.enabled) } else { word!(event_url.disabled) }}
            </button>
        </form>
    }
}

/// The four methods. Another choice brings out the button that makes it so.
#[component]
fn MethodChoice(
    /// The endpoint.
    name: String,
    /// The present one.
    method: Method,
    /// Whether the page may change it.
    changes: bool,
) -> impl IntoView {
    let choice = |one: Method| {
        let current = (one == method).then_some("");
        view! {
            <label>
                <input type="radio" name="method" value=one.value() checked=one == method data-current=current disabled=!changes/>
                <span>{one.name()}</span>
            </label>
        }
    };
    view! {
        <form class="field method" method="post" action="/settings/event-url/method">
            <input type="hidden" name="endpoint" value=name/>
            <fieldset class="method__choice">
                <legend class="field__label">{word!(event_url.method)}</legend>
                <span class="seg">{Method::ALL.map(choice).into_iter().collect_view()}</span>
            </fieldset>
            {changes.then(|| view! {
                <div class="method__apply">
                    <p class="field__hint">{word!(event_url.method_means)}</p>
                    <button class="button button--main">{word!(event_url.use_method)}</button>
                </div>
            })}
        </form>
    }
    .into_any()
}

/// User name and password, or the token: in full only when just made.
#[component]
fn SecretFields(
    /// The endpoint's place on the page.
    place: usize,
    /// Its method.
    method: Method,
    /// The user's name, where the page knows it.
    username: Option<String>,
    /// A secret that was made just now.
    fresh: Option<String>,
    /// When the present one was made.
    made: Option<String>,
    /// Who says what the endpoint is.
    origin: Origin,
) -> impl IntoView {
    if method == Method::Disable {
        return view! { <p class="field__hint">{word!(event_url.no_secret)}</p> }.into_any();
    }
    let label = if method == Method::Bearer { word!(event_url.token) } else { word!(event_url.password) };
    let secret = match (fresh, made, origin) {
        (Some(secret), ..) => {
            let label = word!(event_url.shown_once, label);
            view! { <Copied id=format!("secret-{place}") label value=secret/> }.into_any()
        }
        (None, Some(made), _) => view! { <Kept label text=word!(event_url.made, made)/> }.into_any(),
        (None, None, Origin::Generated(file)) => {
            view! { <Kept label text=word!(event_url.stands_in, file)/> }.into_any()
        }
        (None, None, _) => view! { <Kept label text=word!(event_url.in_file).to_owned()/> }.into_any(),
    };
    let username = username.map(|name| {
        view! { <Copied id=format!("user-{place}") label=word!(event_url.username) value=name/> }
    });
    view! { <div class="two">{username}{secret}</div> }.into_any()
}

/// A secret that is not shown.
#[component]
fn Kept(
    /// What it is.
    label: &'static str,
    /// Where it can be had.
    text: String,
) -> impl IntoView {
    view! {
        <div class="field">
            <span class="field__label">{label}</span>
            <span class="copy"><span class="copy__value" data-kept="" tabindex="0">{text}</span></span>
        </div>
    }
}

/// Two secrets are valid: which of them the PBX uses, and the button that ends the old one.
#[component]
fn OldSecretNote(
    /// The endpoint.
    name: String,
    /// The old one.
    old: OldSecret,
) -> impl IntoView {
    let [new, old] = old.uses;
    let tone = if new > 0 { Tone::Ready } else { Tone::Heed };
    view! {
        <div class="note" data-tone=tone.as_str()>
            <Icon name=tone.icon()/>
            <form class="endpoint__retire" method="post" action="/settings/event-url/retire">
                <p>{word!(event_url.two_secrets, new, old)}</p>
                <input type="hidden" name="endpoint" value=name/>
                <button class="button">{word!(event_url.retire)}</button>
            </form>
        </div>
    }
    .into_any()
}

/// What else can be done to an endpoint.
#[component]
fn Actions(
    /// The endpoint.
    name: String,
    /// Whether its method has one.
    has_secret: bool,
    /// Whether the one before is still valid.
    has_old: bool,
    /// Whether events are taken.
    enabled: bool,
    /// Whether the first start made it: then it stays.
    generated: bool,
    /// How many networks may post; 0: any.
    allow: usize,
) -> impl IntoView {
    let addresses = format!("/settings/event-url/addresses?endpoint={}", in_query(&name));
    let who = if allow == 0 {
        word!(event_url.from_anywhere).to_owned()
    } else {
        word!(event_url.from_some, allow)
    };
    view! {
        <div class="form__row">
            {(has_secret && !has_old).then(|| view! {
                <form method="post" action="/settings/event-url/rotate">
                    <input type="hidden" name="endpoint" value=name.clone()/>
                    <button class="button">{word!(event_url.rotate)}</button>
                </form>
            })}
            <a class="button" href=addresses>{word!(event_url.addresses)} <span class="sub">" · " {who}</span></a>
            {(!enabled && !generated).then(|| view! {
                <form method="post" action="/settings/event-url/remove">
                    <input type="hidden" name="endpoint" value=name.clone()/>
                    <button class="button button--danger">{word!(event_url.remove)}</button>
                </form>
            })}
        </div>
    }
    .into_any()
}
