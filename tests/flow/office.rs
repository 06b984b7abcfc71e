//! The back office with a clock that stands still until it is moved: what is believed when, and on whose word.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use nico::Secret;
use nico::adapters::sqlite::{Database, SqliteEvents, SqliteRegistrations};
use nico::back_office::{BackOffice, Courier, NotCancelled, NotRegistered, Registered};
use nico::clock::{Clock, FixedClock};
use nico::cvs::callback::CalledBack;
use nico::cvs::merchant_token::MerchantKey;
use nico::cvs::notification::Notified;
use nico::cvs::transaction::{IMid, ReferenceNo};
use nico::event::{Fate, Outbox};
use nico::nicepay::client::NicepayClient;
use nico::nicepay::environment::Environment;
use nico::nicepay::registration::Product;
use nico::nicepay::to_register::{Defaults, ToRegister};
use nico::registration::{Heard, Hears, Registration, State};
use nico::simulator::plan::{Ask, Told};
use nico::snap::json::Object;
use nico::webhook::SigningSecret;

use crate::line::{Condition, Line};
use crate::nicepay::{Nicepay, Wanted};
use crate::process::Folder;
use crate::shop::{SECRET, Shop};
use crate::stage::{MERCHANT_KEY, order};

struct Room {
    office: BackOffice,
    nicepay: Nicepay,
    line: Line,
    clock: Arc<FixedClock>,
    events: SqliteEvents,
    database: Database,
    _folder: Folder,
}

impl Room {
    fn open() -> Self {
        let folder = Folder::with_keys();
        let clock = Arc::new(FixedClock::at("2024-06-19T03:12:34Z".parse().unwrap()));
        let nicepay = Nicepay::start(Wanted {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            merchant: "http://127.0.0.1:1".to_owned(),
            private_key: &folder.path("keys/sandbox-private.pem"),
            auto_pay: None,
        });
        let line = Line::to(&nicepay.address);
        let database = Database::open(folder.path("nico.db")).unwrap();
        let registrations = SqliteRegistrations::new(&database);
        let office = BackOffice::new(client(&line, &clock), registrations, Arc::clone(&clock) as Arc<dyn Clock>);
        let events = SqliteEvents::new(&database);
        Self { office, nicepay, line, clock, events, database, _folder: folder }
    }

    fn client(&self) -> NicepayClient {
        client(&self.line, &self.clock)
    }

    async fn register(&self, product: &str) -> Result<Registered, NotRegistered> {
        self.office.register(&self.order(product)).await
    }

    fn order(&self, product: &str) -> ToRegister {
        let defaults = Defaults {
            callback_url: Some("https://pay.shop.example/back".to_owned()),
            notification_url: Some("https://pay.shop.example/notified".to_owned()),
        };
        let text = order(product, "INV-1").to_string();
        let kind = if product == "v1" { Product::V1 } else { Product::Checkout };
        ToRegister::read(kind, &Object::parse(text.as_bytes()).unwrap(), &defaults, self.clock.now()).unwrap()
    }

    /// Registered, and its number.
    async fn issued(&self) -> String {
        let Ok(Registered::Now(registration)) = self.register("v1").await else { panic!("it can be registered") };
        assert_eq!(registration.state, State::Issued);
        registration.pay_no.unwrap().as_str().to_owned()
    }

    /// Registered, paid, notified and found to be paid; its number.
    async fn paid(&self) -> String {
        let pay_no = self.issued().await;
        self.nicepay.store_pays(&pay_no);
        self.hears(&pay_no, &[]).await;
        self.sweep().await;
        self.is(State::Paid).await;
        pay_no
    }

    /// What NICEPAY notifies of a number, heard.
    async fn hears(&self, pay_no: &str, changes: &[(&str, &str)]) -> Heard {
        let Ask::Notification(Told { mut fields, .. }) = self.nicepay.office.notification_of(pay_no).unwrap() else {
            panic!("a notification is one")
        };
        for (name, text) in changes {
            fields.iter_mut().find(|(field, _)| field == name).unwrap().1 = (*text).to_owned();
        }
        self.hears_fields(&fields).await
    }

    async fn hears_fields(&self, fields: &[(String, String)]) -> Heard {
        let of = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, text)| text.as_str());
        let key = MerchantKey::new(Secret::new(MERCHANT_KEY)).unwrap();
        let (t_xid, amt) = (of("tXid").unwrap(), of("amt").unwrap());
        let covered = nico::cvs::merchant_token::Covered::TransactionV1 { i_mid: "IONPAYTEST", t_xid, amt };
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields.iter().filter(|(name, _)| name != "merchantToken"));
        let body = form.append_pair("merchantToken", &key.token(&covered)).finish();
        let notified = Notified::read(body.as_bytes()).unwrap();
        self.office.hear(notified, [127, 0, 0, 1].into(), body, self.clock.now()).await.unwrap()
    }

    /// Everything that is due is asked about.
    async fn sweep(&self) {
        self.office.sweep().await.unwrap();
    }

    async fn after(&self, pause: TimeDelta) {
        self.clock.advance(pause);
        self.sweep().await;
    }

    async fn standing(&self) -> Registration {
        self.office.find(&reference_no()).await.unwrap().unwrap()
    }

    async fn is(&self, state: State) {
        assert_eq!(self.standing().await.state, state, "{:?}", self.evidence().await);
    }

    async fn evidence(&self) -> Vec<String> {
        let steps = self.office.steps(&reference_no()).await.unwrap();
        steps.into_iter().map(|step| format!("{}: {}", step.state.as_str(), step.evidence)).collect()
    }

    async fn told(&self) -> Vec<&'static str> {
        let events = self.events.after(0, false).await.unwrap();
        events.into_iter().map(|event| event.event.kind.as_str()).collect()
    }
}

fn client(line: &Line, clock: &Arc<FixedClock>) -> NicepayClient {
    let client = NicepayClient::new(
        Environment::parse(&format!("http://{}", line.address)).unwrap(),
        IMid::parse("IONPAYTEST").unwrap(),
        MerchantKey::new(Secret::new(MERCHANT_KEY)).unwrap(),
        Duration::from_secs(2),
        Arc::clone(clock) as Arc<dyn Clock>,
    );
    client.unwrap()
}

fn reference_no() -> ReferenceNo {
    ReferenceNo::parse("INV-1").unwrap()
}

#[actix_web::test]
async fn what_is_notified_is_believed_once_nicepay_says_so_too() {
    let room = Room::open();
    let pay_no = room.issued().await;
    room.nicepay.store_pays(&pay_no);
    assert_eq!(room.hears(&pay_no, &[]).await, Heard::Kept);
    room.is(State::Issued).await;
    room.line.is(Condition::LosesAnswers);
    room.sweep().await;
    room.is(State::Issued).await;
    room.line.is(Condition::Good);
    room.sweep().await;
    room.is(State::Issued).await;
    room.after(TimeDelta::seconds(2)).await;
    room.is(State::Paid).await;
    assert_eq!(room.told().await, ["order.paid"]);
}

/// Forged as far as one can without the key: of an order that nobody has paid.
#[actix_web::test]
async fn a_notification_of_what_is_not_paid_pays_nothing() {
    let room = Room::open();
    let pay_no = room.issued().await;
    room.nicepay.store_pays(&pay_no);
    let Ask::Notification(Told { fields, .. }) = room.nicepay.office.notification_of(&pay_no).unwrap() else {
        panic!()
    };
    let other = Room::open();
    let not_paid = other.issued().await;
    assert_eq!(not_paid, pay_no, "the two are alike but for the payment");
    assert_eq!(other.hears_fields(&fields).await, Heard::Kept);
    for _ in 0..5 {
        other.after(TimeDelta::minutes(1)).await;
        other.is(State::Issued).await;
    }
    assert!(other.told().await.is_empty());
}

#[actix_web::test]
async fn a_payment_that_nobody_tells_of_is_found() {
    let room = Room::open();
    let pay_no = room.issued().await;
    room.after(TimeDelta::seconds(1)).await;
    room.after(TimeDelta::seconds(2)).await;
    room.is(State::Issued).await;
    room.nicepay.store_pays(&pay_no);
    room.after(TimeDelta::seconds(4)).await;
    room.is(State::Paid).await;
}

#[actix_web::test]
async fn a_reversal_counts_once_nicepay_agrees_and_not_before() {
    let room = Room::open();
    let pay_no = room.paid().await;
    // Told before it is so.
    room.hears(&pay_no, &[("status", "1")]).await;
    for _ in 0..5 {
        room.sweep().await;
        room.is(State::Paid).await;
        room.clock.advance(TimeDelta::minutes(1));
    }
    room.nicepay.store_reverses(&pay_no);
    room.after(TimeDelta::minutes(1)).await;
    room.is(State::Reversed).await;
    // The old message that money came, told again.
    room.hears(&pay_no, &[("status", "0")]).await;
    room.after(TimeDelta::minutes(1)).await;
    room.is(State::Reversed).await;
    assert_eq!(room.told().await, ["order.paid", "order.reversed"]);
}

#[actix_web::test]
async fn a_reversal_that_nobody_tells_of_is_found() {
    let room = Room::open();
    let pay_no = room.paid().await;
    room.nicepay.store_reverses(&pay_no);
    room.after(TimeDelta::seconds(59)).await;
    room.is(State::Paid).await;
    room.after(TimeDelta::seconds(1)).await;
    room.is(State::Reversed).await;
}

#[actix_web::test]
async fn what_does_not_fit_never_pays_and_is_lifted_by_nicepay_alone() {
    for changes in [("amt", "9999"), ("referenceNo", "INV-2"), ("matchCl", "2"), ("status", "5"), ("currency", "USD")] {
        let room = Room::open();
        let pay_no = room.issued().await;
        room.nicepay.store_pays(&pay_no);
        room.line.is(Condition::LosesAnswers);
        assert_eq!(room.hears(&pay_no, &[changes]).await, Heard::Kept, "{changes:?}");
        room.sweep().await;
        room.is(State::NeedsAttention).await;
        assert_eq!(room.told().await, ["order.needs_attention"]);
        room.line.is(Condition::Good);
        room.after(TimeDelta::hours(1)).await;
        room.is(State::Paid).await;
        assert_eq!(room.told().await, ["order.needs_attention", "order.paid"]);
        let evidence = room.evidence().await;
        assert_eq!(evidence.last().unwrap(), "paid: NICEPAY's status inquiry says paid (status 0)");
    }
}

#[actix_web::test]
async fn what_does_not_fit_and_is_not_paid_stays_for_somebody_to_look() {
    let room = Room::open();
    let pay_no = room.issued().await;
    room.nicepay.store_pays(&pay_no);
    let Ask::Notification(Told { mut fields, .. }) = room.nicepay.office.notification_of(&pay_no).unwrap() else {
        panic!()
    };
    fields.iter_mut().find(|(name, _)| name == "amt").unwrap().1 = "1".to_owned();
    let other = Room::open();
    other.issued().await;
    other.hears_fields(&fields).await;
    for _ in 0..5 {
        other.after(TimeDelta::hours(1)).await;
        other.is(State::NeedsAttention).await;
    }
    other.after(TimeDelta::days(8)).await;
    other.is(State::Expired).await;
}

#[actix_web::test]
async fn a_registration_whose_answer_was_lost_is_healed_by_a_notification() {
    let room = Room::open();
    room.line.is(Condition::LosesAnswers);
    assert!(matches!(room.register("v1").await, Err(NotRegistered::Unanswered(_))));
    room.is(State::Registered).await;
    room.line.is(Condition::Good);
    room.after(TimeDelta::seconds(2)).await;
    room.is(State::NeedsAttention).await;
    assert!(matches!(room.register("v1").await, Ok(Registered::Before(_))), "nobody sends it a third time");
    assert_eq!(room.nicepay.calls("onePass.do"), 2);
    let now = room.clock.now();
    let pay_no = room.nicepay.office.books.find_by_reference_no("INV-1", now).unwrap().pay_no.unwrap();
    room.nicepay.store_pays(&pay_no);
    room.hears(&pay_no, &[]).await;
    room.sweep().await;
    room.is(State::Paid).await;
    assert_eq!(room.standing().await.pay_no.unwrap().as_str(), pay_no);
}

/// It was used before nico was there, or by somebody else with the same iMid.
#[actix_web::test]
async fn a_reference_that_nicepay_has_already_is_nobodys_to_register() {
    let (room, other) = (Room::open(), Room::open());
    let stranger = BackOffice::new(room.client(), SqliteRegistrations::new(&other.database), other.clock.clone());
    assert!(matches!(stranger.register(&room.order("v1")).await, Ok(Registered::Now(_))));
    assert!(matches!(room.register("v1").await, Err(NotRegistered::Taken)));
    room.is(State::NeedsAttention).await;
    assert_eq!(room.told().await, ["order.needs_attention"]);
}

#[actix_web::test]
async fn a_registration_that_did_not_arrive_is_sent_again() {
    let room = Room::open();
    room.line.is(Condition::Silent);
    assert!(matches!(room.register("checkout").await, Err(NotRegistered::Unanswered(_))));
    room.is(State::Registered).await;
    room.line.is(Condition::Good);
    room.after(TimeDelta::seconds(2)).await;
    room.is(State::Issued).await;
    assert!(room.standing().await.payment_url.unwrap().contains("/nicepay/redirect/v2/payment?tXid=IONPAYTEST"));
}

#[actix_web::test]
async fn what_nicepay_refuses_may_be_put_right_under_the_same_reference() {
    let room = Room::open();
    let mut text = order("v1", "INV-1");
    text["mitraCd"] = "INDO".into();
    // NICEPAY's clock is ahead of ours by more than the number lives.
    text["payValidDt"] = "20240619".into();
    text["payValidTm"] = "101300".into();
    text["dbProcessUrl"] = "https://x.example".into();
    text["callBackUrl"] = "https://x.example".into();
    let object = Object::parse(text.to_string().as_bytes()).unwrap();
    let refused = ToRegister::read(Product::V1, &object, &Defaults::default(), room.clock.now()).unwrap();
    room.clock.advance(TimeDelta::hours(1));
    assert!(
        matches!(room.office.register(&refused).await, Err(NotRegistered::Refused(refused)) if refused.code == "9510")
    );
    room.is(State::Cancelled).await;
    assert!(matches!(room.register("v1").await, Ok(Registered::Now(_))));
    room.is(State::Issued).await;
}

#[actix_web::test]
async fn equal_orders_at_once_are_one_and_another_under_the_same_reference_is_refused() {
    let room = Room::open();
    let all = futures_util::future::join_all((0..16).map(|_| room.register("v1"))).await;
    let now = all.iter().filter(|answer| matches!(answer, Ok(Registered::Now(_)))).count();
    let before = all.iter().filter(|answer| matches!(answer, Ok(Registered::Before(_)))).count();
    assert_eq!((now, before, room.nicepay.calls("onePass.do")), (1, 15, 1));
    assert!(matches!(room.register("checkout").await, Err(NotRegistered::OtherOrder)));
    let mut moved = order("v1", "INV-1");
    (moved["callBackUrl"], moved["dbProcessUrl"]) = ("https://b.example/".into(), "https://n.example/".into());
    let object = Object::parse(moved.to_string().as_bytes()).unwrap();
    let moved = ToRegister::read(Product::V1, &object, &Defaults::default(), room.clock.now()).unwrap();
    assert!(matches!(room.office.register(&moved).await, Ok(Registered::Before(_))), "nico was configured anew");
}

#[actix_web::test]
async fn many_messages_at_once_make_one_inquiry() {
    let room = Room::open();
    let pay_no = room.issued().await;
    room.nicepay.store_pays(&pay_no);
    futures_util::future::join_all((0..16).map(|_| room.hears(&pay_no, &[]))).await;
    futures_util::future::join_all((0..16).map(|_| room.sweep())).await;
    room.is(State::Paid).await;
    assert_eq!(room.nicepay.calls("onePassStatus.do"), 1);
}

/// An answer that was on its way when something else was learned is older than what is known.
#[actix_web::test]
async fn a_stale_answer_is_thrown_away() {
    let room = Room::open();
    let pay_no = room.paid().await;
    room.clock.advance(TimeDelta::minutes(1));
    room.line.is(Condition::HoldsAnswers);
    let asking = room.office.clone();
    let held = actix_web::rt::spawn(async move { asking.sweep().await });
    while room.nicepay.calls("onePassStatus.do") < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // NICEPAY has said "paid" by now; then the money is taken back, and told of.
    room.nicepay.store_reverses(&pay_no);
    room.hears(&pay_no, &[]).await;
    room.line.is(Condition::Good);
    held.await.unwrap().unwrap();
    let standing = room.standing().await;
    assert!(standing.state == State::Paid && standing.disputed && standing.asked == 0, "{standing:?}");
    room.sweep().await;
    room.is(State::Reversed).await;
}

/// The customer comes back long after: the pauses have grown, and this one is cut short, once.
#[actix_web::test]
async fn a_browser_that_comes_back_has_nicepay_asked() {
    let room = Room::open();
    room.issued().await;
    for _ in 0..8 {
        room.after(TimeDelta::minutes(10)).await;
    }
    let asked = room.nicepay.calls("onePassStatus.do");
    room.after(TimeDelta::seconds(5)).await;
    assert_eq!(room.nicepay.calls("onePassStatus.do"), asked, "its next time is far");
    for _ in 0..5 {
        let query = "referenceNo=INV-1&resultCd=0000";
        assert_eq!(room.office.called_back(CalledBack::read(query, b"")).await.unwrap(), Some(reference_no()));
    }
    let revision = room.standing().await.revision;
    room.sweep().await;
    assert_eq!(room.nicepay.calls("onePassStatus.do"), asked);
    room.after(TimeDelta::seconds(1)).await;
    assert_eq!(room.nicepay.calls("onePassStatus.do"), asked + 1);
    assert_eq!(room.standing().await.revision, revision + 1, "what says nothing new is not written");
    room.is(State::Issued).await;
}

/// Notified when the order was believed to be over, and the first inquiry came to nothing.
#[actix_web::test]
async fn money_that_came_at_the_last_moment_is_found() {
    let room = Room::open();
    let pay_no = room.issued().await;
    assert_eq!(room.office.cancel(&reference_no()).await.unwrap().state, State::Cancelled);
    let other = Room::open();
    other.issued().await;
    other.nicepay.store_pays(&pay_no);
    let Ask::Notification(Told { fields, .. }) = other.nicepay.office.notification_of(&pay_no).unwrap() else {
        panic!()
    };
    room.line.is(Condition::LosesAnswers);
    assert_eq!(room.hears_fields(&fields).await, Heard::Kept);
    room.sweep().await;
    let standing = room.standing().await;
    assert!(standing.state == State::Cancelled && standing.disputed && standing.due_at.is_some(), "{standing:?}");
    // NICEPAY's books, as those of the room in which it was paid are.
    let answers = Line::to(&other.nicepay.address);
    let there =
        BackOffice::new(client(&answers, &room.clock), SqliteRegistrations::new(&room.database), room.clock.clone());
    room.clock.advance(TimeDelta::minutes(1));
    there.sweep().await.unwrap();
    room.is(State::Paid).await;
}

/// Sixteen of them would otherwise be the longest due for ever.
#[actix_web::test]
async fn what_is_looked_at_in_vain_is_put_off() {
    let room = Room::open();
    room.paid().await;
    room.line.is(Condition::LosesAnswers);
    room.clock.advance(TimeDelta::minutes(1));
    for looks in [1, 0, 0] {
        assert_eq!(room.office.sweep().await.unwrap(), looks);
    }
    room.is(State::Paid).await;
}

#[actix_web::test]
async fn what_is_not_paid_in_time_expires() {
    let room = Room::open();
    room.issued().await;
    room.after(TimeDelta::days(7)).await;
    room.is(State::Expired).await;
    assert_eq!(room.told().await, ["order.expired"]);
}

#[actix_web::test]
async fn only_what_waits_for_its_money_is_cancelled() {
    let room = Room::open();
    let pay_no = room.issued().await;
    room.nicepay.store_pays(&pay_no);
    let refused = room.office.cancel(&reference_no()).await;
    assert!(matches!(refused, Err(NotCancelled::Not(State::Paid))), "{refused:?}");
    let room = Room::open();
    room.issued().await;
    assert_eq!(room.office.cancel(&reference_no()).await.unwrap().state, State::Cancelled);
    let nobody = room.office.cancel(&ReferenceNo::parse("INV-9").unwrap()).await;
    assert!(matches!(nobody, Err(NotCancelled::Unknown)), "{nobody:?}");
    room.after(TimeDelta::days(8)).await;
    room.is(State::Cancelled).await;
}

#[actix_web::test]
async fn events_of_an_order_come_in_their_order_and_until_they_are_taken() {
    let room = Room::open();
    let pay_no = room.paid().await;
    room.nicepay.store_reverses(&pay_no);
    room.after(TimeDelta::minutes(1)).await;
    let shop = Shop::open();
    let secret = SigningSecret::parse(&Secret::new(SECRET)).unwrap();
    // The shop verifies against its own clock, so the courier goes by that.
    let clock = Arc::new(FixedClock::at(nico::clock::SystemClock.now()));
    let courier = Courier::new(&shop.url, secret, room.events, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
    shop.refuse(2);
    courier.round().await.unwrap();
    courier.round().await.unwrap();
    assert!(shop.all().is_empty(), "the second waits for the first, and the first for its time");
    clock.advance(TimeDelta::seconds(1));
    courier.round().await.unwrap();
    clock.advance(TimeDelta::seconds(2));
    for _ in 0..3 {
        courier.round().await.unwrap();
    }
    assert_eq!(shop.events("INV-1"), ["order.paid", "order.reversed"]);
    assert_eq!(shop.deliveries(), (2, 0));
}

#[actix_web::test]
async fn an_event_that_is_never_taken_is_given_up_and_can_be_sent_again() {
    let room = Room::open();
    room.issued().await;
    room.after(TimeDelta::days(7)).await;
    let secret = SigningSecret::parse(&Secret::new(SECRET)).unwrap();
    let clock = Arc::clone(&room.clock) as Arc<dyn Clock>;
    let shop = Shop::open();
    // Its clock is another by years, so it takes nothing.
    let courier = Courier::new(&shop.url, secret, room.events.clone(), clock).unwrap();
    for _ in 0..40 {
        courier.round().await.unwrap();
        room.clock.advance(TimeDelta::hours(6));
    }
    let given_up = room.events.after(0, true).await.unwrap();
    assert_eq!(
        given_up.iter().map(|event| (event.attempts, event.fate.clone())).collect::<Vec<_>>(),
        [(30, Fate::GivenUp)]
    );
    assert_eq!(shop.deliveries(), (0, 30));
    assert!(room.events.resend(given_up[0].number, room.clock.now()).await.unwrap());
    courier.round().await.unwrap();
    assert_eq!(shop.deliveries(), (0, 31));
}
