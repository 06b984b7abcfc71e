//! Those who know who the masters are: sentinels, or the members of a cluster.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, FromRedisValue, RedisError, Value, from_redis_value};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::address::{Access, Address, Layout, Place};
use super::master::{ALL_SLOTS, Trouble, in_time, open};

pub(super) type Slots = RangeInclusive<u16>;
/// Who rules which slots.
pub(super) type Rulers = Vec<(Slots, Place)>;

/// How long the others are waited for when one has answered: long enough for all that are well.
const OTHERS: Duration = Duration::from_millis(200);

/// What an informant knows. Not all hear of a new master at the same moment, and one that has not would send us back
/// to the old; but they count the changes.
pub(super) struct Told {
    pub(super) epoch: u64,
    pub(super) rulers: Rulers,
}

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

    /// Who the masters are, as far as the best informed know. `known` are those that were masters a moment ago.
    pub(super) async fn rulers(self: &Arc<Self>, known: impl Iterator<Item = Place>) -> Result<Told, Trouble> {
        let mut places = self.address.places.clone();
        if self.address.layout == Layout::Cluster {
            places.extend(known);
            places.sort();
            places.dedup();
        }
        let asked = places.into_iter().map(|place| Arc::clone(self).ask(place));
        best_informed(asked.collect()).await
    }

    async fn ask(self: Arc<Self>, place: Place) -> Result<Told, Trouble> {
        match &self.address.layout {
            Layout::Single => Ok(Told { epoch: 0, rulers: vec![(ALL_SLOTS, place)] }),
            Layout::Sentinel(name) => self.ask_sentinel(&place, name).await,
            Layout::Cluster => self.ask_member(&place).await,
        }
    }

    /// What a sentinel says. Some ask for a password, and those that have none refuse one.
    async fn ask_sentinel(&self, place: &Place, name: &str) -> Result<Told, Trouble> {
        let mut question = redis::cmd("SENTINEL");
        question.arg("MASTER").arg(name);
        let asked = async {
            match self.ask_once(place, &self.address.access.anonymous(), &question).await {
                Err(error) if error.code() == Some("NOAUTH") => {
                    self.ask_once(place, &self.address.access.without_database(), &question).await
                }
                Err(error) if error.to_string().contains("No such master") => Ok(HashMap::new()),
                answer => answer,
            }
        };
        let master: HashMap<String, String> = in_time(place, asked).await?;
        let nobody = || Trouble::new(&format!("the sentinel at {place} knows no master named {name}"));
        let number = |field: &str| master.get(field).and_then(|number| number.parse::<u64>().ok());
        let port = number("port").and_then(|port| u16::try_from(port).ok());
        let (host, port) = master.get("ip").cloned().zip(port).ok_or_else(nobody)?;
        let rulers = vec![(ALL_SLOTS, Place { host, port })];
        Ok(Told { epoch: number("config-epoch").unwrap_or(0), rulers })
    }

    /// What a member of a cluster says of the whole, unless it knows itself that it is cut off.
    async fn ask_member(&self, place: &Place) -> Result<Told, Trouble> {
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
        let epoch = state.lines().find_map(|line| line.strip_prefix("cluster_current_epoch:")?.parse().ok());
        Ok(Told { epoch: epoch.unwrap_or(0), rulers: read.map_err(|error| Trouble::of(place, &error))? })
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

/// One that hangs must not be waited for, and one that is behind not be believed.
async fn best_informed(mut asked: JoinSet<Result<Told, Trouble>>) -> Result<Told, Trouble> {
    let (mut told, mut trouble) = (Vec::new(), Trouble::new("there is nobody to ask for Redis's master"));
    while told.is_empty() {
        let Some(answer) = next_of(&mut asked).await else { return Err(trouble) };
        match answer {
            Ok(answer) => told.push(answer),
            Err(error) => trouble = error,
        }
    }
    let others = async {
        while let Some(answer) = next_of(&mut asked).await {
            told.extend(answer);
        }
    };
    // Who has not answered until now may still do, and keep its connection.
    let _ = timeout(OTHERS, others).await;
    asked.detach_all();
    told.into_iter().max_by_key(|told| told.epoch).ok_or(trouble)
}

async fn next_of<T: 'static>(asked: &mut JoinSet<T>) -> Option<T> {
    asked.join_next().await.map(|answer| answer.expect("BUG: a question does not panic"))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn told(epoch: u64, port: u16) -> Result<Told, Trouble> {
        Ok(Told { epoch, rulers: vec![(ALL_SLOTS, Place { host: "localhost".to_owned(), port })] })
    }

    #[tokio::test]
    async fn who_is_behind_or_hangs_or_fails_does_not_matter() {
        let mut asked = JoinSet::new();
        asked.spawn(async { told(1, 1) });
        asked.spawn(async { Err(Trouble::new("gone")) });
        asked.spawn(async {
            tokio::task::yield_now().await;
            told(2, 2)
        });
        asked.spawn(std::future::pending());
        let best = best_informed(asked).await.unwrap();
        assert_eq!((best.epoch, best.rulers[0].1.port), (2, 2));
    }

    #[tokio::test]
    async fn nobody_who_knows_is_the_trouble_of_one_of_them() {
        let mut asked = JoinSet::new();
        asked.spawn(async { Err(Trouble::new("gone")) });
        assert_eq!(best_informed(asked).await.err().unwrap().words(), "gone");
    }
}
