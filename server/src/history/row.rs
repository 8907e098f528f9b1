//! A call and a visit as the tables hold them, and as a search looks at them.

use model::{
    id::{CallId, Number},
    time::UnixMillis,
    view::{Seen, Sight},
    wire::{CallResult, Direction, PastCall, PastVisit, VisitEnd},
};
use serde::{Serialize, de::DeserializeOwned};

use super::search::Search;

/// So many characters of a number are looked for anywhere in it; fewer are a whole number.
pub const PART_CHARS_MIN: usize = 3;

/// Where rows of one kind are.
#[derive(Clone, Copy, Debug)]
pub struct Tables {
    /// The rows.
    pub rows: &'static str,
    /// Their index by time.
    pub by_time: &'static str,
    /// The rows of each name, by time.
    pub lists: &'static str,
}

/// A kind of rows.
pub trait Row: Serialize + DeserializeOwned {
    /// Where they are.
    const TABLES: Tables;

    /// The call that it is, or belongs to.
    fn call(&self) -> &CallId;
    /// What it is ordered by.
    fn moment(&self) -> UnixMillis;
    /// The place of its direction, from 1; 0 for none.
    fn way(&self) -> u32;
    /// The place of how it came out.
    fn result(&self) -> u32;
    /// The numbers in it, some perhaps several times.
    fn numbers(&self) -> Vec<&str>;
    /// Ids and numbers of the queues in it.
    fn queues(&self) -> Vec<&str>;
    /// As an audience sees it.
    fn see(self, sight: &Sight) -> Option<Seen<Self>>
    where
        Self: Sized;

    /// Whether what is seen is what is looked for: nobody finds a thing by what is hidden of it.
    fn is_sought(&self, search: &Search) -> bool {
        let numbers = self.numbers();
        search.number.as_deref().is_none_or(|part| numbers.iter().any(|number| has_part(number, part)))
            && search.extension.as_deref().is_none_or(|number| numbers.contains(&number))
            && search.queue.as_deref().is_none_or(|queue| self.queues().contains(&queue))
    }
}

/// Whether a number is what somebody looks for who knows a part of it.
pub fn has_part(number: &str, part: &str) -> bool {
    if part.chars().count() < PART_CHARS_MIN { number == part } else { number.contains(part) }
}

/// A word's place in its list.
pub fn place<T: PartialEq>(all: &[T], word: &T) -> u32 {
    (0..).zip(all).find(|(_, one)| *one == word).map_or(0, |(place, _)| place)
}

impl Row for PastCall {
    const TABLES: Tables = Tables { rows: "past_call", by_time: "past_call_by_time", lists: "past_party" };

    fn call(&self) -> &CallId {
        &self.id
    }

    fn moment(&self) -> UnixMillis {
        self.at()
    }

    fn way(&self) -> u32 {
        self.direction.map_or(0, |way| place(Direction::ALL, &way) + 1)
    }

    fn result(&self) -> u32 {
        place(CallResult::ALL, &self.result)
    }

    fn numbers(&self) -> Vec<&str> {
        let parties = [&self.from.number, &self.to.number, &self.answered_by].into_iter().flatten();
        let legs = self.legs.iter().map(|leg| &leg.number);
        let parties = parties.chain(legs).map(Number::as_str);
        let visits = self.visits.iter().flat_map(Row::numbers);
        parties.chain(self.did.as_deref()).chain(visits).collect()
    }

    fn queues(&self) -> Vec<&str> {
        self.visits.iter().flat_map(Row::queues).collect()
    }

    fn see(self, sight: &Sight) -> Option<Seen<Self>> {
        sight.see_past_call(self)
    }
}

impl Row for PastVisit {
    const TABLES: Tables =
        Tables { rows: "past_visit", by_time: "past_visit_by_time", lists: "past_visitor" };

    fn call(&self) -> &CallId {
        &self.call
    }

    fn moment(&self) -> UnixMillis {
        self.at()
    }

    fn way(&self) -> u32 {
        0
    }

    fn result(&self) -> u32 {
        place(VisitEnd::ALL, &self.how)
    }

    fn numbers(&self) -> Vec<&str> {
        self.number.iter().chain(&self.agent).map(Number::as_str).collect()
    }

    fn queues(&self) -> Vec<&str> {
        std::iter::once(self.queue.as_str()).chain(self.queue_number.as_ref().map(Number::as_str)).collect()
    }

    fn see(self, sight: &Sight) -> Option<Seen<Self>> {
        sight.see_past_visit(self)
    }
}
