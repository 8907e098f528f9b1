//! Just enough of HTTP/1.1: requests as bytes, an answer's status, length and challenge, one blocking GET.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use crate::fault::Fault;

/// How long anything may take before the bench gives up.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A head longer than this is none of ours.
const HEAD_BYTES_MAX: usize = 16 << 10;

/// A POST to an endpoint.
pub fn post(address: SocketAddr, endpoint: &str, authorization: Option<&str>, body: &[u8]) -> Vec<u8> {
    let authorization = authorization.map_or(String::new(), |value| format!("Authorization: {value}\r\n"));
    let mut request = format!(
        "POST /hooks/{endpoint} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         {authorization}Content-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

/// An answer that has come as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Its bytes, head and body.
    pub bytes: usize,
    /// Those of its head.
    pub head_bytes: usize,
    /// `WWW-Authenticate`, if it has one.
    pub challenge: Option<String>,
}

/// The answer at the beginning of `bytes`; `None` while it is not all there, an error where it is no answer.
pub fn answer(bytes: &[u8]) -> Result<Option<Answer>, &'static str> {
    let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else {
        return if bytes.len() > HEAD_BYTES_MAX { Err("an answer's head has no end") } else { Ok(None) };
    };
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| "an answer's head is not text")?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let (mut length, mut challenge) = (0, None);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(|_| "an answer's length is no number")?;
        } else if name.eq_ignore_ascii_case("www-authenticate") {
            challenge = Some(value.trim().to_owned());
        }
    }
    let head_bytes = end + 4;
    let whole = head_bytes + length;
    let status = status.ok_or("an answer has no status")?;
    Ok((bytes.len() >= whole).then_some(Answer { status, bytes: whole, head_bytes, challenge }))
}

/// GET on a connection of its own. Gives status and body.
pub fn get(address: SocketAddr, path: &str) -> Result<(u16, Vec<u8>), Fault> {
    get_as(address, path, None)
}

/// The same with an API token.
pub fn get_as(address: SocketAddr, path: &str, token: Option<&str>) -> Result<(u16, Vec<u8>), Fault> {
    let token = token.map_or(String::new(), |token| format!("Authorization: Bearer {token}\r\n"));
    let failed = || Fault::system(format!("GET {path}"));
    let mut stream = connect(address).map_err(failed())?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{token}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(failed())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).map_err(failed())?;
    match answer(&bytes) {
        Ok(Some(answer)) => Ok((answer.status, bytes.split_off(answer.head_bytes))),
        Ok(None) => Err(Fault::Server(format!("GET {path}: the answer broke off"))),
        Err(why) => Err(Fault::Server(format!("GET {path}: {why}"))),
    }
}

/// A connection on which nothing waits for ever.
pub fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_with_the_last_byte_of_its_body() {
        let bytes = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 3\r\nWWW-Authenticate: Digest realm=\"x\"\r\n\r\nno\nHTTP";
        for cut in 0..bytes.len() - 4 {
            assert_eq!(answer(&bytes[..cut]), Ok(None), "{cut}");
        }
        let whole = answer(bytes).unwrap().unwrap();
        assert_eq!((whole.status, whole.bytes), (401, bytes.len() - 4));
        assert_eq!(whole.challenge.as_deref(), Some("Digest realm=\"x\""));
    }

    #[test]
    fn an_answer_without_a_length_has_no_body() {
        let whole = answer(b"HTTP/1.1 200 OK\r\n\r\n").unwrap().unwrap();
        assert_eq!((whole.status, whole.bytes, whole.challenge), (200, 19, None));
    }

    #[test]
    fn what_is_no_answer_is_said() {
        assert!(answer(b"GARBAGE\r\n\r\n").is_err());
        assert!(answer("x".repeat(HEAD_BYTES_MAX + 1).as_bytes()).is_err());
    }
}
