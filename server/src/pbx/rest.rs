//! The PBX's REST API as a client sees it: one connection, a sign-in that is renewed by itself, answers of a bounded size in
//! a bounded time.
//!
//! Source: PortSIP knowledge base, "REST APIs", pages "Authentication" and "Version 22.0"; version 16's sign-in is by its
//! release notes. Redirects are not followed: a password goes where somebody wrote it, and nowhere else.

use std::time::{Duration, Instant};

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{
        HeaderMap, Method, Request, StatusCode,
        header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HOST, RETRY_AFTER, USER_AGENT},
    },
};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use jiff::fmt::rfc2822::DateTimeParser;
use model::time::Skew;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{account::Account, connect::connect, error::PbxError};
use crate::{clock::Clock, config::Secret};

/// How long an answer may take.
const ANSWERED_WITHIN: Duration = Duration::from_secs(15);

/// The largest answer: a page has a hundred rows.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// The longest token.
const TOKEN_CHARS_MAX: usize = 16 << 10;

/// How long a token lives where nothing is said, and what is believed of what is said, in seconds.
const TOKEN_S: u64 = 1800;
const TOKEN_S_MIN: u64 = 2;
const TOKEN_S_MAX: u64 = 86_400;

/// So many questions go out one right after the other; the others keep a distance, so that no PBX's limit is reached: the
/// lowest is 1,000 a minute.
const QUESTIONS_AT_ONCE: u32 = 200;
const DISTANCE: Duration = Duration::from_millis(60);

/// How long to wait where a PBX that is busy does not say it, and at most.
const BUSY_FOR: Duration = Duration::from_mins(1);
const BUSY_FOR_MAX: Duration = Duration::from_mins(10);

/// What is less is no difference of clocks: an answer bears whole seconds.
const NOTABLE_MS: i64 = 2000;

/// Ways to sign in, the newest release's first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Since 22.2.
    Auth,
    /// Since 22.0.
    Login,
    /// Version 16.
    Tokens,
}

impl Way {
    const ALL: [Self; 3] = [Self::Auth, Self::Login, Self::Tokens];

    const fn sign_in(self) -> &'static str {
        match self {
            Self::Auth => "/api/auth/sign_in",
            Self::Login => "/api/login",
            Self::Tokens => "/api/tokens",
        }
    }

    const fn refresh(self) -> Option<&'static str> {
        match self {
            Self::Auth => Some("/api/auth/refresh_token"),
            Self::Login => None,
            Self::Tokens => Some("/api/tokens/refresh"),
        }
    }
}

/// A client that is signed in.
pub struct Rest {
    account: Account,
    clock: Clock,
    connection: Option<SendRequest<Body>>,
    way: Way,
    token: Token,
    skew: Option<Skew>,
    questions: u32,
}

struct Token {
    access: Secret,
    refresh: Option<Secret>,
    /// When it wants to be renewed.
    renew: Instant,
}

/// An answer, whole.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Rest {
    /// Connects and signs in.
    pub async fn sign_in(account: &Account, clock: Clock) -> Result<Self, PbxError> {
        let token = Token { access: Secret::new(""), refresh: None, renew: Instant::now() };
        let mut rest = Self {
            account: account.clone(),
            clock,
            connection: None,
            way: Way::Auth,
            token,
            skew: None,
            questions: 0,
        };
        for way in Way::ALL {
            rest.way = way;
            match rest.renew().await {
                Err(PbxError::Missing(_)) if way != Way::Tokens => {}
                done => return done.map(|()| rest),
            }
        }
        Err(PbxError::NotData)
    }

    /// The release's way to sign in.
    pub const fn way(&self) -> Way {
        self.way
    }

    /// Our clock minus the PBX's, by the date of its last answer.
    pub const fn skew(&self) -> Option<Skew> {
        self.skew
    }

    /// Begins a round of questions.
    pub const fn begin(&mut self) {
        self.questions = 0;
    }

    /// Asks. `what` is what the answer is about, in words.
    pub async fn get(&mut self, path: &str, what: &'static str) -> Result<Value, PbxError> {
        self.questions += 1;
        if self.questions > QUESTIONS_AT_ONCE {
            tokio::time::sleep(DISTANCE).await;
        }
        if self.token.renew <= Instant::now() {
            self.refresh().await?;
        }
        let mut answer = self.exchange(&Method::GET, path, None, what).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            self.renew().await?;
            answer = self.exchange(&Method::GET, path, None, what).await?;
        }
        answer.value(what)
    }

    /// Another token for the one that will soon end.
    async fn refresh(&mut self) -> Result<(), PbxError> {
        if let (Some(path), Some(refresh)) = (self.way.refresh(), self.token.refresh.take()) {
            let body = json!({"refresh_token": refresh.reveal()}).to_string();
            let answer = self.exchange(&Method::POST, path, Some(body), "sign-in").await?;
            if answer.status.is_success()
                && let Some(token) = answer.value("sign-in").ok().as_ref().and_then(Token::read)
            {
                self.token = token;
                return Ok(());
            }
        }
        self.renew().await
    }

    /// Signs in anew.
    async fn renew(&mut self) -> Result<(), PbxError> {
        let (user, domain) = self.account.user_and_domain();
        let claim = json!({"username": user, "password": self.account.password.reveal(), "domain": domain});
        self.token.access = Secret::new("");
        let answer =
            self.exchange(&Method::POST, self.way.sign_in(), Some(claim.to_string()), "sign-in").await?;
        if matches!(answer.status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
        {
            return Err(PbxError::Credentials);
        }
        let value = answer.value("sign-in")?;
        if value["two_factor_enabled"].as_bool() == Some(true) {
            return Err(PbxError::TwoFactor);
        }
        self.token = Token::read(&value).ok_or(PbxError::NotData)?;
        Ok(())
    }

    async fn exchange(
        &mut self,
        method: &Method,
        path: &str,
        body: Option<String>,
        what: &'static str,
    ) -> Result<Answer, PbxError> {
        let answered = timeout(ANSWERED_WITHIN, self.exchange_slowly(method, path, body, what)).await;
        answered.unwrap_or(Err(PbxError::Slow))
    }

    async fn exchange_slowly(
        &mut self,
        method: &Method,
        path: &str,
        body: Option<String>,
        what: &'static str,
    ) -> Result<Answer, PbxError> {
        // A connection that was kept may have been closed meanwhile; a question changes nothing, so it is asked again.
        if let Some(mut kept) = self.connection.take().filter(|kept| !kept.is_closed())
            && let Ok(()) = kept.ready().await
            && let Ok(response) = kept.send_request(self.request(method, path, body.clone())).await
        {
            return self.read(kept, response, what).await;
        }
        let wire = connect(&self.account, self.account.place.port).await?;
        let handshake = http1::handshake::<_, Body>(TokioIo::new(wire)).await;
        let (mut sender, connection) = handshake.map_err(|_| PbxError::Cut)?;
        tokio::spawn(connection);
        let sent = sender.send_request(self.request(method, path, body)).await;
        // What is no HTTP at all is another service's.
        let response =
            sent.map_err(|error| if error.is_parse() { PbxError::NotData } else { PbxError::Cut })?;
        self.read(sender, response, what).await
    }

    fn request(&self, method: &Method, path: &str, body: Option<String>) -> Request<Body> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.account.place.authority(self.account.place.port))
            .header(USER_AGENT, concat!("Ringside/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, "application/json");
        if !self.token.access.reveal().is_empty() {
            request = request.header(AUTHORIZATION, format!("Bearer {}", self.token.access.reveal()));
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        // All parts are checked or our own: it always is a request.
        request.body(body.map_or_else(Body::empty, Body::from)).unwrap_or_default()
    }

    async fn read(
        &mut self,
        connection: SendRequest<Body>,
        response: axum::http::Response<hyper::body::Incoming>,
        what: &'static str,
    ) -> Result<Answer, PbxError> {
        let (parts, body) = response.into_parts();
        let body = to_bytes(Body::new(body), ANSWER_BYTES_MAX).await;
        let body = body.map_err(|error| {
            let is_large = std::error::Error::source(&error)
                .is_some_and(|source| source.to_string().contains("length limit exceeded"));
            if is_large { PbxError::TooLarge(what) } else { PbxError::Cut }
        })?;
        self.connection = Some(connection);
        let answer = Answer { status: parts.status, headers: parts.headers, body };
        self.skew = answer.skew(self.clock).or(self.skew);
        match answer.status {
            status if status.is_redirection() => Err(PbxError::Redirect),
            StatusCode::TOO_MANY_REQUESTS => Err(PbxError::Busy(answer.busy_for())),
            status if status.is_server_error() => Err(PbxError::Failing(status.as_u16())),
            _ => Ok(answer),
        }
    }
}

impl Answer {
    fn value(&self, what: &'static str) -> Result<Value, PbxError> {
        match self.status {
            StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => Err(PbxError::Forbidden(what)),
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Err(PbxError::Missing(what)),
            status if status.is_success() => {
                serde_json::from_slice(&self.body).map_err(|_| PbxError::NotData)
            }
            status => Err(PbxError::Failing(status.as_u16())),
        }
    }

    /// Our clock minus the PBX's. A test's clock runs with the simulator's, whatever the machine's says.
    fn skew(&self, clock: Clock) -> Option<Skew> {
        if clock.is_test() {
            return Some(Skew(0));
        }
        let date = self.headers.get(DATE)?.to_str().ok()?;
        let date = DateTimeParser::new().parse_timestamp(date).ok()?;
        let ahead = (clock.now().0 - date.as_millisecond()) / 1000 * 1000;
        Some(Skew(if ahead.abs() < NOTABLE_MS { 0 } else { ahead }))
    }

    fn busy_for(&self) -> Duration {
        let said = self.headers.get(RETRY_AFTER).and_then(|text| text.to_str().ok()?.parse().ok());
        said.map_or(BUSY_FOR, Duration::from_secs).min(BUSY_FOR_MAX)
    }
}

impl Token {
    fn read(value: &Value) -> Option<Self> {
        let sendable = |text: &&str| {
            !text.is_empty()
                && text.len() <= TOKEN_CHARS_MAX
                && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let text = |name: &str| value[name].as_str().filter(sendable);
        let access = text("access_token").or_else(|| text("token"))?;
        let life = value["expires_in"].as_u64().unwrap_or(TOKEN_S).clamp(TOKEN_S_MIN, TOKEN_S_MAX);
        // Renewed in good time.
        let renew = Instant::now() + Duration::from_secs(life) * 4 / 5;
        Some(Self { access: Secret::new(access), refresh: text("refresh_token").map(Secret::new), renew })
    }
}
