//! `nico call notification`, `reversal` and `callback`: what NICEPAY and the customer's browser send to a merchant's shop.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use crate::process::{Folder, Ran};

/// The published sandbox's key makes this of the tXid below and 10000 (tests/vectors/merchant_token.json).
const TOKEN: &str = "c9d35e8439bb568c0ac2ca2115f2a56d3ee46136efddf1516343163f1c31295b";
const T_XID: &str = "IONPAYTEST03202406191012345678";

/// A shop that acknowledges everything with this status, and what it is sent: the request line, and the body.
fn shop(status: u16) -> (String, Receiver<(String, String)>) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let (tell, heard) = channel();
    std::thread::spawn(move || {
        for connection in socket.incoming() {
            let mut connection = BufReader::new(connection.unwrap());
            let (mut line, mut length) = (String::new(), 0);
            connection.read_line(&mut line).unwrap();
            loop {
                let mut header = String::new();
                connection.read_line(&mut header).unwrap();
                if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if header.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            connection.read_exact(&mut body).unwrap();
            let said = format!("HTTP/1.1 {status} X\r\nContent-Length: 7\r\nConnection: close\r\n\r\nSUCCESS");
            connection.get_mut().write_all(said.as_bytes()).unwrap();
            tell.send((line.trim().to_owned(), String::from_utf8(body).unwrap())).unwrap();
        }
    });
    (url, heard)
}

fn call(folder: &Folder, verb: &str, url: &str, more: &[&str]) -> Ran {
    let to = format!("{url}/told?shop=1");
    let args = ["call", verb, "--to", &to, "--reference-no", "INV 1", "--amt", "10000", "--t-xid", T_XID];
    folder.nico(&[&args[..], more].concat())
}

#[test]
fn nicepay_itself_is_not_called() {
    let folder = Folder::with_keys();
    for (to, why) in [
        ("https://dev.NICEPAY.co.id./nicepay", "this is a host of NICEPAY's own"),
        ("https://user@nicepay%2Eco%2Eid", "this is a host of NICEPAY's own"),
        ("https://ｎｉｃｅｐａｙ。co。id/", "this is a host of NICEPAY's own"),
        ("https://[::ffff:6714:3327]/", "this is a host of NICEPAY's own"),
        ("shop.example", "the address is no http or https URL"),
    ] {
        let ran = folder.nico(&["call", "notification", "--to", to, "--reference-no", "INV 1", "--amt", "10000"]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.starts_with(&format!("nico: {to} is not called: {why}")), "{ran:?}");
    }
}

#[test]
fn a_notification_is_a_form_with_its_token() {
    let folder = Folder::with_keys();
    let (url, heard) = shop(200);
    for (verb, status) in [("notification", "&status=0&"), ("reversal", "&status=1&")] {
        let shown = call(&folder, verb, &url, &["--pay-no", "001122334455"]).good();
        let (line, body) = heard.recv().unwrap();
        assert_eq!(line, "POST /told?shop=1 HTTP/1.1");
        let begin = format!("tXid={T_XID}&merchantToken={TOKEN}&referenceNo=INV+1&payMethod=03&amt=10000&");
        assert!(body.starts_with(&begin) && body.contains(status) && body.contains("&payNo=001122334455&"), "{body}");
        assert!(body.contains("&matchCl=1&") && body.contains("&mitraCd=ALMA&"), "{body}");
        assert!(shown.contains(&format!("string to sign: IONPAYTEST{T_XID}10000<merchantKey>")), "{shown}");
        assert!(!shown.contains("33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R"), "{shown}");
    }
}

#[test]
fn faults_of_a_notification() {
    let folder = Folder::with_keys();
    let (url, heard) = shop(200);
    let told = |fault: &str, times: usize| {
        call(&folder, "notification", &url, &["--fault", fault]).good();
        (0..times).map(|_| heard.recv().unwrap().1).collect::<Vec<_>>()
    };
    assert!(!told("wrong-key", 1)[0].contains(TOKEN));
    assert!(!told("missing-field=matchCl", 1)[0].contains("matchCl"));
    assert!(told("set-field=status:9", 1)[0].contains("&status=9&"));
    let altered = &told("altered-body", 1)[0];
    assert!(altered.contains("&amt=100000&") && altered.contains(TOKEN), "more than was signed: {altered}");
    let twice = told("duplicate", 2);
    assert_eq!(twice[0], twice[1]);
    let crossed = told("out-of-order", 2);
    assert!(crossed[0].contains("&status=1&") && crossed[1].contains("&status=0&"), "{crossed:?}");
    told("dropped", 1);
    call(&folder, "notification", &url, &["--fault", "stale"]).refused(&["has no meaning for notification"]);
}

#[test]
fn a_callback_is_a_browser_that_comes_back() {
    let folder = Folder::with_keys();
    let (url, heard) = shop(200);
    call(&folder, "callback", &url, &["--pay-no", "001122334455"]).good();
    let (line, body) = heard.recv().unwrap();
    let begin = format!("GET /told?shop=1&tXid={T_XID}&referenceNo=INV+1&amount=10000&transDt=");
    assert!(line.starts_with(&begin) && body.is_empty(), "{line}");
    assert!(line.ends_with("&payNo=001122334455&mitraCd=ALMA&resultCd=0000&resultMsg=SUCCESS HTTP/1.1"), "{line}");
}

#[test]
fn what_is_not_acknowledged_fails() {
    let folder = Folder::with_keys();
    call(&folder, "notification", &shop(500).0, &[]).refused(&["notification was refused", "500"]);
    call(&folder, "notification", "https://dev.nicepay.co.id", &[]).refused(&["a host of NICEPAY's own"]);
    call(&folder, "notification", "nowhere", &[]).refused(&["no http or https URL"]);
    let key = ["--imid", "SHOPSHOP01", "--merchant-key", "none"];
    call(&folder, "notification", &shop(200).0, &key).refused(&["none", "put the merchant key"]);
}
