//! Registrations: a number is asked for.

use super::fields::Fields;
use super::refusal::{Refusal, Said};
use super::token::Covers;
use super::{Call, Gateway, payment_page};
use crate::nicepay::registration::{Product, check};
use crate::nicepay::result_code::{Group, ResultCode};
use crate::nicepay::time_stamp;
use crate::simulator::books::{BooksError, Registration, ToRegister};

pub(super) fn register(gateway: &Gateway, product: Product, fields: &Fields, call: &Call) -> Result<Said, Refusal> {
    check(product, |name| fields.get(name))
        .map_err(|invalid| Refusal::new(invalid.code, format!("{invalid}{}", fields.hint(invalid.field))))?;
    let covers = if product == Product::V1 { Covers::OrderV1 } else { Covers::OrderV2 };
    covers.verify(&gateway.merchant, fields)?;
    let order = order(product, fields);
    if order.valid_until.is_some_and(|until| until <= call.at) {
        return Err(Refusal::new(EXPIRY, "payValidDt and payValidTm are over already: they are Jakarta's time"));
    }
    let registered = gateway.books.register(order, call.at).map_err(refusal)?;
    if registered.pay_no.is_some() {
        gateway.tell(&registered);
    }
    Ok(match product {
        Product::V1 => v1(&registered),
        Product::V2 => v2(&registered),
        Product::Checkout => checkout(&registered, &call.origin),
    })
}

fn order(product: Product, fields: &Fields) -> ToRegister {
    let text = |name: &str| fields.text(name).to_owned();
    let expiry = format!("{}{}", fields.text("payValidDt"), fields.text("payValidTm"));
    ToRegister {
        product,
        i_mid: text("iMid"),
        pay_method: text("payMethod"),
        reference_no: text("referenceNo"),
        amt: text("amt"),
        currency: text("currency"),
        goods_nm: text("goodsNm"),
        billing_nm: text("billingNm"),
        description: fields.owned("description"),
        // On Checkout's page the customer confirms the store, also where the merchant names one.
        mitra_cd: if product == Product::Checkout { None } else { fields.owned("mitraCd") },
        call_back_url: fields.owned("callBackUrl"),
        db_process_url: text("dbProcessUrl"),
        valid_until: time_stamp::parse(&expiry),
        number: None,
    }
}

fn refusal(error: BooksError) -> Refusal {
    let code = match error {
        BooksError::ReferenceNoTaken => REFERENCE_TAKEN,
        BooksError::PoolEmpty => POOL_EMPTY,
        BooksError::Unknown | BooksError::Not(_) | BooksError::NoNumber | BooksError::Unwritten(_) => SERVER_ERROR,
    };
    Refusal::new(code, error.to_string())
}

/// As NICEPAY's V1 sample has it: `amount` where `amt` came in, and `callbackUrl` with a small b.
fn v1(registered: &Registration) -> Said {
    let (trans_dt, trans_tm) = time_stamp::write_parts(registered.registered_at);
    let (pay_valid_dt, pay_valid_tm) = time_stamp::write_parts(registered.valid_until);
    vec![
        ("resultCd", text(ResultCode::SUCCESS.code())),
        ("resultMsg", text(ResultCode::SUCCESS.message())),
        ("tXid", text(&registered.t_xid)),
        ("referenceNo", text(&registered.reference_no)),
        ("payMethod", text(&registered.pay_method)),
        ("amount", text(&registered.amt)),
        ("transDt", Some(trans_dt)),
        ("transTm", Some(trans_tm)),
        ("description", registered.description.clone()),
        ("callbackUrl", registered.call_back_url.clone()),
        ("currency", text(&registered.currency)),
        ("goodsNm", text(&registered.goods_nm)),
        ("billingNm", text(&registered.billing_nm)),
        ("mitraCd", registered.mitra_cd.clone()),
        ("payNo", registered.pay_no.clone()),
        ("payValidDt", Some(pay_valid_dt)),
        ("payValidTm", Some(pay_valid_tm)),
    ]
}

/// As NICEPAY's V2 sample has it, where all that the merchant knows anyway is `null`.
fn v2(registered: &Registration) -> Said {
    let (trans_dt, trans_tm) = time_stamp::write_parts(registered.registered_at);
    vec![
        ("resultCd", text(ResultCode::SUCCESS.code())),
        ("resultMsg", text(ResultCode::SUCCESS.message())),
        ("tXid", text(&registered.t_xid)),
        ("referenceNo", text(&registered.reference_no)),
        ("payMethod", text(&registered.pay_method)),
        ("amt", text(&registered.amt)),
        ("transDt", Some(trans_dt)),
        ("transTm", Some(trans_tm)),
        ("description", registered.description.clone()),
        ("bankCd", None),
        ("vacctNo", None),
        ("mitraCd", registered.mitra_cd.clone()),
        ("payNo", registered.pay_no.clone()),
        ("currency", None),
        ("goodsNm", None),
        ("billingNm", None),
        ("vacctValidDt", None),
        ("vacctValidTm", None),
        ("payValidDt", None),
        ("payValidTm", None),
    ]
}

fn checkout(registered: &Registration, origin: &str) -> Said {
    let (trans_dt, trans_tm) = time_stamp::write_parts(registered.registered_at);
    let (pay_valid_dt, pay_valid_tm) = time_stamp::write_parts(registered.valid_until);
    vec![
        ("resultCd", text(ResultCode::SUCCESS.code())),
        ("resultMsg", text(ResultCode::SUCCESS.message())),
        ("tXid", text(&registered.t_xid)),
        ("referenceNo", text(&registered.reference_no)),
        ("payMethod", text(&registered.pay_method)),
        ("amt", text(&registered.amt)),
        ("transDt", Some(trans_dt)),
        ("transTm", Some(trans_tm)),
        ("description", registered.description.clone()),
        ("currency", text(&registered.currency)),
        ("goodsNm", text(&registered.goods_nm)),
        ("billingNm", text(&registered.billing_nm)),
        ("payValidDt", Some(pay_valid_dt)),
        ("payValidTm", Some(pay_valid_tm)),
        ("paymentURL", Some(format!("{origin}{}", payment_page::PATH))),
    ]
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

const EXPIRY: ResultCode = ResultCode::of(Group::Cvs, "9510");
const POOL_EMPTY: ResultCode = ResultCode::of(Group::Cvs, "9503");
const REFERENCE_TAKEN: ResultCode = ResultCode::of(Group::Order, "9009");
const SERVER_ERROR: ResultCode = ResultCode::of(Group::Common, "1003");
