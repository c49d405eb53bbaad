//! All trustees on one machine: quick, and trusted with everything.

use std::path::PathBuf;

use veche_election::{
    Draft, Election,
    ceremony::{Ceremony, TrusteeSecret},
};
use veche_server::{Home, home::make_private_dir};

use super::{Note, TRUSTEES_DIR, no_ceremony, rehearsal};
use crate::{
    actor::Actor,
    failure::{Failure, Result},
    front::{Front, is_at_pages},
    keyfile,
    lang::{both, tr},
    randomness, setup,
};

/// All trustees of a small election on one machine: says what that means.
pub fn local(home: &Home, draft: &Draft, front: &mut dyn Front) -> Result<Ceremony> {
    let plan = draft.ceremony_plan().ok_or_else(no_ceremony)?;
    make_private_dir(&home.path(TRUSTEES_DIR))?;
    let mut secrets = Vec::new();
    for number in 1..=plan.count {
        let secret = TrusteeSecret::new(draft.id(), number, randomness::random()?);
        keyfile::write(&local_key(home, number), &secret, None)?;
        secrets.push(secret);
    }
    let mut ceremony = Ceremony::new(draft.id(), plan);
    let take = |ceremony: &mut Ceremony, message: &[u8]| ceremony.take(message).map_err(Failure::other);
    for secret in &secrets {
        let name = tr!("Trustee {}", "Доверенный {}", secret.trustee());
        take(&mut ceremony, &secret.register(&name))?;
    }
    for secret in &secrets {
        let message = secret.commit(&ceremony).map_err(Failure::other)?;
        take(&mut ceremony, &message)?;
    }
    for secret in &secrets {
        let message = secret.deal(&ceremony).map_err(Failure::other)?;
        take(&mut ceremony, &message)?;
    }
    for secret in &secrets {
        let message = secret.accept(&ceremony).map_err(Failure::other)?;
        take(&mut ceremony, &message)?;
    }
    (1..=plan.count).try_for_each(|number| Note::done(&local_key(home, number), &ceremony, draft.id()))?;
    front.tell(if is_at_pages() {
        both!(
            "The keys of all trustees ({}) were made on this machine. Whoever could read its memory or disk can read every ballot.",
            "Ключи всех доверенных ({}) созданы на этой машине. Кто мог читать её память или диск, прочтёт любой бюллетень.",
            plan.count
        )
    } else {
        both!(
        "The keys of all trustees ({}) were made on this machine ({}). Whoever could read its memory or disk can read \
         every ballot. Give each key, with the note beside it, to its trustee and delete both here. It is better to let \
         every trustee make a key of their own.",
        "Ключи всех доверенных ({}) созданы на этой машине ({}). Кто мог читать её память или диск, прочтёт любой \
         бюллетень. Раздайте ключи с заметками при них доверенным и удалите здесь; лучше, чтобы каждый создал свой ключ сам.",
        plan.count,
        home.path(TRUSTEES_DIR).display()
    )
    });
    Ok(ceremony)
}

/// Where the key of this trustee is.
pub fn local_key(home: &Home, number: u32) -> PathBuf {
    home.path(TRUSTEES_DIR).join(format!("trustee-{number}.key"))
}

/// After a local ceremony all keys are at hand: they rehearse at once. The caller holds the lock.
pub async fn rehearse_local(home: &Home, election: &Election) -> Result<()> {
    let plan = election.draft().trustees.ok_or_else(no_ceremony)?;
    let file = home.ceremony(election)?.ok_or_else(no_ceremony)?;
    let ceremony = Ceremony::of(election, &file).map_err(Failure::other)?;
    for number in 1..=plan.count {
        let key_file = local_key(home, number);
        let secret = keyfile::read(&key_file, || Err(Failure::other("this key was put under no passphrase")))?;
        let (act, trustee) =
            (rehearsal(election, &ceremony, &secret)?, Actor::trustee(&secret, &key_file, election.id()));
        setup::append_offline(home, election, &trustee, act).await?;
    }
    Ok(())
}
