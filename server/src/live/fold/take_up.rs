//! Where the fold begins: at the newest snapshot, whose rows are shown at once.

use model::id::Seq;

use super::{Fold, HEARD_AGAIN, say, snapshot};
use crate::{ingest, journal::EntryKind};

impl Fold {
    /// Takes up where a snapshot ends, and shows its rows.
    pub(super) fn take_up(&mut self) {
        let newest = *self.parts.journal.newest().borrow();
        match snapshot::newest(&self.parts.data, newest) {
            Ok(boards) => self.boards = boards,
            Err(error) => tracing::error!(%error, "the boards begin with what the journal holds"),
        }
        if let Some(history) = &mut self.parts.history {
            history.take_up(&mut self.boards);
        }
        if self.boards.seq == Seq(0) {
            return;
        }
        for (tenant, folded) in &self.boards.tenants {
            let Some(live) = self.parts.tenants.get(tenant) else { continue };
            for (endpoint, heard) in &folded.heard {
                self.parts.ingest.heard(tenant, endpoint, *heard);
            }
            say(&live, folded);
            live.rows().take_up(folded.offset, folded.board.rows());
            live.offset.send_replace(folded.offset);
        }
        match self.parts.journal.read_back(Seq(self.boards.seq.0 + 1), HEARD_AGAIN) {
            Ok(read) => {
                let deliveries = read.entries.iter().rev().filter(|of| of.entry.kind == EntryKind::Webhook);
                for stored in deliveries {
                    let _ = self.parts.ingest.decoded(stored, &ingest::decode(&stored.entry));
                }
            }
            Err(error) => {
                tracing::error!(%error, "what the last deliveries said of the PBX's clock is not known");
            }
        }
    }
}
