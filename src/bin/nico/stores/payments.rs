//! The ledger that a configuration names.

use nico::adapters::sql::{Database as Sql, SqlPayments};
use nico::adapters::sqlite::{Database as Sqlite, SqlitePayments};
use nico::{Payment, Provider, StoreError};

use super::places::{PaymentsPlace, Places};
use super::{limits, open_sqlite, server};
use crate::config::Config;
use crate::failure::{Failure, Outcome};
use crate::keys::password;

/// Payments that were recorded.
pub(crate) enum Payments {
    Sqlite(SqlitePayments),
    Sql(Box<SqlPayments>),
}

impl Payments {
    /// Opens them; also the database, where it may hold the orders as well.
    pub(super) async fn open(config: &Config, place: &PaymentsPlace) -> Outcome<(Self, Option<Sqlite>)> {
        let mark_paid = config.settings.payments.mark_paid.as_deref();
        match place {
            PaymentsPlace::Sqlite(file) => {
                let database = open_sqlite(file)?;
                let payments = SqlitePayments::new(&database);
                let payments = match mark_paid {
                    Some(statement) => payments.mark_paid(statement).map_err(refused_mark)?,
                    None => payments,
                };
                Ok((Self::Sqlite(payments), Some(database)))
            }
            PaymentsPlace::Sql(url) => {
                let payments = open_sql(config, url).await?;
                let payments = match mark_paid {
                    Some(statement) => payments.mark_paid(statement).await.map_err(refused_mark)?,
                    None => payments,
                };
                Ok((Self::Sql(Box::new(payments)), None))
            }
        }
    }

    pub(super) fn serve(self, provider: Provider) -> Provider {
        match self {
            Self::Sqlite(payments) => provider.payments(payments),
            Self::Sql(payments) => provider.payments(*payments),
        }
    }

    /// Shows every payment in the order of their recording.
    pub(crate) async fn for_each(
        &self,
        mut show: impl FnMut(Payment) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let payments = match self {
            Self::Sqlite(payments) => return payments.for_each(show),
            Self::Sql(payments) => payments,
        };
        let mut page = payments.after(0).await?;
        while let Some(last) = page.last().map(|(number, _)| *number) {
            page.into_iter().try_for_each(|(_, payment)| show(payment))?;
            page = payments.after(last).await?;
        }
        Ok(())
    }
}

async fn open_sql(config: &Config, url: &str) -> Outcome<SqlPayments> {
    let password = password(config, config.settings.payments.password_file.as_ref())?;
    let database = Sql::connect(url, password.as_ref(), limits(config)).await;
    let database = database.map_err(server("payments.store", url))?;
    SqlPayments::open(&database).await.map_err(server("payments.store", url))
}

fn refused_mark(error: StoreError) -> Failure {
    Failure::new(format!("payments.mark_paid cannot be used: {error}"))
}

/// The ledger, for the commands that show it; `None` where there is none yet.
pub(crate) async fn existing_payments(config: &Config) -> Outcome<Option<Payments>> {
    match Places::of(config)?.payments {
        PaymentsPlace::Sqlite(file) if !file.exists() => Ok(None),
        PaymentsPlace::Sqlite(file) => Ok(Some(Payments::Sqlite(SqlitePayments::new(&open_sqlite(&file)?)))),
        PaymentsPlace::Sql(url) => Ok(Some(Payments::Sql(Box::new(open_sql(config, &url).await?)))),
    }
}
