//! What a letter says: a text with named places, ours or the organiser's own, filled for one voter, and the message that it becomes.
//! Whoever fills it can put nothing into a header but the subject, and nothing into the page but text.

use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use maud::{DOCTYPE, html};
use serde::{Deserialize, Serialize};
use veche_election::text::is_forbidden;
use zeroize::Zeroizing;

use crate::{
    failure::{Failure, Result},
    lang::{self, both, tr},
    mail_address::MailAddress,
    mail_file::MailServer,
};

pub(super) const TEMPLATE_MAX_BYTES: usize = 64 << 10;
const SUBJECT_MAX_CHARS: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// With the link, to everybody.
    Invitation,
    /// Without it, to whoever has not voted.
    Reminder,
}

/// What is put into a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Title,
    Number,
    Name,
    Link,
    Code,
    Booth,
    Closes,
}

impl Place {
    const ALL: [Self; 7] = [Self::Title, Self::Number, Self::Name, Self::Link, Self::Code, Self::Booth, Self::Closes];

    /// As it is written in braces.
    fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Number => "number",
            Self::Name => "name",
            Self::Link => "link",
            Self::Code => "code",
            Self::Booth => "booth",
            Self::Closes => "closes",
        }
    }
}

/// By which names texts have their places.
pub const PLACES: [&str; 7] = ["title", "number", "name", "link", "code", "booth", "closes"];

/// Of one voter. What is empty takes the line with it in which it would stand.
#[derive(Default)]
pub struct Values {
    pub title: String,
    pub number: String,
    pub name: String,
    pub link: Zeroizing<String>,
    pub code: Zeroizing<String>,
    /// The address of the booth alone.
    pub booth: String,
    pub closes: String,
}

impl Values {
    fn at(&self, place: Place) -> &str {
        match place {
            Place::Title => &self.title,
            Place::Number => &self.number,
            Place::Name => &self.name,
            Place::Link => &self.link,
            Place::Code => &self.code,
            Place::Booth => &self.booth,
            Place::Closes => &self.closes,
        }
    }
}

#[derive(Debug, Clone)]
enum Piece {
    Words(String),
    Place(Place),
}

type Line = Vec<Piece>;

/// A text with places: the first line is the subject, what follows behind an empty one the letter.
#[derive(Debug, Clone)]
pub struct Template {
    subject: Line,
    lines: Vec<Line>,
}

impl Template {
    /// Ours, in the language of this moment.
    pub fn usual(kind: Kind, with_code: bool) -> Result<Self> {
        Self::parse(&usual_text(kind, with_code), kind, with_code)
    }

    /// # Errors
    /// Whoever wrote the text: a place that does not exist, is missing, or may not stand in such a letter.
    pub fn parse(text: &str, kind: Kind, with_code: bool) -> Result<Self> {
        if text.len() > TEMPLATE_MAX_BYTES {
            return Err(Failure::usage(both!(
                "the letter has more than {TEMPLATE_MAX_BYTES} bytes",
                "в письме больше {TEMPLATE_MAX_BYTES} байт"
            )));
        }
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\t', " ");
        if let Some(c) = text.chars().find(|c| *c != '\n' && is_forbidden(*c)) {
            let code = u32::from(c);
            return Err(Failure::usage(both!(
                "the letter contains the invisible or control character U+{code:04X}",
                "в письме есть невидимый или управляющий символ U+{code:04X}"
            )));
        }
        let (subject, body) = text.trim().split_once("\n\n").ok_or_else(no_subject)?;
        if subject.contains('\n') || subject.chars().count() > SUBJECT_MAX_CHARS {
            return Err(no_subject());
        }
        let lines = body.trim_matches('\n').split('\n').map(|line| pieces(line.trim_end())).collect::<Result<_>>()?;
        let template = Self { subject: pieces(subject.trim())?, lines };
        template.check(kind, with_code)?;
        Ok(template)
    }

    fn check(&self, kind: Kind, with_code: bool) -> Result<()> {
        let has = |wanted: Place| {
            let mut pieces = self.lines.iter().chain([&self.subject]).flatten();
            pieces.any(|piece| matches!(piece, Piece::Place(place) if *place == wanted))
        };
        for place in [Place::Link, Place::Code, Place::Booth] {
            if kind == Kind::Reminder && has(place) {
                let name = place.name();
                return Err(Failure::usage(both!(
                    "a reminder holds no {{{name}}}: what reminds in the organiser's name, and leads to a ballot, is what others would forge",
                    "в напоминании нет места {{{name}}}: письмо, которое от имени организатора ведёт к бюллетеню, подделали бы первым"
                )));
            }
        }
        for place in [Place::Link, Place::Code] {
            if self.subject.iter().any(|piece| matches!(piece, Piece::Place(found) if *found == place)) {
                let name = place.name();
                return Err(Failure::usage(both!(
                    "the subject holds {{{name}}}: mail servers write subjects into their logs",
                    "в теме письма есть {{{name}}}: темы почтовые серверы пишут в свои журналы"
                )));
            }
        }
        if has(Place::Code) && !with_code {
            return Err(Failure::usage(both!(
                "the letter has {{code}}, but the code goes another way than the link",
                "в письме есть {{code}}, но код идёт другим путём, чем ссылка"
            ))
            .next(both!(
                "Leave {{code}} out. Or, if whoever reads the mail may vote in the voters' names: --with-code",
                "Уберите {{code}}. Или, если читающий почту вправе голосовать за избирателей: --with-code"
            )));
        }
        if kind == Kind::Invitation && !self.lines.iter().flatten().any(|p| matches!(p, Piece::Place(Place::Link))) {
            return Err(Failure::usage(both!(
                "the letter has no {{link}}: nobody would find the ballot",
                "в письме нет {{link}}: бюллетеня никто не найдёт"
            )));
        }
        Ok(())
    }

    pub fn fill(&self, values: &Values) -> Letter {
        let mut lines: Vec<&Line> = self.lines.iter().filter(|line| is_filled(line, values)).collect();
        // Where a line went, two empty ones may meet, or one may stand at the beginning.
        lines.dedup_by(|next, line| next.is_empty() && line.is_empty());
        if lines.first().is_some_and(|line| line.is_empty()) {
            lines.remove(0);
        }
        let mut text = Zeroizing::new(String::new());
        for line in &lines {
            text.push_str(&filled(line, values));
            text.push('\n');
        }
        let subject = filled(&self.subject, values).to_string();
        let html = page(&subject, &lines, values);
        Letter { subject, text, html }
    }
}

fn no_subject() -> Failure {
    Failure::usage(both!(
        "the letter has no subject: its first line is the subject (200 characters at most), the second one is empty",
        "в письме нет темы: первая строка — тема (не больше 200 знаков), вторая пустая"
    ))
}

/// Words and places; a brace that is none is doubled.
fn pieces(line: &str) -> Result<Line> {
    let (mut out, mut words, mut rest) = (Vec::new(), String::new(), line);
    while let Some(at) = rest.find(['{', '}']) {
        let (before, after) = rest.split_at(at);
        words.push_str(before);
        if let Some(behind) = after.strip_prefix("{{").or_else(|| after.strip_prefix("}}")) {
            words.extend(after.chars().next());
            rest = behind;
            continue;
        }
        let inside = after.strip_prefix('{').and_then(|after| after.split_once('}'));
        let place = inside.and_then(|(name, _)| Place::ALL.into_iter().find(|place| place.name() == name));
        let (Some(place), Some((_, behind))) = (place, inside) else {
            let known = Place::ALL.map(|place| format!("{{{}}}", place.name())).join(" ");
            let shown: String = after.chars().take(40).collect();
            return Err(Failure::usage(both!(
                "\"{shown}\" is no place that can be filled; there are {known}, and a brace alone is written twice: {{{{ }}}}",
                "«{shown}» — не место, которое можно заполнить; есть {known}, а просто скобку пишут дважды: {{{{ }}}}"
            )));
        };
        if !words.is_empty() {
            out.push(Piece::Words(std::mem::take(&mut words)));
        }
        out.push(Piece::Place(place));
        rest = behind;
    }
    words.push_str(rest);
    if !words.is_empty() {
        out.push(Piece::Words(words));
    }
    Ok(out)
}

fn is_filled(line: &Line, values: &Values) -> bool {
    line.iter().all(|piece| !matches!(piece, Piece::Place(place) if values.at(*place).is_empty()))
}

fn filled(line: &Line, values: &Values) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::new());
    for piece in line {
        out.push_str(match piece {
            Piece::Words(words) => words,
            Piece::Place(place) => values.at(*place),
        });
    }
    out
}

/// The same words as a page. The link is bare text: what is an anchor, some relays turn into one that leads to them first.
fn page(subject: &str, lines: &[&Line], values: &Values) -> Zeroizing<String> {
    let paragraphs = lines.split(|line| line.is_empty()).filter(|lines| !lines.is_empty());
    let page = html! {
        (DOCTYPE)
        html lang=(lang::tag()) {
            head { meta charset="utf-8"; title { (subject) } }
            body {
                @for paragraph in paragraphs {
                    p {
                        @for (place, line) in paragraph.iter().enumerate() {
                            @if place > 0 { br; }
                            @for piece in *line {
                                @match piece {
                                    Piece::Words(words) => { (words) },
                                    Piece::Place(place @ (Place::Link | Place::Code)) => { code { (values.at(*place)) } },
                                    Piece::Place(place) => { bdi { (values.at(*place)) } },
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    Zeroizing::new(page.into_string())
}

/// For one voter.
pub struct Letter {
    pub subject: String,
    pub text: Zeroizing<String>,
    pub html: Zeroizing<String>,
}

impl Letter {
    /// As it goes over the wire: ASCII, lines end with CR LF. `id`: what no other letter has.
    pub fn message(&self, server: &MailServer, to: &MailAddress, id: &str) -> Result<Zeroizing<Vec<u8>>> {
        let mailbox = |name: Option<&String>, address: &MailAddress| -> Result<Mailbox> {
            let parsed: Address = address.as_str().parse().map_err(Failure::other)?;
            Ok(Mailbox::new(name.cloned(), parsed))
        };
        let header = |name, value: &str| HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned());
        let mut message = Message::builder()
            .from(mailbox(server.from_name.as_ref(), &server.from)?)
            .to(mailbox(None, to)?)
            .subject(&self.subject)
            .date_now()
            .message_id(Some(format!("<{id}@{}>", server.from.domain())))
            // Who is on holiday need not answer (RFC 3834).
            .raw_header(header("Auto-Submitted", "auto-generated"));
        if let Some(reply_to) = &server.reply_to {
            message = message.reply_to(mailbox(None, reply_to)?);
        }
        let parts = MultiPart::alternative_plain_html(self.text.to_string(), self.html.to_string());
        let message = message.multipart(parts).map_err(Failure::other)?;
        let bytes = Zeroizing::new(message.formatted());
        if bytes.is_ascii() { Ok(bytes) } else { Err(Failure::other("a letter is beyond ASCII")) }
    }
}

pub fn usual_text(kind: Kind, with_code: bool) -> String {
    match kind {
        Kind::Reminder => tr!(
            "{{title}}: not voted yet?\n\n\
             Dear {{name}},\n\n\
             no ballot of yours has been recorded in \"{{title}}\" so far.\n\
             You may vote until {{closes}}.\n\n\
             This letter has no link, so that nobody can send you a false one in its place: take your card, or the link that you \
             were sent before. Your voter number is {{number}}.\n\n\
             If you do not want to vote, you need not do anything. If you have voted meanwhile, thank you: your receipt shows that \
             it is recorded.\n",
            "{{title}}: вы ещё не голосовали?\n\n\
             {{name}}, здравствуйте!\n\n\
             В голосовании «{{title}}» вашего бюллетеня пока нет.\n\
             Проголосовать можно до {{closes}}.\n\n\
             В этом письме нет ссылки, чтобы никто не мог подсунуть вместо неё ложную: возьмите карточку или ссылку, полученную \
             раньше. Ваш номер избирателя — {{number}}.\n\n\
             Если вы не хотите голосовать, делать ничего не нужно. Если уже проголосовали, спасибо: квитанция показывает, что \
             бюллетень записан.\n"
        ),
        Kind::Invitation => {
            let code = if with_code {
                tr!(
                    "Your voter number is {{number}}, your code {{code}}; the link holds both.\n\
                     Whoever has this letter can vote in your name: keep it to yourself, and pass it on to nobody.",
                    "Ваш номер избирателя — {{number}}, код — {{code}}; в ссылке есть и то и другое.\n\
                     У кого это письмо, тот может проголосовать за вас: никому его не показывайте и не пересылайте."
                )
            } else {
                tr!(
                    "Your voter number is {{number}}. Your code is not in this letter: it stands on your card, which comes to you \
                     another way.\n\
                     Type it nowhere but at {{booth}}, and tell it nobody: nobody will ask you for it by letter or by telephone.",
                    "Ваш номер избирателя — {{number}}. Кода в этом письме нет: он на карточке, которую вы получите другим путём.\n\
                     Вводите его только на {{booth}} и никому не сообщайте: ни в письмах, ни по телефону его не спросят."
                )
            };
            tr!(
                "{{title}}: your vote\n\n\
                 Dear {{name}},\n\n\
                 you may vote in \"{{title}}\": open this link in a browser, on a telephone or a computer.\n\n\
                 {{link}}\n\n\
                 {code}\n\n\
                 You may vote until {{closes}}.\n\n\
                 If this letter was not meant for you, please tell whoever sent it.\n",
                "{{title}}: ваш голос\n\n\
                 {{name}}, здравствуйте!\n\n\
                 Вы участвуете в голосовании «{{title}}»: откройте эту ссылку в браузере, на телефоне или компьютере.\n\n\
                 {{link}}\n\n\
                 {code}\n\n\
                 Проголосовать можно до {{closes}}.\n\n\
                 Если это письмо пришло не вам, пожалуйста, сообщите отправителю.\n"
            )
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::{Kind, Letter, Template, Values};
    use crate::{
        mail_address::MailAddress,
        mail_file::{MailServer, MailTls},
    };

    fn values() -> Values {
        Values {
            title: "Board & <b>more</b>".into(),
            number: "17".into(),
            name: "{link} Анна".into(),
            link: zeroize::Zeroizing::new("https://v.example/booth/#v1.ID.17".into()),
            booth: "https://v.example/booth/".into(),
            ..Values::default()
        }
    }

    fn server() -> MailServer {
        MailServer {
            host: "mail.example.org".into(),
            port: 465,
            tls: MailTls::Implicit,
            from: MailAddress::parse("vote@example.org").unwrap(),
            from_name: Some("Правление \"Заря\", комиссия".into()),
            reply_to: Some(MailAddress::parse("office@example.org").unwrap()),
            user: None,
            timeout: Duration::from_secs(1),
        }
    }

    #[test]
    fn a_place_that_is_unknown_missing_or_forbidden_is_refused_before_any_letter() {
        use Kind as K;
        let refused = |text: &str, kind, with_code| Template::parse(text, kind, with_code).unwrap_err().what;
        for (text, kind, with_code, expected) in [
            ("S\n\n{link} {lnik}", K::Invitation, false, "{lnik}"),
            ("S\n\n{link} {", K::Invitation, false, "no place"),
            ("S\n\n{link} }", K::Invitation, false, "no place"),
            ("S\n\n{link} {Link}", K::Invitation, false, "no place"),
            ("S\n\nnone", K::Invitation, false, "no {link}"),
            ("S {link}\n\nnone", K::Invitation, false, "the subject holds {link}"),
            ("S {link}\n\n{link}", K::Invitation, false, "the subject holds {link}"),
            ("S {code}\n\n{link} {code}", K::Invitation, true, "the subject holds {code}"),
            ("S\n\n{link} {code}", K::Invitation, false, "{code}"),
            ("S\n\n{link}", K::Reminder, false, "{link}"),
            ("S\n\n{booth}", K::Reminder, false, "{booth}"),
            ("S\n\n{code}", K::Reminder, true, "{code}"),
            ("S\nmore\n\n{link}", K::Invitation, false, "no subject"),
            ("S {link}", K::Invitation, false, "no subject"),
            ("", K::Invitation, false, "no subject"),
            ("S\rBcc: x@y.org\n\n{link}", K::Invitation, false, "U+000D"),
            ("S\n\n\u{202e}{link}", K::Invitation, false, "U+202E"),
        ] {
            assert!(refused(text, kind, with_code).contains(expected), "{text:?}: {}", refused(text, kind, with_code));
        }
        let long = format!("S\n\n{{link}}{}", "x".repeat(70_000));
        assert!(refused(&long, K::Invitation, false).contains("bytes"));
    }

    #[test]
    fn a_text_is_filled_once_and_what_is_empty_takes_its_line_along() {
        let template = Template::parse(
            "{title}\r\n\r\nDear {name},\r\nuntil {closes}\r\n\r\n{link} {{code}} {number}\r\n",
            Kind::Invitation,
            false,
        );
        let letter = template.unwrap().fill(&values());
        assert_eq!(letter.subject, "Board & <b>more</b>");
        assert_eq!(*letter.text, "Dear {link} Анна,\n\nhttps://v.example/booth/#v1.ID.17 {code} 17\n");
        assert!(letter.html.contains("<p>Dear <bdi>{link} Анна</bdi>,</p>"), "{}", *letter.html);
        assert!(letter.html.contains("&lt;b&gt;") && !letter.html.contains("<b>") && !letter.html.contains("<a "));
        for (kind, with_code) in [(Kind::Invitation, false), (Kind::Invitation, true), (Kind::Reminder, false)] {
            let letter =
                Template::usual(kind, with_code).unwrap().fill(&Values { code: "C0DE".to_owned().into(), ..values() });
            assert!(letter.text.contains("17") && !letter.text.contains("until"), "{}", *letter.text);
            assert_eq!(letter.text.contains("#v1."), kind == Kind::Invitation);
            assert_eq!(letter.text.contains("C0DE"), with_code);
        }
    }

    #[test]
    fn whatever_stands_in_a_letter_no_header_is_added_and_every_line_is_short() {
        let to = MailAddress::parse("anna@example.org").unwrap();
        let letter = Letter {
            subject: format!("x\r\nBcc: evil@example.org\r\n\r\nbody{}", "Ж".repeat(300)),
            text: format!("{}\n.\n{}", "длинно ".repeat(500), "x".repeat(5_000)).into(),
            html: "<p>".to_owned().into(),
        };
        let bytes = letter.message(&server(), &to, "ID").unwrap();
        let message = std::str::from_utf8(&bytes).unwrap();
        let (head, _) = message.split_once("\r\n\r\n").unwrap();
        let names: Vec<_> =
            head.split("\r\n").filter(|line| !line.starts_with(' ')).filter_map(|l| l.split(':').next()).collect();
        let expected = [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "Auto-Submitted",
            "Reply-To",
            "MIME-Version",
            "Content-Type",
        ];
        assert_eq!(names, expected, "{head}");
        assert!(message.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])));
    }
}
