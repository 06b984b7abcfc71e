//! Against NICEPAY's side as the simulator plays it, which checks every field and every token.

use chrono::{DateTime, TimeDelta, Utc};
use nico::nicepay::registration::Product;
use nico::nicepay::standing::Standing;
use nico::nicepay::trouble::Trouble;
use nico::simulator::books::Books;
use serde_json::json;

use crate::desk::{Desk, I_MID, PAGE};
use crate::merchant::{BOTH, amt, client_at, order, order_with, reference, t_xid};

fn desks() -> [Desk; 2] {
    [false, true].map(|prefix| Desk::with(Books::default(), |gateway| gateway.length_prefix(prefix)))
}

#[tokio::test]
async fn v1_is_registered_asked_for_and_cancelled() {
    for desk in desks() {
        let (client, id, amount) = (client_at(desk.address), reference("INV-2024-0001"), amt("000000010000"));
        let issued = client.register(&order(Product::V1, id.as_str(), amount.as_str())).await.unwrap();
        assert_eq!(desk.verdict(), "accepted");
        assert_eq!(issued.t_xid.as_str(), "IONPAYTEST03202406191012340000");
        assert_eq!(issued.pay_no.as_ref().map(|number| number.as_str()), Some("191012340000"));
        assert_eq!(issued.payment_url, None);
        assert_eq!(issued.valid_until, Some("2024-06-20T23:59:59+07:00".parse::<DateTime<Utc>>().unwrap()));

        let inquired = client.status(Product::V1, &issued.t_xid, &id, &amount).await.unwrap();
        assert_eq!((inquired.standing, inquired.differs), (Standing::Unpaid, None));
        assert_eq!(inquired.pay_no, issued.pay_no);
        assert_eq!(inquired.mitra_cd.as_ref().map(|code| code.as_str()), Some("ALMA"));

        client.cancel(Product::V1, &issued.t_xid, &amount).await.unwrap();
        let inquired = client.status(Product::V1, &issued.t_xid, &id, &amount).await.unwrap();
        assert_eq!(inquired.standing, Standing::Expired);
        let again = client.cancel(Product::V1, &issued.t_xid, &amount).await.unwrap_err();
        assert_eq!(again.to_string(), "NICEPAY refuses: 9315 Cancel Ledger duplicate registration error.");
    }
}

#[tokio::test]
async fn checkout_is_registered_asked_for_and_cancelled() {
    for desk in desks() {
        let (client, id, amount) = (client_at(desk.address), reference("INV-2024-0002"), amt("15000"));
        let order = order_with(Product::Checkout, id.as_str(), amount.as_str(), &json!({ "mitraCd": null }));
        let issued = client.register(&order).await.unwrap();
        assert_eq!(desk.verdict(), "accepted");
        let url = format!("http://{}{PAGE}?tXid={}", desk.address, issued.t_xid.as_str());
        assert_eq!((issued.payment_url, issued.pay_no), (Some(url), None));

        let inquired = client.status(Product::Checkout, &issued.t_xid, &id, &amount).await.unwrap();
        assert_eq!((inquired.standing, inquired.differs, inquired.pay_no), (Standing::Initiated, None, None));
        client.cancel(Product::Checkout, &issued.t_xid, &amount).await.unwrap();
        assert_eq!(desk.verdict(), "accepted");
    }
}

#[tokio::test]
async fn what_is_paid_is_said_to_be() {
    let desk = Desk::new();
    let (client, id, amount) = (client_at(desk.address), reference("INV-2024-0003"), amt("10000"));
    let issued = client.register(&order(Product::V1, id.as_str(), amount.as_str())).await.unwrap();
    desk.books.pay(issued.t_xid.as_str(), "RECEIPT1", desk.now()).unwrap();
    for product in BOTH {
        let inquired = client.status(product, &issued.t_xid, &id, &amount).await.unwrap();
        assert_eq!((inquired.standing, inquired.differs), (Standing::Paid, None), "{product:?}");
    }
    let refused = client.cancel(Product::V1, &issued.t_xid, &amount).await.unwrap_err();
    assert!(matches!(&refused, Trouble::Refused(refused) if refused.code == "9326"), "{refused}");
    assert!(!refused.is_again());
}

#[tokio::test]
async fn a_leading_zero_of_a_number_stays() {
    let desk = Desk::new();
    desk.advance(TimeDelta::days(-14));
    let issued = client_at(desk.address).register(&order(Product::V1, "INV-2024-0004", "10000")).await.unwrap();
    assert_eq!(issued.pay_no.unwrap().as_str(), "051012340000");
}

#[tokio::test]
async fn a_reference_that_is_taken_is_told_apart() {
    let desk = Desk::new();
    let client = client_at(desk.address);
    for product in BOTH {
        let order = order(product, &format!("INV-{product:?}"), "10000");
        client.register(&order).await.unwrap();
        let taken = client.register(&order).await.unwrap_err();
        assert!(taken.is_reference_taken() && !taken.is_again() && taken.may_have_arrived(), "{taken}");
    }
}

#[tokio::test]
async fn what_is_nobodys_is_refused() {
    let desk = Desk::new();
    let (client, unknown) = (client_at(desk.address), t_xid(&format!("{I_MID}03202406191012349999")));
    for product in BOTH {
        let status = client.status(product, &unknown, &reference("INV-1"), &amt("10000")).await.unwrap_err();
        assert_eq!(status.to_string(), "NICEPAY refuses: 9528 Transaction not found.");
        let cancel = client.cancel(product, &unknown, &amt("10000")).await.unwrap_err();
        assert!(matches!(&cancel, Trouble::Refused(refused) if refused.code == "8064"), "{cancel}");
    }
}

#[tokio::test]
async fn the_client_prints_no_key() {
    let desk = Desk::new();
    let printed = format!("{:?}", client_at(desk.address));
    assert_eq!(printed, format!("NicepayClient(http://{}, IONPAYTEST)", desk.address));
}
