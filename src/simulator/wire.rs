//! The one way out of the simulator: a request is sent, and whatever comes back has a name.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, Url};

use super::exchange::{Answer, Sent, Trouble};

/// An HTTP client that follows no redirect, reads no endless body, waits for nobody longer than its deadline, and does
/// not send to NICEPAY's own hosts.
#[derive(Debug, Clone)]
pub struct Wire {
    http: Client,
    deadline: Duration,
}

impl Wire {
    /// A client whose every request ends within `deadline`. The process must have a TLS provider installed.
    ///
    /// # Errors
    /// When the system gives no TLS configuration.
    pub fn new(deadline: Duration) -> Result<Self, reqwest::Error> {
        let http = Client::builder().redirect(Policy::none()).no_proxy().referer(false);
        let http = http.dns_resolver(Arc::new(Others)).build()?;
        Ok(Self { http, deadline })
    }

    /// Sends a request and reads its answer; yields also how many milliseconds it took.
    pub async fn send(&self, request: &Sent) -> (Result<Answer, Trouble>, u64) {
        let begun = Instant::now();
        let answer = match tokio::time::timeout(self.deadline, self.exchange(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(Trouble::Hang),
        };
        (answer, u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// Sends a request and cuts the connection before the answer is read.
    pub async fn send_and_cut(&self, request: &Sent) -> (Result<Answer, Trouble>, u64) {
        let begun = Instant::now();
        // An answer that comes sooner is as little read as one that comes later.
        let trouble = match tokio::time::timeout(CUT_AFTER.min(self.deadline), self.begin(request)).await {
            Ok(Err(trouble)) => trouble,
            Ok(Ok(_)) | Err(_) => Trouble::Dropped,
        };
        (Err(trouble), u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    async fn exchange(&self, request: &Sent) -> Result<Answer, Trouble> {
        answer(self.begin(request).await?).await
    }

    async fn begin(&self, request: &Sent) -> Result<Response, Trouble> {
        let url = destination(&request.url)?;
        let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| Trouble::NoUrl)?;
        let mut sending = self.http.request(method, url).body(request.body.clone());
        for (name, value) in &request.headers {
            sending = sending.header(name, value);
        }
        sending.send().await.map_err(|error| trouble(&error))
    }
}

/// Where it may be sent: any host but NICEPAY's own, by name or by the addresses its notifications come from.
///
/// # Errors
/// [`Trouble::NoUrl`], [`Trouble::RealNicepay`]
pub fn destination(url: &str) -> Result<Url, Trouble> {
    let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https")).ok_or(Trouble::NoUrl)?;
    let host = url.host_str().ok_or(Trouble::NoUrl)?.trim_end_matches('.').to_ascii_lowercase();
    let named = NICEPAY_DOMAINS.iter().any(|domain| host == *domain || host.ends_with(&format!(".{domain}")));
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    if named || address.is_some_and(is_nicepay) { Err(Trouble::RealNicepay) } else { Ok(url) }
}

/// Resolves names, but to no address of NICEPAY's: it may have other names than its own.
struct Others;

impl Resolve for Others {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(others(found.collect())?)
        })
    }
}

fn others(found: Vec<SocketAddr>) -> Result<Addrs, io::Error> {
    let own = |address: &SocketAddr| is_nicepay(address.ip());
    if found.iter().any(own) { Err(io::Error::other(OWN_ADDRESS)) } else { Ok(Box::new(found.into_iter())) }
}

fn is_nicepay(address: IpAddr) -> bool {
    let IpAddr::V4(address) = address.to_canonical() else { return false };
    let [a, b, c, _] = address.octets();
    NICEPAY_NETWORKS.contains(&[a, b, c])
}

async fn answer(mut response: Response) -> Result<Answer, Trouble> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers =
        response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect();
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| trouble(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER {
            return Err(Trouble::Endless);
        }
    }
    Ok(Answer { status, headers, body: text(&body) })
}

/// reqwest's error by the cause at its root: its own kinds do not tell a refused connection from a failed TLS session.
fn trouble(error: &reqwest::Error) -> Trouble {
    let causes: Vec<&(dyn Error + 'static)> =
        std::iter::successors(Some(error as &(dyn Error + 'static)), |error| (*error).source()).collect();
    let io = causes.iter().filter_map(|cause| cause.downcast_ref::<io::Error>());
    let mut kinds = io.map(io::Error::kind);
    // The first of them has the URL in it, and any word may stand in a URL.
    let said = causes.iter().skip(1).map(ToString::to_string).collect::<Vec<_>>().join(": ").to_ascii_lowercase();
    if said.contains(OWN_ADDRESS) {
        Trouble::RealNicepay
    } else if kinds.any(|kind| kind == io::ErrorKind::ConnectionRefused) {
        Trouble::Refused
    } else if said.contains("dns error") {
        Trouble::UnknownHost
    } else if ["certificate", "tls", "handshake", "corrupt message", "alert"].iter().any(|word| said.contains(word)) {
        Trouble::Tls
    } else if said.contains("message head is too large") {
        Trouble::Endless
    } else if said.contains("invalid http") || said.contains("parse") {
        Trouble::NotHttp
    } else if error.is_connect() {
        Trouble::Unreachable
    } else {
        Trouble::Closed
    }
}

/// Long enough for a request to reach any merchant.
const CUT_AFTER: Duration = Duration::from_secs(1);
/// An answer of NICEPAY's flow has some hundred bytes.
const MAX_ANSWER: usize = 1024 * 1024;
/// NICEPAY's own (spec of its hosts: dev, www, staging, dev-services, services).
const NICEPAY_DOMAINS: [&str; 2] = ["nicepay.co.id", "nicepay.co.kr"];
/// What the resolver says of a name that leads to NICEPAY.
const OWN_ADDRESS: &str = "this name leads to an address of nicepay's own";
/// Where NICEPAY's notifications come from.
const NICEPAY_NETWORKS: [[u8; 3]; 2] = [[103, 20, 51], [103, 117, 8]];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_to_nicepay_leads_nowhere() {
        let resolved = |addresses: &[&str]| {
            others(addresses.iter().map(|address| address.parse().unwrap()).collect()).map(Iterator::count)
        };
        assert_eq!(resolved(&["127.0.0.1:0", "[::1]:0"]).unwrap(), 2);
        for own in [&["103.20.51.39:0"][..], &["127.0.0.1:0", "[::ffff:103.117.8.1]:0"]] {
            assert_eq!(resolved(own).unwrap_err().to_string(), OWN_ADDRESS);
        }
    }

    #[test]
    fn nothing_goes_to_nicepay_itself() {
        for own in [
            "https://dev.nicepay.co.id/nicepay/api/onePass.do",
            "https://nicepay.co.id",
            "http://WWW.NICEPAY.CO.ID.:8080/",
            "https://103.20.51.39/",
            "https://[::ffff:103.117.8.7]/",
            "http://1729377031/",
        ] {
            assert_eq!(destination(own).err(), Some(Trouble::RealNicepay), "{own}");
        }
        for other in ["http://127.0.0.1:8080", "https://shop.example/nicepay.co.id", "https://notnicepay.co.id"] {
            assert!(destination(other).is_ok(), "{other}");
        }
        for none in ["shop.example", "ftp://shop.example", "", "/api"] {
            assert_eq!(destination(none).err(), Some(Trouble::NoUrl), "{none}");
        }
    }
}
