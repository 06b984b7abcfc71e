//! A server of our own in the place of Redis, which loses replies and counts what it was sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use nico::Claimed;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::claims::{store, take, until_claimed};

/// What becomes of a claim in the first connection that brings one. Later connections answer as Redis would.
#[derive(Clone, Copy)]
enum First {
    /// It is taken, and then the connection breaks.
    Breaks,
    /// It is taken, and then nothing is said ever again.
    Hangs,
    /// It is answered with what is no answer to it.
    Says(&'static [u8]),
}

struct StandIn {
    url: String,
    claims: Arc<AtomicU32>,
}

impl StandIn {
    async fn start(first: First) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let claims: Arc<AtomicU32> = Arc::default();
        let counted = Arc::clone(&claims);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, first, Arc::clone(&counted)));
            }
        });
        Self { url, claims }
    }

    fn claims(&self) -> u32 {
        self.claims.load(Ordering::Relaxed)
    }
}

/// Each command comes in one piece here: they are short, and one waits for the other.
async fn serve(mut connection: TcpStream, first: First, claims: Arc<AtomicU32>) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = connection.read(&mut buffer).await {
        let is_claim = buffer[..length].windows(4).any(|word| word == b"\nNX\r");
        let reply = if !is_claim || claims.fetch_add(1, Ordering::Relaxed) > 0 {
            b"+OK\r\n"
        } else {
            match first {
                First::Breaks => return,
                First::Hangs => std::future::pending().await,
                First::Says(reply) => reply,
            }
        };
        connection.write_all(reply).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_whose_reply_is_lost_is_not_sent_again() {
    let redis = StandIn::start(First::Breaks).await;
    let store = store(&redis.url).await;
    let told = take(&store, "1").await.unwrap_err();
    assert_eq!(redis.claims(), 1, "{told}");
    let (_, claimed) = until_claimed(&store, "2").await;
    assert_eq!(claimed, Claimed::First);
    assert_eq!(redis.claims(), 2, "only the second claim came after the first");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_late_is_never_used_again() {
    let redis = StandIn::start(First::Hangs).await;
    let store = store(&redis.url).await;
    assert!(take(&store, "1").await.unwrap_err().is_timeout());
    assert_eq!(take(&store, "2").await.unwrap(), Claimed::First);
    assert_eq!(redis.claims(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_neither_ok_nor_nil_is_no_answer() {
    for reply in [&b":1\r\n"[..], b"$2\r\nno\r\n", b"-ERR no\r\n", b"+QUEUED\r\n", b"*0\r\n", b"HTTP/1.1 400\r\n\r\n"] {
        let redis = StandIn::start(First::Says(reply)).await;
        let store = store(&redis.url).await;
        let told = take(&store, "1").await.unwrap_err();
        assert!(redis.claims() == 1 && !told.is_timeout(), "{}: {told}", String::from_utf8_lossy(reply));
    }
}
