//! Moments and differences, in milliseconds.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A moment: milliseconds since 1970-01-01T00:00:00Z, always UTC.
///
/// Whose clock it was is in the field's name or its comment: `received` is ours, an event's own time is the PBX's.
/// Subtract only moments of one clock; [`Skew`] turns the PBX's into ours.
///
/// # On the wire
/// The feed and the API write a number of milliseconds. The PBX writes seconds, mostly in a string; `event` reads those.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

/// A length of time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Millis {
    /// So many whole seconds.
    pub const fn seconds(seconds: i64) -> Self {
        Self(seconds * 1000)
    }

    /// So many whole minutes.
    pub const fn minutes(minutes: i64) -> Self {
        Self::seconds(minutes * 60)
    }

    /// So many whole hours.
    pub const fn hours(hours: i64) -> Self {
        Self::minutes(hours * 60)
    }

    /// So many days of 24 hours.
    pub const fn days(days: i64) -> Self {
        Self::hours(days * 24)
    }
}

/// Our clock minus the PBX's, in milliseconds; it includes the delivery's shortest time on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Skew(pub i64);

impl UnixMillis {
    /// How long after `earlier` this is; never negative, also where a clock went back.
    pub fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0).max(0))
    }

    /// This moment of our clock as the PBX's clock shows it.
    #[must_use]
    pub fn to_pbx(self, skew: Skew) -> Self {
        Self(self.0.saturating_sub(skew.0))
    }

    /// This moment of the PBX's clock as our clock shows it.
    #[must_use]
    pub fn to_ours(self, skew: Skew) -> Self {
        Self(self.0.saturating_add(skew.0))
    }
}

impl std::ops::Add<Millis> for UnixMillis {
    type Output = Self;

    fn add(self, later: Millis) -> Self {
        Self(self.0.saturating_add(later.0))
    }
}

impl std::ops::Sub<Millis> for UnixMillis {
    type Output = Self;

    fn sub(self, earlier: Millis) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for UnixMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}
