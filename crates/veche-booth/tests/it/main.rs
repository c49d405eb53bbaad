//! The booth as its page calls it: JSON in, JSON out, up to the socket. Whole votes are cast in browsers (`tests/web`).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use serde_json::{Value, json};
use veche_booth::Booth;
use veche_client::{Card, Link};
use veche_election::{CredentialSecret, Election, VoterNumber};

const OPEN: &str = include_str!("../../../../docs/spec/vectors/record/election.json");
const SECRET: &str = include_str!("../../../../docs/spec/vectors/secret-record/election.json");
const CARD: &[u8] = include_bytes!("../../../../docs/spec/vectors/17.json");

/// A page.
#[derive(Default)]
struct Page {
    booth: Booth,
    calls: u8,
}

impl Page {
    fn calls(&mut self, call: Value) -> Value {
        self.calls += 1;
        let random = data_encoding::BASE64URL_NOPAD.encode(&[self.calls; 64]);
        let mut call = call;
        let op = call.as_object_mut().unwrap().remove("op").unwrap();
        let message = json!({ "random": random, "clock_ms": 1, "call": { op.as_str().unwrap(): call } });
        serde_json::from_slice(&self.booth.call(message.to_string().as_bytes())).unwrap()
    }

    fn ok(&mut self, call: Value) -> Value {
        let answer = self.calls(call);
        answer.get("ok").unwrap_or_else(|| panic!("{answer}")).clone()
    }

    fn refused(&mut self, call: Value) -> String {
        self.calls(call)["error"]["kind"].as_str().unwrap().to_owned()
    }

    /// Nothing is stored; a server that is busy is greeted in vain.
    fn asked_for_marks(&mut self) {
        let greets = self.ok(json!({ "op": "pending", "text": null }));
        assert_eq!(greets[0]["do"], "greet", "{greets}");
        let asks = self.ok(json!({ "op": "lost", "loss": "busy" }));
        assert_eq!(asks, json!([{ "do": "ask", "question": "marks" }]));
    }

    /// A page that was opened by the link of a voter, and has begun.
    fn of(manifest: &str) -> (Self, Value) {
        let mut page = Self::default();
        page.ok(json!({ "op": "link", "fragment": *link(manifest) }));
        page.ok(json!({ "op": "election", "manifest": manifest }));
        let errands = page.ok(json!({ "op": "begin" }));
        (page, errands)
    }
}

fn link(manifest: &str) -> zeroize::Zeroizing<String> {
    let election = Election::parse(manifest.as_bytes()).unwrap();
    let secret = CredentialSecret::from_random([5; 16]);
    Link::new(election.id(), VoterNumber::parse("17").unwrap(), Some(secret)).fragment()
}

#[test]
fn nothing_of_another_election_is_shown() {
    let mut page = Page::default();
    page.ok(json!({ "op": "link", "fragment": *link(SECRET) }));
    assert_eq!(page.refused(json!({ "op": "election", "manifest": OPEN })), "other-election");
    assert_eq!(page.refused(json!({ "op": "begin" })), "order");
    assert_eq!(page.refused(json!({ "op": "link", "fragment": "v1.A.17" })), "link");
    assert_eq!(page.refused(json!({ "op": "election", "manifest": "{}" })), "manifest");
}

#[test]
fn the_card_of_the_specification_is_read_typed_and_as_a_link() {
    let card = Card::parse(CARD).unwrap();
    let mut page = Page::default();
    let shown = page.ok(json!({ "op": "election", "manifest": OPEN }));
    assert_eq!(
        (&shown["title"], &shown["number"], &shown["secret"]),
        (&json!("Board 2027"), &Value::Null, &json!(false))
    );
    for (number, credential, refused) in [
        ("1.7", card.credential.as_str(), "number"),
        ("17", "7DV1", "credential-length"),
        ("17", &card.credential[1..], "credential-group"),
    ] {
        assert_eq!(page.refused(json!({ "op": "begin", "number": number, "credential": credential })), refused);
    }
    let typed = page.ok(json!({ "op": "begin", "number": "17", "credential": *card.credential }));
    let fragment = Link::new(card.election, card.number, card.secret().ok()).fragment();
    let mut linked = Page::default();
    linked.ok(json!({ "op": "link", "fragment": *fragment }));
    linked.ok(json!({ "op": "election", "manifest": OPEN }));
    assert_eq!(linked.ok(json!({ "op": "begin" })), typed, "the same place in the browser's storage");
    linked.ok(json!({ "op": "wipe" }));
    assert_eq!(linked.refused(json!({ "op": "begin" })), "order");
}

#[test]
fn an_open_ballot_is_stored_before_anything_is_connected() {
    let (mut page, errands) = Page::of(OPEN);
    assert_eq!(errands[0]["do"], "read-pending");
    let name = errands[0]["name"].as_str().unwrap();
    assert!(name.starts_with("veche-pending-1."), "{name}");
    let marks = marks_of(OPEN);
    page.asked_for_marks();
    let mut beyond = marks.clone();
    beyond[0][0] = json!(9);
    for (wrong, why, at) in [(vec![json!([0])], "marks-count", Value::Null), (beyond, "mark-not-on-scale", json!(1))] {
        let notice = &page.ok(json!({ "op": "marks", "levels": wrong }))[0]["notice"];
        assert_eq!((&notice["says"], &notice["why"], &notice["at"]), (&json!("marks"), &json!(why), &at));
    }
    let review = page.ok(json!({ "op": "marks", "levels": marks }));
    assert_eq!((&review[0]["notice"]["levels"], &review[1]["question"]), (&json!(marks), &json!("cast")));
    let cast = page.ok(json!({ "op": "choose", "choice": "cast" }));
    let done: Vec<_> = cast.as_array().unwrap().iter().map(|errand| errand["do"].as_str().unwrap()).collect();
    assert_eq!(done, ["keep", "connect"]);
    assert_eq!(cast[0]["name"], name);
    // The tab is closed; whoever comes back with the same card finds it.
    let (mut again, _) = Page::of(OPEN);
    let found = again.ok(json!({ "op": "pending", "text": cast[0]["text"] }));
    assert_eq!((&found[0]["notice"]["levels"], &found[1]["question"]), (&json!(marks), &json!("send-again")));
}

#[test]
fn a_challenged_ballot_is_opened_and_checked_and_a_changed_one_is_false() {
    let (mut page, _) = Page::of(SECRET);
    page.asked_for_marks();
    let marks = marks_of(SECRET);
    let review = page.ok(json!({ "op": "marks", "levels": marks }));
    let code = &review[0]["notice"]["code"];
    assert!(review[0]["notice"]["picture"]["path"].as_str().unwrap().starts_with('M'));
    let opened = page.ok(json!({ "op": "choose", "choice": "challenge" }));
    assert_eq!((&opened[0]["do"], &opened[0]["code"]), (&json!("opened"), code));
    assert_ne!(opened[1]["notice"]["code"], *code, "sealed anew");
    let file = opened[0]["file"].as_str().unwrap();
    let checked = page.ok(json!({ "op": "check-challenge", "file": file }));
    assert_eq!((&checked["kind"], &checked["code"], &checked["levels"]), (&json!("good"), code, &json!(marks)));
    let marked = serde_json::from_str::<Value>(file).unwrap()["marks"].to_string();
    let other = marked.replacen(marked.chars().nth(2).unwrap(), if &marked[2..3] == "1" { "2" } else { "1" }, 1);
    let changed = page.ok(json!({ "op": "check-challenge", "file": file.replace(&marked, &other) }));
    assert_eq!((&changed["kind"], &changed["why"]), (&json!("false"), &json!("challenge-row")), "{changed}");
    // What is wrong has a name that the page has words for, in whatever language; a file of another election accuses nobody.
    let [own, other] = [SECRET, OPEN].map(|manifest| Election::parse(manifest.as_bytes()).unwrap().id().to_string());
    let code = code.as_str().unwrap();
    let false_code = code.replacen(&code[..4], if code.starts_with("0000") { "1111" } else { "0000" }, 1);
    let signed = file.replacen("\\\"sig\\\":\\\"A", "\\\"sig\\\":\\\"B", 1);
    for (file, kind, why) in [
        ("{}".to_owned(), "no-file", "challenge-form"),
        ("not even that".to_owned(), "no-file", "challenge-form"),
        (file.replace("veche-challenge-2", "veche-challenge-1"), "no-file", "challenge-form"),
        (signed, "no-file", "challenge-signed"),
        (file.replace(&own, &other), "no-file", "challenge-other-election"),
        (file.replace(&marked, "[]"), "false", "challenge-marks"),
        (file.replace(code, &false_code), "false", "challenge-code"),
        (file.replace("\\\"seq\\\":1", "\\\"seq\\\":0"), "false", "challenge-entry"),
    ] {
        let checked = page.ok(json!({ "op": "check-challenge", "file": file }));
        assert_eq!((&checked["kind"], &checked["why"]), (&json!(kind), &json!(why)), "{checked}");
    }
    // The code that was noted, as people write it.
    let cyrillic = code.replace('A', "А").replace('B', "В").replace('0', "о").to_lowercase();
    for (noted, symbols, agrees) in
        [("", 0, true), (code, 52, true), (cyrillic.as_str(), 52, true), (&code[..19], 16, true), ("00000", 5, false)]
    {
        let checked = page.ok(json!({ "op": "check-challenge", "file": file, "noted": noted }));
        assert_eq!(checked["noted"], json!({ "symbols": symbols, "agrees": agrees }), "{noted}");
    }
}

/// The best level for everybody.
fn marks_of(manifest: &str) -> Vec<Value> {
    let election = Election::parse(manifest.as_bytes()).unwrap();
    let best = |contest: &veche_election::Contest| {
        let single = contest.kind == veche_election::ContestKind::Single;
        let level = |i: usize| if single { usize::from(i == 0) } else { contest.levels.len() - 1 };
        json!((0..contest.candidates.len()).map(level).collect::<Vec<_>>())
    };
    election.contests().iter().map(best).collect()
}
