//! What is answered to good calls, and to registrations that are not.

use nico::simulator::books::Books;
use serde_json::{Value, json};

use crate::desk::{
    CHECKOUT, Desk, Fields, I_MID, PAGE, REFERENCE, STAMP, V1, V1_STATUS, V2, V2_CANCEL, V2_STATUS, text, token,
};

#[test]
fn the_documented_tokens_are_accepted() {
    let vectors = [
        (V1, "8d0df830b88d65768ac4b179cd51c6c5e1a5e26488a2bc7b1e84afcaddf17c14"),
        (V2, "f5cba0b2b65e4fd2e57a339646e744e0ab5875f4cc150b7de8d106c72e0c5dd5"),
        (CHECKOUT, "f5cba0b2b65e4fd2e57a339646e744e0ab5875f4cc150b7de8d106c72e0c5dd5"),
    ];
    for (path, token) in vectors {
        let desk = Desk::new();
        let fields = Fields::registration(REFERENCE).with("merchantToken", token);
        desk.registered(path, &fields);
        assert_eq!(desk.verdict(), "accepted");
    }
    // Reproduced from NICEPAY's own samples.
    let desk = Desk::new();
    for (time_stamp, reference_no, amt, token) in [
        ("20180123100505", "ORD12345", "10000", "f9d30f6c972e2b5718751bd087b178534673a91bbac845f8a24e60e8e4abbbc5"),
        (
            "20170822170942",
            "OrdNo2017717942577",
            "1000",
            "b5149659e1a2f1271fb0833f8ea20e174b6fd389db26bc6ad036cc0dae6fa797",
        ),
    ] {
        let fields = Fields::registration(reference_no).with("timeStamp", time_stamp).with("amt", amt);
        desk.registered(V2, &fields.with("merchantToken", token));
    }
    // Over the documented tXid, which nobody has registered: the token is good, and then nothing is found.
    for (path, token) in [
        ("/nicepay/api/onePassAllCancel.do", "c9d35e8439bb568c0ac2ca2115f2a56d3ee46136efddf1516343163f1c31295b"),
        (V2_CANCEL, "a2efc1b312cdf15434f17f1c1577a1190c6d688333daf3f534e5c3f1dc3ba24d"),
    ] {
        let registered = json!({ "tXid": "IONPAYTEST03202406191012345678", "referenceNo": REFERENCE, "amt": "10000" });
        let answer = desk.call(path, &Fields::about(&registered).with("merchantToken", token));
        assert_eq!(answer.code(), "8064", "{}", desk.verdict());
    }
}

#[test]
fn v1_answers_as_its_sample_does() {
    let desk = Desk::new();
    let answer = desk.registered(V1, &Fields::registration(REFERENCE).v1());
    let expected = json!({
        "resultCd": "0000", "resultMsg": "SUCCESS", "tXid": "IONPAYTEST03202406191012340000",
        "referenceNo": REFERENCE, "payMethod": "03", "amount": "10000", "transDt": "20240619", "transTm": "101234",
        "description": "Pembelian", "callbackUrl": "https://shop.example/back", "currency": "IDR",
        "goodsNm": "Buku tulis & pensil", "billingNm": "Siti Aisyah", "mitraCd": "ALMA", "payNo": "191012340000",
        "payValidDt": "20240620", "payValidTm": "235959",
    });
    assert_eq!(answer, expected);
}

#[test]
fn v2_answers_as_its_sample_does_nulls_and_all() {
    let desk = Desk::new();
    let answer = desk.call(V2, &Fields::registration(REFERENCE).v2());
    assert_eq!(
        answer.body,
        r#"{"resultCd":"0000","resultMsg":"SUCCESS","tXid":"IONPAYTEST03202406191012340000","referenceNo":"INV-2024-0001","payMethod":"03","amt":"10000","transDt":"20240619","transTm":"101234","description":"Pembelian","bankCd":null,"vacctNo":null,"mitraCd":"ALMA","payNo":"191012340000","currency":null,"goodsNm":null,"billingNm":null,"vacctValidDt":null,"vacctValidTm":null,"payValidDt":null,"payValidTm":null}"#
    );
}

#[test]
fn checkout_answers_with_the_address_of_its_page() {
    let desk = Desk::new();
    let fields = Fields::registration(REFERENCE).with("payMethod", "00").without("mitraCd");
    let answer = desk.registered(CHECKOUT, &fields.v2());
    assert_eq!(text(&answer, "tXid"), "IONPAYTEST00202406191012340000");
    assert_eq!(text(&answer, "paymentURL"), format!("http://{}{PAGE}", desk.address));
    assert_eq!(answer.get("payNo"), None, "there is no number before the customer has chosen");
}

/// Every call's way, once around: what V1 registered, V2 can ask for, for both read the same books.
#[test]
fn a_status_has_every_field_of_nicepays_page() {
    let desk = Desk::new();
    let registered = desk.registered(V1, &Fields::registration(REFERENCE).v1());
    let v1 = desk.call(V1_STATUS, &Fields::about(&registered).v1()).json();
    let v2 = desk.call(V2_STATUS, &Fields::about(&registered).v2()).json();
    assert_eq!(v1, v2);
    let mut names: Vec<&str> = v1.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable_by_key(|name| name.to_lowercase());
    let due = "acquBankCd acquBankNm acquStatus amt bankCd billingNm cancelAmt cardExpYymm cardNo ccTransType currency \
               depositDt depositTm goodsNm iMid instmntMon instmntType issuBankCd issuBankNm mitraCd mRefNo payMethod \
               payNo payValidDt payValidTm preauthToken receiptCode recurringToken referenceNo reqDt reqTm resultCd \
               resultMsg status transDt transTm tXid vacctNo vacctValidDt vacctValidTm";
    assert_eq!(names, due.split_whitespace().collect::<Vec<_>>());
    for empty in ["depositDt", "receiptCode", "mRefNo", "cancelAmt", "bankCd", "cardNo"] {
        assert_eq!(v1[empty], Value::Null, "{empty}");
    }
}

#[test]
fn v1_may_have_its_length_before_it() {
    let desk = Desk::with(Books::default(), |gateway| gateway.length_prefix(true));
    let fields = Fields::registration(REFERENCE);
    for (path, fields) in [(V1, fields.clone().v1()), (V1, fields.clone()), (V1_STATUS, fields.clone())] {
        let answer = desk.call(path, &fields);
        let (length, json) = answer.body.split_at(4);
        assert_eq!(length.parse(), Ok(json.len()), "{answer:?}");
        assert!(json.starts_with(r#"{"resultCd":""#), "{answer:?}");
    }
    desk.registered(V2, &Fields::registration("another").v2());
}

#[test]
fn a_number_keeps_its_leading_zeros() {
    let desk = Desk::new();
    desk.advance(chrono::TimeDelta::days(-14));
    let registered = desk.registered(V2, &Fields::registration(REFERENCE).v2());
    assert_eq!(registered["payNo"], "051012340000");
    let status = desk.call(V2_STATUS, &Fields::about(&registered).v2()).json();
    assert_eq!(status["payNo"], "051012340000");
    assert!(desk.books.find_by_pay_no("051012340000", desk.now()).is_some());
    assert!(desk.books.find_by_pay_no("51012340000", desk.now()).is_none());
    desk.books.pay(&text(&registered, "tXid"), "R1", desk.now()).unwrap();
    let notification = desk.books.find_by_reference_no(REFERENCE, desk.now()).unwrap().notification().unwrap();
    assert_eq!(notification.pay_no, "051012340000");
}

/// The clock stands still, so only the last digits can tell numbers apart; a cancel has an id of the same kind.
#[test]
fn numbers_and_ids_are_unique() {
    let desk = Desk::new();
    let mut seen = std::collections::HashSet::new();
    for count in 0..40 {
        let path = if count % 2 == 0 { V1 } else { V2 };
        let fields = Fields::registration(&format!("INV-{count}"));
        let registered = desk.registered(path, &fields.signed_for(path));
        let (t_xid, pay_no) = (text(&registered, "tXid"), text(&registered, "payNo"));
        assert_eq!((t_xid.len(), pay_no.len()), (30, 12));
        if count % 3 == 0 {
            let cancelled = desk.call(V2_CANCEL, &Fields::about(&registered).v2_cancel()).json();
            assert!(seen.insert(text(&cancelled, "canceltXid")), "{cancelled}");
        }
        assert!(seen.insert(t_xid) && seen.insert(pay_no), "{registered}");
    }
}

#[test]
fn a_reference_is_registered_once() {
    let desk = Desk::new();
    desk.registered(V1, &Fields::registration(REFERENCE).v1());
    for path in [V1, V2, CHECKOUT] {
        let answer = desk.call(path, &Fields::registration(REFERENCE).signed_for(path));
        assert_eq!(answer.code(), "9009", "{path}");
        assert!(text(&answer.json(), "resultMsg").starts_with("Reference Number already exist"));
    }
    desk.registered(V1, &Fields::registration("INV-2024-0002").v1());
    assert_eq!(desk.books.list(desk.now()).len(), 2);
}

#[test]
fn of_many_at_once_one_is_registered() {
    let desk = Desk::new();
    let fields = Fields::registration(REFERENCE).v2();
    let codes: Vec<String> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..16).map(|_| scope.spawn(|| desk.call(V2, &fields).code())).collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    assert_eq!(codes.iter().filter(|code| *code == "0000").count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| *code == "9009").count(), 15, "{codes:?}");
}

#[test]
fn what_is_wrong_with_a_registration_has_nicepays_code() {
    let desk = Desk::new();
    let long = "x".repeat(256);
    for (path, field, value, code, verdict) in [
        (V1, "amt", "", "9007", "amt is missing or empty"),
        (V1, "amt", "10000.00", "9008", "amt may hold digits only"),
        (V2, "amt", "1e4", "9008", "amt may hold digits only"),
        (V2, "amt", "0", "9509", "amt is nothing"),
        (V1, "currency", "", "9013", "currency is missing or empty"),
        (V1, "referenceNo", "", "9014", "referenceNo is missing or empty"),
        (V1, "referenceNo", &long[..41], "9507", "referenceNo is longer than 40 characters"),
        (V1, "goodsNm", "", "9015", "goodsNm is missing or empty"),
        (V1, "billingNm", "", "9016", "billingNm is missing or empty"),
        (V1, "callBackUrl", "", "9019", "callBackUrl is missing or empty"),
        (V1, "dbProcessUrl", &long, "9020", "dbProcessUrl is longer than 255 characters"),
        (V1, "cartData", "basket", "9022", "cartData is no JSON object written as text, as {} is"),
        (V2, "cartData", r#"{"item":[{"goods_amt":"1"}]}"#, "9023", "cartData has goods_amt that do not sum up to amt"),
        (V1, "userIP", "", "9024", "userIP is missing or empty"),
        (V2, "timeStamp", "20191128", "9031", "timeStamp is no time, as yyyyMMddHHmmss is"),
        (CHECKOUT, "timeStamp", "", "9031", "timeStamp is missing or empty"),
        (V2, "payMethod", "02", "9012", "payMethod must be 03 here"),
        (V2, "mitraCd", "", "9505", "mitraCd is missing or empty"),
        (V2, "payValidDt", "", "9511", "payValidDt is missing or empty"),
        (V2, "payValidDt", "20240618", "9510", "payValidDt and payValidTm are over already"),
        (V2, "iMid", "", "9011", "iMid is missing or empty"),
        (V2, "iMid", "OTHERMID01", "9011", "iMid is not this simulator's merchant, which is IONPAYTEST"),
        (V2, "merchantToken", "", "9010", "merchantToken is missing or empty"),
    ] {
        let good = Fields::registration(REFERENCE);
        let fields = if field == "merchantToken" { good } else { good.with(field, value).signed_for(path) };
        let answer = desk.call(path, &fields);
        assert_eq!(answer.code(), code, "{path} {field} {value}");
        assert!(desk.verdict().starts_with(verdict), "{}", desk.verdict());
        assert_eq!(answer.json().as_object().unwrap().len(), 2, "a code and a message: {answer:?}");
    }
    assert_eq!(desk.books.list(desk.now()), []);
}

/// node-nicepay hands on what it is given, and its README gives amt as a number.
#[test]
fn a_json_number_is_taken_for_its_digits() {
    let desk = Desk::new();
    let body = Fields::registration(REFERENCE).v2().json().replace(r#""amt":"10000""#, r#""amt":10000"#);
    let answer = desk.ask("POST", V2, "Content-Type: application/json\r\n", &body);
    assert_eq!(answer.json()["amt"], "10000", "{answer:?}");
}

/// PyPI's `nicepay` sends V1 calls with all fields in the query, and an empty body.
#[test]
fn a_v1_call_may_have_its_fields_in_the_query() {
    let desk = Desk::new();
    let query = Fields::registration(REFERENCE).v1().form();
    let headers = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n";
    let answer = desk.ask("POST", &format!("{V1}?{query}"), headers, "");
    assert_eq!(answer.code(), "0000", "{}", desk.verdict());
}

#[test]
fn names_have_their_case_and_the_verdict_says_so() {
    let desk = Desk::new();
    let fields = Fields::registration(REFERENCE).without("callBackUrl").with("callbackUrl", "https://shop.example/");
    assert_eq!(desk.call(V1, &fields.v1()).code(), "9019");
    let due = "callBackUrl is missing or empty: it was sent as callbackUrl, and capital letters count";
    assert_eq!(desk.verdict(), due);
    let cart = Fields::registration(REFERENCE).v2().json().replace(r#""cartData":"{}""#, r#""cartData":{}"#);
    assert_eq!(desk.ask("POST", V2, "", &cart).code(), "9022");
    assert!(desk.verdict().starts_with("cartData is an object or an array"), "{}", desk.verdict());
}

#[test]
fn whoever_pays_by_himself_hears_of_a_registration() {
    let mut desk = Desk::new();
    let registered = desk.registered(V2, &Fields::registration(REFERENCE).v2());
    let heard = desk.heard.try_recv().unwrap();
    assert_eq!(heard.pay_no.as_deref(), registered["payNo"].as_str());
    desk.call(V2, &Fields::registration(REFERENCE).v2());
    desk.registered(CHECKOUT, &Fields::registration("INV-2").v2());
    assert!(desk.heard.try_recv().is_err(), "neither a refusal nor a registration without a number is told");
}

#[test]
fn the_token_here_is_made_as_nicepay_documents_it() {
    let documented = "f5cba0b2b65e4fd2e57a339646e744e0ab5875f4cc150b7de8d106c72e0c5dd5";
    assert_eq!(token(&[STAMP, I_MID, REFERENCE, "10000"]), documented);
}
