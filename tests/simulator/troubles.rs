//! What comes back from a server that is wrong, and by which name it is called.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use nico::simulator::exchange::{Answer, Sent, Trouble};
use nico::simulator::wire::Wire;

/// Long enough for loopback, and soon over.
const DEADLINE: Duration = Duration::from_millis(500);

/// A server that does this with each connection, once the request's head is in.
fn server(serve: fn(TcpStream)) -> String {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for connection in socket.incoming() {
            let mut connection = connection.unwrap();
            std::thread::spawn(move || {
                let mut head = [0; 1024];
                let _ = connection.read(&mut head).unwrap();
                serve(connection);
            });
        }
    });
    address
}

fn send(url: &str) -> Result<Answer, Trouble> {
    // As main does it: reqwest brings no TLS provider of its own.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let sent = Sent { method: "POST".into(), url: url.into(), headers: vec![], body: "{}".into() };
    let wire = Wire::new(DEADLINE).unwrap();
    actix_web::rt::System::new().block_on(wire.send(&sent)).0
}

#[test]
fn an_answer_is_taken_whatever_it_is() {
    let teapot = server(|mut connection| {
        let said = "HTTP/1.1 418 Teapot\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 4\r\n\r\n<p>!";
        connection.write_all(said.as_bytes()).unwrap();
    });
    let answer = send(&format!("http://{teapot}/x")).unwrap();
    let headers: Vec<_> = answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!((answer.status, answer.body.as_str()), (418, "<p>!"));
    assert_eq!(headers, [("x-a", "1"), ("x-a", "2"), ("content-length", "4")]);
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = server(|mut connection| {
        let said = "HTTP/1.1 302 Found\r\nLocation: https://dev.nicepay.co.id/\r\nContent-Length: 0\r\n\r\n";
        connection.write_all(said.as_bytes()).unwrap();
    });
    assert_eq!(send(&format!("http://{elsewhere}")).unwrap().status, 302);
}

#[test]
fn every_trouble_has_its_name() {
    let refused = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let hang = server(|mut connection| {
        let _ = connection.read(&mut [0; 8]);
    });
    let slow_body = server(|mut connection| {
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
        let _ = connection.read(&mut [0; 8]);
    });
    let endless = server(|mut connection| {
        let mut said = connection.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while said.is_ok() {
            said = connection.write_all(format!("2000\r\n{}\r\n", "x".repeat(0x2000)).as_bytes());
        }
    });
    let closed = server(drop);
    let cut = server(|mut connection| {
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
    });
    let gibberish = server(|mut connection| {
        let _ = connection.write_all(b"SSH-2.0-OpenSSH_9.2\r\n");
    });
    for (url, trouble) in [
        (refused, Trouble::Refused),
        (format!("http://{hang}"), Trouble::Hang),
        (format!("http://{slow_body}"), Trouble::Hang),
        (format!("http://{endless}"), Trouble::Endless),
        (format!("http://{closed}"), Trouble::Closed),
        (format!("http://{cut}"), Trouble::Closed),
        (format!("http://{gibberish}"), Trouble::NotHttp),
        (format!("https://{gibberish}"), Trouble::Tls),
        ("http://no-such-host.invalid".to_owned(), Trouble::UnknownHost),
        // Nobody can be connected to at the address that stands for all.
        ("http://255.255.255.255/".to_owned(), Trouble::Unreachable),
        ("https://dev.nicepay.co.id/nicepay".to_owned(), Trouble::RealNicepay),
        ("ftp://127.0.0.1".to_owned(), Trouble::NoUrl),
    ] {
        assert_eq!(send(&url).err(), Some(trouble), "{url}");
    }
}

/// A URL may hold any word, and a head any length.
#[test]
fn what_stands_in_the_url_is_no_reason() {
    let large_head = server(|mut connection| {
        let _ = connection.write_all(format!("HTTP/1.1 200 OK\r\nX-A: {}\r\n\r\n", "x".repeat(600_000)).as_bytes());
    });
    let closed = server(drop);
    assert_eq!(send(&format!("http://{large_head}")).err(), Some(Trouble::Endless));
    assert_eq!(send(&format!("http://{closed}/alert/tls/certificate/parse")).err(), Some(Trouble::Closed));
}
