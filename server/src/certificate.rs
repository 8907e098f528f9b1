//! The server's certificate: read from its files, checked before it is used, read again when they change.
//!
//! Invariants
//! - What can't be served is never taken: at the start it is an error, later the one before it stays, and the log says why.
//! - A new one is for new connections; those that are there stay as they are.
//! - A pair is read once both files have stood still for a moment, since they are replaced one after the other.
//!
//! Not here: the handshake (`accept`).

use std::{
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use jiff::Timestamp;
use rustls::{
    CertificateError as Fault, Error, InconsistentKeys, RootCertStore, ServerConfig,
    client::{verify_server_cert_signed_by_trust_anchor, verify_server_name},
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
    server::{ClientHello, ParsedCertificate, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::{MissedTickBehavior, interval},
};

/// How often we look whether the files have changed.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(2);

/// So long before its end a certificate is warned about.
const ENDS_SOON: Duration = Duration::from_hours(14 * 24);

/// How often that is said.
const WARNED_EVERY: Duration = Duration::from_hours(24);

/// The one version of HTTP that we agree to: the feed's upgrade (RFC 6455) is HTTP/1.1's, and a browser that has agreed to
/// HTTP/2 opens its WebSockets on it (RFC 8441).
const SPOKEN: &[u8] = b"http/1.1";

/// Where certificate and key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The certificate in PEM, behind it those that lead to its authority.
    pub certificate: PathBuf,
    /// Its private key in PEM, without a passphrase.
    pub key: PathBuf,
}

/// Why a certificate can't be served. Names files and dates, never what is in the key.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file can't be read.
    #[error("{path} can't be read: {source}; check the path, and that the server's user may read it", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No certificate in it, or a broken one.
    #[error(
        "{path} holds no certificate that can be read; it must be PEM, with the server's own certificate first and those of \
         its authorities behind it (-----BEGIN CERTIFICATE-----)",
        path = path.display()
    )]
    Certificate {
        /// The file.
        path: PathBuf,
    },
    /// No key in it, or a broken one.
    #[error(
        "{path} holds no private key that can be read; it must be PEM (-----BEGIN PRIVATE KEY-----), RSA of 2048 to 8192 bits, \
         ECDSA on P-256 or P-384, or Ed25519",
        path = path.display()
    )]
    Key {
        /// The file.
        path: PathBuf,
    },
    /// A key that wants a passphrase.
    #[error(
        "the private key in {path} has a passphrase, which nobody types at a start; take it off (openssl pkey -in … -out …), \
         and let only the server's user read the file",
        path = path.display()
    )]
    Passphrase {
        /// The file.
        path: PathBuf,
    },
    /// Two files that don't belong together.
    #[error(
        "the private key in {key} is not that of the first certificate in {certificate}; name the two files that were made \
         together, with the server's own certificate first",
        key = files.key.display(), certificate = files.certificate.display()
    )]
    Mismatch {
        /// Both files.
        files: Files,
    },
    /// It was good until then.
    #[error("the certificate in {path} has ended on {since}; renew it, and check this machine's clock", path = path.display())]
    Ended {
        /// The file.
        path: PathBuf,
        /// The end.
        since: Timestamp,
    },
    /// It will be good from then on.
    #[error("the certificate in {path} begins on {from} only; check this machine's clock", path = path.display())]
    NotYet {
        /// The file.
        path: PathBuf,
        /// The beginning.
        from: Timestamp,
    },
}

impl Files {
    /// Reads both and checks them: they belong together, and the certificate is good at `now`.
    pub fn read(&self, now: UnixTime) -> Result<CertifiedKey, CertificateError> {
        let broken = || CertificateError::Certificate { path: self.certificate.clone() };
        let chain = CertificateDer::pem_slice_iter(&bytes(&self.certificate)?)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| broken())?;
        if chain.is_empty() {
            return Err(broken());
        }
        let certified =
            CertifiedKey::from_der(chain, self.key()?, &provider()).map_err(|error| match error {
                Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                    CertificateError::Mismatch { files: self.clone() }
                }
                Error::InvalidCertificate(_) => broken(),
                _ => CertificateError::Key { path: self.key.clone() },
            })?;
        match validity(&certified, now) {
            Ok(()) => Ok(certified),
            Err(Fault::ExpiredContext { not_after, .. }) => {
                Err(CertificateError::Ended { path: self.certificate.clone(), since: moment(not_after) })
            }
            Err(Fault::NotValidYetContext { not_before, .. }) => {
                Err(CertificateError::NotYet { path: self.certificate.clone(), from: moment(not_before) })
            }
            Err(_) => Err(broken()),
        }
    }

    /// Whether every user of this machine may read the key.
    pub fn key_is_public(&self) -> bool {
        fs::metadata(&self.key).is_ok_and(|file| file.permissions().mode() & 0o007 != 0)
    }

    fn key(&self) -> Result<PrivateKeyDer<'static>, CertificateError> {
        let pem = bytes(&self.key)?;
        let encrypted = |line: &str| line.contains("ENCRYPTED");
        if String::from_utf8_lossy(&pem).lines().any(encrypted) {
            return Err(CertificateError::Passphrase { path: self.key.clone() });
        }
        PrivateKeyDer::from_pem_slice(&pem).map_err(|_| CertificateError::Key { path: self.key.clone() })
    }

    /// What changes when a file is replaced or written, also behind a link. `None` where one is not there.
    fn stamp(&self) -> Option<[(SystemTime, u64); 2]> {
        let of = |path: &Path| fs::metadata(path).and_then(|file| Ok((file.modified()?, file.len()))).ok();
        Some([of(&self.certificate)?, of(&self.key)?])
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, CertificateError> {
    fs::read(path).map_err(|source| CertificateError::Unreadable { path: path.to_owned(), source })
}

fn provider() -> CryptoProvider {
    ring::default_provider()
}

fn moment(time: UnixTime) -> Timestamp {
    i64::try_from(time.as_secs())
        .ok()
        .and_then(|second| Timestamp::from_second(second).ok())
        .unwrap_or(Timestamp::MAX)
}

/// Whether a certificate is good at a moment. Who signed it is not looked at: that is for those who are to trust it.
fn validity(certified: &CertifiedKey, at: UnixTime) -> Result<(), Fault> {
    let own = certified.end_entity_cert().map_err(|_| Fault::BadEncoding)?;
    let parsed = ParsedCertificate::try_from(own).map_err(|_| Fault::BadEncoding)?;
    let nobody = RootCertStore::empty();
    let algorithms = provider().signature_verification_algorithms;
    // Its time is looked at before its signer, whom nobody knows here.
    match verify_server_cert_signed_by_trust_anchor(&parsed, &nobody, &[], at, algorithms.all) {
        Err(Error::InvalidCertificate(
            fault @ (Fault::ExpiredContext { .. } | Fault::NotValidYetContext { .. } | Fault::Expired),
        )) => Err(fault),
        _ => Ok(()),
    }
}

/// When a certificate ends, where that is within [`ENDS_SOON`].
fn ends_soon(certified: &CertifiedKey, now: UnixTime) -> Option<Timestamp> {
    let soon = UnixTime::since_unix_epoch(Duration::from_secs(now.as_secs()) + ENDS_SOON);
    match validity(certified, soon) {
        Err(Fault::ExpiredContext { not_after, .. }) => Some(moment(not_after)),
        _ => None,
    }
}

/// Whether a certificate is for this host, as in a Host header.
fn is_for(certified: &CertifiedKey, host: &str) -> bool {
    let name =
        host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name);
    let (Ok(own), Ok(name)) =
        (certified.end_entity_cert(), ServerName::try_from(name.trim_matches(['[', ']'])))
    else {
        return false;
    };
    ParsedCertificate::try_from(own).is_ok_and(|parsed| verify_server_name(&parsed, &name).is_ok())
}

/// The certificate that is served now.
#[derive(Debug)]
pub struct Certificates {
    files: Files,
    current: RwLock<Arc<CertifiedKey>>,
    /// The host that browsers name, where it is known.
    host: Option<String>,
}

impl Certificates {
    /// Reads the files, and warns where browsers will not like what is in them.
    pub fn open(files: Files, host: Option<String>) -> Result<Arc<Self>, CertificateError> {
        let certified = files.read(UnixTime::now())?;
        let certificates = Self { files, current: RwLock::new(Arc::new(certified)), host };
        certificates.warn(&certificates.current());
        Ok(Arc::new(certificates))
    }

    /// What a socket speaks by it.
    pub fn speak(self: &Arc<Self>) -> Result<Arc<ServerConfig>, Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![SPOKEN.to_vec()];
        Ok(Arc::new(config))
    }

    /// Reads the files again on each SIGHUP and after each change of them.
    pub async fn follow(self: Arc<Self>) {
        let mut hangup = signal(SignalKind::hangup()).ok();
        let mut look = interval(LOOKED_AT_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut taken = self.files.stamp();
        let (mut seen, mut warned) = (taken, tokio::time::Instant::now());
        loop {
            tokio::select! {
                // Without signals: never.
                Some(()) = async { hangup.as_mut()?.recv().await } => {
                    taken = self.files.stamp();
                    self.reload();
                }
                _ = look.tick() => {
                    let now = self.files.stamp();
                    if now != taken && now == seen && now.is_some() {
                        taken = now;
                        self.reload();
                    }
                    seen = now;
                }
            }
            if warned.elapsed() >= WARNED_EVERY {
                warned = tokio::time::Instant::now();
                self.warn(&self.current());
            }
        }
    }

    /// Takes what is in the files now, if it can be served.
    fn reload(&self) {
        match self.files.read(UnixTime::now()) {
            Ok(certified) => {
                tracing::info!(path = %self.files.certificate.display(), "the certificate was read again; new connections get it");
                self.warn(&certified);
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(certified);
            }
            Err(error) => {
                tracing::error!(%error, "the certificate was not read again; the one before it stays");
            }
        }
    }

    fn warn(&self, certified: &CertifiedKey) {
        let path = self.files.certificate.display();
        if let Some(end) = ends_soon(certified, UnixTime::now()) {
            tracing::warn!(%path, %end, "the certificate ends soon; renew it, the files are read again by themselves");
        }
        if let Some(host) = self.host.as_ref().filter(|host| !is_for(certified, host)) {
            tracing::warn!(%path, host, "the certificate is not for the host of `external_url`; browsers will refuse it");
        }
    }

    fn current(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

#[cfg(test)]
mod tests;
