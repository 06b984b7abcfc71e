//! The stores that a configuration names.

mod events;
mod external_ids;
mod ledger;
mod migrate;
mod orders;
mod payments;
mod places;

use std::path::Path;

use nico::adapters::sql::Limits;
use nico::adapters::sqlite::Database;
use nico::{Credentials, Provider, StoreError};

use crate::config::{Config, without_password};
use crate::demo::demo_orders;
use crate::failure::{Failure, Outcome, store_failed};
use external_ids::ExternalIds;
use orders::Orders;
use places::{OrdersPlace, PaymentsPlace};

pub(crate) use ledger::{Ledger, existing_events, existing_payments};
pub(crate) use migrate::migrate;
pub(crate) use orders::{OwnOrders, existing_orders, own_orders};
pub(crate) use payments::Payments;
pub(crate) use places::Places;

pub(crate) struct Stores {
    orders: Orders,
    payments: Payments,
    external_ids: ExternalIds,
    ledger: Ledger,
    orders_are_new: bool,
}

impl Stores {
    pub(crate) async fn open(config: &Config) -> Outcome<Self> {
        let places = Places::of(config)?;
        let orders_are_new = orders::is_new(&places.orders);
        let ledger = Ledger::open_at(config, &places.payments).await?;
        let payments = ledger.payments(config).await?;
        let shared = match (&ledger, &places.orders, &places.payments) {
            (Ledger::Sqlite(database), OrdersPlace::Sqlite(orders), PaymentsPlace::Sqlite(payments)) => {
                (orders == payments).then_some(database)
            }
            _ => None,
        };
        let orders = Orders::open(config, &places.orders, shared).await?;
        let external_ids = ExternalIds::open(config, &places.external_ids).await?;
        Ok(Self { orders, payments, external_ids, ledger, orders_are_new })
    }

    /// Writes the demo orders into a database that is new; tells whether it was.
    pub(crate) async fn add_demo_orders(&self) -> Outcome<bool> {
        match &self.orders {
            Orders::Own(own) if self.orders_are_new => {
                orders::put_demo(own, demo_orders()).await?;
                Ok(true)
            }
            Orders::Own(_) | Orders::SqliteShop(_) | Orders::SqlShop(_) | Orders::Memory(_) | Orders::Http(_) => {
                Ok(false)
            }
        }
    }

    /// The database of the payments, in which registrations and events lie too.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn provider(self, credentials: Credentials) -> Provider {
        self.external_ids.serve(self.payments.serve(self.orders.provider(credentials)))
    }
}

/// What each store on a server is allowed.
fn limits(config: &Config) -> Limits {
    Limits { connections: config.connections(), patience: config.patience() }
}

/// A server that cannot be used, by the setting that names it.
fn server(setting: &str, url: &str) -> impl FnOnce(StoreError) -> Failure {
    store_failed(format!("{setting} ({})", without_password(url)))
}

fn open_sqlite(file: &Path) -> Outcome<Database> {
    Database::open(file).map_err(store_failed(file.display()))
}
