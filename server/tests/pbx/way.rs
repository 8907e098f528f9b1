//! The line between a server and a PBX.

use std::{io, net::SocketAddr, path::Path, sync::Arc};

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_rustls::TlsAcceptor;

/// A line to a PBX that can be cut, or sealed with TLS.
pub struct Way {
    address: SocketAddr,
    whole: watch::Sender<bool>,
    scheme: &'static str,
}

impl Way {
    /// An open one.
    pub async fn to(target: SocketAddr) -> Self {
        Self::with(target, None).await
    }

    /// One with TLS.
    pub async fn sealed(target: SocketAddr, certificate: &Path, key: &Path) -> Self {
        let certificate = CertificateDer::from_pem_file(certificate).unwrap();
        let key = PrivateKeyDer::from_pem_file(key).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        Self::with(target, Some(TlsAcceptor::from(Arc::new(config)))).await
    }

    async fn with(target: SocketAddr, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, whole) = (listener.local_addr().unwrap(), watch::Sender::new(true));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let state = whole.subscribe();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, mut state) = (tls.clone(), state.clone());
                if *state.borrow_and_update() {
                    tokio::spawn(async move {
                        tokio::select! {
                            _ = carry(stream, target, tls) => {}
                            _ = state.wait_for(|whole| !whole) => {}
                        }
                    });
                }
            }
        });
        Self { address, whole, scheme }
    }

    /// Its address as the configuration has it.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Ends all connections, and takes none.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Takes them again.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

async fn carry(mut stream: TcpStream, target: SocketAddr, tls: Option<TlsAcceptor>) -> io::Result<()> {
    let mut inner = TcpStream::connect(target).await?;
    match tls {
        None => tokio::io::copy_bidirectional(&mut stream, &mut inner).await?,
        Some(tls) => tokio::io::copy_bidirectional(&mut tls.accept(stream).await?, &mut inner).await?,
    };
    Ok(())
}
