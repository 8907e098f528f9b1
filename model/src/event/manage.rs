//! What an administrator did: queues and extensions that were made, changed or deleted.
//!
//! Source: PortSIP knowledge base, "Going Real-Time with PortSIP PBX Pub/Sub", pages "Version 22.2" and "Version 22.3".
//! The events have no time of their own. An extension's e-mail address and user name are personal data without a use:
//! they are not read.

use super::{
    fields::Fields,
    names::{Name, NameSet},
};
use crate::{
    id::{Number, Text},
    time::UnixMillis,
};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Managed {
    /// It is new. After a subscription: it exists.
    Created,
    /// It was changed; what of it is not said.
    Updated,
    /// It is gone.
    Destroyed,
}

/// What `queue_created`, `queue_updated` and `queue_destroy` say: neither the queue's id nor its name.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueManagedSaid {
    /// The queue's number.
    pub number: Number,
    /// What was done.
    pub what: Managed,
    /// When, where that is given.
    pub at: Option<UnixMillis>,
}

/// What `extension_created`, `extension_updated` and `extension_destroyed` say.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtensionManagedSaid {
    /// The extension's number.
    pub number: Number,
    /// What was done.
    pub what: Managed,
    /// Its display name.
    pub name: Option<Text>,
    /// Its owner's department; the PBX leaves the field out where none is set.
    pub department: Option<Text>,
    /// Whether it may be used.
    pub enabled: Option<bool>,
    /// When, where that is given.
    pub at: Option<UnixMillis>,
}

const TIME: [Name; 2] = [Name::Time, Name::Timestamp];

pub(super) const QUEUE: NameSet = NameSet::of(&[Name::QueueNumber]);

pub(super) const EXTENSION: NameSet = NameSet::of(&[
    Name::ExtensionNumber,
    Name::Extension,
    Name::ExtensionId,
    Name::DispName,
    Name::DisplayName,
    Name::Email,
    Name::Username,
    Name::Enabled,
    Name::Department,
]);

/// `queue_created` and its kin.
pub(super) fn queue(event: &Fields<'_>, what: Managed) -> Option<QueueManagedSaid> {
    let Some(number) = event.number(&[Name::QueueNumber]) else {
        event.missing(Name::QueueNumber);
        return None;
    };
    Some(QueueManagedSaid { number, what, at: event.time(&TIME) })
}

/// `extension_created` and its kin.
pub(super) fn extension(event: &Fields<'_>, what: Managed) -> Option<ExtensionManagedSaid> {
    let Some(number) = event.number(&[Name::ExtensionNumber, Name::Extension]) else {
        event.missing(Name::ExtensionNumber);
        return None;
    };
    Some(ExtensionManagedSaid {
        number,
        what,
        name: event.text(&[Name::DispName, Name::DisplayName]),
        department: event.text(&[Name::Department]),
        enabled: event.flag(&[Name::Enabled]),
        at: event.time(&TIME),
    })
}
