//! HMAC-SHA512 over method, path, token, body and time: what SNAP has by default, for a client that is configured so.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::Value;

use crate::harness::{
    App, Key, NICEPAY, Orders, Request, SAMPLE, SYMMETRIC, demo_orders, hex, hmac_signature, order, spawn, spawn_app,
    spawn_at,
};

const REFUSED: &str = "4010000 Unauthorized. [Signature]";

fn secret() -> &'static str {
    SYMMETRIC.secret.expect("it has one")
}

fn pretty(request: &Request) -> Vec<u8> {
    serde_json::to_vec_pretty(&request.sent_json()).expect("JSON")
}

/// As Python's `json.dumps` spaces it, which is what NICEPAY's Python SDK hashes.
fn as_python(request: &Request) -> Vec<u8> {
    let text = request.sent_json().to_string();
    text.replace("\":", "\": ").replace("\",\"", "\", \"").into_bytes()
}

type Signed = (&'static str, fn(Request) -> Request);

const GOOD: &[Signed] = &[
    ("as it is", |r| r),
    ("pretty, signed as sent", |r| r.clone().body(pretty(&r))),
    ("pretty, signed minified", |r| over(r.clone().body(pretty(&r)), &r.body)),
    ("as Python, signed as sent", |r| r.clone().body(as_python(&r))),
    ("as Python, signed minified", |r| over(r.clone().body(as_python(&r)), &r.body)),
    ("with a query", |r| r.clone().to(&format!("{}?b=2&a=1%20x", r.path))),
    ("in chunks", |r| r.chunked(3)),
    ("escaped letters", |r| {
        let body = r.sent_json().to_string().replace("ALMA", "\\u0041LM\\u0041");
        r.body(body)
    }),
    ("an escaped quote and blanks inside a text", |r| r.field("unread", "a \" b \\ { c : d }")),
    ("in the small hours of Greenwich", |r| r.timestamp("2024-07-03T03:00:00Z")),
];

/// Signs another body than the one that is sent.
fn over(request: Request, body: &[u8]) -> Request {
    let path = request.path.clone();
    request.signed_over(secret(), &path, body)
}

/// Changes the body once it has been signed.
fn tampered(request: Request, change: fn(String) -> String) -> Request {
    let signed = request.body.clone();
    let body = change(String::from_utf8(signed.clone()).expect("the body is text"));
    assert_ne!(body.as_bytes(), signed, "the change changes nothing");
    over(request.body(body), &signed)
}

#[test]
fn what_is_signed_as_sent_or_minified_is_taken() {
    for (name, sign) in GOOD {
        let app = spawn_app();
        assert_eq!(app.call(&sign(app.inquiry_by(&SYMMETRIC, SAMPLE))).told(), "2000000 Successful", "{name}");
        assert_eq!(app.call(&sign(app.payment_by(&SYMMETRIC, SAMPLE))).told(), "2000000 Successful", "{name}");
    }
}

const BAD: &[Signed] = &[
    ("one letter changed", |r| tampered(r, |body| body.replace("89101110", "89101111"))),
    ("a blank inside a text", |r| tampered(r, |body| body.replace("ALMA", "AL MA"))),
    ("a field more", |r| tampered(r, |body| body.replacen('{', "{\"x\":1,", 1))),
    ("an escape written out", |r| tampered(r, |body| body.replace("ALMA", "\\u0041LMA"))),
    ("another order of fields", |r| tampered(r, |body| reversed(&body))),
    ("the pretty one signed, the minified sent", |r| over(r.clone(), &pretty(&r))),
    ("an empty body signed", |r| over(r, b"")),
    ("another method", |r| over(r.clone().verb("PUT"), &r.body).verb("POST")),
    ("another path", |r| r.clone().signed_over(secret(), "/api/v1.0/cvs/other", &r.body)),
    ("the path without its base", |r| r.clone().signed_over(secret(), &r.path["/api".len()..], &r.body)),
    ("the path with its host", |r| {
        r.clone().signed_over(secret(), &format!("https://merchant.example{}", r.path), &r.body)
    }),
    ("the path without its query", |r| over_query(&r, "?a=1", "")),
    ("the query's values exchanged", |r| over_query(&r, "?a=1&b=2", "?a=2&b=1")),
    ("the path in capitals", |r| r.clone().signed_over(secret(), &r.path.to_uppercase(), &r.body)),
    ("another secret", |r| r.clone().signed_over("another secret", &r.path, &r.body)),
    ("the empty secret", |r| r.clone().signed_over("", &r.path, &r.body)),
    ("an earlier second", |r| moved(&r, |r| r.timestamp("2024-07-03T09:59:59+07:00"))),
    ("another token", |r| moved(&r, |r| r.header("Authorization", "Bearer another"))),
    ("in hex", |r| recoded(r, hex)),
    ("half of it", |r| recoded(r, |bytes| STANDARD.encode(&bytes[..32]))),
    ("with a byte more", |r| recoded(r, |bytes| STANDARD.encode([bytes, b"x"].concat()))),
    ("without padding", |r| recoded(r, |bytes| STANDARD.encode(bytes).trim_end_matches('=').to_owned())),
    ("the secret decoded", |r| {
        let decoded = STANDARD.decode(secret()).expect("it looks like base64");
        let text = String::from_utf8_lossy(&decoded).into_owned();
        r.clone().signed_over(&text, &r.path, &r.body)
    }),
    ("the key instead of the secret", Request::signed_asymmetrically),
    ("of another client by its key", |r| r.signed_with(Key::Nicepay).signed_asymmetrically()),
];

fn reversed(body: &str) -> String {
    let json: Value = serde_json::from_str(body).expect("JSON");
    let members = json.as_object().expect("an object").iter().rev();
    let members: Vec<String> = members.map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

fn over_query(request: &Request, sent: &str, signed: &str) -> Request {
    let sent = request.clone().to(&format!("{}{sent}", request.path));
    sent.signed_over(secret(), &format!("{}{signed}", request.path), &request.body)
}

/// Sends the signature of a request that differs in one thing.
fn moved(request: &Request, change: fn(Request) -> Request) -> Request {
    let signature = change(request.clone()).sent("X-SIGNATURE").expect("it is signed");
    request.clone().header("X-SIGNATURE", signature)
}

fn recoded(request: Request, encode: fn(&[u8]) -> String) -> Request {
    let signature = STANDARD.decode(request.sent("X-SIGNATURE").expect("it is signed")).expect("base64");
    request.header("X-SIGNATURE", encode(&signature))
}

#[test]
fn what_was_changed_or_signed_otherwise_is_refused() {
    let app = spawn_app();
    for (name, sign) in BAD {
        assert_eq!(app.call(&sign(app.inquiry_by(&SYMMETRIC, SAMPLE))).told(), REFUSED, "{name}, inquiry");
        assert_eq!(app.call(&sign(app.payment_by(&SYMMETRIC, SAMPLE))).told(), REFUSED, "{name}, payment");
    }
    assert!(app.ledger.recorded().is_empty());
    app.call(&app.inquiry_by(&SYMMETRIC, SAMPLE)).expect("2000000");
}

/// This is what the asymmetric scheme does not do: hold the amount.
#[test]
fn an_amount_is_held_by_the_signature() {
    let app = spawn_app();
    let request = tampered(app.payment_by(&SYMMETRIC, SAMPLE), |body| body.replace("10000.00", "99999.00"));
    assert_eq!(app.call(&request).told(), REFUSED);
    let changed = app.payment_by(&NICEPAY, SAMPLE).field("paidAmount", "99999.00");
    assert_eq!(app.call(&changed).told(), "4040013 Invalid Amount", "and here the bill alone holds it");
}

#[test]
fn base64url_is_refused() {
    let app = spawn_app();
    let request = loop {
        let request = app.inquiry_by(&SYMMETRIC, SAMPLE);
        if request.sent("X-SIGNATURE").expect("it is signed").contains(['+', '/']) {
            break request;
        }
    };
    let request = recoded(request, |bytes| URL_SAFE.encode(bytes));
    assert_eq!(app.call(&request).told(), REFUSED);
}

/// A client whose calls are asymmetric is not served for an HMAC, with whichever secret.
#[test]
fn there_is_no_falling_back() {
    let app = spawn_app();
    for key in [secret(), "", NICEPAY.id] {
        let request = app.inquiry(SAMPLE);
        let (path, body) = (request.path.clone(), request.body.clone());
        assert_eq!(app.call(&request.signed_over(key, &path, &body)).told(), REFUSED);
        let over_the_time = hmac_signature(key, &format!("{}|{}", NICEPAY.id, app.now()));
        assert_eq!(app.call(&app.inquiry(SAMPLE).header("X-SIGNATURE", over_the_time)).told(), REFUSED);
    }
}

/// NICEPAY's SDKs call `/nicepay/v1.0/…` and sign `/v1.0/…`; both are one honest caller's.
#[test]
fn the_nicepay_before_a_path_may_be_left_out_of_the_signature() {
    let app = spawn_at("/nicepay", Orders::of(demo_orders()), |provider| provider);
    app.call(&app.inquiry_by(&SYMMETRIC, SAMPLE)).expect("2000000");
    let without = |request: Request| {
        let (path, body) = (request.path.trim_start_matches("/nicepay").to_owned(), request.body.clone());
        request.signed_over(secret(), &path, &body)
    };
    app.call(&without(app.inquiry_by(&SYMMETRIC, SAMPLE))).expect("2000000");
    app.call(&without(app.payment_by(&SYMMETRIC, SAMPLE))).expect("2000000");
    let longer = spawn_at("/nicepayment", Orders::of(demo_orders()), |provider| provider);
    assert_eq!(longer.call(&without(longer.inquiry_by(&SYMMETRIC, SAMPLE))).told(), REFUSED, "another path");
}

#[test]
fn everything_else_is_as_for_the_others() {
    let app: App = spawn(Orders::of([order(SAMPLE)]), |provider| provider);
    let first = app.payment_by(&SYMMETRIC, SAMPLE);
    app.call(&first).expect("2000000");
    app.call(&first).expect("2000000");
    app.call(&app.inquiry_by(&SYMMETRIC, SAMPLE)).expect("4040014");
    app.call(&app.inquiry_by(&SYMMETRIC, SAMPLE).timestamp("2024-07-03T09:00:00+07:00")).expect("4010000");
    app.call(&app.inquiry_by(&SYMMETRIC, SAMPLE).body("[]")).expect("4000000");
}
