//! Any bytes as what a peer says in a session: frames, and payloads of tokens that open, parted by line feeds. Nobody
//! without the credential's key has an entry decided on; nobody without the board's makes a voter believe «да».
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use veche_election::{CredentialSecret, Election, Jwk, PublicKey, WeightSeed};
use veche_session::{
    ServerSession, VoterSession,
    envelope::{OpeningKey, SealingSignature},
    message::Folder,
    sealed::Opened,
    server, voter,
};

struct Keys {
    election: Arc<Election>,
    /// Of whom nobody has the secret here.
    credential: PublicKey,
    sig: Jwk,
    reply: Jwk,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let election = Election::parse(include_bytes!("../../docs/spec/vectors/record/election.json")).expect("a vector");
    let dialogue: serde_json::Value =
        serde_json::from_slice(include_bytes!("../../docs/spec/vectors/dialogue.json")).expect("a vector");
    let der = |name: &str| {
        data_encoding::BASE64URL_NOPAD.decode(dialogue[name].as_str().expect("a vector").as_bytes()).expect("a vector")
    };
    Keys {
        credential: CredentialSecret::from_random([9; 16]).key(election.draft_id()).public(),
        sig: SealingSignature::from_pkcs8(&der("voter_sig_pkcs8")).expect("a vector").public().clone(),
        reply: OpeningKey::from_pkcs8(&der("voter_reply_pkcs8")).expect("a vector").public().clone(),
        election: Arc::new(election),
    }
});

fn opened(payload: &str, signer: &Jwk) -> Opened {
    Opened { payload: payload.as_bytes().to_vec().into(), signer: signer.clone() }
}

fn to_server(said: &mut dyn Iterator<Item = &str>) -> Option<()> {
    let folder = Folder::parse("fqomjl3nijpovfodne6k72kt64")?;
    let mut session = ServerSession::new(KEYS.election.clone(), folder);
    let mut effects = session.handle(server::Input::Frame(said.next()?)).ok()?;
    loop {
        let mut next = None;
        for effect in effects {
            match effect {
                server::Effect::FindVoter(_) => next = Some(server::Input::Found(Some(KEYS.credential))),
                server::Effect::Open(_) => next = Some(server::Input::Opened(Ok(opened(said.next()?, &KEYS.sig)))),
                server::Effect::LookUp(_) => panic!("a hello without the credential's signature"),
                server::Effect::Check(_) => panic!("an entry without the credential's signature"),
                server::Effect::OpenOk { .. } => panic!("an `ok` without a ballot"),
                server::Effect::Seal { .. } => next = Some(server::Input::Sealed("sealed".into())),
                server::Effect::Finish(server::Outcome::Recorded) => panic!("recorded"),
                _ => {}
            }
        }
        let next = match next {
            Some(next) => next,
            None => server::Input::Frame(said.next()?),
        };
        effects = session.handle(next).ok()?;
    }
}

type Begin = fn(Arc<Election>, voter::Voter) -> VoterSession;

fn to_voter(begin: Begin, said: &mut dyn Iterator<Item = &str>) -> Option<()> {
    let voter = voter::Voter {
        number: veche_election::VoterNumber::new(17)?,
        credential: CredentialSecret::from_random([7; 16]).key(KEYS.election.draft_id()),
        sig: KEYS.sig.clone(),
        reply: KEYS.reply.clone(),
        weights: WeightSeed([9; 32]),
    };
    let mut session = begin(KEYS.election.clone(), voter);
    let mut effects = session.handle(voter::Input::Start).ok()?;
    loop {
        let mut next = None;
        for effect in effects {
            match effect {
                voter::Effect::NeedEntry(_) => next = Some(voter::Input::Entry("{}".into())),
                voter::Effect::Keep { .. } | voter::Effect::SealOk { .. } => panic!("«да» without a receipt of this entry"),
                voter::Effect::Seal(_) => next = Some(voter::Input::Sealed("sealed".into())),
                voter::Effect::Open(_) => {
                    next = Some(voter::Input::Opened(Ok(opened(said.next()?, &KEYS.election.keys().server_sig))));
                }
                voter::Effect::Finish(voter::Outcome::Recorded { .. }) => {
                    panic!("«да» without a receipt of this entry")
                }
                voter::Effect::Send(_) | voter::Effect::Finish(_) => {}
            }
        }
        let next = match next {
            Some(next) => next,
            None => voter::Input::Frame(said.next()?),
        };
        effects = session.handle(next).ok()?;
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = to_server(&mut text.split('\n'));
    let _ = to_voter(VoterSession::new, &mut text.split('\n'));
    let _ = to_voter(VoterSession::hello, &mut text.split('\n'));
});
