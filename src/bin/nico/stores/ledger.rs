//! The database that a configuration names for payments. Registrations and events lie there too: an event is written in
//! the transaction of what it tells of.

use std::sync::Arc;

use nico::StoreError;
use nico::adapters::sql::{Database as Sql, SqlEvents, SqlPayments, SqlRegistrations};
use nico::adapters::sqlite::{Database as Sqlite, SqliteEvents, SqlitePayments, SqliteRegistrations};
use nico::back_office::{BackOffice, Courier, CourierError};
use nico::clock::SystemClock;
use nico::nicepay::client::NicepayClient;
use nico::webhook::SigningSecret;

use super::events::Events;
use super::payments::Payments;
use super::places::{PaymentsPlace, Places};
use super::{limits, open_sqlite, server};
use crate::config::Config;
use crate::failure::{Failure, Outcome};
use crate::keys::password;

/// An open database.
#[derive(Clone)]
pub(crate) enum Ledger {
    Sqlite(Sqlite),
    /// With the URL that names it.
    Sql(Sql, String),
}

impl Ledger {
    pub(crate) async fn open(config: &Config) -> Outcome<Self> {
        Self::open_at(config, &Places::of(config)?.payments).await
    }

    pub(super) async fn open_at(config: &Config, place: &PaymentsPlace) -> Outcome<Self> {
        match place {
            PaymentsPlace::Sqlite(file) => open_sqlite(file).map(Self::Sqlite),
            PaymentsPlace::Sql(url) => {
                let password = password(config, config.settings.payments.password_file.as_ref())?;
                let database = Sql::connect(url, password.as_ref(), limits(config)).await;
                Ok(Self::Sql(database.map_err(server("payments.store", url))?, url.clone()))
            }
        }
    }

    /// The payments, as they are recorded.
    pub(super) async fn payments(&self, config: &Config) -> Outcome<Payments> {
        let mark_paid = config.settings.payments.mark_paid.as_deref();
        match self {
            Self::Sqlite(database) => {
                let payments = SqlitePayments::new(database);
                let marking = match mark_paid {
                    Some(statement) => payments.mark_paid(statement).map_err(refused_mark)?,
                    None => payments,
                };
                Ok(Payments::Sqlite(marking))
            }
            Self::Sql(database, url) => {
                let payments = SqlPayments::open(database).await.map_err(server("payments.store", url))?;
                let marking = match mark_paid {
                    Some(statement) => payments.mark_paid(statement).await.map_err(refused_mark)?,
                    None => payments,
                };
                Ok(Payments::Sql(Box::new(marking)))
            }
        }
    }

    /// The back office that keeps its registrations here.
    pub(crate) async fn office(&self, nicepay: NicepayClient) -> Outcome<BackOffice> {
        let clock = Arc::new(SystemClock);
        match self {
            Self::Sqlite(database) => Ok(BackOffice::new(nicepay, SqliteRegistrations::new(database), clock)),
            Self::Sql(database, url) => {
                let registrations = SqlRegistrations::open(database).await.map_err(server("payments.store", url))?;
                Ok(BackOffice::new(nicepay, registrations, clock))
            }
        }
    }

    /// The events that wait here.
    pub(crate) async fn events(&self) -> Outcome<Events> {
        match self {
            Self::Sqlite(database) => Ok(Events::Sqlite(SqliteEvents::new(database))),
            Self::Sql(database, url) => {
                Ok(Events::Sql(SqlEvents::open(database).await.map_err(server("payments.store", url))?))
            }
        }
    }

    /// Who delivers them.
    pub(crate) async fn courier(&self, url: &str, secret: SigningSecret) -> Outcome<Courier> {
        let clock = Arc::new(SystemClock);
        let courier = match self.events().await? {
            Events::Sqlite(events) => Courier::new(url, secret, events, clock),
            Events::Sql(events) => Courier::new(url, secret, events, clock),
        };
        courier.map_err(|error: CourierError| Failure::new(format!("events.url cannot be used: {error}")))
    }
}

fn refused_mark(error: StoreError) -> Failure {
    Failure::new(format!("payments.mark_paid cannot be used: {error}"))
}

/// The ledger, for the commands that show it; `None` where there is none yet.
pub(crate) async fn existing_payments(config: &Config) -> Outcome<Option<Payments>> {
    match existing_ledger(config).await? {
        Some(ledger) => ledger.payments(config).await.map(Some),
        None => Ok(None),
    }
}

/// The events, for the commands that show them; `None` where there are none yet.
pub(crate) async fn existing_events(config: &Config) -> Outcome<Option<Events>> {
    match existing_ledger(config).await? {
        Some(ledger) => ledger.events().await.map(Some),
        None => Ok(None),
    }
}

async fn existing_ledger(config: &Config) -> Outcome<Option<Ledger>> {
    match Places::of(config)?.payments {
        PaymentsPlace::Sqlite(file) if !file.exists() => Ok(None),
        place @ (PaymentsPlace::Sqlite(_) | PaymentsPlace::Sql(_)) => Ledger::open_at(config, &place).await.map(Some),
    }
}
