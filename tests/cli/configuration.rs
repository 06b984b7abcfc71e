//! `nico.toml`: found, read, checked; and whatever is wrong with it said in one sentence.

use crate::process::{Folder, Ran, free_port};

/// The least that a configuration must say.
const CLIENT: &str = "[[clients]]\nid = \"IONPAYTEST\"\npublic_keys = [\"keys/sandbox-public.pem\"]\n";

/// A folder with keys of every kind, good and bad.
fn folder_of_keys() -> Folder {
    let folder = Folder::with_keys();
    let make = "cd keys && openssl genrsa 1024 | openssl pkey -pubout -out weak.pem && openssl genrsa 512 | openssl pkey -pubout -out tiny.pem
        openssl ecparam -name prime256v1 -genkey -noout | openssl pkey -pubout -out ec.pem
        printf 0123456789abcdef0123456789abcde > short.key; printf '\\n' > empty.secret; echo secret > client.secret";
    let made = std::process::Command::new("sh").args(["-c", make]).current_dir(folder.path("")).output().unwrap();
    for name in ["weak.pem", "tiny.pem", "ec.pem", "short.key", "client.secret"] {
        assert!(folder.path("keys").join(name).metadata().is_ok_and(|made| made.len() > 0), "openssl: {made:?}");
    }
    folder
}

/// A text of a configuration, what stands in the environment beside it, and the parts of the sentence that is due.
type Wrong<'a> = (String, &'a [(&'a str, &'a str)], &'a [&'a str]);

fn all_refused(folder: &Folder, cases: &[Wrong<'_>]) {
    for (toml, env, parts) in cases {
        folder.write("nico.toml", toml);
        let address = format!("127.0.0.1:{}", free_port());
        let env = [*env, &[("NICO__LISTEN", address.as_str())]].concat();
        for command in [&["config", "check"][..], &["serve"]] {
            let ran = folder.nico_with(&env, command);
            ran.refused(parts);
            assert_eq!(ran.out, "", "{toml}");
        }
    }
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_known_name() {
    let top = |text: &str| format!("{text}\n{CLIENT}");
    let under = |text: &str| format!("{CLIENT}{text}\n");
    all_refused(
        &folder_of_keys(),
        &[
            (top("lsten = \"127.0.0.1:1\""), &[], &["nico.toml", "lsten", "did you mean listen?"]),
            (top("Profile = \"sandbox\""), &[], &["Profile", "did you mean profile?"]),
            (under("[window]\nskew = 1"), &[], &["window", "skew", "did you mean skew_seconds?"]),
            (under("[limit]\ndeadline_seconds = 1"), &[], &["limit", "did you mean limits?"]),
            (under("[orders]\nstore = \"sqlite:a\""), &[], &["orders", "store", "did you mean source?"]),
            (under("public_key = \"a\""), &[], &["clients", "public_key", "did you mean public_keys?"]),
            (under("secret = \"a\""), &[], &["clients", "secret", "did you mean secret_file?"]),
            (under("[codes]\npaid_bil.cvs = \"4040013\""), &[], &["codes", "paid_bil", "did you mean paid_bill?"]),
            (under("[codes]\npaid_bill.csv = \"4040013\""), &[], &["codes.paid_bill", "csv", "did you mean cvs?"]),
        ],
    );
}

#[test]
fn a_wrong_value_is_refused() {
    let top = |text: &str| format!("{text}\n{CLIENT}");
    let under = |text: &str| format!("{CLIENT}{text}\n");
    all_refused(
        &folder_of_keys(),
        &[
            (top("profile = \"prod\""), &[], &["profile", "production", "sandbox"]),
            (top("base_path = \"api\""), &[], &["base_path", "/api"]),
            (top("base_path = \"/api/\""), &[], &["base_path"]),
            (top("base_path = \"/a//b\""), &[], &["base_path"]),
            (top("base_path = \"/../b\""), &[], &["base_path"]),
            (top("base_path = \"/{id}\""), &[], &["base_path"]),
            (under("[window]\nskew_seconds = 0"), &[], &["window.skew_seconds must be 1 to 3600"]),
            (under("[window]\nskew_seconds = 3601"), &[], &["window.skew_seconds must be 1 to 3600"]),
            (under("[window]\nskew_seconds = -1"), &[], &["window.skew_seconds", "whole number"]),
            (under("[window]\nskew_seconds = 1.5"), &[], &["window.skew_seconds", "whole number"]),
            (under("[limits]\ndeadline_seconds = 0"), &[], &["limits.deadline_seconds must be 1 to 60"]),
            (under("[limits]\ndeadline_seconds = 61"), &[], &["limits.deadline_seconds must be 1 to 60"]),
            (under("[codes]\npaid_bill.cvs = \"404001\""), &[], &["codes.paid_bill.cvs", "seven digits"]),
            (under("[codes]\npaid_bill.cvs = \"9990013\""), &[], &["codes.paid_bill.cvs", "HTTP status"]),
            (under("[codes]\npaid_bill.cvs = 4040013"), &[], &["codes.paid_bill.cvs", "string"]),
            (under("[codes]\nconflict.access_token = \"4097300\""), &[], &["codes.conflict.access_token"]),
            (under("[token]\nkey_files = []"), &[], &["token.key_files is empty", "nico keygen"]),
        ],
    );
}

#[test]
fn a_store_that_cannot_be_is_refused() {
    let under = |text: &str| format!("{CLIENT}{text}\n");
    all_refused(
        &folder_of_keys(),
        &[
            (under("[payments]\nstore = \"memory:\""), &[], &["payments.store must be \"sqlite:FILE\""]),
            (under("[payments]\nstore = \"memory:a.jsonl\""), &[], &["payments.store"]),
            (under("[payments]\nstore = \"redis://a\""), &[], &["payments.store", "postgres://"]),
            (under("[payments]\nstore = \"postgres:a\""), &[], &["payments.store", "postgres://"]),
            (under("[orders]\nsource = \"redis://a\""), &[], &["orders.source", "postgres://", "https://"]),
            (under("[external_ids]\nstore = \"https://a\""), &[], &["external_ids.store", "redis://"]),
            (under("[orders]\nsource = \"memory:a\"\nfind = \"SELECT 1\""), &[], &["orders.find", "a database"]),
            (under("[orders]\npassword_file = \"a\""), &[], &["orders.password_file", "postgres://"]),
            (under("[orders]\nsecret_file = \"a\""), &[], &["orders.secret_file", "http(s)://"]),
            (under("[payments]\npassword_file = \"a\""), &[], &["payments.password_file", "postgres://"]),
            (under("[external_ids]\npassword_file = \"a\""), &[], &["external_ids.password_file", "a server"]),
            (under("[orders]\nstatus = { unpaid = [\"NEW\"] }"), &[], &["orders.status", "orders.find"]),
            (
                under("[orders]\nfind = \"SELECT\"\nstatus = { paid = [\"PAID\"] }"),
                &[],
                &["orders.status.unpaid is empty"],
            ),
            (
                under("[orders]\nfind = \"SELECT\"\nstatus = { unpaid = [\"A\"], paid = [\"A\"] }"),
                &[],
                &["orders.status lists a word twice"],
            ),
            (under("[orders]\nfind = \"SELECT\"\nstatus = { payed = [\"A\"] }"), &[], &["payed", "mean"]),
            (under("[limits]\nconnections = 0"), &[], &["limits.connections must be 1 to 1000"]),
            (under("[orders]\nsource = \"memory:\""), &[], &["orders.source", "JSON lines"]),
            (under("[orders]\nsource = \"data/nico.db\""), &[], &["orders.source", "sqlite:FILE"]),
            (under("[orders]\nsource = \"sqlite:\""), &[], &["orders.source", "sqlite:FILE"]),
            (under("[external_ids]\nstore = \"memory:ids\""), &[], &["external_ids.store", "takes no file"]),
            (under("[external_ids]\nstore = \"redis:\""), &[], &["external_ids.store"]),
        ],
    );
}

#[test]
fn a_client_that_cannot_be_is_refused() {
    let symmetric = |text: &str| format!("{CLIENT}signature = \"symmetric\"\n{text}");
    all_refused(
        &folder_of_keys(),
        &[
            (String::new(), &[], &["no [[clients]] section", "public_keys"]),
            (format!("{CLIENT}{CLIENT}"), &[], &["clients.1.id is given twice", "one [[clients]]"]),
            (CLIENT.replace("IONPAYTEST", "ION PAY"), &[], &["clients.0.id must be 1 to 40"]),
            (CLIENT.replace("IONPAYTEST", ""), &[], &["clients.0.id must be 1 to 40"]),
            ("[[clients]]\nid = \"A\"\n".to_owned(), &[], &["clients", "public_keys"]),
            ("[[clients]]\nid = \"A\"\npublic_keys = []\n".to_owned(), &[], &["clients.0.public_keys is empty"]),
            (format!("{CLIENT}signature = \"hmac\"\n"), &[], &["clients", "asymmetric", "symmetric"]),
            (symmetric(""), &[], &["clients.0.signature is \"symmetric\"", "clients.0.secret_file"]),
            (format!("{CLIENT}secret_file = \"keys/client.secret\"\n"), &[], &["clients.0.secret_file is given"]),
            (symmetric("secret_file = \"keys/no.secret\"\n"), &[], &["keys/no.secret cannot be read"]),
            (symmetric("secret_file = \"keys/empty.secret\"\n"), &[], &["keys/empty.secret is empty"]),
        ],
    );
}

#[test]
fn a_key_that_cannot_be_is_refused() {
    let key = |file: &str| CLIENT.replace("sandbox-public.pem", file);
    let sandbox = |file: &str| format!("profile = \"sandbox\"\n{}", key(file));
    let token = |file: &str| format!("{CLIENT}[token]\nkey_files = [\"keys/{file}\"]\n");
    all_refused(
        &folder_of_keys(),
        &[
            (key("nowhere.pem"), &[], &["keys/nowhere.pem", "cannot be read"]),
            (key("sandbox-private.pem"), &[], &["keys/sandbox-private.pem", "private key", "public one"]),
            (key("weak.pem"), &[], &["keys/weak.pem", "1024 bits", "2048"]),
            (sandbox("tiny.pem"), &[], &["keys/tiny.pem", "512 bits", "1024"]),
            (key("ec.pem"), &[], &["keys/ec.pem", "not an RSA key"]),
            (key("token.key"), &[], &["keys/token.key", "no key in any known form"]),
            (token("nowhere.key"), &[], &["keys/nowhere.key: it cannot be read", "nico keygen"]),
            (token("short.key"), &[], &["keys/short.key", "32 bytes", "31", "nico keygen"]),
        ],
    );
}

#[test]
fn a_weak_key_is_warned_of_in_the_sandbox() {
    let folder = folder_of_keys();
    folder.write("nico.toml", format!("profile = \"sandbox\"\n{}", CLIENT.replace("sandbox-public", "weak")));
    let checked = folder.nico(&["config", "check"]).good();
    assert!(checked.contains("\nwarning: keys/weak.pem has only 1024 bits"), "{checked}");
    let server = folder.serve(&[], &[]);
    assert!(server.log().contains("WARN") && server.log().contains("weak.pem has only 1024 bits"), "{}", server.log());
}

#[test]
fn what_is_dangerous_is_warned_of() {
    let folder = Folder::with_keys();
    folder.write("nico.toml", CLIENT);
    let server = folder.serve(&[("NICO__EXTERNAL_IDS__STORE", "memory:")], &[]);
    assert!(server.log().contains("after a restart a used one passes again"), "{}", server.log());
    drop(server);
    let quiet = folder.serve(&[], &[]);
    assert!(!quiet.log().lines().skip(1).any(|line| line.contains("WARN")), "{}", quiet.log());
}

#[test]
fn a_file_that_is_no_toml_is_refused_by_its_line() {
    let folder = Folder::with_keys();
    for (line, text) in [
        (1, "= 1\n"),
        (2, "listen = \"127.0.0.1:1\"\n= 2\n"),
        (3, "# one\n\nlisten = \n"),
        (4, "# one\n# two\n# three\nlisten = \"never closed\n# five\n"),
        (3, "\n\n[window\nskew_seconds = 1\n"),
        (2, "profile = \"sandbox\"\nprofile = \"production\"\n"),
        (2, "profile = \"sandbox\"\r\nlisten 127.0.0.1:1\r\n"),
    ] {
        folder.write("nico.toml", text);
        folder.nico(&["config", "check"]).refused(&["nico.toml is not TOML", &format!("line {line}: ")]);
    }
    folder.write("nico.toml", b"profile = \"\xff\"\n");
    folder.nico(&["config", "check"]).refused(&["nico.toml cannot be read", "UTF-8"]);
}

#[test]
fn the_file_is_named_before_or_after_any_command() {
    let folder = Folder::with_keys();
    folder.write("etc/shop.toml", format!("base_path = \"/shop\"\n{CLIENT}"));
    for args in [
        &["--config", "etc/shop.toml", "config", "print"][..],
        &["config", "--config", "etc/shop.toml", "print"],
        &["config", "print", "--config", "etc/shop.toml"],
        &["config", "print", "--config=etc/shop.toml"],
    ] {
        assert!(folder.nico(args).good().contains("base_path = \"/shop\""), "{args:?}");
    }
    let nowhere = ["--config", "etc/nowhere.toml"];
    for command in [
        &["serve"][..],
        &["order", "list"],
        &["order", "show", "7015"],
        &["order", "import", "a.jsonl"],
        &["payment", "list"],
        &["config", "check"],
        &["config", "print"],
        &["call", "token"],
        &["call", "inquiry", "7015"],
    ] {
        for args in [[&nowhere, command].concat(), [command, &nowhere].concat()] {
            folder.nico(&args).refused(&["etc/nowhere.toml cannot be read", "--config"]);
        }
    }
    for command in [&["codes"][..], &["keygen"], &["config", "print", "--defaults"]] {
        for args in [[&nowhere, command].concat(), [command, &nowhere].concat()] {
            folder.nico(&args).good();
        }
    }
}

#[test]
fn relative_paths_count_from_the_files_folder() {
    let folder = Folder::with_keys();
    std::fs::create_dir_all(folder.path("etc/nico")).unwrap();
    std::fs::rename(folder.path("keys"), folder.path("etc/nico/keys")).unwrap();
    folder.write("etc/nico/nico.toml", CLIENT);
    let config = ["--config", "etc/nico/nico.toml"];
    folder.nico(&[&config[..], &["config", "check"]].concat()).good();
    folder.write("orders.jsonl", crate::order("701500000001").to_string());
    folder.nico(&[&config[..], &["order", "import", "orders.jsonl"]].concat()).good();
    let server = folder.serve(&[], &config);
    let call = ["call", "inquiry", "701500000001", "--json"];
    let answer = folder.nico_with(&[("NICO__LISTEN", &server.address)], &[&config[..], &call].concat()).good();
    assert!(answer.contains("INV-701500000001"), "{answer}");
    assert!(folder.path("etc/nico/data/nico.db").exists() && folder.path("etc/nico/data/ids.db").exists());
    assert!(!folder.path("data").exists() && !folder.path("keys").exists(), "nothing lies where the command was run");
}

/// The documented way to begin a configuration: the shell makes the file before the command reads it.
#[test]
fn the_defaults_are_printed_whatever_lies_here() {
    let folder = Folder::with_keys();
    let run = |line: &str| {
        let mut shell = std::process::Command::new("sh");
        let line = line.replace("nico ", concat!(env!("CARGO_BIN_EXE_nico"), " "));
        Ran::of(&line, shell.args(["-c", &line]).current_dir(folder.path(""))).good()
    };
    run("nico config print --defaults > nico.toml");
    let defaults = std::fs::read_to_string(folder.path("nico.toml")).unwrap();
    assert!(defaults.starts_with("# nico.toml") && defaults.lines().any(|line| line == "[window]"), "{defaults}");
    // With the one thing that has no default it is a configuration, and equal to the least one.
    let printed = |toml: &str| {
        folder.write("nico.toml", toml);
        folder.nico(&["config", "check"]).good();
        folder.nico(&["config", "print"]).good()
    };
    assert_eq!(printed(&format!("{defaults}{CLIENT}")), printed(CLIENT));
}

/// X-EXTERNAL-IDs have a file of their own: in another's every call would fail.
#[test]
fn two_stores_that_cannot_share_a_file_are_refused() {
    let folder = Folder::with_keys();
    let address = format!("127.0.0.1:{}", free_port());
    for (name, store) in [
        ("NICO__EXTERNAL_IDS__STORE", "sqlite:data/nico.db"),
        ("NICO__EXTERNAL_IDS__STORE", "sqlite:data/../data/nico.db"),
        ("NICO__PAYMENTS__STORE", "sqlite:data/ids.db"),
        ("NICO__ORDERS__SOURCE", "sqlite:data/ids.db"),
    ] {
        let folder = Folder::with_keys();
        folder.nico_with(&[("NICO__LISTEN", &address), (name, store)], &["serve"]).refused(&["data/", "own"]);
    }
    folder.write("data/nico.db", "this is no database, whatever its name says; it is long enough to be looked at");
    folder.nico_with(&[("NICO__LISTEN", &address)], &["serve"]).refused(&["data/nico.db cannot be used", "database"]);
}

#[test]
fn an_address_that_is_none_is_found_by_check_too() {
    let folder = folder_of_keys();
    for listen in ["nowhere", "127.0.0.1:99999", "127.0.0.1", ""] {
        let env = [("NICO__LISTEN", listen)];
        folder.nico_with(&env, &["config", "check"]).refused(&["listen must be an address"]);
    }
}
