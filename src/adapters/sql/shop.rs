//! Orders out of the merchant's own tables.

use super::Database;
use super::connection::Value;
use crate::adapters::shop::{Find, Row, StatusWords};
use crate::order::{Order, OrderRepository, PayNo, StoreError};

/// Orders that a statement of the merchant's finds.
#[derive(Clone)]
pub struct SqlShopOrders {
    database: Database,
    find: Find,
}

impl SqlShopOrders {
    /// Orders as `find` yields them: one row for a number, with the columns `partnerReferenceNo`, `payNoName`,
    /// `payNoPhone`, `payNoEmail`, `goodsName`, `amount`, `expiresAt`, `status` and, where there is one, `mitraCd`. It
    /// names `:payNo`, or its parts `:partnerServiceId` and `:customerNo`, which are bound as text.
    ///
    /// The database should be one in which [nothing may be written](Database::connect_read_only).
    ///
    /// # Errors
    /// [`StoreError`] when the engine does not take the statement, or what it yields is no order.
    pub async fn open(database: &Database, find: &str, words: StatusWords) -> Result<Self, StoreError> {
        let find = Find::new(database.server().dialect(), find, words)?;
        let columns = database.describe(&find.statement).await?;
        let orders = Self { database: database.clone(), find };
        // A statement that writes may yield the right columns too; only running it tells.
        orders.ready().await?;
        orders.find.check(columns.iter().map(|(name, kind)| (name.as_str(), *kind)))?;
        Ok(orders)
    }

    async fn rows(&self, pay_no: &PayNo) -> Result<Vec<Row>, StoreError> {
        self.database.fetch(&self.find.statement, &Find::values(pay_no).map(Value::Text)).await
    }
}

impl OrderRepository for SqlShopOrders {
    async fn find_by_pay_no(&self, pay_no: &PayNo) -> Result<Option<Order>, StoreError> {
        self.find.order(pay_no, self.rows(pay_no).await?)
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.rows(&PayNo::nobodys()).await.map(drop)
    }
}
