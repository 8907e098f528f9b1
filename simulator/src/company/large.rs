//! A big company, made by rule: for loads and soaks. The same size, the same company.

use super::{
    Callers, Company, DEFAULT_TENANT_ID, Destination, Devices, Forward, ForwardWhen, Group, Pace, Person,
    PersonIndex, Queue, QueueIndex, Strategy, Trunk,
};
use crate::dialect::Language;

/// Agents of one queue.
const AGENTS: usize = 16;
/// Members of one ring group.
const MEMBERS: usize = 5;
/// Every so many extensions make a ring group.
const PER_GROUP: usize = 250;
/// Calls of a queue in an hour, for each of its agents.
const CALLS_PER_AGENT: f64 = 2.5;

/// What each queue uses in turn.
const STRATEGIES: [Strategy; 6] = [
    Strategy::RingAll,
    Strategy::LongestIdle,
    Strategy::RoundRobin,
    Strategy::FewestCalls,
    Strategy::InOrder,
    Strategy::Random,
];

/// What each extension has in turn.
const DEVICES: [Devices; 5] =
    [Devices::Desk, Devices::Desk, Devices::Desk, Devices::DeskAndApp, Devices::App];

impl Company {
    /// A company of so many extensions (from 10 up) and queues (from 1 up), as far as there are agents for them: a busy one,
    /// open from 8 to 18 by UTC. Names are made of its numbers.
    pub fn large(extensions: usize, queues: usize) -> Self {
        let extensions = extensions.max(10);
        let queues = queues.clamp(1, (extensions / 4).max(1));
        let serving = (extensions / 2).min(queues * AGENTS);
        let people: Vec<Person> = (0..extensions).map(|place| person(place, serving, queues)).collect();
        let mut agents = vec![Vec::new(); queues];
        for (place, person) in people.iter().enumerate() {
            for queue in &person.queues {
                agents[queue.0].push(PersonIndex(place));
            }
        }
        let queue = |place: usize| queue(place, extensions, queues, agents[place].len());
        let rate = as_f64(extensions);
        Self {
            tenant_id: DEFAULT_TENANT_ID.to_owned(),
            language: Language::default(),
            name: "Large".to_owned(),
            domain: "large.example".to_owned(),
            people,
            queues: (0..queues).map(queue).collect(),
            groups: (0..(extensions / PER_GROUP).max(1)).map(|place| group(place, extensions)).collect(),
            menu: ("50000".to_owned(), "Welcome menu".to_owned()),
            voicemail: "999".to_owned(),
            main_did: "+442079460100".to_owned(),
            trunks: (0..4).map(trunk).collect(),
            pace: Pace::Arrivals { direct: rate * 0.3, outbound: rate * 0.3, internal: rate * 0.4 },
            hours: Some((8 * 3600, 18 * 3600)),
            callers: Callers {
                through_menu: 70,
                patience_s: (30, 240),
                hasty: 12,
                hasty_patience_s: (3, 25),
                callback: 15,
            },
            agents,
        }
    }
}

/// The first `serving` answer for a queue, every fourth of them for another one too; some of the rest forward their calls.
fn person(place: usize, serving: usize, queues: usize) -> Person {
    let number = 10_001 + place;
    let (own, other) = (QueueIndex(place % queues), QueueIndex((place * 7 + 1) % queues));
    let of = match (place < serving, place.is_multiple_of(4) && other != own) {
        (false, _) => Vec::new(),
        (true, false) => vec![own],
        (true, true) => vec![own, other],
    };
    let forwards = place >= serving && place % 11 == 10;
    Person {
        number: number.to_string(),
        name: format!("Person {number}"),
        department: format!("Floor {}", place % 40),
        devices: DEVICES[place % DEVICES.len()],
        queues: of,
        forward: forwards.then(|| Forward {
            when: [ForwardWhen::NoAnswer, ForwardWhen::Busy, ForwardWhen::Always][place % 3],
            to: if place.is_multiple_of(2) {
                Destination::Person(PersonIndex(place - 1))
            } else {
                Destination::Outside(format!("+4477009{place:05}"))
            },
        }),
    }
}

fn queue(place: usize, extensions: usize, queues: usize, agents: usize) -> Queue {
    Queue {
        id: format!("8000000000000{}", 80_001 + place),
        number: (80_001 + place).to_string(),
        name: format!("Queue {}", 80_001 + place),
        did: format!("+4420794680{place:03}"),
        strategy: STRATEGIES[place % STRATEGIES.len()],
        sla_s: 20 + 10 * as_u64(place % 3),
        wait_max_s: 75 + 15 * as_u64(place % 6),
        overflow: match place % 3 {
            0 => Destination::Person(PersonIndex(extensions - 1 - place % (extensions / 4))),
            1 => Destination::Voicemail,
            _ => Destination::Queue(QueueIndex((place + 1) % queues)),
        },
        calls_per_hour: CALLS_PER_AGENT * as_f64(agents),
    }
}

fn group(place: usize, extensions: usize) -> Group {
    let member = |member| PersonIndex(extensions - 1 - place * MEMBERS - member);
    Group {
        number: (60_001 + place).to_string(),
        name: format!("Group {}", 60_001 + place),
        did: format!("+4420794660{place:03}"),
        in_order: place % 2 == 1,
        members: (0..MEMBERS).map(member).collect(),
        calls_per_hour: 6.0,
    }
}

fn trunk(place: usize) -> Trunk {
    Trunk {
        name: format!("carrier{place}"),
        id: (900_000_000_000_000_077 + as_u64(place)).to_string(),
        host: format!("198.51.100.{}:5060", 7 + place),
    }
}

fn as_u64(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

fn as_f64(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_large_company_has_its_size_its_own_numbers_and_agents_everywhere() {
        for (extensions, queues) in [(10, 1), (60, 4), (5000, 100)] {
            let company = Company::large(extensions, queues);
            assert_eq!((company.people.len(), company.queues.len()), (extensions, queues));
            let mut numbers = BTreeSet::new();
            let people = company.people.iter().map(|person| &person.number);
            let queues = company.queues.iter().map(|queue| &queue.number);
            let groups = company.groups.iter().map(|group| &group.number);
            assert!(people.chain(queues).chain(groups).all(|number| numbers.insert(number)));
            assert!((0..company.queues.len()).all(|queue| !company.agents(QueueIndex(queue)).is_empty()));
            let people = 0..extensions;
            let addresses: Vec<String> =
                people.flat_map(|person| company.devices(PersonIndex(person))).collect();
            assert_eq!(addresses.iter().collect::<BTreeSet<_>>().len(), addresses.len());
        }
    }
}
