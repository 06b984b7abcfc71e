//! The ledger: once-only by two unique indexes, and durable when the engine says that it is committed.

use super::connection::{Connection, Value};
use super::tables::touch;
use super::{Database, Part};
use crate::adapters::own;
use crate::adapters::shop::MarkPaid;
use crate::adapters::statement::Statement;
use crate::adapters::tables::PutEvent;
use crate::event::NewEvent;
use crate::order::{MitraCd, PartnerReferenceNo, PayNo, StoreError};
use crate::payment::{Payment, PaymentRepository, PaymentRequestId, Recorded, TrxDateTime};

/// How many payments are read at once by whoever reads them all.
const PAGE: usize = 1_000;

/// Payments in `nico_payments`.
#[derive(Clone)]
pub struct SqlPayments {
    database: Database,
    by_request_id: Statement,
    by_bill: Statement,
    page: Statement,
    insert: Statement,
    put: PutEvent,
    mark_order: Option<Statement>,
    mark_paid: Option<MarkPaid>,
}

impl SqlPayments {
    /// The payments in a database whose tables are there.
    ///
    /// # Errors
    /// [`StoreError`] when they are not, or a newer version of nico has made them.
    pub async fn open(database: &Database) -> Result<Self, StoreError> {
        database.needs(Part::Payments).await?;
        let columns = own::PAYMENT_COLUMNS.join(", ");
        let statement = |text: &str| database.statement(text, &own::PAYMENT_COLUMNS);
        let from = format!("SELECT {columns} FROM nico_payments WHERE");
        let mark_order = "UPDATE nico_orders SET status = 'paid'
                          WHERE pay_no = :pay_no AND partner_reference_no = :partner_reference_no";
        Ok(Self {
            by_request_id: statement(&format!("{from} payment_request_id = :payment_request_id")),
            by_bill: statement(&format!("{from} pay_no = :pay_no AND partner_reference_no = :partner_reference_no")),
            page: database.statement(
                &format!("SELECT id, {columns} FROM nico_payments WHERE id > :id ORDER BY id LIMIT {PAGE}"),
                &["id"],
            ),
            insert: database.insert("nico_payments", &own::PAYMENT_COLUMNS),
            put: PutEvent::into(database),
            // Where the orders are kept elsewhere there is nothing to mark: the ledger alone says what is paid.
            mark_order: database.has(Part::Orders).await?.then(|| statement(mark_order)),
            mark_paid: None,
            database: database.clone(),
        })
    }

    /// Runs a statement of the merchant's in the transaction of each payment, to mark the order in their own table.
    ///
    /// # Errors
    /// [`StoreError`] when the engine does not take the statement.
    pub async fn mark_paid(self, statement: &str) -> Result<Self, StoreError> {
        let mark_paid = MarkPaid::new(self.database.server().dialect(), statement)?;
        let columns = self.database.describe(&mark_paid.statement).await?;
        mark_paid.check(columns.is_empty())?;
        Ok(Self { mark_paid: Some(mark_paid), ..self })
    }

    /// The payments recorded after the one that was numbered `last`, in the order of their recording, each with its
    /// number; a page of them, or the rest.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn after(&self, last: i64) -> Result<Vec<(i64, Payment)>, StoreError> {
        let rows = self.database.fetch(&self.page, &[Value::Integer(last)]).await?;
        rows.into_iter().map(|row| Ok((own::integer(&row, "id")?, own::payment_from(row)?))).collect()
    }

    async fn write(&self, connection: &mut Connection, payment: &Payment) -> Result<Recorded, StoreError> {
        let texts = Texts::of(payment)?;
        let values = texts.values(payment);
        if !connection.insert(&self.insert, &values).await? {
            let rows = connection.fetch(&self.by_request_id, &values).await?;
            let recorded = rows.into_iter().next().map(own::payment_from).transpose()?;
            return Ok(recorded.map_or(Recorded::AlreadyPaid, |recorded| Recorded::Replay(Box::new(recorded))));
        }
        touch(connection, &self.put.write(&NewEvent::of_payment(payment))).await?;
        if let Some(mark_order) = &self.mark_order {
            connection.execute(mark_order, &values).await?;
        }
        if let Some(mark_paid) = &self.mark_paid {
            let texts = MarkPaid::values(payment);
            let values: Vec<_> = texts.iter().map(|text| Value::MaybeText(text.as_deref())).collect();
            MarkPaid::marked(payment, connection.execute(&mark_paid.statement, &values).await?);
        }
        Ok(Recorded::First)
    }

    async fn transact(&self, payment: &Payment) -> Result<Recorded, StoreError> {
        let mut lease = self.database.lease().await?;
        lease.connection().run("BEGIN").await?;
        let recorded = self.write(lease.connection(), payment).await?;
        lease.connection().run("COMMIT").await?;
        lease.give_back();
        Ok(recorded)
    }
}

impl PaymentRepository for SqlPayments {
    /// The payment, the event that tells of it, and the order's new state: all of them or none.
    async fn record(&self, payment: &Payment) -> Result<Recorded, StoreError> {
        self.database.in_turn(|| self.transact(payment)).await
    }

    async fn find_by_request_id(&self, id: &PaymentRequestId) -> Result<Option<Payment>, StoreError> {
        let rows = self.database.fetch(&self.by_request_id, &[Value::Text(id.as_str())]).await?;
        rows.into_iter().next().map(own::payment_from).transpose()
    }

    async fn is_paid(&self, pay_no: &PayNo, partner_reference_no: &PartnerReferenceNo) -> Result<bool, StoreError> {
        let bill = [Value::Text(""), Value::Text(pay_no.as_str()), Value::Text(partner_reference_no.as_str())];
        Ok(!self.database.fetch(&self.by_bill, &bill).await?.is_empty())
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.database.needs(Part::Payments).await
    }
}

/// What of a payment must be written before it can be bound.
struct Texts {
    bill: String,
    recorded_at: String,
}

impl Texts {
    fn of(payment: &Payment) -> Result<Self, StoreError> {
        Ok(Self { bill: serde_json::to_string(&payment.order)?, recorded_at: payment.recorded_at.to_rfc3339() })
    }

    /// In the order of [`own::PAYMENT_COLUMNS`].
    fn values<'v>(&'v self, payment: &'v Payment) -> [Value<'v>; 11] {
        let (pay_no, reference) = payment.bill();
        [
            Value::Text(payment.payment_request_id.as_str()),
            Value::Text(pay_no.as_str()),
            Value::Text(reference.as_str()),
            Value::Text(&self.bill),
            Value::Integer(own::sen_of(&payment.amount)),
            Value::Text(payment.client_id.as_str()),
            Value::Text(payment.external_id.as_str()),
            Value::MaybeText(payment.mitra_cd.as_ref().map(MitraCd::as_str)),
            Value::MaybeText(payment.trx_date_time.as_ref().map(TrxDateTime::as_str)),
            Value::Text(&self.recorded_at),
            Value::Text(payment.body.as_str()),
        ]
    }
}
