//! Certificates that openssl made: what is taken, what is refused and in which words.

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
    folder.openssl("req -newkey rsa:2048 -nodes -keyout own.key -out own.csr -subj /CN=ringside.example.com");
    fs::write(folder.path("names"), "subjectAltName=DNS:ringside.example.com").unwrap();
    folder.openssl(
        "x509 -req -in own.csr -CA authority.pem -CAkey authority.key -days 9 -extfile names -out own.pem",
    );
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
