//! The dialogue with a mail server: RFC 5321, with STARTTLS (RFC 3207), AUTH PLAIN and LOGIN (RFC 4954), SIZE (RFC 1870).
//!
//! It is written here, and not taken from a library, for three things on which everything else in `mail` stands: at each failure
//! it is known whether the letter's last dot had been written, before which a server has certainly not taken it; whatever a server
//! sends is bounded, in bytes and in time; and nothing that came before TLS is believed behind it.

use std::time::Duration;

use data_encoding::BASE64;
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};
use zeroize::Zeroizing;

use crate::{
    client,
    failure::{Exit, Failure},
    front::is_at_pages,
    lang::{Sentence, both, tr},
    mail_address::MailAddress,
    mail_file::{MailServer, MailTls},
    show::safe,
};

/// Of one reply, however many lines it has.
const REPLY_MAX_BYTES: usize = 64 << 10;
const REPLY_LINES_MAX: usize = 100;
/// So much of a line is looked at; the rest of it is read and forgotten.
const LINE_KEPT_BYTES: usize = 512;
/// So much of a server's words is kept and told.
const WORDS_MAX_CHARS: usize = 300;
/// RFC 5321, 4.5.3.2.6: behind the last dot a server may take ten times as long, and whoever waits less gets letters twice.
const LAST_DOT_PATIENCE: u32 = 10;
/// A server that hung up while the letter was on its way has not taken it. So long we look whether it did.
const LOOK: Duration = Duration::from_millis(1);
/// Taking leave is a courtesy.
const QUIT_PATIENCE: Duration = Duration::from_secs(2);

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    code: u16,
    lines: Vec<String>,
}

impl Reply {
    fn is_positive(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// Will trying again with the same words do?
    pub fn may_be_tried_again(&self) -> bool {
        self.code < 500
    }

    /// RFC 5321, 3.8: the server closes the connection.
    fn is_farewell(&self) -> bool {
        self.code == 421
    }

    pub fn code(&self) -> u16 {
        self.code
    }

    /// In one line, for people: no control characters, and not endless.
    pub fn words(&self) -> String {
        let text = format!("{} {}", self.code, self.lines.join(" "));
        safe(text.trim()).chars().take(WORDS_MAX_CHARS).collect()
    }
}

/// A server's words without the numbers of SMTP before them, which say nothing to whoever sits at pages: `550 5.1.1 no such user`.
pub fn for_person(words: &str) -> &str {
    if is_at_pages() { without_codes(words) } else { words }
}

/// Without the reply code, and the enhanced one behind it (RFC 3463): what follows is the server's own, numbers too.
pub fn without_codes(words: &str) -> &str {
    let is_number = |text: &str| (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_enhanced = |text: &str| text.split('.').count() == 3 && text.split('.').all(is_number);
    let words = words.trim_start();
    match behind(words, |code| code.len() == 3 && is_number(code)) {
        Some(rest) => behind(rest, is_enhanced).unwrap_or(rest),
        None => words,
    }
}

/// What stands behind the first word, if that is such a one.
fn behind(text: &str, is_such: impl Fn(&str) -> bool) -> Option<&str> {
    text.split_once(' ').filter(|(first, _)| is_such(first)).map(|(_, rest)| rest.trim_start())
}

/// Why a connection did not come about, or is of no use any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmtpError {
    Unreachable(String),
    /// The name is of this machine, and what answers is not.
    NotHere,
    Tls(String),
    NoStartTls,
    /// Behind its answer to STARTTLS came more, which whoever is in between has put there.
    Injected,
    TimedOut,
    HungUp,
    TooLong,
    NotSmtp(String),
    /// Not now, or not with us.
    Unwilling(Reply),
    NoLogin,
    Login(Reply),
}

impl SmtpError {
    /// As [`SmtpError::told`], and nothing that the server said.
    pub fn told_without_words(&self) -> String {
        match self {
            Self::NotSmtp(_) => tr!("this is no answer of a mail server", "так почтовый сервер не отвечает"),
            Self::Unwilling(reply) => {
                tr!(
                    "it takes no letters now, or not from here ({})",
                    "он не берёт писем: сейчас или отсюда ({})",
                    reply.code
                )
            }
            Self::Login(reply) => {
                tr!("it does not take user and password ({})", "он не принимает имя и пароль ({})", reply.code)
            }
            other => other.told(),
        }
    }

    /// May it be otherwise in a moment?
    pub fn may_pass(&self) -> bool {
        match self {
            Self::NotHere | Self::Tls(_) | Self::NoStartTls | Self::Injected | Self::NoLogin | Self::Login(_) => false,
            Self::Unreachable(_)
            | Self::TimedOut
            | Self::HungUp
            | Self::TooLong
            | Self::NotSmtp(_)
            | Self::Unwilling(_) => true,
        }
    }

    /// In one line that has an end.
    pub fn told(&self) -> String {
        safe(&self.why()).chars().take(WORDS_MAX_CHARS).collect()
    }

    fn why(&self) -> String {
        match self {
            Self::Unreachable(error) => tr!("it cannot be reached: {error}", "до него не достучаться: {error}"),
            Self::NotHere => {
                tr!("its name is of this machine, its address is not", "имя его — этой машины, а адрес нет")
            }
            Self::Tls(error) => tr!("no TLS came about: {error}", "TLS не получилось: {error}"),
            Self::NoStartTls => tr!("it does not offer STARTTLS", "он не предлагает STARTTLS"),
            Self::Injected => tr!(
                "words came before TLS that it had to say behind it: somebody is in between",
                "до TLS пришли слова, которым место после: кто-то вклинился"
            ),
            Self::TimedOut => tr!("it did not answer in time", "он не ответил вовремя"),
            Self::HungUp => tr!("it broke the connection off", "он оборвал соединение"),
            Self::TooLong => tr!("its answer has no end", "его ответ не кончается"),
            Self::NotSmtp(line) => {
                tr!("this is no answer of a mail server: {line}", "так почтовый сервер не отвечает: {line}")
            }
            Self::Unwilling(reply) => tr!("it said: {}", "он сказал: {}", for_person(&reply.words())),
            Self::NoLogin => tr!(
                "it offers no way to log in that this program knows (PLAIN, LOGIN)",
                "он не предлагает входа, который знает эта программа (PLAIN, LOGIN)"
            ),
            Self::Login(reply) => {
                let words = reply.words();
                let words = for_person(&words);
                tr!("it does not take user and password: {words}", "он не принимает имя и пароль: {words}")
            }
        }
    }

    /// For whoever runs the program.
    pub fn failure(&self, server: &MailServer) -> Failure {
        self.failure_saying(server, &Sentence::of(|| self.told()))
    }

    /// As [`SmtpError::failure`], before the first letter.
    pub fn failure_before(&self, server: &MailServer) -> Failure {
        let failure = self.failure(server);
        match failure.next.clone() {
            Some(next) => failure.next(both!("{next} Nothing was sent.", "{next} Ничего не отправлено.")),
            None => failure.next(both!("Nothing was sent.", "Ничего не отправлено.")),
        }
    }

    pub fn failure_saying(&self, server: &MailServer, why: &Sentence) -> Failure {
        let (host, port) = (&server.host, server.port);
        let failure = Failure::new(
            Exit::Unreachable,
            both!("the mail server {host}:{port}: {why}", "почтовый сервер {host}:{port}: {why}"),
        );
        match self {
            Self::Tls(_) if is_at_pages() => failure.next(both!(
                "Look whether the name of the mail server and the encryption are those that your provider tells.",
                "Посмотрите, те ли имя почтового сервера и шифрование указаны, что сообщает почтовая служба."
            )),
            Self::NoStartTls | Self::Injected if is_at_pages() => failure.next(both!(
                "No password was said on this connection. Choose TLS as the encryption: many servers have it at port 465.",
                "Пароль по этому соединению не сказан. Выберите шифрование TLS: у многих серверов оно на порту 465."
            )),
            Self::Tls(_) => failure.next(both!(
                "Is host the name that its certificate has, and tls the right one (implicit: 465, starttls: 587)? An authority of \
                 your own is named with --ca FILE.",
                "Верны ли host (имя из сертификата) и tls (implicit: 465, starttls: 587)? Свой центр сертификации называет --ca \
                 ФАЙЛ."
            )),
            Self::NoStartTls | Self::Injected => failure.next(both!(
                "No password was said on this connection. Many servers have tls = \"implicit\" at port 465.",
                "Пароль по этому соединению не сказан. У многих серверов на порту 465 есть tls = \"implicit\"."
            )),
            Self::Login(_) => failure.next(both!(
                "Many providers want a password made for programs here, not the one of the mailbox.",
                "Многие почтовые службы ждут здесь пароля, созданного для программ, а не пароля ящика."
            )),
            _ => failure,
        }
    }
}

/// What became of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handed {
    Taken(Reply),
    /// This letter, or this voter's address, now or for ever.
    Refused(Reply),
    /// Whoever sends: all other letters would fare alike.
    SenderRefused(Reply),
    /// The connection went before the last dot: the server has not taken it.
    NotTaken(SmtpError),
    /// It went behind the last dot: nobody knows.
    Unknown(SmtpError),
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Greeted, under TLS where that was asked for, and logged in.
pub struct Connection {
    stream: BufReader<Box<dyn Stream>>,
    patience: Duration,
    from: MailAddress,
    /// The largest letter that it takes, as far as it says so.
    size_max: Option<usize>,
    says_size: bool,
    /// Nothing is said on it any more.
    is_gone: bool,
}

type Answer<T> = Result<T, SmtpError>;

impl Connection {
    pub async fn open(server: &MailServer, password: Option<&str>) -> Answer<Self> {
        let connecting = timeout(server.timeout, TcpStream::connect((server.host.as_str(), server.port)));
        let stream = connecting.await.map_err(|_| SmtpError::TimedOut)?;
        let stream = stream.map_err(|error| SmtpError::Unreachable(error.to_string()))?;
        let _ = stream.set_nodelay(true);
        let is_here = stream.peer_addr().is_ok_and(|address| address.ip().is_loopback());
        if server.tls == MailTls::None && !is_here {
            return Err(SmtpError::NotHere);
        }
        let stream: Box<dyn Stream> = Box::new(stream);
        let stream = if server.tls == MailTls::Implicit { under_tls(stream, server).await? } else { stream };
        let (patience, from) = (server.timeout, server.from.clone());
        let stream = BufReader::new(stream);
        let mut new = Self { stream, patience, from, size_max: None, says_size: false, is_gone: false };
        let greeting = new.reply(patience).await?;
        if !greeting.is_positive() {
            return Err(SmtpError::Unwilling(greeting));
        }
        let mut offered = new.hello().await?;
        if server.tls == MailTls::Starttls {
            new = new.start_tls(&offered, server).await?;
            offered = new.hello().await?;
        }
        new.take_size(&offered);
        if let (Some(user), Some(password)) = (&server.user, password) {
            new.log_in(&offered, user, password).await?;
        }
        Ok(new)
    }

    /// By the domain of whoever sends: the name of this machine is nobody's business.
    async fn hello(&mut self) -> Answer<Reply> {
        let reply = self.ask(&format!("EHLO {}", self.from.domain())).await?;
        if reply.is_positive() { Ok(reply) } else { Err(SmtpError::Unwilling(reply)) }
    }

    async fn start_tls(mut self, offered: &Reply, server: &MailServer) -> Answer<Self> {
        if extension(offered, "STARTTLS").is_none() {
            return Err(SmtpError::NoStartTls);
        }
        let reply = self.ask("STARTTLS").await?;
        if reply.code != 220 {
            return Err(SmtpError::Unwilling(reply));
        }
        if !self.stream.buffer().is_empty() {
            return Err(SmtpError::Injected);
        }
        let stream = under_tls(self.stream.into_inner(), server).await?;
        Ok(Self { stream: BufReader::new(stream), ..self })
    }

    fn take_size(&mut self, offered: &Reply) {
        if let Some(size) = extension(offered, "SIZE") {
            self.says_size = true;
            // 0 means that there is no bound.
            self.size_max = size.trim().parse().ok().filter(|size| *size > 0);
        }
    }

    async fn log_in(&mut self, offered: &Reply, user: &str, password: &str) -> Answer<()> {
        let ways = extension(offered, "AUTH").unwrap_or_default().to_ascii_uppercase();
        let offers = |way: &str| ways.split_ascii_whitespace().any(|offered| offered == way);
        let secret = |text: &str| Zeroizing::new(BASE64.encode(text.as_bytes()));
        let reply = if offers("PLAIN") {
            let both = Zeroizing::new(format!("\0{user}\0{password}"));
            self.ask(&Zeroizing::new(format!("AUTH PLAIN {}", *secret(&both)))).await?
        } else if offers("LOGIN") {
            let mut reply = self.ask("AUTH LOGIN").await?;
            for answer in [user, password] {
                if reply.code == 334 {
                    reply = self.ask(&secret(answer)).await?;
                }
            }
            reply
        } else {
            return Err(SmtpError::NoLogin);
        };
        if reply.code == 235 { Ok(()) } else { Err(SmtpError::Login(reply)) }
    }

    /// Can another letter be tried on it?
    pub fn is_usable(&self) -> bool {
        !self.is_gone
    }

    /// One letter to one voter: lines end with CR LF, and nothing in it is beyond ASCII.
    pub async fn hand_over(&mut self, to: &MailAddress, letter: &[u8]) -> Handed {
        if let Some(max) = self.size_max.filter(|max| letter.len() > *max) {
            let lines = vec![tr!(
                "the letter has {} bytes, and the server takes {max} at most",
                "в письме {} байт, а сервер принимает не больше {max}",
                letter.len()
            )];
            return Handed::Refused(Reply { code: 552, lines });
        }
        match self.begin(to, letter.len()).await {
            Ok(None) => {}
            Ok(Some(refused)) => return self.put_right(refused).await,
            Err(error) => return self.gone(Handed::NotTaken(error)),
        }
        if let Err(error) = self.write_letter(letter).await {
            return self.gone(Handed::NotTaken(error));
        }
        // From here on the letter may have been taken, whatever becomes of the connection.
        let reply = match self.write(b".\r\n").await {
            // Not even our own system has taken it.
            Err(SmtpError::HungUp) => return self.gone(Handed::NotTaken(SmtpError::HungUp)),
            Err(error) => Err(error),
            Ok(()) => self.reply(self.patience * LAST_DOT_PATIENCE).await,
        };
        match reply {
            Ok(reply) => {
                self.is_gone |= reply.is_farewell();
                match reply.code {
                    ..300 => Handed::Taken(reply),
                    400.. => Handed::Refused(reply),
                    // No answer that belongs here.
                    _ => self.gone(Handed::Unknown(SmtpError::NotSmtp(reply.words()))),
                }
            }
            Err(error) => self.gone(Handed::Unknown(error)),
        }
    }

    /// Up to the word that the letter may come; or who was refused.
    async fn begin(&mut self, to: &MailAddress, size: usize) -> Answer<Option<Handed>> {
        let size = if self.says_size { format!(" SIZE={size}") } else { String::new() };
        let reply = self.ask(&format!("MAIL FROM:<{}>{size}", self.from)).await?;
        if reply.is_farewell() {
            return Err(SmtpError::Unwilling(reply));
        }
        if !reply.is_positive() {
            // 552: too large a letter, which stands here by its size.
            return Ok(Some(if reply.code == 552 { Handed::Refused(reply) } else { Handed::SenderRefused(reply) }));
        }
        for (command, goes_on) in [(format!("RCPT TO:<{to}>"), 200..300), ("DATA".into(), 354..355)] {
            let reply = self.ask(&command).await?;
            if reply.is_farewell() {
                return Err(SmtpError::Unwilling(reply));
            }
            if !goes_on.contains(&reply.code) {
                return Ok(Some(Handed::Refused(reply)));
            }
        }
        Ok(None)
    }

    /// After a refusal the server waits for the rest of this letter, unless it is told otherwise.
    async fn put_right(&mut self, refused: Handed) -> Handed {
        match self.ask("RSET").await {
            Ok(reply) if reply.is_positive() => refused,
            _ => self.gone(refused),
        }
    }

    fn gone(&mut self, handed: Handed) -> Handed {
        self.is_gone = true;
        handed
    }

    async fn write_letter(&mut self, letter: &[u8]) -> Answer<()> {
        let stuffed = Zeroizing::new(dot_stuffed(letter));
        self.write(&stuffed).await?;
        // Before the last dot a server says nothing. If it has, or has hung up, it takes no letter.
        let looked = timeout(LOOK, self.stream.fill_buf()).await;
        match looked.map(|said| said.map_or(0, <[u8]>::len)) {
            Err(_) => Ok(()),
            Ok(0) => Err(SmtpError::HungUp),
            Ok(_) => Err(SmtpError::Unwilling(self.reply(self.patience).await?)),
        }
    }

    pub async fn quit(mut self) {
        if self.is_usable() {
            let _ = timeout(QUIT_PATIENCE, self.ask("QUIT")).await;
        }
    }

    /// No command of ours holds what others wrote, but addresses and names that were checked.
    async fn ask(&mut self, command: &str) -> Answer<Reply> {
        self.write(Zeroizing::new(format!("{command}\r\n")).as_bytes()).await?;
        self.reply(self.patience).await
    }

    async fn write(&mut self, bytes: &[u8]) -> Answer<()> {
        let stream = self.stream.get_mut();
        let writing = async {
            stream.write_all(bytes).await?;
            stream.flush().await
        };
        match timeout(self.patience, writing).await {
            Err(_) => Err(SmtpError::TimedOut),
            Ok(written) => written.map_err(|_| SmtpError::HungUp),
        }
    }

    /// The whole of it in this time, however slowly it drips.
    async fn reply(&mut self, patience: Duration) -> Answer<Reply> {
        timeout(patience, read_reply(&mut self.stream)).await.unwrap_or(Err(SmtpError::TimedOut))
    }
}

async fn under_tls(stream: Box<dyn Stream>, server: &MailServer) -> Answer<Box<dyn Stream>> {
    let tls = |error: &dyn std::fmt::Display| SmtpError::Tls(error.to_string());
    let name = ServerName::try_from(server.host.clone()).map_err(|error| tls(&error))?;
    let connector = client::trust().mail_connector().map_err(|error| tls(&error))?;
    let handshake = timeout(server.timeout, connector.connect(name, stream)).await;
    let stream = handshake.map_err(|_| SmtpError::TimedOut)?.map_err(|error| tls(&error))?;
    Ok(Box::new(stream))
}

/// What stands behind this word in an answer to EHLO.
fn extension<'a>(offered: &'a Reply, name: &str) -> Option<&'a str> {
    offered.lines.iter().skip(1).find_map(|line| {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        word.eq_ignore_ascii_case(name).then_some(rest)
    })
}

/// RFC 5321, 4.5.2: no line of the letter is taken for its end.
fn dot_stuffed(letter: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(letter.len() + 64);
    for line in letter.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out
}

async fn read_reply(stream: &mut BufReader<Box<dyn Stream>>) -> Answer<Reply> {
    let (mut left, mut code, mut lines) = (REPLY_MAX_BYTES, None, Vec::new());
    loop {
        let line = read_line(stream, &mut left).await?;
        let digits = line.get(..3).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        let said: Option<u16> = digits.and_then(|digits| digits.parse().ok()).filter(|code| (200..600).contains(code));
        let rest = line.get(3..).unwrap_or_default();
        let goes_on = rest.starts_with('-');
        let (Some(said), true) = (said, goes_on || rest.is_empty() || rest.starts_with(' ')) else {
            return Err(SmtpError::NotSmtp(safe(&line).chars().take(80).collect()));
        };
        if *code.get_or_insert(said) != said || lines.len() >= REPLY_LINES_MAX {
            return Err(SmtpError::NotSmtp(safe(&line).chars().take(80).collect()));
        }
        lines.push(rest.get(1..).unwrap_or_default().trim().to_owned());
        if !goes_on {
            return Ok(Reply { code: said, lines });
        }
    }
}

/// The beginning of a line; all of it is read, and counted.
async fn read_line(stream: &mut BufReader<Box<dyn Stream>>, left: &mut usize) -> Answer<String> {
    let mut line = Vec::new();
    loop {
        let read = stream.fill_buf().await.map_err(|_| SmtpError::HungUp)?;
        if read.is_empty() {
            return Err(SmtpError::HungUp);
        }
        let end = read.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(read.len(), |at| at + 1);
        *left = left.checked_sub(taken).ok_or(SmtpError::TooLong)?;
        let room = LINE_KEPT_BYTES.saturating_sub(line.len());
        line.extend(read.iter().take(taken.min(room)));
        stream.consume(taken);
        if end.is_some() {
            return Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tokio::io::{AsyncWriteExt, BufReader};

    use super::{Answer, Reply, SmtpError, Stream, dot_stuffed, extension, read_reply};

    async fn read(said: &[u8]) -> Answer<Reply> {
        let (mut server, client) = tokio::io::duplex(said.len().max(1));
        server.write_all(said).await.unwrap();
        drop(server);
        read_reply(&mut BufReader::new(Box::new(client) as Box<dyn Stream>)).await
    }

    #[tokio::test]
    async fn an_answer_has_one_code_a_form_and_an_end() {
        let good = read(b"250-mail.test\r\n250-SIZE 5\r\n250 \xff\n").await.unwrap();
        assert_eq!((good.code, good.lines), (250, vec!["mail.test".into(), "SIZE 5".into(), "\u{fffd}".into()]));
        assert_eq!(read(b"354\r\n").await.unwrap().lines, [""]);
        let bad: [&[u8]; 8] = [
            b"2500 no\r\n",
            b"25\r\n",
            b"150 no\r\n",
            b"600 no\r\n",
            b"250-a\r\n251 b\r\n",
            b"250_a\r\n",
            b"HTTP/1.1 400\r\n",
            b"\r\n",
        ];
        for said in bad {
            assert!(matches!(read(said).await, Err(SmtpError::NotSmtp(_))), "{}", String::from_utf8_lossy(said));
        }
        assert!(matches!(read(&b"250-a\r\n".repeat(101)).await, Err(SmtpError::NotSmtp(_))), "a hundred lines");
        assert!(matches!(read(&b"x".repeat(65 << 10)).await, Err(SmtpError::TooLong)), "a line without an end");
        for cut in [&b""[..], b"250-a\r\n", b"250 a"] {
            assert!(matches!(read(cut).await, Err(SmtpError::HungUp)), "{}", String::from_utf8_lossy(cut));
        }
    }

    #[test]
    fn whatever_a_failure_quotes_is_one_line_with_an_end() {
        let told = SmtpError::Tls(format!("not valid for name{}", "\n\u{1b}[2J, other.example".repeat(500))).told();
        assert!(told.chars().count() == super::WORDS_MAX_CHARS && !told.contains(char::is_control), "{told}");
        let reply = Reply { code: 554, lines: vec!["CODE-CODE".into()] };
        for error in
            [SmtpError::NotSmtp("CODE-CODE".into()), SmtpError::Unwilling(reply.clone()), SmtpError::Login(reply)]
        {
            assert!(!error.told_without_words().contains("CODE"), "{error:?}");
        }
    }

    #[test]
    fn no_line_of_a_letter_is_taken_for_its_end() {
        for (letter, expected) in [
            ("a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n"),
            (".a", "..a\r\n"),
            ("a..\r\n..b\r\n", "a..\r\n...b\r\n"),
            ("", "\r\n"),
        ] {
            assert_eq!(String::from_utf8(dot_stuffed(letter.as_bytes())).unwrap_or_default(), expected, "{letter:?}");
        }
    }

    #[test]
    fn what_a_server_offers_stands_behind_its_greeting() {
        let lines = ["AUTH.example STARTTLS", "size 1000", "AUTH PLAIN LOGIN", "starttls"];
        let reply = Reply { code: 250, lines: lines.map(str::to_owned).into() };
        assert_eq!((extension(&reply, "SIZE"), extension(&reply, "STARTTLS")), (Some("1000"), Some("")));
        assert_eq!((extension(&reply, "AUTH"), extension(&reply, "AUTH.example")), (Some("PLAIN LOGIN"), None));
    }

    #[test]
    fn a_person_is_told_a_servers_words_without_its_numbers() {
        for (words, told) in [
            ("550 5.1.1 no such user", "no such user"),
            ("421 busy", "busy"),
            ("250 Ok: queued as 12", "Ok: queued as 12"),
            ("no such user", "no such user"),
            ("554 12 letters are too many", "12 letters are too many"),
            ("452 500 letters an hour", "500 letters an hour"),
            ("550 5.7.1 100 letters a day", "100 letters a day"),
            ("5.7.1 refused", "5.7.1 refused"),
        ] {
            assert_eq!(super::without_codes(words), told);
        }
    }

    #[test]
    fn words_for_people_move_no_cursor_and_have_an_end() {
        let reply = Reply { code: 550, lines: vec!["\u{1b}[2Jno\r\u{202e}".into(), "x".repeat(5_000)] };
        let words = reply.words();
        assert!(
            words.starts_with("550 ") && !words.contains(char::is_control) && words.chars().count() == 300,
            "{words}"
        );
    }
}
