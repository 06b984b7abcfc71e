//! `cvs/inquiry`: what is asked, and what is answered.

use serde_json::Value;

use super::{EXPIRED, FORMAT, MISSING, PAID, missing_field, set_field};
use crate::conformance::endpoint::check::{Check, Miss};
use crate::conformance::endpoint::judge::{bill, text_at};
use crate::conformance::endpoint::need::Need;
use crate::conformance::endpoint::subject::Subject;
use crate::simulator::exchange::Exchange;
use crate::simulator::fault::{Fault, Field};
use crate::simulator::step::{Step, at};
use crate::snap::timestamp::Timestamp;

const BILL: &str = "NICEPAY, NICO inquiry, response body";

pub(super) const ROWS: &[Check] = &[
    missing(
        "inquiry.missing-pay-no",
        "An inquiry without payNo is answered 4000002",
        "Inquiry tanpa payNo dijawab 4000002",
        |subject| subject.refused(missing_field("payNo"), MISSING),
    )
    .scenario("11.3"),
    missing(
        "inquiry.missing-partner-service-id",
        "An inquiry without partnerServiceId is answered 4000002",
        "Inquiry tanpa partnerServiceId dijawab 4000002",
        |subject| subject.refused(missing_field("partnerServiceId"), MISSING),
    ),
    missing(
        "inquiry.missing-customer-no",
        "An inquiry without customerNo is answered 4000002",
        "Inquiry tanpa customerNo dijawab 4000002",
        |subject| subject.refused(missing_field("customerNo"), MISSING),
    ),
    missing(
        "inquiry.missing-request-id",
        "An inquiry without inquiryRequestId is answered 4000002",
        "Inquiry tanpa inquiryRequestId dijawab 4000002",
        |subject| subject.refused(missing_field("inquiryRequestId"), MISSING),
    ),
    missing(
        "inquiry.missing-mitra-cd",
        "An inquiry without mitraCd is answered 4000002",
        "Inquiry tanpa mitraCd dijawab 4000002",
        |subject| subject.refused(missing_field("mitraCd"), MISSING),
    ),
    missing(
        "inquiry.empty-field",
        "An inquiry with an empty customerNo is answered 4000002, as one without",
        "Inquiry dengan customerNo kosong dijawab 4000002",
        |subject| subject.refused(Fault::EmptyField(Field("customerNo".to_owned())), MISSING),
    ),
    missing(
        "inquiry.null-field",
        "An inquiry with a mitraCd of null is answered 4000002, as one without",
        "Inquiry dengan mitraCd null dijawab 4000002",
        |subject| subject.refused(Fault::NullField(Field("mitraCd".to_owned())), MISSING),
    ),
    Check::new(
        "inquiry.number-for-text",
        "A customerNo that is a JSON number where text is due is answered 4000001",
        "customerNo berupa angka JSON, bukan teks, dijawab 4000001",
        "ASPI functional scenario 11.4: integer instead of string",
        |subject| subject.refused(Fault::NumberField(Field("customerNo".to_owned())), FORMAT),
    )
    .scenario("11.4"),
    Check::new(
        "inquiry.letters-in-number",
        "A payNo with a letter in it is answered 4000001",
        "payNo yang mengandung huruf dijawab 4000001",
        "SNAP, 4000001 Invalid Field Format; NICEPAY: payNo has digits",
        |subject| subject.refused(set_field("payNo", "7015891011A0"), FORMAT),
    ),
    Check::new(
        "inquiry.over-long",
        "An inquiryRequestId of 300 characters is answered 4000001, where 40 are the most",
        "inquiryRequestId sepanjang 300 karakter dijawab 4000001",
        "NICEPAY, NICO inquiry: String 40",
        |subject| subject.refused(Fault::OverLong(Field("inquiryRequestId".to_owned())), FORMAT),
    ),
    Check::new(
        "inquiry.parts-disagree",
        "A payNo that is not partnerServiceId and customerNo is refused",
        "payNo yang bukan gabungan partnerServiceId dan customerNo ditolak",
        "NICEPAY, NICO inquiry: the sample's payNo is its two parts",
        // Somebody else's number, or a number of the wrong form: either may be said.
        |subject| subject.refused(set_field("customerNo", "00000000"), &["4000001", "4040012"]),
    ),
    Check::new(
        "inquiry.paid",
        "The inquiry of a number that is paid is answered 4040014",
        "Inquiry nomor yang sudah dibayar dijawab 4040014",
        "ASPI functional scenario 11.7",
        |subject| vec![subject.inquiry_of(subject.paid_pay_no.as_ref()).code(PAID)],
    )
    .scenario("11.7")
    .needs(&[Need::Inquiry, Need::PaidPayNo]),
    Check::new(
        "inquiry.expired",
        "The inquiry of a number that has expired is answered 4040019",
        "Inquiry nomor yang kedaluwarsa dijawab 4040019",
        "ASPI functional scenario 11.8",
        |subject| vec![subject.inquiry_of(subject.expired_pay_no.as_ref()).code(EXPIRED)],
    )
    .scenario("11.8")
    .needs(&[Need::Inquiry, Need::ExpiredPayNo]),
    answered(
        "inquiry.fields",
        "The answer has a payNoData with every field of NICEPAY's page",
        "Jawaban memuat payNoData dengan semua field pada dokumen NICEPAY",
        fields,
    ),
    answered(
        "inquiry.echo",
        "The answer gives back what identifies the inquiry: the number, its parts, inquiryRequestId and mitraCd",
        "Jawaban mengembalikan nomor, bagian-bagiannya, inquiryRequestId, dan mitraCd",
        echo,
    ),
    answered(
        "inquiry.amount",
        "totalAmount is a text with two decimals, as \"10000.00\", in IDR",
        "totalAmount berupa teks dengan dua desimal, misalnya \"10000.00\", dalam IDR",
        amount,
    ),
    answered(
        "inquiry.phone",
        "payNoPhone is a text of at most 15 digits, a leading zero kept",
        "payNoPhone berupa teks paling panjang 15 angka dengan nol di depan",
        phone,
    ),
    answered(
        "inquiry.lengths",
        "The fields of payNoData are texts, none empty and none longer than NICEPAY's page allows",
        "Field payNoData berupa teks, tidak kosong, dan tidak melebihi panjang pada dokumen NICEPAY",
        lengths,
    ),
    answered(
        "inquiry.expiry",
        "payNoExpiredDateTime is a time with its offset, as 2024-07-03T12:08:56+07:00",
        "payNoExpiredDateTime berupa waktu dengan zona waktu, misalnya 2024-07-03T12:08:56+07:00",
        expiry,
    ),
    Check::new(
        "inquiry.repeatable",
        "Two inquiries of one number say the same amount and the same partnerReferenceNo",
        "Dua inquiry atas nomor yang sama memberi jumlah dan partnerReferenceNo yang sama",
        "NICEPAY, NICO: a store may ask again before it takes money",
        |subject| vec![subject.accepted(), subject.accepted()],
    )
    .needs(&[Need::Inquiry, Need::PayNo])
    .judged(repeatable),
];

const fn missing(id: &'static str, rule: &'static str, aturan: &'static str, how: fn(&Subject) -> Vec<Step>) -> Check {
    Check::new(id, rule, aturan, "ASPI functional scenario 11.3; NICEPAY, NICO inquiry: mandatory", how)
}

const fn answered(
    id: &'static str,
    rule: &'static str,
    aturan: &'static str,
    judge: fn(&Subject, &[Exchange]) -> Result<(), Miss>,
) -> Check {
    Check::new(id, rule, aturan, BILL, |subject| vec![subject.accepted()])
        .needs(&[Need::Inquiry, Need::PayNo])
        .judged(judge)
}

/// The texts of a bill and how long each may be.
const TEXTS: [(&str, usize); 9] = [
    ("partnerServiceId", 4),
    ("customerNo", 8),
    ("payNo", 12),
    ("payNoName", 100),
    ("goodsName", 200),
    ("payNoEmail", 100),
    ("inquiryRequestId", 40),
    ("partnerReferenceNo", 40),
    ("mitraCd", 4),
];
const OTHERS: [&str; 3] = ["payNoPhone", "totalAmount", "payNoExpiredDateTime"];
const ECHOED: [&str; 5] = ["partnerServiceId", "customerNo", "payNo", "inquiryRequestId", "mitraCd"];

fn fields(_: &Subject, exchanges: &[Exchange]) -> Result<(), Miss> {
    let bill = bill(exchanges).map_err(|_| Miss::Unmet("the answer has no payNoData".to_owned()))?;
    let names = TEXTS.iter().map(|(name, _)| *name).chain(OTHERS);
    let absent: Vec<_> = names.filter(|name| bill.get(name).is_none_or(Value::is_null)).collect();
    if absent.is_empty() { Ok(()) } else { Err(Miss::Unmet(format!("payNoData is without {}", absent.join(", ")))) }
}

fn echo(_: &Subject, exchanges: &[Exchange]) -> Result<(), Miss> {
    let bill = bill(exchanges)?;
    let sent = exchanges.last().map_or("", |exchange| exchange.request.body.as_str());
    let sent: Value = serde_json::from_str(sent).unwrap_or_default();
    let other = ECHOED.into_iter().find(|name| bill.get(name).is_some_and(|given| *given != sent[*name]));
    other.map_or(Ok(()), |name| Err(Miss::Unmet(format!("{name} is not given back as it was sent"))))
}

fn amount(_: &Subject, exchanges: &[Exchange]) -> Result<(), Miss> {
    let bill = bill(exchanges)?;
    let value = text_at(&bill, "totalAmount.value")?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let shaped =
        value.split_once('.').is_some_and(|(whole, decimals)| digits(whole) && digits(decimals) && decimals.len() == 2);
    if !shaped || value.len() > 12 {
        return Err(Miss::Unmet(
            "totalAmount.value is not of the form \"10000.00\", of 12 characters at most".to_owned(),
        ));
    }
    match text_at(&bill, "totalAmount.currency")? {
        "IDR" => Ok(()),
        _ => Err(Miss::Unmet("totalAmount.currency is not IDR".to_owned())),
    }
}

fn phone(_: &Subject, exchanges: &[Exchange]) -> Result<(), Miss> {
    let bill = bill(exchanges)?;
    let phone = text_at(&bill, "payNoPhone")?;
    let digits = !phone.is_empty() && phone.len() <= 15 && phone.bytes().all(|b| b.is_ascii_digit());
    if digits { Ok(()) } else { Err(Miss::Unmet("payNoPhone is not 1 to 15 digits".to_owned())) }
}

fn lengths(_: &Subject, exchanges: &[Exchange]) -> Result<(), Miss> {
    let bill = bill(exchanges)?;
    for (name, most) in TEXTS.into_iter().filter(|(name, _)| bill.get(name).is_some()) {
        match text_at(&bill, name)?.chars().count() {
            0 => return Err(Miss::Unmet(format!("{name} is empty"))),
            length if length > most => {
                return Err(Miss::Unmet(format!("{name} has {length} characters, and {most} are the most")));
            }
            _ => {}
        }
    }
    Ok(())
}

fn expiry(_: &Subject, exchanges: &[Exchange]) -> Result<(), Miss> {
    let bill = bill(exchanges)?;
    let text = text_at(&bill, "payNoExpiredDateTime")?;
    if text.len() <= 25 && Timestamp::parse(text).is_ok() {
        return Ok(());
    }
    Err(Miss::Unmet("payNoExpiredDateTime is not of the form 2024-07-03T12:08:56+07:00".to_owned()))
}

fn repeatable(_: &Subject, exchanges: &[Exchange]) -> Result<(), Miss> {
    let told = |exchange: &Exchange| {
        let bill = bill(std::slice::from_ref(exchange))?;
        Ok([at(&bill, "totalAmount").cloned(), at(&bill, "partnerReferenceNo").cloned()])
    };
    let told: Vec<_> = exchanges.iter().map(told).collect::<Result<_, Miss>>()?;
    if told.windows(2).all(|pair| pair[0] == pair[1]) {
        return Ok(());
    }
    Err(Miss::Unmet("the second answer has another totalAmount or partnerReferenceNo".to_owned()))
}
