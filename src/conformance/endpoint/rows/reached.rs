//! What all else rests on.

use super::{SUCCESSFUL, TOKEN_GIVEN, UNKNOWN};
use crate::conformance::endpoint::check::{Check, Miss};
use crate::conformance::endpoint::judge::{body, text_at, whole};
use crate::conformance::endpoint::need::Need;
use crate::conformance::endpoint::subject::Subject;
use crate::simulator::caller::is_token;
use crate::simulator::exchange::Exchange;
use crate::simulator::plan::Ask;
use crate::simulator::step::Step;

pub(super) const ROWS: &[Check] = &[
    Check::token(
        "endpoint.reachable",
        "The address answers over HTTP, within ten seconds, and without sending the caller elsewhere",
        "Alamat menjawab melalui HTTP dalam sepuluh detik dan tanpa mengalihkan pemanggil",
        "NICEPAY, NICO: the merchant gives the base URL",
        |_| vec![Step::new(Ask::Token)],
    )
    .needs(&[])
    .judged(reached),
    Check::token(
        "token.issued",
        "A signed token call is answered 2007300 with an accessToken",
        "Permintaan token yang ditandatangani dijawab 2007300 dengan accessToken",
        "NICEPAY, NICO access token; SNAP service 73",
        |_| vec![Step::new(Ask::Token).code(TOKEN_GIVEN)],
    )
    .needs(&[Need::Reached])
    .judged(given),
    Check::new(
        "inquiry.payable",
        "The inquiry of a number that waits for its money is answered 2000000",
        "Inquiry nomor yang menunggu pembayaran dijawab 2000000",
        "ASPI functional scenario 11.6; NICEPAY, NICO inquiry",
        |subject| subject.bills.iter().map(|bill| subject.inquiry_of(Some(bill.pay_no())).code(SUCCESSFUL)).collect(),
    )
    .scenario("11.6")
    .needs(&[Need::Token, Need::PayNo]),
    Check::new(
        "inquiry.unknown-number",
        "The inquiry of a number that there is not is answered 4040012, and nothing else",
        "Inquiry nomor yang tidak terdaftar dijawab 4040012, bukan kode lain",
        "ASPI functional scenario 11.9",
        |subject| vec![subject.inquiry_of(None).code(UNKNOWN)],
    )
    .scenario("11.9")
    .needs(&[Need::FirstInquiry])
    .judged(exactly_unknown),
];

fn reached(_: &Subject, exchanges: &[Exchange]) -> Result<(), Miss> {
    exchanges.iter().try_for_each(|exchange| whole(exchange).map(drop).map_err(Miss::Unmet))
}

fn given(_: &Subject, exchanges: &[Exchange]) -> Result<(), Miss> {
    is_issued(exchanges)
}

fn is_issued(exchanges: &[Exchange]) -> Result<(), Miss> {
    let body = body(exchanges)?;
    match text_at(&body, "accessToken")? {
        "" => Err(Miss::Unmet("accessToken is empty".to_owned())),
        _ if is_token(&body["accessToken"]) => Ok(()),
        _ => Err(Miss::Unmet("accessToken has characters that no header can carry".to_owned())),
    }
}

/// The one refusal whose every digit NICEPAY's callers act upon.
fn exactly_unknown(_: &Subject, exchanges: &[Exchange]) -> Result<(), Miss> {
    let code = exchanges.last().and_then(Exchange::code).filter(|code| code.len() == 7);
    match code {
        Some(code) if code != UNKNOWN[0] => Err(Miss::Unmet(format!("expected {}, and {code} came", UNKNOWN[0]))),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::simulator::exchange::{Answer, Direction, Sent};

    #[test]
    fn a_token_that_no_header_can_carry_is_none() {
        let with = |token: &str| {
            let body = format!(r#"{{"responseCode":"2007300","accessToken":{token}}}"#);
            let exchange = Exchange {
                direction: Direction::ToMerchant,
                name: "access-token/b2b".to_owned(),
                at: DateTime::UNIX_EPOCH,
                request: Sent { method: "POST".to_owned(), url: String::new(), headers: vec![], body: String::new() },
                string_to_sign: None,
                faults: vec![],
                answer: Ok(Answer { status: 200, headers: vec![], body }),
                elapsed_ms: 1,
                verdict: None,
            };
            is_issued(&[exchange])
        };
        assert_eq!(with(r#""abc.def""#), Ok(()));
        for token in [r#""""#, "null", "7", r#""a\nb""#] {
            assert!(with(token).is_err(), "{token}");
        }
    }
}
