//! TLS 1.3 on the server's side: its certificate and key. The other side, and what is spoken: [`veche_client::trust`].

use std::{
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
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

/// How often, at most, the files are looked at for a new certificate.
const LOOK_PERIOD: Duration = Duration::from_secs(1);

/// What the server shows of itself: as the files are now, or as they were when they could last be read.
#[derive(Clone)]
pub struct Identity(Arc<Kept>);

struct Kept {
    certificate: PathBuf,
    key: PathBuf,
    current: Mutex<Current>,
}

struct Current {
    acceptor: TlsAcceptor,
    looked: Instant,
    /// Of the files as they were looked at last, whether they could be read or not.
    seen: Stamps,
}

/// What changes with a file: it is another one, or was written.
type Stamp = (u64, u64, Option<SystemTime>);
type Stamps = [Option<Stamp>; 2];

impl Identity {
    /// Of files whose relative paths begin at this folder.
    pub fn load(dir: &Path, files: &TlsFiles) -> Result<Self, PemError> {
        let (certificate, key) = (dir.join(&files.certificate), dir.join(&files.key));
        let seen = [&certificate, &key].map(|path| stamp(path));
        let current = Current { acceptor: read(&certificate, &key)?, looked: Instant::now(), seen };
        Ok(Self(Arc::new(Kept { certificate, key, current: Mutex::new(current) })))
    }

    /// A certificate is renewed while the server runs. Between the two files, or of a broken one, the one before stays.
    fn current(&self) -> TlsAcceptor {
        let Kept { certificate, key, current } = &*self.0;
        let mut current = current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.looked.elapsed() < LOOK_PERIOD {
            return current.acceptor.clone();
        }
        current.looked = Instant::now();
        // Before they are read: what changes meanwhile is another change.
        let seen = [certificate, key].map(|path| stamp(path));
        if seen != current.seen {
            current.seen = seen;
            match read(certificate, key) {
                Ok(acceptor) => {
                    current.acceptor = acceptor;
                    tracing::info!("the certificate has changed: new connections see the new one");
                }
                Err(error) => {
                    tracing::error!(%error, "the changed certificate and key cannot be used: going on with those before");
                }
            }
        }
        current.acceptor.clone()
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
            self.current().accept(Paced::new(stream, given_up)).await
        };
        tokio::time::timeout(within, greeting).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}

fn read(certificate: &Path, key: &Path) -> Result<TlsAcceptor, PemError> {
    let chain = read_certificates(certificate)?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| PemError::new(key, error))?;
    let config = ServerConfig::builder_with_provider(Arc::new(provider())).with_protocol_versions(&[&TLS13]);
    let config = config.and_then(|config| config.with_no_client_auth().with_single_cert(chain, private));
    let mut config = config.map_err(|error| PemError::new(certificate, error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A vote is one connection: tickets to resume it would only be secrets that outlive it.
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config).into())
}

fn stamp(path: &Path) -> Option<Stamp> {
    let file = path.metadata().ok()?;
    Some((file.ino(), file.len(), file.modified().ok()))
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
