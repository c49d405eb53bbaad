//! Secret elections over a real database: the encrypted sum follows the log through re-votes, restarts and crashes, and
//! the board appends sum and result when they are due.

use std::time::Duration;

use veche_election::{
    Act, AddedVoter, BallotAgain, CredentialSecret, Draft, LogTree, Phase, PublicKey, Refusal, RollShows, Secrecy,
    Signatory, Tally, VoterNumber, Weight,
    added::SentAct,
    board::ControlRefusal,
    canonical,
    encoding::Blob,
    entry::{CheckedControl, ControlEntry, ControlLink},
    log::leaf_hash,
    manifest::{RollChanges, TrusteePlan},
};
use veche_server::{
    Home, Sequencer,
    added::ADDED_FILE_MAX_BYTES,
    home::{ADDED_FILE, CEREMONY_DIR},
    sequencer::{ControlError, Decision, StartError, Timing, inspect},
    store::{Head, SqliteStore, Store},
};

use veche_session::server::Lookup;

use crate::fixture::{Fault, Faulty, Running, World, after, index, stop};

const COUNT: u32 = 3;

fn secret(draft: &mut Draft) {
    draft.secrecy = Secrecy::Secret;
    draft.trustees = Some(TrusteePlan { count: COUNT, threshold: 2 });
}

pub fn world() -> World {
    World::new(4, secret)
}

fn rehearsal(world: &World, trustee: u32) -> Act {
    let secret = &world.trustees[trustee as usize - 1];
    let proof = secret.rehearse(world.ceremony.as_ref().unwrap(), world.election.id(), &[1; 32]).unwrap();
    Act::Rehearsal { trustee, proof: Blob(proof) }
}

/// Made from the log as it stands in the database, as a trustee's program would.
async fn share(world: &World, store: &Faulty, trustee: u32) -> Act {
    let board = inspect(store, world.board()).await.unwrap();
    let (secret, ceremony) = (&world.trustees[trustee as usize - 1], world.ceremony.as_ref().unwrap());
    let share = secret.open(ceremony, &board.opening().unwrap(), &[2; 32]).unwrap();
    Act::Share { trustee, values: Blob(share.values), proof: Blob(share.proof) }
}

fn signed(world: &World, link: ControlLink, act: Act) -> Vec<u8> {
    let (by, key) = match act.trustee() {
        Some(trustee) => (Signatory::Trustee, world.trustees[trustee as usize - 1].signing_key()),
        None => (Signatory::Organiser, world.organiser.clone()),
    };
    let at = world.clocks.wall();
    ControlEntry::sign(world.election.id(), link, at, by, act, &key).into()
}

async fn act(world: &World, sequencer: &Sequencer<Faulty>, act: Act) -> Result<u64, ControlError> {
    let bytes = signed(world, sequencer.published().link, act);
    sequencer.control(CheckedControl::check(&bytes, &world.election).unwrap()).await
}

pub async fn open(world: &World) -> Running {
    let running = world.start().await.unwrap();
    act(world, &running.0, Act::Setup).await.unwrap();
    for trustee in 1..=COUNT {
        act(world, &running.0, rehearsal(world, trustee)).await.unwrap();
    }
    act(world, &running.0, Act::Opening).await.unwrap();
    running
}

async fn entries(store: &impl Store) -> Vec<Vec<u8>> {
    store.read(0, 10_000).await.unwrap().into_iter().map(|stored| stored.bytes).collect()
}

/// The sum of every voter's last ballot, and of no other, from the bytes in the database.
async fn recount(world: &World, store: &impl Store) -> Vec<u8> {
    let mut last = vec![None; world.voters.len()];
    for bytes in entries(store).await {
        if let Ok(ballot) = BallotAgain::read(&bytes, &world.election) {
            let voter = world.voters.iter().position(|key| key.public() == ballot.entry().credential).unwrap();
            last[voter] = Some(ballot);
        }
    }
    let mut tally = Tally::new(&world.election);
    last.iter().flatten().for_each(|ballot| tally.add(ballot.vote(), Weight::ONE));
    tally.sum_bytes().unwrap().0
}

async fn sum_is_the_recount(world: &World, store: &impl Store) {
    let board = inspect(store, world.board()).await.unwrap();
    assert!(board.tally().sum_bytes().unwrap().0 == recount(world, store).await);
}

fn kinds(entries: &[Vec<u8>]) -> Vec<String> {
    let kind = |bytes: &Vec<u8>| {
        let control: Result<ControlEntry, _> = canonical::parse(bytes);
        control.map_or_else(|_| "ballot".into(), |control| control.act.name().into())
    };
    entries.iter().map(kind).collect()
}

#[tokio::test]
async fn row_11_the_sum_follows_re_votes_over_restarts() {
    let world = world();
    let mut running = open(&world).await;
    let mut last = [None, None, None, None];
    for (voter, marks) in
        [(0, "543"), (1, "0*1"), (0, "***"), (2, "111"), (1, "555"), (0, "012"), (0, "543"), (2, "000")]
    {
        let at = last[voter].as_ref().map_or(veche_election::entry::Position::FIRST, after);
        let ballot = world.ballot(voter, at, marks);
        index(running.0.ballot(ballot.clone()).await);
        last[voter] = Some(ballot);
        sum_is_the_recount(&world, &*running.2).await;
        stop(running).await;
        running = world.start().await.unwrap();
        assert_eq!(running.0.published().phase, Phase::Open);
    }
    // Known ballots again, the replaced and the current ones, change nothing.
    let again = last[0].clone().unwrap();
    assert!(matches!(running.0.ballot(again).await, Decision::Recorded { current: true, .. }));
    assert!(running.0.published().result.is_none());
    act(&world, &running.0, Act::Closing).await.unwrap();
    let stored = entries(&*running.2).await;
    let Some(ControlEntry { by: Signatory::Board, act: Act::Sum { ballots, weight, cells }, .. }) =
        canonical::parse(stored.last().unwrap()).ok()
    else {
        panic!("the board appends the sum by itself");
    };
    assert_eq!((ballots, weight), (3, 3));
    assert!(cells.0 == recount(&world, &*running.2).await);
    assert_eq!(running.0.published().phase, Phase::Summed);
}

/// Many voters at once, several times over, in the batches as they come.
#[tokio::test]
async fn row_12_the_sum_follows_re_votes_in_batches() {
    let world = World::new(12, secret);
    let running = open(&world).await;
    let mut last: Vec<_> = (0..12).map(|_| veche_election::entry::Position::FIRST).collect();
    for marks in ["543", "0*1", "222"] {
        let mut asked = tokio::task::JoinSet::new();
        for (voter, at) in last.iter_mut().enumerate() {
            let ballot = world.ballot(voter, *at, marks);
            // The same voter from two devices: one of them is stale.
            let rival = world.ballot(voter, *at, "111");
            *at = after(&ballot);
            let sequencer = running.0.clone();
            asked.spawn(async move {
                let won = sequencer.ballot(ballot).await;
                let lost = sequencer.ballot(rival).await;
                (matches!(won, Decision::Recorded { .. }), matches!(lost, Decision::Refused(_)))
            });
        }
        assert!(asked.join_all().await.into_iter().all(|answers| answers == (true, true)), "{marks}");
        sum_is_the_recount(&world, &*running.2).await;
    }
    assert_eq!((running.0.published().ballots, running.0.published().size), (12, 5 + 36));
}

#[tokio::test]
async fn row_26_sum_and_result_are_appended_when_they_are_due() {
    let world = world();
    let (sequencer, _task, store) = open(&world).await;
    for (voter, marks) in [(0, "54*"), (1, "50*"), (2, "5*0")] {
        index(sequencer.ballot(world.first(voter, marks)).await);
    }
    act(&world, &sequencer, Act::Closing).await.unwrap();
    assert_eq!(sequencer.published().phase, Phase::Summed);
    let first = share(&world, &store, 3).await;
    act(&world, &sequencer, first.clone()).await.unwrap();
    assert!(sequencer.published().result.is_none());
    let again = act(&world, &sequencer, first).await;
    assert!(matches!(again, Err(ControlError::Refused(ControlRefusal::Trustee(3)))));
    let Act::Share { values, proof, .. } = share(&world, &store, 2).await else { panic!() };
    let bad = act(&world, &sequencer, Act::Share { trustee: 1, values, proof }).await;
    assert!(matches!(bad, Err(ControlError::Refused(ControlRefusal::Proof(1)))));
    let second = share(&world, &store, 1).await;
    act(&world, &sequencer, second).await.unwrap();
    let (phase, shares, result) = {
        let published = sequencer.published();
        (published.phase, published.shares.clone(), published.result.clone().unwrap())
    };
    assert_eq!((phase, shares), (Phase::Finished, vec![1, 3]));
    let shown: Vec<(i64, u64)> = result.contests[0].candidates.iter().map(|c| (c.sum, c.raters)).collect();
    assert_eq!((result.ballots, shown), (3, vec![(15, 3), (4, 2), (0, 1)]));
    let kinds = kinds(&entries(&*store).await);
    let controls: Vec<&str> = kinds.iter().map(String::as_str).filter(|kind| *kind != "ballot").collect();
    let rehearsals = ["rehearsal"; 3];
    let rest = ["opening", "closing", "sum", "share", "share", "result"];
    assert_eq!(controls, ["setup"].into_iter().chain(rehearsals).chain(rest).collect::<Vec<_>>());
}

/// What a crash leaves: entries durable in the database, and a server that got no further.
async fn append_as_if_crashed(world: &World, link: ControlLink, act: Act) {
    let store = SqliteStore::open(&world.database(), world.election.id()).await.unwrap();
    let expected = store.head().await.unwrap();
    let mut tree = LogTree::default();
    entries(&store).await.iter().for_each(|entry| tree.append(leaf_hash(entry)));
    let entry = signed(world, link, act);
    tree.append(leaf_hash(&entry));
    store.append(expected, vec![entry], Head { size: tree.size(), root: tree.root() }).await.unwrap();
    store.close().await.unwrap();
}

/// The schedule runs in the sequencer's task: when it has come to the phase does not matter, only that it does.
async fn comes_to(sequencer: &Sequencer<Faulty>, phase: Phase) {
    for _ in 0..2_000 {
        if sequencer.published().phase == phase {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("it stays {:?}", sequencer.published().phase);
}

#[tokio::test]
async fn row_37_a_crash_after_closing_and_between_shares_goes_on_where_it_was() {
    let world = world();
    let running = open(&world).await;
    for (voter, marks) in [(0, "54*"), (1, "50*")] {
        index(running.0.ballot(world.first(voter, marks)).await);
    }
    let link = running.0.published().link;
    stop(running).await;
    append_as_if_crashed(&world, link, Act::Closing).await;
    // The sum is still missing; it comes by itself.
    let running = world.start().await.unwrap();
    comes_to(&running.0, Phase::Summed).await;
    sum_is_the_recount(&world, &*running.2).await;
    let (first, second) = (share(&world, &running.2, 2).await, share(&world, &running.2, 3).await);
    act(&world, &running.0, first.clone()).await.unwrap();
    stop(running).await;
    let running = world.start().await.unwrap();
    assert_eq!((running.0.published().phase, running.0.published().shares.clone()), (Phase::Summed, vec![2]));
    assert!(running.0.published().result.is_none());
    let again = act(&world, &running.0, first).await;
    assert!(matches!(again, Err(ControlError::Refused(ControlRefusal::Trustee(2)))));
    let link = running.0.published().link;
    stop(running).await;
    append_as_if_crashed(&world, link, second).await;
    let running = world.start().await.unwrap();
    comes_to(&running.0, Phase::Finished).await;
    assert_eq!(running.0.published().result.clone().unwrap().ballots, 2);
    let size = running.0.published().size;
    stop(running).await;
    let running = world.start().await.unwrap();
    assert_eq!((running.0.published().phase, running.0.published().size), (Phase::Finished, size));
    assert!(running.0.published().result.is_some(), "a restart shows the same result");
}

#[tokio::test]
async fn row_37_a_failing_disk_at_a_re_vote_a_closing_or_a_share_counts_nothing_twice() {
    for fault in [Fault::Before, Fault::After, Fault::Full] {
        let world = world();
        let running = open(&world).await;
        let (sequencer, store) = (running.0.clone(), running.2.clone());
        let first = world.first(0, "543");
        index(sequencer.ballot(first.clone()).await);
        let second = world.ballot(0, after(&first), "0*1");
        store.fail_next(fault);
        assert_eq!(sequencer.ballot(second.clone()).await, Decision::Busy, "{fault:?}");
        index(sequencer.ballot(second).await);
        sum_is_the_recount(&world, &*store).await;
        store.fail_next(fault);
        assert!(matches!(act(&world, &sequencer, Act::Closing).await, Err(ControlError::Busy)), "{fault:?}");
        if fault != Fault::After {
            act(&world, &sequencer, Act::Closing).await.unwrap();
        }
        comes_to(&sequencer, Phase::Summed).await;
        for trustee in [1, 2] {
            let said = share(&world, &store, trustee).await;
            store.fail_next(fault);
            assert!(matches!(act(&world, &sequencer, said.clone()).await, Err(ControlError::Busy)), "{fault:?}");
            if fault != Fault::After {
                act(&world, &sequencer, said).await.unwrap();
            }
        }
        comes_to(&sequencer, Phase::Finished).await;
        let result = sequencer.published().result.clone().unwrap();
        assert_eq!((result.ballots, result.contests[0].candidates[1].raters), (1, 0), "{fault:?}");
        let size = sequencer.published().size;
        assert_eq!(size, 5 + 2 + 5, "{fault:?}: closing, sum, two shares and result once each");
        drop((sequencer, store));
        stop(running).await;
        assert_eq!(world.start().await.unwrap().0.published().size, size);
    }
}

#[tokio::test]
async fn row_18_a_secret_election_opens_and_closes_at_its_times_once_all_have_rehearsed() {
    let world = World::new(2, |draft| {
        secret(draft);
        (draft.opens, draft.closes) = (Some(2_000), Some(3_000));
    });
    let running = world.start().await.unwrap();
    act(&world, &running.0, Act::Setup).await.unwrap();
    for trustee in [1, 2] {
        act(&world, &running.0, rehearsal(&world, trustee)).await.unwrap();
    }
    world.clocks.pass_until(2_500);
    world.confirm(&running.0).await;
    // Each act runs the schedule: it is not open, however often.
    let early = act(&world, &running.0, Act::Opening).await;
    assert!(matches!(early, Err(ControlError::Refused(ControlRefusal::NotRehearsed(3)))));
    assert_eq!(running.0.published().phase, Phase::Setup);
    assert_eq!(running.0.published().missing_rehearsal, Some(3));
    act(&world, &running.0, rehearsal(&world, 3)).await.unwrap();
    world.confirm(&running.0).await;
    assert_eq!(running.0.published().phase, Phase::Open);
    index(running.0.ballot(world.first(0, "543")).await);
    world.clocks.pass_until(3_000);
    world.confirm(&running.0).await;
    comes_to(&running.0, Phase::Summed).await;
    assert_eq!(running.0.ballot(world.first(1, "543")).await, Decision::Refused(veche_election::Refusal::Closed));
}

#[tokio::test]
async fn a_changed_secret_ballot_in_the_database_is_refused_with_its_place() {
    for (place, field) in [(5, "\"cells\":\""), (5, "\"proof\":\""), (5, "\"credential\":\""), (1, "\"proof\":\"")] {
        let world = world();
        let running = open(&world).await;
        index(running.0.ballot(world.first(0, "543")).await);
        let entry = entries(&*running.2).await[place].clone();
        stop(running).await;
        let store = SqliteStore::open(&world.database(), world.election.id()).await.unwrap();
        store.fold().await.unwrap();
        store.close().await.unwrap();
        let mut bytes = std::fs::read(world.database()).unwrap();
        let find = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).position(|window| window == part);
        // The first symbols of the field that stand together on a page. Pages that were split keep old copies.
        let start = find(&entry, field.as_bytes()).unwrap() + field.len();
        let part = entry[start..start + 40].windows(10).find(|part| find(&bytes, part).is_some()).unwrap();
        while let Some(found) = find(&bytes, part) {
            bytes[found] = if bytes[found] == b'A' { b'B' } else { b'A' };
        }
        std::fs::write(world.database(), bytes).unwrap();
        let refused = world.start().await.err().unwrap();
        assert!(matches!(refused, StartError::Entry { index, .. } if index == place as u64), "{field}: {refused}");
    }
}

#[test]
fn row_54_of_what_lies_in_the_ceremonys_folder_no_more_is_read_than_a_message_has() {
    let world = World::new(1, secret);
    let dir = tempfile::tempdir().unwrap();
    let messages = dir.path().join(CEREMONY_DIR);
    std::fs::create_dir(&messages).unwrap();
    let path = messages.join("2-register.json");
    let refused = || Home::new(dir.path()).ceremony_so_far(world.election.draft()).unwrap_err().to_string();

    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success() && refused().contains("not a file with a message"), "a pipe");
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
    assert!(refused().contains("2-register.json"), "a link to what has no end");
    std::fs::remove_file(&path).unwrap();
    // It takes no room on the disk, and would take all memory.
    std::fs::File::create(&path).unwrap().set_len(1 << 42).unwrap();
    assert!(refused().contains("too long"), "four terabytes of nothing");
}

/// Row 76: the ballot of a struck voter is out of the sum, over restarts too; shown again it is known and does not count; a
/// hello and another ballot hear of the strike.
#[tokio::test]
async fn row_76_a_struck_ballot_is_out_of_the_sum_and_known_all_the_same() {
    let world = World::new(4, |draft| {
        secret(draft);
        draft.roll_changes = RollChanges::UntilClosing;
    });
    let mut running = open(&world).await;
    let counting = world.first(0, "543");
    index(running.0.ballot(counting.clone()).await);
    let sum = inspect(&*running.2, world.board()).await.unwrap().tally().sum_bytes();
    let struck = world.first(1, "000");
    let place = index(running.0.ballot(struck.clone()).await);
    let credential = world.voters[1].public();
    let reason = "left".to_owned();
    act(&world, &running.0, Act::Strike { credential, reason: reason.clone() }).await.unwrap();
    for restart in [false, true] {
        if restart {
            stop(running).await;
            running = world.start().await.unwrap();
        }
        let known = Decision::Recorded { index: place, current: false };
        assert_eq!(running.0.ballot(struck.clone()).await, known);
        let again = world.ballot(1, after(&struck), "555");
        assert_eq!(running.0.ballot(again).await, Decision::Refused(Refusal::Struck { last: Some(place) }));
        let heard = running.0.look_up(credential).await;
        assert!(matches!(heard, Lookup::Struck(Some(last)) if last.index == place));
        assert_eq!(running.0.published().ballots, 1);
        let board = inspect(&*running.2, world.board()).await.unwrap();
        assert_eq!(board.tally().sum_bytes(), sum, "its ciphertexts are out of the sum");
    }
    let twice = act(&world, &running.0, Act::Strike { credential, reason }).await;
    assert!(matches!(twice, Err(ControlError::Refused(ControlRefusal::Struck))));
}

/// Nothing swallows a ballot that cannot be read again: who would replace it hears "busy", `/healthz` says so whatever others
/// record, and the log has one line of it.
#[tokio::test]
async fn a_ballot_that_cannot_be_read_again_shows_in_the_health_until_it_can() {
    let world = World::new(3, |draft| {
        secret(draft);
        draft.roll_changes = RollChanges::UntilClosing;
    });
    stop(open(&world).await).await;
    let look_period = Duration::from_millis(20);
    let running = world.start_with(Timing { look_period, ..world.timing() }).await.unwrap();
    let (sequencer, store) = (running.0.clone(), running.2.clone());
    let first = world.first(0, "543");
    let place = index(sequencer.ballot(first.clone()).await);
    let strike = || Act::Strike { credential: world.voters[0].public(), reason: "left".into() };
    store.lose(Some(place));
    for by_strike in [false, true] {
        if by_strike {
            assert!(matches!(act(&world, &sequencer, strike()).await, Err(ControlError::Busy)));
        } else {
            let second = world.ballot(0, after(&first), "0*1");
            assert_eq!(sequencer.ballot(second).await, Decision::Busy);
        }
        // Looked at again and again meanwhile; and others vote.
        index(sequencer.ballot(world.first(1 + usize::from(by_strike), "111")).await);
        tokio::time::sleep(look_period * 10).await;
        assert_eq!(sequencer.ailment(), Some("a ballot could not be read again"), "by strike: {by_strike}");
    }
    store.lose(None);
    for _ in 0..500 {
        if sequencer.is_well() {
            break;
        }
        tokio::time::sleep(look_period).await;
    }
    assert_eq!(sequencer.ailment(), None);
    act(&world, &sequencer, strike()).await.unwrap();
    sum_is_the_recount_without(&world, &*store, 0).await;
}

async fn sum_is_the_recount_without(world: &World, store: &impl Store, struck: usize) {
    let board = inspect(store, world.board()).await.unwrap();
    let mut tally = Tally::new(&world.election);
    for bytes in entries(store).await {
        if let Ok(ballot) = BallotAgain::read(&bytes, &world.election)
            && ballot.entry().credential != world.voters[struck].public()
        {
            tally.add(ballot.vote(), Weight::ONE);
        }
    }
    assert!(board.tally().sum_bytes().unwrap().0 == tally.sum_bytes().unwrap().0);
}

/// An act that adds a voter, with the line that says who it is.
fn addition(world: &World, link: ControlLink, credential: PublicKey, number: &str) -> SentAct {
    let act = Act::Add { credential, number: None, name: None, weight: Weight::ONE, reason: "joined".into() };
    named(world, &signed(world, link, act), number)
}

fn named(world: &World, entry: &[u8], number: &str) -> SentAct {
    let number = VoterNumber::parse(number).unwrap();
    let line = AddedVoter::sign(world.election.id(), leaf_hash(entry), number, "", &world.organiser);
    SentAct::check(&[entry, &line].join(&b'\n'), &world.election).unwrap()
}

fn added_lines(world: &World) -> usize {
    let text = std::fs::read_to_string(world.dir.path().join(ADDED_FILE)).unwrap();
    text.lines().count()
}

/// A voter is added and another struck, once each, and known by number, whatever the storage does meanwhile.
#[tokio::test]
async fn row_37_a_failing_disk_at_a_change_of_the_roll_changes_nothing_twice() {
    for fault in [Fault::Before, Fault::After, Fault::Full] {
        let world = World::new(3, |draft| {
            secret(draft);
            (draft.roll_shows, draft.roll_changes) = (RollShows::Nothing, RollChanges::UntilClosing);
        });
        let running = open(&world).await;
        let (sequencer, store) = (running.0.clone(), running.2.clone());
        index(sequencer.ballot(world.first(0, "543")).await);
        let key = CredentialSecret::from_random([77; 16]).key(world.election.draft_id()).public();
        let link = sequencer.published().link;
        store.fail_next(fault);
        let add = |number: &str| sequencer.control(addition(&world, link, key, number));
        assert!(matches!(add("A-17").await, Err(ControlError::Busy)), "{fault:?}");
        // The same act again, and of another person: whose line comes with the act that is appended, that is told.
        let again = add("A-18").await;
        let number = |text: &str| VoterNumber::parse(text).unwrap();
        let (known, unknown) = match fault {
            Fault::After => {
                assert!(matches!(again, Err(ControlError::Refused(ControlRefusal::Link { .. }))), "{again:?}");
                (number("A-17"), number("A-18"))
            }
            _ => {
                again.unwrap();
                (number("A-18"), number("A-17"))
            }
        };
        assert_eq!(added_lines(&world), 1, "{fault:?}: one line for an act");
        let strike = || Act::Strike { credential: world.voters[0].public(), reason: "left".into() };
        store.fail_next(fault);
        assert!(matches!(act(&world, &sequencer, strike()).await, Err(ControlError::Busy)), "{fault:?}");
        let again = act(&world, &sequencer, strike()).await;
        match fault {
            Fault::After => assert!(matches!(again, Err(ControlError::Refused(ControlRefusal::Struck)))),
            _ => drop(again.unwrap()),
        }
        let look = |sequencer: &Sequencer<Faulty>| {
            let published = sequencer.published();
            assert_eq!((published.added(known), published.added(unknown)), (Some(key), None), "{fault:?}");
            assert_eq!((published.roll.added.voters, published.roll.struck_voted.voters), (1, 1), "{fault:?}");
            assert_eq!((published.ballots, published.size), (0, 5 + 3), "{fault:?}");
        };
        look(&sequencer);
        drop((sequencer, store));
        stop(running).await;
        look(&world.start().await.unwrap().0);
    }
}

/// What the file says of added voters is believed only as far as it fits the log, a line for each act.
#[tokio::test]
async fn a_file_of_added_voters_that_does_not_fit_the_log_starts_nothing() {
    let world = World::new(2, |draft| {
        secret(draft);
        draft.roll_shows = RollShows::Number;
    });
    let running = world.start().await.unwrap();
    act(&world, &running.0, Act::Setup).await.unwrap();
    let credential = CredentialSecret::from_random([77; 16]).key(world.election.draft_id()).public();
    let number = |text: &str| VoterNumber::parse(text).unwrap();
    let (weight, reason) = (Weight::ONE, "joined".to_owned());
    let act = Act::Add { credential, number: Some(number("8")), name: None, weight, reason };
    let entry = signed(&world, running.0.published().link, act);
    running.0.control(named(&world, &entry, "8")).await.unwrap();
    stop(running).await;
    let path = world.dir.path().join(ADDED_FILE);
    let good = std::fs::read(&path).unwrap();
    let line = |act, number_is: &str, key| {
        let mut line = AddedVoter::sign(world.election.id(), act, number(number_is), "", key);
        line.push(b'\n');
        line
    };
    let (act, other) = (leaf_hash(&entry), leaf_hash(b"another"));
    let bad: [(&str, Vec<u8>, &str); 6] = [
        ("twice", [&good[..], &good].concat(), "line 2: an earlier line says already"),
        (
            "another number than the act",
            line(act, "9", &world.organiser),
            "line 1: the line that says who was added says",
        ),
        ("the board's", [&good[..], &line(other, "9", &world.board_key)].concat(), "line 2: the signature of the line"),
        ("no line", [&good[..], b"{}\n"].concat(), "line 2: the line that says who was added is"),
        ("an empty line", [&good[..], b"\n"].concat(), "line 2: "),
        ("half a line", good[..good.len() - 1].to_vec(), "line 1: it does not end"),
    ];
    for (what, bytes, why) in bad {
        std::fs::write(&path, bytes).unwrap();
        let refused = world.start().await.err().unwrap().to_string();
        assert!(refused.contains(why), "{what}: {refused}");
    }
    // It takes no room on the disk, and would take much memory.
    std::fs::File::create(&path).unwrap().set_len(ADDED_FILE_MAX_BYTES + 1).unwrap();
    assert!(world.start().await.err().unwrap().to_string().contains("too large"));
    // A line whose act never came into the log says nothing.
    std::fs::write(&path, [&line(other, "9", &world.organiser), &good[..]].concat()).unwrap();
    let running = world.start().await.unwrap();
    assert_eq!(running.0.published().added(number("8")), Some(credential));
    assert_eq!(running.0.published().added(number("9")), None);
}

/// The host lets nobody in whose number it does not know, so it takes no addition without one, and no number twice.
#[tokio::test]
async fn who_is_added_is_known_to_the_host_by_number_also_after_a_restart() {
    let world = World::new(4, |draft| {
        secret(draft);
        draft.roll_shows = veche_election::RollShows::Nothing;
    });
    let mut running = world.start().await.unwrap();
    act(&world, &running.0, Act::Setup).await.unwrap();
    let key = veche_election::CredentialSecret::from_random([77; 16]).key(world.election.draft_id());
    let add = |credential| {
        let (weight, reason) = (Weight::ONE, "joined".to_owned());
        Act::Add { credential, number: None, name: None, weight, reason }
    };
    let alone = act(&world, &running.0, add(key.public())).await;
    assert!(matches!(alone, Err(ControlError::Added(_))), "nobody could vote in that place");
    let number = |text: &str| VoterNumber::parse(text).unwrap();
    let sent = |sequencer: &Sequencer<Faulty>, credential, text: &str| {
        let entry = signed(&world, sequencer.published().link, add(credential));
        let line = AddedVoter::sign(world.election.id(), leaf_hash(&entry), number(text), "", &world.organiser);
        SentAct::check(&[&entry[..], &line].join(&b'\n'), &world.election).unwrap()
    };
    running.0.control(sent(&running.0, key.public(), "A-17")).await.unwrap();
    for restart in [false, true] {
        if restart {
            stop(running).await;
            running = world.start().await.unwrap();
        }
        assert_eq!(running.0.published().added(number("A-17")), Some(key.public()));
        assert_eq!(running.0.published().added(number("a-17")), None);
        let other = veche_election::CredentialSecret::from_random([78; 16]).key(world.election.draft_id()).public();
        let taken = running.0.control(sent(&running.0, other, "a-017")).await;
        assert!(matches!(taken, Err(ControlError::Refused(ControlRefusal::KnownNumber))));
    }
}
