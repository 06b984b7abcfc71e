//! Paid, expired, reversed, cancelled: what a status says of each, and what each lets be done.

use chrono::TimeDelta;
use nico::cvs::notification::NotificationStatus;
use nico::simulator::books::BooksError;
use serde_json::{Value, json};

use crate::desk::{CHECKOUT, Desk, Fields, REFERENCE, V1, V1_CANCEL, V1_STATUS, V2, V2_CANCEL, V2_STATUS, text};

fn status(desk: &Desk, registered: &Value) -> (String, String) {
    let status = desk.call(V2_STATUS, &Fields::about(registered).v2()).json();
    (text(&status, "status"), text(&status, "resultMsg"))
}

fn pair(status: &str, message: &str) -> (String, String) {
    (status.to_owned(), message.to_owned())
}

#[test]
fn a_status_follows_what_happens() {
    let desk = Desk::new();
    let register = |reference: &str| desk.registered(V2, &Fields::registration(reference).v2());
    let id = |registered: &Value| text(registered, "tXid");
    let (paid, reversed, expired, cancelled) = (register("1"), register("2"), register("3"), register("4"));
    assert_eq!(status(&desk, &paid), pair("3", "unpaid"));
    desk.advance(TimeDelta::minutes(5));
    desk.books.pay(&id(&paid), "RCPT1", desk.now()).unwrap();
    desk.books.pay(&id(&reversed), "RCPT2", desk.now()).unwrap();
    desk.advance(TimeDelta::minutes(5));
    desk.books.reverse(&id(&reversed), desk.now()).unwrap();
    desk.call(V2_CANCEL, &Fields::about(&cancelled).v2_cancel());
    desk.books.expire(&id(&expired), desk.now()).unwrap();
    assert_eq!(status(&desk, &paid), pair("0", "paid"));
    assert_eq!(status(&desk, &reversed), pair("1", "reversal"));
    assert_eq!(status(&desk, &expired), pair("4", "expired"));
    assert_eq!(status(&desk, &cancelled), pair("4", "canceled"));
    let answer = desk.call(V1_STATUS, &Fields::about(&paid).v1()).json();
    assert_eq!(answer["depositDt"], "20240619");
    assert_eq!(answer["depositTm"], "101734");
    assert_eq!(answer["receiptCode"], "RCPT1");
    assert_eq!(desk.call(V1_STATUS, &Fields::about(&cancelled).v1()).json()["cancelAmt"], "10000");
    let checkout = desk.registered(CHECKOUT, &Fields::registration("5").v2());
    assert_eq!(status(&desk, &checkout), pair("9", "init"));
}

#[test]
fn a_number_expires_when_it_was_said_or_on_the_seventh_day() {
    let desk = Desk::new();
    let said = desk.registered(V1, &Fields::registration("1").v1());
    let unsaid = Fields::registration("2").without("payValidDt").without("payValidTm");
    let unsaid = desk.registered(V1, &unsaid.v1());
    assert_eq!((text(&unsaid, "payValidDt"), text(&unsaid, "payValidTm")), pair("20240626", "101234"));
    // One second before 2024-06-20 23:59:59.
    desk.advance(TimeDelta::seconds(37 * 3600 + 47 * 60 + 24));
    assert_eq!(status(&desk, &said).0, "3");
    desk.advance(TimeDelta::seconds(1));
    assert_eq!(status(&desk, &said).0, "4", "the instant of expiry itself is too late");
    assert!(matches!(desk.books.pay(&text(&said, "tXid"), "R", desk.now()), Err(BooksError::Not(_))));
    assert_eq!(status(&desk, &unsaid).0, "3");
    desk.advance(TimeDelta::days(6));
    assert_eq!(status(&desk, &unsaid).0, "4");
}

#[test]
fn a_status_is_told_only_to_who_knows_the_transaction() {
    let desk = Desk::new();
    let registered = desk.registered(V2, &Fields::registration(REFERENCE).v2());
    for (field, value, code) in [
        ("tXid", "IONPAYTEST03202406191012349999", "9528"),
        ("tXid", "", "8004"),
        ("referenceNo", "INV-2", "9528"),
        ("referenceNo", "", "9014"),
        ("amt", "10001", "8202"),
        ("amt", "10000.00", "9008"),
        ("amt", "", "9007"),
    ] {
        for path in [V1_STATUS, V2_STATUS] {
            let fields = Fields::about(&registered).with(field, value).signed_for(path);
            assert_eq!(desk.call(path, &fields).code(), code, "{path} {field} {value}");
        }
    }
    let fields = Fields::about(&registered).with("timeStamp", "20240230101234").v2();
    assert_eq!(desk.call(V2_STATUS, &fields).code(), "9031");
}

#[test]
fn a_cancel_answers_as_its_sample_does() {
    let desk = Desk::new();
    let (first, second) =
        (desk.registered(V1, &Fields::registration("1").v1()), desk.registered(V1, &Fields::registration("2").v1()));
    desk.advance(TimeDelta::seconds(6));
    let answer = desk.call(V1_CANCEL, &Fields::about(&first).v1_cancel()).json();
    let mut expected = json!({
        "resultCd": "0000", "resultMsg": "SUCCESS", "tXid": first["tXid"], "referenceNo": "1", "transDt": "20240619",
        "transTm": "101240", "description": "Pembelian", "amount": "10000",
        "canceltXid": "IONPAYTEST03202406191012400002",
    });
    assert_eq!(answer, expected);
    let answer = desk.call(V2_CANCEL, &Fields::about(&second).v2_cancel()).json();
    let object = expected.as_object_mut().unwrap();
    let amount = object.remove("amount").unwrap();
    object.extend([
        ("amt".to_owned(), amount),
        ("tXid".to_owned(), second["tXid"].clone()),
        ("referenceNo".to_owned(), json!("2")),
        ("canceltXid".to_owned(), answer["canceltXid"].clone()),
    ]);
    assert_eq!(answer, expected);
    assert_ne!(answer["canceltXid"], "IONPAYTEST03202406191012400002", "ids of cancels are unique too");
}

#[test]
fn only_what_is_unpaid_can_be_cancelled() {
    let desk = Desk::new();
    let register = |reference: &str| desk.registered(V2, &Fields::registration(reference).v2());
    let id = |registered: &Value| text(registered, "tXid");
    let (paid, reversed, expired, cancelled) = (register("1"), register("2"), register("3"), register("4"));
    desk.books.pay(&id(&paid), "R", desk.now()).unwrap();
    desk.books.pay(&id(&reversed), "R", desk.now()).unwrap();
    desk.books.reverse(&id(&reversed), desk.now()).unwrap();
    desk.books.expire(&id(&expired), desk.now()).unwrap();
    desk.books.cancel(&id(&cancelled), desk.now()).unwrap();
    let before = desk.books.list(desk.now());
    for (registered, code) in [(&paid, "9326"), (&reversed, "9314"), (&expired, "9314"), (&cancelled, "9315")] {
        for path in [V1_CANCEL, V2_CANCEL] {
            let answer = desk.call(path, &Fields::about(registered).signed_for(path));
            assert_eq!(answer.code(), code, "{path} {registered}");
        }
    }
    assert_eq!(desk.books.list(desk.now()), before);
}

#[test]
fn a_cancel_is_for_the_whole_amount_and_in_time() {
    let desk = Desk::new();
    let fields = Fields::registration(REFERENCE).with("payValidDt", "20250101");
    let registered = desk.registered(V2, &fields.v2());
    for (field, value, code) in [
        ("cancelType", "", "9301"),
        ("cancelType", "3", "9301"),
        ("cancelType", "2", "9332"),
        ("payMethod", "02", "9012"),
        ("amt", "9999", "8061"),
        ("amt", "10001", "9319"),
        ("amt", "0", "9321"),
        ("amt", "all", "9312"),
        ("amt", "", "9312"),
        ("tXid", "", "8064"),
        ("tXid", "IONPAYTEST03202406191012349999", "8064"),
        ("iMid", "", "8063"),
        ("iMid", "OTHERMID01", "9011"),
    ] {
        for path in [V1_CANCEL, V2_CANCEL] {
            let fields = Fields::about(&registered).with(field, value).signed_for(path);
            assert_eq!(desk.call(path, &fields).code(), code, "{path} {field} {value}");
        }
    }
    let timeless = Fields::about(&registered).without("timeStamp").v2_cancel();
    assert_eq!(desk.call(V2_CANCEL, &timeless).code(), "9031");
    desk.advance(TimeDelta::days(90) + TimeDelta::seconds(1));
    assert_eq!(desk.call(V2_CANCEL, &Fields::about(&registered).v2_cancel()).code(), "9334");
    desk.advance(TimeDelta::seconds(-1));
    assert_eq!(desk.call(V2_CANCEL, &Fields::about(&registered).v2_cancel()).code(), "0000");
}

#[test]
fn a_notification_tells_of_money_that_came_and_went() {
    let desk = Desk::new();
    let registered = desk.registered(V1, &Fields::registration(REFERENCE).v1());
    let id = text(&registered, "tXid");
    let books = &desk.books;
    assert_eq!(books.find_by_t_xid(&id, desk.now()).unwrap().notification(), None);
    desk.advance(TimeDelta::minutes(1));
    let deposit = books.pay(&id, "RCPT1", desk.now()).unwrap().notification().unwrap();
    desk.advance(TimeDelta::minutes(1));
    let reversal = books.reverse(&id, desk.now()).unwrap().notification().unwrap();
    assert_eq!((deposit.status, reversal.status), (NotificationStatus::Deposit, NotificationStatus::Reversal));
    for told in [&deposit, &reversal] {
        assert_eq!((told.deposit_dt.as_str(), told.deposit_tm.as_str()), ("20240619", "101334"));
        assert_eq!((told.trans_dt.as_str(), told.trans_tm.as_str()), ("20240619", "101234"));
        assert_eq!((told.amt.as_str(), told.receipt_code.as_str()), ("10000", "RCPT1"));
    }
    assert!(matches!(books.pay(&id, "R", desk.now()), Err(BooksError::Not(_))), "what was reversed stays so");
    assert!(matches!(books.reverse(&id, desk.now()), Err(BooksError::Not(_))));
    assert!(matches!(books.pay("nobody's", "R", desk.now()), Err(BooksError::Unknown)));
}
