//! The settings' pages about people, tokens, walls and the audit log, as browsers use them: what is changed and noted, by
//! whom it is allowed and by nobody else, and whatever was typed.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

#[path = "../program/mod.rs"]
mod program;

mod boards;
mod log;
mod people;
mod tokens;
mod walls;

use reqwest::{Response, StatusCode};
use server::access::{Role, audit};

use program::{
    Folder, Server,
    people::{Browser, administrator, invited, location, set_up_path},
};

const MARKUP: &str = "<img src=x onerror=alert(1)>\"><script>alert(2)</script>";

/// Right-to-left override, and a mark that is not seen.
const BIDI: &str = "an\u{202e}na\u{200f}";

/// A server and its administrator.
struct Site {
    folder: Folder,
    server: Server,
    anna: Browser,
}

impl Site {
    async fn new() -> Self {
        Self::with("").await
    }

    async fn with(configuration: &str) -> Self {
        let folder = Folder::with_sign_in(configuration, "");
        let server = folder.start_ready();
        let mut anna = Browser::new(&server);
        assert_eq!(anna.use_link(&set_up_path(&folder, "acme"), "anna").await, 303);
        Self { folder, server, anna }
    }

    async fn person(&self, name: &str, role: Role) -> (i64, Browser) {
        let browser = invited(&self.folder, &self.server, "acme", name, role).await;
        (self.id(name), browser)
    }

    fn id(&self, name: &str) -> i64 {
        let people = administrator(&self.folder).people(&"acme".into()).unwrap();
        people.into_iter().find(|person| person.name == name).unwrap().id
    }

    /// Sends a form as the administrator.
    async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.anna.post(path, fields).await
    }

    async fn page(&self, path: &str) -> String {
        let answer = self.anna.get(path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap()
    }

    /// The audit log's newest line.
    fn noted(&self) -> (String, String, String) {
        let lines = audit::list(administrator(&self.folder).store(), &"acme".into(), None, 1).unwrap();
        let line = lines.into_iter().next().unwrap();
        (line.who, line.act, line.about)
    }
}

/// The text of an element by its id.
fn element(html: &str, id: &str) -> Option<String> {
    let (_, rest) = html.split_once(&format!("id=\"{id}\""))?;
    Some(rest.split_once('>')?.1.split_once('<')?.0.to_owned())
}

fn changed(answer: &Response, path: &str) {
    assert_eq!((answer.status().as_u16(), location(answer)), (303, path));
}

fn is_text(html: &str) {
    assert!(!html.contains("<img") && !html.contains("<script>alert"), "{html}");
}

/// Refused with a sentence on the page, not with an error that only programs read.
async fn refused(answer: Response, status: u16, sentence: &str) {
    assert_eq!(answer.status().as_u16(), status);
    let html = answer.text().await.unwrap();
    assert!(html.starts_with("<!DOCTYPE html>") && html.contains(sentence), "{html}");
    is_text(&html);
}
