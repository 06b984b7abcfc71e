//! A merchant's service as a test wants it, on a socket of its own, and the store that asks it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use nico::adapters::http::HttpOrders;
use nico::clock::{Clock, FixedClock, SystemClock};
use nico::snap::json::Object;
use nico::webhook::SigningSecret;
use nico::{Order, OrderRepository, PayNo, Secret, StoreError};

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub(crate) const SAMPLE: &str = "701589101110";
/// Stands wherever a service says something that nobody may read in an error.
pub(crate) const MARKER: &str = "Mark3rOfWhatWasReceived";
/// Longer than anything takes that is not meant to hang.
pub(crate) const PATIENT: Duration = Duration::from_secs(20);
/// Soon over, and long enough for what goes out to arrive.
pub(crate) const IMPATIENT: Duration = Duration::from_millis(400);

/// A request as it came in, and over the how many-eth connection.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) connection: usize,
    pub(crate) line: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    /// The one header of this name.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut named = self.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case(name));
        let (first, second) = (named.next(), named.next());
        assert!(second.is_none(), "{name} is sent twice: {self:?}");
        first.map_or("", |(_, value)| value)
    }

    /// A request as it would come in.
    pub(crate) fn of(text: &str) -> Self {
        Self::read(&mut text.as_bytes(), 0).unwrap()
    }

    fn read(from: &mut impl BufRead, connection: usize) -> Option<Self> {
        let mut line = || {
            let mut line = String::new();
            from.read_line(&mut line).ok().filter(|length| *length > 0)?;
            Some(line.trim_end().to_owned())
        };
        let first = line()?;
        let mut headers = Vec::new();
        loop {
            match line()? {
                end if end.is_empty() => break,
                header => headers.push(header.split_once(": ").map(|(name, value)| (name.into(), value.into()))?),
            }
        }
        let mut received = Self { connection, line: first, headers, body: Vec::new() };
        received.body = vec![0; received.header("content-length").parse().ok()?];
        from.read_exact(&mut received.body).ok()?;
        Some(received)
    }
}

/// A service that does with each request what its test says.
pub(crate) struct Service {
    pub(crate) url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Service {
    /// `answer` writes what it will, and tells whether the connection is to be kept.
    pub(crate) fn start(answer: impl Fn(&Received, &mut TcpStream) -> bool + Send + Sync + 'static) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), answer)
    }

    pub(crate) fn on(
        socket: TcpListener,
        answer: impl Fn(&Received, &mut TcpStream) -> bool + Send + Sync + 'static,
    ) -> Self {
        let url = format!("http://{}/nico/orders?shop=1", socket.local_addr().unwrap());
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let (seen, answer) = (Arc::clone(&received), Arc::new(answer));
        thread::spawn(move || {
            for (number, connection) in socket.incoming().map(Result::unwrap).enumerate() {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                thread::spawn(move || {
                    let (mut reader, mut writer) = (BufReader::new(connection.try_clone().unwrap()), connection);
                    while let Some(request) = Received::read(&mut reader, number) {
                        lock(&seen).push(request.clone());
                        if !answer(&request, &mut writer) {
                            return;
                        }
                    }
                });
            }
        });
        Self { url, received }
    }

    /// One that answers each request with these bytes and closes the connection.
    pub(crate) fn saying(answer: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        Self::start(move |_, connection| {
            let _ = connection.write_all(answer.as_ref());
            false
        })
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        lock(&self.received).clone()
    }

    /// The store that asks it.
    pub(crate) fn orders(&self, patience: Duration) -> HttpOrders {
        orders(&self.url, patience, Arc::new(SystemClock))
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A store that asks at `url`.
pub(crate) fn orders(url: &str, patience: Duration, clock: Arc<dyn Clock>) -> HttpOrders {
    try_orders(url, SECRET, patience, clock).unwrap()
}

pub(crate) fn try_orders(
    url: &str,
    secret: &str,
    patience: Duration,
    clock: Arc<dyn Clock>,
) -> Result<HttpOrders, StoreError> {
    // As main does it: reqwest brings no TLS provider of its own.
    let _ = rustls::crypto::ring::default_provider().install_default();
    HttpOrders::new(url, SigningSecret::parse(&Secret::new(secret))?, patience, clock)
}

/// A clock whose difference from the machine's is so many seconds.
pub(crate) fn clock_off_by(seconds: i64) -> Arc<FixedClock> {
    Arc::new(FixedClock::at(SystemClock.now() + chrono::TimeDelta::seconds(seconds)))
}

pub(crate) fn number(digits: &str) -> PayNo {
    PayNo::parse(digits).unwrap()
}

/// What the store says of a number.
pub(crate) async fn find(store: &HttpOrders, digits: &str) -> Result<Option<Order>, StoreError> {
    store.find_by_pay_no(&number(digits)).await
}

/// An answer of HTTP with this status and body.
pub(crate) fn answer(status: &str, content_type: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// A good answer.
pub(crate) fn found(order: &str) -> String {
    answer("200 OK", "application/json", order)
}

/// An order as the service writes it.
pub(crate) fn order_text(pay_no: &str) -> String {
    format!(
        r#"{{"payNo":"{pay_no}","payNoName":"John Test","payNoPhone":"087771122333","payNoEmail":"jhon@test.com",
        "goodsName":"Pembelian John Test","amount":"10000.00","partnerReferenceNo":"abcdefgh1234",
        "expiresAt":"2030-01-31T12:00:00+07:00","status":"unpaid"}}"#
    )
}

pub(crate) fn order(text: &str) -> Order {
    Order::read(&Object::parse(text.as_bytes()).unwrap()).unwrap()
}
