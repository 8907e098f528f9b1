//! What the REST API says of things: its own field names and words, which are not those of the events.
//!
//! Source: the OpenAPI document of 22.2 and the pages "Summary of changes", "Accessing CDRs". Blank fields are explicit
//! `null`s, times are RFC 3339 in UTC, ids are opaque (here, as in the document's examples, base64 of the numeric id;
//! plain digits in version 16).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::words;
use crate::{
    call::Stamp,
    company::{Company, PersonIndex, QueueIndex},
    dialect::Dialect,
    truth::{Call, CallerKind, Extension, LegPhase, Online, PhoneState, Presence, Queue, Truth},
};

/// The PBX at one moment.
#[derive(Debug)]
pub struct View {
    /// How it is set up.
    pub company: Company,
    /// What is true.
    pub truth: Truth,
}

impl View {
    fn dialect(&self) -> Dialect {
        self.company.language.dialect
    }

    /// An id as the API writes it.
    pub fn id(&self, id: &str) -> String {
        if self.dialect() == Dialect::V16 { id.to_owned() } else { STANDARD.encode(id) }
    }

    /// Whether an id in an address is this one, in either form.
    fn is(&self, given: &str, id: &str) -> bool {
        given == id || given == self.id(id)
    }

    /// Everybody with an extension.
    pub fn people(&self) -> impl Iterator<Item = (PersonIndex, &Extension)> {
        let people = self.company.people.iter().enumerate();
        people.filter_map(|(place, person)| {
            Some((PersonIndex(place), self.truth.extensions.get(&person.number)?))
        })
    }

    /// Somebody by id.
    pub fn person(&self, id: &str) -> Option<(PersonIndex, &Extension)> {
        self.people().find(|(person, _)| self.is(id, &self.company.extension_id(*person)))
    }

    /// A queue by id.
    pub fn queue(&self, id: &str) -> Option<&Queue> {
        self.truth.queues.values().find(|queue| self.is(id, &queue.id))
    }

    /// A call by its session.
    pub fn call(&self, id: &str) -> Option<&Call> {
        self.truth.calls.values().find(|call| self.is(id, &call.session))
    }

    /// A user.
    pub fn user(&self, person: PersonIndex, extension: &Extension) -> Value {
        let department = (!extension.department.is_empty()).then_some(&extension.department);
        let mut user = json!({
            "id": self.id(&self.company.extension_id(person)),
            "name": extension.number,
            "enabled": true,
            "email": format!("{}@{}", extension.number, self.company.domain),
            "display_name": extension.name,
            "role": "StandardUser",
            "mobile_phone": null,
            "work_phone": null,
            "home_phone": null,
            "address": null,
            "department": department,
            "extension_number": extension.number,
            "created_at": "2026-01-05T08:00:00Z",
            "avatar_file_name": null,
            "avatar_file_size": null,
            "avatar_file_url": null,
            "sync_type": null,
        });
        if self.dialect() == Dialect::V22_3 {
            user["role_id"] = self.id("500000000000000004").into();
            user["role_name"] = "StandardUser".into();
        }
        user
    }

    /// Registration and call in one word, as the API mixes them; presence; every registered device.
    pub fn user_status(&self, person: PersonIndex, extension: &Extension) -> Value {
        let online = extension.online.map(|told| told.value) == Some(Online::Online);
        let call = extension.call.map_or(PhoneState::Idle, |told| told.value);
        let presence = extension.presence.map_or(Presence::Available, |told| told.value);
        let on_a_call = if self.dialect() == Dialect::V22_3 { "OTHER_CALL" } else { "ON_CALL" };
        let status = match (online, call) {
            (_, PhoneState::OnCall) => on_a_call,
            (true, _) => "ONLINE",
            (false, _) => "OFFLINE",
        };
        let devices = if online { self.company.devices(person) } else { Vec::new() };
        let registration = devices.iter().enumerate().map(|(nth, address)| {
            json!({
                "instance_id": format!("{}-{nth}", extension.number),
                "user_agent": "Simulated phone",
                "application": null,
                "ip": address.split('@').nth(1).and_then(|host| host.split(':').next()),
                "enable_push": address.contains("203.0.113."),
                "contact_address": address,
            })
        });
        json!({
            "status": status,
            "presence": words::presence(self.dialect(), presence),
            "presence_note": (!extension.note.is_empty()).then_some(&extension.note),
            "registration": registration.collect::<Vec<_>>(),
            "enable_dnd": presence == Presence::DoNotDisturb,
            "enable_acb": false,
        })
    }

    /// All queues.
    pub fn queues(&self) -> Vec<Value> {
        self.truth.queues.values().map(|queue| self.short(queue)).collect()
    }

    fn set_up(&self, queue: &Queue) -> Option<(QueueIndex, &crate::company::Queue)> {
        let place = self.company.queues.iter().position(|of| of.id == queue.id)?;
        Some((QueueIndex(place), &self.company.queues[place]))
    }

    fn short(&self, queue: &Queue) -> Value {
        let strategy = self.set_up(queue).map(|(_, of)| words::strategy(of.strategy));
        json!({
            "id": self.id(&queue.id),
            "name": queue.name,
            "extension_number": queue.number,
            "ring_time": 15,
            "polling_strategy": strategy,
        })
    }

    /// A queue with its settings.
    pub fn queue_settings(&self, queue: &Queue) -> Value {
        let mut row = self.short(queue);
        let longest = self.set_up(queue).map(|(_, of)| of.wait_max_s);
        let settings = json!({
            "max_callers": 50,
            "max_waiting_time": longest,
            "sla_time": queue.target_s,
            "wait_when_no_agents_online": true,
            "agent_auto_ready": true,
            "agent_auto_not_ready_after_non_acd_call": false,
            "no_answer_forward_rule": {"action": "FORWARD_TO_VOICEMAIL", "number": self.company.voicemail},
            "night_mode_forward_rule": {"action": "HANGUP", "number": null},
            "enable_callback": true,
            "callback_mode": "ACTIVE",
            "callback_timeout": null,
            "callback_outbound_prefix": null,
            "enable_sticky_routing": false,
            "sticky_routing_duration": null,
        });
        if let (Some(row), Value::Object(settings)) = (row.as_object_mut(), settings) {
            row.extend(settings);
        }
        if self.dialect() == Dialect::V22_3 {
            row["enable_wrap_up"] = true.into();
            row["wrap_up_time"] = 20.into();
            row["enable_night_mode"] = false.into();
            row["enable_exit_forward_rule"] = false.into();
            row["exit_forward_rule"] = Value::Null;
        }
        row
    }

    /// Who waits on the line in a queue. No position and no kind is in it, so those to be called back are left out.
    pub fn waiting(queue: &Queue, now: Stamp) -> Vec<Value> {
        let on_the_line = queue.waiting.iter().filter(|caller| caller.kind == CallerKind::Normal);
        on_the_line
            .map(|caller| {
                json!({
                    "session_id": caller.session,
                    "extension_number": caller.number,
                    "display_name": caller.name,
                    "waiting_time": now.seconds().saturating_sub(caller.since.seconds()),
                })
            })
            .collect()
    }

    /// A queue's agents: without their states.
    pub fn agents(&self, queue: &Queue) -> Vec<Value> {
        let Some((place, _)) = self.set_up(queue) else { return Vec::new() };
        let numbers = self.company.agents(place).iter().map(|agent| &self.company.people[agent.0].number);
        numbers.filter_map(|number| self.truth.extensions.get(number)).map(member).collect()
    }

    /// One agent with the state in this queue; one of whom nothing was told is logged out.
    pub fn agent(&self, queue: &Queue, number: &str) -> Option<Value> {
        let (place, _) = self.set_up(queue)?;
        let serves =
            self.company.agents(place).iter().any(|agent| self.company.people[agent.0].number == number);
        let extension = self.truth.extensions.get(number).filter(|_| serves)?;
        let told = queue.agents.iter().find(|agent| agent.number == number);
        let mut row = member(extension);
        row["status"] = told.map_or("LOGGED_OUT", |agent| words::agent(agent, self.dialect())).into();
        if self.dialect() == Dialect::V22_3 {
            row["reason"] = told.and_then(|agent| agent.reason.clone()).into();
        }
        Some(row)
    }

    /// All queues that somebody answers for.
    pub fn queues_of(&self, person: PersonIndex) -> Vec<Value> {
        let ids = self.company.people[person.0].queues.iter().map(|queue| &self.company.queues[queue.0].id);
        ids.filter_map(|id| self.truth.queues.get(id)).map(|queue| self.short(queue)).collect()
    }

    /// All ring groups.
    pub fn groups(&self) -> Vec<Value> {
        self.company
            .groups
            .iter()
            .map(|group| {
                json!({
                    "id": self.id(&group_id(&group.number)),
                    "name": group.name,
                    "extension_number": group.number,
                    "ring_time": 20,
                    "ring_strategy": if group.in_order { "SEQUENTIALLY" } else { "SIMULTANEOUSLY" },
                    "skip_busy_member": true,
                })
            })
            .collect()
    }

    /// A ring group's members.
    pub fn members(&self, id: &str) -> Option<Vec<Value>> {
        let group = self.company.groups.iter().find(|group| self.is(id, &group_id(&group.number)))?;
        let numbers = group.members.iter().map(|member| &self.company.people[member.0].number);
        Some(numbers.filter_map(|number| self.truth.extensions.get(number)).map(member).collect())
    }

    /// All voice menus.
    pub fn menus(&self) -> Vec<Value> {
        let (number, name) = &self.company.menu;
        vec![json!({"id": self.id(&group_id(number)), "name": name, "extension_number": number})]
    }

    /// All trunks.
    pub fn trunks(&self) -> Vec<Value> {
        self.company
            .trunks
            .iter()
            .map(|trunk| json!({"id": self.id(&trunk.id), "name": trunk.name}))
            .collect()
    }

    /// Whether a trunk is up.
    pub fn trunk_status(&self, id: &str) -> Option<Value> {
        self.company.trunks.iter().find(|trunk| self.is(id, &trunk.id))?;
        let word = if self.dialect() == Dialect::V16 { "REGISTERED" } else { "ONLINE" };
        Some(json!({"status": word}))
    }

    /// What a number is.
    pub fn number(&self, number: &str) -> Option<Value> {
        let row = |id: &str, name: &str, kind: &str| json!({"id": self.id(id), "extension_number": number, "name": name, "type": kind});
        if let Some((person, extension)) = self.people().find(|(_, extension)| extension.number == number) {
            return Some(row(&self.company.extension_id(person), &extension.name, "EXTENSION"));
        }
        if let Some(queue) = self.truth.queues.values().find(|queue| queue.number == number) {
            return Some(row(&queue.id, &queue.name, "CALL_QUEUE"));
        }
        if let Some(group) = self.company.groups.iter().find(|group| group.number == number) {
            return Some(row(&group_id(number), &group.name, "RING_GROUP"));
        }
        let (menu, name) = &self.company.menu;
        (menu == number).then(|| row(&group_id(number), name, "VIRTUAL_RECEPTIONIST"))
    }

    /// All calls that are up.
    pub fn sessions(&self, now: Stamp) -> Vec<Value> {
        self.truth.calls.values().map(|call| Self::session(call, now)).collect()
    }

    /// A call: one entry for each device that rings or talks in it, or one for whom it is to reach. No state, no direction.
    pub fn session(call: &Call, now: Stamp) -> Value {
        let open = call
            .legs
            .iter()
            .filter(|leg| matches!(leg.phase, LegPhase::Added | LegPhase::Ringing | LegPhase::Answered));
        let entry = |callee: &str, talking: u64| {
            json!({
                "caller": call.from.number,
                "caller_display_name": call.from.name,
                "callee": callee,
                "trunk": (!call.trunk.is_empty()).then_some(&call.trunk),
                "started_at": rfc3339(call.started),
                "talking_time": talking,
            })
        };
        let mut calls: Vec<Value> = open
            .map(|leg| {
                let talks = leg.phase == LegPhase::Answered;
                entry(&leg.number, if talks { now.seconds().saturating_sub(leg.since.seconds()) } else { 0 })
            })
            .collect();
        if calls.is_empty() {
            calls.push(entry(&call.to.number, 0));
        }
        json!({"id": call.session, "calls": calls})
    }

    /// The tenant in numbers.
    pub fn tenant(&self) -> Value {
        let extensions = &self.truth.extensions;
        let online =
            extensions.values().filter(|of| of.online.map(|told| told.value) == Some(Online::Online)).count();
        json!({
            "version": words::version(self.dialect()),
            "licensed_users": extensions.len(),
            "current_users": extensions.len(),
            "online_users": online,
            "current_calls": self.truth.calls.len(),
            "current_queues": self.truth.queues.len(),
            "current_ring_groups": self.company.groups.len(),
            "current_ivrs": 1,
            "current_trunks": self.company.trunks.len(),
            "current_conference_rooms": 0,
            "calls_in_24_hours": [],
        })
    }
}

/// An agent of a queue, or a member of a ring group.
fn member(extension: &Extension) -> Value {
    json!({"extension_number": extension.number, "display_name": extension.name, "skill_level": 1})
}

/// Ring groups and menus have no id in the events: here it is their number, filled up.
fn group_id(number: &str) -> String {
    format!("4{number:0>17}")
}

/// A moment as the API writes it.
pub fn rfc3339(at: Stamp) -> Option<String> {
    let seconds = i64::try_from(at.seconds()).ok()?;
    Some(Timestamp::from_second(seconds).ok()?.to_string())
}
