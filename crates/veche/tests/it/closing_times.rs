//! Closing times that have passed, or pass: before an election is made, before it is opened, while nobody serves.

use serde_json::Value;

use crate::{
    commands::Folder,
    secret::{accept_all, deal_together, register},
};

/// A draft whose only trustee has done all that comes before the setup.
pub fn dealt(folder: &Folder, more: &[&str]) {
    let args = ["new", "e", "--candidates", "A,B", "--rule", "sum", "--scale", "0..1", "--trustees", "1"];
    folder.exits(0, &[&args[..], more].concat());
    register(folder, "e", 1);
    deal_together(folder, "e", 1);
    accept_all(folder, "e", 1);
}

/// A closing time that passes soon, however slow this machine is: an election in which `steps` were done before it.
fn closing_soon(folder: &Folder, name: &str, steps: &[&str]) -> String {
    for seconds in [3, 15, 60, 300] {
        let (dir, closes) = (format!("{name}-{seconds}"), format!("+{seconds}s"));
        let new = [
            "new",
            &dir,
            "--candidates",
            "A,B",
            "--voters",
            "2",
            "--rule",
            "sum",
            "--secrecy",
            "open",
            "--closes",
            &closes,
        ];
        let mut commands = vec![new.to_vec()];
        commands.extend(steps.iter().map(|step| vec![*step, dir.as_str()]));
        if commands.iter().all(|arguments| folder.command(arguments).output().unwrap().status.success()) {
            let status: Value = serde_json::from_str(&folder.exits(0, &["status", &dir, "--json"])).unwrap();
            let closes = std::time::UNIX_EPOCH + std::time::Duration::from_secs(status["closes"].as_u64().unwrap());
            std::thread::sleep(closes.duration_since(std::time::SystemTime::now()).unwrap_or_default());
            return dir;
        }
    }
    panic!("not done in five minutes");
}

/// Row 65: nobody is told that an election is open which is over in the same moment.
#[test]
fn row_65_a_closing_time_in_the_past_is_refused_at_making_at_opening_and_at_extending() {
    let folder = Folder::new();
    for secrecy in ["open", "secret"] {
        let said = folder.exits(
            2,
            &[
                "new",
                "e",
                "--candidates",
                "A,B",
                "--voters",
                "2",
                "--rule",
                "sum",
                "--secrecy",
                secrecy,
                "--closes",
                "2020-01-01T10:00:00Z",
            ],
        );
        assert!(said.contains("the closing time 2020-01-01T10:00:00Z has passed"), "{said}");
    }
    let dir = closing_soon(&folder, "late", &[]);
    let said = folder.exits(5, &["open", &dir]);
    assert!(said.contains("has passed") && said.contains("veche extend"), "{said}");
    assert!(folder.exits(0, &["status", &dir]).contains("setup"));
    let said = folder.exits(5, &["extend", &dir, "--closes", "2020-01-01T10:00:00Z", "--reason", "r"]);
    assert!(said.contains("has passed"), "{said}");
    folder.exits(0, &["extend", &dir, "--closes", "+1h", "--reason", "now it may begin"]);
    folder.exits(0, &["open", &dir]);
}

/// Row 64: what the organiser does while nobody serves is done to the election as it stood, and verifiers tell it.
#[test]
fn row_64_acts_without_a_server_after_the_closing_time_are_taken_and_told() {
    let folder = Folder::new();
    let dir = closing_soon(&folder, "down", &["open"]);
    folder.exits(0, &["card", "replace", &dir, "2", "--reason", "lost"]);
    folder.exits(0, &["pause", &dir, "--reason", "what now?"]);
    folder.exits(0, &["extend", &dir, "--closes", "+1h", "--reason", "the power was out"]);
    folder.exits(0, &["resume", &dir, "--reason", "it is back"]);
    {
        let (_server, port) = folder.serve(&["serve", &dir, "2", "0"]);
        folder.exits(0, &["vote", "1", "2", &port, "--ballot", "54"]);
    }
    folder.exits(0, &["close", &dir]);
    folder.exits(0, &["record", &dir]);
    let record = format!("{dir}/record");
    let told = " after its closing time, with 0 ballots in";
    let said = folder.exits(0, &["verify", &record]);
    assert!(said.contains(told), "{said}");
    let json = folder.exits(0, &["verify", &record, "--json"]);
    assert!(json.contains(told), "{json}");
}

/// Row 65, at the setup: the draft was made in time, and the ceremony took longer.
#[test]
fn row_65_a_closing_time_that_passed_during_the_ceremony_is_refused_at_the_setup() {
    let folder = Folder::new();
    let began = std::time::Instant::now();
    dealt(&folder, &["--voters", "2", "--closes", "+4s"]);
    std::thread::sleep(std::time::Duration::from_secs(5).saturating_sub(began.elapsed()));
    let said = folder.exits(2, &["setup", "e"]);
    assert!(said.contains("the closing time") && said.contains("has passed"), "{said}");
    assert!(!folder.path("e/election.json").exists());
}
