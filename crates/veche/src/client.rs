//! Whom this process believes, and the errors of the voter's side in the user's language.

use std::{borrow::Cow, io, path::PathBuf, sync::OnceLock};

use veche_client::{
    Address, Target, Trust,
    address::{NotAnAddress, RequestError},
    sessions::SessionError,
    target::NotAnArchive,
    trust::PemError,
};

use crate::{
    failure::{Exit, Failure, Result},
    front::is_at_pages,
    lang::{both, tr},
};

/// An environment variable: as `--ca`.
const CA_VARIABLE: &str = "VECHE_CA";

/// How rustls calls a server's certificate that may sign others.
const AUTHORITY_AS_SERVER: &str = "CaUsedAsEndEntity";

/// Said once on the command line.
static TRUST: OnceLock<Trust> = OnceLock::new();

/// From `--ca`, else from the environment, else the authorities that browsers know.
pub fn choose_trust(file: Option<PathBuf>) -> Result<()> {
    let file = file.or_else(|| std::env::var_os(CA_VARIABLE).filter(|name| !name.is_empty()).map(PathBuf::from));
    if let Some(file) = file {
        let _ = TRUST.set(Trust::only(&file)?);
    }
    Ok(())
}

pub fn trust() -> &'static Trust {
    TRUST.get_or_init(Trust::default)
}

/// A server as somebody typed it.
pub fn at(url: &str) -> Result<Address> {
    Ok(Address::parse(&in_ascii(url), trust())?)
}

/// An election as somebody typed it: folder, address or archive.
pub fn target(text: &str) -> Result<Target> {
    Ok(Target::parse(&in_ascii(text), trust())?)
}

/// An address with the name of its host as DNS has it (UTS 46: `https://выборы.рф` becomes `https://xn--90ab1bi6cd.xn--p1ai`).
/// Whatever is no such address stays as it is, and is refused by whoever reads it.
pub fn in_ascii(text: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = text.split_once("://").filter(|_| !text.is_ascii()) else { return text.into() };
    let (host, behind) = rest.split_at(rest.find([':', '/', '?', '#', '@']).unwrap_or(rest.len()));
    match idna::domain_to_ascii_strict(host) {
        Ok(host) if !host.is_empty() => format!("{scheme}://{host}{behind}").into(),
        _ => text.into(),
    }
}

impl From<NotAnAddress> for Failure {
    fn from(NotAnAddress(url): NotAnAddress) -> Self {
        Self::usage(tr!(
            "\"{url}\" is not an address like https://host, http://host:8080 or https://host/some/base",
            "«{url}» — не адрес вида https://host, http://host:8080 или https://host/some/base"
        ))
    }
}

impl From<PemError> for Failure {
    fn from(error: PemError) -> Self {
        Self::other(error)
    }
}

impl From<NotAnArchive> for Failure {
    /// What is not there, or no file, was typed wrongly; what is no archive of a record was made so.
    fn from(error: NotAnArchive) -> Self {
        use io::ErrorKind as E;
        match error.error.kind() {
            E::NotFound | E::PermissionDenied | E::Unsupported => Self::usage(error),
            _ => Self::new(Exit::CheckFailed, error),
        }
    }
}

/// Of a server that may not be there, or whose certificate is taken for an authority's.
fn is_it_running(failure: Failure) -> Failure {
    if failure.what.contains(AUTHORITY_AS_SERVER) {
        return failure.next(both!(
            "The server shows the certificate of an authority as its own: openssl req -x509 makes such unless it is told \
             otherwise. Make one for the server, and give that file as --ca:\n  openssl req -x509 -newkey ec -pkeyopt \
             ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN=HOST -addext subjectAltName=DNS:HOST -addext \
             basicConstraints=critical,CA:FALSE -keyout key.pem -out certificate.pem",
            "Сервер показывает как свой сертификат удостоверяющего центра: такие делает openssl req -x509, если не сказать \
             иначе. Сделайте сертификат сервера и назовите этот файл в --ca:\n  openssl req -x509 -newkey ec -pkeyopt \
             ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN=HOST -addext subjectAltName=DNS:HOST -addext \
             basicConstraints=critical,CA:FALSE -keyout key.pem -out certificate.pem"
        ));
    }
    failure.next(both!("Is the server running, and is the address right?", "Запущен ли сервер и верен ли адрес?"))
}

/// Of one that is there.
fn has_no_room(failure: Failure) -> Failure {
    failure.next(both!(
        "The server is there, and takes no more from this address or at all: it is full, or too many connections come from \
         your network. Nothing was sent. Try again in a minute, or from another network.",
        "Сервер на месте, но не принимает больше с этого адреса или вообще: он перегружен, или из вашей сети слишком много \
         соединений. Ничего не отправлено. Попробуйте через минуту или из другой сети."
    ))
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        match &error {
            RequestError::Unreachable { .. } => is_it_running(Self::new(Exit::Unreachable, error)),
            RequestError::HungUp { .. } => has_no_room(Self::new(Exit::Unreachable, error)),
            RequestError::Refused { status, why } => {
                let exit = match status {
                    403 | 409 => Exit::NotOpen,
                    503 => Exit::Busy,
                    _ => Exit::Other,
                };
                if is_at_pages() {
                    return Self::new(exit, both!("the server refuses: {why}", "сервер отказал: {why}"));
                }
                Self::new(exit, tr!("the server answered {status}: {why}", "сервер ответил {status}: {why}"))
            }
            RequestError::TooLarge { url, max_bytes } => Self::new(
                Exit::CheckFailed,
                tr!(
                    "{url} answers with more than {max_bytes} bytes: no such answer is so large",
                    "ответ {url} длиннее {max_bytes} байт: таких ответов не бывает"
                ),
            ),
            RequestError::NoElection { url } => {
                Self::new(Exit::Unreachable, tr!("there is no election at {url}", "по адресу {url} нет выборов"))
            }
            RequestError::Manifest { url, error } => Self::new(
                Exit::CheckFailed,
                tr!("{url} serves a manifest that is not valid: {error}", "{url} отдаёт негодный манифест: {error}"),
            ),
            RequestError::NoStatus { url } => {
                Self::new(Exit::CheckFailed, tr!("{url} gives no status", "{url} не сообщает, как идут выборы"))
            }
        }
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        let exit = match &error {
            SessionError::Unreachable { .. } | SessionError::HungUp { .. } | SessionError::Broken(_) => {
                Exit::Unreachable
            }
            SessionError::Busy(_) => Exit::Busy,
            SessionError::Violation(_) | SessionError::TooMuch(_) => Exit::CheckFailed,
            SessionError::Crypto(_) | SessionError::Randomness | SessionError::GaveUp => Exit::Other,
        };
        let failure = Self::new(exit, &error);
        match error {
            SessionError::Violation(_) | SessionError::TooMuch(_) => failure.next(both!(
                "Do not vote again at this address; tell the organiser and keep this message.",
                "Не голосуйте больше по этому адресу; сообщите организатору и сохраните это сообщение."
            )),
            SessionError::Busy(_) => failure.next(both!(
                "Nothing was recorded. Try again in a minute.",
                "Ничего не записано. Попробуйте через минуту."
            )),
            SessionError::Broken(_) => failure.next(both!(
                "The ballot may be recorded. Run the same command again: one that was recorded is found, not counted twice.",
                "Возможно, бюллетень записан. Запустите ту же команду ещё раз: записанный найдётся и не будет учтён дважды."
            )),
            SessionError::Unreachable { .. } => is_it_running(failure),
            SessionError::HungUp { .. } => has_no_room(failure),
            SessionError::Crypto(_) | SessionError::Randomness | SessionError::GaveUp => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::in_ascii;

    #[test]
    fn the_name_of_a_host_is_written_as_dns_has_it_and_nothing_else_is_touched() {
        for (typed, written) in [
            ("https://сайт.рф", "https://xn--80aswg.xn--p1ai"),
            ("https://München.example:8443/Wahl/", "https://xn--mnchen-3ya.example:8443/Wahl/"),
            ("https://vote.example.org/база", "https://vote.example.org/база"),
            ("https://Vote.example.org", "https://Vote.example.org"),
            ("папка/выборы", "папка/выборы"),
            // Its normal form is an ASCII dot, which a name does not begin with.
            ("https://\u{2024}example.org", "https://\u{2024}example.org"),
            ("https://при мер.рф", "https://при мер.рф"),
            ("https://", "https://"),
        ] {
            assert_eq!(in_ascii(typed), written, "{typed:?}");
        }
    }
}
