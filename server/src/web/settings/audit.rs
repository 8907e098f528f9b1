//! `/settings/audit`: the audit log, some lines at a time.

use app::settings::{
    Place,
    audit::{self, Audit, Line, Who},
};
use axum::{
    Extension,
    extract::{Query, State},
    response::Response,
};
use serde::Deserialize;

use super::{Refresh, Wall, administered, forms::failed, live, page};
use crate::{
    access::{
        Asker,
        audit::{Noted, list},
    },
    web::{Problem, Web},
};

/// Lines on a page.
const LINES: usize = 100;

/// Where the page begins.
#[derive(Debug, Default, Deserialize)]
pub struct Start {
    /// The id of the line before which it begins; what is no number begins at the newest.
    before: Option<String>,
}

/// `GET /settings/audit?before=…`.
pub async fn show(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    Query(start): Query<Start>,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let before = start.before.and_then(|before| before.parse().ok());
    // One more than is shown tells whether there are older ones.
    let mut noted =
        list(web.access().store(), &tenant.id, before, LINES + 1).map_err(|error| failed(&error.into()))?;
    let is_last_page = noted.len() <= LINES;
    noted.truncate(LINES);
    let older = noted.last().filter(|_| !is_last_page).map(|line| line.id);
    let (now, wall) = (web.hub().clock().now(), Wall::of(&web, &tenant));
    let line = |line: Noted| Line {
        at: wall.moment(line.at, now),
        who: who(&line),
        act: line.act,
        details: line.about,
    };
    let lines = noted.into_iter().map(line).collect();
    let content = Audit { lines, older, is_later_page: before.is_some() };
    let refresh = if before.is_some() { Refresh::Never } else { Refresh::ByItself };
    page(&web, &tenant, Place::Audit, refresh, live::of_lamps(), || audit::audit(content))
}

/// Who, of the log's own text.
fn who(line: &Noted) -> Who {
    match (line.who.split_once(' '), line.who.as_str(), &line.name) {
        (Some(("person", _)), _, Some(name)) => Who::Person(name.clone()),
        (Some(("person", id)), ..) => Who::Gone(id.to_owned()),
        (Some(("token", name)), ..) => Who::Token(name.to_owned()),
        (Some(("wall", id)), ..) => Who::Wall(id.to_owned()),
        (_, "console", _) => Who::Console,
        (_, "open", _) => Who::Open,
        _ => Who::Nobody,
    }
}
