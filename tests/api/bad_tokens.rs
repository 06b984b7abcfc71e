//! Tokens that are not ours, not now, not this client's.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};

use crate::harness::{App, Key, NICEPAY, OTHER, SAMPLE, TOKEN_KEYS, private, public, spawn_app};

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn hs256(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes any key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hs512(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha512>::new_from_slice(key).expect("HMAC takes any key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// A JWT made by hand.
fn jwt(header: &str, claims: &Value, sign: impl Fn(&str) -> Vec<u8>) -> String {
    let text = format!("{}.{}", encode(header), encode(claims.to_string()));
    let signature = encode(sign(&text));
    format!("{text}.{signature}")
}

/// The claims of a token of ours: an attacker who has held one knows what stands in it.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a token has three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64url")).expect("JSON")
}

fn told(app: &App, authorization: &str) -> String {
    let answers = [app.inquiry(SAMPLE), app.payment(SAMPLE)]
        .map(|request| app.call(&request.header("Authorization", authorization)).told());
    assert_eq!(answers[0].get(..7) == Some("2000000"), answers[1].get(..7) == Some("2000000"));
    answers[0].clone()
}

const PLAIN: &str = r#"{"alg":"HS256"}"#;

type Forgery = (&'static str, fn(&str) -> String);

/// Made out of a good token by one who may know everything but the key; `ours` signs with the key all the same,
/// where it is the header or a claim that must not be taken.
const FORGERIES: &[Forgery] = &[
    ("another key", |good| jwt(PLAIN, &claims(good), |text| hs256(b"a key of some thirty-two letters", text))),
    ("an empty key", |good| jwt(PLAIN, &claims(good), |text| hs256(b"", text))),
    ("alg none", |good| jwt(r#"{"alg":"none"}"#, &claims(good), |_| vec![])),
    ("alg None", |good| jwt(r#"{"alg":"None"}"#, &claims(good), |_| vec![])),
    ("alg none, signed", |good| jwt(r#"{"alg":"none"}"#, &claims(good), ours)),
    ("no signature", |good| format!("{}.", unsigned(good))),
    ("no third part", unsigned),
    ("RS256 by the client", |good| {
        jwt(r#"{"alg":"RS256"}"#, &claims(good), |text| private(Key::Nicepay).sign(text.as_bytes()))
    }),
    ("RS256 under the plain header", |good| {
        jwt(PLAIN, &claims(good), |text| private(Key::Nicepay).sign(text.as_bytes()))
    }),
    ("the public key for a secret", |good| {
        jwt(PLAIN, &claims(good), |text| hs256(public(Key::Nicepay).to_pem().as_bytes(), text))
    }),
    ("RS256, the public key for a secret", |good| {
        jwt(r#"{"alg":"RS256"}"#, &claims(good), |text| hs256(public(Key::Nicepay).to_pem().as_bytes(), text))
    }),
    ("RS256, signed with ours", |good| jwt(r#"{"alg":"RS256"}"#, &claims(good), ours)),
    ("HS512", |good| jwt(r#"{"alg":"HS512"}"#, &claims(good), |text| hs512(TOKEN_KEYS[0].as_bytes(), text))),
    ("typ", |good| jwt(r#"{"typ":"JWT","alg":"HS256"}"#, &claims(good), ours)),
    ("crit", |good| jwt(r#"{"alg":"HS256","crit":["b64"]}"#, &claims(good), ours)),
    ("a key in the header", |good| jwt(r#"{"alg":"HS256","jwk":{"kty":"oct","k":""}}"#, &claims(good), ours)),
    // As short as can be, so that it is not its length that gives it away.
    ("one header more", |good| jwt(r#"{"alg":"HS256","x":1}"#, &claims(good), ours)),
    ("a blank in the header", |good| jwt(r#"{"alg": "HS256"}"#, &claims(good), ours)),
    ("one claim more, short", |good| jwt(PLAIN, &with(good, "x", json!(1)), ours)),
    ("one claim more", |good| jwt(PLAIN, &with(good, "admin", json!(true)), ours)),
    ("no end", |good| jwt(PLAIN, &with(good, "exp", json!(null)), ours)),
    ("no beginning", |good| jwt(PLAIN, &with(good, "nbf", json!(null)), ours)),
    ("an end in words", |good| jwt(PLAIN, &with(good, "exp", json!("2999-01-01")), ours)),
    ("a far end", |good| jwt(PLAIN, &with(good, "exp", json!(32_503_680_000_i64)), ours)),
    ("the farthest end", |good| jwt(PLAIN, &with(good, "exp", json!(i64::MAX)), ours)),
    ("a fraction of an end", |good| jwt(PLAIN, &with(good, "exp", json!(1e300)), ours)),
    ("a subject in plain", |good| jwt(PLAIN, &with(good, "sub", json!("IONPAYTEST")), ours)),
    ("no subject", |good| jwt(PLAIN, &with(good, "sub", json!("")), ours)),
    ("its first letter changed", |good| good.replacen('e', "f", 1)),
    ("its signature's first letter changed", |good| changed(good, unsigned(good).len() + 1)),
    ("its claims changed", |good| changed(good, PLAIN.len() + 20)),
    ("one part more", |good| format!("{good}.{good}")),
    ("a letter more", |good| format!("{good}A")),
    ("a letter less", |good| good[..good.len() - 1].to_owned()),
    ("padding", |good| format!("{good}=")),
    ("very long", |good| format!("{good}{}", "A".repeat(8000))),
    ("dots", |_| "..".to_owned()),
    ("a word", |_| "token".to_owned()),
];

fn ours(text: &str) -> Vec<u8> {
    hs256(TOKEN_KEYS[0].as_bytes(), text)
}

fn unsigned(token: &str) -> String {
    token.rsplit_once('.').expect("a token has three parts").0.to_owned()
}

fn with(good: &str, name: &str, value: Value) -> Value {
    let mut claims = claims(good);
    claims[name] = value;
    if claims[name].is_null() {
        claims.as_object_mut().expect("an object").remove(name);
    }
    claims
}

fn changed(token: &str, at: usize) -> String {
    let other = if &token[at..=at] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &token[..at], &token[at + 1..])
}

#[test]
fn what_is_not_ours_is_refused() {
    let app = spawn_app();
    let good = app.token(&NICEPAY);
    assert_eq!(claims(&good), claims(&jwt(PLAIN, &claims(&good), ours)));
    for (name, forge) in FORGERIES {
        assert_eq!(told(&app, &format!("Bearer {}", forge(&good))), "4010001 Invalid Token (B2B)", "{name}");
    }
    let by_hand = jwt(PLAIN, &claims(&good), ours);
    assert_eq!(told(&app, &format!("Bearer {by_hand}")), "2000000 Successful", "the forger's tools are good");
}

#[test]
fn what_is_no_bearer_token_is_refused() {
    let app = spawn_app();
    let good = app.token(&NICEPAY);
    for authorization in [
        "Bearer".to_owned(),
        "Bearer \"\"".to_owned(),
        good.clone(),
        format!("Basic {good}"),
        format!("Token {good}"),
        format!("Bearer{good}"),
        format!("Bearer, {good}"),
        format!("Bearer {good}, Bearer {good}"),
        format!("Bearer {good} {good}"),
        format!("Bearer '{good}'"),
        format!("Bearer \"\"{good}\"\""),
    ] {
        assert_eq!(told(&app, &authorization), "4010001 Invalid Token (B2B)", "{authorization}");
    }
}

/// While the token key is being replaced, tokens of the old one live on; tokens of neither do not.
#[test]
fn both_token_keys_verify() {
    let app = spawn_app();
    let good = claims(&app.token(&NICEPAY));
    let old = jwt(PLAIN, &good, |text| hs256(TOKEN_KEYS[1].as_bytes(), text));
    assert_eq!(told(&app, &format!("Bearer {old}")), "2000000 Successful");
}

#[test]
fn a_token_is_for_its_time_and_its_client() {
    let app = spawn_app();
    let good = app.token(&NICEPAY);
    let moved = |by: i64| {
        let mut claims = claims(&good);
        for name in ["nbf", "exp"] {
            claims[name] = json!(claims[name].as_i64().expect("a time") + by);
        }
        told(&app, &format!("Bearer {}", jwt(PLAIN, &claims, ours)))
    };
    assert_eq!(moved(301), "4010001 Invalid Token (B2B)", "not yet valid, by more than clocks are apart");
    assert_eq!(moved(-900), "4010001 Invalid Token (B2B)", "expired this second");
    assert_eq!(moved(-901), "4010001 Invalid Token (B2B)", "expired");
    assert_eq!(told(&app, &format!("Bearer {}", app.token(&OTHER))), "4010001 Invalid Token (B2B)");
    assert_eq!(moved(-899), "2000000 Successful");
}
