//! What is no SNAP endpoint at all: each trouble has its name, told once.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use nico::conformance::endpoint::{Limits, Report};

use crate::broken::PAYABLE;
use crate::checked::{LIMITS, checked, given, with_verdict};

/// Who hangs is waited for, so not for long.
const IMPATIENT: Limits = Limits { call: Duration::from_secs(1), run: Duration::from_secs(120) };

/// Answers whoever comes, until the test's process ends.
fn listen(answer: impl Fn(TcpStream) + Send + Sync + Clone + 'static) -> String {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    thread::spawn(move || {
        for stream in socket.incoming().flatten() {
            let answer = answer.clone();
            thread::spawn(move || answer(stream));
        }
    });
    address.to_string()
}

/// The head and the body of a request.
fn request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    while reader.read_line(&mut head).unwrap_or(0) > 2 {
        let line = head.lines().last().unwrap_or_default().to_ascii_lowercase();
        length = line.strip_prefix("content-length:").map_or(length, |length| length.trim().parse().unwrap());
    }
    let mut body = vec![0; length];
    drop(reader.read_exact(&mut body));
    head + &String::from_utf8_lossy(&body)
}

fn say(mut stream: &TcpStream, head: &str, body: &str) {
    let length = body.len();
    drop(write!(stream, "HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"));
}

/// The one check that failed, and why; all else must have been skipped.
fn only(report: &Report) -> (&'static str, String) {
    let failed: Vec<_> = report.findings.iter().filter(|finding| finding.verdict.word() == "fail").collect();
    assert_eq!(failed.len(), 1, "{:?}", with_verdict(report, "fail"));
    (failed[0].check.id, failed[0].verdict.reason().unwrap().to_owned())
}

fn holds(report: &Report, id: &str, why: &str) {
    let (failed, reason) = only(report);
    assert!(failed == id && reason.contains(why), "{failed}: {reason}");
}

#[tokio::test]
async fn nobody_listens() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    drop(socket);
    let report = checked(given(&format!("http://{address}")), LIMITS).await;
    holds(&report, "endpoint.reachable", "the connection was refused");
    assert_eq!(with_verdict(&report, "pass"), Vec::<&str>::new());
}

#[tokio::test]
async fn tls_is_not_spoken() {
    let address = listen(|stream| say(&stream, "400 Bad Request", ""));
    let report = checked(given(&format!("https://{address}")), LIMITS).await;
    holds(&report, "endpoint.reachable", "TLS failed");
}

#[tokio::test]
async fn the_host_is_unknown() {
    let report = checked(given("http://no-such-host.invalid"), LIMITS).await;
    holds(&report, "endpoint.reachable", "cannot be resolved");
}

#[tokio::test]
async fn it_is_elsewhere() {
    let address = listen(|stream| {
        request(&stream);
        say(&stream, "301 Moved Permanently\r\nLocation: https://shop.example/", "");
    });
    let report = checked(given(&format!("http://{address}")), LIMITS).await;
    holds(&report, "endpoint.reachable", "redirect (HTTP 301)");
}

#[tokio::test]
async fn it_is_a_web_site() {
    let address = listen(|stream| {
        request(&stream);
        say(&stream, "200 OK\r\nContent-Type: text/html", "<!DOCTYPE html><h1>Toko Siti</h1>");
    });
    let report = checked(given(&format!("http://{address}")), LIMITS).await;
    let reason = report.findings.iter().find(|finding| finding.check.id == "token.issued").unwrap().verdict.reason();
    assert_eq!(reason, Some("expected JSON, and HTTP 200 with a page of HTML came"));
    assert_eq!(with_verdict(&report, "fail"), ["token.issued", "answer.json"], "and nothing more");
}

#[tokio::test]
async fn nothing_comes() {
    let address = listen(|stream| {
        request(&stream);
        drop((&stream).read(&mut [0]));
    });
    let report = checked(given(&format!("http://{address}")), IMPATIENT).await;
    holds(&report, "endpoint.reachable", "no answer within the deadline");
}

#[tokio::test]
async fn the_answer_does_not_end() {
    let address = listen(|mut stream| {
        request(&stream);
        drop(write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"));
        while stream.write_all(&[b' '; 4096]).is_ok() {}
    });
    let report = checked(given(&format!("http://{address}")), LIMITS).await;
    holds(&report, "endpoint.reachable", "does not end");
}

#[tokio::test]
async fn it_is_not_http() {
    let address = listen(|mut stream| {
        request(&stream);
        drop(stream.write_all(b"220 mail.example ESMTP\r\n"));
    });
    let report = checked(given(&format!("http://{address}")), LIMITS).await;
    holds(&report, "endpoint.reachable", "not HTTP");
}

#[tokio::test]
async fn what_hangs_twice_is_not_asked_again() {
    static INQUIRIES: AtomicUsize = AtomicUsize::new(0);
    let address = listen(|stream| {
        let asked = request(&stream);
        let number = PAYABLE[..3].iter().find(|number| asked.contains(*number));
        let first = || INQUIRIES.fetch_add(1, Ordering::SeqCst) < 3;
        if asked.contains("access-token") {
            let token = r#"{"responseCode":"2007300","responseMessage":"Successful","accessToken":"t","tokenType":"Bearer","expiresIn":"900"}"#;
            say(&stream, "200 OK\r\nContent-Type: application/json", token);
        } else if number.is_some() && first() {
            let inquiry = r#"{"responseCode":"2000000","responseMessage":"Successful"}"#;
            say(&stream, "200 OK\r\nContent-Type: application/json", inquiry);
        } else {
            drop((&stream).read(&mut [0]));
        }
    });
    let report = checked(given(&format!("http://{address}")), IMPATIENT).await;
    let said = |why: &str| {
        let findings =
            report.findings.iter().filter(|finding| finding.verdict.reason().is_some_and(|r| r.contains(why)));
        findings.count()
    };
    assert_eq!(said("no answer within the deadline"), 4, "twice each, inquiry and payment");
    assert!(said("cvs/inquiry has left 2 calls unanswered and is not asked again") > 50);
}

#[tokio::test]
async fn a_run_that_is_out_of_time_has_failed() {
    let address = listen(|stream| drop((&stream).read(&mut [0])));
    let limits = Limits { run: Duration::ZERO, ..LIMITS };
    let report = checked(given(&format!("http://{address}")), limits).await;
    holds(&report, "endpoint.reachable", "the time of the run was over");
}
