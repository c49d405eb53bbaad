//! What `veche setup` still refuses, when the trustees have made the key and the draft is some days old.

use crate::{
    commands::Folder,
    secret::{accept_all, deal_together, register},
};

/// A draft whose only trustee has done all that comes before the setup.
fn dealt(folder: &Folder, more: &[&str]) {
    let args = ["new", "e", "--candidates", "A,B", "--rule", "sum", "--scale", "0..1", "--trustees", "1"];
    folder.exits(0, &[&args[..], more].concat());
    register(folder, "e", 1);
    deal_together(folder, "e", 1);
    accept_all(folder, "e", 1);
}

fn is_made(folder: &Folder) -> bool {
    folder.path("e/election.json").exists()
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
    assert!(!is_made(&folder));
}

/// Row 75, at the setup: the roll lies beside the draft until then, and may have been changed there.
#[test]
fn row_75_weights_that_give_votes_away_are_refused_at_the_setup() {
    let folder = Folder::new();
    let areas = [524_317, 611_902, 438_855, 702_118, 399_461, 850_027, 477_773, 568_239, 641_586, 733_094];
    let lines: String = (1..).zip(areas).map(|(number, area)| format!("{number},V{number},{area}\n")).collect();
    std::fs::write(folder.path("roll.csv"), format!("number,name,weight\n{lines}")).unwrap();
    dealt(&folder, &["--roll", "roll.csv"]);
    let said = folder.exits(2, &["setup", "e"]);
    assert!(said.contains("give votes away") && said.contains("--weights-show-votes"), "{said}");
    assert!(!is_made(&folder));
    folder.exits(0, &["setup", "e", "--weights-show-votes"]);
    assert!(is_made(&folder));
}
