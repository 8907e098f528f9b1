//! Why the PBX can't be asked, as the pages say it. What a log says in English, they say in the reader's language.

use app::settings::trouble::{Part, Trouble};

use crate::pbx::PbxError;

/// An error as a page says it.
pub fn trouble(error: &PbxError) -> Trouble {
    let about = error.about().map(part).unwrap_or_default();
    Trouble { kind: error.trouble(), about, status: error.status() }
}

/// The part of the PBX by its word in `pbx`. Of the others no error comes before people.
fn part(what: &str) -> Part {
    match what {
        "users" => Part::Users,
        "extensions" => Part::Extensions,
        "queues" => Part::Queues,
        "calls" => Part::Calls,
        "sign-in" => Part::SignIn,
        _ => Part::Data,
    }
}
