//! A notification, held against the registration it is about.

use super::Registration;
use super::evidence::{Money, Notice};
use crate::cvs::notification::{MatchCl, NotificationStatus, Notified, NotifiedStatus};

/// What NICEPAY's pages call convenience stores; one page has `04` for them.
const CONVENIENCE_STORES: [&str; 2] = ["03", "04"];

/// What a notification says of a registration, or the first of its fields that does not fit.
///
/// Fields that NICEPAY's sample leaves out may be absent, `matchCl` may not. A field that is out of its form does not fit:
/// it was sent, and says something else.
pub fn notice(notified: &Notified, registration: &Registration) -> Notice {
    let says = fits(notified, registration).and_then(|()| money(notified));
    Notice { t_xid: notified.t_xid.clone(), says }
}

fn fits(notified: &Notified, registration: &Registration) -> Result<(), &'static str> {
    let ours = registration.t_xid.as_ref().is_none_or(|t_xid| *t_xid == notified.t_xid);
    let currency = notified.currency.as_ref().is_none_or(|currency| currency == "IDR");
    let pay_method = notified.pay_method.as_deref().is_none_or(|method| CONVENIENCE_STORES.contains(&method));
    let pay_no = notified.pay_no.as_ref().is_none_or(|told| registration.pay_no.as_ref().is_none_or(|own| own == told));
    let checks = [
        ("tXid", ours && notified.t_xid.is_of(&registration.i_mid)),
        ("referenceNo", notified.reference_no == registration.reference_no),
        ("amt", notified.amt.rupiah() == registration.amt.rupiah()),
        ("currency", currency),
        ("payMethod", pay_method),
        ("payNo", pay_no),
        ("matchCl", notified.match_cl == Some(MatchCl::Normal)),
    ];
    let fault = checks.into_iter().find(|(name, fits)| !fits || notified.ignored().contains(name));
    fault.map_or(Ok(()), |(name, _)| Err(name))
}

fn money(notified: &Notified) -> Result<Money, &'static str> {
    match &notified.status {
        NotifiedStatus::Known(NotificationStatus::Deposit) => Ok(Money::Came),
        NotifiedStatus::Known(NotificationStatus::Reversal) => Ok(Money::WasTakenBack),
        NotifiedStatus::Other(_) => Err("status"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cvs::transaction::IssuedPayNo;
    use crate::registration::State;

    const T_XID: &str = "IONPAYTEST03202406191012345678";

    fn registration() -> Registration {
        Registration { pay_no: IssuedPayNo::parse("011108471311").ok(), ..Registration::sample(State::Issued) }
    }

    /// NICEPAY's sample, with these fields added or, by their names, replaced.
    fn notified(changes: &[(&str, &str)]) -> Notified {
        let sample = [
            ("tXid", T_XID),
            ("referenceNo", "INV-2024-0001"),
            ("amt", "10000"),
            ("merchantToken", "0"),
            ("matchCl", "1"),
            ("status", "0"),
        ];
        let kept = sample.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        let mut form = form_urlencoded::Serializer::new(String::new());
        Notified::read(form.extend_pairs(kept).extend_pairs(changes).finish().as_bytes()).unwrap()
    }

    fn says(changes: &[(&str, &str)]) -> Result<Money, &'static str> {
        notice(&notified(changes), &registration()).says
    }

    #[test]
    fn what_fits_says_whether_money_came_or_went() {
        assert_eq!(says(&[]), Ok(Money::Came));
        assert_eq!(says(&[("status", "1")]), Ok(Money::WasTakenBack));
        assert_eq!(notice(&notified(&[]), &registration()).t_xid.as_str(), T_XID);
        for fitting in [
            ("amt", "000000010000"),
            ("currency", "IDR"),
            ("currency", "null"),
            ("payMethod", "03"),
            ("payMethod", "04"),
            ("payMethod", ""),
            ("payNo", "011108471311"),
            ("payNo", "null"),
            ("mitraCd", "more than four"),
            ("billingNm", "\u{1}"),
        ] {
            assert_eq!(says(&[fitting]), Ok(Money::Came), "{fitting:?}");
        }
    }

    #[test]
    fn the_first_field_that_does_not_fit_is_named() {
        for (name, text) in [
            ("tXid", "IONPAYTEST03202406191012345679"),
            ("referenceNo", "INV-2024-0002"),
            ("referenceNo", "inv-2024-0001"),
            ("amt", "10001"),
            ("amt", "1000"),
            ("currency", "USD"),
            ("currency", "idr"),
            ("currency", "Rupiah"),
            ("payMethod", "00"),
            ("payMethod", "02"),
            ("payMethod", "3"),
            ("payMethod", "CVS"),
            ("payNo", "11108471311"),
            ("payNo", "number"),
            ("matchCl", "0"),
            ("matchCl", "2"),
            ("matchCl", "3"),
            ("matchCl", "01"),
            ("matchCl", "null"),
            ("matchCl", ""),
            ("status", "5"),
            ("status", "3"),
            ("status", "A"),
        ] {
            assert_eq!(says(&[(name, text)]), Err(name), "{text}");
        }
        assert_eq!(says(&[("status", "5"), ("matchCl", "2"), ("amt", "1")]), Err("amt"));
    }

    /// An answer of NICEPAY's may have been lost: then its id and number are learned from elsewhere.
    #[test]
    fn what_is_not_known_here_may_be_anything_of_this_merchants() {
        let unanswered = Registration { t_xid: None, pay_no: None, ..registration() };
        let says = |changes: &[(&str, &str)]| notice(&notified(changes), &unanswered).says;
        assert_eq!(says(&[("tXid", "IONPAYTEST03202406191012345679"), ("payNo", "1")]), Ok(Money::Came));
        assert_eq!(says(&[("tXid", "OTHERMERCH03202406191012345679")]), Err("tXid"));
    }
}
