//! Sessions over a WebSocket: carries the frames of a [`VoterSession`], seals and opens them.

use std::{
    collections::VecDeque,
    io,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use aws_lc_rs::rand;
use futures_util::{SinkExt, StreamExt};
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpSocket, TcpStream},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{self, Message, client::IntoClientRequest, http::HeaderValue, protocol::WebSocketConfig},
};
use veche_election::{Election, Receipt, VoterNumber, WeightSeed, entry::EntryBytes, receipt::CheckedReceipt};
use veche_session::{
    SUBPROTOCOL, VoterSession,
    envelope::{self, Bits, CryptoFailure, OpeningKey, SealingSignature, Signer},
    message::NO,
    sealed::token_max_bytes,
    voter::{Effect, Input, Outcome, Violation, Voter, Why},
};

use crate::{
    address::{ANSWER_TIMEOUT, Address, CONNECT_TIMEOUT, is_hang_up},
    casting::{Caller, Loss},
    metered::{Metered, TooMuch, session_max_bytes},
};

/// RFC 6455's registry: the server has too much to do.
const TRY_AGAIN_LATER: u16 = 1013;

/// The two key pairs of one session. The private halves never leave the process that made them.
#[derive(Debug)]
pub struct SessionKeys {
    /// Signs what the voter sends.
    pub sig: SealingSignature,
    /// Opens what the server answers.
    pub reply: OpeningKey,
}

impl SessionKeys {
    /// # Errors
    /// The system gives no randomness, or no thread.
    pub fn generate() -> Result<Self, CryptoFailure> {
        std::thread::scope(|scope| {
            let sig = scope.spawn(|| SealingSignature::generate(Bits::Rsa2048));
            let reply = OpeningKey::generate(Bits::Rsa2048)?;
            let sig = sig.join().map_err(|_| CryptoFailure)??;
            Ok(Self { sig, reply })
        })
    }
}

/// Why no answer came, or none that can be believed.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// Nobody is there, or the way is closed.
    #[error("{url} cannot be reached: {reason}")]
    Unreachable {
        /// Where it was asked.
        url: String,
        /// What hindered it.
        reason: String,
    },
    /// It does run: it is full, or lets no more of this network in.
    #[error("{url} hangs up before it answers: {reason}")]
    HungUp {
        /// Where it was asked.
        url: String,
        /// What hindered it.
        reason: String,
    },
    /// Another try may succeed.
    #[error("the server is busy: {0}")]
    Busy(String),
    /// Whether a ballot was recorded is not known.
    #[error("the connection broke off before the server's answer: {0}")]
    Broken(String),
    /// Nothing of it is believed.
    #[error("the server broke the protocol: {0}")]
    Violation(#[from] Violation),
    /// A voter's disk and memory are not the server's.
    #[error("the server broke the protocol: {0}")]
    TooMuch(#[from] TooMuch),
    /// The cryptographic library.
    #[error("{0}")]
    Crypto(#[from] CryptoFailure),
    /// No keys can be made.
    #[error("the system gives no randomness")]
    Randomness,
    /// Nothing more was sent.
    #[error("the voter gave up")]
    GaveUp,
}

impl SessionError {
    /// What it means for the vote.
    pub fn loss(&self) -> Loss {
        match self {
            Self::Broken(_) => Loss::Broken,
            Self::Busy(_) => Loss::Busy,
            _ => Loss::Final,
        }
    }
}

/// What a session asks of whoever votes.
pub trait Voting: Send {
    /// The exact bytes of an entry, first and after every «нет» that leaves another try; `None` gives up.
    fn entry(&mut self, why: Why) -> Option<EntryBytes>;

    /// «да», and the receipt verifies: it is kept before the server hears `ok`.
    fn recorded(&mut self, _receipt: &Receipt, _checked: &CheckedReceipt) {}
}

impl<F: FnMut(Why) -> Option<EntryBytes> + Send> Voting for F {
    fn entry(&mut self, why: Why) -> Option<EntryBytes> {
        self(why)
    }
}

/// With or without TLS beneath.
pub trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// A WebSocket over whatever lies beneath.
pub type Socket = WebSocketStream<Box<dyn Wire>>;

impl Address {
    /// Runs one session.
    ///
    /// # Errors
    /// The server, the way to it, or the voter, who gave up.
    pub async fn cast(
        &self,
        caller: &Caller,
        keys: &Arc<SessionKeys>,
        voting: &mut dyn Voting,
    ) -> Result<Outcome, SessionError> {
        let socket = self.connect(&caller.election).await?;
        cast_over(socket, caller, keys, voting, &mut None).await
    }

    /// Asks how the election stands, and whether the voter has voted, in a session of its own.
    ///
    /// # Errors
    /// The server, or the way to it.
    pub async fn greet(&self, caller: &Caller, keys: &Arc<SessionKeys>) -> Result<Outcome, SessionError> {
        let socket = self.connect(&caller.election).await?;
        let session = VoterSession::hello(caller.election.clone(), voter_of(caller, keys)?);
        run(socket, session, &caller.election, keys, &mut |_: Why| None, &mut None).await
    }

    /// Step 1 to 3 alone: is this number on the roll?
    ///
    /// # Errors
    /// The server, or the way to it.
    pub async fn knock(&self, election: &Election, number: VoterNumber) -> Result<bool, SessionError> {
        let mut socket = self.connect(election).await?;
        send(&mut socket, number.to_string()).await?;
        let answer = receive(&mut socket, ANSWER_TIMEOUT).await?;
        close(&mut socket).await;
        Ok(answer != NO)
    }

    /// # Errors
    /// The server, or the way to it.
    pub async fn connect(&self, election: &Election) -> Result<Socket, SessionError> {
        self.connect_from(None, election).await
    }

    /// From an address of this machine: many voters on one machine are then many addresses to the server.
    ///
    /// # Errors
    /// The server, or the way to it.
    pub async fn connect_from(&self, from: Option<IpAddr>, election: &Election) -> Result<Socket, SessionError> {
        let failed = |reason: String| SessionError::Unreachable { url: self.url().to_owned(), reason };
        let mut request = format!("{}/session", self.url().replacen("http", "ws", 1))
            .into_client_request()
            .map_err(|e| failed(e.to_string()))?;
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
        let max = token_max_bytes(election.session().down_bytes);
        let config = WebSocketConfig::default().max_message_size(Some(max)).max_frame_size(Some(max));
        let secure = request.uri().scheme_str() == Some("wss");
        let port = request.uri().port_u16().unwrap_or(if secure { 443 } else { 80 });
        let host = request.uri().host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let connecting = async {
            let stream = Metered::new(connect_tcp(from, &host, port).await?, session_max_bytes(election));
            let wire: Box<dyn Wire> = if secure {
                let connector = self.trust().connector().map_err(io::Error::other)?;
                let name = ServerName::try_from(host).map_err(io::Error::other)?;
                Box::new(connector.connect(name, stream).await?)
            } else {
                Box::new(stream)
            };
            tokio_tungstenite::client_async_with_config(request, wire, Some(config)).await
        };
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await;
        let (socket, _) = connected.map_err(|_| failed("no answer".into()))?.map_err(|error| match error {
            tungstenite::Error::Http(answer) if answer.status() == 503 => SessionError::Busy("503".into()),
            tungstenite::Error::Io(error) if TooMuch::in_error(&error).is_some() => broken(&error.into()),
            tungstenite::Error::Io(error) if is_hang_up(&error) => {
                SessionError::HungUp { url: self.url().to_owned(), reason: error.to_string() }
            }
            error => failed(error.to_string()),
        })?;
        Ok(socket)
    }
}

/// As [`Address::cast`], over a connection that is there. `waited` becomes the time from the last ballot sent to the server's
/// sealed answer to it.
///
/// # Errors
/// The server, the way to it, or the voter, who gave up.
pub async fn cast_over(
    socket: Socket,
    caller: &Caller,
    keys: &Arc<SessionKeys>,
    voting: &mut dyn Voting,
    waited: &mut Option<Duration>,
) -> Result<Outcome, SessionError> {
    let session = VoterSession::new(caller.election.clone(), voter_of(caller, keys)?);
    run(socket, session, &caller.election, keys, voting, waited).await
}

fn voter_of(caller: &Caller, keys: &SessionKeys) -> Result<Voter, SessionError> {
    let Caller { number, credential, .. } = caller;
    let (sig, reply) = (keys.sig.public().clone(), keys.reply.public().clone());
    let mut weights = [0; 32];
    rand::fill(&mut weights).map_err(|_| SessionError::Randomness)?;
    Ok(Voter { number: *number, credential: credential.clone(), sig, reply, weights: WeightSeed(weights) })
}

/// Carries the frames of a session and runs its errands, to its end.
async fn run(
    mut socket: Socket,
    mut session: VoterSession,
    election: &Arc<Election>,
    keys: &Arc<SessionKeys>,
    voting: &mut dyn Voting,
    waited: &mut Option<Duration>,
) -> Result<Outcome, SessionError> {
    let mut sent = Instant::now();
    let mut effects = VecDeque::from(session.handle(Input::Start)?);
    loop {
        let Some(effect) = effects.pop_front() else {
            let frame = receive(&mut socket, ANSWER_TIMEOUT).await?;
            effects.extend(session.handle(Input::Frame(&frame))?);
            continue;
        };
        let input = match effect {
            Effect::Send(frame) => {
                sent = Instant::now();
                send(&mut socket, frame).await?;
                continue;
            }
            Effect::NeedEntry(why) => Input::Entry(voting.entry(why).ok_or(SessionError::GaveUp)?),
            Effect::Seal(payload) => {
                let (keys, to) = (keys.clone(), election.keys().server_enc.clone());
                let sealed = blocking(move || envelope::seal(&payload, &keys.sig, true, &to)).await?;
                Input::Sealed(sealed?)
            }
            Effect::SealOk { payload, key } => Input::Sealed(envelope::seal_ok(&payload, &key)?),
            Effect::Keep { receipt, checked, .. } => {
                voting.recorded(&receipt, &checked);
                continue;
            }
            Effect::Open(frame) => {
                *waited = Some(sent.elapsed());
                let (keys, election) = (keys.clone(), election.clone());
                Input::Opened(
                    blocking(move || {
                        let signer = Signer::Known(&election.keys().server_sig);
                        envelope::open(&frame, &keys.reply, signer, election.session().down_bytes)
                    })
                    .await?,
                )
            }
            Effect::Finish(outcome) => {
                // The server deletes the folder, then closes: waiting for that ends the exchange in order.
                let _ = tokio::time::timeout(CONNECT_TIMEOUT, socket.next()).await;
                close(&mut socket).await;
                return Ok(outcome);
            }
        };
        effects.extend(session.handle(input)?);
    }
}

async fn connect_tcp(from: Option<IpAddr>, host: &str, port: u16) -> io::Result<TcpStream> {
    let Some(from) = from else {
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        return Ok(stream);
    };
    let to = tokio::net::lookup_host((host, port)).await?.next().ok_or(io::ErrorKind::NotFound)?;
    let socket = if to.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_nodelay(true)?;
    socket.bind((from, 0).into())?;
    socket.connect(to).await
}

/// The server has to take it: one that takes nothing must not hold the voter for ever.
async fn send(socket: &mut Socket, frame: String) -> Result<(), SessionError> {
    let sent = tokio::time::timeout(ANSWER_TIMEOUT, socket.send(Message::text(frame))).await;
    sent.map_err(|_| SessionError::Broken("the server takes nothing".into()))?.map_err(|error| broken(&error))
}

/// Politeness: whether the other side hears it is all the same.
async fn close(socket: &mut Socket) {
    let _ = tokio::time::timeout(CONNECT_TIMEOUT, socket.close(None)).await;
}

/// The next frame of the dialogue, within `patience` whatever else comes before it. Pings are answered beneath, and bounded
/// with all other bytes ([`Metered`]).
async fn receive(socket: &mut Socket, patience: Duration) -> Result<String, SessionError> {
    let frame = tokio::time::timeout(patience, async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                frame => return frame,
            }
        }
    });
    match frame.await.map_err(|_| SessionError::Broken("no answer in time".into()))? {
        Some(Ok(Message::Text(text))) => Ok(text.as_str().to_owned()),
        Some(Ok(Message::Close(frame))) => {
            let code = frame.map_or(1005, |frame| u16::from(frame.code));
            if code == TRY_AGAIN_LATER {
                return Err(SessionError::Busy(format!("close code {code}")));
            }
            Err(SessionError::Broken(format!("the server hung up, code {code}")))
        }
        // The dialogue is text.
        Some(Ok(_)) => Err(Violation::Order.into()),
        Some(Err(error)) => Err(broken(&error)),
        None => Err(SessionError::Broken("the server hung up".into())),
    }
}

fn broken(error: &tungstenite::Error) -> SessionError {
    match error {
        tungstenite::Error::Io(inner) => match TooMuch::in_error(inner) {
            Some(too_much) => too_much.into(),
            None => SessionError::Broken(error.to_string()),
        },
        _ => SessionError::Broken(error.to_string()),
    }
}

async fn blocking<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> Result<T, CryptoFailure> {
    tokio::task::spawn_blocking(job).await.map_err(|_| CryptoFailure)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tokio::io::{AsyncWriteExt, DuplexStream, duplex};
    use tokio_tungstenite::tungstenite::protocol::Role;

    use super::*;

    const MAX_BYTES: u64 = 100_000;
    const PATIENCE: Duration = Duration::from_secs(2);

    /// What a voter's side makes of a server that begins so and goes on like this for ever, and how many bytes it takes.
    async fn against(begins: &[u8], goes_on: &[u8], pause: Duration) -> (Result<String, SessionError>, u64) {
        let (near, far) = duplex(4_096);
        let wire: Box<dyn Wire> = Box::new(Metered::new(near, MAX_BYTES));
        let config = WebSocketConfig::default().max_message_size(Some(9_000)).max_frame_size(Some(9_000));
        let mut socket = WebSocketStream::from_raw_socket(wire, Role::Client, Some(config)).await;
        let server = tokio::spawn(floods(far, begins.to_vec(), goes_on.to_vec(), pause));
        let answer = receive(&mut socket, PATIENCE).await;
        drop(socket);
        (answer, server.await.unwrap())
    }

    /// Takes whatever comes, as a server would that answers nothing.
    async fn floods(far: DuplexStream, begins: Vec<u8>, goes_on: Vec<u8>, pause: Duration) -> u64 {
        let (mut from, mut to) = tokio::io::split(far);
        let taken = tokio::spawn(async move { tokio::io::copy(&mut from, &mut tokio::io::sink()).await });
        let mut sent = 0;
        let mut next = begins;
        while to.write_all(&next).await.is_ok() {
            sent += next.len() as u64;
            next.clone_from(&goes_on);
            tokio::time::sleep(pause).await;
        }
        taken.abort();
        sent
    }

    /// Row 34, from the other side: whatever it is that a server sends without end, it ends.
    #[tokio::test]
    async fn row_34_a_server_that_floods_the_voter_is_cut_off_at_a_bound() {
        for (what, begins, goes_on) in [
            ("pings", &b""[..], b"\x89\x01x".repeat(500)),
            ("pongs", b"", b"\x8a\x00".repeat(500)),
            ("empty continuations of a text", b"\x01\x00", b"\x00\x00".repeat(500)),
        ] {
            let (answer, sent) = against(begins, &goes_on, Duration::ZERO).await;
            assert!(matches!(answer, Err(SessionError::TooMuch(_))), "{what}: {answer:?}");
            assert!(sent < 2 * MAX_BYTES, "{what}: {sent} bytes");
        }
        let (answer, sent) = against(b"", b"\x82\x01x", Duration::ZERO).await;
        assert!(matches!(answer, Err(SessionError::Violation(Violation::Order))), "binary: {answer:?}");
        assert!(sent < 2 * MAX_BYTES, "binary: {sent} bytes");
    }

    /// A ping now and then does not make a silent server an answering one.
    #[tokio::test]
    async fn row_34_pings_do_not_lengthen_the_voters_patience() {
        let began = Instant::now();
        let (answer, _) = against(b"", b"\x89\x00", Duration::from_millis(100)).await;
        assert!(matches!(answer, Err(SessionError::Broken(_))), "{answer:?}");
        assert!(began.elapsed() < 10 * PATIENCE);
    }
}
