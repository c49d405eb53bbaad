//! Letters at the desk, through real mail servers (aiosmtpd, `tests/smtp.py`): settings, texts, a test letter that is compared, runs
//! that are stopped, killed and go on, and what is printed or merged elsewhere.

use std::{
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::{
    commands::Folder,
    desk::{Desk, planned},
    mail::Post,
};

const PATIENCE: Duration = Duration::from_secs(120);
const AT: &str = "/api/elections/e/letters";
const INVITATION: &str = "invitation";

/// An open election of this many voters in the folder of a desk, and the desk.
fn desk_with(voters: u32) -> (Folder, Desk) {
    let folder = Folder::new();
    let lines: String = (1..=voters).map(|n| format!("{n},Voter {n},v{n}@example.org\n")).collect();
    std::fs::write(folder.path("roll.csv"), format!("number,name,contact\n{lines}9999,=1+1,+7 900 000-00-00\n"))
        .unwrap();
    std::fs::create_dir(folder.path("desk")).unwrap();
    let new = ["new", "desk/e", "--title", "Board", "--candidates", "A,B", "--roll", "roll.csv", "--rule", "sum"];
    let more = ["--secrecy", "open", "--url", "https://vote.example.org", "--lang", "en"];
    folder.exits(0, &[&new[..], &more].concat());
    let desk = Desk::open(&folder, "desk");
    (folder, desk)
}

fn settings(post: &Post) -> Value {
    let port: u16 = post.port.parse().unwrap();
    json!({ "host": "127.0.0.1", "port": port, "tls": "none", "from": "Правление <vote@example.org>", "timeout_s": 5 })
}

fn through(desk: &Desk, at: &str, post: &Post) {
    desk.gives(&format!("{at}/settings/save"), json!({ "mail": settings(post) }));
}

fn send(desk: &Desk, more: Value) -> Value {
    let mut wish = json!({ "kind": INVITATION, "per_minute": 100_000 });
    wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    desk.works(&format!("{AT}/send"), wish)
}

fn decoded(answer: &Value) -> String {
    String::from_utf8(BASE64.decode(answer["base64"].as_str().unwrap().as_bytes()).unwrap()).unwrap()
}

/// Everybody once.
fn each_once(post: &Post, count: u32) {
    let mut reached = post.reached();
    reached.sort();
    let mut expected: Vec<String> = (1..=count).map(|n| format!("v{n}@example.org")).collect();
    expected.sort();
    assert_eq!(reached, expected);
}

#[test]
fn settings_change_the_section_alone_and_a_password_is_never_in_it() {
    let (folder, desk) = desk_with(2);
    let before = std::fs::read_to_string(folder.path("desk/e/election.toml")).unwrap();
    let at = |path: &str| format!("{AT}/{path}");
    assert_eq!(desk.gives(&at("settings"), json!({}))["mail"], Value::Null);
    let plan = |desk: &Desk| desk.gives(&at("plan"), json!({ "kind": INVITATION }));
    assert_eq!(plan(&desk)["count"], 2, "without a mail server it is known who would get one");
    assert_eq!(desk.ends(&at("send"), json!({ "kind": INVITATION }))["error"]["code"], "usage");
    let mail = json!({ "host": "smtp.example.org", "tls": "starttls", "from": "vote@example.org", "user": "vote@example.org" });
    let shown = desk.gives(&at("settings/save"), json!({ "mail": mail, "password": "пароль" }));
    assert_eq!((&shown["mail"]["host"], &shown["password_kept"]), (&json!("smtp.example.org"), &json!(true)));
    let text = std::fs::read_to_string(folder.path("desk/e/election.toml")).unwrap();
    assert!(text.contains("[mail]\nhost = \"smtp.example.org\"") && !text.contains("пароль"), "{text}");
    for line in before.lines().filter(|line| !line.is_empty()) {
        assert!(text.contains(line), "{line} is gone: {text}");
    }
    let kept = folder.path("desk/e/mail-password");
    assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    folder.exits(0, &["backup", "desk/e", "copy.tar"]);
    let copied = std::fs::read(folder.path("copy.tar")).unwrap();
    assert!(!copied.windows(12).any(|bytes| bytes == "пароль".as_bytes()), "no password in a backup");
    for bad in [
        json!({ "host": "mail.example.org", "tls": "none", "from": "a@b.org" }),
        json!({ "host": "mail.example.org", "from": "nobody" }),
        json!({ "host": "", "from": "a@b.org" }),
    ] {
        assert_eq!(desk.refuses(&at("settings/save"), json!({ "mail": bad })), "usage", "{bad}");
    }
    assert_eq!(
        desk.refuses(&at("settings/save"), json!({ "mail": { "host": "h", "from": "a@b.org", "password": "x" } })),
        "json"
    );
    assert_eq!(std::fs::read_to_string(folder.path("desk/e/election.toml")).unwrap(), text);
    desk.gives(&at("settings/save"), json!({ "mail": null, "password": "" }));
    let after = desk.gives(&at("settings"), json!({}));
    assert_eq!((&after["mail"], &after["password_kept"]), (&Value::Null, &json!(false)));
    assert!(!kept.exists());
}

#[test]
fn texts_are_own_or_ours_and_shown_before_anything_is_sent() {
    let (_folder, desk) = desk_with(2);
    let at = |path: &str| format!("{AT}/{path}");
    let usual = desk.gives(&at("text"), json!({ "kind": INVITATION }));
    assert!(usual["text"].as_str().unwrap().contains("{link}") && usual["own"] == false, "{usual}");
    let russian = desk.gives(&at("text"), json!({ "kind": "reminder", "lang": "ru" }));
    assert!(
        russian["text"].as_str().unwrap().contains("здравствуйте") && russian["places"].as_array().unwrap().len() == 4
    );
    let save = |text: Value| desk.asks(&at("text/save"), json!({ "kind": INVITATION, "lang": "ru", "text": text }));
    for bad in ["S\n\n{lnik}", "S\n\nno link", "S\n\n{link} {code}", "{link}"] {
        assert_eq!(save(json!(bad)).0, 422, "{bad}");
    }
    let own = "Голосование «{title}»\n\n{name}! <b>Ссылка</b>: {link}\n";
    assert_eq!(save(json!(own)).1["own"], true);
    let preview = |more: Value| {
        let mut wish = json!({ "kind": INVITATION, "lang": "ru" });
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        desk.gives(&at("preview"), wish)
    };
    let shown = preview(json!({ "number": "2" }));
    assert_eq!((&shown["to"], &shown["subject"]), (&json!("v2@example.org"), &json!("Голосование «Board»")));
    assert!(shown["text"].as_str().unwrap().starts_with("Voter 2! <b>Ссылка</b>: https://vote.example.org/booth/#v1."));
    assert!(
        shown["html"].as_str().unwrap().contains("&lt;b&gt;Ссылка") && !shown["html"].as_str().unwrap().contains("<a ")
    );
    assert_eq!(preview(json!({ "text": "T {number}\n\n{link}" }))["subject"], "T 1");
    assert_eq!(desk.refuses(&at("preview"), json!({ "kind": INVITATION, "number": "9999" })), "usage");
    assert_eq!(desk.refuses(&at("preview"), json!({ "kind": "reminder" })), "not_open");
    assert_eq!(save(Value::Null).1["own"], false);
    assert!(preview(json!({}))["text"].as_str().unwrap().contains("здравствуйте"));
}

#[test]
fn a_test_letter_is_fetched_back_and_compared() {
    let (_folder, desk) = desk_with(2);
    let post = Post::new("good");
    through(&desk, AT, &post);
    let at = |path: &str| format!("{AT}/{path}");
    assert_eq!(desk.refuses(&at("test/compare"), json!({ "arrived": "x" })), "usage", "there is none yet");
    assert_eq!(desk.refuses(&at("test"), json!({ "kind": INVITATION, "to": "me" })), "usage");
    let test = desk.works(&at("test"), json!({ "kind": INVITATION, "to": "me@example.org", "lang": "ru" }));
    assert_eq!((&test["to"], &test["compared"]), (&json!("me@example.org"), &Value::Null));
    let letter = post.letters().remove(0);
    let (raw, text) = (letter["raw"].as_str().unwrap(), letter["text"].as_str().unwrap());
    let compare = |arrived: Value| desk.gives(&at("test/compare"), arrived);
    for arrived in [
        json!({ "arrived": text }),
        json!({ "arrived": raw }),
        json!({ "base64": BASE64.encode(format!("Received: from x\r\n\tby y\r\n{raw}").as_bytes()) }),
    ] {
        let found = compare(arrived);
        assert_eq!(found["good"], true, "{found}");
    }
    let tracked = compare(json!({ "arrived": text.replace("https://vote", "https://track.example/?u=https://vote") }));
    assert_eq!((&tracked["good"], &tracked["word"]), (&json!(false), &json!(true)), "{tracked}");
    for language in ["en", "ru"] {
        assert!(tracked["text"][language].as_str().unwrap().contains("track.example"), "{tracked}");
    }
    let plan = desk.gives(&at("plan"), json!({ "kind": INVITATION }));
    assert_eq!(plan["test"]["compared"], false, "the last word");
    assert_eq!(compare(json!({ "arrived": text }))["good"], true);
    let (journal, kept) =
        (desk.gives(&at("journal"), json!({})), desk.gives(&at("plan"), json!({ "kind": INVITATION })));
    assert_eq!((&journal["total"], &kept["test"]["compared"]), (&json!(0), &json!(true)), "no voter's");
}

#[test]
fn a_run_that_is_stopped_goes_on_and_sends_nobody_two_letters() {
    let (_folder, desk) = desk_with(12);
    let post = Post::new("good");
    through(&desk, AT, &post);
    let wish = json!({ "kind": INVITATION, "per_minute": 120 });
    let job = desk.gives(&format!("{AT}/send"), wish)["job"].as_str().unwrap().to_owned();
    let begun = Instant::now();
    while post.reached().len() < 3 {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(desk.refuses(&format!("{AT}/send"), json!({ "kind": INVITATION })), "busy");
    desk.gives(&format!("/api/jobs/{job}/stop"), json!({}));
    let ended = loop {
        let told = desk.gives(&format!("/api/jobs/{job}"), json!({}));
        if told["state"] != "running" {
            break told;
        }
        assert!(begun.elapsed() < PATIENCE, "{told}");
    };
    let report = &ended["answer"];
    let (sent, left) = (report["sent"].as_u64().unwrap(), report["left"].as_array().unwrap().len() as u64);
    assert!(sent >= 3 && left > 0 && sent + left == 12, "{ended}");
    assert_eq!(report["uncertain"], json!([]), "stopped between two letters, not in one");
    assert_eq!(ended["progress"]["done"], sent);
    assert_eq!(send(&desk, json!({}))["sent"], 12 - sent);
    each_once(&post, 12);
    assert_eq!(send(&desk, json!({}))["sent"], 0);
    assert_eq!(send(&desk, json!({ "only": ["7"] }))["sent"], 1, "to whom it was asked for");
    assert_eq!(post.reached().last().unwrap(), "v7@example.org");
    let journal = desk.gives(&format!("{AT}/journal"), json!({ "count": 5, "became": "sent" }));
    assert_eq!((&journal["total"], journal["rows"].as_array().unwrap().len()), (&json!(12), 5), "{journal}");
    // Newest first: nobody's letter is later than the last one to voter 7; those of one second stand by number.
    let all = desk.gives(&format!("{AT}/journal"), json!({ "count": 12, "became": "sent" }));
    let rows = all["rows"].as_array().unwrap();
    let seventh = rows.iter().find(|row| row["number"] == "7").unwrap();
    assert_eq!((&seventh["name"], &seventh["at"]), (&json!("Voter 7"), &rows[0]["at"]), "{all}");
    assert_eq!(desk.refuses(&format!("{AT}/send"), json!({ "kind": INVITATION, "per_minute": 0 })), "usage");
}

#[test]
fn a_desk_that_is_killed_while_a_letter_is_handed_over_says_so_and_sends_the_rest_alone() {
    let (folder, desk) = desk_with(4);
    let post = Post::new("hangs");
    through(&desk, AT, &post);
    desk.gives(&format!("{AT}/send"), json!({ "kind": INVITATION, "per_minute": 100_000 }));
    let begun = Instant::now();
    while post.reached().len() < 2 {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(20));
    }
    // The command line finds the journal taken.
    folder.exits(8, &["mail", "desk/e"]);
    desk.kill();
    let desk = Desk::open(&folder, "desk");
    let plan = desk.gives(&format!("{AT}/plan"), json!({ "kind": INVITATION }));
    assert_eq!((&plan["already"], &plan["uncertain"], &plan["count"]), (&json!(1), &json!(["2"]), &json!(2)), "{plan}");
    assert_eq!(send(&desk, json!({}))["sent"], 2);
    each_once(&post, 4);
    desk.gives(&format!("{AT}/arrived"), json!({ "kind": INVITATION, "numbers": ["2"] }));
    assert_eq!(desk.refuses(&format!("{AT}/arrived"), json!({ "kind": INVITATION, "numbers": ["2"] })), "usage");
    assert_eq!(desk.gives(&format!("{AT}/plan"), json!({ "kind": INVITATION }))["already"], 4);
    // What the desk has noted the command line knows.
    assert!(folder.exits(0, &["mail", "desk/e"]).contains("Sent: 0"));
}

#[test]
fn who_is_refused_is_listed_and_tried_again_alone_and_reminders_go_to_who_has_not_voted() {
    let (folder, desk) = desk_with(3);
    let post = Post::new("refuses");
    through(&desk, AT, &post);
    let report = send(&desk, json!({}));
    assert_eq!((&report["sent"], &report["refused"][0]["number"]), (&json!(2), &json!("2")), "{report}");
    assert!(report["refused"][0]["words"].as_str().unwrap().contains("no such user"));
    assert_eq!(desk.gives(&format!("{AT}/journal"), json!({}))["counts"], json!({ "sent": 2, "refused": 1 }));
    let again = Post::new("good");
    through(&desk, AT, &again);
    assert_eq!(send(&desk, json!({}))["sent"], 0);
    assert_eq!(send(&desk, json!({ "retry_refused": true }))["sent"], 1);
    assert_eq!(again.reached(), ["v2@example.org"]);
    folder.exits(0, &["open", "desk/e"]);
    let (server, port) = folder.serve(&["serve", "desk/e", "--any-port"]);
    folder.exits(0, &["vote", "1", "2", &port, "--card", "desk/e/cards/1.json", "--ballot", "12"]);
    let reminded = send(&desk, json!({ "kind": "reminder", "lang": "ru" }));
    assert_eq!(reminded["sent"], 2, "{reminded}");
    assert_eq!(again.reached()[1..], ["v2@example.org", "v3@example.org"]);
    let letter = again.letters().pop().unwrap();
    assert!(!letter["raw"].as_str().unwrap().contains("https://"), "no link");
    assert_eq!(send(&desk, json!({ "kind": "reminder" }))["sent"], 0, "not twice a day");
    assert_eq!(server.terminate(), 0);
}

#[test]
fn tables_and_sheets_need_no_mail_server_and_codes_the_passphrase_alone() {
    let folder = Folder::new();
    let desk = Desk::open(&folder, "desk");
    let name = planned(&desk, false);
    let (election, phrase) = (format!("/api/elections/{name}"), "правление 2027");
    desk.works(&format!("{election}/make"), json!({ "passphrase": phrase }));
    let at = |path: &str| format!("{election}/letters/{path}");
    let table = desk.gives(&at("merge"), json!({ "kind": INVITATION }));
    let text = decoded(&table);
    assert!(text.starts_with("number,name,address,link\n1,Anna Orlova,anna@example.org,http://"), "{text}");
    let cards = desk.gives(&format!("{election}/cards"), json!({ "passphrase": phrase, "from": 0, "count": 10 }));
    let codes: Vec<&str> = (0..3).map(|at| cards["cards"][at]["code"].as_str().unwrap()).collect();
    assert!(codes.iter().all(|code| !text.contains(code) && !text.contains(&code.replace('-', ""))), "{text}");
    assert_eq!(desk.refuses(&at("sheets"), json!({ "passphrase": "another phrase" })), "usage");
    let sheets = decoded(&desk.gives(&at("sheets"), json!({ "passphrase": phrase })));
    assert!(codes.iter().all(|code| sheets.contains(code)) && sheets.contains("Boris Blum"), "{sheets}");
    // Link and code together: only to whoever has the passphrase of the codes.
    let both = json!({ "kind": INVITATION, "with_code": true });
    let (status, answer) = desk.asks(&at("merge"), both.clone());
    assert!(status == 422, "{answer}");
    let mut with = both;
    with["passphrase"] = phrase.into();
    assert!(decoded(&desk.gives(&at("merge"), with.clone())).contains(codes[1]));
    let post = Post::new("good");
    through(&desk, &format!("{election}/letters"), &post);
    with["per_minute"] = 100_000.into();
    assert_eq!(desk.works(&at("send"), with)["sent"], 3);
    assert!(post.letters()[2]["text"].as_str().unwrap().contains(codes[2]));
    let journal = std::fs::read_to_string(folder.path(&format!("desk/{name}/mail.jsonl"))).unwrap();
    assert!(codes.iter().all(|code| !journal.contains(code)), "{journal}");
}
