//! What a cell is worth: what its client heard, and whether it did what its row is about.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    Cell, PASSWORD, USER_BEYOND_ASCII,
    job::{Case, Client, Heard, Method},
    tap::{Message, PREFIX},
};

/// What is wrong with the answers that a client says it heard.
pub fn answered(cell: &Cell, heard: Option<&Heard>) -> Result<(), String> {
    let heard = heard.ok_or("the client said nothing")?;
    if let Some(error) = &heard.error {
        return Err(error.clone());
    }
    let expected = vec![cell.case.status(); cell.job.posts];
    if heard.statuses == expected { Ok(()) } else { Err(format!("heard {:?}", heard.statuses)) }
}

/// What is wrong with what the tap saw: whether the client did what its row is about.
pub fn seen(cell: &Cell) -> Result<(), String> {
    if cell.case == Case::Replayed {
        return Ok(());
    }
    let requests = cell.tap.requests();
    let last = requests.last().ok_or("never asked")?;
    let says = |name: &str, value: &str| last.headers(name).any(|its| its.eq_ignore_ascii_case(value));
    let answers = cell.tap.answers();
    let statuses: Vec<u16> = answers.iter().map(Message::status).collect();
    let count = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
    let is_done = match cell.case {
        Case::Good | Case::Second if cell.method.is_digest() => statuses == [401, 200],
        Case::Good | Case::Second | Case::Bad | Case::Missing | Case::Replayed => true,
        Case::Named => encoding(cell).is_some(),
        Case::Twice => last.headers("authorization").count() == 2,
        Case::Chunked => says("transfer-encoding", "chunked"),
        Case::Gzip => says("content-encoding", "gzip"),
        Case::Expect => says("expect", "100-continue"),
        // digest-fetch doesn't read a challenge's words; its connection is free a little later.
        Case::KeepAlive if cell.client == Client::Fetch && cell.method.is_digest() => {
            cell.tap.connections() < requests.len()
        }
        Case::KeepAlive => cell.tap.connections() == 1,
        Case::Http10 => requests.iter().all(|request| request.line().ends_with(" HTTP/1.0")),
        Case::Absolute => requests.iter().all(|request| request.line().contains(" http://")),
        Case::Prefix => {
            let uri = last.field("uri");
            !cell.method.is_digest() || uri.is_some_and(|uri| uri.contains(&format!("{PREFIX}/hooks/")))
        }
        Case::Parallel => cell.tap.connections() > 1 && count(200) == 20,
        Case::Turned => cell.tap.turned() == [4, 3, 2] && statuses.len() == cell.job.posts + 1,
        // One round trip more than without the restart.
        Case::Restart => count(200) == cell.job.posts && count(401) == 2 && stale(&answers) == 1,
    };
    if is_done { Ok(()) } else { Err(format!("did it otherwise: {} answered {statuses:?}", last.line())) }
}

/// How many nonces were called stale.
fn stale(answers: &[Message]) -> usize {
    let challenges = answers.iter().filter_map(|answer| answer.header("www-authenticate"));
    challenges.filter(|challenge| challenge.contains("stale=true")).count()
}

/// How a name beyond ASCII was sent.
pub fn encoding(cell: &Cell) -> Option<&'static str> {
    let request = cell.tap.requests().pop()?;
    let sent = request.header("authorization")?;
    let utf8 = USER_BEYOND_ASCII.as_bytes().to_vec();
    let latin1: Vec<u8> = USER_BEYOND_ASCII.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let is_sent = |name: &[u8]| {
        if cell.method == Method::Basic {
            let pair = [name, b":", PASSWORD.as_bytes()].concat();
            return sent == format!("Basic {}", STANDARD.encode(pair));
        }
        let name: String = name.iter().map(|byte| char::from(*byte)).collect();
        sent.contains(&format!("username=\"{name}\""))
    };
    let forms = [("UTF-8", is_sent(&utf8)), ("latin-1", is_sent(&latin1))];
    let extended = ("RFC 8187", sent.to_lowercase().contains("username*=utf-8''j%c3%bcrgen"));
    forms.into_iter().chain([extended]).find(|(_, is)| *is).map(|(form, _)| form)
}
