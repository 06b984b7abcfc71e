//! Where a configuration says that everything lies. Nothing of it is opened here.

use std::path::PathBuf;

use crate::config::{Config, Place};
use crate::failure::{Failure, Outcome};

pub(crate) struct Places {
    pub(super) orders: OrdersPlace,
    pub(super) payments: PaymentsPlace,
    pub(super) external_ids: ExternalIdsPlace,
}

pub(super) enum OrdersPlace {
    Sqlite(PathBuf),
    /// The merchant's own tables, which a statement finds orders in.
    SqliteShop(PathBuf),
    Sql(String),
    SqlShop(String),
    /// A file of JSON lines.
    Memory(PathBuf),
    Http(String),
}

pub(super) enum PaymentsPlace {
    Sqlite(PathBuf),
    Sql(String),
}

pub(super) enum ExternalIdsPlace {
    Memory,
    Sqlite(PathBuf),
    Sql(String),
    Redis(String),
}

impl Places {
    pub(crate) fn of(config: &Config) -> Outcome<Self> {
        let places = Self { orders: orders(config)?, payments: payments(config)?, external_ids: external_ids(config)? };
        places.check(config)?;
        Ok(places)
    }

    /// Settings that go with another place than the one they are given for.
    fn check(&self, config: &Config) -> Outcome {
        let settings = &config.settings;
        let is_http = matches!(self.orders, OrdersPlace::Http(_));
        let has_tables = !is_http && !matches!(self.orders, OrdersPlace::Memory(_));
        let orders_have_password = matches!(self.orders, OrdersPlace::Sql(_) | OrdersPlace::SqlShop(_));
        let ids_have_password = matches!(self.external_ids, ExternalIdsPlace::Sql(_) | ExternalIdsPlace::Redis(_));
        let goes_with = |given: bool, goes: bool, setting: &str, with: &str| {
            if given && !goes {
                Err(Failure::new(format!("{setting} is given, but it goes with {with}")))
            } else {
                Ok(())
            }
        };
        goes_with(settings.orders.find.is_some(), has_tables, "orders.find", "a database in orders.source")?;
        goes_with(
            settings.orders.password_file.is_some(),
            orders_have_password,
            "orders.password_file",
            "postgres:// or mysql:// in orders.source",
        )?;
        goes_with(settings.orders.secret_file.is_some(), is_http, "orders.secret_file", "http(s):// in orders.source")?;
        goes_with(
            settings.payments.password_file.is_some(),
            matches!(self.payments, PaymentsPlace::Sql(_)),
            "payments.password_file",
            "postgres:// or mysql:// in payments.store",
        )?;
        goes_with(
            settings.external_ids.password_file.is_some(),
            ids_have_password,
            "external_ids.password_file",
            "a server in external_ids.store",
        )
    }
}

fn orders(config: &Config) -> Outcome<OrdersPlace> {
    let orders = &config.settings.orders;
    let is_shop = orders.find.is_some();
    Ok(match config.place(&orders.source) {
        Some(Place::Sqlite(file)) if is_shop => OrdersPlace::SqliteShop(file),
        Some(Place::Sqlite(file)) => OrdersPlace::Sqlite(file),
        Some(Place::Sql(url)) if is_shop => OrdersPlace::SqlShop(url),
        Some(Place::Sql(url)) => OrdersPlace::Sql(url),
        Some(Place::Memory(Some(file))) => OrdersPlace::Memory(file),
        Some(Place::Http(url)) => OrdersPlace::Http(url),
        Some(Place::Memory(None)) => {
            return Err(Failure::new("orders.source \"memory:\" needs the path of a file of JSON lines behind it"));
        }
        Some(Place::Redis(_)) | None => {
            return Err(Failure::new(
                "orders.source must be \"sqlite:FILE\" or \"memory:FILE\", or begin with postgres://, mysql://, http:// or https://",
            ));
        }
    })
}

fn payments(config: &Config) -> Outcome<PaymentsPlace> {
    match config.place(&config.settings.payments.store) {
        Some(Place::Sqlite(file)) => Ok(PaymentsPlace::Sqlite(file)),
        Some(Place::Sql(url)) => Ok(PaymentsPlace::Sql(url)),
        Some(Place::Memory(_) | Place::Redis(_) | Place::Http(_)) | None => Err(Failure::new(
            "payments.store must be \"sqlite:FILE\", or begin with postgres:// or mysql://: a payment must outlive this process",
        )),
    }
}

fn external_ids(config: &Config) -> Outcome<ExternalIdsPlace> {
    match config.place(&config.settings.external_ids.store) {
        Some(Place::Sqlite(file)) => Ok(ExternalIdsPlace::Sqlite(file)),
        Some(Place::Sql(url)) => Ok(ExternalIdsPlace::Sql(url)),
        Some(Place::Redis(url)) => Ok(ExternalIdsPlace::Redis(url)),
        Some(Place::Memory(None)) => Ok(ExternalIdsPlace::Memory),
        Some(Place::Memory(Some(_))) => {
            Err(Failure::new("external_ids.store \"memory:\" takes no file: write \"memory:\" alone"))
        }
        Some(Place::Http(_)) | None => Err(Failure::new(
            "external_ids.store must be \"sqlite:FILE\" or \"memory:\", or begin with redis://, rediss://, \
             redis+sentinel://, redis+cluster://, postgres:// or mysql://",
        )),
    }
}
