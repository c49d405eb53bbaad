//! What a verifier tells beside its verdict: times that contradict each other, and cards that were replaced.

use veche_election::{
    Act, Checkpoint, RollShows, Signatory, SigningKey,
    checkpoint::{Witness, WitnessPlan},
    log::origin,
    record::{CHECKPOINT_FILE, ROLL_FILE, verify},
    roll::published_roll,
};

use crate::{
    fixture::{Log, NOW, WEIGHTS, World, reason},
    world::Files,
};

fn notes(files: &Files) -> Vec<String> {
    let verified = verify(files, &WEIGHTS, &mut |_, _| ()).unwrap();
    verified.checks().iter().flat_map(|check| check.notes.clone()).collect()
}

/// A log whose pause and resumption are dated so much later than the opening.
fn paused(world: &World, pause: u64, resume: u64) -> Log<'_> {
    let mut log = Log::open(world);
    log.vote(0, "45*");
    log.offer_act(NOW + pause, Signatory::Organiser, Act::Pause { reason: reason() }).unwrap();
    log.offer_act(NOW + resume, Signatory::Organiser, Act::Resume { reason: reason() }).unwrap();
    log
}

#[test]
fn a_verifier_tells_where_the_times_of_acts_go_back() {
    let world = World::small(1);
    let told = |pause, resume| {
        let mut log = paused(&world, pause, resume);
        log.finish();
        notes(&log.record())
    };
    let back = |index: u64, act: &str, seconds: u64, last: u64, before: &str| {
        format!(
            "entry {index}, {act}: dated {seconds} seconds before entry {last}, {before}, which stands before it: one of two clocks \
             is wrong"
        )
    };
    assert_eq!(told(0, 0), [""; 0]);
    assert_eq!(told(60, 0), [""; 0], "two clocks differ by as much");
    assert_eq!(told(61, 0), [back(4, "resume", 61, 3, "pause")]);
    assert_eq!(told(100, 3_600), [back(5, "closing", 3_600, 4, "resume")]);
    assert_eq!(told(7_200, 3_600), [back(4, "resume", 3_600, 3, "pause"), back(5, "closing", 3_600, 4, "resume")]);
}

/// Whose card it was is shown by the roll, or by nothing; the reason is told in either case.
#[test]
fn a_verifier_tells_replaced_cards_with_their_reasons() {
    for (shows, whose) in [(RollShows::Number, ""), (RollShows::Nothing, "; the roll does not show whose they were")] {
        let world = World::with(|draft| draft.roll_shows = shows);
        let mut log = Log::open(&world);
        log.replace(2, 9);
        log.replace(9, 10);
        log.finish();
        let mut record = log.record();
        record.0.insert(ROLL_FILE.into(), published_roll(&world.seats, shows));
        let replaced = |index: u64| format!("entry {index}: a card was replaced (weight 2), for this reason: a test");
        let all = format!("cards replaced after setup: 2 (weight 4){whose}");
        assert_eq!(notes(&record), [replaced(2), replaced(3), all]);
    }
}

#[test]
fn a_verifier_tells_cosignatures_that_are_older_than_the_closing() {
    let key = |seed: u8| SigningKey::from_seed(&[seed; 32]);
    let witness = |seed: u8| Witness::new(&format!("witness.example/{seed}"), key(seed).public()).unwrap();
    let plan = WitnessPlan { quorum: 2, keys: vec![witness(7), witness(8)] };
    let world = World::with(|draft| draft.witnesses = Some(plan.clone()));
    let mut log = Log::open(&world);
    log.vote(0, "45*");
    log.finish();
    let record = log.record();
    let tree = log.board.tree();
    let checkpoint = Checkpoint { origin: origin(world.election.id()), size: tree.size(), root: tree.root() };
    let told = |times: [u64; 2]| {
        let lines = [7, 8].into_iter().zip(times).map(|(seed, at)| witness(seed).cosign(&checkpoint, &key(seed), at));
        let note = checkpoint.sign(&world.board_key) + &lines.collect::<String>();
        let mut files = record.clone();
        files.0.insert(CHECKPOINT_FILE.into(), note.into_bytes());
        notes(&files)
    };
    assert_eq!(told([NOW, NOW + 1_000_000]), [""; 0]);
    assert_eq!(told([NOW - 60, NOW]), [""; 0], "two clocks differ by as much");
    let older = format!(
        "the cosignature of witness.example/8 is dated {}, and the closing before it {NOW} (Unix seconds): one of the two clocks \
         is wrong",
        NOW - 3_600
    );
    assert_eq!(told([NOW, NOW - 3_600]), [older]);
}
