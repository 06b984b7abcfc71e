//! Money and time as people write them.

use chrono::{DateTime, Datelike, Timelike, Utc};

use super::language::Language;
use crate::snap::amount::Amount;
use crate::snap::timestamp::JAKARTA;

/// `Rp 10.000`, and `Rp 10.000,50` where there are sen.
pub(super) fn rupiah(amount: &Amount) -> String {
    let (whole, sen) = ((amount.sen() / 100).to_string(), amount.sen() % 100);
    let mut written = String::from("Rp ");
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            written.push('.');
        }
        written.push(digit);
    }
    if sen > 0 { format!("{written},{sen:02}") } else { written }
}

/// `7015 8910 1110`, as one reads a number to a cashier.
pub(super) fn grouped(digits: &str) -> String {
    let groups: Vec<String> =
        digits.chars().collect::<Vec<_>>().chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

/// `3 July 2024, 12:08 WIB`: the day and minute in Jakarta.
pub(super) fn minute(at: DateTime<Utc>, language: Language) -> String {
    let at = at.with_timezone(&JAKARTA);
    let month = at.month0() as usize;
    match language {
        Language::English => {
            format!("{} {} {}, {:02}:{:02} WIB", at.day(), ENGLISH[month], at.year(), at.hour(), at.minute())
        }
        Language::Indonesian => {
            format!("{} {} {} pukul {:02}.{:02} WIB", at.day(), INDONESIAN[month], at.year(), at.hour(), at.minute())
        }
    }
}

/// `12:08:56`: the second of the day in Jakarta.
pub(super) fn second(at: DateTime<Utc>) -> String {
    at.with_timezone(&JAKARTA).format("%H:%M:%S").to_string()
}

const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const INDONESIAN: [&str; 12] = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_with_points() {
        for (value, written) in [
            ("0", "Rp 0"),
            ("999", "Rp 999"),
            ("10000.00", "Rp 10.000"),
            ("10000.50", "Rp 10.000,50"),
            ("1234567.05", "Rp 1.234.567,05"),
            ("999999999.99", "Rp 999.999.999,99"),
        ] {
            assert_eq!(rupiah(&Amount::parse(value).unwrap()), written);
        }
    }

    #[test]
    fn numbers_and_times_are_read_aloud() {
        assert_eq!((grouped("701589101110"), grouped("7015891")), ("7015 8910 1110".into(), "7015 891".into()));
        let at = "2024-07-02T17:08:56Z".parse().unwrap();
        assert_eq!(minute(at, Language::English), "3 July 2024, 00:08 WIB");
        assert_eq!(minute(at, Language::Indonesian), "3 Juli 2024 pukul 00.08 WIB");
        assert_eq!(second(at), "00:08:56");
    }
}
