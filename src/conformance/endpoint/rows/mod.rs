//! The table, by subject. Payments stand last, for they use up what they pay, and what looks at all that was answered
//! stands behind them.

mod answer;
mod body;
mod header;
mod inquiry;
mod leak;
mod payment;
mod reached;
mod replay;
mod signature;
mod time;
mod token;

use super::check::Check;
use crate::simulator::fault::{Fault, Field, Header, Setting};

/// Every check, in the order in which they are asked.
pub fn table() -> impl Iterator<Item = &'static Check> {
    let groups = [
        reached::ROWS,
        token::ROWS,
        header::ROWS,
        time::ROWS,
        signature::ROWS,
        body::ROWS,
        inquiry::ROWS,
        replay::ROWS,
        payment::ROWS,
        answer::ROWS,
        leak::ROWS,
    ];
    groups.into_iter().flatten()
}

const TOKEN_GIVEN: &[&str] = &["2007300"];
const TOKEN_BAD_REQUEST: &[&str] = &["4007300"];
const TOKEN_FORMAT: &[&str] = &["4007301"];
const TOKEN_MISSING: &[&str] = &["4007302"];
const TOKEN_UNAUTHORIZED: &[&str] = &["4017300"];
const SUCCESSFUL: &[&str] = &["2000000"];
const BAD_REQUEST: &[&str] = &["4000000"];
const FORMAT: &[&str] = &["4000001"];
const MISSING: &[&str] = &["4000002"];
const UNAUTHORIZED: &[&str] = &["4010000"];
const INVALID_TOKEN: &[&str] = &["4010001"];
/// Two causes at once, and nobody says which is to be told.
const NEITHER_CLIENT_NOR_TOKEN: &[&str] = &["4010000", "4010001"];
const UNKNOWN: &[&str] = &["4040012"];
const INVALID_AMOUNT: &[&str] = &["4040013"];
const PAID: &[&str] = &["4040014"];
const INCONSISTENT: &[&str] = &["4040018"];
const EXPIRED: &[&str] = &["4040019"];
const CONFLICT: &[&str] = &["4090000"];

fn missing_header(name: &'static str) -> Fault {
    Fault::MissingHeader(Header(name))
}

fn missing_field(name: &str) -> Fault {
    Fault::MissingField(Field(name.to_owned()))
}

fn set_field(name: &str, text: &str) -> Fault {
    Fault::SetField(Setting { name: name.to_owned(), text: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_row_has_a_name_of_its_own_and_says_what_it_is() {
        let rows: Vec<_> = table().collect();
        assert!(rows.len() >= 60, "{} checks", rows.len());
        let ids: BTreeSet<_> = rows.iter().map(|check| check.id).collect();
        assert_eq!(ids.len(), rows.len());
        for check in rows {
            assert!(check.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-'));
            for text in [check.rule, check.aturan, check.source] {
                assert!(text.len() > 3 && !text.ends_with('.'), "{}: {text}", check.id);
            }
        }
    }

    #[test]
    fn aspis_scenarios_are_all_there() {
        let numbers: BTreeSet<_> = table().filter_map(|check| check.scenario).collect();
        for number in 1..=12 {
            assert!(numbers.contains(format!("11.{number}").as_str()), "11.{number}");
        }
    }
}
