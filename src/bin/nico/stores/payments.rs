//! The ledger that a configuration names.

use nico::adapters::sql::SqlPayments;
use nico::adapters::sqlite::SqlitePayments;
use nico::{Payment, Provider, StoreError};

/// Payments that were recorded.
pub(crate) enum Payments {
    Sqlite(SqlitePayments),
    Sql(Box<SqlPayments>),
}

impl Payments {
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
