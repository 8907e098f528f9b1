//! Whom we trust to be the PBX: an authority of this machine, or what the account names: its authority, or that very
//! certificate. A PBX has a certificate of its own making until somebody replaces it.

use std::sync::{Arc, OnceLock};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};

use super::{account::Authority, error::PbxError};

/// What TLS's handshake needs, by whom the account trusts.
pub fn client(authority: Option<&Authority>) -> Result<Arc<ClientConfig>, PbxError> {
    let Some(authority) = authority else {
        // Hundreds of files: read once.
        static MACHINE: OnceLock<Option<Arc<ClientConfig>>> = OnceLock::new();
        let machine = MACHINE.get_or_init(|| {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            build(roots, Vec::new())
        });
        return machine.clone().ok_or(PbxError::NoAuthorities);
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(authority.certificates().iter().cloned());
    build(roots, authority.certificates().to_vec()).ok_or(PbxError::Untrusted)
}

/// `None` where nobody would be trusted.
fn build(roots: RootCertStore, own: Vec<CertificateDer<'static>>) -> Option<Arc<ClientConfig>> {
    let provider = Arc::new(ring::default_provider());
    let chain =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().ok();
    if chain.is_none() && own.is_empty() {
        return None;
    }
    let verifier = Verifier { own, chain, provider: Arc::clone(&provider) };
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    Some(Arc::new(config.with_no_client_auth()))
}

/// Takes a certificate that somebody gave us as the PBX's own, whatever name it is for; any other by its chain.
#[derive(Debug)]
struct Verifier {
    own: Vec<CertificateDer<'static>>,
    chain: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.own.iter().any(|own| own == end_entity) {
            return Ok(ServerCertVerified::assertion());
        }
        let unknown = Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let chain = self.chain.as_ref().ok_or(unknown)?;
        chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
