//! What an answer of NICEPAY's says, once it is about what was asked. Nothing in it is signed: it is trusted because of
//! whom it comes from, and only as far as it says again what was asked.

use reqwest::Url;

use super::answer::Answer;
use super::issued::Issued;
use super::registration::Product;
use super::standing::{Inquired, Standing};
use super::time_stamp;
use super::to_register::ToRegister;
use super::trouble::Trouble;
use crate::cvs::transaction::{Amt, IMid, IssuedPayNo, ReferenceNo, TXid};
use crate::order::MitraCd;
use crate::snap::field::is_visible_ascii;

/// A transaction, as it is asked about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) product: Product,
    pub(super) i_mid: &'a IMid,
    pub(super) t_xid: &'a TXid,
    pub(super) reference_no: &'a ReferenceNo,
    pub(super) amt: &'a Amt,
}

/// A registration's.
pub(super) fn issued(answer: &Answer, order: &ToRegister, i_mid: &IMid) -> Result<Issued, Trouble> {
    let t_xid = answer.text("tXid").and_then(|text| TXid::parse(text).ok());
    let t_xid = t_xid.ok_or(Trouble::Unreadable("it has no tXid of thirty characters"))?;
    if !t_xid.is_of(i_mid) {
        return Err(Trouble::AnotherTransaction("tXid"));
    }
    same_if_named(answer.text("referenceNo"), "referenceNo", |text| text == order.reference_no.as_str())?;
    same_if_named(answer.amt(), "amt", |text| is_rupiah(text, &order.amt))?;
    let pay_no = answer.text("payNo").and_then(|digits| IssuedPayNo::parse(digits).ok());
    let expiry = [answer.text("payValidDt"), answer.text("payValidTm")].map(Option::unwrap_or_default).concat();
    let payment_url = match order.product {
        Product::Checkout => Some(payment_url(answer, &t_xid)?),
        Product::V1 | Product::V2 => None,
    };
    if payment_url.is_none() && pay_no.is_none() {
        return Err(Trouble::Unreadable("it has no payNo of digits"));
    }
    Ok(Issued { t_xid, pay_no, payment_url, valid_until: time_stamp::parse(&expiry) })
}

/// A status inquiry's.
pub(super) fn inquired(answer: &Answer, asked: Asked<'_>) -> Result<Inquired, Trouble> {
    for (field, text) in
        [("tXid", asked.t_xid.as_str()), ("iMid", asked.i_mid.as_str()), ("referenceNo", asked.reference_no.as_str())]
    {
        if answer.text(field) != Some(text) {
            return Err(Trouble::AnotherTransaction(field));
        }
    }
    let standing = answer.text("status").map_or(Standing::Unknown, Standing::parse);
    Ok(Inquired {
        standing,
        differs: differs(answer, asked, standing == Standing::Paid),
        pay_no: answer.text("payNo").and_then(|digits| IssuedPayNo::parse(digits).ok()),
        mitra_cd: answer.text("mitraCd").and_then(|code| MitraCd::parse(code).ok()),
    })
}

/// A cancel's.
pub(super) fn cancelled(answer: &Answer, t_xid: &TXid, amt: &Amt) -> Result<(), Trouble> {
    same_if_named(answer.text("tXid"), "tXid", |text| text == t_xid.as_str())?;
    same_if_named(answer.amt(), "amt", |text| is_rupiah(text, amt))
}

/// NICEPAY may leave out any field; but that it is paid is believed only where all three are there and as they were
/// registered.
fn differs(answer: &Answer, asked: Asked<'_>, is_paid: bool) -> Option<&'static str> {
    let all_methods = asked.product == Product::Checkout && !is_paid;
    let is_ours = |text: Option<&str>, ours: &dyn Fn(&str) -> bool| text.map_or(!is_paid, ours);
    let fields = [
        ("amt", is_ours(answer.amt(), &|text| is_rupiah(text, asked.amt))),
        ("currency", is_ours(answer.text("currency"), &|text| text == "IDR")),
        ("payMethod", is_ours(answer.text("payMethod"), &|text| text == "03" || (all_methods && text == "00"))),
    ];
    fields.into_iter().find(|(_, is_ours)| !is_ours).map(|(field, _)| field)
}

/// Where the customer is sent.
fn payment_url(answer: &Answer, t_xid: &TXid) -> Result<String, Trouble> {
    let url = answer.text("paymentURL").filter(|url| url.len() <= MAX_URL && is_visible_ascii(url));
    // What follows a # is sent to nobody, and the tXid is put at the end.
    let is_web = |url: &&str| {
        Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.fragment().is_none())
    };
    let url = url.filter(is_web).ok_or(Trouble::Unreadable("it has no paymentURL that a browser could open"))?;
    let before = if url.contains('?') { '&' } else { '?' };
    Ok(format!("{url}{before}tXid={}", t_xid.as_str()))
}

fn same_if_named(text: Option<&str>, field: &'static str, is_ours: impl Fn(&str) -> bool) -> Result<(), Trouble> {
    if text.is_none_or(is_ours) { Ok(()) } else { Err(Trouble::AnotherTransaction(field)) }
}

/// Whether a text is this amount, whatever zeros stand before it or as its decimals.
fn is_rupiah(text: &str, amt: &Amt) -> bool {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let nothing = !decimals.is_empty() && decimals.bytes().all(|digit| digit == b'0');
    nothing && Amt::parse(whole).is_ok_and(|said| said.rupiah() == amt.rupiah())
}

const MAX_URL: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_a_number_and_not_a_text() {
        let amt = Amt::parse("10000").unwrap();
        for same in ["10000", "010000", "10000.00", "10000.0"] {
            assert!(is_rupiah(same, &amt), "{same}");
        }
        for other in ["", "1000", "100000", "10000.", "10000.50", "1e4", "+10000", "-10000", "10,000", "10000 "] {
            assert!(!is_rupiah(other, &amt), "{other}");
        }
    }
}
