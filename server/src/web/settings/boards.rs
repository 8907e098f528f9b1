//! `/settings/walls/boards`: the boards of walls, the form that adapts one, and boards as files.

use app::settings::{
    Place,
    boards::{self, BoardForm, Boards},
    walls::BoardChoice,
};
use axum::{
    Extension,
    body::Bytes,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use model::{
    id::Number,
    wall::{DOCUMENT_BYTES_MAX, Kind, Metric, Preset, Tile, WallBoard, WallFault, WallPage, WallTheme},
};
use serde::Deserialize;

use super::{
    administered,
    forms::{self, Filled, Posted, unreadable},
    sentence,
};
use crate::{
    access::{Asker, By},
    live::LiveTenant,
    walls::WallsError,
    web::{Problem, Web},
};

const ADDRESS: &str = "/settings/walls/boards";

/// What a board's address says.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    id: String,
}

/// `GET /settings/walls/boards`.
pub async fn show(State(web): State<Web>, Extension(asker): Extension<Asker>) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    all(&web, &tenant, StatusCode::OK, None)
}

/// `GET /settings/walls/board?id=`.
pub async fn show_one(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    Query(query): Query<Asked>,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    match web.hub().walls().get(&tenant.id, &query.id) {
        Ok(board) => one(&web, &tenant, StatusCode::OK, query.id, board, None),
        Err(error) => refused(&web, &tenant, error),
    }
}

/// `POST /settings/walls/boards/make`: a board of a preset, to be adapted.
pub async fn make(
    State(web): State<Web>,
    Posted { tenant, asker, filled }: Posted,
) -> Result<Response, Problem> {
    let preset = Preset::of(filled.text("preset")).ok_or_else(unreadable)?;
    let queues = filled.all("queue").map(Number::from).collect();
    let board = WallBoard { title: boards::preset_name(preset).to_owned(), ..preset.board(queues) };
    added(&web, &tenant, &asker, &board)
}

/// `POST /settings/walls/boards/import`: a board of a file.
pub async fn import(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let file = file_of(kind, &body).ok_or_else(unreadable)?;
    let read = if file.len() > DOCUMENT_BYTES_MAX {
        Err(WallFault::Long)
    } else {
        // What is no UTF-8 is no JSON either, and is told so.
        WallBoard::read(String::from_utf8_lossy(file).trim_start_matches('\u{feff}'))
    };
    match read {
        Ok(board) => added(&web, &tenant, &asker, &board),
        Err(fault) => refused(&web, &tenant, fault.into()),
    }
}

fn added(web: &Web, tenant: &LiveTenant, asker: &Asker, board: &WallBoard) -> Result<Response, Problem> {
    match web.hub().walls().add(By { tenant: &tenant.id, who: &asker.who }, board) {
        Ok(id) => Ok(Redirect::to(&format!("/settings/walls/board?id={id}")).into_response()),
        Err(error) => refused(web, tenant, error),
    }
}

/// `GET /settings/walls/boards/export?id=`: the board as a file.
pub async fn export(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    Query(query): Query<Asked>,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let board = match web.hub().walls().get(&tenant.id, &query.id) {
        Ok(board) => board,
        Err(error) => return refused(&web, &tenant, error),
    };
    // An id is letters, digits and dashes.
    let name = format!("attachment; filename=\"{}.wall.json\"", query.id);
    let mut response = (
        [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")],
        board.document() + "\n",
    )
        .into_response();
    if let Ok(name) = HeaderValue::from_str(&name) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// `POST /settings/walls/boards/remove`.
pub async fn remove(
    State(web): State<Web>,
    Posted { tenant, asker, filled }: Posted,
) -> Result<Response, Problem> {
    match web.hub().walls().remove(By { tenant: &tenant.id, who: &asker.who }, filled.text("id")) {
        Ok(()) => Ok(Redirect::to(ADDRESS).into_response()),
        Err(error) => refused(&web, &tenant, error),
    }
}

/// `POST /settings/walls/board`: keeps what the form says, with what its button does to the tiles.
pub async fn change(
    State(web): State<Web>,
    Posted { tenant, asker, filled }: Posted,
) -> Result<Response, Problem> {
    let id = filled.text("id").to_owned();
    let kept = match web.hub().walls().get(&tenant.id, &id) {
        Ok(kept) => kept,
        Err(error) => return refused(&web, &tenant, error),
    };
    let mut board = board_of(&filled, &kept).ok_or_else(unreadable)?;
    act(&mut board.pages, filled.text("act")).ok_or_else(unreadable)?;
    if board == kept {
        return Ok(Redirect::to(&format!("/settings/walls/board?id={id}")).into_response());
    }
    match web.hub().walls().set(By { tenant: &tenant.id, who: &asker.who }, &id, &board) {
        Ok(()) => Ok(Redirect::to(&format!("/settings/walls/board?id={id}")).into_response()),
        Err(WallsError::Board(fault)) => {
            let wrong = Some(sentence(&fault.to_string()));
            one(&web, &tenant, StatusCode::UNPROCESSABLE_ENTITY, id, board, wrong)
        }
        Err(error) => refused(&web, &tenant, error),
    }
}

/// The board that a form says; `None` for a form that no page of ours sends. `kept` has the tiles that it can't say.
fn board_of(filled: &Filled, kept: &WallBoard) -> Option<WallBoard> {
    let number = |name: &str| filled.text(name).trim().parse::<u16>().ok();
    let chosen: Vec<Number> = filled.all("queue").map(Number::from).collect();
    let others = filled.text("others").split(',').map(str::trim).filter(|number| !number.is_empty());
    // Those that stay keep their order, which cards go by; new ones come behind.
    let wanted: Vec<Number> = chosen.into_iter().chain(others.map(Number::from)).collect();
    let mut queues: Vec<Number> =
        kept.queues.iter().filter(|number| wanted.contains(number)).cloned().collect();
    for number in wanted {
        if !queues.contains(&number) {
            queues.push(number);
        }
    }
    let count = number("pages")?;
    let pages =
        (0..usize::from(count)).map(|place| page_of(filled, kept, place)).collect::<Option<Vec<_>>>()?;
    Some(WallBoard {
        ringside_wall: kept.ringside_wall,
        title: filled.text("title").trim().to_owned(),
        theme: WallTheme::of(filled.text("theme"))?,
        distance_m: u8::try_from(number("distance")?).ok()?,
        screen_inches: u8::try_from(number("screen")?).ok()?,
        // What is no number is none that a page may stay for.
        rotate_s: number("rotate").unwrap_or_default(),
        sound: !filled.text("sound").is_empty(),
        queues,
        pages,
    })
}

fn page_of(filled: &Filled, kept: &WallBoard, place: usize) -> Option<WallPage> {
    let mut tiles = Vec::new();
    loop {
        let at = tiles.len();
        let kind = filled.text(&format!("p{place}t{at}"));
        if kind.is_empty() {
            return Some(WallPage { tiles });
        }
        let text = filled.text(&format!("p{place}t{at}text"));
        let tile = match kind.strip_prefix("number:") {
            Some(metric) => Tile::number(Metric::of(metric)?),
            None if kind == "keep" => kept.pages.get(place)?.tiles.get(at)?.clone(),
            None => match Kind::of(kind)? {
                Kind::Number => return None,
                Kind::Announcement => Tile::announcement(text),
                kind => Tile::plain(kind),
            },
        };
        tiles.push(tile);
    }
}

/// Does what a button says to the pages: `up-0-2`, `down-0-2`, `remove-0-2`, `add-0`, `page-add`, `page-remove-0`, or nothing.
fn act(pages: &mut Vec<WallPage>, act: &str) -> Option<()> {
    let mut parts = act.rsplitn(3, '-');
    let (last, middle, first) = (parts.next()?, parts.next(), parts.next());
    let at = last.parse::<usize>();
    match (first, middle, at) {
        (None, None, _) if act.is_empty() => {}
        (None, Some("page"), Err(_)) if last == "add" => {
            pages.push(WallPage { tiles: vec![Tile::number(Metric::Waiting)] });
        }
        (Some("page"), Some("remove"), Ok(place)) if place < pages.len() => drop(pages.remove(place)),
        (None, Some("add"), Ok(place)) => {
            pages.get_mut(place)?.tiles.push(Tile::number(Metric::Waiting));
        }
        (Some(verb), Some(place), Ok(at)) => tile(pages, verb, place.parse().ok()?, at)?,
        _ => return None,
    }
    Some(())
}

/// Moves a tile, over the page's edge to the page beside it, or takes it out.
fn tile(pages: &mut [WallPage], verb: &str, place: usize, at: usize) -> Option<()> {
    let count = pages.len();
    let tiles = &mut pages.get_mut(place)?.tiles;
    if at >= tiles.len() {
        return None;
    }
    match verb {
        "remove" => drop(tiles.remove(at)),
        "up" if at > 0 => tiles.swap(at, at - 1),
        "down" if at + 1 < tiles.len() => tiles.swap(at, at + 1),
        "up" if place > 0 => {
            let moved = tiles.remove(at);
            pages.get_mut(place - 1)?.tiles.push(moved);
        }
        "down" if place + 1 < count => {
            let moved = tiles.remove(at);
            pages.get_mut(place + 1)?.tiles.insert(0, moved);
        }
        "up" | "down" => {}
        _ => return None,
    }
    Some(())
}

/// The one file of a form with a file in it (RFC 7578). It has no other field.
fn file_of<'a>(kind: &str, body: &'a [u8]) -> Option<&'a [u8]> {
    let boundary = kind.strip_prefix("multipart/form-data")?.split_once("boundary=")?.1.trim_matches('"');
    let find = |from: &[u8], what: &[u8]| from.windows(what.len()).position(|window| window == what);
    let start = find(body, b"\r\n\r\n")? + 4;
    let end = find(&body[start..], format!("\r\n--{boundary}").as_bytes())?;
    Some(&body[start..start + end])
}

/// What paired walls can be pointed to, by the names of their views: presets, boards that somebody made, pages.
pub fn choices(web: &Web, tenant: &LiveTenant) -> Vec<BoardChoice> {
    let queues = forms::known(tenant).queues;
    // One that can't be listed is logged there; those that are known can still be chosen.
    let made = web.hub().walls().list(&tenant.id).unwrap_or_default();
    app::settings::walls::choices(&queues, &made)
}

/// The list again, with why nothing was changed.
fn refused(web: &Web, tenant: &LiveTenant, error: WallsError) -> Result<Response, Problem> {
    let status = match error {
        WallsError::NotThere => StatusCode::NOT_FOUND,
        WallsError::Many => StatusCode::CONFLICT,
        WallsError::Board(_) => StatusCode::UNPROCESSABLE_ENTITY,
        WallsError::Store(error) => return Err(super::unreadable_settings(error)),
    };
    all(web, tenant, status, Some(sentence(&error.to_string())))
}

fn all(
    web: &Web,
    tenant: &LiveTenant,
    status: StatusCode,
    wrong: Option<String>,
) -> Result<Response, Problem> {
    let made = match web.hub().walls().list(&tenant.id) {
        Ok(made) => made,
        Err(WallsError::Store(error)) => return Err(super::unreadable_settings(error)),
        Err(_) => Vec::new(),
    };
    let content = Boards { made, queues: forms::known(tenant).queues, wrong };
    forms::answer(web, tenant, Place::Walls, status, || boards::boards(content))
}

fn one(
    web: &Web,
    tenant: &LiveTenant,
    status: StatusCode,
    id: String,
    board: WallBoard,
    wrong: Option<String>,
) -> Result<Response, Problem> {
    let content = BoardForm { id, board, queues: forms::known(tenant).queues, wrong };
    forms::answer(web, tenant, Place::Walls, status, || boards::board(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(kinds: &[&str]) -> Vec<WallPage> {
        let tile = |kind: char| Tile { kind: kind.to_string(), ..Tile::default() };
        kinds.iter().map(|kinds| WallPage { tiles: kinds.chars().map(tile).collect() }).collect()
    }

    fn after(kinds: &[&str], what: &str) -> Option<Vec<String>> {
        let mut pages = pages(kinds);
        act(&mut pages, what)?;
        Some(pages.iter().map(|page| page.tiles.iter().map(|tile| &*tile.kind).collect()).collect())
    }

    #[test]
    fn buttons_move_tiles_over_the_edges_of_pages_and_stop_at_the_ends() {
        let after = |what| after(&["ab", "cd"], what).unwrap();
        assert_eq!(after("up-0-1"), ["ba", "cd"]);
        assert_eq!(after("up-0-0"), ["ab", "cd"]);
        assert_eq!(after("up-1-0"), ["abc", "d"]);
        assert_eq!(after("down-0-1"), ["a", "bcd"]);
        assert_eq!(after("down-1-1"), ["ab", "cd"]);
        assert_eq!(after("remove-0-0"), ["b", "cd"]);
        assert_eq!(after("page-remove-0"), ["cd"]);
        assert_eq!(after("add-1"), ["ab", "cdnumber"]);
        assert_eq!(after("page-add"), ["ab", "cd", "number"]);
        assert_eq!(after(""), ["ab", "cd"]);
    }

    #[test]
    fn what_no_button_says_is_refused() {
        for what in ["up-0-2", "up-2-0", "page-remove-2", "add-2", "sideways-0-0", "x", "-", "up-0-", "up--0"]
        {
            assert_eq!(after(&["ab", "cd"], what), None, "{what}");
        }
    }

    #[test]
    fn a_forms_file_is_what_stands_between_its_head_and_the_boundary() {
        let body = b"--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.json\"\r\nContent-Type: application/json\r\n\r\n{\"a\": \"\r\n\"}\r\n--xyz--\r\n";
        let kind = "multipart/form-data; boundary=xyz";
        assert_eq!(file_of(kind, body), Some(&b"{\"a\": \"\r\n\"}"[..]));
        assert_eq!(file_of("text/plain", body), None);
        assert_eq!(file_of(kind, b"--xyz\r\n\r\nno end"), None);
        assert_eq!(file_of(kind, b""), None);
    }
}
