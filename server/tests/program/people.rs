//! Browsers and people: cookies, forms, sign-in, and what an administrator does, by the library, on the same data folder.

use std::sync::Once;

use model::id::TenantId;
use reqwest::{Client, Method, Response, header, redirect::Policy};
use server::{
    access::{Access, By, Role, Setup, Who},
    clock::Clock,
    store::Store,
};

use super::{Folder, Server};

/// Everybody's.
pub const PASSWORD: &str = "seven grey horses";

/// A browser with at most one cookie of each kind, which follows nothing by itself.
#[derive(Clone)]
pub struct Browser {
    client: Client,
    /// The server, as `http://127.0.0.1:8080`.
    pub site: String,
    /// What it shows: cookies, or a token.
    pub shows: Option<(header::HeaderName, String)>,
}

impl Browser {
    /// One that nobody signed in with.
    pub fn new(server: &Server) -> Self {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| _ = rustls::crypto::ring::default_provider().install_default());
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { client, site: format!("http://{}", server.address), shows: None }
    }

    /// One that sends a token.
    pub fn with_token(server: &Server, token: &str) -> Self {
        let shows = Some((header::AUTHORIZATION, format!("Bearer {token}")));
        Self { shows, ..Self::new(server) }
    }

    /// One that shows a cookie.
    pub fn with_cookie(server: &Server, cookie: &str) -> Self {
        Self { shows: Some((header::COOKIE, cookie.to_owned())), ..Self::new(server) }
    }

    /// The cookie that it shows.
    pub fn cookie(&self) -> &str {
        &self.shows.as_ref().unwrap().1
    }

    /// Any request. A form is posted as browsers do, with the page's origin.
    pub async fn ask(&self, method: Method, path: &str, form: Option<&[(&str, &str)]>) -> Response {
        let mut request = self.client.request(method, format!("{}{path}", self.site));
        if let Some((name, value)) = &self.shows {
            request = request.header(name, value);
        }
        if let Some(form) = form {
            request = request
                .header(header::ORIGIN, &self.site)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(encoded(form));
        }
        request.send().await.unwrap()
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Response {
        self.ask(Method::GET, path, None).await
    }

    /// The status of a GET.
    pub async fn status(&self, path: &str) -> u16 {
        self.get(path).await.status().as_u16()
    }

    /// POST of a form with a file in it, as browsers write it (RFC 7578).
    pub async fn send_file(&self, path: &str, file: &str) -> Response {
        let head = "Content-Disposition: form-data; name=\"file\"; filename=\"a.json\"";
        let body =
            format!("--edge7f\r\n{head}\r\nContent-Type: application/json\r\n\r\n{file}\r\n--edge7f--\r\n");
        let mut request = self.client.post(format!("{}{path}", self.site));
        if let Some((name, value)) = &self.shows {
            request = request.header(name, value);
        }
        request = request.header(header::ORIGIN, &self.site);
        request = request.header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge7f");
        request.body(body).send().await.unwrap()
    }

    /// POST of a form. A cookie that is given is kept.
    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Response {
        let answer = self.ask(Method::POST, path, Some(form)).await;
        if let Some(given) = answer.headers().get(header::SET_COOKIE) {
            let pair = given.to_str().unwrap().split(';').next().unwrap();
            self.shows = (!pair.ends_with('=')).then(|| (header::COOKIE, pair.to_owned()));
        }
        answer
    }

    /// Signs in.
    pub async fn sign_in(&mut self, name: &str, password: &str) -> u16 {
        self.post("/sign-in", &[("name", name), ("password", password)]).await.status().as_u16()
    }

    /// Uses a link up.
    pub async fn use_link(&mut self, path: &str, name: &str) -> u16 {
        let form = [("name", name), ("password", PASSWORD), ("again", PASSWORD)];
        self.post(path, &form).await.status().as_u16()
    }
}

/// Where an answer leads.
pub fn location(answer: &Response) -> &str {
    answer.headers().get(header::LOCATION).map_or("", |location| location.to_str().unwrap())
}

fn encoded(form: &[(&str, &str)]) -> String {
    let escape = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
                other => format!("%{other:02X}"),
            })
            .collect()
    };
    let pairs = form.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// What an administrator does, on the data folder of a running server.
pub fn administrator(folder: &Folder) -> Access {
    Access::new(Setup {
        open: false,
        secure: false,
        store: Store::open(&folder.data).unwrap(),
        clock: Clock::system(),
        tenants: vec!["acme".into(), "other".into()],
        tokens: Vec::new(),
    })
}

/// The path of a new set-up link.
pub fn set_up_path(folder: &Folder, tenant: &str) -> String {
    path_in(&folder.say(&["setup-link", "--tenant", tenant], &[]))
}

/// The same, made at that moment.
pub fn set_up_path_at(folder: &Folder, at: i64) -> String {
    path_in(&folder.say(&["setup-link"], &[("RINGSIDE_TEST_CLOCK", &format!("{at}@1"))]))
}

fn path_in(said: &str) -> String {
    said.trim().split_once("/set-up/").map(|(_, secret)| format!("/set-up/{secret}")).unwrap()
}

/// A browser in which somebody has just used an invitation up.
pub async fn invited(folder: &Folder, server: &Server, tenant: &str, name: &str, role: Role) -> Browser {
    let tenant = TenantId::from(tenant);
    let by = By { tenant: &tenant, who: &Who::Console };
    let link = administrator(folder).invite(by, name, role, &[]).unwrap();
    let mut browser = Browser::new(server);
    assert_eq!(browser.use_link(&format!("/invite/{}", link.reveal()), "").await, 303);
    browser
}
