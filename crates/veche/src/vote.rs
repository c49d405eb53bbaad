//! `veche vote`: the founding document's client. What happens next is decided by [`Casting`]; here its errands are run, in
//! a terminal, on a disk and over a socket.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use veche_client::{
    Address, Card, Casting,
    casting::{Aim, Caller, Effect, End, First, Input, Notice, Opened, Plan, Question, Recorded},
    sessions::{SessionError, SessionKeys, Voting},
};
use veche_election::{
    Election, Hash, Receipt, VoterNumber,
    ballot::BallotCode,
    entry::EntryBytes,
    log::leaf_hash,
    receipt::{CheckedReceipt, ReceiptFile},
};
use veche_server::{
    Home,
    home::{self, CARDS_DIR, HomeError},
};
use veche_session::voter::Why;

use crate::{
    args::{json_help, number_help},
    cards, client,
    failure::{Failure, Result},
    hosting::{PORT_DEFAULT, expected_candidates},
    lang::tr,
    output,
    prompt::{ask_secret, confirm},
    randomness::{fresh, weight_seed},
    receipts, russian,
    voters::parse_number,
};

mod asking;
mod ending;
mod telling;

#[derive(Args)]
pub struct VoteArgs {
    #[arg(help = number_help())]
    number: String,
    #[arg(help = tr!("How many candidates you expect", "Сколько кандидатов вы ожидаете"))]
    candidates: Option<String>,
    #[arg(help = tr!("The server's port on this machine [default: 8080]", "Порт сервера на этой машине [по умолчанию: 8080]"))]
    port: Option<u16>,
    #[arg(long, help = tr!("Your card [default: the only one of this number and election in ./*/cards, ./cards or here]",
        "Файл вашей карточки [по умолчанию: единственный с этим номером от этих выборов в ./*/cards, ./cards или здесь]"))]
    card: Option<PathBuf>,
    #[arg(long, allow_hyphen_values = true, help = tr!("The ballot, sent as given; once per contest",
        "Бюллетень, отправляется как есть; по одному ключу на каждый вопрос"))]
    ballot: Vec<String>,
    #[arg(long, help = tr!("The server's address, http://host:port", "Адрес сервера, http://адрес:порт"))]
    url: Option<String>,
    #[arg(long, allow_hyphen_values = true, help = tr!("The election id on your card, when you have no card file", "Id выборов с карточки, если нет её файла"))]
    election: Option<String>,
    #[arg(long, help = tr!("Where to put the receipt [default: receipt-NUMBER-SEQ.json]",
        "Куда положить квитанцию [по умолчанию: receipt-НОМЕР-SEQ.json]"))]
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
    let found = match &args.card {
        Some(path) => vec![(path.clone(), cards::read(path)?)],
        None => cards_beside(number),
    };
    if let Some(other) = alike(number, &found) {
        return Err(Failure::usage(tr!("the card is made out for {other}", "карточка выписана на {other}")).next(tr!(
            "Write the number as the card has it: capital letters and leading zeros count.",
            "Пишите номер, как на карточке: заглавные буквы и нули впереди различаются."
        )));
    }
    let address = find_server(&args, &found)?;
    let mut cards = found.into_iter().map(|(_, card)| card);
    let card = if args.card.is_some() { cards.next() } else { None };
    let plan = Plan {
        number,
        candidates: args.candidates.as_deref().map(expected_candidates),
        card,
        beside: cards.collect(),
        election: args.election.clone(),
        marks: args.ballot.clone(),
        unasked: args.yes,
        aim: if args.challenge.is_some() { Aim::Challenge } else { Aim::Cast },
        first: First::Session,
        // Who brings marks hears of everything from the answer to them.
        hello: args.ballot.is_empty(),
    };
    let casting = Casting::new(plan, weight_seed()?);
    let driver = Driver {
        args,
        address,
        number,
        casting,
        election: None,
        orders: Vec::new(),
        keys: None,
        lost: None,
        unwritten: None,
    };
    driver.run().await
}

/// The address typed, else that of the one card found, else of the server of the folder in which that card lies, else
/// the usual port of this machine.
fn find_server(args: &VoteArgs, found: &[(PathBuf, Card)]) -> Result<Address> {
    let here = |port: u16| client::at(&format!("http://127.0.0.1:{port}"));
    match (&args.url, args.port, found) {
        (Some(url), ..) => client::at(url),
        (None, Some(port), _) => here(port),
        (None, None, [(_, Card { url: Some(url), .. })]) => client::at(url),
        (None, None, [(path, _)]) => served_beside(path).map_or_else(|| here(PORT_DEFAULT), Ok),
        (None, None, _) => here(PORT_DEFAULT),
    }
}

/// Where the election in whose folder a card lies is being served.
fn served_beside(card: &Path) -> Option<Address> {
    let cards = card.canonicalize().ok()?.parent()?.to_owned();
    let home = Home::new(cards.parent().filter(|_| cards.ends_with(CARDS_DIR))?);
    let is_served = home.exists() && matches!(home.lock(), Err(HomeError::Locked(..)));
    home.served_at().filter(|_| is_served).map(|url| Address::own(&url))
}

/// Cards of this number in `./*/cards`, `./cards` and here; where there are none, those whose numbers are alike.
fn cards_beside(number: VoterNumber) -> Vec<(PathBuf, Card)> {
    let folders = std::fs::read_dir(".").into_iter().flatten().flatten().map(|entry| entry.path().join(CARDS_DIR));
    let folders = folders.chain([PathBuf::from(CARDS_DIR), PathBuf::from(".")]);
    let found: Vec<_> = folders.flat_map(|folder| cards_in(&folder, number)).collect();
    let exact: Vec<_> = found.iter().filter(|(_, card)| card.number == number).cloned().collect();
    if exact.is_empty() { found } else { exact }
}

/// Files are named for lines of the roll. In a roll of numbers alone that is the number, and is looked at first.
fn cards_in(folder: &Path, number: VoterNumber) -> Vec<(PathBuf, Card)> {
    let read = |path: PathBuf| {
        let small = path.metadata().is_ok_and(|file| file.is_file() && file.len() <= CARD_MAX_BYTES);
        let card = if small { cards::read(&path).ok() } else { None };
        card.map(|card| (path, card))
    };
    let guess = read(folder.join(format!("{}.json", number.in_file_names())));
    if let Some(guess) = guess.filter(|(_, card)| card.number == number) {
        return vec![guess];
    }
    let paths = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_line = |name: &str| name.strip_suffix(".json").is_some_and(|line| line.parse::<u64>().is_ok());
    let cards = paths.filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_line));
    let found = cards.take(cards::CARD_FILES_MAX).filter_map(read);
    found.filter(|(_, card)| card.number.folded() == number.folded()).collect()
}

/// The number of a card, if that of the voter differs from it in capital letters or leading zeros alone.
fn alike(number: VoterNumber, found: &[(PathBuf, Card)]) -> Option<VoterNumber> {
    let other = found.first().map(|(_, card)| card.number)?;
    (other != number && other.folded() == number.folded()).then_some(other)
}

/// What is larger is no card, whatever its name.
const CARD_MAX_BYTES: u64 = 64 << 10;

/// Refused ballots that are remembered, the newest.
const REFUSED_MAX: usize = 20;

/// Runs the errands of a vote.
struct Driver {
    args: VoteArgs,
    address: Address,
    number: VoterNumber,
    casting: Casting,
    /// What is voted on, once its id was compared.
    election: Option<Arc<Election>>,
    /// In which order the candidates of each contest are shown.
    orders: Vec<Vec<usize>>,
    /// One pair for all sessions of this vote.
    keys: Option<Arc<SessionKeys>>,
    /// Why the last session was lost.
    lost: Option<SessionError>,
    /// The ballot is recorded, and its receipt is not on this disk: why.
    unwritten: Option<Failure>,
}

/// A session's voter.
struct AtTerminal<'a> {
    driver: &'a mut Driver,
    /// What stopped the session from within: an errand of another kind, or a failure of ours.
    stopped: Option<Result<Wire>>,
}

impl Voting for AtTerminal<'_> {
    fn entry(&mut self, why: Why) -> Option<EntryBytes> {
        match self.driver.until_wire(Input::Asked(why)) {
            Ok(Wire::Send(entry)) => Some(entry),
            other => {
                self.stopped = Some(other);
                None
            }
        }
    }

    fn recorded(&mut self, receipt: &Receipt, checked: &CheckedReceipt) {
        self.driver.keep_receipt(receipt, checked);
    }
}

/// An errand that takes a socket, or the end.
enum Wire {
    Fetch,
    Knock(Arc<Election>),
    Greet(Caller),
    Connect(Caller),
    Send(EntryBytes),
    Finish(End),
}

impl Driver {
    async fn run(mut self) -> Result<()> {
        let mut wire = self.until_wire(Input::Start)?;
        loop {
            let input = match wire {
                Wire::Fetch => Input::Manifest(self.address.manifest()?),
                Wire::Knock(election) => Input::OnRoll(self.address.knock(&election, self.number).await?),
                Wire::Greet(caller) => self.greet(&caller).await?,
                Wire::Connect(caller) => {
                    wire = self.session(caller).await?;
                    continue;
                }
                Wire::Send(_) => return Err(Failure::other("an entry without a session")),
                Wire::Finish(end) => return self.finish(end),
            };
            wire = self.until_wire(input)?;
        }
    }

    async fn greet(&mut self, caller: &Caller) -> Result<Input> {
        let keys = self.keys().await?;
        let outcome = self.address.greet(caller, &keys).await;
        Ok(outcome.map_or_else(|error| self.lost(error), Input::Ended))
    }

    fn lost(&mut self, error: SessionError) -> Input {
        let loss = error.loss();
        self.lost = Some(error);
        Input::Lost(loss)
    }

    /// Runs one session, and gives what is to be done after it.
    async fn session(&mut self, caller: Caller) -> Result<Wire> {
        let keys = self.keys().await?;
        let address = self.address.clone();
        let mut voting = AtTerminal { driver: self, stopped: None };
        let outcome = address.cast(&caller, &keys, &mut voting).await;
        if let Some(stopped) = voting.stopped {
            return stopped;
        }
        match outcome {
            Ok(outcome) => self.until_wire(Input::Ended(outcome)),
            Err(error) => {
                let lost = self.lost(error);
                self.until_wire(lost)
            }
        }
    }

    async fn keys(&mut self) -> Result<Arc<SessionKeys>> {
        if let Some(keys) = &self.keys {
            return Ok(keys.clone());
        }
        let keys = tokio::task::spawn_blocking(SessionKeys::generate).await.map_err(Failure::other)?;
        let keys = Arc::new(keys.map_err(Failure::other)?);
        self.keys = Some(keys.clone());
        Ok(keys)
    }

    /// Gives the machine an input, and runs what it asks for up to the next errand that takes a socket.
    fn until_wire(&mut self, mut input: Input) -> Result<Wire> {
        loop {
            let mut answer = None;
            for effect in self.casting.handle(input, &fresh()?).map_err(Failure::other)? {
                match effect {
                    Effect::Fetch => return Ok(Wire::Fetch),
                    Effect::Knock(election) => return Ok(Wire::Knock(election)),
                    Effect::Greet(caller) => return Ok(Wire::Greet(caller)),
                    Effect::Connect(caller) => return Ok(Wire::Connect(caller)),
                    Effect::Send(entry) => return Ok(Wire::Send(entry)),
                    Effect::Finish(end) => return Ok(Wire::Finish(end)),
                    Effect::Ask(question) => answer = Some(self.ask(&question)?),
                    Effect::Tell(notice) => self.take_notice(notice)?,
                    Effect::ReadPending => {
                        answer = Some(Input::Pending(std::fs::read_to_string(self.pending_path()).ok()));
                    }
                    Effect::Keep(text) => {
                        home::write_atomically(&self.pending_path(), text.as_bytes(), 0o600)?;
                        self.send_anew(&text);
                    }
                    // What was refused before stays known, until a ballot is recorded.
                    Effect::Forget => remove(&self.pending_path()),
                    Effect::SetAside => self.set_aside(),
                    // The session ends when its question stays without an entry.
                    Effect::HangUp => {}
                    Effect::Opened(opened) => self.opened(&opened)?,
                    Effect::Recorded(recorded) => answer = Some(Input::Kept(self.recorded(recorded)?)),
                }
            }
            input = answer.ok_or_else(|| Failure::other("the vote waits for nothing"))?;
        }
    }

    fn ask(&self, question: &Question) -> Result<Input> {
        Ok(match question {
            Question::SameElection(id) => Input::Answer(asking::same_election(*id)?),
            Question::Credential => {
                Input::Credential(ask_secret(&tr!("Credential from your card: ", "Код с вашей карточки: "))?.into())
            }
            Question::SendAgain => Input::Answer(confirm(&tr!(
                "Ask for it (and send it, if it did not arrive)?",
                "Узнать, записан ли он (и отправить, если не дошёл)?"
            ))?),
            Question::Again => {
                Input::Answer(confirm(&tr!("Vote again, in place of it?", "Голосовать заново, вместо него?"))?)
            }
            Question::Marks => Input::Marks(asking::marks(self.contests(), &self.orders)?),
            Question::Cast => Input::Answer(confirm(&tr!("Send this ballot?", "Отправить этот бюллетень?"))?),
            Question::CastOrChallenge => Input::Choice(asking::cast_or_challenge()?),
            Question::Replace => Input::Answer(confirm(&tr!("Replace it?", "Заменить?"))?),
        })
    }

    fn take_notice(&mut self, notice: Notice) -> Result<()> {
        match notice {
            Notice::Contests(election) => {
                self.orders = asking::orders(election.contests())?;
                // What was withdrawn since stands in no manifest; without an answer the ballot is shown as it is.
                let withdrawn = self.address.status().map(|status| status.withdrawn).unwrap_or_default();
                telling::contests(&election, &self.orders, &withdrawn);
                self.election = Some(election);
            }
            // Whoever pipes a credential in cannot mend it.
            Notice::Credential(error) if !std::io::stdin().is_terminal() => return Err(error.into()),
            Notice::Credential(error) => eprintln!("{}", russian::credential(&error)),
            Notice::Review { marks, code } => {
                telling::review(self.contests(), &marks, code, self.is_secret());
                self.write_code(code)?;
            }
            Notice::Code(code) => {
                self.say(&tr!("ballot code: {}", "код бюллетеня: {}", code.full()));
                self.write_code(code)?;
            }
            Notice::Voted { leaf, .. } | Notice::Replaces { leaf, .. } if self.was_refused(leaf) => {
                return Err(telling::recorded_though_refused(&self.refused_path()));
            }
            notice => telling::notice(&notice),
        }
        Ok(())
    }

    fn contests(&self) -> &[veche_election::Contest] {
        self.election.as_ref().map_or(&[], |election| election.contests())
    }

    fn is_secret(&self) -> bool {
        self.election.as_ref().is_some_and(|election| election.secret().is_some())
    }

    /// For the second device: the whole code, before the voter has chosen.
    fn write_code(&self, code: BallotCode) -> Result<()> {
        let Some(file) = &self.args.code_file else { return Ok(()) };
        Ok(home::write_atomically(file, (code.full() + "\n").as_bytes(), 0o600)?)
    }

    /// Writes everything by which anybody can see what the ballot holds, and says how to look.
    fn opened(&self, opened: &Opened) -> Result<()> {
        let code = opened.code.full();
        let file = match &self.args.challenge {
            Some(file) => file.clone(),
            None => {
                PathBuf::from(format!("challenge-{}-{}.json", self.number.in_file_names(), code.get(..9).unwrap_or("")))
            }
        };
        let json = veche_election::canonical::write_text(&opened.challenge) + "\n";
        home::write_atomically(&file, json.as_bytes(), 0o600)?;
        self.say(&telling::opened(&file, self.address.url(), &code));
        if self.args.json && !opened.again {
            let election = self.election.as_ref().map(|election| election.id());
            let json = serde_json::json!({ "recorded": false, "challenge": file, "code": code, "election": election });
            crate::output::print_json(&json);
        }
        if opened.again {
            eprintln!("\n{}", tr!("The same marks, sealed anew:", "Те же оценки, зашифрованные заново:"));
        }
        Ok(())
    }

    /// The receipt is on the disk before the server hears `ok`; what hinders that is told at the end.
    fn keep_receipt(&self, receipt: &Receipt, checked: &CheckedReceipt) {
        let Some(election) = &self.election else { return };
        let bytes = veche_election::canonical::write_text(&ReceiptFile::new(receipt.clone(), election)) + "\n";
        let path = self.receipt_path(checked.ballot().entry().seq, bytes.as_bytes());
        let _ = home::write_atomically(&path, bytes.as_bytes(), 0o600);
    }

    /// To people; where a program reads, on the other output.
    fn say(&self, text: &str) {
        if self.args.json { eprintln!("{text}") } else { println!("{text}") }
    }

    /// The one unmistakable end. Is the receipt on this disk?
    fn recorded(&mut self, recorded: Recorded) -> Result<bool> {
        let Recorded { receipt, checked, current } = recorded;
        let election = self.election.clone().ok_or_else(|| Failure::other("a receipt without an election"))?;
        let file = ReceiptFile::new(receipt.clone(), &election);
        let bytes = veche_election::canonical::write_text(&file) + "\n";
        let path = self.receipt_path(checked.ballot().entry().seq, bytes.as_bytes());
        let (code, index) = (checked.ballot().code().full(), checked.index());
        if let Err(error) = home::write_atomically(&path, bytes.as_bytes(), 0o600) {
            // The ballot is recorded, whatever this disk says; the receipt must not be lost with the file.
            self.say(&tr!(
                "Recorded, but not kept: code {code}",
                "Записано, но квитанция не сохранена; код бюллетеня {code}"
            ));
            println!("{bytes}");
            self.unwritten = Some(self.not_kept(error, &path));
            return Ok(false);
        }
        // For people; what decides is the file above.
        let page = receipts::page(&receipt, &checked, &election, self.address.url());
        let page_path = path.with_extension("html");
        if let Err(error) = home::write_atomically(&page_path, page.as_bytes(), 0o600) {
            eprintln!("{error}");
        }
        let shown = path.display();
        remove(&self.refused_path());
        if self.args.json {
            let json = serde_json::json!({
                "recorded": true, "current": current, "number": self.number, "election": election.id(),
                "index": index, "seq": checked.ballot().entry().seq, "code": code, "receipt": path,
            });
            output::print_json(&json);
            return Ok(true);
        }
        let (printed, url) = (page_path.display(), self.address.url());
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
        Ok(true)
    }

    /// A ballot whose receipt is on no disk: the same bytes bring it again, as long as they are here.
    fn not_kept(&self, error: HomeError, path: &Path) -> Failure {
        let (shown, pending) = (path.display(), self.pending_path());
        let pending = pending.display();
        Failure::other(error).next(tr!(
            "Your ballot is recorded, but its receipt could not be written to {shown}; it stands above, copy it. Then run the same \
             command again, here, with --receipt FILE where there is room: {pending} was kept, so the same ballot is asked for, \
             not counted twice.",
            "Ваш бюллетень записан, но квитанцию не удалось записать в {shown}; она напечатана выше, скопируйте её. Затем повторите \
             ту же команду здесь же, добавив --receipt ФАЙЛ там, где есть место: {pending} сохранён, поэтому спросят о том же \
             бюллетене, и дважды он учтён не будет."
        ))
    }

    /// `receipt-17-1.json`; where that name holds another election's receipt, the election's id is added. A `/` is written `+`.
    fn receipt_path(&self, seq: u64, bytes: &[u8]) -> PathBuf {
        if let Some(path) = &self.args.receipt {
            return path.clone();
        }
        let path = PathBuf::from(format!("receipt-{}-{seq}.json", self.number.in_file_names()));
        match std::fs::read(&path) {
            Ok(there) if there != bytes => {
                PathBuf::from(format!("receipt-{}-{seq}-{}.json", self.number.in_file_names(), self.short_id()))
            }
            _ => path,
        }
    }

    /// Beside the receipts, named for election and number; mode 0600, since it holds an open ballot.
    fn pending_path(&self) -> PathBuf {
        PathBuf::from(format!("pending-{}-{}.json", self.number.in_file_names(), self.short_id()))
    }

    /// Ballots that were refused, a line each, readable by the voter alone.
    fn refused_path(&self) -> PathBuf {
        PathBuf::from(format!("refused-{}-{}.json", self.number.in_file_names(), self.short_id()))
    }

    /// The entries that were refused, oldest first.
    fn refused(&self) -> Vec<String> {
        let stored = std::fs::read_to_string(self.refused_path()).unwrap_or_default();
        stored.lines().map(str::to_owned).collect()
    }

    fn keep_refused(&self, entries: &[String]) -> std::result::Result<(), HomeError> {
        if entries.is_empty() {
            remove(&self.refused_path());
            return Ok(());
        }
        let from = entries.len().saturating_sub(REFUSED_MAX);
        let text = entries.get(from..).unwrap_or_default().join("\n") + "\n";
        home::write_atomically(&self.refused_path(), text.as_bytes(), 0o600)
    }

    /// Among the refused it is not sent again. If that fails it stays where it is, and is asked for once more.
    fn set_aside(&self) {
        let Ok(pending) = std::fs::read_to_string(self.pending_path()) else { return };
        let mut entries = self.refused();
        entries.extend(pending.lines().next().map(str::to_owned));
        if self.keep_refused(&entries).is_ok() {
            remove(&self.pending_path());
        }
    }

    /// The same bytes go on their way once more: that the log has them then contradicts nobody.
    fn send_anew(&self, pending: &str) {
        let mut entries = self.refused();
        let before = entries.len();
        entries.retain(|entry| pending.lines().next() != Some(entry));
        if entries.len() < before {
            // If it stays, the voter is told once more than needed.
            let _ = self.keep_refused(&entries);
        }
    }

    /// Is this the leaf hash of a ballot that was refused?
    fn was_refused(&self, leaf: Hash) -> bool {
        self.refused().iter().any(|entry| leaf_hash(entry.as_bytes()) == leaf)
    }

    fn short_id(&self) -> String {
        let id = self.election.as_ref().map(|election| election.id().to_string()).unwrap_or_default();
        id.chars().take(8).collect()
    }
}

fn remove(path: &Path) {
    // Not being there is what we want.
    let _ = std::fs::remove_file(path);
}
