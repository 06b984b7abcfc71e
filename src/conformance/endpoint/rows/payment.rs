//! `cvs/payment`. What must be refused comes first and pays too much, so that nothing is used up if it is not refused.

use super::{
    EXPIRED, FORMAT, INCONSISTENT, INVALID_AMOUNT, INVALID_TOKEN, MISSING, PAID, SUCCESSFUL, UNAUTHORIZED, UNKNOWN,
    missing_field, set_field,
};
use crate::conformance::endpoint::check::{Check, Miss};
use crate::conformance::endpoint::judge::exactly_one;
use crate::conformance::endpoint::need::Need;
use crate::conformance::endpoint::subject::Subject;
use crate::simulator::exchange::Exchange;
use crate::simulator::fault::Fault;
use crate::simulator::plan::{Ask, Inquiry, Payment, unique_digits};
use crate::simulator::step::Step;
use crate::snap::timestamp::jakarta_text;

const BEFORE: &[Need] = &[Need::Inquiry, Need::Amount, Need::Unpaid];
const AFTER: &[Need] = &[Need::Inquiry, Need::Paid];
const RETRY: &str = "SNAP leaves open whether a retry is told again what it was told, or that it is inconsistent or in conflict; \
                     defect of others: it is refused as Paid Bill, and the store gives back the money that was taken";
/// Either is in order: the payment is known, and nobody is told that the money was not taken.
const RETRIED: &[&str] = &["2000000", "4040018"];
/// The same, where the X-EXTERNAL-ID is in use besides.
const RETRIED_UNDER_ITS_ID: &[&str] = &["2000000", "4090000", "4040018"];
const MONEY: &str = "ASPI functional scenario 11.4: amount ABCDEF; defect of others: floats for money";

pub(super) const ROWS: &[Check] = &[
    Check::new(
        "payment.wrong-amount",
        "A payment of another amount is answered 4040013",
        "Payment dengan jumlah yang salah dijawab 4040013",
        "ASPI functional scenario 11.12",
        |subject| vec![pay(subject.too_much()).code(INVALID_AMOUNT)],
    )
    .scenario("11.12")
    .needs(BEFORE),
    Check::new(
        "payment.amount-not-a-number",
        "A payment whose amount is ABCDEF is answered 4000001",
        "Payment dengan jumlah ABCDEF dijawab 4000001",
        MONEY,
        |subject| amount(subject, "ABCDEF"),
    )
    .needs(BEFORE),
    Check::new(
        "payment.negative-amount",
        "A payment of a negative amount is answered 4000001",
        "Payment dengan jumlah negatif dijawab 4000001",
        MONEY,
        |subject| amount(subject, "-1.00"),
    )
    .needs(BEFORE),
    Check::new(
        "payment.exponent",
        "A payment whose amount has an exponent, as 1e4, is answered 4000001",
        "Payment dengan jumlah bereksponen, misalnya 1e4, dijawab 4000001",
        MONEY,
        |subject| {
            amount(subject, &format!("{}e0", subject.too_much().amount.trim_end_matches("00").trim_end_matches('.')))
        },
    )
    .needs(BEFORE),
    Check::new(
        "payment.three-decimals",
        "A payment whose amount has three decimals is answered 4000001",
        "Payment dengan jumlah berdesimal tiga dijawab 4000001",
        "SNAP, amount: 16,2 with two decimals",
        |subject| amount(subject, &format!("{}1", subject.too_much().amount)),
    )
    .needs(BEFORE),
    Check::new(
        "payment.missing-amount",
        "A payment without an amount is answered 4000002",
        "Payment tanpa jumlah dijawab 4000002",
        "SNAP, 4000002 Invalid Mandatory Field: paidAmount",
        |subject| vec![pay(subject.too_much()).with(missing_field("paidAmount")).code(MISSING)],
    )
    .needs(BEFORE),
    Check::new(
        "payment.wrong-key",
        "A payment signed with a key that nobody knows is refused",
        "Payment yang ditandatangani dengan kunci tak dikenal ditolak",
        "SNAP, 4010000 Unauthorized. [Signature]",
        |subject| vec![pay(subject.too_much()).with(Fault::WrongKey).code(UNAUTHORIZED)],
    )
    .needs(BEFORE),
    Check::new(
        "payment.foreign-token",
        "A payment with a token that another server made is refused",
        "Payment dengan access token yang tidak valid ditolak",
        "SNAP, 4010001 Invalid Token (B2B)",
        |subject| vec![pay(subject.too_much()).with(Fault::ForeignToken).code(INVALID_TOKEN)],
    )
    .needs(BEFORE),
    Check::new(
        "payment.unknown-number",
        "The payment of a number that there is not is answered 4040012",
        "Payment nomor yang tidak terdaftar dijawab 4040012",
        "ASPI functional scenario 11.11",
        |subject| vec![pay(subject.payment_of(None)).code(UNKNOWN)],
    )
    .scenario("11.11"),
    Check::new(
        "payment.paid-number",
        "The payment of a number that is paid is refused",
        "Payment nomor yang sudah dibayar ditolak",
        "SNAP, 4040014 Paid Bill",
        // What that bill came to is not known here, so the amount may be the wrong one as well.
        |subject| vec![pay(subject.payment_of(subject.paid_pay_no.as_ref())).code(&["4040014", "4040013"])],
    )
    .needs(&[Need::Inquiry, Need::PaidPayNo]),
    Check::new(
        "payment.expired-number",
        "The payment of a number that has expired is answered 4040019",
        "Payment nomor yang kedaluwarsa dijawab 4040019",
        "SNAP, 4040019 Invalid Bill/Virtual Account",
        |subject| {
            let codes = [EXPIRED[0], INVALID_AMOUNT[0]];
            vec![pay(subject.payment_of(subject.expired_pay_no.as_ref())).code(&codes)]
        },
    )
    .needs(&[Need::Inquiry, Need::ExpiredPayNo]),
    Check::new(
        "replay.other-endpoint",
        "The payment may have the X-EXTERNAL-ID of its inquiry: an id is used up for its endpoint alone",
        "Payment boleh memakai X-EXTERNAL-ID dari inquiry-nya",
        "NICEPAY, NICO: unique in every transaction; BCA: per partner per service",
        |subject| {
            let payment = pay(subject.too_much()).with(Fault::CrossedExternalId);
            vec![subject.accepted(), payment.code(INVALID_AMOUNT)]
        },
    )
    .needs(BEFORE),
    Check::new(
        "payment.other-currency",
        "A payment in another currency is answered 4040013",
        "Payment dalam mata uang lain dijawab 4040013",
        "SNAP, 4040013 Invalid Amount",
        |subject| vec![pay(subject.payment(0)).with(set_field("paidAmount.currency", "USD")).code(INVALID_AMOUNT)],
    )
    .needs(BEFORE),
    Check::new(
        "payment.first",
        "A payment whose paymentRequestId is its inquiry's id is accepted: it is the first, and no duplicate",
        "Payment dengan paymentRequestId sama dengan inquiryRequestId diterima",
        "ASPI functional scenario 11.10; SNAP: the two ids are the same where an inquiry came before",
        |subject| vec![subject.inquiry_before_payment().code(SUCCESSFUL), pay(subject.payment(0)).code(SUCCESSFUL)],
    )
    .scenario("11.10")
    .needs(BEFORE),
    Check::new(
        "payment.retry",
        "The same payment told again, under a new X-EXTERNAL-ID, is answered 2000000 again, or 4040018",
        "Payment yang sama dengan X-EXTERNAL-ID baru dijawab 2000000 lagi, atau 4040018",
        RETRY,
        |subject| vec![pay(subject.payment(0)).code(RETRIED)],
    )
    .needs(AFTER),
    Check::new(
        "payment.retry-same-id",
        "The same payment told again, under the same X-EXTERNAL-ID, is answered 2000000 again, 4090000 or 4040018",
        "Payment yang sama dengan X-EXTERNAL-ID yang sama dijawab 2000000 lagi, 4090000, atau 4040018",
        RETRY,
        |subject| vec![pay(subject.payment(0)).with(Fault::Duplicate).code(RETRIED_UNDER_ITS_ID)],
    )
    .needs(AFTER)
    .judged(first_was_accepted),
    Check::new(
        "payment.retry-later",
        "The same payment told again with a new inquiryRequestId and trxDateTime is answered 2000000 again, or 4040018",
        "Payment yang sama dengan inquiryRequestId dan trxDateTime baru dijawab 2000000 lagi, atau 4040018",
        RETRY,
        |subject| vec![pay(later(subject)).code(RETRIED)],
    )
    .needs(AFTER),
    Check::new(
        "payment.inconsistent",
        "The same paymentRequestId with another amount is answered 4040018",
        "paymentRequestId yang sama dengan jumlah lain dijawab 4040018",
        "SNAP, 4040018 Inconsistent Request",
        |subject| {
            let payment_request_id = subject.payment(0).payment_request_id;
            vec![pay(Payment { payment_request_id, ..subject.too_much() }).code(INCONSISTENT)]
        },
    )
    .needs(AFTER),
    Check::new(
        "payment.second",
        "Another payment of the same bill, under an id of its own, is answered 4040014",
        "Payment kedua untuk tagihan yang sama dijawab 4040014",
        "SNAP, 4040014 Paid Bill",
        |subject| {
            let payment_request_id = unique_digits();
            vec![pay(Payment { payment_request_id, ..subject.payment(0) }).code(PAID)]
        },
    )
    .needs(AFTER),
    Check::new(
        "inquiry.after-payment",
        "The inquiry of the number that was just paid is answered 4040014",
        "Inquiry nomor yang baru dibayar dijawab 4040014",
        "ASPI functional scenario 11.7, of a payment that was accepted",
        |subject| vec![subject.inquiry().code(PAID)],
    )
    .needs(AFTER),
    Check::new(
        "payment.race",
        "Of eight payments of one bill at once, each under an id of its own, exactly one is accepted",
        "Dari delapan payment bersamaan untuk satu tagihan hanya satu yang diterima",
        "Defect of others: look up and store in two steps",
        |subject| {
            (0..PAYERS)
                .map(|_| Payment { payment_request_id: unique_digits(), ..subject.payment(1) })
                .map(pay)
                .collect()
        },
    )
    .at_once()
    .needs(&[Need::Inquiry, Need::SecondPayNo, Need::Amount])
    .judged(|_, exchanges| exactly_one(exchanges, SUCCESSFUL[0], PAID[0])),
    Check::new(
        "payment.amount-form",
        "10000 is as good as 10000.00: amounts are compared and not texts",
        "10000 sama dengan 10000.00: yang dibandingkan adalah jumlah, bukan teks",
        "SNAP, amount; stores differ in how they write it",
        |subject| {
            let payment = subject.payment(2);
            let amount =
                payment.amount.strip_suffix(".00").or(payment.amount.strip_suffix('0')).unwrap_or(&payment.amount);
            let amount = amount.to_owned();
            vec![pay(Payment { amount, ..payment }).code(SUCCESSFUL)]
        },
    )
    .needs(&[Need::Inquiry, Need::ThirdPayNo, Need::Amount]),
];

const PAYERS: usize = 8;

fn pay(payment: Payment) -> Step {
    Step::new(Ask::Payment(payment))
}

/// A payment whose amount is no amount.
fn amount(subject: &Subject, text: &str) -> Vec<Step> {
    vec![pay(Payment { amount: text.to_owned(), ..subject.too_much() }).code(FORMAT)]
}

fn later(subject: &Subject) -> Payment {
    let payment = subject.payment(0);
    let inquiry = Inquiry { inquiry_request_id: unique_digits(), ..payment.inquiry };
    Payment { inquiry, trx_date_time: jakarta_text(subject.minutes_later(1)), ..payment }
}

/// Where the retry under a new id is refused, that row says so.
fn first_was_accepted(_: &Subject, exchanges: &[Exchange]) -> Result<(), Miss> {
    match exchanges.first().and_then(Exchange::answered) {
        Some(answer) if answer.status != 200 => {
            Err(Miss::Moot("a retry is refused anyway: see payment.retry".to_owned()))
        }
        Some(_) | None => Ok(()),
    }
}
