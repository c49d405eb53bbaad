//! Making an election, for `veche new`, `veche setup` and whoever else asks for it: what its organiser has chosen becomes an
//! election, or, where trustees make the key of a secret one, first a draft and then the election.

use veche_election::{Draft, Election, Roll, RollShows, ceremony::Stage, roll::Severity};
use veche_server::{
    Home,
    home::{CONFIG_FILE, MAKING_FILE, ROLL_CSV_FILE},
};

use crate::{
    ceremonies,
    config::{ElectionFile, public_address},
    failure::{Exit, Failure, Result},
    front::{Front, is_at_pages},
    hosted::{self, Hosted},
    lang::{Sentence, both, some},
    rolls::{self, Remark, RollArgs, RollRead},
    setup::{self, Plan},
    show::safe,
    trustee, weights, words,
};

/// Problems of a roll that are told in full; of more only the count.
const PROBLEMS_TOLD: usize = 50;

/// What an organiser has chosen.
pub struct Chosen {
    pub file: ElectionFile,
    pub roll: Roll,
    /// In the form of `roll.csv`, where the roll came from a file.
    pub roll_csv: Option<Vec<u8>>,
    /// All trustees' keys of a secret election are made here and now.
    pub local_trustees: bool,
    /// A draft alone, also of an open election: for a host.
    pub draft_alone: bool,
    /// The organiser knows that sums of the weights will show how some have voted.
    pub weights_show_votes: bool,
}

/// What became of it.
pub enum Made {
    Draft(Box<MadeDraft>),
    Election(Box<MadeElection>),
}

/// A secret election before its key is there: its trustees make it now.
pub struct MadeDraft {
    pub draft: Draft,
    /// What sums of the weights would tell; the roll may be another one when the key is made.
    pub weights: Option<String>,
}

/// An election, with cards for its voters.
pub struct MadeElection {
    pub election: Election,
    pub voters: usize,
    /// The trustees of a secret one have rehearsed already.
    pub rehearsed: bool,
}

/// Makes an election, or the draft of one, in a folder that holds none.
///
/// # Errors
/// What was chosen does not go together or is refused, or the folder is taken.
pub async fn make(home: &Home, chosen: Chosen, front: &mut dyn Front) -> Result<Made> {
    let Chosen { file, roll, roll_csv, local_trustees, draft_alone, weights_show_votes } = chosen;
    let voters = roll.voters.len();
    if file.roll_shows == Some(RollShows::Name) && roll.voters.iter().any(|voter| voter.name.is_empty()) {
        return Err(Failure::usage(both!(
            "the published roll is to show names, but some voters have none",
            "опубликованный список должен показывать имена, а у некоторых избирателей их нет"
        )));
    }
    let mut plan = Plan { roll, roll_csv, ..Plan::new(file)? };
    if plan.draft.trustees.is_some() || draft_alone {
        if !local_trustees {
            setup::create_draft(home, &plan)?;
            let weights = weights::told(&weights_of(&plan.roll)).map(|told| told.to_string());
            return Ok(Made::Draft(Box::new(MadeDraft { draft: plan.draft, weights })));
        }
        refuse_telling_weights(&plan, weights_show_votes, front)?;
        plan.ceremony = Some(trustee::local(home, &plan.draft, front)?);
    }
    let (election, _lock) = setup::create(home, plan, front).await?;
    if local_trustees {
        trustee::rehearse_local(home, &election).await?;
    }
    Ok(Made::Election(Box::new(MadeElection { election, voters, rehearsed: local_trustees })))
}

/// The trustees have made the key: now credentials, cards and the election itself. A making that broke off goes on.
///
/// # Errors
/// The ceremony is not complete, or the roll beside it is refused.
pub async fn finish(
    home: &Home,
    url: Option<&str>,
    weights_show_votes: bool,
    front: &mut dyn Front,
) -> Result<MadeElection> {
    if home.path(MAKING_FILE).exists() && home.exists() {
        setup::finish(home, front).await?;
        let election = home.election()?;
        let voters = usize::try_from(election.roll().voters).unwrap_or(usize::MAX);
        return Ok(MadeElection { election, voters, rehearsed: false });
    }
    let (draft, hosted) = (home.draft()?, Hosted::of(home)?);
    if let Some(hosted) = &hosted {
        hosted::fetch_ceremony(home, hosted)?;
    }
    let ceremony = draft.trustees.map(|_| home.ceremony_so_far(&draft)).transpose()?;
    if let Some(ceremony) = ceremony.as_ref().filter(|ceremony| ceremony.stage() != Stage::Done) {
        return Err(Failure::new(Exit::NotOpen, ceremonies::stage_text(ceremony)).next(both!(
            "See: veche trustee code --at {}",
            "Посмотрите: veche trustee code --at {}",
            home.dir().display()
        )));
    }
    let mut file = ElectionFile::parse(&String::from_utf8_lossy(&home.read(CONFIG_FILE)?))?;
    file.url = url.map(public_address).transpose()?.or(file.url).or(hosted.map(|hosted| hosted.url));
    let csv = setup::roll_of(home)?;
    // As it was kept when the draft was made, or as it was written there since.
    let read = rolls::read(ROLL_CSV_FILE, &csv, draft.roll_scale, &RollArgs::default())?;
    let RollRead { roll, csv, .. } = accept_roll(read, front)?;
    let voters = roll.voters.len();
    let plan = Plan { file, draft, roll, roll_csv: Some(csv), ceremony };
    refuse_telling_weights(&plan, weights_show_votes, front)?;
    let (election, _lock) = setup::create(home, plan, front).await?;
    Ok(MadeElection { election, voters, rehearsed: false })
}

fn weights_of(roll: &Roll) -> Vec<u64> {
    roll.voters.iter().map(|voter| voter.weight.get()).collect()
}

/// Unless its organiser has said that votes may be read of sums of its weights.
fn refuse_telling_weights(plan: &Plan, shown: bool, front: &mut dyn Front) -> Result<()> {
    if let Some(told) = weights::refuse(&weights_of(&plan.roll), plan.draft.roll_scale, shown)? {
        front.tell(told);
    }
    Ok(())
}

/// Tells how a roll was read, and every problem with its line; one with errors is refused.
///
/// # Errors
/// Whoever wrote the roll.
pub fn accept_roll(read: RollRead, front: &mut dyn Front) -> Result<RollRead> {
    read.told.iter().for_each(|line| front.tell(Sentence::of(|| safe(line))));
    for Remark { line, severity, text } in read.remarks.iter().take(PROBLEMS_TOLD) {
        let text = match severity {
            Severity::Error => both!("roll, line {line}: {text}", "список, строка {line}: {text}"),
            Severity::Warning => both!("roll, line {line} (look): {text}", "список, строка {line} (взгляните): {text}"),
        };
        front.tell(Sentence::of(|| safe(&text)));
    }
    let hidden = read.remarks.len().saturating_sub(PROBLEMS_TOLD);
    if hidden > 0 {
        front.tell(both!("... and {hidden} more", "… и ещё {hidden}"));
    }
    let (voters, problems) = (read.roll.voters.len(), read.remarks.len());
    if read.has_errors() {
        let said = some(problems as u64, "problem", "problems");
        let good = some(voters as u64, "good line", "good lines");
        return Err(Failure::usage(both!(
            "the roll has errors ({said}, {good}); nothing was made",
            "в списке есть ошибки (всего замечаний {problems}, годных строк {voters}); ничего не создано"
        ))
        .next(if is_at_pages() {
            both!(
                "Mend them on the page of the roll, then make the election.",
                "Исправьте их на странице списка, затем создайте выборы."
            )
        } else {
            both!("Mend the lines above and run the command again.", "Исправьте строки выше и повторите команду.")
        }));
    }
    let weight = words::votes(weights_of(&read.roll).into_iter().sum(), read.roll.scale);
    front.tell(both!(
        "roll: voters {voters}, weight {weight}, remarks {problems}",
        "список: избирателей {voters}, вес {weight}, замечаний {problems}"
    ));
    Ok(read)
}
