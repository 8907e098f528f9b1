//! The list of deliveries: what became of each, and why, in plain words.

use leptos::prelude::*;
use model::event::Problem;

use super::{event_url::Method, parts::Tone, problem};
use crate::{components::icon::Icon, locale, words::word};

/// One delivery.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// Its number, by which it is opened; none for what was not kept.
    pub seq: Option<u64>,
    /// When it came, by the tenant's clock, to the millisecond.
    pub at: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The events' names.
    pub events: Vec<String>,
    /// The endpoint's name, or the beginning of an address that nobody gave out.
    pub endpoint: String,
    /// How its sender proved itself, or tried to.
    pub method: Option<Method>,
    /// Whose address.
    pub peer: String,
    /// The body's length.
    pub bytes: Option<usize>,
    /// How long its answer took, in microseconds.
    pub took_us: Option<u32>,
}

/// What became of a delivery.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Kept and understood.
    Accepted,
    /// The same, and its bytes were here before: when first, and how often by now.
    Repeated(String, u32),
    /// Kept; an event of the other box.
    OtherBox,
    /// Kept, and this event is of a name that this version doesn't know.
    UnknownEvent(String),
    /// Kept, and something in it was not understood.
    Puzzling(Problem),
    /// Kept, and nothing in it can be relied on.
    KeptAside(Vec<Problem>),
    /// Right credentials and no body.
    Probe,
    /// Not kept.
    Refused(Why),
}

/// Why a delivery was not kept.
#[derive(Clone, Debug)]
pub enum Why {
    /// Nothing shows who sent it, and the endpoint wants this method.
    NoCredentials(Method),
    /// The sender did not go on when it was asked for Digest.
    NoAnswer,
    /// The right user.
    WrongPassword,
    /// Another user than the endpoint's.
    WrongUser,
    /// Another token than the endpoint's.
    WrongToken,
    /// The secret was retired here.
    Retired,
    /// Sent by the first, wanted by the second.
    OtherMethod(Option<Method>, Method),
    /// Digest as RFC 2069 has it.
    OldDigest,
    /// Made for another URL.
    OtherTarget,
    /// Not to be read.
    Garbled,
    /// From an address that may not post.
    Address(String),
    /// Past a rate.
    TooMany,
    /// Switched off here.
    Off,
    /// An address that nobody gave out.
    UnknownUrl,
    /// Not a POST.
    NotPost,
    /// Over the limit.
    TooLarge,
    /// Too slow, or cut short.
    Cut,
    /// The disk.
    NotKept,
    /// Shutting down.
    Closing,
}

impl Why {
    /// In plain words.
    pub fn words(&self) -> String {
        match self {
            Self::NoCredentials(wanted) => word!(why.no_credentials, wanted.name()),
            Self::NoAnswer => word!(why.no_answer).into(),
            Self::WrongPassword => word!(why.wrong_password).into(),
            Self::WrongUser => word!(why.wrong_user).into(),
            Self::WrongToken => word!(why.wrong_token).into(),
            Self::Retired => word!(why.retired).into(),
            Self::OtherMethod(Some(sent), wanted) => word!(why.other_method, sent.name(), wanted.name()),
            Self::OtherMethod(None, wanted) => word!(why.strange_method, wanted.name()),
            Self::OldDigest => word!(why.old_digest).into(),
            Self::OtherTarget => word!(why.other_target).into(),
            Self::Garbled => word!(why.garbled).into(),
            Self::Address(peer) => word!(why.address, peer),
            Self::TooMany => word!(why.too_many).into(),
            Self::Off => word!(why.off).into(),
            Self::UnknownUrl => word!(why.unknown_url).into(),
            Self::NotPost => word!(why.not_post).into(),
            Self::TooLarge => word!(why.too_large).into(),
            Self::Cut => word!(why.cut).into(),
            Self::NotKept => word!(why.not_kept).into(),
            Self::Closing => word!(why.closing).into(),
        }
    }
}

impl Outcome {
    /// How much it wants a person.
    pub fn tone(&self) -> Tone {
        match self {
            Self::Accepted | Self::Repeated(..) | Self::Probe => Tone::Ready,
            Self::OtherBox | Self::UnknownEvent(_) | Self::Puzzling(_) | Self::KeptAside(_) => Tone::Heed,
            Self::Refused(_) => Tone::Act,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Accepted => word!(delivery.accepted).into(),
            Self::Repeated(first, times) => word!(delivery.repeated, first, times),
            Self::OtherBox => word!(delivery.other_box).into(),
            Self::UnknownEvent(name) => word!(delivery.unknown_event, name),
            Self::Puzzling(one) => word!(delivery.puzzling, problem::words(one)),
            Self::KeptAside(all) => word!(delivery.kept_aside, problem::all(all)),
            Self::Probe => word!(delivery.probe).into(),
            Self::Refused(why) => word!(delivery.refused, why.words()),
        }
    }
}

/// The table. `live.js` replaces it as a whole.
#[component]
pub fn DeliveryTable(
    /// Newest first.
    deliveries: Vec<Delivered>,
) -> impl IntoView {
    let is_empty = deliveries.is_empty();
    let rows = deliveries.into_iter().map(|one| view! { <DeliveryRow one/> });
    view! {
        <div class="deliveries__scroll" id="deliveries" tabindex="0" role="group" aria-labelledby="deliveries-title">
            <table class="deliveries__table">
                <caption class="visually-hidden">{word!(delivery.caption)}</caption>
                <thead>
                    <tr>
                        <th scope="col">{word!(delivery.received)}</th>
                        <th scope="col">{word!(delivery.verdict)}</th>
                        <th scope="col">{word!(delivery.event)}</th>
                        <th scope="col">{word!(delivery.endpoint)}</th>
                        <th scope="col">{word!(delivery.method)}</th>
                        <th scope="col">{word!(delivery.peer)}</th>
                        <th scope="col" class="num">{word!(delivery.size)}</th>
                        <th scope="col" class="num">{word!(delivery.took)}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
            {is_empty.then(|| view! { <p class="empty">{word!(delivery.none)}</p> })}
        </div>
    }
    .into_any()
}

#[component]
fn DeliveryRow(
    /// The delivery.
    one: Delivered,
) -> impl IntoView {
    let tone = one.outcome.tone();
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".into());
    // The plain names are the PBX's two boxes.
    let endpoint = match one.endpoint.as_str() {
        "cdr" => word!(delivery.cdr).to_owned(),
        "extension" => word!(delivery.extension).to_owned(),
        _ => one.endpoint,
    };
    let at = match one.seq {
        Some(seq) => {
            let address = format!("/settings/event-url/delivery?seq={seq}");
            let name = word!(delivery.open, &one.at);
            view! { <a href=address aria-label=name>{one.at}</a> }.into_any()
        }
        None => one.at.into_any(),
    };
    let events = (!one.events.is_empty()).then(|| one.events.join(", "));
    view! {
        <tr>
            <td class="deliveries__at">{at}</td>
            <td class="deliveries__verdict" data-tone=tone.as_str()><Icon name=tone.icon()/> <span>{one.outcome.words()}</span></td>
            <td><code>{or_dash(events)}</code></td>
            <td>{endpoint}</td>
            <td>{or_dash(one.method.map(|method| method.name().into()))}</td>
            <td>{one.peer}</td>
            <td class="num">{or_dash(one.bytes.map(size))}</td>
            <td class="num">{or_dash(one.took_us.map(took))}</td>
        </tr>
    }
    .into_any()
}

/// `412 B`, `2.1 kB`.
fn size(bytes: usize) -> String {
    if bytes < 1000 {
        word!(delivery.bytes, bytes)
    } else {
        word!(delivery.kilobytes, locale::tenths(bytes as u64 / 100))
    }
}

/// `0.9 ms`, `11 ms`.
fn took(us: u32) -> String {
    let ms = us as usize / 1000;
    if ms < 10 { word!(delivery.ms, locale::tenths(u64::from(us) / 100)) } else { word!(delivery.ms, ms) }
}
