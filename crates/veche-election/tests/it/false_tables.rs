//! Whoever carries the messages shows each trustee what it likes. What an honest trustee says under one table, or of one
//! transcript, is worth nothing under another: it opens nothing there, convicts nobody there, and is refused there.

use veche_crypto::{
    Point, Scalar,
    dealing::{Dealer, Dealing, Secret, Size},
    group,
};
use veche_election::{
    canonical,
    ceremony::{Ceremony, CeremonyError, Message, Stage, Step, TrusteeSecret},
    encoding::{Blob, Bytes},
};

use crate::ceremony::{
    DRAFT, KEYS, PLAN, SIZE, Until, answer, begun, ceremony_of, changed, complaint, keys, lagrange, say, take, trustee,
    trustees, with_bad_share,
};

fn dealing_of(message: &[u8]) -> (Vec<u8>, Vec<Blob>, Dealing) {
    let message: Message = canonical::parse(message).unwrap();
    let Step::Deal { nonce, coefficients, possession, shares, .. } = message.step else { panic!("not a dealing") };
    let dealer = Dealer { draft: &DRAFT.0, trustee: message.trustee };
    let commitment = dealer.commitment(&nonce.0, &coefficients.0);
    let checked = Dealing::check(dealer, SIZE, &commitment, &nonce.0, &coefficients.0, &possession.0).unwrap();
    (coefficients.0, shares, checked)
}

/// The server shows each trustee a false table in which all others are its own inventions, gets the whole polynomial
/// dealt to it, and then lets the true ceremony run. What it has collected must not open the true election.
#[test]
fn row_24_a_server_that_shows_false_tables_learns_nothing_of_the_true_key() {
    let true_ceremony = begun(PLAN, Until::Accepted);
    let mut stolen = [Scalar::ZERO; KEYS as usize];
    for victim in trustees(PLAN) {
        let number = victim.trustee();
        let sybil_seed = |i: u32| [0xA0 + i as u8; 32];
        let all: Vec<TrusteeSecret> = (1..=3)
            .map(|i| if i == number { victim.clone() } else { TrusteeSecret::new(DRAFT, i, sybil_seed(i)) })
            .collect();
        let false_ceremony = ceremony_of(DRAFT, PLAN, &all, Until::Dealt);
        let find = |ceremony: &Ceremony| {
            let name = format!("{number}-deal.json");
            ceremony.messages().find(|message| Ceremony::file_name(message).unwrap() == name).unwrap().to_vec()
        };
        let (coefficients, shares, dealing) = dealing_of(&find(&false_ceremony));
        // The inventions open what was sealed to them: two points of each line.
        let sybils: Vec<u32> = (1..=3).filter(|i| *i != number).collect();
        let opened = |i: u32| {
            let me = Dealer { draft: &DRAFT.0, trustee: i };
            let secret = Secret::new(me, Size { keys: 0, threshold: 0 }, sybil_seed(i));
            secret.open(me, number, &dealing, &shares[i as usize - 1].0).unwrap()
        };
        for (key, stolen) in stolen.iter_mut().enumerate() {
            let constant: Scalar = sybils.iter().map(|i| lagrange(*i, &sybils) * opened(*i)[key]).sum();
            let first = group::points(&coefficients).unwrap()[2 * key];
            assert!(Point::mul_base(&constant) == first, "the server has the whole of what was dealt to its table");
            *stolen += constant;
        }
        let (true_coefficients, true_shares, _) = dealing_of(&find(&true_ceremony));
        for (a, b) in coefficients.chunks(32).zip(true_coefficients.chunks(32)) {
            assert_ne!(a, b, "trustee {number} deals other polynomials to every table");
        }
        assert!(shares.iter().all(|share| !true_shares.contains(share)));
        // The share for itself, whose key is the same at both tables.
        assert_ne!(shares[number as usize - 1].0[..32], true_shares[number as usize - 1].0[..32]);
    }
    for (stolen, key) in stolen.iter().zip(keys(&true_ceremony)) {
        assert!(Point::mul_base(stolen) != key);
    }
}

/// An invention of the carrier's, under the number of a trustee.
fn invented(number: u32) -> TrusteeSecret {
    TrusteeSecret::new(DRAFT, number, [0xA0 + number as u8; 32])
}

/// A table in which all but `victim` are inventions, all of whom have dealt; each has given the victim a bad share.
fn false_ceremony(victim: u32) -> Ceremony {
    let all: Vec<TrusteeSecret> =
        (1..=3).map(|number| if number == victim { trustee(number) } else { invented(number) }).collect();
    let mut ceremony = ceremony_of(DRAFT, PLAN, &all, Until::Committed);
    for secret in &all {
        let deal = secret.deal(&ceremony).unwrap();
        let deal = changed(secret, &deal, |step| {
            let Step::Deal { shares, .. } = step else { panic!() };
            if secret.trustee() != victim {
                shares[victim as usize - 1].0[32] ^= 1;
            }
        });
        ceremony.take(&deal).unwrap();
    }
    ceremony
}

/// A complaint of the invention `accuser` about the victim, who answers it.
fn lured_answer(victim: u32, accuser: u32) -> (Vec<u8>, Vec<u8>) {
    let mut ceremony = false_ceremony(victim);
    let step = Step::Complain { transcript: ceremony.transcript(), dealer: victim };
    let accusation = say(DRAFT, accuser, &step, &invented(accuser).signing_key());
    ceremony.take(&accusation).unwrap();
    (accusation, trustee(victim).answers(&ceremony).unwrap().remove(0))
}

/// Everything that honest trustees can be made to say of each other under one false table each.
fn collected() -> Vec<Vec<u8>> {
    let mut said = Vec::new();
    for victim in 1..=3 {
        let ceremony = false_ceremony(victim);
        said.extend(ceremony.messages().map(<[u8]>::to_vec).filter(|message| {
            let message: Message = canonical::parse(message).unwrap();
            message.trustee == victim && !matches!(message.step, Step::Register { .. })
        }));
        said.push(trustee(victim).accept(&ceremony).unwrap());
        said.extend((1..=3).filter(|other| *other != victim).map(|other| lured_answer(victim, other).1));
    }
    assert!(said.iter().all(|message| message.len() > 100) && said.len() == 3 * (1 + 1 + 1 + 2));
    said
}

/// The replay that gave the carrier every share: a complaint from a false table makes the accused answer in the true
/// one, and the answer opens what was dealt there.
#[test]
fn row_42_what_was_said_under_a_false_table_is_refused_under_the_true_one_and_answered_by_nobody() {
    for until in [Until::Registered, Until::Committed, Until::Dealt, Until::Accepted] {
        let ceremony = begun(PLAN, until);
        for message in collected() {
            let Message { trustee: number, step, .. } = canonical::parse(&message).unwrap();
            let early = CeremonyError::Early { trustee: number, step: step.name() };
            let expected = match step {
                Step::Commit { .. } => CeremonyError::Table(number),
                Step::Deal { .. } if until < Until::Committed => early,
                Step::Deal { .. } => CeremonyError::Table(number),
                _ if until < Until::Dealt => early,
                _ => CeremonyError::Transcript(number),
            };
            assert_eq!(take(&ceremony, &message), Err(expected), "{} of trustee {number}", step.name());
        }
    }
    // In the true ceremony an honest trustee has no complaint about another, so it answers none but a liar's.
    let dealt = begun(PLAN, Until::Dealt);
    for secret in trustees(PLAN) {
        let said: Message = canonical::parse(&secret.accept(&dealt).unwrap()).unwrap();
        assert_eq!(said.step, Step::Accept { transcript: dealt.transcript() });
        assert!(secret.answers(&dealt).unwrap().is_empty());
    }
}

/// The table is the true one; a corrupt trustee deals twice, and the carrier shows both.
#[test]
fn row_42_what_was_said_of_one_transcript_is_refused_in_another_of_the_same_table() {
    let (shown, fork) = (with_bad_share(|_| ()), with_bad_share(|sealed| sealed[32] ^= 1));
    assert_eq!((shown.table(), shown.commitments()), (fork.table(), fork.commitments()));
    let about_2 = trustee(1).accept(&fork).unwrap();
    assert_eq!(Ceremony::file_name(&about_2).unwrap(), "1-complain-2.json");
    assert_eq!(take(&shown, &about_2), Err(CeremonyError::Transcript(1)));
    // An answer to a true complaint of the same two, but of the other dealing.
    let mut accused = fork.clone();
    accused.take(&complaint(&fork, 2, 3)).unwrap();
    let answered = trustee(3).answers(&accused).unwrap().remove(0);
    let mut here = shown.clone();
    here.take(&complaint(&shown, 2, 3)).unwrap();
    assert_eq!(take(&here, &answered), Err(CeremonyError::Transcript(3)));
    assert_eq!(here.stage(), Stage::Disputed { accuser: 2, dealer: 3 });
}

/// Two honest trustees, and whatever either has said of the other under false tables: nobody is convicted of anything,
/// in whatever order it is shown.
#[test]
fn row_43_no_replay_convicts_an_honest_trustee() {
    let honest: Vec<Vec<u8>> = begun(PLAN, Until::Dealt).messages().map(<[u8]>::to_vec).collect();
    let mut replayed = collected();
    replayed.extend(
        (1..=3)
            .flat_map(|victim| (1..=3).filter(move |other| *other != victim).map(move |o| (victim, o)))
            .map(|(victim, accuser)| lured_answer(victim, accuser).0),
    );
    for turn in 0..replayed.len() {
        replayed.rotate_left(1);
        let mut ceremony = Ceremony::new(DRAFT, PLAN);
        for message in honest.iter().chain(&replayed) {
            let _ = ceremony.take(message);
        }
        assert_eq!(ceremony.stage(), Stage::Accept(vec![1, 2, 3]), "turn {turn}");
        assert_eq!(ceremony.disputes().count(), 0);
        // All of it in one heap: refused, and without a culprit.
        let heap = honest.iter().chain(&replayed[..=turn % 4]).map(|message| (message.clone(), ())).collect();
        assert!(Ceremony::from_messages(DRAFT, PLAN, heap).is_err());
    }
}

/// Of one who does complain falsely the answer says nothing new, and it convicts the liar: in this transcript only.
#[test]
fn row_43_a_conviction_is_of_the_transcript_in_which_both_have_spoken() {
    let mut ceremony = begun(PLAN, Until::Dealt);
    ceremony.take(&complaint(&ceremony, 3, 1)).unwrap();
    let answered = trustee(1).answers(&ceremony).unwrap().remove(0);
    ceremony.take(&answered).unwrap();
    assert_eq!(ceremony.stage(), Stage::Failed { culprits: vec![3] });
    // The same two, the same numbers, in a ceremony that was begun again with another trustee 2.
    let all = [trustee(1), invented(2), trustee(3)];
    let mut again = ceremony_of(DRAFT, PLAN, &all, Until::Dealt);
    assert_eq!(take(&again, &complaint(&ceremony, 3, 1)), Err(CeremonyError::Transcript(3)));
    again.take(&complaint(&again, 3, 1)).unwrap();
    assert_eq!(take(&again, &answered), Err(CeremonyError::Transcript(1)));
    assert_ne!(answer(&again, &trustee(1), 3), answered);
}

/// A trustee who showed one commitment, and has seen the dealings, would now like another polynomial.
#[test]
fn row_44_a_dealing_fits_no_other_commitments_than_those_it_answers() {
    let honest = begun(PLAN, Until::Committed);
    let dealings = [1, 2].map(|number| trustee(number).deal(&honest).unwrap());
    let mut ground = ceremony_of(DRAFT, PLAN, &trustees(PLAN), Until::Registered);
    for number in [1, 2] {
        ground.take(&trustee(number).commit(&ground).unwrap()).unwrap();
    }
    // Ground until the key begins as wished; what the search costs makes no difference.
    let me = Dealer { draft: &DRAFT.0, trustee: 3 };
    let wished = Secret::new(me, SIZE, [0xDD; 32]);
    let commitment = Bytes(me.commitment(&wished.nonce(me), &wished.coefficients()));
    let step = Step::Commit { table: ground.table(), commitment };
    ground.take(&say(DRAFT, 3, &step, &trustee(3).signing_key())).unwrap();
    assert_eq!(ground.table(), honest.table(), "one table, compared by voice");
    for (dealing, number) in dealings.iter().zip([1, 2]) {
        assert_eq!(take(&ground, dealing), Err(CeremonyError::Commitments(number)));
        assert_eq!(take(&honest, dealing), Ok(()));
    }
    // Whoever holds both commitments holds the proof.
    let second = ground.messages().last().unwrap();
    assert_eq!(take(&honest, second), Err(CeremonyError::Twice(3)));
}

/// The carrier shows a trustee something under its own name and key that it has not said.
#[test]
fn a_trustee_goes_no_further_where_words_of_its_own_key_are_not_its_own() {
    let refused = |step| CeremonyError::NotOwn { trustee: 1, step };
    let one = trustee(1);
    let registered = |name: &str| {
        let mut ceremony = Ceremony::new(DRAFT, PLAN);
        ceremony.take(&one.register(name)).unwrap();
        [2, 3].iter().for_each(|number| ceremony.take(&trustee(*number).register("Trustee")).unwrap());
        ceremony
    };
    // Any name that it has registered is its own.
    one.commit(&registered("Anna")).unwrap();
    let foreign = changed(&one, &one.register("Anna"), |step| {
        let Step::Register { seal, .. } = step else { panic!() };
        *seal = Bytes(Point::mul_base(&Scalar::from(7_u64)).compress().to_bytes());
    });
    let mut ceremony = Ceremony::new(DRAFT, PLAN);
    ceremony.take(&foreign).unwrap();
    [2, 3].iter().for_each(|number| ceremony.take(&trustee(*number).register("Trustee")).unwrap());
    assert_eq!(one.commit(&ceremony), Err(refused("register")));

    let mut ceremony = registered("Anna");
    let commit = changed(&one, &one.commit(&ceremony).unwrap(), |step| {
        let Step::Commit { commitment, .. } = step else { panic!() };
        commitment.0[0] ^= 1;
    });
    ceremony.take(&commit).unwrap();
    [2, 3].iter().for_each(|number| ceremony.take(&trustee(*number).commit(&ceremony).unwrap()).unwrap());
    assert_eq!(one.deal(&ceremony), Err(refused("commit")));

    // A dealing with another share than it has sealed: it would have to answer for it.
    let ceremony = with_bad_share(|sealed| sealed[32] ^= 1);
    let two = trustee(2);
    assert_eq!(two.accept(&ceremony), Err(CeremonyError::NotOwn { trustee: 2, step: "deal" }));
    assert_eq!(two.answers(&ceremony), Err(CeremonyError::NotOwn { trustee: 2, step: "deal" }));
}
