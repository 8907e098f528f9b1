//! The PBX's own interfaces, on one socket as in version 22: REST below `/api`, publish/subscribe (WSI) at `/wsi`. Plain
//! HTTP, where the real one has TLS.
//!
//! Accounts, all with the same password: a tenant's user who may see everything of it, every extension by its number,
//! and `admin` without a domain, the system's administrator.

use std::{fs, io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use axum::{Router, routing::any};
use clap::{Args, ValueEnum};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    call::Stamp,
    clock,
    dialect::Dialect,
    exchange::{Pbx, Snapshot},
    rest::{self, tokens::Tokens},
    wsi,
};

/// Long enough that a client's own patience is tried.
const SLOW_FOR: Duration = Duration::from_secs(5);
/// The password where no file says another. On loopback only.
const PASSWORD: &str = "harbourvale";

/// How the REST API behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Rest {
    /// As documented.
    #[default]
    On,
    /// Every answer takes five seconds.
    Slow,
    /// Every answer says what was true when the first was given.
    Stale,
    /// Every answer is 503, as of a gateway before nothing.
    Off,
}

/// How the WSI behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Wsi {
    /// As documented.
    #[default]
    On,
    /// Every reply takes five seconds.
    Slow,
    /// After its first subscription a connection stays open and dead: no event, no answer to a ping.
    Mute,
    /// 503 instead of a WebSocket.
    Off,
}

/// The flags.
#[derive(Args)]
pub struct Interfaces {
    /// Serves the PBX's REST API (/api) and publish/subscribe interface (/wsi) here, such as 127.0.0.1:8887.
    #[arg(long, value_name = "ADDR")]
    pbx_listen: Option<SocketAddr>,
    /// Lets --pbx-listen be another address than loopback; needs --pbx-password-file.
    #[arg(long, requires = "pbx_password_file")]
    pbx_remote: bool,
    /// The user who may see the whole tenant.
    #[arg(long, value_name = "NAME", default_value = "ringside")]
    pbx_username: String,
    /// A file with the password of all accounts; by default it is "harbourvale".
    #[arg(long, value_name = "FILE")]
    pbx_password_file: Option<PathBuf>,
    /// How the REST API behaves.
    #[arg(long, value_enum, default_value_t)]
    rest: Rest,
    /// How the publish/subscribe interface behaves.
    #[arg(long, value_enum, default_value_t)]
    wsi: Wsi,
    /// REST requests a minute; by default the release's own limit.
    #[arg(long, value_name = "N")]
    rest_per_minute: Option<u32>,
    /// Lifetime of an access token in seconds.
    #[arg(long, value_name = "S", default_value_t = 1800)]
    token_seconds: u64,
    /// Signing in asks for a second factor.
    #[arg(long)]
    two_factor: bool,
}

/// Why the interfaces are not there.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Not loopback, and not asked for.
    #[error(
        "{0} is reachable from other machines, without TLS; add --pbx-remote and --pbx-password-file if that is meant"
    )]
    Remote(SocketAddr),
    /// The address can't be listened on.
    #[error("can't listen on {listen}: {why}; give another --pbx-listen")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// What the system says.
        why: io::Error,
    },
    /// The password's file can't be read.
    #[error("{path}: {why}", path = path.display())]
    Password {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
}

/// What the interfaces tell the time by.
pub type Clock = Arc<dyn Fn() -> Stamp + Send + Sync>;

/// How the interfaces behave.
#[derive(Clone)]
pub struct Options {
    /// The user who may see the whole tenant.
    pub username: String,
    /// The password of all accounts.
    pub password: String,
    /// How the REST API behaves.
    pub rest: Rest,
    /// How the WSI behaves.
    pub wsi: Wsi,
    /// How long slow answers take.
    pub slow_for: Duration,
    /// REST requests a minute; `None` is the release's own limit.
    pub per_minute: Option<u32>,
    /// How long an access token lives.
    pub token_life: Duration,
    /// Signing in asks for a second factor.
    pub two_factor: bool,
    /// What the interfaces tell the time by.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            username: "ringside".to_owned(),
            password: PASSWORD.to_owned(),
            rest: Rest::default(),
            wsi: Wsi::default(),
            slow_for: SLOW_FOR,
            per_minute: None,
            token_life: Duration::from_mins(30),
            two_factor: false,
            clock: Arc::new(clock::now),
        }
    }
}

/// Who has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// The tenant's user who may see everything of it.
    Tenant,
    /// An extension, by its number.
    Extension(String),
    /// The system's administrator.
    System,
}

/// What somebody says to sign in.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Claim {
    /// A user's name.
    pub username: Option<String>,
    /// Or an extension's number.
    pub extension_number: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// The tenant's SIP domain; none for the system's administrator.
    pub domain: Option<String>,
}

impl Options {
    /// Whose claim it is, if it is right.
    pub fn sign_in(&self, claim: &Claim, pbx: &dyn Snapshot) -> Option<Account> {
        if claim.password.as_ref() != Some(&self.password) {
            return None;
        }
        let name = claim.username.as_ref().or(claim.extension_number.as_ref())?;
        match claim.domain.as_deref() {
            None | Some("") => (name == "admin").then_some(Account::System),
            Some(domain) if domain != pbx.company().domain => None,
            Some(_) if claim.username.as_ref() == Some(&self.username) => Some(Account::Tenant),
            Some(_) => pbx.truth().extensions.contains_key(name).then(|| Account::Extension(name.clone())),
        }
    }
}

/// A socket that the interfaces will be served on.
pub struct Bound {
    listener: TcpListener,
    options: Options,
}

impl Interfaces {
    /// Takes the socket, if one is asked for; `clock` is the PBX's.
    pub async fn bind(
        &self,
        clock: impl Fn() -> Stamp + Send + Sync + 'static,
    ) -> Result<Option<Bound>, ListenError> {
        let Some(listen) = self.pbx_listen else { return Ok(None) };
        if !listen.ip().is_loopback() && !self.pbx_remote {
            return Err(ListenError::Remote(listen));
        }
        let mut options = Options {
            username: self.pbx_username.clone(),
            rest: self.rest,
            wsi: self.wsi,
            per_minute: self.rest_per_minute,
            token_life: Duration::from_secs(self.token_seconds),
            clock: Arc::new(clock),
            two_factor: self.two_factor,
            ..Options::default()
        };
        if let Some(path) = &self.pbx_password_file {
            let text = fs::read_to_string(path);
            let text = text.map_err(|why| ListenError::Password { path: path.clone(), why })?;
            text.trim_end_matches(['\r', '\n']).clone_into(&mut options.password);
        }
        Bound::bind(listen, options).await.map(Some).map_err(|why| ListenError::Listen { listen, why })
    }
}

impl Bound {
    /// Takes the socket. An error is the system's.
    pub async fn bind(listen: SocketAddr, options: Options) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(listen).await?, options })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `end`; then open WebSockets are closed.
    pub async fn serve(self, pbx: Pbx, end: CancellationToken) -> io::Result<()> {
        let tokens = Arc::new(Tokens::new(self.options.token_life));
        let dialect = pbx.look(|pbx| pbx.company().language.dialect);
        let options = Arc::new(self.options);
        let subscriptions = wsi::Publisher {
            pbx: pbx.clone(),
            options: options.clone(),
            tokens: tokens.clone(),
            end: end.clone(),
        };
        // Version 16 has a port of its own for it, and no path.
        let path = if dialect == Dialect::V16 { "/" } else { "/wsi" };
        let app = Router::new()
            .route(path, any(wsi::upgrade).with_state(subscriptions))
            .nest("/api", rest::router(pbx, options, tokens));
        axum::serve(self.listener, app).with_graceful_shutdown(end.cancelled_owned()).await
    }
}
