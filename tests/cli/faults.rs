//! `nico call --fault`: whatever NICEPAY or a stranger could get wrong, and what the sandbox says to it.

use std::collections::BTreeSet;

use nico::simulator::fault::FAULTS;
use serde_json::Value;

use crate::process::{Folder, Ran, Server};

fn sandbox() -> (Folder, Server) {
    let folder = Folder::with_keys();
    let server = folder.serve(&[], &[]);
    (folder, server)
}

fn call(folder: &Folder, server: &Server, args: &[&str]) -> Ran {
    folder.nico_with(&[("NICO__LISTEN", &server.address)], &[&["call"], args].concat())
}

/// A fault, and the answer to an inquiry with it.
const EXPECTED: &[(&str, &str)] = &[
    ("wrong-key", "4010000"),
    ("garbage-signature", "4010000"),
    ("hex-signature", "4010000"),
    ("url-safe-signature", "4010000"),
    ("altered-signature", "4010000"),
    ("tailed-signature", "4010000"),
    ("folded-signature", "4010000"),
    ("wrong-string-to-sign", "4010000"),
    ("other-scheme", "4010000"),
    ("stale", "4010000"),
    ("future", "4010000"),
    ("seven-hours-off", "4010000"),
    ("no-offset", "4000001"),
    ("bad-timestamp", "4000001"),
    ("zulu", "2000000"),
    ("milliseconds", "2000000"),
    ("foreign-token", "4010001"),
    ("altered-token", "4010001"),
    ("expired-token", "4010001"),
    ("quoted-token", "2000000"),
    ("lower-case-bearer", "2000000"),
    ("unknown-client", "4010000"),
    ("reused-external-id", "4090000"),
    ("lettered-external-id", "2000000"),
    ("folded-external-id", "2000000"),
    ("crossed-external-id", "2000000"),
    ("missing-header=Authorization", "4010001"),
    ("missing-header=X-PARTNER-ID", "4000002"),
    ("missing-header=x-external-id", "4000002"),
    ("empty-header=X-SIGNATURE", "4000002"),
    ("doubled-header=CHANNEL-ID", "4000001"),
    ("over-long-header=X-EXTERNAL-ID", "4000001"),
    ("extra-header", "2000000"),
    ("missing-field=payNo", "4000002"),
    ("empty-field=inquiryRequestId", "4000002"),
    ("null-field=mitraCd", "4000002"),
    ("number-field=customerNo", "4000001"),
    ("over-long=inquiryRequestId", "4000001"),
    ("set-field=payNo:701500009999", "4000001"),
    ("extra-field", "2000000"),
    // As NICEPAY documents it the signature does not cover the body: this is the scheme's weakness, not ours.
    ("altered-body", "2000000"),
    ("pretty-body", "2000000"),
    ("broken-json", "4000000"),
    ("not-an-object", "4000000"),
    ("duplicate-key", "4000000"),
    ("deep-body", "4000000"),
    ("huge-body", "4130000"),
    ("empty-body", "4000000"),
    ("text-body", "4000000"),
    ("sdk-media-type", "2000000"),
    ("charset", "2000000"),
    ("wrong-verb", "4050000"),
    ("unknown-path", "4040001"),
    ("signing-page", "4040001"),
    ("duplicate", "4090000"),
    ("delayed=0", "2000000"),
];

/// What an inquiry to a sandbox of one client cannot show: three need a second client, two no code.
const SHOWN_BELOW: [&str; 5] = ["other-token", "other-partner", "as-other", "out-of-order", "dropped"];

#[test]
fn every_fault_has_its_answer() {
    let (folder, server) = sandbox();
    for (fault, expected) in EXPECTED {
        let ran = call(&folder, &server, &["inquiry", "701589101110", "--json", "--fault", fault]);
        let body: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{fault}: {ran:?}"));
        assert_eq!(body["responseCode"], *expected, "{fault}");
        assert_eq!(ran.code == Some(0), expected.starts_with('2'), "{fault}: {ran:?}");
    }
    let shown: BTreeSet<_> = EXPECTED.iter().map(|(fault, _)| fault.split('=').next().unwrap()).collect();
    let all: BTreeSet<_> = FAULTS.iter().map(|(word, ..)| *word).filter(|word| !SHOWN_BELOW.contains(word)).collect();
    assert_eq!(shown, all, "each fault is shown");
}

#[test]
fn a_fault_that_cannot_be_had_is_a_sentence() {
    let (folder, server) = sandbox();
    let inquiry = ["inquiry", "701589101110", "--fault"];
    for fault in ["other-token", "other-partner", "as-other"] {
        call(&folder, &server, &[&inquiry[..], &[fault]].concat()).refused(&["--other-client-id"]);
    }
    call(&folder, &server, &[&inquiry[..], &["out-of-order"]].concat()).refused(&["has no meaning for cvs/inquiry"]);
    call(&folder, &server, &["token", "--fault", "expired-token"]).refused(&["has no meaning for access-token/b2b"]);
    let unknown = call(&folder, &server, &[&inquiry[..], &["nonsense"]].concat());
    assert!(
        unknown.code == Some(2) && unknown.err.contains("there is no fault \"nonsense\": nico call faults lists them")
    );
    let bare = call(&folder, &server, &[&inquiry[..], &["missing-header"]].concat());
    assert!(bare.err.contains("takes HEADER: write missing-header=HEADER"), "{bare:?}");
}

#[test]
fn an_expired_token_is_taken_from_a_file() {
    let (folder, server) = sandbox();
    folder.write("old.txt", "an.old.token\n");
    let args = ["inquiry", "701589101110", "--fault", "expired-token", "--expired-token"];
    let shown = call(&folder, &server, &[&args[..], &["old.txt"]].concat());
    assert!(shown.out.contains("Authorization: Bearer an.old.token\n") && shown.out.contains("4010001"), "{shown:?}");
    call(&folder, &server, &[&args[..], &["none.txt"]].concat()).refused(&["none.txt cannot be read"]);
}

#[test]
fn what_is_dropped_has_arrived_all_the_same() {
    let (folder, server) = sandbox();
    let payment = ["payment", "701589101110", "--amount", "10000.00", "--fault", "dropped"];
    let dropped = call(&folder, &server, &payment).good();
    assert!(dropped.contains("the connection was cut on purpose before the answer was read"), "{dropped}");
    let asked = call(&folder, &server, &["inquiry", "701589101110", "--json"]);
    assert!(asked.out.contains("4040014"), "the merchant has the money: {asked:?}");
}

#[test]
fn nicepay_itself_is_never_called() {
    let (folder, server) = sandbox();
    for url in ["https://dev.nicepay.co.id", "https://www.nicepay.co.id:443/x", "http://103.20.51.39"] {
        call(&folder, &server, &["token", "--url", url]).refused(&["a host of NICEPAY's own"]);
    }
}

#[test]
fn the_list_of_faults_is_the_enum() {
    let folder = Folder::new();
    let listed = folder.nico(&["call", "faults"]).good();
    for (word, takes, what) in FAULTS {
        let form = if takes.is_empty() { (*word).to_owned() } else { format!("{word}={takes}") };
        assert!(listed.lines().any(|line| line.starts_with(&form) && line.ends_with(what)), "{form}");
    }
}
