//! A client of another kind: in another language, on other libraries, held to the same specification.

use std::process::Command;

use veche_election::entry::Position;

use crate::arena::{Arena, Cast};

fn python() -> String {
    std::env::var("VECHE_PYTHON").expect("`make test` installs the client's libraries and sets VECHE_PYTHON")
}

/// Runs examples/voter.py in the arena's folder: exit code and what it said.
async fn voter_py(arena: &Arena, number: u64, arguments: [&str; 2]) -> (Option<i32>, String) {
    let script =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/voter.py").canonicalize().unwrap();
    let card = arena.home.path(&format!("cards/{number}.json"));
    let mut command = Command::new(python());
    let [option, marks] = arguments;
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    command.arg(script).args(given(option)).arg(card).arg(&arena.url).args(given(marks));
    command.current_dir(arena.dir.path());
    let out = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    (out.status.code(), said)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_in_python_votes_and_its_receipt_verifies() {
    let arena = Arena::open().await;
    let (code, said) = voter_py(&arena, 1, ["", "45432*3"]).await;
    assert_eq!(code, Some(0), "{said}");
    let receipt = arena.dir.path().join("receipt-1-1.json");
    let checked = Command::new(env!("CARGO_BIN_EXE_veche")).arg("verify-receipt").arg(&receipt).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    assert_eq!(arena.vote(1, "45432*3").await, Cast::Recorded { index: 2, current: true }, "the same bytes as ours");

    let (code, said) = voter_py(&arena, 1, ["", "1111111"]).await;
    assert_eq!(code, Some(0), "a second vote replaces the first: {said}");
    let (code, said) = voter_py(&arena, 2, ["", "9999999"]).await;
    assert_eq!(code, Some(4), "{said}");
    let first = arena.entry(3, Position::FIRST, "1111111");
    assert!(matches!(arena.bring(3, &arena.credential(3), first).await, Ok(Cast::Recorded { .. })));
    assert_eq!(arena.server.as_ref().unwrap().shared().sequencer.published().ballots, 2);
}

/// On npm jose, whose header members come in an order of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_on_node_votes_and_its_receipt_verifies() {
    let Some(node) = std::env::var_os("VECHE_NODE").map(std::path::PathBuf::from) else {
        eprintln!("left out: VECHE_NODE names no folder; `make node` makes one where there is npm");
        return;
    };
    assert!(node.join("node_modules").exists(), "VECHE_NODE is set, and `make node` has installed nothing in it");
    let arena = Arena::open().await;
    let votes = async |number: u64, marks: &str| {
        let card = arena.home.path(&format!("cards/{number}.json"));
        let mut command = Command::new("node");
        command.arg(node.join("voter.mjs")).arg(card).arg(&arena.url).arg(marks).current_dir(arena.dir.path());
        let out = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        (out.status.code(), said)
    };
    let (code, said) = votes(1, "45432*3").await;
    assert_eq!(code, Some(0), "{said}");
    let receipt = arena.dir.path().join("receipt-1-1.json");
    let checked = Command::new(env!("CARGO_BIN_EXE_veche")).arg("verify-receipt").arg(&receipt).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let (code, said) = votes(2, "9999999").await;
    assert!(code == Some(4) && said.contains("bad-marks"), "{said}");
    assert_eq!(arena.server.as_ref().unwrap().shared().sequencer.published().ballots, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_in_python_says_hello_in_every_phase() {
    let arena = Arena::set_up(|_| (), |_| ()).await;
    let says = |what: &'static str, marks: &'static str| {
        let arena = &arena;
        async move {
            let (code, said) = voter_py(arena, 1, ["--hello", marks]).await;
            assert!(code == Some(0) && said.contains(what), "{code:?}: {said}");
        }
    };
    says("Phase setup", "").await;
    arena.act(veche_election::Act::Opening).await;
    says("The server knows of no ballot of yours.", "45432*3").await;
    says("You have voted: entry 2.", "").await;
    arena.act(veche_election::Act::Closing).await;
    says("You have voted: entry 2.", "").await;
}
