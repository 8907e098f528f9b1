//! What an answer says, read by name and tolerantly: rows that can't be used are left out, words that are not known stay
//! words.
//!
//! Source: PortSIP knowledge base, the OpenAPI document of 22.2 (`docs/pbx.md` lists the calls).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

/// The longest number, id and text that are believed, in characters.
const NUMBER_CHARS_MAX: usize = 64;
const ID_CHARS_MAX: usize = 128;
const TEXT_CHARS_MAX: usize = 512;

/// Somebody with an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// As an address has it.
    pub id: String,
    /// The extension.
    pub number: String,
    /// Empty where there is none.
    pub name: String,
    /// Empty where there is none.
    pub department: String,
}

/// A queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// As an address has it.
    pub id: String,
    /// As events have it.
    pub event_id: String,
    /// Its number.
    pub number: String,
    /// Empty where there is none.
    pub name: String,
}

/// How an extension is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserStatus {
    /// It can be reached.
    pub online: bool,
    /// It is on a call.
    pub on_call: bool,
    /// The PBX's word; empty where there is none.
    pub presence: String,
    /// Empty where there is none.
    pub note: String,
}

/// Who waits in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The call.
    pub session: String,
    /// Empty where there is none.
    pub number: String,
    /// Empty where there is none.
    pub name: String,
    /// For how long, in seconds.
    pub waited_s: i64,
}

/// An agent's state in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// The extension.
    pub number: String,
    /// The PBX's word.
    pub state: String,
    /// Empty where there is none.
    pub reason: String,
}

/// A call that is up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// As events have it.
    pub id: String,
    /// Who rings or talks in it.
    pub legs: Vec<Leg>,
}

/// One of a call's parties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Who calls.
    pub caller: String,
    /// Empty where there is none.
    pub caller_name: String,
    /// Who is called.
    pub callee: String,
    /// Empty where there is none.
    pub trunk: String,
    /// When the call began, in unix seconds.
    pub started_s: Option<i64>,
    /// For how long they talk, in seconds; 0: it rings.
    pub talking_s: i64,
}

/// A list's rows, paged or not.
pub fn items(answer: &Value) -> Option<&Vec<Value>> {
    answer.as_array().or_else(|| answer.get("items")?.as_array())
}

/// How many rows there are in all, where the answer says it.
pub fn count(answer: &Value) -> Option<usize> {
    usize::try_from(answer.get("count")?.as_u64()?).ok()
}

/// What tells a list's rows apart.
pub fn key(row: &Value) -> Option<String> {
    id(row, "id").or_else(|| number(row, "extension_number"))
}

/// A row of `/users`.
pub fn user(row: &Value) -> Option<User> {
    Some(User {
        id: id(row, "id")?,
        number: number(row, "extension_number")?,
        name: text(row, "display_name"),
        department: text(row, "department"),
    })
}

/// A row of `/call_queues`.
pub fn queue(row: &Value) -> Option<Queue> {
    let id = id(row, "id")?;
    Some(Queue {
        event_id: event_id(&id),
        id,
        number: number(row, "extension_number")?,
        name: text(row, "name"),
    })
}

/// A row of `/ring_groups` and `/ivrs`: number and name.
pub fn named(row: &Value) -> Option<(String, String)> {
    let name = text(row, "name");
    Some((number(row, "extension_number")?, (!name.is_empty()).then_some(name)?))
}

/// `/users/{id}/status`. Its one word mixes registration and call; the list of devices says who is registered.
pub fn user_status(answer: &Value) -> Option<UserStatus> {
    let word = answer.get("status")?.as_str()?.to_ascii_uppercase();
    let registered = answer["registration"].as_array().map(|devices| !devices.is_empty());
    Some(UserStatus {
        online: registered.unwrap_or(word != "OFFLINE"),
        on_call: word.contains("CALL"),
        presence: text(answer, "presence"),
        note: text(answer, "presence_note"),
    })
}

/// A row of `/call_queues/{id}/waiting`.
pub fn waiting(row: &Value) -> Option<Waiting> {
    Some(Waiting {
        session: event_id(&id(row, "session_id")?),
        number: number(row, "extension_number").unwrap_or_default(),
        name: text(row, "display_name"),
        waited_s: seconds(row, "waiting_time")?,
    })
}

/// A row of `/call_queues/{id}/agents`: who it is.
pub fn member(row: &Value) -> Option<String> {
    number(row, "extension_number")
}

/// `/call_queues/{id}/agents/{number}`.
pub fn agent(answer: &Value) -> Option<Agent> {
    let state = text(answer, "status");
    Some(Agent {
        number: number(answer, "extension_number")?,
        state: (!state.is_empty()).then_some(state)?,
        reason: text(answer, "reason"),
    })
}

/// A row of `/sessions`.
pub fn session(row: &Value) -> Option<Session> {
    let id = event_id(&id(row, "id")?);
    // Ids of calls are long numbers: others are not the events', and would hide every call there is.
    let is_call = id.bytes().all(|byte| byte.is_ascii_digit());
    let legs = row.get("calls")?.as_array()?.iter().filter_map(leg).collect();
    is_call.then_some(Session { id, legs })
}

fn leg(row: &Value) -> Option<Leg> {
    let started = row["started_at"].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    Some(Leg {
        caller: number(row, "caller").unwrap_or_default(),
        caller_name: text(row, "caller_display_name"),
        callee: number(row, "callee")?,
        trunk: text(row, "trunk"),
        started_s: started.map(jiff::Timestamp::as_second).filter(|second| *second > 0),
        talking_s: seconds(row, "talking_time").unwrap_or(0),
    })
}

/// Whether a row says that it is another tenant's.
pub fn is_of_another(row: &Value, tenant: Option<&str>) -> bool {
    let said = id(row, "tenant_id").map(|id| event_id(&id));
    matches!((said, tenant), (Some(said), Some(tenant)) if said != tenant)
}

/// The API writes ids in base64, the events write the same as figures.
fn event_id(id: &str) -> String {
    let is_number = |text: &String| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number(&id.to_owned()) {
        return id.to_owned();
    }
    let decoded = STANDARD.decode(id).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.filter(is_number).unwrap_or_else(|| id.to_owned())
}

/// An id: text, or a whole number.
fn id(row: &Value, name: &str) -> Option<String> {
    plain(row.get(name)?).filter(|id| is_plain(id, ID_CHARS_MAX))
}

/// A number that can be dialled.
fn number(row: &Value, name: &str) -> Option<String> {
    let number = plain(row.get(name)?)?;
    let dialled = is_plain(&number, NUMBER_CHARS_MAX) && !number.starts_with('-');
    dialled.then_some(number)
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => number.as_u64().map(|number| number.to_string()),
        _ => None,
    }
}

fn is_plain(text: &str, most: usize) -> bool {
    !text.is_empty()
        && text.chars().count() <= most
        && !text.contains(|c: char| c.is_control() || c.is_whitespace())
}

/// A text of people's, whatever stands in it; empty where there is none.
fn text(row: &Value, name: &str) -> String {
    row.get(name)
        .and_then(Value::as_str)
        .map_or_else(String::new, |text| text.chars().take(TEXT_CHARS_MAX).collect())
}

/// A length in seconds: not negative, and no more than a week.
fn seconds(row: &Value, name: &str) -> Option<i64> {
    let value = row.get(name)?;
    let seconds = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())?;
    (0..=7 * 86_400).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Oracle: the OpenAPI document's examples are base64 of the numeric id, the pages' are the digits.
    #[test]
    fn an_id_is_the_events_in_either_form() {
        assert_eq!(event_id("900000000000000001"), "900000000000000001");
        assert_eq!(event_id(&STANDARD.encode("900000000000000001")), "900000000000000001");
        assert_eq!(event_id("abc=="), "abc==");
        assert_eq!(id(&json!({"id": 900_000_000_000_000_001_u64}), "id").unwrap(), "900000000000000001");
    }

    #[test]
    fn rows_that_lie_are_left_out() {
        for row in [
            json!(null),
            json!([]),
            json!({"id": -5, "extension_number": "101"}),
            json!({"id": "x", "extension_number": -101}),
            json!({"id": "x", "extension_number": "-101"}),
            json!({"id": "x", "extension_number": ["101"]}),
            json!({"id": {"id": "x"}, "extension_number": "101"}),
            json!({"id": "x", "extension_number": "1 0"}),
            json!({"id": "x", "extension_number": "1".repeat(65)}),
        ] {
            assert_eq!(user(&row), None, "{row}");
            assert_eq!(queue(&row), None, "{row}");
        }
        let odd = json!({"id": 7, "extension_number": 101, "display_name": ["x"], "department": null});
        assert_eq!(
            user(&odd),
            Some(User {
                id: "7".into(),
                number: "101".into(),
                name: String::new(),
                department: String::new()
            })
        );
        assert_eq!(waiting(&json!({"session_id": "1", "waiting_time": -1})), None);
        assert_eq!(session(&json!({"id": "not-a-number", "calls": []})), None);
        assert_eq!(user_status(&json!({"status": 7})), None);
    }

    #[test]
    fn a_row_of_another_tenant_is_told() {
        let row = json!({"tenant_id": STANDARD.encode("7000")});
        assert!(is_of_another(&row, Some("7001")));
        assert!(!is_of_another(&row, Some("7000")) && !is_of_another(&row, None));
        assert!(!is_of_another(&json!({}), Some("7001")));
    }
}
