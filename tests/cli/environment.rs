//! Every setting can be given from outside, as `NICO__SECTION__KEY`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use toml::{Table, Value};

use crate::process::{Folder, Ran};

const CLIENT: &str = "[[clients]]\nid = \"IONPAYTEST\"\npublic_keys = [\"keys/sandbox-public.pem\"]\n";

/// The value at a path such as `clients.0.id` of what `nico config print` prints.
fn printed(folder: &Folder, env: &[(&str, &str)], path: &str) -> String {
    let table: Table = folder.nico_with(env, &["config", "print"]).good().parse().unwrap();
    let value = path.split('.').fold(Value::Table(table), |value, key| match key.parse::<usize>() {
        Ok(index) => value[index].clone(),
        Err(_) => value[key].clone(),
    });
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[test]
fn every_kind_of_setting_is_overridden() {
    let folder = Folder::with_keys();
    folder.write("nico.toml", CLIENT);
    for (name, value, path) in [
        ("NICO__PROFILE", "sandbox", "profile"),
        ("NICO__LISTEN", "127.0.0.1:8099", "listen"),
        ("NICO__BASE_PATH", "", "base_path"),
        ("NICO__ORDERS__SOURCE", "memory:orders.jsonl", "orders.source"),
        ("NICO__PAYMENTS__STORE", "sqlite:other.db", "payments.store"),
        ("NICO__EXTERNAL_IDS__STORE", "memory:", "external_ids.store"),
        ("NICO__WINDOW__SKEW_SECONDS", "60", "window.skew_seconds"),
        ("NICO__LIMITS__DEADLINE_SECONDS", "2", "limits.deadline_seconds"),
        ("NICO__CLIENTS__0__ID", "OTHER", "clients.0.id"),
        ("NICO__CLIENTS__0__PUBLIC_KEYS__0", "keys/new.pem", "clients.0.public_keys.0"),
        ("NICO__CLIENTS__0__PUBLIC_KEYS__1", "keys/new.pem", "clients.0.public_keys.1"),
        ("NICO__TOKEN__KEY_FILES__0", "keys/new.key", "token.key_files.0"),
        ("NICO__TOKEN__KEY_FILES__1", "keys/new.key", "token.key_files.1"),
        ("NICO__CODES__PAID_BILL__CVS", "4040013", "codes.paid_bill.cvs"),
        ("NICO__CODES__SUCCESSFUL__ACCESS_TOKEN", "2000000", "codes.successful.access_token"),
    ] {
        assert_eq!(printed(&folder, &[(name, value)], path), value, "{name}");
    }
}

#[test]
fn a_list_grows_from_outside() {
    let folder = Folder::with_keys();
    folder.write("nico.toml", CLIENT);
    let second = [
        ("NICO__CLIENTS__1__SIGNATURE", "symmetric"),
        ("NICO__CLIENTS__1__SECRET_FILE", "keys/token.key"),
        ("NICO__CLIENTS__1__PUBLIC_KEYS__0", "keys/sandbox-public.pem"),
        ("NICO__CLIENTS__1__ID", "SECOND"),
    ];
    assert_eq!(printed(&folder, &second, "clients.1.id"), "SECOND");
    assert_eq!(printed(&folder, &second, "clients.0.id"), "IONPAYTEST");
    let checked = folder.nico_with(&second, &["config", "check"]).good();
    assert!(checked.contains("client SECOND, symmetric") && checked.contains("client IONPAYTEST, asym"), "{checked}");
    let names: Vec<String> = (1..=11).map(|index| format!("NICO__TOKEN__KEY_FILES__{index}")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), "keys/token.key")).collect();
    assert_eq!(printed(&folder, &many, "token.key_files.11"), "keys/token.key", "10 comes after 2");
    // Without any file the environment alone makes a configuration.
    let bare = Folder::with_keys();
    bare.write("nico.toml", "");
    let first = [("NICO__CLIENTS__0__ID", "FIRST"), ("NICO__CLIENTS__0__PUBLIC_KEYS__0", "keys/sandbox-public.pem")];
    assert_eq!(printed(&bare, &first, "clients.0.id"), "FIRST");
}

#[test]
fn a_variable_that_names_no_setting_is_named() {
    let folder = Folder::with_keys();
    for toml in ["", CLIENT] {
        if !toml.is_empty() {
            folder.write("nico.toml", toml);
        }
        let cases: [(&str, &[&str]); 11] = [
            ("NICO__LSTEN", &["did you mean listen?"]),
            ("NICO__WINDOW__SKEW", &["did you mean skew_seconds?"]),
            ("NICO__CLIENTS__0__PUBLIC_KEY", &["did you mean public_keys?"]),
            ("NICO__ORDER__SOURCE", &["did you mean orders?"]),
            ("NICO__CODES__PAID_BIL__CVS", &["did you mean paid_bill?"]),
            ("NICO__CODES__PAID_BILL__CSV", &["did you mean cvs?"]),
            ("NICO__LISTEN__PORT", &["does not name a setting"]),
            ("NICO__CLIENTS__7__ID", &["does not name a setting"]),
            ("NICO__CLIENTS__FIRST__ID", &["does not name a setting"]),
            ("NICO__WINDOW__SKEW_SECONDS", &["window.skew_seconds"]),
            ("NICO__", &[]),
        ];
        for (name, parts) in cases {
            folder.nico_with(&[(name, "4040013x")], &["config", "check"]).refused(&[&[name], parts].concat());
        }
    }
}

#[test]
fn what_is_not_ours_is_left_alone_and_what_is_ours_must_be_text() {
    let folder = Folder::with_keys();
    folder.nico_with(&[("NICO_LSTEN", "x"), ("nico__lsten", "x"), ("XNICO__LSTEN", "x")], &["config", "check"]).good();
    let mut command = folder.command(&[], &["config", "check"]);
    command.env("NICO__LISTEN", OsStr::from_bytes(b"127.0.0.1:\xff"));
    Ran::of("config check", &mut command).refused(&["NICO__LISTEN"]);
}

/// Whoever configures a production from outside alone must name a client: the sandbox's key lies beside its private half.
#[test]
fn a_production_without_a_file_is_no_sandbox() {
    let folder = Folder::with_keys();
    let production = ("NICO__PROFILE", "production");
    folder.nico_with(&[production], &["serve"]).refused(&["[[clients]]"]);
    assert!(!folder.path("data").exists());
    let client = [("NICO__CLIENTS__0__ID", "REAL"), ("NICO__CLIENTS__0__PUBLIC_KEYS__0", "keys/sandbox-public.pem")];
    let server = folder.serve(&[&[production], &client[..]].concat(), &[]);
    assert!(server.said().contains("configured by the environment") && !server.said().contains("sandbox,"));
    assert_eq!(folder.orders(), [] as [serde_json::Value; 0]);
}
