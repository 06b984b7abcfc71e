//! Callers who go away, and stores that stay away: money that was told of is recorded all the same.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use nico::{PartnerReferenceNo, PayNo, Payment, PaymentRepository, PaymentRequestId, Recorded, StoreError};
use tokio::sync::Semaphore;

use crate::harness::{App, Ledger, NICEPAY, Orders, Request, SAMPLE, demo_orders, soon_over, spawn, spawn_app};

/// As many requests may be at work at once.
const PLACES: usize = 1024;

/// A ledger that says when a payment has reached it, and records it when it is let.
#[derive(Clone)]
struct Held {
    inner: Ledger,
    entered: Arc<AtomicUsize>,
    entries: mpsc::Sender<()>,
    leave: Arc<Semaphore>,
    records: mpsc::Sender<()>,
}

/// The test's end of it.
struct Hand {
    ledger: Ledger,
    entered: Arc<AtomicUsize>,
    entries: Mutex<mpsc::Receiver<()>>,
    leave: Arc<Semaphore>,
    records: Mutex<mpsc::Receiver<()>>,
}

fn held() -> (Held, Hand) {
    let ((entries, seen_entries), (records, seen_records)) = (mpsc::channel(), mpsc::channel());
    let (entered, leave, ledger) = (Arc::default(), Arc::new(Semaphore::new(0)), Ledger::default());
    let hand = Hand {
        ledger: ledger.clone(),
        entered: Arc::clone(&entered),
        entries: Mutex::new(seen_entries),
        leave: Arc::clone(&leave),
        records: Mutex::new(seen_records),
    };
    (Held { inner: ledger, entered, entries, leave, records }, hand)
}

impl PaymentRepository for Held {
    async fn record(&self, payment: &Payment) -> Result<Recorded, StoreError> {
        self.entered.fetch_add(1, Ordering::SeqCst);
        // Nobody listens any more once a test is over.
        self.entries.send(()).ok();
        self.leave.acquire().await?.forget();
        let recorded = self.inner.record(payment).await;
        self.records.send(()).ok();
        recorded
    }

    async fn find_by_request_id(&self, id: &PaymentRequestId) -> Result<Option<Payment>, StoreError> {
        self.inner.find_by_request_id(id).await
    }

    async fn is_paid(&self, pay_no: &PayNo, reference: &PartnerReferenceNo) -> Result<bool, StoreError> {
        self.inner.is_paid(pay_no, reference).await
    }
}

impl Hand {
    fn wait_for_entry(&self) {
        let entries = self.entries.lock().expect("one test waits");
        entries.recv_timeout(Duration::from_secs(20)).expect("the payment reaches the ledger");
    }

    fn let_one_leave(&self) {
        self.leave.add_permits(1);
        let records = self.records.lock().expect("one test waits");
        records.recv_timeout(Duration::from_secs(20)).expect("the payment is recorded although nobody waits for it");
    }
}

/// Until every worker has served something new, so that what was ready before has been seen by each.
fn visit_every_worker(app: &App) {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    for _ in 0..4 * workers {
        app.call(&Request::bare("GET", "/health/live")).expect("2000000");
    }
}

/// A socket that is closed with something unread in it sends RST: the answer to the call before is left there.
#[test]
fn a_reset_does_not_cut_a_payment() {
    let (ledger, hand) = held();
    let app = spawn(Orders::of(demo_orders()), |provider| provider.payments(ledger));
    let payment = app.payment(SAMPLE);
    let mut connection = app.connect();
    connection.send(&Request::bare("GET", "/health/live").bytes());
    connection.wait_for_bytes();
    connection.send(&payment.bytes());
    hand.wait_for_entry();
    drop(connection);
    visit_every_worker(&app);
    assert!(hand.ledger.recorded().is_empty(), "it is still on its way");
    hand.let_one_leave();
    assert_eq!(hand.ledger.recorded().len(), 1);
    app.call(&payment.clone().external_id("again")).expect("2000000");
    app.call(&app.inquiry(SAMPLE)).expect("4040014");
    assert_eq!(hand.ledger.recorded().len(), 1);
}

/// The caller hears that we were too slow; the record is made all the same, and the retry hears success.
#[test]
fn the_deadline_does_not_cut_a_payment() {
    let (ledger, hand) = held();
    let deadline = soon_over();
    let app = spawn(Orders::of(demo_orders()), |provider| provider.payments(ledger).deadline(deadline));
    let payment = app.payment(SAMPLE);
    assert_eq!(app.call(&payment).told(), "5040000 Timeout");
    hand.let_one_leave();
    assert_eq!(hand.ledger.recorded().len(), 1);
    app.call(&payment).expect("2000000");
    app.call(&payment.external_id("again")).expect("2000000");
    assert_eq!(hand.ledger.recorded().len(), 1);
}

/// A store that hangs piles up as many requests as there are places, and not one more.
#[test]
fn the_1025th_hanging_payment_is_turned_away_at_once() {
    let (ledger, hand) = held();
    let deadline = soon_over();
    let app = spawn(Orders::of(demo_orders()), |provider| provider.payments(ledger).deadline(deadline));
    // Under load a call may meet its deadline before the ledger; so it is counted there.
    while hand.entered.load(Ordering::SeqCst) < PLACES {
        let missing = PLACES - hand.entered.load(Ordering::SeqCst);
        let calls: Vec<Request> = (0..missing.min(128)).map(|_| app.payment(SAMPLE)).collect();
        thread::scope(|scope| {
            for call in &calls {
                scope.spawn(|| app.call(call).expect("5040000"));
            }
        });
    }
    for _ in 0..3 {
        assert_eq!(app.call(&app.payment(SAMPLE)).told(), "4290000 Too Many Requests");
        assert_eq!(app.call(&app.inquiry(SAMPLE)).told(), "4290000 Too Many Requests");
        assert_eq!(app.call(&app.token_request(&NICEPAY)).told(), "4297300 Too Many Requests");
    }
    for _ in 0..PLACES {
        hand.let_one_leave();
    }
    // The last place is given back just after its payment was recorded.
    while app.call(&app.inquiry(SAMPLE)).code() == "4290000" {}
    app.call(&app.inquiry(SAMPLE)).expect("4040014");
    assert_eq!(hand.ledger.recorded().len(), 1, "of all of them one was paid");
}

/// Who closes his sending side has said all he had to say, and still listens.
#[test]
fn a_caller_who_has_finished_sending_is_answered() {
    let app = spawn_app();
    for request in [app.inquiry(SAMPLE), app.payment(SAMPLE)] {
        let mut connection = app.connect();
        connection.send(&request.bytes());
        connection.finish_sending();
        app.receive(&mut connection, &request).expect("2000000");
        assert!(connection.is_closed());
    }
}

/// Who leaves in the middle of a body has told us nothing.
#[test]
fn half_a_payment_is_none() {
    let app = spawn_app();
    let payment = app.payment(SAMPLE).bytes();
    for length in [1, 40, payment.len() - 40, payment.len() - 1] {
        let mut connection = app.connect();
        connection.send(&payment[..length]);
        drop(connection);
    }
    visit_every_worker(&app);
    assert!(app.ledger.recorded().is_empty());
    app.call(&app.payment(SAMPLE)).expect("2000000");
}
