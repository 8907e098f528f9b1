//! What one may do and see, as words: in the configuration, in the tables, on pages.

use std::{collections::BTreeSet, fmt, str::FromStr};

use model::{
    id::{Number, Text},
    view::{Audience, Mask, Scope},
};

use super::{Role, Who};

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Supervisor, Self::Administrator];

    /// The word in configuration, tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Supervisor => "supervisor",
            Self::Administrator => "administrator",
        }
    }

    /// How much of outside parties' numbers it sees.
    pub const fn mask(self) -> Mask {
        match self {
            Self::Viewer => Mask::OutsideNumbers,
            Self::Supervisor | Self::Administrator => Mask::None,
        }
    }
}

/// A word that is no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such role; write viewer, supervisor or administrator")]
pub struct RoleSyntax;

impl FromStr for Role {
    type Err = RoleSyntax;

    fn from_str(text: &str) -> Result<Self, RoleSyntax> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(RoleSyntax)
    }
}

/// Who, as the audit log keeps it: never a name, which may change hands.
impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("open"),
            Self::Person(id) => write!(f, "person {id}"),
            Self::Token(name) => write!(f, "token {name}"),
            Self::Wall(id) => write!(f, "wall {id}"),
            Self::Console => f.write_str("console"),
            Self::Nobody => f.write_str("nobody"),
        }
    }
}

/// What a list of queues and departments lets see; nothing in it: all of the tenant. A word of digits is a queue's number,
/// any other one a department's name.
pub fn scope(words: &[String]) -> Scope {
    if words.is_empty() {
        return Scope::Tenant;
    }
    let is_number = |word: &&String| word.bytes().all(|byte| byte.is_ascii_digit());
    let (queues, departments): (Vec<_>, Vec<_>) = words.iter().partition(is_number);
    Scope::Only {
        queues: queues.into_iter().map(|number| Number::from(number.as_str())).collect(),
        departments: departments.into_iter().map(|name| Text::from(name.as_str())).collect(),
    }
}

/// The list of such a scope.
pub fn scope_words(scope: &Scope) -> Vec<String> {
    match scope {
        Scope::Tenant => Vec::new(),
        Scope::Only { queues, departments } => {
            let queues = queues.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
            queues.into_iter().chain(departments.iter().map(ToString::to_string)).collect()
        }
    }
}

/// What somebody of that role and scope sees. An administrator, who gives scopes, has none.
pub fn audience(role: Role, words: &[String]) -> Audience {
    let scope = if role == Role::Administrator { Scope::Tenant } else { scope(words) };
    Audience { scope, mask: role.mask(), notes: role >= Role::Supervisor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_a_list_of_queues_by_number_and_departments_by_name() {
        let words = ["Sales".to_owned(), "8002".to_owned(), "8001".to_owned()];
        assert_eq!(
            scope(&words),
            Scope::Only {
                queues: ["8001".into(), "8002".into()].into(),
                departments: [Text::from("Sales")].into()
            }
        );
        assert_eq!(scope_words(&scope(&words)), ["8001", "8002", "Sales"]);
        assert_eq!((scope(&[]), scope_words(&Scope::Tenant)), (Scope::Tenant, vec![]));
    }

    /// Oracle: the table of roles and the mask in `docs/access.md`.
    #[test]
    fn a_viewer_sees_numbers_masked_and_an_administrator_everything() {
        let words = ["8001".to_owned()];
        let viewer = audience(Role::Viewer, &words);
        assert_eq!((viewer.mask, viewer.notes), (Mask::OutsideNumbers, false));
        assert_eq!(
            audience(Role::Supervisor, &words),
            Audience { scope: scope(&words), mask: Mask::None, notes: true }
        );
        assert_eq!(audience(Role::Administrator, &words), Audience::WHOLE);
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert_eq!("owner".parse::<Role>(), Err(RoleSyntax));
    }
}
