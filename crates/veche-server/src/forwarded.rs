//! Whom a trusted proxy brings: `X-Forwarded-For`, in the forms that proxies write.

use std::{
    net::{IpAddr, SocketAddr},
    sync::atomic::{AtomicBool, Ordering},
};

use axum::http::HeaderMap;

const HEADER: &str = "x-forwarded-for";

/// The proxies whose word is taken.
#[derive(Debug)]
pub(crate) struct Proxies {
    trusted: Vec<IpAddr>,
    complained: AtomicBool,
}

/// Why a trusted proxy does not say whom it brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Unsaid {
    #[error("there is no X-Forwarded-For")]
    Nothing,
    #[error("X-Forwarded-For has something in it that is no address")]
    Garbage,
}

impl Proxies {
    pub fn new(trusted: &[IpAddr]) -> Self {
        Self { trusted: trusted.iter().map(IpAddr::to_canonical).collect(), complained: AtomicBool::new(false) }
    }

    pub fn trust(&self, address: IpAddr) -> bool {
        self.trusted.contains(&address)
    }

    /// Where a request comes from: the peer, or whom trusted proxies say they speak for. If one does not say it, all
    /// whom it brings count as one address, which is said once, so that the operator knows.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        match self.named(peer, headers) {
            Ok(client) => client,
            Err((proxy, error)) => {
                if !self.complained.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%error, "a trusted proxy does not say whom it brings: its voters count as one address");
                }
                proxy
            }
        }
    }

    /// Each proxy appends the address it was called from: read from the right, past trusted proxies, to the first
    /// address that is none. What stands further left was written by strangers.
    fn named(&self, peer: IpAddr, headers: &HeaderMap) -> Result<IpAddr, (IpAddr, Unsaid)> {
        let values = headers.get_all(HEADER).iter().rev();
        let mut listed = values.flat_map(|value| value.to_str().unwrap_or("unreadable").rsplit(','));
        let mut address = peer;
        while self.trust(address) {
            match listed.by_ref().map(str::trim).find(|text| !text.is_empty()) {
                Some(text) => address = parse(text).ok_or((address, Unsaid::Garbage))?,
                // The whole chain is trusted: somebody on a proxy's own machine.
                None if address != peer => break,
                None => return Err((address, Unsaid::Nothing)),
            }
        }
        Ok(address)
    }
}

/// `192.0.2.1`, `192.0.2.1:5678`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:443`.
fn parse(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let with_port = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    let address = match bare {
        Some(v6) => v6.parse().ok().map(IpAddr::V6),
        None => text.parse().ok().or_else(with_port),
    };
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn proxies() -> Proxies {
        Proxies::new(&[ip("127.0.0.1"), ip("10.0.0.1")])
    }

    fn named(peer: &str, values: &[&str]) -> Result<IpAddr, (IpAddr, Unsaid)> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, HeaderValue::from_str(value).unwrap());
        }
        proxies().named(ip(peer), &headers)
    }

    /// Row 61: every form in which a proxy writes an address is that address.
    #[test]
    fn row_61_addresses_with_ports_and_brackets_are_read() {
        for (text, expected) in [
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.7:5678", "192.0.2.7"),
            (" 192.0.2.7:0 ", "192.0.2.7"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("[::ffff:192.0.2.7]:80", "192.0.2.7"),
            ("192.0.2.7,", "192.0.2.7"),
        ] {
            assert_eq!(named("127.0.0.1", &[text]), Ok(ip(expected)), "{text}");
        }
    }

    /// Row 61: garbage is nobody's address; it leaves the request with the proxy that wrote it.
    #[test]
    fn row_61_garbage_is_not_trusted() {
        for text in [
            "unknown",
            "_hidden",
            "192.0.2",
            "192.0.2.7:",
            "192.0.2.7:99999",
            "192.0.2.7:80:80",
            "[192.0.2.7]",
            "[2001:db8::1",
            "2001:db8::1]",
            "[2001:db8::1]443",
            "fe80::1%eth0",
            "192.0.2.7 10.0.0.9",
            "\"192.0.2.7\"",
            "for=192.0.2.7",
        ] {
            assert_eq!(named("127.0.0.1", &[text]), Err((ip("127.0.0.1"), Unsaid::Garbage)), "{text}");
            let behind = format!("192.0.2.7, {text}, 10.0.0.1");
            assert_eq!(named("127.0.0.1", &[&behind]), Err((ip("10.0.0.1"), Unsaid::Garbage)), "{behind}");
        }
        assert_eq!(named("127.0.0.1", &[]), Err((ip("127.0.0.1"), Unsaid::Nothing)));
        let (proxies, mut headers) = (proxies(), HeaderMap::new());
        headers.insert(HEADER, HeaderValue::from_bytes(b"\xff").unwrap());
        for _ in 0..2 {
            assert_eq!(proxies.client(ip("127.0.0.1"), &headers), ip("127.0.0.1"));
        }
        assert!(proxies.complained.load(Ordering::Relaxed));
    }

    #[test]
    fn only_trusted_proxies_are_believed_each_for_the_one_who_called_it() {
        assert_eq!(named("192.0.2.9", &["192.0.2.7"]), Ok(ip("192.0.2.9")), "a stranger's header");
        assert_eq!(named("127.0.0.1", &["192.0.2.66, 192.0.2.7:80"]), Ok(ip("192.0.2.7")), "a stranger's beginning");
        assert_eq!(named("127.0.0.1", &["unknown, 192.0.2.7"]), Ok(ip("192.0.2.7")), "garbage of a stranger");
        assert_eq!(named("127.0.0.1", &["192.0.2.66", "192.0.2.7, 10.0.0.1"]), Ok(ip("192.0.2.7")), "two proxies");
        assert_eq!(named("127.0.0.1", &["10.0.0.1"]), Ok(ip("10.0.0.1")), "from a proxy's own machine");
    }
}
