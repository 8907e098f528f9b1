//! The diagnostics: is what the board shows what the PBX said? The lamps with their reasons, what became of the last
//! deliveries, the PBX's clock, what was doubtful or not understood, and which versions run.

use std::collections::BTreeMap;

use leptos::prelude::*;
use model::{
    time::{Millis, UnixMillis},
    wire::{Lamp, LampState, Lamps},
};

use super::{
    listing::{Listing, Named, Seen},
    parts::{Ago, Note, Tone},
    trouble::Trouble,
};
use crate::{
    components::{
        figure::NONE,
        lamps::{state_name, state_word},
    },
    locale,
    words::word,
};

/// A clock that is further off is worth a look: a wait that ticks would be wrong by so much where the PBX's time is shown.
const SKEW_MAX: Millis = Millis::seconds(5);

/// Everything on the page.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    /// The server's clock now.
    pub now: UnixMillis,
    /// The lamps.
    pub lamps: Lamps,
    /// What fails at the PBX's own interfaces.
    pub failing: Option<Trouble>,
    /// What became of the last deliveries.
    pub verdicts: Verdicts,
    /// Our clock minus the PBX's; none until some deliveries had a time.
    pub skew: Option<Millis>,
    /// When the PBX was last asked for everything, and what of its answers was left out.
    pub asked: Option<(UnixMillis, Vec<Trouble>)>,
    /// What was doubtful.
    pub doubts: Doubts,
    /// Events by the PBX's tenant.
    pub pbx_tenants: BTreeMap<String, u64>,
    /// Events that this version has no use for, by name.
    pub unknown_events: BTreeMap<String, u64>,
    /// Fields of known events that this version doesn't know.
    pub unknown_fields: BTreeMap<String, u64>,
    /// What runs, by name.
    pub versions: Vec<(Version, String)>,
}

/// How many of the last deliveries came to what.
#[derive(Clone, Copy, Debug, Default)]
pub struct Verdicts {
    /// Kept and understood.
    pub taken: usize,
    /// Kept, and not understood in full.
    pub quarantined: usize,
    /// Nothing in it, from somebody with right credentials.
    pub probes: usize,
    /// Not kept.
    pub refused: usize,
}

/// How often what was doubtful.
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "the fields are those of /api/v1/diagnostics")]
pub struct Doubts {
    pub ties: u64,
    pub untimed: u64,
    pub without_call: u64,
    pub foreign: u64,
    pub too_old: u64,
    pub shed: u64,
}

/// What has a version.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each is its name")]
pub enum Version {
    Server,
    Build,
    Fold,
    Feed,
}

/// The page's content.
pub fn diagnostics(page: Diagnostics) -> AnyView {
    view! {
        <div class="settings-head">
            <div><h1>{word!(diagnostics.title)}</h1><p>{word!(diagnostics.intro)}</p></div>
        </div>
        <Parts page/>
    }
    .into_any()
}

/// The part that `live.js` replaces.
pub fn live_part(page: Diagnostics) -> String {
    Owner::new().with(|| view! { <Parts page/> }.to_html())
}

#[component]
fn Parts(
    /// What there is.
    page: Diagnostics,
) -> impl IntoView {
    let Diagnostics { now, lamps, failing, verdicts, skew, asked, doubts, .. } = page;
    view! {
        <div class="settings-cards" id="diagnostics">
            <LampCard lamps failing now/>
            <DeliveryCard verdicts/>
            <ClockCard skew asked now/>
            <CountCard title=word!(diagnostics.doubts) about=word!(diagnostics.doubts_mean) rows=doubts.rows()/>
            <NameCard title=word!(diagnostics.unknown_events) about=word!(diagnostics.unknown_events_mean) names=page.unknown_events/>
            <NameCard title=word!(diagnostics.unknown_fields) about=word!(diagnostics.unknown_fields_mean) names=page.unknown_fields/>
            <NameCard title=word!(diagnostics.tenants) about=word!(diagnostics.tenants_mean) names=page.pbx_tenants/>
            <VersionCard versions=page.versions/>
        </div>
    }
    .into_any()
}

/// Both lamps and each address's: its state, since when, and why.
#[component]
fn LampCard(
    /// The lamps.
    lamps: Lamps,
    /// What fails at the PBX's own interfaces.
    failing: Option<Trouble>,
    /// The server's clock now.
    now: UnixMillis,
) -> impl IntoView {
    let heads = [
        word!(diagnostics.link),
        word!(diagnostics.state),
        word!(diagnostics.since),
        word!(lamp.last_event),
        word!(diagnostics.refused_since),
    ];
    let row = |name: String, lamp: Lamp| {
        vec![
            view! { <Named name/> }.into_any(),
            view! { <span class="lamp" data-state=state_name(lamp.state)>
                <span class="lamp__state"><b class="lamp__word">{state_word(lamp.state)}</b></span>
            </span> }
            .into_any(),
            view! { <Seen at=lamp.since now/> }.into_any(),
            view! { <Seen at=lamp.last_event_at now/> }.into_any(),
            locale::number(lamp.refused).into_any(),
        ]
    };
    let mut rows = vec![row(word!(lamp.pbx).to_owned(), lamps.pbx.clone())];
    rows.extend(lamps.endpoints.into_iter().map(|endpoint| row(endpoint.name, endpoint.lamp)));
    let (tone, meaning) = match lamps.pbx.state {
        LampState::Never => (Tone::Wait, word!(diagnostics.never)),
        LampState::Live => (Tone::Ready, word!(diagnostics.live)),
        LampState::Quiet => (Tone::Wait, word!(diagnostics.quiet)),
        LampState::Refused => (Tone::Heed, word!(diagnostics.refused)),
        LampState::Down => (Tone::Act, word!(diagnostics.down)),
    };
    let why = failing.filter(|_| lamps.pbx.state == LampState::Down).map(Trouble::sentence);
    view! {
        <Card title=word!(diagnostics.lamps)>
            <Listing caption=word!(diagnostics.lamps) heads=heads rows none=""/>
            <div class="form"><Note tone>{meaning} " " {why}</Note></div>
        </Card>
    }
    .into_any()
}

/// What became of the last deliveries.
#[component]
fn DeliveryCard(
    /// How many came to what.
    verdicts: Verdicts,
) -> impl IntoView {
    let Verdicts { taken, quarantined, probes, refused } = verdicts;
    let all = taken + quarantined + probes + refused;
    let counts = [
        (word!(diagnostics.taken), taken),
        (word!(diagnostics.quarantined), quarantined),
        (word!(diagnostics.probes), probes),
        (word!(diagnostics.not_kept), refused),
    ];
    let counts = counts.map(|(name, count)| (name.to_owned(), locale::number(count)));
    view! {
        <Card title=word!(diagnostics.deliveries)>
            <div class="form">
                <p class="field__hint">{word!(diagnostics.deliveries_mean, all)}</p>
                <Pairs pairs=counts.into()/>
                <p><a href="/settings/event-url/deliveries?only=problems">{word!(diagnostics.all_deliveries)}</a></p>
            </div>
        </Card>
    }
    .into_any()
}

/// How far the PBX's clock is off, and when it was asked.
#[component]
fn ClockCard(
    /// Our clock minus the PBX's.
    skew: Option<Millis>,
    /// The last round of questions.
    asked: Option<(UnixMillis, Vec<Trouble>)>,
    /// The server's clock now.
    now: UnixMillis,
) -> impl IntoView {
    let is_off = skew.is_some_and(|skew| skew.0.unsigned_abs() > SKEW_MAX.0.unsigned_abs());
    let (tone, text) = match skew {
        None => (Tone::Wait, word!(diagnostics.skew_unknown).to_owned()),
        Some(skew) if skew.0 >= 0 => {
            (if is_off { Tone::Heed } else { Tone::Ready }, word!(diagnostics.skew_behind, seconds(skew)))
        }
        Some(skew) => {
            (if is_off { Tone::Heed } else { Tone::Ready }, word!(diagnostics.skew_ahead, seconds(skew)))
        }
    };
    let round = asked.map(|(at, left_out)| {
        let left_out = left_out.into_iter().map(|trouble| view! { <li>{trouble.sentence()}</li> });
        view! {
            <p class="field__hint">{word!(diagnostics.asked)} " " <Ago at now/></p>
            <ul class="form__list">{left_out.collect_view()}</ul>
        }
    });
    view! {
        <Card title=word!(diagnostics.clock)>
            <div class="form"><Note tone>{text}</Note> {round}</div>
        </Card>
    }
    .into_any()
}

/// A length without its sign, to the tenth of a second.
fn seconds(length: Millis) -> String {
    locale::tenths(length.0.unsigned_abs() / 100)
}

impl Doubts {
    fn rows(self) -> Vec<(String, String)> {
        let rows = [
            (word!(diagnostics.ties), self.ties),
            (word!(diagnostics.untimed), self.untimed),
            (word!(diagnostics.without_call), self.without_call),
            (word!(diagnostics.foreign), self.foreign),
            (word!(diagnostics.too_old), self.too_old),
            (word!(diagnostics.shed), self.shed),
        ];
        rows.map(|(name, count)| (name.to_owned(), locale::number(count))).into()
    }
}

/// Counts by what is counted.
#[component]
fn CountCard(
    /// What they are of.
    title: &'static str,
    /// What that means.
    about: &'static str,
    /// A line each.
    rows: Vec<(String, String)>,
) -> impl IntoView {
    view! {
        <Card title>
            <div class="form"><p class="field__hint">{about}</p> <Pairs pairs=rows/></div>
        </Card>
    }
    .into_any()
}

/// Counts by names that the PBX gave, the most frequent first.
#[component]
fn NameCard(
    /// What they are of.
    title: &'static str,
    /// What that means.
    about: &'static str,
    /// How often by name.
    names: BTreeMap<String, u64>,
) -> impl IntoView {
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let none = names.is_empty().then(|| view! { <p class="field__hint">{word!(diagnostics.none)}</p> });
    let pairs = names.into_iter().map(|(name, count)| (name, locale::number(count))).collect();
    view! {
        <Card title>
            <div class="form"><p class="field__hint">{about}</p> {none} <Pairs pairs/></div>
        </Card>
    }
    .into_any()
}

/// What runs.
#[component]
fn VersionCard(
    /// The versions.
    versions: Vec<(Version, String)>,
) -> impl IntoView {
    let name = |version| match version {
        Version::Server => word!(diagnostics.server),
        Version::Build => word!(diagnostics.build),
        Version::Fold => word!(diagnostics.fold),
        Version::Feed => word!(diagnostics.feed),
    };
    let mut rows: Vec<_> =
        versions.into_iter().map(|(version, text)| (name(version).to_owned(), text)).collect();
    rows.push((word!(diagnostics.pbx_version).to_owned(), NONE.to_owned()));
    view! { <CountCard title=word!(diagnostics.versions) about=word!(diagnostics.versions_mean) rows/> }
        .into_any()
}

/// A card with its title.
#[component]
fn Card(
    /// Its title.
    title: &'static str,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="card" aria-label=title>
            <header class="card__head"><h2>{title}</h2></header>
            {children()}
        </section>
    }
    .into_any()
}

/// Names and what each comes to.
#[component]
fn Pairs(
    /// In their order.
    pairs: Vec<(String, String)>,
) -> impl IntoView {
    let pairs = pairs.into_iter().map(|(name, value)| {
        view! { <div class="pairs__pair"><dt><bdi>{name}</bdi></dt><dd>{value}</dd></div> }
    });
    view! { <dl class="pairs">{pairs.collect_view()}</dl> }.into_any()
}
