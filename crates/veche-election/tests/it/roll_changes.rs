//! Voters who are added to the roll after setup, and struck from it.

use veche_election::{
    Act, AddedVoter, Hash, Refusal, Revote, RollShows, Secrecy, Signatory, VoterNumber, Weight,
    added::{ADDED_LINE_MAX_BYTES, ADDED_VERSION, AddedError, SentAct, SentError},
    board::{AppendError, ChangedRoll, ControlRefusal},
    entry::{CheckedControl, EntryError, Position},
    log::leaf_hash,
    manifest::{RollChanges, TrusteePlan},
    record::{self, RESULT_FILE},
    roll::Heads,
};

use crate::{
    fixture::{Log, NOW, WEIGHTS, World, reason, text},
    world::{self, Files},
};

const FIRST: Position = Position::FIRST;

fn refused(refusal: ControlRefusal) -> Result<u64, AppendError> {
    Err(AppendError::Control(refusal))
}

fn number(text: &str) -> VoterNumber {
    VoterNumber::parse(text).unwrap()
}

/// Until the closing, unless told otherwise.
fn world(change: impl FnOnce(&mut veche_election::Draft)) -> World {
    World::with(|draft| {
        draft.roll_changes = RollChanges::UntilClosing;
        change(draft);
    })
}

/// Of one trustee.
fn secret(draft: &mut veche_election::Draft) {
    draft.secrecy = Secrecy::Secret;
    draft.trustees = Some(TrusteePlan { count: 1, threshold: 1 });
}

fn opened(world: &World) -> Log<'_> {
    let mut log = Log::new(world);
    log.act(Act::Setup);
    if world.election.secret().is_some() {
        log.act(crate::secret::rehearsal(world, 1));
    }
    log.act(Act::Opening);
    log
}

fn add(world: &World, i: usize, weight: u64) -> Act {
    let weight = Weight::new(weight).unwrap();
    let number = Some(VoterNumber::new(i as u64 + 1).unwrap());
    Act::Add { credential: world.key(i).public(), number, name: None, weight, reason: reason() }
}

fn strike(world: &World, i: usize) -> Act {
    Act::Strike { credential: world.key(i).public(), reason: reason() }
}

/// Row 16: a place is added only while the manifest allows it, only by the organiser, only under a credential and a number
/// that nobody ever had.
#[test]
fn row_16_a_place_is_added_by_the_organiser_while_the_manifest_allows_it() {
    for (allowed, at_setup, at_open) in [
        (RollChanges::Never, false, false),
        (RollChanges::UntilOpening, true, false),
        (RollChanges::UntilClosing, true, true),
    ] {
        let world = world(|draft| draft.roll_changes = allowed);
        let mut log = Log::new(&world);
        log.act(Act::Setup);
        let no = |phase| refused(ControlRefusal::RollChanges { allowed, phase });
        for act in [add(&world, 7, 1), strike(&world, 0)] {
            let got = log.clone().offer_act(NOW, Signatory::Organiser, act);
            assert_eq!(got, if at_setup { Ok(1) } else { no(veche_election::Phase::Setup) }, "{allowed:?}");
        }
        log.act(Act::Opening);
        for act in [add(&world, 7, 1), strike(&world, 0)] {
            let got = log.clone().offer_act(NOW, Signatory::Organiser, act.clone());
            assert_eq!(got, if at_open { Ok(2) } else { no(veche_election::Phase::Open) }, "{allowed:?}");
            let board = log.clone().offer_act(NOW, Signatory::Board, act);
            assert!(board.is_err(), "the board adds and strikes nobody");
        }
    }
    let world = world(|_| ());
    let mut log = opened(&world);
    log.board = log.board.clone().knowing(world.seats.iter().map(|seat| seat.number));
    log.act(add(&world, 7, 5));
    log.offer(&world.ballot(7, FIRST, "555")).unwrap();
    assert_eq!(log.board.tally().weight, 5, "the added voter's ballot counts with the weight of the act");
    for known in [0, 7] {
        let Act::Add { weight, reason, .. } = add(&world, 8, 1) else { unreachable!() };
        let number = Some(number("99"));
        let act = Act::Add { credential: world.key(known).public(), number, name: None, weight, reason };
        assert_eq!(log.offer_act(NOW, Signatory::Organiser, act), refused(ControlRefusal::KnownCredential));
    }
    for taken in ["1", "01", "8", "008"] {
        let Act::Add { credential, weight, reason, .. } = add(&world, 9, 1) else { unreachable!() };
        let act = Act::Add { credential, number: Some(number(taken)), name: None, weight, reason };
        assert_eq!(log.offer_act(NOW, Signatory::Organiser, act), refused(ControlRefusal::KnownNumber), "{taken}");
    }
    let much = add(&world, 9, 1 << 40);
    assert_eq!(log.offer_act(NOW, Signatory::Organiser, much), refused(ControlRefusal::TotalWeight));
    let replaced = Act::Replace { old: world.key(0).public(), new: world.key(7).public(), reason: reason() };
    assert_eq!(log.offer_act(NOW, Signatory::Organiser, replaced), refused(ControlRefusal::KnownCredential));
}

#[test]
fn who_is_struck_is_off_the_roll_for_good() {
    let world = world(|_| ());
    let mut log = opened(&world);
    let nobody = log.offer_act(NOW, Signatory::Organiser, strike(&world, 9));
    assert_eq!(nobody, refused(ControlRefusal::UnknownCredential));
    log.replace(1, 8);
    let old = log.offer_act(NOW, Signatory::Organiser, strike(&world, 1));
    assert_eq!(old, refused(ControlRefusal::UnknownCredential), "a credential that is no longer in force");
    log.act(strike(&world, 8));
    assert_eq!(log.offer(&world.ballot(8, FIRST, "555")), Err(AppendError::Ballot(Refusal::Struck { last: None })));
    let again = log.offer_act(NOW, Signatory::Organiser, strike(&world, 8));
    assert_eq!(again, refused(ControlRefusal::Struck));
    let card = Act::Replace { old: world.key(8).public(), new: world.key(10).public(), reason: reason() };
    assert_eq!(log.offer_act(NOW, Signatory::Organiser, card), refused(ControlRefusal::Struck));
    let back = log.offer_act(NOW, Signatory::Organiser, add(&world, 8, 1));
    assert_eq!(back, refused(ControlRefusal::KnownCredential), "nobody comes back under an old card");
    log.vote(0, "555");
    let voted = log.offer_act(NOW, Signatory::Organiser, strike(&world, 0));
    assert_eq!(voted, refused(ControlRefusal::HasVoted), "an open ballot would be taken out for what it says");
    log.act(strike(&world, 2));
    log.act(add(&world, 11, 1));
    log.act(strike(&world, 11));
    let mut alone = Log::new(&world);
    alone.act(Act::Setup);
    [0, 1].into_iter().for_each(|i| _ = alone.act(strike(&world, i)));
    assert_eq!(alone.offer_act(NOW, Signatory::Organiser, strike(&world, 2)), refused(ControlRefusal::LastPlace));
}

/// Row 76: a struck voter votes no more, and the receipt of the ballot that was taken out does not count.
#[test]
fn row_76_a_struck_ballot_is_out_of_the_sum_and_its_receipt_does_not_count() {
    let world = world(secret);
    let mut log = opened(&world);
    log.vote(0, "555");
    let sum = log.board.tally().sum_bytes();
    let index = log.vote(2, "000");
    let ballot = world.check_ballot(&log.entries[index as usize]);
    assert!(log.board.counts(&ballot) && log.board.has_voted(&world.key(2).public()));
    log.act(strike(&world, 2));
    assert!(!log.board.counts(&ballot) && !log.board.has_voted(&world.key(2).public()));
    assert_eq!(log.board.known(&ballot.leaf()), Some(index), "it stands in the log all the same");
    assert_eq!(log.board.tally().sum_bytes(), sum, "its ciphertexts are out of the sum");
    assert_eq!((log.board.tally().ballots, log.board.tally().weight), (1, 1));
    assert_eq!(log.board.voted_weights().count(), 1);
    let changed = *log.board.changed_roll();
    assert_eq!(changed.struck_voted, Heads { voters: 1, weight: 2 });
    let again = world.ballot(2, log.position(2), "555");
    assert_eq!(log.offer(&again), Err(AppendError::Ballot(Refusal::Struck { last: Some(index) })));
    // Without the ballot that is to be taken out, the board takes nothing.
    let mut other = opened(&world);
    other.vote(2, "000");
    let act = world.control(other.board.link(), NOW, Signatory::Organiser, strike(&world, 2));
    assert_eq!(other.board.append(&world.check(&act)), Err(AppendError::Replaced));

    let once = self::world(|draft| {
        secret(draft);
        draft.revote = Revote::Never;
    });
    let mut log = opened(&once);
    log.vote(0, "555");
    let voted = log.offer_act(NOW, Signatory::Organiser, strike(&once, 0));
    assert_eq!(voted, refused(ControlRefusal::HasVoted), "what is final is not taken out");
    log.act(strike(&once, 1));
}

/// Row 74: who strikes those who do not vote reaches no quorum by it; who adds voters has to win them.
#[test]
fn row_74_turnout_is_measured_by_the_roll_at_the_opening_and_whoever_was_added_since() {
    let world = world(|draft| draft.contests[0].rule.turnout = veche_election::rules::Quota::parse(">1/2"));
    let winners = |log: &Log<'_>| log.board.result().unwrap().contests[0].winners.len();
    // Weights 1, 1, 2: voter 0 and 1 vote, half of the roll.
    let mut log = opened(&world);
    log.vote(0, "500");
    log.vote(1, "500");
    assert_eq!(winners(&log), 0, "half is not more than half");
    let mut struck = log.clone();
    struck.act(strike(&world, 2));
    assert_eq!(winners(&struck), 0, "a strike after the opening lowers nothing");
    let result = struck.board.result().unwrap();
    assert_eq!((result.voters, result.voters_weight), (3, 4));
    assert_eq!(result.at_closing, Some(Heads { voters: 2, weight: 2 }), "and the roll at the closing is told");
    assert_eq!(log.board.result().unwrap().at_closing, None);

    let mut before = Log::new(&world);
    before.act(Act::Setup);
    before.act(strike(&world, 2));
    before.act(Act::Opening);
    before.vote(0, "500");
    before.vote(1, "500");
    assert_ne!(winners(&before), 0, "who was struck before the opening never belonged to its roll");
    let result = before.board.result().unwrap();
    assert_eq!((result.voters_weight, result.at_closing), (2, None));
    before.act(add(&world, 7, 2));
    assert_eq!(winners(&before), 0, "who is added counts for the quorum");
}

#[test]
fn row_66_once_weights_differ_no_weight_is_told_before_the_closing() {
    let even = World::from(world::World::new(&[1, 1], |draft| {
        draft.contests = vec![crate::fixture::small_contest()];
        draft.roll_changes = RollChanges::UntilClosing;
    }));
    let mut log = opened(&even);
    log.vote(0, "555");
    log.act(add(&even, 7, 1));
    assert_eq!(log.board.told_weight(), Some(1), "all weights are equal");
    log.act(add(&even, 8, 2));
    assert_eq!(log.board.told_weight(), None);
}

/// What an act may say of a voter is what the roll shows of others; where that is nothing, reasons come from a list.
#[test]
fn an_act_says_no_more_of_a_voter_than_the_roll() {
    let check = |world: &World, act: Act| {
        let bytes = world.control(Log::new(world).board.link(), NOW, Signatory::Organiser, act);
        CheckedControl::check(&bytes, &world.election).map(|_| ())
    };
    for (shows, with) in
        [(RollShows::Number, (true, false)), (RollShows::Name, (false, true)), (RollShows::Nothing, (false, false))]
    {
        let world = world(|draft| draft.roll_shows = shows);
        for shown in [(true, false), (false, true), (false, false), (true, true)] {
            let (weight, credential) = (Weight::ONE, world.key(7).public());
            let (number, name) = (shown.0.then(|| number("8")), shown.1.then(|| "Анна".to_owned()));
            let got = check(&world, Act::Add { credential, number, name, weight, reason: "joined".into() });
            match shown == with {
                true => got.unwrap(),
                false => assert!(matches!(got, Err(EntryError::Shown)), "{shows:?} {shown:?}"),
            }
        }
        let telling = check(&world, Act::Strike { credential: world.key(0).public(), reason: "Anna has died".into() });
        assert_eq!(telling.is_err(), shows == RollShows::Nothing, "{shows:?}");
        check(&world, Act::Strike { credential: world.key(0).public(), reason: "died".into() }).unwrap();
    }
}

/// The host hears whom an act adds, from the organiser, of this very act.
#[test]
fn the_line_that_says_who_was_added_belongs_to_its_act_and_is_the_organisers() {
    let world = world(|draft| draft.roll_shows = RollShows::Nothing);
    let mut log = opened(&world);
    let added = Act::Add {
        credential: world.key(7).public(),
        number: None,
        name: None,
        weight: Weight::ONE,
        reason: "joined".into(),
    };
    let act = world.control(log.board.link(), NOW, Signatory::Organiser, added);
    let id = world.election.id();
    let line = |act: &[u8], name: &str, key| AddedVoter::sign(id, leaf_hash(act), number("A-17"), name, key);
    let check = |act: &[u8], line: Option<Vec<u8>>| {
        let body = line.map_or_else(|| act.to_vec(), |line| [act, &line].join(&b'\n'));
        SentAct::check(&body, &world.election)
    };
    let good = line(&act, "Анна", &world.organiser);
    let sent = check(&act, Some(good.clone())).unwrap();
    assert_eq!(sent.voter.unwrap().voter.number, number("A-17"));
    let failed = |body: Result<SentAct, SentError>| match body.unwrap_err() {
        SentError::Added(error) => error,
        SentError::Act(error) => panic!("{error}"),
    };
    assert!(matches!(failed(check(&act, None)), AddedError::Missing));
    assert!(matches!(failed(check(&act, Some(line(b"another", "", &world.organiser)))), AddedError::OtherAct));
    assert!(matches!(failed(check(&act, Some(line(&act, "", &world.board_key)))), AddedError::Signature(_)));
    assert!(matches!(failed(check(&act, Some(line(&act, " x", &world.organiser)))), AddedError::Name(_)));
    assert!(matches!(failed(check(&act, Some([&good[..], b" "].concat()))), AddedError::Canonical(_)));
    assert!(
        matches!(failed(check(&act, Some([&good[..], b"\n"].concat()))), AddedError::Canonical(_)),
        "a second line"
    );
    let (version, long) = (text(&good).replace(ADDED_VERSION, "veche-added-2"), vec![b'x'; ADDED_LINE_MAX_BYTES + 1]);
    assert!(matches!(failed(check(&act, Some(version.into_bytes()))), AddedError::Version));
    assert!(matches!(failed(check(&act, Some(long))), AddedError::TooLong));
    // The longest of all is one that is taken.
    let longest =
        AddedVoter::sign(id, leaf_hash(&act), number(&"9".repeat(32)), &"\u{1F5F3}".repeat(200), &world.organiser);
    assert!(longest.len() <= ADDED_LINE_MAX_BYTES, "{}", longest.len());
    check(&act, Some(longest)).unwrap();
    let other = AddedVoter::sign(Hash([1; 32]), leaf_hash(&act), number("A-17"), "", &world.organiser);
    assert!(matches!(failed(check(&act, Some(other))), AddedError::OtherAct));
    let pause = world.control(log.board.link(), NOW, Signatory::Organiser, Act::Pause { reason: reason() });
    assert!(matches!(failed(check(&pause, Some(line(&pause, "", &world.organiser)))), AddedError::Missing));
    log.offer(&act).unwrap();

    let shown = self::world(|_| ());
    let act = shown.control(opened(&shown).board.link(), NOW, Signatory::Organiser, add(&shown, 7, 1));
    let line = AddedVoter::sign(shown.election.id(), leaf_hash(&act), number("9"), "", &shown.organiser);
    let error = SentAct::check(&[&act[..], &line].join(&b'\n'), &shown.election).unwrap_err();
    assert!(matches!(error, SentError::Added(AddedError::Shown)), "the log says 8, the host hears 9");
}

/// A record with changes verifies, says how many there were, and no other result does.
#[test]
fn a_record_tells_how_its_roll_was_changed() {
    let world = world(|_| ());
    let mut log = opened(&world);
    log.act(add(&world, 7, 3));
    log.vote(0, "555");
    log.vote(7, "000");
    log.act(strike(&world, 2));
    log.finish();
    let verify = |files: &Files| record::verify(files, &WEIGHTS, &mut |_, _| ());
    let verified = verify(&log.record()).unwrap();
    let notes = verified.checks().iter().flat_map(|check| &check.notes).cloned().collect::<Vec<_>>();
    assert_eq!(
        notes,
        [
            "the roll was changed after setup: 1 added (weight 3), 1 struck (weight 2), 0 of whom had voted (weight 0); turnout \
          is measured by 4 voters (weight 7), the roll at the closing has 3 (weight 5)"
        ]
    );
    // The number of the list, which the log alone does not show.
    let mut twin = opened(&world);
    let Act::Add { credential, weight, reason, .. } = add(&world, 7, 3) else { unreachable!() };
    twin.act(Act::Add { credential, number: Some(number("02")), name: None, weight, reason });
    twin.finish();
    let failed = verify(&twin.record()).unwrap_err();
    assert!(failed.number == 5 && failed.culprit.contains("was given to somebody"), "{failed}");
    let mut files = log.record();
    let result = String::from_utf8(files.0[RESULT_FILE].clone()).unwrap();
    let without = result.replace(r#","at_closing":{"voters":3,"weight":5}"#, "");
    assert_ne!(without, result);
    files.0.insert(RESULT_FILE.into(), without.into_bytes());
    assert_eq!(verify(&files).unwrap_err().number, 7);
}

/// Cards may be replaced without end: what all of them weighed together is told as the most that can be told.
#[test]
fn figures_of_a_roll_stop_at_the_largest_number() {
    let most = Heads { voters: 3, weight: u64::MAX };
    let more = Heads { voters: u64::MAX, weight: 1 };
    assert_eq!(most + more, Heads { voters: u64::MAX, weight: u64::MAX });
    let changed = ChangedRoll { added: most, struck: more, replaced: most, ..ChangedRoll::default() };
    assert_eq!(changed.changes(), Heads { voters: u64::MAX, weight: u64::MAX });
    assert!(changed.is_changed());
}
