//! `[mail]` of `election.toml`: through which server letters go, and from whom they come. The password is never in it.
//! Spec: `docs/spec/manifest.md` section 3.

use std::{path::Path, time::Duration};

use rustls::pki_types::ServerName;
use serde::{Deserialize, Serialize};
use veche_election::text;
use veche_server::home::others_may_read;
use zeroize::Zeroizing;

use crate::{
    failure::{Failure, Result},
    files,
    lang::{both, tr},
    mail_address::MailAddress,
    prompt, russian,
};

/// A password that is kept in the folder of an election, for its owner alone.
pub const PASSWORD_FILE: &str = "mail-password";
const SENDER_MAX_CHARS: usize = 100;
const USER_MAX_BYTES: usize = 255;
const PASSWORD_MAX_BYTES: u64 = 1_024;
/// How long a mail server may let us wait, in seconds, where the file says nothing.
const TIMEOUT_DEFAULT_S: u64 = 60;
const TIMEOUT_MAX_S: u64 = 600;

/// As it stands in the file; see [`MailFile::server`].
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MailFile {
    pub host: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    #[serde(default)]
    pub tls: MailTls,
    /// `vote@example.org`, or `The Board <vote@example.org>`.
    pub from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Whoever logs in; without one nobody does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_s: Option<u64>,
}

/// How the connection to the mail server is kept from others. Never by chance: what is asked for comes about, or nothing is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// From the first byte.
    #[default]
    Implicit,
    /// After a command for it.
    Starttls,
    /// To a server on this machine alone.
    None,
}

/// Checked.
#[derive(Debug, Clone)]
pub struct MailServer {
    pub host: String,
    pub port: u16,
    pub tls: MailTls,
    pub from: MailAddress,
    pub from_name: Option<String>,
    pub reply_to: Option<MailAddress>,
    pub user: Option<String>,
    pub timeout: Duration,
}

impl MailFile {
    /// # Errors
    /// Whoever wrote the file.
    pub fn server(&self) -> Result<MailServer> {
        let (from_name, from) = sender(&self.from)?;
        let reply_to = self.reply_to.as_deref().map(|text| address("reply_to", text)).transpose()?;
        let host = self.host.trim().to_owned();
        if ServerName::try_from(host.as_str()).is_err() {
            return Err(wrong(tr!("host: \"{host}\" is no server's name", "host: «{host}» — не имя сервера")));
        }
        if self.tls == MailTls::None && !is_this_machine(&host) {
            return Err(wrong(tr!(
                "tls = \"none\" goes with a mail server on this machine alone (127.0.0.1, ::1, localhost): on the way to {host} \
                 anybody could read the letters",
                "tls = \"none\" бывает только с почтовым сервером на этой машине (127.0.0.1, ::1, localhost): по дороге к {host} \
                 письма прочёл бы кто угодно"
            ))
            .next(both!(
                "Write tls = \"implicit\" (port 465) or tls = \"starttls\" (port 587).",
                "Напишите tls = \"implicit\" (порт 465) или tls = \"starttls\" (порт 587)."
            )));
        }
        let unfit = |user: &&String| user.is_empty() || user.len() > USER_MAX_BYTES || user.contains(char::is_control);
        if let Some(user) = self.user.as_ref().filter(unfit) {
            return Err(wrong(tr!("user: \"{user:.40}\" is no name", "user: «{user:.40}» — не имя")));
        }
        let timeout_s = self.timeout_s.unwrap_or(TIMEOUT_DEFAULT_S);
        if !(1..=TIMEOUT_MAX_S).contains(&timeout_s) {
            return Err(wrong(tr!(
                "timeout_s is 1 to {TIMEOUT_MAX_S} (seconds)",
                "timeout_s — от 1 до {TIMEOUT_MAX_S} (секунд)"
            )));
        }
        let usual = match self.tls {
            MailTls::Implicit => 465,
            MailTls::Starttls => 587,
            MailTls::None => 25,
        };
        let (port, timeout) = (self.port.unwrap_or(usual), Duration::from_secs(timeout_s));
        Ok(MailServer { host, port, tls: self.tls, from, from_name, reply_to, user: self.user.clone(), timeout })
    }
}

fn wrong(text: String) -> Failure {
    Failure::usage(format!("election.toml: [mail] {text}"))
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

fn address(key: &str, text: &str) -> Result<MailAddress> {
    MailAddress::parse(text).map_err(|error| {
        let why = error.told();
        wrong(tr!("{key}: \"{text:.100}\" is no e-mail address: {why}", "{key}: «{text:.100}» — не адрес: {why}"))
    })
}

/// `vote@example.org`, or a name and the address in angle brackets.
fn sender(text: &str) -> Result<(Option<String>, MailAddress)> {
    let Some((name, bracketed)) = text.trim().strip_suffix('>').and_then(|text| text.rsplit_once('<')) else {
        return Ok((None, address("from", text)?));
    };
    let name = name.trim().trim_matches('"').trim();
    let name = match name {
        "" => None,
        name => Some(text::clean(name, SENDER_MAX_CHARS).map_err(|error| {
            let why = russian::text(&error);
            wrong(tr!("from: the name {why}", "from: имя {why}"))
        })?),
    };
    Ok((name, address("from", bracketed)?))
}

impl MailServer {
    /// From a file that its owner alone can read, else typed; nothing where nobody logs in.
    pub fn password(&self, file: Option<&Path>) -> Result<Option<Zeroizing<String>>> {
        let Some(user) = &self.user else {
            return match file {
                None => Ok(None),
                Some(_) => Err(wrong(tr!(
                    "names no user, so there is no use for a password",
                    "не называет user, так что пароль не нужен"
                ))),
            };
        };
        let password = match file {
            Some(path) => read_password(path)?,
            None => Zeroizing::new(prompt::ask_secret(&tr!(
                "Password of {user} at {}: ",
                "Пароль {user} на {}: ",
                self.host
            ))?),
        };
        if password.is_empty() || password.contains('\0') {
            return Err(Failure::usage(both!("the password is empty, or none", "пароль пуст или негоден")));
        }
        Ok(Some(password))
    }
}

/// Its first line.
pub fn read_password(path: &Path) -> Result<Zeroizing<String>> {
    let shown = path.display();
    let bytes = Zeroizing::new(files::read_at_most(path, PASSWORD_MAX_BYTES)?);
    if others_may_read(path) {
        return Err(Failure::usage(both!("others may read {shown}", "{shown} могут читать другие"))
            .next(both!("chmod 600 {shown}", "chmod 600 {shown}")));
    }
    let text =
        std::str::from_utf8(&bytes).map_err(|_| Failure::usage(both!("{shown} is no text", "{shown} — не текст")))?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::MailFile;

    #[test]
    fn a_section_says_one_server_and_one_sender_or_what_is_wrong() {
        let server = |toml: &str| toml::from_str::<MailFile>(toml).unwrap().server();
        let from = |from: &str| server(&format!("host = \"smtp.example.org\"\nfrom = '''{from}'''"));
        for (text, name, address) in [
            ("vote@example.org", None, "vote@example.org"),
            ("<vote@example.org>", None, "vote@example.org"),
            ("Правление: «Заря», 1 <vote@заря.рф>", Some("Правление: «Заря», 1"), "vote@xn--80an2a1d.xn--p1ai"),
            ("\"The Board\" <vote@example.org>", Some("The Board"), "vote@example.org"),
        ] {
            let server = from(text).unwrap();
            assert_eq!((server.from_name.as_deref(), server.from.as_str()), (name, address), "{text}");
            assert_eq!((server.port, server.timeout.as_secs()), (465, 60));
        }
        for text in
            ["", "The Board", "a@b.org, c@d.org", "X\r\nBcc: y@z.org <a@b.org>", "\u{202e}X <a@b.org>", "X <a@b.org> Y"]
        {
            assert!(from(text).is_err(), "{text:?}");
        }
        let with = |more: &str| server(&format!("from = \"a@b.org\"\n{more}"));
        for (more, port) in [
            ("host = \"localhost\"\ntls = \"none\"", 25),
            ("host = \"::1\"\ntls = \"none\"\nport = 2525", 2525),
            ("host = \"smtp.example.org\"\ntls = \"starttls\"\nuser = \"anna\"", 587),
        ] {
            assert_eq!(with(more).unwrap().port, port, "{more}");
        }
        for more in [
            "host = \"\"",
            "host = \"a b\"",
            "host = \"smtp.example.org\"\ntls = \"none\"",
            "host = \"127.0.0.1.example.org\"\ntls = \"none\"",
            "host = \"smtp.example.org\"\nuser = \"a\\u0000b\"",
            "host = \"smtp.example.org\"\nuser = \"\"",
            "host = \"smtp.example.org\"\ntimeout_s = 0",
            "host = \"smtp.example.org\"\nreply_to = \"X <a@b.org>\"",
        ] {
            assert!(with(more).is_err(), "{more}");
        }
        for unknown in ["password = \"x\"", "tls = \"maybe\"", "port = 70000"] {
            assert!(toml::from_str::<MailFile>(&format!("host = \"h\"\nfrom = \"a@b.org\"\n{unknown}")).is_err());
        }
    }
}
