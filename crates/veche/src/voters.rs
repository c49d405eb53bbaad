//! Who is on the roll, as far as a folder knows, and whom a number means.

use veche_election::{Board, Election, VoterNumber, roll::Seat};
use veche_server::{
    Home,
    added::{AddedFile, added_seats},
    home::CHECKPOINT_FILE,
};

use crate::{
    failure::{Exit, Failure, Result},
    lang::tr,
};

/// Everybody whom this folder knows, those first who were there at setup, each with the line by which a card is named; voters
/// whose act never came into the log are left out, and struck ones are not.
pub fn everybody(home: &Home, election: &Election, board: &Board) -> Result<Vec<(usize, Seat)>> {
    let listed = home.voters(election)?;
    let at_setup = listed.len();
    let (_, lines) = AddedFile::beside(&home.path(CHECKPOINT_FILE), election)?;
    let added = added_seats(&lines, board)?.into_iter().map(|added| (at_setup + added.line + 1, added.seat));
    Ok((1..).zip(listed).chain(added).collect())
}

/// The voter of this number, and the line of the roll, from 1.
pub fn find_voter(lines: &[(usize, Seat)], number: VoterNumber) -> Result<(usize, Seat)> {
    if let Some((line, seat)) = lines.iter().find(|(_, seat)| seat.number == number) {
        return Ok((*line, seat.clone()));
    }
    let text = tr!("number {number} is not on the roll", "номера {number} нет в списке");
    let failure = Failure::new(Exit::NotOnRoll, text);
    match lines.iter().find(|(_, seat)| seat.number.folded() == number.folded()) {
        Some((_, Seat { number: other, .. })) => Err(failure.next(tr!(
            "The roll has {other}: capital letters and leading zeros count.",
            "В списке есть {other}: заглавные буквы и нули впереди различаются."
        ))),
        None => Err(failure),
    }
}

pub fn parse_number(text: &str) -> Result<VoterNumber> {
    VoterNumber::parse(text)
        .ok_or_else(|| Failure::usage(tr!("\"{text}\" is not a voter number", "«{text}» — не номер избирателя")))
}
