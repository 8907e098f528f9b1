//! One POST, as the PBX makes it: the event's JSON, and proof of who sends it by one of the four methods.
//!
//! Digest is the real thing (RFC 7616): the first request goes without credentials, the challenge is answered, and its
//! nonce is reused with a growing count by all later requests, parallel ones too, until the receiver calls it stale.

use std::{fmt, time::Duration};

use axum::body::Bytes;
use http_auth::{DigestClient, PasswordParams};
use reqwest::{
    Client, StatusCode, Url,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, WWW_AUTHENTICATE},
    redirect,
};
use tokio::sync::Mutex;

/// Past this the request counts as failed.
const ANSWER_WAIT: Duration = Duration::from_secs(10);
/// How often one request is repeated for a challenge: the first, and one for a nonce that went stale meanwhile.
const CHALLENGES_MAX: usize = 2;

/// How the sender proves itself to an endpoint.
pub enum Credentials {
    /// "Disable".
    None,
    /// Basic or Bearer: the same header every time.
    Header(HeaderValue),
    /// Digest.
    Digest(Digest),
}

/// A user's name and password, and the receiver's last challenge.
pub struct Digest {
    username: String,
    password: String,
    challenge: Mutex<Option<DigestClient>>,
}

impl Credentials {
    /// RFC 7617. Bad where the texts have bytes that no header can hold.
    pub fn basic(username: &str, password: &str) -> Result<Self, BadCredentials> {
        Self::header(&http_auth::basic::encode_credentials(username, password))
    }

    /// RFC 6750.
    pub fn bearer(token: &str) -> Result<Self, BadCredentials> {
        Self::header(&format!("Bearer {token}"))
    }

    /// RFC 7616.
    pub fn digest(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self::Digest(Digest {
            username: username.into(),
            password: password.into(),
            challenge: Mutex::new(None),
        })
    }

    /// The `Authorization` of the next request to a URL, none where the method has none (Digest before its first
    /// challenge), and with Digest the nonce in it.
    pub async fn header_for(&self, url: &Url) -> Result<(Option<HeaderValue>, Option<String>), PostError> {
        match self {
            Self::None => Ok((None, None)),
            Self::Header(header) => Ok((Some(header.clone()), None)),
            Self::Digest(digest) => Ok(digest.answer(url).await?.unzip()),
        }
    }

    fn header(text: &str) -> Result<Self, BadCredentials> {
        let mut header = HeaderValue::from_str(text).map_err(|_| BadCredentials)?;
        header.set_sensitive(true);
        Ok(Self::Header(header))
    }
}

/// The method, never the secret.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Header(_) => "basic or bearer",
            Self::Digest(_) => "digest",
        })
    }
}

/// A user name, password or token that no HTTP header can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the user name, password or token has characters that no HTTP header can hold; use letters and digits"
)]
pub struct BadCredentials;

/// Why a request got no answer. It names no address: that is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// Nobody listens there, or the connection broke.
    #[error("no connection; is the server up?")]
    Unreachable,
    /// No answer in time.
    #[error("no answer within {} s", ANSWER_WAIT.as_secs())]
    TimedOut,
    /// The challenge is none that the method can answer.
    #[error("the receiver's challenge does not fit the method Digest; compare its method with the PBX's")]
    Challenge,
}

/// Where one webhook goes.
#[derive(Debug)]
pub struct Endpoint {
    /// Its address.
    pub url: Url,
    /// How the sender proves itself there.
    pub credentials: Credentials,
}

/// An answer, without its body.
struct Response {
    status: StatusCode,
    headers: HeaderMap,
}

/// Posts over connections that it keeps open.
#[derive(Clone, Debug)]
pub struct Poster {
    client: Client,
}

impl Poster {
    /// A poster that follows no redirects and uses no proxy.
    pub fn new() -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(ANSWER_WAIT)
            .user_agent(concat!("pbx-sim/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client })
    }

    /// Posts an event's JSON; the status that the receiver answers with, after its challenge, if any, was met.
    pub async fn post(&self, endpoint: &Endpoint, body: &[u8]) -> Result<u16, PostError> {
        self.post_as(endpoint, &json_headers(), Bytes::copy_from_slice(body)).await
    }

    /// Posts any bytes with these headers, as [`Poster::post`] does.
    pub async fn post_as(
        &self,
        endpoint: &Endpoint,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<u16, PostError> {
        let mut challenges = 0;
        loop {
            let (header, nonce) = endpoint.credentials.header_for(&endpoint.url).await?;
            let response = self.send(endpoint, headers, body.clone(), header).await?;
            let Credentials::Digest(digest) = &endpoint.credentials else {
                return Ok(response.status.as_u16());
            };
            let refused = response.status == StatusCode::UNAUTHORIZED;
            if !refused
                || challenges == CHALLENGES_MAX
                || !digest.challenge(&response, nonce.as_deref()).await?
            {
                return Ok(response.status.as_u16());
            }
            challenges += 1;
        }
    }

    async fn send(
        &self,
        endpoint: &Endpoint,
        headers: &HeaderMap,
        body: Bytes,
        authorization: Option<HeaderValue>,
    ) -> Result<Response, PostError> {
        let mut request = self.client.post(endpoint.url.clone()).headers(headers.clone()).body(body);
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let failed = |error: reqwest::Error| {
            if error.is_timeout() { PostError::TimedOut } else { PostError::Unreachable }
        };
        let response = request.send().await.map_err(failed)?;
        let (status, headers) = (response.status(), response.headers().clone());
        // Read to its end, so that the connection serves the next request.
        response.bytes().await.map_err(failed)?;
        Ok(Response { status, headers })
    }
}

/// The headers of an event's JSON.
pub fn json_headers() -> HeaderMap {
    HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"))])
}

impl Digest {
    /// The header that answers the last challenge, counted, and the challenge's nonce; nothing before the first.
    async fn answer(&self, url: &Url) -> Result<Option<(HeaderValue, String)>, PostError> {
        let mut challenge = self.challenge.lock().await;
        let Some(client) = challenge.as_mut() else { return Ok(None) };
        let uri = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let (username, password) = (&self.username, &self.password);
        let text = client
            .respond(&PasswordParams { username, password, uri: &uri, method: "POST", body: None })
            .map_err(|_| PostError::Challenge)?;
        let mut header = HeaderValue::from_str(&text).map_err(|_| PostError::Challenge)?;
        header.set_sensitive(true);
        Ok(Some((header, client.nonce().to_owned())))
    }

    /// Takes up a challenge. Whether to try again: not where a fresh answer was refused, as then the password is wrong.
    /// `used`: the nonce that was refused.
    async fn challenge(&self, response: &Response, used: Option<&str>) -> Result<bool, PostError> {
        let offered = response
            .headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|header| http_auth::parse_challenges(header.to_str().ok()?).ok())
            .flatten()
            .find_map(|challenge| DigestClient::try_from(&challenge).ok())
            .ok_or(PostError::Challenge)?;
        let mut challenge = self.challenge.lock().await;
        if challenge.as_ref().map(DigestClient::nonce) != used {
            // A parallel request has taken up a newer challenge meanwhile: answer that one.
            return Ok(true);
        }
        let again = used.is_none() || offered.stale();
        *challenge = Some(offered);
        Ok(again)
    }
}

#[cfg(test)]
mod tests;
