//! What a client says, and how it is answered: one JSON object a message.
//!
//! The pages show the commands, and replies to `auth` only; those to others have the same shape here (a guess). Up to
//! version 16 a reply has neither command nor id, as in the older page.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::topic::Topic;
use crate::{dialect::Dialect, interfaces::Claim};

/// The error of every failed `auth`, as the page prints it.
pub const AUTH_FAILED: &str = "access_token , username , domain or password error";

/// A command.
#[derive(Debug)]
pub enum Command {
    /// Who it is.
    Auth {
        /// By name and password.
        claim: Claim,
        /// By a token of the REST API. Only the error's text names it.
        access_token: Option<String>,
    },
    /// Wants to hear of topics: each with what it lists.
    Subscribe(Vec<(Topic, BTreeSet<String>)>),
    /// Does not want to any more; with no topic at all, of anything.
    Unsubscribe(Vec<(Topic, BTreeSet<String>)>),
}

/// Why a command was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// Not JSON, or not an object with a `command`.
    #[error("invalid message")]
    Shape,
    /// Another command.
    #[error("unknown command")]
    Unknown,
    /// A topic that the release doesn't have.
    #[error("unknown topic {0}")]
    Topic(String),
    /// A topic without what it must list.
    #[error("{0} missing")]
    List(&'static str),
}

#[derive(Deserialize)]
struct Message {
    command: String,
    #[serde(flatten)]
    claim: Claim,
    access_token: Option<String>,
    #[serde(default)]
    topics: Vec<String>,
    #[serde(default)]
    extensions: Vec<String>,
    #[serde(default)]
    queues: Vec<String>,
    #[serde(default)]
    tenants: Vec<String>,
}

impl Command {
    /// Reads a message; with an error the command's word, if it had one.
    pub fn read(text: &str, dialect: Dialect) -> Result<Self, (String, CommandError)> {
        let message: Message =
            serde_json::from_str(text).map_err(|_| (String::new(), CommandError::Shape))?;
        let word = message.command.clone();
        match word.as_str() {
            "auth" => Ok(Self::Auth { claim: message.claim, access_token: message.access_token }),
            "subscribe" => message.named(dialect, true).map(Self::Subscribe).map_err(|error| (word, error)),
            "unsubscribe" => {
                message.named(dialect, false).map(Self::Unsubscribe).map_err(|error| (word, error))
            }
            _ => Err((word, CommandError::Unknown)),
        }
    }

    /// Its word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Auth { .. } => "auth",
            Self::Subscribe(_) => "subscribe",
            Self::Unsubscribe(_) => "unsubscribe",
        }
    }
}

impl Message {
    fn named(self, dialect: Dialect, in_full: bool) -> Result<Vec<(Topic, BTreeSet<String>)>, CommandError> {
        if in_full && self.topics.is_empty() {
            return Err(CommandError::List("topics"));
        }
        let topic = |name: &String| {
            let topic = Topic::named(name, dialect).ok_or_else(|| CommandError::Topic(name.clone()))?;
            let named: BTreeSet<String> = match topic.list() {
                Some("extensions") => self.extensions.iter().cloned().collect(),
                Some("queues") => self.queues.iter().cloned().collect(),
                Some(_) => self.tenants.iter().cloned().collect(),
                None => BTreeSet::new(),
            };
            match topic.list() {
                Some(list) if in_full && named.is_empty() => Err(CommandError::List(list)),
                _ => Ok((topic, named)),
            }
        };
        self.topics.iter().map(topic).collect()
    }
}

/// A reply; `error` where it failed. `id` counts the connection's replies.
pub fn reply(dialect: Dialect, command: &str, id: u64, error: Option<&str>) -> Value {
    let mut reply = json!({"status": if error.is_some() { -1 } else { 0 }});
    if dialect != Dialect::V16 {
        reply["command"] = command.into();
        reply["id"] = id.to_string().into();
    }
    if let Some(error) = error {
        reply["error"] = error.into();
    }
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: the page's own two replies, and those of the older page.
    #[test]
    fn replies_are_as_printed() {
        assert_eq!(reply(Dialect::V22_3, "auth", 1, None), json!({"command":"auth","id":"1","status":0}));
        assert_eq!(
            reply(Dialect::V22_2, "auth", 2, Some(AUTH_FAILED)),
            json!({"command":"auth","error":"access_token , username , domain or password error","id":"2","status":-1})
        );
        assert_eq!(reply(Dialect::V16, "auth", 1, None), json!({"status":0}));
        assert_eq!(reply(Dialect::V16, "auth", 1, Some("x")), json!({"error":"x","status":-1}));
    }

    /// Oracle: the page's commands.
    #[test]
    fn the_printed_commands_are_understood() {
        for text in [
            r#"{"command":"subscribe","topics":["cdr_events"]}"#,
            r#"{"command":"subscribe","topics":["extension_events"],"extensions":["102","103"]}"#,
            r#"{"command":"subscribe","topics":["queue_events"],"queues":["8001","8002"]}"#,
            r#"{"command":"subscribe","topics":["queue_management_events"]}"#,
            r#"{"command":"subscribe","topics":["global_queue_events"],"tenants":["23435"]}"#,
            r#"{"command":"subscribe","topics":["extension_events","cdr_events"],"extensions":["102"]}"#,
            r#"{"command":"unsubscribe","topics":["extension_events"],"extensions":["102","103"]}"#,
            r#"{"command":"unsubscribe"}"#,
            r#"{"command":"auth","extension_number":"101","password":"x","domain":"acme.test"}"#,
        ] {
            assert!(Command::read(text, Dialect::V22_3).is_ok(), "{text}");
        }
        for (text, error) in [
            ("hello", CommandError::Shape),
            ("[]", CommandError::Shape),
            (r#"{"command":"dance"}"#, CommandError::Unknown),
            (
                r#"{"command":"subscribe","topics":["trunk_events"]}"#,
                CommandError::Topic("trunk_events".into()),
            ),
            (r#"{"command":"subscribe","topics":["queue_events"]}"#, CommandError::List("queues")),
            (r#"{"command":"subscribe"}"#, CommandError::List("topics")),
        ] {
            assert_eq!(Command::read(text, Dialect::V22_3).unwrap_err().1, error, "{text}");
        }
    }
}
