//! The servers themselves: the one without a defect is right, and each defect shows where it is said to.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::broken::{Broken, CLIENT, Defect, EXPIRED, OTHER_CLIENT, PAID, PAID_AND_EXPIRED, PAYABLE, SYMMETRIC_CLIENT};
use crate::caller::{Call, Endpoint, Told, keys, signature, time};
use crate::ours::serve;

/// A number that no bill has.
const UNKNOWN: &str = "701599999999";

#[test]
fn without_a_defect_it_is_a_provider() {
    let broken = Broken::start(None, &keys());
    let server = Endpoint(broken.address);
    let token = server.token_request(CLIENT).send();
    assert_eq!(token.code(), "200 2007300");
    assert_eq!((&token.json["tokenType"], &token.json["expiresIn"]), (&json!("Bearer"), &json!("900")));
    assert!(token.json["accessToken"].as_str().unwrap().len() <= 150);
    let inquiry = server.inquiry(PAYABLE[0]).send();
    assert_eq!(inquiry.code(), "200 2000000");
    assert_eq!(inquiry.json["payNoData"]["payNo"], PAYABLE[0]);
    assert_eq!(inquiry.json["payNoData"]["totalAmount"], json!({ "value": "10000.00", "currency": "IDR" }));
    let payment = server.payment(PAYABLE[0], "pay-1");
    assert_eq!(payment.send().code(), "200 2000000");
    assert_eq!(payment.send().code(), "200 2000000", "the retry of a lost answer");
    assert_eq!(server.payment(PAYABLE[0], "pay-2").send().code(), "404 4040014");
    assert_eq!(server.inquiry(PAYABLE[0]).send().code(), "404 4040014");
    for pay_no in &PAYABLE[1..] {
        assert_eq!(server.inquiry(pay_no).send().code(), "200 2000000");
    }
}

/// One that shows a defect: what is asked, and what of the answer matters.
type Probe = fn(Endpoint) -> String;

/// What a right server does, and a server with the defect doesn't.
const PROBES: &[(Defect, &str, Probe)] = &[
    (Defect::ClaimBeforeAuthentication, "200 2000000", |s| {
        let call = s.inquiry(PAYABLE[0]);
        call.clone().header("X-SIGNATURE", &signature(OTHER_CLIENT, &time(0))).send();
        call.send().code()
    }),
    (Defect::RacingClaim, "1 of 4", |s| both(&vec![s.inquiry(PAYABLE[0]); 4])),
    (Defect::ReplayAccepted, "409 4090000", |s| twice(&s.inquiry(PAYABLE[0]), &s.inquiry(PAYABLE[0]))),
    (Defect::ExternalIdFolded, "200 2000000", |s| {
        s.inquiry(PAYABLE[0]).header("X-EXTERNAL-ID", "abc").send();
        s.inquiry(PAYABLE[0]).header("X-EXTERNAL-ID", "ABC").send().code()
    }),
    (Defect::ExternalIdTooLong, "400 4000001", |s| {
        s.inquiry(PAYABLE[0]).header("X-EXTERNAL-ID", &"9".repeat(41)).send().code()
    }),
    (Defect::ExternalIdAcrossEndpoints, "200 2000000", |s| twice(&s.inquiry(PAYABLE[0]), &s.payment(PAYABLE[0], "1"))),
    (Defect::ExternalIdAcrossClients, "200 2000000", |s| {
        twice(&s.inquiry(PAYABLE[0]), &s.inquiry_by(OTHER_CLIENT, PAYABLE[0]))
    }),
    (Defect::ExternalIdMustBeNumeric, "200 2000000", |s| {
        s.inquiry(PAYABLE[0]).header("X-EXTERNAL-ID", "ordNo2026.1-a_b").send().code()
    }),
    (Defect::MissingExternalIdAccepted, "400 4000002", |s| {
        s.inquiry(PAYABLE[0]).without("X-EXTERNAL-ID").send().code()
    }),
    (Defect::NoTimestampWindow, "401 4010000 401 4010000", |s| {
        let at = |seconds| s.inquiry(PAYABLE[0]).at(&time(seconds)).send().code();
        format!("{} {}", at(-400), at(400))
    }),
    (Defect::StaleAccepted, "401 4010000", |s| s.inquiry(PAYABLE[0]).at(&time(-400)).send().code()),
    (Defect::FutureAccepted, "401 4010000", |s| s.inquiry(PAYABLE[0]).at(&time(400)).send().code()),
    (Defect::OffsetlessAccepted, "400 4000001", |s| s.inquiry(PAYABLE[0]).at(&time(0)[..19]).send().code()),
    (Defect::JakartaOnly, "200 2000000", |s| s.inquiry(PAYABLE[0]).at(&in_utc()).send().code()),
    (Defect::MissingTimestampAccepted, "400 4000002", |s| s.inquiry(PAYABLE[0]).without("X-TIMESTAMP").send().code()),
    (Defect::SignatureTailUnread, "401 4010000", |s| resigned(&s.inquiry(PAYABLE[0]), |good| [good, b"!"].concat())),
    (Defect::HexSignatureAccepted, "401 4010000", |s| {
        let call = s.inquiry(PAYABLE[0]);
        let hex: String = decoded(call.value("X-SIGNATURE")).iter().map(|byte| format!("{byte:02x}")).collect();
        call.header("X-SIGNATURE", &hex).send().code()
    }),
    (Defect::SignatureFolded, "401 4010000", |s| {
        let call = s.inquiry_by(SYMMETRIC_CLIENT, PAYABLE[0]);
        let folded = call.value("X-SIGNATURE").to_lowercase();
        call.header("X-SIGNATURE", &folded).send().code()
    }),
    (Defect::VerificationErrorAccepted, "401 4010000", |s| {
        s.inquiry(PAYABLE[0]).header("X-SIGNATURE", "*garbage*").send().code()
    }),
    (Defect::SignatureUnverified, "401 4010000", |s| {
        s.inquiry(PAYABLE[0]).header("X-SIGNATURE", &signature(OTHER_CLIENT, &time(0))).send().code()
    }),
    (Defect::MissingSignatureAccepted, "400 4000002", |s| s.inquiry(PAYABLE[0]).without("X-SIGNATURE").send().code()),
    (Defect::BodyReserialised, "200 2000000 200 2000000", |s| {
        let call = s.inquiry_by(SYMMETRIC_CLIENT, PAYABLE[0]);
        let pretty = serde_json::to_string_pretty(&serde_json::from_str::<Value>(call.sent()).unwrap()).unwrap();
        let minified = call.clone().header("X-EXTERNAL-ID", "minified").send().code();
        format!("{minified} {}", call.body(pretty).send().code())
    }),
    (Defect::BodyUnsigned, "401 4010000", |s| {
        let call = s.inquiry_by(SYMMETRIC_CLIENT, PAYABLE[0]);
        let good = call.value("X-SIGNATURE").to_owned();
        call.field("mitraCd", json!("INDO")).header("X-SIGNATURE", &good).send().code()
    }),
    (Defect::BodyBeforeSignature, "401 4010000", |s| {
        s.inquiry(PAYABLE[0]).body("{}").header("X-SIGNATURE", "bm9uZQ==").send().code()
    }),
    (Defect::TokenUnverified, "401 4010001", |s| {
        s.inquiry(PAYABLE[0]).header("Authorization", "Bearer x").send().code()
    }),
    (Defect::TokenUnbound, "401 4010001", |s| {
        let authorization = format!("Bearer {}", s.token(OTHER_CLIENT));
        s.inquiry(PAYABLE[0]).header("Authorization", &authorization).send().code()
    }),
    (Defect::PartnerUnbound, "401 4010001", |s| {
        s.inquiry(PAYABLE[0]).header("X-PARTNER-ID", OTHER_CLIENT).send().code()
    }),
    (Defect::MissingTokenAccepted, "401 4010001", |s| s.inquiry(PAYABLE[0]).without("Authorization").send().code()),
    (Defect::BearerCaseSensitive, "200 2000000", |s| {
        s.inquiry(PAYABLE[0]).header("Authorization", &format!("bearer {}", s.token(CLIENT))).send().code()
    }),
    (Defect::TokenForStrangers, "401 4017300", |s| {
        s.token_request(CLIENT).header("X-SIGNATURE", &signature(OTHER_CLIENT, &time(0))).send().code()
    }),
    (Defect::ExpiresInAnHour, "\"900\"", |s| s.token_request(CLIENT).send().json["expiresIn"].to_string()),
    (Defect::ExpiresInNumber, "\"900\"", |s| s.token_request(CLIENT).send().json["expiresIn"].to_string()),
    (Defect::TokenTooLong, "true", |s| (s.token(CLIENT).len() <= 150).to_string()),
    (Defect::GrantTypeUnread, "400 4007301 400 4007302", |s| {
        let with = |grant_type| s.token_request(CLIENT).field("grantType", grant_type).send().code();
        format!("{} {}", with(json!("password")), with(Value::Null))
    }),
    (Defect::TokenWithoutService, "200 2007300", |s| s.token_request(CLIENT).send().code()),
    (Defect::AmountAsNumber, "\"10000.00\"", |s| data(s, "totalAmount")["value"].to_string()),
    (Defect::AmountAsFloat, "\"10000.00\"", |s| data(s, "totalAmount")["value"].to_string()),
    (Defect::AmountReadAsFloat, "400 4000001", |s| paid(s, "1e4", "IDR")),
    (Defect::AmountUncompared, "404 4040013", |s| paid(s, "9999.99", "IDR")),
    (Defect::CurrencyUncompared, "404 4040013", |s| paid(s, "10000.00", "USD")),
    (Defect::AmountComparedAsText, "200 2000000", |s| paid(s, "10000", "IDR")),
    (Defect::PayNoEchoed, "false", |s| s.inquiry(UNKNOWN).send().body.contains(UNKNOWN).to_string()),
    (Defect::SignatureEchoed, "false", |s| {
        s.inquiry(PAYABLE[0]).header("X-SIGNATURE", "c2VudA==").send().body.contains("c2VudA==").to_string()
    }),
    (Defect::StackTrace, "2", |s| s.inquiry(UNKNOWN).send().json.as_object().unwrap().len().to_string()),
    (Defect::PrivateKeyOverHttp, "404 4040001", |s| {
        s.inquiry(UNKNOWN).to("/api/v1.0/utilities/signature-auth").header("Private_Key", "x").send().code()
    }),
    (Defect::BrokenJsonIsHtml, "400 4000000", |s| s.inquiry(PAYABLE[0]).body("{\"payNo\":").send().code()),
    (Defect::BrokenJsonIsAnError, "400 4000000", |s| s.inquiry(PAYABLE[0]).body("{\"payNo\":").send().code()),
    (Defect::UnknownPathIsHtml, "404 4040001", |s| s.inquiry(PAYABLE[0]).to("/api/v1.0/cvs/void").send().code()),
    (Defect::WrongVerbIsEmpty, "405 4050000 405 4057300", |s| {
        let (inquiry, token) = (s.inquiry(PAYABLE[0]).verb("GET"), s.token_request(CLIENT).verb("GET"));
        format!("{} {}", inquiry.send().code(), token.send().code())
    }),
    (Defect::LargeBodyIsText, "413 4130000", |s| s.inquiry(PAYABLE[0]).body(" ".repeat(1_000_000)).send().code()),
    (Defect::RefusalsAreText, "404 4040012", |s| s.inquiry(UNKNOWN).send().code()),
    (Defect::StatusAlways200, "404 4040012", |s| s.inquiry(UNKNOWN).send().code()),
    (Defect::NoTimestampAnswered, "true", |s| {
        s.inquiry(PAYABLE[0]).send().head.contains("\r\nx-timestamp: 2").to_string()
    }),
    (Defect::JsonDeclaredAsHtml, "true", |s| {
        s.inquiry(PAYABLE[0]).send().head.contains("\r\ncontent-type: application/json").to_string()
    }),
    (Defect::CodeAsNumber, "200 2000000", |s| s.inquiry(PAYABLE[0]).send().code()),
    (Defect::FiveDigitCode, "200 2000000", |s| s.inquiry(PAYABLE[0]).send().code()),
    (Defect::VirtualAccountCodes, "200 2000000", |s| s.inquiry(PAYABLE[0]).send().code()),
    (Defect::NoMessage, "\"Successful\"", |s| s.inquiry(PAYABLE[0]).send().json["responseMessage"].to_string()),
    (Defect::InquiryHangs, "200 2000000", |s| s.inquiry(PAYABLE[0]).send_within(Duration::from_secs(5)).code()),
    (Defect::EndlessBody, "true", |s| (s.inquiry(PAYABLE[0]).send().body.len() < 50_000).to_string()),
    (Defect::InquiryRedirected, "200 2000000", |s| s.inquiry(PAYABLE[0]).send().code()),
    (Defect::AnswerCut, "200 2000000", |s| s.inquiry(PAYABLE[0]).send().code()),
    (Defect::LowerCaseHeadersUnknown, "200 2000000", |s| {
        s.inquiry(PAYABLE[0]).renamed(str::to_lowercase).send().code()
    }),
    (Defect::MediaTypeCaseSensitive, "200 2000000", |s| {
        s.inquiry(PAYABLE[0]).header("Content-Type", "Application/JSON").send().code()
    }),
    (Defect::MediaTypeUnread, "400 4000000", |s| {
        s.inquiry(PAYABLE[0]).header("Content-Type", "text/plain").send().code()
    }),
    (Defect::UnknownAs11, "404 4040012", |s| s.inquiry(UNKNOWN).send().code()),
    (Defect::PaidAs13, "404 4040014", |s| s.inquiry(PAID).send().code()),
    (Defect::ExpiredAs12, "404 4040019", |s| s.inquiry(EXPIRED).send().code()),
    (Defect::ExpiredBeforePaid, "404 4040014", |s| s.inquiry(PAID_AND_EXPIRED).send().code()),
    (Defect::PaidIsPayable, "404 4040014", |s| s.inquiry(PAID).send().code()),
    (Defect::IntegerForText, "400 4000001", |s| {
        s.inquiry(PAYABLE[0]).field("customerNo", json!(10_000_001)).send().code()
    }),
    (Defect::MissingAs01, "400 4000002", |s| s.inquiry(PAYABLE[0]).field("mitraCd", Value::Null).send().code()),
    (Defect::MissingFieldAccepted, "400 4000002", |s| {
        s.inquiry(PAYABLE[0]).field("mitraCd", Value::Null).send().code()
    }),
    (Defect::LengthsUnchecked, "400 4000001", |s| {
        s.inquiry(PAYABLE[0]).field("inquiryRequestId", json!("1".repeat(41))).send().code()
    }),
    (Defect::PartsMayDisagree, "400 4000001", |s| {
        s.inquiry(PAYABLE[0]).field("customerNo", json!("89101110")).send().code()
    }),
    (Defect::InquiryIdNotEchoed, "\"41807553358950093184\"", |s| data(s, "inquiryRequestId").to_string()),
    (Defect::ExpiryWithoutOffset, "\"2099-12-31T23:59:59+07:00\"", |s| data(s, "payNoExpiredDateTime").to_string()),
    (Defect::NoPayNoData, "true", |s| data(s, "payNo").is_string().to_string()),
    (Defect::RetryRefused, "200 2000000", |s| twice(&s.payment(PAYABLE[0], "1"), &s.payment(PAYABLE[0], "1"))),
    (Defect::RetryConflicts, "200 2000000", |s| twice(&s.payment(PAYABLE[0], "1"), &s.payment(PAYABLE[0], "1"))),
    (Defect::FirstPaymentInconsistent, "200 2000000", first_payment),
    (Defect::FirstPaymentConflicts, "200 2000000", first_payment),
    (Defect::SecondPaymentAccepted, "404 4040014", |s| {
        s.payment(PAYABLE[0], "1").send();
        s.payment(PAYABLE[0], "2").send().code()
    }),
    (Defect::RacingPayment, "1 of 2", |s| both(&[s.payment(PAYABLE[0], "1"), s.payment(PAYABLE[0], "2")])),
    (Defect::InconsistentPaymentAccepted, "404 4040018", |s| {
        s.payment(PAYABLE[0], "1").send();
        let other = json!({ "value": "5000.00", "currency": "IDR" });
        s.payment(PAYABLE[0], "1").field("paidAmount", other).send().code()
    }),
    (Defect::PaymentForgotten, "404 4040014", |s| {
        s.payment(PAYABLE[0], "1").send();
        s.inquiry(PAYABLE[0]).send().code()
    }),
];

#[test]
fn each_defect_shows_and_without_it_nothing_does() {
    let keys = keys();
    for (defect, right, probe) in PROBES {
        let (right_server, broken) = (Broken::start(None, &keys), Broken::start(Some(*defect), &keys));
        assert_eq!(probe(Endpoint(right_server.address)), *right, "{defect:?}: a right server");
        assert_ne!(probe(Endpoint(broken.address)), *right, "{defect:?} does not show");
    }
    for defect in Defect::ALL {
        assert!(PROBES.iter().any(|(probed, ..)| probed == defect), "{defect:?} is not probed");
    }
}

/// Nor is the right server right by itself alone: the provider that the merchants run does the same.
#[test]
fn what_a_right_server_does_nico_does() {
    for (defect, right, probe) in PROBES {
        assert_eq!(probe(serve()), *right, "{defect:?}");
    }
}

/// What changes whatever a server says, so that an ordinary inquiry shows it already.
const EVERYWHERE: &[Defect] = &[
    Defect::FiveDigitCode,
    Defect::VirtualAccountCodes,
    Defect::CodeAsNumber,
    Defect::InquiryHangs,
    Defect::InquiryRedirected,
    Defect::AnswerCut,
    Defect::EndlessBody,
    Defect::ExternalIdMustBeNumeric,
];

/// A defect is one thing: the ordinary inquiry and payment of both kinds of clients work beside it.
#[test]
fn a_defect_leaves_the_rest_in_order() {
    let keys = keys();
    for defect in Defect::ALL.iter().filter(|defect| !EVERYWHERE.contains(defect)) {
        let broken = Broken::start(Some(*defect), &keys);
        let server = Endpoint(broken.address);
        let calls = [server.inquiry(PAYABLE[0]), server.inquiry_by(SYMMETRIC_CLIENT, PAYABLE[0])];
        for call in calls.iter().chain([&server.payment(PAYABLE[0], "1")]) {
            assert_eq!(call.send().code(), "200 2000000", "{defect:?}: {call:?}");
        }
    }
}

/// Nothing of a server outlives it.
#[test]
fn a_dropped_server_answers_no_more() {
    let server = Broken::start(None, &keys());
    let address = server.address;
    assert_eq!(server.url, format!("http://{address}"));
    drop(server);
    while std::net::TcpStream::connect(address).is_ok() {
        thread::yield_now();
    }
}

/// The second call, under the X-EXTERNAL-ID of the first.
fn twice(first: &Call, second: &Call) -> String {
    first.send();
    second.clone().header("X-EXTERNAL-ID", first.value("X-EXTERNAL-ID")).send().code()
}

/// How many of these, sent at once, hear success.
fn both(calls: &[Call]) -> String {
    let told: Vec<Told> = thread::scope(|scope| {
        let sent: Vec<_> = calls.iter().map(|call| scope.spawn(|| call.send())).collect();
        sent.into_iter().map(|call| call.join().unwrap()).collect()
    });
    format!("{} of {}", told.iter().filter(|told| told.code() == "200 2000000").count(), calls.len())
}

fn resigned(call: &Call, change: fn(&[u8]) -> Vec<u8>) -> String {
    use base64::Engine as _;
    let changed = base64::engine::general_purpose::STANDARD.encode(change(&decoded(call.value("X-SIGNATURE"))));
    call.clone().header("X-SIGNATURE", &changed).send().code()
}

fn decoded(base64: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(base64).unwrap()
}

fn in_utc() -> String {
    let now: chrono::DateTime<chrono::Utc> = time(0).parse().unwrap();
    now.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn data(server: Endpoint, name: &str) -> Value {
    server.inquiry(PAYABLE[0]).send().json["payNoData"][name].clone()
}

fn paid(server: Endpoint, value: &str, currency: &str) -> String {
    let amount = json!({ "value": value, "currency": currency });
    server.payment(PAYABLE[0], "1").field("paidAmount", amount).send().code()
}

fn first_payment(server: Endpoint) -> String {
    server.inquiry(PAYABLE[0]).send();
    server.payment(PAYABLE[0], "41807553358950093184").send().code()
}
