//! What a voter holds in the hand: the card as text and on paper, and the line from which a letter is made. As many cards on a
//! page as fit, between lines to cut along. Laid out as tables, which browsers, WeasyPrint and LibreOffice all print.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use veche_client::{
    Card,
    link::{BOOTH_PATH, Link, paper_id},
};
use veche_election::{Election, Hash, Revote, credential::fingerprint};
use veche_server::{Home, home::CONFIG_FILE};
use zeroize::Zeroizing;

use crate::{
    config::ElectionFile,
    export,
    failure::Result,
    lang::{self, Language, tr},
    qr, times,
};

const STYLE: &str = include_str!("cards.css");
/// Cards beside each other on a sheet.
const COLUMNS: usize = 2;
/// Of a code on paper, in pixels of 1/96 inch: 36 mm, so that a module is 0.6 mm.
const CODE: u32 = 136;

/// What stands on every card of an election, and how they are delivered.
#[derive(Debug, Clone, Default)]
pub struct Printed {
    /// And how far the clock by which the organiser wrote it is ahead of UTC, in seconds.
    closes: Option<(u64, i64)>,
    may_revote: bool,
    /// Of the voters; of the organiser if nothing else was chosen.
    language: Option<Language>,
    /// The link goes another way than the code.
    pub split: bool,
    /// What the keys of the cards are derived under.
    draft: Option<Hash>,
}

impl Printed {
    pub fn new(election: &Election, file: &ElectionFile) -> Self {
        let draft = election.draft();
        let ahead_s = file.closes.as_deref().and_then(times::ahead_s).unwrap_or(0);
        let closes = draft.closes.map(|closes| (closes, ahead_s));
        Self {
            closes,
            may_revote: draft.revote == Revote::Last,
            language: file.lang,
            split: file.split_delivery,
            draft: Some(election.draft_id()),
        }
    }

    /// As `election.toml` has it.
    pub fn of(home: &Home) -> Result<Self> {
        let file = ElectionFile::parse(&String::from_utf8_lossy(&home.read(CONFIG_FILE)?))?;
        Ok(Self::new(&home.election()?, &file))
    }

    /// As somebody asks for it now.
    #[must_use]
    pub fn changed(self, language: Option<Language>, split: bool) -> Self {
        Self { language: language.or(self.language), split: self.split || split, ..self }
    }

    /// To read, or to put into a letter.
    pub fn text(&self, card: &Card) -> Zeroizing<String> {
        lang::within(self.language, || {
            let mut out = Zeroizing::new(format!("{}\n\n", card.title));
            let lines = self.lines(card);
            let wide = lines.iter().map(|(what, _)| what.chars().count()).max().unwrap_or(0);
            for (what, value) in &lines {
                out.push_str(&format!("{}{}  {}\n", what, " ".repeat(wide - what.chars().count()), **value));
            }
            out.push_str(&format!("\n{}\n", self.advice()));
            out
        })
    }

    /// What the card says, line by line.
    fn lines(&self, card: &Card) -> Vec<(String, Zeroizing<String>)> {
        let line = |what: String, value: String| (what, Zeroizing::new(value));
        let mut lines = vec![line(tr!("Voter number:", "Номер избирателя:"), card.number.to_string())];
        if !card.name.is_empty() {
            lines.push(line(tr!("Name:", "Имя:"), card.name.clone()));
        }
        lines.push((tr!("Code:", "Код:"), card.credential.clone()));
        if let Some(closes) = self.closes() {
            lines.push(line(tr!("Vote until:", "Голосовать до:"), closes));
        }
        match &card.url {
            Some(url) if self.split => {
                lines.push(line(
                    tr!("In a browser:", "В браузере:"),
                    tr!("by the link in your letter", "по ссылке из письма"),
                ));
                lines.push(line(tr!("or:", "или:"), booth(url)));
            }
            Some(url) => {
                lines.push(line(tr!("In a browser:", "В браузере:"), booth(url)));
                lines.push((tr!("or by the link:", "или по ссылке:"), link(card, url, true)));
            }
            None => lines.push(line(tr!("Address:", "Адрес:"), tr!("ask the organiser", "сообщит организатор"))),
        }
        lines.push(line(tr!("Election id:", "Id выборов:"), id(card)));
        if let Some(fingerprint) = self.fingerprint(card) {
            lines.push(line(tr!("Fingerprint:", "Отпечаток:"), fingerprint));
        }
        if let Some(url) = &card.url {
            lines.push(line(tr!("On a computer:", "На компьютере:"), program(card, url)));
        }
        lines
    }

    /// The first closing time; an extension is told on the election's page.
    fn closes(&self) -> Option<String> {
        self.closes.map(|(closes, ahead_s)| times::with_offset(closes, ahead_s))
    }

    /// By which the voter knows the receipt, and a ballot that was opened, as this card's.
    fn fingerprint(&self, card: &Card) -> Option<String> {
        self.draft.zip(card.secret().ok()).map(|(draft, secret)| fingerprint(&secret.key(draft).public()))
    }

    fn advice(&self) -> String {
        let secret = tr!(
            "Keep this card to yourself: whoever has it can vote in your name.",
            "Никому не показывайте карточку: у кого она, тот может проголосовать от вашего имени."
        );
        let again = if self.may_revote {
            tr!(
                " You may vote again; the last ballot counts.",
                " Можно проголосовать снова; считается последний бюллетень."
            )
        } else {
            String::new()
        };
        let lost =
            tr!(" Lost? Ask the organiser for a new one.", " Потеряли карточку? Попросите у организатора новую.");
        secret + &again + &lost
    }

    /// Cards to print and cut.
    pub fn page(&self, cards: &[Card]) -> Zeroizing<String> {
        let page = lang::within(self.language, || {
            let title = cards.first().map_or("", |card| card.title.as_str());
            html! {
                (DOCTYPE)
                html lang=(lang::tag()) {
                    head {
                        meta charset="utf-8";
                        meta name="viewport" content="width=device-width, initial-scale=1";
                        meta name="robots" content="noindex";
                        meta name="referrer" content="no-referrer";
                        meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:";
                        title { (title) }
                        style { (PreEscaped(STYLE)) }
                    }
                    body {
                        main {
                            table class="sheet" role="presentation" {
                                @for row in cards.chunks(COLUMNS) {
                                    tr { @for card in row { td class="card" { (self.card(card)) } } }
                                }
                            }
                        }
                    }
                }
            }
        });
        Zeroizing::new(page.into_string())
    }

    fn card(&self, card: &Card) -> Markup {
        // Scanned, it is the whole way to the ballot; with split delivery all but the code, which is typed from this paper.
        let link = card.url.as_ref().map(|url| link(card, url, !self.split));
        let picture = link.and_then(|text| qr::data_uri(&text));
        html! {
            table class="parts" role="presentation" {
                tr {
                    td class="words" {
                        h1 { bdi { (card.title) } }
                        p class="voter" {
                            (tr!("Voter", "Избиратель")) " " strong { (card.number) }
                            @if !card.name.is_empty() { " · " bdi { (card.name) } }
                        }
                        @if let Some(closes) = self.closes() { p { (tr!("Vote until", "Голосовать до")) " " strong { (closes) } } }
                    }
                    @if let Some(picture) = picture {
                        td class="code" { img src=(picture) width=(CODE) height=(CODE) alt=(tr!("QR code of the link", "QR-код ссылки")); }
                    }
                }
            }
            p class="secret" { (tr!("Code", "Код")) " " code { (*card.credential) } }
            @for [before, code, after] in self.below(card) {
                p class="below" { (before) @if !code.is_empty() { " " code { (code) } } @if !after.is_empty() { " " (after) } }
            }
            p class="advice" { (self.advice()) }
        }
    }

    /// What stands below the code: words, what is typed or compared, words. Last, what is of no use on a telephone.
    fn below(&self, card: &Card) -> Vec<[String; 3]> {
        let mut lines = vec![self.way(card)];
        let whose = match &card.url {
            Some(url) => tr!("Election id {}", "Id выборов {}", host(url)),
            None => tr!("Election id", "Id выборов"),
        };
        lines.push([whose, id(card), String::new()]);
        if let Some(fingerprint) = self.fingerprint(card) {
            lines.push([tr!("Fingerprint of this card", "Отпечаток этой карточки"), fingerprint, String::new()]);
        }
        if let Some(url) = &card.url {
            let how = tr!("By the program Veche, on a computer:", "Программой Veche, на компьютере:");
            lines.push([how, program(card, url), String::new()]);
        }
        lines
    }

    /// How this voter votes in a browser.
    fn way(&self, card: &Card) -> [String; 3] {
        let Some(url) = &card.url else {
            let ask = tr!("Ask the organiser for the address.", "Адрес сообщит организатор.");
            return [ask, String::new(), String::new()];
        };
        let number = card.number;
        let how = if self.split {
            tr!(
                "In a browser: scan the picture, follow the link in your letter, or open",
                "В браузере: отсканируйте картинку телефоном, перейдите по ссылке из письма или откройте"
            )
        } else {
            tr!(
                "In a browser: scan the picture with a telephone, or open",
                "В браузере: отсканируйте картинку телефоном или откройте"
            )
        };
        let enter = tr!("and enter the number {number} and the code.", "и введите номер {number} и код.");
        [how, booth(url), enter]
    }

    /// For whoever lays it out otherwise: the same words, and the picture.
    pub fn json(&self, card: &Card) -> serde_json::Value {
        lang::within(self.language, || {
            let link = card.url.as_ref().map(|url| link(card, url, !self.split));
            serde_json::json!({
                "number": card.number,
                "name": card.name,
                "code": *card.credential,
                "link": link.as_ref().map(|link| link.as_str()),
                "qr": link.as_ref().and_then(|link| qr::data_uri(link)),
                "server": card.url,
                "id": id(card),
                "title": card.title,
                "words": {
                    "voter": tr!("Voter", "Избиратель"),
                    "until": tr!("Vote until", "Голосовать до"),
                    "code": tr!("Code", "Код"),
                    "link": tr!("Link:", "Ссылка:"),
                    "qr": tr!("QR code of the link", "QR-код ссылки"),
                },
                "below": self.below(card),
                "advice": self.advice(),
                "fingerprint": self.fingerprint(card),
                "closes": self.closes(),
                "lang": lang::tag(),
            })
        })
    }

    /// A line for each letter. With split delivery the code is not in it.
    pub fn letters(&self, cards: &[Card]) -> Zeroizing<String> {
        let mut rows = vec![vec!["number".to_owned(), "name".into(), "link".into()]];
        for card in cards {
            let link = card.url.as_ref().map(|url| link(card, url, !self.split).to_string());
            rows.push(vec![card.number.to_string(), export::text_cell(&card.name), link.unwrap_or_default()]);
        }
        if !self.split {
            let codes = std::iter::once("code".to_owned()).chain(cards.iter().map(|card| card.credential.to_string()));
            rows.iter_mut().zip(codes).for_each(|(row, code)| row.push(code));
        }
        Zeroizing::new(export::to_csv(rows))
    }
}

/// The way to the ballot: with the code, or without it.
pub fn link(card: &Card, url: &str, with_code: bool) -> Zeroizing<String> {
    let secret = if with_code { card.secret().ok() } else { None };
    Link::new(card.election, card.number, secret).url(url)
}

fn booth(url: &str) -> String {
    format!("{}{BOOTH_PATH}", url.trim_end_matches('/'))
}

fn program(card: &Card, url: &str) -> String {
    format!("veche vote {} --url {url}", card.number)
}

/// As much of it as is compared by eye, and no other election has.
fn id(card: &Card) -> String {
    paper_id(card.election)
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.trim_end_matches('/')
}
