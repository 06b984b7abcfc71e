//! A server under check.

use std::sync::{Arc, Once};
use std::time::Duration;

use nico::clock::SystemClock;
use nico::conformance::endpoint::{Given, Limits, Report, check};
use nico::simulator::caller::{Identity, Target};
use nico::simulator::merchant::Merchant;
use nico::simulator::reproduce::Files;
use nico::snap::key::PrivateKey;
use nico::{PayNo, Secret};
use rsa::pkcs8::EncodePrivateKey;

use crate::broken::{CLIENT, EXPIRED, OTHER_CLIENT, PAID, PAYABLE, SECRET, SYMMETRIC_CLIENT};
use crate::caller::private;

/// Long enough for a slow machine; only what hangs waits for it.
pub(crate) const LIMITS: Limits = Limits { call: Duration::from_secs(5), run: Duration::from_secs(120) };

/// All that one can know of a server of this test's.
pub(crate) fn given(url: &str) -> Given {
    let number = |text: &str| PayNo::parse(text).unwrap();
    Given {
        target: Target {
            url: url.to_owned(),
            base_path: "/api".to_owned(),
            own: identity(CLIENT, None),
            other: Some(identity(OTHER_CLIENT, None)),
            merchant: std::sync::Arc::new(Merchant::sandbox()),
            expired_token: Some("a-token-that-was-good-once".to_owned()),
        },
        mitra_cd: "ALMA".to_owned(),
        pay_nos: PAYABLE[..3].iter().map(|text| number(text)).collect(),
        paid_pay_no: Some(number(PAID)),
        expired_pay_no: Some(number(EXPIRED)),
        files: Files { private_key: "nicepay.pem".to_owned(), ..Files::default() },
    }
}

/// The same by the client that signs with a secret.
pub(crate) fn given_symmetric(url: &str) -> Given {
    let given = given(url);
    let own = identity(SYMMETRIC_CLIENT, Some(SECRET));
    Given { target: Target { own, ..given.target }, ..given }
}

fn identity(client_id: &str, secret: Option<&str>) -> Identity {
    let pem = private(client_id).to_pkcs8_der().unwrap();
    Identity {
        client_id: client_id.to_owned(),
        private_key: PrivateKey::parse(pem.as_bytes()).unwrap(),
        secret: secret.map(Secret::new),
    }
}

/// What a check finds.
pub(crate) async fn checked(given: Given, limits: Limits) -> Report {
    static TLS: Once = Once::new();
    TLS.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    check(given, limits, Arc::new(SystemClock), &mut |_, _| ()).await.unwrap()
}

/// The names of the checks with this verdict.
pub(crate) fn with_verdict(report: &Report, word: &str) -> Vec<&'static str> {
    let findings = report.findings.iter().filter(|finding| finding.verdict.word() == word);
    findings.map(|finding| finding.check.id).collect()
}
