//! The stores that a configuration names.

use std::path::{Path, PathBuf};

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

/// Where a configuration says that everything lies; nothing of it is opened yet.
pub(crate) struct Places {
    orders: OrdersPlace,
    ledger: PathBuf,
    /// `None` for memory.
    external_ids: Option<PathBuf>,
}

enum OrdersPlace {
    Sqlite(PathBuf),
    /// A file of JSON lines.
    Memory(PathBuf),
}

impl Places {
    pub(crate) fn of(config: &Config) -> Outcome<Self> {
        let settings = &config.settings;
        let orders = match config.place("orders.source", &settings.orders.source)? {
            Place::Sqlite(file) => OrdersPlace::Sqlite(file),
            Place::Memory(Some(file)) => OrdersPlace::Memory(file),
            Place::Memory(None) => {
                return Err(Failure::new("orders.source \"memory:\" needs the path of a file of JSON lines behind it"));
            }
        };
        let Place::Sqlite(ledger) = config.place("payments.store", &settings.payments.store)? else {
            return Err(Failure::new("payments.store must be \"sqlite:FILE\": a payment must outlive this process"));
        };
        let external_ids = match config.place("external_ids.store", &settings.external_ids.store)? {
            Place::Sqlite(file) => Some(file),
            Place::Memory(None) => None,
            Place::Memory(Some(_)) => {
                return Err(Failure::new("external_ids.store \"memory:\" takes no file: write \"memory:\" alone"));
            }
        };
        Ok(Self { orders, ledger, external_ids })
    }
}

impl Stores {
    pub(crate) fn open(config: &Config) -> Outcome<Self> {
        let places = Places::of(config)?;
        let orders_are_new = matches!(&places.orders, OrdersPlace::Sqlite(file) if !file.exists());
        let ledger = open(&places.ledger)?;
        let orders = match places.orders {
            OrdersPlace::Sqlite(file) if file == places.ledger => Orders::Sqlite(SqliteOrders::new(&ledger)),
            OrdersPlace::Sqlite(file) => Orders::Sqlite(SqliteOrders::new(&open(&file)?)),
            OrdersPlace::Memory(file) => Orders::Memory(order_lines::read(&file)?.collect::<Outcome<_>>()?),
        };
        let external_ids = |file: PathBuf| SqliteExternalIds::open(&file).map_err(store_failed(file.display()));
        Ok(Self { orders, ledger, external_ids: places.external_ids.map(external_ids).transpose()?, orders_are_new })
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

/// nico's own table of orders, for the commands that fill it.
pub(crate) fn own_orders(config: &Config) -> Outcome<SqliteOrders> {
    Ok(SqliteOrders::new(&open(&orders_file(config)?)?))
}

/// The same for the commands that show it; `None` where there is none yet.
pub(crate) fn existing_orders(config: &Config) -> Outcome<Option<SqliteOrders>> {
    Ok(open_existing(&orders_file(config)?)?.as_ref().map(SqliteOrders::new))
}

fn orders_file(config: &Config) -> Outcome<PathBuf> {
    match Places::of(config)?.orders {
        OrdersPlace::Sqlite(file) => Ok(file),
        OrdersPlace::Memory(_) => {
            Err(Failure::new("orders.source is \"memory:\", so the orders are in that file: edit it and start again"))
        }
    }
}

/// The ledger, for the commands that show it; `None` where there is none yet.
pub(crate) fn existing_payments(config: &Config) -> Outcome<Option<SqlitePayments>> {
    Ok(open_existing(&Places::of(config)?.ledger)?.as_ref().map(SqlitePayments::new))
}

/// A database that is only looked at is not made in passing: it would no longer be new to `serve`.
fn open_existing(file: &Path) -> Outcome<Option<Database>> {
    if file.exists() { open(file).map(Some) } else { Ok(None) }
}

fn open(file: &Path) -> Outcome<Database> {
    Database::open(file).map_err(store_failed(file.display()))
}
