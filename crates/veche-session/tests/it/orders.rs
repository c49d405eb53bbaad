//! Every order of frames: the one that the protocol names leads to a decision, every other to a violation.

use veche_session::{
    ServerSession,
    server::{Outcome, Verdict},
    voter::Input,
};

use crate::fixture::{PEOPLE, SERVER, at_the_ballot, folder, receipt, serve, vote};

const DEPTH: u32 = 4;

/// Frames that a peer may try. The ballot and the `ok` are those of this very session.
#[test]
fn in_every_order_of_frames_only_the_protocols_own_order_records() {
    let who = &PEOPLE[0];
    let (mut server, mut voter, ballot) = at_the_ballot(who, 1, "45432*3");
    let mut yes = |entry: &str| Verdict::Recorded { receipt: receipt(entry), current: true };
    let answer = serve(&mut server, &ballot, &mut yes).unwrap().sent.remove(0);
    let ok = vote(&mut voter, who, Input::Frame(&answer), &mut || None).unwrap().sent.remove(0);

    // The true `ok` names the frame it answers, which is sealed anew each time: only its place is tried here.
    let alphabet = ["1", "4", "", ballot.as_str(), ok.as_str(), answer.as_str(), "Нет"];
    let count = alphabet.len();
    let mut recorded = 0;
    for code in 0..count.pow(DEPTH) {
        let order: Vec<usize> = (0..DEPTH).map(|place| code / count.pow(place) % count).collect();
        let mut session = ServerSession::new(SERVER.election.clone(), folder(1));
        let mut over = false;
        for (place, letter) in order.iter().enumerate() {
            let outcome = serve(&mut session, alphabet[*letter], &mut yes);
            let decided = outcome.as_ref().is_ok_and(|log| !log.decided.is_empty());
            assert!(!(over && outcome.is_ok()), "{order:?}: something was accepted after the end");
            assert_eq!(decided, place == 1 && order[..2] == [0, 3], "{order:?} at {place}");
            recorded += usize::from(decided);
            over |= match outcome {
                Err(_) => true,
                Ok(log) => log.outcome.is_some_and(|end| end == Outcome::NotOnRoll || end == Outcome::Recorded),
            };
        }
    }
    assert_eq!(recorded, count.pow(DEPTH - 2), "the ballot is decided exactly when it is the second frame after 1");
}
