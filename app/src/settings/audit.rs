//! The audit log: who did what, the newest first, in plain words.

use leptos::prelude::*;

use super::listing::Listing;
use crate::words::word;

/// The columns' names.
fn heads() -> [&'static str; 4] {
    [word!(audit.at), word!(audit.who), word!(audit.what), word!(audit.details)]
}

/// Who did something.
#[derive(Clone, Debug)]
pub enum Who {
    /// Somebody who signs in, by the name of today.
    Person(String),
    /// An account that is no more, by its id.
    Gone(String),
    /// An API token, by its name.
    Token(String),
    /// A wall, by its id.
    Wall(String),
    /// Whoever has the server's console.
    Console,
    /// Anybody, while access is open.
    Open,
    /// Somebody who is not known.
    Nobody,
}

impl Who {
    fn words(self) -> String {
        match self {
            Self::Person(name) => name,
            Self::Gone(id) => word!(audit.gone, id),
            Self::Token(name) => word!(audit.token, name),
            Self::Wall(id) => word!(audit.wall, id),
            Self::Console => word!(audit.console).into(),
            Self::Open => word!(audit.open).into(),
            Self::Nobody => word!(audit.nobody).into(),
        }
    }
}

/// A line of the log.
#[derive(Clone, Debug)]
pub struct Line {
    /// When.
    pub at: String,
    /// Who.
    pub who: Who,
    /// What was done, by the log's word.
    pub act: String,
    /// To what, or from where.
    pub details: String,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Audit {
    /// Newest first.
    pub lines: Vec<Line>,
    /// The key of the next page, where there is one.
    pub older: Option<i64>,
    /// These are not the newest.
    pub is_later_page: bool,
}

/// The page's content.
pub fn audit(page: Audit) -> AnyView {
    let Audit { lines, older, is_later_page } = page;
    let rows = lines.into_iter().map(row).collect();
    view! {
        <div class="settings-head"><div><h1>{word!(audit.title)}</h1><p>{word!(audit.about)}</p></div></div>
        <section class="card audit"><Listing caption=word!(audit.title) heads=heads() rows none=word!(audit.none)/></section>
        <nav class="form__row" aria-label=word!(audit.pages)>
            {is_later_page.then(|| view! { <a class="button" href="/settings/audit">{word!(audit.newest)}</a> })}
            {older.map(|before| view! { <a class="button" rel="next" href=format!("/settings/audit?before={before}")>{word!(audit.older)}</a> })}
        </nav>
    }
    .into_any()
}

fn row(line: Line) -> Vec<AnyView> {
    let what = what(&line.act).map_or(line.act, str::to_owned);
    vec![
        view! { <span class="audit__at">{line.at}</span> }.into_any(),
        view! { <bdi>{line.who.words()}</bdi> }.into_any(),
        what.into_any(),
        view! { <bdi>{line.details}</bdi> }.into_any(),
    ]
}

/// The log's word in plain ones; `None` for a word that this version doesn't know.
fn what(act: &str) -> Option<&'static str> {
    Some(match act {
        "sign-in" => word!(audit.sign_in),
        "sign-in-refused" => word!(audit.refused),
        "sign-out" => word!(audit.sign_out),
        "sign-out-everywhere" => word!(audit.sign_out_everywhere),
        "set-up" => word!(audit.set_up),
        "set-up-link" => word!(audit.set_up_link),
        "invite" => word!(audit.invite),
        "invitation-withdrawn" => word!(audit.invitation_withdrawn),
        "remove" => word!(audit.remove),
        "invitation-used" => word!(audit.invitation_used),
        "password" => word!(audit.password),
        "password-link" => word!(audit.password_link),
        "rights" => word!(audit.rights),
        "disable" => word!(audit.disable),
        "enable" => word!(audit.enable),
        "token-made" => word!(audit.token_made),
        "token-revoked" => word!(audit.token_revoked),
        "wall-board-made" => word!(audit.wall_board_made),
        "wall-board-changed" => word!(audit.wall_board_changed),
        "wall-board-removed" => word!(audit.wall_board_removed),
        "wall-paired" => word!(audit.wall_paired),
        "wall-renamed" => word!(audit.wall_renamed),
        "wall-pointed" => word!(audit.wall_pointed),
        "wall-revoked" => word!(audit.wall_revoked),
        "endpoint-make" => word!(audit.endpoint_make),
        "endpoint-method" => word!(audit.endpoint_method),
        "endpoint-secret" => word!(audit.endpoint_secret),
        "endpoint-secret-retire" => word!(audit.endpoint_secret_retire),
        "endpoint-on" => word!(audit.endpoint_on),
        "endpoint-off" => word!(audit.endpoint_off),
        "endpoint-addresses" => word!(audit.endpoint_addresses),
        "endpoint-remove" => word!(audit.endpoint_remove),
        "pbx-set" => word!(audit.pbx_set),
        "pbx-removed" => word!(audit.pbx_removed),
        "delivery-opened" => word!(audit.delivery_opened),
        "alert-rule-set" => word!(audit.alert_rule_set),
        "alert-rule-removed" => word!(audit.alert_rule_removed),
        "alert-rule-on" => word!(audit.alert_rule_on),
        "alert-rule-off" => word!(audit.alert_rule_off),
        "alert-acknowledged" => word!(audit.alert_acknowledged),
        "webhook-made" => word!(audit.webhook_made),
        "webhook-secret" => word!(audit.webhook_secret),
        "webhook-on" => word!(audit.webhook_on),
        "webhook-off" => word!(audit.webhook_off),
        "webhook-removed" => word!(audit.webhook_removed),
        "general-settings" => word!(audit.general_settings),
        "queue-settings" => word!(audit.queue_settings),
        "names" => word!(audit.names_set),
        "name-removed" => word!(audit.name_removed),
        "history-export" => word!(audit.history_export),
        _ => return None,
    })
}
