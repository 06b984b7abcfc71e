//! nico's own tables, as far as they are the same in every engine.

use super::shop::{Cell, Row};
use super::statement::{Dialect, Statement};
use crate::order::StoreError;
use crate::order::{GoodsName, MitraCd, Order, PartnerReferenceNo, PayNo, PayNoEmail, PayNoName, PayNoPhone, Status};
use crate::payment::{Payment, PaymentRequestId, ReceivedBody, TrxDateTime};
use crate::snap::amount::Amount;
use crate::snap::field::{ClientId, ExternalId};
use crate::snap::json::Object;

/// What became of orders that were put in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// New, or updated.
    pub written: usize,
    /// Left as they stand, because they are paid.
    pub paid: usize,
}

/// The columns of the table of orders, its key first.
pub(super) const ORDER_COLUMNS: [&str; 10] = [
    "pay_no",
    "partner_reference_no",
    "pay_no_name",
    "pay_no_phone",
    "pay_no_email",
    "goods_name",
    "amount_sen",
    "expires_at",
    "status",
    "mitra_cd",
];

/// The columns of the ledger, but for the number of the row.
pub(super) const PAYMENT_COLUMNS: [&str; 11] = [
    "payment_request_id",
    "pay_no",
    "partner_reference_no",
    "bill",
    "amount_sen",
    "client_id",
    "external_id",
    "mitra_cd",
    "trx_date_time",
    "recorded_at",
    "body",
];

/// An INSERT of one row, unless a unique index has one like it already. SQLite and PostgreSQL must be told that this is
/// no error, which would end PostgreSQL's transaction; MySQL's error ends the statement alone, and whoever runs it takes
/// it for what it is.
pub(super) fn insert(dialect: Dialect, table: &str, columns: &[&str]) -> Statement {
    let values: Vec<_> = columns.iter().map(|column| format!(":{column}")).collect();
    let unless = match dialect {
        Dialect::Postgres | Dialect::Sqlite => " ON CONFLICT DO NOTHING",
        Dialect::MySql => "",
    };
    let text = format!("INSERT INTO {table} ({}) VALUES ({}){unless}", columns.join(", "), values.join(", "));
    Statement::own(dialect, &text, columns)
}

pub(super) fn amount_from(sen: i64) -> Result<Amount, StoreError> {
    let sen = u64::try_from(sen).ok().and_then(Amount::from_sen);
    sen.ok_or_else(|| StoreError::new("an amount in the database is out of range"))
}

pub(super) fn sen_of(amount: &Amount) -> i64 {
    i64::try_from(amount.sen()).expect("BUG: the largest amount fits an i64")
}

pub(super) fn order_from(row: Row) -> Result<Order, StoreError> {
    let status = Status::parse(&text(&row, "status")?);
    Ok(Order {
        pay_no: PayNo::parse(&text(&row, "pay_no")?)?,
        partner_reference_no: PartnerReferenceNo::parse(&text(&row, "partner_reference_no")?)?,
        pay_no_name: PayNoName::parse(&text(&row, "pay_no_name")?)?,
        pay_no_phone: PayNoPhone::parse(&text(&row, "pay_no_phone")?)?,
        pay_no_email: PayNoEmail::parse(&text(&row, "pay_no_email")?)?,
        goods_name: GoodsName::parse(&text(&row, "goods_name")?)?,
        amount: amount_from(integer(&row, "amount_sen")?)?,
        expires_at: text(&row, "expires_at")?.parse()?,
        status: status.ok_or_else(|| StoreError::new("a status in the database is unknown"))?,
        mitra_cd: maybe_text(&row, "mitra_cd")?.as_deref().map(MitraCd::parse).transpose()?,
    })
}

pub(super) fn payment_from(row: Row) -> Result<Payment, StoreError> {
    Ok(Payment {
        payment_request_id: PaymentRequestId::parse(&text(&row, "payment_request_id")?)?,
        order: Order::read(&Object::parse(text(&row, "bill")?.as_bytes())?)?,
        amount: amount_from(integer(&row, "amount_sen")?)?,
        client_id: ClientId::parse(&text(&row, "client_id")?)?,
        external_id: ExternalId::parse(&text(&row, "external_id")?)?,
        mitra_cd: maybe_text(&row, "mitra_cd")?.as_deref().map(MitraCd::parse).transpose()?,
        trx_date_time: maybe_text(&row, "trx_date_time")?.as_deref().map(TrxDateTime::parse).transpose()?,
        recorded_at: text(&row, "recorded_at")?.parse()?,
        body: ReceivedBody::parse(&text(&row, "body")?)?,
    })
}

pub(super) fn cell<'r>(row: &'r Row, name: &str) -> &'r Cell {
    row.0.iter().find(|(column, _)| column == name).map_or(&Cell::Unreadable, |(_, cell)| cell)
}

pub(super) fn integer(row: &Row, name: &str) -> Result<i64, StoreError> {
    maybe_integer(row, name)?.ok_or_else(|| StoreError::new(&format!("{name} in the database is NULL")))
}

pub(super) fn maybe_integer(row: &Row, name: &str) -> Result<Option<i64>, StoreError> {
    let cell = cell(row, name);
    if let Cell::Integer(number) = cell {
        return Ok(Some(*number));
    }
    if *cell == Cell::Null { Ok(None) } else { Err(StoreError::new(&format!("{name} in the database is no integer"))) }
}

pub(super) fn text(row: &Row, name: &str) -> Result<String, StoreError> {
    maybe_text(row, name)?.ok_or_else(|| StoreError::new(&format!("{name} in the database is NULL")))
}

pub(super) fn maybe_text(row: &Row, name: &str) -> Result<Option<String>, StoreError> {
    let cell = cell(row, name);
    if let Cell::Text(text) = cell {
        return Ok(Some(text.clone()));
    }
    if *cell == Cell::Null { Ok(None) } else { Err(StoreError::new(&format!("{name} in the database is no text"))) }
}
