//! Registrations, their steps, and the notifications as they came.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::columns::{self, at, maybe_at};
use super::{Bound, PutEvent, Tables, Write, due};
use crate::adapters::own;
use crate::adapters::shop::Row;
use crate::adapters::statement::Statement;
use crate::cvs::transaction::{Amt, IMid, IssuedPayNo, ReferenceNo, TXid};
use crate::nicepay::registration::Product;
use crate::order::{MitraCd, StoreError};
use crate::registration::{Added, Change, Kept, Registration, RegistrationRepository, State, Step};
use crate::snap::encoding::hex;

/// The columns of the table of registrations, its key first.
const COLUMNS: [&str; 17] = [
    "reference_no",
    "product",
    "i_mid",
    "amt",
    "fields",
    "mitra_cd",
    "t_xid",
    "pay_no",
    "payment_url",
    "valid_until",
    "state",
    "disputed",
    "sent",
    "asked",
    "due_at",
    "registered_at",
    "revision",
];
const STEP_COLUMNS: [&str; 4] = ["reference_no", "at", "state", "evidence"];
const NOTIFICATION_COLUMNS: [&str; 8] =
    ["digest", "received_at", "source", "t_xid", "reference_no", "verdict", "body", "times"];

/// Registrations in tables of nico's own.
#[derive(Clone)]
pub struct Registrations<T> {
    tables: T,
    statements: Arc<Statements>,
}

struct Statements {
    add: Statement,
    by_reference_no: Statement,
    by_t_xid: Statement,
    change: Statement,
    step: Statement,
    put: PutEvent,
    keep: Statement,
    count: Statement,
    steps: Statement,
    due: Statement,
    hurry: Statement,
}

/// The registrations in a database.
pub(in crate::adapters) fn registrations_in<T: Tables>(tables: &T) -> Registrations<T> {
    Registrations { tables: tables.clone(), statements: Arc::new(Statements::new(tables)) }
}

impl Statements {
    fn new<T: Tables>(tables: &T) -> Self {
        let prefix = tables.prefix();
        let from = format!("SELECT {} FROM {prefix}registrations WHERE", COLUMNS.join(", "));
        Self {
            add: tables.insert("registrations", &COLUMNS),
            by_reference_no: tables.statement(&format!("{from} reference_no = :reference_no"), &["reference_no"]),
            by_t_xid: tables.statement(&format!("{from} t_xid = :t_xid"), &["t_xid"]),
            change: tables.statement(&change(prefix), &COLUMNS),
            step: tables.insert("registration_steps", &STEP_COLUMNS),
            put: PutEvent::into(tables),
            keep: tables.insert("notifications", &NOTIFICATION_COLUMNS),
            count: tables.statement(
                &format!("UPDATE {prefix}notifications SET times = times + 1 WHERE digest = :digest"),
                &["digest"],
            ),
            steps: tables.statement(
                &format!(
                    "SELECT at, state, evidence FROM {prefix}registration_steps
                     WHERE reference_no = :reference_no ORDER BY number"
                ),
                &["reference_no"],
            ),
            due: tables.statement(
                &format!("{from} due_at <= :now ORDER BY due_at, reference_no LIMIT :limit"),
                &["now", "limit"],
            ),
            hurry: tables.statement(&hurry(prefix), &["now"]),
        }
    }

    fn step(&self, reference_no: &ReferenceNo, step: &Step) -> Write {
        let values = vec![
            Bound::text(reference_no.as_str()),
            at(step.at),
            Bound::text(step.state.as_str()),
            Bound::text(&step.evidence),
        ];
        Write::insert(&self.step, values)
    }
}

/// The revision before is what the registration must still be at.
fn change(prefix: &str) -> String {
    let sets: Vec<_> = COLUMNS[1..].iter().map(|column| format!("{column} = :{column}")).collect();
    format!(
        "UPDATE {prefix}registrations SET {} WHERE reference_no = :reference_no AND revision = :revision - 1",
        sets.join(", ")
    )
}

/// The revision stays: whatever was learned meanwhile may be written, and says itself when to ask next.
fn hurry(prefix: &str) -> String {
    let uncertain = State::ALL.into_iter().filter(|state| state.is_uncertain());
    let words: Vec<_> = uncertain.map(|state| format!("'{}'", state.as_str())).collect();
    format!("UPDATE {prefix}registrations SET due_at = :now WHERE state IN ({}) AND due_at > :now", words.join(", "))
}

impl<T: Tables> RegistrationRepository for Registrations<T> {
    async fn add(&self, registration: &Registration) -> Result<Added, StoreError> {
        let add = Write::insert(&self.statements.add, values(registration)).needed();
        if self.tables.write(vec![add]).await?.is_some() {
            return Ok(Added::First);
        }
        let taken = self.find(&registration.reference_no).await?;
        let taken = taken.ok_or_else(|| StoreError::new("the tXid of a new registration is another's"))?;
        Ok(Added::Taken(Box::new(taken)))
    }

    async fn find(&self, reference_no: &ReferenceNo) -> Result<Option<Registration>, StoreError> {
        let asked = vec![Bound::text(reference_no.as_str())];
        Ok(read(&self.tables, &self.statements.by_reference_no, asked).await?.pop())
    }

    async fn find_by_t_xid(&self, t_xid: &TXid) -> Result<Option<Registration>, StoreError> {
        Ok(read(&self.tables, &self.statements.by_t_xid, vec![Bound::text(t_xid.as_str())]).await?.pop())
    }

    async fn change(&self, change: &Change<'_>) -> Result<bool, StoreError> {
        // The registration first: whoever changes it too waits here, so that steps and events are numbered in its order.
        let mut writes = vec![Write::update(&self.statements.change, values(change.after)).needed()];
        writes.extend(change.step.map(|step| self.statements.step(&change.after.reference_no, step)));
        writes.extend(change.event.map(|event| self.statements.put.write(event)));
        Ok(self.tables.write(writes).await?.is_some())
    }

    async fn keep(&self, notification: &Kept) -> Result<(), StoreError> {
        let digest = digest(notification);
        let values = vec![
            Bound::text(&digest),
            at(notification.received_at),
            Bound::text(&notification.source),
            Bound::text(notification.t_xid.as_str()),
            Bound::text(notification.reference_no.as_str()),
            Bound::text(&notification.verdict),
            Bound::text(&notification.body),
            Bound::Integer(1),
        ];
        if self.tables.write(vec![Write::insert(&self.statements.keep, values).needed()]).await?.is_some() {
            return Ok(());
        }
        let count = Write::update(&self.statements.count, vec![Bound::Text(digest)]).needed();
        let counted = self.tables.write(vec![count]).await?;
        counted.map(drop).ok_or_else(|| StoreError::new("a notification is neither new nor there"))
    }

    async fn steps(&self, reference_no: &ReferenceNo) -> Result<Vec<Step>, StoreError> {
        let rows = self.tables.fetch(&self.statements.steps, vec![Bound::text(reference_no.as_str())]).await?;
        rows.iter().map(step_from).collect()
    }

    async fn due(&self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Registration>, StoreError> {
        due(&self.tables, &self.statements.due, (now, limit), "reference_no", registration_from).await
    }

    async fn hurry(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.tables.write(vec![Write::update(&self.statements.hurry, vec![at(now)])]).await.map(drop)
    }
}

async fn read<T: Tables>(
    tables: &T,
    statement: &Statement,
    values: Vec<Bound>,
) -> Result<Vec<Registration>, StoreError> {
    tables.fetch(statement, values).await?.iter().map(registration_from).collect()
}

/// In the order of [`COLUMNS`].
fn values(registration: &Registration) -> Vec<Bound> {
    vec![
        Bound::text(registration.reference_no.as_str()),
        Bound::text(word(registration.product)),
        Bound::text(registration.i_mid.as_str()),
        Bound::text(registration.amt.as_str()),
        Bound::text(&registration.fields),
        Bound::maybe_text(registration.mitra_cd.as_ref().map(MitraCd::as_str)),
        Bound::maybe_text(registration.t_xid.as_ref().map(TXid::as_str)),
        Bound::maybe_text(registration.pay_no.as_ref().map(IssuedPayNo::as_str)),
        Bound::maybe_text(registration.payment_url.as_deref()),
        at(registration.valid_until),
        Bound::text(registration.state.as_str()),
        Bound::Integer(registration.disputed.into()),
        Bound::Integer(registration.sent.into()),
        Bound::Integer(registration.asked.into()),
        maybe_at(registration.due_at),
        at(registration.registered_at),
        Bound::Integer(registration.revision),
    ]
}

fn registration_from(row: &Row) -> Result<Registration, StoreError> {
    Ok(Registration {
        reference_no: columns::read(row, "reference_no", |text| ReferenceNo::parse(text).ok())?,
        product: columns::read(row, "product", product)?,
        i_mid: columns::read(row, "i_mid", |text| IMid::parse(text).ok())?,
        amt: columns::read(row, "amt", |text| Amt::parse(text).ok())?,
        fields: own::text(row, "fields")?,
        mitra_cd: columns::maybe(row, "mitra_cd", |text| MitraCd::parse(text).ok())?,
        t_xid: columns::maybe(row, "t_xid", |text| TXid::parse(text).ok())?,
        pay_no: columns::maybe(row, "pay_no", |text| IssuedPayNo::parse(text).ok())?,
        payment_url: own::maybe_text(row, "payment_url")?,
        valid_until: columns::time(row, "valid_until")?,
        state: columns::read(row, "state", State::parse)?,
        disputed: columns::flag(row, "disputed")?,
        sent: columns::count(row, "sent")?,
        asked: columns::count(row, "asked")?,
        due_at: columns::maybe_time(row, "due_at")?,
        registered_at: columns::time(row, "registered_at")?,
        revision: own::integer(row, "revision")?,
    })
}

fn step_from(row: &Row) -> Result<Step, StoreError> {
    Ok(Step {
        at: columns::time(row, "at")?,
        state: columns::read(row, "state", State::parse)?,
        evidence: own::text(row, "evidence")?,
    })
}

/// What tells a notification from others: the same body about the same transaction is the same.
fn digest(notification: &Kept) -> String {
    let digest = Sha256::new().chain_update(notification.t_xid.as_str()).chain_update("\0");
    hex(&digest.chain_update(&notification.body).finalize())
}

/// As it stands in the column, and on our own wire.
fn word(product: Product) -> &'static str {
    match product {
        Product::V1 => "v1",
        Product::V2 => "v2",
        Product::Checkout => "checkout",
    }
}

fn product(text: &str) -> Option<Product> {
    [Product::V1, Product::V2, Product::Checkout].into_iter().find(|product| word(*product) == text)
}
