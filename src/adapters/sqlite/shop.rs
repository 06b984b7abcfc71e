//! Orders out of the merchant's own SQLite file.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, params_from_iter};

use super::{BUSY_TIMEOUT, IDLE_READERS, row};
use crate::adapters::shop::{Find, Kind, Row, ShopError, StatusWords};
use crate::adapters::statement::Dialect;
use crate::order::{Order, OrderRepository, PayNo, StoreError};

/// Orders that a statement of the merchant's finds in a file that nothing is written to.
#[derive(Clone)]
pub struct SqliteShopOrders(Arc<Inner>);

struct Inner {
    path: PathBuf,
    find: Find,
    patience: Duration,
    idle: Mutex<Vec<Connection>>,
}

impl SqliteShopOrders {
    /// Orders as `find` yields them; what it must yield is what it must in the other engines. What takes longer than
    /// `patience` is interrupted.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read, or the statement yields no order.
    pub fn open(
        path: impl AsRef<Path>,
        find: &str,
        words: StatusWords,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        let find = Find::new(Dialect::Sqlite, find, words)?;
        let connection = connect(path.as_ref())?;
        check(&connection, &find)?;
        let idle = Mutex::new(vec![connection]);
        Ok(Self(Arc::new(Inner { path: path.as_ref().to_owned(), find, patience, idle })))
    }

    async fn rows(&self, pay_no: &PayNo) -> Result<Vec<Row>, StoreError> {
        let (shop, pay_no) = (self.clone(), pay_no.clone());
        let idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = idle.map_or_else(|| connect(&self.0.path), Ok)?;
        let interrupt = connection.get_interrupt_handle();
        let reading = tokio::task::spawn_blocking(move || shop.0.read(connection, &pay_no));
        if let Ok(read) = tokio::time::timeout(self.0.patience, reading).await {
            return read?;
        }
        interrupt.interrupt();
        Err(StoreError::timed_out("the statement takes too long"))
    }
}

impl Inner {
    fn read(&self, connection: Connection, pay_no: &PayNo) -> Result<Vec<Row>, StoreError> {
        let rows = rows(&connection, &self.find, pay_no)?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_READERS {
            idle.push(connection);
        }
        Ok(rows)
    }
}

impl OrderRepository for SqliteShopOrders {
    async fn find_by_pay_no(&self, pay_no: &PayNo) -> Result<Option<Order>, StoreError> {
        self.0.find.order(pay_no, self.rows(pay_no).await?)
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.rows(&PayNo::nobodys()).await.map(drop)
    }
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

fn check(connection: &Connection, find: &Find) -> Result<(), StoreError> {
    let statement = connection.prepare(find.statement.sql())?;
    if !statement.readonly() {
        return Err(ShopError::Writes.into());
    }
    // A column of SQLite's may hold anything, so what it holds is looked at row by row.
    find.check(statement.column_names().into_iter().map(|name| (name, Kind::Text)))?;
    Ok(())
}

fn rows(connection: &Connection, find: &Find, pay_no: &PayNo) -> Result<Vec<Row>, StoreError> {
    let mut statement = connection.prepare_cached(find.statement.sql())?;
    let values = Find::values(pay_no);
    let bound = find.statement.parameters().iter().map(|index| values[*index]);
    let mut found = statement.query(params_from_iter(bound))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        rows.push(row::read(row)?);
    }
    Ok(rows)
}
