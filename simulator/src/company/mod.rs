//! Who works at the company that never was, and how its PBX is set up: extensions, queues, ring groups, trunks.
//!
//! A company is a file; the one that is built in is `harbourvale.toml` here. It is the same company on every day, so that
//! `pbx-sim directory` can name it beforehand; only what happens there is random.

mod error;
mod file;
mod large;
#[cfg(test)]
mod tests;

use std::io;

use crate::dialect::Language;

pub use error::CompanyError;
pub use file::HARBOUR_VALE;

/// The tenant's numeric id at the PBX, where the configuration expects no other.
pub const DEFAULT_TENANT_ID: &str = "700000000000000041";

/// The PBX's own media server: the host of voice menu, queues, ring groups and voicemail.
const MEDIA_SERVER: &str = "192.0.2.1:8916";
/// Hosts that one network of addresses for documentation has for devices; the rest are told apart by their ports.
const HOSTS: usize = 240;

/// A person by place in [`Company::people`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PersonIndex(pub usize);

/// A queue by place in [`Company::queues`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct QueueIndex(pub usize);

/// A ring group by place in [`Company::groups`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupIndex(pub usize);

/// The company as the PBX's administrator set it up.
#[derive(Clone, Debug)]
pub struct Company {
    /// The PBX's numeric tenant id, as text.
    pub tenant_id: String,
    /// How its PBX speaks.
    pub language: Language,
    /// The tenant's name at the PBX.
    pub name: String,
    /// Its SIP domain.
    pub domain: String,
    /// Everybody with an extension.
    pub people: Vec<Person>,
    /// The call queues.
    pub queues: Vec<Queue>,
    /// The ring groups.
    pub groups: Vec<Group>,
    /// The voice menu's number and name.
    pub menu: (String, String),
    /// The number of the voicemail service.
    pub voicemail: String,
    /// The main number, as callers from outside dial it: leads to the voice menu.
    pub main_did: String,
    /// The trunks, in the order in which they are tried. At least one.
    pub trunks: Vec<Trunk>,
    /// When calls come.
    pub pace: Pace,
    /// Opening hours by UTC, in seconds since midnight; without them it is always open.
    pub hours: Option<(u64, u64)>,
    /// What people outside are like.
    pub callers: Callers,
    /// The members of each queue.
    agents: Vec<Vec<PersonIndex>>,
}

/// When calls come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// At any hour, as many as make something to look at.
    Lively,
    /// By chance (a Poisson process a source), so many an hour on average, besides each queue's and ring group's own.
    Arrivals {
        /// From outside to an extension.
        direct: f64,
        /// Out over a trunk.
        outbound: f64,
        /// Between extensions.
        internal: f64,
    },
}

/// What people outside are like who call a queue.
#[derive(Clone, Debug)]
pub struct Callers {
    /// Of a hundred so many come through the voice menu.
    pub through_menu: u32,
    /// For how many seconds they are willing to wait: from, to.
    pub patience_s: (u64, u64),
    /// Of a hundred so many are hasty.
    pub hasty: u32,
    /// For how many seconds those wait.
    pub hasty_patience_s: (u64, u64),
    /// Of a hundred so many ask to be called back.
    pub callback: u32,
}

/// Somebody with an extension.
#[derive(Clone, Debug)]
pub struct Person {
    /// The extension's number.
    pub number: String,
    /// Their name.
    pub name: String,
    /// Where they work.
    pub department: String,
    /// What rings there.
    pub devices: Devices,
    /// The queues that they answer for.
    pub queues: Vec<QueueIndex>,
    /// Where their calls go.
    pub forward: Option<Forward>,
}

/// What rings when an extension is called: one target each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Devices {
    /// A phone on the desk.
    #[default]
    Desk,
    /// A phone on the desk and an app on the mobile, which push can wake.
    DeskAndApp,
    /// An app on the mobile only: mostly asleep, reachable by push.
    App,
}

/// A rule that sends an extension's calls elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// Which calls.
    pub when: ForwardWhen,
    /// Where to.
    pub to: Destination,
}

/// Which calls a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForwardWhen {
    /// All; the extension does not ring.
    Always,
    /// Declined ones, and those that find it not reachable.
    Busy,
    /// Those that it does not answer.
    NoAnswer,
}

/// A call queue.
#[derive(Clone, Debug)]
pub struct Queue {
    /// The PBX's id of it.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// Its direct number from outside.
    pub did: String,
    /// Who is rung.
    pub strategy: Strategy,
    /// After how many seconds a waiting caller breaches the service level.
    pub sla_s: u64,
    /// After how many seconds a caller is sent on.
    pub wait_max_s: u64,
    /// Where to.
    pub overflow: Destination,
    /// How many call it in an hour, on average.
    pub calls_per_hour: f64,
}

/// A ring group.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// Its direct number from outside.
    pub did: String,
    /// Whether its members ring one after another; else all at once.
    pub in_order: bool,
    /// Who rings.
    pub members: Vec<PersonIndex>,
    /// How many call it in an hour, on average.
    pub calls_per_hour: f64,
}

/// A way out.
#[derive(Clone, Debug)]
pub struct Trunk {
    /// Its name.
    pub name: String,
    /// The PBX's id of it.
    pub id: String,
    /// The carrier's address.
    pub host: String,
}

/// How a queue offers a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// To all who are ready at once.
    RingAll,
    /// To the one who has been free the longest.
    LongestIdle,
    /// To the one after whom was offered the last.
    RoundRobin,
    /// To the one who took the fewest.
    FewestCalls,
    /// To the first who is ready, in the order of the file.
    InOrder,
    /// To anyone.
    Random,
}

/// Where a call goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To somebody's extension.
    Person(PersonIndex),
    /// To a queue.
    Queue(QueueIndex),
    /// To the voicemail.
    Voicemail,
    /// To a number outside, over a trunk.
    Outside(String),
}

impl Company {
    /// The same company, at a PBX that speaks otherwise.
    #[must_use]
    pub fn speaking(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// The members of a queue.
    pub fn agents(&self, queue: QueueIndex) -> &[PersonIndex] {
        &self.agents[queue.0]
    }

    /// Somebody new, in no queue.
    pub fn hire(&mut self, person: Person) -> PersonIndex {
        self.people.push(person);
        PersonIndex(self.people.len() - 1)
    }

    /// A new queue, without members.
    pub fn add_queue(&mut self, queue: Queue) -> QueueIndex {
        self.queues.push(queue);
        self.agents.push(Vec::new());
        QueueIndex(self.queues.len() - 1)
    }

    /// Takes somebody out of a queue.
    pub fn leave(&mut self, person: PersonIndex, queue: QueueIndex) {
        self.people[person.0].queues.retain(|of| *of != queue);
        self.agents[queue.0].retain(|agent| *agent != person);
    }

    /// Puts somebody into a queue.
    pub fn join(&mut self, person: PersonIndex, queue: QueueIndex) {
        self.people[person.0].queues.push(queue);
        self.agents[queue.0].push(person);
    }

    /// Whether its queues take calls at a second of the day, by UTC.
    pub fn is_open(&self, second_of_day: u64) -> bool {
        self.hours.is_none_or(|(open, close)| (open..close).contains(&second_of_day))
    }

    /// The PBX's numeric id of a person, as text.
    pub fn extension_id(&self, person: PersonIndex) -> String {
        format!("600000000000000{}", self.people[person.0].number)
    }

    /// A person's SIP address at the tenant.
    pub fn uri(&self, number: &str) -> String {
        format!("sip:{number}@{}", self.domain)
    }

    /// The direct number of a person from outside.
    pub fn direct_did(&self, person: PersonIndex) -> String {
        format!("+442079460{}", self.people[person.0].number)
    }

    /// Where a person's devices are, one address each.
    pub fn devices(&self, person: PersonIndex) -> Vec<String> {
        let number = &self.people[person.0].number;
        let (host, network) = (10 + person.0 % HOSTS, person.0 / HOSTS);
        let desk = format!("sip:{number}@192.0.2.{host}:{}", 5060 + network);
        let app = format!("sip:{number}@203.0.113.{host}:{}", 40_000 + 7 * (person.0 % 3000));
        match self.people[person.0].devices {
            Devices::Desk => vec![desk],
            Devices::DeskAndApp => vec![desk, app],
            Devices::App => vec![app],
        }
    }

    /// Where a number of the PBX's own services is.
    pub fn service(number: &str) -> String {
        format!("sip:{number}@{MEDIA_SERVER}")
    }

    /// Whether an address is one of the PBX's own services.
    pub fn is_service(address: &str) -> bool {
        address.ends_with(MEDIA_SERVER)
    }

    /// Where an outside number is reached, by a trunk's place.
    pub fn outside(&self, number: &str, trunk: usize) -> String {
        format!("sip:{number}@{}", self.trunks[trunk].host)
    }

    /// Writes the directory that Ringside reads: `kind,number,name,department,queue_id`.
    pub fn write_directory(&self, to: impl io::Write) -> Result<(), csv::Error> {
        let mut rows = csv::Writer::from_writer(to);
        rows.write_record(["kind", "number", "name", "department", "queue_id"])?;
        for person in &self.people {
            rows.write_record(["extension", &person.number, &person.name, &person.department, ""])?;
        }
        for queue in &self.queues {
            rows.write_record(["queue", &queue.number, &queue.name, "", &queue.id])?;
        }
        for group in &self.groups {
            rows.write_record(["group", &group.number, &group.name, "", ""])?;
        }
        rows.write_record(["ivr", &self.menu.0, &self.menu.1, "", ""])?;
        rows.flush()?;
        Ok(())
    }
}
