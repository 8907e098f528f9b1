//! Boards of walls: the presets that are always there, those that somebody made, and what the screens report.
//!
//! A board is known by a name: a preset's or a made one's id, and behind a slash the numbers of the queues that it is narrowed
//! to, such as `company`, `queue/8001`, `company/8001,8002` or `service-centre-3`. Its view of the feed is `wall/` and that
//! name. What a board is, is `model::wall`.
//!
//! Invariant: a change and its line in the audit log are one transaction, and whoever shows the board hears of it at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use model::{
    id::{Number, TenantId},
    time::UnixMillis,
    wall::{Preset, WallBoard, WallFault},
};
use rusqlite::{OptionalExtension as _, params};
use tokio::sync::watch;

use crate::{
    access::{By, audit},
    clock::Clock,
    store::{Store, StoreError},
};

/// The table, as a migration of the store.
pub const TABLES: &str = "
    CREATE TABLE wall_board (
        tenant TEXT NOT NULL,
        id TEXT NOT NULL,
        document TEXT NOT NULL,
        changed_at INTEGER NOT NULL,
        PRIMARY KEY (tenant, id)
    ) STRICT, WITHOUT ROWID;";

/// How many boards a tenant may make.
const BOARDS_MAX: i64 = 200;

/// How many characters of a title stand in an id.
const ID_MAX: usize = 40;

/// All boards of all tenants. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Walls(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    clock: Clock,
    /// Counts changes.
    changed: watch::Sender<u64>,
    /// What each paired screen said last, by its id.
    reports: Mutex<HashMap<i64, Report>>,
}

/// What a screen says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// When we heard it.
    pub at: UnixMillis,
    /// Bytes that its page holds, where the browser tells.
    pub heap_bytes: Option<u64>,
    /// Milliseconds since the last frame that it had.
    pub frame_ms: Option<u64>,
}

/// Why a board was not changed. Fit to be read by who changes it.
#[derive(Debug, thiserror::Error)]
pub enum WallsError {
    /// `ringside.db` can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is no board that may be kept.
    #[error(transparent)]
    Board(#[from] WallFault),
    /// There are too many.
    #[error("there are {BOARDS_MAX} boards already; remove one first")]
    Many,
    /// Another tenant's, or gone.
    #[error("there is no such board; load the page again")]
    NotThere,
}

impl From<rusqlite::Error> for WallsError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Walls {
    /// The boards that the store has.
    pub fn new(store: Store, clock: Clock) -> Self {
        let inner = Inner { store, clock, changed: watch::Sender::new(0), reports: Mutex::default() };
        Self(Arc::new(inner))
    }

    /// The board of a name; `None` where there is none. One that can't be read is logged, and is none.
    pub fn find(&self, tenant: &TenantId, name: &str) -> Option<WallBoard> {
        let (id, queues) = name.split_once('/').unwrap_or((name, ""));
        let queues: Vec<Number> = queues
            .split(',')
            .filter(|number| !number.is_empty())
            .map(|number| Number::from(app::route::decoded(number)))
            .collect();
        if let Some(preset) = Preset::of(id) {
            let board = preset.board(queues);
            return board.check().is_ok().then_some(board);
        }
        let board = match self.get(tenant, id) {
            Ok(board) => board,
            Err(WallsError::NotThere) => return None,
            Err(error) => {
                tracing::error!(%error, "a wall's board can't be read");
                return None;
            }
        };
        Some(if queues.is_empty() { board } else { WallBoard { queues, ..board } })
    }

    /// A board that somebody made; [`WallsError::NotThere`] where nobody did.
    pub fn get(&self, tenant: &TenantId, id: &str) -> Result<WallBoard, WallsError> {
        let document = self.0.store.read(|connection| {
            let sql = "SELECT document FROM wall_board WHERE tenant = ?1 AND id = ?2";
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_row(params![tenant.as_str(), id], |row| row.get::<_, String>(0)).optional()
        })?;
        Ok(WallBoard::read(&document.ok_or(WallsError::NotThere)?)?)
    }

    /// Those that somebody made, by id; one that can't be read is left out, and logged.
    pub fn list(&self, tenant: &TenantId) -> Result<Vec<(String, WallBoard)>, WallsError> {
        let all = self.0.store.read(|connection| {
            let sql = "SELECT id, document FROM wall_board WHERE tenant = ?1 ORDER BY id";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([tenant.as_str()], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
            })?;
            rows.collect::<Result<Vec<_>, _>>()
        })?;
        let read = |(id, document): (String, String)| match WallBoard::read(&document) {
            Ok(board) => Some((id, board)),
            Err(error) => {
                tracing::error!(%error, %id, "a wall's board can't be read");
                None
            }
        };
        Ok(all.into_iter().filter_map(read).collect())
    }

    /// Keeps a new board; gives its id, which is made of its title and never a preset's.
    pub fn add(&self, by: By<'_>, board: &WallBoard) -> Result<String, WallsError> {
        board.check()?;
        let stem = stem(&board.title);
        let id = self.0.store.with(|change| {
            let is_taken = |id: &str| {
                let sql = "SELECT count(*) FROM wall_board WHERE tenant = ?1 AND id = ?2";
                let count: i64 = change.query_row(sql, params![by.tenant.as_str(), id], |row| row.get(0))?;
                Ok::<_, WallsError>(count > 0 || Preset::of(id).is_some())
            };
            let sql = "SELECT count(*) FROM wall_board WHERE tenant = ?1";
            let count: i64 = change.query_row(sql, [by.tenant.as_str()], |row| row.get(0))?;
            if count >= BOARDS_MAX {
                return Err(WallsError::Many);
            }
            let mut id = stem.clone();
            let mut number = 1;
            while is_taken(&id)? {
                number += 1;
                id = format!("{stem}-{number}");
            }
            change.execute(
                "INSERT INTO wall_board (tenant, id, document, changed_at) VALUES (?1, ?2, ?3, ?4)",
                params![by.tenant.as_str(), id, board.document(), self.0.clock.now().0],
            )?;
            audit::note(change, Some(by.tenant), by.who, self.0.clock.now(), "wall-board-made", &id)?;
            Ok(id)
        })?;
        self.told();
        Ok(id)
    }

    /// Has a board be another one.
    pub fn set(&self, by: By<'_>, id: &str, board: &WallBoard) -> Result<(), WallsError> {
        board.check()?;
        self.0.store.with(|change| {
            let sql = "UPDATE wall_board SET document = ?3, changed_at = ?4 WHERE tenant = ?1 AND id = ?2";
            let now = self.0.clock.now();
            if change.execute(sql, params![by.tenant.as_str(), id, board.document(), now.0])? == 0 {
                return Err(WallsError::NotThere);
            }
            audit::note(change, Some(by.tenant), by.who, now, "wall-board-changed", id)?;
            Ok(())
        })?;
        self.told();
        Ok(())
    }

    /// Forgets a board. Screens that show it say that it is not there.
    pub fn remove(&self, by: By<'_>, id: &str) -> Result<(), WallsError> {
        self.0.store.with(|change| {
            let sql = "DELETE FROM wall_board WHERE tenant = ?1 AND id = ?2";
            if change.execute(sql, params![by.tenant.as_str(), id])? == 0 {
                return Err(WallsError::NotThere);
            }
            audit::note(change, Some(by.tenant), by.who, self.0.clock.now(), "wall-board-removed", id)?;
            Ok(())
        })?;
        self.told();
        Ok(())
    }

    /// Wakes at each change from now on.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// A paired screen says how it is.
    pub fn report(&self, wall: i64, body: &serde_json::Map<String, serde_json::Value>) {
        let number = |key: &str| body.get(key).and_then(serde_json::Value::as_u64);
        let (heap_bytes, frame_ms) = (number("heap_bytes"), number("frame_ms"));
        let report = Report { at: self.0.clock.now(), heap_bytes, frame_ms };
        self.reports().insert(wall, report);
    }

    /// What a paired screen said last, since this server started.
    pub fn reported(&self, wall: i64) -> Option<Report> {
        self.reports().get(&wall).copied()
    }

    fn reports(&self) -> std::sync::MutexGuard<'_, HashMap<i64, Report>> {
        self.0.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn told(&self) {
        self.0.changed.send_modify(|count| *count += 1);
    }
}

/// A title as the beginning of an id: small letters and digits with dashes between.
fn stem(title: &str) -> String {
    let mut stem = String::new();
    for character in title.chars() {
        if character.is_ascii_alphanumeric() {
            stem.push(character.to_ascii_lowercase());
        } else if !stem.is_empty() && !stem.ends_with('-') {
            stem.push('-');
        }
    }
    stem.truncate(ID_MAX);
    let stem = stem.trim_end_matches('-');
    if stem.is_empty() { "wall".to_owned() } else { stem.to_owned() }
}

#[cfg(test)]
mod tests {
    use model::wall::{Kind, Tile, WallPage};

    use super::*;
    use crate::access::Who;

    fn walls() -> (tempfile::TempDir, Walls) {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path()).unwrap();
        (data, Walls::new(store, Clock::system()))
    }

    fn board(title: &str) -> WallBoard {
        let page = WallPage { tiles: vec![Tile::plain(Kind::Clock)] };
        WallBoard { title: title.into(), ..WallBoard::of(vec![page]) }
    }

    #[test]
    fn an_id_is_made_of_the_title_and_is_nobody_elses() {
        let (_data, walls) = walls();
        let (acme, other) = (TenantId::from("acme"), TenantId::from("other"));
        let add = |tenant: &TenantId, title: &str| {
            walls.add(By { tenant, who: &Who::Console }, &board(title)).unwrap()
        };
        assert_eq!(add(&acme, "Service Centre, 3rd floor"), "service-centre-3rd-floor");
        assert_eq!(add(&acme, "service centre: 3rd floor!"), "service-centre-3rd-floor-2");
        assert_eq!(add(&other, "Service Centre, 3rd floor"), "service-centre-3rd-floor");
        assert_eq!((&*add(&acme, "大厅"), &*add(&acme, "Company")), ("wall", "company-2"));
    }

    #[test]
    fn each_change_is_noted_and_heard_and_is_the_tenants_own() {
        let (_data, walls) = walls();
        let (acme, other) = (TenantId::from("acme"), TenantId::from("other"));
        let by = By { tenant: &acme, who: &Who::Console };
        let mut changes = walls.changes();
        let id = walls.add(by, &board("Hall")).unwrap();
        assert!(changes.has_changed().unwrap());
        changes.mark_unchanged();
        walls.set(by, &id, &board("Hall 2")).unwrap();
        assert!(changes.has_changed().unwrap());
        assert_eq!(walls.find(&acme, &id).unwrap().title, "Hall 2");
        assert_eq!(walls.find(&acme, "hall/8001,%2B49").unwrap().queues, ["8001".into(), "+49".into()]);
        assert_eq!(walls.find(&other, &id), None);
        let of_other = By { tenant: &other, who: &Who::Console };
        assert!(matches!(walls.remove(of_other, &id), Err(WallsError::NotThere)));
        walls.remove(by, &id).unwrap();
        assert!(matches!(walls.set(by, &id, &board("Hall")), Err(WallsError::NotThere)));
        let noted = audit::list(&walls.0.store, &acme, None, 10).unwrap();
        let acts: Vec<_> = noted.iter().map(|line| &*line.act).collect();
        assert_eq!(acts, ["wall-board-removed", "wall-board-changed", "wall-board-made"]);
    }

    #[test]
    fn presets_are_there_for_everybody_and_take_queues() {
        let (_data, walls) = walls();
        let acme = TenantId::from("acme");
        assert_eq!(walls.find(&acme, "company").unwrap(), Preset::Company.board(Vec::new()));
        assert_eq!(walls.find(&acme, "queue/8001").unwrap().queues, ["8001".into()]);
        assert_eq!(walls.find(&acme, "nothing"), None);
    }
}
