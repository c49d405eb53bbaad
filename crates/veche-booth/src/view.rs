//! What the page shows of an election: the manifest's own words and numbers, nothing computed but its ids.

use serde::Serialize;
use veche_client::link::paper_id;
use veche_election::{Contest, Election, Hash, Jwk, Marks, MarksError, Revote, marks};

use crate::errand::Levels;

#[derive(Serialize)]
pub struct ElectionView<'a> {
    pub id: Hash,
    /// What stands on paper.
    pub paper_id: String,
    pub title: &'a str,
    pub secret: bool,
    pub trustees: Vec<&'a str>,
    /// How many of them together can open the sums.
    pub threshold: Option<u32>,
    pub revote: Revote,
    pub opens: Option<u64>,
    pub closes: Option<u64>,
    pub contests: &'a [Contest],
    pub server_enc: &'a Jwk,
    pub server_sig: &'a Jwk,
    /// Of a sealed message from the server.
    pub token_max_bytes: usize,
    /// How the voter was named by the link, and what the link left out.
    pub number: Option<String>,
    pub has_credential: bool,
}

impl<'a> ElectionView<'a> {
    pub fn new(election: &'a Election, number: Option<String>, has_credential: bool) -> Self {
        let draft = election.draft();
        Self {
            id: election.id(),
            paper_id: paper_id(election.id()),
            title: &draft.title,
            secret: election.secret().is_some(),
            trustees: election.trustees().iter().map(|trustee| trustee.name.as_str()).collect(),
            threshold: election.secret().map(|secret| secret.threshold),
            revote: draft.revote,
            opens: draft.opens,
            closes: draft.closes,
            contests: election.contests(),
            server_enc: &election.keys().server_enc,
            server_sig: &election.keys().server_sig,
            token_max_bytes: veche_session::sealed::token_max_bytes(election.session().down_bytes),
            number,
            has_credential,
        }
    }
}

/// The places of the levels, as the page shows them, in the written form of marks.
pub fn written(levels: &Levels, election: &Election) -> Result<Vec<String>, MarksError> {
    let (expected, got) = (election.contests().len(), levels.len());
    if got != expected {
        return Err(MarksError::Contests { expected, got });
    }
    Ok(levels.iter().zip(election.contests()).map(|(levels, contest)| contest_written(levels, contest)).collect())
}

fn contest_written(levels: &[Option<u8>], contest: &Contest) -> String {
    let name = |level: &Option<u8>| match level {
        // What is beyond the scale is a mark that does not fit: the checks that follow say so.
        Some(level) => contest.levels.get(usize::from(*level)).map_or("?", String::as_str),
        None => marks::BLANK,
    };
    levels.iter().map(name).collect::<Vec<_>>().join(if contest.is_compact() { "" } else { "," })
}

/// The other way round; none if the marks do not fit.
pub fn levels(texts: &[String], election: &Election) -> Levels {
    let parsed = texts.iter().zip(election.contests()).map(|(text, contest)| Marks::parse(text, contest));
    parsed.map(|marks| marks.map(|marks| marks.levels().to_vec()).unwrap_or_default()).collect()
}
