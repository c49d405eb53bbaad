//! Where a browser keeps an entry that has no answer yet. Spec: `docs/spec/booth.md` section 4.

use veche_election::{CredentialSecret, Election};

use crate::errand::{self, Place};

/// Under this voter's key and tag for this election.
pub fn place(secret: &CredentialSecret, election: &Election) -> Place {
    let keys = secret.storage(election.draft_id());
    errand::place(election.id(), &keys.tag, &keys.key)
}
