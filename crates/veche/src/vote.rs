//! `veche vote`: the founding document's client. It shows what is voted on only after re-computing the election id,
//! stores an entry before sending it, and says "Recorded" only with a receipt that verifies.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use veche_election::{
    BallotSeeds, ContestKind, CredentialKey, Election, Hash, PreparedBallot, Receipt, VoterNumber,
    entry::{Ballot, BallotCode, CheckedBallot, Position, SEQ_MAX},
    receipt::{CheckedReceipt, ReceiptFile},
};
use veche_server::home;
use veche_session::{
    Code,
    voter::{Outcome, Refused, Why},
};

use crate::{
    acts::parse_number,
    cards::{self, Card},
    cli::{json_help, number_help},
    client::{self, SessionKeys},
    failure::{Exit, Failure, Result, exit_of},
    lang::tr,
    prompt::{ask_secret, confirm},
    receipts, russian,
    serve::{PORT_DEFAULT, compare_candidates},
    setup::{ballot_seed, weight_seed},
    show::safe,
};

mod pen;

use pen::{Pen, ask_marks};

/// Sessions tried anew when one broke off after the voter had decided.
const RETRIES: usize = 3;

#[derive(Args)]
pub struct VoteArgs {
    #[arg(help = number_help())]
    number: String,
    #[arg(help = tr!("How many candidates you expect", "Сколько кандидатов вы ожидаете"))]
    candidates: Option<String>,
    #[arg(help = tr!("The server's port on this machine [default: 8080]", "Порт сервера на этой машине [8080]"))]
    port: Option<u16>,
    #[arg(long, help = tr!("Your card [default: the only ./*/cards/NUMBER.json of this election]",
        "Ваша карточка [единственная ./*/cards/НОМЕР.json этих выборов]"))]
    card: Option<PathBuf>,
    #[arg(long, allow_hyphen_values = true, help = tr!("The ballot, sent as given; once per contest", "Бюллетень, отправляется как есть; по одному на вопрос"))]
    ballot: Vec<String>,
    #[arg(long, help = tr!("The server's address, http://host:port", "Адрес сервера, http://host:port"))]
    url: Option<String>,
    #[arg(long, help = tr!("The election id on your card, when you have no card file", "Id выборов с карточки, если нет её файла"))]
    election: Option<String>,
    #[arg(long, help = tr!("Where to put the receipt [default: receipt-NUMBER-SEQ.json]", "Куда положить квитанцию"))]
    receipt: Option<PathBuf>,
    #[arg(long, value_name = "FILE", help = tr!("Do not cast: open the ballot into this file, to be checked elsewhere (veche check-ballot)",
        "Не подавать: вскрыть бюллетень в этот файл для проверки в другом месте (veche check-ballot)"))]
    challenge: Option<PathBuf>,
    #[arg(long, value_name = "FILE", help = tr!("Write the whole ballot code into this file before you choose to cast or to challenge",
        "Записать полный код бюллетеня в этот файл до выбора, подать или вскрыть"))]
    code_file: Option<PathBuf>,
    #[arg(long, short, help = tr!("Do not ask for confirmation", "Не спрашивать подтверждения"))]
    yes: bool,
    #[arg(long, help = json_help())]
    json: bool,
}

pub async fn run(args: VoteArgs) -> Result<()> {
    let number = parse_number(&args.number)?;
    let given = args.card.as_deref().map(Card::read).transpose()?;
    let beside = if given.is_some() { Vec::new() } else { cards_beside(number) };
    let url = find_url(&args, given.as_ref(), &beside)?;
    let election = Arc::new(client::fetch_election(&url)?);
    compare_candidates(&election, args.candidates.as_deref(), Path::new(&url))?;
    let card = given.or_else(|| the_only_card(beside, election.id()));
    let secret = match &card {
        Some(card) => {
            compare_card(card, number, &election)?;
            card.secret()?
        }
        // Nobody is asked for a secret in vain.
        None if !client::knock(&url, &election, number).await? => return Err(not_on_roll(number)),
        None => ask_credential(&election, args.election.as_deref())?,
    };
    let credential = secret.key(election.draft_id());
    let keys = tokio::task::spawn_blocking(SessionKeys::generate).await.map_err(Failure::other)?;
    let keys = Arc::new(keys.map_err(Failure::other)?);
    let seeds = BallotSeeds::new(credential.clone());
    let booth = Booth { args: &args, url, election, number, credential, seeds, keys };
    booth.show_contests();
    if let Some(file) = &args.challenge {
        return booth.challenge(file);
    }
    if booth.send_pending().await? {
        return Ok(());
    }
    booth.vote().await
}

/// The address typed, else the card's, else the usual port of this machine.
fn find_url(args: &VoteArgs, given: Option<&Card>, beside: &[Card]) -> Result<String> {
    let of_card = || match (given, beside) {
        (Some(card), _) | (None, [card]) => card.url.as_deref(),
        _ => None,
    };
    match (&args.url, args.port) {
        (Some(url), _) => client::check_url(url),
        (None, Some(port)) => Ok(format!("http://127.0.0.1:{port}")),
        (None, None) => of_card().map_or_else(|| Ok(format!("http://127.0.0.1:{PORT_DEFAULT}")), client::check_url),
    }
}

/// Cards of this number at `./*/cards/17.json`, `./cards/17.json`, `./17.json`.
fn cards_beside(number: VoterNumber) -> Vec<Card> {
    let name = format!("{number}.json");
    let folders = std::fs::read_dir(".").into_iter().flatten().flatten().map(|entry| entry.path());
    let places = folders.map(|dir| dir.join("cards").join(&name));
    let places = places.chain([PathBuf::from("cards").join(&name), PathBuf::from(&name)]);
    places.filter_map(|path| Card::read(&path).ok()).collect()
}

/// The single card of the server's election.
fn the_only_card(cards: Vec<Card>, election: Hash) -> Option<Card> {
    let mut of_election = cards.into_iter().filter(|card| card.election == election);
    of_election.next().filter(|_| of_election.next().is_none())
}

/// The card names the election: another manifest, or another key behind it, is another id.
fn compare_card(card: &Card, number: VoterNumber, election: &Election) -> Result<()> {
    if card.election != election.id() {
        return Err(Failure::new(
            Exit::CheckFailed,
            tr!(
                "the server's election is not the one on your card\n  card:   {}\n  server: {}",
                "выборы на сервере — не те, что на вашей карточке\n  карточка: {}\n  сервер:   {}",
                card.election,
                election.id()
            ),
        )
        .next(tr!("Do not vote; ask the organiser.", "Не голосуйте; спросите организатора.")));
    }
    if card.number != number {
        eprintln!(
            "{}",
            tr!("(this card is made out for number {})", "(эта карточка выписана на номер {})", card.number)
        );
    }
    Ok(())
}

/// Without a card file the election id is compared by a person, or given beforehand; `--yes` does not replace that.
fn ask_credential(election: &Election, expected: Option<&str>) -> Result<veche_election::CredentialSecret> {
    let same = match expected {
        Some(expected) => Hash::parse(expected.trim()) == Some(election.id()),
        None => {
            eprintln!(
                "{}",
                tr!(
                    "No card found. The election's id is\n  {}\nCompare it with your card.",
                    "Карточка не найдена. Id выборов:\n  {}\nСравните его с вашей карточкой.",
                    election.id()
                )
            );
            confirm(&tr!("Is it the same?", "Это он?"))?
        }
    };
    if !same {
        return Err(Failure::new(
            Exit::CheckFailed,
            tr!("not the election of your card", "не выборы с вашей карточки"),
        ));
    }
    loop {
        let text = zeroize::Zeroizing::new(ask_secret(&tr!("Credential from your card: ", "Код с вашей карточки: "))?);
        match cards::parse_secret(&text) {
            Ok(secret) => return Ok(secret),
            Err(failure) if std::io::stdin().is_terminal() => eprintln!("{}", failure.what),
            Err(failure) => return Err(failure),
        }
    }
}

/// Everything that a vote needs.
struct Booth<'a> {
    args: &'a VoteArgs,
    url: String,
    election: Arc<Election>,
    number: VoterNumber,
    credential: CredentialKey,
    seeds: BallotSeeds,
    keys: Arc<SessionKeys>,
}

impl Booth<'_> {
    fn show_contests(&self) {
        eprintln!("{}\n", safe(&self.election.draft().title));
        for contest in self.election.contests() {
            if contest.title != self.election.draft().title {
                eprintln!("{}", contest.title);
            }
            for (i, name) in contest.candidates.iter().enumerate() {
                eprintln!("  {:>3}. {name}", i + 1);
            }
            let (levels, blank) = (
                contest.levels.join(" "),
                if contest.blank { tr!("; * no opinion", "; * нет мнения") } else { String::new() },
            );
            let scale = match contest.kind {
                ContestKind::Score => tr!("scale: {levels}{blank}", "шкала: {levels}{blank}"),
                ContestKind::Single => tr!("choose one{blank}", "выберите одного{blank}"),
            };
            eprintln!("  {scale}\n");
        }
    }

    /// An entry that was sent before and got no answer is sent again first: the same bytes, so it cannot count twice.
    /// Returns whether that is all there is to do.
    async fn send_pending(&self) -> Result<bool> {
        let path = self.pending_path();
        let Ok(text) = std::fs::read_to_string(&path) else { return Ok(false) };
        let (entry, tag) = text.split_once('\n').map_or((text.as_str(), None), |(entry, tag)| (entry, Some(tag)));
        let entry = entry.to_owned();
        let ballot = CheckedBallot::check(entry.as_bytes(), &self.election, &weight_seed()?).ok();
        let ballot = ballot.filter(|ballot| ballot.entry.credential == self.credential.public());
        let Some(ballot) = ballot else { return Ok(false) };
        let given = &self.args.ballot;
        let (same, shown) = match &ballot.entry.ballot {
            Ballot::Open { marks } => (given == marks, safe(&marks.join("  "))),
            Ballot::Secret { .. } => (tag == Some(&self.tag(entry.as_bytes(), given)), ballot.code().short()),
        };
        if !self.wants_again(same, &shown)? {
            return Ok(false);
        }
        let (mut next, mut refused) = (Some(entry), None);
        let mut next_entry = |why| {
            if let Why::Refused(reason) = why {
                refused = Some(reason);
            }
            next.take()
        };
        let outcome = self.cast(&mut next_entry).await;
        match (outcome, refused) {
            (Ok(Outcome::Recorded { receipt, checked, current }), _) => {
                self.recorded(&receipt, &checked, current)?;
                Ok(true)
            }
            (Ok(Outcome::Refused(refused)), _) | (Err(client::ClientError::GaveUp), Some(refused)) => {
                if may_be_recorded(refused.code) {
                    return Err(refusal(&refused));
                }
                remove(&path);
                Ok(false)
            }
            (Ok(Outcome::NotOnRoll), _) => Err(not_on_roll(self.number)),
            (Err(error), _) => Err(error.into()),
        }
    }

    /// Another ballot on the command line goes before the old one: if that was recorded after all, the log says so.
    fn wants_again(&self, same: bool, shown: &str) -> Result<bool> {
        if !self.args.ballot.is_empty() && !same {
            return Ok(false);
        }
        eprintln!(
            "{}",
            tr!(
                "An earlier ballot of yours was sent and not answered: {shown}",
                "Прежний ваш бюллетень отправлен и остался без ответа: {shown}"
            )
        );
        let asked = self.args.ballot.is_empty() && !self.args.yes;
        Ok(!asked
            || confirm(&tr!(
                "Ask for it (and send it, if it did not arrive)?",
                "Спросить о нём (и отправить, если не дошёл)?"
            ))?)
    }

    /// By which this voter's program, and nobody without the card, knows the marks of a secret entry again.
    fn tag(&self, entry: &[u8], marks: &[String]) -> String {
        let marks: Vec<&[u8]> = std::iter::once(entry).chain(marks.iter().map(String::as_bytes)).collect();
        let signature = self.credential.0.sign("veche-pending-1", &marks);
        Hash::labelled("veche-pending-1", &[&signature.0]).to_string()
    }

    /// Prepares a ballot exactly as for casting, then opens it instead.
    fn challenge(&self, file: &Path) -> Result<()> {
        if self.election.secret().is_none() {
            return Err(Failure::usage(tr!(
                "an open ballot is readable as it is: there is nothing to challenge",
                "открытый бюллетень и так читается: вскрывать нечего"
            )));
        }
        let contests = self.election.contests();
        let marks = if self.args.ballot.is_empty() { ask_marks(contests)? } else { self.args.ballot.clone() };
        let prepared = self.prepare(Position::FIRST, marks)?;
        println!("{}", tr!("ballot code: {}", "код бюллетеня: {}", prepared.code().full()));
        self.write_code(prepared.code())?;
        self.open_challenged(prepared, file)
    }

    /// For the second device: the whole code, before the voter has chosen.
    fn write_code(&self, code: BallotCode) -> Result<()> {
        let Some(file) = &self.args.code_file else { return Ok(()) };
        Ok(home::write_atomically(file, (code.full() + "\n").as_bytes(), 0o600)?)
    }

    /// Writes everything by which anybody can see what the ballot holds, and says how to look.
    fn open_challenged(&self, prepared: PreparedBallot, file: &Path) -> Result<()> {
        let code = prepared.code();
        let json = veche_election::canonical::write_text(&prepared.challenge()) + "\n";
        home::write_atomically(file, json.as_bytes(), 0o600)?;
        let (shown, url) = (file.display(), &self.url);
        println!(
            "{}",
            tr!(
                "Opened into {shown}; nothing was cast, and this ballot never can be. On another device, with the id that stands on your card:\n  veche check-ballot {shown} --at {url} --election ID --code {}",
                "Вскрыт в {shown}; ничего не подано, и этот бюллетень подан не будет. На другом устройстве, с id с вашей карточки:\n  veche check-ballot {shown} --at {url} --election ID --code {}",
                code.full()
            )
        );
        Ok(())
    }

    fn prepare(&self, at: Position, marks: Vec<String>) -> Result<PreparedBallot> {
        let seed = ballot_seed(&self.seeds)?;
        let prepared = PreparedBallot::new(&self.election, self.credential.public(), at, marks, &seed);
        prepared.map_err(|error| {
            let why = russian::marks(&error);
            Failure::new(Exit::BallotRefused, tr!("this is no ballot: {why}", "это не бюллетень: {why}"))
        })
    }

    async fn vote(&self) -> Result<()> {
        let marks = self.args.ballot.clone();
        let outcome = self.vote_from(Position::FIRST, marks).await?;
        match outcome {
            // The very bytes of an earlier ballot that a later one has replaced: to return to it takes a new entry.
            // Its place is not known yet; one that can never fit makes the server tell the last one.
            (Outcome::Recorded { current: false, .. }, marks) => {
                let nowhere = Position { seq: SEQ_MAX, prev: Hash::ZERO };
                let (outcome, _) = self.vote_from(nowhere, marks).await?;
                self.finish(outcome)
            }
            (outcome, _) => self.finish(outcome),
        }
    }

    /// Votes with an entry at this place in the voter's order; gives back the marks that were sent.
    async fn vote_from(&self, position: Position, marks: Vec<String>) -> Result<(Outcome, Vec<String>)> {
        let confirmed = position != Position::FIRST;
        let mut pen = Pen { booth: self, marks, position, confirmed, made: None, stopped: None };
        let mut outcome = self.cast(&mut |why| pen.next_entry(why)).await;
        // A voter may think longer than the server keeps a session: what was decided is brought in another one.
        for _ in 0..RETRIES {
            use client::ClientError::{Broken, Busy};
            if !(pen.confirmed && pen.stopped.is_none() && matches!(outcome, Err(Broken(_) | Busy(_)))) {
                break;
            }
            outcome = self.cast(&mut |why| pen.next_entry(why)).await;
        }
        match (outcome, pen.stopped) {
            (_, Some(failure)) => Err(failure),
            (Ok(outcome), None) => Ok((outcome, pen.marks)),
            (Err(error), None) => Err(error.into()),
        }
    }

    async fn cast(
        &self,
        next_entry: &mut (dyn FnMut(Why) -> Option<String> + Send),
    ) -> std::result::Result<Outcome, client::ClientError> {
        client::cast(&self.url, &self.election, self.number, &self.credential, &self.keys, next_entry).await
    }

    fn finish(&self, outcome: Outcome) -> Result<()> {
        match outcome {
            Outcome::Recorded { receipt, checked, current } => self.recorded(&receipt, &checked, current),
            Outcome::NotOnRoll => Err(not_on_roll(self.number)),
            Outcome::Refused(refused) => {
                if !may_be_recorded(refused.code) {
                    remove(&self.pending_path());
                }
                Err(refusal(&refused))
            }
        }
    }

    /// The one unmistakable end.
    fn recorded(&self, receipt: &Receipt, checked: &CheckedReceipt, current: bool) -> Result<()> {
        let seq = checked.ballot.entry.seq;
        let file = ReceiptFile::new(receipt.clone(), &self.election);
        let bytes = veche_election::canonical::write_text(&file) + "\n";
        let path = self.receipt_path(seq, bytes.as_bytes());
        if let Err(error) = home::write_atomically(&path, bytes.as_bytes(), 0o600) {
            // The ballot is recorded, whatever this disk says; the receipt must not be lost with the file.
            eprintln!("{error}\n{bytes}");
        }
        // For people; what decides is the file above.
        let page = receipts::page(receipt, checked, &self.election, &self.url);
        let page_path = path.with_extension("html");
        if let Err(error) = home::write_atomically(&page_path, page.as_bytes(), 0o600) {
            eprintln!("{error}");
        }
        remove(&self.pending_path());
        let (printed, url) = (page_path.display(), &self.url);
        let (code, index, shown) = (checked.ballot.code().full(), checked.index, path.display());
        if self.args.json {
            let json = serde_json::json!({
                "recorded": true, "current": current, "number": self.number, "election": self.election.id(),
                "index": index, "seq": seq, "code": code, "receipt": path,
            });
            println!("{json:#}");
            return Ok(());
        }
        println!("{}", tr!("Recorded", "Записано"));
        if !current {
            println!(
                "{}",
                tr!("(a later ballot of yours has replaced this one)", "(более поздний ваш бюллетень его заменил)")
            );
        }
        println!(
            "{}",
            tr!(
                "ballot code  {code}\nreceipt      {shown}   (entry {index} of the public log)\nto print     {printed}\ncheck it     veche verify-receipt {shown} --record {url}",
                "код бюллетеня  {code}\nквитанция      {shown}   (запись {index} публичного журнала)\nнапечатать     {printed}\nпроверить      veche verify-receipt {shown} --record {url}"
            )
        );
        Ok(())
    }

    /// `receipt-17-1.json`; where that name holds another election's receipt, the election's id is added.
    fn receipt_path(&self, seq: u64, bytes: &[u8]) -> PathBuf {
        if let Some(path) = &self.args.receipt {
            return path.clone();
        }
        let path = PathBuf::from(format!("receipt-{}-{seq}.json", self.number));
        match std::fs::read(&path) {
            Ok(there) if there != bytes => {
                PathBuf::from(format!("receipt-{}-{seq}-{}.json", self.number, self.short_id()))
            }
            _ => path,
        }
    }

    fn short_id(&self) -> String {
        self.election.id().to_string().chars().take(8).collect()
    }

    /// Beside the receipts, named for election and number; mode 0600, since it holds an open ballot.
    fn pending_path(&self) -> PathBuf {
        PathBuf::from(format!("pending-{}-{}.json", self.number, self.short_id()))
    }
}

/// After these the entry may stand in the log all the same: it is kept, to be asked for again.
fn may_be_recorded(code: Code) -> bool {
    matches!(code, Code::Busy | Code::NotAuthorised)
}

pub fn not_on_roll(number: VoterNumber) -> Failure {
    Failure::new(Exit::NotOnRoll, tr!("Нет — number {number} is not on the roll", "Нет — номера {number} нет в списке"))
        .next(tr!("Check the number on your card.", "Проверьте номер на карточке."))
}

fn refusal(refused: &Refused) -> Failure {
    let failure = Failure::new(
        exit_of(refused.code),
        tr!("нет ({}) — {}", "нет ({}) — {}", refused.code.name(), russian::code(refused.code)),
    );
    match &refused.last {
        Some(last) => {
            let (code, index) = (last.ballot.code().short(), last.index);
            failure.next(tr!(
                "Your ballot {code} stands as entry {index} of the log.",
                "Ваш бюллетень {code} стоит записью {index} журнала."
            ))
        }
        None => failure,
    }
}

fn remove(path: &Path) {
    // Not being there is what we want.
    let _ = std::fs::remove_file(path);
}
