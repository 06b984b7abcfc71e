//! Headers that are missing, doubled or malformed; times that are off; signatures that are not the caller's.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use crate::harness::{App, Key, NICEPAY, OTHER, Request, SAMPLE, SYMMETRIC, hex, rsa_signature, spawn_app};

type Maker = (&'static str, fn(&App) -> Request, &'static [&'static str]);

/// Every endpoint with the headers that it must have, beside `Authorization` and `Content-Type`.
const ENDPOINTS: &[Maker] = &[
    ("73", |app| app.token_request(&NICEPAY), &["X-TIMESTAMP", "X-CLIENT-KEY", "X-SIGNATURE"]),
    ("00", |app| app.inquiry(SAMPLE), TRANSACTION),
    ("00", |app| app.payment(SAMPLE), TRANSACTION),
];
const TRANSACTION: &[&str] = &["X-TIMESTAMP", "X-PARTNER-ID", "X-SIGNATURE", "X-EXTERNAL-ID", "CHANNEL-ID"];

type Fault = (&'static str, fn(Request, &str) -> Request, &'static str);

/// What is done to a header, and what is told of it: `##` is the service, `{}` the header.
const FAULTS: &[Fault] = &[
    ("missing", |r, name| r.without(name), "400##02 Invalid Mandatory Field {}"),
    ("empty", |r, name| r.header(name, ""), "400##02 Invalid Mandatory Field {}"),
    ("blank", |r, name| r.header(name, "   "), "400##02 Invalid Mandatory Field {}"),
    ("doubled", |r, name| r.twice(name), "400##01 Invalid Field Format {}"),
    ("doubled, differently", |r, name| r.also(name, "X"), "400##01 Invalid Field Format {}"),
    ("doubled, one empty", |r, name| r.also(name, ""), "400##01 Invalid Field Format {}"),
    ("doubled in another case", |r, name| r.also(&name.to_ascii_lowercase(), "X"), "400##01 Invalid Field Format {}"),
    ("UTF-8", |r, name| r.header(name, "é".repeat(8)), "400##01 Invalid Field Format {}"),
    ("no UTF-8", |r, name| r.header(name, b"IONPAY\xff".to_vec()), "400##01 Invalid Field Format {}"),
    ("a tab", |r, name| r.header(name, "ION\tPAY"), "400##01 Invalid Field Format {}"),
];

#[test]
fn each_header_is_there_once_and_well_formed() {
    let app = spawn_app();
    for (service, request, names) in ENDPOINTS {
        for name in *names {
            for (fault, spoil, told) in FAULTS {
                let told = told.replace("##", service).replace("{}", name);
                let request = spoil(request(&app), name);
                assert_eq!(app.call(&request).told(), told, "{} {name} {fault}", request.path);
            }
        }
    }
}

type Change = (&'static str, fn(Request) -> Request, &'static str);

/// Forms of their own; `Authorization` that is absent is the token's fault, malformed it is a header's.
const FORMS: &[Change] = &[
    ("Authorization doubled", |r| r.twice("Authorization"), "4000001 Invalid Field Format Authorization"),
    ("Authorization doubled, one empty", |r| r.also("Authorization", ""), "4000001 Invalid Field Format Authorization"),
    ("Authorization in UTF-8", |r| r.header("Authorization", "Bearer é"), "4000001 Invalid Field Format Authorization"),
    (
        "Authorization with a tab",
        |r| r.header("Authorization", "Bearer\tx"),
        "4000001 Invalid Field Format Authorization",
    ),
    ("Authorization missing", |r| r.without("Authorization"), "4010001 Invalid Token (B2B)"),
    ("Authorization empty", |r| r.header("Authorization", ""), "4010001 Invalid Token (B2B)"),
    (
        "X-CLIENT-KEY doubled",
        |r| r.also("X-CLIENT-KEY", "IONPAYTEST").twice("X-CLIENT-KEY"),
        "4000001 Invalid Field Format X-CLIENT-KEY",
    ),
    ("X-CLIENT-KEY in UTF-8", |r| r.also("X-CLIENT-KEY", "é"), "4000001 Invalid Field Format X-CLIENT-KEY"),
    ("X-CLIENT-KEY of 41", |r| r.also("X-CLIENT-KEY", "x".repeat(41)), "4000001 Invalid Field Format X-CLIENT-KEY"),
    ("X-CLIENT-KEY of another", |r| r.also("X-CLIENT-KEY", "OTHERCLIENT"), "4010000 Unauthorized. [Unknown client]"),
    ("X-CLIENT-KEY of nobody", |r| r.also("X-CLIENT-KEY", "NOBODY"), "4010000 Unauthorized. [Unknown client]"),
    ("X-PARTNER-ID of nobody", |r| r.header("X-PARTNER-ID", "NOBODY"), "4010000 Unauthorized. [Unknown client]"),
    (
        "X-PARTNER-ID in another case",
        |r| r.header("X-PARTNER-ID", "ionpaytest"),
        "4010000 Unauthorized. [Unknown client]",
    ),
    ("X-PARTNER-ID of another", |r| r.header("X-PARTNER-ID", "OTHERCLIENT"), "4010001 Invalid Token (B2B)"),
    ("X-PARTNER-ID of 41", |r| r.header("X-PARTNER-ID", "x".repeat(41)), "4000001 Invalid Field Format X-PARTNER-ID"),
    ("X-PARTNER-ID with a slash", |r| r.header("X-PARTNER-ID", "ION/PAY"), "4000001 Invalid Field Format X-PARTNER-ID"),
    ("X-EXTERNAL-ID of 41", |r| r.external_id(&"9".repeat(41)), "4000001 Invalid Field Format X-EXTERNAL-ID"),
    ("X-EXTERNAL-ID with a blank", |r| r.external_id("1 2"), "4000001 Invalid Field Format X-EXTERNAL-ID"),
    ("X-EXTERNAL-ID with a colon", |r| r.external_id("a:b"), "4000001 Invalid Field Format X-EXTERNAL-ID"),
    ("X-EXTERNAL-ID with an escape", |r| r.external_id("%00"), "4000001 Invalid Field Format X-EXTERNAL-ID"),
    ("CHANNEL-ID of 41", |r| r.header("CHANNEL-ID", "x".repeat(41)), "4000001 Invalid Field Format CHANNEL-ID"),
    (
        "missing before malformed",
        |r| r.external_id("1 2").without("CHANNEL-ID"),
        "4000002 Invalid Mandatory Field CHANNEL-ID",
    ),
    (
        "missing before doubled",
        |r| r.twice("X-TIMESTAMP").without("CHANNEL-ID"),
        "4000002 Invalid Mandatory Field CHANNEL-ID",
    ),
    (
        "token before headers",
        |r| r.header("Authorization", "Bearer x").without("X-TIMESTAMP"),
        "4010001 Invalid Token (B2B)",
    ),
    (
        "headers before client",
        |r| r.header("X-PARTNER-ID", "NOBODY").external_id(""),
        "4000002 Invalid Mandatory Field X-EXTERNAL-ID",
    ),
    (
        "client before time",
        |r| r.header("X-PARTNER-ID", "NOBODY").timestamp("2020-01-01T00:00:00Z"),
        "4010000 Unauthorized. [Unknown client]",
    ),
    (
        "time before signature",
        |r| r.timestamp("2020-01-01T00:00:00Z").header("X-SIGNATURE", "x"),
        "4010000 Unauthorized. [Timestamp]",
    ),
    ("signature before body", |r| r.header("X-SIGNATURE", "x").body("["), "4010000 Unauthorized. [Signature]"),
];

#[test]
fn forms_and_the_order_in_which_they_are_judged() {
    let app = spawn_app();
    for (name, change, told) in FORMS {
        for request in [app.inquiry(SAMPLE), app.payment(SAMPLE)] {
            assert_eq!(app.call(&change(request)).told(), *told, "{name}");
        }
    }
    assert!(app.ledger.recorded().is_empty());
}

const NO_TIMES: &[&str] = &[
    "2024-07-03T10:00:00",
    "2024-07-03T10:00:00+0700",
    "2024-07-03T10:00:00+07",
    "2024-07-03 10:00:00+07:00",
    "2024-07-03t10:00:00+07:00",
    "2024-07-03T03:00:00z",
    "2024-07-03T10:00:60+07:00",
    "2024-07-03T10:00:00.+07:00",
    "2024-07-03T10:00:00.1234567890+07:00",
    "2024-7-3T10:00:00+07:00",
    "20240703T100000+0700",
    "20240703100000",
    "1719975600",
    "2024-02-30T10:00:00+07:00",
    "2024-07-03T24:00:00+07:00",
    "2024-07-03T10:00+07:00",
    "now",
    "2024-07-03T10:00:00+07:00:00",
    "2024-07-03T10:00:00+99:00",
    "+2024-07-03T10:00:00+07:00",
    "2024-07-03T10:00:00-07.00",
];

const OFF: &[&str] = &[
    "2024-07-03T09:54:59+07:00",
    "2024-07-03T10:05:01+07:00",
    "2024-07-03T10:05:00.000000001+07:00",
    "2024-07-03T09:54:59.999999999+07:00",
    "2024-07-03T10:00:00Z",
    "2024-07-03T03:00:00+07:00",
    "2024-07-02T10:00:00+07:00",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:59",
    "1970-01-01T00:00:00Z",
];

#[test]
fn a_time_is_an_instant_and_near() {
    let app = spawn_app();
    for text in NO_TIMES {
        let answer = app.call(&app.inquiry(SAMPLE).timestamp(text));
        assert_eq!(answer.told(), "4000001 Invalid Field Format X-TIMESTAMP", "{text}");
    }
    for text in OFF {
        let answer = app.call(&app.inquiry(SAMPLE).timestamp(text));
        assert_eq!(answer.told(), "4010000 Unauthorized. [Timestamp]", "{text}");
    }
}

/// What the caller's own key would have signed, over `text`.
fn by_nicepay(text: &str) -> String {
    rsa_signature(Key::Nicepay, text)
}

fn bytes_of(signature: &str) -> Vec<u8> {
    STANDARD.decode(signature).expect("it is base64")
}

type Forgery = (&'static str, fn(&str) -> String);

/// Signatures made out of the time that is sent. None is good.
const FORGERIES: &[Forgery] = &[
    ("of another client", |time| by_nicepay(&format!("OTHERCLIENT|{time}"))),
    ("by another client's key", |time| rsa_signature(Key::Other, &format!("IONPAYTEST|{time}"))),
    ("by a stranger's key", |time| rsa_signature(Key::Stranger, &format!("IONPAYTEST|{time}"))),
    ("of another second", |_| by_nicepay("IONPAYTEST|2024-07-03T10:00:01+07:00")),
    ("of the same instant, written otherwise", |_| by_nicepay("IONPAYTEST|2024-07-03T03:00:00Z")),
    ("of the time alone", by_nicepay),
    ("without the bar", |time| by_nicepay(&format!("IONPAYTEST{time}"))),
    ("with another bar", |time| by_nicepay(&format!("IONPAYTEST:{time}"))),
    ("in hex", |time| hex(&bytes_of(&good(time)))),
    ("in large hex", |time| hex(&bytes_of(&good(time))).to_uppercase()),
    ("truncated", |time| good(time)[..340].to_owned()),
    ("one byte short", |time| STANDARD.encode(&bytes_of(&good(time))[1..])),
    ("one byte long", |time| STANDARD.encode([&bytes_of(&good(time))[..], b"x"].concat())),
    ("without padding", |time| STANDARD_NO_PAD.encode(bytes_of(&good(time)))),
    ("in two words", |time| good(time).replacen(&good(time)[100..101], " ", 1)),
    ("encoded twice", |time| STANDARD.encode(good(time))),
    ("with one bit changed", |time| {
        let mut bytes = bytes_of(&good(time));
        bytes[7] ^= 1;
        STANDARD.encode(bytes)
    }),
    ("of nothing", |_| STANDARD.encode([0; 256])),
    ("of ones", |_| STANDARD.encode([0xff; 256])),
    ("empty base64", |_| "====".to_owned()),
    ("a word", |_| "signature".to_owned()),
    ("HMAC-SHA512 with nothing for a secret", |time| crate::harness::hmac_signature("", &format!("IONPAYTEST|{time}"))),
];

fn good(time: &str) -> String {
    by_nicepay(&format!("IONPAYTEST|{time}"))
}

#[test]
fn only_the_callers_signature_over_this_second_is_taken() {
    let app = spawn_app();
    app.call(&app.inquiry(SAMPLE).header("X-SIGNATURE", good(&app.now()))).expect("2000000");
    for (name, forge) in FORGERIES {
        for request in [app.inquiry(SAMPLE), app.payment(SAMPLE)] {
            let answer = app.call(&request.header("X-SIGNATURE", forge(&app.now())));
            assert_eq!(answer.told(), "4010000 Unauthorized. [Signature]", "{name}");
        }
        let answer = app.call(&app.token_request(&NICEPAY).header("X-SIGNATURE", forge(&app.now())));
        assert_eq!(answer.told(), "4017300 Unauthorized. [Signature]", "{name}");
    }
}

/// base64url differs from base64 only where it uses its own two letters, so a second is sought where it does.
#[test]
fn base64url_is_refused() {
    let app = spawn_app();
    while !good(&app.now()).contains(['+', '/']) {
        app.advance(1);
    }
    let signature = bytes_of(&good(&app.now()));
    for text in [URL_SAFE.encode(&signature), URL_SAFE_NO_PAD.encode(&signature)] {
        let answer = app.call(&app.inquiry(SAMPLE).header("X-SIGNATURE", text));
        assert_eq!(answer.told(), "4010000 Unauthorized. [Signature]");
    }
}

#[test]
fn a_client_is_who_its_token_its_id_and_its_key_say_together() {
    let app = spawn_app();
    let token = |caller| format!("Bearer {}", app.token(caller));
    let calls: [(Request, &str); 5] = [
        (app.inquiry_by(&OTHER, SAMPLE), "2000000 Successful"),
        (app.inquiry_by(&OTHER, SAMPLE).header("Authorization", token(&NICEPAY)), "4010001 Invalid Token (B2B)"),
        (app.inquiry(SAMPLE).header("Authorization", token(&OTHER)), "4010001 Invalid Token (B2B)"),
        (app.inquiry(SAMPLE).header("Authorization", token(&SYMMETRIC)), "4010001 Invalid Token (B2B)"),
        (app.inquiry_by(&OTHER, SAMPLE).signed_with(Key::Nicepay), "4010000 Unauthorized. [Signature]"),
    ];
    for (request, told) in calls {
        assert_eq!(app.call(&request).told(), told);
    }
}
