//! A board through the eyes of one audience, as of one offset.

use super::{Audience, Inside, Mask, Scope, Seen, SeenJson, Shown, mask, scope::Cut};
use crate::wire::{Alert, Metric, Row};

/// What an audience sees of a board. Made anew when the board moves, except for who sees all: that costs nothing.
#[derive(Clone, Debug)]
pub struct Sight(Eyes);

#[derive(Clone, Debug)]
enum Eyes {
    /// All rows, all of each.
    Whole,
    Part(Box<Part>),
}

/// What one sees who does not see all.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// `None`: all rows.
    pub cut: Option<Cut>,
    pub mask: Mask,
    notes: bool,
    pub inside: Inside,
}

impl Sight {
    /// What `audience` sees where these are all rows of the board, and `inside` its numbers.
    pub fn of<'a>(audience: &Audience, inside: &Inside, rows: impl Iterator<Item = &'a Row> + Clone) -> Self {
        if *audience == Audience::WHOLE {
            return Self(Eyes::Whole);
        }
        let cut = match &audience.scope {
            Scope::Tenant => None,
            Scope::Only { queues, departments } => Some(Cut::of(queues, departments, inside, rows)),
        };
        let (mask, notes) = (audience.mask, audience.notes);
        Self(Eyes::Part(Box::new(Part { cut, mask, notes, inside: inside.clone() })))
    }

    /// Whether a row is there.
    pub fn sees(&self, row: &Row) -> bool {
        self.cut().is_none_or(|cut| cut.has(row))
    }

    /// Whether an alert may be seen: of a queue that is there, or of what everybody's lamps show; of the tenant's own figures
    /// where all of it may be seen.
    pub fn sees_alert(&self, alert: &Alert) -> bool {
        let Some(cut) = self.cut() else { return true };
        match &alert.queue {
            Some(queue) => cut.queues().contains(queue),
            None => alert.metric == Metric::PbxSilent,
        }
    }

    /// Whether all rows are there, so that one comes and goes by itself only.
    pub fn sees_all(&self) -> bool {
        self.cut().is_none()
    }

    /// Whether a row that did not change looks to both alike, where it is there.
    pub fn sees_like(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Eyes::Whole, Eyes::Whole) => true,
            (Eyes::Part(one), Eyes::Part(other)) => {
                let cut = match (&one.cut, &other.cut) {
                    (None, None) => true,
                    (Some(one), Some(other)) => one.cuts_like(other),
                    _ => false,
                };
                cut && one.inside.is_same(&other.inside) && (one.mask, one.notes) == (other.mask, other.notes)
            }
            _ => false,
        }
    }

    /// A row as it is seen; `None` where it is not there.
    pub fn see(&self, row: &Row) -> Option<Seen<Row>> {
        match &self.0 {
            Eyes::Whole => Some(Seen::new(row.clone())),
            Eyes::Part(part) => part.see(row),
        }
    }

    /// The same as JSON. Who sees all of it shares the text.
    pub fn json(&self, shown: &Shown) -> Option<SeenJson> {
        match &self.0 {
            Eyes::Whole => Some(shown.whole().clone()),
            Eyes::Part(part) => part.see(shown.row()).map(|seen| seen.json()),
        }
    }

    /// What is seen of it; `None` for who sees all.
    pub(super) fn part(&self) -> Option<&Part> {
        match &self.0 {
            Eyes::Whole => None,
            Eyes::Part(part) => Some(part),
        }
    }

    pub(super) fn cut(&self) -> Option<&Cut> {
        self.part()?.cut.as_ref()
    }
}

impl Part {
    fn see(&self, row: &Row) -> Option<Seen<Row>> {
        if self.cut.as_ref().is_some_and(|cut| !cut.has(row)) {
            return None;
        }
        let mut row = row.clone();
        if let Some(cut) = &self.cut {
            cut.cut(&mut row, &self.inside);
        }
        if let Row::Extension(row) = &mut row
            && !self.notes
        {
            row.note = None;
        }
        if self.mask == Mask::OutsideNumbers {
            mask::mask(&mut row, &self.inside);
        }
        Some(Seen::new(row))
    }
}
