//! The request that was refused: its parts as flags, or a saved HTTP request.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use nico::snap::access_token::bearer_token;
use nico::snap::diagnosis::SignedRequest;

use crate::failure::{Failure, Outcome};

#[derive(Args)]
pub(crate) struct SentArgs {
    /// A saved request: its first line, headers, an empty line, the body; or what curl -v shows of it. - is standard
    /// input.
    #[arg(value_name = "FILE")]
    request: Option<PathBuf>,
    /// X-CLIENT-KEY, as a token call has it.
    #[arg(long, conflicts_with = "request")]
    client_key: Option<String>,
    /// X-PARTNER-ID, as all other calls have it.
    #[arg(long, conflicts_with = "request")]
    partner_id: Option<String>,
    /// X-TIMESTAMP
    #[arg(long, conflicts_with = "request")]
    timestamp: Option<String>,
    /// X-SIGNATURE
    #[arg(long, conflicts_with = "request")]
    signature: Option<String>,
    /// The verb.
    #[arg(long, conflicts_with = "request", default_value = "POST")]
    method: String,
    /// The path as it was called, or the whole URL.
    #[arg(long, conflicts_with = "request", default_value = "", hide_default_value = true)]
    path: String,
    /// The bearer token.
    #[arg(long, conflicts_with = "request")]
    token: Option<String>,
    /// The body; also for a saved request that lacks it.
    #[arg(long)]
    body: Option<String>,
}

impl SentArgs {
    /// What can't stand beside a log entry.
    pub(crate) const NAMES: [&str; 9] =
        ["request", "client_key", "partner_id", "timestamp", "signature", "method", "path", "token", "body"];
}

/// A request as it was sent, as far as it is known.
pub(crate) struct Sent {
    client_key: Option<String>,
    partner_id: Option<String>,
    pub(crate) timestamp: String,
    pub(crate) signature: String,
    method: String,
    path: String,
    host: Option<String>,
    token: Option<String>,
    body: Vec<u8>,
}

impl Sent {
    pub(crate) fn read(args: &SentArgs) -> Outcome<Self> {
        let sent = match &args.request {
            Some(file) => Self::saved(&read_bytes(file)?, args)?,
            None => Self::of_flags(args)?,
        };
        if sent.client_key.is_none() && sent.partner_id.is_none() {
            return Err(Failure::new(
                "the client id is missing: give X-CLIENT-KEY for a token call (--client-key), X-PARTNER-ID for any other (--partner-id)",
            ));
        }
        Ok(sent)
    }

    pub(crate) fn request(&self) -> SignedRequest<'_> {
        SignedRequest {
            client_key: self.client_key.as_deref(),
            partner_id: self.partner_id.as_deref(),
            timestamp: &self.timestamp,
            signature: &self.signature,
            method: &self.method,
            path: &self.path,
            host: self.host.as_deref(),
            token: self.token.as_deref(),
            body: &self.body,
        }
    }

    fn of_flags(args: &SentArgs) -> Outcome<Self> {
        if args.timestamp.is_none() && args.signature.is_none() {
            return Err(Failure::new(
                "there is nothing to explain: give a saved request (nico explain request.http), its parts (--partner-id, --timestamp, --signature …) or a log of nico serve (--log-entry FILE)",
            ));
        }
        let (host, path) = split_url(&args.path);
        Ok(Self {
            client_key: args.client_key.clone(),
            partner_id: args.partner_id.clone(),
            timestamp: needed("X-TIMESTAMP", args.timestamp.clone())?,
            signature: needed("X-SIGNATURE", args.signature.clone())?,
            method: args.method.clone(),
            path,
            host,
            token: args.token.clone(),
            body: args.body.clone().unwrap_or_default().into_bytes(),
        })
    }

    fn saved(bytes: &[u8], args: &SentArgs) -> Outcome<Self> {
        let saved = Saved::parse(bytes)?;
        let (host, path) = split_url(&saved.target);
        let body = args.body.as_ref().map(|body| body.clone().into_bytes());
        let authorization = saved.header("Authorization")?;
        Ok(Self {
            client_key: saved.header("X-CLIENT-KEY")?,
            partner_id: saved.header("X-PARTNER-ID")?,
            timestamp: needed("X-TIMESTAMP", saved.header("X-TIMESTAMP")?)?,
            signature: needed("X-SIGNATURE", saved.header("X-SIGNATURE")?)?,
            host: host.or(saved.header("Host")?),
            token: authorization.and_then(|value| bearer_token(&value).ok().map(str::to_owned)),
            body: body.unwrap_or_else(|| saved.body.clone()),
            method: saved.method,
            path,
        })
    }
}

fn needed(name: &str, value: Option<String>) -> Outcome<String> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| {
        let flag = name.trim_start_matches("X-").to_lowercase();
        Failure::new(format!("{name} is missing: give it as a header of the saved request, or with --{flag}"))
    })
}

/// `https://pay.shop.example/api/…` as host and path.
fn split_url(target: &str) -> (Option<String>, String) {
    let Some((_, rest)) = target.split_once("://") else { return (None, target.to_owned()) };
    let path = rest.find('/').unwrap_or(rest.len());
    (Some(rest[..path].to_owned()), rest[path..].to_owned())
}

/// A request out of a file, not yet understood.
struct Saved {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Saved {
    fn parse(bytes: &[u8]) -> Outcome<Self> {
        let (head, body) = split(bytes.trim_ascii_start());
        let text = String::from_utf8_lossy(head);
        let (lines, body) = match of_curl(&text) {
            Some(lines) => (lines, &[][..]),
            None => (text.lines().map(str::trim_end).collect(), body),
        };
        let mut lines = lines.into_iter();
        let mut first = lines.next().unwrap_or_default().split_whitespace();
        let (Some(method), Some(target)) = (first.next(), first.next()) else { return Err(no_request()) };
        let is_target = target.starts_with('/') || target.contains("://");
        if !is_target || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(no_request());
        }
        let header = |line: &str| {
            let (name, value) = line.split_once(':').ok_or_else(no_request)?;
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        };
        let headers = lines.filter(|line| !line.is_empty()).map(header).collect::<Outcome<_>>()?;
        let mut saved = Self { method: method.to_owned(), target: target.to_owned(), headers, body: Vec::new() };
        let length = saved.header("Content-Length")?.and_then(|length| length.parse().ok());
        // An editor's newline at the end of the file was not sent.
        let body = match length {
            Some(length) => &body[..body.len().min(length)],
            None => body.strip_suffix(b"\n").unwrap_or(body),
        };
        saved.body = body.to_vec();
        Ok(saved)
    }

    fn header(&self, name: &str) -> Outcome<Option<String>> {
        let mut values = self.headers.iter().filter(|(sent, _)| sent.eq_ignore_ascii_case(name));
        match (values.next(), values.next()) {
            (Some(_), Some(_)) => Err(Failure::new(format!(
                "{name} stands there twice, for which a request is refused before its signature is looked at: send it once"
            ))),
            (value, _) => Ok(value.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())),
        }
    }
}

fn no_request() -> Failure {
    Failure::new(
        "this is no saved request: its first line must be like POST /api/v1.0/cvs/inquiry HTTP/1.1, then headers, an empty line and the body",
    )
}

/// Head and body, at the first empty line.
fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let at = |mark: &[u8]| bytes.windows(mark.len()).position(|window| window == mark).map(|at| (at, at + mark.len()));
    let ends = [at(b"\r\n\r\n"), at(b"\n\n")];
    let (end, begin) = ends.into_iter().flatten().min().unwrap_or((bytes.len(), bytes.len()));
    (&bytes[..end], &bytes[begin..])
}

/// The request's head in what curl -v shows: the lines with `> ` before them. The body is not shown.
fn of_curl(text: &str) -> Option<Vec<&str>> {
    let mut sent = text.lines().filter_map(|line| line.strip_prefix('>')).peekable();
    sent.peek()?;
    Some(sent.map(str::trim).take_while(|line| !line.is_empty()).collect())
}

fn read_bytes(file: &Path) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin().lock().read_to_end(&mut bytes).map(drop)
    } else {
        std::fs::read(file).map(|read| bytes = read)
    };
    let failed = |error| {
        Failure::new(format!("{} cannot be read ({error}): name a file, or - for standard input", file.display()))
    };
    read.map(|()| bytes).map_err(failed)
}

pub(crate) fn read_text(file: &Path) -> Outcome<String> {
    Ok(String::from_utf8_lossy(&read_bytes(file)?).into_owned())
}
