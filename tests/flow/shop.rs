//! The merchant's shop: takes events as Standard Webhooks, verifies each, and does what it tells once.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hmac::{Hmac, Mac};
use nico::clock::{Clock, SystemClock};
use nico::snap::encoding::{base64, from_base64};
use serde_json::Value;
use sha2::Sha256;

/// The secret that shop and nico share.
pub(crate) const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) url: String,
    told: Arc<Mutex<ToldShop>>,
}

#[derive(Default)]
struct ToldShop {
    /// How many of the next events are refused.
    refuses: usize,
    ids: BTreeSet<String>,
    /// How often each event came.
    times: BTreeMap<String, usize>,
    /// Each event once, in the order in which they came first.
    events: Vec<Value>,
    forged: usize,
    /// The head of each delivery that was not forged, its names in small letters.
    heads: Vec<BTreeMap<String, String>>,
}

impl Shop {
    pub(crate) fn open() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/nico-events", socket.local_addr().unwrap());
        let shop = Self { url, told: Arc::default() };
        let serving = shop.clone();
        std::thread::spawn(move || {
            for stream in socket.incoming().map_while(Result::ok) {
                let shop = serving.clone();
                std::thread::spawn(move || shop.serve(stream));
            }
        });
        shop
    }

    /// The next events are answered with 500.
    pub(crate) fn refuse(&self, times: usize) {
        self.told.lock().unwrap().refuses = times;
    }

    /// The kinds of the events about an order, in the order in which they came.
    pub(crate) fn events(&self, reference_no: &str) -> Vec<String> {
        let told = self.told.lock().unwrap();
        let is_about = |event: &&Value| {
            [&event["data"]["referenceNo"], &event["data"]["partnerReferenceNo"]].contains(&&Value::from(reference_no))
        };
        told.events.iter().filter(is_about).map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }

    /// Every event, once.
    pub(crate) fn all(&self) -> Vec<Value> {
        self.told.lock().unwrap().events.clone()
    }

    /// The heads of the deliveries.
    pub(crate) fn heads(&self) -> Vec<BTreeMap<String, String>> {
        self.told.lock().unwrap().heads.clone()
    }

    /// How many deliveries there were, and how many of them were forged.
    pub(crate) fn deliveries(&self) -> (usize, usize) {
        let told = self.told.lock().unwrap();
        (told.times.values().sum(), told.forged)
    }

    fn serve(&self, mut stream: TcpStream) {
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        while let Some((headers, body)) = read(&mut stream) {
            let status = self.hear(&headers, &body);
            let answer = format!("HTTP/1.1 {status} OK\r\nContent-Length: 0\r\n\r\n");
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }

    fn hear(&self, headers: &BTreeMap<String, String>, body: &[u8]) -> u16 {
        let mut told = self.told.lock().unwrap();
        let Some(id) = verified(headers, body) else {
            told.forged += 1;
            return 401;
        };
        if told.refuses > 0 {
            told.refuses -= 1;
            return 500;
        }
        told.heads.push(headers.clone());
        *told.times.entry(id.clone()).or_default() += 1;
        if told.ids.insert(id) {
            told.events.push(serde_json::from_slice(body).unwrap());
        }
        204
    }
}

/// The event's id, if its signature is right and its time is now.
fn verified(headers: &BTreeMap<String, String>, body: &[u8]) -> Option<String> {
    let (id, timestamp) = (headers.get("webhook-id")?, headers.get("webhook-timestamp")?);
    let age = SystemClock.now().timestamp() - timestamp.parse::<i64>().ok()?;
    let key = from_base64(SECRET.strip_prefix("whsec_")?)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    let due = format!("v1,{}", base64(&mac.finalize().into_bytes()));
    (age.abs() < 300 && *headers.get("webhook-signature")? == due).then(|| id.clone())
}

/// One request: its headers in small letters, and its body.
fn read(stream: &mut TcpStream) -> Option<(BTreeMap<String, String>, Vec<u8>)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    let headers: BTreeMap<_, _> = head.lines().filter_map(header).collect();
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    stream.read_exact(&mut body).ok()?;
    Some((headers, body))
}
