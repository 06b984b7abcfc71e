//! `nico check` against `nico serve`: the command, its options, its reports and its exit codes.

use std::fs;

use chrono::TimeDelta;
use nico::clock::{Clock, SystemClock};
use nico::{ClientId, TokenKey, TokenKeys};
use serde_json::{Value, json};

use crate::order;
use crate::process::{Folder, Ran, Server};

const NUMBERS: [&str; 6] =
    ["--pay-no", "701589101110", "--paid-pay-no", "701589101111", "--expired-pay-no", "701589101112"];
const CALLER: [&str; 4] = ["--client-id", "IONPAYTEST", "--private-key", "keys/sandbox-private.pem"];
/// What the demo orders hold that nobody else may read.
const PERSONAL: [&str; 4] = ["John Test", "087771122333", "jhon@test.com", "701589101110\""];

fn check(folder: &Folder, server: &Server, more: &[&str]) -> Ran {
    let url = format!("http://{}", server.address);
    folder.nico(&[&["check", &url], &CALLER[..], more].concat())
}

fn report(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

fn with_verdict(report: &Value, verdict: &str) -> Vec<String> {
    let checks = report["checks"].as_array().unwrap().iter().filter(|check| check["verdict"] == verdict);
    checks.map(|check| check["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_sandbox_passes_and_what_was_not_given_is_said() {
    let folder = Folder::with_keys();
    let server = folder.serve(&[], &[]);
    let ran = check(&folder, &server, &[&NUMBERS[..], &["--json"]].concat());
    let report = report(&ran);
    assert_eq!((ran.code, &report["failed"]), (Some(0), &json!(0)), "{:?}", with_verdict(&report, "fail"));
    let mut skipped = with_verdict(&report, "skip");
    skipped.retain(|id| id != "token.signature-shared");
    let not_given = [
        "auth.expired-token",
        "auth.other-clients-token",
        "auth.other-partner",
        "signature.altered-body",
        "replay.other-client",
        "payment.race",
        "payment.amount-form",
    ];
    assert_eq!(skipped, not_given);
    let passed = report["passed"].as_u64().unwrap();
    assert!(
        passed >= 60
            && report["checks"].as_array().unwrap().len() as u64 == passed + report["skipped"].as_u64().unwrap()
    );
    let expired =
        report["checks"].as_array().unwrap().iter().find(|check| check["id"] == "auth.expired-token").unwrap();
    assert_eq!(expired["reason"], "no token that has expired was given: --expired-token");
    assert!(
        ran.err.contains("pass  inquiry.payable")
            && ran.err.lines().count() == report["checks"].as_array().unwrap().len()
    );
    for personal in PERSONAL {
        assert!(!ran.out.contains(personal), "{personal} stands in the report");
    }
}

#[test]
fn with_all_that_can_be_given_everything_is_asked() {
    let folder = Folder::with_keys();
    folder.nico(&["keygen", "other"]).good();
    folder.write("secret.txt", "a secret that two share\n");
    folder.write("nico.toml", CONFIGURATION);
    let server = folder.serve(&[], &[]);
    let key = TokenKeys::new(TokenKey::read(folder.path("keys/token.key")).unwrap(), Vec::new());
    let long_ago = SystemClock.now() - TimeDelta::hours(1);
    folder.write("expired.txt", key.issue(&ClientId::parse("IONPAYTEST").unwrap(), long_ago));
    for (client_id, secret, left_out) in [
        ("IONPAYTEST", "", "signature.altered-body"),
        ("IONPAYSYMM", "client_secret = \"secret.txt\"\n", "token.signature-shared"),
    ] {
        let numbers: Vec<String> = (1..=3).map(|n| format!("7015000{}000{n}", u8::from(!secret.is_empty()))).collect();
        let mut orders: Vec<Value> = numbers.iter().map(|number| order(number)).collect();
        orders.push(crate::with(order("701500000100"), "status", "paid"));
        orders.push(crate::with(order("701500000200"), "expiresAt", "2020-01-31T12:00:00+07:00"));
        assert_eq!(folder.import(&orders).code, Some(0));
        folder.write(
            "subject/shop.toml",
            format!(
                "url = \"http://{}\"\nclient_id = \"{client_id}\"\n{}private_key = \"../keys/sandbox-private.pem\"\npay_no = {numbers:?}\npaid_pay_no = \"701500000100\"\nexpired_pay_no = \"701500000200\"\nother_client_id = \"IONPAYELSE\"\nother_private_key = \"../other/sandbox-private.pem\"\nexpired_token = \"../expired.txt\"\n",
                server.address,
                secret.replace("secret.txt", "../secret.txt"),
            ),
        );
        let ran = folder.nico(&["check", "--subject", "subject/shop.toml", "--json"]);
        let report = report(&ran);
        assert_eq!((ran.code, with_verdict(&report, "fail")), (Some(0), vec![]), "{client_id}");
        let mut skipped = with_verdict(&report, "skip");
        skipped.retain(|id| id != "token.signature-shared" && id != "signature.url-safe");
        assert!(skipped.is_empty() || skipped == [left_out], "{skipped:?}");
    }
}

const CONFIGURATION: &str = r#"
profile = "sandbox"
[[clients]]
id = "IONPAYTEST"
public_keys = ["keys/sandbox-public.pem"]
[[clients]]
id = "IONPAYELSE"
public_keys = ["other/sandbox-public.pem"]
[[clients]]
id = "IONPAYSYMM"
public_keys = ["keys/sandbox-public.pem"]
signature = "symmetric"
secret_file = "secret.txt"
[token]
key_files = ["keys/token.key"]
"#;

#[test]
fn what_fails_is_printed_with_a_way_to_see_it_again_and_in_every_report() {
    let folder = Folder::with_keys();
    let server = folder.serve(&[], &[]);
    // Said to be paid, and waits for its money.
    let numbers = ["--paid-pay-no", "701589101110"];
    let files = ["--junit", "junit.xml", "--html", "page.html", "--berita-acara", "berita.html"];
    let ran = check(&folder, &server, &[&numbers[..], &files].concat());
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for part in
        ["fail  inquiry.paid", "FAIL  inquiry.paid", "expected 4040014, and 2000000 came", "curl -sS -i", " failed, "]
    {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    let read = |name: &str| fs::read_to_string(folder.path(name)).unwrap();
    let (junit, page, berita) = (read("junit.xml"), read("page.html"), read("berita.html"));
    for report in [&junit, &page, &berita] {
        assert!(report.contains("inquiry.paid") && report.contains("expected 4040014, and 2000000 came"));
        for personal in ["John Test", "087771122333", "jhon@test.com"] {
            assert!(!report.contains(personal), "{personal} stands in a report");
        }
    }
    for page in [&page, &berita] {
        let asks = [" src=", "<script", "<link", "url(", "@import"].iter().any(|word| page.contains(word));
        assert!(!asks, "the page asks for something that is not in it");
    }
    let order = ["11.1<", "11.2<", "11.9<", "11.12<"].map(|number| berita.find(number).unwrap());
    assert!(order.is_sorted(), "ASPI's scenarios stand first and in order");
    for words in ["BERITA ACARA UJI FUNGSIONAL", "RECORD OF FUNCTIONAL TEST", "Gagal", "Failed", "Merchant"] {
        assert!(berita.contains(words), "{words}");
    }
    let junit = roxmltree::Document::parse(&junit).unwrap();
    let suite = junit.root_element();
    let count = |name: &str| suite.descendants().filter(|node| node.has_tag_name(name)).count().to_string();
    let counted = [("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")];
    for (attribute, name) in counted {
        assert_eq!(suite.attribute(attribute), Some(count(name).as_str()), "{attribute}");
    }
    let failed = suite.descendants().find(|node| node.attribute("name") == Some("inquiry.paid")).unwrap();
    let failure = failed.first_element_child().unwrap();
    assert_eq!(failure.attribute("message"), Some("expected 4040014, and 2000000 came"));
    assert!(failure.text().unwrap().contains("curl -sS -i"));
}

#[test]
fn what_cannot_run_is_a_sentence_and_exit_code_2() {
    let folder = Folder::with_keys();
    folder.write("broken.pem", "this is no key");
    folder.write("bad.toml", "pay_number = \"1\"");
    let url = "http://127.0.0.1:1";
    let good = [&["check", url], &CALLER[..]].concat();
    let with = |more: &[&'static str]| [&good[..], more].concat();
    for (args, said) in [
        (vec!["check"], "give the endpoint's URL"),
        (vec!["check", url], "give --client-id"),
        (vec!["check", url, "--client-id", "A"], "give --private-key"),
        (vec!["check", url, "--client-id", "A", "--private-key", "broken.pem"], "broken.pem"),
        (vec!["check", url, "--client-id", "A", "--private-key", "absent.pem"], "absent.pem"),
        ([&["check", "shop.example"], &CALLER[..]].concat(), "must begin with http:// or https://"),
        ([&["check", "https://shop.example/api"], &CALLER[..]].concat(), "--base-path"),
        ([&["check", "https://dev.nicepay.co.id"], &CALLER[..]].concat(), "a host of NICEPAY's own"),
        ([&["check", "http://103.20.51.39"], &CALLER[..]].concat(), "a host of NICEPAY's own"),
        (with(&["--pay-no", "12a"]), "2 to 12 digits"),
        (with(&["--pay-no", "7015", "--paid-pay-no", "7015"]), "a number of its own for each"),
        (with(&["--pay-no", "7015", "--pay-no", "7015"]), "a number of its own for each"),
        (with(&["--base-path", "api"]), "begins with a slash"),
        (with(&["--mitra-cd", "ALFAMART"]), "--mitra-cd"),
        (with(&["--other-client-id", "B"]), "go together"),
        (with(&["--expired-token", "absent.txt"]), "absent.txt"),
        (with(&["--client-secret", "absent.txt"]), "absent.txt"),
        (with(&["--subject", "bad.toml"]), "pay_number"),
        (with(&["--subject", "absent.toml"]), "absent.toml"),
    ] {
        let ran = folder.nico(&args);
        let sentence = ran.err.strip_prefix("nico: ").unwrap_or_else(|| panic!("{ran:?}"));
        assert!(ran.code == Some(2) && sentence.contains(said) && sentence.lines().count() == 1, "{said}: {ran:?}");
    }
}

/// The numbers are paid in the end: a report that cannot be written is found out before.
#[test]
fn what_cannot_be_written_is_said_before_anything_is_asked() {
    let folder = Folder::with_keys();
    let server = folder.serve(&[], &[]);
    for option in ["--junit", "--html", "--berita-acara"] {
        let ran = check(&folder, &server, &[&NUMBERS[..], &[option, "nowhere/report"]].concat());
        assert_eq!((ran.code, ran.out.as_str(), ran.err.lines().count()), (Some(2), "", 1), "{ran:?}");
        assert!(ran.err.contains("nowhere/report cannot be written"), "{ran:?}");
    }
}

#[test]
fn an_endpoint_that_is_not_there_has_failed_and_is_one_failure() {
    let folder = Folder::with_keys();
    let ran = folder.nico(&[&["check", "http://127.0.0.1:1"], &CALLER[..], &["--json"]].concat());
    let report = report(&ran);
    assert_eq!((ran.code, with_verdict(&report, "fail")), (Some(1), vec!["endpoint.reachable".to_owned()]));
    assert_eq!(report["checks"][0]["reason"], "the connection was refused");
}
