//! What nico calls, it calls in one way: no redirect is followed, no proxy is taken from the environment, nothing is sent
//! twice behind the caller's back, an answer has an end, and what breaks is told in words of ours.

use std::error::Error;
use std::io;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Response, Url};

/// Why an answer was not read to its end.
#[derive(Debug)]
pub(crate) enum Unread {
    /// It has more than [`MAX_ANSWER`] bytes.
    TooLarge,
    /// The connection broke.
    Broken(reqwest::Error),
}

/// Where a merchant says to call them. A user or a password in it would be in everybody's logs.
///
/// # Errors
/// What is wrong with it, in words.
pub(crate) fn address(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url.ok_or("it must be a whole URL, with https:// or http:// before its host")?;
    if !url.username().is_empty() || url.password().is_some() {
        Err("its URL must have no user and no password: the signature says who calls")
    } else if url.fragment().is_some() {
        Err("its URL must have no #fragment, which is sent to nobody")
    } else {
        Ok(url)
    }
}

/// A client for one host. `is_plain` where its address begins with `http://`.
pub(crate) fn client(is_plain: bool) -> ClientBuilder {
    let client = Client::builder().redirect(Policy::none()).no_proxy().referer(false).retry(reqwest::retry::never());
    // Nobody is to be trusted where nothing is encrypted, and a machine without certificates shall do for that.
    if is_plain { client.tls_certs_only([]) } else { client }
}

/// Counted while it comes in: what it says of its own length may be wrong, or nothing.
pub(crate) async fn body(mut response: Response) -> Result<Vec<u8>, Unread> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Unread::Broken)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(Unread::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// reqwest's error by its root, in words that follow "it cannot be used:". Its own text has the URL in it, and a
/// certificate's has names, so neither is repeated.
pub(crate) fn words(error: reqwest::Error) -> &'static str {
    let error = error.without_url();
    let causes: Vec<_> = std::iter::successors(error.source(), |error| (*error).source()).collect();
    let io = causes.iter().filter_map(|cause| cause.downcast_ref::<io::Error>());
    let mut kinds = io.map(io::Error::kind);
    if kinds.any(|kind| kind == io::ErrorKind::ConnectionRefused) {
        return "nobody listens at its address";
    }
    let said = causes.iter().map(ToString::to_string).collect::<Vec<_>>().join(": ").to_ascii_lowercase();
    let known = SAID.iter().find(|(word, _)| said.contains(word)).map(|(_, meaning)| *meaning);
    let otherwise = if error.is_connect() { "it cannot be connected to" } else { "it breaks the connection" };
    known.unwrap_or(otherwise)
}

/// Of an order as of anything that NICEPAY answers, the longest texts of all fields, escaped, stay well below it.
pub(crate) const MAX_ANSWER: usize = 64 * 1024;
/// Node and Apache close a connection that is idle for five seconds: it is given up before that.
pub(crate) const KEPT_FOR: Duration = Duration::from_secs(4);

/// What the libraries below say, the more precise before the less.
const SAID: [(&str, &str); 11] = [
    ("dns error", "the name of its host leads nowhere"),
    ("unknownissuer", "its certificate was signed by nobody whom this machine trusts"),
    ("causedasendentity", "its certificate is one to sign others with, not one to serve with"),
    ("not valid for name", "its certificate is for another name"),
    ("notvalidforname", "its certificate is for another name"),
    ("expired", "its certificate has expired"),
    ("not valid yet", "its certificate is not valid yet"),
    ("certificate", "its certificate is not trusted"),
    ("tls", "it does not speak TLS as it should"),
    ("corrupt message", "it does not speak TLS as it should"),
    ("invalid http", "it does not speak HTTP as it should"),
];
