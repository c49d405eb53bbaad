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
use veche_election::{Election, VoterNumber, WeightSeed};
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
};

/// RFC 6455's registry: the server has too much to do.
const TRY_AGAIN_LATER: u16 = 1013;

/// The two key pairs of one session. The private halves never leave the process that made them.
#[derive(Debug)]
pub struct SessionKeys {
    pub sig: SealingSignature,
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
    #[error("{url} cannot be reached: {reason}")]
    Unreachable { url: String, reason: String },
    /// It does run: it is full, or lets no more of this network in.
    #[error("{url} hangs up before it answers: {reason}")]
    HungUp { url: String, reason: String },
    #[error("the server is busy: {0}")]
    Busy(String),
    #[error("the connection broke off before the server's answer: {0}")]
    Broken(String),
    #[error("the server broke the protocol: {0}")]
    Violation(#[from] Violation),
    #[error("{0}")]
    Crypto(#[from] CryptoFailure),
    #[error("the system gives no randomness")]
    Randomness,
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

/// With or without TLS beneath.
pub trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

pub type Socket = WebSocketStream<Box<dyn Wire>>;

impl Address {
    /// Runs one session. `next_entry` is asked for the exact bytes of an entry, first and after every «нет» that leaves
    /// another try; `None` gives up.
    ///
    /// # Errors
    /// The server, the way to it, or the voter, who gave up.
    pub async fn cast(
        &self,
        caller: &Caller,
        keys: &Arc<SessionKeys>,
        next_entry: &mut (dyn FnMut(Why) -> Option<String> + Send),
    ) -> Result<Outcome, SessionError> {
        let socket = self.connect(&caller.election).await?;
        cast_over(socket, caller, keys, next_entry, &mut None).await
    }

    /// Asks how the election stands, and whether the voter has voted, in a session of its own.
    ///
    /// # Errors
    /// The server, or the way to it.
    pub async fn greet(&self, caller: &Caller, keys: &Arc<SessionKeys>) -> Result<Outcome, SessionError> {
        let socket = self.connect(&caller.election).await?;
        let session = VoterSession::hello(caller.election.clone(), voter_of(caller, keys)?);
        run(socket, session, &caller.election, keys, &mut |_| None, &mut None).await
    }

    /// Step 1 to 3 alone: is this number on the roll?
    ///
    /// # Errors
    /// The server, or the way to it.
    pub async fn knock(&self, election: &Election, number: VoterNumber) -> Result<bool, SessionError> {
        let mut socket = self.connect(election).await?;
        socket.send(Message::text(number.to_string())).await.map_err(|error| broken(&error))?;
        let answer = receive(&mut socket).await?;
        let _ = socket.close(None).await;
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
            let stream = connect_tcp(from, &host, port).await?;
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
    next_entry: &mut (dyn FnMut(Why) -> Option<String> + Send),
    waited: &mut Option<Duration>,
) -> Result<Outcome, SessionError> {
    let session = VoterSession::new(caller.election.clone(), voter_of(caller, keys)?);
    run(socket, session, &caller.election, keys, next_entry, waited).await
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
    next_entry: &mut (dyn FnMut(Why) -> Option<String> + Send),
    waited: &mut Option<Duration>,
) -> Result<Outcome, SessionError> {
    let mut sent = Instant::now();
    let mut effects = VecDeque::from(session.handle(Input::Start)?);
    loop {
        let Some(effect) = effects.pop_front() else {
            let frame = receive(&mut socket).await?;
            effects.extend(session.handle(Input::Frame(&frame))?);
            continue;
        };
        let input = match effect {
            Effect::Send(frame) => {
                sent = Instant::now();
                socket.send(Message::text(frame)).await.map_err(|error| broken(&error))?;
                continue;
            }
            Effect::NeedEntry(why) => Input::Entry(next_entry(why).ok_or(SessionError::GaveUp)?),
            Effect::Seal(payload) => {
                let (keys, to) = (keys.clone(), election.keys().server_enc.clone());
                let sealed = blocking(move || envelope::seal(&payload, &keys.sig, true, &to)).await?;
                Input::Sealed(sealed?)
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
                let _ = socket.close(None).await;
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

async fn receive(socket: &mut Socket) -> Result<String, SessionError> {
    loop {
        let frame = tokio::time::timeout(ANSWER_TIMEOUT, socket.next()).await;
        match frame.map_err(|_| SessionError::Broken("no answer in time".into()))? {
            Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
            Some(Ok(Message::Close(frame))) => {
                let code = frame.map_or(1005, |frame| u16::from(frame.code));
                if code == TRY_AGAIN_LATER {
                    return Err(SessionError::Busy(format!("close code {code}")));
                }
                return Err(SessionError::Broken(format!("the server hung up, code {code}")));
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(broken(&error)),
            None => return Err(SessionError::Broken("the server hung up".into())),
        }
    }
}

fn broken(error: &tungstenite::Error) -> SessionError {
    SessionError::Broken(error.to_string())
}

async fn blocking<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> Result<T, CryptoFailure> {
    tokio::task::spawn_blocking(job).await.map_err(|_| CryptoFailure)
}
