//! No secret is ever printed. `Ran` holds every output to it; here are the places where one could slip out.

use crate::process::{Folder, MARKER};
use crate::wire::{Connection, Nicepay};

const SYMMETRIC: &str = "[[clients]]\nid = \"IONPAYTEST\"\npublic_keys = [\"keys/sandbox-public.pem\"]\nsignature = \"symmetric\"\nsecret_file = \"keys/client.secret\"\n[token]\nkey_files = [\"keys/long.key\"]\n";

#[test]
fn no_command_prints_what_lies_in_the_files() {
    let folder = Folder::with_keys();
    folder.write("keys/client.secret", format!("{MARKER}\n"));
    folder.write("keys/long.key", format!("{MARKER}{MARKER}\n"));
    folder.write("keys/short.key", &MARKER[..31]);
    folder.write("keys/mailed.pem", format!("-----BEGIN PRIVATE KEY-----\n{MARKER}\n-----END PRIVATE KEY-----\n"));
    folder.write("nico.toml", SYMMETRIC);
    for command in ["check", "print"] {
        folder.nico(&["config", command]).good();
    }
    for env in [
        [("NICO__CLIENTS__0__SECRET", MARKER)],
        [("NICO__TOKEN__KEY", MARKER)],
        [("NICO__WINDOW__SKEW_SECONDS", MARKER)],
        [("NICO__CODES__PAID_BILL__CVS", MARKER)],
        [("NICO__BASE_PATH", MARKER)],
        [("NICO__PAYMENTS__STORE", MARKER)],
        [("NICO__CLIENTS__0__PUBLIC_KEYS__0", "keys/mailed.pem")],
        [("NICO__CLIENTS__0__PUBLIC_KEYS__0", "keys/client.secret")],
        [("NICO__TOKEN__KEY_FILES__0", "keys/short.key")],
    ] {
        for args in [&["config", "check"][..], &["serve"]] {
            folder.nico_with(&env, args).sentence();
        }
    }
    folder.nico(&["call", "token", "--private-key", "keys/mailed.pem"]).sentence();
    for toml in ["secret = \"{}\"", "secret = {}", "[{}", "[clients]\nsecret = \"{}\""] {
        folder.write("nico.toml", toml.replace("{}", MARKER));
        folder.nico(&["config", "check"]).sentence();
    }
}

#[test]
fn the_log_gives_nobody_away() {
    let folder = Folder::with_keys();
    folder.import(&[crate::with(crate::order("701500000001"), "payNoName", MARKER)]).good();
    let server = folder.serve(&[], &[]);
    let nicepay = Nicepay::at(&server.address, &folder.path("keys"));
    let mut connection = Connection::open(&server.address).unwrap();
    for (external_id, code) in [("1", "2000000"), ("1", "4090000"), ("2", "2000000")] {
        assert_eq!(connection.send(&nicepay.inquiry(external_id, "701500000001")).unwrap().code(), code);
    }
    assert_eq!(connection.send(&nicepay.payment("3", "701500000001", MARKER)).unwrap().code(), "2000000");
    let log = server.log();
    assert!(log.contains("cvs/payment") && log.contains("cvs/inquiry"), "{log}");
    let signature = nicepay.signed.split("X-SIGNATURE: ").nth(1).unwrap().trim_end();
    for hidden in [MARKER, "701500000001", "081234567890", "siti@example.com", "Laskar", signature, &nicepay.token] {
        assert!(!log.contains(hidden), "{hidden} in {log}");
    }
}
