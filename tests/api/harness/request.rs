//! A good request, and what can be done to it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use nico::snap::key::{PrivateKey, PublicKey};
use serde_json::Value;
use sha2::{Digest, Sha256, Sha512};

/// Whoever signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// IONPAYTEST's.
    Nicepay,
    /// IONPAYTEST's next one, valid beside the first.
    Rotated,
    /// OTHERCLIENT's.
    Other,
    /// SYMCLIENT's, for its token calls.
    Symmetric,
    /// Nobody's.
    Stranger,
}

/// A client as the provider's configuration has it.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) id: &'static str,
    pub(crate) key: Key,
    pub(crate) secret: Option<&'static str>,
}

pub(crate) const NICEPAY: Caller = Caller { id: "IONPAYTEST", key: Key::Nicepay, secret: None };
pub(crate) const OTHER: Caller = Caller { id: "OTHERCLIENT", key: Key::Other, secret: None };
/// Its secret looks like base64 and is not to be decoded; it is the one that NICEPAY publishes for its sandbox.
pub(crate) const SYMMETRIC: Caller = Caller {
    id: "SYMCLIENT",
    key: Key::Symmetric,
    secret: Some("33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A=="),
};

/// How the body's end is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length,
    Chunked(usize),
}

#[derive(Debug, Clone)]
enum Line {
    Sent(Vec<u8>),
    /// Made when the request is sent, over what then stands in it.
    Signature,
}

/// A request. It starts good; each method spoils, or changes, one thing.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) verb: &'static str,
    /// With the base path.
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
    headers: Vec<(String, Line)>,
    framing: Framing,
    caller: &'static Caller,
    key: Key,
    timestamp: String,
}

impl Request {
    /// A request without any header but `Host`.
    pub(crate) fn bare(verb: &'static str, path: &str) -> Self {
        Self {
            verb,
            path: path.to_owned(),
            body: Vec::new(),
            headers: Vec::new(),
            framing: Framing::Length,
            caller: &NICEPAY,
            key: Key::Nicepay,
            timestamp: String::new(),
        }
        .header("Host", "merchant.example")
    }

    pub(crate) fn access_token(path: &str, caller: &'static Caller, timestamp: &str) -> Self {
        Self { caller, key: caller.key, ..Self::bare("POST", path) }
            .header("Content-Type", "application/json")
            .header("X-CLIENT-KEY", caller.id)
            .timestamp(timestamp)
            .signed()
            .json(&serde_json::json!({ "grantType": "client_credentials", "additionalInfo": {} }))
    }

    pub(crate) fn transaction(path: &str, caller: &'static Caller, timestamp: &str, token: &str) -> Self {
        Self { caller, key: caller.key, ..Self::bare("POST", path) }
            .header("Content-Type", "application/json")
            .header("Authorization", format!("Bearer {token}"))
            .header("X-PARTNER-ID", caller.id)
            .header("X-EXTERNAL-ID", fresh("ext"))
            .header("CHANNEL-ID", caller.id)
            .timestamp(timestamp)
            .signed()
    }

    pub(crate) fn verb(self, verb: &'static str) -> Self {
        Self { verb, ..self }
    }

    pub(crate) fn to(self, path: &str) -> Self {
        Self { path: path.to_owned(), ..self }
    }

    /// Sets a header, in the place of all of its name.
    pub(crate) fn header(self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.without(name).also(name, value)
    }

    /// Adds a header, whatever is there already.
    pub(crate) fn also(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_owned(), Line::Sent(value.into())));
        self
    }

    /// Sends a header's line a second time, unchanged; `X` where there was none.
    pub(crate) fn twice(mut self, name: &str) -> Self {
        let line = self.headers.iter().find(|(sent, _)| sent.eq_ignore_ascii_case(name)).cloned();
        self.headers.push(line.unwrap_or_else(|| (name.to_owned(), Line::Sent(b"X".to_vec()))));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(sent, _)| !sent.eq_ignore_ascii_case(name));
        self
    }

    /// Header names as `rename` writes them.
    pub(crate) fn names(mut self, rename: fn(&str) -> String) -> Self {
        for (name, _) in &mut self.headers {
            *name = rename(name);
        }
        self
    }

    /// The time that is sent, and signed.
    pub(crate) fn timestamp(mut self, text: &str) -> Self {
        self.timestamp = text.to_owned();
        self.header("X-TIMESTAMP", text)
    }

    /// Signs with another key than the caller's.
    pub(crate) fn signed_with(self, key: Key) -> Self {
        Self { key, ..self }
    }

    /// Signs the asymmetric way although the caller's is the symmetric one.
    pub(crate) fn signed_asymmetrically(self) -> Self {
        let signature = self.asymmetric_signature();
        self.header("X-SIGNATURE", signature)
    }

    /// Signs the symmetric way, whatever the caller's, over `path` and `body`.
    pub(crate) fn signed_over(self, secret: &str, path: &str, body: &[u8]) -> Self {
        let signature = self.symmetric_signature(secret, path, body);
        self.header("X-SIGNATURE", signature)
    }

    fn signed(mut self) -> Self {
        self.headers.push(("X-SIGNATURE".to_owned(), Line::Signature));
        self
    }

    pub(crate) fn external_id(self, id: &str) -> Self {
        self.header("X-EXTERNAL-ID", id)
    }

    pub(crate) fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    pub(crate) fn json(self, json: &Value) -> Self {
        self.body(json.to_string())
    }

    /// Sets a field of the body.
    pub(crate) fn field(self, name: &str, value: impl Into<Value>) -> Self {
        let mut json = self.sent_json();
        json[name] = value.into();
        self.json(&json)
    }

    pub(crate) fn without_field(self, name: &str) -> Self {
        let mut json = self.sent_json();
        json.as_object_mut().expect("the body is an object").remove(name);
        self.json(&json)
    }

    /// The body as it stands, for whoever changes it.
    pub(crate) fn sent_json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    pub(crate) fn chunked(self, size: usize) -> Self {
        Self { framing: Framing::Chunked(size), ..self }
    }

    /// The first value under a name, as it will be sent.
    pub(crate) fn sent(&self, name: &str) -> Option<String> {
        let line = self.headers.iter().find(|(sent, _)| sent.eq_ignore_ascii_case(name))?;
        Some(String::from_utf8_lossy(&self.value(&line.1)).into_owned())
    }

    /// Everything in it that a stranger could have chosen, long enough to be recognised in an answer or a log line.
    pub(crate) fn marks(&self) -> Vec<String> {
        let mut marks: Vec<String> = self.path.split(['/', '?']).map(str::to_owned).collect();
        marks.extend(self.headers.iter().map(|(_, line)| String::from_utf8_lossy(&self.value(line)).into_owned()));
        if let Ok(json) = serde_json::from_slice(&self.body) {
            texts(&json, &mut marks);
        }
        // "Invalid Field Format paymentRequestId" is no echo of the path.
        marks.retain(|mark| mark.len() >= 4 && !["inquiry", "payment"].contains(&mark.as_str()));
        marks
    }

    /// The head's and the body's bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.verb, self.path).into_bytes();
        for (name, line) in &self.headers {
            bytes.extend_from_slice(&[name.as_bytes(), b": ", &self.value(line), b"\r\n"].concat());
        }
        match self.framing {
            Framing::Length => {
                bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", self.body.len()).as_bytes());
                bytes.extend_from_slice(&self.body);
            }
            Framing::Chunked(size) => {
                bytes.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
                for chunk in self.body.chunks(size) {
                    bytes.extend_from_slice(&[format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
                }
                bytes.extend_from_slice(b"0\r\n\r\n");
            }
        }
        bytes
    }

    /// The head alone, announcing `length` bytes of body.
    pub(crate) fn head(&self, length: u64) -> Vec<u8> {
        let bare = self.clone().without("Content-Length").body(Vec::new()).bytes();
        let text = String::from_utf8(bare).expect("this head is text");
        text.replace("Content-Length: 0", &format!("Content-Length: {length}")).into_bytes()
    }

    fn value(&self, line: &Line) -> Vec<u8> {
        match line {
            Line::Sent(value) => value.clone(),
            Line::Signature => self.signature().into_bytes(),
        }
    }

    fn signature(&self) -> String {
        match self.caller.secret {
            Some(secret) if self.sent("X-PARTNER-ID").is_some() => {
                self.symmetric_signature(secret, &self.path, &self.body)
            }
            _ => self.asymmetric_signature(),
        }
    }

    fn asymmetric_signature(&self) -> String {
        rsa_signature(self.key, &format!("{}|{}", self.caller.id, self.timestamp))
    }

    fn symmetric_signature(&self, secret: &str, path: &str, body: &[u8]) -> String {
        let authorization = self.sent("Authorization").unwrap_or_default();
        let token = authorization.trim_start_matches("Bearer ");
        let hash = hex(&Sha256::digest(body));
        hmac_signature(secret, &format!("{}:{path}:{token}:{hash}:{}", self.verb, self.timestamp))
    }
}

fn texts(json: &Value, found: &mut Vec<String>) {
    match json {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.values().for_each(|value| texts(value, found)),
        Value::Number(_) | Value::Null | Value::Bool(_) => {}
    }
}

/// A text that was never used before.
pub(crate) fn fresh(prefix: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    format!("{prefix}-{:08}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Base64 of HMAC-SHA512, computed here and not by the code under test.
pub(crate) fn hmac_signature(secret: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).expect("HMAC takes any key");
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Base64 of SHA256withRSA. PKCS#1 v1.5 signs a text always alike, so each is signed once.
pub(crate) fn rsa_signature(key: Key, text: &str) -> String {
    static KNOWN: OnceLock<Mutex<HashMap<(Key, String), String>>> = OnceLock::new();
    let known = KNOWN.get_or_init(Mutex::default);
    let place = (key, text.to_owned());
    if let Some(signature) = known.lock().unwrap_or_else(PoisonError::into_inner).get(&place) {
        return signature.clone();
    }
    let signature = STANDARD.encode(private(key).sign(text.as_bytes()));
    known.lock().unwrap_or_else(PoisonError::into_inner).insert(place, signature.clone());
    signature
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Made once for all tests: a key costs more than most of them.
pub(crate) fn private(key: Key) -> &'static PrivateKey {
    static KEYS: [OnceLock<PrivateKey>; 5] = [const { OnceLock::new() }; 5];
    KEYS[key as usize].get_or_init(|| PrivateKey::generate(2048).expect("a key can be made"))
}

pub(crate) fn public(key: Key) -> PublicKey {
    private(key).public().expect("a key has a public half")
}
