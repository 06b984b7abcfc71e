//! A counter on a port, a merchant on another, and a browser of few words.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Once, OnceLock, mpsc};
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::rt::System;
use actix_web::{App, HttpServer};
use nico::adapters::memory::MemoryOrders;
use nico::adapters::memory::MemoryPayments;
use nico::clock::{Clock, FixedClock};
use nico::simulator::books::Books;
use nico::simulator::caller::{Caller, Identity, Target};
use nico::simulator::counter::Counter;
use nico::simulator::desk::Desk;
use nico::simulator::exchange::Exchange;
use nico::simulator::journal::Journal;
use nico::simulator::merchant::Merchant;
use nico::simulator::office::Office;
use nico::simulator::wire::Wire;
use nico::snap::key::PrivateKey;
use nico::{
    Amount, Client, ClientId, Credentials, GoodsName, Order, PartnerReferenceNo, PayNo, PayNoEmail, PayNoName,
    PayNoPhone, Provider, Secret, Status, TokenKey,
};

/// A ledger in memory that a test can look into.
pub(crate) type Ledger = crate::ledger::Ledger<MemoryPayments>;

/// The documented sample.
pub(crate) const SAMPLE: &str = "701589101110";
pub(crate) const PAID: &str = "701589101111";
pub(crate) const EXPIRED: &str = "701589101112";
/// Nobody's number.
pub(crate) const UNKNOWN: &str = "701599999999";

const CLIENT_ID: &str = "IONPAYTEST";
/// Two hours before the sample expires.
const START: &str = "2024-07-03T10:00:00+07:00";
/// Far beyond any deadline in these tests.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that stops when the test is over.
struct Running(ServerHandle);

/// The counter, and whoever it calls.
pub(crate) struct Scene {
    pub(crate) address: SocketAddr,
    pub(crate) ledger: Ledger,
    pub(crate) office: Arc<Office>,
    pub(crate) clock: Arc<FixedClock>,
    journal: Arc<Journal>,
    _counter: Running,
    _merchant: Option<Running>,
}

impl Scene {
    /// With our own provider as the merchant.
    pub(crate) fn with_nico() -> Self {
        let (clock, ledger) = (clock(), Ledger::default());
        let client = Client::new(
            ClientId::parse(CLIENT_ID).expect("a client id"),
            key().public().expect("a key has a public half"),
        );
        let token_key =
            TokenKey::new(&Secret::new("the key that signs every token here")).expect("the key is long enough");
        let orders: MemoryOrders = demo_orders().into_iter().collect();
        let provider = Provider::new(Credentials::new(token_key, [client]), orders).payments(ledger.clone());
        let provider = provider.clock(Arc::clone(&clock) as Arc<dyn Clock>);
        let (address, merchant) = run(move |socket| provider.listen(socket));
        Self { _merchant: Some(merchant), ledger, ..Self::calling(&format!("http://{address}"), clock, false) }
    }

    /// With a merchant that gives a token and answers anything else with these bytes.
    pub(crate) fn with_merchant(answer: &str) -> Self {
        Self::calling(&format!("http://{}", merchant(answer)), clock(), false)
    }

    /// With such a merchant, who is notified of payments of its own numbers at `/notification`.
    pub(crate) fn with_notified_merchant(answer: &str) -> Self {
        Self::calling(&format!("http://{}", merchant(answer)), clock(), true)
    }

    /// With nobody there.
    pub(crate) fn with_nobody() -> Self {
        let address =
            TcpListener::bind("127.0.0.1:0").expect("a port is free").local_addr().expect("it has an address");
        Self::calling(&format!("http://{address}"), clock(), false)
    }

    fn calling(url: &str, clock: Arc<FixedClock>, notified: bool) -> Self {
        static TLS: Once = Once::new();
        TLS.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let journal = Arc::new(Journal::default());
        let own = Identity { client_id: CLIENT_ID.to_owned(), private_key: key(), secret: None };
        let target = Target {
            url: url.to_owned(),
            base_path: "/api".to_owned(),
            own,
            other: None,
            merchant: Arc::new(Merchant::sandbox()),
            expired_token: None,
        };
        let wire = Wire::new(Duration::from_secs(2)).expect("a client can be made");
        let caller = Caller::new(wire.clone(), Arc::clone(&clock) as Arc<dyn Clock>, Arc::clone(&journal), target);
        let office = Office {
            books: Arc::new(Books::default()),
            caller: Arc::new(caller),
            journal: Arc::clone(&journal),
            notification_url: Some(format!("{url}/notification")).filter(|_| notified),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            wire,
        };
        let office = Arc::new(office);
        let counter = Counter::new(Arc::new(Desk::new(Arc::clone(&office))));
        let (address, running) = run(move |socket| {
            let server = HttpServer::new(move || App::new().configure(|config| counter.routes(config)));
            Ok(server.workers(1).listen(socket)?.run())
        });
        Self { address, ledger: Ledger::default(), office, clock, journal, _counter: running, _merchant: None }
    }

    /// What was called so far.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.journal.since(0).into_iter().map(|(_, exchange)| exchange).collect()
    }

    pub(crate) fn get(&self, path: &str) -> Page {
        self.send("GET", path, &[], "")
    }

    /// Sends a form as a browser does.
    pub(crate) fn post(&self, path: &str, form: &str) -> Page {
        let origin = format!("http://{}", self.address);
        let headers = [("Origin", origin.as_str()), ("Sec-Fetch-Site", "same-origin"), FORM];
        self.send("POST", path, &headers, form)
    }

    /// A form, and the page that it leads to.
    pub(crate) fn submit(&self, path: &str, form: &str) -> Page {
        let answer = self.post(path, form);
        assert_eq!(answer.status, 303, "{}", answer.body);
        self.get(answer.header("location").expect("it leads somewhere"))
    }

    /// The page of a visit that asks for this number.
    pub(crate) fn ask(&self, pay_no: &str) -> Page {
        self.submit("/ask", &format!("mitraCd=ALMA&payNo={pay_no}"))
    }

    /// One request, with the host that a browser would name unless another is given.
    pub(crate) fn send(&self, verb: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Page {
        let own_host = ("Host", self.address.to_string());
        let host = Some(format!("{}: {}\r\n", own_host.0, own_host.1));
        let host = host.filter(|_| !headers.iter().any(|(name, _)| *name == "Host")).unwrap_or_default();
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        let request = format!(
            "{verb} {path} HTTP/1.1\r\n{host}{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        let mut stream = TcpStream::connect(self.address).expect("the counter listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        stream.write_all(request.as_bytes()).expect("what is sent is taken");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the counter answers");
        Page::read(&String::from_utf8(answer).expect("an answer is text"))
    }
}

/// The media type of forms.
pub(crate) const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// An answer.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) body: String,
    headers: Vec<(String, String)>,
}

impl Page {
    fn read(answer: &str) -> Self {
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
        let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        let headers = lines.filter_map(header).collect();
        Self { status: status.parse().expect("a number"), body: body.to_owned(), headers }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(sent, _)| sent == name).map(|(_, value)| value.as_str())
    }

    /// Fails unless all of these stand in it.
    #[track_caller]
    pub(crate) fn shows(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.body.contains(text), "{text:?} is not shown:\n{}", self.body);
        }
        self
    }

    /// Fails if one of these stands in it.
    #[track_caller]
    pub(crate) fn hides(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(!self.body.contains(text), "{text:?} is shown:\n{}", self.body);
        }
        self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.stop(false));
    }
}

fn run(serve: impl FnOnce(TcpListener) -> std::io::Result<Server> + Send + 'static) -> (SocketAddr, Running) {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = socket.local_addr().expect("it has an address");
    let (started, is_started) = mpsc::channel();
    std::thread::spawn(move || {
        System::new().block_on(async move {
            let server = serve(socket).expect("the socket can be listened on");
            started.send(server.handle()).expect("the test waits");
            server.await.expect("the server ends in order");
        });
    });
    (address, Running(is_started.recv().expect("the server starts")))
}

/// Every test's merchant knows this key; to make one takes a moment.
fn key() -> PrivateKey {
    static PEM: OnceLock<String> = OnceLock::new();
    let pem = PEM.get_or_init(|| PrivateKey::generate(2048).expect("a key can be made").to_pem());
    PrivateKey::parse(pem.as_bytes()).expect("a key")
}

fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock::at(START.parse().expect("a time")))
}

/// `answer` empty: it hangs.
fn merchant(answer: &str) -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let (address, answer) = (socket.local_addr().expect("it has an address"), answer.to_owned());
    std::thread::spawn(move || {
        let mut hanging = Vec::new();
        for stream in socket.incoming() {
            let mut stream = stream.expect("a connection");
            let request = read_request(&mut stream);
            if request.contains("/access-token/b2b") {
                let body =
                    r#"{"responseCode":"2007300","responseMessage":"Successful","accessToken":"t","expiresIn":"900"}"#;
                stream
                    .write_all(http(200, "Content-Type: application/json", body).as_bytes())
                    .expect("what is sent is taken");
            } else if answer.is_empty() {
                hanging.push(stream);
            } else {
                stream.write_all(answer.as_bytes()).expect("what is sent is taken");
            }
        }
    });
    address
}

/// A whole answer, after which the connection ends.
pub(crate) fn http(status: u16, header: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\n{header}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn read_request(stream: &mut TcpStream) -> String {
    let (mut read, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut chunk).unwrap_or(0);
        read.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&read).into_owned();
        let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            body.len() >= length.unwrap_or(0_usize)
        });
        if whole || count == 0 {
            return text;
        }
    }
}

fn demo_orders() -> Vec<Order> {
    vec![
        order(SAMPLE),
        Order { status: Status::Paid, ..order(PAID) },
        Order { expires_at: START.parse().expect("a time"), ..order(EXPIRED) },
    ]
}

fn order(pay_no: &str) -> Order {
    Order {
        pay_no: PayNo::parse(pay_no).expect("a number"),
        partner_reference_no: PartnerReferenceNo::parse("abcdefgh1234").expect("a reference"),
        pay_no_name: PayNoName::parse("John Test").expect("a name"),
        pay_no_phone: PayNoPhone::parse("087771122333").expect("a telephone"),
        pay_no_email: PayNoEmail::parse("jhon@test.com").expect("an address"),
        goods_name: GoodsName::parse("Pembelian John Test").expect("goods"),
        amount: Amount::parse("10000.00").expect("an amount"),
        expires_at: "2024-07-03T12:08:56+07:00".parse().expect("a time"),
        status: Status::Unpaid,
        mitra_cd: None,
    }
}
