//! Hosts that answer badly, and what is made of each.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use nico::nicepay::issued::Issued;
use nico::nicepay::registration::Product;
use nico::nicepay::result_code::{Group, Remedy, ResultCode};
use nico::nicepay::standing::{Inquired, Standing};
use nico::nicepay::trouble::Trouble;
use serde_json::{Map, Value, json};

use crate::desk::token;
use crate::host::{Answers, Host};
use crate::merchant::{BOTH, PATIENCE, amt, client, client_at, clock, order, reference, t_xid};

const OURS: &str = "IONPAYTEST03202406191012345678";

async fn register(product: Product, host: &Host) -> Result<Issued, Trouble> {
    client_at(host.address).register(&order(product, "INV-2024-0001", "10000")).await
}

async fn status(product: Product, host: &Host) -> Result<Inquired, Trouble> {
    client_at(host.address).status(product, &t_xid(OURS), &reference("INV-2024-0001"), &amt("10000")).await
}

/// An answer with some fields as they are here; `null` takes one away.
fn with(answer: Value, changes: &Value) -> String {
    let mut answer: Map<String, Value> = answer.as_object().unwrap().clone();
    for (name, value) in changes.as_object().unwrap() {
        answer.remove(name);
        if !value.is_null() {
            answer.insert(name.clone(), value.clone());
        }
    }
    Value::Object(answer).to_string()
}

fn issued(changes: &Value) -> String {
    let answer = json!({
        "resultCd": "0000", "resultMsg": "SUCCESS", "tXid": OURS, "referenceNo": "INV-2024-0001", "amount": "10000",
        "payNo": "011108471311", "paymentURL": "https://pay.example/nicepay/redirect/v2/payment",
        "payValidDt": "20240620", "payValidTm": "235959",
    });
    with(answer, changes)
}

fn stands(changes: &Value) -> String {
    let answer = json!({
        "resultCd": "0000", "resultMsg": "paid", "tXid": OURS, "iMid": "IONPAYTEST", "referenceNo": "INV-2024-0001",
        "amt": "10000", "currency": "IDR", "payMethod": "03", "status": "0", "payNo": "011108471311", "mitraCd": "INDO",
    });
    with(answer, changes)
}

#[tokio::test]
async fn what_is_sent_is_what_nicepays_pages_ask_for() {
    let host = Host::says(&issued(&json!({})));
    register(Product::V1, &host).await.unwrap();
    register(Product::Checkout, &host).await.unwrap();
    let host_of_status = Host::says(&stands(&json!({})));
    status(Product::V1, &host_of_status).await.unwrap();
    status(Product::Checkout, &host_of_status).await.unwrap();
    let asked = [host.asked(), host_of_status.asked()].concat();
    let (v1, checkout, v1_status, v2_status) = (&asked[0], &asked[1], &asked[2], &asked[3]);
    assert!(v1.starts_with("POST /nicepay/api/onePass.do HTTP/1.1\r\n"), "{v1}");
    assert!(v1.contains("content-type: application/x-www-form-urlencoded\r\n"), "{v1}");
    let over = [
        ["IONPAYTEST", "INV-2024-0001", "10000"].as_slice(),
        &["20240619101234", "IONPAYTEST", "INV-2024-0001", "10000"],
    ];
    assert!(v1.contains(&format!("&merchantToken={}", token(over[0]))) && v1.contains("&userIP=127.0.0.1"), "{v1}");
    assert!(v1.contains("&goodsNm=Buku+tulis+%26+pensil+%3D+2") && !v1.contains("timeStamp"), "{v1}");
    assert!(checkout.starts_with("POST /nicepay/redirect/v2/registration HTTP/1.1\r\n"), "{checkout}");
    assert!(checkout.contains("content-type: application/json\r\n"), "{checkout}");
    let body: Value = serde_json::from_str(checkout.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body["merchantToken"], json!(token(over[1])));
    assert_eq!((&body["timeStamp"], &body["amt"]), (&json!("20240619101234"), &json!("10000")));
    assert!(v1_status.starts_with("POST /nicepay/api/onePassStatus.do HTTP/1.1\r\n"), "{v1_status}");
    assert!(v2_status.starts_with("POST /nicepay/direct/v2/inquiry HTTP/1.1\r\n"), "{v2_status}");
}

#[tokio::test]
async fn what_is_no_answer_is_unreadable() {
    for (body, why) in [
        ("<!DOCTYPE html><html><body>{\"resultCd\":\"0000\"}</body></html>".to_owned(), "it is a page of HTML"),
        (issued(&json!({}))[..90].to_owned(), "it is not JSON, or not the whole of it"),
        (String::new(), "it is empty"),
        (issued(&json!({ "resultCd": null })), "it has no resultCd"),
        (issued(&json!({ "tXid": "IONPAYTEST" })), "it has no tXid of thirty characters"),
    ] {
        let host = Host::says(&body);
        for product in BOTH {
            assert_eq!(register(product, &host).await, Err(Trouble::Unreadable(why)), "{body}");
        }
        assert_eq!(host.asked().len(), 2, "nothing is sent twice");
    }
    let v1 = Host::says(&issued(&json!({ "payNo": "null" })));
    assert_eq!(register(Product::V1, &v1).await, Err(Trouble::Unreadable("it has no payNo of digits")));
    for url in [
        json!("null"),
        json!("javascript:alert(1)"),
        json!("https://x/#y"),
        json!(format!("https://x/{}", "x".repeat(250))),
    ] {
        let checkout = Host::says(&issued(&json!({ "paymentURL": url })));
        let why = "it has no paymentURL that a browser could open";
        assert_eq!(register(Product::Checkout, &checkout).await, Err(Trouble::Unreadable(why)), "{url}");
    }
}

#[tokio::test]
async fn a_registrations_answer_is_read_however_it_is_spelled() {
    for (body, product) in [
        (issued(&json!({})), Product::V1),
        (format!("0{}{}", issued(&json!({})).len(), issued(&json!({}))), Product::V1),
        (issued(&json!({ "amount": null, "amt": 10000, "referenceNo": "null" })), Product::V1),
        (
            issued(
                &json!({ "amount": "10000.00", "paymentURL": null, "paymentUrl": "https://pay.example/nicepay/redirect/v2/payment" }),
            ),
            Product::Checkout,
        ),
    ] {
        let issued = register(product, &Host::says(&body)).await.unwrap_or_else(|trouble| panic!("{trouble}: {body}"));
        assert_eq!(issued.pay_no.unwrap().as_str(), "011108471311");
        let url = format!("https://pay.example/nicepay/redirect/v2/payment?tXid={OURS}");
        assert_eq!(issued.payment_url, (product == Product::Checkout).then_some(url));
    }
    let unsaid = Host::says(&issued(&json!({ "payValidDt": null, "payValidTm": "null" })));
    assert_eq!(register(Product::V1, &unsaid).await.unwrap().valid_until, None);
}

#[tokio::test]
async fn what_is_another_transactions_is_not_taken() {
    for (changes, field) in [
        (json!({ "tXid": "OTHERMERCH03202406191012345678" }), "tXid"),
        (json!({ "referenceNo": "INV-2024-0002" }), "referenceNo"),
        (json!({ "amount": "1000" }), "amt"),
    ] {
        let trouble = register(Product::V1, &Host::says(&issued(&changes))).await;
        assert_eq!(trouble, Err(Trouble::AnotherTransaction(field)));
    }
    for (changes, field) in [
        (json!({ "tXid": "IONPAYTEST03202406191012345679" }), "tXid"),
        (json!({ "tXid": null }), "tXid"),
        (json!({ "iMid": "OTHERMERCH" }), "iMid"),
        (json!({ "referenceNo": "INV-2024-0002" }), "referenceNo"),
    ] {
        for product in BOTH {
            let trouble = status(product, &Host::says(&stands(&changes))).await;
            assert_eq!(trouble, Err(Trouble::AnotherTransaction(field)));
        }
    }
    for changes in [json!({ "tXid": "IONPAYTEST03202406191012345679" }), json!({ "amt": "1" })] {
        let host = Host::says(&stands(&changes));
        let cancelled = client_at(host.address).cancel(Product::V1, &t_xid(OURS), &amt("10000")).await;
        assert!(matches!(cancelled, Err(Trouble::AnotherTransaction(_))), "{cancelled:?}");
    }
}

#[tokio::test]
async fn paid_is_believed_where_all_of_it_is_as_it_was_registered() {
    for (changes, expected) in [
        (json!({}), None),
        (json!({ "amt": null, "amount": "010000" }), None),
        (json!({ "amt": "10000.00" }), None),
        (json!({ "amt": "1000" }), Some("amt")),
        (json!({ "amt": null }), Some("amt")),
        (json!({ "currency": "USD" }), Some("currency")),
        (json!({ "currency": "null" }), Some("currency")),
        (json!({ "payMethod": "01" }), Some("payMethod")),
        (json!({ "payMethod": null }), Some("payMethod")),
        (json!({ "payMethod": "00" }), Some("payMethod")),
    ] {
        for product in BOTH {
            let inquired = status(product, &Host::says(&stands(&changes))).await.unwrap();
            assert_eq!((inquired.standing, inquired.differs), (Standing::Paid, expected), "{product:?} {changes}");
        }
    }
    let nulls =
        json!({ "status": "3", "amt": "null", "currency": null, "payMethod": " ", "payNo": "null", "mitraCd": null });
    let inquired = status(Product::V1, &Host::says(&stands(&nulls))).await.unwrap();
    let unpaid = Inquired { standing: Standing::Unpaid, differs: None, pay_no: None, mitra_cd: None };
    assert_eq!(inquired, unpaid);
    for (product, expected) in [(Product::Checkout, None), (Product::V1, Some("payMethod"))] {
        let open = stands(&json!({ "status": "9", "payMethod": "00" }));
        assert_eq!(status(product, &Host::says(&open)).await.unwrap().differs, expected, "{product:?}");
    }
    for nothing in [json!(null), json!("null"), json!("7"), json!("00")] {
        let inquired = status(Product::V1, &Host::says(&stands(&json!({ "status": nothing })))).await.unwrap();
        assert_eq!(inquired.standing, Standing::Unknown, "{nothing}");
    }
    let inquired = status(Product::V1, &Host::says(&stands(&json!({})))).await.unwrap();
    assert_eq!(inquired.pay_no.unwrap().as_str(), "011108471311");
}

#[tokio::test]
async fn a_code_of_two_meanings_is_told_by_its_message() {
    for (message, expected) in [
        ("Http timeout exception.", Some((Group::Common, Remedy::Ask))),
        (
            "Reference Number Maximum Length Exceed. [referenceNo] should have maximum 40 characters length.",
            Some((Group::Cvs, Remedy::Correct)),
        ),
        ("something else", None),
    ] {
        let host = Host::says(&json!({ "resultCd": "9507", "resultMsg": message }).to_string());
        let trouble = register(Product::V1, &host).await.unwrap_err();
        assert!(!trouble.is_again() && trouble.may_have_arrived());
        let Trouble::Refused(refused) = trouble else { panic!("{trouble}") };
        assert_eq!((&*refused.code, &*refused.message), ("9507", message));
        assert_eq!(refused.known, expected.map(|(group, _)| ResultCode::of(group, "9507")));
        assert_eq!(refused.known.map(ResultCode::remedy), expected.map(|(_, remedy)| remedy));
    }
    let busy = json!({ "resultCd": "9501", "resultMsg": "Server is busy. Please kindly try again in few minutes." });
    assert!(register(Product::V1, &Host::says(&busy.to_string())).await.unwrap_err().is_again());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Host::says(&stands(&json!({})));
    let to = format!("http://{}/nicepay/api/onePassStatus.do", elsewhere.address);
    for status_line in ["302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let head =
            format!("HTTP/1.1 {status_line}\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        let host = Host::that(Answers::Raw(head));
        let number = status_line[..3].parse().unwrap();
        assert_eq!(status(Product::V1, &host).await, Err(Trouble::HttpStatus(number)));
    }
    assert_eq!(elsewhere.asked(), Vec::<String>::new());
    let broken = Host::that(Answers::Raw("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n".to_owned()));
    assert_eq!(register(Product::V1, &broken).await, Err(Trouble::HttpStatus(502)));
}

#[tokio::test]
async fn an_answer_and_the_wait_for_it_have_an_end() {
    let endless = Host::that(Answers::Endless);
    assert_eq!(status(Product::V1, &endless).await, Err(Trouble::Unreadable("it has more than 65536 bytes")));
    for answers in [Answers::Nothing, Answers::Stalls] {
        let host = Host::that(answers);
        let (short, begun) = (Duration::from_millis(200), Instant::now());
        let late = client(&host.url(), clock(), short).register(&order(Product::V1, "INV-1", "10000")).await;
        assert_eq!(late, Err(Trouble::Late));
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
}

#[tokio::test]
async fn a_connection_that_breaks_may_have_carried_the_call_and_one_that_never_was_has_not() {
    let host = Host::that(Answers::HangsUp);
    let trouble = register(Product::V1, &host).await.unwrap_err();
    assert!(matches!(trouble, Trouble::Broken(_)) && trouble.may_have_arrived() && !trouble.is_again(), "{trouble}");
    assert_eq!(host.asked().len(), 1, "nothing is sent twice");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let trouble = client_at(nobody).register(&order(Product::V1, "INV-1", "10000")).await.unwrap_err();
    assert_eq!(trouble, Trouble::Connection("nobody listens at its address"));
    assert!(!trouble.may_have_arrived() && trouble.is_again());
    let plain = Host::says(&issued(&json!({})));
    let encrypted = client(&format!("https://{}", plain.address), clock(), PATIENCE);
    let trouble = encrypted.register(&order(Product::V1, "INV-1", "10000")).await.unwrap_err();
    assert_eq!(trouble, Trouble::Connection("it does not speak TLS as it should"));
    assert!(!trouble.may_have_arrived() && plain.asked().is_empty());
}
