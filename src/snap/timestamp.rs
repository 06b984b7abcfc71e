//! `X-TIMESTAMP`: RFC 3339 with an offset. What is verified is the text as it was sent; what is compared is the instant.

use std::fmt;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, SecondsFormat, TimeDelta, Utc};

use super::field::FieldError;

/// Western Indonesian time: the day of an X-EXTERNAL-ID and every time that NICEPAY writes without offset.
pub const JAKARTA: FixedOffset = match FixedOffset::east_opt(7 * 3600) {
    Some(offset) => offset,
    None => panic!("BUG: 7 hours is an offset"),
};

/// The header's name.
pub const X_TIMESTAMP: &str = "X-TIMESTAMP";

/// An instant together with the text that named it, for it is the text that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timestamp {
    text: String,
    instant: DateTime<FixedOffset>,
}

impl Timestamp {
    /// The longest text taken: nine digits of a fraction and an offset.
    pub const MAX_LEN: usize = 35;

    /// Reads `2024-01-22T15:00:01+07:00`, also with a fraction of up to nine digits and with `Z`.
    ///
    /// # Errors
    /// [`FieldError`] of `X-TIMESTAMP`: missing when empty, invalid without offset or in any looser form
    /// (lower-case `t`, a blank, a Unicode minus, second 60).
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        if text.is_empty() {
            return Err(FieldError::Missing(X_TIMESTAMP));
        }
        // chrono takes more than RFC 3339 allows, so the shape is held first.
        let instant = has_shape(text).then(|| DateTime::parse_from_rfc3339(text).ok()).flatten();
        match instant {
            Some(instant) => Ok(Self { text: text.to_owned(), instant }),
            None => Err(FieldError::Invalid(X_TIMESTAMP)),
        }
    }

    /// `instant` as NICEPAY writes it: Jakarta time, whole seconds.
    pub fn of(instant: DateTime<Utc>) -> Self {
        let text = jakarta_text(instant);
        let instant = DateTime::parse_from_rfc3339(&text).expect("BUG: chrono reads what it writes");
        Self { text, instant }
    }

    /// The text as it was sent: this is what a signature covers.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The instant it names.
    pub fn instant(&self) -> DateTime<Utc> {
        self.instant.to_utc()
    }

    /// The day it names in Jakarta: the day in which an X-EXTERNAL-ID is unique.
    ///
    /// Taken from the signed text and not from the clock: else a call captured at 23:59:50 could be
    /// played again ten seconds after midnight.
    pub fn jakarta_date(&self) -> NaiveDate {
        self.instant.with_timezone(&JAKARTA).date_naive()
    }

    /// Whether it lies within `skew` of `now`, either way.
    ///
    /// # Errors
    /// [`NotFresh`], which says by how much it is off.
    pub fn fresh(&self, now: DateTime<Utc>, skew: TimeDelta) -> Result<Fresh, NotFresh> {
        let behind = now - self.instant();
        if behind.abs() <= skew { Ok(Fresh(())) } else { Err(NotFresh { behind, skew }) }
    }
}

/// `instant` in Jakarta, whole seconds: `2024-07-03T12:08:56+07:00`. RFC 3339 ends with the year 9999, so what lies
/// beyond it is written as its last second.
pub fn jakarta_text(instant: DateTime<Utc>) -> String {
    let jakarta = instant.with_timezone(&JAKARTA);
    if is_writable(instant) {
        jakarta.to_rfc3339_opts(SecondsFormat::Secs, false)
    } else {
        "9999-12-31T23:59:59+07:00".to_owned()
    }
}

/// Whether RFC 3339 has a text for it in Jakarta.
pub fn is_writable(instant: DateTime<Utc>) -> bool {
    (0..=9999).contains(&instant.naive_utc().checked_add_offset(JAKARTA).map_or(i32::MAX, |local| local.year()))
}

/// `0000-00-00T00:00:00`, an optional fraction of one to nine digits, then `Z` or `+00:00`.
fn has_shape(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(whole), Some(rest)) = (bytes.get(..19), bytes.get(19..)) else { return false };
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let shaped = whole.iter().zip(b"0000-00-00T00:00:00").all(|(b, pattern)| match pattern {
        b'0' => b.is_ascii_digit(),
        mark => b == mark,
    });
    let offset = match rest {
        [b'.', fraction @ ..] => {
            let length = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
            if !(1..=9).contains(&length) {
                return false;
            }
            &fraction[length..]
        }
        plain => plain,
    };
    let offset_shaped = match offset {
        b"Z" => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => digits(&[*h1, *h2, *m1, *m2]),
        _ => false,
    };
    shaped && offset_shaped && &whole[17..19] != b"60"
}

/// Proof that a timestamp was compared with the clock.
#[derive(Debug)]
pub struct Fresh(());

/// A timestamp outside the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotFresh {
    behind: TimeDelta,
    skew: TimeDelta,
}

impl fmt::Display for NotFresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, side) =
            (self.behind.abs().num_seconds(), if self.behind > TimeDelta::zero() { "behind" } else { "ahead" });
        write!(f, "X-TIMESTAMP is {seconds} s {side} of this clock (window {} s)", self.skew.num_seconds())?;
        // The commonest mistake of NICEPAY's Node and Python SDKs: local time labelled +07:00.
        if (self.behind.abs() - TimeDelta::hours(7)).abs() <= self.skew {
            write!(f, ": exactly 7 h off, a clock in another zone labelled as Jakarta's")?;
        }
        Ok(())
    }
}

impl std::error::Error for NotFresh {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_taken_and_refused() {
        for good in [
            "2024-01-22T15:00:01+07:00",
            "2024-01-22T15:00:01.1+07:00",
            "2024-01-22T15:00:01.123456789-11:30",
            "2024-01-22T15:00:01Z",
            "2024-02-29T00:00:00+00:00",
        ] {
            assert_eq!(Timestamp::parse(good).map(|t| t.as_str().to_owned()), Ok(good.to_owned()));
        }
        for bad in [
            "2024-01-22T15:00:01",
            "2024-01-22t15:00:01+07:00",
            "2024-01-22 15:00:01+07:00",
            "2024-01-22T15:00:01z",
            "2024-01-22T15:00:60+07:00",
            "2024-01-22T15:00:01\u{2212}07:00",
            "2024-01-22T15:00:01.+07:00",
            "2024-01-22T15:00:01.1234567890+07:00",
            "2024-01-22T15:00:01+0700",
            "2024-01-22T15:00:01+07",
            "20240122T150001+0700",
            "2023-02-29T00:00:00Z",
            "2024-01-22T24:00:00Z",
            "2024-01-22T15:00:01+24:00",
            "２024-01-22T15:00:01Z",
            " 2024-01-22T15:00:01Z",
            "now",
        ] {
            assert_eq!(Timestamp::parse(bad), Err(FieldError::Invalid(X_TIMESTAMP)), "{bad}");
        }
        assert_eq!(Timestamp::parse(""), Err(FieldError::Missing(X_TIMESTAMP)));
    }

    #[test]
    fn the_day_is_jakartas_whatever_the_offset_says() {
        let day = |text| Timestamp::parse(text).unwrap().jakarta_date().to_string();
        assert_eq!(day("2024-07-03T23:59:59+07:00"), "2024-07-03");
        assert_eq!(day("2024-07-03T16:59:59Z"), "2024-07-03");
        assert_eq!(day("2024-07-03T17:00:00Z"), "2024-07-04");
    }

    #[test]
    fn what_lies_beyond_the_last_year_is_written_as_its_end() {
        let end = "9999-12-31T23:59:59+07:00";
        for (instant, text) in
            [("9999-12-31T16:59:59Z", end), ("9999-12-31T17:00:00Z", end), ("9999-12-31T23:59:59Z", end)]
        {
            assert_eq!(jakarta_text(instant.parse().unwrap()), text);
        }
        assert_eq!(jakarta_text(DateTime::<Utc>::MAX_UTC), end);
        assert!(Timestamp::parse(end).is_ok());
    }

    #[test]
    fn the_window_has_two_sides_and_includes_its_edge() {
        let sent = Timestamp::parse("2024-07-03T10:00:00+07:00").unwrap();
        let (now, skew) = (sent.instant(), TimeDelta::seconds(300));
        for (step, good) in [(0, true), (300, true), (-300, true), (301, false), (-301, false)] {
            assert_eq!(sent.fresh(now + TimeDelta::seconds(step), skew).is_ok(), good, "{step}");
        }
        let told = |step| sent.fresh(now + TimeDelta::seconds(step), skew).unwrap_err().to_string();
        assert!(told(7 * 3600 + 20).contains("exactly 7 h off"));
        assert!(told(-7 * 3600).contains("exactly 7 h off"));
        assert!(!told(6 * 3600).contains("exactly"));
    }
}
