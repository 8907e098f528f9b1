//! The process: its parts, in the order in which they start, and their end.

use std::{
    future::Future,
    io,
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
    time::Duration,
};

use axum::{Router, middleware};
use axum_server::Handle;
use model::id::Seq;
use rustls::ServerConfig;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use crate::{
    accept::Door,
    access::{self, Access},
    admin::{self, Administrator},
    alerts::Alerts,
    certificate::{CertificateError, Certificates},
    client::{self, Ways},
    clock::Clock,
    config::{Config, Tenant},
    feed::Hub,
    history::{self, History, HistoryError},
    ingest::{Ingest, IngestError, Setup},
    journal::{Journal, OpenError, Opened},
    live::{
        self, FOLD_VERSION, FoldError, Progress, Tenants,
        snapshot::{self, SnapshotError},
    },
    pbx::{self, Links},
    settings::Settings,
    store::{Store, StoreError},
    walls::Walls,
    web::{self, Hosts, Parts, Web, assets, below::below},
};

/// How long a connection may take to send its first request's headers.
const HEADERS_WITHIN: Duration = Duration::from_secs(5);

/// How long it may then take until the next request's headers are whole. The library counts from the last answer on, so
/// this is also how long an idle connection lives: longer than a client keeps it, or we would close it under a delivery
/// that is on its way. Slow headers gain nothing by it that silence does not.
const NEXT_HEADERS_WITHIN: Duration = Duration::from_secs(75);

/// The largest headers of a request, in bytes.
const HEADER_BYTES_MAX: usize = 32 << 10;

/// How long readers may take to hear goodbye.
const FAREWELL_WITHIN: Duration = Duration::from_secs(2);

/// How long requests that are under way may take to end when the server stops. With the readers' goodbye 9 s: one is left
/// of ten for the journal.
const DRAINED_WITHIN: Duration = Duration::from_secs(7);

/// How many files of finished calls are made at once.
const EXPORTS_MAX: usize = 4;

/// Why the server doesn't run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An address can't be listened on.
    #[error(
        "{setting} = {address} can't be listened on: {source}; end what holds the address, or choose another one"
    )]
    Listen {
        /// The configuration's key.
        setting: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A test clock is for loopback only.
    #[error(
        "RINGSIDE_TEST_CLOCK is for tests: every address must be of this machine only (127.0.0.1 or [::1])"
    )]
    TestClock,
    /// The certificate can't be served.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// TLS can't be spoken.
    #[error("TLS can't be spoken: {0}; please report it")]
    Tls(#[from] rustls::Error),
    /// The journal can't be opened.
    #[error(transparent)]
    Journal(#[from] OpenError),
    /// `ringside.db` can't be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The hooks can't be served.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The history can't be kept.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The boards can't be folded.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// A socket failed.
    #[error("a listening socket failed: {0}; restart the server")]
    Socket(io::Error),
}

/// A server that listens.
pub struct Started {
    /// Where pages, feed, API and hooks are.
    pub listen: SocketAddr,
    /// Where hooks only are, if configured.
    pub hooks_listen: Option<SocketAddr>,
    /// Who may ask.
    pub access: Access,
    /// Both speak TLS.
    pub tls: bool,
}

impl Started {
    /// How the addresses of both begin.
    pub const fn scheme(&self) -> &'static str {
        scheme(self.tls)
    }
}

/// How addresses begin, with TLS or without.
pub const fn scheme(tls: bool) -> &'static str {
    if tls { "https" } else { "http" }
}

/// The addresses that the system gave.
struct Addresses {
    listen: SocketAddr,
    hooks_listen: Option<SocketAddr>,
}

/// Runs a server until `stop`; then lets what is under way end, and closes the journal. `started` is told once it listens.
#[expect(
    clippy::too_many_lines,
    reason = "it is the list of all parts, in the order in which they need one another"
)]
pub async fn serve(
    config: Config,
    clock: Clock,
    stop: impl Future<Output = ()>,
    started: impl FnOnce(Started),
) -> Result<(), ServeError> {
    let listen = bind("listen", config.listen)?;
    let hooks_listen = config.hooks_listen.map(|address| bind("hooks_listen", address)).transpose()?;
    let operate_listen = config.operate_listen.map(|address| bind("operate_listen", address)).transpose()?;
    let addresses = addresses(&config, &listen, hooks_listen.as_ref())?;
    refuse_test_clock(clock, &addresses, config.operate_listen)?;
    let tls = speak_tls(&config)?;

    let Opened { journal, committed, created, .. } = open_journal(&config.data)?;
    let store = Store::open(&config.data)?;
    let epoch = store.epoch(created, FOLD_VERSION)?;
    let ingest = open_ingest(&config, &journal, &store, clock)?;
    let settings = Settings::open(config.tenants.clone(), store.clone(), clock)?;
    let access = open_access(&config, store.clone(), clock);
    let (history, follower) = History::start(history::Setup {
        store: access.store().clone(),
        data: &config.data,
        epoch: &epoch,
        fold: FOLD_VERSION,
        newest: *journal.newest().borrow(),
        clock,
        settings: settings.clone(),
    })?;
    let alerts = Alerts::new(store.clone(), settings.clone(), clock);
    let tenants = live::tenants(config.tenants.iter().map(|tenant| tenant.id.clone()));
    let progress = live::start(live::Parts {
        journal: journal.clone(),
        committed,
        tenants: tenants.clone(),
        ingest: ingest.clone(),
        clock,
        days: settings.calendar().clone(),
        data: config.data.clone(),
        retentions: settings.retentions().clone(),
        history: Some(follower),
    })?;

    let links = open_links(&config.tenants, &tenants, store.clone(), &journal, &ingest, clock)?;
    let administrator = Administrator::new(admin::Parts {
        settings: settings.clone(),
        tenants: tenants.clone(),
        journal: journal.clone(),
        clock,
        progress: progress.clone(),
        turn: tokio::sync::Mutex::default(),
    });
    let ways = Arc::new(Ways { proxies: config.trusted_proxies.clone(), tls: tls.is_some() });
    let ready = watch::Sender::new(false);
    let readers_stop = CancellationToken::new();
    let walls = Walls::new(store.clone(), clock);
    let told = (ingest.clone(), alerts.clone());
    let hub = Hub::new(tenants.clone(), told, clock, epoch, assets::build(), walls, readers_stop.clone());
    alerts
        .start(tenants, ingest.clone(), ready.subscribe(), readers_stop.clone())
        .map_err(FoldError::Thread)?;
    let web = Web::new(Parts {
        hub: hub.clone(),
        access: access.clone(),
        ingest: ingest.clone(),
        journal: journal.clone(),
        progress: progress.clone(),
        ready: ready.subscribe(),
        hosts: Hosts {
            listen: addresses.listen,
            external: config.external_url.clone(),
            tls: tls.is_some(),
            open: config.access_open,
        },
        ways: Arc::clone(&ways),
        external_url: config.external_url.clone(),
        tls: tls.is_some(),
        hooks_listen: addresses.hooks_listen,
        file: config.file.clone(),
        settings,
        administrator: administrator.clone(),
        links: links.clone(),
        history,
        exports: Arc::new(tokio::sync::Semaphore::new(EXPORTS_MAX)),
    });
    links.start(&ready.subscribe());
    let path = config.external_url.as_ref().map_or("", |url| url.path.as_str());
    let uncounted = [config.hosts_exempt, config.trusted_proxies].concat();
    let (mut servers, handle) = serve_all(
        Listeners { listen, hooks_listen, operate_listen },
        &web,
        &ingest,
        path,
        &Door::new(uncounted),
        tls,
    );
    let administering = tokio::spawn(administer(administrator, journal.clone(), progress, ready));
    started(Started {
        listen: addresses.listen,
        hooks_listen: addresses.hooks_listen,
        access,
        tls: ways.tls,
    });

    let failed = tokio::select! {
        () = stop => None,
        ended = servers.join_next() => ended,
    };
    tracing::info!("stopping: what is under way ends, then the journal is closed");
    administering.abort();
    links.stop();
    alerts.stop();
    readers_stop.cancel();
    _ = tokio::time::timeout(FAREWELL_WITHIN, hub.farewell()).await;
    handle.graceful_shutdown(Some(DRAINED_WITHIN));
    while servers.join_next().await.is_some() {}
    ingest.close();
    journal.close().await;
    match failed {
        Some(Ok(Err(error))) => Err(ServeError::Socket(error)),
        _ => Ok(()),
    }
}

/// Opens the journal above its base. A snapshot of another journal is none of this one.
fn open_journal(data: &Path) -> Result<Opened, ServeError> {
    let base = snapshot::head(data, snapshot::Kind::Base).or_else(SnapshotError::unless_newer);
    let base = base.map_err(FoldError::from)?.map_or(Seq(0), |head| head.seq);
    let opened = Journal::open_above(data, base)?;
    if opened.created || opened.set_aside.is_some() {
        snapshot::discard_work(data);
    }
    Ok(opened)
}

/// The door of the PBX: the file's endpoints, and those that were made on the page.
fn open_ingest(
    config: &Config,
    journal: &Journal,
    store: &Store,
    clock: Clock,
) -> Result<Ingest, ServeError> {
    Ok(Ingest::new(Setup {
        endpoints: config.tenants.iter().flat_map(|tenant| tenant.endpoints.clone()).collect(),
        generated: config.provisioned.is_some(),
        tenants: config.tenants.iter().map(|tenant| tenant.id.clone()).collect(),
        journal: journal.clone(),
        store: store.clone(),
        clock,
        hosts_exempt: config.hosts_exempt.clone(),
        prefix: config.external_url.as_ref().map_or_else(String::new, |url| url.path.clone()),
    })?)
}

/// Who may ask.
fn open_access(config: &Config, store: Store, clock: Clock) -> Access {
    Access::new(access::Setup {
        open: config.access_open,
        secure: config.tls.is_some() || config.external_url.as_ref().is_some_and(|url| url.scheme == "https"),
        store,
        clock,
        tenants: config.tenants.iter().map(|tenant| tenant.id.clone()).collect(),
        tokens: config.api_tokens.clone(),
    })
}

/// What asks the PBXs, by the file's accounts and those of the page.
fn open_links(
    configured: &[Tenant],
    tenants: &Tenants,
    store: Store,
    journal: &Journal,
    ingest: &Ingest,
    clock: Clock,
) -> Result<Links, StoreError> {
    let (live, journal, ingest) = (tenants.clone(), journal.clone(), ingest.clone());
    Links::new(pbx::Setup { tenants: configured, live, store, journal, ingest, clock })
}

/// A clock that tests set is for this machine only.
fn refuse_test_clock(
    clock: Clock,
    addresses: &Addresses,
    operate: Option<SocketAddr>,
) -> Result<(), ServeError> {
    let everywhere = [Some(addresses.listen), addresses.hooks_listen, operate];
    if clock.is_test() && !everywhere.into_iter().flatten().all(|address| address.ip().is_loopback()) {
        return Err(ServeError::TestClock);
    }
    Ok(())
}

/// The sockets that were bound.
struct Listeners {
    listen: TcpListener,
    hooks_listen: Option<TcpListener>,
    operate_listen: Option<TcpListener>,
}

/// Serves each socket, below `path`, until the handle says that it is over.
fn serve_all(
    listeners: Listeners,
    web: &Web,
    ingest: &Ingest,
    path: &str,
    door: &Door,
    tls: Option<Arc<ServerConfig>>,
) -> (JoinSet<io::Result<()>>, Handle<SocketAddr>) {
    let (mut servers, handle) = (JoinSet::new(), Handle::new());
    let Listeners { listen, hooks_listen, operate_listen } = listeners;
    let routes = below(path, web::routes(web));
    servers.spawn(run(listen, routes, Speaks::WebSocketToo, door.speaking(tls.clone()), handle.clone()));
    if let Some(hooks_listen) = hooks_listen {
        let handle = Handle::with_control(handle.control());
        let routes = ingest.hooks_only().layer(middleware::from_fn_with_state(web.ways(), client::find));
        let routes = below(path, routes);
        servers.spawn(run(hooks_listen, routes, Speaks::Http1, door.speaking(tls), handle));
    }
    if let Some(operate_listen) = operate_listen {
        let handle = Handle::with_control(handle.control());
        servers.spawn(run(operate_listen, web::operate(web), Speaks::Http1, door.clone(), handle));
    }
    (servers, handle)
}

fn bind(setting: &'static str, address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).map_err(|source| ServeError::Listen { setting, address, source })
}

/// The addresses as the system gave them: a port 0 is one that is free.
fn addresses(
    config: &Config,
    listen: &TcpListener,
    hooks_listen: Option<&TcpListener>,
) -> Result<Addresses, ServeError> {
    let address = |setting, asked, listener: &TcpListener| {
        listener.local_addr().map_err(|source| ServeError::Listen { setting, address: asked, source })
    };
    let hooks = hooks_listen.zip(config.hooks_listen);
    Ok(Addresses {
        listen: address("listen", config.listen, listen)?,
        hooks_listen: hooks.map(|(listener, asked)| address("hooks_listen", asked, listener)).transpose()?,
    })
}

/// What `listen` and `hooks_listen` speak beyond plain HTTP, where a certificate is configured. It is read again from then on.
fn speak_tls(config: &Config) -> Result<Option<Arc<ServerConfig>>, ServeError> {
    let Some(files) = config.tls.clone() else { return Ok(None) };
    let external = config.external_url.as_ref().filter(|url| url.scheme == "https");
    // Behind a proxy the certificate is for the way to it.
    let external = external.filter(|_| config.trusted_proxies.is_empty());
    let certificates = Certificates::open(files, external.map(|url| url.host.clone()))?;
    let spoken = certificates.speak()?;
    tokio::spawn(certificates.follow());
    Ok(Some(spoken))
}

/// What is spoken on a socket.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Speaks {
    /// HTTP/1.0 and 1.1, whose limits we know.
    Http1,
    /// The same, WebSocket, and what the library can't leave out beside it: HTTP/2 for who knows that beforehand.
    WebSocketToo,
}

/// Serves one socket until its handle says stop.
async fn run(
    listener: TcpListener,
    routes: Router,
    speaks: Speaks,
    door: Door,
    handle: Handle<SocketAddr>,
) -> io::Result<()> {
    let failing = door.clone();
    let mut server = axum_server::from_tcp(listener)?.acceptor(door).handle(handle);
    // With a peer, the door has refused it, and said so.
    server = server.accept_error_handler(move |peer, error| {
        if peer.is_none() {
            failing.failed(error);
        }
    });
    server = server.first_request_timeout(HEADERS_WITHIN);
    if speaks == Speaks::Http1 {
        server = server.http1_only();
    }
    let mut builder = server.http_builder().http1();
    builder.header_read_timeout(NEXT_HEADERS_WITHIN).max_buf_size(HEADER_BYTES_MAX);
    // A client that has said all may close its half, and hears the answer.
    builder.half_close(true);
    server.serve(routes.into_make_service_with_connect_info::<SocketAddr>()).await
}

/// Writes what configuration and pages say as entries: when the boards have caught up, and again on each SIGHUP. Boards that have
/// the first of it are ready.
async fn administer(
    administrator: Administrator,
    journal: Journal,
    mut progress: watch::Receiver<Progress>,
    ready: watch::Sender<bool>,
) {
    // From the first moment on: by default the signal would end the process.
    let hangup = signal(SignalKind::hangup());
    if progress.wait_for(|progress| progress.caught_up).await.is_err() {
        return;
    }
    write(&administrator).await;
    let written = *journal.newest().borrow();
    if progress.wait_for(|progress| progress.folded >= written).await.is_err() {
        return;
    }
    ready.send_replace(true);
    let mut hangup = match hangup {
        Ok(hangup) => hangup,
        Err(error) => {
            tracing::error!(%error, "SIGHUP can't be heard; a changed directory needs a restart");
            return;
        }
    };
    while hangup.recv().await.is_some() {
        tracing::info!("SIGHUP: reading the directories");
        write(&administrator).await;
    }
}

async fn write(administrator: &Administrator) {
    if let Err(error) = administrator.write_all().await {
        tracing::error!(%error, "the configuration's names are not on the boards; SIGHUP tries again");
    }
}
