//! A request that becomes a WebSocket (RFC 6455 4.2), and the connection that is under it from then on.
//!
//! axum's own gives a socket that writes each frame for each reader; the feed writes one frame's bytes to all (`feed::line`).

use axum::{
    body::{Body, Bytes},
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use hyper::upgrade::OnUpgrade;
use hyper_util::{rt::TokioIo, server::conn::auto::upgrade::downcast};
use tungstenite::handshake::derive_accept_key;

use super::Problem;
use crate::accept::Connection;

/// A request whose connection can become a WebSocket.
pub struct Upgrade {
    /// What proves to the client that its key was read.
    accept: String,
    /// The subprotocols that the client offers.
    offered: Vec<String>,
    upgrading: OnUpgrade,
}

impl<S: Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let asks = parts.method == Method::GET
            && words(&parts.headers, &header::CONNECTION).any(|word| word.eq_ignore_ascii_case("upgrade"))
            && words(&parts.headers, &header::UPGRADE).any(|word| word.eq_ignore_ascii_case("websocket"))
            && words(&parts.headers, &header::SEC_WEBSOCKET_VERSION).eq(["13"]);
        let key = parts.headers.get(header::SEC_WEBSOCKET_KEY);
        let (true, Some(key), Some(upgrading)) = (asks, key, parts.extensions.get::<OnUpgrade>()) else {
            return Err(no_websocket());
        };
        Ok(Self {
            accept: derive_accept_key(key.as_bytes()),
            offered: words(&parts.headers, &header::SEC_WEBSOCKET_PROTOCOL).map(str::to_owned).collect(),
            upgrading: upgrading.clone(),
        })
    }
}

impl Upgrade {
    /// The answer, after which `serve` has the connection, and what the client has said on it already. Of the subprotocols
    /// that the client offers, `protocol` is taken.
    pub fn into_response<F>(
        self,
        protocol: &'static str,
        serve: impl FnOnce(Connection, Bytes) -> F + Send + 'static,
    ) -> Response
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let upgrading = self.upgrading;
        tokio::spawn(async move {
            // An error: the client went before it was answered.
            let Ok(upgraded) = upgrading.await else { return };
            if let Ok(parts) = downcast::<TokioIo<Connection>>(upgraded) {
                serve(parts.io.into_inner(), parts.read_buf).await;
            } else {
                tracing::error!("a WebSocket is not on a connection of ours; please report it");
            }
        });
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        // Base64: it can't fail.
        if let Ok(accept) = HeaderValue::from_str(&self.accept) {
            headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        }
        if self.offered.iter().any(|offered| offered == protocol) {
            headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(protocol));
        }
        response
    }
}

/// RFC 9110 15.5.22, RFC 6455 4.4.
fn no_websocket() -> Response {
    let detail = "here is a WebSocket, version 13, by GET over HTTP/1.1; docs/feed.md has its frames";
    let mut response = Problem::new(StatusCode::UPGRADE_REQUIRED, detail).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    response
}

/// The members of a header that is a list.
fn words<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}
