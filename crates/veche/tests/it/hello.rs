//! Hello over real sockets: what a voter is told before giving marks, in every phase, and that nothing of it stays.

use std::process::{Command, Stdio};

use veche_election::{Act, CredentialKey, CredentialSecret, Phase, VoterNumber, log::leaf_hash};
use veche_session::{
    Code,
    voter::{Greeting, Outcome},
};

use crate::arena::{Arena, Cast, KEYS, caller, eventually};

impl Arena {
    async fn greet(&self, number: u64, credential: &CredentialKey) -> Outcome {
        let caller = caller(&self.election, VoterNumber::new(number).unwrap(), credential);
        veche::client::at(&self.url).unwrap().greet(&caller, &KEYS).await.unwrap()
    }

    async fn greeting(&self, number: u64) -> Greeting {
        match self.greet(number, &self.credential(number)).await {
            Outcome::Greeted(greeting) => *greeting,
            other => panic!("{other:?}"),
        }
    }

    fn phase(&self) -> Phase {
        self.server.as_ref().unwrap().shared().sequencer.published().phase
    }

    /// `veche vote` with the own card and nobody who could answer a question: exit code, and what was said.
    async fn asks(&self, number: u64) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veche"));
        let card = self.home.path(&format!("cards/{number}.json"));
        command.args(["vote", &number.to_string(), "7", "--url", &self.url, "--card"]).arg(card);
        command.current_dir(self.dir.path()).stdin(Stdio::null());
        let out = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        (out.status.code(), String::from_utf8_lossy(&out.stderr).into_owned())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hello_tells_in_every_phase_how_the_election_and_the_voter_stand() {
    let arena = Arena::set_up(|_| (), |_| ()).await;
    let told = arena.greeting(1).await;
    assert_eq!((told.phase, told.weight, told.last.is_none()), (Phase::Setup, 1, true));
    arena.act(Act::Opening).await;
    assert_eq!(arena.greeting(1).await.phase, Phase::Open);
    assert_eq!(arena.vote(1, "45432*3").await, Cast::Recorded { index: 2, current: true });
    arena.vote(2, "1111111").await;
    let told = arena.greeting(1).await;
    let last = told.last.unwrap();
    let entry = arena.entry(1, veche_election::entry::Position::FIRST, "45432*3");
    assert_eq!((last.index(), last.seq(), last.leaf()), (2, 1, leaf_hash(&entry)));
    assert!(last.ballot().is_none(), "an open election shows no marks before the closing");
    assert_eq!(told.checkpoint.unwrap().size, 4, "the newest checkpoint, not that of the voter's batch");
    // The next entry goes there without a «stale».
    let next = arena.entry(1, last.next(), "5555555");
    let again = arena.bring(1, &arena.credential(1), next).await.unwrap();
    assert_eq!(again, Cast::Recorded { index: 4, current: true });
    assert_eq!(arena.greeting(1).await.last.unwrap().index(), 4);
    arena.act(Act::Pause { reason: "power cut".into() }).await;
    assert_eq!(arena.greeting(3).await.phase, Phase::Paused);
    arena.act(Act::Closing).await;
    // The result follows the closing of an open election by itself.
    eventually("the election is finished", || arena.phase() == Phase::Finished).await;
    let told = arena.greeting(1).await;
    assert!(told.phase.is_over() && told.last.unwrap().ballot().is_some(), "now everybody may see it");
    eventually("no folder stays", || arena.exchange().is_empty()).await;
    let entries = arena.server.as_ref().unwrap().shared().sequencer.published().size;
    assert_eq!(entries, 8, "setup, opening, three ballots, pause, closing, result: a hello records nothing");
}

/// Row 78: who holds no card, another's, or one that was replaced, learns nothing from a hello.
#[tokio::test(flavor = "multi_thread")]
async fn row_78_a_hello_with_a_wrong_or_replaced_card_hears_not_authorised() {
    let arena = Arena::open().await;
    arena.vote(1, "45432*3").await;
    let new = CredentialSecret::from_random([9; 16]).key(arena.election.draft_id());
    let not_authorised = |outcome: Outcome| matches!(outcome, Outcome::Refused(no) if no.code == Code::NotAuthorised);
    assert!(not_authorised(arena.greet(1, &arena.credential(2)).await), "another voter's card");
    assert!(not_authorised(arena.greet(1, &new).await), "a card that is not in force yet");
    let (old, reason) = (arena.credential(1), "lost card".to_owned());
    arena.act(Act::Replace { old: old.public(), new: new.public(), reason }).await;
    assert!(not_authorised(arena.greet(1, &old).await), "the replaced card");
    let Outcome::Greeted(told) = arena.greet(1, &new).await else { panic!("the new card is in force") };
    assert_eq!(told.last.unwrap().index(), 2, "the ballot of the place, whichever card it was cast with");
    let nobody = arena.greet(99, &new).await;
    assert!(matches!(nobody, Outcome::NotOnRoll));
}

#[tokio::test(flavor = "multi_thread")]
async fn veche_vote_says_before_it_asks_for_marks_that_none_are_taken() {
    let arena = Arena::set_up(Arena::revote_never, |_| ()).await;
    let (code, said) = arena.asks(1).await;
    assert!(code == Some(5) && said.contains("voting has not begun yet"), "{code:?}: {said}");
    arena.act(Act::Opening).await;
    arena.vote(1, "45432*3").await;
    let (code, said) = arena.asks(1).await;
    assert!(code == Some(4) && said.contains("voted already") && said.contains("entry 2"), "{code:?}: {said}");
    let (code, said) = arena.asks(2).await;
    assert!(said.contains("Marks for \"Seven\""), "who has not voted is asked: {code:?}: {said}");
    let old = arena.credential(3).public();
    let new = CredentialSecret::from_random([9; 16]).key(arena.election.draft_id()).public();
    arena.act(Act::Replace { old, new, reason: "lost card".into() }).await;
    let (code, said) = arena.asks(3).await;
    assert!(code == Some(4) && said.contains("replaced") && !said.contains("Marks for"), "{code:?}: {said}");
    arena.act(Act::Pause { reason: "power cut".into() }).await;
    let (code, said) = arena.asks(2).await;
    assert!(code == Some(5) && said.contains("paused"), "{code:?}: {said}");
    arena.act(Act::Closing).await;
    let (code, said) = arena.asks(2).await;
    assert!(code == Some(5) && said.contains("closed"), "{code:?}: {said}");
}
