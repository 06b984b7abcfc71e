//! Cancels: a number is withdrawn, as long as nobody has paid it.

use chrono::{DateTime, TimeDelta, Utc};

use super::Gateway;
use super::fields::Fields;
use super::refusal::{Refusal, Said};
use super::status::{check_time_stamp, require};
use super::token::Covers;
use crate::nicepay::result_code::{Group, ResultCode};
use crate::nicepay::time_stamp;
use crate::simulator::books::{BooksError, Registration, State};

pub(super) fn cancel(gateway: &Gateway, covers: Covers, fields: &Fields, now: DateTime<Utc>) -> Result<Said, Refusal> {
    let required = [
        ("iMid", code("8063")),
        ("tXid", code("8064")),
        ("payMethod", PAY_METHOD),
        ("cancelType", code("9301")),
        ("amt", code("9312")),
        ("merchantToken", ResultCode::of(Group::Order, "9010")),
    ];
    require(fields, &required)?;
    if covers == Covers::TransactionV2 {
        check_time_stamp(fields)?;
    }
    let amt = fields.text("amt");
    if !amt.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Refusal::new(code("9312"), "amt may hold digits only"));
    }
    covers.verify(&gateway.merchant, fields)?;
    let registered = gateway.books.find_by_t_xid(fields.text("tXid"), now);
    let registered = registered.ok_or_else(|| Refusal::new(code("8064"), "nothing is registered under this tXid"))?;
    check(&registered, fields, now)?;
    let cancelled = gateway.books.cancel(&registered.t_xid, now).map_err(refusal)?;
    Ok(said(&cancelled, if covers == Covers::TransactionV1 { "amount" } else { "amt" }))
}

fn check(registered: &Registration, fields: &Fields, now: DateTime<Utc>) -> Result<(), Refusal> {
    let refuse = |code, verdict: &str| Err(Refusal::new(code, verdict));
    let amount = |text: &str| text.parse::<u64>().unwrap_or(u64::MAX);
    let (asked, whole) = (amount(fields.text("amt")), amount(&registered.amt));
    match fields.text("cancelType") {
        "1" | "01" => {}
        "2" | "02" => return refuse(code("9332"), "a store's number can only be cancelled as a whole: cancelType 1"),
        _ => return refuse(code("9301"), "cancelType must be 1"),
    }
    if !["03", &registered.pay_method].contains(&fields.text("payMethod")) {
        return refuse(PAY_METHOD, "payMethod is not the one that was registered");
    }
    if asked == 0 {
        return refuse(code("9321"), "amt is nothing");
    } else if asked > whole {
        return refuse(code("9319"), "amt is more than was registered");
    } else if asked < whole {
        return refuse(code("8061"), "amt is less than was registered, and a store's number is cancelled as a whole");
    }
    if now - registered.registered_at > PERIOD {
        return refuse(code("9334"), "it was registered more than 90 days ago");
    }
    Ok(())
}

fn refusal(error: BooksError) -> Refusal {
    let code = match &error {
        BooksError::Not(State::Paid(_)) => {
            return Refusal::new(code("9326"), "its number is paid: a paid number is cancelled by hand, at NICEPAY");
        }
        BooksError::Not(State::Cancelled(_)) => code("9315"),
        BooksError::Not(State::Unpaid | State::Expired | State::Reversed(_)) => code("9314"),
        BooksError::PoolEmpty => code("9311"),
        BooksError::Unknown | BooksError::NoNumber | BooksError::ReferenceNoTaken | BooksError::Unwritten(_) => {
            ResultCode::of(Group::Common, "1003")
        }
    };
    Refusal::new(code, error.to_string())
}

/// V1 has `amount` where V2 has `amt`.
fn said(cancelled: &Registration, amount: &'static str) -> Said {
    let State::Cancelled(cancel) = &cancelled.state else { return Vec::new() };
    let (trans_dt, trans_tm) = time_stamp::write_parts(cancel.at);
    vec![
        ("resultCd", Some(ResultCode::SUCCESS.code().to_owned())),
        ("resultMsg", Some(ResultCode::SUCCESS.message().to_owned())),
        ("tXid", Some(cancelled.t_xid.clone())),
        ("referenceNo", Some(cancelled.reference_no.clone())),
        ("transDt", Some(trans_dt)),
        ("transTm", Some(trans_tm)),
        ("description", cancelled.description.clone()),
        (amount, Some(cancelled.amt.clone())),
        ("canceltXid", Some(cancel.t_xid.clone())),
    ]
}

const fn code(code: &str) -> ResultCode {
    ResultCode::of(Group::Cancel, code)
}

const PAY_METHOD: ResultCode = ResultCode::of(Group::Order, "9012");
const PERIOD: TimeDelta = TimeDelta::days(90);
