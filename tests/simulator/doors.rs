//! What is no call at all has an answer too, in JSON, and says that it is not NICEPAY's.

use std::time::Duration;

use nico::simulator::books::Books;

use crate::desk::{CHECKOUT, Desk, Fields, PAGE, REFERENCE, V1, V1_CANCEL, V1_STATUS, V2, V2_CANCEL, V2_STATUS};

const CALLS: [&str; 7] = [V1, V1_STATUS, V1_CANCEL, V2, V2_STATUS, V2_CANCEL, CHECKOUT];

#[test]
fn unknown_paths_and_verbs_are_answered() {
    let desk = Desk::new();
    for path in
        ["/nicepay/", "/nicepay/api/onepass.do", "/nicepay/api/onePass.do/", "/nicepay/direct/v2", "/nicepay/x?y"]
    {
        let answer = desk.ask("POST", path, "", "");
        assert_eq!((answer.status, answer.code().as_str()), (404, "9001"), "{path}");
        assert_eq!(desk.verdict(), "NICEPAY has no such path");
    }
    for path in CALLS {
        for verb in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let answer = desk.ask(verb, path, "", "");
            assert_eq!((answer.status, answer.code().as_str()), (405, "9001"), "{verb} {path}");
            assert!(answer.head.contains("\r\nallow: post"), "{answer:?}");
            assert_eq!(desk.verdict(), "this path takes POST and nothing else");
        }
    }
    assert_eq!(desk.ask("PUT", PAGE, "", "").status, 405);
}

/// Any page may send a form to 127.0.0.1, and the sandbox's key is public.
#[test]
fn a_web_page_registers_nothing() {
    let desk = Desk::new();
    let form = Fields::registration(REFERENCE).v1().form();
    for header in
        ["Origin: https://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-origin"]
    {
        let answer = desk.ask("POST", V1, &format!("{header}\r\n"), &form);
        assert_eq!((answer.status, answer.code().as_str()), (403, "9001"), "{header}");
        assert!(desk.verdict().starts_with("a web page sent this"), "{}", desk.verdict());
    }
    assert_eq!(desk.ask("POST", V1, "", &form).code(), "0000");
}

#[test]
fn a_body_that_is_none_is_refused() {
    let desk = Desk::new();
    for body in ["", "{", "[]", "null", "amt=1", r#"{"amt":"1","AMT":"2"}"#] {
        for path in [V2, V2_STATUS, V2_CANCEL, CHECKOUT] {
            let answer = desk.ask("POST", path, "Content-Type: application/json\r\n", body);
            assert_eq!((answer.status, answer.code().as_str()), (200, "9001"), "{path} {body}");
            assert!(desk.verdict().ends_with("V2 and Checkout take one JSON object (application/json)"));
        }
    }
    let json = Fields::registration(REFERENCE).v1().json();
    assert_eq!(desk.ask("POST", V1, "Content-Type: application/json\r\n", &json).code(), "9001");
    assert!(desk.verdict().starts_with("the body is JSON, and V1 takes a form"), "{}", desk.verdict());
    assert_eq!(desk.ask("POST", V1, "", "").code(), "9011", "an empty form has no iMid");
}

#[test]
fn a_body_without_end_is_refused() {
    let desk = Desk::new();
    let whole = format!("description={}", "x".repeat(64 * 1024));
    for path in CALLS {
        let answer = desk.ask("POST", path, "", &whole);
        assert_eq!((answer.status, answer.code().as_str()), (413, "9001"), "{path}");
        assert_eq!(desk.verdict(), "the body has more than 65536 bytes");
    }
    let desk = Desk::with(Books::default(), |gateway| gateway.deadline(Duration::from_millis(50)));
    for path in [V1, V2] {
        for length in ["Content-Length: 100", "Transfer-Encoding: chunked"] {
            let slow = format!("POST {path} HTTP/1.1\r\nHost: nico\r\n{length}\r\n\r\n");
            let answer = desk.raw(&slow);
            assert_eq!((answer.status, answer.code().as_str()), (408, "1004"), "{path} {length}");
            assert_eq!(desk.verdict(), "the body did not arrive in time");
        }
    }
}
