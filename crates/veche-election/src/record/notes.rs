//! What a verifier tells beside a log that it has found good: what is allowed, and what somebody should look at. The texts are those
//! of `docs/spec/record.md` section 3, since whoever runs two verifiers compares them.

use crate::{
    board::{BackDated, Board, CLOCKS_DIFFER_S, LateExtension, NamedBooth, Phase, Unseen},
    manifest::RollShows,
};

/// `cosigned`: names of witnesses, and when they have cosigned the whole log.
pub(super) fn of_entries(board: &Board, cosigned: &[(String, u64)]) -> Vec<String> {
    let unseen = board.unseen().iter().map(Unseen::to_string);
    let booths = board.booths().iter().map(NamedBooth::to_string);
    let back = board.back_dated().iter().map(BackDated::to_string);
    let late = board.late_extensions().iter().map(LateExtension::to_string);
    let changed = Some(board.changed_roll()).filter(|roll| roll.is_changed()).map(ToString::to_string);
    let older = older_cosignatures(board, cosigned);
    unseen.chain(booths).chain(back).chain(older).chain(late).chain(changed).chain(replaced_cards(board)).collect()
}

/// Each of the first, and how many there are: who may replace cards may take places, and where the roll shows nothing nobody else
/// can tell whose.
fn replaced_cards(board: &Board) -> Vec<String> {
    let replaced = board.changed_roll().replaced;
    if replaced.voters == 0 {
        return Vec::new();
    }
    let shows = board.election().draft().roll_shows != RollShows::Nothing;
    let whose = if shows { "" } else { "; the roll does not show whose they were" };
    let all = format!("cards replaced after setup: {} (weight {}){whose}", replaced.voters, replaced.weight);
    board.replaced_cards().iter().map(ToString::to_string).chain([all]).collect()
}

/// Cosignatures of a closed log that are older than its closing. Either the witness' clock is behind, or the election was closed
/// by a clock that was ahead, and so too early.
fn older_cosignatures(board: &Board, cosigned: &[(String, u64)]) -> Vec<String> {
    let closed = matches!(board.phase(), Phase::Closed | Phase::Summed | Phase::Finished);
    let Some(closing) = board.stopped_at().filter(|_| closed) else { return Vec::new() };
    let older = cosigned.iter().filter(|(_, time)| time.saturating_add(CLOCKS_DIFFER_S) < closing);
    let told = |(name, time): &(String, u64)| {
        format!(
            "the cosignature of {name} is dated {time}, and the closing before it {closing} (Unix seconds): one of the two clocks is \
             wrong"
        )
    };
    older.map(told).collect()
}
