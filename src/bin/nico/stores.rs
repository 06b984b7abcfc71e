//! The stores that a configuration names.

use std::path::Path;

use nico::adapters::memory::MemoryOrders;
use nico::adapters::sqlite::{Database, SqliteExternalIds, SqliteOrders, SqlitePayments};
use nico::{Credentials, Provider};

use crate::config::{Config, Place};
use crate::demo::demo_orders;
use crate::failure::{Failure, Outcome, store_failed};
use crate::order_lines;

pub(crate) struct Stores {
    orders: Orders,
    ledger: Database,
    /// `None` for memory.
    external_ids: Option<SqliteExternalIds>,
    orders_are_new: bool,
}

enum Orders {
    Sqlite(SqliteOrders),
    Memory(MemoryOrders),
}

impl Stores {
    pub(crate) fn open(config: &Config) -> Outcome<Self> {
        let source = orders_place(config)?;
        let orders_are_new = matches!(&source, Place::Sqlite(file) if !file.exists());
        let ledger_file = payments_file(config)?;
        let ledger = open(&ledger_file)?;
        let orders = match source {
            Place::Sqlite(file) if file == ledger_file => Orders::Sqlite(SqliteOrders::new(&ledger)),
            Place::Sqlite(file) => Orders::Sqlite(SqliteOrders::new(&open(&file)?)),
            Place::Memory(Some(file)) => Orders::Memory(order_lines::read(&file)?.collect::<Outcome<_>>()?),
            Place::Memory(None) => {
                return Err(Failure::new("orders.source \"memory:\" needs the path of a file of JSON lines behind it"));
            }
        };
        Ok(Self { orders, ledger, external_ids: open_external_ids(config)?, orders_are_new })
    }

    /// Writes the demo orders into a database that is new; tells whether it was.
    pub(crate) async fn add_demo_orders(&self) -> Outcome<bool> {
        match &self.orders {
            Orders::Sqlite(orders) if self.orders_are_new => {
                orders.put(demo_orders()).await.map_err(store_failed("the new database"))?;
                Ok(true)
            }
            Orders::Sqlite(_) | Orders::Memory(_) => Ok(false),
        }
    }

    pub(crate) fn provider(self, credentials: Credentials) -> Provider {
        let provider = match self.orders {
            Orders::Sqlite(orders) => Provider::new(credentials, orders),
            Orders::Memory(orders) => Provider::new(credentials, orders),
        };
        let provider = provider.payments(SqlitePayments::new(&self.ledger));
        match self.external_ids {
            Some(store) => provider.external_ids(store),
            None => provider,
        }
    }
}

/// nico's own table of orders, for the commands that fill and show it.
pub(crate) fn own_orders(config: &Config) -> Outcome<SqliteOrders> {
    match orders_place(config)? {
        Place::Sqlite(file) => Ok(SqliteOrders::new(&open(&file)?)),
        Place::Memory(_) => {
            Err(Failure::new("orders.source is \"memory:\", so the orders are in that file: edit it and start again"))
        }
    }
}

/// The ledger, for the commands that show it.
pub(crate) fn own_payments(config: &Config) -> Outcome<SqlitePayments> {
    Ok(SqlitePayments::new(&open(&payments_file(config)?)?))
}

fn orders_place(config: &Config) -> Outcome<Place> {
    config.place("orders.source", &config.settings.orders.source)
}

fn payments_file(config: &Config) -> Outcome<std::path::PathBuf> {
    match config.place("payments.store", &config.settings.payments.store)? {
        Place::Sqlite(file) => Ok(file),
        Place::Memory(_) => {
            Err(Failure::new("payments.store must be \"sqlite:FILE\": a payment must outlive this process"))
        }
    }
}

fn open_external_ids(config: &Config) -> Outcome<Option<SqliteExternalIds>> {
    match config.place("external_ids.store", &config.settings.external_ids.store)? {
        Place::Sqlite(file) => SqliteExternalIds::open(&file).map(Some).map_err(store_failed(file.display())),
        Place::Memory(None) => Ok(None),
        Place::Memory(Some(_)) => {
            Err(Failure::new("external_ids.store \"memory:\" takes no file: write \"memory:\" alone"))
        }
    }
}

fn open(file: &Path) -> Outcome<Database> {
    Database::open(file).map_err(store_failed(file.display()))
}
