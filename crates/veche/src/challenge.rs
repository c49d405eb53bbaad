//! `veche check-ballot`: on any other device, does a challenged ballot hold what the program said?
//! Spec: `docs/spec/secret.md` section 13.

use std::path::Path;

use veche_election::{Challenge, Election, ballot::ChallengeError, credential::typed_code, record::MANIFEST_FILE};

use crate::{
    failure::{Exit, Failure, Result},
    lang::tr,
    records,
    show::safe,
};

pub fn check(file: &Path, at: &str, code: Option<&str>, json: bool) -> Result<()> {
    let shown = file.display();
    let bytes = std::fs::read(file).map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
    let challenge: Challenge =
        serde_json::from_slice(&bytes).map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
    let manifest = records::source(at)?.file(MANIFEST_FILE);
    let manifest = manifest.map_err(|_| Failure::usage(tr!("there is no election at {at}", "в {at} нет выборов")))?;
    let election = Election::parse(&manifest).map_err(|error| Failure::new(Exit::CheckFailed, error))?;
    let found = challenge.check(&election).map_err(|error| refuse(&error))?;
    if code.is_some_and(|code| !typed_code(&found.full()).starts_with(&typed_code(code)) || typed_code(code).len() < 20)
    {
        return Err(Failure::new(
            Exit::CheckFailed,
            tr!(
                "this is not the ballot whose code you noted: {}",
                "это не тот бюллетень, чей код вы записали: {}",
                found.short()
            ),
        ));
    }
    if json {
        let json = serde_json::json!({ "code": found.full(), "marks": challenge.marks, "election": election.id() });
        println!("{json:#}");
        return Ok(());
    }
    println!("{}", tr!("The ballot holds what the program said.", "В бюллетене то, что сказала программа."));
    for (contest, marks) in election.contests().iter().zip(&challenge.marks) {
        println!("  {}: {}", safe(&contest.title), safe(marks));
    }
    println!("{}", tr!("ballot code: {}", "код бюллетеня: {}", found.full()));
    if code.is_none() {
        println!(
            "{}",
            tr!(
                "Compare it with the code that you noted before you chose.",
                "Сравните его с кодом, записанным до выбора."
            )
        );
    }
    Ok(())
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
