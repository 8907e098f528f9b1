//! Who may connect: the outermost acceptor of every socket. [`connection`] is what it lets in, `handshake` the start of TLS,
//! [`wire`] a connection from which HTTP has gone.
//!
//! Invariants
//! - A connection counts from its acceptance until its socket is closed, as a WebSocket too.
//! - Loopback and the networks of `hosts_exempt` are not counted: no stranger's connections shut out the PBX or a proxy.
//! - It counts before its handshake, so that who never ends one is counted too.
//! - What is over a limit is closed at once, without a word: an answer would cost more than what is refused.
//! - Who takes nothing of what we say is let go, so that no connection can be kept for ever by not reading.
//!
//! Not here: how long headers may take (`serve`), how long a body may (`ingest`).

pub mod connection;
mod handshake;
pub mod wire;

use std::{
    collections::HashMap,
    fs,
    future::{Ready, ready},
    io,
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum_server::accept::{Accept, TcpConfigAcceptor, TcpSocketConfig};
use futures_util::future::Either;
use ipnet::IpNet;
use rustls::ServerConfig;
use tokio::{net::TcpStream, time::Instant};

pub use self::{connection::Connection, wire::Wire};
use self::{connection::Stream, handshake::Handshake};
use crate::seldom::Seldom;

/// How many connections there may be, of all sockets and addresses.
pub const CONNECTIONS_MAX: usize = 12_000;

/// How many of them from one address; of IPv6, from one /64.
pub const CONNECTIONS_OF_ONE_MAX: usize = 256;

/// How long a client may take nothing of what we have to say.
const STUCK_AFTER: Duration = Duration::from_secs(30);

/// Lets connections in, and counts them. Clones count together.
#[derive(Clone)]
pub struct Door {
    tcp: TcpConfigAcceptor,
    connections: Arc<Connections>,
    stuck_after: Duration,
    /// Where TLS is spoken.
    handshake: Option<Handshake>,
}

impl Door {
    /// In the clear. `exempt` are networks that are not counted.
    pub fn new(exempt: Vec<IpNet>) -> Self {
        let in_all = connections_max(open_files_max());
        if in_all < CONNECTIONS_MAX {
            tracing::info!(
                in_all,
                "fewer than {CONNECTIONS_MAX} connections are let in, as the system lets this process open few files; \
                 raise its limit to {} (systemd: LimitNOFILE, else ulimit -n)",
                CONNECTIONS_MAX / 3 * 4
            );
        }
        Self {
            tcp: TcpConfigAcceptor::new(TcpSocketConfig::new().nodelay(true)),
            connections: Arc::new(Connections::new(in_all, exempt)),
            stuck_after: STUCK_AFTER,
            handshake: None,
        }
    }

    /// The same with TLS, where it is configured. It counts together with this one.
    #[must_use]
    pub fn speaking(&self, tls: Option<Arc<ServerConfig>>) -> Self {
        Self { handshake: tls.map(Handshake::new), ..self.clone() }
    }

    /// Says, once a second at most, that the system gave no connection.
    pub fn failed(&self, error: &io::Error) {
        if let Some(unsaid) = self.connections.said.say("accept", Instant::now()) {
            tracing::error!(%error, unsaid, "a connection can't be accepted; raise the limit of open files");
        }
    }
}

/// How many connections the system's limit of open files has room for: a quarter of it is left to files and to what is
/// not counted. Without that the journal could not open its file anew, for strangers' sake.
fn connections_max(open_files: Option<usize>) -> usize {
    open_files.map_or(CONNECTIONS_MAX, |files| (files / 4 * 3).min(CONNECTIONS_MAX))
}

/// How many files the system lets this process open; `None` where there is no limit, or no saying.
fn open_files_max() -> Option<usize> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

type Accepted<S> = io::Result<(Connection, S)>;

impl<S: Send + 'static> Accept<TcpStream, S> for Door {
    type Stream = Connection;
    type Service = S;
    type Future = Either<Ready<Accepted<S>>, Pin<Box<dyn Future<Output = Accepted<S>> + Send>>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let stuck_after = self.stuck_after;
        let come_in = stream.peer_addr().and_then(|peer| {
            let place = self.connections.take_place(peer.ip())?;
            let (stream, service) = self.tcp.accept(stream, service).into_inner()?;
            Ok((peer, stream, service, place))
        });
        match (come_in, self.handshake.clone()) {
            (Err(error), _) => Either::Left(ready(Err(error))),
            (Ok((_, stream, service, place)), None) => {
                Either::Left(ready(Ok((Connection::new(Stream::Plain(stream), stuck_after, place), service))))
            }
            (Ok((peer, stream, service, place)), Some(handshake)) => Either::Right(Box::pin(async move {
                let stream = Stream::Tls(Box::new(handshake.shake(stream, peer.ip()).await?));
                Ok((Connection::new(stream, stuck_after, place), service))
            })),
        }
    }
}

/// The connections that are counted.
#[derive(Debug)]
struct Connections {
    in_all: usize,
    exempt: Vec<IpNet>,
    open: Mutex<Open>,
    said: Seldom,
}

#[derive(Debug, Default)]
struct Open {
    in_all: usize,
    /// No site without a connection.
    by_site: HashMap<IpAddr, usize>,
}

impl Connections {
    fn new(in_all: usize, exempt: Vec<IpNet>) -> Self {
        Self { in_all, exempt, open: Mutex::default(), said: Seldom::default() }
    }

    /// A place for one more from this address, `None` where it needs none. An error: there is none left.
    fn take_place(self: &Arc<Self>, address: IpAddr) -> io::Result<Option<Place>> {
        let address = address.to_canonical();
        if address.is_loopback() || self.exempt.iter().any(|network| network.contains(&address)) {
            return Ok(None);
        }
        let site = one_site(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let of_site = open.by_site.get(&site).copied().unwrap_or_default();
        let full = if open.in_all >= self.in_all {
            Some(("in-all", self.in_all))
        } else if of_site >= CONNECTIONS_OF_ONE_MAX {
            Some(("of-one", CONNECTIONS_OF_ONE_MAX))
        } else {
            None
        };
        if let Some((limit, most)) = full {
            drop(open);
            if let Some(unsaid) = self.said.say(limit, Instant::now()) {
                tracing::warn!(peer = %address, limit, most, unsaid, "a connection was refused: there are too many");
            }
            return Err(io::Error::from(io::ErrorKind::QuotaExceeded));
        }
        open.in_all += 1;
        open.by_site.insert(site, of_site + 1);
        drop(open);
        Ok(Some(Place { connections: Arc::clone(self), site }))
    }
}

/// Of IPv6 the /64, which one site has to itself.
pub fn one_site(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
    }
}

/// One counted connection. Dropped, it counts no more.
#[derive(Debug)]
struct Place {
    connections: Arc<Connections>,
    site: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.connections.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.in_all -= 1;
        if let Some(of_site) = open.by_site.get_mut(&self.site) {
            *of_site -= 1;
            if *of_site == 0 {
                open.by_site.remove(&self.site);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;

    fn connections(in_all: usize) -> Arc<Connections> {
        Arc::new(Connections::new(in_all, vec!["198.51.100.0/24".parse().unwrap()]))
    }

    fn from(connections: &Arc<Connections>, address: &str) -> io::Result<Option<Place>> {
        connections.take_place(address.parse().unwrap())
    }

    #[test]
    fn one_address_has_256_places_and_gets_a_new_one_when_one_is_free() {
        let connections = connections(CONNECTIONS_MAX);
        let mut taken: Vec<_> = (0..256).map(|_| from(&connections, "192.0.2.1").unwrap().unwrap()).collect();
        assert!(from(&connections, "192.0.2.1").is_err());
        assert!(from(&connections, "::ffff:192.0.2.1").is_err(), "the same address");
        assert!(from(&connections, "192.0.2.2").is_ok(), "others have places of their own");
        taken.pop();
        let again = from(&connections, "192.0.2.1").unwrap();
        assert!(again.is_some() && from(&connections, "192.0.2.1").is_err());
        drop((taken, again));
        let open = connections.open.lock().unwrap();
        assert_eq!((open.in_all, open.by_site.len()), (0, 0), "nothing is kept of who has gone");
    }

    #[test]
    fn a_site_of_ipv6_is_one_address() {
        let connections = connections(CONNECTIONS_MAX);
        let address = |host: usize| format!("2001:db8:1:2:{host:x}::1");
        let _taken: Vec<_> = (0..256).map(|host| from(&connections, &address(host)).unwrap()).collect();
        assert!(from(&connections, "2001:db8:1:2:ffff::1").is_err());
        assert!(from(&connections, "2001:db8:1:3::1").is_ok());
    }

    #[test]
    fn all_addresses_together_have_so_many_places_and_who_is_not_counted_comes_in_all_the_same() {
        let connections = connections(3);
        let _taken: Vec<_> =
            (1..4).map(|host| from(&connections, &format!("192.0.2.{host}")).unwrap()).collect();
        assert!(from(&connections, "192.0.2.4").is_err());
        for address in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "198.51.100.7"] {
            let many: Vec<_> = (0..300).map(|_| from(&connections, address)).collect();
            assert!(many.iter().all(|place| matches!(place, Ok(None))), "{address}");
        }
    }

    #[test]
    fn a_quarter_of_the_open_files_is_left_to_others() {
        assert_eq!(connections_max(Some(1024)), 768);
        assert_eq!(connections_max(Some(16_000)), CONNECTIONS_MAX);
        assert_eq!(connections_max(Some(1 << 30)), CONNECTIONS_MAX);
        assert_eq!(connections_max(None), CONNECTIONS_MAX);
        assert!(open_files_max().is_none_or(|files| files > 16), "the line is found");
    }

    /// A tenth of the real time; the second client reads after a while, and is heard out.
    #[tokio::test]
    async fn a_client_that_takes_nothing_for_30_s_is_let_go_and_one_that_takes_some_is_not() {
        let door = Door { stuck_after: STUCK_AFTER / 10, ..Door::new(vec![]) };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let connected = async || {
            let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            (client, door.accept(stream, ()).await.unwrap().0)
        };
        let much = vec![0; 16 << 20];
        let (_deaf, mut connection) = connected().await;
        let error = connection.write_all(&much).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let (mut slow, mut connection) = connected().await;
        let heard = tokio::spawn(async move {
            tokio::time::sleep(STUCK_AFTER / 100).await;
            let mut all = Vec::new();
            slow.read_to_end(&mut all).await.map(|_| all.len())
        });
        connection.write_all(&much).await.unwrap();
        drop(connection);
        assert_eq!(heard.await.unwrap().unwrap(), much.len());
    }
}
