//! The lot: in secret elections opened by the trustees with the sum, in open ones drawn in public; and always only where
//! it decides.

use std::collections::BTreeSet;

use veche_crypto::{
    group,
    opening::{Opening, Sum},
};
use veche_election::{
    Act, Election, Hash, Keys, Lot, Phase, Rule, Signatory, SigningKey, Subtrees,
    board::{AppendError, ControlRefusal},
    entry::{CheckedControl, ControlLink, EntryError},
    rules::TieStep,
};

use crate::{
    fixture::{Log, NOW, World},
    result,
    secret::{self, secret_world},
};

fn with_lot(rule: &mut Rule) {
    rule.ties = vec![TieStep::Lot];
}

fn world() -> World {
    secret_world(|draft| with_lot(&mut draft.contests[0].rule))
}

/// A tie of all three, opened by these trustees.
fn opened<'a>(world: &'a World, trustees: &[u32]) -> Log<'a> {
    let mut log = secret::open(world);
    log.vote(0, "444");
    log.vote(1, "333");
    secret::close(&mut log);
    trustees.iter().for_each(|trustee| _ = log.act(secret::share(&log, *trustee)));
    log
}

#[test]
fn row_41_any_trustees_open_the_same_lot_and_the_verifier_in_python_draws_it_again() {
    let world = world();
    let results: Vec<_> = [[1, 2], [1, 3], [2, 3]].map(|pair| opened(&world, &pair).board.result().unwrap()).into();
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]));
    let first = &results[0];
    assert_eq!((first.contests[0].winners.len(), first.contests[0].tied.len()), (1, 0));
    assert!(first.lot.as_ref().is_some_and(|lot| lot.drawn.is_none()));

    let mut log = opened(&world, &[3, 1]);
    log.act(secret::result(&log));
    let files = log.record();
    assert!(veche_election::record::verify(&files, &crate::fixture::WEIGHTS, &mut |_, _| ()).is_ok());
    let folder = std::env::temp_dir().join(format!("veche-lot-{}", std::process::id()));
    for (name, bytes) in files.0 {
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../verifier/veche_verify.py");
    let out = std::process::Command::new(result::interpreter()).arg(script).arg(&folder).output().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
}

/// y·P of these trustees, whatever stands in the manifest.
fn known_point(world: &World, election: &Election) -> [u8; 32] {
    let verification = world.ceremony.as_ref().unwrap().verification_keys().unwrap();
    // Nothing but the lot, under the last of the keys.
    let key = election.draft().ceremony_plan().unwrap().keys as usize - 1;
    let sum = Sum::default().with_lot(&election.draft_id().0, key);
    let alone = Opening { election: &election.id().0, entry: &[0; 32], sum: &sum };
    let share = |number: u32| {
        let secret = &world.trustees[number as usize - 1];
        let share = secret.open(world.ceremony.as_ref().unwrap(), &alone, &[8; 32]).unwrap();
        (number, alone.check(number, verification.of(number).unwrap(), &share).unwrap())
    };
    let points = alone.combine(&[share(1), share(2)]).unwrap();
    group::encode_points([&-points[0]]).try_into().unwrap()
}

fn order(lot: &Lot) -> [usize; 3] {
    let mut order = [0, 1, 2];
    order.sort_by_key(|candidate| lot.ticket(0, *candidate).0);
    order
}

/// Who makes the manifest changes nothing: the point follows from the draft, and the seed from what is not known before the
/// closing. The stated limit: trustees who know the point, together with whoever signs the closing, try closings until the
/// lot suits.
#[test]
fn row_51_the_trustees_and_who_signs_the_closing_choose_the_lot_and_neither_alone() {
    let world = world();
    let point = known_point(&world, &world.election);
    for fill in 100..105 {
        let known = &world.election;
        let keys = Keys { organiser: SigningKey::from_seed(&[fill; 32]).public(), ..known.keys().clone() };
        let named = known.trustee_keys().cloned();
        let other = Election::new(known.draft().clone(), keys, known.roll().clone(), named).unwrap();
        assert_ne!(other.id(), known.id());
        assert_eq!(known_point(&world, &other), point, "another manifest of this draft has the same point");
    }
    let opened = opened(&world, &[1, 2]);
    let closed = opened.board.closed_log().unwrap().root;
    assert_eq!(opened.board.result().unwrap().lot, Some(Lot::opened(world.election.draft_id(), &point, closed)));
    let mut log = secret::open(&world);
    log.vote(0, "444");
    log.vote(1, "333");
    let drawn = |at: u64| {
        let mut log = log.clone();
        log.offer_act(crate::fixture::NOW + at, Signatory::Organiser, Act::Closing).unwrap();
        Lot::opened(world.election.draft_id(), &point, log.board.tree().root())
    };
    let orders: BTreeSet<_> = (0..60).map(|at| order(&drawn(at))).collect();
    assert_eq!(orders.len(), 6, "one closing in six draws each order");
    let seed = drawn(0).seed;
    let other = |draft, point, root| assert_ne!(Lot::opened(draft, point, root).seed, seed);
    let (draft, root) = (world.election.draft_id(), log.board.tree().root());
    other(draft, &[2; 32], root);
    other(Hash::ZERO, &point, root);
    other(draft, &point, root);
}

#[test]
fn a_share_without_the_lots_value_is_refused() {
    let (world, plain) = (world(), secret_world(|_| ()));
    let mut log = opened(&world, &[]);
    let Act::Share { trustee, mut values, proof } = secret::share(&log, 1) else { unreachable!() };
    assert_eq!(values.0.len(), world.election.draft().layout().unwrap().cells() * 32 + 32);
    let changed = values.0.len() - 32;
    values.0.copy_within(0..32, changed);
    let refused = Err(AppendError::Control(ControlRefusal::Proof(1)));
    let mut offer = |act| log.offer_act(crate::fixture::NOW, Signatory::Trustee, act);
    assert_eq!(offer(Act::Share { trustee, values: values.clone(), proof: proof.clone() }), refused);
    values.0.truncate(changed);
    assert_eq!(offer(Act::Share { trustee, values, proof }), refused);
    assert!(opened(&plain, &[1, 2]).board.result().unwrap().lot.is_none(), "and where there is no lot, none is opened");
}

#[test]
fn row_41_what_was_drawn_has_one_form() {
    let world = World::small(1);
    let lot = |text: &str| {
        let act = Act::Lot { drawn: text.into() };
        CheckedControl::check(&world.control(ControlLink::FIRST, NOW, Signatory::Organiser, act), &world.election)
    };
    for text in ["0", "4", "7 12 23 31 40 49", "10 0 10"] {
        assert!(lot(text).is_ok(), "{text}");
    }
    for text in ["04", "7,12", "7  12", " 7", "7 ", "+7", "-7", "7.0", "seven", "٧", "7\u{2009}12", "00"] {
        assert!(matches!(lot(text), Err(EntryError::Drawn)), "{text:?}");
    }
}

#[test]
fn row_41_a_drawn_lot_is_entered_once_after_closing_and_only_where_it_decides() {
    let world = World::with(|draft| {
        with_lot(&mut draft.contests[0].rule);
        draft.lot = Some("a die".into());
    });
    let lot = || Act::Lot { drawn: "4".into() };
    let refused = |phase| Err(AppendError::Control(ControlRefusal::Phase { act: "lot", phase }));
    let offer = |log: &Log<'_>, act| log.clone().offer_act(crate::fixture::NOW, Signatory::Organiser, act);

    let mut log = Log::open(&world);
    log.vote(0, "543");
    assert_eq!(offer(&log, lot()), refused(Phase::Open));
    let mut clear = log.clone();
    clear.act(Act::Closing);
    assert_eq!(offer(&clear, lot()), refused(Phase::Closed), "nothing waits for it");
    assert!(clear.board.result().unwrap().lot.is_none());

    log.vote(0, "553");
    log.act(Act::Closing);
    assert!(log.board.awaits_lot() && log.board.result().is_none());
    let board = log.clone().offer_act(crate::fixture::NOW, Signatory::Board, lot());
    assert_eq!(board, Err(AppendError::Control(ControlRefusal::Signatory)));
    log.act(lot());
    assert_eq!(offer(&log, lot()), refused(Phase::Closed), "a second one");
    let result = log.board.result().unwrap();
    assert_eq!(result.lot, Some(Lot::drawn(world.election.draft_id(), "4", log.board.tree().root_at(5).unwrap())));
    assert_eq!((result.contests[0].winners.len(), result.contests[0].candidates[2].place), (1, Some(3)));
    log.act(Act::Result { hash: result.hash() });
    assert!(veche_election::record::verify(&log.record(), &crate::fixture::WEIGHTS, &mut |_, _| ()).is_ok());
}
