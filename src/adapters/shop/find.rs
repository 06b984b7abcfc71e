//! Orders out of the merchant's own tables: which columns a statement must yield, and what may stand in them.

use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};

use super::{Cell, Kind, Row, ShopError};
use crate::adapters::statement::{Dialect, Statement};
use crate::order::{
    GoodsName, MitraCd, Order, PartnerReferenceNo, PayNo, PayNoEmail, PayNoName, PayNoPhone, Status, StoreError,
};
use crate::snap::amount::Amount;
use crate::snap::field::FieldError;
use crate::snap::timestamp::{JAKARTA, is_writable};

const AMOUNT: &str = "amount";
const EXPIRES_AT: &str = "expiresAt";
const STATUS: &str = "status";

/// The columns that a statement must yield, by the names that the order's JSON has; case does not count, since
/// PostgreSQL folds it.
const COLUMNS: [(&str, Holds); 8] = [
    (PartnerReferenceNo::FIELD, Holds::Text),
    (PayNoName::FIELD, Holds::Text),
    (PayNoPhone::FIELD, Holds::Text),
    (PayNoEmail::FIELD, Holds::Text),
    (GoodsName::FIELD, Holds::Text),
    (AMOUNT, Holds::Money),
    (EXPIRES_AT, Holds::Time),
    (STATUS, Holds::Word),
];
/// Those that it may yield besides.
const OPTIONAL: [(&str, Holds); 2] = [(MitraCd::FIELD, Holds::Text), (PayNo::FIELD, Holds::Text)];

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Text,
    Money,
    Time,
    Word,
}

impl Holds {
    fn takes(self, kind: Kind) -> bool {
        match kind {
            Kind::Text => true,
            Kind::Integer => self != Self::Time,
            Kind::Decimal => self == Self::Money,
            Kind::Bool => self == Self::Word,
            Kind::Instant | Kind::Local => self == Self::Time,
            Kind::Float | Kind::Date | Kind::Bytes | Kind::Other => false,
        }
    }

    fn wants(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Money => "integer rupiah, NUMERIC or text, never a float",
            Self::Time => "a timestamp, or text in RFC 3339",
            Self::Word => "text, an integer or a boolean",
        }
    }
}

/// What the merchant's own words for an order's status mean. Case counts.
#[derive(Debug, Clone)]
pub struct StatusWords {
    /// Waiting for its money.
    pub unpaid: Vec<String>,
    /// Paid.
    pub paid: Vec<String>,
    /// Withdrawn.
    pub cancelled: Vec<String>,
}

impl Default for StatusWords {
    /// nico's own.
    fn default() -> Self {
        let words = |status: Status| vec![status.as_str().to_owned()];
        Self { unpaid: words(Status::Unpaid), paid: words(Status::Paid), cancelled: words(Status::Cancelled) }
    }
}

impl StatusWords {
    fn status(&self, word: &str) -> Option<Status> {
        let lists = [(&self.unpaid, Status::Unpaid), (&self.paid, Status::Paid), (&self.cancelled, Status::Cancelled)];
        lists.into_iter().find(|(words, _)| words.iter().any(|known| known == word)).map(|(_, status)| status)
    }
}

/// How an order is found: the merchant's statement, and what its words mean.
#[derive(Debug, Clone)]
pub(crate) struct Find {
    pub(crate) statement: Statement,
    words: StatusWords,
}

impl Find {
    /// What a statement may ask for.
    const PARAMETERS: [&str; 3] = [PayNo::FIELD, "partnerServiceId", "customerNo"];

    pub(crate) fn new(dialect: Dialect, text: &str, words: StatusWords) -> Result<Self, ShopError> {
        let statement = Statement::parse(dialect, text, &Self::PARAMETERS)?;
        let asks = |index| statement.parameters().contains(&index);
        let by_parts = asks(1) && asks(2);
        if asks(0) || by_parts { Ok(Self { statement, words }) } else { Err(ShopError::AsksForNothing) }
    }

    /// What is bound, in the order of [`Find::PARAMETERS`].
    pub(crate) fn values(pay_no: &PayNo) -> [&str; 3] {
        let (partner_service_id, customer_no) = pay_no.parts();
        [pay_no.as_str(), partner_service_id, customer_no]
    }

    /// Whether an order can be made of columns of these names and kinds.
    pub(crate) fn check<'c>(&self, columns: impl IntoIterator<Item = (&'c str, Kind)>) -> Result<(), ShopError> {
        let mut seen = Vec::new();
        for (name, kind) in columns {
            let (known, holds) = column(name).ok_or_else(|| ShopError::UnknownColumn(name.to_owned()))?;
            if seen.contains(&known) {
                return Err(ShopError::Twice(known));
            }
            if !holds.takes(kind) {
                return Err(ShopError::Unmappable(known, holds.wants()));
            }
            seen.push(known);
        }
        let missing = COLUMNS.iter().find(|(name, _)| !seen.contains(name));
        missing.map_or(Ok(()), |(name, _)| Err(ShopError::NoColumn(name)))
    }

    /// The order of what was found, if anything was.
    pub(crate) fn order(&self, pay_no: &PayNo, rows: Vec<Row>) -> Result<Option<Order>, StoreError> {
        let mut rows = rows.into_iter();
        let (Some(row), rest) = (rows.next(), rows.next()) else { return Ok(None) };
        if rest.is_some() {
            return Err(ShopError::Several.into());
        }
        Ok(Some(self.read(pay_no, &row)?))
    }

    fn read(&self, pay_no: &PayNo, row: &Row) -> Result<Order, ShopError> {
        let text = |name| row.text(name);
        Ok(Order {
            pay_no: match row.optional(PayNo::FIELD) {
                Some(_) => parsed(PayNo::FIELD, PayNo::parse(&text(PayNo::FIELD)?))?,
                None => pay_no.clone(),
            },
            partner_reference_no: parsed(
                PartnerReferenceNo::FIELD,
                PartnerReferenceNo::parse(&text(PartnerReferenceNo::FIELD)?),
            )?,
            pay_no_name: parsed(PayNoName::FIELD, PayNoName::parse(&text(PayNoName::FIELD)?))?,
            pay_no_phone: parsed(PayNoPhone::FIELD, PayNoPhone::parse(&text(PayNoPhone::FIELD)?))?,
            pay_no_email: parsed(PayNoEmail::FIELD, PayNoEmail::parse(&text(PayNoEmail::FIELD)?))?,
            goods_name: parsed(GoodsName::FIELD, GoodsName::parse(&text(GoodsName::FIELD)?))?,
            amount: amount(row.cell(AMOUNT)?)?,
            expires_at: time(row.cell(EXPIRES_AT)?)?.with_timezone(&JAKARTA),
            status: self.words.status(&text(STATUS)?).ok_or(ShopError::UnknownStatus)?,
            mitra_cd: match row.optional(MitraCd::FIELD) {
                Some(_) => Some(parsed(MitraCd::FIELD, MitraCd::parse(&text(MitraCd::FIELD)?))?),
                None => None,
            },
        })
    }
}

impl Row {
    fn cell(&self, name: &'static str) -> Result<&Cell, ShopError> {
        let found = self.0.iter().find(|(column, _)| column.eq_ignore_ascii_case(name));
        match found.map(|(_, cell)| cell) {
            None => Err(ShopError::NoColumn(name)),
            Some(Cell::Null) => Err(ShopError::Null(name)),
            Some(cell) => Ok(cell),
        }
    }

    /// A column that may be absent, NULL, or empty.
    fn optional(&self, name: &'static str) -> Option<&Cell> {
        self.cell(name).ok().filter(|cell| **cell != Cell::Text(String::new()))
    }

    fn text(&self, name: &'static str) -> Result<String, ShopError> {
        match self.cell(name)? {
            Cell::Text(text) => Ok(text.clone()),
            Cell::Integer(number) => Ok(number.to_string()),
            Cell::Bool(bool) => Ok(bool.to_string()),
            Cell::Null | Cell::Instant(_) | Cell::Local(_) | Cell::Bytes(_) | Cell::Unreadable => Err(invalid(name)),
        }
    }
}

fn column(name: &str) -> Option<(&'static str, Holds)> {
    COLUMNS.into_iter().chain(OPTIONAL).find(|(known, _)| known.eq_ignore_ascii_case(name))
}

fn invalid(name: &'static str) -> ShopError {
    ShopError::Invalid(name, column(name).map_or("", |(_, holds)| holds.wants()))
}

fn parsed<T>(name: &'static str, parsed: Result<T, FieldError>) -> Result<T, ShopError> {
    parsed.map_err(|_| invalid(name))
}

/// Rupiah: whole, or with decimals of which all but two are zero.
fn amount(cell: &Cell) -> Result<Amount, ShopError> {
    let text = match cell {
        Cell::Text(text) => text.clone(),
        Cell::Integer(rupiah) => rupiah.to_string(),
        Cell::Null | Cell::Bool(_) | Cell::Instant(_) | Cell::Local(_) | Cell::Bytes(_) | Cell::Unreadable => {
            return Err(invalid(AMOUNT));
        }
    };
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let beyond = decimals.get(2..).unwrap_or("");
    if !beyond.is_empty() && beyond.bytes().all(|digit| digit.is_ascii_digit()) && beyond.contains(|c| c != '0') {
        return Err(ShopError::Fraction);
    }
    let sen = decimals.get(..2).unwrap_or(decimals);
    let zeros = decimals.is_empty() || !sen.is_empty() && beyond.bytes().all(|digit| digit == b'0');
    let text = if decimals.is_empty() { text.clone() } else { format!("{whole}.{sen}") };
    Amount::parse(&text).ok().filter(|_| zeros).ok_or_else(|| invalid(AMOUNT))
}

fn time(cell: &Cell) -> Result<DateTime<Utc>, ShopError> {
    let local = |local: &NaiveDateTime| JAKARTA.from_local_datetime(local).single().map(|time| time.to_utc());
    let time = match cell {
        Cell::Instant(instant) => Some(*instant),
        Cell::Local(time) => local(time),
        Cell::Text(text) => match DateTime::parse_from_rfc3339(text) {
            Ok(time) => Some(time.to_utc()),
            Err(_) => text
                .parse()
                .ok()
                .or_else(|| NaiveDateTime::parse_from_str(text, "%F %T%.f").ok())
                .and_then(|time| local(&time)),
        },
        Cell::Null | Cell::Integer(_) | Cell::Bool(_) | Cell::Bytes(_) | Cell::Unreadable => None,
    };
    time.filter(|time| is_writable(*time)).ok_or_else(|| invalid(EXPIRES_AT))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sen(text: &str) -> Result<u64, ShopError> {
        amount(&Cell::Text(text.to_owned())).map(|amount| amount.sen())
    }

    proptest! {
        #[test]
        fn an_amount_is_exact_however_many_zeros_follow(sen_due in 0..=Amount::MAX_SEN, zeros in 0_usize..12) {
            let text = format!("{}.{:02}{}", sen_due / 100, sen_due % 100, "0".repeat(zeros));
            prop_assert_eq!(sen(&text), Ok(sen_due));
        }

        #[test]
        fn a_fraction_of_a_sen_is_never_cut(sen_due in 0..Amount::MAX_SEN, digit in 1..10, zeros in 0_usize..6) {
            let text = format!("{}.{:02}{}{digit}", sen_due / 100, sen_due % 100, "0".repeat(zeros));
            prop_assert_eq!(sen(&text), Err(ShopError::Fraction));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            let cell = Cell::Text(text);
            let _ = (amount(&cell), time(&cell));
        }

        #[test]
        fn a_time_without_zone_is_jakartas(seconds in 0_i64..250_000_000_000) {
            let due = DateTime::from_timestamp(seconds, 0).unwrap();
            let local = due.with_timezone(&JAKARTA).naive_local();
            prop_assert_eq!(time(&Cell::Local(local)), Ok(due));
            prop_assert_eq!(time(&Cell::Text(local.format("%F %T").to_string())), Ok(due));
            prop_assert_eq!(time(&Cell::Text(due.to_rfc3339())), Ok(due));
        }
    }
}
