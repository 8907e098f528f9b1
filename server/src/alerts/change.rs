//! What people change: rules, webhooks, and that they know of an alert. Each act and its line in the audit log are one
//! transaction; the engine looks at once.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use model::{alert::Rule, wire::Severity};

use super::{
    Alerts,
    address::{Address, NoAddress},
    kept::{self, KeptRule},
    message::{self, Kind},
    post::Outcome,
    targets,
};
use crate::{
    access::{By, audit},
    config::Secret,
    store::StoreError,
};

/// So many rules a tenant has at most.
pub const RULES_MAX: usize = 100;

/// So many webhooks a tenant has at most.
pub const TARGETS_MAX: usize = 10;

/// Longer than this no name of a webhook is, in characters.
const NAME_MAX: usize = 64;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    /// `ringside.db` can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system has no randomness.
    #[error("the system gives no random bytes: {0}; try again once it does")]
    Random(getrandom::Error),
    /// Another tenant's, or gone, or acknowledged already.
    #[error("there is no such rule, webhook or raised alert any more; load the page again")]
    NotThere,
    /// As many as may be.
    #[error("there are {RULES_MAX} rules and {TARGETS_MAX} webhooks at most; remove one that is not needed")]
    TooMany,
    /// Not a name.
    #[error("this is no name; write 1 to 64 characters, none of them a control character")]
    Name,
    /// Not an address.
    #[error(transparent)]
    Address(#[from] NoAddress),
}

impl From<rusqlite::Error> for AlertError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Alerts {
    /// The engine reads what was changed, at once.
    fn changed(&self) {
        self.0.changes.fetch_add(1, Ordering::Relaxed);
        self.0.bell.ring();
    }

    /// Does something and notes it, or neither.
    fn change<T>(
        &self,
        by: By<'_>,
        act: &str,
        change: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<(T, String), AlertError>,
    ) -> Result<T, AlertError> {
        let now = self.0.clock.now();
        let done = self.0.store.with(|transaction| {
            let (done, about) = change(transaction)?;
            audit::note(transaction, Some(by.tenant), by.who, now, act, &about)?;
            Ok::<_, AlertError>(done)
        })?;
        self.changed();
        Ok(done)
    }

    /// Keeps rules: new ones, or one in the place of the one with that id.
    pub fn set_rules(&self, by: By<'_>, id: Option<i64>, rules: &[Rule]) -> Result<(), AlertError> {
        self.change(by, "alert-rule-set", |change| {
            if id.is_none() && kept::rules(change, by.tenant)?.len() + rules.len() > RULES_MAX {
                return Err(AlertError::TooMany);
            }
            let mut about = Vec::new();
            for rule in rules {
                let id = kept::write_rule(change, by.tenant, id, rule)?.ok_or(AlertError::NotThere)?;
                about.push(format!("{id}: {}", summary(rule)));
            }
            Ok(((), about.join("; ")))
        })
    }

    /// Switches a rule on or off.
    pub fn switch_rule(&self, by: By<'_>, id: i64, on: bool) -> Result<(), AlertError> {
        self.change(by, if on { "alert-rule-on" } else { "alert-rule-off" }, |change| {
            let is_there = kept::switch_rule(change, by.tenant, id, on)?;
            is_there.then(|| ((), id.to_string())).ok_or(AlertError::NotThere)
        })
    }

    /// Removes a rule. What it raised is over.
    pub fn remove_rule(&self, by: By<'_>, id: i64) -> Result<(), AlertError> {
        self.change(by, "alert-rule-removed", |change| {
            let was = kept::rules(change, by.tenant)?.into_iter().find(|rule| rule.id == id);
            let KeptRule { rule, .. } = was.ok_or(AlertError::NotThere)?;
            kept::remove_rule(change, by.tenant, id)?;
            Ok(((), format!("{id}: {}", rule.as_ref().map(summary).unwrap_or_default())))
        })
    }

    /// Somebody knows of an alert.
    pub fn acknowledge(&self, by: By<'_>, id: i64) -> Result<(), AlertError> {
        let left_out = self.change(by, "alert-acknowledged", |change| {
            let now = self.0.clock.now();
            if !kept::acknowledge(change, by.tenant, id, &by.who.to_string(), now)? {
                return Err(AlertError::NotThere);
            }
            let noted = kept::one(change, by.tenant, id)?.ok_or(AlertError::NotThere)?;
            let left_out = if noted.told {
                targets::enqueue(change, by.tenant, &noted, Kind::Acknowledged, now)?
            } else {
                0
            };
            let place = noted.number.or(noted.queue).unwrap_or_default();
            Ok((left_out, format!("{id}: {place} {}", message::what(&noted.rule))))
        })?;
        self.0.counts.left_out.fetch_add(left_out, Ordering::Relaxed);
        self.0.posted.notify_one();
        Ok(())
    }

    /// Makes a webhook. The answer is the only time that its secret is shown.
    pub fn add_target(
        &self,
        by: By<'_>,
        name: &str,
        address: &str,
        least: Severity,
    ) -> Result<Secret, AlertError> {
        let (name, address) = (checked_name(name)?, Address::of(address)?);
        let secret = message::fresh_secret().map_err(AlertError::Random)?;
        self.change(by, "webhook-made", |change| {
            if targets::targets(change, by.tenant)?.len() >= TARGETS_MAX {
                return Err(AlertError::TooMany);
            }
            targets::add(change, by.tenant, name, &address, &secret, least)?;
            Ok(((), format!("{name}: {address}")))
        })?;
        Ok(secret)
    }

    /// Another secret for a webhook, in the place of the one before. Gives its name with it.
    pub fn renew_target(&self, by: By<'_>, id: i64) -> Result<(String, Secret), AlertError> {
        let secret = message::fresh_secret().map_err(AlertError::Random)?;
        let name = self.change(by, "webhook-secret", |change| {
            let name = targets::renew(change, by.tenant, id, &secret)?.ok_or(AlertError::NotThere)?;
            Ok((name.clone(), name))
        })?;
        Ok((name, secret))
    }

    /// Switches a webhook on or off.
    pub fn switch_target(&self, by: By<'_>, id: i64, on: bool) -> Result<(), AlertError> {
        self.change(by, if on { "webhook-on" } else { "webhook-off" }, |change| {
            Ok(((), targets::switch(change, by.tenant, id, on)?.ok_or(AlertError::NotThere)?))
        })
    }

    /// Removes a webhook.
    pub fn remove_target(&self, by: By<'_>, id: i64) -> Result<(), AlertError> {
        self.change(by, "webhook-removed", |change| {
            Ok(((), targets::remove(change, by.tenant, id)?.ok_or(AlertError::NotThere)?))
        })
    }

    /// Tries a webhook once, and says what came of it and how long that took.
    pub async fn try_target(&self, by: By<'_>, id: i64) -> Result<(Outcome, Duration), AlertError> {
        let (message, now) = (message::fresh_id().map_err(AlertError::Random)?, self.0.clock.now());
        let read =
            self.0.store.read(|connection| targets::test_letter(connection, by.tenant, id, message, now));
        let letter = read?.ok_or(AlertError::NotThere)?;
        let began = Instant::now();
        let outcome = letter.send(now).await;
        Ok((outcome, began.elapsed()))
    }
}

fn checked_name(name: &str) -> Result<&str, AlertError> {
    let name = name.trim();
    let is_one = !name.is_empty() && name.chars().count() <= NAME_MAX && !name.chars().any(char::is_control);
    is_one.then_some(name).ok_or(AlertError::Name)
}

/// A rule in a line of the audit log.
fn summary(rule: &Rule) -> String {
    let of = match &rule.of {
        model::alert::Of::Each => "each queue".to_owned(),
        model::alert::Of::Queue(number) => format!("queue {number}"),
        model::alert::Of::Tenant => "the whole tenant".to_owned(),
    };
    let limit = rule.limit.map_or("its target".to_owned(), |limit| message::spelled(rule.metric, limit));
    let side = if rule.below { "below" } else { "above" };
    let (what, severity) = (message::what(rule), rule.severity.as_str());
    format!("{what} of {of} {side} {limit} for {} s: {severity}", rule.hold_s)
}
