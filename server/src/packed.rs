//! Bodies that travel packed (gzip, RFC 9110 §8.4.1.3) to clients that take it.

use std::io::Write as _;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use flate2::{Compression, write::GzEncoder};

/// Whether the client says that it takes gzip, as browsers do.
pub fn is_taken(asked: &HeaderMap) -> bool {
    let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.split(',').any(|one| one.trim() == "gzip"))
}

/// Packs at the fastest level.
pub fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to a Vec never fails.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
}

/// Gives an answer this body, which is packed.
pub fn with(response: &mut Response, body: impl Into<Body>) {
    *response.body_mut() = body.into();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
}
