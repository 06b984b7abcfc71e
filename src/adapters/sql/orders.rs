//! nico's own table of orders.

use super::connection::{Connection, Value};
use super::{Database, Part};
use crate::adapters::own::{self, Imported};
use crate::adapters::statement::Statement;
use crate::order::{MitraCd, Order, OrderRepository, PayNo, StoreError};
use crate::snap::timestamp::jakarta_text;

/// How many orders are read at once by whoever reads them all.
const PAGE: usize = 1_000;

/// Orders in `nico_orders`.
#[derive(Clone)]
pub struct SqlOrders {
    database: Database,
    find: Statement,
    page: Statement,
    insert: Statement,
    update: Statement,
}

impl SqlOrders {
    /// The orders in a database whose tables are there.
    ///
    /// # Errors
    /// [`StoreError`] when they are not, or a newer version of nico has made them.
    pub async fn open(database: &Database) -> Result<Self, StoreError> {
        database.needs(Part::Orders).await?;
        let columns = own::ORDER_COLUMNS.join(", ");
        let sets: Vec<_> = own::ORDER_COLUMNS[1..].iter().map(|column| format!("{column} = :{column}")).collect();
        let statement = |text: &str| database.statement(text, &own::ORDER_COLUMNS);
        Ok(Self {
            find: statement(&format!("SELECT {columns} FROM nico_orders WHERE pay_no = :pay_no")),
            page: statement(&format!(
                "SELECT {columns} FROM nico_orders WHERE pay_no > :pay_no ORDER BY pay_no LIMIT {PAGE}"
            )),
            insert: database.insert("nico_orders", &own::ORDER_COLUMNS),
            update: statement(&format!(
                "UPDATE nico_orders SET {} WHERE pay_no = :pay_no AND status <> 'paid'",
                sets.join(", ")
            )),
            database: database.clone(),
        })
    }

    /// Adds orders in one transaction, or updates those whose number exists; what is paid stays as it is.
    ///
    /// # Errors
    /// [`StoreError`]; then none of them is written.
    pub async fn put(&self, orders: Vec<Order>) -> Result<Imported, StoreError> {
        let mut imported = Imported::default();
        let mut lease = self.database.within(self.database.lease()).await?;
        let connection = lease.connection();
        connection.run("BEGIN").await?;
        for order in &orders {
            if self.put_one(connection, order).await? {
                imported.written += 1;
            } else {
                imported.paid += 1;
            }
        }
        connection.run("COMMIT").await?;
        lease.give_back();
        Ok(imported)
    }

    /// Whether it was written; `false` where it is paid.
    async fn put_one(&self, connection: &mut Connection, order: &Order) -> Result<bool, StoreError> {
        let expires_at = jakarta_text(order.expires_at.to_utc());
        let values = [
            Value::Text(order.pay_no.as_str()),
            Value::Text(order.partner_reference_no.as_str()),
            Value::Text(order.pay_no_name.as_str()),
            Value::Text(order.pay_no_phone.as_str()),
            Value::Text(order.pay_no_email.as_str()),
            Value::Text(order.goods_name.as_str()),
            Value::Integer(own::sen_of(&order.amount)),
            Value::Text(&expires_at),
            Value::Text(order.status.as_str()),
            Value::MaybeText(order.mitra_cd.as_ref().map(MitraCd::as_str)),
        ];
        Ok(connection.insert(&self.insert, &values).await? || connection.execute(&self.update, &values).await? == 1)
    }

    /// The orders whose numbers come after `last`, by number; a page of them, or the rest.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn after(&self, last: Option<&PayNo>) -> Result<Vec<Order>, StoreError> {
        self.read(&self.page, last.map_or("", PayNo::as_str)).await
    }

    async fn read(&self, statement: &Statement, pay_no: &str) -> Result<Vec<Order>, StoreError> {
        let rows = self.database.fetch(statement, &[Value::Text(pay_no)]).await?;
        rows.into_iter().map(own::order_from).collect()
    }
}

impl OrderRepository for SqlOrders {
    async fn find_by_pay_no(&self, pay_no: &PayNo) -> Result<Option<Order>, StoreError> {
        Ok(self.read(&self.find, pay_no.as_str()).await?.pop())
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.database.needs(Part::Orders).await
    }
}
