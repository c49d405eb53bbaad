//! What voters were told, and what must therefore be true for ever after: the memory of the crash and fault tests.
//!
//! Voters here vote again and again, each new ballot on top of the last, so that a hundred cards last for any number of
//! crashes. A voter whose session broke brings the very same bytes again, as `docs/spec/session.md` section 5 demands.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use veche::{cards, client};
use veche_client::sessions::SessionError;
use veche_election::{
    BallotEntry, Checkpoint, CredentialKey, Election, Hash, Receipt, VoterNumber,
    entry::{EntryBytes, Position},
    log::{LogTree, Subtrees, TILE_WIDTH, origin, tile_path},
};
use veche_server::Home;
use veche_session::{Code, voter::Outcome};

use crate::{
    arena::{KEYS, caller},
    commands::Serving,
};

/// Serves the founding election in a process of its own, and waits until it can be reached.
pub fn serve(home: &Home, prepare: impl FnOnce(&mut Command)) -> (Serving, String) {
    let _ = std::fs::write(home.path("lock"), "");
    let mut command = Command::new(env!("CARGO_BIN_EXE_veche"));
    command.arg("serve").arg(home.dir()).args(["7", "0"]).env("VECHE_LANG", "en");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    prepare(&mut command);
    let mut serving = Serving(command.spawn().unwrap());
    let started = Instant::now();
    loop {
        if let Some(url) = home.served_at() {
            return (serving, url);
        }
        assert!(serving.0.try_wait().unwrap().is_none(), "the server ended before it served");
        assert!(started.elapsed() < Duration::from_secs(60), "the server did not start");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// How the server answered a ballot.
#[derive(Debug)]
pub enum Said {
    Yes(Receipt),
    No(Code),
    /// The connection broke off, or was not there at all.
    Nothing,
}

/// A voter who goes on voting.
pub struct Voter {
    number: VoterNumber,
    credential: CredentialKey,
    next: Position,
    /// What was sent and not answered for good.
    pending: Option<EntryBytes>,
}

pub struct Ledger {
    pub election: Arc<Election>,
    voters: Vec<Mutex<Voter>>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// By index: the leaf, and the checkpoint that the receipt carries.
    receipts: BTreeMap<u64, (Hash, Checkpoint, Receipt)>,
    /// The published log as it was last seen.
    tree: LogTree,
    leaves: Vec<Hash>,
}

impl Ledger {
    pub fn new(home: &Home) -> Self {
        let election = Arc::new(home.election().unwrap());
        let voter = |number: u64| {
            let card = cards::read(&home.path(&format!("cards/{number}.json"))).unwrap();
            let credential = card.secret().unwrap().key(election.draft_id());
            let number = VoterNumber::new(number).unwrap();
            Mutex::new(Voter { number, credential, next: Position::FIRST, pending: None })
        };
        let voters = (1..=election.roll().voters).map(voter).collect();
        Self { election, voters, seen: Mutex::default() }
    }

    pub fn receipts(&self) -> usize {
        self.seen.lock().unwrap().receipts.len()
    }

    /// One voter brings one ballot: the one that still waits for an answer, or the next.
    pub async fn cast(&self, url: &str, voter: usize) -> Said {
        let (number, credential, entry) = {
            let mut voter = self.voters[voter].lock().unwrap();
            let (election, next) = (self.election.id(), voter.next);
            let credential = voter.credential.clone();
            let marks = || format!("45432*{}", next.seq % 5 + 1);
            let new = || BallotEntry::sign(election, &credential, next, vec![marks()]);
            let entry = voter.pending.get_or_insert_with(new).clone();
            (voter.number, credential, entry)
        };
        let mut once = Some(entry);
        let said = client::at(url)
            .unwrap()
            .cast(&caller(&self.election, number, &credential), &KEYS, &mut |_| once.take())
            .await;
        match said {
            Ok(Outcome::Recorded { receipt, current, .. }) => {
                assert!(current, "nobody else votes for voter {number}");
                self.note(voter, &receipt);
                Said::Yes(receipt)
            }
            Ok(Outcome::Refused(refused)) => Said::No(refused.code),
            Err(
                SessionError::Broken(_)
                | SessionError::Unreachable { .. }
                | SessionError::HungUp { .. }
                | SessionError::Busy(_),
            ) => Said::Nothing,
            other => panic!("voter {number}: {other:?}"),
        }
    }

    /// Whoever has not been answered yet asks until there is an answer.
    pub async fn cast_until_yes(&self, url: &str, voter: usize) -> Receipt {
        for _ in 0..40 {
            match self.cast(url, voter).await {
                Said::Yes(receipt) => return receipt,
                Said::No(Code::Busy) | Said::Nothing => tokio::time::sleep(Duration::from_millis(100)).await,
                Said::No(code) => panic!("{}", code.name()),
            }
        }
        panic!("no answer but busy");
    }

    fn note(&self, voter: usize, receipt: &Receipt) {
        let checked = receipt.check(&self.election, &crate::board::WEIGHTS).unwrap();
        let (leaf, index) = (checked.ballot().leaf(), checked.index());
        let mut voter = self.voters[voter].lock().unwrap();
        voter.pending = None;
        voter.next = Position { seq: checked.ballot().entry().seq + 1, prev: leaf };
        let mut seen = self.seen.lock().unwrap();
        let before = seen.receipts.insert(index, (leaf, checked.checkpoint().clone(), receipt.clone()));
        assert!(before.is_none_or(|(_, _, before)| before == *receipt), "two receipts for place {index}");
    }

    /// The published log still begins with what was seen of it before, and every receipt holds against it.
    pub fn check_log(&self, url: &str) {
        let get = |path: &str| client::at(url).unwrap().get(path).unwrap().unwrap();
        let note = String::from_utf8(get("/checkpoint")).unwrap();
        let board = &self.election.keys().board;
        let checkpoint = Checkpoint::open(&note, &origin(self.election.id()), board).unwrap();
        let mut leaves = Vec::new();
        for n in 0..checkpoint.size.div_ceil(TILE_WIDTH) {
            let width = (checkpoint.size - n * TILE_WIDTH).min(TILE_WIDTH);
            let tile = get(&format!("/{}", tile_path("0", n, width)));
            leaves.extend(tile.chunks_exact(32).map(|hash| Hash(hash.try_into().unwrap())));
        }
        self.check_leaves(leaves, &checkpoint);
    }

    fn check_leaves(&self, leaves: Vec<Hash>, checkpoint: &Checkpoint) {
        let mut seen = self.seen.lock().unwrap();
        assert!(leaves.starts_with(&seen.leaves), "the log does not begin with what was published before");
        let mut tree = LogTree::default();
        leaves.iter().for_each(|leaf| tree.append(*leaf));
        assert_eq!(tree.root(), checkpoint.root);
        let different: HashSet<Hash> = leaves.iter().copied().collect();
        assert_eq!(different.len(), leaves.len(), "an entry stands in the log twice");
        for (index, (leaf, under, _)) in &seen.receipts {
            assert_eq!(leaves.get(*index as usize), Some(leaf), "the entry of a receipt is not at its place {index}");
            assert_eq!(tree.root_at(under.size), Some(under.root), "the checkpoint of receipt {index} is of a fork");
        }
        (seen.tree, seen.leaves) = (tree, leaves);
    }

    /// All voters are answered, each asks again and gets the same receipt; then closing, and the whole record verifies.
    pub async fn finish(&self, home: &Home, url: &str, voters: usize) {
        for voter in 0..voters {
            let receipt = self.cast_until_yes(url, voter).await;
            let (number, credential) = {
                let voter = self.voters[voter].lock().unwrap();
                (voter.number, voter.credential.clone())
            };
            let mut again = Some(receipt.entry.clone());
            let said = client::at(url)
                .unwrap()
                .cast(&caller(&self.election, number, &credential), &KEYS, &mut |_| again.take())
                .await;
            let Ok(Outcome::Recorded { receipt: again, .. }) = said else { panic!("{said:?}") };
            assert_eq!(again, receipt, "voter {number}");
        }
        let (url, home) = (url.to_owned(), home.clone());
        let status = veche_status(&url);
        assert_eq!(status["ballots"], voters as u64);
        let closed = Command::new(env!("CARGO_BIN_EXE_veche"))
            .args(["close", &url, "--key"])
            .arg(home.path("organiser.key"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(closed.status.success(), "{}", String::from_utf8_lossy(&closed.stderr));
        self.check_log(&url);
        let verified = tokio::task::spawn_blocking(move || veche::records::check(&url, &mut veche::front::Nobody))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(verified.result().ballots, voters as u64, "one ballot of each voter counts");
    }
}

pub fn veche_status(url: &str) -> serde_json::Value {
    serde_json::from_slice(&client::at(url).unwrap().get("/status.json").unwrap().unwrap()).unwrap()
}

/// Makes the founding election in a folder, by serving it once.
pub fn make(dir: &Path) -> Home {
    let home = Home::new(dir.join("e"));
    let (server, _) = serve(&home, |_| ());
    assert_eq!(server.terminate(), 0);
    home
}
