//! The dialogue among the vectors of the specification: every sealed frame opens with the keys that stand there.

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use veche_election::{CredentialSecret, Election, Hash};
use veche_session::{
    envelope::{self, OpeningKey, Signer},
    message::{AuthStatement, Down, DownKind, Folder, Up, UpKind, frame_hash},
    sealed::{self, OkKey},
};

fn file(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors");
    std::fs::read(folder.join(name)).unwrap()
}

#[test]
fn every_frame_of_the_dialogue_opens_and_stands_in_its_place() {
    let vector: Value = serde_json::from_slice(&file("dialogue.json")).unwrap();
    let election = Election::parse(&file("record/election.json")).unwrap();
    let key = |name: &str| {
        OpeningKey::from_pkcs8(&BASE64URL_NOPAD.decode(vector[name].as_str().unwrap().as_bytes()).unwrap()).unwrap()
    };
    let keys = Keys { server: key("server_enc_pkcs8"), reply: key("voter_reply_pkcs8"), vector: &vector, election };
    let (up, down) = keys.read(&vector);
    assert!(up.len() >= 3 && up.last() == Some(&UpKind::Ok), "{up:?}");
    assert!(down.contains(&DownKind::No) && down.last() == Some(&DownKind::Yes), "{down:?}");
    assert_eq!(keys.read(&vector["hello"]), (vec![UpKind::Hello], vec![DownKind::Hello]));
}

struct Keys<'a> {
    server: OpeningKey,
    reply: OpeningKey,
    vector: &'a Value,
    election: Election,
}

impl Keys<'_> {
    /// What was said in the sealed frames of one session, up and down.
    fn read(&self, session: &Value) -> (Vec<UpKind>, Vec<DownKind>) {
        let Self { server, reply, vector, election } = self;
        let (mut up, mut down) = (Vec::new(), Vec::new());
        let (mut answered, mut key): (Option<Hash>, Option<OkKey>) = (None, None);
        for frame in session["frames"].as_array().unwrap() {
            let text = frame["frame"].as_str().unwrap();
            if !text.contains('.') {
                continue;
            }
            if frame["from"] == "voter" && key.is_some() {
                let payload = envelope::open_ok(text, &key.take().unwrap(), election.session().up_bytes).unwrap();
                let message: Up = sealed::message(&payload).unwrap();
                up.push(message.kind);
                assert_eq!((message.n as usize, message.re), (up.len(), answered));
            } else if frame["from"] == "voter" {
                let opened = envelope::open(text, server, Signer::Embedded, election.session().up_bytes).unwrap();
                let message: Up = opened.message().unwrap();
                up.push(message.kind);
                assert_eq!((message.n as usize, message.re), (up.len(), answered));
                assert_eq!(message.to, server.public().thumbprint());
                if let Some(auth) = message.auth {
                    check_auth(vector, &session["folder"], election, &message, &auth);
                }
            } else {
                let signer = Signer::Known(&election.keys().server_sig);
                let opened = envelope::open(text, reply, signer, election.session().down_bytes).unwrap();
                let message: Down = opened.message().unwrap();
                down.push(message.kind);
                assert_eq!((message.n as usize, message.re), (down.len(), answered));
                assert_eq!(message.to, reply.public().thumbprint());
                key = message.key;
                if message.kind == DownKind::Yes {
                    message.receipt.unwrap().check(election, &crate::fixture::WEIGHTS).unwrap();
                }
                if let Some(last) = message.standing.and_then(|standing| standing.last) {
                    last.check(election, &crate::fixture::WEIGHTS).unwrap();
                }
            }
            answered = Some(frame_hash(text));
        }
        (up, down)
    }
}

fn check_auth(vector: &Value, folder: &Value, election: &Election, message: &Up, auth: &veche_election::Signature) {
    let thumbprint = |name: &str| Hash::parse(vector["thumbprints"][name].as_str().unwrap()).unwrap();
    let statement = AuthStatement {
        election: election.id(),
        folder: Folder::parse(folder.as_str().unwrap()).unwrap(),
        number: message.number,
        keys: ["server_enc", "server_sig", "voter_sig", "voter_reply"].map(thumbprint),
    };
    let card: Value = serde_json::from_slice(&file("17.json")).unwrap();
    let secret = CredentialSecret::parse(card["credential"].as_str().unwrap()).unwrap();
    statement.verify(&secret.key(election.draft_id()).public(), auth).unwrap();
}
