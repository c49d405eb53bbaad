//! Rolls as registers and spreadsheets write them: read as they are meant, or refused with the reason.

use crate::commands::Folder;

/// A file; what is typed beside it; does it go through; and what is said.
type Case = (&'static str, &'static [u8], &'static [&'static str], bool, &'static [&'static str]);

const CASES: &[Case] = &[
    (
        "plain",
        b"number,name\n1,Anna\n2,Boris\n",
        &[],
        true,
        &["UTF-8, commas", "line 2: 1 | Anna", "voters 2, weight 2, remarks 0", "no weights"],
    ),
    (
        "sep=",
        b"sep=;\r\nnumber;name;weight\r\n1;Anna;3\r\n2;Boris;1\r\n",
        &[],
        true,
        &["semicolons", "line 3: 1 | Anna | weight 3", "weight 4"],
    ),
    ("tabs", b"number\tname\tweight\n1\tAnna\t1\n", &[], true, &["tabs", "line 2: 1 | Anna"]),
    (
        "Unicode text",
        b"\xFF\xFEn\0r\0\t\0N\0a\0m\0e\0\r\0\n\x001\0\t\0\x10\x04=\x04\r\0\n\0",
        &[],
        true,
        &["UTF-16LE, tabs", "line 2: 1 | \u{410}\u{43d}"],
    ),
    (
        "an unknown encoding",
        b"number,name\n1,J\xDANIO\n2,Ana\n",
        &[],
        false,
        &["line 2 is the first", "windows-1252: J\u{da}NIO", "cp866"],
    ),
    (
        "a named encoding",
        b"number,name\n1,\xC0\xED\xED\xE0\n",
        &["--encoding", "cp1251"],
        true,
        &["windows-1251", "line 2: 1 | Анна"],
    ),
    ("CR alone", b"number,name\r1,Anna\r2,Boris\r", &[], true, &["line 2: 1 | Anna", "line 3: 2 | Boris"]),
    (
        "CR alone, mistakes",
        b"number,name\r1,Anna\r01,Boris\r1,Clara\r",
        &[],
        false,
        &["line 3: the number 01 and 1 in line 2", "line 4: the number 1 stands already in line 2"],
    ),
    (
        "a line break in a name",
        b"number,name\n1,Anna\n2,\"Bo\nris\"\n3,Clara\n3,Dan\n",
        &[],
        false,
        &["line 6: the number 3 stands already in line 5"],
    ),
    ("a line break in a name is a space", b"number,name\n1,\"Bo\nris\"\n", &[], true, &["line 2: 1 | Bo ris"]),
    (
        "a quotation mark too few",
        b"number,name\n1,\"Anna\n2,Boris\n3,\"Vera\"\n",
        &[],
        false,
        &["line 2: a quotation mark is not closed"],
    ),
    (
        "a title above",
        b"Members 2027,,\n,,\nNr.,Name,Gewicht\n1,Anna,2\n7,Boris,1\n7,Vera,1\n",
        &[],
        false,
        &["header in line 3", "line 6: the number 7 stands already in line 5"],
    ),
    (
        "German",
        "Mitgliedsnr.;Vorname;Nachname;E-Mail\n1;Jörg;Müller;j@x\n".as_bytes(),
        &[],
        true,
        &["names: Vorname + Nachname", "line 2: 1 | Jörg Müller | j@x"],
    ),
    ("French", "N°;Nom;Prénom;Courriel\n1;Dupont;Zoé;z@x\n".as_bytes(), &[], true, &["line 2: 1 | Zoé Dupont | z@x"]),
    (
        "Russian",
        "№;Фамилия;Имя;Отчество;Вес\n1;Орлова;Анна;Ильинична;2\n".as_bytes(),
        &[],
        true,
        &["line 2: 1 | Орлова Анна Ильинична | weight 2"],
    ),
    (
        "Russian, with a count of the lines",
        "№ п/п; ФИО; Эл. почта\n1; Орлова Анна; a@example.org\n".as_bytes(),
        &[],
        true,
        &["numbers: № п/п; names: ФИО; contacts: Эл. почта", "line 2: 1 | Орлова Анна | a@example.org"],
    ),
    (
        "a count of the lines beside numbers",
        "N п/п;Табельный номер;ФИО\n1;17;Орлова Анна\n".as_bytes(),
        &[],
        true,
        &["numbers: Табельный номер", "line 2: 17 | Орлова Анна", "left out: N п/п"],
    ),
    (
        "a count of the lines, the numbers dismissed",
        "п/п;Табельный номер;ФИО\n1;17;Орлова Анна\n".as_bytes(),
        &["--ignore", "Табельный номер"],
        true,
        &["numbers: п/п", "line 2: 1 | Орлова Анна"],
    ),
    (
        "what looks like a weight",
        b"Number,Name,E-mail,Stimmen\n1,Anna,a@x,3\n",
        &[],
        false,
        &["is \"Stimmen\" how many votes", "--weight-column \"Stimmen\"", "--ignore \"Stimmen\""],
    ),
    (
        "the same, named",
        b"Number,Name,E-mail,Stimmen\n1,Anna,a@x,3\n",
        &["--weight-column", "Stimmen"],
        true,
        &["weights: Stimmen", "weight 3"],
    ),
    (
        "the same, dismissed",
        b"Number,Name,E-mail,Stimmen\n1,Anna,a@x,3\n",
        &["--ignore", "Stimmen"],
        true,
        &["left out: Stimmen", "weight 1,"],
    ),
    ("the same in Russian", "номер,имя,доля\n1,Анна,3\n".as_bytes(), &[], false, &["is \"доля\" how many votes"]),
    (
        "a column that is not there",
        b"number,name\n1,Anna\n",
        &["--weight-column", "x"],
        false,
        &["no such column; there are number, name"],
    ),
    (
        "two columns of numbers",
        b"Number,ID,Name\n1,8,Anna\n",
        &[],
        false,
        &["\"Number\" and \"ID\" may be the same", "--ignore \"ID\""],
    ),
    (
        "two columns, one named",
        b"Number,ID,Name\n1,8,Anna\n",
        &["--number-column", "ID"],
        true,
        &["line 2: 8 | Anna", "left out: Number"],
    ),
    (
        "no header",
        b"voter-a,a@example.org,Voter A\nvoter-b,b@example.org,Voter B\n",
        &[],
        false,
        &["a column \"number\"", "--number-column"],
    ),
    ("formulas", b"number,name\n\"=\"\"00017\"\"\",Anna\n", &[], true, &["numbers written as formulas, =\"00017\": 1"]),
    ("points", b"number,name\n1.0,Anna\n2.0,Boris\n", &[], true, &["numbers written as 17.0: 2", "voters 2"]),
    (
        "large numbers",
        b"number,name\n1.23457E+12,Anna\n",
        &[],
        false,
        &["line 2: \"1.23457E+12\" is not a voter number"],
    ),
    (
        "zeros alone",
        b"number,name\n00017,Anna\n7,Boris\n007,Clara\n",
        &[],
        false,
        &["line 4: the number 007 and 7 in line 3"],
    ),
    (
        "contacts twice",
        b"number,name,contact\n1,Anna,Anna@Example.org\n2,Boris,anna@example.org\n3,Clara,\n4,Dan,\n",
        &[],
        true,
        &["line 3 (look): the contact anna@example.org stands in line 2 too", "remarks 1"],
    ),
    (
        "names that are lost",
        b"number,name\n1,M?ller\n2,????\n3,Anna\n",
        &[],
        true,
        &["line 2 (look): \"M?ller\": question marks", "line 3 (look): \"????\""],
    ),
    (
        "names read wrongly",
        "number,name\n1,MÃ¼ller\n2,РђРЅРЅР°\n".as_bytes(),
        &[],
        true,
        &["line 2 (look): \"MÃ¼ller\" looks like \"Müller\"", "looks like \"Анна\""],
    ),
    (
        "formulas that failed",
        "number,name\n1,#N/A\n2,#ССЫЛКА!\n3,Anna\n".as_bytes(),
        &[],
        true,
        &["line 2 (look): \"#N/A\" is what a spreadsheet shows", "line 3 (look): \"#ССЫЛКА!\"", "remarks 2"],
    ),
    (
        "names that look alike",
        "number,name\n1,Anna\n2,Аnna\n".as_bytes(),
        &[],
        true,
        &["line 3 (look): the name looks like the one in line 2"],
    ),
    (
        "a footer",
        b"number,name\n1,Anna\n\n\n# exported 2027-01-01\n",
        &[],
        false,
        &["line 5: \"# exported 2027-01-01\" is not a voter number"],
    ),
    (
        "a name with a comma",
        b"number;name,first;weight\n1;Orlova, Anna;1\n",
        &[],
        true,
        &["semicolons", "left out: name,first"],
    ),
    (
        "a comma without quotation marks shifts the columns behind it",
        b"Nr,Name,E-mail,weight\n1,Orlova, Anna,3,5\n2,Boris,b@x,1\n3,Dan,,2,,\n",
        &[],
        false,
        &["line 2: has more fields than the header's 4", "(1 problem, 3 good lines)"],
    ),
    (
        "a column of roll.csv itself, dismissed",
        b"number,name,weight\n1,Anna,3\n2,Boris,4\n",
        &["--ignore", "weight"],
        true,
        &["no weights", "left out: weight", "voters 2, weight 2"],
    ),
    (
        "a column of roll.csv itself, named as another",
        b"number,name,contact\n1,x,Anna\n",
        &["--name-column", "contact"],
        true,
        &["names: contact", "line 2: 1 | Anna", "left out: name"],
    ),
    (
        "a weight in two words",
        "Кв.;№;ФИО;Площадь м2\n1;7;Анна;40\n".as_bytes(),
        &[],
        false,
        &["is \"Площадь м2\" how many votes", "--weight-column \"Площадь м2\""],
    ),
    (
        "a weight with a comma in its name",
        b"Nr,Name,\"Anteil, %\"\n1,Anna,3\n",
        &[],
        false,
        &["is \"Anteil, %\" how many votes", "--weight-column 3", "--ignore 3"],
    ),
    (
        "the same, by its number",
        b"Nr,Name,\"Anteil, %\"\n1,Anna,3\n",
        &["--weight-column", "3"],
        true,
        &["weights: Anteil, %", "weight 3"],
    ),
    (
        "the same, dismissed by its name",
        b"Nr,Name,\"Anteil, %\",Stimmen\n1,Anna,3,4\n",
        &["--ignore", "Anteil, %", "--ignore", "Stimmen"],
        true,
        &["left out: Anteil, %, Stimmen", "weight 1,"],
    ),
    (
        "two columns of one name",
        b"Nr,Name,Name\n1,Anna,x\n",
        &[],
        false,
        &["\"Name\" and \"Name\" may be the same", "--ignore 3"],
    ),
    (
        "two columns of one name, one dismissed",
        b"Nr,Name,Name\n1,x,Anna\n",
        &["--ignore", "2"],
        true,
        &["line 2: 1 | Anna", "left out: Name"],
    ),
    (
        "no header that is known, columns by number",
        b"a list,,\nMark,Mitglied seit,Person\n17,1999,Anna\n",
        &["--number-column", "1", "--name-column", "3"],
        true,
        &["header in line 2", "numbers: Mark; names: Person", "line 3: 17 | Anna", "left out: Mitglied seit"],
    ),
    (
        "a number of a column that is a voter's number too",
        b"Number,ID,Name\n1,2,Anna\n2,3,Boris\n",
        &["--number-column", "2"],
        true,
        &["header in line 1; numbers: ID", "line 2: 2 | Anna", "voters 2", "left out: Number"],
    ),
    ("joiners", "number,name\n1,علی\u{200c}رضا\n".as_bytes(), &[], true, &["voters 1"]),
    ("nothing", b"", &[], false, &["is empty"]),
];

#[test]
fn every_kind_of_roll_is_read_as_it_is_meant_or_refused_with_the_reason() {
    let folder = Folder::new();
    for (name, file, args, good, said) in CASES {
        std::fs::write(folder.path("roll.csv"), file).unwrap();
        let new = ["new", "e", "--candidates", "A,B", "--rule", "sum", "--roll", "roll.csv", "--preview"];
        let heard = folder.exits(if *good { 0 } else { 2 }, &[&new[..], args].concat());
        said.iter().for_each(|said| assert!(heard.contains(said), "{name}: {said:?} is missing in {heard}"));
    }
    assert!(!folder.path("e").exists(), "a preview makes nothing");
}

/// What a spreadsheet shows in such cells is not what it keeps: 12/3 is a day of December.
#[test]
fn cells_of_a_workbook_that_are_neither_texts_nor_numbers_are_refused_where_they_are_read() {
    let folder = Folder::new();
    workbooks(&folder);
    let new = ["new", "e", "--candidates", "A,B", "--rule", "sum", "--preview", "--roll", "strange.xlsx"];
    for (more, said) in [
        (&["--sheet", "Dates"][..], "line 3, column 1 (Nr): \"2026-12-03 00:00:00\" is a date or time"),
        (&["--sheet", "Errors"], "line 2, column 2 (Name): \"#N/A\" is an error"),
        (&["--sheet", "Truths"], "line 2, column 3 (weight): \"TRUE\" is true or false"),
    ] {
        let heard = folder.exits(2, &[&new[..], more].concat());
        assert!(heard.contains(said) && heard.contains("type \"text\""), "{said:?} is missing in {heard}");
    }
    let heard = folder.exits(0, &[&new[..], &["--sheet", "Truths", "--ignore", "weight"]].concat());
    assert!(heard.contains("line 2: 1 | Anna"), "what is left out may be anything: {heard}");
}

pub fn workbooks(folder: &Folder) {
    let python = std::env::var("VECHE_PYTHON").unwrap_or_else(|_| "python3".into());
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/workbooks.py");
    assert!(std::process::Command::new(python).arg(script).arg(folder.path("")).status().unwrap().success());
}

/// What was read is kept in the election's folder in one form, and `check` reads it there.
#[test]
fn a_workbook_becomes_the_roll_of_an_election() {
    let folder = Folder::new();
    workbooks(&folder);
    let new = ["new", "e", "--candidates", "A,B", "--rule", "sum", "--secrecy", "open", "--roll", "roll.xlsx"];
    let said = folder.exits(2, &new);
    assert!(said.contains("line 4") && said.contains("is \"Anteile\""), "lines are those of the sheet: {said}");
    let said = folder.exits(0, &[&new[..], &["--weight-column", "Anteile"]].concat());
    assert!(
        said.contains("sheet \"Members\"") && said.contains("line 5: 1 | Anna Adler | a@example.org | weight 3"),
        "{said}"
    );
    let kept = std::fs::read_to_string(folder.path("e/roll.csv")).unwrap();
    assert_eq!(kept, "number,name,contact,weight\n1,Anna Adler,a@example.org,3\n007,Boris Bauer,,1\n");
    let said = folder.exits(0, &["check", "e"]);
    assert!(said.contains("2 voters, weight 4") && !said.contains("has changed"), "{said}");
    // Whoever reminds voters has one document, with where to write.
    let out = folder.run(&["status", "e", "--not-voted", "--json"]);
    let status: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(
        status["not_voted"][0],
        serde_json::json!({ "number": "1", "name": "Anna Adler", "contact": "a@example.org" })
    );
    assert!(folder.exits(0, &["status", "e", "--not-voted"]).contains("007\tBoris Bauer\t\n"));
}
