//! Why a signature is refused: every near miss is named, nothing panics, and what is good is called good.

use std::collections::BTreeSet;

use nico::Secret;
use nico::snap::diagnosis::{Diagnosis, Hint, Known, Scheme, SignedRequest, Slip, Verdict, diagnose};
use nico::snap::key::PublicKey;
use nico::snap::signature::{SymmetricInput, verify_asymmetric, verify_symmetric};
use nico::snap::timestamp::Timestamp;
use proptest::prelude::*;
use rsa::pkcs8::EncodePublicKey;
use rsa::rand_core::OsRng;
use rsa::sha2::Sha256;
use rsa::signature::{RandomizedSigner, SignatureEncoding};
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, RsaPrivateKey, pss};

use crate::misses::{
    CLIENT, Case, HOST, OTHER, OTHER_SECRET, SECRET, SYMMETRIC, SYMMETRIC_OTHER, TOKEN, base64, cases, hmac_sha512,
    key, other_key, sha256_with_rsa,
};

fn public(key: &RsaPrivateKey) -> PublicKey {
    PublicKey::parse(key.to_public_key().to_public_key_der().expect("it can be written").as_bytes()).expect("a key")
}

fn with_known<T>(run: impl FnOnce(&Known<'_>) -> T) -> T {
    let (key, other) = (public(key()), public(other_key()));
    let (secret, other_secret) = (Secret::new(SECRET), Secret::new(OTHER_SECRET));
    run(&Known {
        keys: &[(OTHER, &other), (CLIENT, &key), (SYMMETRIC, &key)],
        secrets: &[(SYMMETRIC_OTHER, &other_secret), (SYMMETRIC, &secret)],
    })
}

impl Case {
    fn request(&self) -> SignedRequest<'_> {
        SignedRequest {
            client_key: self.client_key,
            partner_id: self.partner_id,
            timestamp: &self.timestamp,
            signature: &self.signature,
            method: "POST",
            path: self.path,
            host: Some(HOST),
            token: Some(TOKEN),
            body: self.body.as_bytes(),
        }
    }

    fn scheme(&self) -> Scheme {
        if self.is_symmetric() { Scheme::Symmetric } else { Scheme::Asymmetric }
    }
}

fn diagnosed(case: &Case) -> Diagnosis {
    with_known(|known| diagnose(&case.request(), case.scheme(), known))
}

#[test]
fn every_near_miss_is_named() {
    let mut named = BTreeSet::new();
    for case in cases() {
        let diagnosis = diagnosed(&case);
        let said = diagnosis.verdict.to_string();
        assert_eq!(diagnosis.verdict.slips(), case.slips, "{case:?}: {said}");
        assert_eq!(diagnosis.verdict == Verdict::Valid, case.slips.is_empty(), "{case:?}: {said}");
        assert!(!said.contains("{}") && !said.contains('\n'), "{said}");
        named.extend(case.slips);
    }
    assert_eq!(named, Slip::ALL.iter().copied().collect(), "each slip is made by a case");
}

/// A mend tells what to do, and no two are told alike.
#[test]
fn every_slip_has_a_name_and_a_sentence_of_its_own() {
    let names: BTreeSet<_> = Slip::ALL.iter().map(|slip| slip.name()).collect();
    assert_eq!(names.len(), Slip::ALL.len());
    let sentences: BTreeSet<_> = cases().iter().map(|case| diagnosed(case).verdict.to_string()).collect();
    assert!(sentences.iter().all(|said| said == "the signature is valid" || said.contains(": ")), "{sentences:?}");
}

#[test]
fn what_is_found_besides() {
    let case = cases().remove(0);
    let diagnosis = diagnosed(&case);
    assert_eq!(diagnosis.string_to_sign, format!("{CLIENT}|{}", case.timestamp));
    assert_eq!(diagnosis.signature_len, Some(256));
    let owners: Vec<_> = diagnosis.keys.iter().map(|key| (key.client_id.as_str(), key.bits)).collect();
    assert_eq!(owners, [(CLIENT, 2048), (OTHER, 2048), (SYMMETRIC, 2048)], "the client's own come first");
    assert_eq!(diagnosis.keys[0].fingerprint, public(key()).fingerprint());
    let other = inquiry_by(base64(sha256_with_rsa(other_key(), "something else")));
    let hint =
        Hint::OtherText { client_id: OTHER.to_owned(), fingerprint: public(other_key()).fingerprint().to_owned() };
    let entry = diagnosed(&other).entry(&other.timestamp);
    assert_eq!(entry.keys.iter().map(|key| key.client_id.as_str()).collect::<Vec<_>>(), [CLIENT, OTHER]);
    assert_eq!(entry.verdict, "unknown");
    let pss = pss::BlindedSigningKey::<Sha256>::new(other_key().clone()).sign_with_rng(&mut OsRng, b"something else");
    for (signature, expected) in [
        (other.signature.clone(), hint.clone()),
        (base64(pss.to_vec()), hint),
        ("%".to_owned(), Hint::Unreadable),
        (String::new(), Hint::Unreadable),
        (base64([1; 256]), Hint::OtherKey),
        (base64([1; 255]), Hint::Length(255)),
        (base64([1; 128]), Hint::Length(128)),
    ] {
        assert_eq!(diagnosed(&inquiry_by(signature)).verdict, Verdict::Unknown(expected));
    }
    let symmetric = |signature| Case { partner_id: Some(SYMMETRIC), ..inquiry_by(signature) };
    assert_eq!(diagnosed(&symmetric(base64([1; 64]))).verdict, Verdict::Unknown(Hint::OtherSecret));
    assert_eq!(diagnosed(&symmetric(base64([1; 63]))).verdict, Verdict::Unknown(Hint::Length(63)));
    let nothing = Known { keys: &[], secrets: &[] };
    for case in [inquiry_by(base64([1; 256])), symmetric(base64([1; 64]))] {
        let diagnosis = diagnose(&case.request(), case.scheme(), &nothing);
        assert_eq!(diagnosis.verdict, Verdict::Unknown(Hint::NoKey));
    }
}

fn inquiry_by(signature: String) -> Case {
    Case { signature, ..cases().remove(0) }
}

/// A signature and the modulus together are the same number to the key, and no signature all the same.
#[test]
fn a_number_beyond_the_modulus_is_no_signature() {
    let modulus = key().n();
    let mut tried = 0;
    for second in 10..60 {
        let mut case = inquiry_by(String::new());
        case.timestamp = format!("2024-07-03T10:00:{second}+07:00");
        let signature = sha256_with_rsa(key(), format!("{CLIENT}|{}", case.timestamp));
        let beyond = (BigUint::from_bytes_be(&signature) + modulus).to_bytes_be();
        if beyond.len() == signature.len() {
            case.signature = base64(beyond);
            assert_eq!(diagnosed(&case).verdict, Verdict::Unknown(Hint::OtherKey));
            tried += 1;
        }
    }
    assert!(tried > 5, "the key leaves no room for it: choose another");
}

/// What may be logged holds nothing that opens anything.
#[test]
fn an_entry_holds_no_secret() {
    for case in cases() {
        let entry = serde_json::to_string(&diagnosed(&case).entry(&case.timestamp)).expect("it is JSON");
        for secret in [SECRET, OTHER_SECRET, TOKEN, &case.signature, &case.body, "701589101110"] {
            assert!(!entry.contains(secret), "{secret} in {entry}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn nothing_panics(
        texts in prop::collection::vec("\\PC{0,60}|[0-9TZ:.+-]{15,40}|[A-Za-z0-9+/=_-]{0,400}|[0-9a-f]{128}", 7),
        shift in any::<i64>(),
        body in prop::collection::vec(any::<u8>(), 0..200),
        token_call in any::<bool>(),
    ) {
        let time = chrono::DateTime::from_timestamp(shift % 400_000_000_000, 0).map(|time| time.to_rfc3339());
        for timestamp in [texts[0].clone(), time.unwrap_or_default()] {
            let path = if token_call { "/api/v1.0/access-token/b2b" } else { &texts[1] };
            let request = SignedRequest {
                client_key: Some(&texts[2]), partner_id: Some(&texts[3]), timestamp: &timestamp, signature: &texts[4],
                method: &texts[5], path, host: Some(&texts[6]), token: None, body: &body,
            };
            for due in [Scheme::Asymmetric, Scheme::Symmetric] {
                let verdict = with_known(|known| diagnose(&request, due, known).verdict);
                prop_assert_ne!(verdict, Verdict::Valid);
            }
        }
    }

    /// The diagnosis calls good what the gate lets in, and nothing else.
    #[test]
    fn what_verifies_is_valid(
        id in "[A-Za-z0-9._-]{1,40}",
        seconds in 0_i64..4_000_000_000,
        path in "(/nicepay)?/api/v1.0/[a-z/]{1,20}(\\?[a-z]{1,5})?",
        body in "\\PC{0,80}|\\{ \"a\" : [ 1, 2 ] \\}",
        spoiled in any::<bool>(),
    ) {
        let timestamp = Timestamp::of(chrono::DateTime::from_timestamp(seconds, 0).expect("a time"));
        let input = SymmetricInput { method: "POST", path: &path, access_token: TOKEN, body: body.as_bytes(), timestamp: &timestamp };
        let text = format!("{id}|{}{}", timestamp.as_str(), if spoiled { "\n" } else { "" });
        let hmac_text = input.string_to_sign() + if spoiled { "\n" } else { "" };
        let (rsa, hmac) = (base64(sha256_with_rsa(key(), text)), base64(hmac_sha512(SECRET.as_bytes(), hmac_text)));
        let request = SignedRequest {
            client_key: None, partner_id: Some(&id), timestamp: timestamp.as_str(), signature: &rsa, method: "POST",
            path: &path, host: None, token: Some(TOKEN), body: body.as_bytes(),
        };
        let (key, secret) = (public(key()), Secret::new(SECRET));
        let known = Known { keys: &[(&id, &key)], secrets: &[(&id, &secret)] };
        let verdict = diagnose(&request, Scheme::Asymmetric, &known).verdict;
        prop_assert_eq!(verify_asymmetric(std::slice::from_ref(&key), &id, &timestamp, &rsa).is_ok(), !spoiled);
        prop_assert_eq!(verdict == Verdict::Valid, !spoiled, "{}", verdict);
        let verdict = diagnose(&SignedRequest { signature: &hmac, ..request }, Scheme::Symmetric, &known).verdict;
        prop_assert_eq!(verify_symmetric(&secret, &input, &hmac).is_ok(), !spoiled);
        prop_assert_eq!(verdict == Verdict::Valid, !spoiled, "{}", verdict);
    }
}
