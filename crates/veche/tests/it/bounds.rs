//! Files that claim to be larger than any of ours, and archives that do: refused before they fill the memory.

use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use tar::{EntryType, Header};

/// Of address space, in KiB: far more than the example's record needs, far less than what is claimed here.
const MEMORY_KIB: u64 = 3 << 20;
const CLAIMED_BYTES: u64 = 1 << 36;

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors/record").canonicalize().unwrap()
}

/// What both verifiers say of a record in little memory; neither may die of it.
fn both_say(target: &Path) -> [(i32, String); 2] {
    let python = std::env::var("VECHE_PYTHON").unwrap_or_else(|_| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../verifier/veche_verify.py");
    let ours = vec![env!("CARGO_BIN_EXE_veche").into(), "verify".into()];
    let theirs = vec![python, script.display().to_string(), "--processes".into(), "1".into()];
    [ours, theirs].map(|command| {
        let limited = format!("ulimit -v {MEMORY_KIB}; exec \"$@\"");
        let mut limited_command = Command::new("sh");
        limited_command.args(["-c", &limited, "sh"]).args(&command).arg(target).env("VECHE_LANG", "en");
        let out = limited_command.output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        let code = out.status.code().unwrap_or_else(|| panic!("{command:?} {}: {said}", target.display()));
        (code, said)
    })
}

fn both_refuse(target: &Path, why: &str) {
    for (code, said) in both_say(target) {
        assert!([2, 6].contains(&code) && said.contains(why), "{}: {code}, {said}", target.display());
    }
}

fn paths(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        match entry.path().is_dir() {
            true => found.extend(paths(&entry.path()).into_iter().map(|path| format!("{name}/{path}"))),
            false => found.push(name),
        }
    }
    found
}

#[test]
fn row_54_a_sparse_file_in_a_record_is_refused_by_both_verifiers_and_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let names = paths(&vectors());
    assert_eq!(names.len(), 8);
    for (i, name) in names.iter().enumerate() {
        let record = dir.path().join(i.to_string());
        assert!(Command::new("cp").arg("-r").arg(vectors()).arg(&record).status().unwrap().success());
        for (code, said) in both_say(&record) {
            assert_eq!(code, 0, "the good record: {said}");
        }
        File::options().write(true).open(record.join(name)).unwrap().set_len(CLAIMED_BYTES).unwrap();
        both_refuse(&record, "is larger than");
    }
}

struct Tar(Vec<u8>);

impl Tar {
    /// The good record, as far as the padding.
    fn of_record() -> Self {
        let mut tar = Self(Vec::new());
        for path in paths(&vectors()) {
            let bytes = std::fs::read(vectors().join(&path)).unwrap();
            tar.member(&path, EntryType::Regular, bytes.len() as u64);
            tar.0.extend(&bytes);
            tar.0.resize(tar.0.len().next_multiple_of(512), 0);
        }
        tar
    }

    fn member(&mut self, path: &str, kind: EntryType, size: u64) {
        let mut header = Header::new_gnu();
        header.set_path(path).unwrap();
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(0o644);
        header.set_cksum();
        self.0.extend(header.as_bytes());
    }

    /// Followed by nothing on the disk, and as many zeros as one likes.
    fn write(&self, path: &Path, length: u64) {
        let mut file = File::create(path).unwrap();
        file.write_all(&self.0).unwrap();
        file.set_len(length).unwrap();
    }
}

#[test]
fn row_54_an_archive_that_claims_gigabytes_is_refused_by_both_verifiers() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("r.tar");
    let good = Tar::of_record();
    good.write(&at, good.0.len() as u64 + 10_240);
    for (code, said) in both_say(&at) {
        assert_eq!(code, 0, "the good record: {said}");
    }
    for (kind, why) in [
        (EntryType::GNULongName, "is no plain file"),
        (EntryType::GNULongLink, "is no plain file"),
        (EntryType::XHeader, "is no plain file"),
        (EntryType::XGlobalHeader, "is no plain file"),
        (EntryType::GNUSparse, "is no plain file"),
        (EntryType::Symlink, "is no plain file"),
        (EntryType::Directory, "is no plain file"),
    ] {
        for length in [CLAIMED_BYTES + (1 << 20), good.0.len() as u64 + 1_024] {
            let mut tar = Tar(Vec::new());
            tar.member("x", kind, (1 << 33) - 1);
            tar.0.extend(&good.0);
            tar.write(&at, length.next_multiple_of(512));
            both_refuse(&at, why);
        }
    }
    // A plain file that the archive does not hold, or holds as nothing but holes.
    let size = (1 << 33) - 1;
    for (length, why) in [(1_024, "ends too early"), (512 + size + 1, "is larger than")] {
        let mut tar = Tar(Vec::new());
        tar.member("election.json", EntryType::Regular, size);
        tar.write(&at, length);
        both_refuse(&at, why);
    }
    // Zeros without an end, half a block, a size that is no number, a name in two parts.
    good.write(&at, CLAIMED_BYTES);
    both_refuse(&at, "behind the last file");
    good.write(&at, good.0.len() as u64 + 100);
    both_refuse(&at, "ends too early");
    for (place, byte, why) in [(130, b'9', "size"), (124, 0x80, "size"), (345, b'x', "no plain file")] {
        let mut tar = Tar(good.0.clone());
        tar.0[place] = byte;
        let sum: u32 = (0..512).map(|i| if (148..156).contains(&i) { 32 } else { u32::from(tar.0[i]) }).sum();
        tar.0[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        tar.write(&at, tar.0.len() as u64 + 1_024);
        both_refuse(&at, why);
    }
    // Behind the right checksum something that only some programs read.
    let mut tar = Tar(good.0.clone());
    let sum: u32 = (0..512).map(|i| if (148..156).contains(&i) { 32 } else { u32::from(tar.0[i]) }).sum();
    tar.0[148..156].copy_from_slice(format!("{sum:06o}\0x").as_bytes());
    tar.write(&at, tar.0.len() as u64 + 1_024);
    both_refuse(&at, "damaged");
}

/// A link is no folder of a record: what it points to may be another's.
#[test]
fn row_54_a_folder_of_a_record_that_is_a_link_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    for linked in ["tile", "tile/entries"] {
        let (folder, elsewhere) = (dir.path().join(linked.replace('/', "-")), dir.path().join("elsewhere"));
        assert!(Command::new("cp").arg("-r").arg(vectors()).arg(&folder).status().unwrap().success());
        std::fs::rename(folder.join(linked), &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, folder.join(linked)).unwrap();
        both_refuse(&folder, "missing");
        std::fs::remove_dir_all(&elsewhere).unwrap();
    }
}
