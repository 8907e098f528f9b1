//! The document around a settings page: head, bar with both lamps, the settings' own navigation.

use leptos::prelude::*;
use model::{
    time::UnixMillis,
    wire::{LampState, Lamps},
};

use super::{parts::Ago, trouble::Trouble};
use crate::{
    components::{
        app_bar::Mark,
        lamps::{state_name, state_word},
        look_menu::LookMenu,
        nav::PageNav,
    },
    head::Head,
    look,
    words::word,
};

/// What the server gives for each settings page, beside the page's own.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Which of them it is.
    pub place: Place,
    /// The lamps now.
    pub lamps: Lamps,
    /// The server's clock now.
    pub now: UnixMillis,
    /// The same as people of the tenant read it, such as `10:42:07`.
    pub clock: String,
    /// What keeps the page live, for whom there is something.
    pub live: Option<Live>,
    /// Whether the page loads itself again where there are no scripts. Not where it shows something for the only time.
    pub refreshes: bool,
    /// The style sheet, where the build has one.
    pub css: Option<String>,
    /// `live.js`, likewise.
    pub script: Option<String>,
    /// The nonce of this answer's content security policy.
    pub nonce: String,
    /// Nobody has to sign in.
    pub access_open: bool,
    /// The clock is a test's.
    pub test_clock: bool,
}

/// Where a page's live parts come from.
#[derive(Clone, Debug)]
pub struct Live {
    /// The address to ask, with its query.
    pub address: String,
}

/// The settings pages there are. A new one gets a place here, an address, and a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// What there is to set.
    Index,
    /// The PBX's addresses, and what came by them.
    EventUrl,
    /// The PBX's own interfaces.
    Pbx,
    /// By which rules each queue is counted.
    Queues,
    /// When somebody should know.
    Alerts,
    /// The tenant's clock, and its id at the PBX.
    General,
    /// What numbers stand for.
    Names,
    /// Who can sign in.
    People,
    /// What programs show.
    Tokens,
    /// Screens.
    Walls,
    /// Who did what.
    Audit,
    /// What the board was made of, and what of it is doubtful.
    Diagnostics,
    /// What is over. It is no setting, and looks like one of these pages.
    History,
}

impl Place {
    /// Those in the navigation, in its order.
    pub const ALL: &[Self] = &[
        Self::Index,
        Self::EventUrl,
        Self::Pbx,
        Self::Queues,
        Self::Alerts,
        Self::Names,
        Self::General,
        Self::People,
        Self::Tokens,
        Self::Walls,
        Self::Audit,
        Self::Diagnostics,
    ];

    /// Its address.
    pub const fn href(self) -> &'static str {
        match self {
            Self::Index => "/settings",
            Self::EventUrl => "/settings/event-url",
            Self::Pbx => "/settings/pbx",
            Self::Queues => "/settings/queues",
            Self::Alerts => "/settings/alerts",
            Self::General => "/settings/general",
            Self::Names => "/settings/names",
            Self::People => "/settings/people",
            Self::Tokens => "/settings/tokens",
            Self::Walls => "/settings/walls",
            Self::Audit => "/settings/audit",
            Self::Diagnostics => "/settings/diagnostics",
            Self::History => "/history",
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Index => word!(settings.index),
            Self::EventUrl => word!(event_url.title),
            Self::Pbx => word!(pbx.title),
            Self::Queues => word!(queue_rules.title),
            Self::Alerts => word!(alerts.title),
            Self::General => word!(general.title),
            Self::Names => word!(names.title),
            Self::People => word!(people.title),
            Self::Tokens => word!(tokens.title),
            Self::Walls => word!(walls.title),
            Self::Audit => word!(audit.title),
            Self::Diagnostics => word!(diagnostics.title),
            Self::History => word!(history.title),
        }
    }

    /// What is set there, in a sentence.
    pub fn about(self) -> &'static str {
        match self {
            Self::Index => word!(settings.title),
            Self::EventUrl => word!(event_url.about),
            Self::Pbx => word!(pbx.about),
            Self::Queues => word!(queue_rules.about),
            Self::Alerts => word!(alerts.about),
            Self::General => word!(general.about),
            Self::Names => word!(names.about),
            Self::People => word!(people.about),
            Self::Tokens => word!(tokens.about),
            Self::Walls => word!(walls.about),
            Self::Audit => word!(audit.about),
            Self::Diagnostics => word!(diagnostics.about),
            Self::History => word!(history.about),
        }
    }
}

/// The whole document of one page.
pub fn document(frame: Frame, content: impl FnOnce() -> AnyView) -> String {
    Owner::new().with(|| {
        let Frame { place, lamps, now, clock, live, refreshes, css, script, nonce, access_open, test_clock } =
            frame;
        let look = look::now();
        view! {
            <!DOCTYPE html>
            <html lang=look.language.tag() data-theme=look.theme.mark() data-settings data-now=now.0 data-ago=word!(ago.units)>
                <head>
                    <Head title=place.name() css>
                        {refreshes.then(|| view! { <noscript><meta http-equiv="refresh" content="30"/></noscript> })}
                        {script.map(|src| view! { <script type="module" src=src nonce=nonce></script> })}
                    </Head>
                </head>
                <body>
                    <a class="skip" href="#main">{word!(bar.skip)}</a>
                    <Bar here=place lamps now clock access_open test_clock/>
                    <p class="settings-lost">{word!(settings.lost)}</p>
                    <main id="main" class="settings" tabindex="-1" data-live=live.map(|live| live.address)>
                        {Place::ALL.contains(&place).then(|| view! { <Navigation place/> })}
                        {content()}
                    </main>
                    <p class="visually-hidden" role="status" id="said"></p>
                </body>
            </html>
        }
        .to_html()
    })
}

/// The bar, as on the board's pages, with links that load a page.
#[component]
fn Bar(
    /// The page that is shown.
    here: Place,
    /// The lamps now.
    lamps: Lamps,
    /// The server's clock now.
    now: UnixMillis,
    /// The same, for people.
    clock: String,
    /// Nobody has to sign in.
    access_open: bool,
    /// The clock is a test's.
    test_clock: bool,
) -> impl IntoView {
    let here = if here == Place::History { here.href() } else { Place::Index.href() };
    view! {
        <header class="app-bar">
            <span class="brand"><Mark/> {word!(bar.brand)}</span>
            <PageNav here/>
            {test_clock.then(|| view! { <span class="app-bar__note">{word!(bar.test_clock)}</span> })}
            {access_open.then(|| view! { <span class="app-bar__note">{word!(bar.open)}</span> })}
            <LampList lamps now clock=clock.clone() live=false/>
            <LookMenu/>
            {(!access_open).then(|| view! { <a class="app-bar__account" href="/settings/me">{word!(bar.account)}</a> })}
        </header>
    }
}

/// Both lamps as of a moment; where `live`, the server's is: whoever reads the answer to a question has reached it.
#[component]
pub fn LampList(
    /// The lamps.
    lamps: Lamps,
    /// The server's clock now.
    now: UnixMillis,
    /// The same, for people.
    clock: String,
    /// Whether this answers a page that is open.
    live: bool,
) -> impl IntoView {
    let (pbx, why) = (lamps.pbx, lamps.trouble.map(|kind| Trouble::from(kind).sentence()));
    let is_certain = live || pbx.state != LampState::Live;
    let word_of_pbx = if is_certain { state_word(pbx.state) } else { word!(lamp.as_of) };
    view! {
        <ul class="lamps" id="lamps" aria-label=word!(lamp.title)>
            <li class="lamp" data-lamp="server" data-state=if live { "live" } else { "as-of" }>
                <span class="lamp__state">
                    <span class="lamp__name">{word!(lamp.server)}</span>
                    <b class="lamp__word">{if live { word!(lamp.live) } else { word!(lamp.as_of) }}</b>
                    {(!live).then(|| clock.clone())}
                </span>
            </li>
            <li class="lamp" data-lamp="pbx" data-state=if live { state_name(pbx.state) } else { "as-of" } title=why>
                <span class="lamp__state">
                    <span class="lamp__name">{word!(lamp.pbx)}</span>
                    <b class="lamp__word">{word_of_pbx}</b>
                    {(!is_certain).then_some(clock)}
                </span>
                {pbx.last_event_at.map(|at| view! {
                    <span class="lamp__event">{word!(lamp.last_event)} " " <Ago at now/></span>
                })}
            </li>
        </ul>
    }
}

/// The settings' pages, beside one another.
#[component]
fn Navigation(
    /// The one that is shown.
    place: Place,
) -> impl IntoView {
    let entries = Place::ALL.iter().map(|entry| {
        let current = (*entry == place).then_some("page");
        view! { <li><a href=entry.href() aria-current=current>{entry.name()}</a></li> }
    });
    view! {
        <nav class="settings-nav" aria-label=word!(settings.title)>
            <ul>{entries.collect_view()}</ul>
        </nav>
    }
}

/// The live part that every page has.
pub fn lamps_part(lamps: Lamps, now: UnixMillis, clock: String) -> String {
    Owner::new().with(|| view! { <LampList lamps now clock live=true/> }.to_html())
}
