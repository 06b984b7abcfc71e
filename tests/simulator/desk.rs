//! A gateway at work, and a merchant who calls it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::rt::System;
use actix_web::{App, HttpServer};
use chrono::{DateTime, TimeDelta, Utc};
use nico::clock::{Clock, FixedClock};
use nico::simulator::NOT_NICEPAY;
use nico::simulator::books::{Books, Registration};
use nico::simulator::exchange::{Direction, Exchange};
use nico::simulator::gateway::Gateway;
use nico::simulator::journal::Journal;
use nico::simulator::merchant::Merchant;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::UnboundedReceiver;

/// Where the clock stands at first: the second of the documented merchantTokens.
pub(crate) const START: &str = "2024-06-19T10:12:34+07:00";
pub(crate) const STAMP: &str = "20240619101234";
pub(crate) const I_MID: &str = "IONPAYTEST";
pub(crate) const REFERENCE: &str = "INV-2024-0001";
/// The key that NICEPAY publishes for its sandbox.
pub(crate) const KEY: &str = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";

pub(crate) const V1: &str = "/nicepay/api/onePass.do";
pub(crate) const V1_STATUS: &str = "/nicepay/api/onePassStatus.do";
pub(crate) const V1_CANCEL: &str = "/nicepay/api/onePassAllCancel.do";
pub(crate) const V2: &str = "/nicepay/direct/v2/registration";
pub(crate) const V2_STATUS: &str = "/nicepay/direct/v2/inquiry";
pub(crate) const V2_CANCEL: &str = "/nicepay/direct/v2/cancel";
pub(crate) const CHECKOUT: &str = "/nicepay/redirect/v2/registration";
pub(crate) const PAGE: &str = "/nicepay/redirect/v2/payment";

/// Far beyond any deadline in these tests.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Desk {
    pub(crate) address: SocketAddr,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) books: Arc<Books>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) heard: UnboundedReceiver<Registration>,
    server: ServerHandle,
}

/// An answer that has said it is not NICEPAY's.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        assert!(self.head.contains("content-type: application/json"), "{self:?}");
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn code(&self) -> String {
        text(&self.json(), "resultCd")
    }
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::with(Books::default(), |gateway| gateway)
    }

    pub(crate) fn with(books: Books, equip: impl FnOnce(Gateway) -> Gateway) -> Self {
        let (books, journal) = (Arc::new(books), Arc::new(Journal::default()));
        let clock = Arc::new(FixedClock::at(START.parse::<DateTime<Utc>>().unwrap()));
        let (tells, heard) = tokio::sync::mpsc::unbounded_channel();
        let gateway = Gateway::new(
            Arc::new(Merchant::sandbox()),
            Arc::clone(&books),
            Arc::clone(&journal),
            Arc::clone(&clock) as Arc<dyn Clock>,
        );
        let gateway = equip(gateway.registered(tells));
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let (started, starting) = mpsc::channel();
        std::thread::spawn(move || {
            System::new().block_on(async move {
                let server = HttpServer::new(move || App::new().configure(|config| gateway.routes(config)));
                let server = server.workers(2).disable_signals().listen(socket).unwrap().run();
                started.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self { address, clock, books, journal, heard, server: starting.recv().unwrap() }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn advance(&self, step: TimeDelta) {
        self.clock.advance(step);
    }

    /// One request over a connection of its own.
    pub(crate) fn ask(&self, verb: &str, path: &str, headers: &str, body: &str) -> Answer {
        let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        self.raw(&format!(
            "{verb} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{length}{headers}\r\n{body}",
            self.address
        ))
    }

    pub(crate) fn raw(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let whole = String::from_utf8(bytes).unwrap();
        let (head, body) = whole.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {whole}"));
        let (head, body) = (head.to_ascii_lowercase(), body.to_owned());
        let says = format!("\r\n{}: {}", NOT_NICEPAY.0, NOT_NICEPAY.1).to_ascii_lowercase();
        assert!(head.contains(&says), "an answer does not say that it is not NICEPAY's: {head}");
        Answer { status: head.split(' ').nth(1).unwrap().parse().unwrap(), head, body }
    }

    /// Calls as that path wants it: V1 as a form, the others as JSON.
    pub(crate) fn call(&self, path: &str, fields: &Fields) -> Answer {
        let answer = if path.contains("/api/") {
            self.ask("POST", path, "Content-Type: application/x-www-form-urlencoded\r\n", &fields.form())
        } else {
            self.ask("POST", path, "Content-Type: application/json\r\n", &fields.json())
        };
        assert_eq!(answer.status, 200, "NICEPAY answers with 200, whatever it says: {answer:?}");
        answer
    }

    /// Registers, and yields the answer.
    pub(crate) fn registered(&self, path: &str, fields: &Fields) -> Value {
        let answer = self.call(path, fields);
        assert_eq!(answer.code(), "0000", "{answer:?} because {}", self.verdict());
        answer.json()
    }

    /// The exchange that was written down last.
    pub(crate) fn last(&self) -> Exchange {
        let (_, exchange) = self.journal.since(0).pop().unwrap();
        assert_eq!(exchange.direction, Direction::ToNicepay);
        exchange
    }

    pub(crate) fn verdict(&self) -> String {
        self.last().verdict.unwrap()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

/// The fields of a call, in order. The merchantToken is made last, unless it is set.
#[derive(Debug, Clone)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// A registration that is good for all three products.
    pub(crate) fn registration(reference_no: &str) -> Self {
        let url = "https://shop.example";
        let (back, notified) = (format!("{url}/back"), format!("{url}/notified"));
        Self::of(&[
            ("timeStamp", STAMP),
            ("iMid", I_MID),
            ("payMethod", "03"),
            ("currency", "IDR"),
            ("amt", "10000"),
            ("referenceNo", reference_no),
            ("goodsNm", "Buku tulis & pensil"),
            ("billingNm", "Siti Aisyah"),
            ("billingPhone", "081234567890"),
            ("billingEmail", "siti@example.com"),
            ("billingCity", "Jakarta Pusat"),
            ("billingState", "DKI Jakarta"),
            ("billingPostCd", "10210"),
            ("billingCountry", "Indonesia"),
            ("callBackUrl", &back),
            ("dbProcessUrl", &notified),
            ("description", "Pembelian"),
            ("userIP", "127.0.0.1"),
            ("cartData", "{}"),
            ("mitraCd", "ALMA"),
            ("payValidDt", "20240620"),
            ("payValidTm", "235959"),
        ])
    }

    /// A status inquiry or a cancel of what was registered.
    pub(crate) fn about(registered: &Value) -> Self {
        let amt = registered.get("amt").or(registered.get("amount")).unwrap().as_str().unwrap();
        Self::of(&[
            ("timeStamp", STAMP),
            ("iMid", I_MID),
            ("tXid", &text(registered, "tXid")),
            ("referenceNo", &text(registered, "referenceNo")),
            ("payMethod", "03"),
            ("cancelType", "1"),
            ("amt", amt),
        ])
    }

    pub(crate) fn of(fields: &[(&str, &str)]) -> Self {
        Self(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// Puts a value in the place of another, or at the end.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        match self.0.iter_mut().find(|(field, _)| field == name) {
            Some((_, old)) => *old = value.to_owned(),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(field, _)| field != name);
        self
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// Signs with the token over these fields.
    pub(crate) fn signed(self, over: &[&str]) -> Self {
        let parts: Vec<&str> = over.iter().map(|name| self.get(name)).collect();
        let token = token(&parts);
        self.with("merchantToken", &token)
    }

    pub(crate) fn v1(self) -> Self {
        self.signed(&["iMid", "referenceNo", "amt"])
    }

    pub(crate) fn v2(self) -> Self {
        self.signed(&["timeStamp", "iMid", "referenceNo", "amt"])
    }

    pub(crate) fn v1_cancel(self) -> Self {
        self.signed(&["iMid", "tXid", "amt"])
    }

    pub(crate) fn v2_cancel(self) -> Self {
        self.signed(&["timeStamp", "iMid", "tXid", "amt"])
    }

    /// Signed as that path wants it.
    pub(crate) fn signed_for(self, path: &str) -> Self {
        match path {
            V1 | V1_STATUS => self.v1(),
            V1_CANCEL => self.v1_cancel(),
            V2_CANCEL => self.v2_cancel(),
            _ => self.v2(),
        }
    }

    pub(crate) fn form(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    pub(crate) fn json(&self) -> String {
        Value::Object(self.0.iter().map(|(name, value)| (name.clone(), json!(value))).collect()).to_string()
    }
}

/// SHA-256 over these texts and the key, in lower-case hexadecimal: made here, and not by the code under test.
pub(crate) fn token(parts: &[&str]) -> String {
    let digest = Sha256::digest([&parts.concat(), KEY].concat());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}")).to_owned()
}
