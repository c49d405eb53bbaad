//! TLS 1.3 on both sides: the server's certificate, and whom a client trusts. `docs/spec/session.md` section 1: what is
//! sealed does not depend on TLS; TLS hides who votes, and shows a voter which server it is before anything is sent.
//!
//! The key exchange is X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem) where both sides know it, so that a recording of
//! today opens to no quantum computer of tomorrow. Nothing older than TLS 1.3 is spoken.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rustls::{
    CipherSuite, ClientConfig, RootCertStore, ServerConfig,
    crypto::{
        CryptoProvider,
        aws_lc_rs::{self, kx_group},
    },
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    version::TLS13,
};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncWriteExt, Interest},
    net::TcpStream,
};
use tokio_rustls::{TlsAcceptor, TlsConnector, server::TlsStream};

use crate::{
    home::HomeError,
    paced::{GivenUp, Paced},
};

/// The first byte of every TLS connection: a record of the handshake (RFC 8446 section 5.1).
const HANDSHAKE_RECORD: u8 = 0x16;
/// For somebody who speaks plain HTTP to us.
const PLAIN_ANSWER: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n\
    Connection: close\r\nContent-Length: 58\r\n\r\nthis address speaks TLS: write https:// instead of http://";
const SUITES: [CipherSuite; 3] = [
    CipherSuite::TLS13_AES_128_GCM_SHA256,
    CipherSuite::TLS13_AES_256_GCM_SHA384,
    CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
];

/// The cryptography of every TLS connection that we make or take.
pub fn provider() -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    provider.cipher_suites.retain(|suite| SUITES.contains(&suite.suite()));
    provider.kx_groups = vec![kx_group::X25519MLKEM768, kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1];
    provider
}

/// `[tls]` in `election.toml`: PEM files, relative to the election's folder; or those that a witness is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The server's certificate, followed by those between it and the authority.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// What the server shows of itself.
#[derive(Clone)]
pub struct Identity(TlsAcceptor);

impl Identity {
    /// Of files whose relative paths begin at this folder.
    pub fn load(dir: &Path, files: &TlsFiles) -> Result<Self, HomeError> {
        let (certificate, key) = (dir.join(&files.certificate), dir.join(&files.key));
        let chain = read_certificates(&certificate)?;
        let private = PrivateKeyDer::from_pem_file(&key).map_err(|error| wrong(&key, error))?;
        let config = ServerConfig::builder_with_provider(Arc::new(provider())).with_protocol_versions(&[&TLS13]);
        let config = config.and_then(|config| config.with_no_client_auth().with_single_cert(chain, private));
        let mut config = config.map_err(|error| wrong(&certificate, error))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // A vote is one connection: tickets to resume it would only be secrets that outlive it.
        config.send_tls13_tickets = 0;
        Ok(Self(Arc::new(config).into()))
    }

    /// The handshake, within so much time. Who speaks plain HTTP is told.
    pub(crate) async fn greet(
        &self,
        stream: TcpStream,
        given_up: GivenUp,
        within: Duration,
    ) -> io::Result<TlsStream<Paced<TcpStream>>> {
        let greeting = async {
            let mut first = [0];
            stream.peek(&mut first).await?;
            if first != [HANDSHAKE_RECORD] {
                answer_plainly(stream).await?;
                return Err(io::Error::new(io::ErrorKind::InvalidData, "not TLS"));
            }
            self.0.accept(Paced::new(stream, given_up)).await
        };
        tokio::time::timeout(within, greeting).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}

async fn answer_plainly(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(PLAIN_ANSWER).await?;
    stream.shutdown().await?;
    // What came in is taken up, or the answer might be lost with it; no more than one buffer of it.
    let mut rest = [0; 4_096];
    stream.ready(Interest::READABLE).await?;
    let _ = stream.try_read(&mut rest);
    Ok(())
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
    pub fn only(file: &Path) -> Result<Self, HomeError> {
        let certificates = read_certificates(file)?;
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            roots.add(certificate.clone()).map_err(|error| wrong(file, error))?;
        }
        Ok(Self::Only(Arc::new(certificates)))
    }

    /// For a stream of our own, such as a WebSocket.
    pub fn connector(&self) -> Result<TlsConnector, rustls::Error> {
        let mut roots = RootCertStore::empty();
        match self {
            Self::Browsers => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Self::Only(certificates) => {
                roots.add_parsable_certificates(certificates.iter().cloned());
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(provider())).with_protocol_versions(&[&TLS13])?;
        Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()).into())
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

fn read_certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, HomeError> {
    let certificates = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = certificates.map_err(|error| wrong(file, error))?;
    if certificates.is_empty() {
        return Err(wrong(file, "no certificate in PEM"));
    }
    Ok(certificates)
}

fn wrong(path: &Path, reason: impl ToString) -> HomeError {
    HomeError::File { path: path.to_owned(), reason: reason.to_string() }
}
