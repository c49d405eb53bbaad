//! Making an election: draft, credentials, id, cards, and the setup entry, in this order. `election.json` is written
//! last but for the log, so that a folder in which the making broke off is not taken for an election.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{self, Sender},
    },
};

use veche_client::Card;
use veche_election::{
    Act, Checkpoint, CredentialSecret, Draft, Election, Hash, Keys, Roll, SigningKey,
    added::SentAct,
    canonical,
    ceremony::Ceremony,
    log::origin,
    manifest::Trustees,
    record::{CEREMONY_FILE, CREDENTIALS_FILE, MANIFEST_FILE},
    roll::{Seat, Voter, summary},
};
use veche_server::{
    Home, Sequencer,
    clock::Clock,
    home::{
        self, BOARD_KEY_FILE, CHECKPOINT_FILE, CONFIG_FILE, DATABASE_FILE, DRAFT_FILE, HomeError, Lock, MAKING_FILE,
        ORGANISER_KEY_FILE, RETURNED_FILE, ROLL_CSV_FILE, ServerKeys,
    },
    metrics::Metrics,
    sequencer::{ControlError, LOOK_PERIOD, Timing},
    store::{self, SqliteStore, Store},
};
use veche_session::envelope::{Bits, OpeningKey, SealingSignature};
use zeroize::Zeroizing;

use crate::{
    actor::Actor,
    cards::{self, Printed},
    config::{self, ElectionFile, show_time},
    failure::{Exit, Failure, Result},
    front::{Front, Progress, Work, is_at_pages},
    hosted::{HOSTED_FILE, Hosted},
    lang::{Sentence, both},
    randomness::random,
    russian,
};

pub const ABANDONED: &str = "abandoned-";
/// A folder with what an election begins anew with; its number is that of the folder for what was before.
pub const ANEW: &str = "anew-";
/// The same while it is being written.
const ANEW_UNFINISHED: &str = "anew.tmp";
/// Credentials that are made between two looks at how far it has come.
const COUNTED_AT_ONCE: usize = 256;

/// What becomes an election.
pub struct Plan {
    pub file: ElectionFile,
    pub draft: Draft,
    pub roll: Roll,
    /// The organiser's roll.csv, kept as it was.
    pub roll_csv: Option<Vec<u8>>,
    /// How the trustees of a secret election made its key.
    pub ceremony: Option<Ceremony>,
}

impl Plan {
    /// The file with a fresh draft of it; nobody on the roll yet.
    pub fn new(file: ElectionFile) -> Result<Self> {
        let draft = file.draft(random()?)?;
        draft.check().map_err(|error| russian::manifest(&error))?;
        refuse_closed(&draft)?;
        Ok(Self { file, draft, roll: Roll::default(), roll_csv: None, ceremony: None })
    }

    fn trustees(&self) -> Result<Option<Trustees>> {
        self.ceremony.as_ref().map(Ceremony::trustees).transpose().map_err(Failure::other)
    }
}

/// A secret election before its key is there: the draft that its trustees' ceremony is bound to.
pub fn create_draft(home: &Home, plan: &Plan) -> Result<()> {
    home::make_public_dir(home.dir())?;
    let _lock = home.lock()?;
    refuse_occupied(home)?;
    if home.has_draft() {
        let dir = home.dir().display();
        return Err(Failure::usage(both!("{dir} holds a draft already", "в {dir} уже лежит черновик"))
            .next(both!("Go on with it, or choose another folder.", "Продолжите с ним или выберите другую папку.")));
    }
    write_draft(home, plan)
}

fn write_draft(home: &Home, plan: &Plan) -> Result<()> {
    home.write_public(CONFIG_FILE, plan.file.to_text().as_bytes())?;
    home.write_secret(ROLL_CSV_FILE, &plan.roll_csv.clone().unwrap_or_else(|| numbers(&plan.roll)))?;
    Ok(home.write_public(DRAFT_FILE, &canonical::write(&plan.draft))?)
}

/// Makes the election and its setup entry. Returns it with the lock still held.
pub async fn create(home: &Home, plan: Plan, front: &mut dyn Front) -> Result<(Election, Lock)> {
    refuse_closed(&plan.draft)?;
    home::make_public_dir(home.dir())?;
    let lock = home.lock()?;
    refuse_occupied(home)?;
    let (draft, trustees) = (plan.draft.clone(), plan.trustees()?);
    let keys = OwnKeys::of(home)?;
    if plan.roll.scale != draft.roll_scale {
        return Err(Failure::other("the roll was read at another scale than the draft's"));
    }
    let (seats, secrets) = make_seats(&plan.roll.voters, draft.id(), front)?;
    let (roll, list) = summary(&seats, draft.roll_shows);
    let election = Election::new(draft, keys.named(), roll, trustees).map_err(|error| russian::manifest(&error))?;

    home.write_public(MAKING_FILE, b"")?;
    home.write_public(CONFIG_FILE, plan.file.to_text().as_bytes())?;
    if let Some(csv) = &plan.roll_csv {
        home.write_secret(ROLL_CSV_FILE, csv)?;
    }
    keys.write(home)?;
    home.write_voters(&seats)?;
    home.write_public(CREDENTIALS_FILE, &list.to_bytes())?;
    if let Some(ceremony) = &plan.ceremony {
        home.write_public(CEREMONY_FILE, &ceremony.to_bytes().map_err(Failure::other)?)?;
    }
    write_cards(home, &election, (&seats, &secrets), &plan.file, front)?;
    home.sync()?;
    home.write_public(MANIFEST_FILE, election.bytes())?;
    // The log of an election that a host serves begins there.
    if matches!(keys, OwnKeys::Made(..)) {
        set_up(home, &election, front).await?;
    }
    remove(home, MAKING_FILE)?;
    Ok((election, lock))
}

/// By whose keys an election is made.
enum OwnKeys {
    /// All of them here and now: the server's, the organiser's, the board's.
    Made(Box<(ServerKeys, SigningKey, SigningKey)>),
    /// Those of a host, which has told their public halves; the organiser's was made when the draft was published.
    Host(Box<Keys>),
}

impl OwnKeys {
    fn of(home: &Home) -> Result<Self> {
        if let Some(hosted) = Hosted::of(home)? {
            return Ok(Self::Host(Box::new(hosted.keys)));
        }
        Ok(Self::Made(Box::new(make_keys()?)))
    }

    /// As the manifest has them.
    fn named(&self) -> Keys {
        match self {
            Self::Made(made) => {
                let (keys, organiser, board) = &**made;
                let (server_enc, server_sig) = (keys.enc.public().clone(), keys.sig.public().clone());
                Keys { server_enc, server_sig, board: board.public(), organiser: organiser.public() }
            }
            Self::Host(keys) => Keys::clone(keys),
        }
    }

    fn write(&self, home: &Home) -> Result<()> {
        if let Self::Made(made) = self {
            let (keys, organiser, board) = &**made;
            home.write_server_keys(keys)?;
            home.write_signing_key(ORGANISER_KEY_FILE, organiser)?;
            home.write_signing_key(BOARD_KEY_FILE, board)?;
        }
        Ok(())
    }
}

/// A roll of numbers alone.
fn numbers(roll: &Roll) -> Vec<u8> {
    let lines: String = roll.voters.iter().map(|voter| format!("{}\n", voter.number)).collect();
    format!("number\n{lines}").into_bytes()
}

/// The roll of a draft, or of an election: of one made from a number of voters, those numbers.
pub fn roll_of(home: &Home) -> Result<Vec<u8>> {
    if home.path(ROLL_CSV_FILE).exists() {
        return Ok(home.read(ROLL_CSV_FILE)?);
    }
    Ok(numbers(&Roll::numbered(home.election()?.roll().voters)))
}

/// The folder begins anew with a draft; what was in it is kept in a folder of its own, `abandoned-N`, which is returned.
/// Where that breaks off before the draft is written, nothing has changed; after it, [`go_on_anew`] goes on.
pub fn begin_anew(home: &Home, plan: &Plan) -> Result<PathBuf> {
    let _lock = home.lock()?;
    let unfinished = home.path(ANEW_UNFINISHED);
    if unfinished.exists() {
        std::fs::remove_dir_all(&unfinished).map_err(|error| HomeError::io(&unfinished, error))?;
    }
    home::make_private_dir(&unfinished)?;
    let staged = Home::new(&unfinished);
    write_draft(&staged, plan)?;
    staged.sync()?;
    let free = |n: &u32| !home.path(&format!("{ABANDONED}{n}")).exists();
    let n = (1_u32..).find(free).unwrap_or(u32::MAX);
    let anew = home.path(&format!("{ANEW}{n}"));
    std::fs::rename(&unfinished, &anew).map_err(|error| HomeError::io(&anew, error))?;
    move_over(home, n)
}

/// Finishes a beginning anew that broke off, if one did; where what was before is now.
pub fn go_on_anew(home: &Home) -> Result<Option<PathBuf>> {
    match begun_anew(home) {
        Some(n) => {
            let _lock = home.lock()?;
            move_over(home, n).map(Some)
        }
        None => Ok(None),
    }
}

/// Did a beginning anew break off here?
pub fn begun_anew(home: &Home) -> Option<u32> {
    let names = std::fs::read_dir(home.dir()).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter_map(|name| name.strip_prefix(ANEW)?.parse().ok()).min()
}

/// Nothing else is possible until it has gone on.
pub fn refuse_begun_anew(home: &Home) -> Result<()> {
    if begun_anew(home).is_none() {
        return Ok(());
    }
    let dir = home.dir().display();
    Err(Failure::usage(both!("a restart broke off here", "здесь прервалась команда veche restart"))
        .next(both!("Run it again: veche restart {dir} --without N", "Повторите её: veche restart {dir} --without N")))
}

/// First everything that was there goes aside, then the draft comes; each step can be done again.
fn move_over(home: &Home, n: u32) -> Result<PathBuf> {
    let (aside, anew) = (home.path(&format!("{ABANDONED}{n}")), home.path(&format!("{ANEW}{n}")));
    let fail = |error: std::io::Error| Failure::other(format!("{}: {error}", home.dir().display()));
    let moved = [ROLL_CSV_FILE, CONFIG_FILE, DRAFT_FILE];
    // Once one of them has come, all that was there before is gone.
    if moved.iter().all(|name| anew.join(name).exists()) {
        // A host takes another draft in the place of one, by the same key; what was set up there stays as it is.
        let stays: &[&str] = if home.exists() { &[] } else { &[HOSTED_FILE, ORGANISER_KEY_FILE] };
        // Old keys and cards go into it.
        home::make_private_dir(&aside)?;
        for entry in std::fs::read_dir(home.dir()).map_err(fail)? {
            let name = entry.map_err(fail)?.file_name();
            let text = name.to_string_lossy();
            if text != "lock" && !stays.contains(&&*text) && !text.starts_with(ABANDONED) && !text.starts_with(ANEW) {
                std::fs::rename(home.dir().join(&name), aside.join(&name)).map_err(fail)?;
            }
        }
    }
    // What is served apart went aside as a whole, for nobody else to look into.
    if home.served_dir() != home.dir() {
        home::make_private_dir(home.served_dir())?;
    }
    // The draft last of all that moves, so that until then nothing of the old is taken for new.
    for name in moved {
        match std::fs::rename(anew.join(name), home.path(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(fail(error)),
            _ => {}
        }
    }
    home.sync()?;
    std::fs::remove_dir(&anew).map_err(fail)?;
    Ok(aside)
}

fn refuse_occupied(home: &Home) -> Result<()> {
    if home.path(MAKING_FILE).exists() && !home.exists() {
        // A making that broke off before the manifest: nobody has anything of it yet.
        return Ok(());
    }
    let files = [MANIFEST_FILE, DATABASE_FILE, ORGANISER_KEY_FILE];
    // A host's election has its organiser's key before it is made.
    let keyed = Hosted::of(home)?.is_some();
    let taken = files.into_iter().find(|name| home.path(name).exists() && !(keyed && *name == ORGANISER_KEY_FILE));
    match taken {
        Some(name) => Err(Failure::usage(both!(
            "{} holds an election already ({name}); choose another folder",
            "в {} уже лежат выборы ({name}); выберите другую папку",
            home.dir().display()
        ))),
        None => Ok(()),
    }
}

/// An election that is over before it begins helps nobody.
fn refuse_closed(draft: &Draft) -> Result<()> {
    let now = Clock::system().wall();
    let Some(closes) = draft.closes.filter(|closes| *closes <= now) else { return Ok(()) };
    let [closes, now] = [closes, now].map(|at| Sentence::of(|| show_time(at)));
    Err(Failure::usage(both!(
        "the closing time {closes} has passed (it is {now} by this machine's clock)",
        "время закрытия {closes} уже прошло (по часам этой машины {now})"
    ))
    .next(if is_at_pages() {
        both!(
            "Choose a later one. Where trustees have begun to make the key, it is final: make another election.",
            "Назначьте более позднее. Если доверенные уже начали делать ключ, оно окончательно: создайте другие выборы."
        )
    } else {
        both!(
        "Give a later one. If there is a draft already, it cannot be changed: make another, in another folder, with veche new.",
        "Назначьте более позднее. Если черновик уже есть, его не изменить: создайте другой, в другой папке, командой veche new."
        )
    }))
}

fn random_secret() -> Result<CredentialSecret> {
    Ok(CredentialSecret::from_random(*Zeroizing::new(random::<16>()?)))
}

fn make_keys() -> Result<(ServerKeys, SigningKey, SigningKey)> {
    let failed = |_| Failure::other("the server's keys could not be made");
    let (enc, sig) = std::thread::scope(|scope| {
        let enc = scope.spawn(|| OpeningKey::generate(Bits::Rsa3072));
        let sig = SealingSignature::generate(Bits::Rsa3072);
        (enc.join(), sig)
    });
    let enc = enc.map_err(|_| Failure::other("the server's keys could not be made"))?.map_err(failed)?;
    let keys = ServerKeys { enc, sig: sig.map_err(failed)? };
    let organiser = SigningKey::from_seed(&Zeroizing::new(random()?));
    let board = SigningKey::from_seed(&Zeroizing::new(random()?));
    Ok((keys, organiser, board))
}

/// A credential for every voter, on all cores: a million take seconds.
fn make_seats(voters: &[Voter], draft_id: Hash, front: &mut dyn Front) -> Result<(Vec<Seat>, Vec<CredentialSecret>)> {
    let secrets = voters.iter().map(|_| random_secret()).collect::<Result<Vec<_>>>()?;
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let share = voters.len().div_ceil(cores).max(1);
    let seat = |(voter, secret): (&Voter, &CredentialSecret)| {
        let credential = secret.key(draft_id).public();
        Seat { number: voter.number, name: voter.name.clone(), weight: voter.weight, credential }
    };
    let make = |voters: &[Voter], secrets: &[CredentialSecret], made: &Sender<usize>| -> Vec<Seat> {
        let mut seats = Vec::with_capacity(voters.len());
        for (voters, secrets) in voters.chunks(COUNTED_AT_ONCE).zip(secrets.chunks(COUNTED_AT_ONCE)) {
            seats.extend(voters.iter().zip(secrets).map(seat));
            // Whoever counts stays until all are made.
            let _ = made.send(voters.len());
        }
        seats
    };
    let seats = std::thread::scope(|scope| {
        let (made, count) = mpsc::channel();
        let parts: Vec<_> = voters
            .chunks(share)
            .zip(secrets.chunks(share))
            .map(|(voters, secrets)| {
                let made = made.clone();
                scope.spawn(move || make(voters, secrets, &made))
            })
            .collect();
        drop(made);
        let (mut done, all) = (0, voters.len() as u64);
        for made in count {
            done += made as u64;
            front.progress(Progress { work: Work::Credentials, done, all });
        }
        parts.into_iter().map(|part| part.join()).collect::<std::result::Result<Vec<_>, _>>()
    });
    let seats = seats.map_err(|_| Failure::other("the credentials could not be made"))?;
    Ok((seats.concat(), secrets))
}

fn write_cards(
    home: &Home,
    election: &Election,
    (seats, secrets): (&[Seat], &[CredentialSecret]),
    file: &ElectionFile,
    front: &mut dyn Front,
) -> Result<()> {
    let pairs = seats.iter().zip(secrets);
    let card = |(seat, secret): (&Seat, &CredentialSecret)| Card {
        url: file.url.clone(),
        ..Card::new(election, seat.number, &seat.name, secret)
    };
    let cards: Vec<Card> = pairs.map(card).collect();
    let (mut done, all) = (0, cards.len() as u64);
    cards::write_all(home, &cards, &Printed::new(election, file), || {
        done += 1;
        front.progress(Progress { work: Work::Cards, done, all });
    })
}

/// A making that broke off after the manifest was written lacks the setup entry: it is made now, from an empty log.
/// Nobody has a receipt yet. Without the mark that `create` leaves, an empty log is a lost log, and is refused.
pub async fn finish(home: &Home, front: &mut dyn Front) -> Result<()> {
    refuse_begun_anew(home)?;
    if !home.path(MAKING_FILE).exists() {
        return Ok(());
    }
    let _lock = home.lock()?;
    let election = home.election()?;
    if Hosted::of(home)?.is_some() {
        return remove(home, MAKING_FILE);
    }
    // Whatever lies beside the mark, a checkpoint of more than the empty log is written after the setup entry: with one
    // the making has not broken off, the mark is wrong, and the log, or its loss, is what the checkpoint says.
    if home.path(CHECKPOINT_FILE).exists() && !is_of_the_empty_log(home, &election) {
        return remove(home, MAKING_FILE);
    }
    let store = store::create(home, election.id()).await?;
    let size = store.head().await?.size;
    store.close().await?;
    if size > 1 {
        return remove(home, MAKING_FILE);
    }
    for leftover in [CHECKPOINT_FILE, DATABASE_FILE, "veche.db-wal", "veche.db-shm"] {
        remove(home, leftover)?;
    }
    set_up(home, &election, front).await?;
    remove(home, MAKING_FILE)
}

fn is_of_the_empty_log(home: &Home, election: &Election) -> bool {
    let note = home.read(CHECKPOINT_FILE).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let (origin, key) = (origin(election.id()), &election.keys().board);
    note.and_then(|note| Checkpoint::open(&note, &origin, key).ok()).is_some_and(|checkpoint| checkpoint.size == 0)
}

/// The database and the first entry of the log.
async fn set_up(home: &Home, election: &Election, front: &mut dyn Front) -> Result<()> {
    store::create(home, election.id()).await?.close().await?;
    let organiser = Actor::organiser(&home.path(ORGANISER_KEY_FILE), front)?;
    append_offline(home, election, &organiser, Act::Setup).await
}

/// The organiser says that this database is the newest although the checkpoint file is lost.
pub async fn accept_database(home: &Home) -> Result<()> {
    let _lock = home.lock()?;
    let election = home.election()?;
    if home.path(CHECKPOINT_FILE).exists() {
        return Err(Failure::usage(both!(
            "the checkpoint file is there; it, and not the database, decides",
            "файл checkpoint на месте; решает он, а не база"
        )));
    }
    let board_key = home.signing_key(BOARD_KEY_FILE)?;
    let store = store::open(home, election.id()).await?;
    let head = store.head().await?;
    let checkpoint = Checkpoint { origin: origin(election.id()), size: head.size, root: head.root };
    home.write_public(CHECKPOINT_FILE, checkpoint.sign(&board_key).as_bytes())?;
    Ok(store.close().await?)
}

fn remove(home: &Home, name: &str) -> Result<()> {
    let path = home.path(name);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(HomeError::io(&path, error).into()),
        _ => Ok(()),
    }
}

/// A new credential for a lost card, with the public key it replaces.
pub fn new_credential(election: &Election) -> Result<(CredentialSecret, veche_election::PublicKey)> {
    let secret = random_secret()?;
    let public = secret.key(election.draft_id()).public();
    Ok((secret, public))
}

/// Runs the sequencer without a server and appends an act. The caller holds the lock.
pub async fn append_offline(home: &Home, election: &Election, actor: &Actor, act: Act) -> Result<()> {
    // The numbers of the roll matter to who adds another.
    let seats = if matches!(act, Act::Add { .. }) { home.voters(election)? } else { Vec::new() };
    let (sequencer, task) = start_sequencer(home, election, &seats).await?;
    let bytes = actor.sign_here(election, &sequencer.published(), &act)?;
    let sent = SentAct::check(&actor.sent(election, &bytes), election).map_err(|error| {
        Failure::usage(error)
            .next(both!("Is this the right key of this election?", "Это верный ключ именно этих выборов?"))
    })?;
    sequencer.control(sent).await.map_err(control_failure)?;
    drop(sequencer);
    let _ = task.await;
    Ok(())
}

fn control_failure(error: ControlError) -> Failure {
    match error {
        ControlError::Busy => Failure::new(Exit::Busy, error),
        error => Failure::new(Exit::NotOpen, error),
    }
}

async fn start_sequencer(
    home: &Home,
    election: &Election,
    seats: &[Seat],
) -> Result<(Sequencer<SqliteStore>, tokio::task::JoinHandle<()>)> {
    let empty = home.board(&Arc::new(election.clone()))?.knowing(seats.iter().map(|seat| seat.number));
    let key = home.signing_key(BOARD_KEY_FILE)?;
    let store = Arc::new(store::open(home, election.id()).await?);
    let file: PathBuf = home.path(CHECKPOINT_FILE);
    let timing = Timing {
        clock: Clock::system(),
        grace_s: config::grace_s(home)?,
        look_period: LOOK_PERIOD,
        returned_file: home.path(RETURNED_FILE),
        keeps_schedule: false,
    };
    let metrics = Arc::new(Metrics::default());
    Ok(Sequencer::start(store, empty, key, file, timing, metrics).await?)
}

/// 127.0.0.1 and a port.
pub fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}
