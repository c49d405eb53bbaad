//! `veche check-ballot`: on any other device, does a challenged ballot hold what the program said?
//! Spec: `docs/spec/secret.md` section 13.

use std::path::{Path, PathBuf};

use clap::Args;
use veche_client::{
    Address, Card,
    link::{names, paper_id},
};
use veche_election::{
    Challenge, Election, PublicKey,
    ballot::{BallotCode, ChallengeError},
    credential::{fingerprint, typed_code},
    log::read_bundle,
    record::{MANIFEST_FILE, Source},
};

use crate::{
    args::json_help,
    cards, client,
    failure::{Exit, Failure, Result},
    files,
    lang::tr,
    output, randomness, records,
    show::safe,
};

/// Symbols of the five groups that are read aloud: with fewer nothing is compared.
const CODE_MIN_SYMBOLS: usize = 20;

#[derive(Args)]
pub struct CheckBallotArgs {
    #[arg(help = tr!("The file that veche vote --challenge wrote", "Файл, записанный командой veche vote --challenge"))]
    file: PathBuf,
    #[arg(long, help = tr!("Where the election is: folder, record or http://address",
        "Где выборы: папка, публичная запись или http://адрес"))]
    at: String,
    #[arg(long, help = tr!("The ballot code that you noted before you chose to challenge, whole or its first five groups",
        "Код бюллетеня, который вы записали до вскрытия, целиком или первые пять групп"))]
    code: Option<String>,
    #[arg(long, value_name = "FILE", conflicts_with = "code", help = tr!("A file with that code, from veche vote --code-file",
        "Файл с этим кодом, от veche vote --code-file"))]
    code_file: Option<PathBuf>,
    #[arg(long, value_name = "ID", allow_hyphen_values = true, help = tr!("The election id on your card", "Id выборов с вашей карточки"))]
    election: Option<String>,
    #[command(flatten)]
    card: OwnCard,
    #[arg(long, help = json_help())]
    json: bool,
}

/// Whose ballot is it? With another voter's, who chose the same, a false program could show that all is well (a clash).
#[derive(Debug, Default, Args)]
pub struct OwnCard {
    #[arg(long, value_name = "FILE", help = tr!("Your card's file: is this ballot yours?", "Файл вашей карточки: ваш ли это бюллетень?"))]
    card: Option<PathBuf>,
    #[arg(long, conflicts_with = "card", help = tr!("The fingerprint on your card: is this ballot yours?",
        "Отпечаток с вашей карточки: ваш ли это бюллетень?"))]
    fingerprint: Option<String>,
}

impl OwnCard {
    /// The card itself, where its file was named.
    ///
    /// # Errors
    /// There is no such file, or it is no card.
    pub fn read(&self) -> Result<Option<Card>> {
        self.card.as_deref().map(cards::read).transpose()
    }

    /// Says what is still to be compared, if nothing was given.
    ///
    /// # Errors
    /// Whoever showed this ballot as this voter's, or typed another fingerprint.
    pub fn compare(&self, credential: &PublicKey, election: &Election) -> Result<Option<String>> {
        let found = fingerprint(credential);
        let own = match (&self.card, &self.fingerprint) {
            (Some(file), _) => {
                let secret = cards::read(file)?.secret().map_err(Failure::usage)?;
                fingerprint(&secret.key(election.draft_id()).public())
            }
            (None, Some(typed)) => typed.clone(),
            (None, None) => {
                return Ok(Some(tr!(
                    "fingerprint: {found}\nCompare it with the one on your card: with another one this is somebody else's ballot.",
                    "отпечаток карточки: {found}\nСравните его с тем, что на вашей карточке: если он другой, это чужой бюллетень."
                )));
            }
        };
        if typed_code(&own) == typed_code(&found) {
            return Ok(None);
        }
        Err(Failure::new(
            Exit::CheckFailed,
            tr!(
                "this ballot was not made with your card: its fingerprint is {found}",
                "этот бюллетень сделан не по вашей карточке: его отпечаток {found}"
            ),
        )
        .next(tr!(
            "If your program showed it as yours, it shows you another voter's ballot. If your card was replaced, compare with the \
             card that you voted with. Else tell the organiser and keep the file.",
            "Если программа выдала его за ваш, она показала чужой бюллетень. Если вашу карточку заменяли, сравните с той, по которой \
             голосовали. Иначе сообщите организатору и сохраните файл."
        )))
    }
}

pub fn check(args: &CheckBallotArgs) -> Result<()> {
    let at = &args.at;
    let challenge: Challenge = serde_json::from_str(&read(&args.file)?)
        .map_err(|error| Failure::usage(format!("{}: {error}", args.file.display())))?;
    let noted = match &args.code_file {
        Some(file) => Some(read(file)?),
        None => args.code.clone(),
    };
    let manifest = records::source(at)?.file(MANIFEST_FILE);
    let manifest =
        manifest.map_err(|_| Failure::usage(tr!("there is no election at {at}", "по адресу {at} нет выборов")))?;
    let election = Election::parse(&manifest).map_err(|error| Failure::new(Exit::CheckFailed, error))?;
    compare_election(args.election.as_deref(), &election)?;
    refuse_recorded(at, BallotCode::of(&challenge.entry))?;
    let opened = challenge.check(&election, &randomness::weight_seed()?).map_err(|error| refuse(&error))?;
    let found = opened.code;
    compare_code(noted.as_deref(), found)?;
    let to_compare = args.card.compare(&opened.credential, &election)?;
    if args.json {
        let json = serde_json::json!({
            "code": found.full(), "marks": challenge.marks, "election": election.id(), "fingerprint": fingerprint(&opened.credential),
        });
        output::print_json(&json);
        return Ok(());
    }
    println!("{}", tr!("The ballot holds what the program said.", "В бюллетене именно то, что сказала программа."));
    for (contest, marks) in election.contests().iter().zip(&challenge.marks) {
        println!("  {}: {}", safe(&contest.title), safe(marks));
    }
    println!("{}", tr!("ballot code: {}", "код бюллетеня: {}", found.full()));
    println!("{}", tr!("election id: {}", "id выборов: {}", paper_id(election.id())));
    if let Some(to_compare) = to_compare {
        println!("{to_compare}");
    }
    if noted.is_none() {
        println!(
            "{}",
            tr!(
                "Compare the code with the one that you noted before you chose.",
                "Сравните код с тем, что вы записали до вскрытия."
            )
        );
    }
    if args.election.is_none() {
        println!(
            "{}",
            tr!(
                "Compare the id with your card: under another id the marks may mean other candidates.",
                "Сравните id с вашей карточкой: под другим id оценки могут значить других кандидатов."
            )
        );
    }
    Ok(())
}

fn read(file: &Path) -> Result<String> {
    let text = String::from_utf8(files::read(file)?);
    text.map_err(|error| Failure::usage(format!("{}: {error}", file.display())))
}

/// A program may tell the truth about a ballot of another manifest, with other candidates behind the same marks.
fn compare_election(expected: Option<&str>, election: &Election) -> Result<()> {
    if expected.is_none_or(|expected| names(expected, election.id())) {
        return Ok(());
    }
    Err(Failure::new(
        Exit::CheckFailed,
        tr!(
            "this is not the election of your card; its id is {}",
            "это не выборы с вашей карточки; их id {}",
            paper_id(election.id())
        ),
    )
    .next(tr!(
        "Do not vote with that program or at that address; tell the organiser and keep the file.",
        "Не голосуйте той программой и по тому адресу; сообщите организатору и сохраните файл."
    )))
}

/// A ballot that was cast and then opened proves nothing of a program that knew which it would be, and tells a vote.
fn refuse_recorded(at: &str, code: BallotCode) -> Result<()> {
    let recorded = if Address::is_one(at) {
        client::at(at)?.get(&format!("/ballot/{}", code.full()))?.is_some()
    } else {
        stands_in(&*records::source(at)?, code)?
    };
    if !recorded {
        return Ok(());
    }
    Err(Failure::new(
        Exit::CheckFailed,
        tr!("this ballot was cast: it stands in the log", "этот бюллетень подан: он стоит в журнале"),
    )
    .next(tr!(
        "Whoever asks you to open a ballot that was cast wants to see your vote. Tell the organiser.",
        "Кто просит вскрыть поданный бюллетень, хочет узнать ваш голос. Сообщите организатору."
    )))
}

/// A bundle that cannot be read may hold it.
fn stands_in(record: &dyn Source, code: BallotCode) -> Result<bool> {
    for path in record.paths().into_iter().filter(|path| path.starts_with("tile/entries/")) {
        let unreadable = |why: String| {
            Failure::new(
                Exit::CheckFailed,
                tr!(
                    "{path}: {why}; so it cannot be known whether this ballot was cast",
                    "{path}: {why}; поэтому нельзя узнать, подан ли этот бюллетень"
                ),
            )
            .next(tr!("Take a whole copy of the record.", "Возьмите неповреждённую копию публичной записи."))
        };
        let bundle = record.file(&path).map_err(|error| unreadable(error.to_string()))?;
        let entries = read_bundle(&bundle)
            .ok_or_else(|| unreadable(tr!("it is no list of entries", "это не список записей журнала")))?;
        if entries.into_iter().any(|entry| BallotCode::of(entry) == code) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn compare_code(noted: Option<&str>, found: BallotCode) -> Result<()> {
    let same = |noted: &str| {
        let noted = typed_code(noted.trim());
        noted.len() >= CODE_MIN_SYMBOLS && typed_code(&found.full()).starts_with(&noted)
    };
    let Some(noted) = noted.filter(|noted| !same(noted)) else { return Ok(()) };
    if BallotCode::range(noted.trim()).is_none() {
        // Whoever types too little, or what no code has, has not found anybody out.
        let noted = safe(noted.trim());
        let what = tr!("\"{noted}\" is no ballot code", "«{noted}» — не код бюллетеня");
        return Err(Failure::new(Exit::CheckFailed, what).next(tr!(
            "A ballot code has 13 groups of four symbols. Write all of them, or the first five.",
            "В коде бюллетеня 13 групп по четыре знака. Введите все или первые пять."
        )));
    }
    Err(Failure::new(
        Exit::CheckFailed,
        tr!(
            "this is not the ballot whose code you noted: {}",
            "это не тот бюллетень, чей код вы записали: {}",
            found.short()
        ),
    )
    .next(tr!(
        "Compare what you typed with what you noted. If it is the same, do not vote with that program or device; tell the \
         organiser and keep the file.",
        "Сравните введённое с записанным. Если это одно и то же, не голосуйте той программой или устройством; сообщите \
         организатору и сохраните файл."
    )))
}

fn refuse(error: &ChallengeError) -> Failure {
    let failure = Failure::new(Exit::CheckFailed, error);
    match error {
        ChallengeError::OtherMarks(_) | ChallengeError::Entry(_) => failure.next(tr!(
            "Do not vote with that program or device; tell the organiser and keep the file.",
            "Не голосуйте той программой или устройством; сообщите организатору и сохраните файл."
        )),
        _ => failure,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// What cannot be read may be the ballot that was cast.
    #[test]
    fn a_record_with_a_torn_bundle_does_not_say_that_a_ballot_was_not_cast() {
        let record = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors/record");
        let copy = tempfile::tempdir().unwrap();
        let whole = records::source(record.to_str().unwrap()).unwrap();
        for path in whole.paths() {
            let to = copy.path().join(&path);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::write(to, whole.file(&path).unwrap()).unwrap();
        }
        let at = copy.path().to_str().unwrap();
        let code = BallotCode::of(b"a ballot that nobody has cast");
        refuse_recorded(at, code).unwrap();
        let mut bundles = whole.paths().into_iter().filter(|path| path.starts_with("tile/entries/"));
        let bundle = bundles.next_back().unwrap();
        let bytes = whole.file(&bundle).unwrap();
        std::fs::write(copy.path().join(&bundle), bytes.get(..bytes.len() - 1).unwrap()).unwrap();
        let failure = refuse_recorded(at, code).unwrap_err();
        assert!(failure.exit == Exit::CheckFailed && failure.what.contains(&bundle), "{}", failure.what);
    }
}
