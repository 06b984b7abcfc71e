//! A service that goes and comes back: nobody waits for it meanwhile, and it is found again soon.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use nico::adapters::http::HttpOrders;
use nico::clock::SystemClock;
use nico::{Order, OrderRepository};
use tokio::task::JoinSet;

use crate::process::{free_port, wait_for};
use crate::service::{MARKER, PATIENT, SAMPLE, Service, answer, find, found, order_text, orders};

/// What a service is in the mood for.
const WELL: u8 = 0;
const FAILING: u8 = 1;
const HANGING: u8 = 2;
const FORGETFUL: u8 = 3;
const REFUSING: u8 = 4;

/// What the breaker's own file says.
const FAILURES: usize = 5;
const BACK_WITHIN: Duration = Duration::from_secs(2);

fn moody(mood: &Arc<AtomicU8>) -> Service {
    let mood = Arc::clone(mood);
    Service::start(move |_, connection| match mood.load(Ordering::SeqCst) {
        WELL => connection.write_all(found(&order_text(SAMPLE)).as_bytes()).is_ok(),
        FAILING => connection.write_all(answer("502 Bad Gateway", "text/html", MARKER).as_bytes()).is_ok(),
        FORGETFUL => connection.write_all(answer("404 Not Found", "text/html", MARKER).as_bytes()).is_ok(),
        REFUSING => connection.write_all(answer("400 Bad Request", "text/html", MARKER).as_bytes()).is_ok(),
        _ => connection.read(&mut [0; 1]).is_ok_and(|_| false),
    })
}

/// Asks until there is an answer, as customers do.
async fn until_answered(store: &HttpOrders) -> Order {
    loop {
        match find(store, SAMPLE).await {
            Ok(order) => return order.unwrap(),
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_fails_is_let_be_and_found_again() {
    let mood = Arc::new(AtomicU8::new(FAILING));
    let service = moody(&mood);
    let store = service.orders(PATIENT);
    let begun = Instant::now();
    for _ in 0..FAILURES {
        assert!(find(&store, SAMPLE).await.unwrap_err().to_string().ends_with("answers 502"));
    }
    for _ in 0..100 {
        // Where the machine is so slow that a probe was due, it has heard the same as all before.
        let error = find(&store, SAMPLE).await.unwrap_err();
        let told = error.to_string();
        assert!(told.ends_with("is down and was not asked") || told.ends_with("answers 502"), "{told}");
        assert!(!error.is_timeout());
    }
    let probes = usize::try_from(begun.elapsed().as_millis() / 500).unwrap();
    let asked = service.received().len();
    assert!((FAILURES..=FAILURES + probes).contains(&asked), "{asked} calls");
    assert!(OrderRepository::ready(&store).await.is_err());
    mood.store(WELL, Ordering::SeqCst);
    let back = Instant::now();
    until_answered(&store).await;
    assert!(back.elapsed() < BACK_WITHIN, "{:?}", back.elapsed());
    for _ in 0..100 {
        find(&store, SAMPLE).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_hangs_is_found_again_while_the_probes_still_hang() {
    let mood = Arc::new(AtomicU8::new(HANGING));
    let service = moody(&mood);
    // Longer than the time within which it has to be found: a probe that waited for the one before would be too late.
    let patience = BACK_WITHIN + Duration::from_millis(500);
    let store = Arc::new(service.orders(patience));
    hang(&store, &service, FAILURES).join_all().await;
    let begun = Instant::now();
    let error = find(&store, SAMPLE).await.unwrap_err();
    assert!(error.is_timeout(), "it is told as it was last: {error}");
    assert!(begun.elapsed() < patience / 2, "and at once");
    // Those who come meanwhile; now and then one of them is a probe, and hangs.
    let (asking, hung) = (Arc::clone(&store), service.received().len());
    let customers = tokio::spawn(async move {
        loop {
            let store = Arc::clone(&asking);
            tokio::spawn(async move { find(&store, SAMPLE).await });
            tokio::task::yield_now().await;
        }
    });
    tokio::task::block_in_place(|| {
        wait_for("a probe", || (service.received().len() > hung).then_some(()));
    });
    mood.store(WELL, Ordering::SeqCst);
    let back = Instant::now();
    until_answered(&store).await;
    assert!(back.elapsed() < BACK_WITHIN, "{:?}", back.elapsed());
    customers.abort();
}

/// Calls so many at once, which hang, and comes back when the service has been asked.
fn hang(store: &Arc<HttpOrders>, service: &Service, calls: usize) -> JoinSet<()> {
    let (before, mut hanging) = (service.received().len(), JoinSet::new());
    for _ in 0..calls {
        let store = Arc::clone(store);
        hanging.spawn(async move { assert!(find(&store, SAMPLE).await.unwrap_err().is_timeout()) });
    }
    let arrived = || (service.received().len() == before + calls).then_some(());
    tokio::task::block_in_place(|| wait_for("the calls to arrive", arrived));
    hanging
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_found_again_also_while_all_places_are_taken() {
    let mood = Arc::new(AtomicU8::new(HANGING));
    let service = moody(&mood);
    let patience = BACK_WITHIN * 5 / 2;
    let (store, begun) = (Arc::new(service.orders(patience)), Instant::now());
    let first = hang(&store, &service, FAILURES);
    let is_time = || (begun.elapsed() > patience / 2).then_some(());
    tokio::task::block_in_place(|| wait_for("half the patience to pass", is_time));
    let _others = hang(&store, &service, HttpOrders::CALLS - FAILURES);
    // They get the places of the first when these are given up, and hang in them.
    let waiting = Arc::clone(&store);
    let customer = move |_| {
        let store = Arc::clone(&waiting);
        async move { drop(find(&store, SAMPLE).await) }
    };
    let _waiting: JoinSet<()> = (0..FAILURES).map(customer).collect();
    first.join_all().await;
    let all_hang = || (service.received().len() >= HttpOrders::CALLS + FAILURES).then_some(());
    tokio::task::block_in_place(|| wait_for("the places to be taken again", all_hang));
    mood.store(WELL, Ordering::SeqCst);
    let back = Instant::now();
    until_answered(&store).await;
    assert!(back.elapsed() < BACK_WITHIN, "{:?}", back.elapsed());
}

/// As when a machine is exchanged for another: what was kept is dead, and says nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_found_again_also_while_the_kept_connections_are_dead() {
    const KEPT: usize = 16;
    let (are_dead, all_open) = (Arc::new(AtomicBool::new(false)), Barrier::new(KEPT));
    let dead = Arc::clone(&are_dead);
    let service = Service::start(move |request, connection| {
        let is_kept = request.connection < KEPT;
        if is_kept && dead.load(Ordering::SeqCst) {
            return connection.read(&mut [0; 1]).is_ok_and(|_| false);
        }
        if is_kept {
            all_open.wait();
        }
        connection.write_all(found(&order_text(SAMPLE)).as_bytes()).is_ok()
    });
    let store = Arc::new(service.orders(BACK_WITHIN / 2));
    let opened = Arc::clone(&store);
    let open = move |_| {
        let store = Arc::clone(&opened);
        async move { find(&store, SAMPLE).await.unwrap() }
    };
    (0..KEPT).map(open).collect::<JoinSet<_>>().join_all().await;
    are_dead.store(true, Ordering::SeqCst);
    hang(&store, &service, FAILURES).join_all().await;
    let back = Instant::now();
    until_answered(&store).await;
    assert!(back.elapsed() < BACK_WITHIN, "{:?}", back.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_not_there_is_found_when_it_comes() {
    let place = format!("127.0.0.1:{}", free_port());
    let store = orders(&format!("http://{place}/nico/orders"), PATIENT, Arc::new(SystemClock));
    for _ in 0..FAILURES {
        assert!(find(&store, SAMPLE).await.unwrap_err().to_string().contains("nobody listens"));
    }
    let _service = Service::on(TcpListener::bind(place).unwrap(), |_, connection| {
        connection.write_all(found(&order_text(SAMPLE)).as_bytes()).is_ok()
    });
    let back = Instant::now();
    until_answered(&store).await;
    assert!(back.elapsed() < BACK_WITHIN, "{:?}", back.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_one_order_is_no_reason_to_ask_no_more() {
    for (mood, is_error) in [(FORGETFUL, false), (REFUSING, true)] {
        let service = moody(&Arc::new(AtomicU8::new(mood)));
        let store = service.orders(PATIENT);
        for _ in 0..4 * FAILURES {
            assert_eq!(find(&store, SAMPLE).await.is_err(), is_error);
        }
        assert_eq!(service.received().len(), 4 * FAILURES);
    }
}

thread_local! {
    /// What is logged on this thread.
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct OwnThread;

impl Write for OwnThread {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.with_borrow_mut(|log| log.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn going_and_coming_back_are_logged_once_each() {
    // One for the process: whether a place logs at all is decided once, by whatever thread comes there first.
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(|| OwnThread).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let mood = Arc::new(AtomicU8::new(FAILING));
    let store = moody(&mood).orders(PATIENT);
    for _ in 0..3 * FAILURES {
        find(&store, SAMPLE).await.unwrap_err();
    }
    mood.store(WELL, Ordering::SeqCst);
    until_answered(&store).await;
    find(&store, SAMPLE).await.unwrap();
    let logged = String::from_utf8(LOG.take()).unwrap();
    let lines: Vec<_> = logged.lines().collect();
    let [down, up] = lines[..] else { panic!("two lines, not {logged}") };
    assert!(down.contains("ERROR") && down.contains("is down") && down.contains("answers 502"), "{down}");
    assert!(up.contains("INFO") && up.contains("the orders service answers again"), "{up}");
    assert!(![MARKER, SAMPLE, "127.0.0.1", "John"].iter().any(|word| logged.contains(word)), "{logged}");
}
