//! A recording: what a PBX posted, a JSON line a delivery.
//!
//! `{"at":1790000000123,"hook":"cdr","headers":[["content-type","application/json"]],"body":"{…}"}`
//! `at` is when it came, in unix ms of the recorder's clock. `hook` is missing where nothing told it. A body that is not
//! UTF-8 (a compressed one) is `body_base64`. Secrets are left out: the address, and every header that may hold one.
//! Phone numbers and names are in the bodies, so a recording is for its owner's eyes.

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::event::Hook;

/// Headers whose names contain one of these may hold a secret.
const SECRET: [&str; 9] =
    ["auth", "cookie", "token", "secret", "key", "password", "signature", "credential", "session"];

/// Headers that belong to a delivery, wherever it goes; the others are of the connection or its client.
const OF_THE_DELIVERY: [&str; 8] = [
    "content-type",
    "content-encoding",
    "webhook-id",
    "event-id",
    "message-id",
    "x-webhook-id",
    "x-event-id",
    "x-message-id",
];

/// One delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Came at, unix ms.
    pub at: u64,
    /// By which webhook, where its address told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<Hook>,
    /// Its headers in order, without secrets.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body, where it is UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// The body, where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
}

/// Why a line is no delivery.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// Not of the shape above.
    #[error("not a delivery as `pbx-sim record` writes it: {0}")]
    Shape(#[from] serde_json::Error),
    /// `body_base64` is none.
    #[error("body_base64 is not base64")]
    Base64,
}

impl Recorded {
    /// A delivery that came.
    pub fn new(at: u64, hook: Option<Hook>, headers: &HeaderMap, body: &[u8]) -> Self {
        let headers =
            headers.iter().filter(|(name, _)| !SECRET.iter().any(|part| name.as_str().contains(part)));
        let headers = headers
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let (body, body_base64) = match std::str::from_utf8(body) {
            Ok(text) => (Some(text.to_owned()), None),
            Err(_) => (None, Some(STANDARD.encode(body))),
        };
        Self { at, hook, headers, body, body_base64 }
    }

    /// Reads a line.
    pub fn read(line: &str) -> Result<(Self, Bytes), LineError> {
        let recorded: Self = serde_json::from_str(line)?;
        let body = match (&recorded.body, &recorded.body_base64) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(base64)) => STANDARD.decode(base64).map_err(|_| LineError::Base64)?,
            (None, None) => Vec::new(),
        };
        Ok((recorded, body.into()))
    }

    /// The line, with its end.
    pub fn line(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string(self)? + "\n")
    }

    /// The headers that go wherever the delivery goes. One that no header can hold is left out.
    pub fn own_headers(&self) -> HeaderMap {
        let own = self.headers.iter().filter(|(name, _)| OF_THE_DELIVERY.contains(&name.as_str()));
        own.filter_map(|(name, value)| {
            Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?))
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn a_line_read_again_is_the_same_delivery_with_the_same_bytes() {
        let gzip = [0x1f, 0x8b, 0, 255, 128];
        for body in [b"{\"a\":\"\\u00e9\xc3\xa9\"}\n \r\x00".as_slice(), b"", &gzip] {
            let came = Recorded::new(
                1_790_000_000_123,
                Some(Hook::Cdr),
                &headers(&[("x-b", "1"), ("a", "2")]),
                body,
            );
            let line = came.line().unwrap();
            assert_eq!(line.matches('\n').count(), 1, "{line}");
            let (read, bytes) = Recorded::read(&line).unwrap();
            assert_eq!((read, bytes.as_ref()), (came, body));
        }
    }

    #[test]
    fn secrets_are_not_written() {
        let came = headers(&[
            ("authorization", "Bearer marked1"),
            ("proxy-authorization", "Basic marked2"),
            ("cookie", "marked3"),
            ("x-api-key", "marked4"),
            ("x-hook-token", "marked5"),
            ("content-type", "application/json"),
        ]);
        let line = Recorded::new(0, None, &came, b"{}").line().unwrap();
        assert!(!line.contains("marked"), "{line}");
        assert!(line.contains("application/json"), "{line}");
    }

    #[test]
    fn only_what_belongs_to_the_delivery_goes_on() {
        let came =
            headers(&[("host", "a"), ("content-length", "2"), ("content-type", "b"), ("webhook-id", "c")]);
        let own = Recorded::new(0, None, &came, b"{}").own_headers();
        assert_eq!(own, headers(&[("content-type", "b"), ("webhook-id", "c")]));
    }
}
