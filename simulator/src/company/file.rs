//! A company's file, TOML: its shape, and its way into a [`Company`], where numbers have become places.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde::Deserialize;

use super::{
    Callers, Company, CompanyError, DEFAULT_TENANT_ID, Destination, Devices, Forward, ForwardWhen, Group,
    Pace, Person, PersonIndex, Queue, QueueIndex, Strategy, Trunk,
};
use crate::dialect::Language;

/// The company that is built in, as its file.
pub const HARBOUR_VALE: &str = include_str!("harbourvale.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompanyTable {
    name: String,
    domain: String,
    main_did: String,
    menu: MenuTable,
    voicemail: String,
    pace: PaceWord,
    hours: Option<HoursTable>,
    #[serde(default)]
    calls_per_hour: CallsTable,
    callers: CallersTable,
    #[serde(default)]
    trunk: Vec<TrunkTable>,
    #[serde(default)]
    queue: Vec<QueueTable>,
    #[serde(default)]
    group: Vec<GroupTable>,
    #[serde(default)]
    extension: Vec<ExtensionTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MenuTable {
    number: String,
    name: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PaceWord {
    Lively,
    Arrivals,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoursTable {
    open: String,
    close: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CallsTable {
    direct: f64,
    outbound: f64,
    internal: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallersTable {
    through_menu: u32,
    patience_s: (u64, u64),
    hasty: u32,
    hasty_patience_s: (u64, u64),
    callback: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrunkTable {
    name: String,
    id: String,
    host: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueueTable {
    id: String,
    number: String,
    name: String,
    did: String,
    strategy: Strategy,
    sla_s: u64,
    wait_max_s: u64,
    overflow: String,
    #[serde(default)]
    calls_per_hour: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupTable {
    number: String,
    name: String,
    did: String,
    strategy: GroupStrategy,
    members: Vec<String>,
    #[serde(default)]
    calls_per_hour: f64,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum GroupStrategy {
    RingAll,
    InOrder,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExtensionTable {
    number: String,
    name: String,
    #[serde(default)]
    department: String,
    #[serde(default)]
    devices: Devices,
    #[serde(default)]
    queues: Vec<String>,
    forward: Option<ForwardTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForwardTable {
    when: ForwardWhen,
    to: String,
}

impl Company {
    /// The company that is built in, with the tenant id that the receiver expects.
    ///
    /// # Panics
    /// Never: a test reads its file.
    pub fn new(tenant_id: impl Into<String>) -> Self {
        let company = Self::parse(HARBOUR_VALE).expect("the built-in company's file is right");
        Self { tenant_id: tenant_id.into(), ..company }
    }

    /// Reads a company's file.
    pub fn read_file(path: &Path) -> Result<Self, CompanyError> {
        let text = fs::read_to_string(path)
            .map_err(|why| CompanyError::Unreadable { path: path.to_owned(), why })?;
        Self::parse(&text)
    }

    /// Reads a company.
    pub fn parse(text: &str) -> Result<Self, CompanyError> {
        let table: CompanyTable = toml::from_str(text).map_err(|error| CompanyError::Syntax {
            line: error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count()),
            why: error.message().to_owned(),
        })?;
        Numbers::of(&table)?.company(table)
    }
}

impl CompanyTable {
    /// Whether the lists and ranges are right; the opening hours, if there are any.
    fn check(&self) -> Result<Option<(u64, u64)>, CompanyError> {
        for (empty, what) in [
            (self.trunk.is_empty(), "trunk"),
            (self.queue.is_empty(), "queue"),
            (self.extension.is_empty(), "extension"),
        ] {
            if empty {
                return Err(CompanyError::Without(what));
            }
        }
        let hours = self.hours.as_ref().map(|hours| Ok((clock(&hours.open)?, clock(&hours.close)?)));
        let hours = hours.transpose()?;
        for (range, what) in [
            (Some(self.callers.patience_s), "patience_s"),
            (Some(self.callers.hasty_patience_s), "hasty_patience_s"),
            (hours, "hours"),
        ] {
            if range.is_some_and(|(from, to)| from >= to) {
                return Err(CompanyError::Range(what));
            }
        }
        Ok(hours)
    }
}

impl From<TrunkTable> for Trunk {
    fn from(table: TrunkTable) -> Self {
        Self { name: table.name, id: table.id, host: table.host }
    }
}

impl From<CallsTable> for Pace {
    fn from(table: CallsTable) -> Self {
        Self::Arrivals { direct: table.direct, outbound: table.outbound, internal: table.internal }
    }
}

impl From<CallersTable> for Callers {
    fn from(table: CallersTable) -> Self {
        Self {
            through_menu: table.through_menu,
            patience_s: table.patience_s,
            hasty: table.hasty,
            hasty_patience_s: table.hasty_patience_s,
            callback: table.callback,
        }
    }
}

/// What each number of a file stands for.
struct Numbers {
    people: BTreeMap<String, PersonIndex>,
    queues: BTreeMap<String, QueueIndex>,
    voicemail: String,
}

impl Numbers {
    fn of(table: &CompanyTable) -> Result<Self, CompanyError> {
        let people = table.extension.iter().map(|extension| &extension.number);
        let queues = table.queue.iter().map(|queue| &queue.number);
        let groups = table.group.iter().map(|group| &group.number);
        let services = [&table.menu.number, &table.voicemail];
        let mut known = BTreeSet::new();
        for number in people.clone().chain(queues.clone()).chain(groups).chain(services) {
            if !known.insert(number) {
                return Err(CompanyError::Twice { number: number.clone() });
            }
        }
        Ok(Self {
            people: people.enumerate().map(|(place, number)| (number.clone(), PersonIndex(place))).collect(),
            queues: queues.enumerate().map(|(place, number)| (number.clone(), QueueIndex(place))).collect(),
            voicemail: table.voicemail.clone(),
        })
    }

    fn person(&self, of: &str, number: &str) -> Result<PersonIndex, CompanyError> {
        self.people.get(number).copied().ok_or_else(|| unknown(of, number, "extension"))
    }

    fn queue(&self, of: &str, number: &str) -> Result<QueueIndex, CompanyError> {
        self.queues.get(number).copied().ok_or_else(|| unknown(of, number, "queue"))
    }

    /// A number of the file, or one outside: those have a `+`.
    fn destination(&self, of: &str, number: &str) -> Result<Destination, CompanyError> {
        if number == self.voicemail {
            return Ok(Destination::Voicemail);
        }
        if number.starts_with('+') {
            return Ok(Destination::Outside(number.to_owned()));
        }
        if let Some(queue) = self.queues.get(number) {
            return Ok(Destination::Queue(*queue));
        }
        self.people
            .get(number)
            .map(|person| Destination::Person(*person))
            .ok_or_else(|| unknown(of, number, "destination"))
    }

    fn company(&self, table: CompanyTable) -> Result<Company, CompanyError> {
        let hours = table.check()?;
        let people: Vec<Person> =
            table.extension.into_iter().map(|person| self.read_person(person)).collect::<Result<_, _>>()?;
        let mut agents = vec![Vec::new(); table.queue.len()];
        for (place, person) in people.iter().enumerate() {
            for queue in &person.queues {
                agents[queue.0].push(PersonIndex(place));
            }
        }
        Ok(Company {
            tenant_id: DEFAULT_TENANT_ID.to_owned(),
            language: Language::default(),
            name: table.name,
            domain: table.domain,
            people,
            queues: table.queue.into_iter().map(|queue| self.read_queue(queue)).collect::<Result<_, _>>()?,
            groups: table.group.into_iter().map(|group| self.read_group(group)).collect::<Result<_, _>>()?,
            menu: (table.menu.number, table.menu.name),
            voicemail: table.voicemail,
            main_did: table.main_did,
            trunks: table.trunk.into_iter().map(Trunk::from).collect(),
            pace: match table.pace {
                PaceWord::Lively => Pace::Lively,
                PaceWord::Arrivals => table.calls_per_hour.into(),
            },
            hours,
            callers: table.callers.into(),
            agents,
        })
    }

    fn read_person(&self, table: ExtensionTable) -> Result<Person, CompanyError> {
        let of = format!("extension {}", table.number);
        let forward = table
            .forward
            .map(|forward| Ok(Forward { when: forward.when, to: self.destination(&of, &forward.to)? }));
        Ok(Person {
            queues: table.queues.iter().map(|number| self.queue(&of, number)).collect::<Result<_, _>>()?,
            forward: forward.transpose()?,
            number: table.number,
            name: table.name,
            department: table.department,
            devices: table.devices,
        })
    }

    fn read_queue(&self, table: QueueTable) -> Result<Queue, CompanyError> {
        let overflow = self.destination(&format!("queue {}", table.number), &table.overflow)?;
        Ok(Queue {
            id: table.id,
            number: table.number,
            name: table.name,
            did: table.did,
            strategy: table.strategy,
            sla_s: table.sla_s,
            wait_max_s: table.wait_max_s,
            overflow,
            calls_per_hour: table.calls_per_hour,
        })
    }

    fn read_group(&self, table: GroupTable) -> Result<Group, CompanyError> {
        let of = format!("group {}", table.number);
        if table.members.is_empty() {
            return Err(CompanyError::Without("group.members"));
        }
        Ok(Group {
            members: table.members.iter().map(|number| self.person(&of, number)).collect::<Result<_, _>>()?,
            number: table.number,
            name: table.name,
            did: table.did,
            in_order: table.strategy == GroupStrategy::InOrder,
            calls_per_hour: table.calls_per_hour,
        })
    }
}

fn unknown(of: &str, number: &str, kind: &'static str) -> CompanyError {
    CompanyError::Unknown { of: of.to_owned(), number: number.to_owned(), kind }
}

/// `08:00` in seconds since midnight.
fn clock(text: &str) -> Result<u64, CompanyError> {
    let read = || {
        let (hours, minutes) = text.split_once(':')?;
        let (hours, minutes): (u64, u64) = (hours.parse().ok()?, minutes.parse().ok()?);
        (hours <= 24 && minutes < 60).then_some(hours * 3600 + minutes * 60)
    };
    read().ok_or(CompanyError::Range("hours"))
}
