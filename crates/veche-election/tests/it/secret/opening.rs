//! What counts, what the trustees open, and when nothing comes out.

use super::*;

#[derive(Debug, Clone)]
enum Deed {
    /// The holder of seat 0 to 2.
    Vote(usize, Vec<u8>),
    Replace(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    let numbers = prop::collection::vec(any::<u8>(), 24);
    prop_oneof![
        6 => (0_usize..3, numbers).prop_map(|(seat, numbers)| Deed::Vote(seat, numbers)),
        1 => (0_usize..3).prop_map(Deed::Replace),
    ]
}

/// The sum of what counts, from the JSON text of the entries.
fn recount(world: &World, entries: &[Vec<u8>]) -> (u64, u64, Vec<u8>) {
    let field = |entry: &serde_json::Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let mut seats: Vec<(String, u64, Option<Vec<u8>>)> =
        world.credentials.lines().iter().map(|(key, weight)| (key.to_string(), weight.get(), None)).collect();
    for entry in entries {
        let entry: serde_json::Value = serde_json::from_slice(entry).unwrap();
        if field(&entry, "v") == "veche-entry-2" {
            let seat = seats.iter_mut().find(|(key, ..)| *key == field(&entry, "credential")).unwrap();
            seat.2 = data_encoding::BASE64URL_NOPAD.decode(field(&entry["ballot"], "cells").as_bytes()).ok();
        } else if field(&entry["act"], "type") == "replace" {
            seats.iter_mut().find(|(key, ..)| *key == field(&entry["act"], "old")).unwrap().0 =
                field(&entry["act"], "new");
        }
    }
    let counting: Vec<(u64, Vec<u8>)> =
        seats.into_iter().filter_map(|(_, weight, cells)| Some((weight, cells?))).collect();
    let mut total = vec![Point::default(); world.election.draft().layout().unwrap().points()];
    for (weight, cells) in &counting {
        for (total, point) in total.iter_mut().zip(group::points(cells).unwrap()) {
            // One by one: no clever multiplication.
            (0..*weight).for_each(|_| *total += point);
        }
    }
    (counting.len() as u64, counting.iter().map(|(weight, _)| weight).sum(), group::encode_points(&total))
}

fn counts_as_open(deeds: &[Deed]) {
    let secret_world = secret_world(|draft| draft.contests = all_contests());
    let open_world = World::with(|draft| draft.contests = all_contests());
    let (mut secret, mut plain) = (open(&secret_world), Log::open(&open_world));
    let mut holder = [0, 1, 2];
    let mut next = 3;
    for deed in deeds {
        match deed {
            Deed::Vote(seat, numbers) => {
                let mut numbers = numbers.iter().map(|number| usize::from(*number));
                let marks = marks_of(&all_contests(), || numbers.next().unwrap_or(0));
                let _ = [&mut secret, &mut plain].map(|log| vote(log, holder[*seat], &marks));
            }
            Deed::Replace(seat) => {
                let _ = [&mut secret, &mut plain].map(|log| log.replace(holder[*seat], next));
                holder[*seat] = next;
                next += 1;
            }
        }
        let (ballots, weight, total) = recount(&secret_world, &secret.entries);
        let tally = secret.board.tally();
        assert_eq!((tally.ballots, tally.weight), (ballots, weight));
        assert!(tally.sum_bytes().unwrap().0 == total, "the running sum is the sum of the ballots that count");
    }
    close(&mut secret);
    plain.finish();
    let expected = plain.board.result().unwrap();
    let expected = text(&expected.to_bytes()).replacen(
        &open_world.election.id().to_string(),
        &secret_world.election.id().to_string(),
        1,
    );
    for trustees in [&[1, 2][..], &[1, 3], &[2, 3], &[3, 1], &[3, 2, 1]] {
        let mut log = secret.clone();
        for (i, trustee) in trustees.iter().enumerate() {
            assert_eq!(log.board.result().is_some(), i >= 2, "{i} shares");
            let act = share(&log, *trustee);
            log.act(act);
        }
        assert_eq!(text(&log.board.result().unwrap().to_bytes()), expected, "trustees {trustees:?}");
        let act = result(&log);
        log.act(act);
        assert_eq!(log.board.phase(), Phase::Finished);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Random marks and histories, with re-votes and replaced cards.
    #[test]
    fn row_11_a_secret_election_counts_as_the_open_one_with_the_same_marks(
        deeds in prop::collection::vec(deed(), 0..9)
    ) {
        counts_as_open(&deeds);
    }
}

/// Re-votes, a new card, every option of every row once.
#[test]
fn row_26_any_two_trustees_give_the_result_of_the_open_election() {
    let votes = (0..12).map(|i| Deed::Vote(i % 3, (0..24).map(|row| (i + row) as u8).collect()));
    let mut deeds: Vec<Deed> = votes.collect();
    deeds.insert(5, Deed::Replace(2));
    deeds.push(Deed::Replace(0));
    counts_as_open(&deeds);
}

#[test]
fn an_election_without_ballots_is_opened_too() {
    counts_as_open(&[]);
}

#[test]
fn row_26_fewer_trustees_than_needed_give_no_result() {
    let world = tiny_world(1);
    let mut log = open(&world);
    log.vote(0, "1");
    close(&mut log);
    let first = share(&log, 1);
    log.act(first);
    assert!(log.board.result().is_none());
    assert_eq!(offer(&log, Act::Result { hash: Hash::ZERO }), refused(ControlRefusal::Result));
    // Their key is y_1 alone: what it opens is not the sum.
    assert_eq!(offer(&log, share(&log, 1)), refused(ControlRefusal::Trustee(1)), "a second share of trustee 1");
    let second = share(&log, 3);
    log.act(second);
    let other = Act::Result { hash: Hash([9; 32]) };
    assert_eq!(offer(&log, other), refused(ControlRefusal::Result));
    let honest = result(&log);
    log.act(honest);
    let late = share(&log, 2);
    assert_eq!(offer(&log, late), refused(ControlRefusal::Phase { act: "share", phase: Phase::Finished }));
}

#[test]
fn row_40_no_part_of_a_secret_result_is_known_before_the_trustees_open_it() {
    let world = tiny_world(1);
    let mut log = open(&world);
    log.vote(0, "1");
    let early = |log: &Log<'_>, act: Act, phase| {
        let name = act.name();
        assert_eq!(offer(log, act), refused(ControlRefusal::Phase { act: name, phase }), "{name} while {phase}");
    };
    assert!(log.board.result().is_none() && log.board.tally().histograms().is_none());
    early(&log, share(&log, 1), Phase::Open);
    early(&log, sum(&log), Phase::Open);
    early(&log, Act::Result { hash: Hash::ZERO }, Phase::Open);
    assert!(log.board.opening().is_none(), "there is nothing to open before the sum");
    let before = share(&log, 1);
    log.act(Act::Closing);
    early(&log, share(&log, 1), Phase::Closed);
    assert_eq!(offer(&log, Act::Result { hash: Hash::ZERO }), refused(ControlRefusal::Result));
    let act = sum(&log);
    log.act(act);
    assert_eq!(offer(&log, before), refused(ControlRefusal::Proof(1)), "a share made before the sum was in the log");
    early(&log, sum(&log), Phase::Summed);
    early(&log, rehearsal(&world, 1), Phase::Summed);
    assert!(log.board.result().is_none());
}

#[test]
fn row_28_no_opening_before_all_trustees_have_rehearsed_and_no_rehearsal_after_it() {
    let world = tiny_world(1);
    let mut log = Log::new(&world);
    log.act(Act::Setup);
    for trustee in [2, 3, 1] {
        let missing = log.board.missing_rehearsal().unwrap();
        assert_eq!(offer(&log, Act::Opening), refused(ControlRefusal::NotRehearsed(missing)));
        log.act(rehearsal(&world, trustee));
        assert_eq!(offer(&log, rehearsal(&world, trustee)), refused(ControlRefusal::Trustee(trustee)), "twice");
    }
    log.act(Act::Opening);
    let late = refused(ControlRefusal::Phase { act: "rehearsal", phase: Phase::Open });
    assert_eq!(offer(&log, rehearsal(&world, 1)), late);
}

#[test]
fn row_28_a_rehearsal_of_another_trustee_or_election_is_refused() {
    let (world, other) = (tiny_world(1), tiny_world(2));
    let mut log = Log::new(&world);
    log.act(Act::Setup);
    let Act::Rehearsal { proof, .. } = rehearsal(&world, 2) else { panic!() };
    assert_eq!(offer(&log, Act::Rehearsal { trustee: 1, proof }), refused(ControlRefusal::Proof(1)));
    assert_eq!(offer(&log, rehearsal(&other, 1)), refused(ControlRefusal::Proof(1)));
    let Act::Rehearsal { proof, .. } = rehearsal(&world, 1) else { panic!() };
    let with = |proof: Vec<u8>| offer(&log, Act::Rehearsal { trustee: 1, proof: Blob(proof) });
    for bit in [0, 255, 300, 511] {
        let mut proof = proof.0.clone();
        proof[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(with(proof), refused(ControlRefusal::Proof(1)));
    }
    for length in [0, 32, 63, 65, 96] {
        assert_eq!(with([&proof.0[..], &[0; 32]].concat()[..length].to_vec()), refused(ControlRefusal::Proof(1)));
    }
    assert_eq!(with(vec![0; 64]), refused(ControlRefusal::Proof(1)));
}

#[test]
fn row_27_a_bad_share_is_named_and_does_not_block_the_tally() {
    let (world, other) = (tiny_world(1), tiny_world(2));
    let mut log = open(&world);
    log.vote(0, "1");
    log.vote(1, "0");
    close(&mut log);
    let mut foreign = open(&other);
    foreign.vote(0, "1");
    close(&mut foreign);
    let good = share(&log, 1);
    let Act::Share { values, proof, .. } = good.clone() else { panic!() };
    let Act::Share { values: seconds, proof: second_proof, .. } = share(&log, 2) else { panic!() };
    let Act::Rehearsal { proof: rehearsed, .. } = rehearsal(&world, 1) else { panic!() };
    let other_proof = |bit: usize| {
        let mut proof = proof.clone();
        proof.0[bit / 8] ^= 1 << (bit % 8);
        proof
    };
    let make = |values: &Blob, proof: &Blob| Act::Share { trustee: 1, values: values.clone(), proof: proof.clone() };
    let bad = [
        ("another value", make(&seconds, &proof)),
        ("a challenge's bit", make(&values, &other_proof(0))),
        ("an answer's bit", make(&values, &other_proof(300))),
        ("an answer that is no scalar", make(&values, &Blob(vec![0xff; 64]))),
        ("another trustee's", make(&seconds, &second_proof)),
        ("another election's", share(&foreign, 1)),
        ("a rehearsal", make(&values, &rehearsed)),
        ("a proof with an answer too many", make(&values, &Blob([&proof.0[..], &proof.0[32..]].concat()))),
        ("a challenge alone", make(&values, &Blob(proof.0[..32].to_vec()))),
        ("nothing", make(&Blob(Vec::new()), &proof)),
        ("half a point", make(&Blob(values.0[..16].to_vec()), &proof)),
        ("too much", make(&Blob([&values.0[..], &values.0[..]].concat()), &proof)),
        ("the identity", make(&Blob(vec![0; 32]), &proof)),
        ("no point", make(&Blob(vec![0xff; 32]), &proof)),
    ];
    for (what, act) in bad {
        assert_eq!(offer(&log, act), refused(ControlRefusal::Proof(1)), "{what}");
    }
    for (trustee, name) in [(0, 0), (4, 4), (u32::MAX, u32::MAX)] {
        let act = Act::Share { trustee, values: values.clone(), proof: proof.clone() };
        let entry = log.board.link();
        // Nobody has a key for such a number: the board cannot even be asked.
        let bytes = veche_election::ControlEntry::sign(
            world.election.id(),
            entry,
            NOW,
            Signatory::Trustee,
            act,
            &world.trustees[0].signing_key(),
        );
        let refused = CheckedControl::check(&bytes, &world.election).unwrap_err();
        assert!(matches!(refused, EntryError::Trustee), "trustee {name}");
    }
    // Two others suffice; and the first may still come before the result.
    let mut without = log.clone();
    for trustee in [2, 3] {
        let act = share(&without, trustee);
        without.act(act);
    }
    let expected = without.board.result().unwrap();
    without.act(good);
    assert_eq!(without.board.result().unwrap(), expected);
    assert_eq!(without.board.shares().collect::<Vec<_>>(), [1, 2, 3]);
}

/// A share is bound to the entry that published the sum, not only to its numbers.
#[test]
fn row_28_a_share_of_one_fork_opens_nothing_on_another() {
    let world = tiny_world(1);
    let mut first = open(&world);
    first.vote(0, "1");
    let mut second = first.clone();
    first.act(Act::Closing);
    let act = sum(&first);
    second.act(Act::Closing);
    first.act(act.clone());
    second.offer_act(NOW + 1, Signatory::Board, act).unwrap();
    assert!(first.board.tally().sum() == second.board.tally().sum());
    assert_eq!(offer(&second, share(&first, 1)), refused(ControlRefusal::Proof(1)));
}

/// Every way in which false witnesses and trustees could have two logs opened, counted out.
#[test]
fn row_46_the_code_need_not_be_compared_exactly_where_no_two_logs_can_both_be_opened() {
    use veche_election::{
        checkpoint::{Witness, WitnessPlan},
        record::excludes_two_openings,
    };
    // The honest stand behind one log each, the false behind both; each log needs so many.
    let both = |all: u32, needed: u32, false_ones: u32| {
        let honest = all - false_ones;
        (0..=honest).any(|first| first + false_ones >= needed && honest - first + false_ones >= needed)
    };
    let witness =
        |i: u32| Witness::new(&format!("w{i}"), veche_election::SigningKey::from_seed(&[i as u8; 32]).public());
    for (all, quorum) in (1..=7).flat_map(|all| (all / 2 + 1..=all).map(move |quorum| (all, quorum))) {
        let plan = WitnessPlan { quorum, keys: (0..all).map(|i| witness(i).unwrap()).collect() };
        for (count, threshold) in (1..=5).flat_map(|count| (1..=count).map(move |threshold| (count, threshold))) {
            let possible = (0..=1.max(all - quorum).min(all)).any(|witnesses| {
                (0..threshold).any(|trustees| both(all, quorum, witnesses) && both(count, threshold, trustees))
            });
            let excluded = excludes_two_openings(&plan, TrusteePlan { count, threshold });
            assert_eq!(excluded, !possible, "{quorum} of {all} witnesses, {threshold} of {count} trustees");
        }
    }
    // Two of three witnesses and two of three trustees: one false of each suffices.
    let plan = |quorum, all| WitnessPlan { quorum, keys: (0..all).map(|i| witness(i).unwrap()).collect() };
    let trustees = |threshold| TrusteePlan { count: 3, threshold };
    assert!(!excludes_two_openings(&plan(2, 3), trustees(2)) && excludes_two_openings(&plan(2, 3), trustees(3)));
    assert!(excludes_two_openings(&plan(3, 4), trustees(2)) && !excludes_two_openings(&plan(1, 1), trustees(2)));
}

/// The roll has three of each weight; of those who voted one has weight 2.
#[test]
fn row_48_rare_weights_are_those_of_the_voters_who_voted() {
    use veche_election::credential::rare_weights;
    let world = World::from(world::World::new(&[1, 1, 1, 2, 2, 2], |draft| {
        make_secret(draft);
        draft.contests = vec![world::contest(&["0", "1"], 1)];
    }));
    let mut log = open(&world);
    let listed = world.credentials.lines().iter().map(|(_, weight)| *weight);
    assert_eq!(rare_weights(listed), []);
    (0..4).for_each(|voter| _ = log.vote(voter, "1"));
    log.vote(3, "0");
    assert_eq!(rare_weights(log.board.voted_weights()), [(2, 1)]);
    log.vote(4, "1");
    log.vote(5, "1");
    assert_eq!(rare_weights(log.board.voted_weights()), []);
    // Where all who voted weigh the same, none stands out.
    let mut equal = open(&world);
    equal.vote(4, "1");
    assert_eq!(rare_weights(equal.board.voted_weights()), []);
}

#[test]
fn row_29_only_the_sum_of_the_counting_ballots_is_taken() {
    let world = secret_world(|draft| draft.contests = vec![world::contest(&["0", "1"], 2)]);
    let mut log = open(&world);
    log.vote(0, "10");
    log.vote(2, "01");
    log.act(Act::Closing);
    let Act::Sum { ballots, weight, cells } = sum(&log) else { panic!() };
    // R of two rows, C of twice two options.
    assert_eq!((ballots, weight, cells.0.len()), (2, 3, 6 * 32));
    let with = |ballots, weight, cells: Vec<u8>| Act::Sum { ballots, weight, cells: Blob(cells) };
    let all = cells.0.clone();
    let swapped = [&all[..64], &all[96..128], &all[64..96], &all[128..]].concat();
    let points = group::points(&all).unwrap();
    let negative = group::encode_points(&[&[-points[0]], &points[1..]].concat());
    // R of one voter's ballot beside C of all: what the trustees would open of it is the difference.
    let first = cells_and_proof(&log.entries[5]).0;
    let (mixed, reverse) = ([&first[..64], &all[64..]].concat(), [&all[..64], &first[64..]].concat());
    for (what, act) in [
        ("another number", with(3, weight, all.clone())),
        ("another weight", with(ballots, 2, all.clone())),
        ("both", with(0, 0, all.clone())),
        ("cells exchanged", with(ballots, weight, swapped)),
        ("a cell missing", with(ballots, weight, all[..160].to_vec())),
        ("a cell more", with(ballots, weight, [&all[..], &all[..32]].concat())),
        ("no cells", with(ballots, weight, Vec::new())),
        ("a negative point", with(ballots, weight, negative)),
        ("randomness of one ballot, bits of all", with(ballots, weight, mixed)),
        ("bits of one ballot, randomness of all", with(ballots, weight, reverse)),
        ("zeros", with(ballots, weight, vec![0; all.len()])),
        ("the ballot of one voter", with(1, 1, cells_and_proof(&log.entries[5]).0)),
        ("... as if it were all", with(ballots, weight, cells_and_proof(&log.entries[5]).0)),
    ] {
        assert_eq!(offer(&log, act), refused(ControlRefusal::Sum), "{what}");
    }
    let act = with(ballots, weight, all.clone());
    assert_eq!(log.clone().offer_act(NOW, Signatory::Organiser, act), refused(ControlRefusal::Signatory));
    log.act(with(ballots, weight, all));
}

#[test]
fn row_29_numbers_that_no_ballots_add_up_to_are_no_histogram() {
    let contests = [world::contest(&["0", "1"], 2)];
    let histograms = |numbers: &[u64]| secret::histograms(&contests, numbers, 5);
    let good = histograms(&[1, 2, 0, 5]).unwrap();
    assert_eq!((good[0][0].levels.clone(), good[0][0].blank), (vec![1, 2], 2));
    assert_eq!((good[0][1].levels.clone(), good[0][1].blank), (vec![0, 5], 0));
    for bad in
        [&[6, 0, 0, 0][..], &[3, 3, 0, 0], &[0, 0, 5, 1], &[u64::MAX, 1, 0, 0], &[1, 2, 0], &[1, 2, 0, 5, 0], &[]]
    {
        assert!(histograms(bad).is_none(), "{bad:?}");
    }
}
