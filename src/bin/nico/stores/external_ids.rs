//! The X-EXTERNAL-IDs that a configuration names.

use nico::Provider;
use nico::adapters::redis::RedisExternalIds;
use nico::adapters::sql::{Database, Limits, SqlExternalIds};
use nico::adapters::sqlite::SqliteExternalIds;

use super::places::ExternalIdsPlace;
use super::{limits, server};
use crate::config::Config;
use crate::failure::{Outcome, store_failed};
use crate::keys::password;

/// One claims, one empties the table of a day that is over.
const CONNECTIONS: usize = 2;

pub(super) enum ExternalIds {
    /// The provider's own.
    Memory,
    Sqlite(SqliteExternalIds),
    Sql(SqlExternalIds),
    Redis(RedisExternalIds),
}

impl ExternalIds {
    pub(super) async fn open(config: &Config, place: &ExternalIdsPlace) -> Outcome<Self> {
        let password = password(config, config.settings.external_ids.password_file.as_ref())?;
        Ok(match place {
            ExternalIdsPlace::Memory => Self::Memory,
            ExternalIdsPlace::Sqlite(file) => {
                Self::Sqlite(SqliteExternalIds::open(file).map_err(store_failed(file.display()))?)
            }
            ExternalIdsPlace::Sql(url) => {
                let limits = Limits { connections: CONNECTIONS, ..limits(config) };
                let failed = || server("external_ids.store", url);
                let database = Database::connect(url, password.as_ref(), limits).await.map_err(failed())?;
                Self::Sql(SqlExternalIds::open(&database).await.map_err(failed())?)
            }
            ExternalIdsPlace::Redis(url) => {
                let redis = RedisExternalIds::connect(url, password, config.patience()).await;
                Self::Redis(redis.map_err(server("external_ids.store", url))?)
            }
        })
    }

    pub(super) fn serve(self, provider: Provider) -> Provider {
        match self {
            Self::Memory => provider,
            Self::Sqlite(store) => provider.external_ids(store),
            Self::Sql(store) => provider.external_ids(store),
            Self::Redis(store) => provider.external_ids(store),
        }
    }
}
