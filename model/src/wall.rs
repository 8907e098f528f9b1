//! A wall's board: which tiles a screen shows, of which queues, how large. What the form makes, a file carries, the server keeps
//! and the browser draws.
//!
//! A board is a JSON document (`docs/walls.md`). One of a newer version is taken with what is understood of it: a tile of a
//! kind that is not known is kept as it came, and drawn as one that needs a newer Ringside.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{id::Number, wire::RowKind};

/// The version of the document that this program writes.
pub const VERSION: u32 = 1;

/// The most of everything that a board may have; a document in bytes, texts in characters.
pub const DOCUMENT_BYTES_MAX: usize = 64 << 10;
/// Pages that rotate.
pub const PAGES_MAX: usize = 8;
/// Tiles of a page.
pub const TILES_MAX: usize = 12;
/// Queues that are named.
pub const QUEUES_MAX: usize = 200;
/// The title.
pub const TITLE_MAX: usize = 64;
/// An announcement.
pub const TEXT_MAX: usize = 200;
/// From how far a wall is read, in metres.
pub const DISTANCES_M: [u8; 2] = [3, 5];
/// How large screens are, in inches across the corners of 16:9.
pub const SCREENS_INCHES: [u8; 5] = [43, 50, 55, 65, 75];
/// How long a page stays, in seconds.
pub const ROTATE_S: std::ops::RangeInclusive<u16> = 5..=600;

/// A board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WallBoard {
    /// The version of the document; there, so that a file says what it is.
    pub ringside_wall: u32,
    /// What stands at the top; empty for what the board is of.
    #[serde(default)]
    pub title: String,
    /// In which colours.
    #[serde(default)]
    pub theme: WallTheme,
    /// From how far it is read: one of [`DISTANCES_M`].
    #[serde(default = "distance_assumed")]
    pub distance_m: u8,
    /// How large the screen is: one of [`SCREENS_INCHES`].
    #[serde(default = "screen_assumed")]
    pub screen_inches: u8,
    /// How long a page stays where there are several: within [`ROTATE_S`].
    #[serde(default = "rotation_assumed")]
    pub rotate_s: u16,
    /// Whether a new alert sounds.
    #[serde(default)]
    pub sound: bool,
    /// The queues that it is of, by number; empty for all.
    #[serde(default)]
    pub queues: Vec<Number>,
    /// The pages; never none.
    pub pages: Vec<WallPage>,
}

/// What is seen at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WallPage {
    /// In the order in which they are drawn.
    pub tiles: Vec<Tile>,
}

/// A tile as the document has it: [`Tile::shows`] says what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tile {
    /// Its kind, in the words of [`Kind`].
    pub kind: String,
    /// A big number's figure, in the words of [`Metric`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// An announcement's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What a newer version says beside that; kept, and not looked at.
    // The browser's program only draws: it needs no code that holds just anything.
    #[cfg_attr(not(target_arch = "wasm32"), serde(flatten))]
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub more: serde_json::Map<String, serde_json::Value>,
}

/// Declares a closed set of words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident => $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every word, in the order in which a form offers them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in the document.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value of a word.
            pub fn of(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
            }
        }
    };
}

words!(
    /// A wall's colours.
    #[derive(Default)]
    WallTheme {
        /// Light on dark.
        #[default]
        Dark => "dark",
        /// Dark on light, for a bright room.
        Light => "light",
        /// Of strong contrast.
        Contrast => "contrast",
    }
);
words!(
    /// What a tile can be.
    Kind {
        /// One figure, as large as it gets.
        Number => "number",
        /// Queues as a table, those in need first.
        QueueTable => "queue_table",
        /// A card a queue.
        QueueCards => "queue_cards",
        /// What each agent does.
        AgentStates => "agent_states",
        /// Who waits.
        WaitingList => "waiting_list",
        /// Who is there.
        Presence => "presence",
        /// The course of today.
        Chart => "chart",
        /// The time.
        Clock => "clock",
        /// A text.
        Announcement => "announcement",
    }
);
words!(
    /// A figure of a big number; of the day where it counts what happened.
    Metric {
        /// Callers on the line.
        Waiting => "waiting",
        /// How long the one waits who waits longest.
        Longest => "longest",
        /// The service level.
        Level => "level",
        /// Agents who wait for a call.
        Ready => "ready",
        /// Agents on a call.
        Talking => "talking",
        /// Agents in wrap-up.
        WrapUp => "wrap_up",
        /// Agents who are not ready.
        NotReady => "not_ready",
        /// Callers answered.
        Answered => "answered",
        /// Callers who gave up.
        Abandoned => "abandoned",
        /// Callers who came.
        Offered => "offered",
        /// Callers who wait to be called back.
        Callbacks => "callbacks",
        /// How long those who were answered had waited, on average.
        Asa => "asa",
    }
);
words!(
    /// A board that is there without anybody making it.
    Preset {
        /// All queues as one, and each.
        Company => "company",
        /// One queue: its figures, who waits, its agents.
        Queue => "queue",
        /// Four queues, a card each.
        Queues => "queues",
        /// Who is there.
        Presence => "presence",
        /// What the agents do.
        Agents => "agents",
    }
);

/// What a tile shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows<'a> {
    /// A figure.
    Number(Metric),
    /// A text.
    Announcement(&'a str),
    /// One of the other kinds, which need nothing else.
    Plain(Kind),
    /// Something that this version does not know, by its kind.
    Newer(&'a str),
}

impl Tile {
    /// A tile of a kind that needs nothing else.
    pub fn plain(kind: Kind) -> Self {
        Self { kind: kind.as_str().to_owned(), ..Self::default() }
    }

    /// A big number.
    pub fn number(metric: Metric) -> Self {
        Self { metric: Some(metric.as_str().to_owned()), ..Self::plain(Kind::Number) }
    }

    /// An announcement.
    pub fn announcement(text: &str) -> Self {
        Self { text: Some(text.to_owned()), ..Self::plain(Kind::Announcement) }
    }

    /// What it shows.
    pub fn shows(&self) -> Shows<'_> {
        match Kind::of(&self.kind) {
            Some(Kind::Number) => {
                let metric = self.metric.as_deref().and_then(Metric::of);
                metric.map_or(Shows::Newer(&self.kind), Shows::Number)
            }
            Some(Kind::Announcement) => Shows::Announcement(self.text.as_deref().unwrap_or_default()),
            Some(kind) => Shows::Plain(kind),
            None => Shows::Newer(&self.kind),
        }
    }

    /// The rows that it is made of, beside queues'.
    fn rows(&self) -> &'static [RowKind] {
        match self.shows() {
            Shows::Number(Metric::Ready | Metric::Talking | Metric::WrapUp | Metric::NotReady)
            | Shows::Plain(Kind::AgentStates) => &[RowKind::Agent],
            Shows::Plain(Kind::WaitingList) => &[RowKind::Caller],
            Shows::Plain(Kind::Presence) => &[RowKind::Extension],
            Shows::Plain(Kind::Chart) => &[RowKind::Course],
            _ => &[],
        }
    }
}

impl WallBoard {
    /// A board of these pages, with everything else as it is assumed.
    pub fn of(pages: Vec<WallPage>) -> Self {
        Self {
            ringside_wall: VERSION,
            title: String::new(),
            theme: WallTheme::default(),
            distance_m: distance_assumed(),
            screen_inches: screen_assumed(),
            rotate_s: rotation_assumed(),
            sound: false,
            queues: Vec::new(),
            pages,
        }
    }

    /// Reads a document, as a file brings it.
    pub fn read(text: &str) -> Result<Self, WallFault> {
        if text.len() > DOCUMENT_BYTES_MAX {
            return Err(WallFault::Long);
        }
        let board: Self = serde_json::from_str(text).map_err(|error| {
            let is_other = error.is_data() && !text.contains("\"ringside_wall\"");
            if is_other { WallFault::Other } else { WallFault::Document(error.to_string()) }
        })?;
        board.check()?;
        Ok(board)
    }

    /// The document, as a file carries it.
    pub fn document(&self) -> String {
        // Plain data: it can't fail to serialise.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Whether it may be kept.
    pub fn check(&self) -> Result<(), WallFault> {
        let long = |text: &str, most: usize| text.chars().count() > most;
        let tiles = || self.pages.iter().flat_map(|page| &page.tiles);
        if self.pages.is_empty() || self.pages.len() > PAGES_MAX {
            return Err(WallFault::Pages);
        }
        if self.pages.iter().any(|page| page.tiles.len() > TILES_MAX) {
            return Err(WallFault::Tiles);
        }
        if long(&self.title, TITLE_MAX) || self.title.chars().any(char::is_control) {
            return Err(WallFault::Title);
        }
        if tiles().any(|tile| tile.text.as_deref().is_some_and(|text| long(text, TEXT_MAX))) {
            return Err(WallFault::Text);
        }
        if self.queues.len() > QUEUES_MAX || self.queues.iter().any(|number| long(number.as_str(), TITLE_MAX))
        {
            return Err(WallFault::Queues);
        }
        if !DISTANCES_M.contains(&self.distance_m) || !SCREENS_INCHES.contains(&self.screen_inches) {
            return Err(WallFault::Distance);
        }
        if !ROTATE_S.contains(&self.rotate_s) {
            return Err(WallFault::Rotation);
        }
        Ok(())
    }

    /// The kinds of rows that it is made of: its tiles', and always queues, since a queue in need is named whatever the tiles
    /// show.
    pub fn rows(&self) -> BTreeSet<RowKind> {
        let of_tiles = self.pages.iter().flat_map(|page| &page.tiles).flat_map(Tile::rows).copied();
        of_tiles.chain([RowKind::Queue]).collect()
    }
}

impl Preset {
    /// The board, of these queues; of none given, of all.
    pub fn board(self, queues: Vec<Number>) -> WallBoard {
        use Metric::{Abandoned, Level, Longest, NotReady, Ready, Talking, Waiting, WrapUp};
        let numbers = |metrics: &[Metric]| metrics.iter().copied().map(Tile::number).collect::<Vec<_>>();
        let (mut tiles, kinds): (_, &[Kind]) = match self {
            Self::Company => (numbers(&[Waiting, Longest, Level, Ready, Talking]), &[Kind::QueueTable]),
            Self::Queue => {
                let numbers = numbers(&[Waiting, Longest, Level, Abandoned]);
                (numbers, &[Kind::WaitingList, Kind::AgentStates])
            }
            Self::Queues => (Vec::new(), &[Kind::QueueCards]),
            Self::Presence => (Vec::new(), &[Kind::Presence]),
            Self::Agents => (numbers(&[Ready, Talking, WrapUp, NotReady]), &[Kind::AgentStates]),
        };
        tiles.extend(kinds.iter().copied().map(Tile::plain));
        WallBoard { queues, ..WallBoard::of(vec![WallPage { tiles }]) }
    }
}

const fn distance_assumed() -> u8 {
    3
}

const fn screen_assumed() -> u8 {
    55
}

const fn rotation_assumed() -> u16 {
    20
}

/// Why a board is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WallFault {
    /// The document is too long.
    #[error("the file is longer than 64 KiB; export a board from the page, and change that")]
    Long,
    /// It is no board.
    #[error("this is no board of a wall: it lacks \"ringside_wall\"; choose a file that Ringside exported")]
    Other,
    /// It can't be read.
    #[error("the file can't be read: {0}; export the board again, or put that right")]
    Document(String),
    /// It has no page, or too many.
    #[error("a board has 1 to {PAGES_MAX} pages; take some out")]
    Pages,
    /// A page has too many tiles.
    #[error("a page has at most {TILES_MAX} tiles; take some out, or make another page")]
    Tiles,
    /// The title is too long.
    #[error("a title is one line of at most {TITLE_MAX} characters; shorten it")]
    Title,
    /// An announcement is too long.
    #[error("an announcement has at most {TEXT_MAX} characters; shorten it")]
    Text,
    /// Too many queues, or one whose number is none.
    #[error("a board names at most {QUEUES_MAX} queues by their numbers; leave them out for all queues")]
    Queues,
    /// A distance or a screen that there is not.
    #[error("a wall is read from 3 or 5 m, on a screen of 43, 50, 55, 65 or 75 inches; choose one of these")]
    Distance,
    /// Too fast, or too slow.
    #[error("a page stays for {} to {} seconds; choose another length", ROTATE_S.start(), ROTATE_S.end())]
    Rotation,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_of_a_newer_version_is_kept_and_known_to_be_one() {
        let text = r#"{"ringside_wall": 2, "pages": [{"tiles": [
            {"kind": "weather", "town": "Kiel", "days": [1, 2]}, {"kind": "number", "metric": "mood"}, {"kind": "clock"}
        ]}]}"#;
        let board = WallBoard::read(text).unwrap();
        let shows: Vec<_> = board.pages[0].tiles.iter().map(Tile::shows).collect();
        assert_eq!(shows, [Shows::Newer("weather"), Shows::Newer("number"), Shows::Plain(Kind::Clock)]);
        let kept: serde_json::Value = serde_json::from_str(&board.document()).unwrap();
        assert_eq!(kept["pages"][0]["tiles"][0]["days"], serde_json::json!([1, 2]));
        assert_eq!(WallBoard::read(&board.document()), Ok(board));
    }

    #[test]
    fn what_is_no_board_is_refused_with_what_is_wrong() {
        let fault = |text: &str| WallBoard::read(text).unwrap_err();
        assert_eq!(fault(r#"{"queues": []}"#), WallFault::Other);
        assert!(matches!(fault("{\"ringside_wall\": 1,"), WallFault::Document(_)));
        assert!(matches!(fault(""), WallFault::Document(_)));
        assert_eq!(fault(r#"{"ringside_wall": 1, "pages": []}"#), WallFault::Pages);
        let with = |field: &str| format!(r#"{{"ringside_wall": 1, "pages": [{{"tiles": []}}], {field}}}"#);
        assert_eq!(fault(&with(r#""distance_m": 4"#)), WallFault::Distance);
        assert_eq!(fault(&with(r#""rotate_s": 1"#)), WallFault::Rotation);
        assert_eq!(fault(&with(&format!(r#""title": "{}""#, "t".repeat(65)))), WallFault::Title);
        assert_eq!(fault(&" ".repeat(DOCUMENT_BYTES_MAX + 1)), WallFault::Long);
        assert!(
            matches!(fault(&with(r#""theme": "pink""#)), WallFault::Document(text) if text.contains("dark"))
        );
    }

    #[test]
    fn every_preset_may_be_kept_and_needs_the_rows_of_its_tiles() {
        for preset in Preset::ALL {
            let board = preset.board(vec!["8001".into()]);
            assert_eq!(board.check(), Ok(()), "{preset:?}");
            assert_eq!(Preset::of(preset.as_str()), Some(*preset));
            assert!(board.pages[0].tiles.iter().all(|tile| !matches!(tile.shows(), Shows::Newer(_))));
        }
        let rows = |preset: Preset| preset.board(Vec::new()).rows().into_iter().collect::<Vec<_>>();
        // Queues always: alarms are about them, and are on every wall.
        assert_eq!(rows(Preset::Presence), [RowKind::Extension, RowKind::Queue]);
        assert_eq!(rows(Preset::Queue), [RowKind::Queue, RowKind::Caller, RowKind::Agent]);
    }
}
