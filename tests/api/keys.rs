//! Every form in which a key has reached a merchant. The files under `tests/keys/` were made for these tests alone;
//! the private ones sign nothing anywhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nico::PublicKey;
use nico::snap::key::{KeyError, PrivateKey};

const SPKI: &str = include_str!("../keys/public-spki.pem");
const PKCS1: &str = include_str!("../keys/public-pkcs1.pem");
const CERTIFICATE: &str = include_str!("../keys/certificate.pem");
const PRIVATE_PKCS8: &str = include_str!("../keys/test-only-private-pkcs8.pem");
const PRIVATE_PKCS1: &str = include_str!("../keys/test-only-private-pkcs1.pem");
const PRIVATE_EC: &str = include_str!("../keys/test-only-private-ec-sec1.pem");
const PRIVATE_EC_PKCS8: &str = include_str!("../keys/test-only-private-ec-pkcs8.pem");
const ENCRYPTED_PKCS8: &str = include_str!("../keys/test-only-private-pkcs8-encrypted.pem");
const ENCRYPTED_PKCS1: &str = include_str!("../keys/test-only-private-pkcs1-encrypted.pem");
const EC: &str = include_str!("../keys/public-ec.pem");
const EC_CERTIFICATE: &str = include_str!("../keys/certificate-ec.pem");
const ED25519: &str = include_str!("../keys/public-ed25519.pem");
const BITS_1024: &str = include_str!("../keys/public-1024.pem");
const BITS_8192: &str = include_str!("../keys/public-8192.pem");
const BITS_512: &str = include_str!("../keys/public-512.pem");

/// What `openssl pkey -pubin -in FILE -outform DER | sha256sum` says of the key in all of the forms, and of the
/// short one.
const FINGERPRINT: &str = "SHA256:7e04ea61bbb13920b28111f91185d5f1fc805d823aef06c68eb6fc3fd98376a9";
const FINGERPRINT_1024: &str = "SHA256:a9ebc97165c28c6247884c6a72c30899fd2ff749b472d9de6b16f5d7dfa4a5c0";

fn base64_of(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with("-----") && !line.contains(':')).collect()
}

fn der_of(pem: &str) -> Vec<u8> {
    STANDARD.decode(base64_of(pem)).expect("a PEM file holds base64")
}

fn wrapped(text: &str, width: usize, end: &str) -> String {
    let lines = text.as_bytes().chunks(width).map(|line| String::from_utf8_lossy(line) + end);
    lines.collect()
}

type Form = (&'static str, fn(&str) -> Vec<u8>);

/// What mail, portals, editors and environment variables make of a PEM file.
const FORMS: &[Form] = &[
    ("PEM", |pem| pem.into()),
    ("PEM without its last line feed", |pem| pem.trim_end().into()),
    ("CRLF", |pem| pem.replace('\n', "\r\n").into()),
    ("indented", |pem| pem.replace('\n', "\n    ").into()),
    ("indented by tabs", |pem| pem.lines().map(|line| format!("\t{line}\n")).collect::<String>().into()),
    ("blanks behind the lines", |pem| pem.replace('\n', "  \n").into()),
    ("blank lines between", |pem| pem.replace('\n', "\n\n").into()),
    ("on one line", |pem| pem.replace('\n', " ").into()),
    ("on one line without blanks", |pem| pem.replace('\n', "").into()),
    ("line feeds written out", |pem| pem.replace('\n', "\\n").into()),
    ("CRLF written out", |pem| pem.replace('\n', "\\r\\n").into()),
    ("in quotes", |pem| format!("\"{}\"", pem.replace('\n', "\\n")).into()),
    ("in single quotes", |pem| format!("'{pem}'\n").into()),
    ("a byte order mark", |pem| format!("\u{feff}{pem}").into()),
    ("words before it", |pem| format!("Dear merchant,\nhere is our key:\n{pem}Regards\n").into()),
    ("base64", |pem| base64_of(pem).into()),
    ("base64 and a line feed", |pem| format!("{}\n", base64_of(pem)).into()),
    ("base64 in lines of 64", |pem| wrapped(&base64_of(pem), 64, "\n").into()),
    ("base64 in lines of 76, CRLF", |pem| wrapped(&base64_of(pem), 76, "\r\n").into()),
    ("base64 in one long indent", |pem| wrapped(&base64_of(pem), 40, "\n        ").into()),
    ("base64 with line feeds written out", |pem| wrapped(&base64_of(pem), 64, "\\n").into()),
    ("base64 without padding", |pem| base64_of(pem).trim_end_matches('=').into()),
    ("base64 in quotes", |pem| format!("\"{}\"", base64_of(pem)).into()),
    ("base64 behind a byte order mark", |pem| format!("\u{feff}{}", base64_of(pem)).into()),
    ("DER", der_of),
];

#[test]
fn a_public_key_is_taken_in_every_form() {
    for (what, pem) in [("SPKI", SPKI), ("PKCS#1", PKCS1), ("certificate", CERTIFICATE)] {
        for (form, write) in FORMS {
            let key = PublicKey::parse(&write(pem)).unwrap_or_else(|error| panic!("{what}, {form}: {error}"));
            assert_eq!((key.bits(), key.fingerprint()), (2048, FINGERPRINT), "{what}, {form}");
        }
    }
}

#[test]
fn a_key_verifies_what_its_private_half_has_signed_and_nothing_else() {
    let private = PrivateKey::parse(PRIVATE_PKCS8.as_bytes()).expect("a private key");
    let signature = private.sign(b"IONPAYTEST|2024-07-03T10:00:00+07:00");
    for pem in [SPKI, PKCS1, CERTIFICATE] {
        let key = PublicKey::parse(pem.as_bytes()).expect("a public key");
        assert!(key.verify(b"IONPAYTEST|2024-07-03T10:00:00+07:00", &signature));
        assert!(!key.verify(b"IONPAYTEST|2024-07-03T10:00:01+07:00", &signature));
        assert!(!key.verify(b"", &[]));
    }
}

/// Somebody has mailed what must not be mailed, and is told so, whatever the file looks like.
#[test]
fn a_private_key_is_refused_by_name_in_every_form() {
    for (what, pem) in
        [("PKCS#8", PRIVATE_PKCS8), ("PKCS#1", PRIVATE_PKCS1), ("EC", PRIVATE_EC), ("EC in PKCS#8", PRIVATE_EC_PKCS8)]
    {
        for (form, write) in FORMS {
            assert_private(&format!("{what}, {form}"), &write(pem));
        }
    }
    for (what, pem) in [("PKCS#8", ENCRYPTED_PKCS8), ("PKCS#1", ENCRYPTED_PKCS1)] {
        assert_private(&format!("{what}, encrypted"), pem.as_bytes());
        assert_private(&format!("{what}, encrypted, CRLF"), pem.replace('\n', "\r\n").as_bytes());
    }
    assert_private("PKCS#8, encrypted, base64", base64_of(ENCRYPTED_PKCS8).as_bytes());
    let broken = PRIVATE_PKCS8.replace("MII", "@@@");
    assert_private("with a letter of no base64", broken.as_bytes());
    assert_private(
        "OpenSSH's",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----\n",
    );
    assert_private("behind its public half", format!("{SPKI}{PRIVATE_PKCS8}").as_bytes());
    assert_private("behind a certificate", format!("{CERTIFICATE}{PRIVATE_PKCS1}").as_bytes());
}

fn assert_private(what: &str, bytes: &[u8]) {
    let error = PublicKey::parse(bytes).expect_err(what);
    assert!(matches!(error, KeyError::PrivateGiven), "{what}: {error}");
    assert!(error.to_string().contains("private key"), "{what}: {error}");
    let error = PublicKey::parse_sandbox(bytes).expect_err(what);
    assert!(matches!(error, KeyError::PrivateGiven), "{what}, in the sandbox: {error}");
}

#[test]
fn a_key_of_another_algorithm_is_refused_by_name() {
    for (what, pem) in [("EC", EC), ("EC certificate", EC_CERTIFICATE), ("Ed25519", ED25519)] {
        for bytes in [pem.as_bytes().to_vec(), base64_of(pem).into_bytes(), der_of(pem)] {
            let error = PublicKey::parse(&bytes).expect_err(what);
            assert!(matches!(error, KeyError::NotRsa), "{what}: {error}");
        }
    }
    let error = PrivateKey::parse(PRIVATE_EC.as_bytes()).expect_err("EC");
    assert!(matches!(error, KeyError::NotRsa), "{error}");
}

#[test]
fn a_short_key_is_for_the_sandbox_and_a_shorter_one_for_nothing() {
    let error = PublicKey::parse(BITS_1024.as_bytes()).expect_err("1024 bits are too few for money");
    assert!(matches!(error, KeyError::TooShort { bits: 1024, min: 2048 }), "{error}");
    assert!(error.to_string().contains("sandbox"), "{error}");
    let key = PublicKey::parse_sandbox(BITS_1024.as_bytes()).expect("1024 bits do in the sandbox");
    assert_eq!((key.bits(), key.fingerprint()), (1024, FINGERPRINT_1024));
    let error = PublicKey::parse_sandbox(BITS_512.as_bytes()).expect_err("512 bits are too few for anything");
    assert!(matches!(error, KeyError::TooShort { bits: 512, min: 1024 }), "{error}");
    let error = PublicKey::parse(BITS_8192.as_bytes()).unwrap_err();
    assert!(matches!(error, KeyError::TooLong), "{error}");
}

#[test]
fn what_is_no_key_is_told_so() {
    let half = &SPKI[..SPKI.len() / 2];
    let cut = &base64_of(SPKI)[..200];
    let nothing: [&[u8]; 8] = [
        b"",
        b"\n",
        b"keys/nicepay.pem",
        b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
        half.as_bytes(),
        cut.as_bytes(),
        b"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 nico@merchant",
        &[0xff; 64],
    ];
    for bytes in nothing {
        let error = PublicKey::parse(bytes).expect_err("no key");
        assert!(matches!(error, KeyError::Unknown), "{:?}: {error}", String::from_utf8_lossy(bytes));
    }
    let error = PublicKey::read("no/such/file.pem").expect_err("no file");
    assert!(matches!(error, KeyError::Unreadable(_)), "{error}");
}

#[test]
fn a_private_key_is_taken_where_one_is_due_and_nothing_else_is() {
    for (what, pem) in [("PKCS#8", PRIVATE_PKCS8), ("PKCS#1", PRIVATE_PKCS1)] {
        for (form, write) in FORMS {
            let key = PrivateKey::parse(&write(pem)).unwrap_or_else(|error| panic!("{what}, {form}: {error}"));
            let public = key.public().expect("it has a public half");
            assert_eq!(public.fingerprint(), FINGERPRINT, "{what}, {form}");
        }
    }
    for pem in [SPKI, PKCS1, CERTIFICATE] {
        let error = PrivateKey::parse(pem.as_bytes()).expect_err("a public key");
        assert!(matches!(error, KeyError::PublicGiven), "{error}");
    }
    for pem in [ENCRYPTED_PKCS8, ENCRYPTED_PKCS1] {
        let error = PrivateKey::parse(pem.as_bytes()).expect_err("an encrypted key");
        assert!(matches!(error, KeyError::Encrypted), "{error}");
    }
}

/// What was read can be written, and nothing of a private key is printed.
#[test]
fn keys_are_written_as_pem_and_printed_as_nothing() {
    let private = PrivateKey::parse(PRIVATE_PKCS1.as_bytes()).expect("a private key");
    assert_eq!(format!("{private:?}"), "PrivateKey(…)");
    assert_eq!(PrivateKey::parse(private.to_pem().as_bytes()).expect("it is read again").to_pem(), PRIVATE_PKCS8);
    assert_eq!(PublicKey::parse(CERTIFICATE.as_bytes()).expect("a certificate").to_pem(), SPKI);
}
