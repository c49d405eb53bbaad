//! Opening the sums: everything is checked first, and nothing is ever opened twice.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use veche_election::{
    Act, Hash, canonical,
    ceremony::spoken,
    checkpoint::Witness,
    encoding::{Blob, Bytes},
    record::{self, VerifiedSum},
};
use veche_server::{Home, home};

use super::{PlaceArgs, SpokenArgs, compare, no_ceremony, other_election};
use crate::{
    actor::Actor,
    acts, client,
    failure::{Exit, Failure, Result},
    keyfile,
    lang::tr,
    progress, records, setup,
};

/// Fewer ballots than this get a warning before they are opened.
const SMALL_GROUP: u64 = 10;

/// Every check of the record as far as the sum.
pub async fn verified_sum(at: &str) -> Result<VerifiedSum> {
    // A folder's log is written out as a record first: what is checked is what everybody would see.
    let scratch = if client::is_url(at) { None } else { Some(records::write_unfinished(&Home::new(at)).await?) };
    let target = scratch.as_ref().map_or_else(|| at.to_owned(), |dir| dir.path().display().to_string());
    let source = records::source(&target)?;
    let bar = progress::bar(0, tr!("checking", "проверка"));
    let mut tell = |done: u64, all: u64| {
        bar.set_length(all);
        bar.set_position(done);
    };
    let verified = record::verify_sum(&*source, &mut tell);
    bar.finish_and_clear();
    verified.map_err(records::not_verified)
}

/// What a trustee's program has opened: beside the key, so that it never opens a second sum.
#[derive(PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Opened {
    election: Hash,
    sum: Hash,
}

pub async fn open(args: &SpokenArgs, single_ballot: bool) -> Result<()> {
    let PlaceArgs { at, key } = &args.place;
    let secret = keyfile::read(key)?;
    let verified = verified_sum(at).await?;
    records::print_passed(&verified.checks);
    let VerifiedSum { election, ceremony, board, code, .. } = &verified;
    if secret.draft() != election.draft_id() {
        return Err(other_election());
    }
    let mut memory = key.clone().into_os_string();
    memory.push(".opened.json");
    let memory = PathBuf::from(memory);
    let opened = Opened { election: election.id(), sum: board.sum() };
    refuse_second_sum(&memory, &opened)?;
    warn_small_group(&verified, single_ballot)?;
    // Check 4 has seen a quorum of witnesses under this very log: no other log can have one, unless they are false.
    if let (Some(plan), None) = (&election.draft().witnesses, &args.code) {
        let names = plan.keys.iter().map(Witness::name).collect::<Vec<_>>().join(", ");
        let code = spoken(*code);
        eprintln!(
            "{}",
            tr!(
                "Witnesses have signed this log ({} of: {names}). If you do not know them, compare the code of the closing \
                 with the other trustees, or give it as --code: {code}",
                "Журнал подписан свидетелями ({} из: {names}). Если вы их не знаете, сверьте с другими доверенными код \
                 закрытия или задайте его как --code: {code}",
                plan.quorum
            )
        );
    } else {
        compare(*code, args.code.as_deref(), &tr!("code of the closing", "код закрытия"))?;
    }
    let sum = board.opening().ok_or_else(no_ceremony)?;
    let share = secret.open(ceremony, &sum, &setup::random()?).map_err(|e| Failure::new(Exit::CheckFailed, e))?;
    // Remembered before anything leaves: a second sum is refused even if this program dies here.
    home::write_atomically(&memory, &canonical::write(&opened), 0o600)?;
    let act = Act::Share { trustee: secret.trustee(), values: Blob(share.values), proof: Bytes(share.proof) };
    acts::act_by(at, &Actor::trustee(&secret, key), act).await?;
    println!("{}", tr!("Your share is in the log.", "Ваша доля в журнале."));
    Ok(())
}

fn refuse_second_sum(memory: &Path, opened: &Opened) -> Result<()> {
    let bytes = match std::fs::read(memory) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::other(format!("{}: {error}", memory.display()))),
    };
    match canonical::parse::<Opened>(&bytes) {
        Ok(before) if before == *opened => Ok(()),
        _ => Err(Failure::new(
            Exit::CheckFailed,
            tr!(
                "this key has opened another sum before: a second one is never opened",
                "этот ключ уже открывал другую сумму: вторую он не откроет"
            ),
        )
        .next(tr!(
            "Somebody shows you another log than before. Tell the other trustees. ({})",
            "Вам показывают другой журнал, чем раньше. Сообщите остальным доверенным. ({})",
            memory.display()
        ))),
    }
}

/// A sum of few ballots tells much of each.
fn warn_small_group(verified: &VerifiedSum, single_ballot: bool) -> Result<()> {
    let board = &verified.board;
    let (ballots, weight) = (board.tally().ballots, board.tally().weight);
    if ballots == 1 && !single_ballot {
        return Err(Failure::new(
            Exit::CheckFailed,
            tr!(
                "there is a single ballot: to open the sum is to open it",
                "бюллетень всего один: открыть сумму — открыть его"
            ),
        )
        .next(tr!("If all agree to that: --single-ballot", "Если все с этим согласны: --single-ballot")));
    }
    if (1..SMALL_GROUP).contains(&ballots) {
        eprintln!(
            "{}",
            tr!(
                "Only {ballots} ballots (weight {weight}): where all of so few agree, everybody will know how each has voted.",
                "Бюллетеней всего {ballots} (вес {weight}): если столь немногие единодушны, все узнают, кто как голосовал."
            )
        );
    }
    for (weight, holders) in verified.credentials.rare_weights() {
        eprintln!("{}", rare_weight(weight, holders));
    }
    let (ballots, cards) = board.replacements();
    if ballots + cards > 0 {
        eprintln!(
            "{}",
            tr!(
                "{ballots} ballots were replaced by later ones, and {cards} cards were replaced. Many of either shortly before the \
                 closing, and not by the voters, would be a way to single somebody out.",
                "Бюллетеней заменено более поздними: {ballots}, карточек заменено: {cards}. Много тех или других перед самым \
                 закрытием, и не самими избирателями, — способ вычислить чей-то голос."
            )
        );
    }
    Ok(())
}

pub fn rare_weight(weight: u64, holders: u64) -> String {
    tr!(
        "weight {weight} is held by {holders} only: where a count shows it, it may show the vote",
        "вес {weight} только у {holders}: где он виден в числах, может быть виден и голос"
    )
}
