//! Those who know who the masters are: sentinels, or the members of a cluster.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};

use redis::aio::MultiplexedConnection;
use redis::{Cmd, FromRedisValue, RedisError, Value, from_redis_value};
use tokio::task::JoinSet;

use super::address::{Access, Address, Layout, Place};
use super::master::{ALL_SLOTS, Trouble, in_time, open};

pub(super) type Slots = RangeInclusive<u16>;
/// Who rules which slots.
pub(super) type Rulers = Vec<(Slots, Place)>;

/// The servers that can be asked, with the connections over which they were asked before.
pub(super) struct Informants {
    address: Address,
    idle: Mutex<BTreeMap<Place, MultiplexedConnection>>,
}

impl Informants {
    pub(super) fn new(address: Address) -> Self {
        Self { address, idle: Mutex::default() }
    }

    pub(super) fn access(&self) -> &Access {
        &self.address.access
    }

    /// Who the masters are. `known` are those that were members a moment ago.
    pub(super) async fn rulers(self: &Arc<Self>, known: impl Iterator<Item = Place>) -> Result<Rulers, Trouble> {
        let mut places = self.address.places.clone();
        if self.address.layout == Layout::Cluster {
            places.extend(known);
            places.sort();
            places.dedup();
        }
        let asked = places.into_iter().map(|place| Arc::clone(self).ask(place));
        first_to_know(asked.collect()).await
    }

    async fn ask(self: Arc<Self>, place: Place) -> Result<Rulers, Trouble> {
        match &self.address.layout {
            Layout::Single => Ok(vec![(ALL_SLOTS, place)]),
            Layout::Sentinel(name) => self.ask_sentinel(&place, name).await,
            Layout::Cluster => self.ask_member(&place).await,
        }
    }

    /// What a sentinel says. Some ask for a password, and those that have none refuse one.
    async fn ask_sentinel(&self, place: &Place, name: &str) -> Result<Rulers, Trouble> {
        let mut question = redis::cmd("SENTINEL");
        question.arg("GET-MASTER-ADDR-BY-NAME").arg(name);
        let asked = async {
            match self.ask_once(place, &self.address.access.anonymous(), &question).await {
                Err(error) if error.code() == Some("NOAUTH") => {
                    self.ask_once(place, &self.address.access.without_database(), &question).await
                }
                answer => answer,
            }
        };
        let master: Option<(String, u16)> = in_time(place, asked).await?;
        let nobody = || Trouble::new(&format!("the sentinel at {place} knows no master named {name}"));
        let (host, port) = master.ok_or_else(nobody)?;
        Ok(vec![(ALL_SLOTS, Place { host, port })])
    }

    /// What a member of a cluster says of the whole, unless it knows itself that it is cut off.
    async fn ask_member(&self, place: &Place) -> Result<Rulers, Trouble> {
        let access = &self.address.access;
        let asked = async {
            let state: String = self.ask_once(place, access, redis::cmd("CLUSTER").arg("INFO")).await?;
            let rows: Vec<Vec<Value>> = self.ask_once(place, access, redis::cmd("CLUSTER").arg("SLOTS")).await?;
            Ok((state, rows))
        };
        let (state, rows) = in_time(place, asked).await?;
        if !state.contains("cluster_state:ok") {
            return Err(Trouble::new(&format!("Redis at {place} says that its cluster is down")));
        }
        let read: Result<_, RedisError> = rows.into_iter().map(|row| ruler(row, place)).collect();
        read.map_err(|error| Trouble::of(place, &error))
    }

    /// Over the connection of last time, if that went well.
    async fn ask_once<T: FromRedisValue>(
        &self,
        place: &Place,
        access: &Access,
        question: &Cmd,
    ) -> Result<T, RedisError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let known = idle().remove(place);
        let mut connection = match known {
            Some(connection) => connection,
            None => open(access, place).await?,
        };
        let answer = question.query_async(&mut connection).await?;
        idle().insert(place.clone(), connection);
        Ok(answer)
    }
}

/// The first who knows is believed, for one that hangs must not be waited for.
async fn first_to_know(mut asked: JoinSet<Result<Rulers, Trouble>>) -> Result<Rulers, Trouble> {
    let mut trouble = Trouble::new("there is nobody to ask for Redis's master");
    while let Some(answer) = asked.join_next().await {
        match answer.expect("BUG: a question does not panic") {
            Ok(rulers) => {
                // The others may still answer, and keep their connections.
                asked.detach_all();
                return Ok(rulers);
            }
            Err(error) => trouble = error,
        }
    }
    Err(trouble)
}

/// One row of `CLUSTER SLOTS`: the first slot, the last, the master, its replicas. No host means the one that was asked.
fn ruler(row: Vec<Value>, member: &Place) -> Result<(Slots, Place), RedisError> {
    let mut row = row.into_iter();
    let mut next = || row.next().unwrap_or_default();
    let (first, last) = (from_redis_value(next())?, from_redis_value(next())?);
    let mut master = from_redis_value::<Vec<Value>>(next())?.into_iter();
    let mut next = || master.next().unwrap_or_default();
    let host: Option<String> = from_redis_value(next())?;
    let host = host.filter(|host| !host.is_empty()).unwrap_or_else(|| member.host.clone());
    Ok((first..=last, Place { host, port: from_redis_value(next())? }))
}
