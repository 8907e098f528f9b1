//! Names of things, each a type of its own, so that a queue's id can't be passed for a caller's number.
//!
//! Up to 23 bytes, as nearly all of them have, stand in the value itself: a row, and the facts that it is derived from, lie
//! in one piece, and copying it touches no other memory. Longer text is shared.

use std::{borrow::Borrow, fmt};

use serde::{Deserialize, Serialize};
use smol_str::{SmolStr, SmolStrBuilder};

/// Declares an opaque text id: cheap to clone, ordered as text, a plain string on the wire.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(SmolStr);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                <String as utoipa::PartialSchema>::schema()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    };
}

text_id!(
    /// A tenant of ours: `[a-z0-9-]{1,40}`, chosen by the administrator. The PBX's own id is [`PbxTenantId`].
    TenantId
);
text_id!(
    /// The PBX's id of a tenant (`tenant_id` in its events), a long number kept as text.
    PbxTenantId
);
text_id!(
    /// A number that can be dialled: an extension's, a queue's, a caller's. The user part of a SIP URI, as sent; it may
    /// hold a `+`, and is not always made of digits.
    Number
);
text_id!(
    /// The PBX's id of a queue (`queue_id`). A queue known by its number only is `n:<number>`.
    QueueId
);
text_id!(
    /// The PBX's id of a call (`session_id`), larger than 2^53 and so never a JSON number here. It stays the same over
    /// trunk, IVR, queue and agents.
    CallId
);

text_id!(
    /// Text of a person's or the PBX's own: a name, a note, a word. Cheap to copy into rows, changes and frames.
    Text
);

impl Text {
    /// No text.
    pub const EMPTY: Self = Self(SmolStr::new_static(""));

    /// Characters of a text that is shown; no name has so many.
    pub const SHOWN_MAX: usize = 200;

    /// A text as it is kept and shown: of one that is longer than [`Text::SHOWN_MAX`] the beginning and an ellipsis, since every
    /// row that has it is sent to every screen, and drawn there. The journal has it whole.
    pub fn shown(text: &str) -> Self {
        // Nearly none has so many bytes.
        let rest = (text.len() > Self::SHOWN_MAX).then(|| text.char_indices().nth(Self::SHOWN_MAX)).flatten();
        let Some((end, _)) = rest else {
            return text.into();
        };
        let last = text[..end].char_indices().next_back().map_or(0, |(start, _)| start);
        format!("{}…", &text[..last]).into()
    }

    /// Two texts with a character between them.
    pub(crate) fn joined(one: &str, between: char, other: &str) -> Self {
        let mut text = SmolStrBuilder::new();
        text.push_str(one);
        text.push(between);
        text.push_str(other);
        Self(text.finish())
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl std::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// An entry's place in the journal: given once, never reused, the feed's offset too. It orders entries, never facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Seq(pub u64);

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
