//! `openapi/merchant.yaml` and the code say the same: every answer and every event is one that the document has, and what
//! the document has is answered.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Read, Write};
use std::sync::LazyLock;
use std::time::Duration;

use chrono::{DateTime, Utc};
use nico::event::Kind;
use nico::merchant_api::OPENAPI;
use nico::nicepay::registration::{self, Product};
use nico::nicepay::to_register::{Defaults, NotRegistrable, ToRegister};
use nico::provider::MAX_BODY;
use nico::registration::State;
use nico::snap::json::Object;
use nico::webhook::{WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP};
use serde_json::{Value, json};

use crate::process::wait_for;
use crate::stage::{API_KEY, Stage, order};
use crate::stand_in::{Says, StandIn, T_XID, issued, paid};
use crate::wire::{Connection, Nicepay};

static SPEC: LazyLock<Value> = LazyLock::new(|| serde_yaml_ng::from_str(OPENAPI).expect("the document is YAML"));

const ALL: &str = "/merchant/v1/registrations";
const ONE: &str = "/merchant/v1/registrations/{referenceNo}";
const ERRORS: &str = include_str!("../../src/merchant_api/refusal.rs");

fn at(pointer: &str) -> &'static Value {
    SPEC.pointer(pointer).unwrap_or_else(|| panic!("the document has no {pointer}"))
}

fn texts(value: &'static Value) -> BTreeSet<&'static str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// Holds a value to a schema of the document.
fn is_as(schema: &Value, value: &Value) {
    let whole = json!({ "allOf": [schema], "components": SPEC["components"] });
    let validator = jsonschema::options().should_validate_formats(true).build(&whole).unwrap();
    let errors: Vec<_> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{value}: {errors:?}");
}

fn escaped(path: &str) -> String {
    path.replace('~', "~0").replace('/', "~1")
}

/// The document's response to a request, `$ref` followed.
fn response(path: &str, status: u16) -> &'static Value {
    let verb = if path == ALL { "post" } else { "get" };
    let response = at(&format!("/paths/{}/{verb}/responses/{status}", escaped(path)));
    response["$ref"].as_str().map_or(response, |pointer| at(pointer.strip_prefix('#').unwrap()))
}

/// All that was answered: path, status, and the word for what is wrong.
#[derive(Default)]
struct Seen(BTreeSet<(&'static str, u16)>, BTreeSet<String>);

impl Seen {
    /// An answer, held to the document.
    fn answer(&mut self, stage: &Stage, path: &'static str, request: &str) -> (u16, Value) {
        let (status, headers, body) = exchange(stage, request);
        let told = format!("{}: {status} {body}", request.lines().next().unwrap());
        assert_eq!(headers.get("content-type").map(String::as_str), Some("application/json"), "{told}");
        assert_eq!(headers.get("cache-control").map(String::as_str), Some("no-store"), "{told}");
        assert_eq!(headers.contains_key("www-authenticate"), status == 401, "{told}");
        assert_eq!(headers.contains_key("allow"), status == 405, "{told}");
        let body: Value = serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {told}"));
        is_as(&response(path, status)["content"]["application/json"]["schema"], &body);
        self.0.insert((path, status));
        if status >= 400 {
            self.1.insert(body["error"].as_str().unwrap().to_owned());
            assert_eq!(body["field"].is_string(), body["error"] == "invalid_field" || names_a_field(&body), "{told}");
        }
        (status, body)
    }

    fn posts(&mut self, stage: &Stage, body: &str) -> (u16, Value) {
        self.answer(stage, ALL, &posted(body))
    }

    fn gets(&mut self, stage: &Stage, reference_no: &str) -> (u16, Value) {
        self.answer(stage, ONE, &got(reference_no))
    }
}

/// A field that is wrong before NICEPAY's rules begin is named too.
fn names_a_field(body: &Value) -> bool {
    body["error"] == "bad_request" && body["field"].is_string()
}

fn key() -> String {
    format!("Authorization: Bearer {API_KEY}\r\n")
}

fn posted(body: &str) -> String {
    format!("POST {ALL} HTTP/1.1\r\nHost: nico\r\n{}Content-Length: {}\r\n\r\n{body}", key(), body.len())
}

fn got(reference_no: &str) -> String {
    format!("GET {ALL}/{reference_no} HTTP/1.1\r\nHost: nico\r\n{}\r\n", key())
}

/// A request, and the whole answer: status, headers in small letters, body.
fn exchange(stage: &Stage, request: &str) -> (u16, BTreeMap<String, String>, String) {
    let mut connection = Connection::open(&stage.api()).unwrap();
    connection.write(request).unwrap();
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        connection.0.read_line(&mut line).unwrap();
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let status = lines[0].split(' ').nth(1).unwrap().parse().unwrap();
    let header = |line: &String| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    let headers: BTreeMap<_, _> = lines[1..].iter().filter_map(header).collect();
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    connection.0.read_exact(&mut body).unwrap();
    (status, headers, String::from_utf8(body).unwrap())
}

fn with(mut order: Value, name: &str, value: Value) -> String {
    order[name] = value;
    order.to_string()
}

#[test]
fn every_answer_is_documented_and_every_documented_answer_is_seen() {
    let mut seen = Seen::default();
    let stage = Stage::with(&[("NICO__LIMITS__DEADLINE_SECONDS", "1")]);
    takes(&mut seen, &stage);
    refuses(&mut seen, &stage);
    does_not_know(&mut seen, &stage);
    let database = rusqlite::Connection::open(stage.folder.path("data/nico.db")).unwrap();
    database.execute_batch("ALTER TABLE registrations RENAME TO gone").unwrap();
    assert_eq!(seen.posts(&stage, &order("v1", "INV-9").to_string()).0, 500);
    let (status, body) = seen.gets(&stage, "INV-1");
    assert!(status == 500 && !body.to_string().contains("registrations"), "{body}");
    drop(stage);
    nicepay_does_not(&mut seen);
    let mut documented = BTreeSet::new();
    for (path, item) in at("/paths").as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            let statuses = operation["responses"].as_object().unwrap().keys();
            documented.extend(statuses.map(|status| (path.as_str(), status.parse::<u16>().unwrap())));
        }
    }
    // It takes a database that is there, and does not answer.
    seen.0.insert((ONE, 504));
    assert_eq!(seen.0, documented);
    let words: BTreeSet<_> = seen.1.iter().map(String::as_str).collect();
    assert_eq!(words, texts(at("/components/schemas/Refusal/properties/error/enum")));
}

fn takes(seen: &mut Seen, stage: &Stage) {
    for product in ["v1", "checkout"] {
        let sent = order(product, &format!("INV-{product}"));
        is_as(at("/components/schemas/Order"), &sent);
        assert_eq!(seen.posts(stage, &sent.to_string()).0, 201);
        assert_eq!(seen.posts(stage, &sent.to_string()).0, 200);
        assert_eq!(seen.gets(stage, &format!("INV-{product}")).0, 200);
        assert_eq!(seen.posts(stage, &with(sent, "amt", json!("10001"))).0, 409);
    }
    // What a URL must have encoded.
    let odd = "A/1?#%2F+&=;~\"<>\\^`{|}";
    assert_eq!(seen.posts(stage, &with(order("v1", ""), "referenceNo", json!(odd))).0, 201);
    let encoded: String = odd.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let (status, body) = seen.gets(stage, &encoded);
    assert_eq!((status, &body["referenceNo"]), (200, &json!(odd)), "{body}");
    // The slashes of INV/2026/1 need not be.
    assert_eq!(seen.posts(stage, &with(order("v1", ""), "referenceNo", json!("INV/2026/1"))).0, 201);
    assert_eq!(seen.gets(stage, "INV/2026/1").0, 200);
}

fn refuses(seen: &mut Seen, stage: &Stage) {
    let good = order("v1", "INV-2");
    let repeated = good.to_string().replacen('{', "{\"amt\":\"1\",", 1);
    for (status, field, body) in [
        (400, None, String::new()),
        (400, None, "[]".to_owned()),
        (400, None, "amt=1".to_owned()),
        (400, None, good.to_string()[..100].to_owned()),
        (400, None, repeated),
        (400, None, with(good.clone(), "product", json!("V1"))),
        (400, None, with(good.clone(), "product", json!("v2"))),
        (400, None, with(good.clone(), "product", json!(null))),
        (400, None, with(good.clone(), "colour", json!("red"))),
        (400, Some("goodsNm"), good.to_string().replace("goodsNm", "goodsnm")),
        (400, Some("goodsNm"), with(good.clone(), "goodsNm", json!(["Buku"]))),
        (400, Some("bankCd"), with(good.clone(), "bankCd", json!("CENA"))),
        (422, Some("goodsNm"), with(good.clone(), "goodsNm", json!("a\u{0}b"))),
        (422, Some("goodsNm"), with(good.clone(), "goodsNm", json!(""))),
        (422, Some("amt"), with(good.clone(), "amt", json!("1.5"))),
        (422, Some("amt"), with(good.clone(), "amt", json!("0"))),
        (422, Some("mitraCd"), with(good.clone(), "mitraCd", json!("BANK"))),
        (422, Some("cartData"), with(good.clone(), "cartData", json!("[]"))),
        (422, Some("payValidTm"), with(good.clone(), "payValidDt", json!("20990101"))),
        (422, Some("dbProcessUrl"), with(good.clone(), "dbProcessUrl", json!("ftp://x"))),
        (413, None, with(good.clone(), "description", json!("x".repeat(1024 * 1024)))),
        (413, None, " ".repeat(MAX_BODY + 1)),
    ] {
        let (answered, said) = seen.posts(stage, &body);
        let shown: String = body.chars().take(300).collect();
        assert_eq!((answered, said["field"].as_str()), (status, field), "{shown}: {said}");
        assert!(!said.to_string().contains("Buku") && !said.to_string().contains("red"), "{said}");
    }
    let large = got("INV-1").replace("\r\n\r\n", &format!("\r\nContent-Length: {}\r\n\r\n", MAX_BODY + 1));
    assert_eq!(seen.answer(stage, ONE, &(large + &"x".repeat(MAX_BODY + 1))).0, 413);
    let promised = got("INV-1").replace("\r\n\r\n", "\r\nContent-Length: 10\r\n\r\n");
    assert_eq!(seen.answer(stage, ONE, &promised).0, 400, "what was promised does not come");
    assert_eq!(seen.gets(stage, "INV-2").0, 404, "nothing of what was refused is kept");
}

fn does_not_know(seen: &mut Seen, stage: &Stage) {
    for reference_no in ["INV-9", &"x".repeat(41), "%00", "%FF", "%C3%A9", "a%20b"] {
        assert_eq!(seen.gets(stage, reference_no).0, 404, "{reference_no}");
    }
    for (path, verbs) in [(ALL, ["GET", "PUT", "DELETE"]), (ONE, ["POST", "PUT", "OPTIONS"])] {
        for verb in verbs {
            let at = path.replace("{referenceNo}", "INV-1");
            let request = format!("{verb} {at} HTTP/1.1\r\nHost: nico\r\n{}Content-Length: 0\r\n\r\n", key());
            assert_eq!(seen.answer(stage, path, &request).0, 405, "{verb} {at}");
            let stranger = request.replace(&key(), "");
            assert_eq!(seen.answer(stage, path, &stranger).0, 401, "{verb} {at}");
        }
    }
    for path in ["/", "/merchant/v1", "/merchant/v1/registrations/", "/x%2Fy", "/nicepay/notification", "/health/live"]
    {
        for verb in ["GET", "POST", "PATCH"] {
            let request = format!("{verb} {path} HTTP/1.1\r\nHost: nico\r\n{}Content-Length: 0\r\n\r\n", key());
            assert_eq!(seen.answer(stage, ONE, &request).0, 404, "{verb} {path}");
        }
    }
    // Of a head that is none actix says nothing more than this, and lets nobody else speak.
    for head in ["GET", "GET / HTTP/9.9", "GET  / HTTP/1.1", "G\u{1}T / HTTP/1.1", "GET / HTTP/1.1\r\nno header"] {
        assert_eq!(exchange(stage, &format!("{head}\r\n\r\n")).0, 400, "{head}");
    }
}

fn nicepay_does_not(seen: &mut Seen) {
    let refusal = json!({ "resultCd": "9510", "resultMsg": "Error in expiration date." }).to_string();
    let stand_in = StandIn::open(Says::Body(refusal));
    let stage =
        Stage::with(&[("NICO__NICEPAY__ENVIRONMENT", &stand_in.address), ("NICO__LIMITS__DEADLINE_SECONDS", "1")]);
    let (status, body) = seen.posts(&stage, &order("v1", "INV-1").to_string());
    assert_eq!((status, &body["error"], &body["resultCd"]), (502, &json!("refused_by_nicepay"), &json!("9510")));
    stand_in.says(Says::Body("<html>".to_owned()));
    assert_eq!(seen.posts(&stage, &order("v1", "INV-2").to_string()).0, 502);
    stand_in.says(Says::Nothing);
    assert_eq!(seen.posts(&stage, &order("v1", "INV-3").to_string()).0, 504);
    assert_eq!(seen.gets(&stage, "INV-3").0, 200);
}

#[test]
fn the_key_is_asked_for_whatever_else_is_asked() {
    let stage = Stage::open("sqlite");
    let mut seen = Seen::default();
    let asked = |headers: &str| format!("GET {ALL}/INV-1 HTTP/1.1\r\nHost: nico\r\n{headers}\r\n");
    let shorter = &API_KEY[1..];
    for headers in [
        String::new(),
        "Authorization: \r\n".to_owned(),
        "Authorization: Bearer\r\n".to_owned(),
        "Authorization: Bearer \r\n".to_owned(),
        format!("Authorization: {API_KEY}\r\n"),
        format!("Authorization: Basic {API_KEY}\r\n"),
        format!("Authorization: Bearer{API_KEY}\r\n"),
        format!("Authorization: Bearer {shorter}\r\n"),
        format!("Authorization: Bearer {API_KEY}x\r\n"),
        format!("Authorization: Bearer {}\r\n", API_KEY.to_uppercase()),
        format!("Authorization: Bearer {API_KEY}, Bearer {API_KEY}\r\n"),
        format!("{}{}", key(), key()),
        format!("{}Authorization: Bearer wrong\r\n", key()),
        format!("X-Authorization: Bearer {API_KEY}\r\nCookie: key={API_KEY}\r\n"),
    ] {
        assert_eq!(seen.answer(&stage, ONE, &asked(&headers)).0, 401, "{headers}");
        let posted = posted(&order("v1", "INV-1").to_string()).replace(&key(), &headers);
        assert_eq!(seen.answer(&stage, ALL, &posted).0, 401, "{headers}");
    }
    for scheme in ["Bearer", "bearer", "BEARER"] {
        for blanks in ["", " ", "  \t"] {
            let headers = format!("authorization: {scheme} {API_KEY}{blanks}\r\n");
            assert_eq!(seen.answer(&stage, ONE, &asked(&headers)).0, 404, "{headers}: nothing was registered");
        }
    }
    assert_eq!(stage.nicepay.calls("onePass.do"), 0);
    assert!(!stage.nico.as_ref().unwrap().log().contains(shorter));
}

#[test]
fn a_shop_that_hangs_up_has_its_order_registered() {
    let late = Says::Late(Duration::from_millis(700), issued("INV-1", T_XID));
    let stand_in = StandIn::open(late);
    let stage = Stage::with(&[("NICO__NICEPAY__ENVIRONMENT", &stand_in.address)]);
    let mut connection = Connection::open(&stage.api()).unwrap();
    connection.write(&posted(&order("v1", "INV-1").to_string())).unwrap();
    wait_for("NICEPAY to be called", || (stand_in.calls("onePass.do") == 1).then_some(()));
    drop(connection);
    let is_issued = || (Seen::default().gets(&stage, "INV-1").1["state"] == "issued").then_some(());
    wait_for("it to be issued", is_issued);
    assert_eq!(stand_in.calls("onePass.do"), 1, "and not by being sent again");
    // Gone before it was even looked at.
    stand_in.says(Says::Body(issued("INV-2", "IONPAYTEST03202406191012349999")));
    let mut connection = std::net::TcpStream::connect(stage.api()).unwrap();
    connection.write_all(posted(&order("v1", "INV-2").to_string()).as_bytes()).unwrap();
    drop(connection);
    wait_for("it to be issued", || (Seen::default().gets(&stage, "INV-2").1["state"] == "issued").then_some(()));
}

#[test]
fn every_event_is_documented_and_every_documented_event_is_told() {
    let stand_in = StandIn::open(Says::Body(issued("INV-1", T_XID)));
    let stage = Stage::with(&[("NICO__NICEPAY__ENVIRONMENT", &stand_in.address)]);
    assert_eq!(stage.register(&order("v1", "INV-1")).status, 201);
    let stands = |reference_no: &str, amt: &str, status: &str| {
        let answer = paid(reference_no, T_XID).replace("\"10000\"", &format!("\"{amt}\""));
        stand_in.says(Says::Body(answer.replace("\"status\":\"0\"", &format!("\"status\":\"{status}\""))));
        let ran = stage.run(&["nicepay", "status", reference_no]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    };
    for (amt, status) in [("9999", "0"), ("10000", "4"), ("10000", "0"), ("10000", "1")] {
        stands("INV-1", amt, status);
    }
    stage.is_told("INV-1", &["order.needs_attention", "order.expired", "order.paid", "order.reversed"]);
    let line = r#"{"payNo":"701500000001","payNoName":"Siti Aisyah","goodsName":"Buku","payNoPhone":"081234567890","payNoEmail":"siti@example.com","amount":"10000.00","partnerReferenceNo":"INV-2","expiresAt":"2090-01-31T12:00:00+07:00","status":"unpaid"}"#;
    stage.folder.write("orders.jsonl", line);
    stage.run(&["order", "import", "orders.jsonl"]).good();
    let nicepay = Nicepay::at(&stage.provider(), &stage.folder.path("keys"));
    assert_eq!(stage.ask_provider(&nicepay.payment("X-1", "701500000001", "P-1")).code(), "2000000");
    stage.is_told("INV-2", &["payment.recorded"]);
    let operation = at("/webhooks/event/post");
    let events = stage.shop.all();
    for event in &events {
        is_as(&operation["requestBody"]["content"]["application/json"]["schema"], event);
    }
    let told: BTreeSet<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(told, Kind::ALL.map(Kind::as_str).into());
    let parameters = operation["parameters"].as_array().unwrap();
    let named: BTreeSet<_> = parameters.iter().map(|parameter| parameter["name"].as_str().unwrap()).collect();
    assert_eq!(named, [WEBHOOK_ID, WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE].into());
    for head in stage.shop.heads() {
        assert_eq!(head["content-type"], "application/json");
        for parameter in parameters {
            is_as(&parameter["schema"], &json!(head[parameter["name"].as_str().unwrap()]));
        }
    }
}

#[test]
fn its_words_are_the_codes() {
    assert_eq!(texts(at("/components/schemas/State/enum")), State::ALL.map(State::as_str).into());
    let orders = texts(at("/components/schemas/OrderEvent/properties/type/enum"));
    let payment = at("/components/schemas/PaymentEvent/properties/type/const").as_str().unwrap();
    assert!(!orders.contains(payment));
    assert_eq!(orders.into_iter().chain([payment]).collect::<BTreeSet<_>>(), Kind::ALL.map(Kind::as_str).into());
    let told = ERRORS.split("StatusCode::").skip(1).filter_map(|text| text.split('"').nth(1));
    let words: BTreeSet<_> = told.filter(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')).collect();
    let documented = texts(at("/components/schemas/Refusal/properties/error/enum"));
    assert_eq!(words, documented);
    let described = at("/components/responses/Refused/description").as_str().unwrap().replace('\n', " ");
    assert!(documented.iter().all(|word| described.contains(word)), "{described}");
    assert_eq!(SPEC["info"]["version"], env!("CARGO_PKG_VERSION"));
}

fn now() -> DateTime<Utc> {
    "2024-06-19T03:12:34Z".parse().unwrap()
}

fn read(product: Product, order: &Value) -> Result<ToRegister, NotRegistrable> {
    let defaults = Defaults {
        callback_url: Some("https://shop.example/back".to_owned()),
        notification_url: Some("https://shop.example/told".to_owned()),
    };
    ToRegister::read(product, &Object::parse(order.to_string().as_bytes()).unwrap(), &defaults, now())
}

const PRODUCTS: [(&str, Product); 2] = [("v1", Product::V1), ("checkout", Product::Checkout)];

/// A text of this many characters that a field may hold.
fn filled(name: &str, length: usize) -> String {
    let (begin, end) = match name {
        "callBackUrl" | "dbProcessUrl" => ("https://x/", ""),
        "cartData" => ("{\"x\":\"", "\"}"),
        _ => ("", ""),
    };
    format!("{begin}{}{end}", "1".repeat(length - begin.len() - end.len()))
}

#[test]
fn the_order_is_what_is_read() {
    let schema = at("/components/schemas/Order");
    let properties = schema["properties"].as_object().unwrap();
    let required = texts(&schema["required"]);
    for (name, property) in properties.iter().filter(|(name, _)| *name != "product") {
        let property = property["$ref"].as_str().map_or(property, |pointer| at(pointer.strip_prefix('#').unwrap()));
        for (word, product) in PRODUCTS {
            let mut without = order(word, "INV-1");
            without.as_object_mut().unwrap().remove(name);
            let asked_for = required.contains(name.as_str())
                || (product == Product::V1
                    && property["description"].as_str().is_some_and(|text| text.contains("v1 asks for it")));
            let refused = read(product, &without).err().map(|error| error.field());
            assert_eq!(refused, asked_for.then_some(Some(name.as_str())), "{word} without {name}");
            let Some(max_len) = property["maxLength"].as_u64() else { continue };
            let shorter = property["description"].as_str().is_some_and(|text| text.contains("v1 30 characters"));
            let max_len = if shorter && product == Product::V1 { 30 } else { usize::try_from(max_len).unwrap() };
            let of = |length| {
                read(
                    product,
                    &serde_json::from_str(&with(order(word, "INV-1"), name, json!(filled(name, length)))).unwrap(),
                )
            };
            assert_eq!(of(max_len).err(), None, "{word} {name}");
            assert_eq!(of(max_len + 1).unwrap_err().field(), Some(name.as_str()), "{word} {name}");
        }
    }
}

#[test]
fn a_pattern_is_what_is_read() {
    let properties = &at("/components/schemas/Order")["properties"];
    let digits = |name: &str, text: &str| {
        let pattern = json!({ "allOf": [properties[name]], "components": SPEC["components"] });
        let mut order = order("v1", "INV-1");
        (order["payValidDt"], order["payValidTm"]) = (json!("20240620"), json!("235959"));
        order[name] = json!(text);
        let documented = jsonschema::validator_for(&pattern).unwrap().is_valid(&json!(text));
        assert_eq!(documented, read(Product::V1, &order).is_ok(), "{name}: {text}");
    };
    for amt in ["1", "010000", "123456789012", "1234567890123", "1.5", "-1", "1e4", "x"] {
        digits("amt", amt);
    }
    for (name, text) in [
        ("payValidDt", "20240701"),
        ("payValidDt", "2024071"),
        ("payValidTm", "000000"),
        ("payValidTm", "0000"),
        ("mitraCd", "INDO"),
        ("mitraCd", "IND"),
        ("currency", "IDR"),
        ("currency", "USD"),
    ] {
        digits(name, text);
    }
}

/// What stands in NICEPAY's tables and not among the properties is told of beside them.
#[test]
fn no_field_is_left_unsaid() {
    let schema = at("/components/schemas/Order");
    let described = schema["description"].as_str().unwrap();
    for (_, product) in PRODUCTS {
        for name in registration::names(product) {
            let is_nicos = ["iMid", "payMethod", "merchantToken", "timeStamp"].contains(&name);
            let group = ["delivery", "req"].into_iter().find(|group| name.starts_with(group));
            let said = group.map_or(format!("`{name}`"), |group| format!("`{group}…`"));
            assert!(is_nicos || schema["properties"].get(name).is_some() || described.contains(&said), "{name}");
        }
    }
    for name in ["userAgent", "userLanguage", "sellers", "shopId"] {
        assert!(described.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn the_example_is_registered_as_it_stands() {
    let stage = Stage::open("sqlite");
    let examples = at("/components/schemas/Order/examples").as_array().unwrap();
    assert!(!examples.is_empty());
    for example in examples {
        is_as(at("/components/schemas/Order"), example);
        assert_eq!(stage.register(example).status, 201);
    }
}
