//! `veche restart`: trustees were lost, or named as cheats, before opening. Key, credentials and cards are made afresh
//! without them; what was there before is kept aside.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use veche_election::{Act, Draft, Phase, Roll, ceremony::Stage, record::CEREMONY_FILE};
use veche_server::{Home, home::CONFIG_FILE};

use crate::{
    acts::{self, Acting},
    ceremonies,
    config::ElectionFile,
    failure::{Exit, Failure, Result},
    front::{Front, Terminal},
    hosted::{self, Hosted},
    lang::tr,
    new, russian,
    setup::{self, Plan},
    status, trustee,
};

/// `veche restart DIR --without N`.
pub async fn run(dir: &Path, without: &[u32], threshold: Option<u32>, key: Option<PathBuf>) -> Result<()> {
    let without = without.iter().copied().collect();
    let restarted = restart(&Home::new(dir), &without, threshold, key, &mut Terminal::default()).await?;
    let Restarted { verdict, aside, draft } = restarted;
    if let Some(plan) = draft.trustees.filter(|plan| plan.threshold == plan.count) {
        let count = plan.count;
        eprintln!(
            "{}",
            tr!(
                "The sums now need everybody who is left ({count}): with one more lost key there is no result (--threshold changes that).",
                "Теперь нужны все оставшиеся ({count}): ещё один потерянный ключ — и результата не будет (см. --threshold)."
            )
        );
    }
    if draft.trustees.is_some_and(|plan| plan.threshold == 1) {
        eprintln!(
            "{}",
            tr!(
                "One trustee is enough to open: each of them ALONE can read every ballot.",
                "Для открытия достаточно одного доверенного: каждый В ОДИНОЧКУ сможет прочесть любой бюллетень."
            )
        );
    }
    println!("{verdict}");
    println!("{}\n", tr!("What was there before is in {}.", "Всё прежнее лежит в {}.", aside.display()));
    if Hosted::of(&Home::new(dir))?.is_some() {
        new::tell_publishing(dir, &draft);
    } else {
        new::tell_next_steps(dir, &draft);
    }
    Ok(())
}

/// An election that begins again.
pub struct Restarted {
    /// Whom the messages of the ceremony convict, or that it is a decision of people.
    pub verdict: String,
    /// Where everything from before is.
    pub aside: PathBuf,
    pub draft: Draft,
}

/// Begins again without some of the trustees, or goes on where that broke off before.
///
/// # Errors
/// The messages convict others, the election was opened, or `election.toml` says something else now.
pub async fn restart(
    home: &Home,
    without: &BTreeSet<u32>,
    threshold: Option<u32>,
    key: Option<PathBuf>,
    front: &mut dyn Front,
) -> Result<Restarted> {
    if let Some(aside) = setup::go_on_anew(home)? {
        return Ok(Restarted {
            verdict: tr!("The restart that broke off is finished.", "Прерванный veche restart доведён до конца."),
            aside,
            draft: home.draft()?,
        });
    }
    let draft = if home.has_draft() { home.draft()? } else { home.election()?.draft().clone() };
    if let Some(hosted) = Hosted::of(home)?.filter(|_| home.has_draft()) {
        hosted::fetch_ceremony(home, &hosted)?;
    }
    let plan = draft.trustees.ok_or_else(trustee::no_ceremony)?;
    let left = (1..=plan.count).filter(|number| !without.contains(number)).count();
    let left = u32::try_from(left).unwrap_or(0);
    if without.iter().any(|number| !(1..=plan.count).contains(number)) || left == 0 {
        let count = plan.count;
        return Err(Failure::usage(tr!(
            "trustees are numbered 1 to {count}, and one must be left",
            "номера доверенных: от 1 до {count}, и один должен остаться"
        )));
    }
    // A running server would go on with what is put aside.
    drop(home.lock()?);
    let verdict = verdict(home, &draft, without)?;
    let mut file = ElectionFile::parse(&String::from_utf8_lossy(&home.read(CONFIG_FILE)?))?;
    file.trustees = Some(left);
    file.threshold = Some(threshold.unwrap_or(plan.threshold.min(left)));
    let roll = setup::roll_of(home)?;
    let plan = Plan { roll: Roll::parse_scaled(&roll, draft.roll_scale), roll_csv: Some(roll), ..Plan::new(file)? };
    refuse_another(&draft, &plan.draft)?;
    cancel(home, without, key, front).await?;
    keep_evidence(home, &draft)?;
    let aside = setup::begin_anew(home, &plan)?;
    Ok(Restarted { verdict, aside, draft: plan.draft })
}

fn list(numbers: &BTreeSet<u32>) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

/// Whom do the messages of this ceremony convict? Where they name somebody, nobody else is left out on this occasion.
/// Where they do not, leaving somebody out is a decision of people, and called one.
fn verdict(home: &Home, draft: &Draft, without: &BTreeSet<u32>) -> Result<String> {
    let out = list(without);
    let decision = tr!(
        "No message of the ceremony convicts trustee {out}: leaving anybody out is your decision; tell the others why.",
        "Ни одно сообщение церемонии не изобличает доверенного {out}: исключить кого-либо — ваше решение; объясните его остальным."
    );
    let ceremony = match home.ceremony_so_far(draft) {
        Ok(ceremony) => ceremony,
        Err(error) => {
            let why = tr!("the messages do not fit together ({error})", "сообщения не подходят друг к другу ({error})");
            return Ok(format!("{decision} {why}"));
        }
    };
    match ceremony.stage() {
        Stage::Failed { culprits } if without.iter().all(|number| culprits.contains(number)) => Ok(tr!(
            "The ceremony's messages convict trustee {out}. Everybody can check it: veche verify --ceremony FOLDER",
            "Сообщения церемонии изобличают доверенного {out}. Это может проверить каждый: veche verify --ceremony ПАПКА"
        )),
        Stage::Failed { .. } => Err(Failure::usage(ceremonies::stage_text(&ceremony)).next(tr!(
            "Leave out those whom the messages convict, and this time nobody else.",
            "Исключите тех, кого изобличают сообщения, и по этому поводу никого больше."
        ))),
        _ => Ok(decision),
    }
}

/// A ceremony that has come to a dispute leaves the file by which everybody can judge it.
fn keep_evidence(home: &Home, draft: &Draft) -> Result<()> {
    match home.ceremony_so_far(draft) {
        Ok(ceremony) if !home.exists() && ceremony.disputes().next().is_some() => {
            Ok(home.write_public(CEREMONY_FILE, &ceremony.to_bytes().map_err(Failure::other)?)?)
        }
        _ => Ok(()),
    }
}

/// Contests, rules and times were agreed before the first ceremony, and are not changed on this occasion by what has
/// been written into the file since.
fn refuse_another(old: &Draft, new: &Draft) -> Result<()> {
    let new = Draft { trustees: old.trustees, nonce: old.nonce, ..new.clone() };
    let [old, new] = [old, &new].map(|draft| serde_json::to_value(draft).unwrap_or_default());
    let names = old.as_object().into_iter().chain(new.as_object()).flat_map(|members| members.keys());
    let changed: BTreeSet<&str> = names.filter(|name| old.get(name) != new.get(name)).map(String::as_str).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let changed = changed.into_iter().collect::<Vec<_>>().join(", ");
    Err(Failure::usage(tr!(
        "{CONFIG_FILE} was changed since the election was made: {changed}",
        "{CONFIG_FILE} изменён после создания выборов: {changed}"
    ))
    .next(tr!(
        "A restart keeps the election as it was: put the old text back, or make another election with veche new.",
        "veche restart оставляет выборы прежними: верните прежний текст или создайте другие выборы: veche new."
    )))
}

/// An election that was set up is cancelled for everybody to see; one that was opened can no longer be restarted.
async fn cancel(home: &Home, without: &BTreeSet<u32>, key: Option<PathBuf>, front: &mut dyn Front) -> Result<()> {
    if !home.exists() {
        return Ok(());
    }
    let phase = status::inspect(home).await?.phase();
    match phase {
        Phase::New | Phase::Cancelled => Ok(()),
        Phase::Setup => {
            let organiser = Acting { target: home.dir().display().to_string(), key };
            // In the log for everybody, whatever the organiser speaks.
            let reason = format!("restarted without trustee {}", list(without));
            acts::act(&organiser, Act::Cancel { reason }, front).await
        }
        _ => Err(Failure::new(
            Exit::NotOpen,
            tr!(
                "a restart is possible before opening only; this election is {}",
                "начать заново можно только до открытия; голосование {}",
                russian::said(phase.name())
            ),
        )),
    }
}
