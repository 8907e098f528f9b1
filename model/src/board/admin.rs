//! What an administrator's entry says: settings, and names and kinds of numbers, his own and the PBX's.

use super::{Board, Newest, queue::by_number, settle::Dirty};
use crate::{
    entry::{Admin, DirectoryEntry, NumberKind},
    time::UnixMillis,
};

impl Board {
    pub(super) fn hear_admin(&mut self, admin: &Admin, received: UnixMillis, dirty: &mut Dirty) {
        match admin {
            Admin::Settings(settings) => {
                if Newest::keep(&mut self.settings, received, settings.clone()) {
                    dirty.headings.extend(self.queues.iter().map(|(place, ..)| place));
                }
            }
            Admin::Directory { entries } => {
                let before = self.directory.clone();
                if self.directory.keep(received, entries.clone()) {
                    self.relist(before.entries().unwrap_or_default(), entries, dirty);
                }
            }
            Admin::Numbers { entries } => {
                if self.numbers.keep(received, entries.clone()) {
                    self.rename_in_calls(dirty);
                }
            }
        }
    }

    /// Names and kinds are on every row; a new directory looks at all of them.
    fn relist(&mut self, before: &[DirectoryEntry], now: &[DirectoryEntry], dirty: &mut Dirty) {
        for entry in now {
            match entry.kind {
                NumberKind::Extension => drop(self.extensions.obtain(&entry.number)),
                NumberKind::Queue => {
                    let id = entry.queue.clone().unwrap_or_else(|| by_number(&entry.number));
                    self.queues.obtain(&id);
                }
                NumberKind::Group | NumberKind::Ivr => {}
            }
        }
        for entry in before.iter().chain(now) {
            self.classify(&entry.number, dirty);
            self.house(&entry.number, dirty);
        }
        dirty.extensions.extend(self.extensions.iter().map(|(place, ..)| place));
        self.rename_in_calls(dirty);
        for (place, _, queue) in self.queues.iter() {
            dirty.headings.push(place);
            dirty.agents.extend(queue.agents_shown.keys().map(|number| (place, *number)));
        }
    }

    fn rename_in_calls(&self, dirty: &mut Dirty) {
        let shown = self.calls.iter().filter(|(.., call)| call.is_shown());
        dirty.call_rows.extend(shown.map(|(place, ..)| place));
    }
}
