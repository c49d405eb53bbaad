//! What organisers publish, on its way into a folder of the host: the head is checked before anything behind it is taken, what comes
//! is checked whole in a folder apart, and takes its place at one stroke. Spec: `docs/spec/host.md` sections 4 to 6.

use std::{
    collections::HashSet,
    fs,
    io::{self, Write as _},
    net::IpAddr,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use aws_lc_rs::{digest, rand};
use axum::{
    body::{Body, BodyDataStream, Bytes},
    extract::{Extension, Request, State},
    http::StatusCode,
    response::Response,
};
use futures_util::StreamExt;
use rustix::{
    fs::{CWD, RenameFlags},
    io::Errno,
};
use serde::{Deserialize, Serialize};
use veche_election::{
    Act, Draft, Election, Hash, Keys, PublicKey, RollShows, Signatory, SigningKey,
    added::SentAct,
    canonical,
    manifest::ENTRY_MAX_BYTES,
    publication::{
        CEREMONY_PART, CREDENTIALS_PART, CheckedPublication, DRAFT_PART, HEAD_MAX_BYTES, MANIFEST_PART,
        PUBLISHED_VERSION, Part, Publication, Published, SETUP_PART, Step, VOTERS_PART, Wishes,
    },
    record::file_max_bytes,
    roll::summary,
};
use veche_session::envelope::{Bits, OpeningKey, SealingSignature};
use zeroize::Zeroizing;

use super::{COMING_DIR, Neighbours, archive, invitations::NotInvited, tenant::Tenant};
use crate::{
    clock::Clock,
    home::{
        BOARD_KEY_FILE, CHECKPOINT_FILE, DRAFT_FILE, Home, HomeError, RETURNED_FILE, SERVER_KEYS_FILE, ServerKeys,
        make_private_dir,
    },
    listener::Peer,
    metrics::Metrics,
    replies::{JSON, NEVER, body, refuse},
    sequencer::{GRACE_DEFAULT_S, GRACE_MAX_S, LOOK_PERIOD, Sequencer, Timing},
    store,
};

/// What a host knows of who published an election, beside its other files.
const PUBLICISED_FILE: &str = "published.json";
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// For everything behind the head, and what the host makes of it.
const PARTS_TIMEOUT: Duration = Duration::from_secs(240);
/// Of a voter in the credential list, and in the list of identifiers, with a name of 200 characters.
const CREDENTIAL_MAX_BYTES: u64 = 256;
const SEAT_MAX_BYTES: u64 = 1_280;
/// What such a list has besides.
const LIST_MAX_BYTES: u64 = 4_096;

/// Its file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Publicised {
    pub organiser: PublicKey,
    /// Of the newest head that was taken.
    pub at: u64,
    /// So many the invitation allows.
    pub voters: u64,
    pub draft: Hash,
    pub manifest: Option<Hash>,
    pub wishes: Wishes,
}

impl Publicised {
    /// `None` of a folder that the operator has put there.
    pub fn read(home: &Home) -> Result<Option<Self>, HomeError> {
        let Some(bytes) = home.read_if_there(PUBLICISED_FILE)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| HomeError::file(&home.path(PUBLICISED_FILE), error))
    }

    pub fn write(&self, home: &Home) -> Result<(), HomeError> {
        home.write_secret(PUBLICISED_FILE, &canonical::write(self))
    }
}

/// Who erred, and a word by which a program knows it.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    why: String,
}

impl Refusal {
    fn new(status: StatusCode, why: impl ToString) -> Self {
        Self { status, why: why.to_string() }
    }

    fn bad(why: impl ToString) -> Self {
        Self::new(StatusCode::BAD_REQUEST, why)
    }

    fn conflict(why: impl ToString) -> Self {
        Self::new(StatusCode::CONFLICT, why)
    }

    fn forbidden(why: impl ToString) -> Self {
        Self::new(StatusCode::FORBIDDEN, why)
    }

    fn not_right(what: &str, why: impl ToString) -> Self {
        Self::bad(format!("{what}: {}", why.to_string()))
    }

    fn ours(error: impl ToString) -> Self {
        tracing::error!(error = error.to_string(), "what was published could not be kept");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "host-failed: the host could not keep it; try again later")
    }
}

impl From<HomeError> for Refusal {
    fn from(error: HomeError) -> Self {
        Self::ours(error)
    }
}

impl From<NotInvited> for Refusal {
    fn from(error: NotInvited) -> Self {
        match error {
            NotInvited::Disk(error) => Self::ours(error),
            error => Self::forbidden(error),
        }
    }
}

type Taken<T> = Result<T, Refusal>;

/// `POST /publish`
pub(super) async fn publish(
    State(host): State<Arc<Neighbours>>,
    Extension(Peer(peer)): Extension<Peer>,
    request: Request,
) -> Response {
    let address = host.gate.household_of(peer, request.headers());
    match host.take(address, request.into_body()).await {
        Ok(published) => body(JSON, NEVER, canonical::write(&published)),
        Err(Refusal { status, why }) => {
            if status.is_client_error() {
                host.gate.strike(address);
                tracing::warn!(why, "what somebody wanted to publish was refused");
            }
            refuse(status, why)
        }
    }
}

/// What may happen with a publication whose head is right.
enum Allowed {
    /// It is here already.
    Repeated,
    /// So many voters.
    Taken(u64),
}

impl Neighbours {
    async fn take(self: &Arc<Self>, address: IpAddr, body: Body) -> Taken<Published> {
        let mut coming = Coming { stream: body.into_data_stream(), rest: Bytes::new() };
        let late = |_| Refusal::new(StatusCode::REQUEST_TIMEOUT, "the request took too long");
        let head = tokio::time::timeout(HEAD_TIMEOUT, coming.line()).await.map_err(late)??;
        let checked =
            self.workers.run(self.gate.lane(address), address, move || CheckedPublication::check(&head)).await;
        let checked = checked.map_err(|busy| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, busy))?;
        let head = checked.map_err(Refusal::bad)?;
        let publication = head.publication();
        if publication.host != self.grounds.url {
            let here = &self.grounds.url;
            return Err(Refusal::bad(format!("other-host: this is signed for another host; this one is {here}")));
        }
        let voters = match self.allow(publication).await? {
            Allowed::Repeated => return self.answer(publication),
            Allowed::Taken(voters) => voters,
        };
        for part in &publication.parts {
            if part.bytes > part_max_bytes(part, voters) {
                let (name, most) = (&part.name, part_max_bytes(part, voters));
                let why = format!("too-large: {name} may have {most} bytes here, for at most {voters} voters");
                return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, why));
            }
        }
        let Ok(_turn) = self.uploads.try_acquire() else {
            return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "the host is busy with others; try again"));
        };
        let staged = Staged::new(&self.grounds.root)?;
        let received = coming.parts(&publication.parts, &staged.0);
        tokio::time::timeout(PARTS_TIMEOUT, received).await.map_err(late)??;
        // Whoever hangs up now finds it done when they come again.
        let (host, publication) = (self.clone(), publication.clone());
        let kept = tokio::spawn(async move {
            match publication.step {
                Step::Draft => host.keep_draft(&publication, voters, staged).await?,
                Step::Setup => host.keep_setup(&publication, voters, staged).await?,
            }
            host.answer(&publication)
        });
        kept.await.map_err(Refusal::ours)?
    }

    /// Is this organiser's, with an invitation where nothing of this name is here yet? What is here already is not taken twice.
    async fn allow(&self, publication: &Publication) -> Taken<Allowed> {
        let _changes = self.changes.lock().await;
        let Publication { name, step, organiser, at, invitation, wishes, parts, .. } = publication;
        let dir = self.grounds.root.join(name);
        let content = parts.first().map_or(Hash::ZERO, |part| part.hash);
        if fs::symlink_metadata(&dir).is_err() {
            return match (step, invitation) {
                (Step::Setup, _) => Err(Refusal::forbidden("not-published: publish the draft of this election first")),
                (Step::Draft, None) => Err(NotInvited::Unknown.into()),
                (Step::Draft, Some(code)) => {
                    Ok(Allowed::Taken(self.invitations.admit(code, organiser, name, Clock::system().wall())?))
                }
            };
        }
        let home = Home::new(&dir);
        let taken =
            || Refusal::forbidden("name-taken: an election of somebody else has this name here; choose another");
        let mut publicised = Publicised::read(&home)?.ok_or_else(taken)?;
        if publicised.organiser != *organiser {
            return Err(taken());
        }
        if archive::is_archived(&home) {
            return Err(Refusal::conflict("set-up: this election is over, and stays as it is"));
        }
        let same = match step {
            Step::Draft => publicised.draft == content,
            Step::Setup => publicised.manifest == Some(content),
        };
        if same {
            if *at > publicised.at && publicised.manifest.is_none() {
                (publicised.at, publicised.wishes) = (*at, wishes.clone());
                publicised.write(&home)?;
            }
            return Ok(Allowed::Repeated);
        }
        if publicised.manifest.is_some() {
            return Err(Refusal::conflict("set-up: this election is set up, and stays as it is"));
        }
        if *at <= publicised.at {
            return Err(Refusal::conflict("older: something newer was published under this name"));
        }
        Ok(Allowed::Taken(publicised.voters))
    }

    /// The public halves by which the manifest names this host.
    fn answer(&self, publication: &Publication) -> Taken<Published> {
        let Publication { name, step, organiser, .. } = publication;
        let home = Home::new(self.grounds.root.join(name));
        let url = self.grounds.url_of(name);
        let keys = if home.exists() { home.election()?.keys().clone() } else { own_keys(&home, *organiser)? };
        Ok(Published { v: PUBLISHED_VERSION.into(), name: name.clone(), step: *step, url, keys })
    }

    /// With keys of its own, where the name is new; else in the place of the draft before.
    async fn keep_draft(&self, publication: &Publication, voters: u64, staged: Staged) -> Taken<()> {
        let bytes = Home::new(&staged.0).read(DRAFT_FILE)?;
        let draft = Draft::parse(&bytes).map_err(|error| Refusal::not_right(DRAFT_PART, error))?;
        refuse_wishes(publication, draft.witnesses.is_some())?;
        let dir = self.grounds.root.join(&publication.name);
        let next = Publicised {
            organiser: publication.organiser,
            at: publication.at,
            voters,
            draft: Hash::of(&bytes),
            manifest: None,
            wishes: publication.wishes.clone(),
        };
        let is_new = fs::symlink_metadata(&dir).is_err();
        let made =
            if is_new { Some(tokio::task::spawn_blocking(make_keys).await.map_err(Refusal::ours)??) } else { None };
        let _changes = self.changes.lock().await;
        let home = Home::new(&staged.0);
        next.write(&home)?;
        if let Some((keys, board)) = made {
            if fs::symlink_metadata(&dir).is_ok() {
                return Err(Refusal::conflict("name-taken: somebody was quicker; try again"));
            }
            home.write_server_keys(&keys)?;
            home.write_signing_key(BOARD_KEY_FILE, &board)?;
            home.sync()?;
            fs::rename(&staged.0, &dir).map_err(|error| HomeError::io(&dir, error))?;
            sync_dir(&self.grounds.root)?;
            return self.begin_anew(&publication.name).await;
        }
        // The messages of another draft's ceremony fit no more.
        let before = Home::new(&dir);
        if Publicised::read(&before)?.is_none_or(|before| before.manifest.is_some() || before.at >= publication.at) {
            return Err(Refusal::conflict("older: something newer was published under this name"));
        }
        copy_keys(&before, &home)?;
        home.sync()?;
        self.put_in_place(&publication.name, &staged).await
    }

    /// An election, by the keys that this host has made for it.
    async fn keep_setup(&self, publication: &Publication, voters: u64, staged: Staged) -> Taken<()> {
        let before = Home::new(self.grounds.root.join(&publication.name));
        let home = Home::new(&staged.0);
        copy_keys(&before, &home)?;
        let (draft, keys) = (before.draft()?, own_keys(&before, publication.organiser)?);
        let (checked, organiser_wishes) = (home.clone(), publication.clone());
        let checking = move || check_setup(&checked, &draft, &keys, voters, &organiser_wishes);
        let (election, sent) = tokio::task::spawn_blocking(checking).await.map_err(Refusal::ours)??;
        begin_log(&home, &election, sent).await?;
        let draft = before.read(DRAFT_FILE)?;
        home.write_public(DRAFT_FILE, &draft)?;
        let manifest = Some(Hash::of(election.bytes()));
        let Publication { organiser, at, wishes, .. } = publication;
        let (organiser, at, wishes, draft) = (*organiser, *at, wishes.clone(), Hash::of(&draft));
        Publicised { organiser, at, voters, draft, manifest, wishes }.write(&home)?;
        fs::remove_file(home.path(SETUP_PART)).map_err(|error| HomeError::io(home.dir(), error))?;
        home.sync()?;
        let _changes = self.changes.lock().await;
        let still = Publicised::read(&before)?;
        if still.is_none_or(|still| still.manifest.is_some() || still.draft != draft || still.at >= at) {
            return Err(Refusal::conflict("older: something newer was published under this name"));
        }
        self.put_in_place(&publication.name, &staged).await
    }

    /// The folder takes the place of the one before, which goes. The caller lets nobody else change anything meanwhile.
    async fn put_in_place(&self, name: &str, staged: &Staged) -> Taken<()> {
        if let Some(tenant) = self.tenant(name) {
            tenant.end().await;
        }
        let put = exchange(&staged.0, &self.grounds.root.join(name)).and_then(|()| sync_dir(&self.grounds.root));
        self.begin_anew(name).await?;
        Ok(put?)
    }

    async fn begin_anew(&self, name: &str) -> Taken<()> {
        let tenant = Tenant::new(name, &self.grounds);
        tenant.begin(&self.grounds).await;
        let broken = tenant.is_broken();
        self.add(tenant);
        if broken { Err(Refusal::ours(format!("{name}: what was published cannot be served"))) } else { Ok(()) }
    }
}

/// As many bytes as a part may have of an election of so many voters.
fn part_max_bytes(part: &Part, voters: u64) -> u64 {
    match part.name.as_str() {
        CREDENTIALS_PART => LIST_MAX_BYTES + voters.saturating_mul(CREDENTIAL_MAX_BYTES),
        VOTERS_PART => LIST_MAX_BYTES + voters.saturating_mul(SEAT_MAX_BYTES),
        SETUP_PART => ENTRY_MAX_BYTES as u64,
        CEREMONY_PART => file_max_bytes(CEREMONY_PART).unwrap_or(0),
        _ => file_max_bytes(MANIFEST_PART).unwrap_or(0),
    }
}

/// The host asks witnesses at addresses that an organiser names: only where strangers may be asked anyway.
fn refuse_wishes(publication: &Publication, named: bool) -> Taken<()> {
    let Wishes { lang, grace_s, witnesses, .. } = &publication.wishes;
    if *grace_s > GRACE_MAX_S || lang.as_ref().is_some_and(|lang| lang != "en" && lang != "ru") {
        return Err(Refusal::bad("bad-wish: no host has such a language or waits so long"));
    }
    if witnesses.iter().any(|witness| !is_public(&witness.url)) {
        return Err(Refusal::bad(
            "bad-witness: a witness of an election at a host has an address that begins with https and a name",
        ));
    }
    if !named && !witnesses.is_empty() {
        return Err(Refusal::bad("bad-witness: the draft names no witnesses"));
    }
    Ok(())
}

fn is_public(url: &str) -> bool {
    let Some(url) = veche_client::Address::normal(url) else { return false };
    let Some(rest) = url.strip_prefix("https://") else { return false };
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    host.contains('.') && host.parse::<IpAddr>().is_err() && !host.ends_with(".localhost") && !rest.starts_with('[')
}

fn make_keys() -> Taken<(ServerKeys, SigningKey)> {
    let make = || -> Option<(ServerKeys, SigningKey)> {
        let (enc, sig) = (OpeningKey::generate(Bits::Rsa3072).ok()?, SealingSignature::generate(Bits::Rsa3072).ok()?);
        let mut seed = Zeroizing::new([0; 32]);
        rand::fill(&mut *seed).ok()?;
        Some((ServerKeys { enc, sig }, SigningKey::from_seed(&seed)))
    };
    make().ok_or_else(|| Refusal::ours("the system gives no randomness"))
}

fn own_keys(home: &Home, organiser: PublicKey) -> Result<Keys, HomeError> {
    let keys = home.server_keys()?;
    let (server_enc, server_sig) = (keys.enc.public().clone(), keys.sig.public().clone());
    Ok(Keys { server_enc, server_sig, board: home.signing_key(BOARD_KEY_FILE)?.public(), organiser })
}

fn copy_keys(from: &Home, to: &Home) -> Result<(), HomeError> {
    for name in [SERVER_KEYS_FILE, BOARD_KEY_FILE] {
        to.write_secret(name, &Zeroizing::new(from.read(name)?))?;
    }
    Ok(())
}

/// Everything that lies in the folder belongs to this draft, these keys and this organiser, and is right. Returns the election and
/// the first entry of its log.
fn check_setup(
    home: &Home,
    draft: &Draft,
    keys: &Keys,
    voters: u64,
    publication: &Publication,
) -> Taken<(Arc<Election>, SentAct)> {
    let manifest = home.read(MANIFEST_PART)?;
    let election = Election::parse(&manifest).map_err(|error| Refusal::not_right(MANIFEST_PART, error))?;
    if election.draft_id() != draft.id() {
        return Err(Refusal::conflict("other-draft: the election is of another draft than the one that was published"));
    }
    if election.keys() != keys {
        return Err(Refusal::bad("other-keys: the manifest names other keys than this host's and the organiser's"));
    }
    if election.roll().voters > voters {
        return Err(Refusal::forbidden(format!("too-many-voters: the invitation allows {voters}")));
    }
    refuse_wishes(publication, draft.witnesses.is_some())?;
    if election.ceremony().is_some() != publication.parts.iter().any(|part| part.name == CEREMONY_PART) {
        return Err(Refusal::bad("a secret election comes with its ceremony, and an open one has none"));
    }
    let seats = home.voters(&election).map_err(|error| wrong_file(VOTERS_PART, error))?;
    let named = draft.roll_shows == RollShows::Name;
    if !named && seats.iter().any(|seat| !seat.name.is_empty()) {
        return Err(Refusal::bad("names: the published roll shows no names, and the host takes none"));
    }
    let numbers: HashSet<&str> = seats.iter().map(|seat| seat.number.as_str()).collect();
    if numbers.len() != seats.len() || summary(&seats, draft.roll_shows).0 != *election.roll() {
        return Err(Refusal::not_right(VOTERS_PART, "these are not the voters that the manifest names"));
    }
    let election = Arc::new(election);
    // With the credential list and, of a secret election, the ceremony.
    drop(home.board(&election).map_err(|error| wrong_file("credentials or ceremony", error))?);
    let setup = home.read(SETUP_PART)?;
    let sent = SentAct::check(&setup, &election).map_err(|error| Refusal::not_right(SETUP_PART, error))?;
    let entry = sent.control.entry();
    if entry.act != Act::Setup || entry.by != Signatory::Organiser {
        return Err(Refusal::not_right(SETUP_PART, "the first entry of a log is its setup, by the organiser"));
    }
    Ok((election, sent))
}

/// Of a file that was sent: where it lay meanwhile is nobody's business.
fn wrong_file(part: &str, error: HomeError) -> Refusal {
    match error {
        HomeError::File { reason, .. } => Refusal::not_right(part, reason),
        error => Refusal::ours(error),
    }
}

/// A log of one entry.
async fn begin_log(home: &Home, election: &Arc<Election>, sent: SentAct) -> Taken<()> {
    store::create(home, election.id()).await.map_err(Refusal::ours)?.close().await.map_err(Refusal::ours)?;
    let store = Arc::new(store::open(home, election.id()).await.map_err(Refusal::ours)?);
    let timing = Timing {
        clock: Clock::system(),
        grace_s: GRACE_DEFAULT_S,
        look_period: LOOK_PERIOD,
        returned_file: home.path(RETURNED_FILE),
        keeps_schedule: false,
    };
    let (empty, key) = (home.board(election)?, home.signing_key(BOARD_KEY_FILE)?);
    let (file, metrics) = (home.path(CHECKPOINT_FILE), Arc::new(Metrics::default()));
    let (sequencer, task) =
        Sequencer::start(store.clone(), empty, key, file, timing, metrics).await.map_err(Refusal::ours)?;
    let appended = sequencer.control(sent).await;
    drop(sequencer);
    let _ = task.await;
    // The last handle is ours: the write-ahead log goes into the database before the folder is moved.
    if let Some(store) = Arc::into_inner(store) {
        store.close().await.map_err(Refusal::ours)?;
    }
    appended.map(drop).map_err(|error| Refusal::not_right(SETUP_PART, error))
}

/// A folder in which something comes together; it goes with whatever is in it then.
pub(super) struct Staged(pub PathBuf);

impl Staged {
    pub fn new(root: &Path) -> Result<Self, HomeError> {
        let mut random = [0; 16];
        let all = root.join(COMING_DIR);
        rand::fill(&mut random).map_err(|_| HomeError::file(&all, "the system gives no randomness"))?;
        let path = all.join(format!("{:032x}", u128::from_be_bytes(random)));
        make_private_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // Best effort: at the next start what is left goes.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Two folders change places, at one stroke: a crash leaves either the one or the other, and never none.
pub(super) fn exchange(one: &Path, other: &Path) -> Result<(), HomeError> {
    match rustix::fs::renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
        Err(Errno::INVAL | Errno::NOSYS) => Err(HomeError::file(
            other,
            "this file system cannot exchange two folders at one stroke; ext4, XFS, btrfs and tmpfs can",
        )),
        exchanged => exchanged.map_err(|error| HomeError::io(other, error.into())),
    }
}

/// Can the file system of this root do what a host needs?
///
/// # Errors
/// It cannot, or the disk.
pub(super) fn try_exchange(root: &Path) -> Result<(), HomeError> {
    exchange(&Staged::new(root)?.0, &Staged::new(root)?.0)
}

pub(super) fn sync_dir(dir: &Path) -> Result<(), HomeError> {
    fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(|error| HomeError::io(dir, error))
}

/// The body of a request, as it comes.
struct Coming {
    stream: BodyDataStream,
    rest: Bytes,
}

impl Coming {
    /// False at the end.
    async fn more(&mut self) -> Taken<bool> {
        match self.stream.next().await {
            Some(Ok(bytes)) => {
                self.rest = bytes;
                Ok(true)
            }
            Some(Err(_)) => Err(Refusal::bad("the request's body broke off")),
            None => Ok(false),
        }
    }

    /// Without its line feed.
    async fn line(&mut self) -> Taken<Vec<u8>> {
        let mut line = Vec::new();
        loop {
            let end = self.rest.iter().position(|byte| *byte == b'\n');
            line.extend_from_slice(&self.rest.split_to(end.unwrap_or(self.rest.len())));
            if line.len() > HEAD_MAX_BYTES {
                return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large: the head may have 16384 bytes"));
            }
            if end.is_some() {
                drop(self.rest.split_to(1));
                return Ok(line);
            }
            // Of a head without an end its check says what is wrong with it.
            if !self.more().await? {
                return Ok(line);
            }
        }
    }

    /// Each into a file of its name, exactly as the head says, and nothing behind them.
    async fn parts(&mut self, parts: &[Part], dir: &Path) -> Taken<()> {
        for part in parts {
            let path = dir.join(&part.name);
            let failed = |error: io::Error| Refusal::from(HomeError::io(&path, error));
            let mut options = fs::OpenOptions::new();
            let mut file = options.write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
            let (mut missing, mut hashed) = (part.bytes, digest::Context::new(&digest::SHA256));
            while missing > 0 {
                if self.rest.is_empty() && !self.more().await? {
                    return Err(Refusal::bad("the request's body broke off"));
                }
                let taken = usize::try_from(missing).unwrap_or(usize::MAX).min(self.rest.len());
                let bytes = self.rest.split_to(taken);
                hashed.update(&bytes);
                tokio::task::block_in_place(|| file.write_all(&bytes)).map_err(failed)?;
                missing -= taken as u64;
            }
            if hashed.finish().as_ref() != part.hash.0 {
                return Err(Refusal::not_right(&part.name, "these are not the bytes that the head names"));
            }
        }
        if !self.rest.is_empty() || self.more().await? {
            return Err(Refusal::bad("more bytes than the head names"));
        }
        Ok(())
    }
}
