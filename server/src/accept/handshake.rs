//! The start of TLS on a connection, and what is said to who starts otherwise.

use std::{io, net::IpAddr, sync::Arc, time::Duration};

use rustls::ServerConfig;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::seldom::Seldom;

/// How long a handshake may take.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(5);

/// How long we hear out who came without TLS: a connection that is closed over what was not read loses our answer.
const HEARD_OUT_WITHIN: Duration = Duration::from_secs(1);

/// And how many bytes.
const HEARD_OUT_BYTES_MAX: u64 = 64 << 10;

/// Never a redirect: a PBX that posts in the clear has sent its secret by then, and is to be mended.
const HERE_IS_HTTPS: &str = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 51\r\n\
                             Connection: close\r\n\r\nThis port speaks https: write https:// in the URL.\n";

/// Shakes hands.
#[derive(Clone)]
pub(super) struct Handshake {
    tls: TlsAcceptor,
    said: Arc<Seldom>,
}

impl Handshake {
    pub fn new(config: Arc<ServerConfig>) -> Self {
        Self { tls: config.into(), said: Arc::default() }
    }

    /// The connection with TLS on it. An error: there is none, and that was said.
    pub async fn shake(&self, stream: TcpStream, peer: IpAddr) -> io::Result<TlsStream<TcpStream>> {
        let shaken = timeout(HANDSHAKE_WITHIN, self.start(stream)).await;
        let shaken = shaken.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        if let Err(error) = &shaken
            // Who opens a connection and closes it looked whether we are there.
            && error.kind() != io::ErrorKind::UnexpectedEof
            && let Some(unsaid) = self.said.say("handshake", Instant::now())
        {
            tracing::info!(
                %peer, %error, unsaid,
                "no TLS with a client; where it is the PBX, let it trust the certificate's authority, and check the URL's https and host name"
            );
        }
        shaken
    }

    async fn start(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let mut first = [0];
        match stream.peek(&mut first).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            // A method's first letter. TLS begins with 22 (RFC 8446 5.1).
            _ if first[0].is_ascii_alphabetic() => {
                refuse(stream).await?;
                Err(io::Error::new(io::ErrorKind::InvalidData, "it speaks http, not https"))
            }
            _ => self.tls.accept(stream).await,
        }
    }
}

/// Tells who speaks HTTP what this port speaks.
async fn refuse(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(HERE_IS_HTTPS.as_bytes()).await?;
    stream.shutdown().await?;
    let mut rest = stream.take(HEARD_OUT_BYTES_MAX);
    // Whatever it says, and whenever it stops.
    _ = timeout(HEARD_OUT_WITHIN, tokio::io::copy(&mut rest, &mut tokio::io::sink())).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_length_is_what_it_says() {
        let (head, body) = HERE_IS_HTTPS.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{}", body.len());
    }
}
