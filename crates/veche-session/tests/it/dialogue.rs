//! The founding dialogue, row by row, and attempts to cheat in it.

use std::sync::LazyLock;

use veche_crypto::onehot::ProofError;
use veche_election::{CheckedBallot, Jwk, MarksError, Phase, Refusal, entry::EntryError, keys::KeyError};
use veche_session::{
    Code, ServerSession,
    envelope::{self, Signer},
    message::{Down, DownKind, FOLDER_SYMBOLS, Folder, NO, Padded, Up, frame_hash},
    sealed::{EnvelopeError, OkKey, token_max_bytes},
    server::{self, Effect, Note, Outcome, Verdict, Violation},
    voter::{self, Input, Why},
};
use zeroize::Zeroizing;

use crate::fixture::{
    PEOPLE, Person, SERVER, WEIGHTS, at_the_ballot, entry, folder, receipt, serve, vote, voter_session,
};

static KEY: LazyLock<OkKey> = LazyLock::new(|| OkKey::new([7; 32]));

fn yes(entry: &str) -> Verdict {
    Verdict::Recorded { receipt: receipt(entry), current: true }
}

/// Of a ballot that is refused before anybody asks the log.
fn not_asked(_: &str) -> Verdict {
    panic!("decided")
}

#[test]
fn the_whole_dialogue_number_folder_ballot_yes_ok() {
    let who = &PEOPLE[0];
    let (mut server, mut voter, ballot) = at_the_ballot(who, 1, "45432*3");
    let log = serve(&mut server, &ballot, &mut yes).unwrap();
    assert_eq!(log.decided, [entry(who, "45432*3")], "what is decided are the bytes that the voter made");
    let log = vote(&mut voter, who, Input::Frame(&log.sent[0]), &mut || None).unwrap();
    let Some(voter::Outcome::Recorded { receipt, current: true, .. }) = log.outcome else { panic!("{log:?}") };
    assert_eq!(receipt.entry.as_str(), entry(who, "45432*3"));
    let log = serve(&mut server, &log.sent[0], &mut |_| unreachable!()).unwrap();
    assert_eq!(log.outcome, Some(Outcome::Recorded));
}

#[test]
fn a_number_that_is_not_on_the_roll_gets_no_and_the_end() {
    let mut server = ServerSession::new(SERVER.election.clone(), folder(1));
    let log = serve(&mut server, "4", &mut |_| unreachable!()).unwrap();
    assert_eq!((log.sent.as_slice(), log.outcome), ([NO.to_owned()].as_slice(), Some(Outcome::NotOnRoll)));
    let mut voter = voter_session(&PEOPLE[0]);
    vote(&mut voter, &PEOPLE[0], Input::Start, &mut || None).unwrap();
    let log = vote(&mut voter, &PEOPLE[0], Input::Frame(NO), &mut || None).unwrap();
    assert!(matches!(log.outcome, Some(voter::Outcome::NotOnRoll)));
}

#[test]
fn a_number_in_any_other_form_is_a_violation() {
    for frame in
        ["", "-1", "+1", " 1", "1 ", "1.0", "٣", "123456789012345678901234567890123", "../1", "/1", "1\n", "1\0"]
    {
        let mut server = ServerSession::new(SERVER.election.clone(), folder(1));
        assert_eq!(serve(&mut server, frame, &mut |_| unreachable!()).unwrap_err(), Violation::Number, "{frame:?}");
    }
}

#[test]
fn a_wrong_ballot_gets_no_and_another_try_and_the_last_no_ends() {
    let who = &PEOPLE[0];
    let (mut server, mut voter, mut frame) = at_the_ballot(who, 1, "9999999");
    for left in [2, 1, 0] {
        let answer = serve(&mut server, &frame, &mut not_asked).unwrap();
        assert_eq!(answer.outcome, (left == 0).then_some(Outcome::Refused(Code::BadMarks)));
        let log = vote(&mut voter, who, Input::Frame(&answer.sent[0]), &mut || Some(entry(who, "9999999"))).unwrap();
        match (left, log.outcome, log.needs.as_slice()) {
            (0, Some(voter::Outcome::Refused(refused)), []) => assert_eq!(refused.code, Code::BadMarks),
            (_, None, [Why::Refused(refused)]) => {
                assert_eq!((refused.code, refused.left), (Code::BadMarks, left));
                frame = log.sent[0].clone();
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(serve(&mut server, &frame, &mut yes).unwrap_err(), Violation::Order, "no try after the last");
}

#[test]
fn reasons_that_a_new_try_cannot_mend_end_the_session() {
    let refused = |refusal| Verdict::Refused { refusal, last: None };
    let verdicts = [
        (refused(Refusal::NotOpen), Code::NotOpen),
        (refused(Refusal::Closed), Code::Closed),
        (refused(Refusal::AlreadyVoted { last: 0 }), Code::AlreadyVoted),
        (refused(Refusal::Struck { last: None }), Code::Struck),
        (Verdict::Busy, Code::Busy),
    ];
    for (verdict, code) in verdicts {
        let (mut server, _, frame) = at_the_ballot(&PEOPLE[0], 1, "45432*3");
        let log = serve(&mut server, &frame, &mut |_| verdict.clone()).unwrap();
        assert_eq!(log.outcome, Some(Outcome::Refused(code)));
    }
}

/// A session whose voter is proven, with the entry that is to be checked.
fn at_the_check() -> (ServerSession, String) {
    let (mut server, _, frame) = at_the_ballot(&PEOPLE[0], 1, "45432*3");
    server.handle(server::Input::Frame(&frame)).unwrap();
    let up = SERVER.election.session().up_bytes;
    let opened = envelope::open(&frame, &SERVER.enc, Signer::Embedded, up);
    let effects = server.handle(server::Input::Opened(opened)).unwrap();
    let [Effect::Note(Note::Proven), Effect::Check(entry)] = effects.as_slice() else { panic!("{effects:?}") };
    (server, entry.as_str().to_owned())
}

fn code_of(effects: &[Effect]) -> Code {
    let [Effect::Note(Note::Refused(code)), Effect::Seal { .. }] = effects else { panic!("{effects:?}") };
    *code
}

#[test]
fn what_is_wrong_with_an_entry_is_said_while_the_election_is_open_and_only_then() {
    let wrong = || {
        [
            (EntryError::TooLong, Code::BadEntry),
            (EntryError::Version, Code::BadEntry),
            (EntryError::Election, Code::BadEntry),
            (EntryError::Counter, Code::BadEntry),
            (EntryError::Kind, Code::BadEntry),
            (EntryError::MarksForm, Code::BadEntry),
            (EntryError::Marks(MarksError::Contests { expected: 1, got: 2 }), Code::BadMarks),
            (EntryError::Signature(KeyError::Signature), Code::BadSignature),
            (EntryError::Proof(ProofError::Invalid), Code::BadProof),
        ]
    };
    for (error, code) in wrong() {
        let mut server = at_the_check().0;
        let checked = server::Input::Checked { ballot: Err(error), phase: Phase::Open };
        assert_eq!(code_of(&server.handle(checked).unwrap()), code);
    }
    let phases = [
        (Phase::New, Code::NotOpen),
        (Phase::Setup, Code::NotOpen),
        (Phase::Paused, Code::NotOpen),
        (Phase::Closed, Code::Closed),
        (Phase::Summed, Code::Closed),
        (Phase::Finished, Code::Closed),
        (Phase::Cancelled, Code::Closed),
    ];
    for (phase, code) in phases {
        for (error, _) in wrong() {
            let (mut server, what) = (at_the_check().0, format!("{phase:?}, {error:?}"));
            let checked = server::Input::Checked { ballot: Err(error), phase };
            assert_eq!(code_of(&server.handle(checked).unwrap()), code, "{what}");
        }
    }
}

#[test]
fn an_entry_of_another_voter_is_not_decided_on() {
    let (mut server, _) = at_the_check();
    let other = entry(&PEOPLE[1], "45432*3");
    let ballot = CheckedBallot::check(other.as_bytes(), &SERVER.election, &WEIGHTS).map(Box::new);
    let effects = server.handle(server::Input::Checked { ballot, phase: Phase::Open }).unwrap();
    assert_eq!(code_of(&effects), Code::NotAuthorised);
}

#[test]
fn every_refusal_of_the_log_has_its_code() {
    let refusals = [
        (Refusal::NotOpen, Code::NotOpen),
        (Refusal::Closed, Code::Closed),
        (Refusal::UnknownCredential, Code::NotAuthorised),
        (Refusal::ReplacedCredential, Code::NotAuthorised),
        (Refusal::Stale { last: None }, Code::Stale),
        (Refusal::AlreadyVoted { last: 0 }, Code::AlreadyVoted),
        (Refusal::Struck { last: None }, Code::Struck),
    ];
    for (refusal, code) in refusals {
        let (mut server, entry) = at_the_check();
        let ballot = CheckedBallot::check(entry.as_bytes(), &SERVER.election, &WEIGHTS).map(Box::new);
        let effects = server.handle(server::Input::Checked { ballot, phase: Phase::Open }).unwrap();
        assert!(matches!(effects.as_slice(), [Effect::Decide(_)]), "{effects:?}");
        let effects =
            server.handle(server::Input::Decided(Verdict::Refused { refusal, last: None }, KEY.clone())).unwrap();
        assert_eq!(code_of(&effects), code, "{refusal:?}");
    }
}

/// Seals a message of our making in the name of a person's session keys.
fn forge(who: &Person, message: Up) -> String {
    let payload = message.to_payload(SERVER.election.session().up_bytes).unwrap();
    envelope::seal(&payload, &who.sig, true, &SERVER.election.keys().server_enc).unwrap()
}

fn open_up(frame: &str) -> Up {
    let opened = envelope::open(frame, &SERVER.enc, Signer::Embedded, SERVER.election.session().up_bytes).unwrap();
    opened.message().unwrap()
}

/// Sends the voter's own ballot, changed, to the session it was made for.
fn refused_when(change: impl FnOnce(&mut Up)) -> Violation {
    let (mut server, _, frame) = at_the_ballot(&PEOPLE[0], 1, "45432*3");
    let mut message = open_up(&frame);
    change(&mut message);
    serve(&mut server, &forge(&PEOPLE[0], message), &mut |_| panic!("decided")).unwrap_err()
}

#[test]
fn every_field_that_ties_a_message_to_its_session_is_checked() {
    use veche_election::Hash;
    let other = Hash::of(b"other");
    assert_eq!(refused_when(|m| m.v = "veche-msg-1".into()), Violation::Field("v"));
    assert_eq!(refused_when(|m| m.election = other), Violation::Field("election"));
    assert_eq!(refused_when(|m| m.folder = folder(2)), Violation::Field("folder"));
    assert_eq!(refused_when(|m| m.number = PEOPLE[1].number), Violation::Field("number"));
    assert_eq!(refused_when(|m| m.dir = veche_session::message::Direction::Down), Violation::Field("dir"));
    assert_eq!(refused_when(|m| m.n = 2), Violation::Field("n"));
    assert_eq!(refused_when(|m| m.to = other), Violation::Field("to"));
    assert_eq!(refused_when(|m| m.re = Some(other)), Violation::Field("re"));
    assert_eq!(refused_when(|m| m.kind = veche_session::message::UpKind::Ok), Violation::Field("type"));
    assert_eq!(refused_when(|m| m.reply = None), Violation::Field("reply, auth or entry"));
    assert_eq!(refused_when(|m| m.auth = None), Violation::Field("reply, auth or entry"));
    assert_eq!(refused_when(|m| m.entry = None), Violation::Field("reply, auth or entry"));
}

#[test]
fn a_reply_key_is_an_rsa_key_and_another_than_the_signing_key() {
    let signing = PEOPLE[0].sig.public().clone();
    assert_eq!(refused_when(|m| m.reply = Some(signing)), Violation::Field("reply"), "one key for both");
    let short: Jwk = serde_json::from_str(r#"{"kty":"RSA","n":"gQ","e":"AQAB"}"#).unwrap();
    assert_eq!(refused_when(|m| m.reply = Some(short)), Violation::Envelope(EnvelopeError::Key), "eight bits");
}

#[test]
fn a_payload_of_another_length_or_form_is_refused() {
    let who = &PEOPLE[0];
    let up = SERVER.election.session().up_bytes;
    let seal = |payload: &[u8]| envelope::seal(payload, &who.sig, true, &SERVER.election.keys().server_enc).unwrap();
    let try_it = |make: &dyn Fn(Up) -> Zeroizing<Vec<u8>>| {
        let (mut server, _, frame) = at_the_ballot(who, 1, "45432*3");
        serve(&mut server, &seal(&make(open_up(&frame))), &mut |_| panic!("decided")).unwrap_err()
    };
    assert_eq!(try_it(&|m| m.to_payload(up - 1).unwrap()), Violation::Field("length"));
    assert_eq!(try_it(&|m| m.to_payload(up + 1).unwrap()), Violation::Field("length"));
    let form = Violation::Envelope(EnvelopeError::Form);
    let text = |m: Up| String::from_utf8(m.to_payload(up - 1).unwrap().to_vec()).unwrap();
    assert_eq!(try_it(&|m| text(m).replacen(',', ", ", 1).into_bytes().into()), form, "white space");
    assert_eq!(try_it(&|m| text(m).replacen("{\"v\"", "{\"x\":1,\"v\"", 1).into_bytes().into()), form, "unknown field");
    assert_eq!(
        try_it(&|m| text(m).replacen("\"n\":1", "\"n\":1,\"n\":1", 1).into_bytes().into()),
        form,
        "duplicate key"
    );
}

/// Row 17: knowing a number, or another voter's public entry, neither votes nor tells whose credential it is.
#[test]
fn row_17_every_failure_of_auth_is_the_same_not_authorised() {
    let answered = |change: &dyn Fn(&mut Up), reader: &Person| {
        let (mut server, _, frame) = at_the_ballot(&PEOPLE[0], 1, "45432*3");
        let mut message = open_up(&frame);
        change(&mut message);
        let log = serve(&mut server, &forge(&PEOPLE[0], message), &mut |_| panic!("decided")).unwrap();
        let down = SERVER.election.session().down_bytes;
        let signer = Signer::Known(&SERVER.election.keys().server_sig);
        let answer: Down = envelope::open(&log.sent[0], &reader.reply, signer, down).unwrap().message().unwrap();
        (answer.kind, answer.code, answer.left, answer.last)
    };
    let answer = |change: &dyn Fn(&mut Up)| answered(change, &PEOPLE[0]);
    let expected = (DownKind::No, Some(Code::NotAuthorised), Some(2), None);
    let other = at_the_ballot(&PEOPLE[1], 1, "1111111").2;
    assert_eq!(answer(&|m| m.auth = open_up(&other).auth), expected, "another voter's credential");
    let elsewhere = at_the_ballot(&PEOPLE[0], 2, "45432*3").2;
    assert_eq!(answer(&|m| m.auth = open_up(&elsewhere).auth), expected, "the same voter's auth of another folder");
    let flipped = |m: &mut Up| m.auth.as_mut().unwrap().0[0] ^= 1;
    assert_eq!(answer(&flipped), expected, "no credential at all");
    let other_reply = |m: &mut Up| m.reply = Some(PEOPLE[1].reply.public().clone());
    assert_eq!(answered(&other_reply, &PEOPLE[1]), expected, "answers sent to another key than auth names");
}

#[test]
fn a_session_keeps_the_keys_of_its_first_message() {
    let (mut server, mut voter, frame) = at_the_ballot(&PEOPLE[0], 1, "9999999");
    let answer = serve(&mut server, &frame, &mut not_asked).unwrap().sent.remove(0);
    let again = vote(&mut voter, &PEOPLE[0], Input::Frame(&answer), &mut || Some(entry(&PEOPLE[0], "1111111")));
    let message = open_up(&again.unwrap().sent[0]);
    let other_signer = forge(&PEOPLE[1], message);
    assert_eq!(serve(&mut server, &other_signer, &mut yes).unwrap_err(), Violation::Field("jwk or reply"));
}

/// Row 32: reflection, replay within and between sessions, a second number.
#[test]
fn row_32_replayed_reflected_and_misplaced_frames_are_refused() {
    let who = &PEOPLE[0];
    let (mut server, mut voter, ballot) = at_the_ballot(who, 1, "9999999");
    let no_frame = serve(&mut server, &ballot, &mut not_asked).unwrap().sent.remove(0);
    assert_eq!(serve(&mut server, &ballot, &mut yes).unwrap_err(), Violation::Field("n"), "replay within a session");

    let (mut second, _, _) = at_the_ballot(who, 2, "45432*3");
    assert_eq!(serve(&mut second, &ballot, &mut yes).unwrap_err(), Violation::Field("folder"), "between sessions");

    let (mut third, _, _) = at_the_ballot(who, 3, "45432*3");
    assert!(matches!(serve(&mut third, &no_frame, &mut yes), Err(Violation::Envelope(_))), "reflection to the server");

    let (mut fourth, _, _) = at_the_ballot(who, 4, "45432*3");
    assert!(matches!(serve(&mut fourth, "2", &mut yes), Err(Violation::Envelope(_))), "a second number");

    let reflected = vote(&mut voter, who, Input::Frame(&ballot), &mut || None);
    assert!(matches!(reflected, Err(voter::Violation::Envelope(_))), "reflection to the voter");

    let (_, mut other, _) = at_the_ballot(who, 5, "45432*3");
    let replayed = vote(&mut other, who, Input::Frame(&no_frame), &mut || None);
    assert!(matches!(replayed, Err(voter::Violation::Field("folder"))), "another session's answer to the voter");
}

/// Row 33: the folder's name is never anything else.
#[test]
fn row_33_a_folder_name_is_26_symbols_of_base32_and_nothing_else() {
    assert!(Folder::parse(&"a2".repeat(FOLDER_SYMBOLS / 2)).is_some());
    let name = folder(1).as_str().to_owned();
    let bad =
        ["", "..", "/etc/passwd", "../../../../../../../../ab", &name.to_uppercase(), &name[1..], &format!("{name}a")];
    for bad in bad {
        assert!(Folder::parse(bad).is_none(), "{bad:?}");
        let mut voter = voter_session(&PEOPLE[0]);
        vote(&mut voter, &PEOPLE[0], Input::Start, &mut || None).unwrap();
        let answered = vote(&mut voter, &PEOPLE[0], Input::Frame(bad), &mut || panic!("asked for a ballot"));
        assert!(matches!(answered, Err(voter::Violation::Folder)), "{bad:?}");
    }
}

/// Row 36: lengths depend neither on the vote nor on the answer. Only the `ok` is shorter than a ballot: that «да» was said, the end
/// of the session tells anyhow.
#[test]
fn row_36_frames_of_a_direction_all_have_one_length() {
    let who = &PEOPLE[0];
    let (mut up, mut oks) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
    let mut down = std::collections::BTreeSet::new();
    let stale = |entry: &str| {
        let refusal = Refusal::Stale { last: Some(0) };
        Verdict::Refused { refusal, last: Some(receipt(entry)) }
    };
    type Judge<'a> = &'a dyn Fn(&str) -> Verdict;
    let turns: [(&str, Judge<'_>); 4] =
        [("1111111", &yes), ("45432*3", &yes), ("9999999", &not_asked), ("5555555", &stale)];
    for (marks, verdict) in turns {
        let (mut server, mut voter, frame) = at_the_ballot(who, 1, marks);
        up.insert(frame.len());
        let answer = serve(&mut server, &frame, &mut |entry| verdict(entry)).unwrap().sent.remove(0);
        down.insert(answer.len());
        let next = vote(&mut voter, who, Input::Frame(&answer), &mut || Some(entry(who, marks))).unwrap();
        if next.kept {
            oks.insert(next.sent[0].len())
        } else {
            up.insert(next.sent[0].len())
        };
    }
    assert_eq!((up.len(), oks.len(), down.len()), (1, 1, 1), "up {up:?}, ok {oks:?}, down {down:?}");
}

#[test]
fn the_voter_believes_no_receipt_that_does_not_verify() {
    let who = &PEOPLE[0];
    let answered = |verdict: &dyn Fn(&str) -> Verdict| {
        let (mut server, mut voter, frame) = at_the_ballot(who, 1, "45432*3");
        let answer = serve(&mut server, &frame, &mut |entry| verdict(entry)).unwrap().sent.remove(0);
        vote(&mut voter, who, Input::Frame(&answer), &mut || None)
    };
    let with = |change: fn(&mut veche_election::Receipt)| {
        answered(&move |entry| {
            let mut receipt = receipt(entry);
            change(&mut receipt);
            Verdict::Recorded { receipt, current: true }
        })
    };
    assert!(with(|_| ()).is_ok());
    assert!(matches!(with(|r| r.index = 1), Err(voter::Violation::Receipt(_))));
    assert!(matches!(with(|r| r.proof.push(veche_election::Hash::ZERO)), Err(voter::Violation::Receipt(_))));
    assert!(matches!(
        with(|r| r.checkpoint = r.checkpoint.replace("\n1\n", "\n2\n")),
        Err(voter::Violation::Receipt(_))
    ));
    assert!(matches!(with(|r| r.entry = entry(&PEOPLE[0], "1111111").into()), Err(voter::Violation::Receipt(_))));
    let other = answered(&|_| yes(&entry(&PEOPLE[0], "1111111")));
    assert!(matches!(other, Err(voter::Violation::OtherEntry)), "a true receipt, of another entry");
}

#[test]
fn the_voter_refuses_an_answer_that_another_key_signed() {
    let who = &PEOPLE[0];
    let (mut server, mut voter, frame) = at_the_ballot(who, 1, "45432*3");
    let answer = serve(&mut server, &frame, &mut yes).unwrap().sent.remove(0);
    let signer = Signer::Known(&SERVER.election.keys().server_sig);
    let opened = envelope::open(&answer, &who.reply, signer, SERVER.election.session().down_bytes).unwrap();
    let forged = envelope::seal(&opened.payload, &PEOPLE[1].sig, false, who.reply.public()).unwrap();
    let answered = vote(&mut voter, who, Input::Frame(&forged), &mut || None);
    assert!(matches!(answered, Err(voter::Violation::Envelope(EnvelopeError::Signature))));
    assert_ne!(frame_hash(&answer), frame_hash(&forged));
}

/// A server that awaits `ok`, the payload of the true one, and the key of its «да».
fn at_the_ok(seed: u8) -> (ServerSession, Vec<u8>, OkKey) {
    let (mut server, mut voter, ballot) = at_the_ballot(&PEOPLE[0], seed, "45432*3");
    let answer = serve(&mut server, &ballot, &mut yes).unwrap().sent.remove(0);
    let (signer, down) = (Signer::Known(&SERVER.election.keys().server_sig), SERVER.election.session().down_bytes);
    let message: Down = envelope::open(&answer, &PEOPLE[0].reply, signer, down).unwrap().message().unwrap();
    let key = message.key.unwrap();
    let ok = vote(&mut voter, &PEOPLE[0], Input::Frame(&answer), &mut || None).unwrap().sent.remove(0);
    let payload = envelope::open_ok(&ok, &key, SERVER.election.session().up_bytes).unwrap();
    (server, payload.to_vec(), key)
}

/// Row 30, of the one message that is not nested: the key of one «да» opens one `ok`, in its one form, and nothing else.
#[test]
fn row_30_an_ok_comes_under_the_key_of_its_own_yes_and_in_no_other_form() {
    let (mut server, payload, key) = at_the_ok(1);
    let good = envelope::seal_ok(&payload, &key).unwrap();
    let log = serve(&mut server, &good, &mut |_| panic!("decided")).unwrap();
    assert_eq!(log.outcome, Some(Outcome::Recorded));
    assert_eq!(serve(&mut server, &good, &mut yes).unwrap_err(), Violation::Order, "one message");

    let refused = |what: &str, make: &dyn Fn(&[u8], &OkKey) -> String, expected: Violation| {
        let (mut server, payload, key) = at_the_ok(1);
        let answered = serve(&mut server, &make(&payload, &key), &mut |_| panic!("decided"));
        assert_eq!(answered.unwrap_err(), expected, "{what}");
    };
    let (form, sealed) = (Violation::Envelope(EnvelopeError::Form), Violation::Envelope(EnvelopeError::Sealed));
    let old = at_the_ok(1).2;
    refused("an old key", &|payload, _| envelope::seal_ok(payload, &old).unwrap(), sealed);
    let nested = |payload: &[u8], _: &OkKey| {
        envelope::seal(payload, &PEOPLE[0].sig, true, &SERVER.election.keys().server_enc).unwrap()
    };
    refused("signed, and encrypted to the server's key", &nested, form);
    let flipped = |payload: &[u8], key: &OkKey| {
        let mut token = envelope::seal_ok(payload, key).unwrap().into_bytes();
        let at = token.len() - 40;
        token[at] = if token[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(token).unwrap()
    };
    refused("a changed symbol", &flipped, sealed);
    let part = |i: usize, with: &'static str| {
        move |payload: &[u8], key: &OkKey| {
            let token = envelope::seal_ok(payload, key).unwrap();
            let mut parts: Vec<&str> = token.split('.').collect();
            parts[i] = with;
            parts.join(".")
        }
    };
    let header = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
    for text in [
        r#"{"alg":"dir","enc":"A256GCM","cty":"JWT"}"#,
        r#"{"enc":"A256GCM","alg":"dir"}"#,
        r#"{"alg":"dir","enc":"A128GCM"}"#,
        r#"{"alg":"dir", "enc":"A256GCM"}"#,
        r#"{"alg":"dir","enc":"A256GCM","zip":"DEF"}"#,
    ] {
        let text: &'static str = header(text).leak();
        refused(text, &part(0, text), form);
    }
    refused("a wrapped key", &part(1, "AAAA"), form);
    refused("a short vector", &part(2, "AAAAAAAAAAA"), form);
    refused("a short tag", &part(4, "AAAA"), form);
    let extra = |payload: &[u8], key: &OkKey| envelope::seal_ok(payload, key).unwrap() + ".AAAA";
    refused("a sixth part", &extra, form);
    // What is in it is tied to its session as before.
    let (_, elsewhere, _) = at_the_ok(2);
    let other = |_: &[u8], key: &OkKey| envelope::seal_ok(&elsewhere, key).unwrap();
    refused("the payload of another session", &other, Violation::Field("folder"));
    let short = |payload: &[u8], key: &OkKey| envelope::seal_ok(&payload[1..], key).unwrap();
    refused("no message", &short, form);
}

/// An `ok` says nothing else: not a key, not a card's signature, not a ballot.
#[test]
fn an_ok_that_carries_more_than_itself_is_refused() {
    let carries = |change: &dyn Fn(&mut Up)| {
        let (mut server, payload, key) = at_the_ok(1);
        let mut message: Up = serde_json::from_slice(&payload).unwrap();
        change(&mut message);
        let payload = message.to_payload(SERVER.election.session().up_bytes).unwrap();
        serve(&mut server, &envelope::seal_ok(&payload, &key).unwrap(), &mut |_| panic!("decided"))
    };
    assert!(carries(&|_| ()).is_ok());
    let (_, _, frame) = at_the_ballot(&PEOPLE[0], 1, "45432*3");
    let ballot = open_up(&frame);
    let refused = Violation::Field("reply, auth or entry");
    assert_eq!(carries(&|ok| ok.reply = ballot.reply.clone()).unwrap_err(), refused);
    assert_eq!(carries(&|ok| ok.auth = ballot.auth).unwrap_err(), refused);
    assert_eq!(carries(&|ok| ok.entry = ballot.entry.clone()).unwrap_err(), refused);
}

/// What is longer than any message is refused before anybody decrypts it, on both sides.
#[test]
fn a_frame_that_is_too_long_is_never_opened() {
    let session = SERVER.election.session();
    for (longer, expected) in [(0, true), (1, false)] {
        let up = "A".repeat(token_max_bytes(session.up_bytes) + longer);
        let (mut server, mut voter, _) = at_the_ballot(&PEOPLE[0], 1, "45432*3");
        let opens = server.handle(server::Input::Frame(&up));
        assert_eq!(opens.as_ref().is_ok_and(|it| matches!(it.as_slice(), [Effect::Open(_)])), expected);
        assert!(expected || matches!(opens, Err(Violation::Envelope(EnvelopeError::Form))));
        let mut server = at_the_ok(1).0;
        let opens = server.handle(server::Input::Frame(&up));
        assert_eq!(opens.is_ok_and(|it| matches!(it.as_slice(), [Effect::OpenOk { .. }])), expected);
        let down = "A".repeat(token_max_bytes(session.down_bytes) + longer);
        let opens = voter.handle(Input::Frame(&down));
        assert_eq!(opens.is_ok_and(|it| matches!(it.as_slice(), [voter::Effect::Open(_)])), expected);
    }
}

#[test]
fn a_ballot_is_never_taken_under_a_key_of_a_yes() {
    let (mut server, _, frame) = at_the_ballot(&PEOPLE[0], 1, "45432*3");
    let payload = open_up(&frame).to_payload(SERVER.election.session().up_bytes).unwrap();
    let frame = envelope::seal_ok(&payload, &at_the_ok(2).2).unwrap();
    let refused = serve(&mut server, &frame, &mut |_| panic!("decided")).unwrap_err();
    assert_eq!(refused, Violation::Envelope(EnvelopeError::Form));
}

#[test]
fn each_yes_has_a_key_of_its_own_which_is_printed_nowhere() {
    let keys = [1, 2].map(|seed| at_the_ok(seed).2);
    assert_ne!(keys[0], keys[1]);
    assert_eq!(format!("{:?}", keys[0]), "OkKey(redacted)");
}
