//! Complaints, answers and acceptances: a share that does not fit leads to whoever erred.

use super::*;

#[test]
fn row_24_a_bad_share_leads_to_a_complaint_and_the_dealer_is_named() {
    for (what, byte, bits) in [
        ("the ephemeral point", 0, 1),
        ("the share of the first key", 32, 1),
        ("of the last key alone", 96, 1),
        ("no scalar", 63, 0xf0),
    ] {
        let mut ceremony = with_bad_share(|sealed| sealed[byte] ^= bits);
        let complaint = trustee(1).accept(&ceremony).unwrap();
        assert_eq!(Ceremony::file_name(&complaint).unwrap(), "1-complain-2.json", "{what}");
        // The others have nothing to complain of.
        ceremony.take(&trustee(3).accept(&ceremony).unwrap()).unwrap();
        ceremony.take(&complaint).unwrap();
        // A silent dealer.
        assert_eq!(ceremony.stage(), Stage::Disputed { accuser: 1, dealer: 2 });
        assert!([1, 3].iter().all(|i| trustee(*i).answers(&ceremony).unwrap().is_empty()));
        let not_dealt = CeremonyError::NotOwn { trustee: 2, step: "deal" };
        assert_eq!(trustee(2).answers(&ceremony), Err(not_dealt), "an honest program has not dealt this");
        let answer = answer(&ceremony, &trustee(2), 1);
        assert_eq!(Ceremony::file_name(&answer).unwrap(), "2-answer-1.json");
        ceremony.take(&answer).unwrap();
        let failed = Stage::Failed { culprits: vec![2] };
        assert_eq!(ceremony.stage(), failed, "{what}");
        assert_eq!(ceremony.trustees().err(), Some(CeremonyError::Incomplete));
        // Whoever reads all messages later comes to the same, and so does whoever reads the file.
        let messages = ceremony.messages().map(|message| (message.to_vec(), ())).collect();
        assert_eq!(Ceremony::from_messages(DRAFT, PLAN, messages).unwrap().stage(), failed);
        let read = Ceremony::parse(&ceremony.to_bytes().unwrap(), DRAFT, PLAN).unwrap();
        assert_eq!((read.stage(), read.trustees().err()), (failed, Some(CeremonyError::Incomplete)));
    }
}

#[test]
fn row_24_a_false_complaint_names_the_accuser_and_a_false_answer_the_dealer() {
    let mut ceremony = begun(PLAN, Until::Dealt);
    let transcript = ceremony.transcript();
    let say_answer =
        |to, ephemeral| say(DRAFT, 2, &Step::Answer { transcript, to, ephemeral }, &trustee(2).signing_key());
    assert_eq!(take(&ceremony, &say_answer(1, Bytes([1; 32]))), Err(CeremonyError::NoComplaint(2)));
    assert!(trustee(2).answers(&ceremony).unwrap().is_empty(), "nobody has complained yet");
    ceremony.take(&complaint(&ceremony, 1, 2)).unwrap();
    assert_eq!(take(&ceremony, &say_answer(3, Bytes([1; 32]))), Err(CeremonyError::NoComplaint(2)), "to another");
    let answers = trustee(2).answers(&ceremony).unwrap();
    assert_eq!(answers, [answer(&ceremony, &trustee(2), 1)]);
    let mut honest = ceremony.clone();
    honest.take(&answers[0]).unwrap();
    assert_eq!(honest.stage(), Stage::Failed { culprits: vec![1] });
    assert!(trustee(2).answers(&honest).unwrap().is_empty(), "nothing is in dispute any more");
    let mut another = [0; 32];
    another[0] = 1;
    for ephemeral in [another, [0; 32], [0xff; 32]] {
        let mut ceremony = ceremony.clone();
        ceremony.take(&say_answer(1, Bytes(ephemeral))).unwrap();
        assert_eq!(ceremony.stage(), Stage::Failed { culprits: vec![2] });
        assert_eq!(take(&ceremony, &answers[0]), Err(CeremonyError::Twice(2)), "no second try");
    }
    // About nobody, and about oneself.
    let dealt = begun(PLAN, Until::Dealt);
    for dealer in [0, 4] {
        assert_eq!(take(&dealt, &complaint(&dealt, 1, dealer)), Err(CeremonyError::Number(dealer)));
    }
    assert_eq!(take(&dealt, &complaint(&dealt, 1, 1)), Err(CeremonyError::Itself(1)));
}

#[test]
fn row_24_every_complaint_is_answered_and_everybody_who_erred_is_named() {
    let mut ceremony = begun(PLAN, Until::Dealt);
    ceremony.take(&complaint(&ceremony, 1, 2)).unwrap();
    ceremony.take(&complaint(&ceremony, 3, 2)).unwrap();
    let answers = trustee(2).answers(&ceremony).unwrap();
    assert_eq!(answers.len(), 2);
    ceremony.take(&answers[1]).unwrap();
    assert_eq!(ceremony.stage(), Stage::Failed { culprits: vec![3] }, "the other complaint is not yet answered");
    assert_eq!(ceremony.disputes().collect::<Vec<_>>(), [(1, 2, None), (3, 2, Some(3))]);
    ceremony.take(&answers[0]).unwrap();
    assert_eq!(ceremony.stage(), Stage::Failed { culprits: vec![1, 3] });
    assert_eq!(Ceremony::parse(&ceremony.to_bytes().unwrap(), DRAFT, PLAN).unwrap().stage(), ceremony.stage());
}

#[test]
fn row_45_nobody_accepts_while_there_is_a_complaint_and_nobody_both_accepts_and_complains() {
    let mut ceremony = begun(PLAN, Until::Dealt);
    let accept = trustee(1).accept(&ceremony).unwrap();
    ceremony.take(&complaint(&ceremony, 1, 2)).unwrap();
    assert_eq!(take(&ceremony, &accept), Err(CeremonyError::Both(1)));
    for number in 1..=3 {
        assert_eq!(trustee(number).accept(&ceremony), Err(CeremonyError::Complaint));
    }
    ceremony.take(&trustee(2).answers(&ceremony).unwrap()[0]).unwrap();
    assert_eq!(trustee(2).accept(&ceremony), Err(CeremonyError::Complaint), "whoever has answered does not accept");
    // Whoever has accepted has found all shares to fit; the others may still complain, which stops the ceremony.
    let mut accepted = begun(PLAN, Until::Dealt);
    accepted.take(&accept).unwrap();
    assert_eq!(take(&accepted, &complaint(&accepted, 1, 2)), Err(CeremonyError::Both(1)));
    accepted.take(&complaint(&accepted, 3, 2)).unwrap();
    assert_eq!(accepted.stage(), Stage::Disputed { accuser: 3, dealer: 2 });
    assert_eq!(accepted.trustees().err(), Some(CeremonyError::Incomplete));
}

#[test]
fn an_acceptance_of_another_transcript_is_refused() {
    let ceremony = begun(PLAN, Until::Dealt);
    let accept = trustee(1).accept(&ceremony).unwrap();
    take(&ceremony, &accept).unwrap();
    let other = changed(&trustee(1), &accept, |step| {
        let Step::Accept { transcript } = step else { panic!() };
        transcript.0[31] ^= 1;
    });
    assert_eq!(take(&ceremony, &other), Err(CeremonyError::Transcript(1)));
    // The server lets trustee 2 deal twice, and shows trustee 1 the one, trustee 3 the other.
    let shown = with_bad_share(|_| ());
    let fork = with_bad_share(|sealed| sealed.reverse());
    assert_eq!(shown.table(), fork.table());
    assert_ne!(shown.transcript(), fork.transcript());
    let three = trustee(3).accept(&fork).unwrap();
    assert_eq!(take(&shown, &three), Err(CeremonyError::Transcript(3)));
}
