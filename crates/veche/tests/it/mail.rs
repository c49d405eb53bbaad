//! Letters to voters, through real mail servers (aiosmtpd, `tests/smtp.py`) that fail in every way that one is known to.

use std::{
    io::{BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    commands::{Folder, Serving},
    tls::make_certificates,
};

const PATIENCE: Duration = Duration::from_secs(60);

/// A mail server, stopped with its test.
pub struct Post {
    _serving: Serving,
    pub port: String,
    dir: tempfile::TempDir,
}

impl Post {
    pub fn new(way: &str) -> Self {
        Self::under(way, &[])
    }

    /// With certificate and key.
    fn under(way: &str, tls: &[&std::path::Path]) -> Self {
        let python = std::env::var("VECHE_PYTHON").unwrap_or_else(|_| "python3".into());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/smtp.py");
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new(python);
        let mut child = command
            .args([script, way])
            .arg(dir.path())
            .args(tls)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let port = said.trim().to_owned();
        assert!(port.parse::<u16>().is_ok(), "aiosmtpd is missing? make target/venv/ready");
        Self { _serving: Serving(child), port, dir }
    }

    pub fn letters(&self) -> Vec<Value> {
        let lines = std::fs::read_to_string(self.dir.path().join("letters.jsonl")).unwrap_or_default();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Whom it has taken a letter for, in order.
    pub fn reached(&self) -> Vec<String> {
        self.letters().iter().map(|letter| letter["to"][0].as_str().unwrap().to_owned()).collect()
    }
}

const ALL: [&str; 4] = ["v1@example.org", "v2@example.org", "v3@xn--80a1acny.xn--p1ai", "v4@example.org"];

/// Four voters with addresses, two without.
fn election() -> Folder {
    let folder = Folder::new();
    let roll = "number,name,contact\n1,Anna,v1@example.org\n2,\"Frank, B.\",v2@example.org\n3,Вера,v3@почта.рф\n\
                4,=1+1,v4@example.org\n5,Eve,+7 900 000-00-00\n6,Gleb,gleb@nowhere\n";
    std::fs::write(folder.path("roll.csv"), roll).unwrap();
    let new = ["new", "e", "--title", "Board & more", "--candidates", "A,B", "--roll", "roll.csv", "--rule", "sum"];
    let more = [
        "--secrecy",
        "open",
        "--url",
        "https://vote.example.org",
        "--lang",
        "en",
        "--closes",
        "2090-12-01T10:00:00+03:00",
    ];
    folder.exits(0, &[&new[..], &more].concat());
    folder
}

/// Puts `[mail]` into the election's file.
fn through(folder: &Folder, post: &Post, more: &str) {
    let path = folder.path("e/election.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let before = text.split("\n[mail]").next().unwrap();
    let port = &post.port;
    let section =
        format!("\n[mail]\nhost = \"127.0.0.1\"\nport = {port}\nfrom = \"Правление <vote@example.org>\"\n{more}\n");
    std::fs::write(path, format!("{before}{section}")).unwrap();
}

fn plain(way: &str) -> (Folder, Post) {
    let (folder, post) = (election(), Post::new(way));
    through(&folder, &post, "tls = \"none\"\ntimeout_s = 5");
    (folder, post)
}

fn journal(folder: &Folder) -> String {
    std::fs::read_to_string(folder.path("e/mail.jsonl")).unwrap_or_default()
}

/// What the journal says last of each voter.
fn became(folder: &Folder) -> Vec<(String, String)> {
    let mut last = std::collections::BTreeMap::new();
    for line in journal(folder).lines().skip(1) {
        let line: Value = serde_json::from_str(line).unwrap();
        last.insert(line["number"].as_str().unwrap().to_owned(), line["became"].as_str().unwrap().to_owned());
    }
    last.into_iter().collect()
}

const MAIL: [&str; 4] = ["mail", "e", "--per-minute", "100000"];

fn mail(folder: &Folder, code: i32, more: &[&str]) -> String {
    folder.exits(code, &[&MAIL[..], more].concat())
}

/// The codes of all cards.
fn codes(folder: &Folder) -> Vec<String> {
    let card = |line| -> Value {
        serde_json::from_slice(&std::fs::read(folder.path(&format!("e/cards/{line}.json"))).unwrap()).unwrap()
    };
    (1..=6).map(|line| card(line)["credential"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_voter_with_an_address_gets_one_letter_with_the_link_and_without_the_code() {
    let (folder, post) = plain("good");
    let said = mail(&folder, 0, &[]);
    for expected in ["Sent: 4", "Without an e-mail address: 2", "+7 900 000-00-00", "gleb@nowhere (what stands behind"]
    {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert_eq!(post.reached(), ALL);
    let codes = codes(&folder);
    for (letter, number) in post.letters().iter().zip(1..) {
        let (text, html) = (letter["text"].as_str().unwrap(), letter["html"].as_str().unwrap());
        for part in [text, html] {
            assert!(
                part.contains("https://vote.example.org/booth/#v1.")
                    && part.contains("1 December 2090, 10:00 UTC+03:00"),
                "{part}"
            );
            assert!(codes.iter().all(|code| !part.contains(code) && !part.contains(&code.replace('-', ""))), "{part}");
        }
        let link = text.lines().find(|line| line.starts_with("https://")).unwrap();
        assert!(
            link.ends_with(&format!(".{number}")) && link.rsplit_once('#').unwrap().1.split('.').count() == 3,
            "{link}"
        );
        assert!(!html.contains("<a ") && html.contains("Board &amp; more"), "{html}");
        let head = |name: &str| -> Vec<&str> {
            let lines = letter["head"].as_array().unwrap().iter();
            lines.filter(|line| line[0] == name).map(|line| line[1].as_str().unwrap()).collect()
        };
        assert_eq!(head("Subject"), ["Board & more: your vote"]);
        assert_eq!(head("To"), [ALL[number - 1]]);
        assert!(head("From")[0].contains("Правление") && head("Auto-Submitted") == ["auto-generated"]);
        assert!(head("Message-ID")[0].ends_with("@example.org>") && letter["defects"].as_array().unwrap().is_empty());
    }
    assert!(post.letters()[1]["text"].as_str().unwrap().contains("Dear Frank, B.,"));
    // Again: nobody gets a second one, and a voter who comes later gets the first.
    assert!(mail(&folder, 0, &[]).contains("Sent: 0"));
    folder.exits(0, &["roll", "correct", "e", "6", "--contact", "gleb@example.org"]);
    assert!(mail(&folder, 0, &[]).contains("Sent: 1"));
    assert_eq!(post.reached().len(), 5);
    let kept = journal(&folder);
    assert!(kept.contains("queued as Q1") && kept.contains("v1@example.org"), "{kept}");
    let mode = std::fs::metadata(folder.path("e/mail.jsonl")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // An address that changes behind a letter is said, and no reason to send another one unasked.
    folder.exits(0, &["roll", "correct", "e", "6", "--contact", "gleb2@example.org"]);
    assert!(mail(&folder, 0, &[]).contains("changed since: 6"));
    assert!(mail(&folder, 0, &["--resend", "6"]).contains("Sent: 1"));
    assert_eq!(post.reached().last().unwrap(), "gleb2@example.org");
    mail(&folder, 2, &["--resend", "5"]);
}

#[test]
fn with_code_is_said_what_it_gives_up_and_its_words_never_come_back_into_the_journal() {
    let (folder, post) = plain("good");
    let help = folder.exits(0, &["mail", "--help"]);
    assert!(help.contains("can vote in the voter's name") && help.contains("veche mail board2027 --test"), "{help}");
    folder.exits(0, &["card", "replace", "e", "1"]);
    mail(&folder, 0, &["--with-code"]);
    let codes = codes(&folder);
    for (letter, code) in post.letters().iter().zip(&codes) {
        let text = letter["text"].as_str().unwrap();
        assert!(text.contains(code) && text.contains(&code.replace('-', "")), "the card in force: {text}");
    }
    let without_codes =
        |text: &str| codes.iter().all(|code| !text.contains(code) && !text.contains(&code.replace('-', "")));
    assert!(without_codes(&journal(&folder)));
    // A server that repeats the letter, this one and the one before; and to so many that the run is given up with its words.
    let post = Post::new("echo");
    through(&folder, &post, "tls = \"none\"");
    let said = mail(&folder, 1, &["--with-code", "--resend", "1,2"]);
    assert!(without_codes(&said) && without_codes(&journal(&folder)), "{said}");
    assert!(said.contains("550 (where letters hold codes, a server's words are not kept)"), "{said}");
    assert!(said.contains("name behind --resend only those whom it has not reached"), "{said}");
    // A card that is not there is no reason to send a letter without it.
    let card = folder.path("e/cards/2.json");
    let kept = std::fs::read(&card).unwrap();
    std::fs::remove_file(&card).unwrap();
    let said = mail(&folder, 2, &["--with-code", "--preview", "--resend", "2"]);
    assert!(said.contains("2 is nobody's number"), "{said}");
    assert!(mail(&folder, 0, &["--with-code", "--preview"]).contains("the card in force is not in cards/"));
    std::fs::write(card, kept).unwrap();
    // Who chose two ways gets two.
    let path = folder.path("e/election.toml");
    let text = std::fs::read_to_string(&path).unwrap().replacen("\ngrace_s", "\nsplit_delivery = true\ngrace_s", 1);
    std::fs::write(path, text).unwrap();
    assert!(mail(&folder, 2, &["--with-code"]).contains("split_delivery"));
    // The preview shows no code.
    let preview = mail(&folder, 0, &["--preview", "--resend", "2"]);
    assert!(preview.contains("Dear Frank, B.,") && without_codes(&preview), "{preview}");
}

/// What the mail server does, what the journal says of the second voter then, and how often the letter to that one was taken.
fn check_way(way: &str, code: i32, second: &str, words: &str, taken: usize) -> (Folder, Post) {
    let (folder, post) = plain(way);
    let said = mail(&folder, code, &[]);
    assert!(said.contains(words), "{way}: {words}: {said}");
    let two = became(&folder).into_iter().find(|(number, _)| number == "2").unwrap().1;
    let reached = post.reached();
    assert_eq!(two, second, "{way}: {said}");
    assert_eq!(reached.iter().filter(|to| to.starts_with("v2@")).count(), taken, "{way}: {reached:?}");
    (folder, post)
}

#[test]
fn a_server_that_greets_slowly_says_long_lines_closes_or_takes_its_leave_gets_every_letter_once() {
    for way in ["slow", "long", "lies", "farewell"] {
        let (_, post) = check_way(way, 0, "sent", "Sent: 4", 1);
        assert_eq!(post.reached(), ALL, "{way}");
    }
}

#[test]
fn where_letters_hold_codes_a_run_that_is_given_up_repeats_none_of_them() {
    let folder = Folder::new();
    let lines: String = (1..=12).map(|n| format!("{n},v{n}@example.org\n")).collect();
    std::fs::write(folder.path("roll.csv"), format!("number,contact\n{lines}")).unwrap();
    let new = ["new", "e", "--candidates", "A,B", "--roll", "roll.csv", "--rule", "sum", "--secrecy", "open"];
    folder.exits(0, &[&new[..], &["--url", "https://vote.example.org"]].concat());
    let post = Post::new("echo");
    through(&folder, &post, "tls = \"none\"");
    let out = folder.run(&[&MAIL[..], &["--with-code", "--json"]].concat());
    let said = crate::secret::said(&out);
    assert!(said.contains("10 letters in a row") && said.contains("550 (where letters hold codes"), "{said}");
    for line in 1..=12 {
        let card = std::fs::read(folder.path(&format!("e/cards/{line}.json"))).unwrap();
        let code = serde_json::from_slice::<Value>(&card).unwrap()["credential"].as_str().unwrap().to_owned();
        for text in [&said, &journal(&folder)] {
            assert!(!text.contains(&code) && !text.contains(&code.replace('-', "")), "{text}");
        }
    }
}

#[test]
fn who_is_refused_for_good_is_not_tried_again_until_the_address_changes_and_the_others_are_reached() {
    let (folder, post) = check_way("refuses", 1, "refused", "550 5.1.1 no such user", 0);
    assert_eq!(post.reached().len(), 3);
    let said = mail(&folder, 1, &[]);
    assert!(said.contains("Sent: 0") && said.contains("2: 550 5.1.1 no such user"), "{said}");
    assert!(mail(&folder, 1, &["--retry-refused"]).contains("Refused for good: 1"));
    folder.exits(0, &["roll", "correct", "e", "2", "--contact", "two@example.org"]);
    assert!(mail(&folder, 0, &[]).contains("Sent: 1"));
    assert_eq!(post.reached().last().unwrap(), "two@example.org");
}

#[test]
fn a_server_that_takes_letters_only_the_second_time_gets_each_once() {
    let (folder, post) = check_way("greylist", 1, "later", "451 4.7.1 come again later", 0);
    assert!(post.reached().is_empty());
    assert!(mail(&folder, 0, &[]).contains("Sent: 4"));
    assert_eq!(post.reached(), ALL);
    assert!(mail(&folder, 0, &[]).contains("Sent: 0"));
}

#[test]
fn nobody_gets_two_letters_unnoticed_where_the_connection_breaks_behind_the_last_dot() {
    // The server has the letter, and says nothing.
    let (folder, post) = check_way("mute", 1, "unknown", "May have been sent: 2", 1);
    assert_eq!(post.reached().len(), 4, "the others are reached");
    let said = mail(&folder, 1, &[]);
    assert!(said.contains("--resend N, or --arrived N") && said.contains("Sent: 0"), "{said}");
    // One of two that is not in doubt: neither is noted.
    mail(&folder, 2, &["--arrived", "2,1"]);
    assert!(mail(&folder, 0, &["--arrived", "2"]).contains("Noted"));
    mail(&folder, 2, &["--arrived", "2"]);
    assert!(mail(&folder, 0, &[]).contains("Sent: 0"));
    // In the middle of it: either that is seen, and it is sent once more, or it is among those that may have been sent.
    let (folder, post) = plain("drops");
    let said = String::from_utf8(folder.run(&MAIL).stdout).unwrap();
    let two = became(&folder)[1].1.clone();
    let taken = post.reached().iter().filter(|to| to.starts_with("v2@")).count();
    assert!((two == "sent" && taken == 1) || (two == "unknown" && taken == 0), "{two} {taken} {said}");
}

#[test]
fn killed_while_a_letter_is_handed_over_it_says_so_and_sends_the_rest_alone() {
    let (folder, post) = plain("hangs");
    let mut child = folder.command(&MAIL).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    while post.reached().len() < 2 {
        assert!(begun.elapsed() < PATIENCE, "{}", journal(&folder));
        std::thread::sleep(Duration::from_millis(20));
    }
    // Meanwhile no other run begins.
    assert!(mail(&folder, 8, &[]).contains("another veche mail"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(became(&folder), [("1", "sent"), ("2", "sending")].map(|(n, b)| (n.to_owned(), b.to_owned())));
    let said = mail(&folder, 1, &[]);
    assert!(said.contains("not sent again now: 2"), "{said}");
    assert_eq!(post.reached(), ALL, "the second voter once, and the two that were left");
    assert!(mail(&folder, 0, &["--resend", "2"]).contains("Sent: 1"));
    assert_eq!(post.reached().last().unwrap(), "v2@example.org");
    assert!(mail(&folder, 0, &[]).contains("Sent: 0"));
    // A line that the crash has cut.
    let whole = journal(&folder);
    std::fs::write(folder.path("e/mail.jsonl"), &whole[..whole.len() - 9]).unwrap();
    let said = mail(&folder, 1, &[]);
    assert!(said.contains("not sent again now: 2"), "what was being sent, may have been: {said}");
    std::fs::write(folder.path("e/mail.jsonl"), whole.replacen("\"sent\"", "\"snet\"", 1)).unwrap();
    assert!(mail(&folder, 1, &[]).contains("is damaged"));
}

#[test]
fn a_letter_that_is_too_large_is_refused_before_or_behind_it() {
    check_way("size", 1, "refused", "takes 1000 at most", 0);
    check_way("large", 1, "refused", "552 5.3.4", 0);
}

#[test]
fn a_server_that_refuses_the_sender_or_everybody_is_not_asked_about_everybody() {
    let (folder, _) = check_sender();
    assert_eq!(became(&folder).len(), 1, "{}", journal(&folder));
    let folder = Folder::new();
    let lines: String = (1..=30).map(|n| format!("{n},v{n}@example.org\n")).collect();
    std::fs::write(folder.path("roll.csv"), format!("number,contact\n{lines}")).unwrap();
    let new = ["new", "e", "--candidates", "A,B", "--roll", "roll.csv", "--rule", "sum", "--secrecy", "open"];
    folder.exits(0, &[&new[..], &["--url", "https://vote.example.org"]].concat());
    let post = Post::new("nobody");
    through(&folder, &post, "tls = \"none\"");
    let said = mail(&folder, 1, &[]);
    assert!(said.contains("10 letters in a row") && said.contains("Not begun: 20"), "{said}");
    assert_eq!(became(&folder).len(), 10);
}

fn check_sender() -> (Folder, Post) {
    let (folder, post) = plain("sender");
    let said = mail(&folder, 1, &[]);
    assert!(said.contains("takes no letter from vote@example.org now: 550 5.7.1 not from you"), "{said}");
    (folder, post)
}

#[test]
fn answers_without_an_end_and_servers_that_say_nothing_stop_a_run_in_time() {
    let (folder, _post) = plain("endless");
    let begun = Instant::now();
    let said = mail(&folder, 7, &[]);
    assert!(said.contains("its answer has no end") && begun.elapsed() < PATIENCE, "{said}");
    let post = Post::new("silent");
    through(&folder, &post, "tls = \"none\"\ntimeout_s = 1");
    let said = mail(&folder, 7, &[]);
    assert!(said.contains("did not answer in time"), "{said}");
    // Somebody who is no mail server, and nobody.
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    std::thread::spawn(move || other.accept().unwrap().0.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap());
    let toml = std::fs::read_to_string(folder.path("e/election.toml")).unwrap();
    std::fs::write(folder.path("e/election.toml"), toml.replace(&post.port, &port)).unwrap();
    let said = mail(&folder, 7, &[]);
    assert!(said.contains("no answer of a mail server: HTTP/1.1 400") && said.contains("Nothing was sent"), "{said}");
    assert!(mail(&folder, 7, &[]).contains(&format!("127.0.0.1:{port}")));
}

#[test]
fn letters_go_over_tls_as_it_was_asked_for_or_not_at_all() {
    let folder = election();
    let own = tempfile::tempdir().unwrap();
    make_certificates(own.path());
    let [ca, certificate, key] = ["ca.pem", "certificate.pem", "key.pem"].map(|name| own.path().join(name));
    let ca = ca.to_str().unwrap();
    let under = |way: &str| Post::under(way, &[&certificate, &key]);
    std::fs::write(folder.path("password"), "пароль\n").unwrap();
    std::fs::write(folder.path("wrong"), "falsch\n").unwrap();
    let private =
        |name: &str| std::fs::set_permissions(folder.path(name), std::fs::Permissions::from_mode(0o600)).unwrap();
    private("wrong");

    let (implicit, starttls) = (under("password"), under("starttls"));
    through(&folder, &implicit, "user = \"vote@example.org\"");
    let with =
        |code, more: &[&str]| mail(&folder, code, &[&["--password-file", "password", "--resend", "1"], more].concat());
    assert!(with(2, &["--ca", ca]).contains("chmod 600"), "a password that others may read");
    private("password");
    assert!(with(7, &[]).contains("no TLS came about"), "an authority that nobody knows");
    assert!(implicit.reached().is_empty());
    with(0, &["--ca", ca]);
    let said = mail(&folder, 7, &["--password-file", "wrong", "--ca", ca]);
    assert!(said.contains("does not take user and password: 535") && !said.contains("falsch"), "{said}");
    let (code, said) = folder.types("пароль\n", &[&MAIL[..], &["--resend", "1", "--ca", ca]].concat());
    assert!(code == 0 && said.contains("Password of vote@example.org"), "{said}");
    assert_eq!(implicit.reached(), ["v1@example.org", "v1@example.org"]);

    through(&folder, &starttls, "tls = \"starttls\"");
    assert!(mail(&folder, 7, &[]).contains("no TLS came about"));
    mail(&folder, 0, &["--ca", ca, "--resend", "1"]);
    assert_eq!(starttls.reached().len(), 1);
    let login = under("login");
    through(&folder, &login, "tls = \"starttls\"\nuser = \"vote@example.org\"");
    with(0, &["--ca", ca]);

    // The same authority, and a name that the certificate does not have.
    through(&folder, &implicit, "user = \"vote@example.org\"");
    let path = folder.path("e/election.toml");
    let text = std::fs::read_to_string(&path).unwrap().replace("host = \"127.0.0.1\"", "host = \"localhost\"");
    std::fs::write(&path, text).unwrap();
    assert!(with(7, &["--ca", ca]).contains("no TLS came about"), "another's certificate");
    assert_eq!(implicit.reached().len(), 2);

    let old = under("old");
    through(&folder, &old, "");
    mail(&folder, 0, &["--ca", ca, "--resend", "1"]);
    assert_eq!(old.reached().len(), 1, "TLS 1.2");

    let bare = Post::new("good");
    through(&folder, &bare, "tls = \"starttls\"");
    assert!(mail(&folder, 7, &["--ca", ca]).contains("does not offer STARTTLS"));
    through(&folder, &bare, "timeout_s = 2");
    assert!(mail(&folder, 7, &["--ca", ca]).contains("TLS"));
    let inject = under("inject");
    through(&folder, &inject, "tls = \"starttls\"\nuser = \"vote@example.org\"");
    assert!(with(7, &["--ca", ca]).contains("somebody is in between"));
    assert!(bare.reached().is_empty() && inject.reached().is_empty());
    // Nothing in clear to another machine, and no password in the file.
    through(&folder, &bare, "tls = \"none\"\npassword = \"x\"");
    assert!(mail(&folder, 2, &[]).contains("never stands in election.toml"));
    through(&folder, &bare, "tls = \"none\"");
    let text = std::fs::read_to_string(&path).unwrap().replace("host = \"127.0.0.1\"", "host = \"mail.example.org\"");
    std::fs::write(path, text).unwrap();
    assert!(mail(&folder, 2, &[]).contains("anybody could read the letters"));
}

#[test]
fn a_test_letter_is_compared_with_what_arrives() {
    let (folder, post) = plain("good");
    let test = [&MAIL[..], &["--test", "me@example.org"]].concat();
    let out: Value = serde_json::from_slice(&folder.run(&[&test[..], &["--json"]].concat()).stdout).unwrap();
    let letters = post.letters();
    let (word, link) = (out["word"].as_str().unwrap(), out["link"].as_str().unwrap());
    let text = letters[0]["text"].as_str().unwrap();
    assert!(
        text.contains(word) && text.contains(link) && letters[0]["html"].as_str().unwrap().contains(word),
        "{text}"
    );
    assert!(link.ends_with(".TEST") && journal(&folder).is_empty(), "no voter's, and nothing of it is noted");
    // Answers that come only when the letter has: a person reads it first.
    let answers = |change: &dyn Fn(String, String) -> String| {
        let before = post.letters().len();
        let mut command = folder.command(&test);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let begun = Instant::now();
        while post.letters().len() == before {
            assert!(begun.elapsed() < PATIENCE);
            std::thread::sleep(Duration::from_millis(20));
        }
        let text = post.letters().last().unwrap()["text"].as_str().unwrap().to_owned();
        let word = text.lines().next().unwrap().rsplit_once(' ').unwrap().1.to_owned();
        let link = text.lines().find(|line| line.starts_with("https://")).unwrap().to_owned();
        child.stdin.take().unwrap().write_all(change(word, link).as_bytes()).unwrap();
        let out = child.wait_with_output().unwrap();
        (out.status.code().unwrap(), String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned())
    };
    let (code, said) = answers(&|word, link| format!("{}\n {link} \n", word.to_lowercase()));
    assert!(code == 0 && said.contains("arrives as it was sent"), "{said}");
    let (code, said) = answers(&|word, link| format!("{word}\nhttps://tracker.example/?to={link}\n"));
    assert!(code == 6 && said.contains("the link was changed on the way"), "{said}");
    let (code, said) = answers(&|_, _| "AAAA-AAAA\n".into());
    assert!(code == 6 && said.contains("not the word"), "{said}");
    mail(&folder, 2, &["--test", "Me <me@example.org>"]);
}

#[test]
fn own_texts_are_checked_before_the_first_letter_and_shown_before_it() {
    let (folder, post) = plain("good");
    let own = |text: &str| std::fs::write(folder.path("own.txt"), text).unwrap();
    own("Голосование «{title}»\n\n{name}!\nСсылка: {link}\n{{до}} {closes}\n");
    let said = mail(&folder, 0, &["--template", "own.txt", "--preview"]);
    assert!(said.contains("Subject: Голосование «Board & more»") && said.contains("{до} 1 December 2090"), "{said}");
    assert!(
        said.contains("The first of 4") && said.contains("Without an e-mail address: 2") && post.reached().is_empty(),
        "{said}"
    );
    let shown: Value = serde_json::from_slice(
        &folder.run(&[&MAIL[..], &["--template", "own.txt", "--preview", "--json"]].concat()).stdout,
    )
    .unwrap();
    assert_eq!(shown["letters"], serde_json::json!(["1", "2", "3", "4"]));
    for (text, expected) in [
        ("S\n\n{lnik}", "{lnik}"),
        ("S\n\nno link", "no {link}"),
        ("S\n\n{link} {code}", "--with-code"),
        ("{link}", "no subject"),
        ("Your ballot: {link}\n\n{link}", "the subject holds {link}"),
    ] {
        own(text);
        let said = mail(&folder, 2, &["--template", "own.txt"]);
        assert!(said.contains(expected), "{text}: {said}");
    }
    assert!(post.reached().is_empty() && journal(&folder).is_empty());
    // Longer than a line of a letter's head, at every place where it may be broken.
    for extra in 0..12 {
        let subject = format!(
            "Выборы{} правления садового товарищества «Берёзка», до 10 часов вечера 1 декабря",
            "а".repeat(extra)
        );
        own(&format!("{subject}\n\n{{name}}: {{link}}\n"));
        mail(&folder, 0, &["--template", "own.txt", "--lang", "ru", "--resend", "3"]);
        let letters = post.letters();
        let letter = letters.last().unwrap();
        assert!(letter["text"].as_str().unwrap().starts_with("Вера: https://"));
        let head = letter["head"].as_array().unwrap().iter().find(|line| line[0] == "Subject").unwrap();
        assert_eq!(head[1], subject.as_str());
    }
}

#[test]
fn reminders_go_to_those_who_have_not_voted_without_a_link_and_once_a_day() {
    let (folder, post) = plain("good");
    assert!(mail(&folder, 5, &["--remind"]).contains("while the election is open"));
    folder.exits(0, &["open", "e"]);
    let (server, port) = folder.serve(&["serve", "e", "--any-port"]);
    folder.exits(0, &["vote", "2", "2", &port, "--card", "e/cards/2.json", "--ballot", "12"]);
    folder.exits(0, &["roll", "correct", "e", "4", "--contact", "none"]);
    let said = mail(&folder, 0, &["--remind", "--lang", "ru"]);
    assert!(said.contains("Sent: 2"), "{said}");
    assert_eq!(post.reached(), [ALL[0], ALL[2]]);
    for letter in post.letters() {
        let raw = letter["raw"].as_str().unwrap();
        let both = format!("{}{}", letter["text"], letter["html"]);
        assert!(
            both.contains("вашего бюллетеня пока нет") && !both.contains("vote.example.org") && !both.contains("#v1"),
            "{both}"
        );
        assert!(!raw.contains("https://"), "{raw}");
    }
    assert!(mail(&folder, 0, &["--remind"]).contains("Sent: 0"), "not twice a day");
    // A day later.
    let older = |line: &str| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        if let Some(at) = line["at"].as_u64() {
            line["at"] = (at - 80_000).into();
        }
        format!("{line}\n")
    };
    std::fs::write(folder.path("e/mail.jsonl"), journal(&folder).lines().map(older).collect::<String>()).unwrap();
    assert!(mail(&folder, 0, &["--remind"]).contains("Sent: 2"));
    assert!(mail(&folder, 0, &[]).contains("Sent: 3"), "an invitation is another letter");
    folder.exits(0, &["close", "e"]);
    mail(&folder, 5, &[]);
    assert_eq!(server.terminate(), 0);
}

#[test]
fn a_table_for_another_program_holds_no_code_and_no_formula() {
    let (folder, post) = plain("good");
    assert!(mail(&folder, 0, &["--csv", "merge.csv"]).contains("4 letters to merge"));
    let table = std::fs::read_to_string(folder.path("merge.csv")).unwrap();
    assert!(
        table.starts_with("number,name,address,link\n1,Anna,v1@example.org,https://vote.example.org/booth/#v1."),
        "{table}"
    );
    assert!(table.contains("2,\"Frank, B.\",") && table.contains("4,'=1+1,v4@example.org,"), "{table}");
    assert!(codes(&folder).iter().all(|code| !table.contains(&code.replace('-', ""))));
    assert_eq!(std::fs::metadata(folder.path("merge.csv")).unwrap().permissions().mode() & 0o777, 0o600);
    mail(&folder, 2, &["--csv", "merge.csv"]);
    mail(&folder, 0, &["--csv", "codes.csv", "--with-code"]);
    assert!(std::fs::read_to_string(folder.path("codes.csv")).unwrap().contains(&codes(&folder)[3]));
    assert!(post.reached().is_empty());
}

/// What it takes is said and not held: 22 s in a debug build on a busy machine, most of it the disk's.
#[test]
fn a_thousand_letters_go_out_one_after_the_other_at_the_pace_that_was_asked_for() {
    let folder = Folder::new();
    let lines: String = (1..=1_000).map(|n| format!("{n},Voter {n},v{n}@example.org\n")).collect();
    std::fs::write(folder.path("roll.csv"), format!("number,name,contact\n{lines}")).unwrap();
    let new = ["new", "e", "--candidates", "A,B", "--roll", "roll.csv", "--rule", "sum", "--secrecy", "open"];
    folder.exits(0, &[&new[..], &["--url", "https://vote.example.org"]].concat());
    let post = Post::new("good");
    through(&folder, &post, "tls = \"none\"");
    let begun = Instant::now();
    let out: Value = serde_json::from_slice(&folder.run(&[&MAIL[..], &["--json"]].concat()).stdout).unwrap();
    eprintln!("1,000 letters: {:?}", begun.elapsed());
    assert_eq!((&out["sent"], &out["left"]), (&1_000.into(), &serde_json::json!([])));
    assert_eq!(post.reached().len(), 1_000);
    folder.exits(0, &["mail", "e", "--resend", "1,2,3,4,5", "--per-minute", "60"]);
    let times: Vec<u64> = journal(&folder)
        .lines()
        .filter(|line| line.contains("\"sending\""))
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["at"].as_u64().unwrap())
        .collect();
    assert!(times[1_004] >= times[1_000] + 3, "a second between two letters: {:?}", &times[1_000..]);
}

/// A run that takes hours brings nobody a link to an election that is over.
#[test]
fn no_letter_goes_out_when_the_closing_time_has_come() {
    let folder = Folder::new();
    let lines: String = (1..=9).map(|n| format!("{n},v{n}@example.org\n")).collect();
    std::fs::write(folder.path("roll.csv"), format!("number,contact\n{lines}")).unwrap();
    let new = ["new", "e", "--candidates", "A,B", "--roll", "roll.csv", "--rule", "sum", "--secrecy", "open"];
    folder.exits(0, &[&new[..], &["--url", "https://vote.example.org", "--closes", "+8s"]].concat());
    let post = Post::new("good");
    through(&folder, &post, "tls = \"none\"");
    // Three seconds between two of them.
    let said = folder.exits(5, &["mail", "e", "--per-minute", "20"]);
    assert!(said.contains("the closing time has come") && said.contains("Not begun:"), "{said}");
    assert!(post.reached().len() < 9);
}
