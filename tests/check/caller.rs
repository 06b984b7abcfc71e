//! A caller of the servers, for the tests of the servers themselves: NICEPAY's part by hand.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::OnceLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use nico::clock::{Clock, SystemClock};
use nico::snap::signature::body_hash;
use nico::snap::timestamp::jakarta_text;
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::rand_core::OsRng;
use rsa::signature::{RandomizedSigner, SignatureEncoding};
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};

use crate::broken::{CLIENT, Keys, OTHER_CLIENT, SECRET, SYMMETRIC_CLIENT};

const TOKEN: &str = "/api/v1.0/access-token/b2b";
const INQUIRY: &str = "/api/v1.0/cvs/inquiry";
const PAYMENT: &str = "/api/v1.0/cvs/payment";
/// More than any answer has.
const LONGEST: u64 = 100_000;

/// The public halves.
pub(crate) fn keys() -> Keys {
    Keys { nicepay: private(CLIENT).to_public_key(), other: private(OTHER_CLIENT).to_public_key() }
}

pub(crate) fn private(client_id: &str) -> &'static RsaPrivateKey {
    static KEYS: [OnceLock<RsaPrivateKey>; 2] = [const { OnceLock::new() }; 2];
    let key = &KEYS[usize::from(client_id == OTHER_CLIENT)];
    key.get_or_init(|| RsaPrivateKey::new(&mut OsRng, 2048).unwrap())
}

/// SHA256withRSA over `clientId|timestamp`.
pub(crate) fn signature(client_id: &str, timestamp: &str) -> String {
    let key = SigningKey::<Sha256>::new(private(client_id).clone());
    STANDARD.encode(key.sign_with_rng(&mut OsRng, format!("{client_id}|{timestamp}").as_bytes()).to_bytes())
}

/// The time this many seconds from now.
pub(crate) fn time(seconds: i64) -> String {
    jakarta_text(SystemClock.now() + chrono::TimeDelta::seconds(seconds))
}

/// A request that is not sent yet.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    address: SocketAddr,
    client_id: &'static str,
    verb: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Told {
    /// The status line's number; 0 where nothing whole came in time.
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
    pub(crate) json: Value,
}

impl Told {
    /// `404 4040012`
    pub(crate) fn code(&self) -> String {
        format!("{} {}", self.status, self.json["responseCode"].as_str().unwrap_or("-"))
    }
}

/// Where a server listens.
#[derive(Clone, Copy)]
pub(crate) struct Endpoint(pub(crate) SocketAddr);

impl Endpoint {
    pub(crate) fn token_request(&self, client_id: &'static str) -> Call {
        let body = json!({ "grantType": "client_credentials", "additionalInfo": {} }).to_string();
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        let call = Call { address: self.0, client_id, verb: "POST", path: TOKEN.to_owned(), headers, body };
        call.header("X-CLIENT-KEY", client_id).at(&time(0))
    }

    pub(crate) fn token(&self, client_id: &'static str) -> String {
        self.token_request(client_id).send().json["accessToken"].as_str().unwrap().to_owned()
    }

    pub(crate) fn inquiry(&self, pay_no: &str) -> Call {
        self.inquiry_by(CLIENT, pay_no)
    }

    pub(crate) fn inquiry_by(&self, client_id: &'static str, pay_no: &str) -> Call {
        let body = json!({
            "partnerServiceId": &pay_no[..4], "customerNo": &pay_no[4..], "payNo": pay_no,
            "inquiryRequestId": "41807553358950093184", "mitraCd": "ALMA",
        });
        let call = Call { path: INQUIRY.to_owned(), body: body.to_string(), ..self.token_request(client_id) };
        let call = call.without("X-CLIENT-KEY").header("X-PARTNER-ID", client_id).header("CHANNEL-ID", "IONPAYTEST01");
        let authorization = format!("Bearer {}", self.token(client_id));
        call.header("Authorization", &authorization).header("X-EXTERNAL-ID", &unique()).signed()
    }

    pub(crate) fn payment(&self, pay_no: &str, request_id: &str) -> Call {
        let call = Call { path: PAYMENT.to_owned(), ..self.inquiry(pay_no) };
        let amount = json!({ "value": "10000.00", "currency": "IDR" });
        call.field("paymentRequestId", json!(request_id)).field("paidAmount", amount)
    }
}

fn unique() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("ordNo{}", NEXT.fetch_add(1, Ordering::SeqCst))
}

impl Call {
    pub(crate) fn verb(self, verb: &'static str) -> Self {
        Self { verb, ..self }
    }

    pub(crate) fn to(self, path: &str) -> Self {
        Self { path: path.to_owned(), ..self }
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        let mut call = self.without(name);
        call.headers.push((name.to_owned(), value.to_owned()));
        call
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(sent, _)| !sent.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn value(&self, name: &str) -> &str {
        self.headers.iter().find(|(sent, _)| sent == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn sent(&self) -> &str {
        &self.body
    }

    pub(crate) fn renamed(mut self, rename: fn(&str) -> String) -> Self {
        self.headers.iter_mut().for_each(|(name, _)| *name = rename(name));
        self
    }

    pub(crate) fn body(self, body: impl Into<String>) -> Self {
        Self { body: body.into(), ..self }.signed()
    }

    /// The body with one member set otherwise; null takes it away.
    pub(crate) fn field(self, name: &str, value: Value) -> Self {
        let mut body: Value = serde_json::from_str(&self.body).unwrap();
        let members = body.as_object_mut().unwrap();
        if value.is_null() {
            members.remove(name)
        } else {
            members.insert(name.to_owned(), value)
        };
        self.body(body.to_string())
    }

    /// Signed for this time.
    pub(crate) fn at(self, timestamp: &str) -> Self {
        self.header("X-TIMESTAMP", timestamp).signed()
    }

    fn signed(self) -> Self {
        let timestamp = self.value("X-TIMESTAMP").to_owned();
        let signature = if self.client_id == SYMMETRIC_CLIENT && self.path != TOKEN {
            let token = self.value("Authorization").trim_start_matches("Bearer ");
            let text = format!("{}:{}:{token}:{}:{timestamp}", self.verb, self.path, body_hash(self.body.as_bytes()));
            STANDARD.encode(
                Hmac::<Sha512>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(text).finalize().into_bytes(),
            )
        } else {
            signature(self.client_id, &timestamp)
        };
        self.header("X-SIGNATURE", &signature)
    }

    /// Sends it and reads what comes, but not for ever.
    pub(crate) fn send(&self) -> Told {
        self.send_within(Duration::from_secs(20))
    }

    pub(crate) fn send_within(&self, patience: Duration) -> Told {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(patience)).unwrap();
        let mut request =
            format!("{} {} HTTP/1.1\r\nHost: merchant.example\r\nConnection: close\r\n", self.verb, self.path);
        for (name, value) in &self.headers {
            request += &format!("{name}: {value}\r\n");
        }
        request += &format!("Content-Length: {}\r\n\r\n{}", self.body.len(), self.body);
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        drop(stream.take(LONGEST).read_to_end(&mut answer));
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        let status = head.get(9..12).map_or(0, |status| status.parse().unwrap());
        Told {
            status,
            head: head.to_lowercase(),
            body: body.to_owned(),
            json: serde_json::from_str(body).unwrap_or_default(),
        }
    }
}
