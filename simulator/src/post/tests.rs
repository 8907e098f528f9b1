//! The four methods against a real HTTP server on a socket. What it accepts is decided by digest_auth, another
//! implementation of RFC 7616, and by RFC 7617's own example.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, OriginalUri, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use digest_auth::{AuthContext, AuthorizationHeader, HttpMethod};

use super::*;

/// What the server saw, and how it behaves.
#[derive(Default)]
struct Seen {
    /// `Authorization` of each request, in order of arrival.
    authorizations: Vec<Option<String>>,
    /// Bodies that were accepted.
    accepted: Vec<Bytes>,
    /// The peers' ports: one a connection.
    connections: BTreeSet<u16>,
    /// Counts used, by nonce that is still good.
    nonces: BTreeMap<String, BTreeSet<u32>>,
    challenges: usize,
}

#[derive(Clone)]
struct Server {
    seen: Arc<Mutex<Seen>>,
    algorithm: &'static str,
    /// After so many uses a nonce is stale.
    uses_max: usize,
}

impl Server {
    /// Listens on a free port; the address to post to.
    async fn start(algorithm: &'static str, uses_max: usize) -> (Self, Url) {
        let server = Self { seen: Arc::default(), algorithm, uses_max };
        let app = Router::new()
            .route("/digest/{id}", post(answer_digest))
            .route("/open", post(answer_open))
            .route("/moved", post(|| async { Redirect::temporary("/open") }))
            .with_state(server.clone())
            .into_make_service_with_connect_info::<SocketAddr>();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        (server, url)
    }

    fn seen<T>(&self, look: impl Fn(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap())
    }

    fn challenge(&self, seen: &mut Seen, stale: bool) -> Response {
        seen.challenges += 1;
        let nonce = format!("nonce{}", seen.challenges);
        let text = format!(
            "Digest realm=\"Ringside\", nonce=\"{nonce}\", qop=\"auth\", algorithm={}, opaque=\"o\"{}",
            self.algorithm,
            if stale { ", stale=true" } else { "" }
        );
        seen.nonces.insert(nonce, BTreeSet::new());
        (StatusCode::UNAUTHORIZED, [("www-authenticate", text)]).into_response()
    }
}

async fn answer_open(State(server): State<Server>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut seen = server.seen.lock().unwrap();
    seen.authorizations.push(headers.get("authorization").map(|text| text.to_str().unwrap().to_owned()));
    seen.accepted.push(body);
    StatusCode::OK
}

async fn answer_digest(
    State(server): State<Server>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut seen = server.seen.lock().unwrap();
    seen.connections.insert(peer.port());
    let sent = headers.get("authorization").map(|text| text.to_str().unwrap().to_owned());
    seen.authorizations.push(sent.clone());
    let Some(given) = sent.and_then(|text| AuthorizationHeader::parse(&text).ok()) else {
        return server.challenge(&mut seen, false);
    };
    let mut right = given.clone();
    right.digest(&AuthContext::new_with_method(
        "pbx",
        "secretword",
        uri.to_string(),
        None::<&[u8]>,
        HttpMethod::POST,
    ));
    if right.response != given.response || given.uri != uri.to_string() {
        return server.challenge(&mut seen, false);
    }
    let uses_max = server.uses_max;
    let Some(uses) = seen.nonces.get_mut(&given.nonce).filter(|uses| uses.len() < uses_max) else {
        return server.challenge(&mut seen, true);
    };
    if !uses.insert(given.nc) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    seen.accepted.push(body);
    StatusCode::OK.into_response()
}

fn endpoint(url: &Url, path: &str, credentials: Credentials) -> Endpoint {
    Endpoint { url: url.join(path).unwrap(), credentials }
}

#[tokio::test]
async fn digest_is_challenged_once_and_reuses_the_nonce_with_a_growing_count() {
    for algorithm in ["MD5", "SHA-256"] {
        let (server, url) = Server::start(algorithm, 1000).await;
        let endpoint = endpoint(&url, "/digest/a?b=%20c", Credentials::digest("pbx", "secretword"));
        let poster = Poster::new().unwrap();
        for body in ["first", "second", "third"] {
            assert_eq!(poster.post(&endpoint, body.as_bytes()).await, Ok(200), "{algorithm}");
        }
        assert_eq!(server.seen(|seen| seen.challenges), 1);
        assert_eq!(server.seen(|seen| seen.accepted.clone()), ["first", "second", "third"]);
        assert_eq!(server.seen(|seen| seen.nonces["nonce1"].clone()), BTreeSet::from([1, 2, 3]));
        assert!(server.seen(|seen| seen.authorizations[0].is_none() && seen.authorizations.len() == 4));
        assert_eq!(server.seen(|seen| seen.connections.len()), 1, "the connection is kept");
    }
}

#[tokio::test]
async fn parallel_digest_requests_never_use_a_count_twice_and_survive_stale_nonces() {
    let (server, url) = Server::start("MD5", 10).await;
    let endpoint = Arc::new(endpoint(&url, "/digest/a", Credentials::digest("pbx", "secretword")));
    let poster = Poster::new().unwrap();
    for round in 0..12 {
        let posts = (0..3).map(|_| {
            let (poster, endpoint) = (poster.clone(), endpoint.clone());
            tokio::spawn(async move { poster.post(&endpoint, b"{}").await })
        });
        for post in posts.collect::<Vec<_>>() {
            assert_eq!(post.await.unwrap(), Ok(200), "round {round}");
        }
    }
    assert_eq!(server.seen(|seen| seen.accepted.len()), 36);
    assert!(server.seen(|seen| seen.challenges) >= 4, "36 requests need four nonces of ten uses");
}

#[tokio::test]
async fn a_wrong_digest_password_is_answered_401_and_not_tried_for_ever() {
    let (server, url) = Server::start("MD5", 1000).await;
    let endpoint = endpoint(&url, "/digest/a", Credentials::digest("pbx", "otherword"));
    assert_eq!(Poster::new().unwrap().post(&endpoint, b"{}").await, Ok(401));
    assert_eq!(server.seen(|seen| (seen.authorizations.len(), seen.accepted.len())), (2, 0));
}

/// Oracle: RFC 7617 section 2's example (Aladdin), RFC 6750 section 2.1's form.
#[tokio::test]
async fn none_basic_and_bearer_send_what_their_rfcs_show() {
    let (server, url) = Server::start("MD5", 1).await;
    let poster = Poster::new().unwrap();
    for credentials in [
        Credentials::None,
        Credentials::basic("Aladdin", "open sesame").unwrap(),
        Credentials::bearer("mF_9.B5f-4.1JqM").unwrap(),
    ] {
        assert_eq!(poster.post(&endpoint(&url, "/open", credentials), b"{}").await, Ok(200));
    }
    let sent = server.seen(|seen| seen.authorizations.clone());
    let sent: Vec<Option<&str>> = sent.iter().map(Option::as_deref).collect();
    assert_eq!(sent, [None, Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), Some("Bearer mF_9.B5f-4.1JqM")]);
}

#[tokio::test]
async fn redirects_are_not_followed_and_silence_is_an_error() {
    let (server, url) = Server::start("MD5", 1).await;
    let poster = Poster::new().unwrap();
    assert_eq!(poster.post(&endpoint(&url, "/moved", Credentials::None), b"{}").await, Ok(307));
    assert_eq!(server.seen(|seen| seen.accepted.len()), 0);
    // Bound, so that nobody else gets the port, but not listening.
    let silent = tokio::net::TcpSocket::new_v4().unwrap();
    silent.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let nobody = Url::parse(&format!("http://{}/", silent.local_addr().unwrap())).unwrap();
    assert_eq!(
        poster.post(&endpoint(&nobody, "/open", Credentials::None), b"{}").await,
        Err(PostError::Unreachable)
    );
}

#[test]
fn credentials_are_never_printed() {
    let digest = Credentials::digest("pbx", "secretword");
    let bearer = Credentials::bearer("secrettoken").unwrap();
    assert_eq!(format!("{digest:?} {bearer:?}"), "digest basic or bearer");
}
