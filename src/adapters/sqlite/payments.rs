//! The ledger: once-only by constraint, durable before it is acknowledged.

use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::tables::touch;
use super::{Database, row};
use crate::adapters::own;
use crate::adapters::shop::MarkPaid;
use crate::adapters::statement::Dialect;
use crate::adapters::tables::{PutEvent, Write};
use crate::event::NewEvent;
use crate::order::{MitraCd, PartnerReferenceNo, PayNo, StoreError};
use crate::payment::{Payment, PaymentRepository, PaymentRequestId, Recorded, TrxDateTime};

/// Payments in SQLite.
#[derive(Clone)]
pub struct SqlitePayments {
    database: Database,
    put: PutEvent,
    mark_paid: Option<MarkPaid>,
}

impl SqlitePayments {
    /// The payments in a database.
    pub fn new(database: &Database) -> Self {
        Self { database: database.clone(), put: PutEvent::into(database), mark_paid: None }
    }

    /// Runs a statement of the merchant's in the transaction of each payment, to mark the order in a table of their
    /// own in the same file.
    ///
    /// # Errors
    /// [`StoreError`] when SQLite does not take the statement.
    pub fn mark_paid(self, statement: &str) -> Result<Self, StoreError> {
        let mark_paid = MarkPaid::new(Dialect::Sqlite, statement)?;
        let columns = |connection: &Connection| Ok(connection.prepare(mark_paid.statement.sql())?.column_count());
        mark_paid.check(self.database.read_here(columns)? == 0)?;
        Ok(Self { mark_paid: Some(mark_paid), ..self })
    }

    /// Shows every payment in the order of their recording. It blocks: for a command, not for a server.
    ///
    /// # Errors
    /// [`StoreError`] of the database, or the first that `show` yields.
    pub fn for_each(&self, mut show: impl FnMut(Payment) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.database.read_here(|connection| {
            let mut statement = connection.prepare("SELECT * FROM payments ORDER BY id")?;
            let mut rows = statement.query(())?;
            while let Some(row) = rows.next()? {
                show(own::payment_from(row::read(row)?)?)?;
            }
            Ok(())
        })
    }
}

impl PaymentRepository for SqlitePayments {
    async fn record(&self, payment: &Payment) -> Result<Recorded, StoreError> {
        let event = self.put.write(&NewEvent::of_payment(payment));
        let (payment, mark_paid) = (payment.clone(), self.mark_paid.clone());
        let write = move |connection: &Connection| record(connection, &payment, &event, mark_paid.as_ref());
        self.database.0.writer.write(write).await
    }

    async fn find_by_request_id(&self, id: &PaymentRequestId) -> Result<Option<Payment>, StoreError> {
        let id = id.clone();
        self.database.read(move |connection| find(connection, &id)).await
    }

    async fn is_paid(&self, pay_no: &PayNo, partner_reference_no: &PartnerReferenceNo) -> Result<bool, StoreError> {
        let (pay_no, reference) = (pay_no.clone(), partner_reference_no.clone());
        self.database
            .read(move |connection| {
                let sql = "SELECT 1 FROM payments WHERE pay_no = ?1 AND partner_reference_no = ?2";
                Ok(connection.prepare_cached(sql)?.exists((pay_no.as_str(), reference.as_str()))?)
            })
            .await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.database.0.writer.ready().await
    }
}

fn find(connection: &Connection, id: &PaymentRequestId) -> Result<Option<Payment>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM payments WHERE payment_request_id = ?1")?;
    statement.query_row((id.as_str(),), |row| row::read(row).map(own::payment_from)).optional()?.transpose()
}

/// The payment, the event that tells of it, and the order's new state: all of them or none.
fn record(
    connection: &Connection,
    payment: &Payment,
    event: &Write,
    mark_paid: Option<&MarkPaid>,
) -> Result<Recorded, StoreError> {
    if let Some(recorded) = find(connection, &payment.payment_request_id)? {
        return Ok(Recorded::Replay(Box::new(recorded)));
    }
    if !insert(connection, payment)? {
        return Ok(Recorded::AlreadyPaid);
    }
    touch(connection, event)?;
    // Where the orders are kept elsewhere, this touches nothing: the ledger alone says what is paid.
    let mark = "UPDATE orders SET status = 'paid' WHERE pay_no = ?1 AND partner_reference_no = ?2";
    let (pay_no, reference) = payment.bill();
    connection.prepare_cached(mark)?.execute((pay_no.as_str(), reference.as_str()))?;
    if let Some(mark_paid) = mark_paid {
        let values = MarkPaid::values(payment);
        let bound = mark_paid.statement.parameters().iter().map(|index| &values[*index]);
        let mut statement = connection.prepare_cached(mark_paid.statement.sql())?;
        let rows = statement.execute(params_from_iter(bound)).map_err(refused)?;
        MarkPaid::marked(payment, u64::try_from(rows).unwrap_or(u64::MAX));
    }
    Ok(Recorded::First)
}

/// What a trigger of the merchant's raises may repeat a row, so of that the code alone is told.
fn refused(error: rusqlite::Error) -> StoreError {
    let code = error.sqlite_error().map_or(0, |error| error.extended_code);
    StoreError::new(&format!("payments.mark_paid was refused (SQLite's code {code})"))
}

/// Whether the bill was still open: the constraint decides.
fn insert(connection: &Connection, payment: &Payment) -> Result<bool, StoreError> {
    let sql = "INSERT INTO payments (payment_request_id, pay_no, partner_reference_no, bill, amount_sen, client_id,
                                     external_id, mitra_cd, trx_date_time, recorded_at, body)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
               ON CONFLICT (pay_no, partner_reference_no) DO NOTHING";
    let (pay_no, reference) = payment.bill();
    let inserted = connection.prepare_cached(sql)?.execute((
        payment.payment_request_id.as_str(),
        pay_no.as_str(),
        reference.as_str(),
        serde_json::to_string(&payment.order)?,
        own::sen_of(&payment.amount),
        payment.client_id.as_str(),
        payment.external_id.as_str(),
        payment.mitra_cd.as_ref().map(MitraCd::as_str),
        payment.trx_date_time.as_ref().map(TrxDateTime::as_str),
        payment.recorded_at.to_rfc3339(),
        payment.body.as_str(),
    ))?;
    Ok(inserted == 1)
}
