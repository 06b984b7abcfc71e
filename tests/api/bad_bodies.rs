//! Bodies that are no JSON object, that could be read two ways, or whose fields are not what is due.

use serde_json::{Value, json};

use crate::harness::{App, NICEPAY, Request, SAMPLE, spawn_app};

/// An object of `depth` levels under a field that nobody reads.
fn nested(request: &Request, depth: usize, open: &str, close: &str) -> Vec<u8> {
    let deep = format!("{}1{}", open.repeat(depth - 1), close.repeat(depth - 1));
    request.clone().field("unread", "HERE").sent_json().to_string().replace("\"HERE\"", &deep).into_bytes()
}

/// The request's body with something put in front of its first field.
fn before(request: &Request, text: &[u8]) -> Vec<u8> {
    [b"{", text, &request.body[1..]].concat()
}

type Spoiled = (&'static str, fn(&Request) -> Vec<u8>);

/// Each of them is `Bad Request`.
const NO_OBJECTS: &[Spoiled] = &[
    ("nothing", |_| vec![]),
    ("blanks", |_| b" \r\n".to_vec()),
    ("a word", |_| b"payNo".to_vec()),
    ("a form", |_| b"payNo=701589101110".to_vec()),
    ("XML", |_| b"<payNo>701589101110</payNo>".to_vec()),
    ("half of it", |r| r.body[..r.body.len() / 2].to_vec()),
    ("all but the brace", |r| r.body[..r.body.len() - 1].to_vec()),
    ("two of it", |r| [&r.body[..], &r.body].concat()),
    ("a word behind it", |r| [&r.body[..], b"x"].concat()),
    ("a comma too many", |r| [&r.body[..r.body.len() - 1], b",}"].concat()),
    ("single quotes", |r| String::from_utf8_lossy(&r.body).replace('"', "'").into_bytes()),
    ("a comment", |r| before(r, b"/* x */")),
    ("an array", |_| b"[]".to_vec()),
    ("an array of it", |r| [b"[", &r.body[..], b"]"].concat()),
    ("a text", |_| b"\"{}\"".to_vec()),
    ("null", |_| b"null".to_vec()),
    ("true", |_| b"true".to_vec()),
    ("a number", |_| b"701589101110".to_vec()),
    ("a key twice", |r| before(r, br#""payNo":"701589101110","grantType":"client_credentials","#)),
    ("a key twice, in another case", |r| before(r, br#""PAYNO":"701589101110","GRANTTYPE":"client_credentials","#)),
    ("a key twice, escaped", |r| before(r, br#""p\u0061yNo":"7","gr\u0061ntType":"x","#)),
    ("an unread key twice", |r| before(r, br#""x":1,"x":1,"#)),
    ("an unread key twice, in another case", |r| before(r, br#""x":1,"X":1,"#)),
    ("a key twice, deep inside", |r| before(r, br#""x":[{"y":{"z":1,"Z":2}}],"#)),
    ("seventeen objects", |r| nested(r, 17, r#"{"a":"#, "}")),
    ("seventeen arrays", |r| nested(r, 17, "[", "]")),
    ("ten thousand arrays", |r| nested(r, 10_000, "[", "]")),
    ("ten thousand open arrays", |_| b"[".repeat(10_000)),
    ("a byte order mark", |r| [b"\xef\xbb\xbf", &r.body[..]].concat()),
    ("UTF-16", |r| String::from_utf8_lossy(&r.body).encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ("a byte that is no UTF-8", |r| before(r, b"\"x\":\"\xff\",")),
    ("half a UTF-8 letter", |r| before(r, b"\"x\":\"\xe9\",")),
    ("an overlong letter", |r| before(r, b"\"x\":\"\xc0\xaf\",")),
    ("half a surrogate pair", |r| before(r, br#""x":"\ud800","#)),
    ("NUL in a text", |r| before(r, b"\"x\":\"\0\",")),
    ("NUL between", |r| before(r, b"\0")),
    ("NUL behind", |r| [&r.body[..], b"\0"].concat()),
    ("a line feed in a text", |r| before(r, b"\"x\":\"\n\",")),
    ("a number that is none", |r| before(r, br#""x":01,"#)),
    ("not a number", |r| before(r, br#""x":NaN,"#)),
];

type Maker = (&'static str, fn(&App) -> Request);

const ENDPOINTS: &[Maker] =
    &[("00", |app| app.inquiry(SAMPLE)), ("00", |app| app.payment(SAMPLE)), ("73", |app| app.token_request(&NICEPAY))];

#[test]
fn what_is_no_unambiguous_object_is_a_bad_request() {
    let app = spawn_app();
    for (service, request) in ENDPOINTS {
        for (name, spoil) in NO_OBJECTS {
            let good = request(&app);
            let answer = app.call(&good.clone().body(spoil(&good)));
            assert_eq!(answer.told(), format!("400{service}00 Bad Request"), "{} {name}", good.path);
        }
    }
    assert!(app.ledger.recorded().is_empty());
}

#[test]
fn sixteen_levels_are_taken() {
    let app = spawn_app();
    for (open, close) in [(r#"{"a":"#, "}"), ("[", "]")] {
        let inquiry = app.inquiry(SAMPLE);
        app.call(&inquiry.clone().body(nested(&inquiry, 16, open, close))).expect("2000000");
    }
}

/// What a text field may be instead of a text. The field's own mistakes come after.
const NO_TEXTS: &[fn() -> Value] = &[
    || json!(7015),
    || json!(0),
    || json!(70.15),
    || json!(true),
    || json!(false),
    || json!([]),
    || json!(["7015"]),
    || json!({}),
    || json!({ "value": "7015" }),
];

/// Texts that each field refuses for its form: too long, or of letters that have no place in it.
const NO_FORMS: &[(&str, &[&str])] = &[
    ("partnerServiceId", &["70150", "701a", "70 1", "-701", "７０１５", "70\u{0}5", "7015 ", "7.15"]),
    ("customerNo", &["891011100", "8910111o", "8910 110", "8910\u{0}110", "٨٩١٠١١١٠"]),
    ("payNo", &["7015891011100", "70158910111x", "701589101110 ", "\u{0}", "70158910\u{0}110", "７０１５"]),
    ("inquiryRequestId", &["white space", "tab\t", "é", "nul\u{0}", " ", "line\n"]),
    ("mitraCd", &["ALMA1", "AL-A", "AL A", "ÄLMA", "A\u{0}", "'"]),
];

#[test]
fn an_inquirys_fields_are_texts_of_their_form() {
    let app = spawn_app();
    let told = |request: Request| app.call(&request).told();
    for (name, forms) in NO_FORMS {
        let missing = format!("4000002 Invalid Mandatory Field {name}");
        assert_eq!(told(app.inquiry(SAMPLE).without_field(name)), missing, "missing");
        assert_eq!(told(app.inquiry(SAMPLE).field(name, Value::Null)), missing, "null");
        assert_eq!(told(app.inquiry(SAMPLE).field(name, "")), missing, "empty");
        let invalid = format!("4000001 Invalid Field Format {name}");
        for value in NO_TEXTS {
            assert_eq!(told(app.inquiry(SAMPLE).field(name, value())), invalid, "{}", value());
        }
        for value in *forms {
            assert_eq!(told(app.inquiry(SAMPLE).field(name, *value)), invalid, "{value:?}");
        }
    }
    let long = |length: usize| told(app.inquiry(SAMPLE).field("inquiryRequestId", "9".repeat(length)));
    assert_eq!(long(40), "2000000 Successful");
    assert_eq!(long(41), "4000001 Invalid Field Format inquiryRequestId");
}

type Change = (&'static str, fn(Request) -> Request, &'static str);

/// The number and its two parts must agree, and what is missing is told before what is malformed.
const TOGETHER: &[Change] = &[
    ("another number", |r| r.field("payNo", "701589101111"), "4000001 Invalid Field Format payNo"),
    ("another prefix", |r| r.field("partnerServiceId", "7016"), "4000001 Invalid Field Format payNo"),
    ("another rest", |r| r.field("customerNo", "89101111"), "4000001 Invalid Field Format payNo"),
    (
        "the parts exchanged",
        |r| r.field("customerNo", "7015").field("partnerServiceId", "8910"),
        "4000001 Invalid Field Format payNo",
    ),
    ("a part of it", |r| r.field("customerNo", "8910111"), "4000001 Invalid Field Format payNo"),
    (
        "missing behind malformed",
        |r| r.field("partnerServiceId", 1).without_field("mitraCd"),
        "4000002 Invalid Mandatory Field mitraCd",
    ),
    (
        "empty behind malformed",
        |r| r.field("payNo", "x").field("inquiryRequestId", ""),
        "4000002 Invalid Mandatory Field inquiryRequestId",
    ),
    ("nothing at all", |r| r.json(&json!({})), "4000002 Invalid Mandatory Field partnerServiceId"),
];

#[test]
fn an_inquirys_fields_are_judged_together() {
    let app = spawn_app();
    for (name, change, told) in TOGETHER {
        assert_eq!(app.call(&change(app.inquiry(SAMPLE))).told(), *told, "{name}");
    }
}

/// The payment's fields: NICEPAY has published none, so what is not there is not missed, but what is there must do.
const PAYMENTS: &[Change] = &[
    ("no number", |r| r.without_field("payNo").without_field("customerNo"), "4000002 Invalid Mandatory Field payNo"),
    (
        "an empty number",
        |r| r.field("payNo", "").without_field("partnerServiceId"),
        "4000002 Invalid Mandatory Field payNo",
    ),
    ("no amount", |r| r.without_field("paidAmount"), "4000002 Invalid Mandatory Field paidAmount"),
    ("nothing at all", |r| r.json(&json!({})), "4000002 Invalid Mandatory Field payNo"),
    ("another number", |r| r.field("payNo", "701589101111"), "4000001 Invalid Field Format payNo"),
    ("a number for a number", |r| r.field("payNo", 701_589_101_110_u64), "4000001 Invalid Field Format payNo"),
    ("a number of 13", |r| r.field("payNo", "7015891011100"), "4000001 Invalid Field Format payNo"),
    ("NUL in the number", |r| r.field("payNo", "7015\u{0}9101110"), "4000001 Invalid Field Format payNo"),
    (
        "an account for a number",
        |r| r.without_field("payNo").field("virtualAccountNo", "x"),
        "4000001 Invalid Field Format virtualAccountNo",
    ),
    ("a number for a part", |r| r.field("customerNo", 89_101_110), "4000001 Invalid Field Format customerNo"),
    ("a number for a prefix", |r| r.field("partnerServiceId", 7015), "4000001 Invalid Field Format partnerServiceId"),
    ("a number for an id", |r| r.field("paymentRequestId", 1), "4000001 Invalid Field Format paymentRequestId"),
    ("an id of 129", |r| r.field("paymentRequestId", "9".repeat(129)), "4000001 Invalid Field Format paymentRequestId"),
    ("NUL in an id", |r| r.field("paymentRequestId", "1\u{0}"), "4000001 Invalid Field Format paymentRequestId"),
    (
        "a blank in an id",
        |r| r.without_field("paymentRequestId").field("tXid", "1 2"),
        "4000001 Invalid Field Format tXid",
    ),
    (
        "an object for an id",
        |r| r.without_field("paymentRequestId").field("referenceNo", json!({})),
        "4000001 Invalid Field Format referenceNo",
    ),
    (
        "an inquiry's id of 41",
        |r| r.field("inquiryRequestId", "9".repeat(41)),
        "4000001 Invalid Field Format inquiryRequestId",
    ),
    (
        "a reference of 41",
        |r| r.field("partnerReferenceNo", "9".repeat(41)),
        "4000001 Invalid Field Format partnerReferenceNo",
    ),
    ("a number for a reference", |r| r.field("trxId", 1), "4000001 Invalid Field Format trxId"),
    ("a chain of 5", |r| r.field("mitraCd", "ALMA1"), "4000001 Invalid Field Format mitraCd"),
    ("a number for a chain", |r| r.field("mitraCd", 1), "4000001 Invalid Field Format mitraCd"),
    (
        "a number for a chain inside",
        |r| r.without_field("mitraCd").field("additionalInfo", json!({ "mitraCd": 1 })),
        "4000001 Invalid Field Format mitraCd",
    ),
    (
        "a time without offset",
        |r| r.field("trxDateTime", "2024-07-03T10:00:00"),
        "4000001 Invalid Field Format trxDateTime",
    ),
    ("a day that is none", |r| r.field("trxDateTime", "20240230100000"), "4000001 Invalid Field Format trxDateTime"),
    (
        "a number for a time",
        |r| r.field("trxDateTime", 20_240_703_100_000_u64),
        "4000001 Invalid Field Format trxDateTime",
    ),
    (
        "an hour that is none",
        |r| r.without_field("trxDateTime").field("transDt", "20240703").field("transTm", "250000"),
        "4000001 Invalid Field Format transDt",
    ),
];

#[test]
fn a_payments_fields_must_do_where_they_are_there() {
    let app = spawn_app();
    for (name, change, told) in PAYMENTS {
        assert_eq!(app.call(&change(app.payment(SAMPLE))).told(), *told, "{name}");
    }
    assert!(app.ledger.recorded().is_empty());
    let long = app.payment(SAMPLE).field("paymentRequestId", "9".repeat(128));
    assert_eq!(app.call(&long).told(), "2000000 Successful", "an id of 128");
}
