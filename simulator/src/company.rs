//! Who works at the company that never was: forty extensions, three queues, a voice menu, a trunk.
//!
//! It is the same company on every day, so that `pbx-sim directory` can name it beforehand; only what happens there
//! is random. All names are invented; numbers and addresses come from the ranges that are reserved for fiction and
//! documentation (Ofcom's and NANPA's drama numbers, RFC 5737, RFC 2606).

use std::io;

/// The tenant's numeric id at the PBX, where the configuration expects no other.
pub const DEFAULT_TENANT_ID: &str = "700000000000000041";

/// The PBX's own media server: the host of voice menu, queues and voicemail.
const MEDIA_SERVER: &str = "192.0.2.1:8916";
/// The carrier's address.
const TRUNK_HOST: &str = "198.51.100.7:5060";

/// A person by place in [`Company::people`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PersonIndex(pub usize);

/// A queue by place in [`Company::queues`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct QueueIndex(pub usize);

/// Sales.
pub const SALES: QueueIndex = QueueIndex(0);
/// Support.
pub const SUPPORT: QueueIndex = QueueIndex(1);
/// Billing.
pub const BILLING: QueueIndex = QueueIndex(2);

/// The company as the PBX's administrator set it up.
#[derive(Debug)]
pub struct Company {
    /// The PBX's numeric tenant id, as text.
    pub tenant_id: String,
    /// The tenant's name at the PBX.
    pub name: &'static str,
    /// Its SIP domain.
    pub domain: &'static str,
    /// Everybody with an extension.
    pub people: &'static [Person],
    /// The call queues.
    pub queues: &'static [Queue],
    /// The voice menu's number.
    pub ivr: &'static str,
    /// The number of the voicemail service.
    pub voicemail: &'static str,
    /// The main number, as callers from outside dial it: leads to the voice menu.
    pub main_did: &'static str,
    /// The trunk as CDRs name it: name and id.
    pub trunk: &'static str,
}

/// Somebody with an extension.
#[derive(Debug)]
pub struct Person {
    /// The extension's number.
    pub number: &'static str,
    /// Their name.
    pub name: &'static str,
    /// Where they work.
    pub department: &'static str,
    /// What rings there.
    pub devices: Devices,
    /// The queues that they answer for.
    pub queues: &'static [QueueIndex],
}

/// What rings when an extension is called: one target each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Devices {
    /// A phone on the desk.
    Desk,
    /// A phone on the desk and an app on the mobile, which push can wake.
    DeskAndApp,
    /// An app on the mobile only: mostly asleep, reachable by push.
    App,
}

/// A call queue.
#[derive(Debug)]
pub struct Queue {
    /// The PBX's id of it.
    pub id: &'static str,
    /// Its number.
    pub number: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its direct number from outside.
    pub did: &'static str,
    /// Who is rung.
    pub strategy: Strategy,
    /// After how many seconds a waiting caller breaches the service level.
    pub sla_s: u64,
    /// After how many seconds a caller is sent on.
    pub wait_max_s: u64,
    /// Where to.
    pub overflow: Overflow,
}

/// How a queue offers a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// To all who are ready at once.
    RingAll,
    /// To the one who has been free the longest.
    LongestIdle,
}

/// Where a caller goes who has waited too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// To somebody's extension.
    Person(PersonIndex),
    /// To another queue.
    Queue(QueueIndex),
    /// To the voicemail.
    Voicemail,
}

impl Company {
    /// The company, with the tenant id that the receiver expects.
    pub fn new(tenant_id: impl Into<String>) -> Self {
        Self {
            tenant_id: tenant_id.into(),
            name: "Harbour & Vale",
            domain: "harbourvale.example",
            people: PEOPLE,
            queues: QUEUES,
            ivr: "5000",
            voicemail: "999",
            main_did: "+442079460100",
            trunk: "northsea:900000000000000077",
        }
    }

    /// The members of a queue.
    pub fn agents(&self, queue: QueueIndex) -> impl Iterator<Item = PersonIndex> {
        let serves = move |person: &Person| person.queues.contains(&queue);
        self.people
            .iter()
            .enumerate()
            .filter(move |(_, person)| serves(person))
            .map(|(index, _)| PersonIndex(index))
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
        let number = self.people[person.0].number;
        let desk = format!("sip:{number}@192.0.2.{}:5060", 10 + person.0);
        let app = format!("sip:{number}@203.0.113.{}:{}", 10 + person.0, 40_000 + 7 * person.0);
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

    /// Where an outside number is reached.
    pub fn outside(number: &str) -> String {
        format!("sip:{number}@{TRUNK_HOST}")
    }

    /// Writes the directory that Ringside reads: `kind,number,name,department,queue_id`.
    pub fn write_directory(&self, to: impl io::Write) -> Result<(), csv::Error> {
        let mut rows = csv::Writer::from_writer(to);
        rows.write_record(["kind", "number", "name", "department", "queue_id"])?;
        for person in self.people {
            rows.write_record(["extension", person.number, person.name, person.department, ""])?;
        }
        for queue in self.queues {
            rows.write_record(["queue", queue.number, queue.name, "", queue.id])?;
        }
        rows.write_record(["ivr", self.ivr, "Welcome menu", "", ""])?;
        rows.flush()?;
        Ok(())
    }
}

static QUEUES: &[Queue] = &[
    Queue {
        id: "800000000000008001",
        number: "8001",
        name: "Sales",
        did: "+442079460801",
        strategy: Strategy::RingAll,
        sla_s: 20,
        wait_max_s: 90,
        overflow: Overflow::Person(PersonIndex(0)),
    },
    Queue {
        id: "800000000000008002",
        number: "8002",
        name: "Support",
        did: "+442079460802",
        strategy: Strategy::LongestIdle,
        sla_s: 30,
        wait_max_s: 150,
        overflow: Overflow::Voicemail,
    },
    Queue {
        id: "800000000000008003",
        number: "8003",
        name: "Billing",
        did: "+442079460803",
        strategy: Strategy::LongestIdle,
        sla_s: 30,
        wait_max_s: 75,
        overflow: Overflow::Queue(SUPPORT),
    },
];

const fn person(
    number: &'static str,
    name: &'static str,
    department: &'static str,
    devices: Devices,
    queues: &'static [QueueIndex],
) -> Person {
    Person { number, name, department, devices, queues }
}

static PEOPLE: &[Person] = &[
    person("101", "Amara Okafor", "Reception", Devices::Desk, &[]),
    person("102", "Jonas Lindqvist", "Reception", Devices::Desk, &[]),
    person("103", "Helena Marsh", "Management", Devices::DeskAndApp, &[]),
    person("104", "Rafael Quintana", "Management", Devices::DeskAndApp, &[]),
    person("105", "Ingrid Solheim", "Management", Devices::App, &[]),
    person("111", "Tom Adeyemi", "Sales", Devices::Desk, &[SALES]),
    person("112", "Beatriz Lopes", "Sales", Devices::Desk, &[SALES]),
    person("113", "Kenji Watanabe", "Sales", Devices::DeskAndApp, &[SALES]),
    person("114", "Sophie Laurent", "Sales", Devices::Desk, &[SALES]),
    person("115", "Marek Dvorak", "Sales", Devices::App, &[]),
    person("116", "Priya Raman", "Sales", Devices::Desk, &[]),
    person("117", "Owen Gallagher", "Sales", Devices::App, &[]),
    person("118", "Lucia Ferrari", "Sales", Devices::Desk, &[SALES, BILLING]),
    person("121", "Daniel Mbeki", "Support", Devices::Desk, &[SUPPORT]),
    person("122", "Freja Nielsen", "Support", Devices::Desk, &[SUPPORT]),
    person("123", "Hassan Al-Amin", "Support", Devices::Desk, &[SUPPORT]),
    person("124", "Claire Beaumont", "Support", Devices::DeskAndApp, &[SUPPORT]),
    person("125", "Piotr Zielinski", "Support", Devices::Desk, &[SUPPORT]),
    person("126", "Mei Tan", "Support", Devices::Desk, &[SUPPORT, BILLING]),
    person("127", "Anders Holm", "Support", Devices::Desk, &[SUPPORT, SALES]),
    person("128", "Ruth Feldman", "Support", Devices::Desk, &[]),
    person("129", "Samir Haddad", "Support", Devices::Desk, &[]),
    person("131", "Nora Byrne", "Billing", Devices::Desk, &[BILLING]),
    person("132", "Viktor Petrov", "Billing", Devices::Desk, &[BILLING]),
    person("133", "Elif Yildiz", "Billing", Devices::Desk, &[]),
    person("134", "Grace Mwangi", "Billing", Devices::Desk, &[]),
    person("141", "Luis Herrera", "Warehouse", Devices::Desk, &[]),
    person("142", "Dorota Kowalska", "Warehouse", Devices::Desk, &[]),
    person("143", "Ben Whitaker", "Warehouse", Devices::Desk, &[]),
    person("144", "Aisha Rahman", "Warehouse", Devices::App, &[]),
    person("145", "Henrik Voss", "Warehouse", Devices::Desk, &[]),
    person("151", "Chen Wei", "IT", Devices::DeskAndApp, &[]),
    person("152", "Martina Horvat", "IT", Devices::Desk, &[]),
    person("153", "Jack Ashworth", "IT", Devices::Desk, &[]),
    person("161", "Ellen Fraser", "People", Devices::Desk, &[]),
    person("162", "Mateo Silva", "People", Devices::Desk, &[]),
    person("171", "Zoe Papadakis", "Marketing", Devices::Desk, &[]),
    person("172", "Oskar Berg", "Marketing", Devices::App, &[]),
    person("173", "Yuki Mori", "Marketing", Devices::Desk, &[]),
    person("174", "Leo Carvalho", "Marketing", Devices::Desk, &[]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn forty_people_have_forty_numbers() {
        let numbers: BTreeSet<_> = PEOPLE.iter().map(|person| person.number).collect();
        assert_eq!((PEOPLE.len(), numbers.len()), (40, 40));
    }

    #[test]
    fn every_queue_has_agents_and_somebody_serves_two() {
        let company = Company::new(DEFAULT_TENANT_ID);
        for index in 0..QUEUES.len() {
            assert!(company.agents(QueueIndex(index)).count() >= 4);
        }
        assert!(PEOPLE.iter().any(|person| person.queues.len() == 2));
    }

    /// Oracle: the csv crate's reader, with the columns that the configuration's documentation names.
    #[test]
    fn the_directory_is_csv_with_the_documented_columns() {
        let mut written = Vec::new();
        Company::new(DEFAULT_TENANT_ID).write_directory(&mut written).unwrap();
        let mut reader = csv::Reader::from_reader(written.as_slice());
        assert_eq!(reader.headers().unwrap(), vec!["kind", "number", "name", "department", "queue_id"]);
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.iter().filter(|row| &row[0] == "extension").count(), 40);
        assert!(rows.contains(&csv::StringRecord::from(vec![
            "queue",
            "8001",
            "Sales",
            "",
            "800000000000008001"
        ])));
        assert!(rows.contains(&csv::StringRecord::from(vec!["ivr", "5000", "Welcome menu", "", ""])));
    }
}
