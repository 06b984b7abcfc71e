//! The shared vectors in `tests/vectors/`, NICEPAY's own signatures among them: each file is of the form that the schema
//! describes, and each case comes out here as it says.

use std::collections::BTreeSet;
use std::fs;

use chrono::{DateTime, Utc};
use jsonschema::Validator;
use nico::cvs::merchant_token::{Covered, MerchantKey};
use nico::snap::access_token::{InvalidToken, bearer_token};
use nico::snap::diagnosis::{Known, Scheme, SignedRequest, diagnose};
use nico::snap::key::{KeyError, PublicKey};
use nico::snap::signature::{
    SymmetricInput, asymmetric_string_to_sign, body_hash, minify, sign_symmetric, verify_asymmetric, verify_symmetric,
};
use nico::snap::timestamp::Timestamp;
use nico::{Amount, ClientId, Secret, TokenKey, TokenKeys};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::harness::hmac_signature;

#[derive(Deserialize)]
struct Asymmetric {
    name: String,
    valid: bool,
    key: String,
    client_id: String,
    timestamp: String,
    string_to_sign: String,
    signature: String,
    #[serde(default)]
    slips: Vec<String>,
}

#[derive(Deserialize)]
struct Symmetric {
    name: String,
    valid: bool,
    secret: String,
    method: String,
    path: String,
    access_token: String,
    body: Option<String>,
    body_hash: String,
    timestamp: String,
    string_to_sign: String,
    signature: String,
    #[serde(default)]
    slips: Vec<String>,
}

#[derive(Deserialize)]
struct BodyHash {
    name: String,
    body: String,
    sha256: String,
    minified_sha256: String,
}

#[derive(Deserialize)]
struct Time {
    name: String,
    text: String,
    instant: Option<String>,
    jakarta_date: Option<String>,
}

#[derive(Deserialize)]
struct Money {
    name: String,
    text: String,
    sen: Option<u64>,
    written: Option<String>,
}

#[derive(Deserialize)]
struct Bearer {
    name: String,
    authorization: String,
    token: Option<String>,
}

#[derive(Deserialize)]
struct Token {
    name: String,
    key: String,
    client_id: String,
    token: String,
    now: String,
    why: Option<String>,
}

#[derive(Deserialize)]
struct MerchantToken {
    name: String,
    valid: bool,
    interface: String,
    key: String,
    #[serde(default)]
    time_stamp: String,
    i_mid: String,
    #[serde(default)]
    reference_no: String,
    #[serde(default)]
    t_xid: String,
    amt: String,
    merchant_token: String,
}

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors");
const KINDS: [&str; 8] =
    ["amount", "asymmetric", "bearer", "body_hash", "merchant_token", "symmetric", "timestamp", "token"];

fn file(name: &str) -> Value {
    let text = fs::read_to_string(format!("{FOLDER}/{name}.json")).expect(name);
    serde_json::from_str(&text).expect(name)
}

fn cases<T: DeserializeOwned>(kind: &str) -> Vec<T> {
    serde_json::from_value(file(kind)["cases"].take()).expect(kind)
}

fn schema() -> Validator {
    jsonschema::draft202012::new(&file("schema")).expect("the schema is one")
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a timestamp")
}

#[test]
fn every_file_is_of_the_form_that_the_schema_describes() {
    let schema = schema();
    let files = fs::read_dir(FOLDER).expect("the folder is there").map(|file| file.expect("a file").file_name());
    let names = files.filter_map(|name| Some(name.to_str()?.strip_suffix(".json")?.to_owned()));
    let names: BTreeSet<String> = names.filter(|name| name != "schema").collect();
    assert_eq!(names, KINDS.map(str::to_owned).into(), "each file is run by a test below, and each test has its file");
    for name in names {
        let vectors = file(&name);
        let wrong = schema.iter_errors(&vectors).map(|error| error.instance_path().to_string());
        assert_eq!(wrong.collect::<Vec<_>>(), Vec::<String>::new(), "{name} is not of the form here");
        assert_eq!(vectors["kind"], name.as_str());
        let cases = vectors["cases"].as_array().expect("a list");
        let distinct: BTreeSet<&str> = cases.iter().filter_map(|case| case["name"].as_str()).collect();
        assert_eq!(distinct.len(), cases.len(), "{name} names two cases alike");
    }
}

/// A schema that takes anything proves nothing.
#[test]
fn the_schema_finds_what_is_wrong() {
    let schema = schema();
    for kind in KINDS {
        let good = file(kind);
        assert!(schema.is_valid(&good), "{kind}");
        let spoil = |pointer: &str, value: Value| {
            let mut spoiled = good.clone();
            let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
            spoiled.pointer_mut(parent).expect(pointer)[name] = value;
            assert!(!schema.is_valid(&spoiled), "{kind} with another {pointer}");
        };
        spoil("/kind", "another".into());
        spoil("/kind", KINDS[(KINDS.iter().position(|other| *other == kind).expect("it is there") + 1) % 8].into());
        spoil("/cases", Value::Array(Vec::new()));
        spoil("/cases/0/unknown", "x".into());
        spoil("/unknown", "x".into());
        for name in good["cases"][0].as_object().expect("an object").keys() {
            spoil(&format!("/cases/0/{name}"), Value::Object(serde_json::Map::new()));
            let mut without = good.clone();
            without["cases"][0].as_object_mut().expect("an object").remove(name);
            let optional = ["note", "slips"].contains(&name.as_str());
            assert_eq!(schema.is_valid(&without), optional, "{kind} without {name}");
        }
    }
}

#[test]
fn asymmetric_signatures_are_taken_and_refused() {
    for vector in cases::<Asymmetric>("asymmetric") {
        let key = PublicKey::parse_sandbox(vector.key.as_bytes()).expect(&vector.name);
        let timestamp = time(&vector.timestamp);
        assert_eq!(asymmetric_string_to_sign(&vector.client_id, &timestamp), vector.string_to_sign, "{}", vector.name);
        let verified = verify_asymmetric(std::slice::from_ref(&key), &vector.client_id, &timestamp, &vector.signature);
        assert_eq!(verified.is_ok(), vector.valid, "{}", vector.name);
        let request = SignedRequest {
            client_key: None,
            partner_id: Some(&vector.client_id),
            timestamp: &vector.timestamp,
            signature: &vector.signature,
            method: "POST",
            path: "/api/v1.0/cvs/inquiry",
            host: None,
            token: None,
            body: b"",
        };
        let known = Known { keys: &[(&vector.client_id, &key)], secrets: &[] };
        let found = diagnose(&request, Scheme::Asymmetric, &known);
        assert_eq!(found.string_to_sign, vector.string_to_sign);
        assert_eq!(found.entry("").slips, vector.slips, "{}: {}", vector.name, found.verdict);
        assert_eq!(found.verdict.name() == "valid", vector.valid, "{}", vector.name);
    }
}

/// NICEPAY's own key is long enough for money; the one of its sandbox is not.
#[test]
fn the_sandbox_key_is_for_the_sandbox() {
    let mut short = 0;
    for vector in cases::<Asymmetric>("asymmetric") {
        match PublicKey::parse(vector.key.as_bytes()) {
            Ok(key) => assert_eq!(key.bits(), 2048),
            Err(error) => {
                short += 1;
                assert!(matches!(error, KeyError::TooShort { bits: 1024, min: 2048 }), "{error}");
            }
        }
    }
    assert_eq!(short, 1);
}

/// The good strings and signatures belong together, whoever computes them: the harness's HMAC agrees with each.
#[test]
fn symmetric_vectors_hold_by_themselves() {
    for vector in cases::<Symmetric>("symmetric") {
        let holds = hmac_signature(&vector.secret, &vector.string_to_sign) == vector.signature;
        assert_eq!(holds, vector.valid, "{}", vector.name);
    }
}

#[test]
fn symmetric_signatures_are_made_taken_and_refused() {
    for vector in cases::<Symmetric>("symmetric") {
        let (timestamp, secret) = (time(&vector.timestamp), Secret::new(vector.secret.clone()));
        // Where a vector's body is unknown, any other shows that everything round its hash is put together alike.
        let body = vector.body.clone().unwrap_or_else(|| "{}".to_owned());
        let (method, path, access_token) = (&vector.method, &vector.path, &vector.access_token);
        let input = SymmetricInput { method, path, access_token, body: body.as_bytes(), timestamp: &timestamp };
        let expected = vector.string_to_sign.replace(&vector.body_hash, &body_hash(body.as_bytes()));
        assert_eq!(input.string_to_sign(), expected, "{}", vector.name);
        assert_eq!(sign_symmetric(&secret, &input), hmac_signature(&vector.secret, &expected), "{}", vector.name);
        if vector.body.is_none() {
            continue;
        }
        assert_eq!(input.string_to_sign(), vector.string_to_sign, "{}", vector.name);
        assert_eq!(verify_symmetric(&secret, &input, &vector.signature).is_ok(), vector.valid, "{}", vector.name);
        let request = SignedRequest {
            client_key: None,
            partner_id: Some("A"),
            timestamp: &vector.timestamp,
            signature: &vector.signature,
            method,
            path,
            host: None,
            token: Some(access_token),
            body: body.as_bytes(),
        };
        let found = diagnose(&request, Scheme::Symmetric, &Known { keys: &[], secrets: &[("A", &secret)] });
        assert_eq!(found.entry("").slips, vector.slips, "{}: {}", vector.name, found.verdict);
    }
}

/// F signs the minified body, so it is good for whatever way of spacing the body was sent in.
#[test]
fn a_signature_over_the_minified_body_is_good_for_the_spaced_one() {
    let vectors = cases::<Symmetric>("symmetric");
    let vector = vectors.iter().find(|vector| vector.name == "F").expect("F is there");
    let (timestamp, secret) = (time(&vector.timestamp), Secret::new(vector.secret.clone()));
    let mut spaced = cases::<BodyHash>("body_hash");
    spaced.retain(|hash| hash.minified_sha256 == vector.body_hash);
    assert_eq!(spaced.len(), 3, "minified, Python's, indented");
    for hash in spaced {
        let (method, path, access_token) = (&vector.method, &vector.path, &vector.access_token);
        let input = SymmetricInput { method, path, access_token, body: hash.body.as_bytes(), timestamp: &timestamp };
        assert!(verify_symmetric(&secret, &input, &vector.signature).is_ok(), "{}", hash.name);
    }
}

#[test]
fn bodies_hash_as_others_hash_them() {
    for vector in cases::<BodyHash>("body_hash") {
        assert_eq!(body_hash(vector.body.as_bytes()), vector.sha256, "{}", vector.name);
        assert_eq!(body_hash(&minify(vector.body.as_bytes())), vector.minified_sha256, "{}", vector.name);
    }
}

#[test]
fn timestamps_name_their_instant_and_their_day() {
    for vector in cases::<Time>("timestamp") {
        let parsed = Timestamp::parse(&vector.text).ok();
        assert_eq!(parsed.as_ref().map(Timestamp::instant), vector.instant.as_deref().map(instant), "{}", vector.name);
        let date = parsed.map(|timestamp| timestamp.jakarta_date().to_string());
        assert_eq!(date, vector.jakarta_date, "{}", vector.name);
    }
}

#[test]
fn amounts_are_read_to_the_sen() {
    for vector in cases::<Money>("amount") {
        let amount = Amount::parse(&vector.text).ok();
        assert_eq!(amount.as_ref().map(Amount::sen), vector.sen, "{}", vector.name);
        assert_eq!(amount.map(|amount| amount.value()), vector.written, "{}", vector.name);
    }
}

#[test]
fn tokens_are_found_in_their_header() {
    for vector in cases::<Bearer>("bearer") {
        assert_eq!(bearer_token(&vector.authorization).ok(), vector.token.as_deref(), "{}", vector.name);
    }
}

#[test]
fn tokens_are_good_for_their_client_in_their_time() {
    for vector in cases::<Token>("token") {
        let keys = TokenKeys::from(TokenKey::new(&Secret::new(vector.key)).expect(&vector.name));
        let client = ClientId::parse(&vector.client_id).expect(&vector.name);
        let verified = keys.verify(&vector.token, instant(&vector.now)).and_then(|bearer| bearer.of(&client).map(drop));
        let why = verified.err().map(|error| match error {
            InvalidToken::Expired => "expired",
            InvalidToken::NotYetValid => "not_yet_valid",
            InvalidToken::OtherClient => "other_client",
            InvalidToken::Foreign => "foreign",
            InvalidToken::Absent | InvalidToken::NotBearer => "no token at all",
        });
        assert_eq!(why, vector.why.as_deref(), "{}", vector.name);
    }
}

#[test]
fn merchant_tokens_are_made_and_compared() {
    for vector in cases::<MerchantToken>("merchant_token") {
        let key = MerchantKey::new(Secret::new(vector.key)).expect(&vector.name);
        let (time_stamp, i_mid, amt) = (&*vector.time_stamp, &*vector.i_mid, &*vector.amt);
        let (reference_no, t_xid) = (&*vector.reference_no, &*vector.t_xid);
        let covered = match &*vector.interface {
            "order_v1" => Covered::OrderV1 { i_mid, reference_no, amt },
            "order_v2" => Covered::OrderV2 { time_stamp, i_mid, reference_no, amt },
            "transaction_v1" => Covered::TransactionV1 { i_mid, t_xid, amt },
            "transaction_v2" => Covered::TransactionV2 { time_stamp, i_mid, t_xid, amt },
            other => panic!("{other} is no interface"),
        };
        assert_eq!(key.token(&covered) == vector.merchant_token, vector.valid, "{}", vector.name);
        assert_eq!(key.verify(&covered, &vector.merchant_token), vector.valid, "{}", vector.name);
    }
}
