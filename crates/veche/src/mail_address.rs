//! E-mail addresses, of voters and of whoever sends: the form that every mail server takes, and nothing that could end a header
//! or a command. A contact of the roll may be anything, a telephone too; only what has this form gets a letter.

use std::fmt;

use crate::lang::tr;

/// RFC 5321, 4.5.3.1.3: a path has 256 octets, two of which are its brackets.
const ADDRESS_MAX_BYTES: usize = 254;
/// RFC 5321, 4.5.3.1.1.
const LOCAL_MAX_BYTES: usize = 64;
/// What a part of a local part may consist of, beside letters and digits: RFC 5322, 3.2.3.
const ATOM_SIGNS: &str = "!#$%&'*+-/=?^_`{|}~";

/// `local@domain`, all ASCII: a domain in other letters stands here as DNS has it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailAddress(String);

/// Whoever wrote it erred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotMail {
    /// There is no `@` in it: a telephone, a street, nothing.
    Other,
    Local,
    /// Letters before the `@` that many mail servers do not take.
    LocalLetters,
    Domain,
    TooLong,
}

impl NotMail {
    pub fn told(self) -> String {
        match self {
            Self::Other => tr!("there is no @ in it", "в нём нет @"),
            Self::Local => tr!(
                "what stands before the @ is no mailbox (one address alone, without a name, quotes or spaces)",
                "перед @ стоит не имя ящика (нужен один адрес, без имени, кавычек и пробелов)"
            ),
            Self::LocalLetters => tr!(
                "before the @ stand other letters than Latin ones, which many mail servers do not take",
                "перед @ стоят не латинские буквы, а их принимают не все почтовые серверы"
            ),
            Self::Domain => tr!("what stands behind the @ is no domain", "после @ стоит не домен"),
            Self::TooLong => tr!("it is longer than any address", "он длиннее любого адреса"),
        }
    }
}

impl MailAddress {
    /// # Errors
    /// See [`NotMail`].
    pub fn parse(text: &str) -> Result<Self, NotMail> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(NotMail::Other)?;
        // Letters of other scripts become fewer octets in a domain, and never a fourth of them.
        let max_bytes = if text.is_ascii() { ADDRESS_MAX_BYTES } else { ADDRESS_MAX_BYTES * 4 };
        if text.len() > max_bytes {
            return Err(NotMail::TooLong);
        }
        check_local(local)?;
        let domain = ascii_domain(domain).ok_or(NotMail::Domain)?;
        let address = format!("{local}@{domain}");
        if address.len() > ADDRESS_MAX_BYTES { Err(NotMail::TooLong) } else { Ok(Self(address)) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for MailAddress {
    /// Whose it is, is nobody's business in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailAddress(…@{})", self.domain())
    }
}

/// Atoms with single dots between them. Quoted ones exist in standards alone, and could hold a space or an `@`.
fn check_local(local: &str) -> Result<(), NotMail> {
    let is_atom_sign = |c: char| c.is_ascii_alphanumeric() || ATOM_SIGNS.contains(c);
    if local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom_sign)) {
        return if local.len() > LOCAL_MAX_BYTES { Err(NotMail::TooLong) } else { Ok(()) };
    }
    let foreign = !local.is_ascii() && local.chars().all(|c| is_atom_sign(c) || c == '.' || c.is_alphanumeric());
    Err(if foreign { NotMail::LocalLetters } else { NotMail::Local })
}

/// Of two labels at least, the last of which is no number: `anna@localhost` and `anna@10.0.0.1` are slips in a roll.
fn ascii_domain(domain: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_strict(domain).ok()?;
    let (_, top) = ascii.rsplit_once('.')?;
    let is_host = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let good = ascii.chars().all(is_host) && !top.chars().all(|c| c.is_ascii_digit());
    good.then_some(ascii)
}

#[cfg(test)]
mod tests {
    use super::{MailAddress, NotMail};

    #[test]
    fn an_address_is_one_mailbox_and_nothing_that_could_end_a_line() {
        for (text, expected) in [
            ("anna@example.org", "anna@example.org"),
            (" Anna.Frank+vote@EXAMPLE.Org ", "Anna.Frank+vote@example.org"),
            ("anna@почта.рф", "anna@xn--80a1acny.xn--p1ai"),
            ("o'neil@a-b.example", "o'neil@a-b.example"),
        ] {
            assert_eq!(MailAddress::parse(text).map(|address| address.to_string()), Ok(expected.to_owned()), "{text}");
        }
        let long_local = format!("{}@example.org", "a".repeat(65));
        let long_domain = format!("a@{}.org", "a.".repeat(130));
        let endless = format!("a@{}", "é".repeat(100_000));
        use NotMail as N;
        for (text, expected) in [
            ("+7 900 000-00-00", N::Other),
            ("", N::Other),
            ("@example.org", N::Local),
            (".anna@example.org", N::Local),
            ("an..na@example.org", N::Local),
            ("Anna <anna@example.org>", N::Local),
            ("anna@example.org, boris@example.org", N::Local),
            ("\"anna frank\"@example.org", N::Local),
            ("anna\r\nBcc: x@example.org", N::Local),
            ("a\r\nRCPT TO:<x@y.org>@example.org", N::Local),
            ("анна@example.org", N::LocalLetters),
            ("anna@example.org\r\nDATA", N::Domain),
            ("anna@example.org>", N::Domain),
            ("anna@example.org\0", N::Domain),
            ("anna@localhost", N::Domain),
            ("anna@10.0.0.1", N::Domain),
            ("anna@-a.org", N::Domain),
            ("anna@a_b.org", N::Domain),
            ("anna@exam ple.org", N::Domain),
            ("anna@", N::Domain),
            (&long_local, N::TooLong),
            (&long_domain, N::TooLong),
            (&endless, N::TooLong),
        ] {
            assert_eq!(MailAddress::parse(text), Err(expected), "{text:.40}");
        }
    }
}
