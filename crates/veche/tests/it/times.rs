//! Times wherever people read them, with their offset: in the reader's zone where it is known, else in that of whoever wrote them, or in
//! UTC. And the address on the cards, which `veche check` tries.

use crate::{commands::Folder, pages::page};

fn free_port() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}

fn new(folder: &Folder, name: &str, url: &str, more: &[&str]) -> String {
    let new = ["new", name, "--candidates", "A,B", "--voters", "2", "--rule", "sum", "--secrecy", "open", "--url", url];
    folder.exits(0, &[&new[..], more].concat())
}

#[test]
fn a_time_is_told_with_its_offset_wherever_it_stands() {
    let folder = Folder::new();
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}");
    let times = ["--opens", "2099-12-01 10:00[Europe/Berlin]", "--closes", "2099-12-02T12:00:00+03:00"];
    new(&folder, "e", &url, &times);
    let here = |zone: &str, args: &[&str]| {
        let out = folder.command(args).env("TZ", zone).output().unwrap();
        format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
    };
    let card = std::fs::read_to_string(folder.path("e/cards/1.html")).unwrap();
    assert!(card.contains("2 December 2099, 12:00 UTC+03:00"), "as its organiser wrote it: {card}");
    let (_server, _) = folder.serve(&["serve", "e", "--port", &port]);
    for target in ["e", &url] {
        let berlin = here("Europe/Berlin", &["status", target]);
        for told in ["opens  2099-12-01T10:00:00+01:00", "closes 2099-12-02T10:00:00+01:00"] {
            assert!(berlin.contains(told), "{told:?} is missing in {berlin}");
        }
        let moscow = here("Europe/Moscow", &["status", target]);
        assert!(moscow.contains("opens  2099-12-01T12:00:00+03:00"), "{moscow}");
        assert!(here("UTC", &["status", target]).contains("opens  2099-12-01T09:00:00Z"));
    }
    let checked = here("Europe/Berlin", &["check", "e"]);
    assert!(
        checked.contains("2099-12-01T10:00:00+01:00") && checked.contains("2099-12-02T10:00:00+01:00"),
        "{checked}"
    );
    // Whoever comes too early hears when to come.
    let vote = ["vote", "1", "--url", &url, "--card", "e/cards/1.json"];
    for ballot in [&[][..], &["--ballot", "12"]] {
        let early = here("Europe/Moscow", &[&vote[..], ballot].concat());
        assert!(early.contains("it opens at 2099-12-01T12:00:00+03:00"), "{early}");
    }
    // A page cannot know where it is read: a script puts what stands in the attribute into the reader's zone.
    for (language, shown) in [("en", "1 December 2099, 09:00 UTC"), ("ru", "1 декабря 2099 г., 09:00 UTC")] {
        let front = page(&url, language).body;
        let marked = format!("<time datetime=\"2099-12-01T09:00:00Z\">{shown}</time>");
        assert!(front.contains(&marked), "{marked} is missing in {front}");
    }
}

#[test]
fn check_tries_whether_the_address_on_the_cards_leads_here() {
    let folder = Folder::new();
    let (port, other) = (free_port(), free_port());
    let [url, other_url] = [&port, &other].map(|port| format!("http://127.0.0.1:{port}"));
    new(&folder, "e", &url, &[]);
    new(&folder, "f", &other_url, &[]);
    let said = folder.exits(0, &["check", "e"]);
    assert!(said.contains("can only be tried while the server runs"), "{said}");
    let (_server, _) = folder.serve(&["serve", "e", "--port", &port]);
    let said = folder.exits(0, &["check", "e"]);
    assert!(said.contains(&format!("✓ {url} leads to this election")), "{said}");
    let toml = std::fs::read_to_string(folder.path("e/election.toml")).unwrap();
    std::fs::write(folder.path("e/election.toml"), toml.replace(&url, &other_url)).unwrap();
    let said = folder.exits(6, &["check", "e"]);
    assert!(said.contains("✗") && said.contains("does not lead here"), "{said}");
    let (_server, _) = folder.serve(&["serve", "f", "--port", &other]);
    let said = folder.exits(6, &["check", "e"]);
    assert!(said.contains("✗") && said.contains("leads to another election"), "{said}");
}

/// A mistake in it would reach all voters.
#[test]
fn an_address_is_normalised_or_refused_before_it_stands_on_a_card() {
    let folder = Folder::new();
    new(&folder, "e", "HTTPS://Vote.Example.org:443/", &[]);
    let card = std::fs::read_to_string(folder.path("e/cards/1.json")).unwrap();
    assert!(card.contains("\"url\":\"https://vote.example.org\""), "{card}");
    new(&folder, "i", "https://выборы.рф", &[]);
    let card = std::fs::read_to_string(folder.path("i/cards/1.json")).unwrap();
    assert!(card.contains("\"url\":\"https://xn--90ab1bi6cd.xn--p1ai\""), "{card}");
    for bad in ["vote.example.org", "ftp://vote.example.org", "https://", "https://a b", "https://u@vote.example.org"] {
        let new = ["new", "f", "--candidates", "A,B", "--voters", "2", "--rule", "sum", "--url", bad];
        let said = folder.exits(2, &new);
        assert!(said.contains("is not an address like"), "{bad}: {said}");
        assert!(!folder.path("f").exists());
    }
}
