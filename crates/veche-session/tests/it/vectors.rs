//! The dialogue among the vectors of the specification: every sealed frame opens with the keys that stand there.

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use veche_election::{Election, Hash};
use veche_session::{
    envelope::{self, OpeningKey, Signer},
    message::{AuthStatement, Down, DownKind, Folder, Up, UpKind, frame_hash},
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
    let (server, reply) = (key("server_enc_pkcs8"), key("voter_reply_pkcs8"));
    let (mut up, mut down) = (0, 0);
    let mut answered: Option<Hash> = None;
    let mut ends = Vec::new();
    for frame in vector["frames"].as_array().unwrap() {
        let text = frame["frame"].as_str().unwrap();
        if !text.contains('.') {
            continue;
        }
        if frame["from"] == "voter" {
            let opened = envelope::open(text, &server, Signer::Embedded, election.session().up_bytes).unwrap();
            let message: Up = opened.message().unwrap();
            up += 1;
            assert_eq!((message.n, message.re, message.to), (up, answered, server.public().thumbprint()));
            ends.push(message.kind == UpKind::Ok);
            if let Some(auth) = message.auth {
                check_auth(&vector, &election, &message, &auth);
            }
        } else {
            let signer = Signer::Known(&election.keys().server_sig);
            let opened = envelope::open(text, &reply, signer, election.session().down_bytes).unwrap();
            let message: Down = opened.message().unwrap();
            down += 1;
            assert_eq!((message.n, message.re, message.to), (down, answered, reply.public().thumbprint()));
            if message.kind == DownKind::Yes {
                message.receipt.unwrap().check(&election, &crate::fixture::WEIGHTS).unwrap();
            }
        }
        answered = Some(frame_hash(text));
    }
    assert!(up >= 3 && down >= 2 && ends.last() == Some(&true), "a «нет», a «да» and an ok");
}

fn check_auth(vector: &Value, election: &Election, message: &Up, auth: &veche_election::Signature) {
    let thumbprint = |name: &str| Hash::parse(vector["thumbprints"][name].as_str().unwrap()).unwrap();
    let statement = AuthStatement {
        election: election.id(),
        folder: Folder::parse(vector["folder"].as_str().unwrap()).unwrap(),
        number: message.number,
        keys: ["server_enc", "server_sig", "voter_sig", "voter_reply"].map(thumbprint),
    };
    let entry: veche_election::BallotEntry =
        serde_json::from_str(message.entry.as_ref().unwrap()).expect("even a refused entry has the form of one");
    statement.verify(&entry.credential, auth).unwrap();
}
