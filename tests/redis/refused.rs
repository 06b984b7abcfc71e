//! What is wrong at the start is one sentence, without the password.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::claims::{connect, take, tell};
use crate::services::{Service, fresh_database};

/// The sentence with which a store does not come about.
async fn sentence(url: &str, password: Option<&str>) -> String {
    let begun = Instant::now();
    let told = connect(url, password).await.err().unwrap_or_else(|| panic!("{url} was taken")).to_string();
    assert!(begun.elapsed() < Duration::from_secs(8), "{told}, after {:?}", begun.elapsed());
    assert!(!told.contains("s3cret") && !told.contains('\n'), "{told}");
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_or_none() {
    let service = Service::start("redis", &["--password", "right"]);
    let port = service.port("redis");
    let taken = format!("Redis at 127.0.0.1:{port} does not take the user's name and password");
    assert_eq!(sentence(&format!("redis://:s3cret@127.0.0.1:{port}"), None).await, taken);
    assert_eq!(sentence(&format!("redis://127.0.0.1:{port}"), Some("s3cret")).await, taken);
    assert_eq!(sentence(&format!("redis://ann@127.0.0.1:{port}"), Some("right")).await, taken);
    let none = sentence(&format!("redis://127.0.0.1:{port}"), None).await;
    assert_eq!(none, format!("Redis at 127.0.0.1:{port} asks for a password and is given none"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for kind in ["", "+sentinel", "+cluster"] {
        let name = if kind == "+sentinel" { "/nico" } else { "" };
        let told = sentence(&format!("redis{kind}://:s3cret@127.0.0.1:{port}{name}"), None).await;
        assert!(told.starts_with(&format!("Redis at 127.0.0.1:{port} cannot be reached")), "{told}");
    }
    let told = sentence("redis://:s3cret@no-such-host.invalid", None).await;
    assert!(told.starts_with("Redis at no-such-host.invalid:6379 cannot be reached"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer() {
    let service = Service::start("redis", &[]);
    service.pause();
    let told = sentence(service.url(), None).await;
    assert!(told.ends_with("does not answer in time"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_nobody_trusts() {
    let service = Service::start("redis", &["--tls"]);
    let told = sentence(service.url(), None).await;
    assert!(told.contains("shows a certificate that is not trusted here"), "{told}");
    let plain = sentence(&service.url().replace("rediss", "redis"), None).await;
    assert!(plain.contains("cannot be reached"), "{plain}");
    let unencrypted = sentence(&fresh_database("redis").replace("redis", "rediss"), None).await;
    // It takes our greeting for the beginning of a line, unless there is the end of one in it.
    assert!(unencrypted.contains("answer in time") || unencrypted.contains("cannot be reached"), "{unencrypted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_may_not_write() {
    let service = Service::start("redis", &[]);
    let port = service.port("redis");
    let () = tell(port, &["ACL", "SETUSER", "reader", "on", ">s3cret", "~*", "+@read", "+@connection"]);
    let told = sentence(&format!("redis://reader@127.0.0.1:{port}"), Some("s3cret")).await;
    assert!(told.ends_with("does not let this user write keys that begin with nico:"), "{told}");
    // This is all that is needed.
    let () = tell(port, &["ACL", "SETUSER", "nico", "on", ">s3cret", "~nico:*", "+set"]);
    let store = connect(&format!("redis://nico@127.0.0.1:{port}"), Some("s3cret")).await.unwrap();
    take(&store, "1").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_there() {
    let service = Service::start("redis", &[]);
    let told = sentence(&format!("{}/10000", service.url()), None).await;
    assert!(told.contains("DB index is out of range"), "{told}");
}
