//! Any `Authorization` headers, before every method: nothing panics, and nobody passes who doesn't know the secret.

#![no_main]

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use libfuzzer_sys::fuzz_target;
use server::{
    config::{Algorithm, Auth, Credentials, Secret},
    ingest::{Examination, Verdict},
};

/// Beyond what a fuzzer finds.
const SECRET: &str = "f3c1d7e09a5b4826b1e3c5d7f9a2b4c6";

static METHODS: LazyLock<Vec<Examination>> = LazyLock::new(|| {
    let credentials = || vec![Credentials { username: "pbx".into(), password: Secret::new(SECRET) }];
    let digest = |algorithm, legacy| Auth::Digest { credentials: credentials(), algorithm, legacy };
    let methods = [
        Auth::Basic(credentials()),
        digest(Algorithm::Md5, true),
        digest(Algorithm::Sha256, false),
        Auth::Bearer(vec![Secret::new(SECRET)]),
    ];
    methods.iter().map(|auth| Examination::new(auth, "endpoint").expect("randomness")).collect()
});

fuzz_target!(|bytes: &[u8]| {
    // Several headers, a line each.
    let mut headers = HeaderMap::new();
    for value in bytes.split(|byte| *byte == b'\n').filter_map(|value| HeaderValue::from_bytes(value).ok()) {
        headers.append(AUTHORIZATION, value);
    }
    for method in METHODS.iter() {
        let verdict = method.verdict(&headers, "/hooks/endpoint?a=%41");
        assert_ne!(verdict, Verdict::Right);
        assert_ne!(verdict, Verdict::OtherTarget, "only right credentials come so far");
        assert_eq!(verdict == Verdict::Missing, headers.is_empty());
        assert!(method.challenge(verdict).is_some());
    }
});
