//! Backups of a running server, and what restoring them may not do.

use std::os::unix::fs::PermissionsExt;

use veche_election::Act;
use veche_server::{Config, Home, Server, clock::Clock, sequencer::GRACE_DEFAULT_S};

use crate::{
    arena::{Arena, Cast, pages},
    board::{cosigned, run, start_witness, watched},
    commands::Folder,
};

fn election() -> Folder {
    let folder = Folder::new();
    folder.exits(0, &["new", "e", "--candidates", "A,B,C", "--voters", "3", "--rule", "sum", "--secrecy", "open"]);
    folder
}

#[test]
fn a_backup_of_a_running_server_goes_on_elsewhere_to_the_checked_record() {
    let folder = election();
    let (server, port) = folder.serve(&["serve", "e", "--any-port"]);
    folder.exits(0, &["open", "e"]);
    folder.exits(0, &["vote", "1", "3", &port, "--card", "e/cards/1.json", "--ballot", "123"]);
    for secret in ["e/trustees/trustee-1.key", "e/abandoned-1/cards/1.json"] {
        std::fs::create_dir_all(folder.path(secret).parent().unwrap()).unwrap();
        std::fs::write(folder.path(secret), "secret").unwrap();
    }
    assert!(folder.exits(2, &["backup", "e", "e/e.backup"]).contains("in the folder itself"));
    let said = folder.exits(0, &["backup", "e", "e.backup"]);
    assert!(said.contains("entries"), "{said}");
    assert_eq!(std::fs::metadata(folder.path("e.backup")).unwrap().permissions().mode() & 0o777, 0o600);
    folder.exits(2, &["backup", "e", "e.backup"]);
    server.kill();

    folder.exits(0, &["restore", "e.backup", "f", "--nothing-after"]);
    folder.exits(2, &["restore", "e.backup", "f", "--nothing-after"]);
    for secret in ["server-keys.json", "board-key", "organiser.key", "veche.db", "voters.jsonl"] {
        let mode = std::fs::metadata(folder.path("f").join(secret)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{secret}");
    }
    assert!(!folder.path("f/cards").exists(), "cards are voters' secrets");
    assert!(!folder.path("f/trustees").exists() && !folder.path("f/abandoned-1").exists(), "and keys their trustees'");
    let (_server, port) = folder.serve(&["serve", "f", "--any-port"]);
    folder.exits(0, &["vote", "2", "3", &port, "--card", "e/cards/2.json", "--ballot", "321"]);
    folder.exits(0, &["close", "f"]);
    folder.exits(0, &["record", "f"]);
    folder.exits(0, &["verify", "f/record"]);
    folder.exits(0, &["verify-receipt", "receipt-1-1.json", "--record", "f/record"]);
    let left: Vec<_> = std::fs::read_dir(folder.path("")).unwrap().map(|file| file.unwrap().file_name()).collect();
    let left = left.iter().filter(|name| name.to_string_lossy().contains("backup")).count();
    assert_eq!(left, 1, "nothing but the backup itself is left of making it");
}

#[test]
fn a_backup_that_is_not_the_newest_is_not_restored_unasked() {
    let folder = election();
    let (server, port) = folder.serve(&["serve", "e", "--any-port"]);
    folder.exits(0, &["open", "e"]);
    let first = std::fs::read(folder.path("e/checkpoint")).unwrap();
    std::fs::write(folder.path("first"), first).unwrap();
    folder.exits(0, &["backup", "e", "old"]);
    folder.exits(0, &["vote", "1", "3", &port, "--card", "e/cards/1.json", "--ballot", "123"]);
    assert_eq!(server.terminate(), 0);
    let said = folder.exits(2, &["restore", "old", "f"]);
    assert!(said.contains("no witnesses"), "{said}");
    let said = folder.exits(6, &["restore", "old", "f", "--checkpoint", "e/checkpoint"]);
    assert!(said.contains("fork"), "{said}");
    folder.exits(1, &["restore", "old", "f", "--checkpoint", "e/election.json"]);
    assert!(!folder.path("f").exists() && !folder.path("f.partial").exists());
    folder.exits(0, &["restore", "old", "f", "--checkpoint", "first"]);
    // Half a backup is none.
    let bytes = std::fs::read(folder.path("old")).unwrap();
    std::fs::write(folder.path("half"), &bytes[..bytes.len() / 2]).unwrap();
    folder.exits(1, &["restore", "half", "g", "--nothing-after"]);
    assert!(!folder.path("g").exists() && !folder.path("g.partial").exists());
}

async fn start(home: &Home) -> Result<Server, String> {
    let witnesses = veche::hosting::witnesses(veche::config::read(home).unwrap().as_ref()).unwrap();
    let limits = veche_server::limits::Limits::default();
    let (address, clock) = (veche::setup::local(0), Clock::system());
    let config = Config {
        home: home.clone(),
        address,
        limits,
        clock,
        grace_s: GRACE_DEFAULT_S,
        witnesses,
        pages: pages(),
        booth: veche_server::booth::Booth::default(),
        tls: None,
    };
    Server::start(config).await.map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_backup_taken_while_voters_vote_holds_its_own_checkpoint_and_starts() {
    let arena = Arena::open().await;
    let dir = arena.dir.path().to_owned();
    let home = arena.home.dir().display().to_string();
    let voting = async {
        for number in 1..=10 {
            assert!(matches!(arena.vote(number, "45432*3").await, Cast::Recorded { .. }));
        }
    };
    let copying = async {
        for i in 0..6 {
            let (code, said) = run(&dir, &["backup", &home, &format!("{i}.backup")]).await;
            assert_eq!(code, 0, "{said}");
        }
    };
    tokio::join!(voting, copying);
    let mut sizes = Vec::new();
    for i in 0..6 {
        let (code, said) = run(&dir, &["restore", &format!("{i}.backup"), &i.to_string(), "--nothing-after"]).await;
        assert_eq!(code, 0, "{said}");
        let server = start(&Home::new(dir.join(i.to_string()))).await.unwrap();
        sizes.push(server.shared().sequencer.published().size);
        server.shutdown().await;
    }
    assert!(sizes.is_sorted() && sizes[0] >= 2 && sizes[5] <= 12, "{sizes:?}");
}

/// Row 22 once more, by the commands: the restored copy does not start when the witness knows more.
#[tokio::test(flavor = "multi_thread")]
async fn row_22_a_restored_backup_older_than_the_witness_knows_does_not_start() {
    let (mut arena, address) = watched().await;
    let witness = start_witness(&arena, address).await;
    arena.act(Act::Opening).await;
    let (dir, home) = (arena.dir.path().to_owned(), arena.home.dir().display().to_string());
    let (code, said) = run(&dir, &["backup", &home, "old"]).await;
    assert_eq!(code, 0, "{said}");
    assert!(matches!(arena.vote(1, "45432*3").await, Cast::Recorded { .. }));
    cosigned(&arena).await;
    let (code, said) = run(&dir, &["backup", &home, "new"]).await;
    assert_eq!(code, 0, "{said}");
    arena.stop().await;
    for name in ["old", "new"] {
        // No checkpoint is asked for: the election has a witness.
        let (code, said) = run(&dir, &["restore", name, &format!("from-{name}")]).await;
        assert_eq!(code, 0, "{said}");
    }
    let refused = start(&Home::new(dir.join("from-old"))).await.err().unwrap();
    assert!(refused.contains("older copy") && refused.contains("witness.example/7"), "{refused}");
    start(&Home::new(dir.join("from-new"))).await.unwrap().shutdown().await;
    witness.shutdown().await;
}

/// The members of an archive: header, content and padding of each.
fn members(tar: &[u8]) -> Vec<Vec<u8>> {
    let (mut members, mut at) = (Vec::new(), 0);
    while tar[at] != 0 {
        let size = usize::from_str_radix(std::str::from_utf8(&tar[at + 124..at + 135]).unwrap(), 8).unwrap();
        let end = at + 512 + size.next_multiple_of(512);
        members.push(tar[at..end].to_vec());
        at = end;
    }
    members
}

fn member(name: &[u8], kind: u8, size: u64, content: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name);
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    let mut member = [&header.as_bytes()[..], content].concat();
    member.resize(member.len().next_multiple_of(512), 0);
    member
}

/// A backup that is cut, changed, or holds what no backup of ours holds leaves nothing behind, in its place or elsewhere.
#[test]
fn row_54_a_backup_that_is_not_whole_or_claims_too_much_is_refused() {
    let folder = election();
    folder.exits(0, &["backup", "e", "b"]);
    let good = members(&std::fs::read(folder.path("b")).unwrap());
    assert!(good.len() > 8 && good.last().unwrap().starts_with(b"backup-contents"), "{}", good.len());
    let before = std::fs::read_dir(folder.path("")).unwrap().count();
    let refused = |what: &str, members: &[Vec<u8>], why: &str| {
        std::fs::write(folder.path("bad"), [members.concat(), vec![0; 1_024]].concat()).unwrap();
        let said = folder.exits(1, &["restore", "bad", "f", "--nothing-after"]);
        assert!(said.contains(why), "{what}: {said}");
        assert_eq!(std::fs::read_dir(folder.path("")).unwrap().count(), before + 1, "{what}");
    };
    for cut in 0..good.len() {
        refused(&format!("cut before member {cut}"), &good[..cut], "not whole");
    }
    for left_out in 0..good.len() - 1 {
        let members = [&good[..left_out], &good[left_out + 1..]].concat();
        refused(&format!("without member {left_out}"), &members, "not whole");
    }
    let mut changed = good.clone();
    changed[2][520] ^= 1;
    refused("a byte changed", &changed, "not whole");
    refused("a file twice", &[good[..3].to_vec(), good[2..].to_vec()].concat(), "exists");
    refused("more behind the list", &[good.clone(), vec![member(b"more", b'0', 1, b"x")]].concat(), "does not belong");
    for (name, kind, size, why) in [
        (&b"../escaped"[..], b'0', 1, "does not belong"),
        (b"/escaped", b'0', 1, "does not belong"),
        (b"a/../../escaped", b'0', 1, "does not belong"),
        (b"link", b'2', 0, "no plain file"),
        (b"folder", b'5', 0, "no plain file"),
        (b"long", b'L', (1 << 33) - 1, "no plain file"),
        (b"pax", b'x', (1 << 33) - 1, "no plain file"),
        (b"election.json", b'0', (1 << 33) - 1, "does not belong"),
        (b"election.toml", b'0', (1 << 33) - 1, "does not belong"),
    ] {
        let bad = [vec![member(name, kind, size, b"x")], good.clone()].concat();
        refused(&String::from_utf8_lossy(name), &bad, why);
    }
    folder.exits(0, &["restore", "b", "f", "--nothing-after"]);
    assert!(!folder.path("f/backup-contents").exists());
}

/// The checkpoint in a backup may be newer than the one that somebody has saved: it stays.
#[test]
fn a_newer_checkpoint_in_a_backup_is_not_replaced_by_an_older_one() {
    let folder = election();
    std::fs::copy(folder.path("e/checkpoint"), folder.path("older")).unwrap();
    folder.exits(0, &["open", "e"]);
    folder.exits(0, &["backup", "e", "b"]);
    let newer = std::fs::read(folder.path("e/checkpoint")).unwrap();
    folder.exits(0, &["restore", "b", "f", "--checkpoint", "older"]);
    assert_eq!(std::fs::read(folder.path("f/checkpoint")).unwrap(), newer);
}
