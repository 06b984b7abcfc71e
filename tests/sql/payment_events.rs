//! That what is recorded is told: the same over each engine.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use nico::event::{Event, Fate, Kind, NewEvent, Outbox};
use nico::payment::ReceivedBody;
use nico::{
    Amount, ClientId, ExternalId, GoodsName, Order, PartnerReferenceNo, PayNo, PayNoEmail, PayNoName, PayNoPhone,
    Payment, PaymentRepository, PaymentRequestId, Recorded, Status,
};

/// Each payment that is recorded is in the outbox, once, and due at once; a replay or a refusal puts nothing there.
pub(crate) async fn what_is_recorded_is_told<P: PaymentRepository, O: Outbox>(payments: Arc<P>, outbox: Arc<O>) {
    let (first, other) = (payment("request-1", "701500000001", "INV-1"), payment("request-2", "701500000001", "INV-1"));
    let events = async || outbox.after(0, false).await.unwrap();
    assert_eq!(events().await, []);
    assert_eq!(payments.record(&first).await.unwrap(), Recorded::First);
    let told = Event {
        number: events().await[0].number,
        event: NewEvent::of_payment(&first),
        attempts: 0,
        fate: Fate::Due(first.recorded_at),
    };
    assert_eq!(told.event.kind, Kind::PaymentRecorded);
    let told = [told];
    assert_eq!(events().await, told);
    let later = first.recorded_at + chrono::TimeDelta::seconds(9);
    let replay = Payment { recorded_at: later, ..first.clone() };
    assert!(matches!(payments.record(&replay).await.unwrap(), Recorded::Replay(_)));
    assert_eq!(payments.record(&other).await.unwrap(), Recorded::AlreadyPaid);
    assert_eq!(events().await, told, "a replay and a bill that is paid are nothing new");
    let rivals: tokio::task::JoinSet<_> = (0..16)
        .map(|index| {
            let (payments, rival) =
                (Arc::clone(&payments), payment(&format!("rival-{index}"), "701500000002", "INV-2"));
            async move { payments.record(&rival).await.unwrap() }
        })
        .collect();
    assert_eq!(rivals.join_all().await.iter().filter(|recorded| **recorded == Recorded::First).count(), 1);
    assert_eq!(events().await.len(), 2, "of many rivals, only the one that paid is told of");
    let taken = outbox.take(first.recorded_at, later, 1).await.unwrap();
    assert_eq!(taken, told.map(|told| Event { fate: Fate::Due(later), ..told }));
}

fn payment(request_id: &str, pay_no: &str, reference: &str) -> Payment {
    let recorded_at: DateTime<Utc> = DateTime::from_timestamp_millis(1_720_000_000_123).unwrap();
    let order = Order {
        pay_no: PayNo::parse(pay_no).unwrap(),
        partner_reference_no: PartnerReferenceNo::parse(reference).unwrap(),
        pay_no_name: PayNoName::parse("Siti").unwrap(),
        pay_no_phone: PayNoPhone::parse("087771122333").unwrap(),
        pay_no_email: PayNoEmail::parse("siti@example.co.id").unwrap(),
        goods_name: GoodsName::parse("Buku").unwrap(),
        amount: Amount::parse("10000.00").unwrap(),
        expires_at: "2030-01-01T00:00:00+07:00".parse().unwrap(),
        status: Status::Unpaid,
        mitra_cd: None,
    };
    Payment {
        payment_request_id: PaymentRequestId::parse(request_id).unwrap(),
        amount: order.amount.clone(),
        order,
        client_id: ClientId::parse("IONPAYTEST").unwrap(),
        external_id: ExternalId::parse("41807553358950093184").unwrap(),
        mitra_cd: None,
        trx_date_time: None,
        recorded_at,
        body: ReceivedBody::parse("{}").unwrap(),
    }
}
