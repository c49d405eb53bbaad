//! Voters' cards as files: one JSON file for the program, one text to read and one page to print for each voter, and of all of
//! them sheets to print and cut, and a table for letters; for very many voters a single file of JSON lines.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use veche_client::Card;
use veche_server::home::{CARDS_DIR, CARDS_FILE, Home, make_private_dir};
use zeroize::Zeroizing;

use crate::{
    failure::{Failure, Result},
    lang::both,
};

mod printed;

pub use printed::{Printed, link};

/// Above this many voters the cards go into one file.
pub const CARD_FILES_MAX: usize = 10_000;
/// All cards, to be printed and cut; and a line for each letter.
pub const SHEETS: &str = "cards/sheets.html";
pub const LETTERS: &str = "cards/letters.csv";
/// All cards under the organiser's passphrase, until they are delivered: what the desk keeps in place of the files above.
pub const CODES_FILE: &str = "codes.sealed";

pub fn read(path: &Path) -> Result<Card> {
    let bytes = std::fs::read(path).map(Zeroizing::new);
    let bytes = bytes.map_err(|error| Failure::other(format!("{}: {error}", path.display())))?;
    Card::parse(&bytes)
        .ok_or_else(|| Failure::usage(both!("{} is not a voter's card", "{} — не карточка избирателя", path.display())))
}

/// Writes `cards/17.json`, `.txt` and `.html` of the voter in line 17 of the roll, readable by their owner only.
pub fn write(card: &Card, line: usize, home: &Home, printed: &Printed) -> Result<()> {
    make_private_dir(&home.path(CARDS_DIR))?;
    let write = |ending, text: &str| home.write_secret_unsynced(&card_name(line, ending), text.as_bytes());
    write("json", &format!("{}\n", *card.to_json()))?;
    write("txt", &printed.text(card))?;
    Ok(write("html", &printed.page(std::slice::from_ref(card)))?)
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
pub fn write_all(home: &Home, cards: &[Card], printed: &Printed, mut progress: impl FnMut()) -> Result<()> {
    if cards.len() > CARD_FILES_MAX {
        let mut lines = Zeroizing::new(String::new());
        for card in cards {
            lines.push_str(&card.to_json());
            lines.push('\n');
            progress();
        }
        return Ok(home.write_secret(CARDS_FILE, lines.as_bytes())?);
    }
    for (line, card) in (1..).zip(cards) {
        write(card, line, home, printed)?;
        progress();
    }
    write_sheets(home, cards, printed)
}

/// What is printed and cut, and what letters are made from.
fn write_sheets(home: &Home, cards: &[Card], printed: &Printed) -> Result<()> {
    make_private_dir(&home.path(CARDS_DIR))?;
    home.write_secret(SHEETS, printed.page(cards).as_bytes())?;
    Ok(home.write_secret(LETTERS, printed.letters(cards).as_bytes())?)
}

/// `veche card print DIR`: sheets and letters anew, of the cards that lie there.
pub fn print_anew(home: &Home, printed: &Printed, url: Option<&str>) -> Result<usize> {
    let mut cards = read_all(home)?;
    for card in &mut cards {
        card.url = url.map(str::to_owned).or_else(|| card.url.take());
    }
    write_sheets(home, &cards, printed)?;
    Ok(cards.len())
}

/// In the order of the roll. A card that lies as a file of its own was made later than those that lie together, and is the one in
/// force.
pub fn read_all(home: &Home) -> Result<Vec<Card>> {
    let mut cards: Vec<Card> = match home.read_if_there(CARDS_FILE)?.map(Zeroizing::new) {
        Some(lines) => lines.split(|byte| *byte == b'\n').filter_map(Card::parse).collect(),
        None => Vec::new(),
    };
    let line = |file: std::fs::DirEntry| file.file_name().to_str()?.strip_suffix(".json")?.parse().ok();
    let files = std::fs::read_dir(home.path(CARDS_DIR)).into_iter().flatten().flatten();
    let mut lines: Vec<usize> = files.filter_map(line).collect();
    lines.sort_unstable();
    let own = lines.into_iter().map(|line| read(&card_path(home, line))).collect::<Result<Vec<_>>>()?;
    replace(&mut cards, own);
    if cards.is_empty() {
        return Err(Failure::usage(both!("there are no cards in {}", "в {} нет карточек", home.dir().display())));
    }
    Ok(cards)
}

/// Later cards in place of those of the same voters, else behind them.
pub fn replace(cards: &mut Vec<Card>, later: Vec<Card>) {
    let places: HashMap<_, usize> = cards.iter().enumerate().map(|(at, card)| (card.number, at)).collect();
    for card in later {
        match places.get(&card.number).and_then(|at| cards.get_mut(*at)) {
            Some(old) => *old = card,
            None => cards.push(card),
        }
    }
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
