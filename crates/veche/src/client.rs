//! The voter's side of the wire: HTTP for the manifest, a WebSocket for the session.

use std::{
    io::{self, Read as _},
    net::IpAddr,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

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
use veche_election::{CredentialKey, Election, VoterNumber, manifest::ManifestError, record};
use veche_server::tls::{self, Trust};
use veche_session::{
    SUBPROTOCOL, VoterSession,
    envelope::{self, Bits, CryptoFailure, OpeningKey, SealingSignature, Signer},
    message::NO,
    sealed::token_max_bytes,
    voter::{Effect, Input, Outcome, Violation, Voter, Why},
};

use crate::{
    failure::{Exit, Failure, Result},
    lang::tr,
    setup,
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A busy server may let a voter wait; a dead one must not let him wait for ever.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);
/// RFC 6455's registry: the server has too much to do.
const TRY_AGAIN_LATER: u16 = 1013;
/// No answer that is no file of a record is larger.
const ANSWER_MAX_BYTES: u64 = 16 << 20;
/// Why a request was refused.
const REFUSAL_MAX_BYTES: u64 = 4_096;

/// An environment variable: as `--ca`.
const CA_VARIABLE: &str = "VECHE_CA";

/// Whom this process believes, said once on the command line.
static TRUST: OnceLock<Trust> = OnceLock::new();
/// The address of the server of the folder that this process works on.
static OWN_SERVER: OnceLock<String> = OnceLock::new();

/// From `--ca`, else from the environment, else the authorities that browsers know.
pub fn choose_trust(file: Option<PathBuf>) -> Result<()> {
    let file = file.or_else(|| std::env::var_os(CA_VARIABLE).filter(|name| !name.is_empty()).map(PathBuf::from));
    if let Some(file) = file {
        let _ = TRUST.set(Trust::only(&file)?);
    }
    Ok(())
}

pub fn trust() -> &'static Trust {
    TRUST.get_or_init(Trust::default)
}

/// The lock of our own folder says that its server is here: see [`tls::for_own_server`].
pub fn own_server(url: &str) {
    let _ = OWN_SERVER.set(url.to_owned());
}

/// The two key pairs of one session. The private halves never leave the process that made them.
#[derive(Debug)]
pub struct SessionKeys {
    pub sig: SealingSignature,
    pub reply: OpeningKey,
}

impl SessionKeys {
    pub fn generate() -> std::result::Result<Self, CryptoFailure> {
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
pub enum ClientError {
    #[error("{url} cannot be reached: {reason}")]
    Unreachable { url: String, reason: String },
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

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let exit = match &error {
            ClientError::Unreachable { .. } | ClientError::Broken(_) => Exit::Unreachable,
            ClientError::Busy(_) => Exit::Busy,
            ClientError::Violation(_) => Exit::CheckFailed,
            ClientError::Crypto(_) | ClientError::Randomness | ClientError::GaveUp => Exit::Other,
        };
        let failure = Failure::new(exit, &error);
        match error {
            ClientError::Violation(_) => failure.next(tr!(
                "Do not vote again at this address; tell the organiser and keep this message.",
                "Не голосуйте больше по этому адресу; сообщите организатору и сохраните это сообщение."
            )),
            ClientError::Busy(_) => failure.next(tr!(
                "Nothing was recorded. Try again in a minute.",
                "Ничего не записано. Попробуйте через минуту."
            )),
            ClientError::Broken(_) => failure.next(tr!(
                "Run the same command again: a ballot that was recorded is found, not counted twice.",
                "Запустите ту же команду ещё раз: записанный бюллетень найдётся и не будет учтён дважды."
            )),
            _ => failure,
        }
    }
}

pub fn is_url(target: &str) -> bool {
    target.starts_with("http://") || target.starts_with("https://")
}

/// `https://host:port` or `http://host:port`, without a path.
pub fn check_url(url: &str) -> Result<String> {
    let url = url.trim_end_matches('/');
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = host.filter(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@']));
    match host {
        Some(_) => Ok(url.to_owned()),
        None => Err(Failure::usage(tr!(
            "\"{url}\" is not an address like https://host or http://host:8080",
            "«{url}» — не адрес вида https://host или http://host:8080"
        ))),
    }
}

/// GET: the body, or `None` for 404. A file of a record is no larger than such a file may be.
pub fn get(url: &str, path: &str) -> Result<Option<Vec<u8>>> {
    let max_bytes = record::file_max_bytes(path.trim_start_matches('/')).unwrap_or(ANSWER_MAX_BYTES);
    get_at_most(url, path, max_bytes)
}

/// As [`get`], with a bound of the caller's.
pub fn get_at_most(url: &str, path: &str, max_bytes: u64) -> Result<Option<Vec<u8>>> {
    let response = agent(url).get(format!("{url}{path}")).call().map_err(|error| unreachable(url, &error))?;
    match response.status().as_u16() {
        200 => read_body(url, response, max_bytes).map(Some),
        404 => Ok(None),
        _ => Err(refused(response)),
    }
}

/// POST: the body of the answer.
pub fn post(url: &str, path: &str, body: &[u8]) -> Result<Vec<u8>> {
    let response = agent(url).post(format!("{url}{path}")).send(body).map_err(|error| unreachable(url, &error))?;
    if response.status().is_success() { read_body(url, response, ANSWER_MAX_BYTES) } else { Err(refused(response)) }
}

fn agent(url: &str) -> ureq::Agent {
    let own = OWN_SERVER.get().is_some_and(|own| own == url);
    let config = ureq::Agent::config_builder()
        .tls_config(if own { tls::for_own_server() } else { trust().for_requests() })
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_global(Some(ANSWER_TIMEOUT))
        .max_redirects(0)
        .http_status_as_error(false);
    config.build().into()
}

fn read_body(url: &str, response: ureq::http::Response<ureq::Body>, max_bytes: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let body = response.into_body().into_reader().take(max_bytes.saturating_add(1)).read_to_end(&mut bytes);
    body.map_err(|error| unreachable(url, &error))?;
    if bytes.len() as u64 <= max_bytes {
        return Ok(bytes);
    }
    Err(Failure::new(
        Exit::CheckFailed,
        tr!(
            "{url} answers with more than {max_bytes} bytes: no such answer is so large",
            "{url} отвечает больше чем {max_bytes} байтами: таких ответов не бывает"
        ),
    ))
}

fn refused(response: ureq::http::Response<ureq::Body>) -> Failure {
    let status = response.status().as_u16();
    let exit = match status {
        403 | 409 => Exit::NotOpen,
        503 => Exit::Busy,
        _ => Exit::Other,
    };
    let mut why = Vec::new();
    let _ = response.into_body().into_reader().take(REFUSAL_MAX_BYTES).read_to_end(&mut why);
    let why: String = String::from_utf8_lossy(&why).trim().chars().filter(|c| !c.is_control()).take(300).collect();
    Failure::new(exit, tr!("the server answered {status}: {why}", "сервер ответил {status}: {why}"))
}

fn unreachable(url: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::from(ClientError::Unreachable { url: url.into(), reason: error.to_string() })
        .next(tr!("Is the server running, and is the address right?", "Запущен ли сервер и верен ли адрес?"))
}

/// The manifest as it is served. Nothing of it may be shown before its ids are re-computed.
pub fn fetch_manifest(url: &str) -> Result<Vec<u8>> {
    get(url, "/election.json")?.ok_or_else(|| {
        Failure::new(Exit::Unreachable, tr!("there is no election at {url}", "по адресу {url} нет выборов"))
    })
}

/// Fetches the manifest and re-computes its ids.
pub fn fetch_election(url: &str) -> Result<Election> {
    Election::parse(&fetch_manifest(url)?).map_err(|error| bad_manifest(url, &error))
}

pub fn bad_manifest(url: &str, error: &ManifestError) -> Failure {
    Failure::new(
        Exit::CheckFailed,
        tr!("{url} serves a manifest that is not valid: {error}", "{url} отдаёт негодный манифест: {error}"),
    )
}

/// Runs one session. `next_entry` is asked for the exact bytes of an entry, first and after every «нет» that leaves
/// another try; `None` gives up.
pub async fn cast(
    url: &str,
    election: &Arc<Election>,
    number: VoterNumber,
    credential: &CredentialKey,
    keys: &Arc<SessionKeys>,
    next_entry: &mut (dyn FnMut(Why) -> Option<String> + Send),
) -> std::result::Result<Outcome, ClientError> {
    let socket = connect(url, election).await?;
    cast_over(socket, election, number, credential, keys, next_entry, &mut None).await
}

/// As [`cast`], over a connection that is there. `waited` becomes the time from the last ballot sent to the server's
/// sealed answer to it.
pub async fn cast_over(
    mut socket: Socket,
    election: &Arc<Election>,
    number: VoterNumber,
    credential: &CredentialKey,
    keys: &Arc<SessionKeys>,
    next_entry: &mut (dyn FnMut(Why) -> Option<String> + Send),
    waited: &mut Option<Duration>,
) -> std::result::Result<Outcome, ClientError> {
    let (sig, reply) = (keys.sig.public().clone(), keys.reply.public().clone());
    let weights = setup::weight_seed().map_err(|_| ClientError::Randomness)?;
    let voter = Voter { number, credential: credential.clone(), sig, reply, weights };
    let mut session = VoterSession::new(election.clone(), voter);
    let mut sent = Instant::now();
    let mut effects = std::collections::VecDeque::from(session.handle(Input::Start)?);
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
            Effect::NeedEntry(why) => Input::Entry(next_entry(why).ok_or(ClientError::GaveUp)?),
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

/// Step 1 to 3 alone: is this number on the roll?
pub async fn knock(url: &str, election: &Election, number: VoterNumber) -> std::result::Result<bool, ClientError> {
    let mut socket = connect(url, election).await?;
    socket.send(Message::text(number.to_string())).await.map_err(|error| broken(&error))?;
    let answer = receive(&mut socket).await?;
    let _ = socket.close(None).await;
    Ok(answer != NO)
}

/// With or without TLS beneath.
pub trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

pub type Socket = WebSocketStream<Box<dyn Wire>>;

pub async fn connect(url: &str, election: &Election) -> std::result::Result<Socket, ClientError> {
    connect_from(None, url, election).await
}

/// From an address of this machine: many voters on one machine are then many addresses to the server.
pub async fn connect_from(
    from: Option<IpAddr>,
    url: &str,
    election: &Election,
) -> std::result::Result<Socket, ClientError> {
    let failed = |reason: String| ClientError::Unreachable { url: url.to_owned(), reason };
    let mut request = format!("{}/session", url.replacen("http", "ws", 1))
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
            let connector = trust().connector().map_err(io::Error::other)?;
            let name = ServerName::try_from(host).map_err(io::Error::other)?;
            Box::new(connector.connect(name, stream).await?)
        } else {
            Box::new(stream)
        };
        tokio_tungstenite::client_async_with_config(request, wire, Some(config)).await
    };
    let connected = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await;
    let (socket, _) = connected.map_err(|_| failed("no answer".into()))?.map_err(|error| match error {
        tungstenite::Error::Http(answer) if answer.status() == 503 => ClientError::Busy("503".into()),
        error => failed(error.to_string()),
    })?;
    Ok(socket)
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

async fn receive(socket: &mut Socket) -> std::result::Result<String, ClientError> {
    loop {
        let frame = tokio::time::timeout(ANSWER_TIMEOUT, socket.next()).await;
        match frame.map_err(|_| ClientError::Broken("no answer in time".into()))? {
            Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
            Some(Ok(Message::Close(frame))) => {
                let code = frame.map_or(1005, |frame| u16::from(frame.code));
                if code == TRY_AGAIN_LATER {
                    return Err(ClientError::Busy(format!("close code {code}")));
                }
                return Err(ClientError::Broken(format!("the server hung up, code {code}")));
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(broken(&error)),
            None => return Err(ClientError::Broken("the server hung up".into())),
        }
    }
}

fn broken(error: &tungstenite::Error) -> ClientError {
    ClientError::Broken(error.to_string())
}

async fn blocking<T: Send + 'static>(
    job: impl FnOnce() -> T + Send + 'static,
) -> std::result::Result<T, CryptoFailure> {
    tokio::task::spawn_blocking(job).await.map_err(|_| CryptoFailure)
}
