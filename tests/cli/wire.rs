//! NICEPAY's side of the wire, with real signatures: requests as text, sent over a connection that is kept.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use nico::clock::{Clock, SystemClock};
use nico::snap::key::PrivateKey;
use nico::snap::signature::{asymmetric_string_to_sign, encode};
use nico::snap::timestamp::Timestamp;
use serde_json::Value;

/// Longer than any answer may take: whoever waits so long waits in vain.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection, kept alive from one request to the next.
pub(crate) struct Connection(pub(crate) BufReader<TcpStream>);

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    /// The SNAP code, which the status line must agree with.
    pub(crate) fn code(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        let code = body["responseCode"].as_str().unwrap().to_owned();
        assert!(code.starts_with(&self.status.to_string()), "{self:?}");
        code
    }
}

impl Connection {
    pub(crate) fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends a request and reads its answer.
    pub(crate) fn send(&mut self, request: &str) -> io::Result<Answer> {
        self.write(request)?;
        self.read()
    }

    /// The server's end of the connection, once the server has read all that was sent: the name of its open file.
    pub(crate) fn read_by_server(&self) -> Option<String> {
        let (ours, theirs) = (self.0.get_ref().local_addr().unwrap(), self.0.get_ref().peer_addr().unwrap());
        let (here, there) = (row(ours, theirs), row(theirs, ours));
        let is_read = here[4].starts_with("00000000:") && there[4].ends_with(":00000000");
        is_read.then(|| format!("socket:[{}]", there[9]))
    }

    pub(crate) fn write(&mut self, text: &str) -> io::Result<()> {
        self.0.get_mut().write_all(text.as_bytes())
    }

    pub(crate) fn read(&mut self) -> io::Result<Answer> {
        let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let (mut status, mut length) = (None, 0);
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line)? == 0 {
                return Err(cut());
            }
            let line = line.trim_end().to_ascii_lowercase();
            if status.is_none() {
                status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
            } else if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(io::Error::other)?;
            } else if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok(Answer { status: status.ok_or_else(cut)?, body: String::from_utf8(body).map_err(io::Error::other)? })
    }
}

/// The row of a connection in the kernel's table of sockets, seen from one of its ends.
fn row(from: SocketAddr, to: SocketAddr) -> Vec<String> {
    let hex = |end: SocketAddr| format!("0100007F:{:04X}", end.port());
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let mut rows = table.lines().map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    rows.find(|row| row[1] == hex(from) && row[2] == hex(to)).unwrap()
}

/// NICEPAY with a token. It signs once and uses that for as long as it lives: less than the 300 s of the window.
#[derive(Clone)]
pub(crate) struct Nicepay {
    /// Timestamp and signature, as headers.
    pub(crate) signed: String,
    pub(crate) token: String,
}

impl Nicepay {
    /// Signs with the sandbox's key that lies in `keys`, and fetches a token.
    pub(crate) fn at(address: &str, keys: &Path) -> Self {
        let key = PrivateKey::read(keys.join("sandbox-private.pem")).unwrap();
        let timestamp = Timestamp::of(SystemClock.now());
        let signature = encode(&key.sign(asymmetric_string_to_sign("IONPAYTEST", &timestamp).as_bytes()));
        let signed = format!("X-TIMESTAMP: {}\r\nX-SIGNATURE: {signature}\r\n", timestamp.as_str());
        let body = r#"{"grantType":"client_credentials"}"#;
        let request = post("access-token/b2b", &format!("X-CLIENT-KEY: IONPAYTEST\r\n{signed}"), body);
        let answer = Connection::open(address).unwrap().send(&request).unwrap();
        assert_eq!(answer.code(), "2007300", "{answer:?}");
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        Self { signed, token: answer["accessToken"].as_str().unwrap().to_owned() }
    }

    pub(crate) fn inquiry(&self, external_id: &str, pay_no: &str) -> String {
        let (prefix, rest) = pay_no.split_at(4);
        let body = format!(
            r#"{{"partnerServiceId":"{prefix}","customerNo":"{rest}","payNo":"{pay_no}","inquiryRequestId":"{external_id}","mitraCd":"ALMA"}}"#
        );
        self.request("cvs/inquiry", external_id, &body)
    }

    pub(crate) fn payment(&self, external_id: &str, pay_no: &str, request_id: &str) -> String {
        let body = format!(
            r#"{{"payNo":"{pay_no}","paymentRequestId":"{request_id}","paidAmount":{{"value":"10000.00","currency":"IDR"}},"mitraCd":"ALMA"}}"#
        );
        self.request("cvs/payment", external_id, &body)
    }

    /// A whole request as text.
    fn request(&self, path: &str, external_id: &str, body: &str) -> String {
        let Self { signed, token } = self;
        let headers = format!(
            "Authorization: Bearer {token}\r\n{signed}X-PARTNER-ID: IONPAYTEST\r\nX-EXTERNAL-ID: {external_id}\r\nCHANNEL-ID: IONPAYTEST01\r\n"
        );
        post(path, &headers, body)
    }
}

fn post(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /api/v1.0/{path} HTTP/1.1\r\nHost: nico\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
}
