//! An election below a base path, as behind a proxy that rewrites nothing.

use std::process::Command;

use veche_client::{Address, BasePath, Trust};

#[test]
fn a_base_path_is_plain_segments_and_an_address_may_have_one() {
    for good in ["", "/", "/a", "/some/base", "/some/base/", "/Vote-2027_x.y~z"] {
        assert!(BasePath::parse(good).is_some(), "{good}");
        assert!(Address::parse(&format!("https://vote.example.org{good}"), &Trust::default()).is_ok(), "{good}");
    }
    let long = format!("/{}", "a".repeat(200));
    for bad in ["a", "//", "/a//b", "/.", "/../x", "/a/..", "/a b", "/a%2Fb", "/a?b", "/a#b", "/é", long.as_str()] {
        assert!(BasePath::parse(bad).is_none(), "{bad}");
        let url = format!("https://vote.example.org{bad}");
        assert!(bad == "a" || bad == "//" || Address::parse(&url, &Trust::default()).is_err(), "{bad}");
    }
    let base = BasePath::parse("/some/base").unwrap();
    let strip = |path| base.strip(path);
    assert_eq!((strip("/some/base/session"), strip("/some/based"), strip("/session")), (Some("/session"), None, None));
}

#[test]
fn everything_of_an_election_is_below_its_base_path_and_nothing_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let veche = |arguments: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_veche")).args(arguments).current_dir(dir.path()).output().unwrap();
        let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{arguments:?}: {said}");
        said
    };
    veche(&["new", "e", "--candidates", "Anna,Boris", "--voters", "3", "--rule", "mean", "--secrecy", "open"]);
    veche(&["open", "e"]);
    let serve = ["serve", "e", "--any-port", "--base", "/some/base"];
    let server = Command::new(env!("CARGO_BIN_EXE_veche")).args(serve).current_dir(dir.path()).spawn().unwrap();
    let server = Stopped(server);
    let served = || veche_server::Home::new(dir.path().join("e")).served_at();
    let url = (0..200)
        .find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            served().filter(|url| veche::client::at(url).is_ok_and(|at| at.status().is_ok()))
        })
        .expect("the server answers below its base path");
    assert!(url.ends_with("/some/base"), "{url}");
    let said = veche(&["vote", "1", "--card", "e/cards/1.json", "--url", &url, "--ballot", "12"]);
    assert!(said.contains("Recorded"), "{said}");
    veche(&["close", "e"]);
    let said = veche(&["verify", &url]);
    assert!(said.contains("1 ballot"), "{said}");
    let get = |path: &str| veche::client::at(&url).unwrap().get(path).unwrap().is_some();
    assert!(get("/checkpoint") && get("/election.json") && get("/healthz") && get("/"));
    let root = veche::client::at(url.strip_suffix("/some/base").unwrap()).unwrap();
    for path in ["/", "/election.json", "/healthz", "/session", "/some", "/some/based/healthz"] {
        assert!(root.get(path).unwrap().is_none(), "{path} stands beside the base");
    }
    drop(server);
}

/// A process that ends with its test.
struct Stopped(std::process::Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
