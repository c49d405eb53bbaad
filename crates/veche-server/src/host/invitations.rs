//! Who may publish at a host: invitations, each of 128 random bits that the host keeps as a hash alone. Spec: `docs/spec/host.md`
//! section 3.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use aws_lc_rs::rand;
use serde::{Deserialize, Serialize};
use veche_election::{
    Hash, PublicKey, canonical,
    publication::{invitation_code, read_invitation},
};

use super::INVITATIONS_DIR;
use crate::{
    clock::Clock,
    home::{HomeError, make_private_dir, write_atomically, write_new},
};

/// With the right code, refused so often, an invitation is void: somebody else has it.
pub const TRIES_MAX: u32 = 20;
/// So many characters of the hash are the file's name.
const NAME_CHARS: usize = 16;
const DAY: Duration = Duration::from_secs(86_400);
pub const ELECTIONS_MAX: u32 = 10_000;
pub const DAYS_MAX: u32 = 3_650;

/// What an invitation allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allows {
    pub elections: u32,
    /// In each.
    pub voters: u64,
    /// From now on, for the first publishing of each.
    pub days: u32,
}

/// Its file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Invitation {
    /// Of the code.
    code: Hash,
    elections: u32,
    voters: u64,
    /// Unix time.
    until: u64,
    /// The first that has used it.
    organiser: Option<PublicKey>,
    /// The elections that were published by it.
    names: Vec<String>,
    /// How often the right code was refused.
    refused: u32,
}

/// Why an invitation does not let somebody in. Who erred: whoever sent it.
#[derive(Debug, thiserror::Error)]
pub enum NotInvited {
    #[error("wrong-invitation: there is no such invitation here")]
    Unknown,
    #[error("expired-invitation: the time of this invitation is over")]
    Expired,
    #[error("used-invitation: another organiser's key has used this invitation")]
    Another,
    #[error("used-invitation: all elections of this invitation are published")]
    Spent,
    #[error("void-invitation: this invitation was refused too often; ask for another")]
    Void,
    #[error("the host cannot read or write its invitations")]
    Disk(#[from] HomeError),
}

/// All of a host, by its root folder.
#[derive(Debug, Clone)]
pub struct Invitations(PathBuf);

impl Invitations {
    pub fn of(root: &Path) -> Self {
        Self(root.join(INVITATIONS_DIR))
    }

    /// A new one: its code, which is kept nowhere.
    ///
    /// # Errors
    /// The disk, or a system without randomness.
    pub fn make(&self, allows: Allows) -> Result<String, HomeError> {
        let mut random = [0; 16];
        let no_randomness = |_| HomeError::file(&self.0, "the system gives no randomness");
        rand::fill(&mut random).map_err(no_randomness)?;
        let code = invitation_code(random);
        let Allows { elections, voters, days } = allows;
        let until = Clock::system().wall() + DAY.as_secs() * u64::from(days);
        let hash = Hash::of(code.as_bytes());
        let invitation =
            Invitation { code: hash, elections, voters, until, organiser: None, names: Vec::new(), refused: 0 };
        make_private_dir(&self.0)?;
        write_new(&self.path(hash), &canonical::write(&invitation), 0o600)?;
        Ok(code)
    }

    /// Lets this organiser publish an election of this name, and remembers it. Doing so again changes nothing. Returns how many
    /// voters it may have. The caller lets nobody else in meanwhile.
    ///
    /// # Errors
    /// See [`NotInvited`].
    pub fn admit(&self, code: &str, organiser: &PublicKey, name: &str, now: u64) -> Result<u64, NotInvited> {
        let hash = Hash::of(read_invitation(code).ok_or(NotInvited::Unknown)?.as_bytes());
        let path = self.path(hash);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(NotInvited::Unknown),
            read => read.map_err(|error| HomeError::io(&path, error))?,
        };
        let mut invitation: Invitation =
            serde_json::from_slice(&bytes).map_err(|error| HomeError::file(&path, error))?;
        // The name holds the beginning of the hash alone.
        if invitation.code != hash {
            return Err(NotInvited::Unknown);
        }
        if invitation.refused >= TRIES_MAX {
            return Err(NotInvited::Void);
        }
        if now >= invitation.until {
            return Err(NotInvited::Expired);
        }
        let mine = invitation.organiser.is_none_or(|first| first == *organiser);
        let known = invitation.names.iter().any(|known| known == name);
        let refusal = match (mine, known) {
            (false, _) => Some(NotInvited::Another),
            (true, true) => return Ok(invitation.voters),
            (true, false) if invitation.names.len() >= invitation.elections as usize => Some(NotInvited::Spent),
            (true, false) => None,
        };
        match refusal {
            Some(_) => invitation.refused += 1,
            None => {
                invitation.organiser = Some(*organiser);
                invitation.names.push(name.to_owned());
            }
        }
        write_atomically(&path, &canonical::write(&invitation), 0o600)?;
        refusal.map_or(Ok(invitation.voters), Err)
    }

    fn path(&self, hash: Hash) -> PathBuf {
        let name: String = hash.to_string().chars().take(NAME_CHARS).collect();
        self.0.join(format!("{name}.json"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use veche_election::SigningKey;
    use zeroize::Zeroizing;

    use super::*;

    fn key(seed: u8) -> PublicKey {
        SigningKey::from_seed(&Zeroizing::new([seed; 32])).public()
    }

    #[test]
    fn an_invitation_is_the_first_keys_for_so_many_elections_and_repeating_is_harmless() {
        let root = tempfile::tempdir().unwrap();
        let invitations = Invitations::of(root.path());
        let code = invitations.make(Allows { elections: 2, voters: 9, days: 1 }).unwrap();
        let now = Clock::system().wall();
        let admit = |code: &str, seed, name: &str, now| {
            invitations.admit(code, &key(seed), name, now).map_err(|error| error.to_string())
        };
        let typed = code.to_uppercase();
        let (begin, end) = typed.split_at(13);
        for code in [code.clone(), typed.clone(), format!(" {begin}-{end} ")] {
            assert_eq!(admit(&code, 1, "a", now), Ok(9), "{code}");
        }
        assert!(admit(&code, 2, "b", now).unwrap_err().contains("another organiser"));
        assert_eq!(admit(&code, 1, "b", now), Ok(9));
        assert!(admit(&code, 1, "c", now).unwrap_err().contains("all elections"));
        assert!(admit(&code, 1, "a", now + 86_401).unwrap_err().contains("over"));
        let other = invitations.make(Allows { elections: 1, voters: 9, days: 1 }).unwrap();
        for wrong in ["", "../../x", &other[1..], &format!("{other}a"), &"a".repeat(26)] {
            assert!(admit(wrong, 1, "a", now).unwrap_err().contains("no such"), "{wrong}");
        }
        // Nothing in the folder is the code.
        let files = fs::read_dir(root.path().join(INVITATIONS_DIR)).unwrap();
        let kept: Vec<String> = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
        assert!(kept.len() == 2 && kept.iter().all(|kept| !kept.contains(&code) && !kept.contains(&other)));
    }

    #[test]
    fn an_invitation_that_others_try_is_void_after_so_many_tries() {
        let root = tempfile::tempdir().unwrap();
        let invitations = Invitations::of(root.path());
        let code = invitations.make(Allows { elections: 2, voters: 9, days: 1 }).unwrap();
        let now = Clock::system().wall();
        invitations.admit(&code, &key(1), "a", now).unwrap();
        for _ in 0..TRIES_MAX {
            assert!(matches!(invitations.admit(&code, &key(2), "b", now), Err(NotInvited::Another)));
        }
        assert!(matches!(invitations.admit(&code, &key(1), "b", now), Err(NotInvited::Void)));
    }
}
