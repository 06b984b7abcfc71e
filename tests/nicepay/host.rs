//! A host that answers whatever it is told to, over plain TCP, and writes down what it is asked.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What it does with one connection.
#[derive(Debug, Clone)]
pub(crate) enum Answers {
    /// `200` with this body.
    Body(String),
    /// These bytes, head and all.
    Raw(String),
    /// A body that does not end.
    Endless,
    /// Nothing, for as long as somebody waits.
    Nothing,
    /// Half an answer, and then nothing.
    Stalls,
    /// It reads the request and hangs up.
    HangsUp,
}

pub(crate) struct Host {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Host {
    pub(crate) fn that(answers: Answers) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, asked) = (socket.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let written = Arc::clone(&asked);
        // It ends with the process, as do those who wait in it.
        std::thread::spawn(move || {
            while let Ok((stream, _)) = socket.accept() {
                let (answers, written) = (answers.clone(), Arc::clone(&written));
                std::thread::spawn(move || serve(stream, &answers, &written));
            }
        });
        Self { address, asked }
    }

    pub(crate) fn says(body: &str) -> Self {
        Self::that(Answers::Body(body.to_owned()))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, head and body.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, answers: &Answers, asked: &Mutex<Vec<String>>) {
    let Some(request) = request(&mut stream) else { return };
    asked.lock().unwrap().push(request);
    // Who has heard enough hangs up, which is no fault of this end.
    let _ = match answers {
        Answers::Body(body) => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all(format!("{head}{body}").as_bytes())
        }
        Answers::Raw(bytes) => stream.write_all(bytes.as_bytes()),
        Answers::Endless => endless(&mut stream),
        Answers::Nothing => stream.read(&mut [0]).map(drop),
        Answers::Stalls => stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"resultCd\":")
            .and_then(|()| stream.read(&mut [0]).map(drop)),
        Answers::HangsUp => Ok(()),
    };
}

fn endless(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"resultCd\":\"0000\",\"resultMsg\":\"")?;
    loop {
        stream.write_all(&[b'x'; 4096])?;
    }
}

/// A head and a body as long as it says.
fn request(stream: &mut TcpStream) -> Option<String> {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut chunk).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&chunk[..read]);
        // The beginning of TLS, which this host answers as any other that does not speak it.
        if bytes[0] == 0x16 {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            return None;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Some(text);
        }
    }
}
