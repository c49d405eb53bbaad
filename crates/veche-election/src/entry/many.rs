//! Many leaves at once: on all cores, with the proofs of each share in one batch.

use veche_crypto::onehot::{self, Proven};

use super::{CheckedControl, CheckedEntry, EntryAgain, EntryError, form::is_control};
use crate::{
    ballot::{Unproven, WeightSeed},
    manifest::Election,
};

/// Checks many leaves of the log at once: proofs in one batch for each core. The answers stand in the leaves' order.
pub fn check_all(leaves: &[&[u8]], election: &Election, weights: &WeightSeed) -> Vec<Result<CheckedEntry, EntryError>> {
    on_all_cores(leaves, &|leaves| check_batch(leaves, election, weights))
}

/// Reads again leaves that were checked before: their form, and neither signatures nor proofs. Who calls compares the
/// root over them with one that was verified.
pub fn reread_all(leaves: &[&[u8]], election: &Election) -> Vec<Result<EntryAgain, EntryError>> {
    on_all_cores(leaves, &|leaves| leaves.iter().map(|leaf| EntryAgain::read(leaf, election)).collect())
}

type Checks<'a, T> = &'a (dyn Fn(&[&[u8]]) -> Vec<Result<T, EntryError>> + Sync);

fn on_all_cores<T: Send>(leaves: &[&[u8]], check: Checks<'_, T>) -> Vec<Result<T, EntryError>> {
    // In a browser there is one thread, and the question fails.
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = leaves.len().div_ceil(threads).max(THREAD_LEAVES_MIN);
    if leaves.len() <= share {
        return check(leaves);
    }
    std::thread::scope(|scope| {
        let parts: Vec<_> = leaves.chunks(share).map(|part| (part, scope.spawn(move || check(part)))).collect();
        let join =
            |(part, thread): (_, std::thread::ScopedJoinHandle<'_, _>)| thread.join().unwrap_or_else(|_| check(part));
        parts.into_iter().flat_map(join).collect()
    })
}

/// A thread for fewer leaves costs more than it gains.
const THREAD_LEAVES_MIN: usize = 16;

enum Read {
    Control(Box<CheckedControl>),
    Ballot(Box<Unproven>),
}

fn check_batch(leaves: &[&[u8]], election: &Election, weights: &WeightSeed) -> Vec<Result<CheckedEntry, EntryError>> {
    let read = |bytes: &&[u8]| {
        if is_control(bytes) {
            CheckedControl::check(bytes, election).map(|control| Read::Control(Box::new(control)))
        } else {
            Unproven::read(bytes, election).map(|ballot| Read::Ballot(Box::new(ballot)))
        }
    };
    let read: Vec<Result<Read, EntryError>> = leaves.iter().map(read).collect();
    let bad = bad_proofs(&read, election, weights);
    let checked = |(i, read): (usize, Result<Read, EntryError>)| {
        Ok(match read? {
            Read::Control(control) => CheckedEntry::Control(*control),
            Read::Ballot(_) if bad.contains(&i) => return Err(onehot::ProofError::Invalid.into()),
            Read::Ballot(ballot) => CheckedEntry::Ballot(ballot.into_checked()),
        })
    };
    read.into_iter().enumerate().map(checked).collect()
}

/// The places of the ballots whose proofs do not hold.
fn bad_proofs(read: &[Result<Read, EntryError>], election: &Election, weights: &WeightSeed) -> Vec<usize> {
    let Some(secret) = election.secret() else { return Vec::new() };
    let proof = |read: &Result<Read, EntryError>| match read {
        Ok(Read::Ballot(ballot)) => ballot.proof().is_some(),
        _ => false,
    };
    let places: Vec<usize> = read.iter().enumerate().filter(|(_, read)| proof(read)).map(|(i, _)| i).collect();
    let proofs: Vec<&Proven> = read
        .iter()
        .filter_map(|read| match read {
            Ok(Read::Ballot(ballot)) => ballot.proof(),
            _ => None,
        })
        .collect();
    let culprits = onehot::verify_batch(&secret.parameters, &proofs, &weights.0).err().unwrap_or_default();
    culprits.into_iter().filter_map(|i| places.get(i).copied()).collect()
}
