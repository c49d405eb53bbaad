//! The ballot was recorded and the answer was lost.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::Arc,
};

use super::*;

/// Passes bytes on; the first `cut` sessions end once the server's answer to the ballot is on its way.
fn cutting_proxy(server: &str, cut: usize) -> (String, Arc<AtomicUsize>) {
    let target = server.strip_prefix("http://").unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let cuts_left = Arc::new(AtomicUsize::new(cut));
    let left = cuts_left.clone();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(server) = TcpStream::connect(&target) else { return };
            let (mut up_from, mut up_to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let (mut down_from, mut down_to) = (server, client);
            let left = left.clone();
            let is_session = Arc::new(AtomicUsize::new(0));
            let noticed = is_session.clone();
            std::thread::spawn(move || {
                let mut buffer = [0; 16_384];
                while let Ok(count @ 1..) = up_from.read(&mut buffer) {
                    if buffer.starts_with(b"GET /session") {
                        noticed.store(1, Ordering::SeqCst);
                    }
                    if up_to.write_all(&buffer[..count]).is_err() {
                        break;
                    }
                }
                let _ = up_to.shutdown(Shutdown::Both);
            });
            std::thread::spawn(move || {
                let (mut buffer, mut passed) = ([0; 16_384], 0);
                while let Ok(count @ 1..) = down_from.read(&mut buffer) {
                    passed += count;
                    // The greeting and the folder's name are short; every sealed answer is padded to thousands.
                    let answer = is_session.load(Ordering::SeqCst) == 1 && passed > 1_500;
                    let take = |left: usize| left.checked_sub(1);
                    if answer && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok() {
                        break;
                    }
                    if down_to.write_all(&buffer[..count]).is_err() {
                        break;
                    }
                    if answer {
                        is_session.store(2, Ordering::SeqCst);
                    }
                }
                let _ = (down_to.shutdown(Shutdown::Both), down_from.shutdown(Shutdown::Both));
            });
        }
    });
    (address, cuts_left)
}

/// The ballot was recorded and «да» was lost: the same ciphertexts come again, not new ones.
#[test]
fn row_12_a_connection_that_breaks_before_the_answer_leaves_one_secret_ballot() {
    let folder = Folder::new();
    new(&folder, &["--local-trustees", "--revote", "never"]);
    folder.exits(0, &["open", "e"]);
    let (server, url) = serve(&folder, "e");
    let status = || -> Value { serde_json::from_str(&folder.exits(0, &["status", "e", "--json"])).unwrap() };
    let before = status()["entries"].as_u64().unwrap();
    for (number, cut) in [(1, 1), (2, 2)] {
        let (proxy, cuts_left) = cutting_proxy(&url, cut);
        let said = vote(&folder, 0, &proxy, number, "311");
        assert_eq!(cuts_left.load(Ordering::SeqCst), 0, "the proxy cut nothing off");
        assert!(said.contains("Recorded") && !said.contains("already"), "{said}");
        let receipt = json(&folder.path(&format!("receipt-{number}-1.json")));
        assert!(receipt.is_object());
    }
    let after = status();
    assert_eq!((&after["ballots"], &after["entries"]), (&2.into(), &(before + 2).into()), "{after}");
    // And when it never comes through, the next run asks for the very same entry first.
    let (proxy, cuts_left) = cutting_proxy(&url, 99);
    let out = folder.run(&["vote", "3", "--url", &proxy, "--ballot", "111"]);
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(!out.status.success() && said.contains("may be recorded"), "{said}");
    assert!(said.contains("Run the same command again"), "{said}");
    assert!(cuts_left.load(Ordering::SeqCst) < 99);
    let said = vote(&folder, 0, &url, 3, "111");
    assert!(said.contains("Recorded"), "{said}");
    let after = status();
    assert_eq!((&after["ballots"], &after["entries"]), (&3.into(), &(before + 3).into()), "{after}");
    server.kill();
}
