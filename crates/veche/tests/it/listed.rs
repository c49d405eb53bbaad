//! One card for two voters: each sees a good receipt of the other's ballot. The published roll shows it.

use crate::{commands::Folder, liar::Liar, secret::serve};

const TOML: &str = "title = \"e\"\nsecrecy = \"open\"\nrule = \"sum\"\nroll_shows = \"number\"\n[[contest]]\ntitle = \"c\"\n\
                    candidates = [\"A\", \"B\"]\n";

#[test]
fn a_card_that_is_made_out_for_two_voters_is_told_by_the_roll() {
    let folder = Folder::new();
    std::fs::write(folder.path("e.toml"), TOML).unwrap();
    folder.exits(0, &["new", "e", "--from", "e.toml", "--voters", "3"]);
    folder.exits(0, &["open", "e"]);
    let (server, url) = serve(&folder, "e");
    let vote = |number: &str| {
        let card = format!("e/cards/{number}.json");
        folder.exits(0, &["vote", number, "--url", &url, "--card", &card, "--ballot", "54"]);
    };
    vote("1");
    folder.exits(0, &["card", "replace", "e", "2"]);
    vote("2");
    // Whoever shows another roll than the manifest's may have given the card away; without any, that is said.
    let at = |url: &str, exit: i32| {
        folder.exits(exit, &["verify-receipt", "receipt-1-1.json", "--record", url, "--card", "e/cards/1.json"])
    };
    let other = Liar::start(&url, |path, _, truth| (path == "/roll").then(|| [&truth()[..], b" "].concat()));
    assert!(at(&other.url, 6).contains("is not the one of this election"));
    let none = Liar::saying(&url, |head| {
        head.starts_with("GET /roll ").then(|| b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec())
    });
    assert!(at(&none.url, 0).contains("it was not compared"));
    drop((other, none));
    assert_eq!(server.terminate(), 0);
    folder.exits(0, &["close", "e"]);
    folder.exits(0, &["record", "e"]);

    let verify = |exit, number: &str, card: &str| {
        let receipt = format!("receipt-{number}-1.json");
        folder.exits(exit, &["verify-receipt", &receipt, "--record", "e/record", "--card", card])
    };
    assert!(verify(0, "1", "e/cards/1.json").contains("is that of number 1."));
    assert!(
        verify(0, "2", "e/cards/2.json").contains("is that of number 2."),
        "also with a card that replaced the first"
    );
    // What voter 3 is given is voter 1's card, with another number on it.
    let card = std::fs::read_to_string(folder.path("e/cards/1.json")).unwrap();
    let same = card.replace("\"number\":\"1\"", "\"number\":\"3\"");
    assert_ne!(same, card);
    std::fs::write(folder.path("same.json"), same).unwrap();
    let said = verify(6, "1", "same.json");
    assert!(said.contains("made out for number 3") && said.contains("under number 1"), "{said}");
}
