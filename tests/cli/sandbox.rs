//! `nico serve` without a configuration: what a stranger meets first.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use nico::clock::{Clock, SystemClock};
use serde_json::Value;

use crate::process::{Folder, Ran, Server, free_port};
use crate::{json_lines, with};

/// NICEPAY's documented answer, with the two values that cannot be the document's left open.
const DOCUMENTED: &str = r#"{"responseCode":"2000000","responseMessage":"Successful","payNoData":{"partnerServiceId":"7015","customerNo":"89101110","payNo":"701589101110","payNoName":"John Test","goodsName":"Pembelian John Test","payNoPhone":"087771122333","payNoEmail":"jhon@test.com","inquiryRequestId":"{inquiryRequestId}","totalAmount":{"value":"10000.00","currency":"IDR"},"partnerReferenceNo":"abcdefgh1234","mitraCd":"ALMA","payNoExpiredDateTime":"{payNoExpiredDateTime}"}}"#;

/// Runs `nico call` against a server, in its folder.
fn call(folder: &Folder, server: &Server, args: &[&str]) -> Ran {
    folder.nico_with(&[("NICO__LISTEN", &server.address)], &[&["call"], args].concat())
}

/// The code in the body that a `nico call … --json` printed.
fn code(ran: &Ran) -> String {
    let body: Value = serde_json::from_str(&ran.out).unwrap();
    body["responseCode"].as_str().unwrap().to_owned()
}

#[test]
fn the_first_start_makes_keys_database_and_demo_orders_and_says_what_to_try() {
    let folder = Folder::new();
    let server = folder.serve(&[], &[]);
    for (name, mode) in [("keys/token.key", 0o600), ("keys/sandbox-private.pem", 0o600), ("data/nico.db", 0o600)] {
        let made = std::fs::metadata(folder.path(name)).unwrap();
        assert!(made.len() > 32 && made.permissions().mode() & 0o777 & !mode == 0, "{name}: {made:?}");
    }
    let said = server.said();
    for part in [&server.address, "demo orders were written", "a sandbox", "2048 bits, SHA256:", "data/nico.db"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let orders = folder.orders();
    let shown = |name: &str| orders.iter().map(|order| order[name].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(shown("payNo"), ["701589101110", "701589101111", "701589101112"]);
    assert_eq!(shown("status"), ["unpaid", "paid", "unpaid"]);
    // The command that it tells to try next works when it is typed as it stands.
    let next = said.lines().last().unwrap().trim();
    assert!(next.ends_with(" call inquiry 701589101110"), "{next}");
    let mut shell = Command::new("sh");
    shell.args(["-c", next]).current_dir(folder.path("")).env("NICO__LISTEN", &server.address);
    let shown = Ran::of(next, &mut shell).good();
    assert!(
        shown.contains("\nstring to sign: IONPAYTEST|2") && shown.contains(r#""payNoName": "John Test""#),
        "{shown}"
    );
    assert!(server.log().lines().all(|line| line.contains(" INFO ")), "{}", server.log());
}

#[test]
fn an_inquiry_is_answered_as_documented_field_for_field() {
    let folder = Folder::with_keys();
    let server = folder.serve(&[], &[]);
    let answer = call(&folder, &server, &["inquiry", "701589101110", "--json"]).good();
    let body: Value = serde_json::from_str(&answer).unwrap();
    let open = |name: &str| body["payNoData"][name].as_str().unwrap().to_owned();
    let (id, expires) = (open("inquiryRequestId"), open("payNoExpiredDateTime"));
    let documented = DOCUMENTED.replace("{inquiryRequestId}", &id).replace("{payNoExpiredDateTime}", &expires);
    assert_eq!(answer, documented + "\n");
    assert!(id.len() == 20 && id.bytes().all(|b| b.is_ascii_digit()), "{id}");
    let expires: chrono::DateTime<chrono::FixedOffset> = expires.parse().unwrap();
    assert!(expires > SystemClock.now() && expires.offset().local_minus_utc() == 7 * 3600, "{expires}");
    let other_chain = call(&folder, &server, &["inquiry", "701589101110", "--json", "--mitra-cd", "INDO"]).good();
    assert!(other_chain.contains(r#""mitraCd":"INDO""#), "{other_chain}");
}

#[test]
fn the_demo_orders_show_each_way_to_be_refused() {
    let folder = Folder::with_keys();
    let server = folder.serve(&[], &[]);
    let token = call(&folder, &server, &["token", "--json"]);
    assert_eq!(code(&token), "2007300");
    let refused = |args: &[&str], service: &str, expected: &str| {
        let ran = call(&folder, &server, &[args, &["--json"]].concat());
        assert_eq!(code(&ran), expected, "{args:?}");
        ran.refused(&[service, "was refused", expected]);
    };
    for (pay_no, expected) in [("701589101111", "4040014"), ("701589101112", "4040019"), ("701589101119", "4040012")] {
        refused(&["inquiry", pay_no], "cvs/inquiry", expected);
        refused(&["payment", pay_no, "--amount", "10000.00"], "cvs/payment", expected);
    }
    // Without --amount a payment asks first, and there it ends.
    refused(&["payment", "701589101111"], "cvs/inquiry", "4040014");
    refused(&["payment", "701589101110", "--amount", "10000.01"], "cvs/payment", "4040013");
    let paid = call(&folder, &server, &["payment", "701589101110", "--json"]);
    assert_eq!((code(&paid).as_str(), paid.code), ("2000000", Some(0)));
    refused(&["inquiry", "701589101110"], "cvs/inquiry", "4040014");
    refused(&["payment", "701589101110", "--amount", "10000.00"], "cvs/payment", "4040014");
}

#[test]
fn nico_call_says_in_a_sentence_what_it_cannot_do() {
    let folder = Folder::with_keys();
    let nobody = format!("http://127.0.0.1:{}", free_port());
    folder.write("public.pem", std::fs::read(folder.path("keys/sandbox-public.pem")).unwrap());
    let cases: [(&[&str], &[&str]); 6] = [
        (&["token", "--url", &nobody], &[&nobody, "did not answer", "nico serve"]),
        (&["token", "--url", "shop.example"], &["--url must begin with http"]),
        (&["inquiry", "12345678901x"], &["PAY_NO must be 2 to 12 digits"]),
        (&["inquiry", "7015", "--private-key", "nowhere.pem"], &["nowhere.pem", "cannot be read"]),
        (&["inquiry", "7015", "--private-key", "public.pem"], &["public.pem", "public key", "private half"]),
        (&["token", "--private-key", "keys/token.key"], &["keys/token.key", "no key in any known form"]),
    ];
    for (args, parts) in cases {
        let ran = folder.nico_with(&[("NICO__LISTEN", &nobody["http://".len()..])], &[&["call"], args].concat());
        ran.refused(parts);
    }
}

#[test]
fn demo_orders_are_written_into_a_new_database_only() {
    let folder = Folder::with_keys();
    folder.serve(&[], &[]).kill();
    let database = rusqlite::Connection::open(folder.path("data/nico.db")).unwrap();
    assert_eq!(database.execute("DELETE FROM orders WHERE pay_no = '701589101110'", ()).unwrap(), 1);
    let server = folder.serve(&[], &[]);
    assert!(!server.said().lines().rev().take(5).any(|line| line.contains("demo orders")), "{}", server.said());
    assert_eq!(folder.orders().len(), 2, "what was deleted stays deleted");
    let emptied = Folder::with_keys();
    assert_eq!(emptied.nico(&["order", "list"]).good() + &emptied.nico(&["payment", "list"]).good(), "");
    emptied.nico(&["order", "show", "701589101110"]).refused(&["no order has the number"]);
    assert!(!emptied.path("data").exists(), "to look is not to make");
    emptied.import(&[]).good();
    emptied.serve(&[], &[]).kill();
    assert_eq!(emptied.orders(), [] as [Value; 0], "a database that was there is not new");
}

#[test]
fn with_a_configuration_file_there_are_no_demo_orders_and_no_keys_are_made() {
    for profile in ["production", "sandbox"] {
        let toml = format!(
            "profile = \"{profile}\"\n[[clients]]\nid = \"IONPAYTEST\"\npublic_keys = [\"keys/sandbox-public.pem\"]\n"
        );
        let folder = Folder::with_keys();
        folder.write("nico.toml", &toml);
        let server = folder.serve(&[], &[]);
        assert!(
            server.said().contains("with nico.toml") && !server.said().contains("call inquiry"),
            "{}",
            server.said()
        );
        assert_eq!(folder.orders(), [] as [Value; 0], "{profile}");
        let keyless = Folder::new();
        keyless.write("nico.toml", &toml);
        let address = format!("127.0.0.1:{}", free_port());
        keyless.nico_with(&[("NICO__LISTEN", &address)], &["serve"]).refused(&["keys/token.key", "nico keygen"]);
        assert!(!keyless.path("keys").exists() && !keyless.path("data").exists());
    }
}

#[test]
fn a_port_in_use_is_one_sentence_and_nothing_is_touched() {
    let folder = Folder::with_keys();
    let server = folder.serve(&[], &[]);
    let other = Folder::new();
    let second = other.nico_with(&[("NICO__LISTEN", &server.address)], &["serve"]);
    second.refused(&[&server.address, "is in use", "NICO__LISTEN="]);
    assert_eq!(second.out, "");
    assert_eq!(std::fs::read_dir(other.path("")).unwrap().count(), 0, "it made files before it knew that it can serve");
    assert!(server.is_ready());
}

#[test]
fn what_the_shop_does_while_it_serves_is_seen_at_once() {
    let folder = Folder::with_keys();
    let server = folder.serve(&[], &[]);
    let inquiry = || code(&call(&folder, &server, &["inquiry", "701500000001", "--json"]));
    assert_eq!(inquiry(), "4040012");
    assert_eq!(folder.import(&[crate::order("701500000001")]).good().lines().count(), 1);
    assert_eq!(inquiry(), "2000000");
    folder.import(&[with(crate::order("701500000001"), "status", "cancelled")]).good();
    assert_eq!(inquiry(), "4040012");
    folder.import(&[with(crate::order("701500000001"), "expiresAt", "2024-01-31T12:00:00+07:00")]).good();
    assert_eq!(inquiry(), "4040019");
    folder.import(&[with(crate::order("701500000001"), "mitraCd", "INDO")]).good();
    assert_eq!(inquiry(), "4040012", "another chain asks");
    let shown = json_lines(&folder.nico(&["order", "show", "701500000001", "--json"]).good());
    assert_eq!(shown, [with(crate::order("701500000001"), "mitraCd", "INDO")]);
}
