//! Voters' cards as files: one JSON file for the program, one text to read and one page to print; for very many voters a
//! single file of JSON lines.

use std::path::{Path, PathBuf};

use qrcode::{QrCode, render::svg};
use veche_client::Card;
use veche_server::home::{CARDS_DIR, CARDS_FILE, Home, make_private_dir};
use zeroize::Zeroizing;

use crate::{
    failure::{Failure, Result},
    lang::tr,
};

/// Above this many voters the cards go into one file.
pub const CARD_FILES_MAX: usize = 10_000;

pub fn read(path: &Path) -> Result<Card> {
    let bytes = std::fs::read(path).map(Zeroizing::new);
    let bytes = bytes.map_err(|error| Failure::other(format!("{}: {error}", path.display())))?;
    Card::parse(&bytes)
        .ok_or_else(|| Failure::usage(tr!("{} is not a voter's card", "{} — не карточка избирателя", path.display())))
}

fn text(card: &Card, line: usize) -> String {
    tr!(
        "{title}\n\nVoter number:  {number}\nName:          {name}\nCredential:    {credential}\n\n\
         Vote:          veche vote {number} --card {line}.json{address}\n\n\
         Election id:   {election}\n\nKeep this card to yourself: who holds it can vote in your name.\n",
        "{title}\n\nНомер избирателя:  {number}\nИмя:               {name}\nКод карточки:      {credential}\n\n\
         Голосовать:        veche vote {number} --card {line}.json{address}\n\n\
         Id выборов:        {election}\n\nНикому не показывайте карточку: с ней голосуют от вашего имени.\n",
        title = card.title,
        address = card.url.as_ref().map(|url| format!(" --url {url}")).unwrap_or_default(),
        number = card.number,
        name = card.name,
        credential = *card.credential,
        election = card.election
    )
}

fn html(card: &Card, line: usize) -> String {
    let code = QrCode::new(card.credential.as_bytes());
    let code = code.map(|code| code.render::<svg::Color>().min_dimensions(180, 180).build()).unwrap_or_default();
    let picture = code.find("<svg").and_then(|start| code.get(start..)).unwrap_or_default();
    format!(
        "<!doctype html><meta charset=\"utf-8\"><title>{title}</title>\
         <style>body{{font:16px/1.5 sans-serif;max-width:36em;margin:3em auto}}\
         code{{font-size:1.25em;word-break:break-all}}.id{{color:#555;font-size:.8em}}</style>\n\
         <h1>{title}</h1>\n<pre>{text}</pre>\n<p><code>{credential}</code></p>\n{picture}\n",
        title = escape_html(&card.title),
        text = escape_html(&text(card, line)),
        credential = *card.credential,
    )
}

/// Writes `cards/17.json`, `.txt` and `.html` of the voter in line 17 of the roll, readable by their owner only.
pub fn write(card: &Card, line: usize, home: &Home) -> Result<()> {
    make_private_dir(&home.path(CARDS_DIR))?;
    let write = |ending, text: &str| home.write_secret_unsynced(&card_name(line, ending), text.as_bytes());
    write("json", &format!("{}\n", *card.to_json()))?;
    write("txt", &text(card, line))?;
    Ok(write("html", &html(card, line))?)
}

/// Named for the voter's line of the roll, from 1: a number may hold what means a folder, or what some systems take for
/// the same.
fn card_name(line: usize, ending: &str) -> String {
    format!("{CARDS_DIR}/{line}.{ending}")
}

pub fn card_path(home: &Home, line: usize) -> PathBuf {
    home.path(&card_name(line, "json"))
}

/// All cards, in the order of the roll, as files, or as one file of lines when they are very many.
pub fn write_all(home: &Home, cards: &[Card], mut progress: impl FnMut()) -> Result<()> {
    if cards.len() > CARD_FILES_MAX {
        let mut lines = Zeroizing::new(String::new());
        for card in cards {
            lines.push_str(&card.to_json());
            lines.push('\n');
            progress();
        }
        return Ok(home.write_secret(CARDS_FILE, lines.as_bytes())?);
    }
    make_private_dir(&home.path(CARDS_DIR))?;
    for (line, card) in (1..).zip(cards) {
        write(card, line, home)?;
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
