//! The thread that looks at rules: once a second, and at once when somebody changed one.
//!
//! A look has two halves. First all lives take their step, in memory; then what was raised, cleared and is to be told is written
//! in one transaction. Where that fails nothing has happened: the next look does it again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::Ordering},
};

use model::{
    alert::{Life, Of, Rule, Turn, Verdict},
    id::{QueueId, TenantId},
    time::{Millis, UnixMillis},
    wire::QueueRow,
};
use tokio::sync::watch;

use super::{
    Alerts, RuleStanding, Standing,
    facts::{self, Facts},
    kept::{self, KeptRule, News, Noted, Why},
    message::Kind,
    targets,
};
use crate::{
    ingest::Ingest,
    live::{LiveTenant, Tenants},
    store::StoreError,
};

/// How often what is too old is removed from the log.
const EXPIRE_EVERY: Millis = Millis::minutes(10);

/// For how many days the log is kept where nothing is said: as long as the history.
const DAYS_DEFAULT: u32 = crate::history::DAYS_DEFAULT;

/// So many lines of a tenant's log are kept.
const LINES_MAX: u32 = 10_000;

/// A rule at one place: the rule's id and the queue; `None` the whole tenant.
type Place = (i64, Option<QueueId>);

/// The thread's own.
pub struct Engine {
    alerts: Alerts,
    tenants: Tenants,
    ingest: Ingest,
    of: BTreeMap<TenantId, OfTenant>,
    expired_at: UnixMillis,
}

/// What is known of a tenant's rules.
#[derive(Default)]
struct OfTenant {
    /// The count of changes when they were read; `None`: never.
    read_at: Option<u64>,
    rules: Vec<(i64, Rule)>,
    lives: BTreeMap<Place, At>,
}

/// A rule's life at one place.
#[derive(Clone, Copy, Default)]
struct At {
    life: Life,
    /// The log's line, while it is raised, and whether webhooks were told.
    line: Option<(i64, bool)>,
}

/// What is to be written down.
enum Deed {
    Raise { place: Place, news: Box<RaisedNews> },
    Clear { line: i64, told: bool, why: Why },
    Tell { place: Place, line: i64 },
}

/// What is new of an alert; [`News`] that owns.
struct RaisedNews {
    rule: Rule,
    queue: Option<QueueRow>,
    value: i64,
    limit: i64,
    /// Whether webhooks are told at once: not within quiet hours.
    told: bool,
}

impl Engine {
    /// One that has not looked yet.
    pub fn new(alerts: Alerts, tenants: Tenants, ingest: Ingest) -> Self {
        Self { alerts, tenants, ingest, of: BTreeMap::new(), expired_at: UnixMillis(0) }
    }

    /// Looks until it is told to stop.
    pub fn run(mut self, ready: &watch::Receiver<bool>) {
        while self.alerts.0.bell.wait() {
            if !*ready.borrow() {
                continue;
            }
            let ids: Vec<TenantId> = self.alerts.0.standing.keys().cloned().collect();
            for tenant in ids {
                if let Err(error) = self.look(&tenant) {
                    tracing::error!(%tenant, %error, "alerts could not be looked at; that is tried again");
                }
            }
            self.expire();
        }
    }

    /// Looks at one tenant's rules.
    fn look(&mut self, tenant: &TenantId) -> Result<(), StoreError> {
        let Some(live) = self.tenants.get(tenant).map(|live| Arc::clone(live.value())) else { return Ok(()) };
        let changes = self.alerts.0.changes.load(Ordering::Relaxed);
        let mut of = self.of.remove(tenant).unwrap_or_default();
        let looked = self.look_at(tenant, &live, &mut of, changes);
        self.of.insert(tenant.clone(), of);
        looked
    }

    fn look_at(
        &self,
        tenant: &TenantId,
        live: &LiveTenant,
        of: &mut OfTenant,
        changes: u64,
    ) -> Result<(), StoreError> {
        let now = self.alerts.0.clock.now();
        let is_news = of.read_at != Some(changes);
        if is_news {
            of.read(&self.alerts, tenant, now)?;
        }
        if of.rules.is_empty() && of.lives.is_empty() && !is_news {
            return Ok(());
        }
        let local = facts::local(self.alerts.0.settings.calendar(), tenant, now);
        let facts = Facts::take(live, &self.ingest, (local, now), &of.rules);
        let (lives, deeds, rules) = of.step(&facts);
        let has_deeds = !deeds.is_empty();
        let lives = self.write(tenant, now, lives, &deeds)?;
        of.lives = lives;
        of.read_at = Some(changes);
        self.publish(tenant, of, &facts, rules, is_news || has_deeds)
    }

    /// Writes down what happened. Gives the lives with their lines.
    fn write(
        &self,
        tenant: &TenantId,
        now: UnixMillis,
        mut lives: BTreeMap<Place, At>,
        deeds: &[Deed],
    ) -> Result<BTreeMap<Place, At>, StoreError> {
        if deeds.is_empty() {
            return Ok(lives);
        }
        let left_out = self.alerts.0.store.with::<_, rusqlite::Error>(|change| {
            let mut left_out = 0;
            for deed in deeds {
                let (line, kind) = match deed {
                    Deed::Raise { place, news } => {
                        let RaisedNews { rule, queue, value, limit, told } = &**news;
                        let (value, limit, queue) = (*value, *limit, queue.as_ref());
                        let news = News { rule_id: place.0, rule, queue, value, limit, told: *told, at: now };
                        let line = kept::raise(change, tenant, &news)?;
                        if let Some(at) = lives.get_mut(place) {
                            at.line = Some((line, *told));
                        }
                        (line, told.then_some(Kind::Raised))
                    }
                    Deed::Clear { line, told, why } => {
                        kept::clear(change, *line, *why, now)?;
                        (*line, told.then_some(Kind::Cleared))
                    }
                    Deed::Tell { place, line } => {
                        kept::tell(change, *line)?;
                        if let Some(at) = lives.get_mut(place) {
                            at.line = Some((*line, true));
                        }
                        (*line, Some(Kind::Raised))
                    }
                };
                if let Some((kind, noted)) = kind.zip(kept::one(change, tenant, line)?) {
                    left_out += targets::enqueue(change, tenant, &noted, kind, now)?;
                }
            }
            Ok(left_out)
        })?;
        if left_out > 0 {
            self.alerts.0.counts.left_out.fetch_add(left_out, Ordering::Relaxed);
            tracing::warn!(%tenant, left_out, "{left_out} messages were left out: too many wait; see that webhooks answer");
        }
        self.alerts.0.posted.notify_one();
        Ok(lives)
    }

    /// Tells readers what is raised, where that is something else.
    fn publish(
        &self,
        tenant: &TenantId,
        of: &OfTenant,
        facts: &Facts,
        rules: BTreeMap<i64, RuleStanding>,
        is_news: bool,
    ) -> Result<(), StoreError> {
        let Some(standing) = self.alerts.0.standing.get(tenant) else { return Ok(()) };
        let raised = if is_news {
            let noted = self.alerts.0.store.read(|connection| kept::raised(connection, tenant))?;
            let is_quiet = |noted: &Noted| {
                let rule = of.rules.iter().find(|(id, _)| *id == noted.rule_id);
                rule.is_some_and(|(_, rule)| rule.is_quiet(facts.local))
            };
            noted.iter().map(|noted| noted.alert(is_quiet(noted))).collect()
        } else {
            standing.borrow().raised.clone()
        };
        let now = Standing { raised, rules };
        standing.send_if_modified(|before| {
            // How rules stand is for who looks; only what is raised is news.
            let differs = before.raised != now.raised;
            *before = Arc::new(now);
            differs
        });
        Ok(())
    }

    /// Removes what is kept no longer.
    fn expire(&mut self) {
        let Alerts(inner) = &self.alerts;
        let now = inner.clock.now();
        if now.since(self.expired_at) < EXPIRE_EVERY {
            return;
        }
        self.expired_at = now;
        for tenant in inner.settings.tenants() {
            let days = inner.settings.retention(tenant).map(|kept| kept.history_days.unwrap_or(DAYS_DEFAULT));
            let removed = days.and_then(|days| {
                let before = now - Millis::days(days.into());
                Ok(inner.store.with::<_, rusqlite::Error>(|change| {
                    kept::expire(change, &tenant.id, before, LINES_MAX)
                })?)
            });
            if let Err(error) = removed {
                tracing::error!(%error, "the log of alerts could not be shortened; that is tried again");
            }
        }
    }
}

impl OfTenant {
    /// Reads the rules that count; and, for the first time, what is raised and what cools down.
    fn read(&mut self, alerts: &Alerts, tenant: &TenantId, now: UnixMillis) -> Result<(), StoreError> {
        let rules = alerts.rules(tenant)?.into_iter().filter(|kept| kept.enabled);
        self.rules = rules.filter_map(|KeptRule { id, rule, .. }| Some((id, rule?))).collect();
        if self.read_at.is_some() {
            return Ok(());
        }
        let longest = self.rules.iter().map(|(_, rule)| rule.cool_down_s).max().unwrap_or_default();
        let since = now - Millis::seconds(longest.into());
        let (raised, cleared) = alerts.0.store.read(|connection| {
            Ok((kept::raised(connection, tenant)?, kept::cleared_since(connection, tenant, since)?))
        })?;
        for (id, queue, at) in cleared {
            if let Some((_, rule)) = self.rules.iter().find(|(its, _)| *its == id) {
                let place = (id, queue.as_deref().map(Into::into));
                self.lives.insert(place, At { life: Life::cooled(rule, at), line: None });
            }
        }
        for noted in raised {
            let place = (noted.rule_id, noted.queue.as_deref().map(Into::into));
            self.lives.insert(place, At { life: Life::Raised, line: Some((noted.id, noted.told)) });
        }
        Ok(())
    }

    /// All lives a step further; what that means to be written down; and how the rules stand then.
    fn step(&self, facts: &Facts) -> (BTreeMap<Place, At>, Vec<Deed>, BTreeMap<i64, RuleStanding>) {
        let (mut lives, mut deeds, mut standing) = (BTreeMap::new(), Vec::new(), BTreeMap::new());
        for (id, rule) in &self.rules {
            let mut stands = RuleStanding::default();
            let queues: Vec<Option<&QueueRow>> = match rule.of {
                Of::Tenant => vec![None],
                _ => facts.queues_of(&rule.of).map(Some).collect(),
            };
            if queues.is_empty() && rule.of != Of::Each {
                stands.unknown = Some((1, model::alert::Unknown::NoQueue));
            }
            for queue in queues {
                let place = (*id, queue.map(|row| row.id.clone()));
                let before = self.lives.get(&place).copied().unwrap_or_default();
                let at = step(before, (&place, rule), queue, facts, &mut stands, &mut deeds);
                if at.life != Life::Idle {
                    lives.insert(place, at);
                }
            }
            standing.insert(*id, stands);
        }
        self.give_up(facts, &mut lives, &mut deeds);
        (lives, deeds, standing)
    }

    /// What was raised where nobody looks any more is over; what cooled down there goes on to, in case the place comes back.
    fn give_up(&self, facts: &Facts, lives: &mut BTreeMap<Place, At>, deeds: &mut Vec<Deed>) {
        let looked: BTreeSet<Place> = lives.keys().cloned().collect();
        let there: BTreeSet<&QueueId> = facts.queues.iter().map(|row| &row.id).collect();
        for (place, at) in self.lives.iter().filter(|(place, _)| !looked.contains(*place)) {
            // Those that were looked at have their deeds; they are idle now.
            let rule = self.rules.iter().find(|(id, _)| *id == place.0).map(|(_, rule)| rule);
            let is_looked_at = rule.is_some_and(|rule| match &place.1 {
                None => rule.of == Of::Tenant,
                Some(queue) => facts.queues_of(&rule.of).any(|row| row.id == *queue),
            });
            if is_looked_at {
                continue;
            }
            if let Some((line, told)) = at.line {
                let is_gone = rule.is_some() && place.1.as_ref().is_some_and(|queue| !there.contains(queue));
                let why = if is_gone { Why::Queue } else { Why::Rule };
                deeds.push(Deed::Clear { line, told, why });
            }
            if let Some(rule) = rule {
                let life = if at.line.is_some() { Life::cooled(rule, facts.now) } else { at.life };
                if matches!(life, Life::Cooling(until) if facts.now < until) {
                    lives.insert(place.clone(), At { life, line: None });
                }
            }
        }
    }
}

/// One life a step further.
fn step(
    before: At,
    (place, rule): (&Place, &Rule),
    queue: Option<&QueueRow>,
    facts: &Facts,
    stands: &mut RuleStanding,
    deeds: &mut Vec<Deed>,
) -> At {
    let (reading, target) = match queue {
        Some(row) => {
            let of = facts.of_queue(row);
            (of.read(rule, facts.now), of.target(rule.metric))
        }
        None => (facts.of_tenant().read(rule, facts.now), None),
    };
    let verdict = rule.judge(reading, target, facts.local);
    stands.places += 1;
    stands.closed |= verdict == Verdict::Closed;
    if verdict == Verdict::Unknown {
        let why = reading.err().unwrap_or(model::alert::Unknown::NoTarget);
        stands.unknown = Some((stands.unknown.map_or(0, |(count, _)| count) + 1, why));
    }
    let (life, turn) = before.life.step(rule, verdict, facts.now);
    stands.raised += usize::from(life == Life::Raised);
    match (turn, before.line) {
        (Some(Turn::Raised), _) => {
            let (value, limit) = (reading.unwrap_or_default(), rule.limit_of(target).unwrap_or_default());
            let told = !rule.is_quiet(facts.local);
            let news = RaisedNews { rule: rule.clone(), queue: queue.cloned(), value, limit, told };
            deeds.push(Deed::Raise { place: place.clone(), news: Box::new(news) });
        }
        (Some(Turn::Cleared), Some((noted, told))) => {
            let why = if verdict == Verdict::Closed { Why::Closed } else { Why::Value };
            deeds.push(Deed::Clear { line: noted, told, why });
        }
        (None, Some((noted, false))) if life == Life::Raised && !rule.is_quiet(facts.local) => {
            deeds.push(Deed::Tell { place: place.clone(), line: noted });
        }
        _ => {}
    }
    At { life, line: before.line.filter(|_| life == Life::Raised) }
}
