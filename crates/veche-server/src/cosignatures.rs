//! The lines of witnesses in the note of a checkpoint.

use std::sync::Arc;

use veche_election::{Checkpoint, Election, checkpoint::Witness, log::origin};

/// The newest time at which a witness of the election has cosigned a checkpoint, by the lines of its note.
pub(crate) fn newest_cosignature(election: &Election, checkpoint: &Checkpoint, note: &str) -> u64 {
    let named = election.draft().witnesses.iter().flat_map(|plan| &plan.keys);
    named.filter_map(|witness| Some(witness.find_with_time(checkpoint, note)?.1)).max().unwrap_or(0)
}

/// The note of a checkpoint with cosignatures in the order of the manifest.
fn with_lines(election: &Election, note: &str, lines: &[(Witness, String)]) -> (String, bool) {
    let Some(plan) = &election.draft().witnesses else { return (note.to_owned(), false) };
    let line = |witness: &Witness| lines.iter().find(|(by, _)| by == witness).map(|(_, line)| line.as_str());
    let lines: Vec<&str> = plan.keys.iter().filter_map(line).collect();
    (format!("{note}{}", lines.concat()), lines.len() >= plan.quorum as usize)
}

/// As `with_lines`, keeping what stands in a note of the same checkpoint already.
pub(crate) fn merge(election: &Arc<Election>, note: &str, before: &str, new: &[(Witness, String)]) -> (String, bool) {
    let key = &election.keys().board;
    let mut lines = new.to_vec();
    if let Ok(checkpoint) = Checkpoint::open(before, &origin(election.id()), key)
        && before.starts_with(note)
    {
        let named = election.draft().witnesses.iter().flat_map(|plan| &plan.keys);
        lines.extend(named.filter_map(|witness| Some((witness.clone(), witness.find(&checkpoint, before)?))));
    }
    with_lines(election, note, &lines)
}
