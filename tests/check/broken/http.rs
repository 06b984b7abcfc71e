//! HTTP by hand, one request a connection: a framework would not let us answer as wrongly as is wanted.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// The longest body that is taken. A longer one is read to its end all the same, so that its sender reads the answer.
const MAX_BODY: usize = 64 * 1024;

pub(super) struct Request {
    pub(super) verb: String,
    pub(super) target: String,
    /// Names as they were sent, values without the blanks around them.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) too_large: bool,
}

impl Request {
    /// The next request; `None` where it is no HTTP, or ends too early.
    pub(super) fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream.take(64 * 1024));
        let first = line(&mut reader)?;
        let mut parts = first.split(' ');
        let (verb, target) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        let mut headers = Vec::new();
        loop {
            let line = line(&mut reader)?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':')?;
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        reader.get_mut().set_limit(u64::MAX);
        let mut request = Self { verb, target, headers, body: Vec::new(), too_large: false };
        request.read_body(&mut reader)?;
        Some(request)
    }

    /// All values under a name, whatever its case.
    pub(super) fn values(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(sent, _)| sent.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    fn read_body(&mut self, reader: &mut impl BufRead) -> Option<()> {
        if self.values("transfer-encoding").is_empty() {
            let length = self.values("content-length").first().map_or(Some(0), |length| length.parse().ok())?;
            return self.keep(reader, length);
        }
        loop {
            let length = u64::from_str_radix(line(reader)?.split(';').next()?, 16).ok()?;
            self.keep(reader, length)?;
            line(reader)?;
            if length == 0 {
                return Some(());
            }
        }
    }

    fn keep(&mut self, reader: &mut impl BufRead, length: u64) -> Option<()> {
        let mut part = Vec::new();
        let read = reader.take(length).read_to_end(&mut part).ok()?;
        self.body.extend(part);
        self.too_large |= self.body.len() > MAX_BODY;
        (read as u64 == length).then_some(())
    }
}

fn line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line).ok()?;
    let line = line.strip_suffix(b"\n")?;
    Some(String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned())
}

/// How an answer is sent.
pub(super) enum Manner {
    Whole,
    /// Blanks behind the body, for as long as somebody listens.
    Endless,
    /// Not at all, until the caller gives up.
    Never,
    /// Half of it.
    Cut,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
    pub(super) manner: Manner,
}

impl Answer {
    pub(super) fn new(status: u16, media_type: &str, body: impl Into<String>) -> Self {
        let headers = vec![("Content-Type", media_type.to_owned())];
        Self { status, headers, body: body.into(), manner: Manner::Whole }
    }

    /// Sends it. Whoever does not listen to the end has his reasons.
    pub(super) fn send(&self, stream: &mut TcpStream, to_head: bool) -> std::io::Result<()> {
        let mut head = format!("HTTP/1.1 {} Answer\r\nConnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let body = if to_head { "" } else { &self.body };
        match self.manner {
            Manner::Whole => write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", self.body.len()),
            Manner::Cut => write!(stream, "{head}Content-Length: {}\r\n\r\n{}", body.len(), &body[..body.len() / 2]),
            Manner::Never => stream.read(&mut [0]).map(|_| ()),
            Manner::Endless => {
                write!(stream, "{head}\r\n{body}")?;
                loop {
                    stream.write_all(&[b' '; 1024])?;
                }
            }
        }
    }
}
