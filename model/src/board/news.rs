//! When a thing was last heard of, and what time alone made of that: unconfirmed, then hidden.
//!
//! A conclusion from silence names the newest fact that it knew of. It holds only while there is no newer one, so it can be
//! folded in any order with the facts.

use serde::{Deserialize, Serialize};

use super::register::Stamp;
use crate::time::UnixMillis;

/// What is known of a thing's silence. All moments are of the PBX's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct News {
    /// The newest fact.
    pub newest: UnixMillis,
    /// When anything was last heard, by our clock. It decides nothing but when silence is looked for.
    pub heard: UnixMillis,
    /// The newest fact that a silence knew of, and when the silence was found.
    silence: Option<(UnixMillis, UnixMillis)>,
    /// The newest fact that a disappearance knew of.
    gone: Option<UnixMillis>,
}

impl News {
    /// Hears of a fact, and says whether that ends a silence.
    pub fn hear(&mut self, at: Stamp) -> bool {
        self.heard = self.heard.max(at.recv);
        if at.t <= self.newest {
            return false;
        }
        let before = (self.is_silent(), self.is_gone());
        self.newest = at.t;
        before != (self.is_silent(), self.is_gone())
    }

    /// Takes that nothing newer than `seen` was heard of until `t`.
    pub fn silent(&mut self, seen: UnixMillis, t: UnixMillis) {
        self.silence = self.silence.max(Some((seen, t)));
    }

    /// Takes that the thing is to be hidden if there is nothing newer than `seen`.
    pub fn gone(&mut self, seen: UnixMillis) {
        self.gone = self.gone.max(Some(seen));
    }

    /// Whether it is unconfirmed.
    pub fn is_silent(&self) -> bool {
        self.silence.is_some_and(|(seen, _)| self.newest <= seen)
    }

    /// Whether it is hidden.
    pub fn is_gone(&self) -> bool {
        self.gone.is_some_and(|seen| self.newest <= seen)
    }

    /// Since when it is unconfirmed.
    pub fn silent_since(&self) -> Option<UnixMillis> {
        self.silence.filter(|(seen, _)| self.newest <= *seen).map(|(_, t)| t)
    }

    /// Adds what another part of the same thing knows.
    pub fn add(&mut self, other: &Self) {
        self.newest = self.newest.max(other.newest);
        self.heard = self.heard.max(other.heard);
        self.silence = self.silence.max(other.silence);
        self.gone = self.gone.max(other.gone);
    }

    /// The PBX's clock went back to `t`.
    pub fn rebase(&mut self, t: UnixMillis) {
        self.newest = self.newest.min(t);
        self.silence = self.silence.map(|(seen, found)| (seen.min(t), found.min(t)));
        self.gone = self.gone.map(|seen| seen.min(t));
    }
}
