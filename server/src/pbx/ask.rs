//! What is asked of the REST API, in rounds: who and what there is, which calls are up, and, where the WSI doesn't tell,
//! how everybody is.
//!
//! A list is read page by page and bounded. One that can't be used is left out and said; the others count all the same.

use std::{collections::BTreeSet, fmt::Write as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::{
    entry::{DirectoryEntry, NumberKind},
    wire::RowKind,
};
use serde_json::Value;

use super::{
    answers::{self, Agent, Queue, Session, User, UserStatus, Waiting},
    error::PbxError,
    rest::Rest,
};
use crate::live::LiveTenant;

/// Rows of a page: the API's most.
const PAGE_ROWS: usize = 100;

/// More than these no PBX has: the fold's own limits.
const USERS_MAX: usize = 100_000;
const QUEUES_MAX: usize = 5_000;
const CALLS_MAX: usize = 50_000;

/// Of so many rows that a list misses it is asked one by one whether they are gone; the next round asks of others.
const MISSED_MAX: usize = 200;

/// Everybody's state is asked one by one only of so many.
const STATES_MAX: usize = 5_000;

/// Who and what there is.
#[derive(Clone, Debug, Default)]
pub struct Base {
    /// `None` where that can't be read.
    pub users: Option<Vec<User>>,
    /// Likewise.
    pub queues: Option<Vec<Queue>>,
    /// Names of ring groups and voice menus, in order of number; `None` where one of the lists can't be read.
    pub numbers: Option<Vec<DirectoryEntry>>,
    /// What was left out, and why.
    pub left_out: Vec<PbxError>,
}

/// How everybody is.
#[derive(Clone, Debug, Default)]
pub struct States {
    /// By extension.
    pub users: Vec<(String, UserStatus)>,
    /// By queue.
    pub queues: Vec<QueueState>,
}

/// How a queue is.
#[derive(Clone, Debug)]
pub struct QueueState {
    /// Which.
    pub queue: Queue,
    /// Who waits on the line; `None` where that can't be read.
    pub waiting: Option<Vec<Waiting>>,
    /// All agents; `None` likewise.
    pub agents: Option<Vec<Agent>>,
}

/// What the board shows and the PBX has no more.
#[derive(Clone, Debug, Default)]
pub struct Missed {
    /// Extensions' numbers.
    pub extensions: Vec<String>,
    /// Queues' numbers.
    pub queues: Vec<String>,
}

/// Reads who and what there is.
pub async fn base(rest: &mut Rest, tenant: Option<&str>) -> Result<Base, PbxError> {
    let mut left_out = Vec::new();
    let users = pages(rest, "/api/users", "users", USERS_MAX, tenant, answers::user).await;
    let users = part(users, &mut left_out)?;
    let queues = pages(rest, "/api/call_queues", "queues", QUEUES_MAX, tenant, answers::queue).await;
    let queues = part(queues, &mut left_out)?;
    match (&users, &queues, left_out.first()) {
        (None, None, Some(error)) => Err(error.clone()),
        _ => Ok(Base { users, queues, numbers: numbers(rest, tenant).await?, left_out }),
    }
}

/// Reads what numbers are called of which no event tells a name. The board is right without it, so what can't be read is not
/// worth a word.
async fn numbers(rest: &mut Rest, tenant: Option<&str>) -> Result<Option<Vec<DirectoryEntry>>, PbxError> {
    let mut numbers = Vec::new();
    for (kind, path, what) in [
        (NumberKind::Group, "/api/ring_groups", "ring groups"),
        (NumberKind::Ivr, "/api/ivrs", "voice menus"),
    ] {
        let rows = pages(rest, path, what, QUEUES_MAX, tenant, answers::named).await;
        let rows = match rows {
            Ok(rows) => rows,
            Err(error) if error.is_of_one_answer() || matches!(error, PbxError::NotData) => return Ok(None),
            Err(error) => return Err(error),
        };
        let entry = |(number, name): (String, String)| DirectoryEntry {
            kind,
            number: number.as_str().into(),
            name: name.as_str().into(),
            department: "".into(),
            queue: None,
        };
        numbers.extend(rows.into_iter().map(entry));
    }
    numbers.sort_by(|a, b| a.number.cmp(&b.number));
    Ok(Some(numbers))
}

/// Reads which calls are up; `None` where that can't be read.
pub async fn sessions(
    rest: &mut Rest,
    left_out: &mut Vec<PbxError>,
) -> Result<Option<Vec<Session>>, PbxError> {
    let sessions = pages(rest, "/api/sessions", "calls", CALLS_MAX, None, answers::session).await;
    part(sessions, left_out)
}

/// Of the board's calls that a list misses, those that are over: the PBX is asked for each.
pub async fn calls_over(
    rest: &mut Rest,
    listed: &[Session],
    board: &LiveTenant,
) -> Result<Vec<String>, PbxError> {
    let listed: BTreeSet<&str> = listed.iter().map(|session| session.id.as_str()).collect();
    let missed = ids(board, RowKind::Call).into_iter().filter(|id| !listed.contains(id.as_str()));
    let missed: Vec<String> = missed.take(MISSED_MAX).collect();
    gone(rest, missed, |id| {
        [id.to_owned(), STANDARD.encode(id)].map(|id| format!("/api/sessions/{}", encoded(&id)))
    })
    .await
}

/// Of the board's extensions and queues that a list misses, those that are no more.
pub async fn missed(rest: &mut Rest, base: &Base, board: &LiveTenant) -> Result<Missed, PbxError> {
    let mut missed = Missed::default();
    // The administrator's own list may name what the PBX does not know.
    let directory = board.said().directory.unwrap_or_default();
    let listed: BTreeSet<&str> = directory.iter().map(|entry| entry.number.as_str()).collect();
    if let Some(users) = base.users.as_ref().filter(|users| !users.is_empty()) {
        let known: BTreeSet<&str> = users.iter().map(|user| user.number.as_str()).collect();
        let all = ids(board, RowKind::Extension);
        missed.extensions = plausible(all, |number| known.contains(number) || listed.contains(number));
    }
    if let Some(queues) = base.queues.as_ref().filter(|queues| !queues.is_empty()) {
        let known: BTreeSet<&str> = queues.iter().map(|queue| queue.number.as_str()).collect();
        missed.queues =
            plausible(queue_numbers(board), |number| known.contains(number) || listed.contains(number));
    }
    let of_number = |number: &str| [format!("/api/extension_numbers/{}", encoded(number))];
    missed.extensions = gone(rest, missed.extensions, of_number).await?;
    missed.queues = gone(rest, missed.queues, of_number).await?;
    Ok(missed)
}

/// Reads how everybody is, one by one. What can't be read of one is left out.
pub async fn states(rest: &mut Rest, base: &Base) -> Result<States, PbxError> {
    let mut states = States::default();
    for user in base.users.iter().flatten().take(STATES_MAX) {
        let answer = rest.get(&format!("/api/users/{}/status", encoded(&user.id)), "states").await;
        let told = optional(answer)?.and_then(|answer| answers::user_status(&answer));
        states.users.extend(told.map(|status| (user.number.clone(), status)));
    }
    for queue in base.queues.iter().flatten() {
        let path = format!("/api/call_queues/{}", encoded(&queue.id));
        let waiting = optional(rest.get(&format!("{path}/waiting"), "waiting callers").await)?;
        let waiting = waiting.as_ref().and_then(answers::items);
        let waiting = waiting.map(|rows| rows.iter().filter_map(answers::waiting).collect());
        let members = optional(rest.get(&format!("{path}/agents"), "agents").await)?;
        let members = members.as_ref().and_then(answers::items);
        let members = members.map(|rows| rows.iter().filter_map(answers::member).collect::<Vec<_>>());
        let mut agents = members.as_ref().map(|_| Vec::new());
        for number in members.into_iter().flatten() {
            let answer = optional(rest.get(&format!("{path}/agents/{}", encoded(&number)), "agents").await)?;
            match (answer.as_ref().and_then(answers::agent), &mut agents) {
                (Some(agent), Some(agents)) => agents.push(agent),
                // Without one of them it is no full list.
                _ => agents = None,
            }
        }
        states.queues.push(QueueState { queue: queue.clone(), waiting, agents });
    }
    Ok(states)
}

/// All rows of a list.
async fn pages<T>(
    rest: &mut Rest,
    path: &str,
    what: &'static str,
    most: usize,
    tenant: Option<&str>,
    read: fn(&Value) -> Option<T>,
) -> Result<Vec<T>, PbxError> {
    let (mut rows, mut seen, mut skip) = (Vec::new(), BTreeSet::new(), 0);
    loop {
        let answer = rest.get(&format!("{path}?skip={skip}&top={PAGE_ROWS}"), what).await?;
        let page = answers::items(&answer).ok_or(PbxError::Nonsense(what))?;
        let before = seen.len();
        for row in page {
            let is_new = answers::key(row).is_some_and(|key| seen.insert(key));
            if is_new && !answers::is_of_another(row, tenant) {
                rows.extend(read(row));
            }
        }
        skip += page.len();
        let is_last = answers::count(&answer).map_or(page.len() < PAGE_ROWS, |count| skip >= count);
        if is_last || page.is_empty() || seen.len() == before {
            // Rows of which none is of use are another thing than none.
            return if rows.is_empty() && skip > 0 { Err(PbxError::Nonsense(what)) } else { Ok(rows) };
        }
        if seen.len() >= most {
            return Err(PbxError::Endless(what));
        }
    }
}

/// Leaves out a part that can't be used, and says why; an error of the connection is everything's.
fn part<T>(read: Result<T, PbxError>, left_out: &mut Vec<PbxError>) -> Result<Option<T>, PbxError> {
    match read {
        Ok(part) => Ok(Some(part)),
        Err(error) if error.is_of_one_answer() => {
            left_out.push(error);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn optional(answer: Result<Value, PbxError>) -> Result<Option<Value>, PbxError> {
    part(answer, &mut Vec::new())
}

/// Those of which the PBX says that there is no such thing, by whichever address.
async fn gone<const N: usize>(
    rest: &mut Rest,
    missed: Vec<String>,
    paths: impl Fn(&str) -> [String; N],
) -> Result<Vec<String>, PbxError> {
    let mut gone = Vec::new();
    'next: for one in missed {
        for path in paths(&one) {
            match rest.get(&path, "what it had").await {
                Err(PbxError::Missing(_)) => {}
                Err(error) if !error.is_of_one_answer() => return Err(error),
                _ => continue 'next,
            }
        }
        gone.push(one);
    }
    Ok(gone)
}

/// Those of the board that the PBX doesn't name; none, where that would be most of them: then it is the list that lies.
fn plausible(all: Vec<String>, is_known: impl Fn(&str) -> bool) -> Vec<String> {
    let count = all.len();
    let missed: Vec<String> = all.into_iter().filter(|number| !is_known(number)).collect();
    if missed.len() * 2 > count { Vec::new() } else { missed.into_iter().take(MISSED_MAX).collect() }
}

fn ids(board: &LiveTenant, kind: RowKind) -> Vec<String> {
    board.rows().of_kind(kind, "").map(|(id, _)| id.1.to_string()).collect()
}

fn queue_numbers(board: &LiveTenant) -> Vec<String> {
    let rows = board.rows();
    let queues = rows.of_kind(RowKind::Queue, "").filter_map(|(_, shown)| match shown.row() {
        model::wire::Row::Queue(queue) => queue.number.as_ref().map(ToString::to_string),
        _ => None,
    });
    queues.collect()
}

/// A part of a path.
fn encoded(part: &str) -> String {
    part.bytes().fold(String::new(), |mut path, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            // A text takes everything.
            _ = write!(path, "%{byte:02X}");
        }
        path
    })
}
