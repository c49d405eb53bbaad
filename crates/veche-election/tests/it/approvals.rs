//! Bounded approvals, in open and secret elections: at least so many candidates, at most so many.

use veche_election::{
    Act, Approvals, CheckedBallot, Contest, Draft, Election, MarksError, PreparedBallot, canonical,
    entry::{EntryError, Position},
    manifest::{Better, Manifest},
    record::verify,
    secret::histograms,
};

use crate::{
    fixture::{Log, WEIGHTS, World, contest, text},
    secret::{self, secret_world},
    world,
};

fn committee(candidates: &[&str], least: u32, most: u32) -> Contest {
    Contest { approvals: Some(Approvals { least, most }), ..contest(candidates, &["0", "1"], false) }
}

/// One or two of four, beside a contest of another kind.
fn contests(draft: &mut Draft) {
    draft.contests = vec![contest(&["X", "Y"], &["1", "2", "3"], true), committee(&["A", "B", "C", "D"], 1, 2)];
}

const BEYOND: [(&str, usize); 3] = [("0000", 0), ("1110", 3), ("1111", 4)];

#[test]
fn approvals_beyond_the_bounds_are_refused_in_open_and_secret_elections() {
    let (open, secret) = (World::with(contests), secret_world(contests));
    for (marks, chosen) in BEYOND {
        let expected = MarksError::Approvals { least: 1, most: 2, chosen };
        // The pen of an open ballot writes what it is given; the server judges.
        let ballot = world::World::ballot(&open, &open.key(0), Position::FIRST, &["12", marks]);
        assert!(matches!(open.refusal(&ballot), EntryError::Marks(error) if error == expected), "{marks}");
        // Of a secret ballot nobody can judge the marks, so it is not made.
        let marks = vec!["12".into(), marks.to_owned()];
        let made = PreparedBallot::new(&secret.election, secret.key(0).public(), Position::FIRST, marks, &[1; 32]);
        assert_eq!(made.err(), Some(expected));
    }
    for marks in ["1000", "0001", "0110", "1001"] {
        for world in [&open, &secret] {
            let ballot = world::World::ballot(world, &world.key(0), Position::FIRST, &["*3", marks]);
            CheckedBallot::check(&ballot, &world.election, &WEIGHTS).unwrap();
        }
    }
}

#[test]
fn a_secret_election_with_bounds_counts_as_the_open_one_and_its_record_passes() {
    let (plain, hidden) = (World::with(contests), secret_world(contests));
    let (mut open, mut secret) = (Log::open(&plain), secret::open(&hidden));
    for (voter, marks) in [(0, ["12", "1100"]), (1, ["*3", "0001"]), (2, ["31", "0110"]), (0, ["**", "0101"])] {
        for log in [&mut open, &mut secret] {
            let ballot = world::World::ballot(log.world, &log.world.key(voter), log.position(voter), &marks);
            log.offer(&ballot).unwrap();
        }
    }
    open.finish();
    secret::close(&mut secret);
    for trustee in [2, 3] {
        let act = secret::share(&secret, trustee);
        secret.act(act);
    }
    let act = secret::result(&secret);
    secret.act(act);
    let result = |log: &Log<'_>| text(&log.board.result().unwrap().to_bytes());
    let other_id = result(&open).replacen(&plain.election.id().to_string(), &hidden.election.id().to_string(), 1);
    assert_eq!(result(&secret), other_id);
    for log in [open, secret] {
        verify(&log.record(), &WEIGHTS, &mut |_, _| ()).unwrap();
    }
}

#[test]
fn an_election_without_ballots_keeps_its_bounds() {
    let world = secret_world(contests);
    let mut log = secret::open(&world);
    secret::close(&mut log);
    for trustee in [1, 2] {
        let act = secret::share(&log, trustee);
        log.act(act);
    }
    log.act(Act::Result { hash: log.board.result().unwrap().hash() });
}

/// After the opening each bounded contest's approvals lie in what so much weight of ballots can give.
#[test]
fn row_29_opened_approvals_that_no_ballots_add_up_to_are_no_histogram() {
    let contests = [committee(&["A", "B", "C"], 1, 2)];
    // Refusals of three candidates by ballots of weight 5: 15 less 5 to 10 approvals.
    let opened = |refusals: [u64; 3]| histograms(&contests, &refusals, 5).is_some();
    for good in [[5, 5, 0], [5, 0, 0], [3, 3, 4], [2, 2, 1]] {
        assert!(opened(good), "{good:?}");
    }
    for bad in [[5, 5, 1], [5, 5, 5], [4, 0, 0], [0, 0, 0]] {
        assert!(!opened(bad), "{bad:?}");
    }
}

#[test]
fn bounds_that_cannot_be_are_no_manifest() {
    let world = World::with(contests);
    let parse = |change: &dyn Fn(&mut Contest)| {
        let mut manifest: Manifest = canonical::parse(world.election.bytes()).unwrap();
        change(&mut manifest.draft.contests[1]);
        Election::parse(&canonical::write(&manifest)).map(|_| ()).map_err(|error| error.to_string())
    };
    let bounds = |least, most| parse(&move |contest| contest.approvals = Some(Approvals { least, most }));
    for (least, most) in [(0, 1), (0, 3), (1, 1), (1, 4), (4, 4), (3, 4)] {
        assert_eq!(bounds(least, most), Ok(()), "{least}..{most}");
    }
    let refused = |answer: Result<(), String>| {
        let error = answer.expect_err("such bounds were accepted");
        assert!(error.contains("approvals"), "{error}");
    };
    for (least, most) in [(0, 0), (0, 4), (2, 1), (1, 5), (5, 5), (0, u32::MAX)] {
        refused(bounds(least, most));
    }
    refused(parse(&|contest| contest.blank = true));
    refused(parse(&|contest| contest.better = Better::Lower));
    refused(parse(&|contest| contest.levels = vec!["1".into(), "2".into()]));
    refused(parse(&|contest| contest.levels = ["0", "1", "2"].map(String::from).to_vec()));
    refused(parse(&|contest| contest.kind = veche_election::ContestKind::Single));
    // Left out, and never null.
    let text = text(world.election.bytes());
    let null = text.replacen(r#""approvals":{"least":1,"most":2}"#, r#""approvals":null"#, 1);
    assert_ne!(text, null);
    assert!(Election::parse(null.as_bytes()).is_err());
}

/// The bounds are part of what a proof is bound to: the election id names them, and the proof's context too.
#[test]
fn a_ballot_made_under_other_bounds_is_refused() {
    let world = secret_world(contests);
    let other = secret_world(|draft| {
        contests(draft);
        draft.contests[1].approvals = Some(Approvals { least: 1, most: 3 });
    });
    let ballot = world::World::ballot(&other, &other.key(0), Position::FIRST, &["12", "1000"]);
    assert!(matches!(world.refusal(&ballot), EntryError::Election));
}
