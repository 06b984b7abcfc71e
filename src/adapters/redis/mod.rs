//! X-EXTERNAL-IDs in Redis: one server, a master that sentinels watch, or a cluster.
//!
//! A claim is one `SET key "" NX PX …`, and the reply is the answer: `OK` is the first, nil is not. Claims share one
//! connection to each master, in which they follow each other without waiting. None is ever sent a second time when
//! its reply was lost: the answer could then be "reused" for an id that was this very claim's, so it is an error. Only
//! what a cluster says it has *not* done, and where to go with it (`MOVED`, `ASK`), is sent again.
//!
//! A thread of its own keeps the connections: it writes a key on each master every second, asks the sentinels or the
//! cluster who the masters are, and does both at once when a claim has failed. A connection that is late or has
//! failed is never used again; while there is none, claims fail at once with the reason.
//!
//! **What Redis can forget.** A claim outlives what Redis is told to make outlive it: `appendonly yes` for a restart of
//! the server, and a failover loses what the new master had not yet received, for replicas follow asynchronously
//! (`min-replicas-to-write 1` with a small `min-replicas-max-lag` narrows that, and bounds what a master cut off from
//! the others takes). An id lost so can be claimed once more while its timestamp is still fresh. Then an inquiry is
//! answered twice, which changes nothing, and a payment is still recorded once: the ledger has constraints of its own
//! on its paymentRequestId and its bill. `maxmemory-policy noeviction` belongs to such a server: any other policy
//! forgets claims to make room.

mod address;
mod informants;
mod keeper;
mod lookout;
mod master;

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use redis::{Cmd, Value};
use tokio::time::{Instant, timeout_at};

use crate::external_id::{Claim, Claimed, ExternalIdStore, MAX_SKEW_SECONDS};
use crate::order::StoreError;
use crate::snap::secret::Secret;
use address::{Address, Place};
use keeper::Watched;
use lookout::Masters;
use master::{Master, Trouble, slot_of};

/// How long a claim is kept. Those of a day come within 24 hours and the width of the window, twice, of its first;
/// they are kept a day longer, since what expires does so by a clock that is Redis's and not ours.
const KEPT_MS: i64 = (2 * 24 * 3600 + 2 * MAX_SKEW_SECONDS) * 1000;
/// How long the first look may take when nothing but time is against it.
const START: Duration = Duration::from_secs(5);

/// X-EXTERNAL-IDs in Redis.
pub struct RedisExternalIds {
    watched: Watched,
    patience: Duration,
}

impl RedisExternalIds {
    /// Connects to `redis://[[user]:password@]host[:port][/database]`, or to a master that sentinels watch,
    /// `redis+sentinel://[[user]:password@]host[:port],…/name[/database]`, or to a cluster,
    /// `redis+cluster://[[user]:password@]host[:port],…`; `rediss` in the place of `redis` means TLS, with the roots
    /// that the system trusts. The password may be given apart. Sentinels that ask for one are given the same.
    ///
    /// No claim takes longer than `patience`.
    ///
    /// # Errors
    /// [`StoreError`] when the URL is none of these, or when a master cannot be reached, does not take the password,
    /// shows a certificate that is not trusted, or takes no writes. None of them tells the password.
    pub async fn connect(url: &str, password: Option<Secret>, patience: Duration) -> Result<Self, StoreError> {
        let mut watched = Watched::start(Address::parse(url, password)?)?;
        let deadline = Instant::now() + START;
        loop {
            match watched.next().await?.trouble() {
                None => return Ok(Self { watched, patience }),
                Some(trouble) if trouble.is_late() && Instant::now() < deadline => {}
                Some(trouble) => return Err(trouble.into()),
            }
        }
    }

    /// Has the master of a slot do something, once.
    async fn ask(&self, slot: u16, command: &Cmd) -> Result<Value, StoreError> {
        let deadline = Instant::now() + self.patience;
        let late = || StoreError::timed_out("Redis did not answer in time");
        loop {
            let (seen, master) = timeout_at(deadline, self.watched.master_of(slot)).await.map_err(|_| late())??;
            let Ok(asked) = timeout_at(deadline, ask_or_follow(&seen, &master, command)).await else {
                self.watched.distrust(&master);
                return Err(late());
            };
            match asked {
                Ok(Asked::Done(value)) => return Ok(value),
                Ok(Asked::Elsewhere(guest)) => {
                    let looked = self.watched.look_again(&seen, guest);
                    timeout_at(deadline, looked).await.map_err(|_| late())??;
                }
                Err(trouble) => {
                    self.watched.distrust(&master);
                    return Err(trouble.into());
                }
            }
        }
    }
}

/// What came of a command.
enum Asked {
    Done(Value),
    /// Nothing was done: another master would have to be asked, perhaps one that is not known yet.
    Elsewhere(Option<Place>),
}

/// Asks a master and, where it sends this one command to another that is known, that one.
async fn ask_or_follow(seen: &Masters, master: &Master, command: &Cmd) -> Result<Asked, Trouble> {
    let error = match master.ask(command).await {
        Ok(value) => return Ok(Asked::Done(value)),
        Err(error) => error,
    };
    match error.code() {
        Some("MOVED") => Ok(Asked::Elsewhere(None)),
        Some("ASK") => {
            let place = error.redirect_node().and_then(|(place, _)| Place::parse(place, 0));
            let Some(guest) = place.as_ref().and_then(|place| seen.at(place)) else {
                return Ok(Asked::Elsewhere(place));
            };
            guest.ask_as_guest(command).await.map(Asked::Done).map_err(|error| Trouble::of(&guest.place, &error))
        }
        _ => Err(Trouble::of(&master.place, &error)),
    }
}

/// What stands for a claim: readable, with a beginning that an access list can name, and without the braces that would
/// have a cluster look at a part of it alone.
fn key(claim: &Claim) -> String {
    format!("nico:{}:{}", claim.date, BASE64_URL_SAFE_NO_PAD.encode(claim.key()))
}

impl ExternalIdStore for RedisExternalIds {
    async fn claim(&self, claim: &Claim) -> Result<Claimed, StoreError> {
        let key = key(claim);
        let mut set = redis::cmd("SET");
        set.arg(&key).arg("").arg("NX").arg("PX").arg(KEPT_MS);
        let reply = self.ask(slot_of(key.as_bytes()), &set).await?;
        if reply == Value::Okay {
            Ok(Claimed::First)
        } else if reply == Value::Nil {
            Ok(Claimed::Reused)
        } else {
            Err(StoreError::new("Redis answers SET with neither OK nor nil"))
        }
    }

    async fn ready(&self) -> Result<(), StoreError> {
        let deadline = Instant::now() + self.patience;
        let seen = self.watched.now();
        if let Some(trouble) = seen.trouble() {
            return Err(trouble.into());
        }
        for master in seen.each() {
            let proved = timeout_at(deadline, master.prove()).await;
            if let Err(trouble) = proved.unwrap_or_else(|_| Err(Trouble::late(&master.place))) {
                self.watched.distrust(&master);
                return Err(trouble.into());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snap::field::{ClientId, ExternalId};

    #[test]
    fn a_key_is_short_readable_and_has_no_braces() {
        for id in 0..200 {
            let key = key(&Claim {
                client_id: ClientId::parse("IONPAYTEST").unwrap(),
                endpoint: "cvs/inquiry",
                external_id: ExternalId::parse(&id.to_string()).unwrap(),
                date: chrono::NaiveDate::from_ymd_opt(2024, 7, 3).unwrap(),
            });
            assert!(key.starts_with("nico:2024-07-03:") && key.len() == 38 && !key.contains(['{', '}']), "{key}");
        }
    }
}
