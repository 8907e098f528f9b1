//! What a queue's row says that no caller and no agent changes: its number, its name, by which rules it is counted.

use super::{
    Board,
    queue::{Heading, by_number, newest},
    table::QueueAt,
};
use crate::{
    id::{Number, QueueId},
    metrics::Rules,
};

impl Board {
    /// It is derived anew where one of its sources changed, never for a caller or an agent.
    pub(super) fn heading(&self, place: QueueAt) -> Heading {
        let Some((id, queue)) = self.queues.at(place) else { return Heading::default() };
        let bare = id.as_str().strip_prefix("n:").map(Number::from);
        // The PBX may know the number that the directory gives this id under another one.
        let told = |number: &Number| {
            let key = self.queues.named(by_number(number).as_str());
            key.and_then(|queue| newest(&queue.ids)).is_none_or(|told| told == id)
        };
        let listed = self.directory.queue(id).filter(|entry| told(&entry.number));
        let lists_number = bare.as_ref().is_some_and(|number| self.directory.lists_queue(number));
        let number =
            newest(&queue.numbers).cloned().or_else(|| listed.map(|entry| entry.number.clone())).or(bare);
        let mut name = queue.name.clone();
        let mut target = queue.target_s.clone();
        for key in queue.joined.iter().filter_map(|key| self.queues.get(*key)) {
            name.add(&key.name);
            target.add(&key.target_s);
        }
        let told = name.value().or_else(|| self.directory.name(number.as_ref()?)).cloned();
        let destroyed = self.parts(place).filter_map(|queue| queue.destroyed).map(|at| at.t).max();
        let news = self.parts(place).map(|queue| queue.news.newest).max();
        let exists = destroyed.is_none_or(|at| news.is_some_and(|newest| newest > at));
        Heading {
            shown: queue.has_row(listed.is_some() || lists_number) && exists,
            rules: self.rules(id, number.as_ref(), target.value().copied()),
            number,
            name: told,
        }
    }

    /// What the administrator set for a queue; else the PBX's own target.
    fn rules(&self, id: &QueueId, number: Option<&Number>, told: Option<u32>) -> Rules {
        let queues = self.settings.as_ref().map_or(&[][..], |settings| &settings.value.queues);
        let by_id = queues.iter().find(|queue| queue.queue.as_ref() == Some(id));
        let by_number = || queues.iter().find(|queue| number.is_some() && queue.number.as_ref() == number);
        let set = by_id.or_else(by_number);
        Rules {
            formula: set.and_then(|set| set.service_level?.try_into().ok()).unwrap_or_default(),
            target_s: set.and_then(|set| set.target_s).or(told),
            target_percent: set.and_then(|set| set.target_percent),
            short_abandon_s: set.and_then(|set| set.short_abandon_s),
        }
    }
}
