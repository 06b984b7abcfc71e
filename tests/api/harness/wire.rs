//! HTTP/1.1 by hand: what a library would forbid, repair or hide is what these tests are about.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// Far beyond any deadline in these tests: whoever waits so long has found a bug.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection, and what was read from it beyond the last answer.
pub(crate) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

/// An answer's bytes, in order, not yet judged.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Raw {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(sent, _)| sent == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is text")
    }
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        stream.set_write_timeout(Some(PATIENCE)).expect("a timeout can be set");
        stream.set_nodelay(true).expect("no delay can be set");
        Self { stream, read: Vec::new() }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the server takes what is sent");
    }

    /// The next answer. `to_head`: one to a HEAD request, which has a length and no body.
    pub(crate) fn receive(&mut self, to_head: bool) -> Raw {
        let head = loop {
            if let Some(end) = find(&self.read, b"\r\n\r\n") {
                break self.take(end + 4);
            }
            assert!(self.fill() > 0, "closed without an answer, after {:?}", String::from_utf8_lossy(&self.read));
        };
        let (status, headers) = parse_head(&String::from_utf8(head).expect("an answer's head is text"));
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.map_or(0, |(_, length)| length.parse().expect("Content-Length is a number"));
        while !to_head && self.read.len() < length {
            assert!(self.fill() > 0, "closed inside a body");
        }
        Raw { status, headers, body: self.take(if to_head { 0 } else { length }) }
    }

    /// Waits until something has arrived, and leaves it unread in the socket.
    pub(crate) fn wait_for_bytes(&mut self) {
        assert!(self.stream.peek(&mut [0]).expect("something arrives") > 0, "closed");
    }

    /// Sends this again and again and reads nothing; whether the server ends that. Waits for it.
    pub(crate) fn sends_until_cut(&mut self, bytes: &[u8]) -> bool {
        loop {
            if let Err(error) = self.stream.write_all(bytes) {
                return matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe);
            }
        }
    }

    /// Says that nothing more will be sent, and goes on listening.
    pub(crate) fn finish_sending(&mut self) {
        self.stream.shutdown(Shutdown::Write).expect("the connection is open");
    }

    /// Whether the server closes without a further byte. Waits for it.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.read.is_empty() && self.fill() == 0
    }

    fn fill(&mut self) -> usize {
        let mut chunk = [0; 16 * 1024];
        match self.stream.read(&mut chunk) {
            Ok(count) => {
                self.read.extend_from_slice(&chunk[..count]);
                count
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => 0,
            Err(error) => panic!("nothing arrives: {error}"),
        }
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        self.read.drain(..count).collect()
    }
}

fn parse_head(head: &str) -> (u16, Vec<(String, String)>) {
    let mut lines = head.trim_end().split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let header = |line: &str| {
        let (name, value) = line.split_once(':').expect("a header has a colon");
        (name.to_ascii_lowercase(), value.trim().to_owned())
    };
    (status.expect("an answer begins with a status"), lines.map(header).collect())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
