//! The outbox that a configuration names.

use nico::StoreError;
use nico::adapters::sql::SqlEvents;
use nico::adapters::sqlite::SqliteEvents;
use nico::clock::{Clock, SystemClock};
use nico::event::{Event, Outbox};

/// Events that were written.
pub(crate) enum Events {
    Sqlite(SqliteEvents),
    Sql(SqlEvents),
}

impl Events {
    /// Shows every event, in their order; with `given_up`, only those that were given up.
    pub(crate) async fn for_each(
        &self,
        given_up: bool,
        mut show: impl FnMut(&Event) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut page = self.after(0, given_up).await?;
        while let Some(last) = page.last().map(|event| event.number) {
            page.iter().try_for_each(&mut show)?;
            page = self.after(last, given_up).await?;
        }
        Ok(())
    }

    async fn after(&self, last: i64, given_up: bool) -> Result<Vec<Event>, StoreError> {
        match self {
            Self::Sqlite(events) => events.after(last, given_up).await,
            Self::Sql(events) => events.after(last, given_up).await,
        }
    }

    /// Makes one due now; `false` where there is none of that number.
    pub(crate) async fn resend(&self, number: i64) -> Result<bool, StoreError> {
        let now = SystemClock.now();
        match self {
            Self::Sqlite(events) => events.resend(number, now).await,
            Self::Sql(events) => events.resend(number, now).await,
        }
    }
}
