//! What we answer, and the word for why: the table of `docs/hooks.md`.
//!
//! Never a redirect, and 200 only for what is durable: to the PBX, 200 means "forget it".

use std::time::Duration;

use axum::{
    body::Body,
    http::{
        HeaderValue, Response, StatusCode,
        header::{ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
};

/// When to try again after a 503, in seconds.
const RETRY_SECONDS: u64 = 10;

/// The same for all 401s.
const UNAUTHORIZED: &str = "unauthorized\n";

/// Why a delivery was not taken. Its word is what the list of deliveries, the log and metrics say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Not a POST.
    Method,
    /// An address that we never gave out.
    UnknownEndpoint,
    /// From outside of the endpoint's networks.
    Address,
    /// No credentials, where the method has them in every request.
    NoCredentials,
    /// A Digest challenge that nobody answered.
    ChallengeNotAnswered,
    /// False credentials: a token, or a user, that is none of ours.
    WrongCredentials,
    /// The right user with a false password.
    WrongPassword,
    /// A secret that was valid until an administrator retired it.
    RetiredSecret,
    /// Credentials of another method than the endpoint's.
    OtherMethod,
    /// Digest without `qop`, which the endpoint doesn't take.
    DigestWithoutQop,
    /// Right credentials for another URL.
    OtherTarget,
    /// An `Authorization` header that can't be read.
    BadAuthorization,
    /// Past a rate.
    TooMany,
    /// Right credentials; switched off by us.
    Off,
    /// The body is over the limit.
    TooLarge,
    /// The body came too slowly.
    SlowBody,
    /// The body broke off.
    BrokenBody,
    /// The journal did not take it.
    NotKept,
    /// The server is shutting down.
    Closing,
    /// An empty body with right credentials: somebody tries the URL. Answered 200.
    Probe,
}

impl Reason {
    /// Every reason, in the order of its declaration.
    pub const ALL: [Self; 20] = [
        Self::Method,
        Self::UnknownEndpoint,
        Self::Address,
        Self::NoCredentials,
        Self::ChallengeNotAnswered,
        Self::WrongCredentials,
        Self::WrongPassword,
        Self::RetiredSecret,
        Self::OtherMethod,
        Self::DigestWithoutQop,
        Self::OtherTarget,
        Self::BadAuthorization,
        Self::TooMany,
        Self::Off,
        Self::TooLarge,
        Self::SlowBody,
        Self::BrokenBody,
        Self::NotKept,
        Self::Closing,
        Self::Probe,
    ];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::UnknownEndpoint => "unknown-endpoint",
            Self::Address => "address",
            Self::NoCredentials => "no-credentials",
            Self::ChallengeNotAnswered => "challenge-not-answered",
            Self::WrongCredentials => "wrong-credentials",
            Self::WrongPassword => "wrong-password",
            Self::RetiredSecret => "retired-secret",
            Self::OtherMethod => "other-method",
            Self::DigestWithoutQop => "digest-without-qop",
            Self::OtherTarget => "other-target",
            Self::BadAuthorization => "bad-authorization",
            Self::TooMany => "too-many",
            Self::Off => "off",
            Self::TooLarge => "too-large",
            Self::SlowBody => "slow-body",
            Self::BrokenBody => "broken-body",
            Self::NotKept => "not-kept",
            Self::Closing => "closing",
            Self::Probe => "probe",
        }
    }

    /// The answer's status.
    const fn status(self) -> StatusCode {
        match self {
            Self::Probe => StatusCode::OK,
            Self::OtherTarget | Self::BadAuthorization | Self::BrokenBody => StatusCode::BAD_REQUEST,
            Self::UnknownEndpoint
            | Self::Address
            | Self::NoCredentials
            | Self::ChallengeNotAnswered
            | Self::WrongCredentials
            | Self::WrongPassword
            | Self::RetiredSecret
            | Self::OtherMethod
            | Self::DigestWithoutQop => StatusCode::UNAUTHORIZED,
            Self::Off => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::SlowBody => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::NotKept | Self::Closing => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// Durable.
pub fn taken() -> Response<Body> {
    status(StatusCode::OK)
}

/// Not taken.
pub fn refused(reason: Reason) -> Response<Body> {
    let mut response = status(reason.status());
    match reason {
        Reason::Method => {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        }
        Reason::NotKept | Reason::Closing => {
            response.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS.into());
        }
        _ => {}
    }
    response
}

/// Not taken, as we don't know who it is.
pub fn unauthorized(challenge: Option<HeaderValue>) -> Response<Body> {
    let mut response = Response::new(Body::from(UNAUTHORIZED));
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if let Some(challenge) = challenge {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// Not taken, and no other is for so long.
pub fn too_many(wait: Duration) -> Response<Body> {
    let mut response = status(StatusCode::TOO_MANY_REQUESTS);
    response.headers_mut().insert(RETRY_AFTER, (wait.as_secs() + 1).into());
    response
}

/// The last answer of its connection, as the request's body was not read to its end. Unsaid (RFC 9112 9.6), a client posts
/// its answer to a challenge over a connection that is gone.
pub fn last(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// We don't know what to do.
pub fn failed() -> Response<Body> {
    status(StatusCode::INTERNAL_SERVER_ERROR)
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
