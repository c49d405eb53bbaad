//! The exchange folders: what is used again is empty, and nothing of a session outlives it.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use veche_server::exchange::Exchange;
use veche_session::message::Folder;

fn folder(i: u8) -> Folder {
    Folder::from_random([i; 16])
}

/// All files below a folder, with what is in them.
fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

/// What a session sees in a folder that is used again: files that are empty until a frame comes.
fn empty(names: &[&str]) -> Vec<(String, Vec<u8>)> {
    names.iter().map(|name| ((*name).to_owned(), Vec::new())).collect()
}

#[test]
fn a_folder_that_is_used_again_is_empty_and_private() {
    let dir = tempfile::tempdir().unwrap();
    let exchange = Exchange::open(dir.path().join("exchange")).unwrap();
    let mut first = exchange.create(&folder(1)).unwrap();
    first.put("up-1.jwe", "a long frame of the first session").unwrap();
    first.put("down-1.jwe", "an answer").unwrap();
    first.put("up-2.jwe", "another try").unwrap();
    let path = exchange.dir().join(folder(1).as_str());
    let inode = |path: &Path| std::os::unix::fs::MetadataExt::ino(&fs::metadata(path).unwrap());
    let (was, was_file) = (inode(&path), inode(&path.join("down-1.jwe")));
    drop(first);
    assert!(!path.exists());
    assert!(files(exchange.dir()).iter().all(|(_, frame)| frame.is_empty()), "no byte of the frames is left");

    let mut second = exchange.create(&folder(2)).unwrap();
    let path = exchange.dir().join(folder(2).as_str());
    assert_eq!(inode(&path), was, "the same folder again");
    assert_eq!(files(&path), empty(&["down-1.jwe", "up-1.jwe"]), "without the first one's frames");
    second.put("down-1.jwe", "short").unwrap();
    assert_eq!(files(&path), [("down-1.jwe".into(), b"short".to_vec()), ("up-1.jwe".into(), Vec::new())]);
    let file = path.join("down-1.jwe");
    assert_eq!(inode(&file), was_file);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

/// As many folders as were ever in use at once, however many sessions there were.
#[test]
fn sessions_one_after_another_make_no_new_files() {
    let dir = tempfile::tempdir().unwrap();
    let exchange = Exchange::open(dir.path().join("exchange")).unwrap();
    for i in 0..50 {
        let mut folder = exchange.create(&folder(i)).unwrap();
        folder.put("up-1.jwe", "up").unwrap();
        folder.put("down-1.jwe", "down").unwrap();
    }
    let spare = exchange.dir().join(".spare");
    assert_eq!(fs::read_dir(exchange.dir()).unwrap().count(), 1);
    assert_eq!(fs::read_dir(&spare).unwrap().count(), 1);
    assert_eq!(files(&spare), empty(&["down-1.jwe", "up-1.jwe"]));
}

#[test]
fn what_an_operator_deletes_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let exchange = Exchange::open(dir.path().join("exchange")).unwrap();
    let mut first = exchange.create(&folder(1)).unwrap();
    first.put("up-1.jwe", "up").unwrap();
    drop(first);
    for entry in fs::read_dir(exchange.dir().join(".spare")).unwrap() {
        fs::remove_dir_all(entry.unwrap().path()).unwrap();
    }
    let mut second = exchange.create(&folder(2)).unwrap();
    second.put("up-1.jwe", "up").unwrap();
    let path = exchange.dir().join(folder(2).as_str());
    assert_eq!(files(&path), [("up-1.jwe".into(), b"up".to_vec())]);
}

/// What a crash leaves: frames, spares, and whatever else is there. The folder itself may be a mount.
#[test]
fn a_start_sweeps_all_that_is_inside() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("exchange");
    let exchange = Exchange::open(at.clone()).unwrap();
    let mut crashed = exchange.create(&folder(1)).unwrap();
    crashed.put("up-1.jwe", "up").unwrap();
    std::mem::forget(crashed);
    fs::write(at.join("stray"), "x").unwrap();
    fs::write(at.join(".spare/x"), "x").unwrap();
    Exchange::open(at.clone()).unwrap();
    assert_eq!(files(&at), []);
    assert_eq!(fs::read_dir(&at).unwrap().count(), 1, "only the place for spares");
}

/// Whoever puts a link there means some other folder, and nothing in it is ours to delete.
#[test]
fn row_54_an_exchange_folder_that_is_a_link_is_refused_and_its_target_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (target, at) = (dir.path().join("precious"), dir.path().join("exchange"));
    fs::create_dir(&target).unwrap();
    fs::write(target.join("kept"), "x").unwrap();
    std::os::unix::fs::symlink(&target, &at).unwrap();
    assert!(Exchange::open(at.clone()).unwrap_err().to_string().contains("link"));
    assert_eq!(files(&target), [("kept".into(), b"x".to_vec())]);
    // A link inside is deleted, and not what it points to.
    fs::remove_file(&at).unwrap();
    fs::create_dir(&at).unwrap();
    for name in [".spare", "session"] {
        std::os::unix::fs::symlink(&target, at.join(name)).unwrap();
    }
    Exchange::open(at.clone()).unwrap();
    assert_eq!(files(&target), [("kept".into(), b"x".to_vec())]);
    assert_eq!(files(&at), []);
}
