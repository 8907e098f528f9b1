//! `/settings/walls`: the paired screens, and the forms that pair, change and revoke one.

use app::{
    Route,
    settings::{
        Place,
        walls::{self, Report, Wall, Walls},
    },
};
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};

use super::{
    administered, boards,
    forms::{self, Filled, Posted, failed, refused, unreadable},
};
use crate::{
    access::{AccessError, Asker, By},
    feed::View,
    live::LiveTenant,
    web::{Problem, Web},
};

const ADDRESS: &str = "/settings/walls";

/// What the page says beside what there is.
#[derive(Default)]
struct Said {
    wrong: Option<String>,
    typed: [String; 3],
}

/// `GET /settings/walls`.
pub async fn show(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    all(&web, &tenant, &headers, StatusCode::OK, Said::default())
}

/// `POST /settings/walls/pair`.
pub async fn pair(
    State(web): State<Web>,
    headers: HeaderMap,
    Posted { tenant, asker, filled }: Posted,
) -> Result<Response, Problem> {
    let [code, name] = ["code", "name"].map(|field| filled.text(field));
    let board = board(&filled)?;
    let by = By { tenant: &tenant.id, who: &asker.who };
    match web.access().confirm_wall(by, code, name, board) {
        Ok(_) => Ok(Redirect::to(ADDRESS).into_response()),
        Err(error) => {
            let (status, wrong) = refused(&error)?;
            let typed = [code, name, board].map(str::to_owned);
            all(&web, &tenant, &headers, status, Said { wrong: Some(wrong), typed })
        }
    }
}

/// `POST /settings/walls/change`: another name, another board, or both.
pub async fn change(
    State(web): State<Web>,
    headers: HeaderMap,
    Posted { tenant, asker, filled }: Posted,
) -> Result<Response, Problem> {
    let (name, board) = (filled.text("name"), board(&filled)?);
    let by = By { tenant: &tenant.id, who: &asker.who };
    let changed = filled.id().and_then(|id| {
        let walls = web.access().walls(by.tenant)?;
        let wall = walls.into_iter().find(|wall| wall.id == id).ok_or(AccessError::NotThere)?;
        if wall.name != name {
            web.access().rename_wall(by, id, name)?;
        }
        if wall.board != board {
            web.access().point_wall(by, id, board)?;
        }
        Ok(())
    });
    told(&web, &tenant, &headers, changed)
}

/// `POST /settings/walls/revoke`.
pub async fn revoke(
    State(web): State<Web>,
    headers: HeaderMap,
    Posted { tenant, asker, filled }: Posted,
) -> Result<Response, Problem> {
    let by = By { tenant: &tenant.id, who: &asker.who };
    let revoked = filled.id().and_then(|id| web.access().revoke_wall(by, id));
    told(&web, &tenant, &headers, revoked)
}

/// A board's name, of those that the feed has.
fn board(filled: &Filled) -> Result<&str, Problem> {
    let board = filled.text("board");
    // A wall's own may be gone while it is only renamed.
    let is_wall = || board.starts_with("wall/") && Route::of_view(board).is_some();
    (View::parse(board).is_some() || is_wall()).then_some(board).ok_or_else(unreadable)
}

fn told(
    web: &Web,
    tenant: &LiveTenant,
    headers: &HeaderMap,
    changed: Result<(), AccessError>,
) -> Result<Response, Problem> {
    match changed {
        Ok(()) => Ok(Redirect::to(ADDRESS).into_response()),
        Err(error) => {
            let (status, wrong) = refused(&error)?;
            all(web, tenant, headers, status, Said { wrong: Some(wrong), ..Said::default() })
        }
    }
}

fn all(
    web: &Web,
    tenant: &LiveTenant,
    headers: &HeaderMap,
    status: StatusCode,
    said: Said,
) -> Result<Response, Problem> {
    let listed = web.access().walls(&tenant.id).map_err(|error| failed(&error))?;
    let clock = super::Wall::of(web, tenant);
    let walls = listed.into_iter().map(|wall| Wall {
        id: wall.id,
        name: wall.name,
        board: wall.board,
        made: clock.day(wall.made_at),
        seen_at: wall.seen_at,
        report: web.hub().walls().reported(wall.id).map(|report| Report {
            at: report.at,
            heap_bytes: report.heap_bytes,
            frame_ms: report.frame_ms,
        }),
    });
    let content = Walls {
        walls: walls.collect(),
        now: web.hub().clock().now(),
        boards: boards::choices(web, tenant),
        pair_url: forms::url(web, headers, "/pair"),
        wrong: said.wrong,
        typed: said.typed,
    };
    forms::answer(web, tenant, Place::Walls, status, || walls::walls(content))
}
