//! The keyboard's own page: which key does what. `public/keys.js` opens it with `?`.

use leptos::prelude::*;

use crate::words::word;

/// The keys and what they do.
fn keys() -> [(&'static str, &'static str); 7] {
    [
        ("/", word!(keys.to_search)),
        ("j", word!(keys.next)),
        ("k", word!(keys.previous)),
        ("Enter", word!(keys.open)),
        ("f", word!(keys.freeze)),
        ("g o · g q · g a · g e · g c · g h · g s", word!(keys.go)),
        ("?", word!(keys.this)),
    ]
}

/// The dialog.
#[component]
pub fn KeysDialog() -> impl IntoView {
    let rows = keys()
        .map(|(key, text)| view! { <div class="keys__row"><dt><kbd>{key}</kbd></dt><dd>{text}</dd></div> });
    view! {
        <dialog class="keys" id="keys" aria-labelledby="keys-title">
            <h2 id="keys-title">{word!(keys.title)}</h2>
            <dl>{rows.map(IntoAny::into_any).collect_view()}</dl>
            <form method="dialog"><button class="button">{word!(keys.close)}</button></form>
        </dialog>
    }
    .into_any()
}
