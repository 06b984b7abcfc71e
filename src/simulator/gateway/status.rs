//! Status inquiries: how does it stand?

use chrono::{DateTime, Utc};

use super::Gateway;
use super::fields::Fields;
use super::refusal::{Refusal, Said};
use super::token::Covers;
use crate::nicepay::result_code::{Group, ResultCode};
use crate::nicepay::time_stamp;
use crate::simulator::books::{Receipt, Registration, State};

pub(super) fn status(gateway: &Gateway, covers: Covers, fields: &Fields, now: DateTime<Utc>) -> Result<Said, Refusal> {
    let required = [
        ("iMid", order("9011")),
        ("tXid", order("8004")),
        ("referenceNo", order("9014")),
        ("amt", order("9007")),
        ("merchantToken", order("9010")),
    ];
    require(fields, &required)?;
    if covers == Covers::OrderV2 {
        check_time_stamp(fields)?;
    }
    if !fields.text("amt").bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Refusal::new(order("9008"), "amt may hold digits only"));
    }
    covers.verify(&gateway.merchant, fields)?;
    let registered = gateway.books.find_by_t_xid(fields.text("tXid"), now);
    let registered = registered.ok_or_else(|| Refusal::new(NOT_FOUND, "nothing is registered under this tXid"))?;
    if registered.reference_no != fields.text("referenceNo") {
        return Err(Refusal::new(NOT_FOUND, "this tXid was registered under another referenceNo"));
    }
    if registered.amt != fields.text("amt") {
        return Err(Refusal::new(OTHER_AMT, "this tXid was registered with another amt"));
    }
    Ok(said(&registered))
}

/// Holds that fields are there.
pub(super) fn require(fields: &Fields, required: &[(&str, ResultCode)]) -> Result<(), Refusal> {
    match required.iter().find(|(name, _)| fields.get(name).is_none()) {
        Some((name, code)) => Err(Refusal::new(*code, format!("{name} is missing or empty{}", fields.hint(name)))),
        None => Ok(()),
    }
}

/// Holds that `timeStamp` is a time. How old it is, no page of NICEPAY's minds.
pub(super) fn check_time_stamp(fields: &Fields) -> Result<(), Refusal> {
    match time_stamp::parse(fields.text("timeStamp")) {
        Some(_) => Ok(()),
        None => Err(Refusal::new(
            order("9031"),
            format!("timeStamp is no time, as yyyyMMddHHmmss is{}", fields.hint("timeStamp")),
        )),
    }
}

/// All that NICEPAY says, most of it `null` for a convenience store.
fn said(registered: &Registration) -> Said {
    let (status, message) = registered.status();
    let text = |text: &str| Some(text.to_owned());
    let receipt = receipt(registered);
    let (req_dt, req_tm) = parts(registered.registered_at);
    let numbered = registered.pay_no.as_ref();
    let (trans_dt, trans_tm) = numbered.map_or((None, None), |_| parts(registered.registered_at));
    let (pay_valid_dt, pay_valid_tm) = numbered.map_or((None, None), |_| parts(registered.valid_until));
    let (deposit_dt, deposit_tm) = receipt.map_or((None, None), |receipt| parts(receipt.at));
    let cancelled = matches!(registered.state, State::Cancelled(_));
    let mut said = vec![
        ("resultCd", text(ResultCode::SUCCESS.code())),
        ("resultMsg", text(message)),
        ("tXid", text(&registered.t_xid)),
        ("iMid", text(&registered.i_mid)),
        ("referenceNo", text(&registered.reference_no)),
        ("payMethod", text(&registered.pay_method)),
        ("amt", text(&registered.amt)),
        ("cancelAmt", cancelled.then(|| registered.amt.clone())),
        ("reqDt", req_dt),
        ("reqTm", req_tm),
        ("transDt", trans_dt),
        ("transTm", trans_tm),
        ("depositDt", deposit_dt),
        ("depositTm", deposit_tm),
        ("currency", text(&registered.currency)),
        ("goodsNm", text(&registered.goods_nm)),
        ("billingNm", text(&registered.billing_nm)),
        ("status", text(status)),
        ("mitraCd", registered.mitra_cd.clone()),
        ("payNo", registered.pay_no.clone()),
        ("payValidDt", pay_valid_dt),
        ("payValidTm", pay_valid_tm),
        ("receiptCode", receipt.map(|receipt| receipt.receipt_code.clone())),
        ("mRefNo", receipt.map(|receipt| receipt.m_ref_no.clone())),
    ];
    said.extend(OTHER_METHODS.map(|name| (name, None)));
    said
}

fn receipt(registered: &Registration) -> Option<&Receipt> {
    match &registered.state {
        State::Paid(receipt) | State::Reversed(receipt) => Some(receipt),
        State::Unpaid | State::Expired | State::Cancelled(_) => None,
    }
}

fn parts(instant: DateTime<Utc>) -> (Option<String>, Option<String>) {
    let (date, time) = time_stamp::write_parts(instant);
    (Some(date), Some(time))
}

const fn order(code: &str) -> ResultCode {
    ResultCode::of(Group::Order, code)
}

const NOT_FOUND: ResultCode = ResultCode::of(Group::Cvs, "9528");
const OTHER_AMT: ResultCode = ResultCode::of(Group::OnePass, "8202");
/// What NICEPAY has to say of cards, virtual accounts and wallets: nothing, here.
const OTHER_METHODS: [&str; 16] = [
    "instmntMon",
    "instmntType",
    "cardNo",
    "preauthToken",
    "acquBankCd",
    "issuBankCd",
    "vacctValidDt",
    "vacctValidTm",
    "vacctNo",
    "bankCd",
    "recurringToken",
    "ccTransType",
    "acquStatus",
    "cardExpYymm",
    "acquBankNm",
    "issuBankNm",
];
