//! Signatures that miss, each in one way (or two), made here with keys of the tests' own and not by the code that has
//! to recognise them.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use hmac::{Hmac, Mac};
use nico::snap::diagnosis::Slip;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::rand_core::OsRng;
use rsa::signature::{RandomizedSigner, SignatureEncoding};
use rsa::{Pkcs1v15Sign, RsaPrivateKey, pss};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

pub(crate) const CLIENT: &str = "IONPAYTEST";
pub(crate) const OTHER: &str = "OTHERCLIENT";
pub(crate) const SYMMETRIC: &str = "SYMCLIENT";
pub(crate) const SYMMETRIC_OTHER: &str = "SYMOTHER";
/// It is base64 and hexadecimal too, and neither is meant.
pub(crate) const SECRET: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
pub(crate) const OTHER_SECRET: &str = "another secret";
pub(crate) const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.e30.not-a-token-of-anybody";
pub(crate) const HOST: &str = "pay.shop.example";
const TIME: &str = "2024-07-03T10:00:00+07:00";
const PATH: &str = "/api/v1.0/cvs/inquiry";
const BODY: &str = r#"{"payNo":"701589101110","mitraCd":"ALMA","x":[1,{}],"y":"a, b: \"c\""}"#;

/// A request with a signature, and what is to be found out about it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) slips: Vec<Slip>,
    pub(crate) client_key: Option<&'static str>,
    pub(crate) partner_id: Option<&'static str>,
    pub(crate) timestamp: String,
    pub(crate) signature: String,
    pub(crate) path: &'static str,
    pub(crate) body: String,
}

impl Case {
    pub(crate) fn is_symmetric(&self) -> bool {
        self.partner_id == Some(SYMMETRIC)
    }
}

/// The key of IONPAYTEST.
pub(crate) fn key() -> &'static RsaPrivateKey {
    static KEY: OnceLock<RsaPrivateKey> = OnceLock::new();
    KEY.get_or_init(|| {
        RsaPrivateKey::from_pkcs8_pem(include_str!("../keys/test-only-private-pkcs8.pem")).expect("a key")
    })
}

/// The key of OTHERCLIENT.
pub(crate) fn other_key() -> &'static RsaPrivateKey {
    static KEY: OnceLock<RsaPrivateKey> = OnceLock::new();
    KEY.get_or_init(|| RsaPrivateKey::new(&mut OsRng, 2048).expect("a key can be made"))
}

pub(crate) fn sha256_with_rsa(key: &RsaPrivateKey, text: impl AsRef<[u8]>) -> Vec<u8> {
    SigningKey::<Sha256>::new(key.clone()).sign_with_rng(&mut OsRng, text.as_ref()).to_vec()
}

pub(crate) fn hmac_sha512(secret: &[u8], text: impl AsRef<[u8]>) -> Vec<u8> {
    let mac = Hmac::<Sha512>::new_from_slice(secret).expect("HMAC takes any key");
    mac.chain_update(text).finalize().into_bytes().to_vec()
}

pub(crate) fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

pub(crate) fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Good ones first, then every miss: by the asymmetric scheme, then by the symmetric one.
pub(crate) fn cases() -> Vec<Case> {
    [good(), written(), hashed(), keyed(), signed_text(), signed_time(), symmetric(), symmetric_body(), together()]
        .concat()
}

fn inquiry(slips: &[Slip], signature: impl Into<String>) -> Case {
    Case {
        slips: slips.to_vec(),
        client_key: None,
        partner_id: Some(CLIENT),
        timestamp: TIME.to_owned(),
        signature: signature.into(),
        path: PATH,
        body: BODY.to_owned(),
    }
}

fn by_text(slips: &[Slip], text: impl AsRef<[u8]>) -> Case {
    inquiry(slips, base64(sha256_with_rsa(key(), text)))
}

fn by_secret(slips: &[Slip], secret: &[u8], text: impl AsRef<[u8]>) -> Case {
    Case { partner_id: Some(SYMMETRIC), ..inquiry(slips, base64(hmac_sha512(secret, text))) }
}

fn right() -> String {
    format!("{CLIENT}|{TIME}")
}

fn whole(path: &str, token: &str, body_hash: &str) -> String {
    format!("POST:{path}:{token}:{body_hash}:{TIME}")
}

fn hash(body: impl AsRef<[u8]>) -> String {
    hex(Sha256::digest(body))
}

fn good() -> Vec<Case> {
    let spaced = BODY.replace(":[", " : [");
    let token_call = Case {
        client_key: Some(CLIENT),
        partner_id: None,
        path: "/api/v1.0/access-token/b2b",
        ..by_text(&[], right())
    };
    let behind = Case {
        path: "/nicepay/v1.0/cvs/inquiry",
        ..by_secret(&[], SECRET.as_bytes(), whole("/v1.0/cvs/inquiry", TOKEN, &hash(BODY)))
    };
    let minified = by_secret(&[], SECRET.as_bytes(), whole(PATH, TOKEN, &hash(BODY)));
    vec![
        by_text(&[], right()),
        token_call,
        by_secret(&[], SECRET.as_bytes(), whole(PATH, TOKEN, &hash(BODY))),
        behind,
        Case { body: spaced, ..minified },
    ]
}

fn written() -> Vec<Case> {
    // A text whose signature has every letter that the dialects write differently.
    let signature = sha256_with_rsa(key(), right());
    let text = base64(&signature);
    assert!(text.contains('+') && text.contains('/') && text.ends_with('='), "choose another key: {text}");
    vec![
        inquiry(&[Slip::Hex], hex(&signature)),
        inquiry(&[Slip::Hex], hex(&signature).to_uppercase()),
        inquiry(&[Slip::Base64Url], URL_SAFE.encode(&signature)),
        inquiry(&[Slip::Unpadded], text.trim_end_matches('=')),
        inquiry(
            &[Slip::LineBreaks],
            text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line) + "\n").collect::<String>(),
        ),
        inquiry(&[Slip::Blanks], format!(" {text} ")),
        inquiry(&[Slip::PlusAsBlank], text.replace('+', " ")),
        inquiry(&[Slip::PercentEncoded], text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")),
        inquiry(&[Slip::Quoted], format!("\"{text}\"")),
    ]
}

fn hashed() -> Vec<Case> {
    let (text, key) = (right(), key().clone());
    let bytes = text.as_bytes();
    let bare = key.sign_with_rng(&mut OsRng, Pkcs1v15Sign::new_unprefixed(), &Sha256::digest(bytes));
    vec![
        inquiry(&[Slip::NoDigestInfo], base64(bare.expect("it can be signed"))),
        inquiry(&[Slip::BareHash], base64(Sha256::digest(bytes))),
        inquiry(&[Slip::DoubleHash], base64(sha256_with_rsa(&key, Sha256::digest(bytes)))),
        inquiry(&[Slip::DoubleHashHex], base64(sha256_with_rsa(&key, hash(bytes)))),
        signed_by(&[Slip::Sha1], &SigningKey::<Sha1>::new(key.clone()), bytes),
        signed_by(&[Slip::Sha512], &SigningKey::<Sha512>::new(key.clone()), bytes),
        signed_by(&[Slip::Pss], &pss::BlindedSigningKey::<Sha256>::new(key.clone()), bytes),
        signed_by(&[Slip::Pss], &pss::BlindedSigningKey::<Sha256>::new_with_salt_len(key.clone(), 222), bytes),
        signed_by(&[Slip::Pss, Slip::Sha512], &pss::BlindedSigningKey::<Sha512>::new(key), bytes),
    ]
}

fn signed_by<S: SignatureEncoding>(slips: &[Slip], key: &impl RandomizedSigner<S>, text: &[u8]) -> Case {
    inquiry(slips, base64(key.sign_with_rng(&mut OsRng, text).to_vec()))
}

/// By the wrong key, or by the wrong kind of key.
fn keyed() -> Vec<Case> {
    let hmac = |secret: &str, text: String| base64(hmac_sha512(secret.as_bytes(), text));
    let (text, own) = (whole(PATH, TOKEN, &hash(BODY)), format!("{SYMMETRIC}|{TIME}"));
    let hmac_sha256 = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("HMAC takes any key");
    let hmac_sha256 = base64(hmac_sha256.chain_update(&text).finalize().into_bytes());
    let symmetric = |slip, signature| Case { partner_id: Some(SYMMETRIC), ..inquiry(&[slip], signature) };
    let path = "/api/v1.0/access-token/b2b";
    let token_call =
        |slip, signature| Case { client_key: Some(SYMMETRIC), partner_id: None, path, ..inquiry(&[slip], signature) };
    vec![
        inquiry(&[Slip::OtherKey], base64(sha256_with_rsa(other_key(), right()))),
        inquiry(&[Slip::HmacByLength], hmac("a secret that nobody knows", right())),
        token_call(Slip::HmacByMistake, hmac(SECRET, own.clone())),
        symmetric(Slip::RsaByMistake, base64(sha256_with_rsa(key(), own))),
        symmetric(Slip::RsaByLength, base64([7; 256])),
        symmetric(Slip::HmacSha256, hmac_sha256),
        symmetric(Slip::OtherSecret, hmac(OTHER_SECRET, text)),
    ]
}

fn signed_text() -> Vec<Case> {
    let (text, hashed) = (right(), hash(BODY));
    vec![
        Case { client_key: Some("MERCHANT01"), ..by_text(&[Slip::OtherHeader], format!("MERCHANT01|{TIME}")) },
        by_text(&[Slip::OtherClientId], format!("{OTHER}|{TIME}")),
        by_text(&[Slip::TrailingNewline], format!("{text}\n")),
        by_text(&[Slip::TrailingCrlf], format!("{text}\r\n")),
        by_text(&[Slip::TrailingBlank], format!("{text} ")),
        by_text(&[Slip::LeadingNewline], format!("\n{text}")),
        by_text(&[Slip::LeadingBlank], format!(" {text}")),
        by_text(&[Slip::BodyIncluded], format!("POST:{PATH}:{hashed}:{TIME}")),
        by_text(&[Slip::BodyIncludedWithToken], whole(PATH, TOKEN, &hashed)),
    ]
}

fn signed_time() -> Vec<Case> {
    let signed = |slip, time: &str| by_text(&[slip], format!("{CLIENT}|{time}"));
    let sent = |time: &str, case: Case| Case { timestamp: time.to_owned(), ..case };
    let (zone, hours) = (Slip::TimestampZone, Slip::TimestampSevenHours);
    vec![
        signed(zone, "2024-07-03T03:00:00Z"),
        signed(zone, "2024-07-03T10:00:00Z"),
        signed(zone, "2024-07-03T03:00:00+00:00"),
        signed(zone, "2024-07-03T03:00:00.000Z"),
        sent("2024-07-03T03:00:00Z", signed(zone, TIME)),
        signed(hours, "2024-07-03T03:00:00+07:00"),
        signed(hours, "2024-07-03T17:00:00+07:00"),
        signed(Slip::TimestampNoOffset, "2024-07-03T10:00:00"),
        signed(Slip::TimestampNoColon, "2024-07-03T10:00:00+0700"),
        signed(Slip::TimestampMillis, "2024-07-03T10:00:00.000+07:00"),
        signed(Slip::TimestampMillis, "2024-07-03T10:00:00.987+07:00"),
        sent("2024-07-03T10:00:00.125+07:00", signed(Slip::TimestampNoFraction, TIME)),
        sent("2024-07-03T10:00:00.125+07:00", signed(zone, "2024-07-03T03:00:00.125Z")),
    ]
}

fn symmetric() -> Vec<Case> {
    let (secret, hashed) = (SECRET.as_bytes(), hash(BODY));
    let text = whole(PATH, TOKEN, &hashed);
    let signed = |slip, text: String| by_secret(&[slip], secret, text);
    let unhexed: Vec<u8> = (0..32).map(|n| (n % 16) * 0x11).collect();
    let query = "/api/v1.0/cvs/inquiry?trace=1";
    vec![
        by_secret(&[Slip::SecretDecoded], &STANDARD.decode(SECRET).expect("it is base64"), &text),
        by_secret(&[Slip::SecretUnhexed], &unhexed, &text),
        by_secret(&[Slip::SecretNewline], format!("{SECRET}\n").as_bytes(), &text),
        signed(Slip::BodyMissing, format!("{SYMMETRIC}|{TIME}")),
        signed(Slip::TokenMissing, format!("POST:{PATH}:{hashed}:{TIME}")),
        signed(Slip::TokenMissing, whole(PATH, "", &hashed)),
        signed(Slip::TokenWithBearer, whole(PATH, &format!("Bearer {TOKEN}"), &hashed)),
        signed(Slip::TokenQuoted, whole(PATH, &format!("\"{TOKEN}\""), &hashed)),
        signed(Slip::PathWithoutBase, whole("/v1.0/cvs/inquiry", TOKEN, &hashed)),
        signed(Slip::PathOtherBase, whole("/nicepay/v1.0/cvs/inquiry", TOKEN, &hashed)),
        signed(Slip::PathOtherBase, whole("/nicepay/api/v1.0/cvs/inquiry", TOKEN, &hashed)),
        signed(Slip::PathFullUrl, whole(&format!("https://{HOST}{PATH}"), TOKEN, &hashed)),
        Case { path: query, ..signed(Slip::PathWithoutQuery, whole(PATH, TOKEN, &hashed)) },
        signed(Slip::TimestampSevenHours, text.replace("10:00:00", "03:00:00")),
        signed(Slip::TimestampZone, text.replace("+07:00", "Z")),
        signed(Slip::TimestampMillis, text.replace("+07:00", ".042+07:00")),
        signed(Slip::TrailingNewline, format!("{text}\n")),
        signed(Slip::DoubleHashHex, hash(&text)),
        Case { signature: hex(hmac_sha512(secret, &text)), ..signed(Slip::Hex, String::new()) },
    ]
}

fn symmetric_body() -> Vec<Case> {
    let signed = |slip, hash: &str| by_secret(&[slip], SECRET.as_bytes(), whole(PATH, TOKEN, hash));
    let spaced = r#"{"payNo": "701589101110", "mitraCd": "ALMA", "x": [1, {}], "y": "a, b: \"c\""}"#;
    let indented = "{\n  \"payNo\": \"701589101110\",\n  \"mitraCd\": \"ALMA\",\n  \"x\": [\n    1,\n    {}\n  ],\n  \"y\": \"a, b: \\\"c\\\"\"\n}";
    vec![
        signed(Slip::BodyHashUpperCase, &hash(BODY).to_uppercase()),
        signed(Slip::BodyHashBase64, &base64(Sha256::digest(BODY))),
        signed(Slip::BodySpaced, &hash(spaced)),
        signed(Slip::BodyIndented, &hash(indented)),
        signed(Slip::BodyNewline, &hash(format!("{BODY}\n"))),
        signed(Slip::BodyEmpty, &hash("")),
    ]
}

/// Mistakes come in company.
fn together() -> Vec<Case> {
    let other = |text: &str| base64(sha256_with_rsa(other_key(), text));
    let sha1 = SigningKey::<Sha1>::new(key().clone())
        .sign_with_rng(&mut OsRng, format!("{CLIENT}|2024-07-03T03:00:00Z\n").as_bytes());
    let spaced = r#"{"payNo": "701589101110", "mitraCd": "ALMA", "x": [1, {}], "y": "a, b: \"c\""}"#;
    vec![
        inquiry(&[Slip::Hex, Slip::Sha1, Slip::TimestampZone, Slip::TrailingNewline], hex(sha1.to_vec())),
        inquiry(&[Slip::OtherKey, Slip::OtherClientId], other(&format!("{OTHER}|{TIME}"))),
        inquiry(&[Slip::OtherKey, Slip::TrailingNewline], other(&format!("{}\n", right()))),
        by_secret(
            &[Slip::PathWithoutBase, Slip::BodySpaced],
            SECRET.as_bytes(),
            whole("/v1.0/cvs/inquiry", TOKEN, &hash(spaced)),
        ),
    ]
}
