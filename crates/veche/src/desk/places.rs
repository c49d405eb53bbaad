//! Where what lies in the desk's folder: a folder for each election, in it a folder apart with all that is served.

use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use veche_election::record::MANIFEST_FILE;
use veche_server::{
    Home,
    home::{ORGANISER_KEY_FILE, write_atomically},
};

use super::answer::Refused;
use crate::{acts::Acting, failure::Failure, lang::both};

/// Trustees' keys of this person, for elections that others hold.
pub const KEYS_DIR: &str = "keys";
const NAME_MAX_CHARS: usize = 80;

/// An election of this desk.
#[derive(Debug, Clone)]
pub struct Place {
    pub name: String,
    /// As all commands take it.
    pub home: Home,
}

impl Place {
    /// The election of this name.
    ///
    /// # Errors
    /// There is none, or the name is none.
    pub fn find(folder: &Path, name: &str) -> Result<Self, Refused> {
        let dir = folder.join(name);
        // A link would lead out of the folder that this desk holds.
        let there = is_name(name) && dir.symlink_metadata().is_ok_and(|about| about.is_dir());
        if !there {
            return Err(Refused::unknown(both!("there is no election {name} here", "здесь нет выборов {name}")));
        }
        Ok(Self { name: name.into(), home: Home::new(dir) })
    }

    /// A new folder for an election, with a folder apart for what will be served.
    ///
    /// # Errors
    /// The name is none, or taken; or the disk.
    pub fn make(folder: &Path, name: &str) -> Result<Self, Refused> {
        if !is_name(name) {
            let what = both!(
                "\"{name}\" cannot be a folder's name: letters, digits, - and _, at most {NAME_MAX_CHARS}",
                "«{name}» не годится для имени папки: буквы, цифры, - и _, не больше {NAME_MAX_CHARS}"
            );
            return Err(Refused::new(StatusCode::UNPROCESSABLE_ENTITY, "usage", what));
        }
        let dir = folder.join(name);
        if dir.symlink_metadata().is_ok() {
            let what = both!("there is something named {name} already", "что-то с именем {name} здесь уже есть");
            return Err(Refused::new(StatusCode::UNPROCESSABLE_ENTITY, "usage", what));
        }
        let home = Home::apart(dir).map_err(Failure::from)?;
        Ok(Self { name: name.into(), home })
    }

    /// Beside the organiser's key lies which election it is of: the key signs for no other.
    ///
    /// # Errors
    /// The disk.
    pub fn note_election(&self) -> Result<(), Failure> {
        let beside = self.home.dir().join(MANIFEST_FILE);
        if self.home.exists() && self.home.path(MANIFEST_FILE) != beside {
            write_atomically(&beside, &self.home.read(MANIFEST_FILE)?, 0o644)?;
        }
        Ok(())
    }

    pub fn target(&self) -> String {
        self.home.dir().display().to_string()
    }

    /// The organiser of this election.
    pub fn acting(&self) -> Acting {
        Acting { target: self.target(), key: Some(self.key()) }
    }

    pub fn key(&self) -> PathBuf {
        self.home.path(ORGANISER_KEY_FILE)
    }
}

/// One folder, of this desk, that nobody takes for something hidden or for a way to elsewhere.
pub fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
    !name.is_empty()
        && name != KEYS_DIR
        && name.chars().count() <= NAME_MAX_CHARS
        && name.chars().all(fits)
        && !name.starts_with(['.', ' '])
        && !name.ends_with(['.', ' '])
}

/// A folder's name out of a title, that is not taken yet.
pub fn name_for(folder: &Path, title: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() { c } else { '-' };
    let text: String = title.to_lowercase().chars().map(kept).collect();
    let words: Vec<&str> = text.split('-').filter(|word| !word.is_empty()).collect();
    let name: String = words.join("-").chars().take(40).collect();
    let name = name.trim_matches('-');
    let name = if is_name(name) { name.to_owned() } else { "election".into() };
    let candidates = (2_u32..).map(|n| format!("{name}-{n}"));
    let mut names = std::iter::once(name.clone()).chain(candidates);
    names.find(|name| folder.join(name).symlink_metadata().is_err()).unwrap_or(name)
}

/// Records and backups of an election that lie in the desk's folder.
pub fn archives(folder: &Path, name: &str) -> Vec<String> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = files.filter_map(|file| file.file_name().into_string().ok()).collect();
    names.retain(|file| is_archive_of(name, file));
    names.sort();
    names
}

/// Does the desk write archives of this election under this name?
pub fn is_archive_of(name: &str, file: &str) -> bool {
    let Some(rest) = file.strip_prefix(name).and_then(|rest| rest.strip_suffix(".tar")) else { return false };
    let number = rest.strip_prefix("-backup-").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    number || matches!(rest, "-record" | "-backup")
}
