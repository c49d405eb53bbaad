//! TLS 1.3 on the server's side: its certificate and key. The other side, and what is spoken: [`veche_client::trust`].

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, pem::PemObject},
    version::TLS13,
};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncWriteExt, Interest},
    net::TcpStream,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use veche_client::trust::{PemError, provider, read_certificates};

use crate::paced::{GivenUp, Paced};

/// The first byte of every TLS connection: a record of the handshake (RFC 8446 section 5.1).
const HANDSHAKE_RECORD: u8 = 0x16;
/// For somebody who speaks plain HTTP to us.
const PLAIN_ANSWER: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n\
    Connection: close\r\nContent-Length: 58\r\n\r\nthis address speaks TLS: write https:// instead of http://";

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
    pub fn load(dir: &Path, files: &TlsFiles) -> Result<Self, PemError> {
        let (certificate, key) = (dir.join(&files.certificate), dir.join(&files.key));
        let chain = read_certificates(&certificate)?;
        let private = PrivateKeyDer::from_pem_file(&key).map_err(|error| PemError::new(&key, error))?;
        let config = ServerConfig::builder_with_provider(Arc::new(provider())).with_protocol_versions(&[&TLS13]);
        let config = config.and_then(|config| config.with_no_client_auth().with_single_cert(chain, private));
        let mut config = config.map_err(|error| PemError::new(&certificate, error))?;
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
