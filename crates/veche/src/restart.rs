//! `veche restart`: a trustee was lost, or named as a cheat, before opening. Key, credentials and cards are made afresh
//! without that one; what was there before is kept aside.

use std::path::Path;

use veche_election::{Act, Phase, Roll};
use veche_server::{Home, home::CONFIG_FILE};

use crate::{
    acts,
    cli::ActArgs,
    config::ElectionFile,
    failure::{Exit, Failure, Result},
    lang::tr,
    new,
    setup::{self, Plan},
    status, trustee,
};

pub async fn run(dir: &Path, without: u32, threshold: Option<u32>) -> Result<()> {
    let home = Home::new(dir);
    let draft = if home.has_draft() { home.draft()? } else { home.election()?.draft().clone() };
    let plan = draft.trustees.ok_or_else(trustee::no_ceremony)?;
    if !(1..=plan.count).contains(&without) || plan.count == 1 {
        let count = plan.count;
        return Err(Failure::usage(tr!(
            "trustees are numbered 1 to {count}, and one must be left",
            "номера доверенных: от 1 до {count}, и один должен остаться"
        )));
    }
    // A running server would go on with what is put aside.
    drop(home.lock()?);
    cancel(&home, without).await?;
    let mut file = ElectionFile::parse(&String::from_utf8_lossy(&home.read(CONFIG_FILE)?))?;
    file.trustees = Some(plan.count - 1);
    file.threshold = Some(threshold.unwrap_or(plan.threshold).min(plan.count - 1));
    let roll = setup::roll_of(&home)?;
    let plan = Plan { roll: Roll::parse(&roll), roll_csv: Some(roll), ..Plan::new(file)? };
    let aside = setup::put_aside(&home)?;
    setup::create_draft(&home, &plan)?;
    if let Some(plan) = plan.draft.trustees.filter(|plan| plan.threshold == plan.count) {
        let count = plan.count;
        eprintln!(
            "{}",
            tr!(
                "All {count} who are left are needed now: one more lost key, and there is no result (--threshold changes that).",
                "Теперь нужны все оставшиеся ({count}): ещё один потерянный ключ — и результата не будет (см. --threshold)."
            )
        );
    }
    println!("{}\n", tr!("What was there before is in {}.", "Всё прежнее лежит в {}.", aside.display()));
    new::tell_next_steps(dir, &plan.draft, None);
    Ok(())
}

/// An election that was set up is cancelled for everybody to see; one that was opened can no longer be restarted.
async fn cancel(home: &Home, without: u32) -> Result<()> {
    if !home.exists() {
        return Ok(());
    }
    let phase = status::inspect(home).await?.phase();
    match phase {
        Phase::New | Phase::Cancelled => Ok(()),
        Phase::Setup => {
            let organiser = ActArgs { target: home.dir().display().to_string(), key: None };
            acts::act(&organiser, Act::Cancel { reason: format!("restarted without trustee {without}") }).await
        }
        _ => Err(Failure::new(
            Exit::NotOpen,
            tr!(
                "a restart is possible before opening only; this election is {}",
                "начать заново можно только до открытия; эти выборы: {}",
                phase.name()
            ),
        )),
    }
}
