//! Ids of rows that are of two things: a queue, and who waits or works in it. They are `queue/call` and `queue/number`, and a
//! slash in a queue's id is written so that the first one of all is always the one between.

use std::borrow::Cow;

use crate::id::{QueueId, Text};

/// The id of a queue's row about `other`.
pub(super) fn joint(queue: &QueueId, other: &str) -> Text {
    let queue = queue.as_str();
    if queue.contains(['/', '%']) {
        return Text::joined(&queue.replace('%', "%25").replace('/', "%2F"), '/', other);
    }
    Text::joined(queue, '/', other)
}

/// A queue's id and the other one.
pub(super) fn parts(id: &str) -> Option<(Cow<'_, str>, &str)> {
    let (queue, other) = id.split_once('/')?;
    let queue = if queue.contains('%') {
        Cow::Owned(queue.replace("%2F", "/").replace("%25", "%"))
    } else {
        Cow::Borrowed(queue)
    };
    Some((queue, other))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        board::Board,
        entry::{Clock, Content, Entry},
        event::decode,
        id::Seq,
        time::{Skew, UnixMillis},
        wire::{Row, RowId, RowKind},
    };

    const NOW: UnixMillis = UnixMillis(1_786_000_000_000);

    fn take(board: &mut Board, content: Content) {
        board.apply(&Entry { seq: Seq(1), received: NOW, skew: Some(Skew(0)), content });
    }

    /// `a/b` with `c` is not `a` with `b/c`, to whoever reads rows and to the silence of one of them.
    #[test]
    fn rows_of_queues_whose_ids_have_slashes_are_told_apart() {
        let mut board = Board::new();
        let (mut callers, mut agents) = (Vec::new(), Vec::new());
        for (queue, other) in [("a/b", "c"), ("a", "b/c"), ("a%2Fb", "c")] {
            let body = format!(
                r#"[{{"event_type":"queue_caller_status","queue_id":"{queue}","updated_callers":
                    [{{"session_id":"{other}","reason":"enqueue","timestamp":"1786000000"}}]}},
                {{"event_type":"queue_agent_status","queue_id":"{queue}","updated_agents":
                    [{{"agent_extension_number":"{other}","state":"READY","timestamp":"1786000000"}}]}}]"#
            );
            take(&mut board, Content::Events(decode(body.as_bytes()).events));
            callers.push((queue.into(), other.into()));
            agents.push((queue.into(), other.into()));
        }
        let about = |board: &Board, id: &RowId| match board.row(id) {
            Some(Row::Caller(row)) => Some((row.queue, row.call, row.unconfirmed)),
            _ => None,
        };
        let ids =
            |kind| board.rows().into_iter().map(|row| row.row_id()).filter(move |RowId(of, _)| *of == kind);
        let mut found: Vec<_> = ids(RowKind::Caller).filter_map(|id| about(&board, &id)).collect();
        found.sort();
        let mut wanted: Vec<_> = callers.into_iter().map(|(queue, call)| (queue, call, false)).collect();
        wanted.sort();
        assert_eq!(found, wanted);
        let agent = |id: RowId| match board.row(&id) {
            Some(Row::Agent(row)) => Some((row.queue, row.number)),
            _ => None,
        };
        let mut found: Vec<_> = ids(RowKind::Agent).filter_map(agent).collect();
        found.sort();
        agents.sort();
        assert_eq!(found, agents);

        let silent = RowId(RowKind::Caller, joint(&"a/b".into(), "c").as_str().into());
        take(&mut board, Content::Clock(Clock::Silence { row: silent.clone(), seen: NOW, t: NOW }));
        let unconfirmed: Vec<_> = board
            .rows()
            .into_iter()
            .filter_map(|row| match row {
                Row::Caller(row) => row.unconfirmed.then(|| (row.queue.to_string(), row.call.to_string())),
                _ => None,
            })
            .collect();
        assert_eq!(unconfirmed, [("a/b".to_owned(), "c".to_owned())]);
        assert_eq!(about(&board, &silent).map(|(.., unconfirmed)| unconfirmed), Some(true));
    }

    proptest! {
        /// Oracle: the way back.
        #[test]
        fn a_joint_id_says_of_which_two_things_it_is(queue in "[a%/25F]{0,6}", other in "[b%/2F]{0,6}") {
            let id = joint(&(&*queue).into(), &other);
            prop_assert_eq!(parts(&id), Some((queue.into(), &*other)));
        }
    }
}
