//! A secret election with large weights: the numbers behind its opened sum take long, and no trustee waits for them.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{
    commands::Folder,
    mutants::python,
    pages::page,
    secret::{CLOSING, code, serve},
};

/// So that finding the numbers takes some seconds.
const WEIGHT: u64 = 1 << 39;
const PATIENCE: Duration = Duration::from_secs(300);

#[test]
fn a_trustee_is_answered_before_the_result_is_computed() {
    let folder = Folder::new();
    std::fs::write(folder.path("roll.csv"), format!("number,weight\n1,{WEIGHT}\n2,{}\n3,5\n", WEIGHT - 7)).unwrap();
    let new = ["new", "e", "--candidates", "Anna,Boris", "--rule", "sum", "--roll", "roll.csv", "--trustees", "2"];
    folder.exits(0, &[&new[..], &["--threshold", "1", "--local-trustees", "--weights-show-votes"]].concat());
    folder.exits(0, &["open", "e"]);
    let (server, url) = serve(&folder, "e");
    for (number, marks) in [("1", "51"), ("2", "15")] {
        folder.exits(0, &["vote", number, "--url", &url, "--ballot", marks]);
    }
    folder.exits(0, &["close", "e"]);
    let code = code(&folder, "e", CLOSING);
    let keys = [1, 2].map(|number| format!("e/trustees/trustee-{number}.key"));
    let opening = |at, number: usize| {
        ["trustee", "open", "--at", at, "--key", &keys[number - 1], "--code", &code, "--weights-show-votes"]
    };
    let said = folder.exits(0, &opening(&url, 1));
    assert!(said.contains("Your share is in the log") && said.contains("takes minutes"), "{said}");
    let phase = |at: &str| {
        let status: Value = serde_json::from_str(&folder.exits(0, &["status", at, "--json"])).unwrap();
        status["phase"].as_str().unwrap().to_owned()
    };
    assert_eq!(phase(&url), "summed", "the answer came before the result");
    for target in ["e", &url] {
        let said = folder.exits(0, &["status", target]);
        assert!(said.contains("enough trustees have opened the sum") && !said.contains("have not opened"), "{said}");
        assert!(said.contains("restart the server"), "it would say so for ever: {said}");
    }
    assert!(
        page(&url, "en").body.contains("the result is computed")
            && page(&url, "ru").body.contains("результат вычисляется")
    );
    assert!(page(&format!("{url}/result"), "en").body.contains("the result is computed"));
    // A server that is killed looks for them anew, and answers meanwhile.
    drop(server);
    let (server, url) = serve(&folder, "e");
    // Everybody else is answered too, another trustee among them.
    let out = folder.command(&opening(&url, 2)).output().unwrap();
    let said = crate::secret::said(&out);
    // On a fast machine the result may be there by now, which is an answer too.
    assert!(said.contains("Your share is in the log") || said.contains("while the election is finished"), "{said}");
    let started = Instant::now();
    while phase(&url) == "summed" {
        assert!(started.elapsed() < PATIENCE, "there is no result");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(phase(&url), "finished");
    assert_eq!(server.terminate(), 0);
    let result: Value = serde_json::from_str(&folder.exits(0, &["result", "e", "--json"])).unwrap();
    let sums = [0, 1].map(|place| result["contests"][0]["candidates"][place]["sum"].as_u64().unwrap());
    assert_eq!(sums, [5 * WEIGHT + (WEIGHT - 7), WEIGHT + 5 * (WEIGHT - 7)]);
    folder.exits(0, &["record", "e"]);
    folder.exits(0, &["verify", "e/record"]);
    let python = python("veche_verify.py").arg(folder.path("e/record")).output().unwrap();
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stdout));
}
