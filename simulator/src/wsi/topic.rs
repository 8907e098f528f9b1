//! Topics: which events each has, who may subscribe to it, and what somebody has subscribed to.
//!
//! Sources: "Pub/Sub, version 22.2" and "… 22.3", their tables of topics and permissions; the older page for version 16.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use serde_json::Value;

use crate::{dialect::Dialect, event::Event, exchange::Told, interfaces::Account};

/// What a topic is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// Calls.
    Calls,
    /// Extensions, by their numbers.
    Extensions,
    /// Extensions that come, change and go.
    ExtensionManagement,
    /// Queues, by their numbers.
    Queues,
    /// Queues that come, change and go.
    QueueManagement,
}

/// A topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Topic {
    /// What it is about.
    pub about: About,
    /// Of tenants, for the system's administrator.
    pub global: bool,
}

impl Topic {
    /// By its name, if the release has it.
    pub fn named(name: &str, dialect: Dialect) -> Option<Self> {
        let (rest, global) = match name.strip_prefix("global_") {
            Some(rest) => (rest, true),
            None => (name, false),
        };
        let about = match rest {
            "cdr_events" => About::Calls,
            "extension_events" => About::Extensions,
            "extension_management_events" => About::ExtensionManagement,
            "queue_events" => About::Queues,
            "queue_management_events" => About::QueueManagement,
            _ => return None,
        };
        let known = match dialect {
            Dialect::V16 => !global && !matches!(about, About::ExtensionManagement | About::QueueManagement),
            Dialect::V22_2 => global || about != About::ExtensionManagement,
            Dialect::V22_3 => true,
        };
        known.then_some(Self { about, global })
    }

    /// The member of a command that lists what it is about.
    pub fn list(self) -> Option<&'static str> {
        match self.about {
            _ if self.global => Some("tenants"),
            About::Extensions => Some("extensions"),
            About::Queues => Some("queues"),
            About::Calls | About::ExtensionManagement | About::QueueManagement => None,
        }
    }

    /// Whether somebody may subscribe to it. `own`: the queues that they answer for.
    ///
    /// Up to 22.2 every extension sees every other, and agents the queues that they answer for. From 22.3 roles say it;
    /// an ordinary extension's has neither (a guess).
    pub fn is_open_to(
        self,
        account: &Account,
        dialect: Dialect,
        named: &BTreeSet<String>,
        own: &[String],
    ) -> bool {
        match account {
            Account::System => self.global,
            Account::Tenant => !self.global,
            Account::Extension(_) if self.global || dialect == Dialect::V22_3 => false,
            Account::Extension(_) => match self.about {
                About::Extensions => true,
                About::Queues => named.iter().all(|queue| own.contains(queue)),
                About::Calls | About::ExtensionManagement | About::QueueManagement => false,
            },
        }
    }
}

/// What an event is about, if the release publishes it.
///
/// Version 16 has no `call_update_info`. Of targets the pages say nothing; the notes of 22.5 name them for the WSI.
pub fn about(event_type: &str, dialect: Dialect) -> Option<About> {
    match event_type {
        "call_start" | "call_cdr" => Some(About::Calls),
        "call_update_info" => (dialect != Dialect::V16).then_some(About::Calls),
        "extension_created" | "extension_updated" | "extension_destroyed" => Some(About::ExtensionManagement),
        "queue_created" | "queue_updated" | "queue_destroy" => Some(About::QueueManagement),
        target if target.starts_with("cdr_target_") => (dialect == Dialect::V22_3).then_some(About::Calls),
        extension if extension.starts_with("extension_") => Some(About::Extensions),
        queue if queue.starts_with("queue_") => Some(About::Queues),
        _ => None,
    }
}

/// What somebody has subscribed to: topics, with what they list.
#[derive(Clone, Debug, Default)]
pub struct Interests {
    topics: BTreeMap<Topic, BTreeSet<String>>,
}

impl Interests {
    /// Adds to a topic; what was listed before stays.
    pub fn add(&mut self, topic: Topic, named: &BTreeSet<String>) {
        self.topics.entry(topic).or_default().extend(named.iter().cloned());
    }

    /// Takes from a topic what is listed, or all of it where nothing is or nothing remains.
    pub fn take(&mut self, topic: Topic, named: &BTreeSet<String>) {
        if let Some(listed) = self.topics.get_mut(&topic) {
            listed.retain(|name| !named.contains(name));
            if named.is_empty() || listed.is_empty() {
                self.topics.remove(&topic);
            }
        }
    }

    /// Takes everything.
    pub fn take_all(&mut self) {
        self.topics.clear();
    }

    /// The event as far as it is of interest: of a status of many extensions, those that are listed.
    pub fn of<'a>(&self, told: &'a Told, dialect: Dialect) -> Option<Cow<'a, Value>> {
        let Event { body, .. } = &told.event;
        let about = about(body["event_type"].as_str()?, dialect)?;
        let tenants = self.topics.get(&Topic { about, global: true });
        if tenants.is_some_and(|tenants| tenants.contains(body["tenant_id"].as_str().unwrap_or_default())) {
            return Some(Cow::Borrowed(body));
        }
        let listed = self.topics.get(&Topic { about, global: false })?;
        match about {
            About::Calls | About::ExtensionManagement | About::QueueManagement => Some(Cow::Borrowed(body)),
            About::Queues => listed.contains(told.queue.as_deref()?).then_some(Cow::Borrowed(body)),
            About::Extensions => of_extensions(body, listed),
        }
    }
}

fn of_extensions<'a>(body: &'a Value, listed: &BTreeSet<String>) -> Option<Cow<'a, Value>> {
    let is_listed = |of: &Value| of["extension"].as_str().is_some_and(|uri| listed.contains(user_part(uri)));
    let Some(entries) = body["status"].as_array() else {
        return is_listed(body).then_some(Cow::Borrowed(body));
    };
    if entries.iter().all(is_listed) {
        return Some(Cow::Borrowed(body));
    }
    let entries: Vec<Value> = entries.iter().filter(|entry| is_listed(entry)).cloned().collect();
    if entries.is_empty() {
        return None;
    }
    let mut body = body.clone();
    body["status"] = entries.into();
    Some(Cow::Owned(body))
}

/// The number in `sip:101@acme.test`.
fn user_part(uri: &str) -> &str {
    let user = uri.strip_prefix("sip:").unwrap_or(uri);
    user.split('@').next().unwrap_or(user)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::Hook;

    fn told(body: Value, queue: Option<&str>) -> Told {
        Told { event: Event { hook: Hook::Extension, body }, queue: queue.map(str::to_owned) }
    }

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn topic(name: &str) -> Topic {
        Topic::named(name, Dialect::V22_3).unwrap()
    }

    /// Oracle: the pages' tables of topics, by release.
    #[test]
    fn a_release_has_its_topics() {
        let has = |dialect, name| Topic::named(name, dialect).is_some();
        for name in ["cdr_events", "extension_events", "queue_events"] {
            assert!(Dialect::ALL.into_iter().all(|dialect| has(dialect, name)), "{name}");
        }
        for (name, since) in [
            ("queue_management_events", 1),
            ("global_cdr_events", 1),
            ("global_extension_events", 1),
            ("global_extension_management_events", 1),
            ("global_queue_events", 1),
            ("global_queue_management_events", 1),
            ("extension_management_events", 2),
            ("trunk_events", 3),
            ("", 3),
        ] {
            assert_eq!(
                Dialect::ALL.map(|dialect| has(dialect, name)),
                [0 >= since, 1 >= since, 2 >= since],
                "{name}"
            );
        }
    }

    #[test]
    fn only_what_is_listed_is_told() {
        let mut interests = Interests::default();
        interests.add(topic("extension_events"), &set(&["101", "103"]));
        interests.add(topic("queue_events"), &set(&["8001"]));
        let call =
            |number| told(json!({"event_type":"extension_call","extension":format!("sip:{number}@a")}), None);
        let queue = |number| told(json!({"event_type":"queue_agent_status","queue_id":"x"}), Some(number));
        assert!(interests.of(&call("101"), Dialect::V22_3).is_some());
        assert!(interests.of(&call("102"), Dialect::V22_3).is_none());
        assert!(interests.of(&queue("8001"), Dialect::V22_3).is_some());
        assert!(interests.of(&queue("8002"), Dialect::V22_3).is_none());
        assert!(interests.of(&told(json!({"event_type":"call_cdr"}), None), Dialect::V22_3).is_none());
        let status = ["101", "102", "103"].map(|number| json!({"extension":format!("sip:{number}@a")}));
        let status = told(json!({"event_type":"extension_status","status":status}), None);
        let shown = interests.of(&status, Dialect::V22_3).unwrap().into_owned();
        assert_eq!(shown["status"], json!([{"extension":"sip:101@a"},{"extension":"sip:103@a"}]));
        interests.take(topic("extension_events"), &set(&["101"]));
        assert!(interests.of(&call("101"), Dialect::V22_3).is_none());
        assert!(interests.of(&call("103"), Dialect::V22_3).is_some());
        interests.take(topic("extension_events"), &set(&[]));
        assert!(interests.of(&call("103"), Dialect::V22_3).is_none());
        interests.take_all();
        assert!(interests.of(&queue("8001"), Dialect::V22_3).is_none());
    }

    #[test]
    fn a_global_topic_is_of_tenants() {
        let mut interests = Interests::default();
        interests.add(topic("global_queue_events"), &set(&["7"]));
        let of = |tenant| told(json!({"event_type":"queue_status","tenant_id":tenant}), Some("8001"));
        assert!(interests.of(&of("7"), Dialect::V22_3).is_some());
        assert!(interests.of(&of("8"), Dialect::V22_3).is_none());
    }

    #[test]
    fn an_agent_may_hear_of_the_own_queues_up_to_22_2() {
        let agent = Account::Extension("111".into());
        let own = ["8001".to_owned()];
        let may = |name, dialect, named: &[&str]| topic(name).is_open_to(&agent, dialect, &set(named), &own);
        assert!(may("queue_events", Dialect::V22_2, &["8001"]));
        assert!(!may("queue_events", Dialect::V22_2, &["8001", "8002"]));
        assert!(!may("queue_events", Dialect::V22_3, &["8001"]));
        assert!(may("extension_events", Dialect::V16, &["101"]));
        assert!(!may("cdr_events", Dialect::V16, &[]));
    }
}
