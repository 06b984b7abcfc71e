//! A customer's browser comes back: it is sent on to the shop in any case, and nothing of what it brings goes with it.

use std::sync::Arc;

use nico::cvs::callback::CalledBack;
use nico::provider::{CALLBACK_PATH, CallbackDoor};
use serde_json::json;

use crate::harness::{App, LEAK, Manner, Office, Orders, Raw, Request, soon_over, spawn};

const T_XID: &str = "IONPAYTEST00202212231106386098";
const SHOP: &str = "https://shop.example/orders?lang=id#status";
const NAMED: &str = "https://shop.example/orders?lang=id&referenceNo=ours%2F1#status";

fn spawn_door(office: &Arc<Office>) -> App {
    let office = Arc::clone(office);
    let door = CallbackDoor::new(CALLBACK_PATH, SHOP).expect("a URL");
    spawn(Orders::of([]), |provider| provider.callbacks(door, office).deadline(soon_over()))
}

fn get(query: &str) -> Request {
    Request::bare("GET", &format!("{CALLBACK_PATH}?{query}"))
}

fn post(body: &str) -> Request {
    Request::bare("POST", CALLBACK_PATH).body(body)
}

fn location(answer: &Raw) -> &str {
    assert_eq!((answer.status, answer.text()), (303, ""));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.header("location").expect("it leads somewhere")
}

fn sample() -> String {
    format!(
        "tXid={T_XID}&referenceNo=OrdNo20221223111252&amount=10000&transDt=20221223&transTm=110638\
         &payNo=9041231106386098&mitraCd=ALMA&resultCd=0000&resultMsg=SUCCESS"
    )
}

#[test]
fn a_known_order_is_named_as_it_is_known_here() {
    let office = Office::knowing("ours/1");
    let app = spawn_door(&office);
    let object = json!({ "tXid": T_XID, "referenceNo": "OrdNo20221223111252", "amt": 10000 }).to_string();
    let requests = [
        get(&sample()),
        get(&sample().to_lowercase().replace("ionpaytest", "IONPAYTEST").replace("ordno", "OrdNo")),
        post(&sample()),
        post(&object),
        post(&object).header("Content-Type", "application/json"),
    ];
    for request in &requests {
        assert_eq!(location(&app.call_plainly(request)), NAMED, "{}", request.path);
        let CalledBack { reference_no, t_xid } = office.called_back().pop().expect("it was asked");
        assert_eq!(reference_no.expect("it is read").as_str(), "OrdNo20221223111252");
        assert_eq!(t_xid.expect("it is read").as_str(), T_XID);
    }
    assert_eq!(office.called_back().len(), requests.len());
}

#[test]
fn whatever_else_comes_is_sent_on_alike() {
    let office = Office::that(Manner::Keeps);
    let app = spawn_door(&office);
    for request in [
        get(&sample()),
        get(""),
        get("referenceNo=%"),
        get("referenceNo=%ff"),
        get("referenceNo=A&referenceNo=B"),
        get("referenceNo=A%0d%0aSet-Cookie:x"),
        get("referenceNo=https://evil.example&return_url=https://evil.example"),
        post("{"),
        post(r#"{"referenceNo":{"$ne":1}}"#),
        post("\u{0}"),
        Request::bare("GET", CALLBACK_PATH).header("Host", "evil.example"),
    ] {
        assert_eq!(location(&app.call_plainly(&request)), SHOP, "{}", request.path);
    }
    let unread = office.called_back().into_iter().filter(|called_back| *called_back == CalledBack::default()).count();
    assert_eq!(unread, 9, "what cannot be read names no order");
}

#[test]
fn a_store_that_lets_us_down_holds_nobody_up() {
    for manner in [Manner::Fails, Manner::Hangs] {
        let app = spawn_door(&Office::that(manner));
        assert_eq!(location(&app.call_plainly(&get(&sample()))), SHOP, "{manner:?}");
        let log: String = app.log().into_iter().map(|line| line.text + "\n").collect();
        assert!(log.contains("could not be looked up"), "{log}");
        assert_eq!(log.contains(LEAK), manner == Manner::Fails, "the cause is for the log");
        assert!(!log.contains("OrdNo20221223111252") && !log.contains("9041231106386098"), "{log}");
    }
}

#[test]
fn other_verbs_and_endless_bodies_are_refused() {
    let app = spawn_door(&Office::knowing("ours/1"));
    for verb in ["PUT", "DELETE", "PATCH"] {
        assert_eq!(app.call(&get("").verb(verb)).expect("4050000").header("allow"), Some("GET, POST"));
    }
    app.call(&post(&"x".repeat(64 * 1024 + 1))).expect("4130000");
}
