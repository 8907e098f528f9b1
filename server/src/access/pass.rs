//! Who holds a credential, and how long a socket that was opened with it may stay.

use std::time::Duration;

use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};

use super::{Access, Asker, End, secret::Hash};

/// How often an open socket's rights are looked at, whatever was heard of them.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// What a client showed, as its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Nothing: access is open.
    None,
    /// A person's cookie.
    Session(Hash),
    /// An API token.
    Token(Hash),
    /// A wall's cookie.
    Wall(Hash),
}

/// A request that is somebody's.
#[derive(Clone)]
pub struct Pass {
    /// Whose.
    pub asker: Asker,
    /// What was shown.
    pub credential: Credential,
    pub(super) access: Access,
}

impl Pass {
    /// Watches over a socket that was opened with it.
    pub fn watch(self) -> Watch {
        self.watch_every(LOOK_EVERY)
    }

    pub(super) fn watch_every(self, period: Duration) -> Watch {
        let mut look = interval_at(Instant::now() + period, period);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Watch { ends: self.access.0.ends.subscribe(), look, pass: self }
    }

    /// Whether its holder may still what he might. Where the store can't be read he may, for now: a disk's fault is no
    /// reason to turn every wall dark.
    fn holds(&self) -> bool {
        match self.access.look(&self.credential) {
            Ok(asker) => asker.as_ref() == Some(&self.asker),
            Err(error) => {
                tracing::warn!(%error, "an open socket's rights could not be looked at");
                true
            }
        }
    }

    fn is_of(&self, end: &End) -> bool {
        match end {
            End::Session(hash) => self.credential == Credential::Session(*hash),
            End::Of(who) => self.asker.who == *who,
        }
    }
}

/// Watches over one socket.
pub struct Watch {
    pass: Pass,
    ends: Receiver<End>,
    look: Interval,
}

impl Watch {
    /// Whose socket it is.
    pub fn asker(&self) -> &Asker {
        &self.pass.asker
    }

    /// Waits until the socket's rights are gone, or others. May be dropped and called again.
    pub async fn ended(&mut self) {
        if self.pass.credential == Credential::None {
            return std::future::pending().await;
        }
        loop {
            tokio::select! {
                end = self.ends.recv() => match end {
                    Ok(end) if !self.pass.is_of(&end) => continue,
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    // The server ends, and says so itself.
                    Err(RecvError::Closed) => return std::future::pending().await,
                },
                _ = self.look.tick() => {}
            }
            if !self.pass.holds() {
                return;
            }
        }
    }
}
