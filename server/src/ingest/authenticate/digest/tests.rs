//! Digest against the RFC's own vectors, another implementation, and changed bytes.

use digest_auth::AuthContext;
use proptest::prelude::*;

use super::*;
use crate::config::Secret;

const ENDPOINT: &str = "acme-extension-events";
const PATH: &str = "/hooks/acme-extension-events";
const TARGET: Target<'_> = Target { path: PATH, prefix: "" };

fn digest(pairs: &[(&str, &str)], algorithm: Algorithm, legacy: bool) -> Digest {
    let credentials: Vec<_> = pairs
        .iter()
        .map(|(name, password)| Credentials { username: (*name).into(), password: Secret::new(*password) })
        .collect();
    Digest::new(&credentials, algorithm, legacy)
}

/// What another implementation answers to our challenge, after `Digest `.
fn answer(challenge: &str, name: &str, password: &str, uri: &str) -> String {
    let mut prompt = digest_auth::parse(challenge).unwrap();
    let context = AuthContext::new_post::<_, _, _, &[u8]>(name, password, uri, None);
    prompt.respond(&context).unwrap().to_header_string().strip_prefix("Digest ").unwrap().to_owned()
}

/// An endpoint with one user, and the nonces it is asked with.
struct Site {
    digest: Digest,
    nonces: Nonces,
    now: Instant,
}

impl Site {
    fn new(algorithm: Algorithm, legacy: bool) -> Self {
        let now = Instant::now();
        Self { digest: digest(&[("pbx", "secret")], algorithm, legacy), nonces: Nonces::new().unwrap(), now }
    }

    fn challenge(&self) -> String {
        self.digest.challenge(false, ENDPOINT, &self.nonces, self.now)
    }

    fn examine(&self, credentials: &str) -> Verdict {
        self.digest.examine(credentials.as_bytes(), ENDPOINT, &TARGET, &self.nonces, self.now)
    }
}

/// Oracle: RFC 7616 3.9.1.
#[test]
fn the_rfcs_examples_come_out() {
    let examples = [
        (Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
        (Algorithm::Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ];
    for (algorithm, expected) in examples {
        let text = format!(
            r#"username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm={},
            nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001,
            cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="{expected}",
            opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#,
            name(algorithm)
        );
        let fields = Fields::read(text.as_bytes()).unwrap();
        let ha1 = hash(algorithm, &[b"Mufasa", b"http-auth@example.org", b"Circle of Life"]);
        let ha2 = hash(algorithm, &[b"GET", b"/dir/index.html"]);
        assert_eq!(response(algorithm, &ha1, &ha2, &fields), expected);
        assert_eq!(fields.response, expected.as_bytes());
    }
}

#[test]
fn what_another_implementation_answers_passes_once() {
    for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
        let site = Site::new(algorithm, false);
        let right = answer(&site.challenge(), "pbx", "secret", PATH);
        assert_eq!(site.examine(&right), Verdict::Right, "{right}");
        assert_eq!(site.examine(&right), Verdict::Stale, "a replay");
        let upper = answer(&site.challenge(), "pbx", "secret", PATH);
        let (head, rest) = upper.split_once("response=\"").unwrap();
        let (response, rest) = rest.split_once('"').unwrap();
        let upper = format!("{head}response = \"{}\"{rest}", response.to_uppercase());
        assert_eq!(site.examine(&upper), Verdict::Right, "{upper}");
        for (name, password, expected) in [
            ("pbx", "other", Verdict::WrongPassword),
            ("PBX", "secret", Verdict::Wrong),
            ("", "", Verdict::Wrong),
        ] {
            assert_eq!(site.examine(&answer(&site.challenge(), name, password, PATH)), expected);
        }
        let nobodys = Digest::nobodys(algorithm).unwrap();
        assert_eq!(
            nobodys.examine(right.as_bytes(), ENDPOINT, &TARGET, &site.nonces, site.now),
            Verdict::Wrong
        );
    }
}

#[test]
fn one_nonce_serves_parallel_requests_in_any_order() {
    let site = Site::new(Algorithm::Md5, false);
    let mut prompt = digest_auth::parse(&site.challenge()).unwrap();
    let context = AuthContext::new_post::<_, _, _, &[u8]>("pbx", "secret", PATH, None);
    let answers: Vec<String> =
        (0..10).map(|_| prompt.respond(&context).unwrap().to_header_string()[7..].to_owned()).collect();
    for place in [3, 0, 9, 1, 2, 4, 8, 7, 6, 5] {
        assert_eq!(site.examine(&answers[place]), Verdict::Right, "{place}");
    }
    assert!(answers.iter().all(|answer| site.examine(answer) == Verdict::Stale));
}

#[test]
fn two_users_may_pass_while_one_replaces_the_other() {
    let site = Site {
        digest: digest(&[("pbx", "new"), ("pbx", "old")], Algorithm::Md5, false),
        ..Site::new(Algorithm::Md5, false)
    };
    for (password, expected) in
        [("new", Verdict::Right), ("old", Verdict::Right), ("older", Verdict::WrongPassword)]
    {
        assert_eq!(site.examine(&answer(&site.challenge(), "pbx", password, PATH)), expected);
    }
}

#[test]
fn a_nonce_that_is_old_foreign_or_another_endpoints_is_stale_for_the_right_user_only() {
    let site = Site::new(Algorithm::Md5, false);
    let examine =
        |text: &str, now| site.digest.examine(text.as_bytes(), ENDPOINT, &TARGET, &site.nonces, now);
    let right = answer(&site.challenge(), "pbx", "secret", PATH);
    assert_eq!(examine(&right, site.now + NONCE_LIFE + Duration::from_secs(1)), Verdict::Stale);
    assert_eq!(examine(&right, site.now + NONCE_LIFE), Verdict::Right);

    let restarted = Nonces::new().unwrap();
    let elsewhere = site.digest.challenge(false, "acme-cdr-events", &site.nonces, site.now);
    let foreign = site.digest.challenge(false, ENDPOINT, &restarted, site.now);
    for challenge in [elsewhere, foreign] {
        assert_eq!(site.examine(&answer(&challenge, "pbx", "secret", PATH)), Verdict::Stale);
        assert_eq!(site.examine(&answer(&challenge, "pbx", "other", PATH)), Verdict::WrongPassword);
    }
    assert!(site.digest.challenge(true, ENDPOINT, &site.nonces, site.now).ends_with(", stale=true"));
}

#[test]
fn the_form_without_qop_passes_once_and_only_where_it_is_allowed() {
    let legacy = |challenge: &str| answer(&challenge.replace(" qop=\"auth\",", ""), "pbx", "secret", PATH);
    let strict = Site::new(Algorithm::Md5, false);
    assert_eq!(strict.examine(&legacy(&strict.challenge())), Verdict::WithoutQop);
    let lenient = Site::new(Algorithm::Md5, true);
    let challenge = lenient.challenge();
    let right = legacy(&challenge);
    assert!(!right.contains("qop"), "{right}");
    assert_eq!(lenient.examine(&right), Verdict::Right);
    assert_eq!(lenient.examine(&right), Verdict::Stale);
    assert_eq!(lenient.examine(&answer(&challenge, "pbx", "secret", PATH)), Verdict::Stale, "same nonce");
    assert_eq!(lenient.examine(&answer(&lenient.challenge(), "pbx", "secret", PATH)), Verdict::Right);
}

#[test]
fn the_uri_must_mean_the_requests_own_target() {
    let site = Site::new(Algorithm::Md5, false);
    let behind = Target { path: PATH, prefix: "/ringside" };
    let examine = |uri: &str, target: &Target<'_>| {
        let text = answer(&site.challenge(), "pbx", "secret", uri);
        site.digest.examine(text.as_bytes(), ENDPOINT, target, &site.nonces, site.now)
    };
    for uri in [
        "/hooks/acme-extension-events",
        "/hooks/%61cme-extension%2Devents",
        "http://ringside.example.com/hooks/acme-extension-events",
        "HTTPS://ringside.example.com:8443/hooks/acme-extension-events",
    ] {
        assert_eq!(examine(uri, &TARGET), Verdict::Right, "{uri}");
        assert_eq!(examine(uri, &behind), Verdict::Right, "{uri}");
    }
    assert_eq!(examine("/ringside/hooks/acme-extension-events", &behind), Verdict::Right);
    assert_eq!(examine("https://a/ringside/hooks/acme-extension-events", &behind), Verdict::Right);
    for uri in
        ["/", "/hooks/acme-cdr-events", "/ringside/hooks/acme-extension-events", "http://a", "/hooks/%6", ""]
    {
        assert_eq!(examine(uri, &TARGET), Verdict::OtherTarget, "{uri}");
    }
    let query = Target { path: "/hooks/acme-extension-events?a=b%20c", prefix: "" };
    assert_eq!(examine("/hooks/acme-extension-events?a=b c", &query), Verdict::Right);
    assert_eq!(examine("/hooks/acme-extension-events", &query), Verdict::OtherTarget);
}

/// RFC 7616 4: either encoding of a name and password, with the name sent in the same one.
#[test]
fn names_beyond_ascii_pass_in_utf8_and_latin1() {
    let name = "Jäsøn Doe";
    let site = Site {
        digest: digest(&[(name, "Sécret")], Algorithm::Md5, false),
        ..Site::new(Algorithm::Md5, false)
    };
    let bytes = |text: &str, old: bool| if old { latin1(text).unwrap() } else { text.into() };
    for (old, password, expected) in [
        (false, "Sécret", Verdict::Right),
        (true, "Sécret", Verdict::Right),
        (false, "Secret", Verdict::WrongPassword),
    ] {
        let nonce = site.nonces.make(ENDPOINT, site.now);
        let password = if password.is_ascii() { password.into() } else { bytes(password, old) };
        let ha1 = hash(Algorithm::Md5, &[&bytes(name, old), REALM.as_bytes(), &password]);
        let ha2 = hash(Algorithm::Md5, &[b"POST", PATH.as_bytes()]);
        let parts = [ha1.as_bytes(), nonce.as_bytes(), b"1", b"c", b"auth", ha2.as_bytes()];
        let rest = format!(
            "\", realm=\"{REALM}\", nonce=\"{nonce}\", uri=\"{PATH}\", qop=auth, nc=1, cnonce=c, response={}",
            hash(Algorithm::Md5, &parts)
        );
        let text = [b"username=\"", bytes(name, old).as_slice(), rest.as_bytes()].concat();
        let verdict = site.digest.examine(&text, ENDPOINT, &TARGET, &site.nonces, site.now);
        assert_eq!(verdict, expected, "{old}");
    }
    assert_eq!(latin1("Ж"), None);
}

#[test]
fn a_window_takes_each_of_the_last_64_counts_once() {
    let mut window = Window::new(Count::Of(100));
    let mut take = |count| window.take(Count::Of(count));
    assert!(!take(100) && take(37) && !take(37) && !take(36) && !take(0));
    assert!(take(101) && !take(37) && take(38));
    assert!(take(164) && !take(100) && !take(101) && take(102));
    assert!(take(10_000) && !take(164) && take(9_999));
    assert!(take(u32::MAX) && !take(u32::MAX) && take(u32::MAX - 63) && !take(u32::MAX - 64));
    assert!(!window.take(Count::Only));
}

proptest! {
    /// Oracle: a set of all counts seen.
    #[test]
    fn a_window_never_takes_a_count_twice_and_never_refuses_a_new_one_near_the_top(
        counts in proptest::collection::vec(0u32..300, 1..200),
    ) {
        let mut window = Window::new(Count::Of(counts[0]));
        let mut seen = std::collections::HashSet::from([counts[0]]);
        let mut newest = counts[0];
        for count in &counts[1..] {
            let took = window.take(Count::Of(*count));
            let near = newest.saturating_sub(*count) < 64;
            prop_assert_eq!(took, seen.insert(*count) && near);
            newest = newest.max(*count);
        }
    }

    #[test]
    fn examining_never_panics(text in proptest::collection::vec(any::<u8>(), 0..300)) {
        let site = Site::new(Algorithm::Md5, true);
        let verdict = site.digest.examine(&text, ENDPOINT, &TARGET, &site.nonces, site.now);
        prop_assert!(matches!(verdict, Verdict::Malformed | Verdict::Wrong | Verdict::WrongPassword), "{verdict:?}");
    }

    /// Any byte of a right answer becomes another: it does not pass, unless only the case of a keyword or hex digit, or a
    /// separator, changed.
    #[test]
    fn one_changed_byte_fails(place in any::<proptest::sample::Index>(), byte in any::<u8>(), sha in any::<bool>()) {
        let site = Site::new(if sha { Algorithm::Sha256 } else { Algorithm::Md5 }, false);
        let right = answer(&site.challenge(), "pbx", "secret", PATH);
        let mut changed = right.clone().into_bytes();
        let place = place.index(changed.len());
        let before = changed[place];
        prop_assume!(!before.eq_ignore_ascii_case(&byte));
        prop_assume!(before.is_ascii_alphanumeric() || b"-_/".contains(&before));
        changed[place] = byte;
        let names_a_field = right[place..].find(['=', '"', ',']).is_some_and(|end| right[place + end..].starts_with('='));
        let verdict = site.digest.examine(&changed, ENDPOINT, &TARGET, &site.nonces, site.now);
        // A field without its name is one that says nothing; of those only opaque and algorithm may be missing.
        prop_assert!(verdict != Verdict::Right || names_a_field, "{:?}", String::from_utf8_lossy(&changed));
        prop_assert_eq!(site.examine(&right), if verdict == Verdict::Right { Verdict::Stale } else { Verdict::Right });
    }
}

#[test]
fn a_forgotten_nonce_is_stale_and_newer_ones_are_not() {
    let nonces = Nonces { used_max: 3, ..Nonces::new().unwrap() };
    let later = |millis| nonces.started + Duration::from_millis(millis);
    let made: Vec<String> = (0..6).map(|place| nonces.make(ENDPOINT, later(place * 10))).collect();
    let take =
        |place: usize, count| nonces.take(made[place].as_bytes(), Count::Of(count), ENDPOINT, later(100));
    assert!(take(1, 1) && take(2, 1) && take(3, 1) && take(1, 2));
    assert!(take(4, 1), "the oldest goes");
    assert!(!take(1, 3) && !take(0, 1), "what it was used with is unknown now, and what is older may be too");
    assert!(take(2, 2) && take(3, 2) && take(5, 1) && !take(2, 3));
    // Past their life all go, and new ones come.
    let much_later = later(100) + NONCE_LIFE;
    let fresh = nonces.make(ENDPOINT, much_later);
    assert!(nonces.take(fresh.as_bytes(), Count::Of(1), ENDPOINT, much_later));
    assert_eq!(nonces.used.lock().unwrap().windows.len(), 1);
}
