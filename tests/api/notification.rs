//! NICEPAY's notification, as it meets the door: who may come in, what can be read, and when it is acknowledged. Whether
//! a token is NICEPAY's is decided behind the door, here by an office that was told what to say.

use std::sync::Arc;

use nico::cvs::notification::{MatchCl, NotificationStatus, NotifiedStatus};
use nico::provider::{NOTIFICATION_PATH, NotificationDoor, Sources};
use serde_json::json;
use tracing::Level;

use crate::harness::{App, LEAK, Manner, Office, Orders, Request, soon_over, spawn};

const T_XID: &str = "IONPAYTEST03202406191012345678";
const TOKEN: &str = "c9d35e8439bb568c0ac2ca2115f2a56d3ee46136efddf1516343163f1c31295b";
const REFERENCE_NO: &str = "INV-2024-0001";

/// NICEPAY's own networks, without those of this test.
const NICEPAYS: &[&str] = &["103.20.51.0/24", "103.117.8.0/24"];
const LOCAL: &[&str] = &["127.0.0.1"];

fn sources(allow_from: &[&str], proxies: &[&str]) -> Sources {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    Sources::parse(&texts(allow_from), &texts(proxies)).expect("they are networks")
}

fn spawn_door(office: &Arc<Office>, sources: Sources) -> App {
    let office = Arc::clone(office);
    spawn(Orders::of([]), |provider| {
        provider.notifications(NotificationDoor::new(NOTIFICATION_PATH, sources), office).deadline(soon_over())
    })
}

/// A good one, as NICEPAY's sample has it, blanks and all.
fn good() -> String {
    format!(
        "tXid={T_XID}&referenceNo={REFERENCE_NO}&amt=10000&merchantToken={TOKEN}&matchCl=1&status=0&bankCd=&vacctNo=null\
         &issuBankCd = &issuBankNm = null&depositDt=20240619&depositTm=101500&payNo=701589101110&billingNm=John+Test"
    )
}

fn notification(body: impl Into<Vec<u8>>) -> Request {
    let request = Request::bare("POST", NOTIFICATION_PATH).body(body);
    request.header("Content-Type", "application/x-www-form-urlencoded")
}

#[test]
fn a_notification_is_heard_and_then_acknowledged() {
    let office = Office::that(Manner::Keeps);
    let app = spawn_door(&office, sources(LOCAL, &[]));
    let answer = app.call_plainly(&notification(good()));
    assert_eq!((answer.status, answer.text()), (200, "SUCCESS"));
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    let told = office.told();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].notified.t_xid.as_str(), T_XID);
    assert_eq!(told[0].notified.reference_no.as_str(), REFERENCE_NO);
    assert_eq!(told[0].notified.merchant_token, TOKEN);
    assert_eq!(told[0].notified.status, NotifiedStatus::Known(NotificationStatus::Deposit));
    assert_eq!(told[0].notified.match_cl, Some(MatchCl::Normal));
    assert_eq!(told[0].source.to_string(), "127.0.0.1");
    assert_eq!(told[0].body, good(), "as it was received");
    assert_eq!(told[0].at.to_rfc3339(), "2024-07-03T03:00:00+00:00");
    app.call_plainly(&notification(good()));
    assert_eq!(office.told().len(), 2, "whoever keeps them tells repetitions apart");
}

#[test]
fn it_may_be_a_form_or_an_object_whatever_it_is_called() {
    let object = json!({ "tXid": T_XID, "referenceNo": REFERENCE_NO, "amt": 10000, "merchantToken": TOKEN, "status": 0,
        "matchCl": "1", "vacctNo": null, "payNo": "null" });
    let bodies = [
        good(),
        good().replace('&', " & ").replace('=', " = "),
        object.to_string(),
        format!("\r\n {object:#}"),
        object.to_string().replace("\"amt\"", "\" amt \""),
    ];
    let office = Office::that(Manner::Keeps);
    let app = spawn_door(&office, sources(LOCAL, &[]));
    for body in &bodies {
        for media_type in ["application/x-www-form-urlencoded", "application/json", "text/plain", "Application/JSON"] {
            let answer = app.call_plainly(&notification(body.as_str()).header("Content-Type", media_type));
            assert_eq!(answer.status, 200, "{media_type}: {body}");
        }
        assert_eq!(app.call_plainly(&notification(body.as_str()).without("Content-Type")).status, 200, "{body}");
        let heard = office.told().pop().expect("it was heard").notified;
        assert_eq!((heard.amt.as_str(), heard.reference_no.as_str()), ("10000", REFERENCE_NO), "{body}");
        assert_eq!(heard.merchant_token, TOKEN);
    }
    let chunked = notification(good()).chunked(7);
    assert_eq!(app.call_plainly(&chunked).status, 200);
}

#[test]
fn null_is_nothing() {
    let office = Office::that(Manner::Keeps);
    let app = spawn_door(&office, sources(LOCAL, &[]));
    app.call_plainly(&notification(
        good().replace("payNo=701589101110", "payNo=null").replace("matchCl=1", "matchCl=null"),
    ));
    let heard = office.told().pop().expect("it was heard").notified;
    assert_eq!((heard.pay_no, heard.match_cl), (None, None));
    for name in ["tXid", "referenceNo", "amt", "merchantToken", "status"] {
        let nothing = good().replacen(&format!("{name}="), &format!("{name}=null&was="), 1);
        app.call(&notification(nothing)).expect("4000000");
    }
    assert_eq!(office.told().len(), 1);
}

#[test]
fn what_cannot_be_read_is_refused_and_not_heard() {
    let office = Office::that(Manner::Keeps);
    let app = spawn_door(&office, sources(LOCAL, &[]));
    let bodies: &[(&str, Vec<u8>)] = &[
        ("nothing", Vec::new()),
        ("a name twice", (good() + "&amt=10000").into()),
        ("a name twice, with blanks", (good() + "& amt =20000").into()),
        ("a name twice, in another case", (good() + "&AMT=20000").into()),
        ("a name twice, encoded", (good() + "&%61mt=20000").into()),
        ("a name in two spellings", (good() + "&IssueBankCd=X").into()),
        ("half a percent", good().replace("John", "%4").into()),
        ("no UTF-8", [good().as_bytes(), b"&x=\xff"].concat()),
        ("no UTF-8, encoded", (good() + "&x=%ff").into()),
        ("NUL", [good().as_bytes(), b"&x=\0"].concat()),
        ("half an object", b"{\"tXid\":".to_vec()),
        ("an object inside", json!({ "tXid": { "value": T_XID } }).to_string().into()),
        ("a decimal amount", good().replace("amt=10000", "amt=10000.00").into()),
        ("no amount", good().replace("amt=10000", "amt=0").into()),
        ("a reference of 41", good().replace(REFERENCE_NO, &"9".repeat(41)).into()),
        ("a tXid of 29", good().replace(T_XID, &T_XID[1..]).into()),
        ("a token of 256", good().replace(TOKEN, &"a".repeat(256)).into()),
        ("a token of other letters", good().replace(TOKEN, "%01").into()),
    ];
    for (name, body) in bodies {
        let answer = app.call(&notification(body.clone()));
        assert_eq!(answer.told(), "4000000 Bad Request", "{name}");
        assert_eq!(answer.status, 400, "{name}");
    }
    assert!(office.told().is_empty());
}

#[test]
fn a_body_may_be_large_and_not_endless() {
    let office = Office::that(Manner::Keeps);
    let app = spawn_door(&office, sources(LOCAL, &[]));
    let padded = |length: usize| good() + "&x=" + &"x".repeat(length - good().len() - 3);
    assert_eq!(app.call_plainly(&notification(padded(64 * 1024))).status, 200);
    for length in [64 * 1024 + 1, 1024 * 1024] {
        assert_eq!(app.call(&notification(padded(length))).told(), "4130000 Payload Too Large");
        assert_eq!(app.call(&notification(padded(length)).chunked(10_000)).told(), "4130000 Payload Too Large");
    }
    assert_eq!(office.told().len(), 1);
}

#[test]
fn only_nicepay_may_notify() {
    let office = Office::that(Manner::Keeps);
    let app = spawn_door(&office, sources(NICEPAYS, &[]));
    for request in [
        notification(good()),
        notification("what cannot be read"),
        notification(good()).header("X-Forwarded-For", "103.20.51.7"),
        notification(good()).header("X-Forwarded-For", "103.20.51.7, 127.0.0.1"),
        notification(good()).header("Forwarded", "for=103.20.51.7"),
        notification(good()).header("X-Real-IP", "103.20.51.7"),
    ] {
        let answer = app.call(&request);
        assert_eq!((answer.status, answer.told().as_str()), (403, "4030001 Feature Not Allowed"));
    }
    assert!(office.told().is_empty());
}

#[test]
fn behind_a_proxy_its_last_word_counts() {
    let office = Office::that(Manner::Keeps);
    let app = spawn_door(&office, sources(NICEPAYS, &["127.0.0.0/8", "10.0.0.0/8"]));
    for (lines, source) in [
        (&["103.20.51.7"][..], Some("103.20.51.7")),
        (&["103.117.8.1:4711"], Some("103.117.8.1")),
        (&["203.0.113.9, 103.20.51.7"], Some("103.20.51.7")),
        (&["203.0.113.9", "103.20.51.7, 10.0.0.1"], Some("103.20.51.7")),
        (&[], None),
        (&["203.0.113.9"], None),
        (&["103.20.51.7, 203.0.113.9"], None),
        (&["103.20.51.7", "203.0.113.9"], None),
        (&["103.20.51.7, nonsense"], None),
        (&["10.0.0.1, 127.0.0.1"], None),
    ] {
        let request = lines.iter().fold(notification(good()), |request, line| request.also("X-Forwarded-For", *line));
        let before = office.told().len();
        let answer = app.call_plainly(&request);
        assert_eq!(answer.status, if source.is_some() { 200 } else { 403 }, "{lines:?}");
        let heard = office.told()[before..].iter().map(|told| told.source.to_string()).collect::<Vec<_>>();
        assert_eq!(heard, source.into_iter().collect::<Vec<_>>(), "{lines:?}");
    }
    let causes = app.exchanges().into_iter().filter(|line| line.level == Level::WARN).map(|line| line.text);
    let (untold, strange): (Vec<_>, Vec<_>) = causes.partition(|cause| cause.contains("cannot be told"));
    assert_eq!((untold.len(), strange.len()), (3, 3), "the operator learns which of the two it was");
    assert!(strange.iter().all(|cause| cause.contains("is not among those that may notify")), "{strange:?}");
}

#[test]
fn what_is_not_kept_is_not_acknowledged() {
    for (manner, status, told) in [
        (Manner::Disbelieves, 401, "4010000 Unauthorized. [Signature]"),
        (Manner::Fails, 500, "5000000 General Error"),
        (Manner::Hangs, 504, "5040000 Timeout"),
    ] {
        let office = Office::that(manner);
        let app = spawn_door(&office, sources(LOCAL, &[]));
        let answer = app.call(&notification(good()));
        assert_eq!((answer.status, answer.told().as_str()), (status, told), "{manner:?}");
        assert!(!answer.json.to_string().contains(LEAK));
        assert_eq!(office.told().len(), 1);
    }
}

#[test]
fn the_acknowledgement_and_the_path_are_settings() {
    let office = Office::that(Manner::Keeps);
    let heard = Arc::clone(&office);
    let app = spawn(Orders::of([]), |provider| {
        let door = NotificationDoor::new("/pay/told", sources(LOCAL, &[])).acknowledgement(r#"{"status":"received"}"#);
        provider.notifications(door, heard)
    });
    let mut connection = app.connect();
    connection.send(&notification(good()).to("/pay/told?shop=7").bytes());
    let answer = connection.receive(false);
    assert_eq!((answer.status, answer.text()), (200, r#"{"status":"received"}"#));
    connection.send(&notification(good()).bytes());
    assert_eq!(connection.receive(false).status, 404);
    assert_eq!(office.told().len(), 1);
}

#[test]
fn there_is_no_door_but_the_post() {
    let office = Office::that(Manner::Keeps);
    let app = spawn_door(&office, sources(LOCAL, &[]));
    for verb in ["GET", "PUT", "DELETE"] {
        let answer = app.call(&notification(good()).verb(verb)).expect("4050000");
        assert_eq!(answer.header("allow"), Some("POST"));
    }
    assert!(office.told().is_empty());
    let shut = spawn(Orders::of([]), |provider| provider);
    let mut connection = shut.connect();
    connection.send(&notification(good()).bytes());
    assert_eq!(connection.receive(false).status, 404);
}

/// One line an exchange; of what came in, a masked number and the names of fields that say nothing.
#[test]
fn what_is_logged_gives_nobody_away() {
    let office = Office::that(Manner::Keeps);
    let app = spawn_door(&office, sources(LOCAL, &[]));
    app.call_plainly(&notification(good() + "&fee=much"));
    app.call(&notification(good() + "&amt=1")).expect("4000000");
    let lines = app.exchanges();
    assert_eq!(lines.iter().map(|line| line.level).collect::<Vec<_>>(), [Level::INFO, Level::WARN]);
    for part in ["endpoint=notification ", "code=200 ", "pay_no=7015******10 ", "unread=fee "] {
        assert!(lines[0].text.contains(part), "{part}: {}", lines[0].text);
    }
    assert!(lines[1].text.contains("a name stands in it twice"), "{}", lines[1].text);
    let log: String = app.log().into_iter().map(|line| line.text).collect();
    for personal in ["John", TOKEN, "701589101110"] {
        assert!(!log.contains(personal), "{log}");
    }
}
