//! One server that takes writes, and what can be wrong with it in words.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, RedisError, Value};
use tokio::time::timeout;

use super::address::{Access, Place};
use crate::order::StoreError;

/// How long a server may take to answer what is no claim: to let us in, to take a write, to say who is a master.
/// Looking again is cheap, so it is not waited for long.
const ATTEMPT: Duration = Duration::from_secs(1);
/// How long the key is kept by which a master proves that it takes writes.
const PROOF_KEPT_MS: u32 = 60_000;

/// All the slots there are: what one master rules where there is no cluster.
pub(super) const ALL_SLOTS: RangeInclusive<u16> = 0..=16383;

/// What a master is shared as.
pub(super) type Shared = Arc<Master>;

/// A connection to a master. Claims share it, each following the last without waiting for its answer.
pub(super) struct Master {
    pub(super) place: Place,
    connection: MultiplexedConnection,
    proof: Cmd,
    distrusted: AtomicBool,
}

impl Master {
    /// Connects, and has a write of its own taken: what answers may be a replica, or full, or not ours to write to.
    pub(super) async fn connect(access: &Access, place: &Place, slots: &RangeInclusive<u16>) -> Result<Self, Trouble> {
        let mut proof = redis::cmd("SET");
        proof.arg(key_in(slots)).arg("").arg("PX").arg(PROOF_KEPT_MS);
        let master = Self::greet(access, place, proof).await?;
        master.prove().await?;
        Ok(master)
    }

    /// Connects to a master that rules nothing yet.
    pub(super) async fn visit(access: &Access, place: &Place) -> Result<Self, Trouble> {
        Self::greet(access, place, redis::cmd("PING")).await
    }

    async fn greet(access: &Access, place: &Place, proof: Cmd) -> Result<Self, Trouble> {
        let connection = in_time(place, open(access, place)).await?;
        Ok(Self { place: place.clone(), connection, proof, distrusted: AtomicBool::new(false) })
    }

    /// Whether it still does what a master does.
    pub(super) async fn prove(&self) -> Result<(), Trouble> {
        in_time(&self.place, self.ask(&self.proof)).await.map(drop)
    }

    /// Sends a command, once.
    pub(super) async fn ask(&self, command: &Cmd) -> Result<Value, RedisError> {
        command.query_async(&mut self.connection.clone()).await
    }

    /// Sends a command about a slot that is on its way here from another master.
    pub(super) async fn ask_as_guest(&self, command: &Cmd) -> Result<Value, RedisError> {
        let mut both = redis::pipe();
        both.cmd("ASKING").ignore().add_command(command.clone());
        let (value,) = both.query_async(&mut self.connection.clone()).await?;
        Ok(value)
    }

    /// From here on nothing is sent to it.
    pub(super) fn distrust(&self) {
        self.distrusted.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_distrusted(&self) -> bool {
        self.distrusted.load(Ordering::Relaxed)
    }
}

pub(super) async fn open(access: &Access, place: &Place) -> Result<MultiplexedConnection, RedisError> {
    // Time is kept by who asks.
    let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
    Client::open(access.to(place)?)?.get_multiplexed_async_connection_with_config(&config).await
}

/// What a server does within [`ATTEMPT`].
pub(super) async fn in_time<T>(place: &Place, work: impl Future<Output = Result<T, RedisError>>) -> Result<T, Trouble> {
    match timeout(ATTEMPT, work).await {
        Ok(done) => done.map_err(|error| Trouble::of(place, &error)),
        Err(_) => Err(Trouble::late(place)),
    }
}

/// A key of ours that falls into one of these slots.
fn key_in(slots: &RangeInclusive<u16>) -> String {
    let keys = (0_u32..).map(|number| format!("nico:ready:{number}"));
    keys.into_iter().find(|key| slots.contains(&slot_of(key.as_bytes()))).expect("BUG: each slot has keys without end")
}

/// The slot of a key, as a cluster reckons it: CRC-16/XMODEM, modulo their number. Our keys have no braces.
pub(super) fn slot_of(key: &[u8]) -> u16 {
    let crc = key.iter().fold(0_u16, |crc, byte| {
        (0..8).fold(
            crc ^ (u16::from(*byte) << 8),
            |crc, _| {
                if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
            },
        )
    });
    crc & ALL_SLOTS.end()
}

/// Why there is no master: kept, and told to every claim until there is one.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    words: Arc<str>,
    late: bool,
}

impl Trouble {
    pub(super) fn new(words: &str) -> Self {
        Self { words: words.into(), late: false }
    }

    pub(super) fn late(place: &Place) -> Self {
        Self { late: true, ..Self::new(&format!("Redis at {place} does not answer in time")) }
    }

    /// What an error means to who runs the server. Redis never repeats a password.
    pub(super) fn of(place: &Place, error: &RedisError) -> Self {
        let words = if error.kind() == ErrorKind::AuthenticationFailed {
            "does not take the user's name and password".to_owned()
        } else {
            match error.code() {
                Some("LOADING") => "is still loading its data".to_owned(),
                Some("MOVED") => {
                    "belongs to a cluster: its URL begins with redis+cluster:// or rediss+cluster://".to_owned()
                }
                Some("NOAUTH") => "asks for a password and is given none".to_owned(),
                Some("NOPERM") => "does not let this user write keys that begin with nico:".to_owned(),
                Some("READONLY") => "is a replica and takes no writes".to_owned(),
                Some(_) => format!("answers {error}"),
                None => without_a_code(error),
            }
        };
        Self::new(&format!("Redis at {place} {words}"))
    }

    pub(super) fn is_late(&self) -> bool {
        self.late
    }

    pub(super) fn words(&self) -> &str {
        &self.words
    }
}

fn without_a_code(error: &RedisError) -> String {
    let told = error.to_string();
    if told.contains("invalid peer certificate") {
        format!("shows a certificate that is not trusted here: {told}")
    } else if error.is_io_error() {
        format!("cannot be reached: {told}")
    } else {
        format!("is not understood: {told}")
    }
}

impl From<Trouble> for StoreError {
    fn from(trouble: Trouble) -> Self {
        if trouble.late { Self::timed_out(&trouble.words) } else { Self::new(&trouble.words) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(slot_of(b"123456789"), 0x31c3 & 16383);
        assert_eq!(slot_of(b"foo"), 12182);
        for slots in [ALL_SLOTS, 0..=0, 5461..=10922, 16383..=16383] {
            assert!(slots.contains(&slot_of(key_in(&slots).as_bytes())), "{slots:?}");
        }
    }
}
