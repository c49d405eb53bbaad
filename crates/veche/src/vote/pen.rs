//! The pen: writes the entries that a session asks for, after the voter has seen, and cast or challenged, each of them.

use std::{io::IsTerminal, path::PathBuf};

use qrcode::{QrCode, render::unicode};
use veche_election::{
    Contest, ContestKind, Marks, PreparedBallot,
    entry::{BallotCode, Position},
    marks,
    receipt::CheckedReceipt,
};
use veche_server::home;
use veche_session::{
    Code,
    voter::{Refused, Why},
};

use super::{Booth, may_be_recorded, refusal, remove};
use crate::{
    failure::{Exit, Failure, Result},
    lang::tr,
    prompt::{ask, confirm},
    russian,
};

/// Writes entries as the session asks for them.
pub struct Pen<'a> {
    pub booth: &'a Booth<'a>,
    pub marks: Vec<String>,
    pub position: Position,
    /// Has the voter said that these marks are to be sent?
    pub confirmed: bool,
    /// The entry that was sent last and not refused.
    pub made: Option<String>,
    /// Why it wrote no more.
    pub stopped: Option<Failure>,
}

impl Pen<'_> {
    pub fn next_entry(&mut self, why: Why) -> Option<String> {
        match self.write(why) {
            Ok(entry) => Some(entry),
            Err(failure) => {
                self.stopped = Some(failure);
                None
            }
        }
    }

    fn write(&mut self, why: Why) -> Result<String> {
        match (&why, &self.made) {
            // A session broke off: the very same entry again, so that it cannot count twice.
            (Why::First, Some(entry)) => return Ok(entry.clone()),
            (Why::First, None) => {}
            (Why::Refused(refused), _) => {
                self.made = None;
                if !may_be_recorded(refused.code) {
                    remove(&self.booth.pending_path());
                }
                self.take_refusal(refused)?;
            }
        }
        if self.marks.is_empty() {
            self.marks = ask_marks(self.booth.election.contests())?;
        }
        let entry = String::from_utf8(self.decide()?).map_err(Failure::other)?;
        self.confirmed = true;
        // The entry is on this disk before it is on the way: after a broken connection it is sent again, not anew.
        let pending = match self.booth.election.secret() {
            Some(_) => format!("{entry}\n{}", self.booth.tag(entry.as_bytes(), &self.marks)),
            None => entry.clone(),
        };
        home::write_atomically(&self.booth.pending_path(), pending.as_bytes(), 0o600)?;
        self.made = Some(entry.clone());
        Ok(entry)
    }

    /// Shows the ballot and its code; then the voter casts it, which signs it, or challenges it, which opens it, and
    /// decides again about another one.
    fn decide(&self) -> Result<Vec<u8>> {
        let booth = self.booth;
        loop {
            let prepared = booth.prepare(self.position, self.marks.clone())?;
            if self.confirmed || !booth.args.ballot.is_empty() {
                return self.sign(prepared);
            }
            self.show_ballot(prepared.code());
            booth.write_code(prepared.code())?;
            let choice = match booth.election.secret() {
                _ if booth.args.yes => Choice::Cast,
                Some(_) => ask_cast_or_challenge()?,
                None if confirm(&tr!("Send this ballot?", "Отправить этот бюллетень?"))? => {
                    Choice::Cast
                }
                None => Choice::Neither,
            };
            match choice {
                Choice::Cast => return self.sign(prepared),
                Choice::Challenge => {
                    let code = prepared.code().full();
                    let file =
                        PathBuf::from(format!("challenge-{}-{}.json", booth.number, code.get(..9).unwrap_or("")));
                    booth.open_challenged(prepared, &file)?;
                    eprintln!("\n{}", tr!("The same marks, sealed anew:", "Те же оценки, зашифрованные заново:"));
                }
                Choice::Neither => return Err(Failure::other(tr!("nothing was sent", "ничего не отправлено"))),
            }
        }
    }

    fn sign(&self, prepared: PreparedBallot) -> Result<Vec<u8>> {
        let (booth, entry) = (self.booth, prepared.sign(&self.booth.credential));
        if entry.len() > booth.election.draft().entry_max_bytes() || self.marks.iter().any(|m| m.contains(['"', '\\']))
        {
            let marks = marks::parse_all(&self.marks, booth.election.contests());
            let why = marks.err().map_or_else(String::new, |error| russian::marks(&error));
            return Err(Failure::new(Exit::BallotRefused, tr!("this is no ballot: {why}", "это не бюллетень: {why}")));
        }
        Ok(entry)
    }

    /// What a «нет» means for the next try.
    fn take_refusal(&mut self, refused: &Refused) -> Result<()> {
        eprintln!("{}", tr!("нет — {}", "нет — {}", russian::code(refused.code)));
        match (refused.code, &refused.last) {
            (Code::Stale, last) => {
                self.position = Position::FIRST;
                // At another place a secret ballot has another code: the voter sees it before it is cast.
                self.confirmed &= self.booth.election.secret().is_none();
                if let Some(last) = last {
                    self.confirm_replacement(last)?;
                    self.position = Position { seq: last.ballot.entry.seq + 1, prev: last.ballot.leaf };
                }
                Ok(())
            }
            (Code::BadMarks, _) if marks::parse_all(&self.marks, self.booth.election.contests()).is_ok() => {
                Err(Failure::new(
                    Exit::CheckFailed,
                    tr!("the server refuses marks that are right", "сервер отвергает верные оценки"),
                )
                .next(tr!(
                    "Do not vote again here; tell the organiser.",
                    "Не голосуйте здесь больше; сообщите организатору."
                )))
            }
            (Code::BadMarks, _) if self.booth.args.ballot.is_empty() => {
                self.marks.clear();
                self.confirmed = false;
                Ok(())
            }
            (Code::BadMarks, _) => match marks::parse_all(&self.marks, self.booth.election.contests()) {
                Err(error) => Err(refusal(refused).next(russian::marks(&error))),
                Ok(_) => Err(refusal(refused)),
            },
            _ => Err(refusal(refused)),
        }
    }

    fn show_ballot(&self, code: BallotCode) {
        let contests = self.booth.election.contests();
        for (contest, text) in contests.iter().zip(&self.marks) {
            let Ok(marks) = Marks::parse(text, contest) else { continue };
            eprintln!("\n{}", contest.title);
            for (name, level) in contest.candidates.iter().zip(marks.levels()) {
                let shown = level.and_then(|level| contest.levels.get(usize::from(level))).map_or("*", String::as_str);
                eprintln!("  {shown:>4}  {name}");
            }
        }
        eprintln!("\n{}", tr!("ballot code: {}", "код бюллетеня: {}", code.short()));
        if self.booth.election.secret().is_some() {
            eprintln!("{}", tr!("whole code:  {}", "полный код:    {}", code.full()));
            show_picture(&code.full());
        }
    }

    /// The voter is told what will be replaced, and that the log says so.
    fn confirm_replacement(&self, last: &CheckedReceipt) -> Result<()> {
        let own = last.ballot.entry.credential == self.booth.credential.public();
        let (code, index) = (last.ballot.code().short(), last.index);
        eprintln!(
            "{}",
            tr!(
                "Your ballot {code} (entry {index} of the log) will be replaced.",
                "Ваш бюллетень {code} (запись {index} журнала) будет заменён."
            )
        );
        if !own && !self.booth.args.ballot.is_empty() && !self.booth.args.yes {
            return Err(Failure::new(
                Exit::BallotRefused,
                tr!("ballot {code} was not signed with this card", "бюллетень {code} подписан не этой карточкой"),
            )
            .next(tr!(
                "If your card was replaced, it is yours: run again with --yes. If not, ask the organiser.",
                "Если вашу карточку заменяли, он ваш: повторите с --yes. Если нет, спросите организатора."
            )));
        }
        if !own {
            eprintln!("{}", tr!("It was cast with an earlier card of yours.", "Он подан с прежней вашей карточкой."));
        }
        let asked = self.booth.args.ballot.is_empty() && !self.booth.args.yes;
        if !asked || confirm(&tr!("Replace it?", "Заменить?"))? {
            return Ok(());
        }
        Err(Failure::other(tr!(
            "nothing was changed: the earlier ballot counts",
            "ничего не изменено: учтён прежний бюллетень"
        )))
    }
}

/// The whole code for the camera of the second device, where somebody sees it.
fn show_picture(code: &str) {
    if std::io::stderr().is_terminal()
        && let Ok(picture) = QrCode::new(code)
    {
        eprintln!("{}", picture.render::<unicode::Dense1x2>().build());
    }
}

enum Choice {
    Cast,
    Challenge,
    Neither,
}

fn ask_cast_or_challenge() -> Result<Choice> {
    let question = tr!(
        "Note the code, or take the whole one to another device. Then: cast this ballot, or challenge it - open it to check this program? [cast/challenge/no] ",
        "Запишите код или перенесите полный на другое устройство. Затем: подать этот бюллетень или вскрыть его для проверки программы? [подать/вскрыть/нет] "
    );
    loop {
        match ask(&question)?.to_lowercase().as_str() {
            "cast" | "подать" | "y" | "yes" | "да" | "д" => return Ok(Choice::Cast),
            "challenge" | "вскрыть" => return Ok(Choice::Challenge),
            "no" | "n" | "нет" | "н" => return Ok(Choice::Neither),
            _ => {}
        }
    }
}

/// Asks until the marks fit; what is wrong is said at once.
pub fn ask_marks(contests: &[Contest]) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for contest in contests {
        if contest.kind == ContestKind::Single {
            all.push(ask_choice(contest)?);
            continue;
        }
        let example: Vec<&str> = contest
            .candidates
            .iter()
            .zip(contest.levels.iter().rev().cycle())
            .map(|(_, level)| level.as_str())
            .collect();
        let example = example.join(if contest.is_compact() { "" } else { "," });
        let question =
            tr!("Marks for \"{}\", such as {example}: ", "Оценки, «{}», например {example}: ", contest.title);
        all.push(loop {
            let text: String = ask(&question)?.chars().filter(|c| !c.is_whitespace()).collect();
            match Marks::parse(&text, contest) {
                Ok(_) => break text,
                Err(error) => eprintln!("{}", russian::marks(&error)),
            }
        });
    }
    Ok(all)
}

/// A single choice is typed as the candidate's number, or as `*`.
fn ask_choice(contest: &Contest) -> Result<String> {
    let count = contest.candidates.len();
    let question = tr!(
        "Number of your candidate in \"{}\", 1 to {count}: ",
        "Номер вашего кандидата, «{}», от 1 до {count}: ",
        contest.title
    );
    loop {
        let text = ask(&question)?;
        let marks = match text.parse::<usize>() {
            Ok(chosen) if (1..=count).contains(&chosen) => {
                (1..=count).map(|i| if i == chosen { '1' } else { '0' }).collect()
            }
            _ if text == marks::BLANK => marks::BLANK.repeat(count),
            _ => text,
        };
        match Marks::parse(&marks, contest) {
            Ok(_) => return Ok(marks),
            Err(error) => eprintln!("{}", russian::marks(&error)),
        }
    }
}
