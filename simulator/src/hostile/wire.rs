//! Requests that are odd on the wire: slow, in pieces, of another version, broken off. Written to a plain socket, since
//! no HTTP client would.

use std::time::Duration;

use reqwest::Url;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::Wanted;
use crate::post::Endpoint;

/// Past this there is no answer.
const ANSWER_WAIT: Duration = Duration::from_secs(20);
/// Between two pieces of a slow request.
const PAUSE: Duration = Duration::from_millis(60);
/// An answer's headers are at most so long.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// One exchange.
pub struct Exchange {
    /// What is odd.
    pub what: &'static str,
    /// What may be answered.
    pub wanted: Wanted,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    /// In small pieces with pauses.
    Dribbled,
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// HTTP/1.0, without a `Host`.
    Version10,
    /// Headers first, and the body once asked for.
    Expecting,
    /// Two requests at once on one connection; the second answer counts.
    Pipelined,
    /// Half of the body, then nothing.
    Stalled,
    /// Half of the body, then the end of the connection.
    BrokenOff,
    /// A header of 100 KiB.
    LongHeader,
    /// No HTTP.
    NotHttp,
    /// Another method, without a body.
    Method(&'static str),
    /// The event at another address: the last character of the path is another.
    OtherPath,
}

/// All of them, the slow ones last.
pub const EXCHANGES: [Exchange; 13] = [
    exchange("chunked", Wanted::Kept, Kind::Chunked),
    exchange("HTTP/1.0", Wanted::Kept, Kind::Version10),
    exchange("Expect: 100-continue", Wanted::Kept, Kind::Expecting),
    exchange("two requests at once", Wanted::Kept, Kind::Pipelined),
    exchange("a slow body", Wanted::Kept, Kind::Dribbled),
    exchange("another address", Wanted::Refused, Kind::OtherPath),
    exchange("GET", Wanted::Answered, Kind::Method("GET")),
    exchange("HEAD", Wanted::Answered, Kind::Method("HEAD")),
    exchange("PUT", Wanted::Answered, Kind::Method("PUT")),
    exchange("a header of 100 KiB", Wanted::Survived, Kind::LongHeader),
    exchange("no HTTP", Wanted::NotKept, Kind::NotHttp),
    exchange("a body that breaks off", Wanted::NotKept, Kind::BrokenOff),
    exchange("a body that stalls", Wanted::NotKept, Kind::Stalled),
];

const fn exchange(what: &'static str, wanted: Wanted, kind: Kind) -> Exchange {
    Exchange { what, wanted, kind }
}

impl Exchange {
    /// The status, or nothing where none came; half of a body waits for it for `stall`.
    pub async fn run(&self, endpoint: &Endpoint, body: &str, stall: Duration) -> Option<u16> {
        let (first, second) = (proof(endpoint).await?, proof(endpoint).await?);
        let wait = if matches!(self.kind, Kind::Stalled) { stall } else { ANSWER_WAIT };
        tokio::time::timeout(wait, self.ask(&endpoint.url, [&first, &second], body)).await.ok()?
    }

    async fn ask(&self, url: &Url, [proof, another]: [&str; 2], body: &str) -> Option<u16> {
        let (host, port) = (url.host_str()?, url.port_or_known_default()?);
        let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await.ok()?;
        stream.set_nodelay(true).ok()?;
        let path = url.path();
        let head = |method: &str, path: &str, more: &str| {
            format!(
                "{method} {path} HTTP/1.1\r\nHost: {host}:{port}\r\n{proof}Content-Type: application/json\r\n{more}\r\n"
            )
        };
        let length = format!("Content-Length: {}\r\n", body.len());
        let whole = head("POST", path, &length) + body;
        let (start, rest) = body.split_at(body.len() / 2);
        match self.kind {
            Kind::Dribbled => return dribble(&mut stream, &whole).await,
            Kind::Expecting => {
                let head = head("POST", path, &format!("{length}Expect: 100-continue\r\n"));
                return expect(&mut stream, &head, body).await;
            }
            Kind::Pipelined => {
                let second = whole.replacen(proof, another, 1);
                return pipeline(&mut stream, &(whole + &second)).await;
            }
            Kind::Chunked => {
                let chunks =
                    format!("{:x}\r\n{start}\r\n{:x};a=b\r\n{rest}\r\n0\r\n\r\n", start.len(), rest.len());
                send(&mut stream, &(head("POST", path, "Transfer-Encoding: chunked\r\n") + &chunks)).await?;
            }
            Kind::Version10 => {
                send(&mut stream, &format!("POST {path} HTTP/1.0\r\n{proof}{length}\r\n{body}")).await?;
            }
            Kind::Stalled => send(&mut stream, &(head("POST", path, &length) + start)).await?,
            Kind::BrokenOff => {
                send(&mut stream, &(head("POST", path, &length) + start)).await?;
                stream.shutdown().await.ok()?;
            }
            Kind::LongHeader => {
                let long = format!("X-Long: {}\r\n{length}", "a".repeat(100 << 10));
                // It may be refused before all of it is sent.
                let _: Option<()> = send(&mut stream, &(head("POST", path, &long) + body)).await;
            }
            Kind::NotHttp => send(&mut stream, "\u{16}\u{3}\u{1} hello\r\n\r\n").await?,
            Kind::Method(method) => send(&mut stream, &head(method, path, "")).await?,
            Kind::OtherPath => {
                let last = if path.ends_with('a') { 'b' } else { 'a' };
                let other = format!("{}{last}", &path[..path.len() - 1]);
                send(&mut stream, &(head("POST", &other, &length) + body)).await?;
            }
        }
        status(&mut stream, &mut Vec::new()).await
    }
}

/// The header that proves who sends the next request; Digest's answers the last challenge, which the posts before have met,
/// and counts.
async fn proof(endpoint: &Endpoint) -> Option<String> {
    let (header, _) = endpoint.credentials.header_for(&endpoint.url).await.ok()?;
    match header {
        Some(header) => Some(format!("Authorization: {}\r\n", header.to_str().ok()?)),
        None => Some(String::new()),
    }
}

async fn send(stream: &mut TcpStream, text: &str) -> Option<()> {
    stream.write_all(text.as_bytes()).await.ok()
}

/// In pieces of a tenth.
async fn dribble(stream: &mut TcpStream, whole: &str) -> Option<u16> {
    for piece in whole.as_bytes().chunks(whole.len() / 10 + 1) {
        stream.write_all(piece).await.ok()?;
        tokio::time::sleep(PAUSE).await;
    }
    status(stream, &mut Vec::new()).await
}

/// The body follows once it is asked for, or after a pause.
async fn expect(stream: &mut TcpStream, head: &str, body: &str) -> Option<u16> {
    send(stream, head).await?;
    let mut read = Vec::new();
    let first = match tokio::time::timeout(Duration::from_secs(1), status(stream, &mut read)).await {
        Ok(status) => status?,
        Err(_) => 100,
    };
    if first != 100 {
        return Some(first);
    }
    send(stream, body).await?;
    status(stream, &mut read).await
}

async fn pipeline(stream: &mut TcpStream, both: &str) -> Option<u16> {
    send(stream, both).await?;
    let mut read = Vec::new();
    let first = status(stream, &mut read).await?;
    // Only the first answer decides where it is no 200: an answer's body is not read here.
    if first == 200 { status(stream, &mut read).await } else { Some(first) }
}

/// The next answer's status; its headers are taken from `read`, which keeps what came after them.
async fn status(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<u16> {
    loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&read[..end]).into_owned();
            read.drain(..end + 4);
            return head.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok();
        }
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).await.ok().filter(|&count| count > 0)?;
        read.extend_from_slice(&buffer[..count]);
        if read.len() > ANSWER_BYTES_MAX {
            return None;
        }
    }
}
