//! Voters' cards: what a voter needs and nobody else may have. One JSON file for the program, one text to read and
//! one page to print; for very many voters a single file of JSON lines.

use std::path::{Path, PathBuf};

use qrcode::{QrCode, render::svg};
use serde::{Deserialize, Serialize};
use veche_election::{CredentialSecret, Election, Hash, VoterNumber, canonical};
use veche_server::home::{CARDS_DIR, CARDS_FILE, Home, make_private_dir};
use zeroize::Zeroizing;

use crate::{
    failure::{Exit, Failure, Result},
    lang::tr,
    russian,
};

pub const CARD_VERSION: &str = "veche-card-1";
/// Above this many voters the cards go into one file.
pub const CARD_FILES_MAX: usize = 10_000;

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    pub v: String,
    /// The full election id: a client re-computes it from what it is served and compares.
    pub election: Hash,
    pub title: String,
    pub number: VoterNumber,
    pub name: String,
    /// The secret.
    pub credential: Zeroizing<String>,
    pub url: Option<String>,
}

impl Card {
    pub fn new(election: &Election, number: VoterNumber, name: &str, secret: &CredentialSecret) -> Self {
        let title = election.draft().title.clone();
        let (v, credential) = (CARD_VERSION.into(), secret.to_text());
        Self { v, election: election.id(), title, number, name: name.into(), credential, url: None }
    }

    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map(Zeroizing::new);
        let bytes = bytes.map_err(|error| Failure::other(format!("{}: {error}", path.display())))?;
        let card: Option<Self> = serde_json::from_slice(&bytes).ok();
        card.filter(|card| card.v == CARD_VERSION).ok_or_else(|| {
            Failure::usage(tr!("{} is not a voter's card", "{} — не карточка избирателя", path.display()))
        })
    }

    pub fn secret(&self) -> Result<CredentialSecret> {
        parse_secret(&self.credential)
    }

    fn text(&self) -> String {
        tr!(
            "{title}\n\nVoter number:  {number}\nName:          {name}\nCredential:    {credential}\n\n\
             Vote:          veche vote {number} --card {number}.json{address}\n\n\
             Election id:   {election}\n\nKeep this card to yourself: who holds it can vote in your name.\n",
            "{title}\n\nНомер избирателя:  {number}\nИмя:               {name}\nКод карточки:      {credential}\n\n\
             Голосовать:        veche vote {number} --card {number}.json{address}\n\n\
             Id выборов:        {election}\n\nНикому не показывайте карточку: с ней голосуют от вашего имени.\n",
            title = self.title,
            address = self.url.as_ref().map(|url| format!(" --url {url}")).unwrap_or_default(),
            number = self.number,
            name = self.name,
            credential = *self.credential,
            election = self.election
        )
    }

    fn html(&self) -> String {
        let code = QrCode::new(self.credential.as_bytes());
        let code = code.map(|code| code.render::<svg::Color>().min_dimensions(180, 180).build()).unwrap_or_default();
        let picture = code.find("<svg").and_then(|start| code.get(start..)).unwrap_or_default();
        format!(
            "<!doctype html><meta charset=\"utf-8\"><title>{title}</title>\
             <style>body{{font:16px/1.5 sans-serif;max-width:36em;margin:3em auto}}\
             code{{font-size:1.25em;word-break:break-all}}.id{{color:#555;font-size:.8em}}</style>\n\
             <h1>{title}</h1>\n<pre>{text}</pre>\n<p><code>{credential}</code></p>\n{picture}\n",
            title = escape_html(&self.title),
            text = escape_html(&self.text()),
            credential = *self.credential,
        )
    }

    /// Writes `cards/17.json`, `.txt` and `.html`, readable by their owner only.
    pub fn write(&self, home: &Home) -> Result<()> {
        make_private_dir(&home.path(CARDS_DIR))?;
        let write = |ending, text: &str| home.write_secret_unsynced(&card_name(self.number, ending), text.as_bytes());
        write("json", &(canonical::write_text(self) + "\n"))?;
        write("txt", &self.text())?;
        Ok(write("html", &self.html())?)
    }
}

pub fn parse_secret(text: &str) -> Result<CredentialSecret> {
    CredentialSecret::parse(text).map_err(|error| Failure::new(Exit::BallotRefused, russian::credential(&error)))
}

fn card_name(number: VoterNumber, ending: &str) -> String {
    format!("{CARDS_DIR}/{number}.{ending}")
}

pub fn card_path(home: &Home, number: VoterNumber) -> PathBuf {
    home.path(&card_name(number, "json"))
}

/// All cards as files, or as one file of lines when they are very many.
pub fn write_all(home: &Home, cards: &[Card], mut progress: impl FnMut()) -> Result<()> {
    if cards.len() > CARD_FILES_MAX {
        let mut lines = Zeroizing::new(String::new());
        for card in cards {
            lines.push_str(&canonical::write_text(card));
            lines.push('\n');
            progress();
        }
        return Ok(home.write_secret(CARDS_FILE, lines.as_bytes())?);
    }
    make_private_dir(&home.path(CARDS_DIR))?;
    for card in cards {
        card.write(home)?;
        progress();
    }
    Ok(())
}

/// Do cards still lie beside the server?
pub fn are_beside(home: &Home) -> bool {
    let any = std::fs::read_dir(home.path(CARDS_DIR)).is_ok_and(|mut files| files.next().is_some());
    any || home.path(CARDS_FILE).exists()
}

pub fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
