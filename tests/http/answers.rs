//! What a service may answer, and what each bad answer is called. No error repeats a word of what was received.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nico::clock::SystemClock;
use nico::{OrderRepository, StoreError};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::service::{
    IMPATIENT, MARKER, PATIENT, SAMPLE, SECRET, Service, answer, find, found, order, order_text, orders, try_orders,
};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_read_and_an_unknown_number_is_none() {
    let text = order_text(SAMPLE).replace("\"status\"", "\"fieldOfTheirs\":{\"a\":[1]},\"STATUS\"");
    let expected = order(&order_text(SAMPLE));
    for answer in [found(&text), answer("200 OK", "Application/JSON; charset=utf-8", &text)] {
        assert_eq!(find(&Service::saying(answer).orders(PATIENT), SAMPLE).await.unwrap(), Some(expected.clone()));
    }
    let chunked = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{text}\r\n0\r\n\r\n",
        text.len()
    );
    assert_eq!(find(&Service::saying(chunked).orders(PATIENT), SAMPLE).await.unwrap(), Some(expected));
    let unknown = Service::saying(answer("404 Not Found", "text/html", "<h1>404</h1>")).orders(PATIENT);
    assert_eq!(find(&unknown, SAMPLE).await.unwrap(), None);
    unknown.ready().await.unwrap();
}

/// The error that a service is good for, held to say nothing that was received.
async fn told(service: &Service, patience: Duration) -> StoreError {
    let store = service.orders(patience);
    let error = find(&store, SAMPLE).await.expect_err("an answer that is none");
    let ready = OrderRepository::ready(&store).await.expect_err("a service that is not ready");
    assert_eq!(ready.is_timeout(), error.is_timeout(), "{ready}");
    for error in [&error, &ready] {
        let told = error.to_string();
        assert!(told.starts_with("the orders service "), "{told}");
        assert!(![MARKER, SAMPLE, "127.0.0.1", "localhost", "John"].iter().any(|word| told.contains(word)), "{told}");
    }
    error
}

/// Each of these answers is none, and the sentence on it ends so.
async fn all_told(answers: &[(String, &str)]) {
    for (answered, due) in answers {
        let error = told(&Service::saying(answered.clone()), PATIENT).await;
        assert!(error.to_string().ends_with(due) && !error.is_timeout(), "{answered}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_answer_is_told_by_its_status_or_type() {
    let good = order_text(SAMPLE);
    let says = |status: &str| answer(status, "application/json", &good.replace("John Test", MARKER));
    all_told(&[
        (says("204 No Content"), "answers 204 where 200 or 404 is due"),
        (says("206 Partial Content"), "answers 206 where 200 or 404 is due"),
        (says("400 Bad Request"), "answers 400 where 200 or 404 is due"),
        (says("410 Gone"), "answers 410 where 200 or 404 is due"),
        (says("429 Too Many Requests"), "answers 429 where 200 or 404 is due"),
        (says("401 No"), "refuses the signature (401): both ends must hold the same secret and the same time"),
        (says("403 No"), "refuses the signature (403): both ends must hold the same secret and the same time"),
        (says("500 Internal Server Error"), "answers 500"),
        (says("503 Service Unavailable"), "answers 503"),
        (answer("200 OK", "text/html", &format!("<p>{MARKER}</p>")), "does not answer with application/json"),
        (answer("200 OK", "text/html", &good), "does not answer with application/json"),
        (answer("200 OK", "application/jsonp", &good), "does not answer with application/json"),
        (found(&good).replace("Content-Type", "X-Type"), "does not answer with application/json"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_order_is_told_by_its_field() {
    let good = order_text(SAMPLE);
    let without = |field: &str| found(&good.replace(&format!("\"{field}\""), "\"other\""));
    let besides = |field: &str, value: &str| found(&good.replacen('{', &format!("{{\"{field}\":{value},"), 1));
    let with = |text: &str, by: &str| found(&good.replace(text, by));
    all_told(&[
        (found(&format!("<p>{MARKER}</p>")), "the body is not JSON"),
        (found(&good[..good.len() / 2]), "the body is not JSON"),
        (found(&format!("{good}{good}")), "the body is not JSON"),
        (found(""), "the body is not JSON"),
        (found(&format!("[{good}]")), "the body is JSON but not an object"),
        (found("null"), "the body is JSON but not an object"),
        (besides("PAYNO", "1"), "an object in the body names a key twice"),
        (besides("deep", &format!("{}1{}", "[".repeat(20), "]".repeat(20))), "the body nests deeper than 16"),
        (without("payNo"), "payNo is missing or empty"),
        (without("payNoEmail"), "payNoEmail is missing or empty"),
        (with("\"unpaid\"", "null"), "status is missing or empty"),
        (with("unpaid", MARKER), "status is not of the form it must have"),
        (with("10000.00", "-1"), "amount is not of the form it must have"),
        (with("\"10000.00\"", "1e4"), "amount is not of the form it must have"),
        (with("2030-01-31T12:00:00+07:00", MARKER), "expiresAt is not of the form it must have"),
        (with("John Test", &MARKER.repeat(9)), "payNoName is not of the form it must have"),
        (besides("mitraCd", "[]"), "mitraCd is not of the form it must have"),
        (found(&order_text("701589101111")), "answers with an order of another payNo"),
    ])
    .await;
    let not_utf8 =
        found("{\"a\":\"?\"}").bytes().map(|byte| if byte == b'?' { 0xff } else { byte }).collect::<Vec<_>>();
    let error = told(&Service::saying(not_utf8), PATIENT).await;
    assert!(error.to_string().ends_with("the body is not UTF-8"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_is_read_than_an_order_can_have() {
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(1024 * 1024));
    let just = format!("{}{}", order_text(SAMPLE), " ".repeat(64 * 1024));
    let endless = Service::start(|_, connection| {
        let mut said = connection
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
        while said.is_ok() {
            said = connection.write_all(format!("2000\r\n{}\r\n", " ".repeat(0x2000)).as_bytes());
        }
        false
    });
    for service in [Service::saying(found(&large)), Service::saying(found(&just)), endless] {
        let error = told(&service, PATIENT).await;
        assert!(error.to_string().ends_with("answers with more than 65536 bytes"), "{error}");
    }
    let whole = format!("{}{}", order_text(SAMPLE), " ".repeat(64 * 1024 - order_text(SAMPLE).len()));
    find(&Service::saying(found(&whole)).orders(PATIENT), SAMPLE).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed() {
    let elsewhere = Service::saying(found(&order_text(SAMPLE)));
    for status in ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let to = format!("HTTP/1.1 {status}\r\nLocation: {}{MARKER}\r\nContent-Length: 0\r\n\r\n", elsewhere.url);
        let error = told(&Service::saying(to), PATIENT).await;
        assert!(error.to_string().contains(&format!("answers {} where", &status[..3])), "{error}");
    }
    assert!(elsewhere.received().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_too_long_is_late() {
    let hang = Service::start(|_, connection| connection.read(&mut [0; 1]).is_ok_and(|_| false));
    let drip = Service::start(|_, connection| {
        let mut said = connection.write_all(found(&order_text(SAMPLE)).split_at(80).0.as_bytes());
        while said.is_ok() {
            // It returns when the other end is gone, or after a moment.
            connection.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
            let gone = connection.read(&mut [0; 1]).is_ok();
            said = if gone { Err(std::io::ErrorKind::BrokenPipe.into()) } else { connection.write_all(b" ") };
        }
        false
    });
    for service in [hang, drip] {
        let begun = Instant::now();
        let error = told(&service, IMPATIENT).await;
        assert!(error.is_timeout() && error.to_string().ends_with("did not answer within 400ms"), "{error}");
        assert!(begun.elapsed() < PATIENT / 2, "two calls and no more than their patience");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_does_not_come_about_has_its_cause() {
    let cut = Service::saying(found(&order_text(SAMPLE)).split_at(200).0.to_owned());
    let closed = Service::start(|_, _| false);
    let gibberish = Service::saying("SSH-2.0-OpenSSH_9.2\r\n");
    let refused = format!("http://{}/", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    for (url, due) in [
        (refused, "nobody listens at its address"),
        ("http://no-such-host.invalid/".to_owned(), "the name of its host leads nowhere"),
        // Nobody can be connected to at the address that stands for all.
        ("http://255.255.255.255/".to_owned(), "it cannot be connected to"),
        (closed.url.clone(), "it breaks the connection"),
        (cut.url.clone(), "it breaks the connection"),
        (gibberish.url.clone(), "it does not speak HTTP as it should"),
        (gibberish.url.replace("http:", "https:"), "it does not speak TLS as it should"),
    ] {
        let store = orders(&url, PATIENT, Arc::new(SystemClock));
        let error = OrderRepository::ready(&store).await.expect_err("there is no service");
        assert_eq!(error.to_string(), format!("the orders service cannot be used: {due}"), "{url}");
        assert!(!error.is_timeout());
    }
}

/// A service that knows no number and shows a certificate that openssl has made, which lies in `folder`.
fn with_certificate(folder: &Path, options: &[&str]) -> String {
    let (key, certificate) = (folder.join("key.pem"), folder.join("certificate.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=shop"])
        .args(options)
        .args(["-keyout".as_ref(), key.as_os_str(), "-out".as_ref(), certificate.as_os_str()])
        .output()
        .unwrap_or_else(|error| panic!("openssl cannot be started ({error}): on Debian it is the package openssl"));
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let shown = CertificateDer::from_pem_slice(&fs::read(certificate).unwrap()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&fs::read(key).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![shown], key).unwrap());
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}/", socket.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for mut connection in socket.incoming().map(Result::unwrap) {
            let mut session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::Stream::new(&mut session, &mut connection);
            if stream.read(&mut [0; 1024]).is_ok_and(|length| length > 0) {
                let _ = stream.write_all(answer("404 Not Found", "text/plain", "").as_bytes());
            }
        }
    });
    url
}

const FOR_LOCALHOST: [&str; 2] = ["-addext", "subjectAltName=DNS:localhost"];
const FOR_ANOTHER: [&str; 2] = ["-addext", "subjectAltName=DNS:another.shop"];
/// Not for signing others with; openssl makes such as are, unless it is told.
const NO_AUTHORITY: [&str; 2] = ["-addext", "basicConstraints=critical,CA:FALSE"];

/// In a process of its own, for the environment says whom the machine trusts. `due` is what is said of the service.
fn trusted(options: &[&str], due: &str) {
    let folder = tempfile::tempdir().unwrap();
    let url = with_certificate(folder.path(), options);
    let own = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "answers::a_certificate_that_the_machine_trusts_will_do"])
        .env("SSL_CERT_FILE", folder.path().join("certificate.pem"))
        .env("NICO_TEST_SHOP", url)
        .env("NICO_TEST_DUE", due)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&own.stdout);
    assert!(own.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn a_certificate_that_the_machine_trusts_will_do() {
    if let (Ok(url), Ok(due)) = (std::env::var("NICO_TEST_SHOP"), std::env::var("NICO_TEST_DUE")) {
        let store = orders(&url, PATIENT, Arc::new(SystemClock));
        let ready = actix_web::rt::System::new().block_on(OrderRepository::ready(&store));
        assert_eq!(ready.map_or_else(|error| error.to_string(), |()| "ready".to_owned()), due);
        return;
    }
    let cannot_be_used = |why: &str| format!("the orders service cannot be used: {why}");
    trusted(&[FOR_LOCALHOST, NO_AUTHORITY].concat(), "ready");
    trusted(&[FOR_ANOTHER, NO_AUTHORITY].concat(), &cannot_be_used("its certificate is for another name"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_nobody_trusts_is_told() {
    for (options, due) in [
        ([FOR_LOCALHOST, NO_AUTHORITY].concat(), "its certificate was signed by nobody whom this machine trusts"),
        (FOR_LOCALHOST.to_vec(), "its certificate is one to sign others with, not one to serve with"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let store = orders(&with_certificate(folder.path(), &options), PATIENT, Arc::new(SystemClock));
        let error = OrderRepository::ready(&store).await.expect_err("nobody trusts it");
        assert_eq!(error.to_string(), format!("the orders service cannot be used: {due}"));
    }
}

#[test]
fn what_is_no_url_of_a_service_is_refused_without_a_word_of_it() {
    let not_whole = "it must be a whole URL, with https:// or http:// before its host";
    for (url, due) in [
        ("", not_whole),
        ("/nico/orders", not_whole),
        ("https://", not_whole),
        ("ftp://Mark3rOfWhatWasReceived/", not_whole),
        ("sqlite:Mark3rOfWhatWasReceived", not_whole),
        ("https://user@shop.internal/", "its URL must have no user and no password: the signature says who calls"),
        (
            "https://:Mark3rOfWhatWasReceived@shop.internal/",
            "its URL must have no user and no password: the signature says who calls",
        ),
        ("https://shop.internal/#Mark3rOfWhatWasReceived", "its URL must have no #fragment, which is sent to nobody"),
    ] {
        let refused = try_orders(url, SECRET, PATIENT, Arc::new(SystemClock)).err().expect("it is no URL of a service");
        assert_eq!(refused.to_string(), due, "{url}");
    }
    for url in ["https://shop.internal/nico/orders?a=b", "http://10.0.0.7:8001", "http://[::1]/"] {
        assert!(try_orders(url, SECRET, PATIENT, Arc::new(SystemClock)).is_ok(), "{url}");
    }
}
