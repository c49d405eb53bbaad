//! The command line as people type it: processes, exit codes, files.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::mutants::python;

/// A command that should have ended, and serves or waits instead, fails its test and does not hang it.
const COMMAND_DEADLINE: Duration = Duration::from_secs(150);

fn pid_of(child: &Child) -> rustix::process::Pid {
    rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap()
}

pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veche"));
        command.args(args).current_dir(self.0.path()).env("VECHE_LANG", "en").stdin(Stdio::null());
        command
    }

    /// Of a command that comes to an end by itself.
    pub fn run(&self, args: &[&str]) -> Output {
        let child = self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (pid, (ended, has_ended)) = (pid_of(&child), std::sync::mpsc::channel::<()>());
        std::thread::spawn(move || {
            if has_ended.recv_timeout(COMMAND_DEADLINE) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        });
        let out = child.wait_with_output().unwrap();
        drop(ended);
        out
    }

    /// The size of the log. (A server with a booth names it there: how many entries come before the first ballot is its matter.)
    pub fn entries(&self, election: &str) -> u64 {
        let status: Value = serde_json::from_str(&self.exits(0, &["status", election, "--json"])).unwrap();
        status["entries"].as_u64().unwrap()
    }

    /// Runs and checks the exit code; gives what was said on both outputs.
    pub fn exits(&self, code: i32, args: &[&str]) -> String {
        let out = self.run(args);
        let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert_eq!(out.status.code(), Some(code), "{args:?}: {said}");
        said
    }

    pub fn types(&self, input: &str, args: &[&str]) -> (i32, String) {
        let mut child =
            self.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let out = child.wait_with_output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        (out.status.code().unwrap(), said)
    }

    /// `veche serve ...` in a process of its own; its port.
    pub fn serve(&self, args: &[&str]) -> (Serving, String) {
        let log = std::fs::File::create(self.path("server.log")).unwrap();
        let child = self.command(args).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let mut serving = Serving(child);
        let lock = self.path(args[1]).join("lock");
        let started = Instant::now();
        loop {
            let url = std::fs::read_to_string(&lock).unwrap_or_default();
            if let Some((_, port)) = url.rsplit_once(':') {
                return (serving, port.trim().to_owned());
            }
            let log = || std::fs::read_to_string(self.path("server.log")).unwrap();
            assert!(serving.0.try_wait().unwrap().is_none(), "the server ended: {}", log());
            assert!(started.elapsed() < Duration::from_secs(60), "the server did not start: {}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Stopped by its id, however the test ends.
pub struct Serving(pub Child);

impl Serving {
    /// SIGKILL: no chance to tidy up.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    pub fn terminate(self) -> i32 {
        self.signal(rustix::process::Signal::TERM)
    }

    /// With which exit code it ends when it is told so.
    pub fn signal(mut self, signal: rustix::process::Signal) -> i32 {
        rustix::process::kill_process(pid_of(&self.0), signal).unwrap();
        self.0.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The founding usage in two terminals, and everything that can go wrong in it.
#[test]
fn the_founding_usage_from_the_first_vote_to_the_verified_record() {
    let folder = Folder::new();
    let (server, port) = folder.serve(&["serve", "1", "7", "0"]);
    let port = port.as_str();

    let (code, said) = folder.types("454\n45432*9\n45432*3\ny\n", &["vote", "17", "7", port]);
    assert_eq!(code, 0, "{said}");
    for expected in [
        "Candidate 7",
        "that of the candidates, 7",
        "mark 7 is \"9\"",
        "Send this ballot?",
        "Recorded",
        "receipt-17-1.json",
    ] {
        assert!(said.contains(expected), "{expected:?} is missing in {said}");
    }
    assert!(!folder.path(&format!("pending-17-{}.json", "x")).exists());
    assert!(folder.exits(0, &["verify-receipt", "receipt-17-1.json"]).contains("The receipt is good"));

    let (code, said) = folder.types("45432*3\nn\n", &["vote", "16", "7", port]);
    assert!(code == 1 && said.contains("nothing was sent"), "{said}");
    let said = folder.exits(4, &["vote", "18", "7", port, "--ballot", "45432*9"]);
    assert!(said.contains("bad-marks") && said.contains("mark 7 is \"9\""), "the reason is repeated: {said}");
    assert!(folder.exits(3, &["vote", "101", "7", port, "--card", "1/cards/18.json"]).contains("Нет"));
    assert!(
        folder
            .exits(4, &["vote", "19", "7", port, "--card", "1/cards/18.json", "--ballot", "1111111"])
            .contains("not-authorised")
    );
    assert!(folder.exits(2, &["vote", "18", "8", port, "--ballot", "11111111"]).contains("7 candidates"));
    folder.exits(2, &["vote", "x!", "7", port]);
    folder.exits(7, &["vote", "18", "7", "1", "--ballot", "1111111"]);

    let said = folder.exits(0, &["vote", "17", "7", port, "--ballot", "1111111", "--json"]);
    assert!(said.contains("will be replaced"), "{said}");
    assert!(folder.path("receipt-17-2.json").exists());

    folder.exits(5, &["result", "1"]);
    folder.exits(5, &["result", &format!("http://127.0.0.1:{port}")]);
    folder.exits(5, &["record", "1"]);
    assert!(folder.exits(0, &["status", "1"]).contains("1 of 100"));
    let not_voted = folder.exits(0, &["status", "1", "--not-voted"]);
    assert_eq!(not_voted.lines().filter(|line| line.contains('\t')).count(), 99);
    assert!(folder.exits(2, &["serve", "1", "8", "0"]).contains("7 candidates, not 8"));
    folder.exits(1, &["serve", "1", "7", "0"]);

    folder.exits(0, &["close", "1"]);
    folder.exits(5, &["vote", "18", "7", port, "--ballot", "1111111"]);
    assert_eq!(server.terminate(), 0, "a polite signal ends it in order");

    let result: Value = serde_json::from_str(&folder.exits(0, &["result", "1", "--json"])).unwrap();
    assert_eq!(result["ballots"], 1);
    assert_eq!(result["contests"][0]["candidates"][0]["mean"], "1/1");
    folder.exits(0, &["record", "1", "-o", "public.tar"]);
    folder.exits(0, &["record", "1"]);
    for target in ["public.tar", "1/record"] {
        assert!(folder.exits(0, &["verify", target]).contains("Verified"));
    }
    assert!(folder.exits(0, &["verify-receipt", "receipt-17-2.json", "--record", "1/record"]).contains("counts"));
    assert!(folder.exits(0, &["verify-receipt", "receipt-17-1.json", "--record", "public.tar"]).contains("replaced"));
    every_kind_of_byte_flipped_is_refused(&folder);
}

/// One byte in each file of the record, and in a receipt.
fn every_kind_of_byte_flipped_is_refused(folder: &Folder) {
    let mut files = Vec::new();
    let mut folders = vec![folder.path("1/record")];
    while let Some(dir) = folders.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    assert_eq!(files.len(), 8);
    for file in files {
        let good = std::fs::read(&file).unwrap();
        let mut bad = good.clone();
        let middle = bad.len() / 2;
        bad[middle] ^= 1;
        std::fs::write(&file, &bad).unwrap();
        let said = folder.exits(6, &["verify", "1/record"]);
        assert!(said.contains("NOT VERIFIED") && said.contains("check "), "{file:?}: {said}");
        std::fs::write(&file, &good).unwrap();
    }
    std::fs::write(folder.path("1/record/extra"), "x").unwrap();
    assert!(folder.exits(6, &["verify", "1/record"]).contains("extra"));
    std::fs::remove_file(folder.path("1/record/extra")).unwrap();
    folder.exits(0, &["verify", "1/record"]);

    let receipt = std::fs::read_to_string(folder.path("receipt-17-1.json")).unwrap();
    std::fs::write(folder.path("forged.json"), receipt.replacen("\"index\":", "\"index\":1", 1)).unwrap();
    folder.exits(6, &["verify-receipt", "forged.json"]);
    let other = ["--election", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"];
    folder.exits(6, &["verify-receipt", "receipt-17-1.json", other[0], other[1]]);
}

/// A lost connection: the entry was stored before it was sent, is sent again, and is the same ballot.
#[test]
fn a_pending_ballot_is_asked_for_first_and_never_counts_twice() {
    let folder = Folder::new();
    let (_server, port) = folder.serve(&["serve", "e", "3", "0"]);
    let card = json(&folder.path("e/cards/5.json"));
    let election = card["election"].as_str().unwrap();
    let before = folder.entries("e");
    folder.exits(0, &["vote", "5", "3", &port, "--ballot", "123"]);
    let receipt = json(&folder.path("receipt-5-1.json"));
    // As if the connection had broken before «да»: the entry waits, the receipt is not there.
    let pending = folder.path(&format!("pending-5-{}.json", &election[..8]));
    std::fs::write(&pending, receipt["receipt"]["entry"].as_str().unwrap()).unwrap();
    std::fs::remove_file(folder.path("receipt-5-1.json")).unwrap();
    let said = folder.exits(0, &["vote", "5", "3", &port, "--ballot", "123"]);
    assert!(said.contains("sent and not answered"), "{said}");
    assert_eq!(json(&folder.path("receipt-5-1.json")), receipt, "the same receipt");
    assert!(!pending.exists());
    assert_eq!(folder.entries("e"), before + 1);
}

/// Number and place are the same in two elections of one voter: both receipts are kept.
#[test]
fn a_receipt_of_another_election_is_not_overwritten() {
    let folder = Folder::new();
    let (_one, one) = folder.serve(&["serve", "one", "3", "0"]);
    let (_two, two) = folder.serve(&["serve", "two", "3", "0"]);
    folder.exits(0, &["vote", "5", "3", &one, "--ballot", "123"]);
    let first = std::fs::read(folder.path("receipt-5-1.json")).unwrap();
    folder.exits(0, &["vote", "5", "3", &two, "--ballot", "321"]);
    assert_eq!(std::fs::read(folder.path("receipt-5-1.json")).unwrap(), first);
    let card = json(&folder.path("two/cards/5.json"));
    let other = format!("receipt-5-1-{}.json", &card["election"].as_str().unwrap()[..8]);
    folder.exits(0, &["verify-receipt", &other, "--election", card["election"].as_str().unwrap()]);
    // The very same receipt is written where it was.
    folder.exits(0, &["vote", "5", "3", &one, "--ballot", "123"]);
    assert_eq!(std::fs::read(folder.path("receipt-5-1.json")).unwrap(), first);
}

/// Going back to the first ballot is a third entry, not the first one again.
#[test]
fn a_voter_can_return_to_an_earlier_ballot() {
    let folder = Folder::new();
    let (_server, port) = folder.serve(&["serve", "e", "3", "0"]);
    let before = folder.entries("e");
    for (ballot, more) in [("111", 1), ("222", 2), ("111", 3), ("222", 4)] {
        folder.exits(0, &["vote", "5", "3", &port, "--ballot", ballot]);
        let (said, entries) = (folder.exits(0, &["status", "e"]), before + more);
        assert!(said.contains(&format!("{entries} entries")) && said.contains("1 of 100"), "{ballot}: {said}");
    }
    folder.exits(0, &["close", "e"]);
    let result: Value = serde_json::from_str(&folder.exits(0, &["result", "e", "--json"])).unwrap();
    assert_eq!(result["contests"][0]["candidates"][0]["sum"], 2, "the ballot cast last");
}

/// A card that names another election stops the vote before anything is shown.
#[test]
fn row_21_a_card_of_another_election_is_noticed_before_candidates_are_shown() {
    let folder = Folder::new();
    let (_server, port) = folder.serve(&["serve", "one", "3", "0"]);
    folder.exits(0, &["new", "two", "--candidates", "A,B,C", "--voters", "3", "--rule", "sum", "--secrecy", "open"]);
    let said = folder.exits(6, &["vote", "1", "3", &port, "--card", "two/cards/1.json", "--ballot", "111"]);
    assert!(said.contains("not the one on your card") && !said.contains("Candidate 1"), "{said}");
}

/// Row 19: the preview shows every problem with its line, and nothing is made while there are errors.
#[test]
fn row_19_a_bad_roll_is_refused_with_every_line_that_needs_mending() {
    let folder = Folder::new();
    let roll = "\u{feff}number;name;contact;weight\r\n1;Anna;a@x;1\r\n1;Boris;;1\r\n007;Vera;;1\r\n;Gleb;;1\r\n\r\n5;Dima;;0\r\n6;Ivan\u{202e};;1\r\n7;\u{0410}nna;;1\r\n";
    std::fs::write(folder.path("roll.csv"), roll).unwrap();
    let args = ["new", "e", "--secrecy", "open", "--candidates", "A,B", "--roll", "roll.csv", "--rule", "mean"];
    let said = folder.exits(2, &args);
    for expected in [
        "line 3: the number 1 stands already in line 2",
        "line 9: the number 7 and 007 in line 4 differ in capital letters or leading zeros alone",
        "line 4 (look): numbers of this roll that a spreadsheet writes in another way: 1, the first of them here: 007",
        "line 5: the number is missing",
        "line 7: the weight",
        "line 8: the name contains",
        "line 9 (look): the name looks like",
    ] {
        assert!(said.contains(expected), "{expected:?} is missing in {said}");
    }
    assert!(!folder.path("e").exists());
    std::fs::write(folder.path("roll.csv"), "number,name,contact,weight\n1,Анна,a@x,2\n2,Boris,,1\n").unwrap();
    folder.exits(0, &args);
    assert!(folder.exits(0, &["check", "e"]).contains("No errors"));
    assert_eq!(json(&folder.path("e/election.json"))["roll"]["weight"], 3);
    folder.exits(2, &args);
}

/// Rows 35 and 39: names with control codes or lines turned round reach neither terminal nor file names.
#[test]
fn row_35_and_39_names_with_terminal_codes_are_refused_and_shown_safely() {
    let folder = Folder::new();
    for name in ["A\u{1b}[31m", "A\u{7}", "A\u{202e}B", "A\u{200b}", "A\nB"] {
        let said =
            folder.exits(2, &["new", "e", "--candidates", &format!("{name},B"), "--voters", "3", "--rule", "sum"]);
        assert!(!said.contains(['\u{1b}', '\u{7}', '\u{202e}', '\u{200b}']), "{said:?}");
        assert!(!folder.path("e").join("election.json").exists());
    }
    folder.exits(
        0,
        &[
            "new",
            "e",
            "--secrecy",
            "open",
            "--candidates",
            "<b>A</b>,=1+1",
            "--voters",
            "2",
            "--rule",
            "sum",
            "--title",
            "<script>x</script>",
        ],
    );
    let html = std::fs::read_to_string(folder.path("e/cards/1.html")).unwrap();
    assert!(html.contains("&lt;script&gt;") && !html.contains("<script>"));
    // Numbers, never names, make file names.
    std::fs::write(folder.path("roll.csv"), "number,name\n1,../../evil\n").unwrap();
    folder.exits(0, &["new", "f", "--secrecy", "open", "--candidates", "A,B", "--roll", "roll.csv", "--rule", "sum"]);
    assert!(!folder.path("evil").exists() && folder.path("f/cards/1.json").exists());
    folder.exits(2, &["vote", "../1", "--url", "http://127.0.0.1:1"]);
}

/// Row 55: names that show nothing are refused, whoever gives them; those that need joiners and selectors are taken, and
/// stand composed in what is signed.
#[test]
fn row_55_every_command_that_takes_a_name_refuses_blank_ones_and_takes_those_with_joiners() {
    let folder = Folder::new();
    let new = |name: &str, more: &[&str]| {
        let own =
            ["new", name, "--secrecy", "open", "--candidates", "علی\u{200C}زاده,❤\u{FE0F},Zoe\u{308}", "--rule", "sum"];
        [&own[..], more].concat().iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>()
    };
    let run = |code, args: &[String]| folder.exits(code, &args.iter().map(String::as_str).collect::<Vec<_>>());
    run(0, &new("good", &["--voters", "2"]));
    let manifest = std::fs::read_to_string(folder.path("good/election.json")).unwrap();
    assert!(manifest.contains(r#"["علی‌زاده","❤️","Zoë"]"#), "{manifest}");
    for blank in ["\u{2800}", "\u{FE0F}", "\u{3164}", "\u{200C}"] {
        run(2, &new("bad", &["--voters", "2", "--title", blank]));
        std::fs::write(folder.path("roll.csv"), format!("number,name\n1,{blank}\n")).unwrap();
        run(2, &new("bad", &["--roll", "roll.csv"]));
        folder.exits(2, &["new", "bad", "--candidates", &format!("A,{blank}"), "--voters", "2", "--rule", "sum"]);
        folder.exits(
            2,
            &["new", "bad", "--candidates", "A,B", "--voters", "2", "--rule", "sum", "--scale", &format!("a,{blank}")],
        );
        folder.exits(2, &["pause", "good", "--reason", blank]);
        folder.exits(2, &["witness", "init", "--name", blank, "--key", "blank.witness"]);
        assert!(!folder.path("bad").join("election.json").exists() && !folder.path("blank.witness").exists());
    }
    let said = folder.exits(0, &["witness", "init", "--name", "zoe\u{308}", "--key", "zoe.witness"]);
    assert!(said.contains("key = \"zoë+"), "{said}");
}

/// Organiser's acts without a running server, a replaced card, and a record of an election held in two sittings.
/// Where the log shows who signed the last ballot, a script replaces none that another card has signed, unless it says so.
#[test]
fn a_ballot_of_an_earlier_card_is_replaced_only_if_that_is_said() {
    let folder = Folder::new();
    let choices = ["--candidates", "A,B", "--voters", "2", "--rule", "sum", "--local-trustees"];
    folder.exits(0, &[["new", "e"].as_slice(), &choices].concat());
    folder.exits(0, &["open", "e"]);
    let (_server, port) = folder.serve(&["serve", "e", "2", "0"]);
    folder.exits(0, &["vote", "2", "2", &port, "--ballot", "12"]);
    folder.exits(0, &["card", "replace", "e", "2", "--reason", "fell into a river"]);
    let said = folder.exits(4, &["vote", "2", "2", &port, "--ballot", "21"]);
    assert!(said.contains("not signed with this card"), "{said}");
    let said = folder.exits(0, &["vote", "2", "2", &port, "--ballot", "21", "--yes"]);
    assert!(said.contains("with an earlier card"), "{said}");
}

#[test]
fn acts_work_without_a_server_and_a_lost_card_is_replaced() {
    let folder = Folder::new();
    folder.exits(
        0,
        &[
            "new",
            "e",
            "--secrecy",
            "open",
            "--candidates",
            "A,B,C",
            "--voters",
            "5",
            "--rule",
            "median",
            "--scale",
            "-2..2",
            "--closes",
            "+2h",
        ],
    );
    assert!(folder.exits(5, &["close", "e"]).contains("not possible"));
    folder.exits(0, &["open", "e"]);
    folder.exits(5, &["open", "e"]);
    let old = std::fs::read(folder.path("e/cards/2.json")).unwrap();
    {
        let (_server, port) = folder.serve(&["serve", "e", "3", "0"]);
        folder.exits(0, &["vote", "2", "3", &port, "--ballot", "-2,0,*"]);
        folder.exits(0, &["card", "replace", "e", "2", "--reason", "fell into a river"]);
        std::fs::write(folder.path("old.json"), old).unwrap();
        let said = folder.exits(4, &["vote", "2", "3", &port, "--card", "old.json", "--ballot", "2,2,2"]);
        assert!(said.contains("not-authorised"), "{said}");
        // Before the closing nobody is shown an entry of an open election, so not by which card it was signed either.
        let said = folder.exits(0, &["vote", "2", "3", &port, "--ballot", "1,0,*"]);
        assert!(said.contains("will be replaced") && !said.contains("with an earlier card"), "{said}");
        // Once more: what is replaced is the card in force, not the first.
        std::fs::copy(folder.path("e/cards/2.json"), folder.path("second.json")).unwrap();
        folder.exits(0, &["card", "replace", "e", "2", "--reason", "fell into a lake"]);
        let said = folder.exits(4, &["vote", "2", "3", &port, "--card", "second.json", "--ballot", "2,2,2"]);
        assert!(said.contains("not-authorised"), "{said}");
        folder.exits(0, &["vote", "2", "3", &port, "--ballot", "1,0,*"]);
        folder.exits(0, &["pause", "e", "--reason", "a break"]);
        folder.exits(5, &["vote", "3", "3", &port, "--ballot", "1,0,*"]);
        folder.exits(0, &["resume", "e", "--reason", "it is over"]);
        folder.exits(0, &["extend", "e", "--closes", "+3h", "--reason", "the break"]);
        folder.exits(5, &["extend", "e", "--closes", "+1h", "--reason", "earlier is not later"]);
        folder.exits(0, &["vote", "3", "3", &port, "--ballot", "0,0,0"]);
    }
    folder.exits(0, &["close", "e"]);
    folder.exits(3, &["card", "replace", "e", "99"]);
    folder.exits(0, &["record", "e"]);
    folder.exits(0, &["verify", "e/record"]);
    let result: Value = serde_json::from_str(&folder.exits(0, &["result", "e/record", "--json"])).unwrap();
    let candidates = &result["contests"][0]["candidates"];
    assert_eq!(
        (&result["ballots"], &candidates[0]["median"], &candidates[0]["sum"]),
        (&2.into(), &"1/2".into(), &1.into())
    );
    assert_eq!(candidates[2]["histogram"]["*"], 1);
}

/// Several contests from election.toml, weights, names as levels; cancelling.
#[test]
fn an_election_of_several_contests_comes_from_election_toml() {
    let folder = Folder::new();
    let toml = r#"
title = "Two questions"
secrecy = "open"
rule = "mean"
revote = "never"
[[contest]]
title = "Chair"
candidates = ["Анна", "Boris"]
scale = "плохо,хорошо,отлично"
[[contest]]
title = "Budget"
candidates = ["Yes"]
scale = "0..1"
blank = false
"#;
    std::fs::write(folder.path("my.toml"), toml).unwrap();
    std::fs::write(folder.path("roll.csv"), "number,name,weight\n1,A,3\n2,B,1\n").unwrap();
    folder.exits(0, &["new", "e", "--from", "my.toml", "--roll", "roll.csv"]);
    folder.exits(0, &["open", "e"]);
    {
        let (_server, port) = folder.serve(&["serve", "e", "--any-port"]);
        let url = format!("http://127.0.0.1:{port}");
        let vote = |number: &str, ballots: [&str; 2], code| {
            folder.exits(code, &["vote", number, "--url", &url, "--ballot", ballots[0], "--ballot", ballots[1]])
        };
        vote("1", ["отлично,*", "1"], 0);
        vote("2", ["плохо,хорошо", "*"], 4);
        vote("2", ["плохо,хорошо", "0"], 0);
        let said = vote("2", ["плохо,хорошо", "1"], 4);
        assert!(said.contains("already-voted"), "{said}");
        folder.exits(0, &["close", &url, "--key", "e/organiser.key"]);
    }
    let result: Value = serde_json::from_str(&folder.exits(0, &["result", "e", "--json"])).unwrap();
    let [chair, budget] = [0, 1].map(|i| &result["contests"][i]["candidates"]);
    assert_eq!(
        (&chair[0]["mean"], &chair[1]["mean"], &budget[0]["mean"]),
        (&"3/2".into(), &"1/1".into(), &"3/4".into())
    );
    assert_eq!((&result["ballots"], &result["weight"]), (&2.into(), &4.into()));

    folder.exits(0, &["new", "c", "--from", "my.toml", "--voters", "3"]);
    folder.exits(0, &["cancel", "c", "--reason", "no quorum"]);
    folder.exits(5, &["open", "c"]);
}

#[test]
fn mistakes_in_a_command_are_explained_with_exit_code_2() {
    let folder = Folder::new();
    folder.exits(2, &[]);
    folder.exits(2, &["new", "e", "--candidates", "A,B", "--voters", "0", "--rule", "sum"]);
    folder.exits(2, &["new", "e", "--candidates", "A,A", "--voters", "2", "--rule", "sum"]);
    folder.exits(2, &["new", "e", "--candidates", "A,B", "--voters", "2"]);
    folder.exits(2, &["new", "e", "--candidates", "A,B", "--voters", "2", "--rule", "sum", "--scale", "5..1"]);
    folder.exits(2, &["new", "e", "--candidates", "A,B", "--voters", "2", "--rule", "sum", "--closes", "soon"]);
    let few =
        ["new", "e", "--candidates", "A,B", "--voters", "2", "--rule", "sum", "--trustees", "2", "--threshold", "3"];
    assert!(folder.exits(2, &few).contains("3 of 2 trustees") && !folder.path("e").exists());
    folder.exits(
        2,
        &["new", "e", "--candidates", "A,B", "--voters", "2", "--rule", "sum", "--secrecy", "open", "--threshold", "2"],
    );
    assert!(folder.exits(2, &["serve", "nothing"]).contains("veche new"));
    assert!(folder.exits(2, &["close", "nothing"]).contains("there is no election in nothing"));
    assert!(folder.exits(0, &["--help"]).contains("veche serve 1 7 8080"));
    assert!(folder.exits(0, &["vote", "--help"]).contains("45432*3"));
    let russian = folder.command(&["vote", "--help"]).env("VECHE_LANG", "ru").output().unwrap();
    assert!(String::from_utf8_lossy(&russian.stdout).contains("Проголосовать"));
}

/// The vectors of a whole election beside the specification.
#[test]
fn the_vector_record_and_its_receipt_verify() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors").canonicalize().unwrap();
    let [record, receipt] = ["record", "receipt-1-1.json"].map(|name| vectors.join(name).display().to_string());
    let folder = Folder::new();
    let said = folder.exits(0, &["verify", &record]);
    assert!(said.contains("1 contest, 3 candidates") && said.contains("3 credentials, weight 4"), "{said}");
    let theirs = python("veche_verify.py").arg(&record).output().unwrap();
    for line in String::from_utf8(theirs.stdout).unwrap().lines() {
        assert!(said.contains(line), "the other verifier counts {line:?}: {said}");
    }
    folder.exits(0, &["verify-receipt", &receipt, "--record", &record]);
    let card = json(&vectors.join("17.json"));
    let manifest = folder.exits(0, &["verify", &record, "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&manifest).unwrap()["election"], card["election"]);
}

/// With several contests too: the number of candidates is that of all, and the port may stand in `election.toml`.
#[test]
fn an_election_with_several_contests_is_served_on_the_port_that_was_chosen() {
    let folder = Folder::new();
    let toml = "title = \"Two\"\nsecrecy = \"open\"\nrule = \"sum\"\n[[contest]]\ntitle = \"a\"\ncandidates = [\"A\", \"B\"]\n\
        [[contest]]\ntitle = \"b\"\ncandidates = [\"C\", \"D\", \"E\"]\n";
    std::fs::write(folder.path("two.toml"), toml).unwrap();
    folder.exits(0, &["new", "e", "--from", "two.toml", "--voters", "3"]);
    assert!(folder.exits(2, &["serve", "e", "4", "0"]).contains("2, 3 candidates, not 4"));
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let port = free();
    let (server, served) = folder.serve(&["serve", "e", "--port", &port]);
    assert_eq!(served, port);
    drop(server);
    std::fs::remove_file(folder.path("e/lock")).unwrap();
    // All of 127.0.0.0/8 is this machine; a server at one of its addresses does not answer at another.
    let answers = |address: &str, port: &str| std::net::TcpStream::connect(format!("{address}:{port}")).is_ok();
    let (server, at) = folder.serve(&["serve", "e", "--address", "127.0.0.2", "--port", &port]);
    assert!(at == port && answers("127.0.0.2", &port) && !answers("127.0.0.1", &port));
    drop(server);
    std::fs::remove_file(folder.path("e/lock")).unwrap();
    let (server, _) = folder.serve(&["serve", "e", "5", "0"]);
    drop(server);
    std::fs::remove_file(folder.path("e/lock")).unwrap();
    let file = std::fs::read_to_string(folder.path("e/election.toml")).unwrap();
    assert!(file.contains("# [serve]"), "{file}");
    let port = free();
    std::fs::write(
        folder.path("e/election.toml"),
        format!("{file}\n[serve]\naddress = \"127.0.0.3\"\nport = {port}\n"),
    )
    .unwrap();
    let (_server, served) = folder.serve(&["serve", "e"]);
    assert!(served == port && answers("127.0.0.3", &port) && !answers("127.0.0.1", &port));
}

/// Times of the calendar are those of the organiser's zone, and are told back in it; an offset that was written stays.
#[test]
fn times_are_typed_and_told_in_the_zone_of_whoever_types() {
    let folder = Folder::new();
    let new = |opens: &str, zone: &str, dir: &str| {
        let args = ["new", dir, "--candidates", "A,B", "--voters", "2", "--rule", "sum", "--opens", opens, "--preview"];
        let out = folder.command(&args).env("TZ", zone).output().unwrap();
        format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
    };
    let said = new("2099-12-01 10:00", "Europe/Berlin", "a");
    assert!(said.contains("Opens 2099-12-01T10:00:00+01:00"), "{said}");
    assert!(new("2099-12-01 10:00", "UTC", "a").contains("Opens 2099-12-01T10:00:00Z"));
    assert!(new("2099-12-01T10:00:00+03:00", "UTC", "a").contains("Opens 2099-12-01T07:00:00Z"));
    let said = new("2099-03-29 02:30", "Europe/Berlin", "a");
    assert!(said.contains("never comes") && said.contains("2099-03-29T02:30:00+01:00 or"), "{said}");
    assert!(new("2099-12-01T10:00:00+03:00[Europe/Berlin]", "UTC", "a").contains("contradicts itself"));
}

/// Names and their beginnings are taken for what they leave no doubt about; a slip of the finger is asked about again.
#[test]
fn choices_and_grades_are_typed_by_name_and_unclear_answers_asked_again() {
    let folder = Folder::new();
    let toml = "title = \"T\"\nsecrecy = \"open\"\nrule = \"sum\"\n[[contest]]\ntitle = \"chair\"\nkind = \"single\"\n\
        candidates = [\"Anna Adler\", \"Anna Bauer\", \"Clara\"]\n[[contest]]\ntitle = \"grades\"\nscale = \"poor,fair,good\"\n\
        candidates = [\"X\", \"Y\"]\n";
    std::fs::write(folder.path("t.toml"), toml).unwrap();
    folder.exits(0, &["new", "e", "--from", "t.toml", "--voters", "3"]);
    folder.exits(0, &["open", "e"]);
    let (_server, port) = folder.serve(&["serve", "e", "--any-port"]);
    let url = format!("http://127.0.0.1:{port}");
    let (code, said) = folder.types("anna\nanna b\ng Poor\nq\ny\n", &["vote", "1", "--url", &url]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("mark 1") || said.contains("that of the candidates, 3"), "two begin so: {said}");
    assert!(said.contains("1  Anna Bauer") && said.contains("good  X") && said.contains("poor  Y"), "{said}");
    assert_eq!(said.matches("Send this ballot?").count(), 2, "{said}");
}

/// At a terminal the arrows move in the line, and what is asked stands on the terminal wherever standard output goes.
#[test]
fn answers_are_edited_in_the_line_at_a_terminal() {
    let folder = Folder::new();
    folder.exits(0, &["new", "e", "--candidates", "A,B,C", "--voters", "2", "--rule", "sum", "--secrecy", "open"]);
    folder.exits(0, &["open", "e"]);
    let (_server, port) = folder.serve(&["serve", "e", "--any-port"]);
    let url = format!("http://127.0.0.1:{port}");
    let python = std::env::var("VECHE_PYTHON").unwrap_or_else(|_| "python3".into());
    let types = |number: &str, answers: &str| {
        let mut command = Command::new(&python);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/terminal.py")).arg(answers);
        command.arg(env!("CARGO_BIN_EXE_veche")).args(["vote", number, "--url", &url, "--card"]);
        command.arg(format!("e/cards/{number}.json")).current_dir(folder.path("")).env("VECHE_LANG", "en");
        let out = command.output().unwrap();
        let shown = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        (out.status.code(), shown, std::fs::read_to_string(folder.path("out")).unwrap())
    };
    // 1, 2; the left arrow; 3 between them. Then a word that is mended before it is sent.
    let (code, shown, out) = types("1", r#"[["Marks for", "12\u001b[D3\r"], ["Send this", "yXs\u001b[D\u007fe\r"]]"#);
    assert_eq!(code, Some(0), "{shown}");
    assert!(out.contains("Recorded") && !out.contains("Marks for"), "{out}");
    let receipt = std::fs::read_to_string(folder.path("receipt-1-1.json")).unwrap();
    assert!(receipt.contains("132"), "{receipt}");
    // Ctrl-C throws nothing into the log.
    let (code, shown, _) = types("2", r#"[["Marks for", "11\u0003"]]"#);
    assert!(code == Some(1) && shown.contains("interrupted"), "{code:?}: {shown}");
    assert!(folder.exits(0, &["status", "e"]).contains("1 of 2"));
}
