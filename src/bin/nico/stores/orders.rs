//! The orders that a configuration names.

use std::path::Path;
use std::sync::Arc;

use nico::adapters::http::HttpOrders;
use nico::adapters::memory::MemoryOrders;
use nico::adapters::sql::{Database as Sql, SqlOrders, SqlShopOrders};
use nico::adapters::sqlite::{Database as Sqlite, SqliteOrders, SqliteShopOrders};
use nico::adapters::{Imported, StatusWords};
use nico::clock::SystemClock;
use nico::{Credentials, Order, OrderRepository, PayNo, Provider, StoreError};

use super::places::{OrdersPlace, Places};
use super::{limits, open_sqlite, server};
use crate::config::Config;
use crate::failure::{Failure, Outcome, store_failed};
use crate::keys::{password, signing_secret};
use crate::order_lines;

pub(super) enum Orders {
    Own(OwnOrders),
    SqliteShop(SqliteShopOrders),
    SqlShop(SqlShopOrders),
    Memory(MemoryOrders),
    Http(HttpOrders),
}

/// nico's own table of orders.
pub(crate) enum OwnOrders {
    Sqlite(SqliteOrders),
    Sql(SqlOrders),
}

impl Orders {
    /// Opens them. `ledger` is the database of the payments, if it lies in the same file.
    pub(super) async fn open(config: &Config, place: &OrdersPlace, ledger: Option<&Sqlite>) -> Outcome<Self> {
        let (find, words) = (config.settings.orders.find.as_deref().unwrap_or_default(), words(config));
        Ok(match place {
            OrdersPlace::Sqlite(file) => Self::Own(OwnOrders::Sqlite(match ledger {
                Some(ledger) => SqliteOrders::new(ledger),
                None => SqliteOrders::new(&open_sqlite(file)?),
            })),
            OrdersPlace::Sql(url) => Self::Own(OwnOrders::Sql(open_own(config, url).await?)),
            OrdersPlace::SqliteShop(file) => {
                let shop = SqliteShopOrders::open(file, find, words, config.patience());
                Self::SqliteShop(shop.map_err(refused_find)?)
            }
            OrdersPlace::SqlShop(url) => {
                let password = password(config, config.settings.orders.password_file.as_ref())?;
                let database = Sql::connect_read_only(url, password.as_ref(), limits(config)).await;
                let database = database.map_err(server("orders.source", url))?;
                Self::SqlShop(SqlShopOrders::open(&database, find, words).await.map_err(refused_find)?)
            }
            OrdersPlace::Memory(file) => Self::Memory(order_lines::read(file)?.collect::<Outcome<_>>()?),
            OrdersPlace::Http(url) => Self::Http(open_service(config, url).await?),
        })
    }

    pub(super) fn provider(self, credentials: Credentials) -> Provider {
        match self {
            Self::Own(OwnOrders::Sqlite(orders)) => Provider::new(credentials, orders),
            Self::Own(OwnOrders::Sql(orders)) => Provider::new(credentials, orders),
            Self::SqliteShop(orders) => Provider::new(credentials, orders),
            Self::SqlShop(orders) => Provider::new(credentials, orders),
            Self::Memory(orders) => Provider::new(credentials, orders),
            Self::Http(orders) => Provider::new(credentials, orders),
        }
    }
}

impl OwnOrders {
    /// Adds or updates orders in one transaction.
    pub(crate) async fn put(&self, orders: Vec<Order>) -> Result<Imported, StoreError> {
        match self {
            Self::Sqlite(own) => own.put(orders).await,
            Self::Sql(own) => own.put(orders).await,
        }
    }

    pub(crate) async fn find(&self, pay_no: &PayNo) -> Result<Option<Order>, StoreError> {
        match self {
            Self::Sqlite(own) => own.find_by_pay_no(pay_no).await,
            Self::Sql(own) => own.find_by_pay_no(pay_no).await,
        }
    }

    /// Shows every order, by number.
    pub(crate) async fn for_each(
        &self,
        mut show: impl FnMut(Order) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let own = match self {
            Self::Sqlite(own) => return own.for_each(show),
            Self::Sql(own) => own,
        };
        let mut page = own.after(None).await?;
        while let Some(last) = page.last().map(|order| order.pay_no.clone()) {
            page.into_iter().try_for_each(&mut show)?;
            page = own.after(Some(&last)).await?;
        }
        Ok(())
    }
}

async fn open_own(config: &Config, url: &str) -> Outcome<SqlOrders> {
    let password = password(config, config.settings.orders.password_file.as_ref())?;
    let database = Sql::connect(url, password.as_ref(), limits(config)).await.map_err(server("orders.source", url))?;
    SqlOrders::open(&database).await.map_err(server("orders.source", url))
}

async fn open_service(config: &Config, url: &str) -> Outcome<HttpOrders> {
    let secret = signing_secret(config)?;
    let orders = HttpOrders::new(url, secret, config.patience(), Arc::new(SystemClock));
    let orders = orders.map_err(|error| Failure::new(format!("orders.source cannot be used: {error}")))?;
    orders.ready().await.map_err(|error| Failure::new(format!("orders.source ({url}): {error}")))?;
    Ok(orders)
}

fn words(config: &Config) -> StatusWords {
    match &config.settings.orders.status {
        Some(words) => {
            StatusWords { unpaid: words.unpaid.clone(), paid: words.paid.clone(), cancelled: words.cancelled.clone() }
        }
        None => StatusWords::default(),
    }
}

fn refused_find(error: StoreError) -> Failure {
    Failure::new(format!("orders.find cannot be used: {error}"))
}

/// nico's own table of orders, for the commands that fill it.
pub(crate) async fn own_orders(config: &Config) -> Outcome<OwnOrders> {
    match Places::of(config)?.orders {
        OrdersPlace::Sqlite(file) => Ok(OwnOrders::Sqlite(SqliteOrders::new(&open_sqlite(&file)?))),
        OrdersPlace::Sql(url) => Ok(OwnOrders::Sql(open_own(config, &url).await?)),
        OrdersPlace::SqliteShop(_) | OrdersPlace::SqlShop(_) => {
            Err(Failure::new("orders.find finds the orders in your own tables: they are yours to fill and to show"))
        }
        OrdersPlace::Memory(_) => {
            Err(Failure::new("orders.source is \"memory:\", so the orders are in that file: edit it and start again"))
        }
        OrdersPlace::Http(_) => {
            Err(Failure::new("orders.source is a service of yours: the orders are its to fill and to show"))
        }
    }
}

/// The same for the commands that show it; `None` where there is none yet. A database that is only looked at is not
/// made in passing: it would no longer be new to `serve`.
pub(crate) async fn existing_orders(config: &Config) -> Outcome<Option<OwnOrders>> {
    if is_new(&Places::of(config)?.orders) { Ok(None) } else { own_orders(config).await.map(Some) }
}

/// Writes the demo orders into a database that is new.
pub(super) async fn put_demo(orders: &OwnOrders, demo: Vec<Order>) -> Outcome {
    orders.put(demo).await.map(drop).map_err(store_failed("the new database"))
}

/// Whether it is a file that is still to be made.
pub(super) fn is_new(place: &OrdersPlace) -> bool {
    let missing = |file: &Path| !file.exists();
    matches!(place, OrdersPlace::Sqlite(file) if missing(file))
}
