//! Boards that are too large for a frame: made once for all who ask within a second, or while nothing happens, and kept while
//! they fetch them.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::body::Bytes;
use model::id::Seq;

use crate::packed::gzip;

/// How long a body is kept.
const KEPT: Duration = Duration::from_mins(1);

/// Readers who come within this share a body.
const SHARED: Duration = Duration::from_secs(1);

/// All rows at one offset, as readers fetch them: the snapshot object.
#[derive(Debug)]
pub struct Body {
    /// Names it among the channel's bodies.
    pub id: String,
    /// Its offset.
    pub offset: Seq,
    /// The JSON.
    pub json: Bytes,
    /// The same, by gzip.
    pub gzip: Bytes,
    made: Instant,
}

/// The bodies of a channel that somebody may still fetch.
#[derive(Debug, Default)]
pub struct Bodies {
    kept: VecDeque<Arc<Body>>,
    made: u64,
}

impl Bodies {
    /// The last one, if it is new enough to be shared; where it is still right, for as long as there is time to fetch it.
    pub fn shared(&self, now: Seq) -> Option<Arc<Body>> {
        let shared =
            |last: &&Arc<Body>| last.made.elapsed() < if last.offset == now { KEPT / 2 } else { SHARED };
        self.kept.back().filter(shared).cloned()
    }

    /// Keeps a new one.
    pub fn keep(&mut self, offset: Seq, json: String) -> Arc<Body> {
        self.drop_old();
        self.made += 1;
        let body = Arc::new(Body {
            id: format!("{offset}-{}", self.made),
            offset,
            gzip: gzip(json.as_bytes()).into(),
            json: json.into(),
            made: Instant::now(),
        });
        self.kept.push_back(Arc::clone(&body));
        body
    }

    /// A body by its id; `None` where it is kept no longer.
    pub fn get(&mut self, id: &str) -> Option<Arc<Body>> {
        self.drop_old();
        self.kept.iter().find(|body| body.id == id).cloned()
    }

    fn drop_old(&mut self) {
        while self.kept.front().is_some_and(|body| body.made.elapsed() > KEPT) {
            self.kept.pop_front();
        }
    }
}
