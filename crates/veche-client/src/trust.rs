//! Whom a client believes who a server is, over TLS 1.3. `docs/spec/session.md` section 1: what is sealed does not depend on
//! TLS; TLS hides who votes, and shows a voter which server it is before anything is sent.
//!
//! The key exchange is X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem) where both sides know it, so that a recording of
//! today opens to no quantum computer of tomorrow. Nothing older than TLS 1.3 is spoken, but to mail servers: those are
//! others', many of them speak 1.2 alone, and an organiser who cannot reach one so would reach it without TLS.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rustls::{
    CipherSuite, ClientConfig, RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    crypto::{
        CryptoProvider,
        aws_lc_rs::{self, kx_group},
    },
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    version::{TLS12, TLS13},
};
use tokio_rustls::TlsConnector;

const SUITES: [CipherSuite; 3] = [
    CipherSuite::TLS13_AES_128_GCM_SHA256,
    CipherSuite::TLS13_AES_256_GCM_SHA384,
    CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
];

/// A file of certificates or keys is not what it should be.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct PemError {
    /// Which file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

impl PemError {
    /// Of this file.
    pub fn new(path: &Path, reason: impl ToString) -> Self {
        Self { path: path.to_owned(), reason: reason.to_string() }
    }
}

/// The cryptography of every TLS connection that we make or take.
pub fn provider() -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    provider.cipher_suites.retain(|suite| SUITES.contains(&suite.suite()));
    provider.kx_groups = vec![kx_group::X25519MLKEM768, kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1];
    provider
}

/// Whom a client believes who a server is.
#[derive(Debug, Clone, Default)]
pub enum Trust {
    /// The authorities that browsers know (Mozilla's list, as of this program's version).
    #[default]
    Browsers,
    /// These and nobody else.
    Only(Arc<Vec<CertificateDer<'static>>>),
}

impl Trust {
    /// # Errors
    /// Whoever made the file: there is no certificate of an authority in it.
    pub fn only(file: &Path) -> Result<Self, PemError> {
        let certificates = read_certificates(file)?;
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            roots.add(certificate.clone()).map_err(|error| PemError::new(file, error))?;
        }
        Ok(Self::Only(Arc::new(certificates)))
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        match self {
            Self::Browsers => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Self::Only(certificates) => {
                roots.add_parsable_certificates(certificates.iter().cloned());
            }
        }
        roots
    }

    /// What a client would say of a server at this host that shows these certificates, at this time.
    ///
    /// # Errors
    /// Whoever chose the certificates: no client would go on. Or there is no such host.
    pub fn judge(&self, chain: &[CertificateDer<'_>], host: &str, unix: u64) -> Result<(), rustls::Error> {
        let (own, between) = chain.split_first().ok_or(rustls::Error::NoCertificatesPresented)?;
        let name = ServerName::try_from(host).map_err(|error| rustls::Error::General(error.to_string()))?;
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(self.roots()), Arc::new(provider())).build();
        let verifier = verifier.map_err(|error| rustls::Error::General(error.to_string()))?;
        let at = UnixTime::since_unix_epoch(Duration::from_secs(unix));
        verifier.verify_server_cert(own, between, &name, &[], at).map(|_| ())
    }

    /// For a stream of our own, such as a WebSocket.
    ///
    /// # Errors
    /// Ours: the provider does not speak TLS 1.3.
    pub fn connector(&self) -> Result<TlsConnector, rustls::Error> {
        let roots = self.roots();
        let config = ClientConfig::builder_with_provider(Arc::new(provider())).with_protocol_versions(&[&TLS13])?;
        Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()).into())
    }

    /// For a mail server: TLS 1.2 too, with the ephemeral keys and authenticated ciphers that are all rustls has of it.
    ///
    /// # Errors
    /// Ours: the provider speaks neither.
    pub fn mail_connector(&self) -> Result<TlsConnector, rustls::Error> {
        let provider = CryptoProvider { kx_groups: provider().kx_groups, ..aws_lc_rs::default_provider() };
        let config =
            ClientConfig::builder_with_provider(Arc::new(provider)).with_protocol_versions(&[&TLS13, &TLS12])?;
        Ok(Arc::new(config.with_root_certificates(self.roots()).with_no_client_auth()).into())
    }

    /// For plain requests.
    pub fn for_requests(&self) -> ureq::tls::TlsConfig {
        requests()
            .root_certs(match self {
                Self::Browsers => ureq::tls::RootCerts::WebPki,
                Self::Only(certificates) => {
                    let own = |der: &CertificateDer<'_>| ureq::tls::Certificate::from_der(der).to_owned();
                    ureq::tls::RootCerts::from(certificates.iter().map(own))
                }
            })
            .build()
    }
}

/// Requests to the server of one's own folder, at its address on this machine, which no certificate names. What is sent
/// there is signed, and what comes back is checked against the folder's manifest or can be read in the folder itself.
pub fn for_own_server() -> ureq::tls::TlsConfig {
    requests().disable_verification(true).build()
}

fn requests() -> ureq::tls::TlsConfigBuilder {
    ureq::tls::TlsConfig::builder().unversioned_rustls_crypto_provider(Arc::new(provider()))
}

/// # Errors
/// Whoever made the file: it is not there, or holds no certificate.
pub fn read_certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let certificates = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = certificates.map_err(|error| PemError::new(file, error))?;
    if certificates.is_empty() {
        return Err(PemError::new(file, "no certificate in PEM"));
    }
    Ok(certificates)
}
