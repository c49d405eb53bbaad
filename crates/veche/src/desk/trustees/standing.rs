//! How a ceremony or an election stands for one of its trustees: who is missing, what happens next, when to telephone. Seen without
//! the key, so nothing of it is a word of the key's: each step checks for itself.

use serde_json::{Value, json};
use veche_client::{Address, told::Status};
use veche_election::{
    Act, Draft, Election, Hash, Phase,
    ceremony::{Ceremony, Stage},
    entry::CheckedControl,
    log::{TILE_WIDTH, bundle_of, read_bundle},
    record::file_max_bytes,
};
use veche_server::Home;

use super::keys::{Memo, Stood};
use crate::{
    ceremonies::{self, Person},
    client,
    config::show_time,
    desk::Desk,
    failure::{Exit, Failure, Result},
    lang::{Sentence, both},
    status,
    trustee::{election_at, place::Place},
};

/// Before an opening a log has few entries; of a longer one the rest is not looked at.
const BUNDLES_MAX: u64 = 16;

/// What is shown at the address.
pub enum Seen {
    Ceremony(Draft, Ceremony),
    /// With the trustees who have rehearsed.
    Election(Box<Election>, Ceremony, Box<Status>, Vec<u32>),
}

/// What the log of an election says of its trustees.
pub struct Deeds {
    pub phase: Phase,
    pub rehearsed: Vec<u32>,
    pub shares: Vec<u32>,
}

impl Deeds {
    /// As the server of this desk knows it, else from the folder.
    ///
    /// # Errors
    /// The log in the folder is not right.
    pub async fn of(desk: &Desk, name: &str, home: &Home) -> Result<Self> {
        let served = desk.hosted.published(name, |published| {
            let (rehearsed, shares) = (published.rehearsed.clone(), published.shares.clone());
            Self { phase: published.phase, rehearsed, shares }
        });
        if let Some(known) = served.await {
            return Ok(known);
        }
        let board = status::inspect(home).await?;
        Ok(Self { phase: board.phase(), rehearsed: board.rehearsed().collect(), shares: board.shares().collect() })
    }
}

/// # Errors
/// Nobody is there, or what is shown is not right.
pub async fn see(at: &str) -> Result<Seen> {
    let place = Place::new(at)?;
    if !matches!(&place, Place::Folder(home) if home.exists() && !home.has_draft()) {
        match place.draft() {
            Ok(draft) => {
                let ceremony = place.ceremony(&draft)?;
                return Ok(Seen::Ceremony(draft, ceremony));
            }
            // Served is an election then.
            Err(failure) if failure.exit == Exit::NotOpen && Address::is_one(at) => {}
            Err(failure) => return Err(failure),
        }
    }
    let (election, ceremony) = election_at(at)?;
    let status = status::look(at).await?;
    let rehearsed = rehearsed(at, &election, &status).await?;
    Ok(Seen::Election(Box::new(election), ceremony, Box::new(status), rehearsed))
}

/// The status names the first alone who has not; the others stand in the log.
async fn rehearsed(at: &str, election: &Election, status: &Status) -> Result<Vec<u32>> {
    let count = u32::try_from(election.trustees().len()).unwrap_or(u32::MAX);
    let Some(first) = status.missing_rehearsal else { return Ok((1..=count).collect()) };
    if !Address::is_one(at) {
        return Ok(status::inspect(&Home::new(at)).await?.rehearsed().collect());
    }
    let address = client::at(at)?;
    let mut rehearsed: Vec<u32> = (1..first).collect();
    for n in 0..status.entries.div_ceil(TILE_WIDTH).min(BUNDLES_MAX) {
        let (path, _) = bundle_of(n, status.entries);
        // Whoever only shows the files of a record may not have it; then the first is all that is known.
        let bytes = address.get_at_most(&format!("/{path}"), file_max_bytes(&path).unwrap_or(0)).ok().flatten();
        let Some(bytes) = bytes else { break };
        let entries = read_bundle(&bytes).unwrap_or_default();
        let acts = entries.iter().filter_map(|entry| CheckedControl::check(entry, election).ok());
        rehearsed.extend(acts.filter_map(|act| match act.entry().act {
            Act::Rehearsal { trustee, .. } => Some(trustee),
            _ => None,
        }));
    }
    rehearsed.sort_unstable();
    rehearsed.dedup();
    Ok(rehearsed)
}

impl Seen {
    pub fn ceremony(&self) -> &Ceremony {
        let (Self::Ceremony(_, ceremony) | Self::Election(_, ceremony, ..)) = self;
        ceremony
    }

    /// In which phase an election is; of a ceremony who takes part says it.
    pub fn words(&self) -> Option<String> {
        match self {
            Self::Ceremony(..) => None,
            Self::Election(_, _, status, _) => Some(status::phase_text(status.phase, status.closes)),
        }
    }

    fn draft_id(&self) -> Hash {
        match self {
            Self::Ceremony(draft, _) => draft.id(),
            Self::Election(election, ..) => election.draft_id(),
        }
    }
}

/// The steps that a trustee has taken, as far as it is shown to everybody.
pub fn taken(seen: &Seen, number: u32) -> Vec<&'static str> {
    let (rehearsed, shares) = match seen {
        Seen::Ceremony(..) => (&[][..], &[][..]),
        Seen::Election(_, _, status, rehearsed) => (rehearsed.as_slice(), status.shares.as_slice()),
    };
    steps(seen.ceremony(), rehearsed, shares, number)
}

/// By a ceremony, and by those who have rehearsed and opened.
pub fn steps(ceremony: &Ceremony, rehearsed: &[u32], shares: &[u32], number: u32) -> Vec<&'static str> {
    if !ceremony.registered().any(|(registered, ..)| registered == number) {
        return Vec::new();
    }
    let (dealt, accepted) = match ceremony.stage() {
        Stage::Register(_) | Stage::Commit(_) => (false, false),
        Stage::Deal(missing) => (!missing.contains(&number), false),
        Stage::Accept(missing) => (true, !missing.contains(&number)),
        Stage::Disputed { .. } | Stage::Failed { .. } => (true, false),
        Stage::Done => (true, true),
    };
    let (rehearsed, opened) = (rehearsed.contains(&number), shares.contains(&number));
    let steps =
        [("registered", true), ("dealt", dealt), ("accepted", accepted), ("rehearsed", rehearsed), ("opened", opened)];
    steps.into_iter().filter(|(_, is_taken)| *is_taken).map(|(step, _)| step).collect()
}

/// For one trustee.
pub struct Standing {
    pub stage: &'static str,
    pub next: &'static str,
    pub text: Sentence,
    /// Codes have to be read out now.
    pub telephone: bool,
    /// Who is waited for.
    pub missing: Vec<u32>,
    pub problem: Option<Failure>,
}

impl Standing {
    fn new(stage: &'static str, next: &'static str, text: Sentence) -> Self {
        Self { stage, next, text, telephone: false, missing: Vec::new(), problem: None }
    }

    fn telephone(self) -> Self {
        Self { telephone: true, ..self }
    }

    fn missing(self, missing: Vec<u32>) -> Self {
        Self { missing, ..self }
    }

    pub fn unreachable(failure: Failure) -> Self {
        let text = both!(
            "The server of the election does not answer. Nothing is lost; this page looks again.",
            "Сервер выборов не отвечает. Ничего не потеряно; страница посмотрит ещё раз."
        );
        Self { problem: Some(failure), ..Self::new("unreachable", "wait", text) }
    }

    pub fn stood(&self, at: u64) -> Stood {
        let (stage, next) = (self.stage.into(), self.next.into());
        Stood { at, stage, next, text: self.text.clone(), telephone: self.telephone }
    }

    pub fn of(memo: &Memo, seen: &Seen) -> Self {
        let people = ceremonies::people(seen.ceremony());
        if memo.draft != seen.draft_id() {
            return strange(both!(
                "Another election is shown here than the one that this key was made for. If the organiser has begun anew, register \
                 once more; else telephone.",
                "Здесь показаны не те выборы, для которых создан этот ключ. Если организатор начал заново, зарегистрируйтесь ещё раз; \
                 иначе звоните."
            ));
        }
        let own = people.iter().find(|person| person.number == memo.number);
        let is_own = own.is_some_and(|own| memo.fingerprint.is_empty() || own.fingerprint == memo.fingerprint);
        match (own, seen) {
            (None, _) => {
                let text = both!(
                    "This key is registered nowhere. Register once more, with a new key.",
                    "Этот ключ нигде не зарегистрирован. Зарегистрируйтесь ещё раз, с новым ключом."
                );
                Self::new("register", "destroy", text)
            }
            (Some(own), _) if !is_own => strange(both!(
                "Under your number {} is registered with another key: {}. Telephone the organiser and the others.",
                "Под вашим номером зарегистрирован другой ключ: {}, {}. Позвоните организатору и остальным.",
                own.name,
                own.fingerprint
            )),
            (Some(_), Seen::Ceremony(_, ceremony)) => of_ceremony(memo, ceremony, &people),
            (Some(_), Seen::Election(_, _, status, rehearsed)) => of_election(memo, status, rehearsed, &people),
        }
    }
}

fn strange(text: Sentence) -> Standing {
    Standing::new("strange", "telephone", text).telephone()
}

/// `2 Boris, 3 Clara`: numbers of those without a name.
pub fn named(numbers: &[u32], people: &[Person]) -> String {
    let name = |number: &u32| match people.iter().find(|person| person.number == *number) {
        Some(person) => format!("{number} {}", person.name),
        None => number.to_string(),
    };
    numbers.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn of_ceremony(memo: &Memo, ceremony: &Ceremony, people: &[Person]) -> Standing {
    let own = memo.number;
    match ceremony.stage() {
        Stage::Register(missing) => {
            let who = named(&missing, people);
            let text = both!(
                "You are registered. Not registered yet: {who}. When all are, you telephone with each other.",
                "Вы зарегистрированы. Ещё не зарегистрировались: {who}. Когда все будут, вы созвонитесь."
            );
            Standing::new("register", "wait", text).missing(missing)
        }
        Stage::Commit(missing) if missing.contains(&own) => {
            let text = both!(
                "All have registered. Telephone with all of them now: each reads out a code, and you type it as you hear it. Then \
                 shares are dealt, best by all at the same time.",
                "Зарегистрировались все. Созвонитесь теперь со всеми: каждый читает код, а вы набираете его, как слышите. Потом доли \
                 раздаются, лучше всеми одновременно."
            );
            Standing::new("deal", "deal", text).telephone().missing(missing)
        }
        Stage::Deal(missing) if missing.contains(&own) => {
            let text = both!(
                "All have begun to deal. Go on with dealing: your share of it has not been sent yet.",
                "Раздачу начали все. Продолжите её: ваша часть ещё не отправлена."
            );
            Standing::new("deal", "deal", text).missing(missing)
        }
        Stage::Commit(missing) | Stage::Deal(missing) => {
            let who = named(&missing, people);
            let (text, next) = if memo.steps.contains_key("dealt") {
                (both!("You have dealt. Waiting for: {who}.", "Вы раздали доли. Ждём: {who}."), "wait")
            } else {
                let text = both!(
                    "You have begun to deal. Waiting for: {who}. Leave the dealing running, or begin it again later.",
                    "Вы начали раздачу. Ждём: {who}. Пусть раздача идёт, или начните её позже снова."
                );
                (text, "deal")
            };
            Standing::new("wait_deal", next, text).missing(missing)
        }
        Stage::Accept(missing) if missing.contains(&own) => {
            let text = both!(
                "All have dealt. Telephone once more, each reads out a second code; then accept.",
                "Роздали все. Созвонитесь ещё раз: каждый читает второй код; затем примите доли."
            );
            Standing::new("accept", "accept", text).telephone().missing(missing)
        }
        Stage::Accept(missing) => {
            let who = named(&missing, people);
            let text = both!(
                "You have accepted. Waiting for: {who}. Now is the time for a new backup of your key.",
                "Вы приняли. Ждём: {who}. Самое время для новой копии ключа."
            );
            Standing::new("wait_accept", "wait", text).missing(missing)
        }
        Stage::Disputed { dealer, .. } if dealer == own => {
            let text = Sentence::of(|| ceremonies::stage_text(ceremony));
            Standing::new("disputed", "accept", text).telephone().missing(vec![own])
        }
        Stage::Disputed { dealer, .. } => {
            Standing::new("disputed", "wait", Sentence::of(|| ceremonies::stage_text(ceremony)))
                .telephone()
                .missing(vec![dealer])
        }
        Stage::Failed { .. } => {
            Standing::new("failed", "telephone", Sentence::of(|| ceremonies::stage_text(ceremony))).telephone()
        }
        Stage::Done => {
            let text = both!(
                "The key is made: all have accepted. The organiser now sets up the election; then you show once that your key is there.",
                "Ключ создан: приняли все. Теперь организатор создаёт выборы; потом вы один раз покажете, что ключ на месте."
            );
            Standing::new("wait_setup", "wait", text)
        }
    }
}

fn of_election(memo: &Memo, status: &Status, rehearsed: &[u32], people: &[Person]) -> Standing {
    let own = memo.number;
    let missing: Vec<u32> = (1..=memo.count).filter(|number| !rehearsed.contains(number)).collect();
    match status.phase {
        Phase::New | Phase::Setup => match missing.first() {
            Some(_) if missing.contains(&own) => {
                let text = both!(
                    "The election is set up. Telephone the organiser, who reads out the code of the election; then show that your key is \
                     there. Nothing is opened by that.",
                    "Выборы созданы. Позвоните организатору, он прочтёт код выборов; затем покажите, что ключ на месте. Этим ничего не \
                     открывается."
                );
                Standing::new("rehearse", "rehearse", text).telephone().missing(missing)
            }
            Some(_) => {
                let who = named(&missing, people);
                let text = both!("You have shown your key. Waiting for: {who}.", "Вы показали ключ. Ждём: {who}.");
                Standing::new("wait_opening", "wait", text).missing(missing)
            }
            None => {
                let text = both!(
                    "All trustees have shown their keys. The organiser opens the election.",
                    "Ключи показали все доверенные. Голосование открывает организатор."
                );
                Standing::new("wait_opening", "wait", text)
            }
        },
        Phase::Open | Phase::Paused => {
            let text = match status.closes {
                Some(closes) => both!(
                    "Voting goes on until {}. You are needed after that.",
                    "Голосование идёт до {}. Вы понадобитесь после этого.",
                    show_time(closes)
                ),
                None => both!(
                    "Voting goes on. You are needed when the organiser has closed it.",
                    "Голосование идёт. Вы понадобитесь, когда организатор его закроет."
                ),
            };
            Standing::new("voting", "wait", text)
        }
        Phase::Cancelled => Standing::new(
            "cancelled",
            "destroy",
            both!(
                "The election was cancelled. Your key is needed no more.",
                "Выборы отменены. Ваш ключ больше не нужен."
            ),
        ),
        Phase::Finished => Standing::new(
            "finished",
            "destroy",
            both!(
                "The result is there. When the time for objections is over, destroy the key and its backups.",
                "Результат есть. Когда пройдёт срок для возражений, уничтожьте ключ и его копии."
            ),
        ),
        Phase::Summed => summed(memo, status),
        _ => Standing::new(
            "wait_sum",
            "wait",
            both!(
                "Voting is closed. The server adds up the ballots.",
                "Голосование закрыто. Сервер складывает бюллетени."
            ),
        ),
    }
}

fn summed(memo: &Memo, status: &Status) -> Standing {
    let (given, needed) = (status.shares.len(), memo.threshold);
    let missing: Vec<u32> = (1..=memo.count).filter(|number| !status.shares.contains(number)).collect();
    if !status.shares.contains(&memo.number) {
        let text = both!(
            "Voting is closed, and the sum is there. Open it with your share: the program checks the whole log first. Telephone with the \
             others to compare the code of the closing. Shares so far: {given} of {needed} that are needed.",
            "Голосование закрыто, сумма есть. Откройте её своей долей: сначала программа проверит весь журнал. Созвонитесь с \
             остальными, чтобы сверить код закрытия. Долей пока {given}, нужно {needed}."
        );
        return Standing::new("open", "open", text).telephone().missing(missing);
    }
    let text = if given < usize::try_from(needed).unwrap_or(usize::MAX) {
        both!(
            "Your share is there. Shares so far: {given} of {needed} that are needed.",
            "Ваша доля есть. Долей пока {given}, нужно {needed}."
        )
    } else {
        both!(
            "There are enough shares. The server computes the result.",
            "Долей достаточно. Сервер вычисляет результат."
        )
    };
    Standing::new("wait_others", "wait", text).missing(missing)
}

pub fn person_json(person: &Person) -> Value {
    let Person { number, name, fingerprint, like } = person;
    json!({ "number": number, "name": name, "fingerprint": fingerprint, "like": like })
}
