//! Live data: frames of the feed become signals; the pages read nothing else.
//!
//! - [`feed`]: where this client stands in the view's history. Pure.
//! - [`tables`]: one signal a row. [`persons`]: agents as people. [`totals`]: all queues as one.
//! - [`clock`], [`backoff`]: time as it is shown; waits between tries.
//! - `socket`, `document`: the browser's side, built for it only.

use model::{
    time::UnixMillis,
    wire::{Alert, Alerts, Lamps, Metric, Severity},
};

use crate::{
    age::Age,
    page::{Counts, Page},
    query::Query,
    signals::{RwSignal, Signal, derive},
};

pub mod backoff;
pub mod clock;
#[cfg(feature = "browser")]
mod document;
pub mod feed;
pub mod persons;
#[cfg(feature = "browser")]
pub mod socket;
pub mod tables;
pub mod totals;

pub use clock::Clock;
pub use persons::{Person, persons};
pub use tables::{Id, Table, Tables};
pub use totals::Totals;

/// Whether what is shown is true now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// As the server rendered it at this moment; nothing is known since.
    AsOf(UnixMillis),
    /// Live.
    Live,
    /// The link from this page to the server is gone since then.
    ServerLost(UnixMillis),
    /// The server says that its link to the PBX fails since then.
    PbxDown(UnixMillis),
}

impl Truth {
    /// Whether figures may be taken for now's.
    pub fn is_live(self) -> bool {
        self == Self::Live
    }
}

/// Everything that a page shows, as signals. Made once a page; the feed writes, components read.
#[derive(Clone, Copy)]
pub struct Live {
    /// The rows.
    pub tables: Tables,
    /// How many rows of each kind the view has, while the page holds only some of them.
    pub counts: RwSignal<Option<Counts>>,
    /// Both lamps and each endpoint's.
    pub lamps: RwSignal<Lamps>,
    /// The alerts that are raised.
    pub alerts: RwSignal<Alerts>,
    /// Whether all this is true now.
    pub truth: RwSignal<Truth>,
    /// The page's clock.
    pub clock: Clock,
    /// What the address asks for.
    pub query: Query,
    /// Since when lists stand still, because the reader wants to read them.
    pub frozen: RwSignal<Option<UnixMillis>>,
}

impl Live {
    /// What the page came with; it stands still until the feed moves it.
    pub fn of(page: &Page) -> Self {
        let tables = Tables::new();
        tables.replace(page.snapshot.rows.clone());
        Self {
            tables,
            counts: RwSignal::new((!page.is_whole()).then_some(page.counts)),
            lamps: RwSignal::new(page.lamps.clone()),
            alerts: RwSignal::new(page.alerts.clone()),
            truth: RwSignal::new(Truth::AsOf(page.snapshot.at)),
            clock: Clock::new(page.snapshot.at),
            query: Query::new(&page.query),
            frozen: RwSignal::new(None),
        }
    }

    /// How many rows of one kind the view has: the page's count while it holds only some, else the table's.
    pub fn total(
        &self,
        of_page: fn(&Counts) -> usize,
        of_table: impl Fn() -> usize + Send + Sync + 'static,
    ) -> Signal<usize> {
        let counts = self.counts;
        derive(move || counts.get().map_or_else(&of_table, |counts| of_page(&counts)))
    }

    /// The tables hold all rows of the view from now on.
    #[cfg(feature = "browser")]
    fn hold_all(&self) {
        if self.counts.get_untracked().is_some() {
            self.counts.set(None);
        }
    }

    /// What the alerts about any of these figures want, those of the page's queues and of the company.
    pub fn raised(&self, metrics: &[Metric]) -> Age {
        let alerts = self.alerts.read();
        let is_here = |alert: &&Alert| {
            let queue = alert.queue.as_ref();
            queue.is_none_or(|queue| self.tables.queues.peek(queue.as_str()).is_some())
        };
        let about = alerts.raised.iter().filter(|alert| metrics.contains(&alert.metric)).filter(is_here);
        match about.map(|alert| alert.severity).max() {
            Some(Severity::Action) => Age::FarPast,
            Some(Severity::Attention) => Age::Past,
            None => Age::Within,
        }
    }
}

/// Writes the query into the browser's address; there is none on the server.
#[cfg_attr(not(feature = "browser"), expect(unused_variables, reason = "only a browser has an address"))]
pub fn write_address(query: &str) {
    #[cfg(feature = "browser")]
    document::write_query(query);
}

/// What this reader keeps in the browser under a name; the server knows none of it.
#[cfg_attr(not(feature = "browser"), expect(unused_variables, reason = "only a browser keeps it"))]
pub fn kept(key: &str) -> Option<String> {
    #[cfg(feature = "browser")]
    {
        document::kept(key)
    }
    #[cfg(not(feature = "browser"))]
    {
        None
    }
}

/// How high the reader's window is, in px; the server does not know.
pub fn screen_height_px() -> Option<u32> {
    #[cfg(feature = "browser")]
    {
        document::height_px()
    }
    #[cfg(not(feature = "browser"))]
    {
        None
    }
}

/// Shows one screenful of the list with this id, which is laid out in columns as wide as its place: which one, and of how many.
/// `(0, 0)` where nothing is laid out.
#[cfg_attr(not(feature = "browser"), expect(unused_variables, reason = "only a browser lays anything out"))]
pub fn turn(id: &str, which: impl Fn(usize) -> usize) -> (usize, usize) {
    #[cfg(feature = "browser")]
    {
        document::turn(id, which)
    }
    #[cfg(not(feature = "browser"))]
    {
        (0, 0)
    }
}

/// Keeps it.
#[cfg_attr(not(feature = "browser"), expect(unused_variables, reason = "only a browser keeps it"))]
pub fn keep(key: &str, value: &str) {
    #[cfg(feature = "browser")]
    document::keep(key, value);
}
