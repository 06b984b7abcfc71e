//! Money: whole sen inside, `{"value":"10000.00","currency":"IDR"}` outside, never a float.

use std::fmt;

use serde::Serialize;
use serde::ser::SerializeStruct;

use super::field::{FieldError, text};

text!(
    /// ISO 4217, three capital letters. Bills are always in `IDR`; a payment may claim another and is refused for it.
    Currency, "currency", 3, |text| text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())
);

impl Currency {
    /// Indonesian rupiah.
    pub fn idr() -> Self {
        Self("IDR".to_owned())
    }
}

/// An amount of money, in hundredths (sen), with its currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    sen: u64,
    currency: Currency,
}

impl Amount {
    /// The largest amount: `999999999.99`, the twelve characters that NICEPAY's page allows.
    pub const MAX_SEN: u64 = 99_999_999_999;
    /// What one may write before the point: SNAP's `16,2`, so that zero-padded amounts are read too.
    const MAX_DIGITS: usize = 16;

    /// Reads `10000`, `10000.0` or `10000.00` as rupiah: digits, and at most two after a point.
    ///
    /// # Errors
    /// [`FieldError`] of `value`: signs, exponents, blanks, a bare point, three decimals, digits of other
    /// scripts, and anything above [`Amount::MAX_SEN`].
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        if text.is_empty() {
            return Err(FieldError::Missing("value"));
        }
        let sen = parse_sen(text).filter(|sen| *sen <= Self::MAX_SEN).ok_or(FieldError::Invalid("value"))?;
        Ok(Self { sen, currency: Currency::idr() })
    }

    /// The same number in another currency.
    #[must_use]
    pub fn in_currency(self, currency: Currency) -> Self {
        Self { currency, ..self }
    }

    /// Whole rupiah; `None` above [`Amount::MAX_SEN`].
    pub fn rupiah(rupiah: u64) -> Option<Self> {
        Self::from_sen(rupiah.checked_mul(100)?)
    }

    /// Hundredths of a rupiah; `None` above [`Amount::MAX_SEN`].
    pub fn from_sen(sen: u64) -> Option<Self> {
        (sen <= Self::MAX_SEN).then(|| Self { sen, currency: Currency::idr() })
    }

    /// Hundredths of the currency's unit.
    pub fn sen(&self) -> u64 {
        self.sen
    }

    /// The currency.
    pub fn currency(&self) -> &Currency {
        &self.currency
    }

    /// The number as it stands on the wire: always two decimals.
    pub fn value(&self) -> String {
        format!("{}.{:02}", self.sen / 100, self.sen % 100)
    }
}

fn parse_sen(text: &str) -> Option<u64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || whole.len() > Amount::MAX_DIGITS || decimals.len() > 2 {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let sen: u64 = format!("{decimals:0<2}").parse().ok()?;
    whole.checked_mul(100)?.checked_add(sen)
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.value(), self.currency.as_str())
    }
}

impl Serialize for Amount {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Amount", 2)?;
        object.serialize_field("value", &self.value())?;
        object.serialize_field("currency", &self.currency)?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_money_and_what_is_not() {
        for (text, sen) in [
            ("10000", 1_000_000),
            ("10000.0", 1_000_000),
            ("10000.00", 1_000_000),
            ("10000.01", 1_000_001),
            ("10000.1", 1_000_010),
            ("0", 0),
            ("000000010000", 1_000_000),
            ("999999999.99", Amount::MAX_SEN),
        ] {
            assert_eq!(Amount::parse(text).map(|a| a.sen()), Ok(sen), "{text}");
        }
        for text in [
            "1e4",
            "+1",
            "-1",
            ".5",
            "1.",
            ".001",
            "1.001",
            "1,000",
            " 1",
            "1 ",
            "0x1",
            "１０",
            "1_0",
            "NaN",
            ".",
            "1.2.3",
            "1.-1",
            "1000000000",
            "1000000000.00",
            "99999999999999999999",
            "00000000000000001",
        ] {
            assert_eq!(Amount::parse(text), Err(FieldError::Invalid("value")), "{text}");
        }
    }

    #[test]
    fn what_is_written_has_two_decimals() {
        assert_eq!(Amount::parse(""), Err(FieldError::Missing("value")));
        assert_eq!(
            serde_json::to_string(&Amount::parse("10000").unwrap()).unwrap(),
            r#"{"value":"10000.00","currency":"IDR"}"#
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(sen in 0..=Amount::MAX_SEN) {
            let amount = Amount::from_sen(sen).unwrap();
            prop_assert_eq!(Amount::parse(&amount.value()), Ok(amount.clone()));
            prop_assert!(amount.value().len() <= 12);
        }

        #[test]
        fn no_text_panics_and_none_is_rounded(text in "\\PC{0,20}|[0-9.eE+-]{0,20}") {
            if let Ok(amount) = Amount::parse(&text) {
                let canonical = text.trim_start_matches('0');
                let trim = |t: &str| if t.contains('.') { t.trim_end_matches('0').trim_end_matches('.').to_owned() } else { t.to_owned() };
                prop_assert_eq!(trim(canonical), trim(amount.value().trim_start_matches('0')));
            }
        }
    }
}
