//! The shops of `examples/shop`, each started as its own first lines say, between a customer and nico.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::TimeDelta;
use nico::Secret;
use nico::clock::{Clock, SystemClock};
use nico::event::{Kind, NewEvent};
use nico::webhook::{MessageId, SigningSecret};
use serde_json::{Value, json};

use crate::process::{Folder, end_of, free_port, wait_for};
use crate::shop::SECRET;
use crate::stage::Stage;

const MOST_LINES: usize = 40;
/// Longer than a shop waits for nico.
const PATIENCE: Duration = Duration::from_secs(30);
const ANOTHER_SECRET: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[test]
fn php_sells_by_v1_enterprise() {
    v1(&Played::begin(&PHP));
}

#[test]
fn php_sells_by_checkout() {
    checkout(&Played::begin(&PHP));
}

#[test]
fn node_sells_by_v1_enterprise() {
    v1(&Played::begin(&NODE));
}

#[test]
fn node_sells_by_checkout() {
    checkout(&Played::begin(&NODE));
}

#[test]
fn php_believes_only_what_nico_says_and_says_now() {
    believes_only_nico(&Played::begin(&PHP));
}

#[test]
fn node_believes_only_what_nico_says_and_says_now() {
    believes_only_nico(&Played::begin(&NODE));
}

#[test]
fn php_asks_again_for_a_number_that_it_was_not_told() {
    asks_again(&PHP);
}

#[test]
fn node_asks_again_for_a_number_that_it_was_not_told() {
    asks_again(&NODE);
}

/// Without a secret anybody could say that an order is paid.
#[test]
fn neither_works_without_a_secret() {
    let folder = Folder::new();
    folder.write("empty", "");
    let mut node = NODE.command("127.0.0.1:0", "http://127.0.0.1:1", &folder);
    node.env("NICO_EVENTS_SECRET_FILE", folder.path("empty")).stderr(Stdio::null());
    assert!(!end_of(&mut node.spawn().unwrap()).success());
    let shop = Shop::open(&PHP, &format!("127.0.0.1:{}", free_port()), "http://127.0.0.1:1");
    for secret in ["", "whsec_", "whsec_AAAA"] {
        shop.folder.write("events.key", secret);
        let [id, timestamp, signature] = signed(SECRET, "msg", "{}", TimeDelta::zero());
        assert_eq!(shop.post("/nico-events", &[id, timestamp, signature], "{}").status, 500, "{secret}");
    }
}

#[test]
fn each_is_on_one_page() {
    let files = fs::read_dir(folder_of_examples()).unwrap().map(|entry| entry.unwrap().path());
    let mut names = Vec::new();
    for file in files {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines", file.display());
        names.push(file.file_name().unwrap().to_str().unwrap().to_owned());
    }
    names.sort();
    assert_eq!(names, ["book.json", "shop.mjs", "shop.php"]);
}

fn v1(played: &Played) {
    let (reference_no, pay_no) = played.has_bought();
    played.stage.nicepay.store_pays(&pay_no);
    assert_eq!(played.shop.state(&reference_no), "new", "nobody was told yet");
    assert_eq!(played.stage.nicepay.notifies(&pay_no).0, 200);
    played.shop.comes_to(&reference_no, "paid");
    played.stage.nicepay.store_reverses(&pay_no);
    assert_eq!(played.stage.nicepay.notifies(&pay_no).0, 200);
    played.shop.comes_to(&reference_no, "reversed");
    // NICEPAY's first notification, played again by somebody: its token is still right.
    let asked = played.stage.nicepay.calls("onePassStatus.do");
    assert_eq!(played.stage.nicepay.notifies_with(&pay_no, &[("status", "0")]).0, 200);
    wait_for("NICEPAY to be asked", || (played.stage.nicepay.calls("onePassStatus.do") > asked).then_some(()));
    assert_eq!(played.stage.comes_to(&reference_no, "reversed")["payNo"], *pay_no);
    assert_eq!(played.shop.state(&reference_no), "reversed");
}

fn checkout(played: &Played) {
    let Played { shop, stage } = played;
    let bought = shop.post("/buy?product=checkout", &[], "");
    assert_eq!(bought.status, 303, "{bought:?}");
    let location = bought.location.unwrap();
    let t_xid = location.split_once("?tXid=").unwrap().1.to_owned();
    assert!(location.starts_with(&format!("http://{}/", stage.nicepay.address)), "{location}");
    let chosen = stage.nicepay.office.books.choose(&t_xid, "INDO", SystemClock.now()).unwrap();
    let (reference_no, pay_no) = (chosen.reference_no, chosen.pay_no.unwrap());
    // The browser comes back by way of nico, and is sent on to the shop's page.
    let (status, page) = stage.nicepay.comes_back(&pay_no);
    assert_eq!((status, page.as_str()), (303, &*format!("http://{}/orders?referenceNo={reference_no}", shop.address)));
    let path = page.strip_prefix(&format!("http://{}", shop.address)).unwrap();
    wait_for("the shop to show the number", || (shop.shows(path)["payNo"] == *pay_no).then_some(()));
    assert_eq!(shop.state(&reference_no), "new", "that a browser came back pays nothing");
    stage.nicepay.store_pays(&pay_no);
    assert_eq!(stage.nicepay.notifies(&pay_no).0, 200);
    shop.comes_to(&reference_no, "paid");
}

fn believes_only_nico(played: &Played) {
    let shop = &played.shop;
    let (reference_no, _) = played.has_bought();
    let (paid, reversed) = (event(&reference_no, "paid", "1"), event(&reference_no, "reversed", "2"));
    refuses_forgeries(shop, &paid);
    assert_eq!(shop.state(&reference_no), "new");
    let tell = |told: &NewEvent| shop.tell(SECRET, told, TimeDelta::zero());
    assert_eq!((tell(&paid), shop.state(&reference_no)), (200, "paid".to_owned()));
    assert_eq!((tell(&paid), shop.state(&reference_no)), (200, "paid".to_owned()));
    assert_eq!((tell(&reversed), shop.state(&reference_no)), (200, "reversed".to_owned()));
    // Sent once more by nico events resend, signed anew.
    assert_eq!((tell(&paid), shop.state(&reference_no)), (200, "reversed".to_owned()), "it was told before");
    let again = event(&reference_no, "paid", "3");
    assert_eq!((tell(&again), shop.state(&reference_no)), (200, "paid".to_owned()), "that is news");
    assert_eq!(tell(&event("INV-0", "paid", "4")), 404, "an order of nobody's is not taken");
    assert_eq!(shop.get("/orders/INV-0").status, 404);
    assert_eq!(shop.get("/orders/__proto__").status, 404);
    assert!(!shop.get(&format!("/orders/{reference_no}")).body.contains("Siti"), "who buys is nobody's business");
}

fn refuses_forgeries(shop: &Shop, paid: &NewEvent) {
    let (body, id) = (&paid.body, paid.message_id.as_str());
    let [_, timestamp, signature] = signed(SECRET, id, body, TimeDelta::zero());
    let others = signed(ANOTHER_SECRET, id, body, TimeDelta::zero());
    let later = (timestamp.parse::<i64>().unwrap() + 1).to_string();
    let with = |id: &str, timestamp: &str, signature: &str| [id, timestamp, signature].map(str::to_owned);
    for (headers, body, why) in [
        (others.clone(), body, "another secret"),
        (signed(SECRET, id, body, TimeDelta::seconds(-320)), body, "old"),
        (signed(SECRET, id, body, TimeDelta::seconds(320)), body, "of the future"),
        (with(id, &timestamp, &signature), &body.replace("10000", "90000"), "another body"),
        (with(id, &timestamp, &signature), &format!("{body} "), "another body"),
        (with("msg_another", &timestamp, &signature), body, "another id"),
        (with(id, &later, &signature), body, "another time"),
        (with(id, "", &signature), body, "no time"),
        (with(id, "now", &signature), body, "no time"),
        (with(id, &timestamp, ""), body, "no signature"),
        (with(id, &timestamp, "v1,"), body, "no signature"),
        (with(id, &timestamp, &signature[..20]), body, "half a signature"),
        (with(id, &timestamp, &signature.replace("v1,", "")), body, "no version"),
    ] {
        assert_eq!(shop.post("/nico-events", &headers, body).status, 401, "{why}: {headers:?}");
    }
    assert_eq!(shop.post("/nico-events", &[], body).status, 401);
}

/// nico was not there when the customer bought; the order is kept, and its page asks once more.
fn asks_again(language: &Language) {
    let address = format!("127.0.0.1:{}", free_port());
    let mut stage = Stage::before(&address);
    let shop = Shop::open(language, &address, &format!("http://{}", stage.api()));
    stage.nico.take().unwrap().kill();
    let bought: Value = serde_json::from_str(&shop.post("/buy?product=v1", &[], "").body).unwrap();
    assert_eq!((&bought["state"], &bought["payNo"]), (&json!("new"), &Value::Null));
    stage.start();
    let reference_no = bought["referenceNo"].as_str().unwrap();
    let shown = shop.shows(&format!("/orders/{reference_no}"));
    assert_eq!(shown["payNo"], stage.standing(reference_no)["payNo"], "{shown}");
    assert!(shown["payNo"].is_string());
}

fn event(reference_no: &str, state: &str, occurrence: &str) -> NewEvent {
    let kind = if state == "paid" { Kind::OrderPaid } else { Kind::OrderReversed };
    let data = json!({ "referenceNo": reference_no, "state": state, "amt": "10000" });
    NewEvent::new(kind, reference_no, occurrence, SystemClock.now(), data)
}

/// The values of the three headers, as nico would send them by a clock that is off.
fn signed(secret: &str, id: &str, body: &str, off: TimeDelta) -> [String; 3] {
    let secret = SigningSecret::parse(&Secret::new(secret)).unwrap();
    let id = MessageId::parse(id).unwrap_or_else(|| MessageId::of([7; 16]));
    secret.headers(&id, SystemClock.now() + off, body.as_bytes()).map(|(_, value)| value)
}

/// A shop with nico behind it.
struct Played {
    stage: Stage,
    shop: Shop,
}

impl Played {
    fn begin(language: &Language) -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        let stage = Stage::before(&address);
        let shop = Shop::open(language, &address, &format!("http://{}", stage.api()));
        Self { stage, shop }
    }

    /// The reference and the number that the customer is given.
    fn has_bought(&self) -> (String, String) {
        let answer = self.shop.post("/buy?product=v1", &[], "");
        assert_eq!(answer.status, 200, "{answer:?}");
        let bought: Value = serde_json::from_str(&answer.body).unwrap();
        let text = |name: &str| bought[name].as_str().unwrap_or_else(|| panic!("{name} in {bought}")).to_owned();
        let (reference_no, pay_no) = (text("referenceNo"), text("payNo"));
        assert_eq!(self.stage.standing(&reference_no)["payNo"], *pay_no);
        assert_eq!(bought["state"], "new");
        (reference_no, pay_no)
    }
}

/// How an example is started: the program, its package of Debian, and arguments with `ADDRESS` where it goes.
struct Language {
    program: &'static str,
    package: &'static str,
    arguments: &'static [&'static str],
}

const PHP: Language = Language {
    program: "php",
    package: "php-cli",
    arguments: &["-d", "display_errors=0", "-S", "ADDRESS", "shop.php"],
};
const NODE: Language = Language { program: "node", package: "nodejs", arguments: &["shop.mjs"] };

impl Language {
    fn command(&self, address: &str, nico: &str, folder: &Folder) -> Command {
        folder.write("api.key", crate::stage::API_KEY);
        folder.write("events.key", format!("{SECRET}\n"));
        let arguments = self.arguments.iter().map(|argument| argument.replace("ADDRESS", address));
        let mut command = Command::new(self.program);
        command.args(arguments).current_dir(folder_of_examples()).env("NICO_URL", nico);
        command.env("NICO_API_KEY_FILE", folder.path("api.key"));
        command.env("NICO_EVENTS_SECRET_FILE", folder.path("events.key"));
        command.env("ORDERS_FOLDER", folder.path(".")).env("PORT", address.split(':').next_back().unwrap());
        command.stdin(Stdio::null());
        command
    }
}

/// An example at work; ended when it is dropped.
struct Shop {
    child: Child,
    address: String,
    folder: Folder,
}

impl Shop {
    fn open(language: &Language, address: &str, nico: &str) -> Self {
        let (folder, Language { program, package, .. }) = (Folder::new(), language);
        let mut command = language.command(address, nico, &folder);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap_or_else(|error| {
            panic!("{program} cannot be started ({error}): on Debian it is the package {package}")
        });
        let mut shop = Self { child, address: address.to_owned(), folder };
        wait_for("the shop to listen", || {
            if let Some(status) = shop.child.try_wait().unwrap() {
                panic!("{program} ended with {status}");
            }
            TcpStream::connect(address).ok()
        });
        shop
    }

    fn get(&self, path: &str) -> Answered {
        self.ask(&format!("GET {path} HTTP/1.0\r\nHost: shop\r\n\r\n"))
    }

    /// `signed` are the values of the webhook's three headers, where it is one.
    fn post(&self, path: &str, signed: &[String], body: &str) -> Answered {
        let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
        let headers: String = names.iter().zip(signed).map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        self.ask(&format!("POST {path} HTTP/1.0\r\nHost: shop\r\n{headers}Content-Length: {length}\r\n\r\n{body}"))
    }

    fn ask(&self, request: &str) -> Answered {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let status = head[9..12].parse().unwrap();
        let location = head.lines().find_map(|line| line.strip_prefix("Location: ").map(str::to_owned));
        Answered { status, location, body: body.to_owned() }
    }

    /// What a page of the shop's shows.
    fn shows(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{answer:?}");
        serde_json::from_str(&answer.body).unwrap()
    }

    fn state(&self, reference_no: &str) -> String {
        self.shows(&format!("/orders/{reference_no}"))["state"].as_str().unwrap().to_owned()
    }

    fn comes_to(&self, reference_no: &str, state: &str) {
        wait_for(&format!("the shop to say {state}"), || (self.state(reference_no) == state).then_some(()));
    }

    fn tell(&self, secret: &str, told: &NewEvent, off: TimeDelta) -> u16 {
        let headers = signed(secret, told.message_id.as_str(), &told.body, off);
        self.post("/nico-events", &headers, &told.body).status
    }
}

#[derive(Debug)]
struct Answered {
    status: u16,
    location: Option<String>,
    body: String,
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn folder_of_examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop")
}
