//! The server as a client of its witnesses (C2SP tlog-witness): it sends them its newest checkpoint, about once a second
//! while the log grows, and gives their signatures to the sequencer, which publishes them. No commit waits for a
//! witness. At the start their answers show whether this database is older than what was shown to them.
//! Spec: `docs/spec/log.md` section 8.

use std::time::Duration;

use data_encoding::BASE64;
use veche_client::Trust;
use veche_election::{Checkpoint, Election, Hash, Subtrees, checkpoint::Witness};

use crate::{
    sequencer::{Sequencer, StartError},
    store::Store,
};

/// How often the log is compared with what was cosigned.
const LOOK_PERIOD: Duration = Duration::from_millis(100);
/// Between two rounds while the log grows, and after a round in which a witness was missing.
const ROUND_PERIOD: Duration = Duration::from_secs(1);
const RETRY_PERIOD: Duration = Duration::from_secs(5);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_MAX_BYTES: u64 = 16_384;

/// Where the election's witnesses are reached.
#[derive(Debug, Clone, Default)]
pub struct WitnessUrls {
    pub urls: Vec<(Witness, String)>,
    /// The operator says that a witness who knows a longer log than this one errs.
    pub ignore_at_start: bool,
    /// Of witnesses at https addresses.
    pub trust: Trust,
}

/// What a witness said.
enum Answer {
    /// The line of the signature, and the time in it.
    Cosigned(String, u64),
    /// The size of the last checkpoint that it has cosigned.
    Knows(u64),
    /// The proof does not hold: it has seen another log.
    OtherLog,
    Failed(String),
}

/// One witness, and the size that it has cosigned last, as far as we know.
#[derive(Clone)]
struct Contact {
    witness: Witness,
    url: String,
    known: u64,
}

pub struct Cosigning<S> {
    sequencer: Sequencer<S>,
    /// In the order of the manifest.
    contacts: Vec<Contact>,
    trust: Trust,
}

impl<S: Store> Cosigning<S> {
    /// The witnesses that the manifest names and whose address is known.
    pub fn new(sequencer: Sequencer<S>, election: &Election, urls: &WitnessUrls) -> Self {
        let named = election.draft().witnesses.iter().flat_map(|plan| &plan.keys);
        let contact = |witness: &Witness| {
            let (_, url) = urls.urls.iter().find(|(known, _)| known == witness)?;
            Some(Contact { witness: witness.clone(), url: url.trim_end_matches('/').to_owned(), known: 0 })
        };
        Self { sequencer, contacts: named.filter_map(contact).collect(), trust: urls.trust.clone() }
    }

    /// Shows the log to every witness before anybody else sees it. One that has seen more, or another log, stops the
    /// start; one that does not answer does not.
    pub async fn first_round(&mut self) -> Result<(), StartError> {
        let ours = self.sequencer.published().size;
        for (name, answer) in self.round().await {
            match answer {
                Answer::Knows(witnessed) if witnessed > ours => {
                    return Err(StartError::Witnessed { database: ours, witnessed, name });
                }
                Answer::OtherLog => return Err(StartError::WitnessedOther { name }),
                Answer::Cosigned(_, time) => self.sequencer.witnessed_at(time).await,
                Answer::Knows(_) | Answer::Failed(_) => {}
            }
        }
        Ok(())
    }

    /// Rounds until the task is aborted.
    pub async fn run(mut self) {
        if self.contacts.is_empty() {
            return;
        }
        let mut done = None;
        loop {
            tokio::time::sleep(LOOK_PERIOD).await;
            let size = self.sequencer.published().size;
            if done == Some(size) {
                continue;
            }
            let failed = self.round().await.iter().any(|(_, answer)| !matches!(answer, Answer::Cosigned(..)));
            done = (!failed).then_some(size);
            tokio::time::sleep(if failed { RETRY_PERIOD } else { ROUND_PERIOD }).await;
        }
    }

    /// Sends the present checkpoint to all at once, and publishes the signatures that come.
    async fn round(&mut self) -> Vec<(String, Answer)> {
        let (checkpoint, note) = self.sequencer.signed();
        let asked = self.contacts.iter().cloned().map(|contact| {
            let (sequencer, checkpoint, note) = (self.sequencer.clone(), checkpoint.clone(), note.clone());
            let trust = self.trust.clone();
            tokio::task::spawn_blocking(move || {
                let mut contact = contact;
                let answer = ask(&mut contact, &trust, &checkpoint, &note, |old| {
                    let published = sequencer.published();
                    published.tree().consistency_proof(old, checkpoint.size)
                });
                (contact, answer)
            })
        });
        let asked: Vec<_> = asked.collect();
        let (mut answers, mut lines) = (Vec::new(), Vec::new());
        for (place, task) in asked.into_iter().enumerate() {
            let Ok((contact, answer)) = task.await else { continue };
            match &answer {
                Answer::Cosigned(line, _) => lines.push((contact.witness.clone(), line.clone())),
                Answer::Knows(size) => tracing::error!(witness = contact.witness.name(), size, "a witness knows more"),
                Answer::OtherLog => tracing::error!(witness = contact.witness.name(), "a witness has seen another log"),
                Answer::Failed(why) => tracing::warn!(witness = contact.witness.name(), %why, "a witness did not sign"),
            }
            answers.push((contact.witness.name().to_owned(), answer));
            if let Some(old) = self.contacts.get_mut(place) {
                *old = contact;
            }
        }
        if !lines.is_empty() {
            self.sequencer.cosigned(checkpoint, lines).await;
        }
        answers
    }
}

/// Asks for a signature; where the witness knows another size than we thought, once more from there.
fn ask(
    contact: &mut Contact,
    trust: &Trust,
    checkpoint: &Checkpoint,
    note: &str,
    proof: impl Fn(u64) -> Option<Vec<Hash>>,
) -> Answer {
    for _ in 0..2 {
        let Some(hashes) = proof(contact.known) else { return Answer::Knows(contact.known) };
        let hashes: String = hashes.iter().map(|hash| BASE64.encode(&hash.0) + "\n").collect();
        let answer = match post(trust, &contact.url, &format!("old {}\n{hashes}\n{note}", contact.known)) {
            Ok(answer) => answer,
            Err(why) => return Answer::Failed(why),
        };
        match answer {
            (200, body) => match contact.witness.find_with_time(checkpoint, &body) {
                Some((line, time)) => {
                    contact.known = checkpoint.size;
                    return Answer::Cosigned(line.to_owned(), time);
                }
                None => return Answer::Failed("its answer holds no signature of its key".into()),
            },
            (409, body) => match body.trim_end().parse::<u64>() {
                // It has signed another root of this very size.
                Ok(size) if size == contact.known => return Answer::OtherLog,
                Ok(size) => contact.known = size,
                Err(_) => return Answer::Failed("409 without a size".into()),
            },
            (422, _) => return Answer::OtherLog,
            (status, _) => return Answer::Failed(format!("status {status}")),
        }
    }
    Answer::Knows(contact.known)
}

fn post(trust: &Trust, url: &str, body: &str) -> Result<(u16, String), String> {
    let config = ureq::Agent::config_builder()
        .tls_config(trust.for_requests())
        .timeout_global(Some(ANSWER_TIMEOUT))
        .max_redirects(0)
        .http_status_as_error(false);
    let agent: ureq::Agent = config.build().into();
    let mut response = agent.post(format!("{url}/add-checkpoint")).send(body).map_err(|error| error.to_string())?;
    let status = response.status().as_u16();
    let read = response.body_mut().with_config().limit(ANSWER_MAX_BYTES).read_to_string();
    Ok((status, read.map_err(|error| error.to_string())?))
}
