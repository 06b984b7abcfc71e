//! A host in NICEPAY's place that answers as it likes: with this text, with a status of its own, or not at all.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

pub(crate) const T_XID: &str = "IONPAYTEST03202406191012345678";

/// What is answered.
#[derive(Debug, Clone)]
pub(crate) enum Says {
    /// 200, with this body.
    Body(String),
    /// The whole answer, head and all.
    Raw(String),
    /// 200, with this body, after a while.
    Late(Duration, String),
    Nothing,
}

#[derive(Clone)]
pub(crate) struct StandIn {
    pub(crate) address: String,
    says: Arc<Mutex<Says>>,
    /// The first line of each request.
    asked: Arc<Mutex<Vec<String>>>,
}

impl StandIn {
    pub(crate) fn open(says: Says) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", socket.local_addr().unwrap());
        let stand_in = Self { address, says: Arc::new(Mutex::new(says)), asked: Arc::default() };
        let serving = stand_in.clone();
        std::thread::spawn(move || {
            for stream in socket.incoming().map_while(Result::ok) {
                let stand_in = serving.clone();
                std::thread::spawn(move || stand_in.answer(stream));
            }
        });
        stand_in
    }

    pub(crate) fn says(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    /// How often this path was called.
    pub(crate) fn calls(&self, path: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|line| line.contains(path)).count()
    }

    /// One request to a connection.
    fn answer(&self, mut stream: TcpStream) {
        let mut read = Vec::new();
        let mut bytes = [0; 65_536];
        while !is_whole(&read) {
            match stream.read(&mut bytes) {
                Ok(count @ 1..) => read.extend_from_slice(&bytes[..count]),
                _ => return,
            }
        }
        let line = String::from_utf8_lossy(&read).lines().next().unwrap_or_default().to_owned();
        self.asked.lock().unwrap().push(line);
        let says = self.says.lock().unwrap().clone();
        let good = |body: String| {
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
        };
        let answer = match says {
            Says::Raw(answer) => answer,
            Says::Body(body) => good(body),
            Says::Late(pause, body) => {
                std::thread::sleep(pause);
                good(body)
            }
            Says::Nothing => {
                std::thread::sleep(Duration::from_secs(60));
                return;
            }
        };
        let _ = stream.write_all(answer.as_bytes());
    }
}

fn is_whole(read: &[u8]) -> bool {
    let text = String::from_utf8_lossy(read).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.and_then(|length| length.trim().parse().ok()).unwrap_or(0)
}

/// V1's answer to a registration that it takes.
pub(crate) fn issued(reference_no: &str, t_xid: &str) -> String {
    let answer = json!({
        "resultCd": "0000", "resultMsg": "SUCCESS", "tXid": t_xid, "referenceNo": reference_no, "amount": "10000",
        "payNo": "011108471311", "payValidDt": "20990620", "payValidTm": "235959",
    });
    answer.to_string()
}

/// An answer to a status inquiry: paid.
pub(crate) fn paid(reference_no: &str, t_xid: &str) -> String {
    let answer = json!({
        "resultCd": "0000", "resultMsg": "paid", "tXid": t_xid, "iMid": "IONPAYTEST", "referenceNo": reference_no,
        "amt": "10000", "currency": "IDR", "payMethod": "03", "status": "0", "payNo": "011108471311", "mitraCd": "ALMA",
    });
    answer.to_string()
}
