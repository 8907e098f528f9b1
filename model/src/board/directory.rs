//! Names and kinds of numbers as the administrator gives them, and the settings: each the newest of its kind.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{
    entry::{DirectoryEntry, NumberKind},
    id::{Number, QueueId, Text},
    time::UnixMillis,
};

/// The newest of what was said by administrators; each replaces the last as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Newest<T> {
    received: UnixMillis,
    pub value: T,
}

impl<T: Serialize> Newest<T> {
    /// Keeps the newer one. Two of one millisecond are told apart by their text, so that their order does not matter.
    pub fn keep(slot: &mut Option<Self>, received: UnixMillis, value: T) -> bool {
        let newer = slot.as_ref().is_none_or(|known| {
            received > known.received || (received == known.received && text(&value) > text(&known.value))
        });
        if newer {
            *slot = Some(Self { received, value });
        }
        newer
    }
}

fn text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The directory, and ways into it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub(super) struct Directory {
    entries: Kept,
    by_number: HashMap<Number, usize>,
    by_queue: HashMap<QueueId, usize>,
}

/// What of a directory is written down.
type Kept = Option<Newest<Vec<DirectoryEntry>>>;

impl From<Kept> for Directory {
    fn from(entries: Kept) -> Self {
        let lines = || entries.iter().flat_map(|newest| &newest.value).enumerate();
        let by_number = lines().map(|(index, entry)| (entry.number.clone(), index)).collect();
        let queues = lines().filter(|(_, entry)| entry.kind == NumberKind::Queue);
        let by_queue = queues.filter_map(|(index, entry)| Some((entry.queue.clone()?, index))).collect();
        Self { entries, by_number, by_queue }
    }
}

impl From<Directory> for Kept {
    fn from(directory: Directory) -> Self {
        directory.entries
    }
}

impl Directory {
    /// Takes a whole new one, if it is newer.
    pub fn keep(&mut self, received: UnixMillis, mut entries: Vec<DirectoryEntry>) -> bool {
        for text in entries.iter_mut().flat_map(|entry| [&mut entry.name, &mut entry.department]) {
            *text = Text::shown(text);
        }
        let newer = Newest::keep(&mut self.entries, received, entries);
        if newer {
            *self = self.entries.take().into();
        }
        newer
    }

    /// Every line, in the file's order.
    pub fn entries(&self) -> Option<&[DirectoryEntry]> {
        self.entries.as_ref().map(|newest| newest.value.as_slice())
    }

    /// The line of a number; the last one where a file has several.
    pub fn get(&self, number: &Number) -> Option<&DirectoryEntry> {
        self.at(self.by_number.get(number))
    }

    /// The line of a queue's id.
    pub fn queue(&self, queue: &QueueId) -> Option<&DirectoryEntry> {
        self.at(self.by_queue.get(queue))
    }

    /// A number's name, whatever its kind.
    pub fn name(&self, number: &Number) -> Option<&Text> {
        self.get(number).map(|entry| &entry.name).filter(|name| !name.as_str().is_empty())
    }

    /// Whether it is listed as an extension.
    pub fn lists_extension(&self, number: &Number) -> bool {
        self.get(number).is_some_and(|entry| entry.kind == NumberKind::Extension)
    }

    /// Whether it is listed as a queue's.
    pub fn lists_queue(&self, number: &Number) -> bool {
        self.get(number).is_some_and(|entry| entry.kind == NumberKind::Queue)
    }

    fn at(&self, index: Option<&usize>) -> Option<&DirectoryEntry> {
        self.entries()?.get(*index?)
    }
}
