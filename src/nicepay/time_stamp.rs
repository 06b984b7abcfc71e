//! NICEPAY's older interfaces write time as digits, in Jakarta, without an offset.

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::snap::timestamp::JAKARTA;

/// `yyyyMMddHHmmss`, the form of `timeStamp`, and of a date and a time put together.
pub fn write(instant: DateTime<Utc>) -> String {
    instant.with_timezone(&JAKARTA).format(FORM).to_string()
}

/// The eight digits of the date (`transDt`, `payValidDt`) and the six of the time (`transTm`, `payValidTm`).
pub fn write_parts(instant: DateTime<Utc>) -> (String, String) {
    let mut date = write(instant);
    let time = date.split_off(8);
    (date, time)
}

/// Reads fourteen digits. `None` for anything else, and for a time that no clock shows.
pub fn parse(digits: &str) -> Option<DateTime<Utc>> {
    // chrono would take second 60, and signs.
    let shaped = digits.len() == 14 && digits.bytes().all(|digit| digit.is_ascii_digit()) && !digits.ends_with("60");
    let local = shaped.then(|| NaiveDateTime::parse_from_str(digits, FORM).ok()).flatten()?;
    local.and_local_timezone(JAKARTA).single().map(|instant| instant.to_utc())
}

const FORM: &str = "%Y%m%d%H%M%S";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fourteen_digits_are_a_time_in_jakarta() {
        let instant = parse("20240619101234").unwrap();
        assert_eq!(instant.to_rfc3339(), "2024-06-19T03:12:34+00:00");
        assert_eq!(write_parts(instant), ("20240619".to_owned(), "101234".to_owned()));
        for wrong in [
            "",
            "20191128",
            "20240230101234",
            "20240619250000",
            "20240619101260",
            "2024061910123",
            "202406191012345",
            "2024061910123a",
            "２0240619101234",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
