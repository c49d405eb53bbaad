//! A test letter: one to the organiser, as voters get it but for a word in it, of a voter who does not exist; and what has arrived of it,
//! compared with what was sent. What arrives is a letter's source as a mail program saves it, or its text as somebody has copied it.

use data_encoding::{BASE32_NOPAD, BASE64};
use serde::{Deserialize, Serialize};
use veche_election::credential::typed_code;
use zeroize::Zeroizing;

use super::{
    delivery::{Courier, message_id},
    letter::{Kind, Letter},
    people::Mailing,
    smtp::{Handed, for_person},
};
use crate::{
    failure::{Exit, Failure, Result},
    lang::{both, tr},
    mail_address::MailAddress,
    randomness,
    show::safe,
};

/// Parts within parts of a letter that are looked into.
const PARTS_DEEP_MAX: usize = 6;
const PARTS_MAX: usize = 50;
/// Addresses that are named of those that nobody had sent.
const STRANGERS_MAX: usize = 5;

/// What was sent, for whoever compares what arrives. There is nobody's code in it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Trial {
    pub to: String,
    pub word: String,
    /// Of an invitation.
    pub link: Option<String>,
    text: String,
}

/// What became of it on the way.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Arrived {
    /// It is this very test letter, and not an older one.
    pub word: bool,
    /// The link stands in it as it was sent; of a letter without one too.
    pub link: bool,
    /// Addresses that stand in it and were not sent: a link that was led elsewhere.
    pub strangers: Vec<String>,
    /// Lines of the text that are not there any more.
    pub missing: Vec<String>,
}

impl Arrived {
    pub fn is_as_sent(&self) -> bool {
        self.word && self.link && self.strangers.is_empty() && self.missing.is_empty()
    }

    /// # Errors
    /// What is wrong first, and what to do.
    pub fn check(&self) -> Result<()> {
        if !self.word {
            return Err(not_the_word());
        }
        if let Some(stranger) = self.strangers.first() {
            return Err(link_changed(stranger));
        }
        if !self.link {
            return Err(Failure::new(
                Exit::CheckFailed,
                both!("the link is not in what has arrived", "в том, что пришло, нет ссылки"),
            )
            .next(both!(
                "Paste the whole letter; or somebody on the way takes links out: take another mail server.",
                "Вставьте письмо целиком; иначе ссылки кто-то вырезает по дороге: возьмите другой почтовый сервер."
            )));
        }
        match self.missing.first() {
            None => Ok(()),
            Some(line) => Err(Failure::new(
                Exit::CheckFailed,
                both!(
                    "the letter was changed on the way: \"{line}\" is missing",
                    "письмо по дороге изменили: нет «{line}»"
                ),
            )),
        }
    }
}

/// Hands the mail server one letter.
///
/// # Errors
/// It does not take it.
pub async fn send(
    mailing: &Mailing,
    to: &MailAddress,
    with_code: bool,
    password: Option<&str>,
) -> Result<(Trial, String)> {
    let server = mailing.server()?;
    let nobody = mailing.nobody(to.clone(), with_code)?;
    let word = test_word()?;
    let marked = mailing.within(|| mark_test(mailing.letter(&nobody), &word));
    let message = marked.message(server, to, &message_id()?)?;
    let mut courier = Courier::new(server, password);
    courier.connect().await.map_err(|error| error.failure_before(server))?;
    let handed = courier.carry(to, &message).await;
    courier.leave().await;
    let words = match handed {
        Handed::Taken(reply) => reply.words(),
        Handed::Refused(reply) | Handed::SenderRefused(reply) => {
            let words = reply.words();
            let words = for_person(&words);
            return Err(Failure::other(both!(
                "the mail server refuses it: {words}",
                "почтовый сервер отклонил его: {words}"
            )));
        }
        Handed::NotTaken(error) | Handed::Unknown(error) => return Err(error.failure(server)),
    };
    let link = (mailing.kind == Kind::Invitation).then(|| mailing.link(&nobody).to_string());
    Ok((Trial { to: to.to_string(), word, link, text: marked.text.to_string() }, words))
}

/// Eight symbols that nobody guesses.
fn test_word() -> Result<String> {
    let word = BASE32_NOPAD.encode(&randomness::random::<5>()?);
    let (first, last) = word.split_at(4);
    Ok(format!("{first}-{last}"))
}

fn mark_test(letter: Letter, word: &str) -> Letter {
    let note = tr!(
        "This is a test letter, of a voter who does not exist. Its word: {word}",
        "Это пробное письмо, избирателя, которого нет. Слово в нём: {word}"
    );
    let html = letter.html.replacen("<body>", &format!("<body><p>{note}</p>"), 1);
    Letter {
        subject: tr!("[Test] {}", "[Проба] {}", letter.subject),
        text: Zeroizing::new(format!("{note}\n\n{}", *letter.text)),
        html: Zeroizing::new(html),
    }
}

impl Trial {
    /// # Errors
    /// It is the word of another letter.
    pub fn compare_word(&self, typed: &str) -> Result<()> {
        if typed_code(typed) == typed_code(&self.word) { Ok(()) } else { Err(not_the_word()) }
    }

    /// # Errors
    /// Somebody on the way has put another one in its place.
    pub fn compare_link(&self, typed: &str) -> Result<()> {
        match &self.link {
            Some(link) if typed.trim() != link => Err(link_changed(typed.trim())),
            _ => Ok(()),
        }
    }

    /// With a letter's source, or its copied text.
    pub fn compare(&self, arrived: &[u8]) -> Arrived {
        let mut parts = Vec::new();
        read_parts(arrived, 0, &mut parts);
        let seen = parts.iter().map(|text| one_line(text)).collect::<Vec<_>>();
        let stands = |what: &str| seen.iter().any(|text| text.contains(what));
        let sent = self.text.split_whitespace().filter(|word| is_address(word)).map(bare).collect::<Vec<_>>();
        let mut found = Arrived { word: stands(&self.word), ..Arrived::default() };
        let mut addresses = Vec::new();
        seen.iter().for_each(|text| addresses_in(text, &mut addresses));
        found.link = self.link.as_deref().is_none_or(|link| addresses.iter().any(|address| address == link));
        addresses.retain(|address| !sent.contains(&address.as_str()));
        addresses.dedup();
        found.strangers = addresses.iter().take(STRANGERS_MAX).map(|address| safe(address)).collect();
        let lines = self.text.lines().map(one_line).filter(|line| !line.is_empty());
        found.missing = lines.filter(|line| !stands(line)).map(|line| safe(&line)).take(STRANGERS_MAX).collect();
        found
    }
}

fn not_the_word() -> Failure {
    Failure::new(Exit::CheckFailed, both!("this is not the word", "это не то слово")).next(both!(
        "Look into the newest test letter, and among those that were sorted out as unwanted.",
        "Откройте самое новое пробное письмо; посмотрите и в «Спаме»."
    ))
}

fn link_changed(found: &str) -> Failure {
    let found = safe(found);
    Failure::new(
        Exit::CheckFailed,
        both!("the link was changed on the way: {found}", "ссылку по дороге изменили: {found}"),
    )
    .next(both!(
        "A mail server that rewrites links sees who follows them. Have that switched off, or take another.",
        "Почтовый сервер, который переписывает ссылки, видит, кто по ним идёт. Отключите это или возьмите другой."
    ))
}

/// Mail programs break lines where they like.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_address(word: &str) -> bool {
    word.contains("https://") || word.contains("http://")
}

/// Without the full stop of a sentence.
fn bare(word: &str) -> &str {
    let begun = word.find("http").and_then(|at| word.get(at..)).unwrap_or(word);
    begun.trim_end_matches(['.', ',', ';', ':', '!', '?', '>', ')', '»', '"'])
}

/// Wherever one stands, in a page's attributes too; and what an attribute leads to that is written otherwise.
fn addresses_in(text: &str, found: &mut Vec<String>) {
    // Programs take large letters too; the places are the same.
    let small = text.to_ascii_lowercase();
    let from = |at: usize| text.get(at..).unwrap_or_default();
    let ends = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\'' | '«' | '»');
    let mut begun: Vec<usize> =
        ["http://", "https://"].iter().flat_map(|scheme| small.match_indices(scheme)).map(|(at, _)| at).collect();
    begun.sort_unstable();
    let mut end = 0;
    for at in begun {
        if at < end {
            continue;
        }
        let address = from(at).split(ends).next().unwrap_or_default();
        end = at + address.len();
        found.push(bare(address).replace("&amp;", "&"));
    }
    for (at, name) in small.match_indices("href") {
        let Some(value) = from(at + name.len()).trim_start().strip_prefix('=') else { continue };
        let value = value.trim_start().trim_start_matches(['"', '\'']).split(ends).next().unwrap_or_default();
        let small = value.to_ascii_lowercase();
        if !["http://", "https://", "mailto:"].iter().any(|scheme| small.starts_with(scheme)) {
            found.push(value.to_owned());
        }
    }
}

/// All texts of a letter as people see them, and as they stand there where it is no letter but a text.
fn read_parts(bytes: &[u8], deep: usize, parts: &mut Vec<String>) {
    if parts.len() >= PARTS_MAX || deep > PARTS_DEEP_MAX {
        return;
    }
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let Some((head, body)) = text.split_once("\n\n").filter(|(head, _)| is_head(head)) else {
        // A part may begin without a head.
        return parts.push(text);
    };
    let head = head.replace("\n ", " ").replace("\n\t", " ");
    let value = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    };
    let kind = value("content-type").unwrap_or_default();
    if let Some(boundary) = parameter(&kind, "boundary").filter(|_| kind.to_lowercase().starts_with("multipart/")) {
        let between = format!("--{boundary}");
        for part in body.split(between.as_str()).skip(1).filter(|part| !part.starts_with("--")) {
            read_parts(part.trim_start_matches('\n').as_bytes(), deep + 1, parts);
        }
        return;
    }
    let bytes = match value("content-transfer-encoding").unwrap_or_default().to_lowercase().as_str() {
        "base64" => {
            let text: String = body.split_whitespace().collect();
            BASE64.decode(text.as_bytes()).unwrap_or_else(|_| body.into())
        }
        "quoted-printable" => unquoted(body),
        _ => body.into(),
    };
    let charset = parameter(&kind, "charset").unwrap_or_default();
    let encoding = encoding_rs::Encoding::for_label(charset.as_bytes()).unwrap_or(encoding_rs::UTF_8);
    parts.push(encoding.decode(&bytes).0.into_owned());
}

/// Every line a name and a colon, or what belongs to the one before it.
fn is_head(text: &str) -> bool {
    let names = |line: &str| {
        line.split_once(':').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
    };
    text.to_lowercase().contains("content-") && text.lines().all(|line| line.starts_with([' ', '\t']) || names(line))
}

fn parameter(value: &str, name: &str) -> Option<String> {
    let parts = value.split(';').skip(1).filter_map(|part| part.split_once('='));
    let mut found = parts.filter(|(found, _)| found.trim().eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value.trim().trim_matches('"').to_owned())
}

/// RFC 2045, 6.7.
fn unquoted(text: &str) -> Vec<u8> {
    let (mut out, mut bytes) = (Vec::with_capacity(text.len()), text.bytes().peekable());
    while let Some(byte) = bytes.next() {
        if byte != b'=' {
            out.push(byte);
            continue;
        }
        if bytes.next_if_eq(&b'\n').is_some() {
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        match (digit(bytes.next()), digit(bytes.next())) {
            (Some(high), Some(low)) => out.push(u8::try_from(high * 16 + low).unwrap_or(b'?')),
            _ => out.push(b'?'),
        }
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Arrived, Trial};

    const LINK: &str = "https://v.example/booth/#v1.ID.TEST";

    fn trial() -> Trial {
        let text = format!(
            "Word: ABCD-EFGH\n\nЗдравствуйте!\n\n{LINK}\n\nType it at https://v.example/booth/, and nowhere else.\n"
        );
        Trial { to: "a@b.org".into(), word: "ABCD-EFGH".into(), link: Some(LINK.into()), text }
    }

    fn as_sent(arrived: &str) -> bool {
        trial().compare(arrived.as_bytes()).is_as_sent()
    }

    #[test]
    fn what_arrives_as_it_was_sent_is_known_in_every_form_in_which_people_have_it() {
        let text = trial().text;
        assert!(as_sent(&text) && as_sent(&format!("Von: x\nAn: y\n\n{}\nmore", text.replace(" it", "\r\n it"))));
        let encoded = data_encoding::BASE64.encode(text.as_bytes());
        let base64 = format!(
            "Subject: x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{encoded}\n"
        );
        assert!(as_sent(&base64) && as_sent(&base64.replace('\n', "\r\n")));
        let quoted: String = text
            .bytes()
            .map(|b| if b < 128 && b != b'=' { char::from(b).to_string() } else { format!("={b:02X}") })
            .collect();
        let quoted = quoted.replace("booth/#", "boo=\nth/#");
        let head = "Content-Type: text/plain; charset=\"utf-8\"\nContent-Transfer-Encoding: quoted-printable\n\n";
        let html = format!("Content-Type: text/html\n\n<p>Word: ABCD-EFGH <code>{LINK}</code></p>\n");
        let both = format!(
            "From: a\nContent-Type: multipart/alternative;\n boundary=\"xx\"\n\n--xx\n{head}{quoted}\n--xx\n{html}\n--xx--\n"
        );
        assert!(as_sent(&both), "{both}");
        // An anchor that a relay has made of it.
        let tracked =
            both.replace(&format!("<code>{LINK}</code>"), &format!("<a href=\"https://t.example/?u=1\">{LINK}</a>"));
        let found = trial().compare(tracked.as_bytes());
        assert_eq!(found.strangers, ["https://t.example/?u=1"]);
        assert!(found.check().unwrap_err().what.contains("t.example"));
        // However it is written; an anchor that leads to the very link shows it to nobody.
        for (leads, strangers) in [
            (LINK, &[][..]),
            ("HTTPS://T.example/?u=1", &["HTTPS://T.example/?u=1"]),
            ("&#104;ttps://t.example/", &["&#104;ttps://t.example/"]),
            ("//t.example/", &["//t.example/"]),
        ] {
            let anchor = format!("<a HREF = \"{leads}\">{LINK}</a>");
            let found = trial().compare(both.replace(&format!("<code>{LINK}</code>"), &anchor).as_bytes());
            assert_eq!(found.strangers, strangers, "{anchor}");
        }
    }

    #[test]
    fn what_was_changed_on_the_way_is_named() {
        let text = trial().text;
        let found = |text: &str| trial().compare(text.as_bytes());
        assert!(!found(&text.replace("ABCD", "ABCE")).word);
        let other = found(&text.replace("#v1", "#v2"));
        assert!(!other.link && other.strangers.len() == 1 && other.word);
        let cut = found(&text.replace("Здравствуйте!", ""));
        assert_eq!(cut.missing, ["Здравствуйте!"]);
        let moved = found(&text.replace("Type it", &format!("https://t.example/?to={LINK} Type it")));
        assert_eq!(moved.strangers.len(), 1, "{moved:?}");
        for bad in ["", "Content-Type: multipart/mixed; boundary=\"\"\n\n--", "content-type: x\n\n=", "=\n=4"] {
            assert_eq!(found(bad), Arrived { missing: found("").missing, ..Arrived::default() }, "{bad}");
        }
    }
}
