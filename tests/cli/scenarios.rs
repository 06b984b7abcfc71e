//! Every scenario that is shipped, played by the command itself: against `nico serve`, and against a small shop.

use std::io::{Read, Write};

use crate::process::{Folder, Server, free_port};
use crate::shop::Shop;

/// Where the shipped scenarios lie.
const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/scenarios");

/// Those that a provider alone can play, and how many steps each has.
const WITH_PROVIDER: [(&str, usize); 7] = [
    ("nico-flow", 4),
    ("lost-answer", 6),
    ("refusals", 5),
    ("wrong-amount", 5),
    ("replay", 4),
    ("strangers", 9),
    ("clocks", 7),
];
/// Those that have a customer who shops.
const WITH_SHOP: [(&str, usize); 3] = [("cvs-flow", 23), ("notification-again", 8), ("reversal", 7)];

fn sandbox() -> (Folder, Server) {
    let folder = Folder::with_keys();
    let server = folder.serve(&[], &[]);
    (folder, server)
}

fn file(name: &str) -> String {
    format!("{SHIPPED}/{name}.yaml")
}

#[test]
fn against_the_provider() {
    for (name, steps) in WITH_PROVIDER {
        // A sandbox of its own: a number can be paid once.
        let (folder, server) = sandbox();
        let said = folder
            .nico_with(
                &[("NICO__LISTEN", &server.address)],
                &[
                    "simulate",
                    "--listen",
                    "127.0.0.1:0",
                    "--scenario",
                    &file(name),
                    "--set",
                    "payNo=701589101110",
                    "--set",
                    "paidPayNo=701589101111",
                    "--set",
                    "expiredPayNo=701589101112",
                    "--set",
                    "unknownPayNo=701500009999",
                ],
            )
            .good();
        assert!(said.ends_with(&format!("{steps} of {steps} steps came out as expected\n")), "{said}");
    }
}

#[test]
fn against_a_shop() {
    for (name, steps) in WITH_SHOP {
        let folder = Folder::with_keys();
        let port = free_port();
        let shop = Shop::open(&format!("http://127.0.0.1:{port}"));
        let listen = format!("127.0.0.1:{port}");
        let args =
            ["simulate", "--listen", &listen, "--scenario", &file(name), "--shop", &shop.url, "--set", "item=Book"];
        let said = folder.nico(&args).good();
        assert!(said.ends_with(&format!("{steps} of {steps} steps came out as expected\n")), "{said}");
    }
}

/// NICEPAY's sandbox pays by itself; and what it knows outlives the process that wrote it down.
#[test]
fn numbers_are_paid_at_once_and_kept_in_a_file() {
    let folder = Folder::with_keys();
    let port = free_port();
    let shop = Shop::open(&format!("http://127.0.0.1:{port}"));
    let listen = format!("127.0.0.1:{port}");
    let kept = ["simulate", "--listen", &listen, "--data", "books.json"];
    folder.write(
        "auto.yaml",
        "name: n\nsteps:\n- {say: s, do: shop, with: {path: /checkout, body: {item: Book}}, expect: {status: 201}, keep: {reference: referenceNo}}\n- {say: s, do: shop, with: {path: '/orders/{reference}'}, within: 20, expect: {fields: {state: paid}}, keep: {payNo: payNo}}\n",
    );
    let auto = ["--auto-pay", "--scenario", "auto.yaml", "--shop", &shop.url];
    folder.nico(&[&kept[..], &auto].concat()).good();
    let books = std::fs::read_to_string(folder.path("books.json")).unwrap();
    let books: serde_json::Value = serde_json::from_str(&books).unwrap();
    let pay_no = books["registrations"][0]["pay_no"].as_str().unwrap().to_owned();
    folder.write(
        "later.yaml",
        "name: n\nneeds: {payNo: it}\nsteps:\n- {say: s, do: store-asks, with: {payNo: '{payNo}'}, expect: {code: '0000', fields: {status: '0'}}}\n",
    );
    let later = ["--scenario", "later.yaml", "--set", &format!("payNo={pay_no}")];
    folder.nico(&[&kept[..], &later].concat()).good();
}

#[test]
fn every_shipped_scenario_is_played() {
    let mut shipped: Vec<_> = std::fs::read_dir(SHIPPED).unwrap().map(|entry| entry.unwrap().path()).collect();
    shipped.sort();
    let mut played: Vec<_> =
        WITH_PROVIDER.iter().chain(&WITH_SHOP).map(|(name, _)| std::path::PathBuf::from(file(name))).collect();
    played.sort();
    assert_eq!((shipped.len(), shipped), (10, played));
}

#[test]
fn a_step_that_does_not_come_out_ends_it() {
    let (folder, server) = sandbox();
    folder.write("paid.yaml", "name: n\nsteps:\n- {say: it is paid, do: inquiry, with: {payNo: '701589101110'}, expect: {code: 4040014}}\n- {say: never, do: token}\n");
    let ran = folder.nico_with(
        &[("NICO__LISTEN", &server.address)],
        &["simulate", "--listen", "127.0.0.1:0", "--scenario", "paid.yaml"],
    );
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("expected 4040014, and 2000000 came") && !ran.out.contains("never"), "{ran:?}");
    assert!(ran.err.contains("0 of 2 steps came out as expected"), "{ran:?}");
}

/// A code that is as expected, under a status line that says something else.
#[test]
fn the_status_line_must_agree_with_the_code() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut connection, _) = socket.accept().unwrap();
        let _ = connection.read(&mut [0; 4096]).unwrap();
        let body = r#"{"responseCode":"4017300","responseMessage":"Unauthorized. [Signature]"}"#;
        let said = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        connection.write_all(said.as_bytes()).unwrap();
    });
    let folder = Folder::with_keys();
    folder.write("odd.yaml", "name: n\nsteps:\n- {say: s, do: token, expect: {code: 4017300}}\n");
    let ran = folder.nico(&["simulate", "--listen", "127.0.0.1:0", "--url", &url, "--scenario", "odd.yaml"]);
    assert!(ran.code == Some(1) && ran.out.contains("4017300 came with HTTP 200"), "{ran:?}");
}

#[test]
fn what_cannot_be_played_is_a_sentence_and_exit_code_2() {
    let folder = Folder::with_keys();
    folder.write("key.yaml", "name: n\nsteps:\n- {say: s, do: token, wish: 1}\n");
    folder.write("act.yaml", "name: n\nsteps:\n- {say: s, do: inquiry, with: {payNo: 7015, colour: red}}\n");
    for (args, said) in [
        (&["--scenario", "none.yaml"][..], "none.yaml"),
        (&["--scenario", "key.yaml"], "unknown field `wish`"),
        (&["--scenario", "act.yaml"], "\"colour\" is nothing that this act takes"),
        (&["--scenario", &file("nico-flow")], "--set payNo="),
        (&["--scenario", &file("cvs-flow"), "--set", "item=Book"], "--shop"),
        (&["--data", "."], "--data"),
        (&["--notification-url", "https://dev.nicepay.co.id/x"], "a host of NICEPAY's own"),
        (&["--url", "https://www.nicepay.co.id"], "a host of NICEPAY's own"),
        (&["--private-key", "none.pem"], "none.pem"),
        (&["--listen", "127.0.0.1:none"], "--listen"),
    ] {
        let listen = if args[0] == "--listen" { &[][..] } else { &["--listen", "127.0.0.1:0"] };
        let ran = folder.nico(&[&["simulate"][..], listen, args].concat());
        assert!(ran.code == Some(2) && ran.err.lines().count() == 1 && ran.err.contains(said), "{args:?}: {ran:?}");
    }
}
