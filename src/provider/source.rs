//! Where a request comes from, and whether NICEPAY is there.
//!
//! The address of the connection is the truth, and mostly that of the merchant's own proxy. What a proxy writes into
//! `X-Forwarded-For` it writes **at the end**; all that stands before, the client may have sent itself. So the list is
//! read from its end, only as long as the last word was a proxy's of ours, and not at all where no proxy of ours calls.

use std::net::{IpAddr, SocketAddr};

use ipnet::{IpNet, Ipv4Net};

/// Which addresses are admitted, and whose word about others is believed.
#[derive(Debug, Clone)]
pub struct Sources {
    allow_from: Vec<IpNet>,
    proxies: Vec<IpNet>,
}

/// Why a list of addresses is refused. The entry is the merchant's own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourcesError {
    /// An entry is neither an address nor a network.
    #[error("{0:?} is no address and no network: write 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32")]
    NoNetwork(String),
    /// Nobody is admitted.
    #[error("it names nobody: NICEPAY notifies from 103.20.51.0/24 and 103.117.8.0/24, so name these")]
    Nobody,
}

impl Sources {
    /// Reads addresses and networks: who may notify, and which proxies of the merchant's stand before this server.
    ///
    /// # Errors
    /// [`SourcesError`]
    pub fn parse(allow_from: &[String], proxies: &[String]) -> Result<Self, SourcesError> {
        let networks = |texts: &[String]| texts.iter().map(|text| network(text)).collect::<Result<Vec<_>, _>>();
        let (allow_from, proxies) = (networks(allow_from)?, networks(proxies)?);
        if allow_from.is_empty() { Err(SourcesError::Nobody) } else { Ok(Self { allow_from, proxies }) }
    }

    /// Where a request comes from: the peer itself unless it is a proxy of ours; else the last address in
    /// `X-Forwarded-For` (its lines in their order) that is no proxy. `None` where that cannot be told.
    pub fn source(&self, peer: Option<IpAddr>, forwarded: &[&[u8]]) -> Option<IpAddr> {
        let peer = peer?.to_canonical();
        if !is_in(&self.proxies, peer) {
            return Some(peer);
        }
        for hop in forwarded.iter().rev().flat_map(|line| line.rsplit(|byte| *byte == b',')) {
            let hop = address(hop)?;
            if !is_in(&self.proxies, hop) {
                return Some(hop);
            }
        }
        None
    }

    /// Whether an address may notify.
    pub fn admits(&self, source: IpAddr) -> bool {
        is_in(&self.allow_from, source.to_canonical())
    }
}

fn is_in(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

/// A network, or one address. What IPv6 writes for an IPv4 network is that network.
fn network(text: &str) -> Result<IpNet, SourcesError> {
    let text = text.trim();
    let bare = text.parse::<IpAddr>().ok().map(|address| IpNet::from(address.to_canonical()));
    let read = bare.or_else(|| text.parse().ok()).ok_or_else(|| SourcesError::NoNetwork(text.to_owned()))?;
    let mapped = match (read.addr().to_canonical(), read.prefix_len().checked_sub(96)) {
        (IpAddr::V4(address), Some(prefix)) if read.addr().is_ipv6() => Ipv4Net::new(address, prefix).ok(),
        _ => None,
    };
    Ok(mapped.map_or(read, IpNet::V4))
}

/// One hop, perhaps with a port or in brackets, as proxies write it.
fn address(hop: &[u8]) -> Option<IpAddr> {
    let hop = std::str::from_utf8(hop).ok()?.trim();
    let bracketed = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let bare = bracketed.unwrap_or(hop).parse::<IpAddr>().ok();
    bare.or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip())).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn sources() -> Sources {
        let proxies = texts(&["10.0.0.0/8", "fd00::/8"]);
        Sources::parse(&texts(&["103.20.51.0/24", " 103.117.8.9 ", "2001:db8::/32"]), &proxies).unwrap()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn lists_are_read_or_say_what_to_do() {
        let sources = sources();
        for admitted in ["103.20.51.0", "103.20.51.255", "::ffff:103.20.51.7", "103.117.8.9", "2001:db8:ffff::1"] {
            assert!(sources.admits(ip(admitted)), "{admitted}");
        }
        for stranger in ["103.20.52.0", "103.117.8.8", "103.117.8.10", "2001:db9::", "::103.20.51.7", "10.0.0.1"] {
            assert!(!sources.admits(ip(stranger)), "{stranger}");
        }
        for mapped in ["::ffff:103.20.51.0/120", "::ffff:103.20.51.7"] {
            assert!(Sources::parse(&texts(&[mapped]), &[]).unwrap().admits(ip("103.20.51.7")), "{mapped}");
        }
        assert!(Sources::parse(&texts(&["103.20.51.77/24"]), &[]).unwrap().admits(ip("103.20.51.1")), "host bits");
        for wrong in ["", "nicepay.co.id", "103.20.51.0/33", "103.20.51", "1.2.3.4:80", "*", "103.20.51.0/"] {
            let refused = SourcesError::NoNetwork(wrong.to_owned());
            assert_eq!(Sources::parse(&texts(&[wrong]), &[]).err(), Some(refused.clone()));
            assert_eq!(Sources::parse(&texts(&["::1"]), &texts(&[wrong])).err(), Some(refused));
        }
        assert_eq!(Sources::parse(&[], &[]).err(), Some(SourcesError::Nobody));
        assert!(SourcesError::Nobody.to_string().contains("103.20.51.0/24"));
    }

    #[test]
    fn the_last_hop_that_is_no_proxy_is_the_source() {
        let sources = sources();
        let source = |peer: &str, lines: &[&str]| {
            let lines: Vec<_> = lines.iter().map(|line| line.as_bytes()).collect();
            sources.source(Some(ip(peer)), &lines)
        };
        let nicepay = Some(ip("103.20.51.7"));
        for (peer, lines, due) in [
            ("103.20.51.7", &[][..], nicepay),
            ("::ffff:103.20.51.7", &[], nicepay),
            ("203.0.113.9", &["103.20.51.7"], Some(ip("203.0.113.9"))),
            ("10.0.0.1", &["103.20.51.7"], nicepay),
            ("::ffff:10.0.0.1", &["103.20.51.7:4711"], nicepay),
            ("fd00::1", &["::ffff:103.20.51.7"], nicepay),
            ("10.0.0.1", &["203.0.113.9, 103.20.51.7 ,10.0.0.2"], nicepay),
            ("10.0.0.1", &["203.0.113.9", "103.20.51.7", "10.1.1.1,10.0.0.2"], nicepay),
            ("10.0.0.1", &["103.20.51.7, 203.0.113.9"], Some(ip("203.0.113.9"))),
            ("10.0.0.1", &["103.20.51.7", "203.0.113.9"], Some(ip("203.0.113.9"))),
            ("10.0.0.1", &["nonsense, 103.20.51.7"], nicepay),
            ("10.0.0.1", &["[2001:db8::1]:443"], Some(ip("2001:db8::1"))),
            ("10.0.0.1", &["[2001:db8::1]"], Some(ip("2001:db8::1"))),
            ("10.0.0.1", &["103.20.51.7, nonsense"], None),
            ("10.0.0.1", &["103.20.51.7, unknown, 10.0.0.2"], None),
            ("10.0.0.1", &["103.20.51.7,"], None),
            ("10.0.0.1", &["10.0.0.2"], None),
            ("10.0.0.1", &[""], None),
            ("10.0.0.1", &[], None),
        ] {
            assert_eq!(source(peer, lines), due, "{peer} {lines:?}");
        }
        assert_eq!(sources.source(None, &[b"103.20.51.7"]), None);
        assert_eq!(sources.source(Some(ip("10.0.0.1")), &[b"103.20.51.7\xff"]), None);
    }

    /// What a client may send as hops: addresses that would be admitted, proxies, strangers, nonsense.
    fn hops() -> impl Strategy<Value = Vec<String>> {
        let line = "((103\\.20\\.51\\.7|10\\.0\\.0\\.2|203\\.0\\.113\\.9|2001:db8::1|x)[, ]{0,2}){0,5}|\\PC{0,20}";
        proptest::collection::vec(line, 0..4)
    }

    proptest! {
        /// The proxy appends the true address; nothing that stands before it changes who it is.
        #[test]
        fn nobody_is_admitted_for_what_he_sent_himself(sent in hops(), stranger in "203\\.0\\.113\\.[0-9]{1,2}", joined: bool) {
            let mut lines = sent;
            match lines.last_mut() {
                Some(last) if joined => *last = format!("{last}, {stranger}"),
                _ => lines.push(stranger.clone()),
            }
            let lines: Vec<_> = lines.iter().map(|line| line.as_bytes()).collect();
            let found = sources().source(Some(ip("10.0.0.1")), &lines);
            prop_assert_eq!(found, stranger.parse().ok());
            prop_assert!(!found.is_some_and(|found| sources().admits(found)));
        }

        #[test]
        fn who_is_no_proxy_is_not_believed(sent in hops(), stranger in any::<std::net::Ipv4Addr>()) {
            let stranger = IpAddr::V4(stranger);
            prop_assume!(!is_in(&sources().proxies, stranger));
            let lines: Vec<_> = sent.iter().map(|line| line.as_bytes()).collect();
            prop_assert_eq!(sources().source(Some(stranger), &lines), Some(stranger));
        }

        #[test]
        fn no_bytes_panic(line in proptest::collection::vec(any::<u8>(), 0..60), text in "\\PC{0,20}") {
            let _ = sources().source(Some(ip("10.0.0.1")), &[&line]);
            let _ = network(&text);
        }
    }
}
