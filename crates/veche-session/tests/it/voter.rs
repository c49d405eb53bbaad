//! What the voter's side believes of an answer: nothing that is not tied to this session, this direction and this place
//! in it (`docs/spec/session.md` section 5).

use veche_election::{Hash, Receipt, Refusal, entry::SEQ_MAX};
use veche_session::{
    Code, VoterSession,
    envelope::{self, Signer},
    last::{Last, LeafReceipt, Shown},
    message::{Direction, Down, DownKind, Padded},
    sealed::{EnvelopeError, OkKey},
    server::Verdict,
    voter::{Input, Outcome, Violation, Why},
};
use zeroize::Zeroizing;

use crate::fixture::{PEOPLE, Person, SERVER, VoterLog, at_the_ballot, entry, folder, receipt, serve, vote};

const MARKS: &str = "45432*3";

fn who() -> &'static Person {
    &PEOPLE[0]
}

/// A voter who awaits an answer, and the server's true one.
fn at_the_answer(verdict: &Verdict) -> (VoterSession, Down) {
    let (mut server, voter, frame) = at_the_ballot(who(), 1, MARKS);
    let frame = serve(&mut server, &frame, &mut |_| verdict.clone()).unwrap().sent.remove(0);
    let signer = Signer::Known(&SERVER.election.keys().server_sig);
    let opened = envelope::open(&frame, &who().reply, signer, SERVER.election.session().down_bytes).unwrap();
    (voter, opened.message().unwrap())
}

fn hear(voter: &mut VoterSession, payload: &[u8]) -> Result<VoterLog, Violation> {
    let frame = envelope::seal(payload, &SERVER.sig, false, who().reply.public()).unwrap();
    vote(voter, who(), Input::Frame(&frame), &mut || Some(entry(who(), MARKS)))
}

/// The server's own answer, changed, and sealed with its own key.
fn heard(verdict: &Verdict, change: impl FnOnce(&mut Down)) -> Result<VoterLog, Violation> {
    let (mut voter, mut message) = at_the_answer(verdict);
    change(&mut message);
    hear(&mut voter, &message.to_payload(SERVER.election.session().down_bytes).unwrap())
}

fn yes() -> Verdict {
    Verdict::Recorded { receipt: mine(), current: true }
}

fn stale(last: Option<Receipt>) -> Verdict {
    Verdict::Refused { refusal: Refusal::Stale { last: last.as_ref().map(|last| last.index) }, last }
}

fn mine() -> Receipt {
    receipt(&entry(who(), MARKS))
}

/// As it is told of while the election is open.
fn last() -> Last {
    Last::new(mine(), Shown::Leaf).unwrap()
}

#[test]
fn the_answers_themselves_are_believed() {
    let log = heard(&yes(), |_| ()).unwrap();
    assert!(matches!(log.outcome, Some(Outcome::Recorded { current: true, .. })));
    for last in [None, Some(mine())] {
        let log = heard(&stale(last.clone()), |_| ()).unwrap();
        let [Why::Refused(refused)] = log.needs.as_slice() else { panic!("{log:?}") };
        assert_eq!((refused.code, refused.left, refused.last.is_some()), (Code::Stale, 2, last.is_some()));
    }
}

#[test]
fn every_field_that_ties_an_answer_to_its_session_is_checked() {
    type Change = fn(&mut Down);
    let changes: [(&str, Change); 9] = [
        ("v", |m| m.v = "veche-msg-1".into()),
        ("election", |m| m.election = Hash::ZERO),
        ("folder", |m| m.folder = folder(2)),
        ("number", |m| m.number = PEOPLE[1].number),
        ("dir", |m| m.dir = Direction::Up),
        ("n", |m| m.n = 2),
        ("to", |m| m.to = SERVER.election.keys().server_enc.thumbprint()),
        ("re", |m| m.re = Some(Hash::ZERO)),
        ("re", |m| m.re = None),
    ];
    for (field, change) in changes {
        for verdict in [yes(), stale(None)] {
            let refused = heard(&verdict, change).unwrap_err();
            assert!(matches!(refused, Violation::Field(named) if named == field), "{field}: {refused}");
        }
    }
}

#[test]
fn an_answer_of_another_length_or_form_is_refused() {
    let down = SERVER.election.session().down_bytes;
    let said = |make: &dyn Fn(Down) -> Zeroizing<Vec<u8>>| {
        let (mut voter, message) = at_the_answer(&yes());
        hear(&mut voter, &make(message)).unwrap_err()
    };
    for bytes in [down - 1, down + 1] {
        assert!(matches!(said(&|m| m.to_payload(bytes).unwrap()), Violation::Field("length")));
    }
    let text = |m: Down| String::from_utf8(m.to_payload(down - 1).unwrap().to_vec()).unwrap();
    for (what, from, to) in [("white space", ",", ", "), ("an unknown member", "{\"v\"", "{\"x\":1,\"v\"")] {
        let refused = said(&|m| text(m).replacen(from, to, 1).into_bytes().into());
        assert!(matches!(refused, Violation::Envelope(EnvelopeError::Form)), "{what}: {refused}");
    }
}

#[test]
fn a_yes_says_nothing_of_a_no_and_a_no_nothing_of_a_yes() {
    type Change = fn(&mut Down);
    let of_a_yes: [(&str, Change); 9] = [
        ("no key for the ok", |m| m.key = None),
        ("a code alone", |m| m.code = Some(Code::Stale)),
        ("attempts left alone", |m| m.left = Some(2)),
        ("no receipt", |m| m.receipt = None),
        ("no word whether it counts", |m| m.current = None),
        ("a code", |m| (m.code, m.left) = (Some(Code::Stale), Some(2))),
        ("another's last entry", |m| m.last = Some(last())),
        ("called «нет»", |m| m.kind = DownKind::No),
        ("called «нет», with what belongs to it", |m| {
            (m.kind, m.code, m.left) = (DownKind::No, Some(Code::Stale), Some(2));
        }),
    ];
    for (what, change) in of_a_yes {
        let refused = heard(&yes(), change).unwrap_err();
        assert!(matches!(refused, Violation::Field("type")), "{what}: {refused}");
    }
    let of_a_no: [(&str, Change); 6] = [
        ("a key for an ok", |m| m.key = Some(OkKey::new([7; 32]))),
        ("no code", |m| m.code = None),
        ("no attempts left to tell", |m| m.left = None),
        ("a receipt", |m| m.receipt = Some(mine())),
        ("whether it counts", |m| m.current = Some(true)),
        ("called «да»", |m| m.kind = DownKind::Yes),
    ];
    for (what, change) in of_a_no {
        let refused = heard(&stale(None), change).unwrap_err();
        assert!(matches!(refused, Violation::Field("type")), "{what}: {refused}");
    }
}

#[test]
fn the_last_entry_comes_with_stale_or_already_voted_and_with_nothing_else() {
    let said = |code, last: Option<Last>| heard(&stale(None), |m| (m.code, m.last) = (Some(code), last));
    let others = [
        Code::NotAuthorised,
        Code::BadEntry,
        Code::BadMarks,
        Code::BadProof,
        Code::BadSignature,
        Code::NotOpen,
        Code::Closed,
        Code::Busy,
    ];
    for code in others {
        assert!(said(code, None).is_ok(), "{code:?}");
        assert!(matches!(said(code, Some(last())), Err(Violation::Field("type"))), "{code:?} with a last entry");
    }
    // Whose place was struck may have voted or not.
    assert!(said(Code::Struck, None).is_ok() && said(Code::Struck, Some(last())).is_ok());
    assert!(said(Code::AlreadyVoted, Some(last())).is_ok());
    assert!(matches!(said(Code::AlreadyVoted, None), Err(Violation::Field("type"))), "which vote was the first?");
    let Last::Leaf(leaf) = last() else { panic!("an open election shows no entry") };
    let forgeries = [
        LeafReceipt { index: 1, ..leaf.clone() },
        LeafReceipt { leaf: Hash::ZERO, ..leaf.clone() },
        LeafReceipt { seq: 0, ..leaf.clone() },
        LeafReceipt { seq: SEQ_MAX + 1, ..leaf.clone() },
        LeafReceipt { proof: vec![Hash::ZERO], ..leaf.clone() },
        LeafReceipt { checkpoint: leaf.checkpoint.replace("\n1\n", "\n2\n"), ..leaf },
    ];
    for code in [Code::Stale, Code::AlreadyVoted, Code::Struck] {
        for forged in &forgeries {
            let heard = said(code, Some(Last::Leaf(forged.clone())));
            assert!(matches!(heard, Err(Violation::Receipt(_))), "{code:?}: a last entry unproven, {forged:?}");
        }
        let whole = said(code, Some(Last::Whole(mine())));
        assert!(matches!(whole, Err(Violation::Field("last"))), "{code:?} shows marks before the closing");
    }
}

#[test]
fn attempts_only_ever_become_fewer() {
    let most = SERVER.election.draft().attempts_max;
    for left in [most, most + 1, u32::MAX] {
        let refused = heard(&stale(None), |m| m.left = Some(left)).unwrap_err();
        assert!(matches!(refused, Violation::Field("type")), "{left} of {most}");
    }
    // The second «нет» is no less bound than the first.
    let (mut server, mut voter, frame) = at_the_ballot(who(), 1, MARKS);
    let first = serve(&mut server, &frame, &mut |_| stale(None)).unwrap().sent.remove(0);
    let frame =
        vote(&mut voter, who(), Input::Frame(&first), &mut || Some(entry(who(), MARKS))).unwrap().sent.remove(0);
    let second = serve(&mut server, &frame, &mut |_| stale(None)).unwrap().sent.remove(0);
    let signer = Signer::Known(&SERVER.election.keys().server_sig);
    let down = SERVER.election.session().down_bytes;
    let mut message: Down = envelope::open(&second, &who().reply, signer, down).unwrap().message().unwrap();
    assert_eq!(message.left, Some(most - 2));
    message.left = Some(most - 1);
    let refused = hear(&mut voter, &message.to_payload(down).unwrap()).unwrap_err();
    assert!(matches!(refused, Violation::Field("type")), "as many as before");
}

#[test]
fn with_no_attempts_left_the_session_is_over() {
    let log = heard(&stale(None), |m| m.left = Some(0)).unwrap();
    assert!(matches!(log.outcome, Some(Outcome::Refused(ref refused)) if refused.left == 0));
    assert!(log.needs.is_empty(), "nobody is asked for another ballot");
}
