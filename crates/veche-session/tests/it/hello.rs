//! The hello: a question before the session with the ballot, which records nothing, keeps no place, and shows no marks.

use veche_election::{
    BallotEntry, Checkpoint, Draft, Hash, LogTree, Phase, Receipt, Refusal, VoterNumber,
    entry::{Position, SEQ_MAX},
    log::{PROOF_MAX_HASHES, origin},
    manifest::{CONTESTS_MAX, TIME_MAX, TOTAL_WEIGHT_MAX},
};
use veche_session::{
    Code, ServerSession, VoterSession,
    envelope::{self, Signer},
    last::{Last, Shown},
    message::{Down, DownKind, NO, Padded, Standing, Up, UpKind},
    sealed::OkKey,
    server::{self, Found, Lookup, Note, Outcome, Verdict, Violation},
    voter::{self, Greeting, Input},
};

use crate::fixture::{
    LOOKUP, PEOPLE, Person, SERVER, VoterLog, at_the_ballot, draft, entry, folder, found, receipt, serve, vote,
    voter_of,
};

fn who() -> &'static Person {
    &PEOPLE[0]
}

fn undecided(_: &str) -> Verdict {
    panic!("a hello decides nothing")
}

fn knows(lookup: Lookup) {
    LOOKUP.with(|known| *known.borrow_mut() = lookup);
}

fn in_phase(phase: Phase, last: Option<Receipt>) -> Lookup {
    Lookup::Found(Box::new(Found { phase, last, ..found() }))
}

/// A server that has given out its folder, and the voter's hello for it.
fn at_the_hello(who: &Person, seed: u8) -> (ServerSession, VoterSession, String) {
    let mut server = ServerSession::new(SERVER.election.clone(), folder(seed));
    let mut voter = VoterSession::hello(SERVER.election.clone(), voter_of(who));
    let number = vote(&mut voter, who, Input::Start, &mut || None).unwrap().sent.remove(0);
    let name = serve(&mut server, &number, &mut undecided).unwrap().sent.remove(0);
    let log = vote(&mut voter, who, Input::Frame(&name), &mut || panic!("no ballot is asked for")).unwrap();
    (server, voter, log.sent[0].clone())
}

/// The server's answer as its voter hears it.
fn greeted(lookup: Lookup) -> (server::Outcome, Result<VoterLog, voter::Violation>) {
    knows(lookup);
    let (mut server, mut voter, hello) = at_the_hello(who(), 1);
    let log = serve(&mut server, &hello, &mut undecided).unwrap();
    let heard = vote(&mut voter, who(), Input::Frame(&log.sent[0]), &mut || panic!("no ballot is asked for"));
    (log.outcome.unwrap(), heard)
}

fn greeting(lookup: Lookup) -> Greeting {
    let (outcome, heard) = greeted(lookup);
    let heard = heard.unwrap();
    let Some(voter::Outcome::Greeted(greeting)) = heard.outcome else { panic!("{heard:?}") };
    assert_eq!(outcome, Outcome::Greeted);
    assert!(heard.sent.is_empty(), "nothing follows the answer");
    *greeting
}

/// The receipt of voter 1's ballot, with a log behind it that has grown on.
fn voted() -> (Receipt, Option<String>) {
    let receipt = receipt(&entry(who(), "45432*3"));
    let mut tree = LogTree::default();
    tree.append(receipt.entry.leaf());
    tree.append(Hash([2; 32]));
    let now = Checkpoint { origin: origin(SERVER.election.id()), size: 2, root: tree.root() };
    (receipt, Some(now.sign(&SERVER.board)))
}

#[test]
fn a_hello_tells_phase_times_weight_and_the_last_entry_and_ends_the_session() {
    let told = greeting(in_phase(Phase::Open, None));
    assert_eq!((told.phase, told.opens, told.closes, told.weight), (Phase::Open, None, Some(1_795_700_000), 1));
    assert!(told.last.is_none() && told.checkpoint.unwrap().size == 1);
    let (last, checkpoint) = voted();
    let leaf = last.entry.leaf();
    let told = greeting(Lookup::Found(Box::new(Found { last: Some(last), checkpoint, weight: 3, ..found() })));
    let last = told.last.unwrap();
    assert_eq!((last.seq(), last.leaf(), last.index(), told.weight), (1, leaf, 0, 3));
    assert_eq!((last.next().seq, last.next().prev), (2, leaf));
    assert_eq!((last.checkpoint().size, told.checkpoint.unwrap().size), (1, 2));
    let empty = Lookup::Found(Box::new(Found { phase: Phase::New, checkpoint: None, ..found() }));
    assert!(greeting(empty).checkpoint.is_none(), "of a log that has no entry");
}

/// Row 78: nobody polls marks of an open election, neither with hello nor with a ballot out of order.
#[test]
fn row_78_before_the_closing_of_an_open_election_no_answer_shows_an_entry() {
    let (last, checkpoint) = voted();
    let payload_of = |frame: &str| {
        let signer = Signer::Known(&SERVER.election.keys().server_sig);
        let opened = envelope::open(frame, &who().reply, signer, SERVER.election.session().down_bytes).unwrap();
        String::from_utf8(opened.payload.to_vec()).unwrap()
    };
    let all = [
        (Phase::Setup, false),
        (Phase::Open, false),
        (Phase::Paused, false),
        (Phase::Cancelled, false),
        (Phase::Closed, true),
        (Phase::Finished, true),
    ];
    for (phase, shows) in all {
        let (checkpoint, last) = (checkpoint.clone(), Some(last.clone()));
        knows(Lookup::Found(Box::new(Found { phase, last, checkpoint, ..found() })));
        let (mut server, _, hello) = at_the_hello(who(), 1);
        let said = payload_of(&serve(&mut server, &hello, &mut undecided).unwrap().sent[0]);
        assert_eq!(said.contains("45432*3"), shows, "{phase:?}");
        assert!(said.contains("\"index\":0") && said.contains("\"leaf\"") != shows, "{phase:?}");
    }
    let refusals = [Refusal::Stale { last: Some(0) }, Refusal::AlreadyVoted { last: 0 }];
    for refusal in refusals {
        let (mut server, _, frame) = at_the_ballot(who(), 1, "1111111");
        let verdict = Verdict::Refused { refusal, last: Some(last.clone()) };
        let said = payload_of(&serve(&mut server, &frame, &mut |_| verdict.clone()).unwrap().sent[0]);
        assert!(said.contains("\"leaf\"") && !said.contains("45432*3"), "{refusal:?}: {said}");
    }
}

fn open_up(frame: &str) -> Up {
    let opened = envelope::open(frame, &SERVER.enc, Signer::Embedded, SERVER.election.session().up_bytes).unwrap();
    opened.message().unwrap()
}

fn forge(who: &Person, message: Up) -> String {
    let payload = message.to_payload(SERVER.election.session().up_bytes).unwrap();
    envelope::seal(&payload, &who.sig, true, &SERVER.election.keys().server_enc).unwrap()
}

/// Says the voter's own hello, changed.
fn said(change: impl FnOnce(&mut Up)) -> Result<crate::fixture::ServerLog, Violation> {
    knows(in_phase(Phase::Open, None));
    let (mut server, _, hello) = at_the_hello(who(), 1);
    let mut message = open_up(&hello);
    change(&mut message);
    serve(&mut server, &forge(who(), message), &mut undecided)
}

#[test]
fn a_hello_without_auth_or_with_an_entry_breaks_the_session() {
    assert!(said(|_| ()).is_ok());
    let parts = Violation::Field("reply, auth or entry");
    assert_eq!(said(|m| m.auth = None).unwrap_err(), parts);
    assert_eq!(said(|m| m.reply = None).unwrap_err(), parts);
    assert_eq!(said(|m| m.entry = Some(entry(who(), "45432*3").into())).unwrap_err(), parts);
    assert_eq!(said(|m| m.kind = UpKind::Ballot).unwrap_err(), parts, "a ballot without an entry");
    assert_eq!(said(|m| m.kind = UpKind::Ok).unwrap_err(), Violation::Field("type"));
    assert_eq!(said(|m| m.n = 2).unwrap_err(), Violation::Field("n"));
    assert_eq!(said(|m| m.reply = Some(who().sig.public().clone())).unwrap_err(), Violation::Field("reply"));
}

/// Row 17 for hello: a stranger, another voter's card, an old card: one answer, which says nothing of the log.
#[test]
fn row_17_a_hello_with_a_wrong_card_hears_not_authorised_and_the_log_is_not_asked() {
    let other = open_up(&at_the_hello(&PEOPLE[1], 1).2);
    let elsewhere = open_up(&at_the_hello(who(), 2).2);
    type Change<'a> = &'a dyn Fn(&mut Up);
    let wrong: [(&str, Change<'_>); 3] = [
        ("a stranger", &|m| m.auth.as_mut().unwrap().0[0] ^= 1),
        ("another voter's card", &|m| m.auth = other.auth),
        ("the same card in another folder", &|m| m.auth = elsewhere.auth),
    ];
    for (what, change) in wrong {
        let log = said(change).unwrap();
        assert_eq!((log.notes.as_slice(), log.looked_up.len()), ([Note::Unproven].as_slice(), 0), "{what}");
        assert_eq!(log.outcome, None, "{what}: another try is left");
    }
    // The card was replaced after the session had begun: in force is what counts now.
    knows(Lookup::NotInForce);
    let (mut server, mut voter, hello) = at_the_hello(who(), 1);
    let log = serve(&mut server, &hello, &mut undecided).unwrap();
    assert_eq!(log.notes, [Note::Greeted, Note::Refused(Code::NotAuthorised)]);
    let heard = vote(&mut voter, who(), Input::Frame(&log.sent[0]), &mut || None).unwrap();
    let Some(voter::Outcome::Refused(refused)) = heard.outcome else { panic!("{heard:?}") };
    assert_eq!((refused.code, refused.left), (Code::NotAuthorised, 2));
}

#[test]
fn after_not_authorised_a_hello_or_a_ballot_may_be_tried_at_an_attempts_cost() {
    knows(in_phase(Phase::Open, None));
    let again = |server: &mut ServerSession, message: &Up, answer: &str, n: u32, right: bool| {
        let mut message = message.clone();
        (message.n, message.re) = (n, Some(veche_session::message::frame_hash(answer)));
        if !right {
            message.auth.as_mut().unwrap().0[0] ^= 1;
        }
        serve(server, &forge(who(), message), &mut |_| Verdict::Busy)
    };
    let (mut server, _, hello) = at_the_hello(who(), 1);
    let hello = open_up(&hello);
    let mut wrong = hello.clone();
    wrong.auth.as_mut().unwrap().0[0] ^= 1;
    let first = serve(&mut server, &forge(who(), wrong.clone()), &mut undecided).unwrap();
    let second = again(&mut server, &hello, &first.sent[0], 2, true).unwrap();
    assert_eq!(second.outcome, Some(Outcome::Greeted));

    let (mut server, _, _) = at_the_hello(who(), 1);
    let mut answer = serve(&mut server, &forge(who(), wrong.clone()), &mut undecided).unwrap();
    for n in 2..=SERVER.election.draft().attempts_max {
        assert_eq!(answer.outcome, None);
        answer = again(&mut server, &hello, &answer.sent[0], n, false).unwrap();
    }
    assert_eq!(answer.outcome, Some(Outcome::Refused(Code::NotAuthorised)), "the attempts are used up");

    let (mut server, _, _) = at_the_hello(who(), 1);
    let first = serve(&mut server, &forge(who(), wrong), &mut undecided).unwrap();
    let ballot = open_up(&at_the_ballot(who(), 1, "45432*3").2);
    let second = again(&mut server, &ballot, &first.sent[0], 2, true).unwrap();
    assert_eq!(second.outcome, Some(Outcome::Refused(Code::Busy)), "a ballot may follow it");
}

/// Row 32 for hello: replayed, repeated, behind a ballot, behind a «да».
#[test]
fn row_32_a_hello_out_of_its_place_breaks_the_session() {
    knows(in_phase(Phase::Open, None));
    let (mut server, mut voter, hello) = at_the_hello(who(), 1);
    let (mut elsewhere, _, _) = at_the_hello(who(), 2);
    assert_eq!(serve(&mut elsewhere, &hello, &mut undecided).unwrap_err(), Violation::Field("folder"), "replayed");
    let answer = serve(&mut server, &hello, &mut undecided).unwrap().sent.remove(0);
    for frame in [&hello, &at_the_ballot(who(), 1, "45432*3").2] {
        assert_eq!(serve(&mut server, frame, &mut undecided).unwrap_err(), Violation::Order, "behind the answer");
    }
    let reflected = vote(&mut voter, who(), Input::Frame(&hello), &mut || None);
    assert!(matches!(reflected, Err(voter::Violation::Envelope(_))));
    let (_, mut other, _) = at_the_hello(who(), 3);
    let replayed = vote(&mut other, who(), Input::Frame(&answer), &mut || None);
    assert!(matches!(replayed, Err(voter::Violation::Field("folder"))));

    // Behind a ballot that was refused, whatever the reason, and where the `ok` is awaited.
    type Judge<'a> = &'a dyn Fn(&str) -> Verdict;
    let behind: [(&str, Judge<'_>); 2] = [
        ("a refused ballot", &|_| Verdict::Refused { refusal: Refusal::Stale { last: None }, last: None }),
        ("a recorded ballot", &|entry| Verdict::Recorded { receipt: receipt(entry), current: true }),
    ];
    for (what, judge) in behind {
        let (mut server, _, ballot) = at_the_ballot(who(), 1, "45432*3");
        let answer = serve(&mut server, &ballot, &mut |entry| judge(entry)).unwrap().sent.remove(0);
        let mut message = open_up(&hello);
        (message.n, message.re) = (2, Some(veche_session::message::frame_hash(&answer)));
        assert!(serve(&mut server, &forge(who(), message), &mut undecided).is_err(), "{what}");
    }
    // A ballot that proved nothing was a ballot all the same.
    let (mut server, _, ballot) = at_the_ballot(who(), 1, "45432*3");
    let mut message = open_up(&ballot);
    message.auth.as_mut().unwrap().0[0] ^= 1;
    let answer = serve(&mut server, &forge(who(), message), &mut undecided).unwrap().sent.remove(0);
    let mut message = open_up(&hello);
    (message.n, message.re) = (2, Some(veche_session::message::frame_hash(&answer)));
    assert_eq!(serve(&mut server, &forge(who(), message), &mut undecided).unwrap_err(), Violation::Field("type"));
}

/// The server's own answer, changed, and sealed with its own key.
fn heard(lookup: Lookup, change: impl FnOnce(&mut Down)) -> Result<VoterLog, voter::Violation> {
    knows(lookup);
    let (mut server, mut voter, hello) = at_the_hello(who(), 1);
    let frame = serve(&mut server, &hello, &mut undecided).unwrap().sent.remove(0);
    let (signer, down) = (Signer::Known(&SERVER.election.keys().server_sig), SERVER.election.session().down_bytes);
    let mut message: Down = envelope::open(&frame, &who().reply, signer, down).unwrap().message().unwrap();
    change(&mut message);
    let frame = envelope::seal(&message.to_payload(down).unwrap(), &SERVER.sig, false, who().reply.public()).unwrap();
    vote(&mut voter, who(), Input::Frame(&frame), &mut || panic!("no ballot is asked for"))
}

fn standing(message: &mut Down) -> &mut Standing {
    message.standing.as_mut().unwrap()
}

#[test]
fn the_answer_to_a_hello_says_nothing_else_and_nothing_else_answers_one() {
    let open = || in_phase(Phase::Open, None);
    assert!(heard(open(), |_| ()).is_ok());
    type Change = fn(&mut Down);
    let changes: [(&str, Change); 8] = [
        ("no standing", |m| m.standing = None),
        ("attempts left", |m| m.left = Some(2)),
        ("a code", |m| (m.code, m.left) = (Some(Code::Busy), Some(0))),
        ("whether it counts", |m| m.current = Some(true)),
        ("a receipt", |m| m.receipt = Some(receipt(&entry(who(), "45432*3")))),
        ("a last entry beside it", |m| m.last = Last::new(receipt(&entry(who(), "45432*3")), Shown::Leaf)),
        ("called «да»", |m| m.kind = DownKind::Yes),
        ("called «нет»", |m| m.kind = DownKind::No),
    ];
    for (what, change) in changes {
        assert!(matches!(heard(open(), change), Err(voter::Violation::Field("type"))), "{what}");
    }
    let no = |code: Code| {
        heard(open(), move |m| {
            (m.kind, m.standing, m.code, m.left) = (DownKind::No, None, Some(code), Some(0));
        })
    };
    for code in [Code::NotAuthorised, Code::Busy] {
        assert!(matches!(no(code).unwrap().outcome, Some(voter::Outcome::Refused(refused)) if refused.code == code));
    }
    for code in [Code::Stale, Code::BadMarks, Code::NotOpen, Code::Closed, Code::BadEntry] {
        assert!(matches!(no(code), Err(voter::Violation::Field("type"))), "{code:?} to a hello");
    }
    // Nor is a ballot answered with it.
    let (mut server, mut voter, ballot) = at_the_ballot(who(), 1, "45432*3");
    let frame = serve(&mut server, &ballot, &mut |_| Verdict::Busy).unwrap().sent.remove(0);
    let (signer, down) = (Signer::Known(&SERVER.election.keys().server_sig), SERVER.election.session().down_bytes);
    let mut message: Down = envelope::open(&frame, &who().reply, signer, down).unwrap().message().unwrap();
    (message.kind, message.code, message.left) = (DownKind::Hello, None, None);
    let Found { phase, closes, weight, checkpoint, .. } = found();
    message.standing = Some(Standing { phase, opens: None, closes, weight, last: None, checkpoint });
    let frame = envelope::seal(&message.to_payload(down).unwrap(), &SERVER.sig, false, who().reply.public()).unwrap();
    let answered = vote(&mut voter, who(), Input::Frame(&frame), &mut || None);
    assert!(matches!(answered, Err(voter::Violation::Field("type"))));
}

#[test]
fn what_is_told_of_the_log_is_believed_with_its_proof_only() {
    let (last, checkpoint) = voted();
    let lookup = || {
        let (last, checkpoint) = (Some(last.clone()), checkpoint.clone());
        Lookup::Found(Box::new(Found { last, checkpoint, ..found() }))
    };
    assert!(heard(lookup(), |_| ()).is_ok());
    let leaf_of = |m: &mut Down| match standing(m).last.take() {
        Some(Last::Leaf(leaf)) => leaf,
        other => panic!("{other:?}"),
    };
    let refused = |change: &dyn Fn(&mut Down)| heard(lookup(), change).unwrap_err();
    let put = |m: &mut Down, change: &dyn Fn(&mut veche_session::last::LeafReceipt)| {
        let mut leaf = leaf_of(m);
        change(&mut leaf);
        standing(m).last = Some(Last::Leaf(leaf));
    };
    assert!(matches!(refused(&|m| put(m, &|leaf| leaf.index = 1)), voter::Violation::Receipt(_)));
    assert!(matches!(refused(&|m| put(m, &|leaf| leaf.leaf = Hash::ZERO)), voter::Violation::Receipt(_)));
    let forged = |m: &mut Down| standing(m).checkpoint = Some(found().checkpoint.unwrap().replace("\n1\n", "\n3\n"));
    assert!(matches!(refused(&forged), voter::Violation::Receipt(_)), "no signature of the board's");
    // The checkpoint of the moment is of the log of the last entry, and not older.
    let fork = |m: &mut Down| standing(m).checkpoint = found().checkpoint;
    assert!(matches!(refused(&fork), voter::Violation::Fork), "another log of the same size");
    let none = |m: &mut Down| standing(m).checkpoint = None;
    assert!(matches!(refused(&none), voter::Violation::Field("checkpoint")));
    let whole = |m: &mut Down| standing(m).last = Some(Last::Whole(last.clone()));
    assert!(matches!(refused(&whole), voter::Violation::Field("last")), "marks before the closing");
    let closed = |m: &mut Down| standing(m).phase = Phase::Closed;
    assert!(matches!(refused(&closed), voter::Violation::Field("last")), "no marks after it");
    assert!(matches!(refused(&|m| standing(m).opens = Some(1)), voter::Violation::Field("opens")));
    assert!(matches!(refused(&|m| standing(m).phase = Phase::New), voter::Violation::Field(_)));
}

/// Row 36: who reads lengths cannot tell a hello from a ballot, nor its answer from another.
#[test]
fn row_36_a_hello_and_its_answer_have_the_length_of_all_others() {
    let (last, checkpoint) = voted();
    knows(Lookup::Found(Box::new(Found { last: Some(last), checkpoint, ..found() })));
    let (mut server, _, hello) = at_the_hello(who(), 1);
    let greeted = serve(&mut server, &hello, &mut undecided).unwrap().sent.remove(0);
    let (mut server, _, ballot) = at_the_ballot(who(), 1, "45432*3");
    let refused = serve(&mut server, &ballot, &mut |_| Verdict::Busy).unwrap().sent.remove(0);
    assert_eq!((hello.len(), greeted.len()), (ballot.len(), refused.len()));
}

/// Row 76: who was struck hears so, to a hello and to a ballot, with the last entry if there is one; and never its marks.
#[test]
fn row_76_a_struck_voter_hears_so_with_the_last_entry_and_without_its_marks() {
    for last in [None, Some(voted().0)] {
        let (outcome, heard) = greeted(Lookup::Struck(last.clone()));
        assert_eq!(outcome, Outcome::Refused(Code::Struck));
        let (mut server, mut voter, ballot) = at_the_ballot(who(), 1, "45432*3");
        let refusal = Refusal::Struck { last: last.as_ref().map(|last| last.index) };
        let verdict = |_: &str| Verdict::Refused { refusal, last: last.clone() };
        let frame = serve(&mut server, &ballot, &mut { verdict }).unwrap().sent.remove(0);
        let to_ballot = vote(&mut voter, who(), Input::Frame(&frame), &mut || panic!("no other ballot is asked for"));
        for heard in [heard.unwrap(), to_ballot.unwrap()] {
            let Some(voter::Outcome::Refused(refused)) = heard.outcome else { panic!("{heard:?}") };
            assert_eq!((refused.code, refused.left), (Code::Struck, 0));
            assert_eq!(refused.last.as_ref().map(|last| last.index()), last.as_ref().map(|last| last.index));
            assert!(
                refused.last.is_none_or(|last| last.ballot().is_none()),
                "it tells where it stands, not what it says"
            );
        }
    }
    // The entry itself, and a last entry with another reason, are no answers to a hello.
    let receipt = voted().0;
    let no = |code: Code, last: Last| {
        heard(Lookup::Struck(Some(receipt.clone())), |m| (m.code, m.last) = (Some(code), Some(last)))
    };
    let leaf = || Last::new(receipt.clone(), Shown::Leaf).unwrap();
    assert!(no(Code::Struck, leaf()).is_ok());
    assert!(matches!(no(Code::Struck, Last::Whole(receipt.clone())), Err(voter::Violation::Field("last"))));
    assert!(matches!(no(Code::Busy, leaf()), Err(voter::Violation::Field("type"))));
}

#[test]
fn a_number_that_is_not_on_the_roll_hears_no_before_any_hello() {
    let mut voter = VoterSession::hello(SERVER.election.clone(), voter_of(who()));
    vote(&mut voter, who(), Input::Start, &mut || None).unwrap();
    let log = vote(&mut voter, who(), Input::Frame(NO), &mut || None).unwrap();
    assert!(matches!(log.outcome, Some(voter::Outcome::NotOnRoll)) && log.sent.is_empty());
}

/// The longest answers fit: a whole entry with as many quotes as one can have, the longest proof, and to a hello two checkpoints.
#[test]
fn the_longest_answer_of_every_kind_has_room_in_every_election() {
    let contest = |i: usize| {
        let mut contest = draft().contests[0].clone();
        contest.title = format!("Contest {i}");
        contest.candidates.truncate(2);
        contest
    };
    let number = VoterNumber::parse(&"9".repeat(18)).unwrap();
    for contests in [1, CONTESTS_MAX] {
        let draft = Draft { contests: (0..contests).map(contest).collect(), ..draft() };
        let keys = SERVER.election.keys().clone();
        let roll = SERVER.election.roll().clone();
        let election = veche_election::Election::new(draft, keys, roll, None).unwrap();
        let at = Position { seq: SEQ_MAX, prev: Hash([9; 32]) };
        let marks = vec!["55".to_owned(); contests];
        let entry = BallotEntry::sign(election.id(), &who().credential, at, marks);
        let checkpoint =
            |size| Checkpoint { origin: origin(election.id()), size, root: Hash([9; 32]) }.sign(&SERVER.board);
        let most = 1 << PROOF_MAX_HASHES;
        let proof = vec![Hash([9; 32]); PROOF_MAX_HASHES];
        let receipt = Receipt::new(entry.clone(), most - 1, proof, &checkpoint(most));
        let last = Last::Whole(receipt.clone());
        let times = Some(TIME_MAX);
        let standing = Standing {
            phase: Phase::Cancelled,
            opens: times,
            closes: times,
            weight: TOTAL_WEIGHT_MAX,
            last: Some(last.clone()),
            checkpoint: Some(checkpoint(most)),
        };
        let message = |kind| Down {
            v: veche_session::message::MESSAGE_VERSION.into(),
            election: election.id(),
            folder: folder(1),
            number,
            dir: veche_session::message::Direction::Down,
            n: u32::MAX,
            to: Hash([9; 32]),
            re: Some(Hash([9; 32])),
            kind,
            receipt: None,
            current: None,
            key: None,
            code: None,
            left: None,
            last: None,
            standing: None,
            pad: String::new(),
        };
        let (code, left, key) = (Some(Code::AlreadyVoted), Some(u32::MAX), Some(OkKey::new([9; 32])));
        for message in [
            Down { standing: Some(standing), ..message(DownKind::Hello) },
            Down { code, left, last: Some(last), ..message(DownKind::No) },
            Down { receipt: Some(receipt), current: Some(false), key, ..message(DownKind::Yes) },
        ] {
            let bytes = veche_election::canonical::write(&message).len();
            let (room, kind) = (election.session().down_bytes, message.kind);
            // What rounding up gives is not counted on.
            assert!(bytes <= election.draft().entry_max_bytes() + 3_200, "{kind:?}: {bytes} of {room}");
            let payload = message.to_payload(room).unwrap();
            assert_eq!(payload.capacity(), room as usize, "{kind:?}: no smaller buffer held it before");
        }
    }
}
