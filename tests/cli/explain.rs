//! `nico explain`: every near miss by name, from flags, from a saved request, and from the server's own log.

use std::io::Write as _;
use std::process::Stdio;

use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePublicKey, LineEnding};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::misses::{
    CLIENT, Case, HOST, OTHER, OTHER_SECRET, SECRET, SYMMETRIC, SYMMETRIC_OTHER, TOKEN, base64, cases, hex,
    hmac_sha512, key, other_key, sha256_with_rsa,
};
use crate::process::{Folder, Ran, wait_for};
use crate::wire::{Connection, Nicepay};

/// A folder with a configuration that knows all clients of the cases.
fn folder() -> Folder {
    let folder = Folder::new();
    let pem = |key: &RsaPrivateKey| key.to_public_key().to_public_key_pem(LineEnding::LF).unwrap();
    folder.write("keys/client.pem", pem(key()));
    folder.write("keys/other.pem", pem(other_key()));
    folder.write("keys/client.secret", format!("{SECRET}\n"));
    folder.write("keys/other.secret", format!("{OTHER_SECRET}\n"));
    let client = |id: &str, key: &str, rest: &str| format!("[[clients]]\nid = {id:?}\npublic_keys = [{key:?}]\n{rest}");
    let symmetric = |file: &str| format!("signature = \"symmetric\"\nsecret_file = {file:?}\n");
    let clients = [
        client(OTHER, "keys/other.pem", ""),
        client(CLIENT, "keys/client.pem", ""),
        client(SYMMETRIC, "keys/client.pem", &symmetric("keys/client.secret")),
        client(SYMMETRIC_OTHER, "keys/client.pem", &symmetric("keys/other.secret")),
    ];
    folder.write("nico.toml", clients.concat());
    folder
}

fn flags(case: &Case) -> Vec<String> {
    let path = format!("https://{HOST}{}", case.path);
    let mut flags = vec![("timestamp", case.timestamp.as_str()), ("signature", &case.signature), ("path", &path)];
    flags.extend([("token", TOKEN), ("body", &case.body)]);
    flags.extend(case.client_key.map(|id| ("client-key", id)));
    flags.extend(case.partner_id.map(|id| ("partner-id", id)));
    flags.into_iter().map(|(name, value)| format!("--{name}={value}")).collect()
}

/// The case as bytes on a wire.
fn request(case: &Case) -> String {
    let mut head = format!("POST {} HTTP/1.1\r\nhost: {HOST}\r\nAuthorization: Bearer {TOKEN}\r\n", case.path);
    head += &format!("x-timestamp: {}\r\nX-Signature: {}\r\n", case.timestamp, case.signature);
    for (name, id) in [("X-CLIENT-KEY", case.client_key), ("X-PARTNER-ID", case.partner_id)] {
        head += &id.map(|id| format!("{name}: {id}\r\n")).unwrap_or_default();
    }
    format!("{head}Content-Length: {}\r\n\r\n{}", case.body.len(), case.body)
}

fn explain(folder: &Folder, args: &[&str]) -> Ran {
    folder.nico(&[&["explain"], args].concat())
}

fn names(case: &Case) -> Value {
    case.slips.iter().map(|slip| slip.name()).collect()
}

fn with_flags(folder: &Folder, case: &Case, more: &[&str]) -> Ran {
    let flags = flags(case);
    let flags: Vec<&str> = flags.iter().map(String::as_str).chain(more.iter().copied()).collect();
    explain(folder, &flags)
}

#[test]
fn every_near_miss_is_named_from_flags() {
    let folder = folder();
    for case in cases() {
        let ran = with_flags(&folder, &case, &["--json"]);
        assert!(!ran.out.contains(SECRET), "{ran:?}");
        let report: Value = serde_json::from_str(&ran.good()).unwrap();
        assert_eq!(report["slips"], names(&case), "{case:?}: {report}");
        assert_eq!(report["verdict"], if case.slips.is_empty() { "valid" } else { "near_miss" }, "{case:?}");
    }
}

#[test]
fn every_near_miss_is_named_from_a_saved_request() {
    let folder = folder();
    // What no header can hold has no place in a saved request.
    let sendable = |case: &Case| !case.signature.contains('\n') && case.signature.trim() == case.signature;
    for case in cases().into_iter().filter(sendable).step_by(5) {
        folder.write("request.http", request(&case));
        let said = explain(&folder, &["request.http", "--json"]).good();
        assert_eq!(serde_json::from_str::<Value>(&said).unwrap()["slips"], names(&case), "{case:?}: {said}");
    }
}

/// The newline that an editor leaves at the end of a file was not sent, and therefore not hashed.
#[test]
fn an_editors_newline_is_no_part_of_the_body() {
    let folder = folder();
    let body = "{\"a\": 1}";
    let hash = hex(Sha256::digest(body));
    let mut case = cases().into_iter().find(|case| case.is_symmetric() && case.slips.is_empty()).unwrap();
    let text = format!("POST:{}:{TOKEN}:{hash}:{}", case.path, case.timestamp);
    case.signature = base64(hmac_sha512(SECRET.as_bytes(), text));
    case.body = body.to_owned();
    let with_length = request(&case);
    let without_length: String =
        with_length.split_inclusive("\r\n").filter(|l| !l.starts_with("Content-Length")).collect();
    for saved in [with_length, without_length] {
        for end in ["", "\n"] {
            folder.write("request.http", format!("{saved}{end}"));
            assert!(explain(&folder, &["request.http"]).good().ends_with("is valid\n"), "{saved}{end:?}");
        }
    }
}

#[test]
fn the_report_shows_what_is_signed_to_the_byte() {
    let folder = folder();
    let [good, newline] = ["valid", "trailing_newline"].map(|name| {
        let named = |case: &Case| case.slips.first().map_or("valid", |slip| slip.name()) == name;
        cases().into_iter().find(named).unwrap()
    });
    let fingerprint = nico::PublicKey::read(folder.path("keys/client.pem")).unwrap().fingerprint().to_owned();
    let said = with_flags(&folder, &newline, &[]).good();
    for part in [
        "string to sign: IONPAYTEST|2024-07-03T10:00:00+07:00\n",
        "  0000  49 4f 4e 50 41 59 54 45 53 54 7c 32 30 32 34 2d  IONPAYTEST|2024-\n",
        "  0020  37 3a 30 30                                      7:00\n",
        "X-SIGNATURE: 256 bytes when decoded\n",
        &format!("key of IONPAYTEST: 2048 bits, {fingerprint}\n"),
        "\n\nthe string was signed with a newline at its end: sign it without (printf, not echo)\n",
    ] {
        assert!(said.contains(part), "{part:?} is not in {said}");
    }
    assert!(said.find("key of IONPAYTEST") < said.find("key of OTHERCLIENT"), "the caller's own come first: {said}");
    assert!(with_flags(&folder, &good, &[]).good().ends_with("\n\nthe signature is valid\n"));
}

/// What is refused for another reason than its signature is told as well.
#[test]
fn notes_tell_what_is_wrong_besides() {
    let folder = folder();
    let mut case = cases().remove(0);
    case.timestamp = "2024-07-03 10:00".to_owned();
    case.client_key = Some(OTHER);
    case.signature = base64(sha256_with_rsa(key(), format!("{CLIENT}|{}", case.timestamp)));
    let said = with_flags(&folder, &case, &[]).good();
    for part in ["note: X-TIMESTAMP is not of the form", "note: X-CLIENT-KEY and X-PARTNER-ID differ", "is valid\n"] {
        assert!(said.contains(part), "{part:?} is not in {said}");
    }
    let said = explain(&folder, &["--partner-id", SYMMETRIC, "--timestamp", "x", "--signature", "AAAA", "--path", "/"]);
    for part in ["note: no bearer token is known", "note: no body is known"] {
        assert!(said.out.contains(part), "{said:?}");
    }
}

#[test]
fn what_has_no_reason_is_exit_code_1() {
    let folder = folder();
    for (signature, said) in [
        (base64(sha256_with_rsa(key(), "something else")), "over a text that is none of those tried"),
        (base64([1; 256]), "no known key has made it"),
        (base64([1; 100]), "has 100 bytes, and no key of this client makes such"),
        ("%".to_owned(), "neither base64 nor hexadecimal"),
    ] {
        let ran = with_flags(&folder, &Case { signature, ..cases().remove(0) }, &[]);
        assert!(ran.out.contains("string to sign: IONPAYTEST|"), "{ran:?}");
        ran.refused(&[said]);
    }
}

/// Keys that are named take the place of the configuration's, which is then not needed.
#[test]
fn keys_can_be_named() {
    let folder = folder();
    let good = cases().remove(0);
    let ran = with_flags(&folder, &good, &["--public-key", "keys/other.pem"]);
    ran.refused(&["no known key has made it"]);
    let both = ["--public-key", "keys/other.pem", "--public-key", "keys/client.pem"];
    assert!(with_flags(&folder, &good, &both).good().contains("is valid"));
    let with_config = ["--public-key", "keys/other.pem", "--config", "nico.toml"];
    assert!(with_flags(&folder, &good, &with_config).good().contains("is valid"));
    std::fs::remove_file(folder.path("nico.toml")).unwrap();
    assert!(with_flags(&folder, &good, &["--public-key", "keys/client.pem"]).good().contains("is valid"));
    let symmetric = cases().into_iter().find(|case| case.is_symmetric() && case.slips.is_empty()).unwrap();
    let ran = with_flags(&folder, &symmetric, &["--secret-file", "keys/client.secret"]).good();
    assert!(ran.contains("due from SYMCLIENT: HMAC-SHA512") && ran.contains("is valid"), "{ran}");
    let both = ["--secret-file", "keys/client.secret", "--public-key", "keys/client.pem"];
    let ran = with_flags(&folder, &symmetric, &both).good();
    assert!(ran.contains("is an HMAC with the client secret, and RSA is due here"), "{ran}");
}

#[test]
fn curl_and_standard_input_are_read() {
    let folder = folder();
    let miss = cases().into_iter().find(|case| case.slips.first().is_some_and(|slip| slip.name() == "sha1")).unwrap();
    let head = request(&miss).split("\r\n\r\n").next().unwrap().to_owned();
    let sent: String = head.lines().map(|line| format!("> {line}\n")).collect();
    let curl = format!("* Connected to {HOST}\n{sent}>\n* upload completely sent off\n< HTTP/1.1 401\n<\n\n{{}}\n");
    for text in [request(&miss), format!("\n{}\n", request(&miss).replace("\r\n", "\n")), curl] {
        let mut child =
            folder.command(&[], &["explain", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let said = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        assert!(said.ends_with("\n\nthe hash is SHA-1: sign with SHA-256 (SHA256withRSA)\n"), "{text}: {said}");
    }
}

/// From a caller's mistake over the server's log to the sentence.
#[test]
fn the_servers_own_log_is_read() {
    let folder = Folder::with_keys();
    let server = folder.serve(&[], &[]);
    let nicepay = Nicepay::at(&server.address, &folder.path("keys"));
    let forged = Nicepay { signed: nicepay.signed.replace("X-SIGNATURE: ", "X-SIGNATURE: A"), ..nicepay.clone() };
    let unpadded = Nicepay { signed: nicepay.signed.replace("==\r\n", "\r\n"), ..nicepay };
    let mut connection = Connection::open(&server.address).unwrap();
    assert_eq!(connection.send(&unpadded.inquiry("1", "701500000001")).unwrap().code(), "4010000");
    let log = wait_for("the explanation", || Some(server.log()).filter(|log| log.contains(" explained ")));
    folder.write("nico.log", &log);
    let said = explain(&folder, &["--log-entry", "nico.log"]).good();
    assert!(said.contains("string to sign: IONPAYTEST|20") && said.contains("key of IONPAYTEST: 2048 bits"), "{said}");
    assert!(said.ends_with("\n\nX-SIGNATURE is base64 without the = at its end: keep the padding\n"), "{said}");
    let report: Value = serde_json::from_str(&explain(&folder, &["--log-entry", "nico.log", "--json"]).good()).unwrap();
    assert_eq!(report["slips"], json!(["unpadded"]));
    let signature = unpadded.signed.split("X-SIGNATURE: ").nth(1).unwrap().trim_end();
    for hidden in [signature, &signature[..40], &unpadded.token] {
        assert!(!log.contains(hidden), "{hidden} in {log}");
    }
    // The last one counts, and one without a reason is a failure.
    assert_eq!(connection.send(&forged.payment("2", "701500000001", "p")).unwrap().code(), "4010000");
    let log = wait_for("another", || Some(server.log()).filter(|log| log.matches(" explained ").count() == 2));
    folder.write("nico.log", log);
    explain(&folder, &["--log-entry", "nico.log"]).refused(&["X-SIGNATURE is neither base64 nor hexadecimal"]);
}

#[test]
fn a_bad_file_is_one_sentence() {
    let folder = folder();
    let request = request(&cases()[0]);
    let without = |name: &str| {
        let kept: Vec<&str> = request.split("\r\n").filter(|line| !line.starts_with(name)).collect();
        kept.join("\r\n")
    };
    for (text, said) in [
        (String::new(), "this is no saved request"),
        ("\0\u{fffd}\n\n".to_owned(), "this is no saved request"),
        ("HTTP/1.1 401 Unauthorized\r\n\r\n".to_owned(), "this is no saved request"),
        (request.replace("x-timestamp", "nonsense\r\nx-timestamp"), "this is no saved request"),
        (without("x-timestamp"), "X-TIMESTAMP is missing"),
        (without("X-Signature"), "X-SIGNATURE is missing"),
        (without("X-PARTNER-ID"), "the client id is missing"),
        (request.replace("x-timestamp", "X-SIGNATURE: x\r\nx-timestamp"), "X-SIGNATURE stands there twice"),
    ] {
        folder.write("request.http", text);
        explain(&folder, &["request.http"]).refused(&[said]);
    }
    for log in ["", "WARN explained diagnosis={\"client_id\":\"IONPAYTEST\",\"time"] {
        folder.write("nico.log", log);
        explain(&folder, &["--log-entry", "nico.log"]).refused(&["there is no explanation of nico serve in this log"]);
    }
    for args in [&["no-such-file"][..], &["--log-entry", "no-such-file"]] {
        explain(&folder, args).refused(&["no-such-file cannot be read"]);
    }
}

#[test]
fn bad_flags_are_one_sentence() {
    let folder = folder();
    folder.write("empty", "");
    let (time, signature) = (["--timestamp", "x"], ["--signature", "x"]);
    let whole = [["--partner-id", CLIENT], time, signature].concat();
    let with = |more: &[&'static str]| [&whole, more].concat();
    for (args, said) in [
        (vec![], "there is nothing to explain"),
        (vec!["--partner-id", CLIENT], "there is nothing to explain"),
        (time.to_vec(), "X-SIGNATURE is missing"),
        (signature.to_vec(), "X-TIMESTAMP is missing"),
        ([time, signature].concat(), "the client id is missing"),
        ([["--partner-id", SYMMETRIC], time, signature].concat(), "give it with --path"),
        (with(&["--public-key", "empty"]), "empty: this is no key"),
        (with(&["--secret-file", "empty"]), "empty is empty"),
        (with(&["--config", "no-such-file"]), "no-such-file cannot be read"),
    ] {
        explain(&folder, &args).refused(&[said]);
    }
    for args in [&["a", "--timestamp", "x"][..], &["--log-entry", "a", "--body", "x"], &["a", "b"]] {
        assert_eq!(explain(&folder, args).code, Some(2), "{args:?}");
    }
    assert_eq!(explain(&folder, &["--log-entry", "a", "--public-key", "b"]).code, Some(2));
}
