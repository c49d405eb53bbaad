//! Trustees at their desks: a whole ceremony from the registration to the opened result over HTTP, each in a folder and at a port of
//! their own; wrong codes, lost desks, and keys from a backup.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    commands::{Folder, Serving},
    desk::{Desk, POLL},
    secret::{election_code, mode, new, serve, vote},
};

const PASSPHRASE: &str = "верный конь";
const PATIENCE: Duration = Duration::from_secs(240);

struct Trustee {
    desk: Desk,
    key: String,
}

impl Trustee {
    fn state(&self) -> Value {
        self.desk.gives("/api/trustee/state", json!({ "key": self.key }))
    }

    fn stage(&self) -> String {
        self.state()["stage"].as_str().unwrap().to_owned()
    }

    fn begins(&self, step: &str) -> String {
        let wish = json!({ "key": self.key, "passphrase": PASSPHRASE });
        self.desk.gives(&format!("/api/trustee/{step}"), wish)["job"].as_str().unwrap().to_owned()
    }

    /// Until it asks, or has ended.
    fn waits(&self, job: &str) -> Value {
        let begun = Instant::now();
        loop {
            let told = self.desk.gives(&format!("/api/jobs/{job}"), json!({}));
            if told["state"] != "running" {
                return told;
            }
            assert!(begun.elapsed() < PATIENCE, "{told}");
            std::thread::sleep(POLL);
        }
    }

    /// The question that is asked, of this kind.
    fn asked(&self, job: &str, kind: &str) -> Value {
        let told = self.waits(job);
        assert_eq!((&told["state"], &told["question"]["kind"]), (&json!("asks"), &json!(kind)), "{told}");
        told["question"].clone()
    }

    fn answers(&self, job: &str, question: &Value, answer: Value) {
        self.desk.gives(&format!("/api/jobs/{job}/answer"), json!({ "question": question["id"], "answer": answer }));
    }

    fn is_done(&self, job: &str, word: &str) {
        let told = self.waits(job);
        assert_eq!((&told["state"], &told["answer"]["step"]), (&json!("done"), &json!(word)), "{told}");
    }

    fn is_refused(&self, job: &str, code: &str) {
        let begun = Instant::now();
        // What was stopped may still ask for a moment.
        let told = loop {
            let told = self.waits(job);
            if told["state"] != "asks" {
                break told;
            }
            assert!(begun.elapsed() < PATIENCE, "{told}");
        };
        assert_eq!((&told["state"], &told["error"]["code"]), (&json!("failed"), &json!(code)), "{told}");
    }
}

fn typed(numbers: &[u32], code: &str) -> Value {
    let typed: serde_json::Map<_, _> = numbers.iter().map(|number| (number.to_string(), code.into())).collect();
    json!({ "typed": typed })
}

/// The others of three.
fn others(number: u32) -> Vec<u32> {
    (1..=3).filter(|other| *other != number).collect()
}

/// As people type what they hear.
fn heard(code: &str) -> String {
    code.to_lowercase().replace('-', " ")
}

/// All three read their codes out, and type what they hear.
fn compare_together(trustees: &[Trustee], step: &str, word: &str) {
    let jobs: Vec<String> = trustees.iter().map(|trustee| trustee.begins(step)).collect();
    let questions: Vec<Value> = trustees.iter().zip(&jobs).map(|(trustee, job)| trustee.asked(job, "codes")).collect();
    let own = questions[0]["own"].as_str().unwrap();
    for ((trustee, job), (question, number)) in trustees.iter().zip(&jobs).zip(questions.iter().zip(1..)) {
        assert_eq!((&question["own"], question["with"].as_array().unwrap().len()), (&json!(own), 2), "{question}");
        trustee.answers(job, question, typed(&others(number), &heard(own)));
    }
    trustees.iter().zip(&jobs).for_each(|(trustee, job)| trustee.is_done(job, word));
}

fn messages(folder: &Folder) -> usize {
    std::fs::read_dir(folder.path("e/ceremony-messages")).map_or(0, |files| files.count())
}

fn registered(folder: &Folder, url: &str) -> Vec<Trustee> {
    let register = |number: u32| {
        let desk = Desk::open(folder, &format!("desk-{number}"));
        let shown = desk.gives("/api/trustee/look", json!({ "at": url }));
        assert_eq!((&shown["count"], &shown["threshold"], &shown["free"][0]), (&json!(3), &json!(2), &json!(number)));
        let wish = |number: u32, passphrase: &str| json!({ "at": url, "number": number, "name": format!("Trustee {number}"), "passphrase": passphrase });
        assert_eq!(desk.refuses("/api/trustee/register", wish(number, "seven77")), "usage");
        let taken = desk.ends("/api/trustee/register", wish(9, PASSPHRASE));
        assert_eq!(taken["error"]["code"], "usage", "{taken}");
        let made = desk.works("/api/trustee/register", wish(number, PASSPHRASE));
        let key = made["key"].as_str().unwrap().to_owned();
        let file = folder.path(&format!("desk-{number}/keys/{key}.key"));
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("{\"v\":\"veche-trustee-sealed-1\"") && mode(&file) == 0o600, "{text}");
        assert_eq!(desk.gives("/api/trustee/keys", json!({}))["keys"][0]["key"], json!(key));
        Trustee { desk, key }
    };
    (1..=3).map(register).collect()
}

#[test]
fn three_trustees_at_three_desks_go_from_registration_to_the_opened_result() {
    let folder = Folder::new();
    new(&folder, &[]);
    let (server, url) = serve(&folder, "e");
    let mut trustees = registered(&folder, &url);
    assert_eq!((trustees[0].stage(), messages(&folder)), ("deal".into(), 3));
    let state = trustees[0].state();
    assert_eq!((&state["next"]["do"], &state["next"]["telephone"]), (&json!("deal"), &json!(true)), "{state}");
    assert_eq!((&state["people"][0]["you"], &state["people"][0]["done"]), (&json!(true), &json!(["registered"])));

    wrong_codes_post_nothing(&folder, &trustees[0]);
    a_stopped_dealing_goes_on(&folder, &mut trustees);
    assert_eq!(trustees[1].stage(), "accept");
    compare_together(&trustees, "accept", "accepted");
    assert_eq!(trustees[2].stage(), "wait_setup");
    assert_eq!(trustees[2].state()["people"][1]["done"], json!(["registered", "dealt", "accepted"]));
    assert_eq!(server.terminate(), 0);
    folder.exits(0, &["setup", "e"]);
    assert_eq!(trustees[0].stage(), "unreachable");

    let (server, url) = moved(&folder, &trustees);
    assert_eq!(
        (trustees[0].stage(), trustees[0].state()["next"]["do"].clone()),
        ("rehearse".into(), json!("rehearse"))
    );
    // Everybody sees of everybody who has rehearsed, in whichever order they do.
    let rehearsed = || {
        let state = trustees[0].state();
        let people = state["people"].as_array().unwrap();
        people.iter().map(|one| one["done"].as_array().unwrap().contains(&json!("rehearsed"))).collect::<Vec<_>>()
    };
    assert_eq!((rehearsed(), &trustees[0].state()["missing"]), (vec![false; 3], &json!([1, 2, 3])));
    for (trustee, done) in [(&trustees[2], [false, false, true]), (&trustees[0], [true, false, true])] {
        rehearse(&folder, trustee);
        assert_eq!(rehearsed(), done);
    }
    assert_eq!((trustees[0].stage(), &trustees[0].state()["missing"]), ("wait_opening".into(), &json!([2])));
    assert!(trustees[0].state()["next"]["text"].as_str().unwrap().contains("2 Trustee 2"));
    assert_eq!(trustees[1].stage(), "rehearse");
    rehearse(&folder, &trustees[1]);
    assert_eq!(rehearsed(), [true; 3]);
    assert_eq!(trustees[0].stage(), "wait_opening");
    folder.exits(0, &["open", "e"]);
    vote(&folder, 0, &url, 1, "54*");
    assert_eq!(trustees[0].stage(), "voting");
    let job = trustees[0].begins("open");
    trustees[0].is_refused(&job, "not_open");
    assert_eq!(
        trustees[0].desk.refuses("/api/trustee/destroy", json!({ "key": trustees[0].key, "confirm": true })),
        "not_open"
    );
    folder.exits(0, &["close", "e"]);
    opening(&folder, &trustees);
    assert_eq!(server.terminate(), 0);
}

fn rehearse(folder: &Folder, trustee: &Trustee) {
    let job = trustee.begins("rehearse");
    let question = trustee.asked(&job, "codes");
    assert_eq!((&question["what"], &question["with"][0]["number"]), (&json!("election"), &json!(0)));
    trustee.answers(&job, &question, typed(&[0], &heard(&election_code(folder))));
    trustee.is_done(&job, "rehearsed");
}

/// The server has started again, at another port.
fn moved(folder: &Folder, trustees: &[Trustee]) -> (Serving, String) {
    let (server, url) = serve(folder, "e");
    for Trustee { desk, key } in trustees {
        assert_eq!(desk.gives("/api/trustee/at", json!({ "key": key, "at": url }))["at"], json!(url));
    }
    (server, url)
}

fn wrong_codes_post_nothing(folder: &Folder, one: &Trustee) {
    let bad = one.desk.ends("/api/trustee/deal", json!({ "key": one.key, "passphrase": "another phrase" }));
    assert_eq!(bad["error"]["code"], "usage", "{bad}");
    let job = one.begins("deal");
    let question = one.asked(&job, "codes");
    let own = question["own"].as_str().unwrap().to_owned();
    let other = one.desk.refuses("/api/trustee/deal", json!({ "key": one.key, "passphrase": PASSPHRASE }));
    assert_eq!(other, "busy");
    // One of the two has read something else.
    one.answers(&job, &question, json!({ "typed": { "2": heard(&own), "3": "AAAA-BBBB" } }));
    let again = one.asked(&job, "codes");
    let with = again["with"].as_array().unwrap();
    assert_eq!((&with[0]["agrees"], &with[1]["agrees"]), (&json!(true), &json!(false)), "{again}");
    // One alone is not enough either.
    one.answers(&job, &again, json!({ "typed": { "3": "" } }));
    let again = one.asked(&job, "codes");
    assert_eq!(again["with"][1]["agrees"], Value::Null);
    one.answers(&job, &again, json!({ "differ": true }));
    one.is_refused(&job, "check_failed");
    assert_eq!(messages(folder), 3, "nothing was posted");
    // A question that nobody answers can be left.
    let job = one.begins("deal");
    one.asked(&job, "codes");
    one.desk.gives(&format!("/api/jobs/{job}/stop"), json!({}));
    one.is_refused(&job, "other");
    assert_eq!(messages(folder), 3, "nothing was posted");
}

/// The first begins alone, stops, goes on, and is killed while it waits; then all deal.
fn a_stopped_dealing_goes_on(folder: &Folder, trustees: &mut Vec<Trustee>) {
    let one = trustees.remove(0);
    let job = one.begins("deal");
    let question = one.asked(&job, "codes");
    let own = heard(question["own"].as_str().unwrap());
    one.answers(&job, &question, typed(&[2, 3], &own));
    let begun = Instant::now();
    while messages(folder) < 4 {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(50));
    }
    let state = one.state();
    assert_eq!((&state["stage"], &state["job"], &state["missing"]), (&json!("wait_deal"), &json!(job), &json!([2, 3])));
    one.desk.gives(&format!("/api/jobs/{job}/stop"), json!({}));
    one.is_refused(&job, "other");
    assert_eq!(one.state()["job"], Value::Null);
    // What was typed is remembered: it waits at once.
    let again = one.begins("deal");
    let begun = Instant::now();
    loop {
        let told = one.desk.gives(&format!("/api/jobs/{again}"), json!({}));
        assert_eq!(told["state"], "running", "{told}");
        if told["told"].as_array().unwrap().iter().any(|text| text.as_str().unwrap().contains("waiting")) {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{told}");
    }
    assert_eq!(one.state()["job"], json!(again));
    let Trustee { desk, key } = one;
    assert_eq!(desk.terminate(), 0, "a desk waits for no work that waits");
    let one = Trustee { desk: Desk::open(folder, "desk-1"), key };
    assert_eq!(one.desk.gives("/api/trustee/keys", json!({}))["keys"][0]["stage"], "wait_deal");
    let first = one.begins("deal");
    let rest: Vec<String> = trustees.iter().map(|trustee| trustee.begins("deal")).collect();
    for ((trustee, job), number) in trustees.iter().zip(&rest).zip(2..) {
        trustee.answers(job, &trustee.asked(job, "codes"), typed(&others(number), &own));
    }
    one.is_done(&first, "dealt");
    trustees.iter().zip(&rest).for_each(|(trustee, job)| trustee.is_done(job, "dealt"));
    assert_eq!(messages(folder), 9);
    trustees.insert(0, one);
}

fn opening(folder: &Folder, trustees: &[Trustee]) {
    let begun = Instant::now();
    while trustees[0].stage() != "open" {
        assert!(begun.elapsed() < PATIENCE, "{}", trustees[0].state());
        std::thread::sleep(Duration::from_millis(100));
    }
    // A single ballot: whoever opens it must know.
    let job = trustees[0].begins("open");
    let question = trustees[0].asked(&job, "known");
    assert!(question["text"].as_str().unwrap().contains("only one ballot"), "{question}");
    trustees[0].answers(&job, &question, json!({ "known": false }));
    trustees[0].is_refused(&job, "check_failed");
    let jobs: Vec<String> = trustees[..2].iter().map(|trustee| trustee.begins("open")).collect();
    for ((trustee, job), number) in trustees.iter().zip(&jobs).zip(1..) {
        trustee.answers(job, &trustee.asked(job, "known"), json!({ "known": true }));
        let question = trustee.asked(job, "codes");
        assert_eq!((&question["what"], &question["at_least"]), (&json!("closing"), &json!(2)));
        trustee.answers(job, &question, typed(&others(number), &heard(question["own"].as_str().unwrap())));
        trustee.is_done(job, "shared");
    }
    while trustees[2].stage() != "finished" {
        assert!(begun.elapsed() < PATIENCE, "{}", trustees[2].state());
        std::thread::sleep(Duration::from_millis(100));
    }
    let result: Value = serde_json::from_str(&folder.exits(0, &["result", "e", "--json"])).unwrap();
    assert_eq!(result["contests"][0]["candidates"][0]["sum"], 5);
    let Trustee { desk, key } = &trustees[2];
    assert_eq!(desk.refuses("/api/trustee/destroy", json!({ "key": key, "confirm": false })), "not_open");
    desk.gives("/api/trustee/destroy", json!({ "key": key, "confirm": true }));
    assert_eq!(std::fs::read_dir(folder.path("desk-3/keys")).unwrap().count(), 0, "nothing is left of it");
}

#[test]
fn a_backup_is_read_back_and_proved_and_makes_a_lost_key_good() {
    let folder = Folder::new();
    new(&folder, &["--trustees", "2"]);
    let (_server, url) = serve(&folder, "e");
    let desk = Desk::open(&folder, "desk");
    let register = |number: u32| {
        let wish = json!({ "at": url, "number": number, "name": format!("N {number}"), "passphrase": PASSPHRASE });
        desk.works("/api/trustee/register", wish)["key"].as_str().unwrap().to_owned()
    };
    let (one, two) = (register(1), register(2));
    let keys = |at: usize| desk.gives("/api/trustee/keys", json!({}))["keys"][at]["backup"].clone();
    assert_eq!(keys(0), "none");
    let with = |key: &str, passphrase: &str| json!({ "key": key, "passphrase": passphrase });
    assert_eq!(desk.refuses("/api/trustee/backup", with(&one, "another phrase")), "usage");
    let made = desk.gives("/api/trustee/backup", with(&one, PASSPHRASE));
    let bytes = made["base64"].as_str().unwrap();
    assert_eq!(keys(0), "unproved");
    let check = |key: &str, base64: &str, passphrase: &str| {
        desk.asks("/api/trustee/backup/check", json!({ "key": key, "base64": base64, "passphrase": passphrase }))
    };
    let (status, good) = check(&one, bytes, PASSPHRASE);
    assert_eq!((status, &good["good"], &good["notes"]), (200, &json!(true), &json!("same")), "{good}");
    assert_eq!(keys(0), "good");
    for (key, base64, passphrase) in [
        (&two, bytes, PASSPHRASE),
        (&one, bytes, "another phrase"),
        (&one, &bytes[..bytes.len() / 2 / 4 * 4], PASSPHRASE),
        (&one, "AAAA", PASSPHRASE),
        (&one, "", PASSPHRASE),
    ] {
        assert_eq!(check(key, base64, passphrase).0, 422);
    }
    // What the key has said since is not in it.
    let note = folder.path(&format!("desk/keys/{one}.key.closing.json"));
    std::fs::write(&note, "{}").unwrap();
    assert_eq!(keys(0), "older");
    assert_eq!(check(&one, bytes, PASSPHRASE).1["notes"], "older");
    let restore = || json!({ "base64": bytes, "passphrase": PASSPHRASE });
    assert_eq!(desk.refuses("/api/trustee/restore", restore()), "usage", "it is here");
    for entry in std::fs::read_dir(folder.path("desk/keys")).unwrap().map(Result::unwrap) {
        if entry.file_name().to_string_lossy().starts_with(&format!("{one}.key")) {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    let back = desk.gives("/api/trustee/restore", restore());
    assert_eq!(back["number"], 1, "{back}");
    let key = back["key"].as_str().unwrap();
    let state = desk.gives("/api/trustee/state", json!({ "key": key }));
    assert_eq!((&state["stage"], &state["backup"]), (&json!("deal"), &json!("good")), "{state}");
    assert_eq!(mode(&folder.path(&format!("desk/keys/{key}.key"))), 0o600);
    for bad in ["", "../e", "a/b", ".", "x:1", "e:1", "no-such-key"] {
        assert_eq!(desk.refuses("/api/trustee/state", json!({ "key": bad })), "unknown", "{bad}");
    }
}
