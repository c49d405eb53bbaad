//! Plans and rolls at the desk, before anything is made: kept at every step, read as registers write them, mended in their cells, and
//! explained on ballots that are really counted.

use serde_json::{Value, json};

use crate::{
    commands::Folder,
    desk::{Desk, planned},
};

#[test]
fn a_plan_is_kept_at_every_step_and_two_windows_do_not_overwrite_each_other() {
    let folder = Folder::new();
    let desk = Desk::open(&folder, "desk");
    let name = planned(&desk, true);
    let at = format!("/api/elections/{name}");
    let half = json!({ "file": { "title": "Board 2027" }, "rehearsal": true, "local_trustees": false,
        "weights_show_votes": false, "voters": null, "note": { "step": 1 } });
    let old = json!({ "plan": half.clone(), "revision": 1 });
    assert_eq!(desk.refuses(&format!("{at}/plan/save"), old), "changed");
    let saved = desk.gives(&format!("{at}/plan/save"), json!({ "plan": half, "revision": 2 }));
    assert!(saved["problem"]["what"].as_str().unwrap().contains("nothing to vote on"), "{saved}");
    desk.kill();

    let desk = Desk::open(&folder, "desk");
    let kept = desk.gives(&format!("{at}/plan"), json!({}));
    assert_eq!((&kept["revision"], &kept["plan"]["note"]["step"]), (&json!(3), &json!(1)), "{kept}");
    assert_eq!(kept["roll"]["voters"], 3);
    let list = desk.gives("/api/elections", json!({}));
    let first = &list["elections"][0];
    assert_eq!((&first["rehearsal"], &first["stage"]), (&json!(true), &json!("plan")), "{list}");
    assert!(first["title"].as_str().unwrap().starts_with("REHEARSAL: "), "{list}");
    desk.gives(&format!("{at}/plan/delete"), json!({}));
    assert!(!folder.path("desk").join(&name).exists());
}

#[test]
fn a_roll_is_shown_with_each_problem_in_its_cell_and_mended_in_place() {
    let folder = Folder::new();
    let desk = Desk::open(&folder, "desk");
    let name = planned(&desk, false);
    let at = format!("/api/elections/{name}/roll");
    let text = "number,name,contact,weight\n1,Anna,a@example.org,1\n1,Boris,A@example.org,x\n2,Анна,c@example.org,2\n3,Аnna,,1\n";
    let read = desk.gives(&format!("{at}/read"), json!({ "text": text }));
    assert_eq!(read["rows"], 4, "{read}");
    assert!(read["errors"].as_u64().unwrap() >= 2, "{read}");
    let shown = desk.gives(&format!("{at}/rows"), json!({ "from": 0, "count": 10, "only": "problems" }));
    let cells = |row: &Value| -> Vec<String> {
        let problems = row["problems"].as_array().unwrap();
        problems.iter().map(|problem| problem["cell"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let second = shown["rows"].as_array().unwrap().iter().find(|row| row["row"] == 1).unwrap().clone();
    for cell in ["number", "contact", "weight"] {
        assert!(cells(&second).iter().any(|of| of == cell), "{cell}: {second}");
    }
    let edits = json!([{ "row": 1, "number": "4", "contact": "b@example.org", "weight": "1" }, { "row": 3, "remove": true },
        { "add": { "number": "5", "name": "Eve" } }]);
    let edited = desk.gives(&format!("{at}/edit"), json!({ "revision": read["revision"], "edits": edits.clone() }));
    assert_eq!(
        (&edited["errors"], &edited["voters"], &edited["weight"]),
        (&json!(0), &json!(4), &json!("5")),
        "{edited}"
    );
    assert_eq!(desk.refuses(&format!("{at}/edit"), json!({ "revision": read["revision"], "edits": edits })), "changed");
    assert_eq!(desk.refuses(&format!("{at}/read"), json!({ "text": "  " })), "usage");
    // Our own names of columns, and another separator.
    let read = desk.gives(&format!("{at}/read"), json!({ "text": "Number;Name\n1;Anna\n2;Boris\n" }));
    assert_eq!((&read["voters"], &read["errors"]), (&json!(2), &json!(0)), "{read}");
}

/// Whichever language it was read in, and in whatever thread a part of it was looked at.
#[test]
fn how_a_roll_was_read_is_said_in_the_language_that_is_spoken_now() {
    let folder = Folder::new();
    let desk = Desk::open(&folder, "desk");
    let at = format!("/api/elections/{}", planned(&desk, false));
    let speak = |lang: &str| desk.gives("/api/language", json!({ "lang": lang }));
    let said = || {
        let roll = desk.gives(&format!("{at}/plan"), json!({}))["roll"].clone();
        let told = roll["told"].as_array().unwrap().iter().map(|text| text.as_str().unwrap());
        format!("{}\n{}", roll["source"].as_str().unwrap(), told.collect::<Vec<_>>().join("\n"))
    };
    for text in ["number,name,contact,weight\n1,Anna,,2\n", "Number;Name;Weight\n1;Anna;2\n"] {
        for read_in in ["en", "ru"] {
            speak(read_in);
            desk.gives(&format!("{at}/roll/read"), json!({ "text": text }));
            speak("en");
            let english = said();
            for words in ["what was pasted", "between the cells", "header in line 1", "line 2: 1 | Anna | weight 2"] {
                assert!(english.contains(words), "{read_in}: {english}");
            }
            assert!(!english.chars().any(|c| ('а'..='я').contains(&c)), "{read_in}: {english}");
            speak("ru");
            let russian = said();
            for words in ["вставленный текст", "между ячейками", "заголовок в строке 1", "строка 2: 1 | Anna | вес 2"]
            {
                assert!(russian.contains(words), "{read_in}: {russian}");
            }
        }
    }
    // What only a person can say, too.
    let (status, refused) = desk.asks(&format!("{at}/roll/read"), json!({ "text": "a,b;c\n1,2;3\n" }));
    assert_eq!(status, 422, "{refused}");
    let error = &refused["error"];
    let texts: Vec<&Value> = error["ways"].as_array().unwrap().iter().map(|way| &way["text"]).collect();
    let semicolons = json!({ "en": "semicolons", "ru": "точки с запятой" });
    assert!(texts.contains(&&json!({ "en": "commas", "ru": "запятые" })) && texts.contains(&&semicolons), "{refused}");
    let english = error["said"]["what"]["en"].as_str().unwrap();
    assert!(english.contains("what was pasted: ") && english.contains("commas"), "{refused}");
}

/// What the ways on from a refusal set, and to what.
fn ways(refused: &Value) -> Vec<(String, String)> {
    let text = |way: &Value, name: &str| way[name].as_str().unwrap().to_owned();
    let ways = refused["error"]["ways"].as_array().unwrap();
    ways.iter().map(|way| (text(way, "field"), text(way, "value"))).collect()
}

/// As Russian Excel writes a table, and workbooks with several sheets: the refusal carries the choices, and names no option.
#[test]
fn a_roll_that_only_a_person_can_read_rightly_is_refused_with_the_ways_on() {
    let folder = Folder::new();
    let desk = Desk::open(&folder, "desk");
    let name = planned(&desk, false);
    let at = format!("/api/elections/{name}/roll/read");
    let base64 = |bytes: &[u8]| data_encoding::BASE64.encode(bytes);
    let refused = |wish: Value, named: &[&str]| {
        let (status, answer) = desk.asks(&at, wish);
        assert_eq!(status, 422, "{answer}");
        assert!(!answer.to_string().contains("--"), "{answer}");
        let ways = ways(&answer);
        for (field, value) in named.iter().filter_map(|way| way.split_once('=')) {
            assert!(ways.contains(&(field.into(), value.into())), "{field}={value}: {answer}");
        }
        answer
    };
    // "№ п/п;ФИО;Эл. почта", "1;Анна;a@x.example" in Windows-1251.
    let bytes = b"\xB9 \xEF/\xEF;\xD4\xC8\xCE;\xDD\xEB. \xEF\xEE\xF7\xF2\xE0\r\n1;\xC0\xED\xED\xE0;a@x.example\r\n";
    let wish = json!({ "file": "roll.csv", "base64": base64(bytes) });
    let said = refused(wish.clone(), &["encoding=windows-1251", "encoding=windows-1252", "encoding=cp866"]);
    assert!(said["error"]["ways"][0]["text"]["en"].as_str().unwrap().contains("№ п/п, ФИО"), "{said}");
    let mut chosen = wish;
    chosen["encoding"] = "windows-1251".into();
    let read = desk.gives(&at, chosen);
    assert_eq!((&read["voters"], &read["errors"]), (&json!(1), &json!(0)), "{read}");
    let rows = desk.gives(&format!("/api/elections/{name}/roll/rows"), json!({ "count": 9 }));
    assert_eq!(
        (&rows["rows"][0]["name"], &rows["rows"][0]["contact"]),
        (&json!("Анна"), &json!("a@x.example")),
        "{rows}"
    );

    let pasted = |text: &str| json!({ "text": text });
    let said = refused(pasted("Mark;Person\n17;Anna\n"), &["number_column=1", "number_column=2"]);
    assert!(said["error"]["what"].as_str().unwrap().contains("Mark, Person"), "{said}");
    let by_column =
        json!({ "text": "Mark;Person\n17;Anna\n", "number_column": "1", "name_column": "2", "separator": ";" });
    assert_eq!(desk.gives(&at, by_column)["voters"], 1);
    refused(pasted("number;name;Stimmen\n1;Anna;3\n"), &["weight_column=Stimmen", "ignore=Stimmen"]);
    refused(pasted("number,name;x\n1,Anna;y\n"), &["separator=,", "separator=;"]);
    refused(pasted("Number;ID;Name\n1;8;Anna\n"), &["ignore=Number", "ignore=ID"]);
    assert_eq!(desk.refuses(&at, json!({ "text": "number\n1\n", "separator": "x" })), "usage");
}

#[test]
fn a_sheet_of_a_workbook_is_chosen() {
    let folder = Folder::new();
    let desk = Desk::open(&folder, "desk");
    let name = planned(&desk, false);
    let at = format!("/api/elections/{name}/roll/read");
    crate::roll_files::workbooks(&folder);
    let bytes = std::fs::read(folder.path("strange.xlsx")).unwrap();
    let wish = |sheet: Value| json!({ "file": "strange.xlsx", "base64": data_encoding::BASE64.encode(&bytes), "sheet": sheet });
    let (status, refused) = desk.asks(&at, wish(Value::Null));
    assert_eq!(status, 422, "{refused}");
    assert!(!refused.to_string().contains("--"), "{refused}");
    assert!(ways(&refused).contains(&("sheet".into(), "Truths".into())), "{refused}");
    let mut chosen = wish("Truths".into());
    chosen["ignore"] = json!(["weight"]);
    assert!(desk.gives(&at, chosen)["voters"].as_u64().unwrap() > 0);
}

#[test]
fn a_rule_is_explained_on_ballots_that_are_really_counted() {
    let folder = Folder::new();
    let desk = Desk::open(&folder, "desk");
    let explain = |contest: Value| desk.gives("/api/explain", json!({ "contest": contest }));
    let told = explain(json!({ "title": "Chair", "candidates": ["A", "B"], "rule": "mean", "seats": 1 }));
    // 4x5 4x1, Boris 4x3 3x5 2x3 1x4: invented ballots, whose means anybody can compute.
    assert_eq!(told["example"]["result"]["elected"], json!(["Boris"]), "{told}");
    assert!(!told["sentences"].as_array().unwrap().is_empty());
    for contest in [
        json!({ "title": "T", "candidates": ["A", "B"], "rule": "sum", "scale": "0..1", "blank": false, "approvals": "1..2" }),
        json!({ "title": "T", "candidates": ["A", "B", "Nobody"], "none": "Nobody", "kind": "single", "rule": "mean",
            "blanks": "worst", "pass": ">1/2" }),
        json!({ "title": "T", "candidates": ["A", "B"], "rule": "majority-judgment", "scale": "poor,fair,good" }),
        json!({ "title": "T", "candidates": ["A", "B"], "rule": "mean", "scale": "1..9", "better": "lower", "seats": 2,
            "ties": ["more-raters", "lot"] }),
        json!({ "title": "T", "candidates": ["A", "B", "C", "D", "E", "F", "G", "H"], "rule": "sum", "scale": "0..1", "blank": false,
            "approvals": "1..5", "seats": 5 }),
    ] {
        let told = explain(contest);
        assert_eq!(told["example"]["ballots"].as_array().unwrap().len(), 5, "{told}");
    }
}
