//! What a trustee's program opens, and what it does not.

use super::*;

#[test]
fn row_28_a_trustees_program_opens_no_second_sum_and_no_single_ballot_unasked() {
    let folder = Folder::new();
    new(&folder, &["--local-trustees"]);
    let said = folder.exits(0, &["check", "e"]);
    assert!(said.contains("No errors"), "{said}");
    for number in 1..=3 {
        take_local_key(&folder, number);
    }
    assert_eq!(mode(&folder.path("e/trustees")), 0o700);
    folder.exits(0, &["open", "e"]);
    {
        let (server, url) = serve(&folder, "e");
        vote(&folder, 0, &url, 1, "54*");
        assert_eq!(server.terminate(), 0);
    }
    // The server keeps a copy of its own, in which one ballot alone was cast.
    copy(&folder.path("e"), &folder.path("fork"));
    {
        let (server, url) = serve(&folder, "e");
        vote(&folder, 0, &url, 2, "***");
        assert_eq!(server.terminate(), 0);
    }
    for dir in ["e", "fork"] {
        folder.exits(0, &["close", dir]);
    }
    let [closing, other] = ["e", "fork"].map(|dir| code(&folder, dir, CLOSING));
    assert_ne!(closing, other);
    let single = trustee(&folder, 6, "open", "fork", 2, &["--code", &other]);
    assert!(single.contains("there is only one ballot"), "{single}");
    assert!(!folder.path("k2.key.opened.json").exists());
    // The code of the one does not open the other.
    assert!(
        trustee(&folder, 6, "open", "fork", 2, &["--code", &closing, "--single-ballot"]).contains("the codes differ")
    );
    trustee(&folder, 0, "open", "e", 1, &["--code", &closing]);
    let second = trustee(&folder, 6, "open", "fork", 1, &["--code", &other, "--single-ballot"]);
    assert!(second.contains("opened another sum before"), "{second}");
    // What cannot be read is not taken for nothing.
    std::fs::write(folder.path("k3.key.opened.json"), "?").unwrap();
    assert!(trustee(&folder, 6, "open", "e", 3, &["--code", &closing]).contains("opened another sum before"));
    // Nor is the same sum behind another log, or any other member that differs; the very same note is no hindrance.
    let noted = std::fs::read_to_string(folder.path("k1.key.opened.json")).unwrap();
    let said: Value = serde_json::from_str(&noted).unwrap();
    let [root, cells, id] = ["root", "cells", "election"].map(|member| said[member].as_str().unwrap());
    let size = |size: u64| format!("\"size\":{size},");
    let now = said["size"].as_u64().unwrap();
    for (member, other) in [
        ("root", noted.replace(root, cells)),
        ("cells", noted.replace(cells, root)),
        ("election", noted.replace(id, root)),
        ("size", noted.replace(&size(now), &size(now + 1))),
    ] {
        assert_ne!(other, noted, "{member}");
        std::fs::write(folder.path("k3.key.opened.json"), other).unwrap();
        let said = trustee(&folder, 6, "open", "e", 3, &["--code", &closing]);
        assert!(said.contains("opened another sum before"), "{member}: {said}");
    }
    std::fs::write(folder.path("k3.key.opened.json"), noted).unwrap();
    // The very same sum again is no second one: the share did not arrive.
    trustee(&folder, 5, "open", "e", 1, &["--code", &closing]);
    // All agree to open the one ballot of the other log: that is theirs to decide.
    trustee(&folder, 0, "open", "fork", 2, &["--code", &other, "--single-ballot"]);
    trustee(&folder, 0, "open", "e", 3, &["--code", &closing]);
    let result: Value = serde_json::from_str(&folder.exits(0, &["result", "e", "--json"])).unwrap();
    assert_eq!(result["ballots"], 2);
    folder.exits(5, &["result", "fork"]);
}
