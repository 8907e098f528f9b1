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
                tracing::error!(%error, "the certificate was not read again; the one before it stays")
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
mod tests {
    use std::process::Command;

    use tempfile::TempDir;

    use super::*;

    /// A folder in which openssl has written what each test is about.
    struct Folder(TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn openssl(&self, words: &str) {
            let done =
                Command::new("openssl").args(words.split(' ')).current_dir(self.0.path()).output().unwrap();
            assert!(done.status.success(), "{words}: {}", String::from_utf8_lossy(&done.stderr));
        }

        /// A pair for `localhost`, good for 30 days.
        fn pair(&self, name: &str) -> Files {
            self.openssl(&format!(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout {name}.key -out {name}.pem -days 30 \
                 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
            ));
            Files { certificate: self.path(&format!("{name}.pem")), key: self.path(&format!("{name}.key")) }
        }

        /// The refusal's words, with paths from this folder, never with what is in a key.
        fn refusal(&self, files: &Files, now: UnixTime) -> String {
            let error = files.read(now).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("PRIVATE KEY-----\n"));
            error.to_string().replace(&format!("{}/", self.0.path().display()), "")
        }
    }

    fn days(days: i64) -> UnixTime {
        let now = i64::try_from(UnixTime::now().as_secs()).unwrap();
        UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now + days * 86_400).unwrap()))
    }

    #[test]
    fn a_pair_is_taken_for_as_long_as_it_is_good_and_its_end_is_seen_coming() {
        let folder = Folder::new();
        let files = folder.pair("a");
        let certified = files.read(UnixTime::now()).unwrap();
        assert_eq!(ends_soon(&certified, UnixTime::now()), None);
        assert!(ends_soon(&certified, days(17)).is_some());
        assert!(files.read(days(29)).is_ok());
        let ended = folder.refusal(&files, days(31));
        assert!(
            ended.starts_with("the certificate in a.pem has ended on 20") && ended.contains("; renew it"),
            "{ended}"
        );
        let early = folder.refusal(&files, days(-1));
        assert!(early.starts_with("the certificate in a.pem begins on 20"), "{early}");
        for host in ["localhost", "localhost:8443", "127.0.0.1", "127.0.0.1:8443"] {
            assert!(is_for(&certified, host), "{host}");
        }
        for host in ["ringside.example.com", "127.0.0.2", "[::1]:8443", ""] {
            assert!(!is_for(&certified, host), "{host}");
        }
    }

    #[test]
    fn a_certificate_of_an_authority_comes_with_what_leads_to_it() {
        let folder = Folder::new();
        folder.pair("authority");
        folder.openssl(
            "req -newkey rsa:2048 -nodes -keyout own.key -out own.csr -subj /CN=ringside.example.com",
        );
        fs::write(folder.path("names"), "subjectAltName=DNS:ringside.example.com").unwrap();
        folder.openssl("x509 -req -in own.csr -CA authority.pem -CAkey authority.key -days 9 -extfile names -out own.pem");
        let (own, authority) =
            (fs::read(folder.path("own.pem")).unwrap(), fs::read(folder.path("authority.pem")).unwrap());
        let files = Files { certificate: folder.path("chain.pem"), key: folder.path("own.key") };
        fs::write(&files.certificate, [own.clone(), authority.clone()].concat()).unwrap();
        let certified = files.read(UnixTime::now()).unwrap();
        assert_eq!(certified.cert.len(), 2);
        assert!(is_for(&certified, "ringside.example.com"));
        assert!(ends_soon(&certified, UnixTime::now()).is_some());
        fs::write(&files.certificate, [authority, own].concat()).unwrap();
        let said = folder.refusal(&files, UnixTime::now());
        assert_eq!(
            said,
            "the private key in own.key is not that of the first certificate in chain.pem; name the two files that were made \
             together, with the server's own certificate first"
        );
    }

    #[test]
    fn what_cannot_be_served_is_refused_with_its_file_and_the_next_step() {
        let folder = Folder::new();
        let (good, other) = (folder.pair("good"), folder.pair("other"));
        folder.openssl("pkey -in good.key -aes256 -passout pass:word -out locked.key");
        for (name, text) in
            [("empty", ""), ("words", "no certificate"), ("cut", "-----BEGIN CERTIFICATE-----\nMIIB")]
        {
            fs::write(folder.path(name), text).unwrap();
        }
        let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        fs::write(folder.path("garbage"), garbage).unwrap();
        fs::write(folder.path("garbage.key"), garbage.replace("CERTIFICATE", "PRIVATE KEY")).unwrap();
        for (certificate, key, said) in [
            ("gone", "good.key", "gone can't be read: No such file"),
            ("good.pem", "gone", "gone can't be read: No such file"),
            ("empty", "good.key", "empty holds no certificate that can be read; it must be PEM"),
            ("words", "good.key", "words holds no certificate"),
            ("cut", "good.key", "cut holds no certificate"),
            ("garbage", "good.key", "garbage holds no certificate"),
            ("good.key", "good.key", "good.key holds no certificate"),
            ("good.pem", "empty", "empty holds no private key that can be read; it must be PEM"),
            ("good.pem", "good.pem", "good.pem holds no private key"),
            ("good.pem", "garbage.key", "garbage.key holds no private key"),
            ("good.pem", "locked.key", "the private key in locked.key has a passphrase"),
            (
                "good.pem",
                "other.key",
                "the private key in other.key is not that of the first certificate in good.pem;",
            ),
        ] {
            let files = Files { certificate: folder.path(certificate), key: folder.path(key) };
            let refusal = folder.refusal(&files, UnixTime::now());
            assert!(refusal.starts_with(said), "{certificate} {key}: {refusal}");
            assert!(refusal.contains("; "), "the next step: {refusal}");
        }
        assert!(good.read(UnixTime::now()).is_ok() && other.read(UnixTime::now()).is_ok());
    }

    #[test]
    fn what_cannot_be_served_does_not_take_the_place_of_what_can() {
        let folder = Folder::new();
        let (first, second) = (folder.pair("first"), folder.pair("second"));
        let certificates = Certificates::open(first.clone(), None).unwrap();
        let served = || certificates.current().cert[0].clone();
        let of = |files: &Files| files.read(UnixTime::now()).unwrap().cert[0].clone();
        let (before, after) = (of(&first), of(&second));
        fs::copy(&second.certificate, &first.certificate).unwrap();
        certificates.reload();
        assert_eq!(served(), before, "its key is not there yet");
        fs::copy(&second.key, &first.key).unwrap();
        certificates.reload();
        assert_eq!(served(), after);
        fs::remove_file(&first.key).unwrap();
        certificates.reload();
        assert_eq!(served(), after);
    }
}
