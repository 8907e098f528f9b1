//! Who answered a queue's callers, and when.

use super::{
    call::Call,
    caller::Answers,
    table::{CallAt, QueueAt, Table},
};
use crate::{
    id::{CallId, Number},
    metrics::Answered,
    time::UnixMillis,
};

/// Who answered which of a queue's callers: each call has it beside what its stay comes to.
pub(super) struct QueueAnswers<'a> {
    pub calls: &'a Table<CallId, CallAt, Call>,
    pub home: QueueAt,
}

impl Answered for QueueAnswers<'_> {
    fn answers(&self, call: &CallId) -> impl Iterator<Item = (UnixMillis, Option<&Number>)> {
        let stays = self.calls.named(call.as_str()).map_or(&[][..], |call| &call.shown_stays[..]);
        let shown = stays.iter().filter(|shown| shown.queue == self.home);
        shown.flat_map(|shown| &shown.answers).map(|(at, who)| (*at, who.as_ref()))
    }
}

/// Answers in order of time; of two of one moment the last.
pub(super) fn in_order(mut answers: Answers) -> Answers {
    if answers.len() > 1 {
        answers.reverse();
        answers.sort_by_key(|(at, _)| *at);
        answers.dedup_by_key(|(at, _)| *at);
    }
    answers
}
