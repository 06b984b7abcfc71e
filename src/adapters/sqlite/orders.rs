//! nico's own table of orders.

use rusqlite::{Connection, OptionalExtension};

use super::{Database, row};
use crate::adapters::own::{self, Imported};
use crate::order::{MitraCd, Order, OrderRepository, PayNo, StoreError};
use crate::snap::timestamp::jakarta_text;

/// Orders in SQLite.
#[derive(Clone)]
pub struct SqliteOrders(Database);

impl SqliteOrders {
    /// The orders in a database.
    pub fn new(database: &Database) -> Self {
        Self(database.clone())
    }

    /// Adds orders in one transaction, or updates those whose number exists; what is paid stays as it is.
    ///
    /// # Errors
    /// [`StoreError`]; then none of them is written.
    pub async fn put(&self, orders: Vec<Order>) -> Result<Imported, StoreError> {
        self.0
            .0
            .writer
            .write(move |connection| {
                let mut imported = Imported::default();
                for order in &orders {
                    match put(connection, order)? {
                        0 => imported.paid += 1,
                        _ => imported.written += 1,
                    }
                }
                Ok(imported)
            })
            .await
    }

    /// Shows every order, by number. It blocks: for a command, not for a server.
    ///
    /// # Errors
    /// [`StoreError`] of the database, or the first that `show` yields.
    pub fn for_each(&self, mut show: impl FnMut(Order) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.0.read_here(|connection| {
            let mut statement = connection.prepare("SELECT * FROM orders ORDER BY pay_no")?;
            let mut rows = statement.query(())?;
            while let Some(row) = rows.next()? {
                show(own::order_from(row::read(row)?)?)?;
            }
            Ok(())
        })
    }
}

impl OrderRepository for SqliteOrders {
    async fn find_by_pay_no(&self, pay_no: &PayNo) -> Result<Option<Order>, StoreError> {
        let pay_no = pay_no.clone();
        self.0
            .read(move |connection| {
                let mut statement = connection.prepare_cached("SELECT * FROM orders WHERE pay_no = ?1")?;
                statement
                    .query_row((pay_no.as_str(),), |row| row::read(row).map(own::order_from))
                    .optional()?
                    .transpose()
            })
            .await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.0
            .read(|connection| {
                connection.prepare_cached("SELECT 1 FROM orders LIMIT 1")?.exists(())?;
                Ok(())
            })
            .await
    }
}

fn put(connection: &Connection, order: &Order) -> Result<usize, StoreError> {
    let sql = "INSERT INTO orders (pay_no, partner_reference_no, pay_no_name, pay_no_phone, pay_no_email, goods_name,
                                   amount_sen, expires_at, status, mitra_cd)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
               ON CONFLICT (pay_no) DO UPDATE SET
                   partner_reference_no = excluded.partner_reference_no, pay_no_name = excluded.pay_no_name,
                   pay_no_phone = excluded.pay_no_phone, pay_no_email = excluded.pay_no_email,
                   goods_name = excluded.goods_name, amount_sen = excluded.amount_sen,
                   expires_at = excluded.expires_at, status = excluded.status, mitra_cd = excluded.mitra_cd
               WHERE status <> 'paid'";
    let written = connection.prepare_cached(sql)?.execute((
        order.pay_no.as_str(),
        order.partner_reference_no.as_str(),
        order.pay_no_name.as_str(),
        order.pay_no_phone.as_str(),
        order.pay_no_email.as_str(),
        order.goods_name.as_str(),
        own::sen_of(&order.amount),
        jakarta_text(order.expires_at.to_utc()),
        order.status.as_str(),
        order.mitra_cd.as_ref().map(MitraCd::as_str),
    ))?;
    Ok(written)
}
