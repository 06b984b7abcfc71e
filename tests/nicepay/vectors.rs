//! The published merchantTokens, as the client sends them.

use std::sync::Arc;

use nico::clock::FixedClock;
use nico::cvs::transaction::TXid;
use nico::nicepay::registration::Product;
use nico::nicepay::time_stamp;
use serde_json::Value;

use crate::desk::{I_MID, KEY, text};
use crate::host::Host;
use crate::merchant::{PATIENCE, amt, client, clock, order, reference, t_xid};

const VECTORS: &str = include_str!("../vectors/merchant_token.json");
const ANY: &str = "IONPAYTEST03202406191012345678";

/// What goes out for one vector: a call of each kind that its token is for.
async fn sent(vector: &Value) -> Vec<String> {
    let host = Host::says("");
    let at = vector["time_stamp"].as_str().map_or_else(|| clock().now(), |digits| time_stamp::parse(digits).unwrap());
    let client = client(&host.url(), Arc::new(FixedClock::at(at)), PATIENCE);
    let (interface, amount) = (text(vector, "interface"), amt(&text(vector, "amt")));
    let product = if interface.ends_with("v1") { Product::V1 } else { Product::Checkout };
    // Nothing can be read of an empty answer, and nothing needs to be.
    if interface.starts_with("order") {
        let id = text(vector, "reference_no");
        client.register(&order(product, &id, amount.as_str())).await.unwrap_err();
        client.status(product, &t_xid(ANY), &reference(&id), &amount).await.unwrap_err();
    } else {
        client.cancel(product, &t_xid(&text(vector, "t_xid")), &amount).await.unwrap_err();
    }
    host.asked()
}

#[tokio::test]
async fn the_published_tokens_go_out() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    // The trap's second half has no tXid that could be one.
    let is_ours = |vector: &&Value| vector["t_xid"].as_str().is_none_or(|text| TXid::parse(text).is_ok());
    let valid: Vec<_> = vectors["cases"].as_array().unwrap().iter().filter(|vector| vector["valid"] == true).collect();
    let (mut vectors, mut calls) = (0, 0);
    for vector in valid.into_iter().filter(is_ours) {
        assert_eq!((text(vector, "key"), text(vector, "i_mid")), (KEY.to_owned(), I_MID.to_owned()));
        for request in sent(vector).await {
            assert!(request.contains(&text(vector, "merchant_token")), "{}: {request}", vector["name"]);
            calls += 1;
        }
        vectors += 1;
    }
    assert_eq!((vectors, calls), (7, 11), "six rows and the trap's first half; each of four orders is two calls");
}
