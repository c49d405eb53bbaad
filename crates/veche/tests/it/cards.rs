//! Cards as voters get them: on sheets, in letters, and as the link that a QR code holds.

use crate::commands::Folder;

fn election(folder: &Folder, more: &[&str]) {
    let file = "title = \"Board & <b>more</b>\"\nsecrecy = \"open\"\nrule = \"sum\"\ncloses = \"2090-12-01T10:00:00+03:00\"\n\
                [[contest]]\ntitle = \"T\"\ncandidates = [\"A\", \"B\"]\n";
    std::fs::write(folder.path("my.toml"), file).unwrap();
    std::fs::write(folder.path("roll.csv"), "number,name\n17,\"<i>Anna</i>\"\nA-2,=1+1\n").unwrap();
    let new = ["new", "e", "--from", "my.toml", "--roll", "roll.csv", "--url", "https://vote.example.org/"];
    folder.exits(0, &[&new, more].concat());
}

fn read(folder: &Folder, name: &str) -> String {
    std::fs::read_to_string(folder.path(&format!("e/cards/{name}"))).unwrap()
}

fn credential(folder: &Folder, line: usize) -> String {
    let card: serde_json::Value = serde_json::from_str(&read(folder, &format!("{line}.json"))).unwrap();
    card["credential"].as_str().unwrap().to_owned()
}

/// Pictures of a page, decoded by what no part of ours is in: width, height and the text of the code.
fn pictures(page: &str) -> usize {
    page.matches("<img src=\"data:image/png;base64,").count()
}

#[test]
fn a_card_names_no_file_that_its_reader_does_not_have_and_tells_until_when() {
    let folder = Folder::new();
    election(&folder, &[]);
    let (text, page, sheets) = (read(&folder, "1.txt"), read(&folder, "1.html"), read(&folder, "sheets.html"));
    for said in [&text, &page, &sheets] {
        assert!(!said.contains(".json") && !said.contains("--card"), "{said}");
        for expected in
            ["1 December 2090, 10:00 UTC+03:00", "https://vote.example.org/booth/", "veche vote 17 --url", "17"]
        {
            assert!(said.contains(expected), "{expected} is missing in {said}");
        }
        assert!(said.contains(&credential(&folder, 1)));
        // Who holds a telephone need not read past what is typed at a computer.
        let (first, _) = said.split_once("veche vote 17").unwrap();
        for before in ["https://vote.example.org/booth/", "Election id", "Fingerprint", "n a computer:"] {
            assert!(first.contains(before), "{before} stands behind the command: {said}");
        }
    }
    assert!(!sheets.contains("<i>") && !sheets.contains("<b>") && sheets.contains("&lt;i&gt;Anna"), "{sheets}");
    assert_eq!((pictures(&page), pictures(&sheets)), (1, 2));
    let link = text.lines().find_map(|line| line.split_once("https://vote.example.org/booth/#v1.")).unwrap().1;
    let parts: Vec<&str> = link.split('.').collect();
    assert_eq!((parts[0].len(), parts[1], parts[2]), (52, "17", credential(&folder, 1).replace('-', "").as_str()));
    let letters = read(&folder, "letters.csv");
    assert!(letters.starts_with("number,name,link,code\n17,") && letters.contains("A-2,'=1+1,https://"), "{letters}");
}

#[test]
fn with_split_delivery_neither_half_is_enough() {
    let folder = Folder::new();
    election(&folder, &["--split-delivery", "--lang", "ru"]);
    let (text, sheets, letters) = (read(&folder, "1.txt"), read(&folder, "sheets.html"), read(&folder, "letters.csv"));
    let code = credential(&folder, 1);
    for paper in [&text, &sheets] {
        assert!(paper.contains(&code) && !paper.contains("#v1."), "{paper}");
        assert!(paper.contains("Никому не показывайте") && paper.contains("декабря 2090"), "{paper}");
    }
    // What the pictures hold is read back in tests/web: the link of the letter, without the code.
    assert_eq!((pictures(&text), pictures(&sheets)), (0, 2));
    assert!(sheets.contains("vote.example.org <code>"), "id and host stand on the paper: {sheets}");
    assert!(letters.contains("/booth/#v1.") && !letters.contains(&code) && !letters.contains(&code.replace('-', "")));
    let link = letters.lines().nth(1).unwrap().rsplit_once("#v1.").unwrap().1;
    assert_eq!(link.split('.').count(), 2, "{link}");

    // Anew, for another address.
    let said = folder.exits(0, &["card", "print", "e", "--url", "http://vote.test:81", "--lang", "en"]);
    assert!(said.contains("Cards: 2"), "{said}");
    assert!(read(&folder, "letters.csv").contains("http://vote.test:81/booth/#v1."));
    folder.exits(1, &["card", "print", "nowhere"]);
}
