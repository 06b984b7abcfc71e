//! Signatures that others have made, NICEPAY's own among them, against ours. The data lie in `tests/vectors/`.

use nico::Secret;
use nico::snap::key::{KeyError, PublicKey};
use nico::snap::signature::{
    SymmetricInput, asymmetric_string_to_sign, body_hash, minify, sign_symmetric, verify_asymmetric, verify_symmetric,
};
use nico::snap::timestamp::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::harness::hmac_signature;

#[derive(Deserialize)]
struct Asymmetric {
    name: String,
    source: String,
    key: String,
    bits: usize,
    client_id: String,
    timestamp: String,
    signature: String,
}

#[derive(Deserialize)]
struct Symmetric {
    name: String,
    source: String,
    secret: String,
    method: String,
    path: String,
    access_token: String,
    body: Option<String>,
    body_hash: String,
    timestamp: String,
    string_to_sign: String,
    signature: String,
}

#[derive(Deserialize)]
struct BodyHash {
    source: String,
    body: String,
    sha256: String,
}

fn read<T: DeserializeOwned>(text: &str) -> Vec<T> {
    let vectors: Vec<T> = serde_json::from_str(text).expect("the vectors are JSON");
    assert!(!vectors.is_empty(), "a file of vectors that has none proves nothing");
    vectors
}

fn symmetric() -> Vec<Symmetric> {
    read(include_str!("../vectors/symmetric.json"))
}

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a timestamp")
}

impl Symmetric {
    fn input<'a>(&'a self, body: &'a [u8], timestamp: &'a Timestamp) -> SymmetricInput<'a> {
        SymmetricInput { method: &self.method, path: &self.path, access_token: &self.access_token, body, timestamp }
    }
}

#[test]
fn asymmetric_signatures_of_others_are_taken() {
    for vector in read::<Asymmetric>(include_str!("../vectors/asymmetric.json")) {
        let key = PublicKey::parse_sandbox(vector.key.as_bytes()).expect(&vector.source);
        assert_eq!(key.bits(), vector.bits, "{}", vector.name);
        let signed_at = time(&vector.timestamp);
        let verified = |client_id: &str, timestamp: &Timestamp, signature: &str| {
            verify_asymmetric(std::slice::from_ref(&key), client_id, timestamp, signature).is_ok()
        };
        assert_eq!(
            asymmetric_string_to_sign(&vector.client_id, &signed_at),
            format!("{}|{}", vector.client_id, vector.timestamp)
        );
        assert!(verified(&vector.client_id, &signed_at, &vector.signature), "{} ({})", vector.name, vector.source);
        assert!(!verified("IONPAYTEST2", &signed_at, &vector.signature), "{}: another client", vector.name);
        let later = time(&vector.timestamp.replace("+07:00", ".0+07:00"));
        assert!(!verified(&vector.client_id, &later, &vector.signature), "{}: another text", vector.name);
        let bare = vector.signature.trim_end_matches('=');
        assert!(!verified(&vector.client_id, &signed_at, bare), "{}: without padding", vector.name);
    }
}

/// NICEPAY's own key is long enough for money; the one of its sandbox is not.
#[test]
fn the_sandbox_key_is_for_the_sandbox() {
    for vector in read::<Asymmetric>(include_str!("../vectors/asymmetric.json")) {
        match PublicKey::parse(vector.key.as_bytes()) {
            Ok(key) => assert_eq!(key.bits(), 2048),
            Err(error) => assert!(matches!(error, KeyError::TooShort { bits: 1024, min: 2048 }), "{error}"),
        }
    }
}

/// The file's strings and signatures belong together, whoever computes them: the harness's HMAC agrees with each.
#[test]
fn symmetric_vectors_hold_by_themselves() {
    for vector in symmetric() {
        assert_eq!(hmac_signature(&vector.secret, &vector.string_to_sign), vector.signature, "{}", vector.source);
    }
}

#[test]
fn symmetric_signatures_of_others_are_made_and_taken() {
    let mut whole = 0;
    for vector in symmetric() {
        let (timestamp, secret) = (time(&vector.timestamp), Secret::new(vector.secret.clone()));
        // Where a vector's body is unknown, any other shows that everything round its hash is put together alike.
        let body = vector.body.clone().unwrap_or_else(|| "{}".to_owned());
        let input = vector.input(body.as_bytes(), &timestamp);
        let expected = vector.string_to_sign.replace(&vector.body_hash, &body_hash(body.as_bytes()));
        assert_eq!(input.string_to_sign(), expected, "{}", vector.name);
        let signature = sign_symmetric(&secret, &input);
        assert_eq!(signature, hmac_signature(&vector.secret, &expected), "{}", vector.name);
        assert!(verify_symmetric(&secret, &input, &signature).is_ok(), "{}", vector.name);
        if vector.body.is_some() {
            whole += 1;
            assert_eq!((input.string_to_sign(), signature), (vector.string_to_sign, vector.signature));
        }
    }
    assert_eq!(whole, 1, "F is the vector with a body");
}

/// F signs the minified body, so it is good for whatever way of spacing the body was sent in.
#[test]
fn a_signature_over_the_minified_body_is_good_for_the_spaced_one() {
    let vectors = symmetric();
    let vector = vectors.iter().find(|vector| vector.name == "F").expect("F is there");
    let (timestamp, secret) = (time(&vector.timestamp), Secret::new(vector.secret.clone()));
    let inquiries = read::<BodyHash>(include_str!("../vectors/body_hash.json"));
    let spaced: Vec<&BodyHash> = inquiries.iter().filter(|hash| hash.body.contains("41807553358950093184")).collect();
    assert_eq!(spaced.len(), 3, "minified, Python's, indented");
    for hash in spaced {
        assert_eq!(body_hash(&minify(hash.body.as_bytes())), vector.body_hash, "{}", hash.source);
        let input = vector.input(hash.body.as_bytes(), &timestamp);
        assert!(verify_symmetric(&secret, &input, &vector.signature).is_ok(), "{}", hash.source);
    }
}

#[test]
fn bodies_hash_as_others_hash_them() {
    for vector in read::<BodyHash>(include_str!("../vectors/body_hash.json")) {
        assert_eq!(body_hash(vector.body.as_bytes()), vector.sha256, "{}", vector.source);
    }
}
