//! What a framework would answer in its own voice, we answer in ours: paths, verbs, media types, sizes, broken
//! framing, slow bodies. And nothing that was received is told back.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{
    App, Key, NICEPAY, Orders, Request, SAMPLE, TOKEN_KEYS, demo_orders, soon_over, spawn, spawn_app,
};

const UNKNOWN_PATHS: &[&str] = &[
    "/",
    "/api",
    "/api/",
    "/api/v1.0",
    "/api/v1.0/cvs",
    "/api/v1.0/cvs/inquiry/",
    "/api/v1.0/cvs/inquiry/1",
    "/api/v1.0/CVS/inquiry",
    "/API/v1.0/cvs/inquiry",
    "/api//v1.0/cvs/inquiry",
    "//api/v1.0/cvs/inquiry",
    "/v1.0/cvs/inquiry",
    "/api/v1/cvs/inquiry",
    "/api/v1.0/cvs/reversal",
    "/api/v1.0/transfer-va/inquiry",
    "/api/v1.0/cvs/./inquiry",
    "/api/v1.0/x/../cvs/inquiry",
    "/api/v1.0/cvs%2finquiry",
    "/api/v1.0/cvs/inquiry%00",
    "/api/v1.0/cvs/inquiry;x",
    "/health",
    "/health/",
    "/health/live/",
    "/favicon.ico",
    "/.env",
    "/%",
    "/%ff",
    "*",
    "/api/v1.0/cvs/marker-in-path?marker-in-query=1",
];

#[test]
fn an_unknown_path_is_told_in_snap() {
    let app = spawn_app();
    for path in UNKNOWN_PATHS {
        for verb in ["GET", "POST", "DELETE", "OPTIONS"] {
            let answer = app.call(&app.inquiry(SAMPLE).to(path).verb(verb));
            assert_eq!(answer.told(), "4040001 Transaction Not Found", "{verb} {path}");
        }
    }
    let head = app.call(&Request::bare("HEAD", "/nowhere"));
    assert_eq!(head.status, 404);
}

/// Each path with the verb it takes.
const PATHS: &[(&str, &str, &str)] = &[
    ("/api/v1.0/access-token/b2b", "POST", "4057300 Requested Function Is Not Supported"),
    ("/api/v1.0/cvs/inquiry", "POST", "4050000 Requested Function Is Not Supported"),
    ("/api/v1.0/cvs/payment", "POST", "4050000 Requested Function Is Not Supported"),
    ("/health/live", "GET", "4050000 Requested Function Is Not Supported"),
    ("/health/ready", "GET", "4050000 Requested Function Is Not Supported"),
    ("/openapi.yaml", "GET", "4050000 Requested Function Is Not Supported"),
];

#[test]
fn a_wrong_verb_is_told_in_snap_with_the_right_one() {
    let app = spawn_app();
    for (path, allowed, told) in PATHS {
        for verb in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "post", "MARKER"] {
            if verb == *allowed {
                continue;
            }
            let answer = app.call(&app.inquiry(SAMPLE).to(path).verb(verb));
            assert_eq!((answer.told().as_str(), answer.header("allow")), (*told, Some(*allowed)), "{verb} {path}");
        }
        let head = app.call(&Request::bare("HEAD", path));
        assert_eq!((head.status, head.header("allow")), (405, Some(*allowed)), "HEAD {path}");
    }
}

#[test]
fn health_and_contract_need_no_credentials() {
    let app = spawn_app();
    app.call(&Request::bare("GET", "/health/live")).expect("2000000");
    let ready = app.call(&Request::bare("GET", "/health/ready")).expect("2000000");
    assert_eq!(ready.json["parts"], json!({ "orders": "ready", "external_ids": "ready", "payments": "ready" }));
    let mut connection = app.connect();
    connection.send(&Request::bare("GET", "/openapi.yaml").bytes());
    let contract = connection.receive(false);
    assert_eq!((contract.status, contract.body.as_slice()), (200, nico::provider::OPENAPI.as_bytes()));
}

type Change = (&'static str, fn(Request) -> Request);

const NO_MEDIA_TYPES: &[Change] = &[
    ("none", |r| r.without("Content-Type")),
    ("empty", |r| r.header("Content-Type", "")),
    ("text", |r| r.header("Content-Type", "text/plain")),
    ("a form", |r| r.header("Content-Type", "application/x-www-form-urlencoded")),
    ("JSON of another kind", |r| r.header("Content-Type", "application/vnd.api+json")),
    ("JSON and more", |r| r.header("Content-Type", "application/jsonx")),
    ("JSON in text", |r| r.header("Content-Type", "text/json")),
    ("two in one", |r| r.header("Content-Type", "application/json, text/plain")),
    ("two", |r| r.twice("Content-Type")),
    ("anything", |r| r.header("Content-Type", "*/*")),
    ("Latin letters", |r| r.header("Content-Type", "application/json; charset=iso-8859-1")),
    ("UTF-16", |r| r.header("Content-Type", "application/json; charset=\"utf-16\"")),
    ("no ASCII", |r| r.header("Content-Type", "application/json; é")),
    ("gzip", |r| r.header("Content-Encoding", "gzip")),
    ("identity", |r| r.header("Content-Encoding", "identity")),
    ("an empty encoding", |r| r.header("Content-Encoding", "")),
];

#[test]
fn another_media_type_is_a_bad_request_once_the_caller_is_known() {
    let app = spawn_app();
    for (name, change) in NO_MEDIA_TYPES {
        for request in [app.inquiry(SAMPLE), app.payment(SAMPLE)] {
            assert_eq!(app.call(&change(request.clone())).told(), "4000000 Bad Request", "{name}");
            let answer = app.call(&change(request).signed_with(Key::Stranger));
            assert_eq!(answer.told(), "4010000 Unauthorized. [Signature]", "{name}, by a stranger");
        }
        assert_eq!(app.call(&change(app.token_request(&NICEPAY))).told(), "4007300 Bad Request", "{name}");
    }
}

/// We speak no other protocol, and do not wait for one to begin.
#[test]
fn an_offer_to_speak_another_protocol_is_passed_over() {
    let app = spawn_app();
    let offer = |request: Request| request.header("Connection", "Upgrade").header("Upgrade", "websocket");
    app.call(&offer(app.inquiry(SAMPLE))).expect("2000000");
    app.call(&offer(app.payment(SAMPLE))).expect("2000000");
    app.call(&offer(app.inquiry(SAMPLE)).verb("PUT")).expect("4050000");
    app.call(&Request::bare("CONNECT", "merchant.example:443")).expect("4040001");
}

/// 64 KiB are read, and not a byte more, however the length is told.
#[test]
fn a_body_ends_at_64_kib() {
    let app = spawn_app();
    let filled = |request: Request, length: usize| {
        let blanks = " ".repeat(length - request.body.len());
        request.clone().body([&request.body[..], blanks.as_bytes()].concat())
    };
    for (length, inquiry, token) in [
        (65_536, "2000000 Successful", "2007300 Successful"),
        (65_537, "4130000 Payload Too Large", "4137300 Payload Too Large"),
        (1_000_000, "4130000 Payload Too Large", "4137300 Payload Too Large"),
    ] {
        let request = || filled(app.inquiry(SAMPLE), length);
        assert_eq!(app.call(&request()).told(), inquiry, "{length} bytes, announced");
        assert_eq!(app.call(&request().chunked(8_000)).told(), inquiry, "{length} bytes in chunks");
        assert_eq!(app.call(&request().chunked(1_000_000)).told(), inquiry, "{length} bytes in one chunk");
        assert_eq!(app.call(&filled(app.token_request(&NICEPAY), length)).told(), token, "{length} bytes");
    }
    let stranger = Request::bare("POST", "/api/v1.0/cvs/inquiry").body(vec![b'x'; 65_537]);
    assert_eq!(app.call(&stranger).told(), "4130000 Payload Too Large", "size comes before everything");
    let nowhere = Request::bare("POST", "/nowhere").body(vec![b'x'; 65_537]);
    assert_eq!(app.call(&nowhere).told(), "4130000 Payload Too Large");
}

/// Who sends all of it before reading anything still reads the answer: the connection isn't reset under it.
#[test]
fn a_caller_who_reads_late_still_reads_the_413() {
    let app = spawn_app();
    for request in [app.inquiry(SAMPLE), app.inquiry(SAMPLE).chunked(4096)] {
        let request = request.body(vec![b' '; 8_000_000]);
        let mut connection = app.connect();
        connection.send(&request.bytes());
        connection.wait_for_bytes();
        app.receive(&mut connection, &request).expect("4130000");
    }
}

/// Bytes that are no HTTP. The answer has no body of anybody's, and the connection is over.
const NO_HTTP: &[(&str, &[u8])] = &[
    ("words", b"hello there\r\n\r\n"),
    ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
    ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("another version", b"POST /api/v1.0/cvs/inquiry HTTP/3.7\r\nHost: a\r\n\r\n"),
    ("no version", b"GET /health/live\r\nHost: a\r\n\r\n"),
    ("a blank in the path", b"GET /health/live x HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("a verb of brackets", b"G(T /health/live HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("no host", b"GET /health/live HTTP/1.1\r\n\r\n"),
    ("two hosts", b"GET /health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    ("a header without a colon", b"GET /health/live HTTP/1.1\r\nHost: a\r\nmarker\r\n\r\n"),
    ("a blank before the colon", b"GET /health/live HTTP/1.1\r\nHost: a\r\nX-A : marker\r\n\r\n"),
    ("NUL in a header", b"GET /health/live HTTP/1.1\r\nHost: a\r\nX-A: marker\0\r\n\r\n"),
    ("a folded header", b"GET /health/live HTTP/1.1\r\nHost: a\r\nX-A: b\r\n marker\r\n\r\n"),
    ("a length in words", b"POST /api/v1.0/cvs/inquiry HTTP/1.1\r\nHost: a\r\nContent-Length: marker\r\n\r\n"),
    ("a negative length", b"POST /api/v1.0/cvs/inquiry HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"),
    ("a signed length", b"POST /api/v1.0/cvs/inquiry HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\n{}"),
    ("an endless length", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n"),
    ("two lengths", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
    ("a list of lengths", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 2\r\n\r\n{}"),
    (
        "a length and chunks",
        b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    ("an unknown transfer", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: marker\r\n\r\n"),
    ("two transfers", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    ("chunks in HTTP/1.0", b"POST /a HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
];

#[test]
fn broken_framing_gets_a_bare_refusal_and_the_end() {
    let app = spawn_app();
    let headers = format!("GET /health/live HTTP/1.1\r\nHost: a\r\n{}\r\n", "X-A: marker\r\n".repeat(500));
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(200_000));
    let made = [("500 headers", headers.as_bytes()), ("a path of 200,000", long.as_bytes())];
    for (name, bytes) in NO_HTTP.iter().copied().chain(made) {
        let mut connection = app.connect();
        connection.send(bytes);
        let answer = connection.receive(false);
        assert!((400..500).contains(&answer.status), "{name}: {}", answer.status);
        assert!(answer.body.is_empty(), "{name}: {:?}", String::from_utf8_lossy(&answer.body));
        assert!(!format!("{:?}", answer.headers).contains("marker"), "{name}");
        assert!(connection.is_closed(), "{name}: the connection stays open");
    }
    app.call(&app.inquiry(SAMPLE)).expect("2000000");
}

/// Chunks that break off are found out inside the body. The head was in order, so the answer is ours.
#[test]
fn a_body_of_broken_chunks_is_refused() {
    let app = spawn_app();
    for chunks in ["zz\r\n{}\r\n0\r\n\r\n", "-1\r\n{}\r\n", "2\r\n{}XX\r\n0\r\n\r\n", "ffffffffffffffffff\r\n{}"] {
        let request = app.inquiry(SAMPLE);
        let head = request.clone().body(Vec::new()).chunked(1).bytes();
        let mut connection = app.connect();
        connection.send(&[&head[..head.len() - b"0\r\n\r\n".len()], chunks.as_bytes()].concat());
        app.receive(&mut connection, &request).expect("4000000");
        assert!(connection.is_closed(), "{chunks:?}: the connection stays open");
    }
}

/// One deadline for the whole request: whoever is slow is told so and cut, however he tells his length.
#[test]
fn a_slow_body_is_cut_at_the_deadline() {
    let deadline = soon_over();
    let app = spawn(Orders::of(demo_orders()), |provider| provider.deadline(deadline));
    let request = app.inquiry(SAMPLE);
    let chunked = request.clone().chunked(10).bytes();
    let announced = [request.head(1_000), b"{\"payNo".to_vec()].concat();
    let starts =
        [("nothing", request.head(1_000)), ("a little", announced), ("chunks", chunked[..chunked.len() - 20].to_vec())];
    for (name, start) in starts {
        let mut connection = app.connect();
        let begun = Instant::now();
        connection.send(&start);
        let answer = app.receive(&mut connection, &request);
        assert_eq!(answer.told(), "5040000 Timeout", "{name}");
        assert!(begun.elapsed() >= deadline, "{name}: cut too early");
        assert!(connection.is_closed(), "{name}: the connection stays open");
        assert!(begun.elapsed() < Duration::from_secs(5), "{name}: cut too late");
    }
    app.call(&app.inquiry(SAMPLE)).expect("2000000");
}

/// The deadline begins before the first byte: a head that never ends is cut as well.
#[test]
fn a_slow_head_is_cut_at_the_deadline() {
    let app = spawn(Orders::of(demo_orders()), |provider| provider.deadline(soon_over()));
    let request = app.inquiry(SAMPLE).bytes();
    for length in [0, 1, 60] {
        let mut connection = app.connect();
        let begun = Instant::now();
        connection.send(&request[..length]);
        let cut = connection.receive(false);
        assert_eq!((cut.status, cut.body.len()), (408, 0), "{length} bytes");
        assert!(connection.is_closed(), "{length} bytes: the connection stays open");
        assert!(begun.elapsed() < Duration::from_secs(4), "{length} bytes: cut too late");
    }
}

/// Nor does a connection stay open for a head that begins after an answer, or in one piece with the request before.
#[test]
fn a_slow_head_is_cut_after_an_answer_too() {
    let app = spawn(Orders::of(demo_orders()), |provider| provider.deadline(soon_over()));
    let next = app.inquiry(SAMPLE).bytes();
    let mut begun = Vec::new();
    for length in [0, 1, 60] {
        let (first, rest) = (app.inquiry(SAMPLE), &next[..length]);
        let mut connection = app.connect();
        connection.send(&[&first.bytes()[..], rest].concat());
        app.receive(&mut connection, &first).expect("2000000");
        begun.push((format!("{length} bytes in one piece with the request before"), connection));
        let mut connection = app.connect();
        app.call_on(&mut connection, &app.inquiry(SAMPLE)).expect("2000000");
        connection.send(rest);
        begun.push((format!("{length} bytes after an answer"), connection));
    }
    for (name, mut connection) in begun {
        assert!(connection.is_closed(), "{name}: the connection stays open");
    }
}

/// A caller who asks and asks and fetches no answer is not waited on for ever either.
#[test]
fn who_fetches_no_answers_is_cut() {
    let app = spawn(Orders::of(demo_orders()), |provider| provider.deadline(soon_over()));
    let request = Request::bare("GET", "/openapi.yaml").bytes();
    assert!(app.connect().sends_until_cut(&request), "the connection stays open");
    app.call(&app.inquiry(SAMPLE)).expect("2000000");
}

/// Where no body is awaited one may come all the same; it holds no connection open.
#[test]
fn an_endless_body_is_cut_where_none_is_awaited() {
    let app = spawn(Orders::of(demo_orders()), |provider| provider.deadline(soon_over()));
    for path in ["/openapi.yaml", "/health/live", "/nowhere"] {
        for head in ["Content-Length: 1000000", "Transfer-Encoding: chunked"] {
            let mut connection = app.connect();
            let begun = Instant::now();
            connection.send(format!("GET {path} HTTP/1.1\r\nHost: a\r\n{head}\r\n\r\n1\r\n").as_bytes());
            connection.receive(false);
            assert!(connection.is_closed(), "{path} {head}: the connection stays open");
            assert!(begun.elapsed() < Duration::from_secs(5), "{path} {head}: cut too late");
        }
    }
}

/// A hundred slow bodies hold up nobody else.
#[test]
fn slow_bodies_do_not_stand_in_the_way() {
    let app = spawn_app();
    let request = app.inquiry(SAMPLE);
    let slow: Vec<_> = (0..100)
        .map(|_| {
            let mut connection = app.connect();
            connection.send(&request.head(1_000));
            connection
        })
        .collect();
    app.call(&app.inquiry(SAMPLE)).expect("2000000");
    drop(slow);
}

type Refused = (fn(&App) -> Request, &'static str);

/// Refusals of every kind, each with a body on its way.
const REFUSED: &[Refused] = &[
    (|app| app.inquiry(SAMPLE).to("/nowhere"), "4040001"),
    (|app| app.inquiry(SAMPLE).verb("PUT"), "4050000"),
    (|app| app.inquiry(SAMPLE).without("Authorization"), "4010001"),
    (|app| app.inquiry(SAMPLE).without("X-SIGNATURE"), "4000002"),
    (|app| app.inquiry(SAMPLE).signed_with(Key::Stranger), "4010000"),
    (|app| app.inquiry(SAMPLE).header("Content-Type", "text/plain"), "4000000"),
    (|app| app.inquiry(SAMPLE).body("{"), "4000000"),
    (|app| app.inquiry(SAMPLE).body(vec![b'x'; 100_000]), "4130000"),
    (|app| app.inquiry(SAMPLE).body(vec![b'x'; 100_000]).chunked(3_000), "4130000"),
    (|app| app.inquiry(crate::harness::UNKNOWN), "4040012"),
    (|app| app.token_request(&NICEPAY).body("{"), "4007300"),
];

/// What was not read of a refused request must not be taken for the next one.
#[test]
fn a_connection_is_in_order_after_a_refusal() {
    let app = spawn_app();
    let mut connection = app.connect();
    for (request, code) in REFUSED {
        app.call_on(&mut connection, &request(&app)).expect(code);
        app.call_on(&mut connection, &app.inquiry(SAMPLE)).expect("2000000");
    }
}

/// Requests sent without waiting are answered in their order.
#[test]
fn requests_in_a_row_are_answered_in_their_order() {
    let app = spawn_app();
    let requests: Vec<(Request, &str)> = REFUSED.iter().map(|(request, code)| (request(&app), *code)).collect();
    let mut connection = app.connect();
    for (request, _) in &requests {
        connection.send(&request.bytes());
    }
    for (request, code) in &requests {
        app.receive(&mut connection, request).expect(code);
    }
}

const MARK: &str = "zq9marker";

type Marked = fn(&App) -> Request;

/// The mark in every place of a request that somebody could fill.
const MARKED: &[Marked] = &[
    |app| app.inquiry(SAMPLE).to(&format!("/{MARK}?{MARK}={MARK}")),
    |app| app.inquiry(SAMPLE).to(&format!("/api/v1.0/cvs/inquiry?{MARK}")).verb("PUT"),
    |app| app.inquiry(SAMPLE).header("Host", MARK).header("Cookie", MARK).body(MARK),
    |app| {
        app.inquiry(SAMPLE).header("Origin", MARK).header("ORIGIN", MARK).header("Accept", MARK).without("X-SIGNATURE")
    },
    |app| app.inquiry(SAMPLE).header("Authorization", format!("Bearer {MARK}")),
    |app| app.inquiry(SAMPLE).header("Authorization", MARK),
    |app| app.inquiry(SAMPLE).header("X-TIMESTAMP", MARK),
    |app| app.inquiry(SAMPLE).header("X-PARTNER-ID", MARK),
    |app| app.inquiry(SAMPLE).header("X-CLIENT-KEY", MARK),
    |app| app.inquiry(SAMPLE).header("X-SIGNATURE", MARK),
    |app| app.inquiry(SAMPLE).header("X-EXTERNAL-ID", format!("{MARK}!")),
    |app| app.inquiry(SAMPLE).header("CHANNEL-ID", MARK.repeat(9)),
    |app| app.inquiry(SAMPLE).header("Content-Type", format!("text/{MARK}")),
    |app| app.inquiry(SAMPLE).header("Content-Encoding", MARK),
    |app| app.inquiry(SAMPLE).field("partnerServiceId", MARK),
    |app| app.inquiry(SAMPLE).field("customerNo", MARK),
    |app| app.inquiry(SAMPLE).field("payNo", MARK),
    |app| app.inquiry(SAMPLE).field("inquiryRequestId", format!("{MARK} ")),
    |app| app.inquiry(SAMPLE).field("mitraCd", MARK),
    |app| app.inquiry(SAMPLE).field(MARK, 1).without_field("payNo"),
    |app| app.inquiry(crate::harness::UNKNOWN).field("inquiryRequestId", MARK).external_id(MARK),
    |app| app.inquiry(crate::harness::PAID).field(MARK, json!({ MARK: [MARK] })),
    |app| app.payment(SAMPLE).field("paidAmount", json!({ "value": MARK, "currency": "IDR" })),
    |app| app.payment(SAMPLE).field("paidAmount", json!({ "value": "1", "currency": MARK })),
    |app| app.payment(SAMPLE).field("trxDateTime", MARK),
    |app| app.payment(SAMPLE).field("partnerReferenceNo", MARK),
    |app| app.payment(SAMPLE).field("paymentRequestId", format!("{MARK} ")),
    |app| app.token_request(&NICEPAY).header("X-CLIENT-KEY", MARK),
    |app| app.token_request(&NICEPAY).field("grantType", MARK),
];

#[test]
fn nothing_received_comes_back() {
    let app = spawn_app();
    for (row, request) in MARKED.iter().enumerate() {
        let answer = app.call(&request(&app));
        assert!(answer.status >= 400, "row {row} was to be refused: {}", answer.json);
        let said = format!("{} {:?}", answer.json, answer.headers());
        assert!(!said.contains(MARK), "row {row}: {said}");
        assert!(!said.contains(TOKEN_KEYS[0]), "row {row}");
    }
}
