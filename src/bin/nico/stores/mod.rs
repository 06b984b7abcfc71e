//! The stores that a configuration names.

mod external_ids;
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

pub(crate) use migrate::migrate;
pub(crate) use orders::{OwnOrders, existing_orders, own_orders};
pub(crate) use payments::{Payments, existing_payments};
pub(crate) use places::Places;

pub(crate) struct Stores {
    orders: Orders,
    payments: Payments,
    external_ids: ExternalIds,
    orders_are_new: bool,
}

impl Stores {
    pub(crate) async fn open(config: &Config) -> Outcome<Self> {
        let places = Places::of(config)?;
        let orders_are_new = orders::is_new(&places.orders);
        let (payments, ledger) = Payments::open(config, &places.payments).await?;
        let shared = ledger.filter(|_| match (&places.orders, &places.payments) {
            (OrdersPlace::Sqlite(orders), PaymentsPlace::Sqlite(payments)) => orders == payments,
            _ => false,
        });
        let orders = Orders::open(config, &places.orders, shared.as_ref()).await?;
        let external_ids = ExternalIds::open(config, &places.external_ids).await?;
        Ok(Self { orders, payments, external_ids, orders_are_new })
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
