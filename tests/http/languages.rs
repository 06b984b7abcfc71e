//! The services of `examples/orders`, each started as its own first lines say, and asked by nico.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use nico::OrderRepository;
use nico::clock::{Clock, SystemClock};
use nico::conformance::stores;
use nico::webhook::{MessageId, SigningSecret};
use tempfile::TempDir;

use crate::contract::examples;
use crate::process::{free_port, wait_for};
use crate::service::{PATIENT, SECRET, clock_off_by, find, number, orders, try_orders};

/// An example at work; ended when it is dropped.
pub(crate) struct Example {
    child: Child,
    address: String,
    folder: TempDir,
}

impl Example {
    /// Program, package of Debian, and arguments.
    pub(crate) const ALL: [(&str, &str, &[&str]); 3] = [
        ("php", "php-cli", &["-S", "ADDRESS", "orders.php"]),
        ("node", "nodejs", &["orders.mjs"]),
        ("python3", "python3", &["orders.py"]),
    ];

    fn of(index: usize) -> Self {
        let (program, package, arguments) = Self::ALL[index];
        Self::start(program, package, arguments)
    }

    /// `arguments` have `ADDRESS` where it goes.
    pub(crate) fn start(program: &str, package: &str, arguments: &[&str]) -> Self {
        let port = free_port();
        let address = format!("127.0.0.1:{port}");
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("orders.secret");
        fs::write(&secret, format!("{SECRET}\n")).unwrap();
        let arguments = arguments.iter().map(|argument| argument.replace("ADDRESS", &address));
        let child = Command::new(program)
            .args(arguments)
            .current_dir(folder_of_examples())
            .env("NICO_SECRET_FILE", secret)
            .env("PORT", port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{program} cannot be started ({error}): on Debian it is the package {package}")
            });
        let mut example = Self { child, address, folder };
        wait_for("the example to listen", || {
            if let Some(status) = example.child.try_wait().unwrap() {
                panic!("{program} ended with {status}");
            }
            TcpStream::connect(&example.address).ok()
        });
        example
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/nico/orders", self.address)
    }

    /// The status of its answer to a body that comes with these headers.
    fn status(&self, headers: &[(&str, String)], body: &str) -> u16 {
        let mut connection = TcpStream::connect(&self.address).unwrap();
        connection.set_read_timeout(Some(PATIENT)).unwrap();
        let mut head = format!(
            "POST /nico/orders HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        connection.write_all(format!("{head}\r\n{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        let _ = connection.read_to_string(&mut answer);
        let status = answer.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5));
        status.and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no answer: {answer:?}"))
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn folder_of_examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/orders")
}

/// The headers that nico sends with a body.
fn signed(secret: &str, body: &str) -> [(&'static str, String); 3] {
    let secret = SigningSecret::parse(&nico::Secret::new(secret)).unwrap();
    secret.headers(&MessageId::of([7; 16]), SystemClock.now(), body.as_bytes())
}

async fn keeps_the_contract(example: &Example) {
    let store = Arc::new(orders(&example.url(), PATIENT, Arc::new(SystemClock)));
    stores::orders(Arc::clone(&store), &examples(), &number("701500000000")).await;
    assert_eq!(find(&store, "000000000000").await.unwrap(), None);
}

const ANOTHER: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

async fn trusts_nobody_else(example: &Example) {
    let url = example.url();
    for (store, is_trusted) in [
        (orders(&url, PATIENT, clock_off_by(-280)), true),
        (orders(&url, PATIENT, clock_off_by(280)), true),
        (orders(&url, PATIENT, clock_off_by(-320)), false),
        (orders(&url, PATIENT, clock_off_by(320)), false),
        (try_orders(&url, ANOTHER, PATIENT, Arc::new(SystemClock)).unwrap(), false),
    ] {
        let told = OrderRepository::ready(&store).await.map_err(|error| error.to_string());
        let refused = told.err().inspect(|told| assert!(told.contains("refuses the signature (401)"), "{told}"));
        assert_eq!(refused.is_none(), is_trusted, "{refused:?}");
    }
}

fn believes_only_what_is_signed(example: &Example) {
    let body = r#"{"payNo":"701589101110","partnerServiceId":"7015","customerNo":"89101110"}"#;
    let [id, timestamp, signature] = signed(SECRET, body);
    let with = |id: &str, timestamp: &str, signature: &str| {
        let headers = [("webhook-id", id), ("webhook-timestamp", timestamp), ("Webhook-Signature", signature)];
        headers.map(|(name, value)| (name, value.to_owned()))
    };
    let good = with(&id.1, &timestamp.1, &signature.1);
    let others = signed(ANOTHER, body)[2].1.clone();
    let later = (timestamp.1.parse::<i64>().unwrap() + 1).to_string();
    for (headers, body, due) in [
        (&good[..], body, 200),
        (&with(&id.1, &timestamp.1, &format!("{others} v1a,AAAA {}", signature.1)), body, 200),
        (&good, &body.replace("1110", "1111"), 401),
        (&good, &format!("{body} "), 401),
        (&good, &body.replace(',', ", "), 401),
        (&with("msg_another", &timestamp.1, &signature.1), body, 401),
        (&with(&id.1, &later, &signature.1), body, 401),
        (&with(&id.1, &timestamp.1, &others), body, 401),
        (&with(&id.1, &timestamp.1, &signature.1[..20]), body, 401),
        (&with(&id.1, &timestamp.1, &signature.1.replace("v1,", "")), body, 401),
        (&with(&id.1, &timestamp.1, "v1,"), body, 401),
        (&with(&id.1, &timestamp.1, ""), body, 401),
        (&with(&id.1, "", &signature.1), body, 401),
        (&with(&id.1, "now", &signature.1), body, 401),
        (&with(&id.1, &"9".repeat(400), &signature.1), body, 401),
        (&good[..2], body, 401),
        (&good[1..], body, 401),
        (&[], body, 401),
    ] {
        assert_eq!(example.status(headers, body), due, "{headers:?} {body}");
    }
}

async fn is_as_it_should_be(example: Example) {
    keeps_the_contract(&example).await;
    trusts_nobody_else(&example).await;
    tokio::task::block_in_place(|| believes_only_what_is_signed(&example));
}

#[tokio::test(flavor = "multi_thread")]
async fn php() {
    is_as_it_should_be(Example::of(0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node() {
    is_as_it_should_be(Example::of(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python() {
    is_as_it_should_be(Example::of(2)).await;
}

#[test]
fn each_is_on_one_page() {
    let files = fs::read_dir(folder_of_examples()).unwrap().map(|entry| entry.unwrap().path());
    let mut names = Vec::new();
    for file in files {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines < 60, "{} has {lines} lines", file.display());
        names.push(file.file_name().unwrap().to_str().unwrap().to_owned());
    }
    names.sort();
    assert_eq!(names, ["orders.mjs", "orders.php", "orders.py"]);
}

/// Without a secret anybody could ask, so none of them answers.
#[test]
fn none_works_without_a_secret() {
    for (program, arguments) in [("node", ["orders.mjs"]), ("python3", ["orders.py"])] {
        let empty = tempfile::NamedTempFile::new().unwrap();
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder_of_examples()).env("NICO_SECRET_FILE", empty.path());
        let output = command.env("PORT", "0").output().unwrap();
        assert!(!output.status.success(), "{program}");
    }
    let example = Example::of(0);
    fs::write(example.folder.path().join("orders.secret"), "").unwrap();
    assert_eq!(example.status(&signed(SECRET, "{}"), "{}"), 500);
}
