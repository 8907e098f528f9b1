//! One message to one webhook: a connection of its own, bounded in time and size, and what came of it in a word.

use std::{io, net::SocketAddr, time::Duration};

use axum::{
    body::{Body, to_bytes},
    http::{
        Request, StatusCode,
        header::{CONTENT_TYPE, HOST, USER_AGENT},
    },
};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use model::time::UnixMillis;
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::{
    address::{Address, may_be_reached},
    message::signature,
};
use crate::{config::Secret, pbx::trust};

/// How long a name, and then an address, may take.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);

/// How long all of it may take.
const DONE_WITHIN: Duration = Duration::from_secs(15);

/// How many of a name's addresses are tried.
const ADDRESSES_MAX: usize = 4;

/// So much of an answer is read, and nothing of it is kept.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// What came of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver answered with this status; 2xx: it has taken it.
    Status(u16),
    /// No address for its name.
    Name,
    /// Its address may not be reached.
    Forbidden,
    /// Nobody listens there.
    Refused,
    /// No connection.
    Unreachable,
    /// A certificate that we don't trust.
    Untrusted,
    /// No answer in time.
    Slow,
    /// The connection ended, or it speaks no HTTP.
    Cut,
    /// More waited than may.
    LeftOut,
    /// The webhook is off, or gone.
    Off,
}

impl Outcome {
    /// Whether the receiver has it.
    pub const fn is_taken(&self) -> bool {
        matches!(self, Self::Status(200..=299))
    }

    /// Whether another try is of use: not where the receiver says that it is gone.
    pub const fn may_heal(&self) -> bool {
        !matches!(self, Self::Status(200..=299 | 410) | Self::LeftOut | Self::Off)
    }

    /// The word in the table.
    pub fn word(&self) -> String {
        match self {
            Self::Status(status) => status.to_string(),
            Self::Name => "name".into(),
            Self::Forbidden => "forbidden".into(),
            Self::Refused => "refused".into(),
            Self::Unreachable => "unreachable".into(),
            Self::Untrusted => "untrusted".into(),
            Self::Slow => "slow".into(),
            Self::Cut => "cut".into(),
            Self::LeftOut => "left-out".into(),
            Self::Off => "off".into(),
        }
    }
}

/// A message on its way.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Where to.
    pub address: Address,
    /// What signs it.
    pub secret: Secret,
    /// Its id, the same at every try.
    pub id: String,
    /// Its body.
    pub body: String,
}

impl Letter {
    /// Sends it once, as of `now`.
    pub async fn send(&self, now: UnixMillis) -> Outcome {
        timeout(DONE_WITHIN, self.send_slowly(now)).await.unwrap_or(Outcome::Slow)
    }

    async fn send_slowly(&self, now: UnixMillis) -> Outcome {
        match self.exchange(now).await {
            Ok(status) => Outcome::Status(status.as_u16()),
            Err(outcome) => outcome,
        }
    }

    async fn exchange(&self, now: UnixMillis) -> Result<StatusCode, Outcome> {
        let wire = connect(&self.address).await?;
        let handshake = http1::handshake::<_, Body>(TokioIo::new(wire)).await;
        let (mut sender, connection) = handshake.map_err(|_| Outcome::Cut)?;
        // It ends with the sender.
        tokio::spawn(connection);
        let response = sender.send_request(self.request(now)).await.map_err(|_| Outcome::Cut)?;
        let (head, body) = response.into_parts();
        // Only so that the receiver need not take its end for a fault.
        _ = to_bytes(Body::new(body), ANSWER_BYTES_MAX).await;
        Ok(head.status)
    }

    fn request(&self, now: UnixMillis) -> Request<Body> {
        let seconds = now.0.div_euclid(1000);
        let request = Request::post(&self.address.path)
            .header(HOST, self.address.authority())
            .header(USER_AGENT, concat!("Ringside/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &self.id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", signature(&self.secret, &self.id, seconds, &self.body));
        // All parts are checked or our own: it always is a request.
        request.body(Body::from(self.body.clone())).unwrap_or_default()
    }
}

/// A connection, sealed or not.
trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// Connects. Numbers are looked at after the name was resolved, so that no name leads where none may.
async fn connect(address: &Address) -> Result<Box<dyn Wire>, Outcome> {
    let found = timeout(CONNECTED_WITHIN, lookup_host((address.host.as_str(), address.port))).await;
    let found = found.map_err(|_| Outcome::Name)?.map_err(|_| Outcome::Name)?;
    let numbers: Vec<SocketAddr> = found.take(ADDRESSES_MAX).collect();
    let mut failed = if numbers.is_empty() { Outcome::Name } else { Outcome::Forbidden };
    for number in numbers.into_iter().filter(|number| may_be_reached(number.ip())) {
        match timeout(CONNECTED_WITHIN, TcpStream::connect(number)).await {
            Ok(Ok(stream)) if address.tls => return seal(address, stream).await,
            Ok(Ok(stream)) => return Ok(Box::new(stream)),
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => failed = Outcome::Refused,
            Ok(Err(_)) | Err(_) => failed = Outcome::Unreachable,
        }
    }
    Err(failed)
}

async fn seal(address: &Address, stream: TcpStream) -> Result<Box<dyn Wire>, Outcome> {
    let name = ServerName::try_from(address.host.clone()).map_err(|_| Outcome::Name)?;
    let trusted = trust::client(None).map_err(|_| Outcome::Untrusted)?;
    match TlsConnector::from(trusted).connect(name, stream).await {
        Ok(sealed) => Ok(Box::new(sealed)),
        Err(error) => {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
            let is_certificate = matches!(inner, Some(rustls::Error::InvalidCertificate(_)));
            Err(if is_certificate { Outcome::Untrusted } else { Outcome::Cut })
        }
    }
}
