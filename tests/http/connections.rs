//! Connections are kept, given up without a failure, and bounded in number; and what goes over them.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use nico::adapters::http::HttpOrders;
use nico::clock::FixedClock;
use sha2::Sha256;
use tokio::task::JoinSet;

use crate::process::wait_for;
use crate::service::{
    IMPATIENT, PATIENT, Received, SAMPLE, SECRET, Service, answer, find, found, lock, order_text, orders,
};

/// Verified here by hand, and not by the code that signs.
pub(crate) fn is_signed(request: &Received) -> bool {
    let key = STANDARD.decode(SECRET.trim_start_matches("whsec_")).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{}.{}.", request.header("webhook-id"), request.header("webhook-timestamp")).as_bytes());
    mac.update(&request.body);
    request.header("webhook-signature") == format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_signed_and_says_nothing_more_than_the_number() {
    let service = Service::saying(found(&order_text(SAMPLE)));
    let clock = FixedClock::at("2024-01-22T15:00:01.9+07:00".parse().unwrap());
    let store = orders(&service.url, PATIENT, Arc::new(clock));
    find(&store, SAMPLE).await.unwrap();
    find(&store, SAMPLE).await.unwrap();
    let received = service.received();
    let [request, again] = &received[..] else { panic!("two questions, not {received:?}") };
    assert_eq!(request.line, "POST /nico/orders?shop=1 HTTP/1.1");
    assert_eq!(
        String::from_utf8_lossy(&request.body),
        r#"{"payNo":"701589101110","partnerServiceId":"7015","customerNo":"89101110"}"#
    );
    assert_eq!((request.header("content-type"), request.header("accept")), ("application/json", "application/json"));
    assert_eq!(request.header("webhook-timestamp"), "1705910401");
    assert!(is_signed(request) && is_signed(again));
    assert_ne!(request.header("webhook-id"), again.header("webhook-id"), "each question has an id of its own");
    for header in ["cookie", "authorization", "referer", "user-agent", "accept-encoding"] {
        assert_eq!(request.header(header), "", "{header}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_used_again() {
    let service = Service::start(|_, connection| {
        connection.write_all(found(&order_text(SAMPLE)).as_bytes()).unwrap();
        true
    });
    let store = service.orders(PATIENT);
    for _ in 0..20 {
        find(&store, SAMPLE).await.unwrap();
    }
    // One that is given back a moment after its answer was read is missed by whoever asks within that moment.
    let opened: BTreeSet<_> = service.received().iter().map(|request| request.connection).collect();
    assert!(opened.len() <= 3, "{opened:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_the_service_has_closed_fails_nobody() {
    let service = Service::saying(found(&order_text(SAMPLE)));
    let store = service.orders(PATIENT);
    for _ in 0..20 {
        find(&store, SAMPLE).await.unwrap();
    }
    assert_eq!(service.received().len(), 20, "each is asked once");
}

/// The question is on its way when the service closes: it comes again, the same, over a connection of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_meets_a_closing_connection_is_asked_once_more() {
    let asked = AtomicUsize::new(0);
    let service = Service::start(move |_, connection| {
        // The second on each connection is not answered any more.
        let is_answered = asked.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
        is_answered && connection.write_all(found(&order_text(SAMPLE)).as_bytes()).is_ok()
    });
    let store = service.orders(PATIENT);
    for _ in 0..3 {
        find(&store, SAMPLE).await.unwrap().unwrap();
    }
    let received = service.received();
    let met = received.windows(2).filter(|pair| pair[0].header("webhook-id") == pair[1].header("webhook-id"));
    let met: Vec<_> = met.inspect(|pair| assert_ne!(pair[0].connection, pair[1].connection)).collect();
    assert!(!met.is_empty() && met.iter().all(|pair| pair[0].body == pair[1].body), "{received:?}");
}

/// Asks so often at once.
fn ask(store: &Arc<HttpOrders>, times: usize) -> JoinSet<Result<bool, String>> {
    let mut calls = JoinSet::new();
    for _ in 0..times {
        let store = Arc::clone(store);
        calls.spawn(async move {
            find(&store, SAMPLE).await.map(|order| order.is_some()).map_err(|error| {
                assert!(error.is_timeout(), "{error}");
                error.to_string()
            })
        });
    }
    calls
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_calls_are_under_way_at_once() {
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let (held, peak) = (Arc::clone(&gate), Arc::new(AtomicUsize::new(0)));
    let (under_way, seen) = (AtomicUsize::new(0), Arc::clone(&peak));
    let service = Service::start(move |_, connection| {
        seen.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        drop(held.1.wait_while(lock(&held.0), |is_open| !*is_open).unwrap());
        under_way.fetch_sub(1, Ordering::SeqCst);
        connection.write_all(answer("404 Not Found", "application/json", "{}").as_bytes()).is_ok()
    });
    let calls = ask(&Arc::new(service.orders(PATIENT)), HttpOrders::CALLS + 36);
    let all_places = || (peak.load(Ordering::SeqCst) >= HttpOrders::CALLS).then_some(());
    tokio::task::block_in_place(|| wait_for("the calls to arrive", all_places));
    *lock(&gate.0) = true;
    gate.1.notify_all();
    assert!(calls.join_all().await.into_iter().all(|found| found == Ok(false)));
    assert_eq!((peak.load(Ordering::SeqCst), service.received().len()), (HttpOrders::CALLS, HttpOrders::CALLS + 36));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_a_service_that_hangs_waits_no_longer_than_the_patience() {
    let service = Service::start(|_, connection| std::io::Read::read(connection, &mut [0; 1]).is_ok_and(|_| false));
    let begun = Instant::now();
    let calls = ask(&Arc::new(service.orders(IMPATIENT)), 3 * HttpOrders::CALLS);
    assert!(calls.join_all().await.into_iter().all(|found| found.is_err()));
    assert!(begun.elapsed() < PATIENT / 2);
}
