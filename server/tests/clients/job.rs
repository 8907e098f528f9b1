//! The matrix's rows and columns, what cannot be done, and a cell's work as its client is told it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Who posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    Curl,
    Wget,
    Requests,
    Httpx,
    Aiohttp,
    Fetch,
    Reqwest,
}

impl Client {
    /// In the table's order.
    pub const ALL: [Self; 7] =
        [Self::Curl, Self::Wget, Self::Requests, Self::Httpx, Self::Aiohttp, Self::Fetch, Self::Reqwest];

    /// The column's title.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Wget => "wget",
            Self::Requests => "requests",
            Self::Httpx => "httpx",
            Self::Aiohttp => "aiohttp",
            Self::Fetch => "fetch",
            Self::Reqwest => "reqwest",
        }
    }

    /// Which of its Digests meets a restart: the one with the nonce of the post before, or, where it forgets that, the
    /// first.
    pub const fn digest_over_restart(self) -> usize {
        if matches!(self, Self::Curl) { 1 } else { 2 }
    }
}

/// An endpoint's method; Digest by its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    None,
    Basic,
    Md5,
    Sha256,
    Bearer,
}

impl Method {
    /// A row's second word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "basic",
            Self::Md5 => "digest",
            Self::Sha256 => "sha-256",
            Self::Bearer => "bearer",
        }
    }

    pub const fn is_digest(self) -> bool {
        matches!(self, Self::Md5 | Self::Sha256)
    }
}

/// What is posted, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// Right credentials.
    Good,
    /// The ones being replaced.
    Second,
    /// A user name beyond ASCII, as the client sends it.
    Named,
    Bad,
    Missing,
    /// Two Authorization headers.
    Twice,
    Chunked,
    Gzip,
    /// `Expect: 100-continue`.
    Expect,
    /// Two posts over one connection.
    KeepAlive,
    Http10,
    /// The target as one asks a proxy for it.
    Absolute,
    /// Behind a proxy that takes off a prefix.
    Prefix,
    /// Twenty: one, and nineteen at once.
    Parallel,
    /// `nc` 4, 3, 2.
    Turned,
    /// With a nonce that the server gave out before it was started anew.
    Restart,
    /// The bytes of the good post again, with another body.
    Replayed,
}

use {Case as C, Method as M};

impl Case {
    /// The rows: each case with the methods where it makes sense.
    pub const ROWS: [(Self, &'static [Method]); 17] = [
        (C::Good, &[M::None, M::Basic, M::Md5, M::Sha256, M::Bearer]),
        (C::Second, &[M::Basic, M::Md5, M::Sha256, M::Bearer]),
        (C::Named, &[M::Basic, M::Md5, M::Sha256]),
        (C::Bad, &[M::Basic, M::Md5, M::Sha256, M::Bearer]),
        (C::Missing, &[M::Basic, M::Md5, M::Sha256, M::Bearer]),
        (C::Twice, &[M::Basic, M::Md5, M::Bearer]),
        (C::Chunked, &[M::None, M::Basic, M::Md5, M::Bearer]),
        (C::Gzip, &[M::None, M::Basic, M::Md5, M::Bearer]),
        (C::Expect, &[M::None, M::Basic, M::Md5, M::Bearer]),
        (C::KeepAlive, &[M::None, M::Basic, M::Md5, M::Bearer]),
        (C::Http10, &[M::None, M::Basic, M::Md5, M::Bearer]),
        (C::Absolute, &[M::None, M::Basic, M::Md5, M::Bearer]),
        (C::Prefix, &[M::None, M::Basic, M::Md5, M::Sha256, M::Bearer]),
        (C::Parallel, &[M::None, M::Basic, M::Md5, M::Sha256, M::Bearer]),
        (C::Turned, &[M::Md5, M::Sha256]),
        (C::Replayed, &[M::Md5, M::Sha256]),
        // The last: each client waits in it for the others.
        (C::Restart, &[M::Md5]),
    ];

    /// A row's first words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Second => "second credential",
            Self::Named => "name beyond ASCII",
            Self::Bad => "bad",
            Self::Missing => "missing",
            Self::Twice => "twice",
            Self::Chunked => "chunked body",
            Self::Gzip => "gzip body",
            Self::Expect => "100-continue",
            Self::KeepAlive => "keep-alive",
            Self::Http10 => "HTTP/1.0",
            Self::Absolute => "absolute-form target",
            Self::Prefix => "proxy's path prefix",
            Self::Parallel => "20 in parallel",
            Self::Turned => "nc out of order",
            Self::Replayed => "replayed",
            Self::Restart => "nonce before a restart",
        }
    }

    /// What each post is answered in the end: `docs/hooks.md`.
    pub const fn status(self) -> u16 {
        match self {
            Self::Bad | Self::Missing | Self::Replayed => 401,
            Self::Twice => 400,
            _ => 200,
        }
    }

    /// How many posts.
    pub fn posts(self, client: Client) -> usize {
        match self {
            Self::KeepAlive => 2,
            Self::Parallel => 20,
            Self::Turned => 1 + super::tap::TURNED,
            Self::Restart => client.digest_over_restart(),
            _ => 1,
        }
    }
}

/// What a client can't do, for a method or all, and why. Read in its sources or manual, or seen; no cell is empty because
/// something failed.
const CANNOT: &[(Client, Case, &[Method], &str)] = &[
    (Client::Curl, C::Turned, &[], "asks for a nonce for each post"),
    (Client::Wget, C::Twice, &[], "a second header of a name replaces the first"),
    (Client::Wget, C::Chunked, &[], "says a body's length always"),
    (Client::Wget, C::Http10, &[], "speaks HTTP/1.1 only"),
    (Client::Wget, C::Parallel, &[], "posts one after the other"),
    (Client::Wget, C::Turned, &[], "posts one after the other"),
    (Client::Wget, C::Restart, &[], "asks for a nonce for each post, and gives up at a second 401"),
    (Client::Requests, C::Twice, &[], "its headers have each name once"),
    (Client::Requests, C::Http10, &[], "speaks HTTP/1.1 only"),
    (Client::Requests, C::Turned, &[], "each thread has a nonce of its own"),
    (Client::Httpx, C::Named, &[M::Md5, M::Sha256], "its Digest is ASCII only"),
    (Client::Httpx, C::Http10, &[], "speaks HTTP/1.1 only"),
    (Client::Aiohttp, C::Expect, &[M::Md5], "its Digest can't ask again for a body that was not sent"),
    (Client::Fetch, C::Twice, &[], "joins headers of one name"),
    (Client::Fetch, C::Expect, &[], "forbids the header"),
    (Client::Fetch, C::Http10, &[], "speaks HTTP/1.1 only"),
    (Client::Fetch, C::Absolute, &[], "asks a proxy for a tunnel"),
    (Client::Fetch, C::Turned, &[], "digest-fetch gives parallel posts the same nc, and asks again"),
];

/// Why a client can't do a case.
pub fn cannot(client: Client, case: Case, method: Method) -> Option<&'static str> {
    if client == Client::Wget && method == Method::Sha256 {
        return Some("knows MD5 only");
    }
    let is_it = |(its, one, methods, _): &&(Client, Case, &[Method], &str)| {
        *its == client && *one == case && (methods.is_empty() || methods.contains(&method))
    };
    CANNOT.iter().find(is_it).map(|(.., why)| *why)
}

/// A cell's work. The scripts read it as JSON.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a wish of its own")]
pub struct Job {
    pub row: usize,
    pub url: String,
    /// `none`, `basic`, `digest` or `bearer` (the token is in `password`).
    pub method: &'static str,
    /// As RFC 7616 writes it, for clients that must be told.
    pub algorithm: &'static str,
    pub user: &'static str,
    pub password: &'static str,
    pub headers: Vec<(&'static str, String)>,
    /// A file.
    pub body: PathBuf,
    pub posts: usize,
    /// All posts but the first at once.
    pub parallel: bool,
    pub chunked: bool,
    pub expect: bool,
    pub http10: bool,
    pub proxy: Option<String>,
}

/// What a client heard.
#[derive(Clone, Debug, Deserialize)]
pub struct Heard {
    pub row: usize,
    /// Each post's last status.
    #[serde(default)]
    pub statuses: Vec<u16>,
    pub error: Option<String>,
}
