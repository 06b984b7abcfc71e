//! `POST …/access-token/b2b`

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::harness::{
    App, Key, NICEPAY, OTHER, Orders, Request, SAMPLE, SYMMETRIC, demo_orders, rsa_signature, spawn_app, spawn_at,
};

const BODIES: &[(&str, &str)] = &[
    (r#"{"grantType":"client_credentials"}"#, "2007300 Successful"),
    (r#"{"grantType":"client_credentials","additionalInfo":{}}"#, "2007300 Successful"),
    (r#"{"grantType":"client_credentials","additionalInfo":""}"#, "2007300 Successful"),
    (r#"{"grantType":"client_credentials","additionalInfo":null}"#, "2007300 Successful"),
    (r#"{"granttype":"client_credentials","more":[1,{}]}"#, "2007300 Successful"),
    (" {\n\t\"grantType\" : \"client_credentials\"\r\n} ", "2007300 Successful"),
    ("{}", "4007302 Invalid Mandatory Field grantType"),
    (r#"{"grantType":""}"#, "4007302 Invalid Mandatory Field grantType"),
    (r#"{"grantType":null}"#, "4007302 Invalid Mandatory Field grantType"),
    (r#"{"grantType":"password"}"#, "4007301 Invalid Field Format grantType"),
    (r#"{"grantType":"CLIENT_CREDENTIALS"}"#, "4007301 Invalid Field Format grantType"),
    (r#"{"grantType":"client_credentials\u0000"}"#, "4007301 Invalid Field Format grantType"),
    (r#"{"grantType":1}"#, "4007301 Invalid Field Format grantType"),
    (r#"{"grantType":["client_credentials"]}"#, "4007301 Invalid Field Format grantType"),
    (r#"{"grantType":"client_credentials","granttype":"client_credentials"}"#, "4007300 Bad Request"),
    (r#"["client_credentials"]"#, "4007300 Bad Request"),
    ("grantType=client_credentials", "4007300 Bad Request"),
    ("", "4007300 Bad Request"),
];

#[test]
fn the_body_says_what_is_wanted() {
    let app = spawn_app();
    for (body, told) in BODIES {
        assert_eq!(app.call(&app.token_request(&NICEPAY).body(*body)).told(), *told, "{body}");
    }
}

#[test]
fn the_answer_is_the_standards() {
    let app = spawn_app();
    let mut answer = app.call(&app.token_request(&NICEPAY));
    let token = answer.json["accessToken"].take();
    let token = token.as_str().expect("a token is text");
    assert!(token.len() <= 150, "NICEPAY takes 150 characters: {}", token.len());
    let expected = json!({
        "responseCode": "2007300",
        "responseMessage": "Successful",
        "accessToken": null,
        "tokenType": "Bearer",
        "expiresIn": "900",
        "additionalInfo": {},
    });
    assert_eq!(answer.json, expected);
    assert_eq!(answer.header("x-client-key"), Some(NICEPAY.id));
    assert_eq!(answer.header("x-timestamp"), Some(app.now().as_str()));
}

/// A client id of any length that is allowed gets a token that is short enough; the id itself is not in it.
#[test]
fn the_token_says_who_and_until_when_and_no_more() {
    let app = spawn_app();
    let token = app.token(&NICEPAY);
    let parts: Vec<&str> = token.split('.').collect();
    let open = |part: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
    };
    assert_eq!(open(parts[0]), json!({ "alg": "HS256" }));
    let claims = open(parts[1]);
    let names: Vec<&String> = claims.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["exp", "nbf", "sub"]);
    assert_eq!(claims["exp"].as_i64().expect("a time") - claims["nbf"].as_i64().expect("a time"), 900);
    assert!(!claims.to_string().contains(NICEPAY.id));
}

type Case = (&'static str, fn(Request) -> Request, &'static str);

const GOOD: &[Case] = &[
    ("as it is", |r| r, "2007300"),
    ("NICEPAY's SDKs write it so", |r| r.header("Content-Type", "Application/JSON"), "2007300"),
    ("charset", |r| r.header("Content-Type", "application/json; charset=utf-8"), "2007300"),
    ("small names", |r| r.names(str::to_ascii_lowercase), "2007300"),
    ("large names", |r| r.names(str::to_ascii_uppercase), "2007300"),
    ("the second key", |r| r.signed_with(Key::Rotated), "2007300"),
    ("Greenwich", |r| r.timestamp("2024-07-03T03:00:00Z"), "2007300"),
    ("milliseconds", |r| r.timestamp("2024-07-03T10:00:00.123+07:00"), "2007300"),
    ("the window's edge behind", |r| r.timestamp("2024-07-03T09:55:00+07:00"), "2007300"),
    ("the window's edge ahead", |r| r.timestamp("2024-07-03T10:05:00+07:00"), "2007300"),
    ("headers nobody reads", |r| r.also("X-EXTERNAL-ID", "1").also("X-EXTERNAL-ID", "2").also("Via", "a"), "2007300"),
    ("chunked", |r| r.chunked(7), "2007300"),
];

#[test]
fn what_honest_callers_send_is_taken() {
    let app = spawn_app();
    for (name, change, code) in GOOD {
        assert_eq!(app.call(&change(app.token_request(&NICEPAY))).code(), *code, "{name}");
    }
    assert_eq!(app.call(&app.token_request(&OTHER)).code(), "2007300");
}

const REFUSED: &[Case] = &[
    ("unknown client", |r| r.header("X-CLIENT-KEY", "NOBODY"), "4017300 Unauthorized. [Unknown client]"),
    ("another's id", |r| r.header("X-CLIENT-KEY", "OTHERCLIENT"), "4017300 Unauthorized. [Signature]"),
    ("wrong key", |r| r.signed_with(Key::Stranger), "4017300 Unauthorized. [Signature]"),
    ("another's key", |r| r.signed_with(Key::Other), "4017300 Unauthorized. [Signature]"),
    ("HMAC", |r| r.signed_over("secret", "/", b""), "4017300 Unauthorized. [Signature]"),
    ("no base64", |r| r.header("X-SIGNATURE", "%%%"), "4017300 Unauthorized. [Signature]"),
    ("stale", |r| r.timestamp("2024-07-03T09:54:59+07:00"), "4017300 Unauthorized. [Timestamp]"),
    ("ahead", |r| r.timestamp("2024-07-03T10:05:01+07:00"), "4017300 Unauthorized. [Timestamp]"),
    ("not signed", |r| r.header("X-TIMESTAMP", "2024-07-03T10:00:01+07:00"), "4017300 Unauthorized. [Signature]"),
    ("no offset", |r| r.timestamp("2024-07-03T10:00:00"), "4007301 Invalid Field Format X-TIMESTAMP"),
    ("text/plain", |r| r.header("Content-Type", "text/plain"), "4007300 Bad Request"),
    ("no media type", |r| r.without("Content-Type"), "4007300 Bad Request"),
    ("gzip", |r| r.header("Content-Encoding", "gzip"), "4007300 Bad Request"),
    (
        "stale before signature",
        |r| r.timestamp("2024-07-03T09:00:00Z").signed_with(Key::Other),
        "4017300 Unauthorized. [Timestamp]",
    ),
    ("signature before body", |r| r.body("nonsense").signed_with(Key::Other), "4017300 Unauthorized. [Signature]"),
    (
        "missing before malformed",
        |r| r.timestamp("now").without("X-SIGNATURE"),
        "4007302 Invalid Mandatory Field X-SIGNATURE",
    ),
];

#[test]
fn what_others_send_is_refused() {
    let app = spawn_app();
    for (name, change, told) in REFUSED {
        let answer = app.call(&change(app.token_request(&NICEPAY)));
        assert_eq!(answer.told(), *told, "{name}");
        let named = answer.header("x-client-key").is_none_or(|id| [NICEPAY.id, OTHER.id].contains(&id));
        assert!(named, "{name}: only a client of ours is named");
    }
}

/// The token call is asymmetric for every client, and a secret does not sign it.
#[test]
fn a_symmetric_client_fetches_its_token_with_its_key() {
    let app = spawn_app();
    assert_eq!(app.call(&app.token_request(&SYMMETRIC)).code(), "2007300");
    let secret = SYMMETRIC.secret.expect("it has one");
    for (path, body) in [(app.path("access-token/b2b"), app.token_request(&SYMMETRIC).body), (String::new(), vec![])] {
        let request = app.token_request(&SYMMETRIC).signed_over(secret, &path, &body);
        assert_eq!(app.call(&request).told(), "4017300 Unauthorized. [Signature]");
    }
}

/// NICEPAY's clients sign once a second and use the signature for whatever they call in it.
#[test]
fn one_signature_serves_a_token_and_an_inquiry() {
    let app = spawn_app();
    let signature = rsa_signature(Key::Nicepay, &format!("{}|{}", NICEPAY.id, app.now()));
    for _ in 0..2 {
        app.call(&app.token_request(&NICEPAY).header("X-SIGNATURE", signature.as_str())).expect("2007300");
        app.call(&app.inquiry(SAMPLE).header("X-SIGNATURE", signature.as_str())).expect("2000000");
    }
}

fn inquiry_with(app: &App, token: &str) -> String {
    app.call(&app.inquiry(SAMPLE).header("Authorization", format!("Bearer {token}"))).told()
}

#[test]
fn a_token_lives_900_seconds_and_not_one_more() {
    let app = spawn_app();
    let token = app.token(&NICEPAY);
    for (step, told) in [
        (0, "2000000 Successful"),
        (899, "2000000 Successful"),
        (1, "4010001 Invalid Token (B2B)"),
        (59, "4010001 Invalid Token (B2B)"),
    ] {
        app.advance(step);
        assert_eq!(inquiry_with(&app, &token), told, "at {}", app.now());
    }
}

/// The balancer may hand it to an instance whose clock is behind that of the one that made it.
#[test]
fn a_token_is_good_at_once_where_the_clock_is_behind() {
    let app = spawn_app();
    let token = app.token(&NICEPAY);
    for (step, told) in [(-1, "2000000 Successful"), (-299, "2000000 Successful"), (-1, "4010001 Invalid Token (B2B)")]
    {
        app.advance(step);
        assert_eq!(inquiry_with(&app, &token), told, "at {}", app.now());
    }
}

/// The key is what makes a token good, not the process that made it.
#[test]
fn a_token_is_good_on_every_instance() {
    let (one, another) = (spawn_app(), spawn_at("/nicepay", Orders::of(demo_orders()), |provider| provider));
    assert_eq!(inquiry_with(&another, &one.token(&NICEPAY)), "2000000 Successful");
}
