//! A copy of a key that is known to work: the key as it is sealed and the notes beside it, in one file; read back, opened, and found to
//! be the very key that was registered. A copy without its notes could be led to say a second thing, so both go together.

use std::io::{Cursor, Read};

use data_encoding::BASE64;
use serde_json::{Value, json};
use tar::{Archive, Builder, EntryType, Header};
use veche_election::{
    Hash,
    ceremony::{TrusteeSecret, fingerprint},
};
use veche_server::home;
use zeroize::Zeroizing;

use super::keys::{Backup, Key, Memo, NOTES, beside, notes_hash, write_memo};
use crate::{
    desk::Desk,
    failure::{Exit, Failure, Result},
    files, keyfile,
    lang::both,
};

/// Of one file in a backup: the logs that a key has seen are the largest.
const MEMBER_MAX_BYTES: u64 = 256 << 10;
const MEMBERS_MAX: usize = 16;

/// # Errors
/// The key does not open with this passphrase, or is under none.
pub fn make(key: &mut Key, passphrase: &Zeroizing<String>) -> Result<Value> {
    if !keyfile::is_sealed(&key.file)? {
        return Err(Failure::usage(both!(
            "this key is under no passphrase: whoever had the backup would have the key",
            "этот ключ не под паролем: у кого копия, у того и ключ"
        )));
    }
    keyfile::read(&key.file, || Ok(passphrase.clone()))?;
    let made = key.notes_hash();
    key.note(|memo| memo.backup.made = Some(made))?;
    let mut tar = Builder::new(Vec::new());
    for ending in [""].iter().chain(&NOTES) {
        let Some(bytes) = files::read_note(&beside(&key.file, ending))? else { continue };
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o600);
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, format!("{}.key{ending}", key.id), bytes.as_slice()).map_err(Failure::other)?;
    }
    let bytes = tar.into_inner().map_err(Failure::other)?;
    Ok(json!({ "name": format!("{}.tar", key.id), "base64": BASE64.encode(&bytes) }))
}

/// What was read back, opened.
struct Copy {
    secret: TrusteeSecret,
    members: Vec<(String, Vec<u8>)>,
    memo: Memo,
}

impl Copy {
    /// # Errors
    /// It is no backup, or was damaged, or does not open.
    fn read(base64: &str, passphrase: &Zeroizing<String>) -> Result<Self> {
        let bytes = BASE64.decode(base64.as_bytes()).map_err(|_| no_backup())?;
        let mut members: Vec<(String, Vec<u8>)> = Vec::new();
        let mut archive = Archive::new(Cursor::new(bytes));
        for entry in archive.entries().map_err(|_| no_backup())?.take(MEMBERS_MAX + 1) {
            let entry = entry.map_err(|_| no_backup())?;
            let path = entry.path().map_err(|_| no_backup())?.into_owned();
            let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(no_backup)?.to_owned();
            // Which of them it is; what the file is called is its holder's matter.
            let (_, ending) = name.rsplit_once(".key").ok_or_else(no_backup)?;
            if !ending.is_empty() && !NOTES.contains(&ending) {
                return Err(no_backup());
            }
            let mut bytes = Vec::new();
            entry.take(MEMBER_MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|_| no_backup())?;
            members.push((ending.to_owned(), bytes));
            // A part of a note would be taken for the whole.
            if members.len() > MEMBERS_MAX || members.iter().any(|(_, bytes)| bytes.len() as u64 > MEMBER_MAX_BYTES) {
                return Err(no_backup());
            }
        }
        let member = |ending: &str| members.iter().find(|(name, _)| name == ending).map(|(_, bytes)| bytes.clone());
        let key = Zeroizing::new(member("").ok_or_else(no_backup)?);
        let secret = keyfile::parse(key, "backup".as_ref(), || Ok(passphrase.clone()))?;
        let memo: Memo =
            member(".desk.json").and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(no_backup)?;
        if secret.draft() != memo.draft || secret.trustee() != memo.number {
            return Err(no_backup());
        }
        Ok(Self { secret, members, memo })
    }

    fn fingerprint(&self) -> String {
        fingerprint(&self.secret.signing_key().public())
    }

    fn notes_hash(&self) -> Hash {
        notes_hash(|ending| self.members.iter().find(|(name, _)| name == ending).map(|(_, bytes)| bytes.clone()))
    }
}

fn no_backup() -> Failure {
    Failure::new(
        Exit::CheckFailed,
        both!("this is not a backup of a key, or it was damaged", "это не копия ключа, или она повреждена"),
    )
    .next(both!("Make another one, and keep it elsewhere.", "Сделайте другую и храните её в другом месте."))
}

/// Is this copy, wherever it was kept, the key that was registered, and does it open?
///
/// # Errors
/// No.
pub fn check(key: &mut Key, base64: &str, passphrase: &Zeroizing<String>) -> Result<Value> {
    let copy = Copy::read(base64, passphrase)?;
    let (number, own) = (copy.secret.trustee(), copy.fingerprint());
    if copy.secret.draft() != key.memo.draft || number != key.memo.number || own != key.memo.fingerprint {
        return Err(Failure::new(
            Exit::CheckFailed,
            both!("this is the backup of another key: {own}", "это копия другого ключа: {own}"),
        ));
    }
    let (here, there) = (key.notes_hash(), copy.notes_hash());
    key.note(|memo| memo.backup.proved = Some(there))?;
    let is_same = here == there;
    let text = if is_same {
        both!(
            "The backup opens, and is your key: {own}. Its notes are the newest.",
            "Копия открывается, и это ваш ключ: {own}. Заметки в ней самые новые."
        )
    } else {
        both!(
            "The backup opens, and is your key: {own}. But its notes are older than those here: make another one.",
            "Копия открывается, и это ваш ключ: {own}. Но заметки в ней старее здешних: сделайте новую копию."
        )
    };
    let notes = if is_same { "same" } else { "older" };
    Ok(json!({ "good": true, "notes": notes, "number": number, "fingerprint": own, "text": text }))
}

/// A key whose file was lost, or that moves to another machine.
///
/// # Errors
/// It does not open, or the same key is here already.
pub fn restore(desk: &Desk, base64: &str, passphrase: &Zeroizing<String>, at: Option<String>) -> Result<Value> {
    let copy = Copy::read(base64, passphrase)?;
    let own = copy.fingerprint();
    if let Some(there) = Key::all(desk).into_iter().find(|key| key.memo.fingerprint == own) {
        let id = there.id;
        return Err(Failure::usage(both!("this key is here already: {id}", "этот ключ здесь уже есть: {id}")));
    }
    let (id, file) = Key::new_file(&desk.folder, copy.memo.draft, copy.memo.number)?;
    let proved = copy.notes_hash();
    let backup = Backup { made: Some(proved), proved: Some(proved) };
    let memo = Memo { at: at.unwrap_or(copy.memo.at), fingerprint: own, backup, stood: None, ..copy.memo };
    // The key comes last: what has no notes is no key yet.
    for (ending, bytes) in copy.members.iter().filter(|(ending, _)| !ending.is_empty() && ending != ".desk.json") {
        home::write_new(&beside(&file, ending), bytes, 0o600)?;
    }
    write_memo(&file, &memo)?;
    let key = copy.members.iter().find(|(ending, _)| ending.is_empty());
    home::write_new(&file, key.map_or(&[][..], |(_, bytes)| bytes), 0o600)?;
    let text = both!(
        "The key is here again. If you have taken a further step since this backup was made, tell the other trustees before you go on.",
        "Ключ снова здесь. Если после этой копии вы делали ещё что-то, прежде чем продолжать, скажите об этом остальным доверенным."
    );
    Ok(json!({ "key": id, "number": memo.number, "title": memo.title, "text": text }))
}
