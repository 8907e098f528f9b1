//! What people and programs may do and see, as the forms ask for it: a role, and a scope of queues and departments.

use leptos::prelude::*;

use crate::words::word;

/// So many empty fields stand after a scope's words.
const MORE_WORDS: usize = 4;

/// What one may do. Each may do what those before it may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Sees the board, outside numbers masked.
    #[default]
    Viewer,
    /// Sees the board with all numbers.
    Supervisor,
    /// Changes things.
    Administrator,
}

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Supervisor, Self::Administrator];

    /// Its word in a form.
    pub const fn value(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Supervisor => "supervisor",
            Self::Administrator => "administrator",
        }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => word!(door.viewer),
            Self::Supervisor => word!(door.supervisor),
            Self::Administrator => word!(door.administrator),
        }
    }
}

/// A role and a scope.
#[derive(Clone, Debug, Default)]
pub struct Rights {
    /// The role.
    pub role: Role,
    /// Queues by number and departments by name; empty: everything.
    pub scope: Vec<String>,
}

/// What a scope can name, of the rows there are.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Queues: number and name.
    pub queues: Vec<(String, String)>,
    /// Departments.
    pub departments: Vec<String>,
}

/// The fields of both.
#[component]
pub fn RightsFields(
    /// What they say at first.
    rights: Rights,
    /// What the scope's fields suggest.
    known: Known,
) -> impl IntoView {
    let Rights { role, mut scope } = rights;
    scope.extend((0..MORE_WORDS).map(|_| String::new()));
    let choice = |one: Role| {
        view! {
            <label>
                <input type="radio" name="role" value=one.value() checked=one == role/>
                <span>{one.name()}</span>
            </label>
        }
    };
    let fields = scope.into_iter().map(|typed| {
        view! { <input class="input" name="scope" value=typed list="known" maxlength="128" autocomplete="off" dir="auto" aria-label=word!(rights.word)/> }
    });
    let queues =
        known.queues.into_iter().map(|(number, name)| view! { <option value=number label=name></option> });
    let departments = known.departments.into_iter().map(|name| view! { <option value=name></option> });
    view! {
        <fieldset class="field choice">
            <legend class="field__label">{word!(rights.role)}</legend>
            <span class="seg">{Role::ALL.map(choice).into_iter().collect_view()}</span>
            <p class="field__hint">{word!(rights.role_hint)}</p>
        </fieldset>
        <fieldset class="field choice">
            <legend class="field__label">{word!(rights.scope)}</legend>
            <span class="choice__words">{fields.collect_view()}</span>
            <p class="field__hint">{word!(rights.scope_hint)}</p>
            <datalist id="known">{queues.collect_view()} {departments.collect_view()}</datalist>
        </fieldset>
    }
    .into_any()
}

/// What a scope lets see, as text.
#[component]
pub fn Sees(
    /// Whose.
    rights: Rights,
) -> impl IntoView {
    if rights.role == Role::Administrator || rights.scope.is_empty() {
        return view! { <span>{word!(rights.everything)}</span> }.into_any();
    }
    let words = rights.scope.into_iter().map(|word| view! { <li><bdi>{word}</bdi></li> });
    view! { <ul class="scope">{words.collect_view()}</ul> }.into_any()
}
