//! Voters' numbers as offices have them: `12/2`, `A-17`.

use crate::{commands::Folder, mutants::python};

const ROLL: &str = "number,name\n12/2,Anna\nA-017,Boris\n../3,Vera\n";

#[test]
fn numbers_with_letters_and_slashes_vote_and_name_no_file() {
    let folder = Folder::new();
    std::fs::write(folder.path("roll.csv"), ROLL).unwrap();
    let new = ["new", "e", "--candidates", "A,B", "--roll", "roll.csv", "--rule", "sum", "--secrecy", "open"];
    let said = folder.exits(2, &new);
    assert!(said.contains("line 4") && said.contains("\"../3\" is not a voter number"), "{said}");
    std::fs::write(folder.path("roll.csv"), ROLL.replace("../3", "a-17")).unwrap();
    assert!(folder.exits(2, &new).contains("capital letters or leading zeros"));
    std::fs::write(folder.path("roll.csv"), ROLL.replace("../3", "x_3")).unwrap();
    let said = folder.exits(0, &new);
    assert!(said.contains("numbers of this roll that a spreadsheet writes in another way: 1,"), "{said}");
    for line in 1..=3 {
        assert!(folder.path(&format!("e/cards/{line}.json")).exists());
    }
    folder.exits(0, &["open", "e"]);
    {
        let (_server, port) = folder.serve(&["serve", "e", "2", "0"]);
        folder.exits(0, &["vote", "12/2", "2", &port, "--ballot", "12"]);
        assert!(folder.path("receipt-12+2-1.json").exists(), "a slash is no folder");
        folder.exits(0, &["verify-receipt", "receipt-12+2-1.json"]);
        let said = folder.exits(2, &["vote", "a-17", "2", &port, "--ballot", "12"]);
        assert!(said.contains("A-017") && said.contains("leading zeros count"), "{said}");
        let said = folder.exits(3, &["vote", "X_3", "2", &port, "--card", "e/cards/1.json", "--ballot", "12"]);
        assert!(said.contains("Нет") && said.contains("capital letters"), "{said}");
        folder.exits(0, &["vote", "A-017", "2", &port, "--ballot", "21"]);
        let said = folder.exits(3, &["card", "replace", "e", "A-17", "--reason", "lost"]);
        assert!(said.contains("The roll has A-017"), "{said}");
        let said = folder.exits(0, &["card", "replace", "e", "x_3", "--reason", "lost"]);
        assert!(said.contains("cards/3.json"), "{said}");
    }
    folder.exits(0, &["close", "e"]);
    folder.exits(0, &["record", "e"]);
    folder.exits(0, &["verify", "e/record"]);
    let out = python("veche_verify.py").arg(folder.path("e/record")).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
    let roll = std::fs::read_to_string(folder.path("e/record/roll")).unwrap();
    let numbers: Vec<_> = roll.lines().map(|line| line.split('"').nth(3).unwrap()).collect();
    assert_eq!(numbers, ["12/2", "A-017", "x_3"]);
}
