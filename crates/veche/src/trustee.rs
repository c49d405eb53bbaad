//! `veche trustee`: what a trustee does, in the order of the election. Each command runs alone on the trustee's machine,
//! checks everything that others have said, and says one thing. Spec: `docs/spec/trustees.md`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use veche_client::Address;
use veche_election::{
    Act, Draft, Election, Hash,
    ceremony::{Ceremony, CeremonyError, Stage, TrusteeSecret, fingerprint},
    credential::CredentialList,
    encoding::Blob,
    manifest::TRUSTEE_MAX_CHARS,
    record::{CEREMONY_FILE, CREDENTIALS_FILE, MANIFEST_FILE},
};
use veche_server::Home;

use crate::{
    actor::Actor,
    acts,
    ceremonies::{participants, stage_text},
    client,
    config::clean_text,
    failure::{Exit, Failure, Result},
    files,
    front::is_at_pages,
    keyfile,
    lang::{Sentence, both, tr},
    randomness,
    show::safe,
    words,
};

pub const TRUSTEES_DIR: &str = "trustees";
/// How often a waiting trustee looks for the others.
const POLL: Duration = Duration::from_millis(500);

mod closing;
mod command;
mod evidence;
mod front;
mod local;
mod note;
mod opening;
pub(crate) mod place;

pub use command::{TrusteeCommand, run};
pub use evidence::{ceremony_of, verify as verify_ceremony};
pub use front::{Code, Step, TrusteeFront};
pub use local::{local, local_key, rehearse_local};
use note::Note;
pub use opening::{How, open, others_to_compare, rare_weight, verified_sum};
use place::Place;

/// Who takes a step.
pub struct KeyHolder {
    /// Where the ceremony, and later the election, is: the server's address or the folder.
    pub at: String,
    /// The file of the trustee's key.
    pub key: PathBuf,
}

pub fn no_ceremony() -> Failure {
    Failure::new(Exit::NotOpen, both!("there is no trustees' ceremony here", "здесь нет церемонии доверенных"))
}

/// `keep` puts the new key where its trustee will find it, and nothing there is overwritten.
pub fn register(
    holder: &KeyHolder,
    number: u32,
    name: &str,
    keep: impl FnOnce(&TrusteeSecret) -> Result<()>,
    front: &mut dyn TrusteeFront,
) -> Result<Step> {
    let place = Place::new(&holder.at)?;
    let draft = place.draft()?;
    let plan = draft.trustees.ok_or_else(no_ceremony)?;
    let name = clean_text(tr!("your name", "ваше имя"), name, TRUSTEE_MAX_CHARS)?;
    if !(1..=plan.count).contains(&number) {
        return Err(Failure::usage(both!(
            "trustees are numbered 1 to {}",
            "номера доверенных: от 1 до {}",
            plan.count
        )));
    }
    if let Some(taken) = taken_by(&place.ceremony(&draft)?, number) {
        return Err(taken);
    }
    front.tell(Sentence::of(|| about(&draft)));
    Note::refuse_leftover(&holder.key)?;
    let secret = TrusteeSecret::new(draft.id(), number, randomness::random()?);
    // The key is on this disk before anybody counts on it.
    keep(&secret)?;
    Note::begin(&holder.key, secret.draft())?;
    let message = secret.register(&name);
    let sent = place.put(&draft, &message);
    // What counts is not that it was taken, but that it is what everybody is shown under this number.
    let shown = place.ceremony(&draft)?;
    if !shown.messages().any(|other| other == message) {
        let key = holder.key.display();
        let failure = taken_by(&shown, number).or(sent.err()).unwrap_or_else(|| not_shown(number));
        front.tell(both!("The key {key} is registered nowhere.", "Ключ {key} нигде не зарегистрирован."));
        return Err(failure);
    }
    let fingerprint = fingerprint(&secret.signing_key().public());
    Ok(Step::Registered { number, key: holder.key.clone(), fingerprint })
}

/// Somebody has this number.
fn taken_by(ceremony: &Ceremony, number: u32) -> Option<Failure> {
    let (_, name, key) = ceremony.registered().find(|(taken, ..)| *taken == number)?;
    let (name, fingerprint) = (safe(name), fingerprint(&key));
    let failure = Failure::usage(both!(
        "trustee {number} has registered already: {name}, fingerprint {fingerprint}",
        "доверенный {number} уже зарегистрирован: {name}, отпечаток {fingerprint}"
    ));
    Some(failure.next(stranger(number)))
}

fn not_shown(number: u32) -> Failure {
    Failure::new(
        Exit::CheckFailed,
        both!(
            "your registration as trustee {number} was taken, but is not shown",
            "ваша регистрация под номером {number} принята, но не показана"
        ),
    )
    .next(both!("Tell the organiser and the other trustees.", "Сообщите организатору и остальным доверенным."))
}

fn stranger(number: u32) -> String {
    tr!(
        "If that is not you, tell the organiser and the other trustees by telephone. The organiser takes it out \
         (ceremony-messages/{number}-register.json) while nobody has begun to deal, or makes a new draft; then register \
         with a new key file.",
        "Если это не вы, позвоните организатору и остальным доверенным. Организатор уберёт эту регистрацию \
         (ceremony-messages/{number}-register.json), пока никто не начал раздачу, или создаст новый черновик; тогда \
         зарегистрируйтесь с новым файлом ключа."
    )
}

fn about(draft: &Draft) -> String {
    let plan = draft.trustees.map_or((0, 0), |plan| (plan.count, plan.threshold));
    let (count, threshold) = plan;
    let mut text = tr!(
        "{}\nTrustees who open the sums: any {threshold} of {count}; fewer learn nothing",
        "{}\nДоверенных {count}; любые {threshold} открывают суммы, меньшее число не узнает ничего",
        safe(&draft.title)
    );
    if threshold == 1 && count > 1 {
        text += &tr!(
            "\nEach trustee ALONE will be able to read every ballot.",
            "\nКаждый доверенный В ОДИНОЧКУ сможет прочесть любой бюллетень."
        );
    }
    text
}

/// The others have read the same code aloud.
fn compare(code: Code, front: &mut dyn TrusteeFront) -> Result<()> {
    if front.is_same(code)? {
        return Ok(());
    }
    Err(Failure::new(
        Exit::CheckFailed,
        both!("the codes differ: somebody was shown something else", "коды различаются: кому-то показали другое"),
    )
    .next(both!(
        "Nothing was sent. Speak with the organiser and the other trustees.",
        "Ничего не отправлено. Поговорите с организатором и остальными доверенными."
    )))
}

/// What a step needs: place, draft, messages so far, and the trustee's own secret, all of one election.
fn begin(holder: &KeyHolder, front: &mut dyn TrusteeFront) -> Result<(Place, Draft, Ceremony, TrusteeSecret)> {
    let (place, secret) = (Place::new(&holder.at)?, read_key(&holder.key, front)?);
    let draft = place.draft()?;
    if secret.draft() != draft.id() {
        return Err(other_election());
    }
    let ceremony = place.ceremony(&draft)?;
    Ok((place, draft, ceremony, secret))
}

fn read_key(key: &Path, front: &mut dyn TrusteeFront) -> Result<TrusteeSecret> {
    files::warn_if_readable(key, front);
    keyfile::read(key, || front.passphrase(key))
}

fn other_election() -> Failure {
    Failure::new(Exit::CheckFailed, both!("this key belongs to another election", "это ключ других выборов"))
}

/// First everybody's commitment, then everybody's dealing: nobody can choose after seeing the others'.
pub async fn deal(holder: &KeyHolder, front: &mut dyn TrusteeFront) -> Result<Step> {
    let (place, draft, mut ceremony, secret) = begin(holder, front)?;
    // A key that has accepted has nothing more to deal, and no voice for another table.
    Note::look(&holder.key, secret.draft())?.refuse_other_than_accepted(&ceremony)?;
    let commitment = secret.commit(&ceremony).map_err(|error| not_yet(&ceremony, &error))?;
    let table = ceremony.table();
    front.tell(Sentence::of(|| format!("{}\n{}", about(&draft), participants(&ceremony))));
    compare(Code::Registrations(table), front)?;
    place.put(&draft, &commitment)?;
    let mut told = None;
    let message = loop {
        ceremony = place.ceremony(&draft)?;
        if ceremony.table() != table {
            return Err(other_table());
        }
        if !matches!(ceremony.stage(), Stage::Commit(_)) {
            break secret.deal(&ceremony).map_err(|error| not_yet(&ceremony, &error))?;
        }
        if told.replace(ceremony.stage()) != Some(ceremony.stage()) {
            let text = Sentence::of(|| stage_text(&ceremony));
            front.tell(if is_at_pages() {
                both!("{text}; waiting", "{text}; ждём")
            } else {
                both!(
                    "{text}; waiting (or stop, and run this command again later)",
                    "{text}; ждём (или прервите и повторите команду позже)"
                )
            });
        }
        tokio::time::sleep(POLL).await;
    };
    Note::take(&holder.key, secret.draft())?.dealing(&ceremony)?;
    place.put(&draft, &message)?;
    Ok(Step::Dealt)
}

fn other_table() -> Failure {
    Failure::new(
        Exit::CheckFailed,
        both!("the registrations are others than those that you have compared", "регистрации не те, что вы сверяли"),
    )
    .next(both!(
        "Nothing was dealt. Speak with the other trustees, then begin the dealing again.",
        "Ничего не роздано. Поговорите с остальными доверенными и начните раздачу снова."
    ))
}

/// Accepts, complains or answers; whichever it is, only of a transcript that the others see too.
pub fn accept(holder: &KeyHolder, front: &mut dyn TrusteeFront) -> Result<Step> {
    let (place, draft, ceremony, secret) = begin(holder, front)?;
    let mut note = Note::take(&holder.key, secret.draft())?;
    let answers = secret.answers(&ceremony).map_err(|error| not_yet(&ceremony, &error))?;
    let code = Code::Ceremony(ceremony.transcript());
    if !answers.is_empty() {
        note.refuse_other_than_accepted(&ceremony)?;
        front.tell(Sentence::of(|| before_answer(&ceremony, secret.trustee())));
        compare(code, front)?;
        note.answering(&ceremony)?;
        answers.iter().try_for_each(|answer| place.put(&draft, answer))?;
        return Ok(Step::Answered(Box::new(place.ceremony(&draft)?)));
    }
    let message = secret.accept(&ceremony).map_err(|error| not_yet(&ceremony, &error))?;
    let mut after = ceremony.clone();
    after.take(&message).map_err(|error| Failure::new(Exit::CheckFailed, error))?;
    if let Some((_, dealer, culprit)) = after.disputes().find(|(accuser, ..)| *accuser == secret.trustee()) {
        // Answered, so that everybody sees who erred.
        if culprit.is_some() {
            return Err(Failure::new(Exit::CheckFailed, Sentence::of(|| stage_text(&after))));
        }
        compare(code, front)?;
        place.put(&draft, &message)?;
        return Err(complained(dealer));
    }
    note.refuse_after_answer()?;
    note.refuse_other_than_accepted(&ceremony)?;
    compare(code, front)?;
    note.accepting(&ceremony)?;
    place.put(&draft, &message)?;
    Ok(Step::Accepted)
}

fn before_answer(ceremony: &Ceremony, number: u32) -> String {
    let accusers: Vec<String> = ceremony
        .disputes()
        .filter(|(_, dealer, culprit)| *dealer == number && culprit.is_none())
        .map(|(accuser, ..)| accuser.to_string())
        .collect();
    let accusers = accusers.join(", ");
    tr!(
        "Complaint about your share, by trustee {accusers}. Your answer shows that share to everybody; this ceremony has failed \
         then, and your key accepts nothing more in this election.",
        "На вашу долю пожаловались доверенные: {accusers}. Ваш ответ покажет эту долю всем; церемония тогда сорвана, и ваш \
         ключ больше ничего в этих выборах не примет."
    )
}

fn complained(dealer: u32) -> Failure {
    Failure::new(
        Exit::CheckFailed,
        both!(
            "the share from trustee {dealer} does not fit: your complaint is posted",
            "доля от доверенного {dealer} не подходит: ваша жалоба отправлена"
        ),
    )
    .next(if is_at_pages() {
        tr!(
            "Trustee {dealer} must answer; then everybody sees who erred.",
            "Доверенный {dealer} должен ответить; тогда всем будет видно, кто ошибся."
        )
    } else {
        tr!(
            "Trustee {dealer} must answer with: veche trustee accept. Then everybody sees who erred.",
            "Доверенный {dealer} должен ответить: veche trustee accept. Тогда всем будет видно, кто ошибся."
        )
    })
}

/// Why a trustee cannot say the next thing.
fn not_yet(ceremony: &Ceremony, error: &CeremonyError) -> Failure {
    match error {
        CeremonyError::NotOwn { trustee: number, step: "register" } => Failure::new(
            Exit::CheckFailed,
            both!(
                "trustee {number} is registered with another key than yours",
                "доверенный {number} зарегистрирован с другим ключом, не вашим"
            ),
        )
        .next(stranger(*number)),
        CeremonyError::NotOwn { .. } => Failure::new(Exit::CheckFailed, error).next(both!(
            "Nothing was sent. Your key is in two hands, or another program has used it. Tell the other trustees; begin anew with a \
             new key.",
            "Ничего не отправлено. Ваш ключ в чужих руках, или им пользовалась другая программа. Сообщите остальным доверенным и \
             начните заново с новым ключом."
        )),
        _ => Failure::new(Exit::NotOpen, error).next(stage_text(ceremony)),
    }
}

/// A code of the ceremony is read out by who takes part in what is shown: without the key nobody could say so, and
/// whoever carries the messages would have an honest voice for a ceremony of inventions.
pub async fn code(at: &str, key: Option<&Path>, front: &mut dyn TrusteeFront) -> Result<Step> {
    let place = Place::new(at)?;
    match place.draft() {
        Ok(draft) if !matches!(&place, Place::Folder(home) if home.exists()) => {
            let Some(key) = key else { return Ok(Step::Standing(Box::new(place.ceremony(&draft)?))) };
            let (_, _, ceremony, secret) = begin(&KeyHolder { at: at.to_owned(), key: key.to_owned() }, front)?;
            secret.check_own(&ceremony).map_err(|error| not_yet(&ceremony, &error))?;
            Note::look(key, secret.draft())?.refuse_other_than_accepted(&ceremony)?;
            Ok(Step::Seen(Box::new(ceremony)))
        }
        _ => closing_code(at, key, front).await,
    }
}

/// Who reads the code of a closing aloud stands for that closing, and for no other one: so it is shown to a key.
async fn closing_code(at: &str, key: Option<&Path>, front: &mut dyn TrusteeFront) -> Result<Step> {
    let Some(key) = key else {
        verified_sum(at, front).await?;
        return Ok(Step::Closed);
    };
    let (secret, _held) = (read_key(key, front)?, keyfile::hold(key, front)?);
    Note::look(key, secret.draft())?;
    let verified = verified_sum(at, front).await?;
    if secret.draft() != verified.election().draft_id() {
        return Err(other_election());
    }
    secret.check_own(verified.ceremony()).map_err(|error| Failure::new(Exit::CheckFailed, error))?;
    closing::stand_for(at, key, &verified)?;
    Ok(Step::Closing(Code::Closing(verified.code())))
}

/// The manifest and the ceremony that it names, as anybody is shown them.
pub fn election_at(at: &str) -> Result<(Election, Ceremony)> {
    let (manifest, ceremony) = if Address::is_one(at) {
        let address = client::at(at)?;
        (address.get("/election.json")?, address.get("/ceremony")?)
    } else {
        let home = Home::new(at);
        (home.read(MANIFEST_FILE).ok(), home.read(CEREMONY_FILE).ok())
    };
    let (manifest, file) = manifest.zip(ceremony).ok_or_else(|| {
        Failure::new(
            Exit::NotOpen,
            both!("no secret election is set up here yet", "тайные выборы здесь ещё не созданы"),
        )
    })?;
    let wrong = |error: &dyn std::fmt::Display| Failure::new(Exit::CheckFailed, error);
    let election = Election::parse(&manifest).map_err(|error| wrong(&error))?;
    let ceremony = Ceremony::of(&election, &file).map_err(|error| wrong(&error))?;
    Ok((election, ceremony))
}

/// As [`election_at`]; the trustee's own key must be of this election.
fn set_up(holder: &KeyHolder, front: &mut dyn TrusteeFront) -> Result<(Election, Ceremony, TrusteeSecret)> {
    let secret = read_key(&holder.key, front)?;
    let (election, ceremony) = election_at(&holder.at)?;
    if secret.draft() != election.draft_id() {
        return Err(other_election());
    }
    Ok((election, ceremony, secret))
}

/// The draft and the messages of a ceremony are public: anybody can set up another election with its keys. So which one
/// the organiser means is compared before this key knows any. `weights_show_votes`: this trustee knows of weights that give
/// votes away, and takes part all the same.
pub async fn rehearse(holder: &KeyHolder, weights_show_votes: bool, front: &mut dyn TrusteeFront) -> Result<Step> {
    let (election, ceremony, secret) = set_up(holder, front)?;
    // Without this trustee the election does not open: here somebody else than the organiser can still say no.
    opening::agree_to_weights(&listed_weights(holder, &election)?, weights_show_votes, front)?;
    // No other command uses this key meanwhile.
    let note = Note::take(&holder.key, secret.draft())?;
    note.refuse_after_answer()?;
    compare_election(&election, front)?;
    let act = rehearsal(&election, &ceremony, &secret)?;
    acts::act_by(&holder.at, &Actor::trustee(&secret, &holder.key, election.id()), act, front).await?;
    Ok(Step::Rehearsed)
}

/// Of everybody who may vote, from the list that the manifest names.
fn listed_weights(holder: &KeyHolder, election: &Election) -> Result<Vec<u64>> {
    let file = if Address::is_one(&holder.at) {
        client::at(&holder.at)?.get(&format!("/{CREDENTIALS_FILE}"))?
    } else {
        Home::new(&holder.at).read(CREDENTIALS_FILE).ok()
    };
    let file = file.filter(|file| Hash::of(file) == election.roll().credentials).ok_or_else(|| {
        Failure::new(
            Exit::CheckFailed,
            both!(
                "the list of those who may vote is not here, or is not the one of this election",
                "списка тех, кто голосует, здесь нет, или это список не этих выборов"
            ),
        )
    })?;
    let list = CredentialList::parse(&file).map_err(|error| Failure::new(Exit::CheckFailed, error))?;
    Ok(list.lines().iter().map(|(_, weight)| weight.get()).collect())
}

fn compare_election(election: &Election, front: &mut dyn TrusteeFront) -> Result<()> {
    let (title, roll) = (safe(&election.draft().title), election.roll());
    let (voters, weight) = (roll.voters, words::votes(roll.weight, election.draft().roll_scale));
    front.tell(if is_at_pages() {
        both!(
            "{title}\nVoters: {voters}, weight {weight}.\nThe organiser sees the same code on the page of the trustees.",
            "{title}\nИзбирателей {voters}, вес {weight}.\nОрганизатор видит тот же код на странице доверенных лиц."
        )
    } else {
        both!(
            "{title}\nVoters: {voters}, weight {weight}. The organiser sees the same code with: veche check",
            "{title}\nИзбирателей {voters}, вес {weight}. Организатор видит тот же код командой: veche check"
        )
    });
    compare(Code::Election(election.id()), front)
}

fn rehearsal(election: &Election, ceremony: &Ceremony, secret: &TrusteeSecret) -> Result<Act> {
    let proof = secret.rehearse(ceremony, election.id(), &randomness::random()?);
    let proof = proof.map_err(|error| Failure::new(Exit::CheckFailed, error))?;
    Ok(Act::Rehearsal { trustee: secret.trustee(), proof: Blob(proof) })
}
