//! A merchant's endpoint by another hand: small, complete, and wrong in at most one thing.
//!
//! It shares neither code nor framework with the provider that it stands in for. Each [`Defect`] is switched where it
//! matters, by one question to [`Shop::has`].

mod defect;
mod gate;
mod http;
mod message;
mod shop;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rsa::RsaPublicKey;

pub(crate) use defect::Defect;
use http::Request;
use shop::Shop;

/// The client whose key is [`Keys::nicepay`].
pub(crate) const CLIENT: &str = "IONPAYTEST";
/// The client whose key is [`Keys::other`].
pub(crate) const OTHER_CLIENT: &str = "IONPAYELSE";
/// The client that signs transactions with [`SECRET`], and the token call with [`Keys::nicepay`].
pub(crate) const SYMMETRIC_CLIENT: &str = "IONPAYSYMM";
/// The secret of [`SYMMETRIC_CLIENT`].
pub(crate) const SECRET: &str =
    "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";

/// Bills of 10000.00 that wait for their money. A run that pays uses one up.
pub(crate) const PAYABLE: [&str; 8] = [
    "701510000001",
    "701510000002",
    "701510000003",
    "701510000004",
    "701510000005",
    "701510000006",
    "701510000007",
    "701510000008",
];
/// A bill that was paid before.
pub(crate) const PAID: &str = "701510000100";
/// A bill whose time is over.
pub(crate) const EXPIRED: &str = "701510000200";
/// A bill that was paid, and whose time is over.
pub(crate) const PAID_AND_EXPIRED: &str = "701510000300";

/// With what the callers prove who they are.
pub(crate) struct Keys {
    /// Of [`CLIENT`] and, for the token call, of [`SYMMETRIC_CLIENT`].
    pub(crate) nicepay: RsaPublicKey,
    /// Of [`OTHER_CLIENT`].
    pub(crate) other: RsaPublicKey,
}

/// A server at work, until it is dropped.
pub(crate) struct Broken {
    /// What stands before `/api`.
    pub(crate) url: String,
    pub(crate) address: SocketAddr,
    stopping: Arc<AtomicBool>,
}

impl Broken {
    /// Serves on a free port; right in everything but the defect.
    pub(crate) fn start(defect: Option<Defect>, keys: &Keys) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let shop = Arc::new(Shop::new(defect, keys));
        let stopping = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stopping);
        thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let shop = Arc::clone(&shop);
                thread::spawn(move || serve(&shop, stream));
            }
        });
        Self { url: format!("http://{address}"), address, stopping }
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // It looks when somebody comes.
        drop(TcpStream::connect(self.address));
    }
}

fn serve(shop: &Shop, mut stream: TcpStream) {
    if let Some(request) = Request::read(&stream) {
        drop(shop.answer(&request).send(&mut stream, request.verb == "HEAD"));
    }
}
