//! `nico migrate`: the tables on servers, made or brought up to date.

use std::io::{self, Write};

use nico::adapters::sql::{Database, Limits, Migrated, Part};

use super::places::{ExternalIdsPlace, OrdersPlace, PaymentsPlace, Places};
use super::{limits, server};
use crate::config::{Config, without_password};
use crate::failure::Outcome;
use crate::keys::password;

/// Each part of nico that the configuration puts on a server, with the setting that says so.
pub(crate) async fn migrate(config: &Config) -> Outcome {
    let (places, settings) = (Places::of(config)?, &config.settings);
    let mut parts = Vec::new();
    if let OrdersPlace::Sql(url) = &places.orders {
        parts.push((Part::Orders, "orders.source", url, &settings.orders.password_file));
    }
    if let PaymentsPlace::Sql(url) = &places.payments {
        parts.push((Part::Payments, "payments.store", url, &settings.payments.password_file));
    }
    if let ExternalIdsPlace::Sql(url) = &places.external_ids {
        parts.push((Part::ExternalIds, "external_ids.store", url, &settings.external_ids.password_file));
    }
    let mut out = io::stdout().lock();
    if parts.is_empty() {
        writeln!(out, "nothing lies on a PostgreSQL or MySQL server; SQLite brings itself up to date")?;
    }
    for (part, setting, url, password_file) in parts {
        let password = password(config, password_file.as_ref())?;
        let limits = Limits { connections: 1, ..limits(config) };
        let database = Database::connect(url, password.as_ref(), limits).await.map_err(server(setting, url))?;
        let migrated = nico::adapters::sql::migrate(&database, part).await.map_err(server(setting, url))?;
        let done = match migrated {
            Migrated::Now => "tables made or brought up to date",
            Migrated::Before => "tables are up to date",
        };
        writeln!(out, "{setting} ({}): {done}", without_password(url))?;
    }
    Ok(())
}
