//! A refused signature is explained in the log: once in a while, to the operator alone, and with nothing in it that
//! opens anything. (That no signature and no token is in any line is held by the harness.)

use serde_json::Value;

use crate::harness::{App, Key, NICEPAY, OTHER, Request, SAMPLE, SYMMETRIC, public, rsa_signature, spawn_app};

/// The explanations so far, when there are `count` of them; `/health/live` is asked until then.
fn explanations(app: &App, count: usize) -> Vec<Value> {
    for _ in 0..10_000 {
        let found = so_far(app);
        if found.len() >= count {
            return found;
        }
        app.call(&Request::bare("GET", "/health/live"));
    }
    panic!("waited in vain for {count} explanations: {:?}", app.log());
}

fn so_far(app: &App) -> Vec<Value> {
    let lines = app.log().into_iter().filter(|line| line.text.contains("message=explained "));
    let entry = |text: String| {
        let json = text.split_once("diagnosis=").expect("an explanation has its diagnosis").1.to_owned();
        serde_json::from_str(json.trim_end()).expect("which is JSON")
    };
    lines.map(|line| entry(line.text)).collect()
}

/// With a newline at the end of what is signed.
fn missed(app: &App, request: Request) -> Request {
    let text = format!("{}|{}\n", NICEPAY.id, app.now());
    request.header("X-SIGNATURE", rsa_signature(Key::Nicepay, &text))
}

#[test]
fn the_log_names_the_miss_and_the_caller_hears_nothing_of_it() {
    let app = spawn_app();
    let refused = app.call(&missed(&app, app.inquiry(SAMPLE))).expect("4010000");
    assert_eq!(refused.told(), "4010000 Unauthorized. [Signature]");
    let entry = explanations(&app, 1).remove(0);
    assert_eq!(entry["client_id"], "IONPAYTEST");
    assert_eq!(entry["timestamp"], app.now());
    assert_eq!(entry["scheme"], "asymmetric");
    assert_eq!(entry["signature_bytes"], 256);
    assert_eq!(entry["verdict"], "near_miss");
    assert_eq!(entry["slips"], serde_json::json!(["trailing_newline"]));
    assert!(entry["reason"].as_str().is_some_and(|reason| reason.contains("newline at its end")), "{entry}");
    let prints: Vec<_> = [Key::Nicepay, Key::Rotated].map(|key| public(key).fingerprint().to_owned()).into();
    let logged: Vec<_> = entry["keys"].as_array().expect("keys").iter().map(|key| &key["fingerprint"]).collect();
    assert_eq!(logged, prints.iter().collect::<Vec<_>>(), "the client's keys, and nobody else's");
}

/// A line for every wrong request would be a way to fill the disk and to burn the processor.
#[test]
fn a_client_is_explained_to_once_in_ten_seconds() {
    let app = spawn_app();
    let mut times = Vec::new();
    // The second and the third come too early, and the clock may go back as well.
    for (advance, explained) in [(0, true), (1, false), (8, false), (1, true), (-9, false), (-1, true), (11, true)] {
        app.advance(advance);
        app.call(&missed(&app, app.inquiry(SAMPLE))).expect("4010000");
        times.extend(explained.then(|| Value::from(app.now())));
        let found = explanations(&app, times.len());
        assert_eq!(found.iter().map(|entry| entry["timestamp"].clone()).collect::<Vec<_>>(), times);
    }
}

/// Who has no token can spend the explanations of the token call, and of nothing else.
#[test]
fn endpoints_and_clients_have_windows_of_their_own() {
    let app = spawn_app();
    let spoiled = |request: Request| request.signed_with(Key::Stranger);
    let symmetric = app.inquiry_by(&SYMMETRIC, SAMPLE).signed_asymmetrically();
    let expected = [
        (spoiled(app.token_request(&NICEPAY)), "IONPAYTEST", "unknown", None),
        (missed(&app, app.inquiry(SAMPLE)), "IONPAYTEST", "near_miss", Some("trailing_newline")),
        (missed(&app, app.payment(SAMPLE)), "IONPAYTEST", "near_miss", Some("trailing_newline")),
        (app.inquiry_by(&OTHER, SAMPLE).signed_with(Key::Nicepay), "OTHERCLIENT", "near_miss", Some("other_key")),
        (symmetric, "SYMCLIENT", "near_miss", Some("rsa")),
        (spoiled(app.token_request(&SYMMETRIC)), "SYMCLIENT", "unknown", None),
    ];
    for (count, (request, client_id, verdict, slip)) in expected.into_iter().enumerate() {
        let refused = app.call(&request);
        assert_eq!(refused.status, 401);
        let entry = explanations(&app, count + 1).remove(count);
        assert_eq!((&entry["client_id"], &entry["verdict"]), (&client_id.into(), &verdict.into()), "{entry}");
        assert_eq!(entry["slips"].as_array().expect("a list").first().and_then(Value::as_str), slip, "{entry}");
        assert!(!entry.to_string().contains(SYMMETRIC.secret.expect("a secret")), "{entry}");
    }
}

#[test]
fn what_is_refused_for_another_reason_is_not_explained() {
    let app = spawn_app();
    for (request, status) in [
        (missed(&app, app.inquiry(SAMPLE)).header("Authorization", "Bearer x"), 401),
        (missed(&app, app.inquiry(SAMPLE)).header("X-PARTNER-ID", "NOBODY"), 401),
        (missed(&app, app.token_request(&NICEPAY)).header("X-CLIENT-KEY", "NOBODY"), 401),
        (app.inquiry(SAMPLE).timestamp("2024-07-03T09:50:00+07:00").signed_with(Key::Stranger), 401),
        (app.inquiry(SAMPLE), 200),
        (app.inquiry(SAMPLE).body("{"), 400),
    ] {
        assert_eq!(app.call(&request).status, status);
    }
    app.call(&missed(&app, app.inquiry(SAMPLE))).expect("4010000");
    let entries = explanations(&app, 1);
    assert_eq!(entries.len(), 1, "the last one alone: {entries:?}");
    assert_eq!(entries[0]["slips"], serde_json::json!(["trailing_newline"]));
}
