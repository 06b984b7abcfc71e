//! Our own provider, with the bills and the clients of the broken ones.

use std::net::TcpListener;
use std::thread;

use actix_web::rt::System;
use nico::adapters::memory::{MemoryOrders, MemoryPayments};
use nico::snap::json::Object;
use nico::{Client, ClientId, Credentials, Order, Provider, PublicKey, Secret, TokenKey};
use rsa::RsaPublicKey;
use rsa::pkcs8::EncodePublicKey;
use serde_json::json;

use crate::broken::{CLIENT, EXPIRED, OTHER_CLIENT, PAID, PAID_AND_EXPIRED, PAYABLE, SECRET, SYMMETRIC_CLIENT};
use crate::caller::{Endpoint, keys};

/// Serves it until the test's process ends.
pub(crate) fn serve() -> Endpoint {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    thread::spawn(move || {
        let provider = Provider::new(credentials(), orders()).payments(MemoryPayments::default());
        System::new().block_on(async move { provider.listen(socket).unwrap().await.unwrap() });
    });
    Endpoint(address)
}

fn credentials() -> Credentials {
    let keys = keys();
    let client = |id, key: &RsaPublicKey| {
        let key = PublicKey::parse(key.to_public_key_der().unwrap().as_bytes()).unwrap();
        Client::new(ClientId::parse(id).unwrap(), key)
    };
    let symmetric = client(SYMMETRIC_CLIENT, &keys.nicepay).symmetric(Secret::new(SECRET));
    let clients = [client(CLIENT, &keys.nicepay), client(OTHER_CLIENT, &keys.other), symmetric];
    Credentials::new(TokenKey::new(&Secret::new("the key that signs every token here")).unwrap(), clients)
}

fn orders() -> MemoryOrders {
    let orders = MemoryOrders::default();
    let (later, before) = ("2099-12-31T23:59:59+07:00", "2020-01-01T00:00:00+07:00");
    let others = [(PAID, "paid", later), (EXPIRED, "unpaid", before), (PAID_AND_EXPIRED, "paid", before)];
    for (pay_no, status, expires_at) in PAYABLE.map(|pay_no| (pay_no, "unpaid", later)).into_iter().chain(others) {
        let order = json!({
            "payNo": pay_no, "partnerReferenceNo": format!("INV-{pay_no}"), "payNoName": "Siti Aisyah",
            "payNoPhone": "081234567890", "payNoEmail": "siti@example.com", "goodsName": "Buku",
            "amount": "10000.00", "expiresAt": expires_at, "status": status,
        });
        orders.put(Order::read(&Object::parse(order.to_string().as_bytes()).unwrap()).unwrap());
    }
    orders
}
