//! The merchant who calls, and what is ordered.

use std::net::SocketAddr;
use std::sync::{Arc, Once};
use std::time::Duration;

use nico::Secret;
use nico::clock::{Clock, FixedClock};
use nico::cvs::merchant_token::MerchantKey;
use nico::cvs::transaction::{Amt, IMid, ReferenceNo, TXid};
use nico::nicepay::client::NicepayClient;
use nico::nicepay::environment::Environment;
use nico::nicepay::registration::Product;
use nico::nicepay::to_register::{Defaults, ToRegister};
use nico::snap::json::Object;
use serde_json::{Value, json};

use crate::desk::{I_MID, KEY, START};

/// Far beyond any answer in these tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const BOTH: [Product; 2] = [Product::V1, Product::Checkout];

pub(crate) fn client(url: &str, clock: Arc<dyn Clock>, patience: Duration) -> NicepayClient {
    static TLS: Once = Once::new();
    TLS.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    let environment = Environment::parse(url).unwrap();
    let key = MerchantKey::new(Secret::new(KEY)).unwrap();
    NicepayClient::new(environment, IMid::parse(I_MID).unwrap(), key, patience, clock).unwrap()
}

/// A client whose clock stands where the simulator's does.
pub(crate) fn client_at(address: SocketAddr) -> NicepayClient {
    client(&format!("http://{address}"), clock(), PATIENCE)
}

pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(FixedClock::at(START.parse().unwrap()))
}

pub(crate) fn order(product: Product, reference_no: &str, amt: &str) -> ToRegister {
    order_with(product, reference_no, amt, &json!({}))
}

pub(crate) fn order_with(product: Product, reference_no: &str, amt: &str, more: &Value) -> ToRegister {
    let mut order = json!({
        "amt": amt, "referenceNo": reference_no, "goodsNm": "Buku tulis & pensil = 2", "billingNm": "Siti Aisyah",
        "billingPhone": "081234567890", "billingEmail": "siti+toko@example.com", "billingCity": "Jakarta Pusat",
        "billingState": "DKI Jakarta", "billingPostCd": "10210", "billingCountry": "Indonesia",
        "description": "Pembelian – 50%", "userIP": "127.0.0.1", "mitraCd": "ALMA", "payValidDt": "20240620",
        "payValidTm": "235959",
    });
    for (name, value) in more.as_object().unwrap() {
        order[name] = value.clone();
    }
    let url = |path: &str| Some(format!("https://shop.example/{path}"));
    let defaults = Defaults { callback_url: url("back?order=7&x=1"), notification_url: url("notified") };
    ToRegister::read(product, &Object::parse(order.to_string().as_bytes()).unwrap(), &defaults, clock().now()).unwrap()
}

pub(crate) fn t_xid(text: &str) -> TXid {
    TXid::parse(text).unwrap()
}

pub(crate) fn reference(text: &str) -> ReferenceNo {
    ReferenceNo::parse(text).unwrap()
}

pub(crate) fn amt(text: &str) -> Amt {
    Amt::parse(text).unwrap()
}
