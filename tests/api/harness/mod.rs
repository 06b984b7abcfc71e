//! Starts a provider, speaks to it, and judges every answer before a test sees it.

mod backend;
mod capture;
mod office;
mod request;
mod schema;
mod stores;
mod wire;

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use actix_web::dev::ServerHandle;
use actix_web::rt::System;
use chrono::{DateTime, TimeDelta, Utc};
use nico::clock::{Clock, FixedClock};
use nico::snap::timestamp::jakarta_text;
use nico::{Client, ClientId, Credentials, OrderRepository, Provider, Secret, TokenKey, TokenKeys};
use serde_json::{Value, json};

pub(crate) use backend::{Orders, soon_over};
pub(crate) use capture::Line;
pub(crate) use office::{Manner, Office};
pub(crate) use request::{
    Caller, Key, NICEPAY, OTHER, Request, SYMMETRIC, fresh, hex, hmac_signature, private, public, rsa_signature,
};
pub(crate) use stores::{
    ALFAMART, CANCELLED, EXPIRED, Ids, LEAK, Mood, PAID, PAID_AND_EXPIRED, SAMPLE, UNKNOWN, Unreliable, demo_orders,
    order,
};
pub(crate) use wire::{Connection, Raw};

/// A ledger that a test can look into.
pub(crate) type Ledger = crate::ledger::Ledger<backend::Payments>;

/// Where the clock stands at first: two hours before the documented sample expires.
pub(crate) const START: &str = "2024-07-03T10:00:00+07:00";
/// The key that signs tokens, and the one before it.
pub(crate) const TOKEN_KEYS: [&str; 2] = ["the key that signs every token here", "the key before it, still verifying"];

/// A provider at work, alone in an actix system of its own.
pub(crate) struct App {
    pub(crate) address: SocketAddr,
    pub(crate) clock: Arc<FixedClock>,
    /// The default ledger, unless the test has brought another.
    pub(crate) ledger: Ledger,
    base_path: String,
    system: usize,
    server: ServerHandle,
    tokens: Mutex<HashMap<(&'static str, String), String>>,
    secrets: Mutex<Vec<String>>,
}

/// A provider with the demo orders.
pub(crate) fn spawn_app() -> App {
    spawn(Orders::of(demo_orders()), |provider| provider)
}

/// A provider of `orders`, changed by `equip` before it starts.
pub(crate) fn spawn(orders: impl OrderRepository, equip: impl FnOnce(Provider) -> Provider) -> App {
    spawn_at("/api", orders, equip)
}

pub(crate) fn spawn_at(base_path: &str, orders: impl OrderRepository, equip: impl FnOnce(Provider) -> Provider) -> App {
    let ledger = Ledger::default();
    let kept = ledger.clone();
    start(base_path, kept, orders, |provider| equip(provider.payments(ledger).base_path(base_path)))
}

/// A provider that serves no payments.
pub(crate) fn spawn_without_ledger(orders: impl OrderRepository) -> App {
    start("/api", Ledger::default(), orders, |provider| provider)
}

fn start(
    base_path: &str,
    ledger: Ledger,
    orders: impl OrderRepository,
    equip: impl FnOnce(Provider) -> Provider,
) -> App {
    capture::listen();
    let start: DateTime<Utc> = START.parse().expect("a time");
    let clock = Arc::new(FixedClock::at(start));
    let provider = Provider::new(credentials(), orders).external_ids(Ids::default());
    let provider = equip(provider.clock(Arc::clone(&clock) as Arc<dyn Clock>));
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = socket.local_addr().expect("it has an address");
    let (started, is_started) = mpsc::channel();
    std::thread::spawn(move || {
        System::new().block_on(async move {
            let server = provider.listen(socket).expect("the socket can be listened on");
            started.send((server.handle(), System::current().id())).expect("the test waits");
            server.await.expect("the server ends in order");
        });
    });
    let (server, system) = is_started.recv().expect("the server starts");
    let (tokens, secrets) = (Mutex::default(), Mutex::default());
    App { address, clock, ledger, base_path: base_path.to_owned(), system, server, tokens, secrets }
}

fn credentials() -> Credentials {
    let token_key = |text: &str| TokenKey::new(&Secret::new(text)).expect("the key is long enough");
    let id = |caller: &Caller| ClientId::parse(caller.id).expect("a client id");
    let symmetric = Secret::new(SYMMETRIC.secret.expect("it has a secret"));
    let clients = [
        Client::new(id(&NICEPAY), public(Key::Nicepay)).or(public(Key::Rotated)),
        Client::new(id(&OTHER), public(Key::Other)),
        Client::new(id(&SYMMETRIC), public(Key::Symmetric)).symmetric(symmetric),
    ];
    Credentials::new(TokenKeys::new(token_key(TOKEN_KEYS[0]), vec![token_key(TOKEN_KEYS[1])]), clients)
}

impl App {
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("{}/v1.0/{rest}", self.base_path)
    }

    /// The time that a caller with a right clock would send.
    pub(crate) fn now(&self) -> String {
        jakarta_text(self.clock.now())
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    pub(crate) fn token_request(&self, caller: &'static Caller) -> Request {
        Request::access_token(&self.path("access-token/b2b"), caller, &self.now())
    }

    /// A token of this instant, fetched as NICEPAY does.
    pub(crate) fn token(&self, caller: &'static Caller) -> String {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let fetch = || self.call(&self.token_request(caller)).expect("2007300").json["accessToken"].clone();
        let token = tokens.entry((caller.id, self.now()));
        token.or_insert_with(|| fetch().as_str().expect("a token is text").to_owned()).clone()
    }

    pub(crate) fn inquiry(&self, pay_no: &str) -> Request {
        self.inquiry_by(&NICEPAY, pay_no)
    }

    pub(crate) fn inquiry_by(&self, caller: &'static Caller, pay_no: &str) -> Request {
        let request = Request::transaction(&self.path("cvs/inquiry"), caller, &self.now(), &self.token(caller));
        request.json(&json!({
            "partnerServiceId": &pay_no[..4],
            "customerNo": &pay_no[4..],
            "payNo": pay_no,
            "inquiryRequestId": fresh("inquiry"),
            "mitraCd": "ALMA",
        }))
    }

    pub(crate) fn payment(&self, pay_no: &str) -> Request {
        self.payment_by(&NICEPAY, pay_no)
    }

    pub(crate) fn payment_by(&self, caller: &'static Caller, pay_no: &str) -> Request {
        let request = Request::transaction(&self.path("cvs/payment"), caller, &self.now(), &self.token(caller));
        request.json(&json!({
            "partnerServiceId": &pay_no[..4],
            "customerNo": &pay_no[4..],
            "payNo": pay_no,
            "paymentRequestId": fresh("payment"),
            "paidAmount": { "value": "10000.00", "currency": "IDR" },
            "mitraCd": "ALMA",
            "trxDateTime": self.now(),
        }))
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.address)
    }

    /// Sends a request on a connection of its own.
    pub(crate) fn call(&self, request: &Request) -> Response {
        // Signing may take longer than a server with a short deadline waits for a first byte.
        let bytes = request.bytes();
        let mut connection = self.connect();
        connection.send(&bytes);
        self.receive(&mut connection, request)
    }

    pub(crate) fn call_on(&self, connection: &mut Connection, request: &Request) -> Response {
        connection.send(&request.bytes());
        self.receive(connection, request)
    }

    /// Sends a request whose answer may be no JSON; held against the contract as far as it is none.
    pub(crate) fn call_plainly(&self, request: &Request) -> Raw {
        let mut connection = self.connect();
        connection.send(&request.bytes());
        let raw = connection.receive(false);
        let path = request.path.split('?').next().unwrap_or_default();
        schema::hold_headers(path, request.verb, &raw);
        raw
    }

    /// The answer to a request that was sent: judged, then handed on.
    pub(crate) fn receive(&self, connection: &mut Connection, request: &Request) -> Response {
        self.keep_secret(request);
        let response = Response::judged(connection.receive(request.verb == "HEAD"), request, &self.base_path);
        if let Some(token) = response.json["accessToken"].as_str() {
            self.secrets.lock().unwrap_or_else(PoisonError::into_inner).push(token.to_owned());
        }
        response
    }

    /// What this server has logged so far.
    pub(crate) fn log(&self) -> Vec<Line> {
        capture::of(self.system)
    }

    /// The lines of its exchanges.
    pub(crate) fn exchanges(&self) -> Vec<Line> {
        self.log().into_iter().filter(Line::is_of_an_exchange).collect()
    }

    fn keep_secret(&self, request: &Request) {
        let sent = ["X-SIGNATURE", "Authorization"].into_iter().filter_map(|name| request.sent(name));
        let sent = sent.map(|value| value.trim_start_matches("Bearer ").to_owned()).filter(|value| value.len() > 20);
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).extend(sent);
    }
}

impl Drop for App {
    /// Nothing secret, nothing personal was logged, whatever the test was about.
    fn drop(&mut self) {
        drop(self.server.stop(false));
        if std::thread::panicking() {
            return;
        }
        let log: String = self.log().into_iter().map(|line| line.text + "\n").collect();
        let personal = ["John Test", "087771122333", "jhon@test.com", SAMPLE, PAID, EXPIRED, UNKNOWN, TOKEN_KEYS[0]];
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        for secret in secrets.iter().map(String::as_str).chain(personal) {
            assert!(!log.contains(secret), "{secret} was logged:\n{log}");
        }
    }
}

/// An answer that is in order: what it says is the test's to judge.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) json: Value,
    headers: Vec<(String, String)>,
}

impl Response {
    fn judged(raw: Raw, request: &Request, base_path: &str) -> Self {
        let asked = format!("{} {}", request.verb, request.path);
        let json = if request.verb == "HEAD" { Value::Null } else { parse(&raw.body, &asked) };
        let response = Self { status: raw.status, json, headers: raw.headers };
        assert_eq!(response.header("content-type"), Some("application/json"), "{asked}");
        let time = response.header("x-timestamp").map(DateTime::parse_from_rfc3339);
        assert!(matches!(time, Some(Ok(_))), "{asked} has no X-TIMESTAMP");
        if request.verb != "HEAD" {
            assert_eq!(response.code()[..3], response.status.to_string(), "{asked}: status and code differ");
            assert_eq!(response.code().len(), 7, "{asked}: {}", response.code());
            assert!(response.message().len() <= 150, "{asked}: {}", response.message());
            let path = request.path.split('?').next().unwrap_or_default();
            schema::hold(base_path, path, request.verb, &response);
        }
        if response.status >= 400 && request.verb != "HEAD" {
            response.echoes_nothing(request);
        }
        response
    }

    /// A refusal tells its reader nothing that its reader has told.
    fn echoes_nothing(&self, request: &Request) {
        let said = self.message();
        for mark in request.marks() {
            assert!(!said.contains(&mark), "{mark:?} was sent and comes back in {said}");
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(sent, _)| sent == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    pub(crate) fn code(&self) -> &str {
        self.json["responseCode"].as_str().expect("a code is text")
    }

    pub(crate) fn message(&self) -> &str {
        self.json["responseMessage"].as_str().expect("a message is text")
    }

    /// Code and message in one, for tables.
    pub(crate) fn told(&self) -> String {
        format!("{} {}", self.code(), self.message())
    }

    /// Fails unless it has this code.
    #[track_caller]
    pub(crate) fn expect(self, code: &str) -> Self {
        assert_eq!(self.code(), code, "{}", self.json);
        self
    }
}

fn parse(body: &[u8], asked: &str) -> Value {
    serde_json::from_slice(body)
        .unwrap_or_else(|_| panic!("{asked} was answered with no JSON: {:?}", String::from_utf8_lossy(body)))
}
