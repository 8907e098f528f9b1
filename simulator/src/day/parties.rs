//! Who is at either end of a call: people of the company, its services, and people outside.

use rand::Rng;

use super::Day;
use crate::{
    call::Party,
    company::{PersonIndex, QueueIndex},
};

/// Names that outside callers show, where they show any.
const CALLER_NAMES: [&str; 16] = [
    "Northgate Dental",
    "A. Whitfield",
    "Brightwater Ltd",
    "Castell Joinery",
    "J. Oyelaran",
    "Meridian Foods",
    "P. Lindgren",
    "Quayside Hotel",
    "Rowan & Sons",
    "S. Benedetti",
    "Tidewell Marine",
    "Upton Primary",
    "Vantage Print",
    "W. Szymanska",
    "Yarrow Clinic",
    "K. Haugen",
];

impl Day {
    /// Somebody from outside.
    pub(super) fn outside_party(&mut self) -> Party {
        let number = match self.rng.random_range(0..10) {
            0..5 => format!("+447700900{:03}", self.rng.random_range(0..1000)),
            5..8 => format!("+44114496{:04}", self.rng.random_range(0..1000)),
            8 => format!("+1212555{:04}", self.rng.random_range(100..200)),
            _ => format!("+493023125{:03}", self.rng.random_range(0..1000)),
        };
        let name = if self.rng.random_bool(0.6) { CALLER_NAMES[self.rng.random_range(0..16)] } else { "" };
        self.named_outside_party(number, name.to_owned())
    }

    /// A number outside.
    pub(super) fn named_outside_party(&self, number: String, name: String) -> Party {
        let uri = self.company.outside(&number, 0);
        Party { number, name, uri, person: None }
    }

    /// A colleague.
    pub(super) fn person_party(&self, person: PersonIndex) -> Party {
        let of = &self.company.people[person.0];
        Party {
            number: of.number.clone(),
            name: of.name.clone(),
            uri: self.company.uri(&of.number),
            person: Some(person),
        }
    }

    /// A number of the PBX's own.
    pub(super) fn service_party(&self, number: &str, name: &str) -> Party {
        Party {
            number: number.to_owned(),
            name: name.to_owned(),
            uri: self.company.uri(number),
            person: None,
        }
    }

    /// A queue as somebody to call.
    pub(super) fn queue_party(&self, queue: QueueIndex) -> Party {
        let of = &self.company.queues[queue.0];
        self.service_party(&of.number, &of.name)
    }
}
