//! A connection to the PBX, step by step, so that what fails can be said: its name, its port, its certificate.

use std::{net::SocketAddr, time::Duration};

use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::{account::Account, error::PbxError, trust};

/// How long a name may take.
const RESOLVED_WITHIN: Duration = Duration::from_secs(5);

/// How long an address may take.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);

/// How many of a name's addresses are tried.
const ADDRESSES_MAX: usize = 4;

/// How long TLS's handshake may take.
const SHAKEN_WITHIN: Duration = Duration::from_secs(10);

/// A connection, sealed or not.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// Connects to a port of an account's PBX.
pub async fn connect(account: &Account, port: u16) -> Result<Box<dyn Wire>, PbxError> {
    let host = account.place.host.as_str();
    let found = timeout(RESOLVED_WITHIN, lookup_host((host, port))).await;
    let addresses: Vec<SocketAddr> =
        found.map_err(|_| PbxError::Name)?.map_err(|_| PbxError::Name)?.take(ADDRESSES_MAX).collect();
    let mut failed = PbxError::Name;
    for address in addresses {
        let stream = match timeout(CONNECTED_WITHIN, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                failed = PbxError::of_connecting(&error);
                continue;
            }
            Err(_) => {
                failed = PbxError::Unreachable;
                continue;
            }
        };
        // Only a hint for the system.
        _ = stream.set_nodelay(true);
        return if account.place.tls { seal(account, stream).await } else { Ok(Box::new(stream)) };
    }
    Err(failed)
}

async fn seal(account: &Account, stream: TcpStream) -> Result<Box<dyn Wire>, PbxError> {
    let name = ServerName::try_from(account.place.host.clone()).map_err(|_| PbxError::Name)?;
    let connector = TlsConnector::from(trust::client(account.authority.as_ref())?);
    match timeout(SHAKEN_WITHIN, connector.connect(name, stream)).await {
        Ok(Ok(sealed)) => Ok(Box::new(sealed)),
        Ok(Err(error)) => Err(PbxError::of_handshake(&error)),
        Err(_) => Err(PbxError::Slow),
    }
}
