//! What a page is made of: [`PageData`] from the server, and [`Page`], the part of it that travels to the browser.
//!
//! Invariants
//! - The browser gets exactly the rows that the server renders from, and the counts of the rest.
//! - The embedded text can't end its `<script>` element, whatever a caller calls himself: see [`script_json`].

use std::collections::HashMap;

use model::{
    id::Seq,
    time::UnixMillis,
    wall::WallBoard,
    wire::{Alerts, Lamp, LampState, Lamps, Online, Row, RowKind, ServerLamp, Snapshot},
};
use serde::{Deserialize, Serialize};

use crate::{query::Asked, rank, route::Route, words};

/// Rows of each kind that the server renders from; the rest is counted. A browser gets all of them from the feed.
pub const ROWS_MAX: usize = 200;

/// The element that holds a [`Page`].
pub const ELEMENT_ID: &str = "ringside-page";

/// What the server gives for one page.
#[derive(Clone, Debug)]
pub struct PageData {
    /// The path that was asked for, without the server's own; empty where it shows nothing.
    pub path: String,
    /// What the address says after its `?`.
    pub query: String,
    /// All rows of the view.
    pub snapshot: Snapshot,
    /// The lamps at that moment.
    pub lamps: Lamps,
    /// The alerts that are raised, as the reader may see them.
    pub alerts: Alerts,
    /// Whether the reader may acknowledge them.
    pub may_acknowledge: bool,
    /// The server's build, as `subscribe` repeats it.
    pub build: String,
    /// Where the built files are.
    pub assets: Assets,
    /// The path before every address of this server; mostly empty.
    pub root: String,
    /// The nonce of this answer's content security policy.
    pub nonce: String,
    /// Nobody has to sign in.
    pub access_open: bool,
    /// The clock is a test's.
    pub test_clock: bool,
    /// The board, where the page is a wall's.
    pub wall: Option<WallBoard>,
}

impl PageData {
    /// Which page it is.
    pub fn route(&self) -> Route {
        Route::of(&self.path)
    }
}

/// Addresses of the built files. Without script and wasm the page is served all the same, and refreshes itself.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    /// The style sheet.
    pub css: Option<String>,
    /// The glue script.
    pub js: Option<String>,
    /// The wasm module.
    pub wasm: Option<String>,
    /// The keyboard's script.
    pub keys: Option<String>,
    /// The alerts' script.
    pub alerts: Option<String>,
    /// A wall's script.
    pub wall: Option<String>,
}

/// How many rows of each kind the view has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Extensions.
    pub extensions: usize,
    /// Extensions that calls reach: registered, or woken by push.
    pub reachable: usize,
    /// Queues.
    pub queues: usize,
    /// Waiting callers.
    pub callers: usize,
    /// Agents.
    pub agents: usize,
    /// Live calls.
    pub calls: usize,
    /// Courses.
    pub courses: usize,
}

impl Counts {
    fn of(rows: &[Row]) -> Self {
        let mut counts = Self::default();
        for row in rows {
            match row {
                Row::Extension(row) => {
                    counts.extensions += 1;
                    counts.reachable += usize::from(is_reachable(row.online));
                }
                Row::Queue(_) => counts.queues += 1,
                Row::Caller(_) => counts.callers += 1,
                Row::Agent(_) => counts.agents += 1,
                Row::Call(_) => counts.calls += 1,
                Row::Course(_) => counts.courses += 1,
            }
        }
        counts
    }

    fn rows(&self) -> usize {
        self.extensions + self.queues + self.callers + self.agents + self.calls + self.courses
    }
}

/// Whether calls reach an extension.
pub fn is_reachable(online: Option<Online>) -> bool {
    matches!(online, Some(Online::Online | Online::Push))
}

/// What travels to the browser, so that its first render is the server's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Page {
    /// The path that was asked for, without the server's own.
    pub path: String,
    /// What the address says after its `?`.
    pub query: String,
    /// The rows that it is rendered from.
    pub snapshot: Snapshot,
    /// How many there are in all.
    pub counts: Counts,
    /// The lamps.
    pub lamps: Lamps,
    /// The alerts that are raised.
    pub alerts: Alerts,
    /// Whether the reader may acknowledge them.
    pub may_acknowledge: bool,
    /// The server's build.
    pub build: String,
    /// The path before every address of this server; mostly empty.
    pub root: String,
    /// Every text that the browser's program may say, a line each (`words`).
    pub words: String,
    /// Nobody has to sign in.
    pub access_open: bool,
    /// The clock is a test's.
    pub test_clock: bool,
    /// The board, where the page is a wall's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall: Option<WallBoard>,
}

impl Page {
    /// Cuts `data` to what is rendered from: the first [`ROWS_MAX`] of each kind, in the order in which they are shown; those that
    /// the address does not ask for come last.
    pub fn of(data: &PageData) -> Self {
        let counts = Counts::of(&data.snapshot.rows);
        let mut rows = data.snapshot.rows.clone();
        if rows.len() > ROWS_MAX {
            let asked = Asked::of(&data.query);
            rows.sort_by_cached_key(|row| {
                let key = rank::row(row, &asked);
                (key.is_none(), key)
            });
            let mut kept: HashMap<RowKind, usize> = HashMap::new();
            rows.retain(|row| {
                let count = kept.entry(row.kind()).or_default();
                *count += 1;
                *count <= ROWS_MAX
            });
        }
        Self {
            path: data.path.clone(),
            query: data.query.clone(),
            snapshot: Snapshot { rows, ..data.snapshot.clone() },
            counts,
            lamps: data.lamps.clone(),
            alerts: data.alerts.clone(),
            may_acknowledge: data.may_acknowledge,
            build: data.build.clone(),
            root: data.root.clone(),
            words: words::all(),
            access_open: data.access_open,
            test_clock: data.test_clock,
            wall: data.wall.clone(),
        }
    }

    /// Whether it holds all rows of the view, so that the feed may be resumed from it.
    pub fn is_whole(&self) -> bool {
        self.counts.rows() == self.snapshot.rows.len()
    }

    /// A page of nothing.
    pub fn empty() -> Self {
        Self {
            path: String::new(),
            query: String::new(),
            snapshot: Snapshot {
                view: "overview".into(),
                epoch: String::new(),
                offset: Seq(0),
                at: UnixMillis(0),
                rows: Vec::new(),
            },
            counts: Counts::default(),
            lamps: Lamps {
                server: ServerLamp { state: LampState::Never },
                pbx: Lamp { state: LampState::Never, last_event_at: None, refused: 0, since: None },
                why: None,
                trouble: None,
                endpoints: Vec::new(),
            },
            alerts: Alerts::default(),
            may_acknowledge: false,
            build: String::new(),
            root: String::new(),
            words: String::new(),
            access_open: false,
            test_clock: false,
            wall: None,
        }
    }
}

/// JSON that is safe as the text of a `<script>` element: no `<`, `>` or `&`, so that neither `</script>` nor `<!--` can
/// be spelled, and no U+2028 or U+2029, which ended lines in scripts before 2019. All five only occur within strings.
pub fn script_json(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let json = serde_json::to_string(value)?;
    let mut safe = String::with_capacity(json.len() + json.len() / 16);
    for character in json.chars() {
        match character {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            '\u{2028}' => safe.push_str("\\u2028"),
            '\u{2029}' => safe.push_str("\\u2029"),
            other => safe.push(other),
        }
    }
    Ok(safe)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_callers_name_cannot_end_the_script_element() {
        let json = script_json(&["</script><img src=x onerror=alert(1)>", "<!--", "a&b", "\u{2028}\u{2029}"])
            .unwrap();
        assert!(!json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{json}");
    }

    proptest! {
        /// Oracle: serde_json reads back what was written.
        #[test]
        fn any_text_comes_back_as_it_was(text in any::<String>()) {
            let json = script_json(&text).unwrap();
            let unsafe_left = json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']);
            prop_assert!(!unsafe_left);
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
