//! The rounds of a link: what is asked of the PBX, and what of the answers is written into the journal.

use std::{collections::BTreeSet, time::Instant};

use model::{
    time::UnixMillis,
    wire::{CallerKind, Row, RowId, RowKind},
};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{Link, Memory, Round, SNAPSHOT_WITHIN, within};
use crate::pbx::{
    answers::Session,
    ask,
    error::PbxError,
    rest::Rest,
    told,
    wsi::{Numbers, Subscribe},
};

impl Link {
    /// Reads who and what there is, and writes it down.
    pub(super) async fn learn(&self, rest: &mut Rest, memory: &mut Memory) -> Result<(), PbxError> {
        rest.begin();
        let asked = self.now();
        let tenant = self.live.said().settings.and_then(|settings| settings.pbx_tenant);
        let tenant = tenant.as_ref().map(model::id::PbxTenantId::as_str);
        let base = within(ask::base(rest, tenant)).await?;
        let skew = self.skew(rest);
        let at = told::moment(asked, skew);
        let users = base.users.as_deref().map_or_else(Vec::new, |users| told::users(users, at));
        let queues = base.queues.as_deref().map_or_else(Vec::new, |queues| told::queues(queues, at));
        self.append_all(users.into_iter().chain(queues), skew).await?;
        if let Some(numbers) =
            base.numbers.clone().filter(|numbers| self.live.said().numbers.as_ref() != Some(numbers))
        {
            self.append_numbers(numbers).await?;
        }
        let missed = within(ask::missed(rest, &base, &self.live)).await?;
        self.append_all(told::missed(&missed, at), skew).await?;
        let mut standing = self.lock();
        let calls = standing.round.as_ref().and_then(|round| round.calls);
        standing.round = Some(Round {
            at: self.now(),
            extensions: base.users.as_ref().map(Vec::len),
            queues: base.queues.as_ref().map(Vec::len),
            calls,
            left_out: base.left_out.clone(),
        });
        memory.base = Some(base);
        Ok(())
    }

    /// Asks how everybody is, by a subscription, and then which calls are up.
    pub(super) async fn round(
        &self,
        rest: &mut Rest,
        memory: &Memory,
        wishes: &mpsc::Sender<Subscribe>,
    ) -> Result<(), PbxError> {
        let numbers = memory.base.as_ref().map_or_else(Numbers::default, |base| Numbers {
            extensions: base.users.iter().flatten().map(|user| user.number.clone()).collect(),
            queues: base.queues.iter().flatten().map(|queue| queue.number.clone()).collect(),
        });
        let (done, told) = oneshot::channel();
        let subscribed = self.now();
        let wish = Subscribe { numbers, skew: self.skew(rest), done };
        wishes.send(wish).await.map_err(|_| PbxError::WsiCut)?;
        // What does not come in time comes later.
        _ = timeout(SNAPSHOT_WITHIN, told).await;
        let sessions = self.ask_calls(rest, memory, subscribed).await?;
        let mut standing = self.lock();
        if let Some(round) = &mut standing.round {
            (round.at, round.calls) = (self.now(), sessions.map(|sessions| sessions.len()));
        }
        Ok(())
    }

    /// Asks which calls are up: those that began before `subscribed` and of which nobody told come on the board, those that
    /// are over leave it.
    pub(super) async fn ask_calls(
        &self,
        rest: &mut Rest,
        memory: &Memory,
        subscribed: UnixMillis,
    ) -> Result<Option<Vec<Session>>, PbxError> {
        let (asked, mut left_out) = (self.now(), Vec::new());
        let read = within(ask::sessions(rest, &mut left_out)).await?;
        if let Some(round) = &mut self.lock().round {
            round.left_out.extend(left_out);
        }
        let Some(sessions) = read else { return Ok(None) };
        let skew = self.skew(rest);
        let at = told::moment(asked, skew);
        let over = within(ask::calls_over(rest, &sessions, &self.live)).await?;
        for id in over {
            self.append_clock(told::gone(RowKind::Call, &id, at), skew).await?;
        }
        let before = told::moment(subscribed, skew).0 / 1000;
        let known: BTreeSet<String> = {
            let rows = self.live.rows();
            rows.of_kind(RowKind::Call, "").map(|(id, _)| id.1.to_string()).collect()
        };
        let unknown = told::unknown(&sessions, |id| known.contains(id.as_str()));
        let old = unknown
            .filter(|session| session.legs.iter().any(|leg| leg.started_s.is_none_or(|s| s <= before)));
        let users = memory.base.iter().flat_map(|base| base.users.iter().flatten());
        let extensions: BTreeSet<&str> = users.map(|user| user.number.as_str()).collect();
        let bodies = told::calls(old, |number| extensions.contains(number), at);
        self.append_all(bodies, skew).await?;
        Ok(Some(sessions))
    }

    /// Asks how everybody is, one by one.
    pub(super) async fn ask_states(&self, rest: &mut Rest, memory: &mut Memory) -> Result<(), PbxError> {
        let Some(base) = &memory.base else { return Ok(()) };
        memory.states_asked = Some(Instant::now());
        rest.begin();
        let asked = self.now();
        let sessions = self.ask_calls(rest, memory, asked).await?;
        let asked = self.now();
        let states = within(ask::states(rest, base)).await?;
        let skew = self.skew(rest);
        let at = told::moment(asked, skew);
        self.append_all(told::states(&states, sessions.as_deref().unwrap_or_default(), at), skew).await?;
        // The list has those on the line only, so that it can't stand for all who wait.
        for state in &states.queues {
            let Some(waiting) = &state.waiting else { continue };
            let prefix = format!("{}/", state.queue.event_id);
            let left: Vec<RowId> = {
                let rows = self.live.rows();
                let callers = rows.of_kind(RowKind::Caller, &prefix).filter(|(_, shown)| match shown.row() {
                    Row::Caller(caller) => {
                        caller.kind == CallerKind::Normal
                            && !waiting.iter().any(|one| one.session == caller.call.as_str())
                    }
                    _ => false,
                });
                callers.map(|(id, _)| id.clone()).collect()
            };
            for id in left {
                self.append_clock(told::gone(RowKind::Caller, &id.1, at), skew).await?;
            }
        }
        Ok(())
    }
}
