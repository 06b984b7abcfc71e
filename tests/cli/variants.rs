//! The ways to set a server up, each from end to end: `nico call` speaks to it by the same configuration.

use serde_json::Value;

use crate::order;
use crate::process::{Folder, Ran, Server};

const CLIENT: &str = "[[clients]]\nid = \"IONPAYTEST\"\npublic_keys = [\"keys/sandbox-public.pem\"]\n";

fn call(folder: &Folder, server: &Server, args: &[&str]) -> Ran {
    folder.nico_with(&[("NICO__LISTEN", &server.address)], &[&["call"], args].concat())
}

fn code(ran: &Ran) -> String {
    let body: Value = serde_json::from_str(&ran.out).unwrap();
    body["responseCode"].as_str().unwrap().to_owned()
}

/// Token, inquiry, payment and a second inquiry.
fn works(folder: &Folder, server: &Server) {
    for (args, expected) in [
        (&["token"][..], "2007300"),
        (&["inquiry", "701500000001"], "2000000"),
        (&["payment", "701500000001"], "2000000"),
        (&["inquiry", "701500000001"], "4040014"),
        (&["inquiry", "701500000002"], "4040012"),
    ] {
        let ran = call(folder, server, &[args, &["--json"]].concat());
        assert_eq!(code(&ran), expected, "{args:?}: {}", server.log());
    }
}

#[test]
fn orders_from_a_file_in_memory() {
    let folder = Folder::with_keys();
    folder.write("shop/nico.toml", format!("[orders]\nsource = \"memory:orders.jsonl\"\n[external_ids]\nstore = \"memory:\"\n[token]\nkey_files = [\"../keys/token.key\"]\n{}", CLIENT.replace("keys/", "../keys/")));
    folder.write("shop/orders.jsonl", format!("{}\n", order("701500000001")));
    let config = ["--config", "shop/nico.toml"];
    let server = folder.serve(&[], &config);
    let call = |args: &[&str]| {
        call(&folder, &server, &[args, &config, &["--private-key", "keys/sandbox-private.pem", "--json"]].concat())
    };
    assert_eq!(code(&call(&["inquiry", "701500000001"])), "2000000");
    assert_eq!(code(&call(&["payment", "701500000001"])), "2000000");
    assert_eq!(code(&call(&["inquiry", "701500000001"])), "4040014", "the ledger knows what the file does not");
    assert!(!folder.path("shop/data/ids.db").exists() && folder.path("shop/data/nico.db").exists());
    for command in [&["order", "list"][..], &["order", "show", "7015"], &["order", "import", "shop/orders.jsonl"]] {
        folder.nico(&[&config[..], command].concat()).refused(&["memory:", "edit it"]);
    }
    assert_eq!(folder.nico(&[&config[..], &["payment", "list"]].concat()).good().lines().count(), 1);
    drop(server);
    let again = folder.serve(&[], &config);
    assert_eq!(
        code(&self::call(
            &folder,
            &again,
            &[&["inquiry", "701500000001"], &config[..], &["--private-key", "keys/sandbox-private.pem", "--json"]]
                .concat()
        )),
        "4040014",
        "after a restart too"
    );
}

#[test]
fn a_bad_file_of_orders_keeps_the_server_from_starting() {
    let folder = Folder::with_keys();
    let env = [("NICO__ORDERS__SOURCE", "memory:orders.jsonl"), ("NICO__LISTEN", "127.0.0.1:0")];
    folder.nico_with(&env, &["serve"]).refused(&["orders.jsonl cannot be read"]);
    folder.write("orders.jsonl", format!("{}\n{{}}\n", order("701500000001")));
    folder.nico_with(&env, &["serve"]).refused(&["orders.jsonl, line 2: ", "missing"]);
}

#[test]
fn a_client_that_signs_symmetrically() {
    let folder = Folder::with_keys();
    folder.write("keys/client.secret", "the secret that NICEPAY and we agreed upon\n");
    folder.write("nico.toml", format!("{CLIENT}signature = \"symmetric\"\nsecret_file = \"keys/client.secret\"\n"));
    folder.import(&[order("701500000001")]).good();
    let server = folder.serve(&[], &[]);
    assert!(server.said().contains("client IONPAYTEST, symmetric"), "{}", server.said());
    // A caller with another secret, and one that signs asymmetrically: neither falls back to the other scheme.
    folder.write("other/client.secret", "another secret\n");
    let wrong = [("NICO__CLIENTS__0__SECRET_FILE", "other/client.secret"), ("NICO__LISTEN", &server.address)];
    let asymmetric = Folder::with_keys();
    for ran in [
        folder.nico_with(&wrong, &["call", "inquiry", "701500000001", "--json"]),
        asymmetric.nico_with(
            &wrong[1..],
            &[
                "call",
                "inquiry",
                "701500000001",
                "--json",
                "--private-key",
                folder.path("keys/sandbox-private.pem").to_str().unwrap(),
            ],
        ),
    ] {
        assert_eq!(code(&ran), "4010000");
    }
    let shown = call(&folder, &server, &["inquiry", "701500000001"]).good();
    assert!(shown.contains("string to sign: POST:/api/v1.0/cvs/inquiry:eyJ"), "{shown}");
    works(&folder, &server);
}

#[test]
fn other_base_paths() {
    for (base_path, path) in [("/nicepay", "/nicepay/v1.0"), ("", "/v1.0"), ("/", "/v1.0"), ("/a/b-c", "/a/b-c/v1.0")] {
        for signature in ["asymmetric", "symmetric"] {
            let folder = Folder::with_keys();
            let secret = if signature == "symmetric" { "secret_file = \"keys/token.key\"\n" } else { "" };
            folder.write(
                "nico.toml",
                format!("base_path = \"{base_path}\"\n{CLIENT}signature = \"{signature}\"\n{secret}"),
            );
            folder.import(&[order("701500000001")]).good();
            let server = folder.serve(&[], &[]);
            assert!(server.said().contains(&format!("http://{}{path}\n", server.address)), "{}", server.said());
            works(&folder, &server);
            let elsewhere = call(&folder, &server, &["token", "--base-path", "/else", "--json"]);
            assert_eq!(code(&elsewhere), "4040001", "{base_path}");
        }
    }
}

#[test]
fn settings_are_obeyed() {
    let folder = Folder::with_keys();
    let codes = [("NICO__CODES__PAID_BILL__CVS", "4040013"), ("NICO__CODES__SUCCESSFUL__ACCESS_TOKEN", "2000000")];
    let server = folder.serve(&codes, &[]);
    assert_eq!(code(&call(&folder, &server, &["token", "--json"])), "2000000");
    assert_eq!(code(&call(&folder, &server, &["inquiry", "701589101111", "--json"])), "4040013");
    // Whoever calls under a name that is not configured is a stranger, whatever the key.
    assert_eq!(code(&call(&folder, &server, &["token", "--client-id", "STRANGER", "--json"])), "4017300");
    drop(server);
    // A second client with the same key, and a token key in rotation: the old one's tokens are still good.
    let env = [
        ("NICO__CLIENTS__1__ID", "SECOND"),
        ("NICO__CLIENTS__1__PUBLIC_KEYS__0", "keys/sandbox-public.pem"),
        ("NICO__TOKEN__KEY_FILES__0", "keys/sandbox-private.pem"),
        ("NICO__TOKEN__KEY_FILES__1", "keys/token.key"),
    ];
    let server = folder.serve(&env, &[]);
    for client in ["IONPAYTEST", "SECOND"] {
        let ran = call(&folder, &server, &["inquiry", "701589101110", "--client-id", client, "--json"]);
        assert_eq!(code(&ran), "2000000", "{client}");
    }
}
