//! The fields of a registration, V1, V2 and Checkout, in one table: what each may hold and what NICEPAY answers when
//! it does not.
//!
//! NICEPAY's pages give every field a type, and NICEPAY's own samples do not keep to all of them: `billingPhone` (N) is
//! `021-579-00000`, `goodsNm` (AN) is `T-1000`, `billingPostCd` (N) is `-`. The table has the type that the samples do
//! keep to. What stands in no row is taken as it comes: their `userAgent` and `userLanguage` are longer than their pages
//! allow. Where two pages differ in a length, the longer one is here.

use std::fmt;

use serde_json::Value;

use super::result_code::{Group, ResultCode};
use super::time_stamp;
use crate::snap::field::is_readable;

/// What is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Product {
    /// V1 Enterprise: `onePass.do`.
    V1,
    /// V2, direct.
    V2,
    /// Checkout: the customer chooses the store on NICEPAY's page.
    Checkout,
}

/// What a field may hold, in the letters of NICEPAY's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Letters.
    A,
    /// Letters and digits.
    An,
    /// Any text for people.
    Ans,
    /// Digits. A leading zero is one of them.
    N,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Required,
    Optional,
    Unknown,
}

/// A row: a field, and the code for each thing that can be wrong with it.
#[derive(Debug, Clone, Copy)]
struct Field {
    name: &'static str,
    kind: Kind,
    max_len: usize,
    /// In V1, V2 and Checkout.
    need: [Need; 3],
    missing: ResultCode,
    malformed: ResultCode,
    too_long: ResultCode,
}

/// What is wrong with a registration. `Display` is a sentence for the developer who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invalid {
    /// The field.
    pub field: &'static str,
    /// What NICEPAY answers.
    pub code: ResultCode,
    /// Why it is wrong, in the words that follow the field's name.
    pub why: Why,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Absent or empty.
    #[error("is missing or empty")]
    Missing,
    /// Of characters that it may not hold.
    #[error("may hold {0} only")]
    Malformed(&'static str),
    /// Too long.
    #[error("is longer than {0} characters")]
    TooLong(usize),
    /// Good as text, and wrong all the same.
    #[error("{0}")]
    Wrong(&'static str),
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.why)
    }
}

/// Holds a registration to the table, row by row, and then to what fields must be to each other.
///
/// # Errors
/// [`Invalid`], for the first field that is wrong.
pub fn check<'v>(product: Product, value: impl Fn(&str) -> Option<&'v str>) -> Result<(), Invalid> {
    let value = |name: &str| value(name).filter(|text| !text.is_empty());
    for field in &FIELDS {
        field.check(product, value(field.name))?;
    }
    check_values(product, &value)
}

/// The fields that a product has, by their names.
pub fn names(product: Product) -> impl Iterator<Item = &'static str> {
    FIELDS.iter().filter(move |field| field.need[product as usize] != Need::Unknown).map(|field| field.name)
}

/// Whether a field holds digits and nothing else, so that a number of JSON may stand for it.
pub fn is_of_digits(name: &str) -> bool {
    FIELDS.iter().any(|field| field.name == name && field.kind == Kind::N)
}

impl Field {
    /// A row whose every fault has the same code.
    const fn new(name: &'static str, kind: Kind, max_len: usize, need: [Need; 3], code: ResultCode) -> Self {
        Self { name, kind, max_len, need, missing: code, malformed: code, too_long: code }
    }

    const fn malformed(self, code: ResultCode) -> Self {
        Self { malformed: code, ..self }
    }

    const fn too_long(self, code: ResultCode) -> Self {
        Self { too_long: code, ..self }
    }

    fn check(&self, product: Product, value: Option<&str>) -> Result<(), Invalid> {
        let invalid = |code, why| Err(Invalid { field: self.name, code, why });
        match (value, self.need[product as usize]) {
            (_, Need::Unknown) | (None, Need::Optional) => Ok(()),
            (None, Need::Required) => invalid(self.missing, Why::Missing),
            (Some(text), Need::Required | Need::Optional) => {
                if !self.kind.admits(text) {
                    invalid(self.malformed, Why::Malformed(self.kind.words()))
                } else if text.chars().count() > self.max_len {
                    invalid(self.too_long, Why::TooLong(self.max_len))
                } else {
                    Ok(())
                }
            }
        }
    }
}

impl Kind {
    fn admits(self, text: &str) -> bool {
        match self {
            Self::A => text.bytes().all(|byte| byte.is_ascii_alphabetic()),
            Self::An => text.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            Self::Ans => is_readable(text),
            Self::N => text.bytes().all(|byte| byte.is_ascii_digit()),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::A => "letters",
            Self::An => "letters and digits",
            Self::Ans => "readable text",
            Self::N => "digits",
        }
    }
}

fn check_values<'v>(product: Product, value: &impl Fn(&str) -> Option<&'v str>) -> Result<(), Invalid> {
    let text = |name: &str| value(name).unwrap_or_default();
    let hold = |holds: bool, field, code, why| {
        if holds { Ok(()) } else { Err(Invalid { field, code, why: Why::Wrong(why) }) }
    };
    let is_url = |url: &str| url.starts_with("http://") || url.starts_with("https://");
    if !text("timeStamp").is_empty() {
        hold(
            time_stamp::parse(text("timeStamp")).is_some(),
            "timeStamp",
            DATE_TIME,
            "is no time, as yyyyMMddHHmmss is",
        )?;
    }
    let cvs = text("payMethod") == "03" || (product == Product::Checkout && text("payMethod") == "00");
    hold(
        cvs,
        "payMethod",
        PAY_METHOD,
        "must be 03 here (or 00, Checkout only): nothing but convenience stores is played",
    )?;
    hold(text("currency") == "IDR", "currency", CURRENCY, "must be IDR")?;
    hold(text("amt").bytes().any(|digit| digit != b'0'), "amt", TOO_LITTLE, "is nothing")?;
    let call_back = value("callBackUrl").is_none_or(is_url);
    hold(call_back, "callBackUrl", CALL_BACK_URL, "must begin with http:// or https://")?;
    hold(is_url(text("dbProcessUrl")), "dbProcessUrl", DB_PROCESS_URL, "must begin with http:// or https://")?;
    let store = value("mitraCd").is_none_or(|mitra_cd| STORES.iter().any(|(code, _)| *code == mitra_cd));
    hold(store, "mitraCd", STORE, "must be ALMA or INDO")?;
    check_expiry(value("payValidDt"), value("payValidTm"))?;
    check_cart(text("amt"), text("cartData"))
}

/// Date and time of expiry come together, whole, and are a time.
fn check_expiry(date: Option<&str>, time: Option<&str>) -> Result<(), Invalid> {
    let invalid = |field, code, why| Err(Invalid { field, code, why: Why::Wrong(why) });
    match (date, time) {
        (None, None) => Ok(()),
        (Some(_), None) => invalid("payValidTm", EXPIRY_LENGTH, "is missing, while payValidDt is there"),
        (None, Some(_)) => invalid("payValidDt", EXPIRY_LENGTH, "is missing, while payValidTm is there"),
        (Some(date), Some(_)) if date.len() != 8 => invalid("payValidDt", EXPIRY_LENGTH, "must have 8 digits"),
        (Some(_), Some(time)) if time.len() != 6 => invalid("payValidTm", EXPIRY_LENGTH, "must have 6 digits"),
        (Some(date), Some(time)) if time_stamp::parse(&format!("{date}{time}")).is_none() => {
            invalid("payValidDt", EXPIRY, "and payValidTm are no time")
        }
        (Some(_), Some(_)) => Ok(()),
    }
}

/// `cartData` is a text that holds JSON; the amounts of its items, if it has any, sum up to `amt`.
fn check_cart(amt: &str, cart_data: &str) -> Result<(), Invalid> {
    let invalid = |code, why| Err(Invalid { field: "cartData", code, why: Why::Wrong(why) });
    let Ok(Value::Object(cart)) = serde_json::from_str::<Value>(cart_data) else {
        return invalid(CART, "is no JSON object written as text, as {} is");
    };
    let Some(items) = cart.get("item") else { return Ok(()) };
    let amount = |item: &Value| match item.get("goods_amt")? {
        Value::String(digits) => digits.parse::<u64>().ok(),
        Value::Number(number) => number.as_u64(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let amounts: Option<Vec<u64>> = items.as_array().and_then(|items| items.iter().map(amount).collect());
    let Some(amounts) = amounts else { return invalid(CART, "has an item without a goods_amt of digits") };
    let sum = amounts.into_iter().try_fold(0_u64, u64::checked_add);
    if sum.is_some() && sum == amt.parse().ok() {
        Ok(())
    } else {
        invalid(CART_SUM, "has goods_amt that do not sum up to amt")
    }
}

/// The chains of stores: `mitraCd` and the name on the door.
pub const STORES: [(&str, &str); 2] = [("ALMA", "Alfamart"), ("INDO", "Indomaret")];

const fn order(code: &str) -> ResultCode {
    ResultCode::of(Group::Order, code)
}

const fn cvs(code: &str) -> ResultCode {
    ResultCode::of(Group::Cvs, code)
}

const CALL_BACK_URL: ResultCode = order("9019");
const CART: ResultCode = order("9022");
const CART_SUM: ResultCode = order("9023");
const CURRENCY: ResultCode = order("9013");
const DATE_TIME: ResultCode = order("9031");
const DB_PROCESS_URL: ResultCode = order("9020");
const EXPIRY: ResultCode = cvs("9510");
const EXPIRY_LENGTH: ResultCode = cvs("9511");
const NOT_A_NUMBER: ResultCode = order("9008");
/// For what has no code of its own.
const OTHER: ResultCode = order("9001");
const PAY_METHOD: ResultCode = order("9012");
const STORE: ResultCode = cvs("9505");
const TOO_LITTLE: ResultCode = cvs("9509");

const ALL: [Need; 3] = [Need::Required; 3];
const NOT_V1: [Need; 3] = [Need::Unknown, Need::Required, Need::Required];
const NOT_V2: [Need; 3] = [Need::Required, Need::Optional, Need::Required];
const NOT_CHECKOUT: [Need; 3] = [Need::Required, Need::Required, Need::Unknown];
const CHECKOUT: [Need; 3] = [Need::Unknown, Need::Unknown, Need::Required];
const V1: [Need; 3] = [Need::Required, Need::Optional, Need::Optional];
const V2: [Need; 3] = [Need::Optional, Need::Required, Need::Optional];
const NONE: [Need; 3] = [Need::Optional; 3];

#[rustfmt::skip]
const FIELDS: [Field; 43] = [
    Field::new("iMid", Kind::An, 10, ALL, order("9011")),
    Field::new("timeStamp", Kind::N, 14, NOT_V1, DATE_TIME),
    Field::new("payMethod", Kind::N, 2, ALL, PAY_METHOD),
    Field::new("currency", Kind::A, 3, ALL, CURRENCY),
    Field::new("amt", Kind::N, 12, ALL, order("9007")).malformed(NOT_A_NUMBER).too_long(NOT_A_NUMBER),
    Field::new("referenceNo", Kind::Ans, 40, ALL, order("9014")).too_long(cvs("9507")),
    Field::new("goodsNm", Kind::Ans, 100, ALL, order("9015")),
    Field::new("billingNm", Kind::Ans, 30, NOT_CHECKOUT, order("9016")),
    Field::new("billingNm", Kind::Ans, 100, CHECKOUT, order("9016")),
    Field::new("billingPhone", Kind::Ans, 15, ALL, order("9017")),
    Field::new("billingEmail", Kind::Ans, 40, ALL, order("9018")),
    Field::new("callBackUrl", Kind::Ans, 255, NOT_V2, CALL_BACK_URL),
    Field::new("dbProcessUrl", Kind::Ans, 255, ALL, DB_PROCESS_URL),
    Field::new("merchantToken", Kind::Ans, 255, ALL, order("9010")),
    Field::new("cartData", Kind::Ans, 4000, ALL, CART),
    Field::new("userIP", Kind::Ans, 15, V1, order("9024")),
    Field::new("billingCity", Kind::Ans, 50, ALL, order("9025")),
    Field::new("billingState", Kind::Ans, 50, ALL, order("9026")),
    Field::new("billingPostCd", Kind::Ans, 10, ALL, order("9027")),
    Field::new("billingCountry", Kind::Ans, 10, ALL, order("9028")),
    Field::new("description", Kind::Ans, 100, NOT_V2, OTHER),
    Field::new("mitraCd", Kind::A, 4, [Need::Required, Need::Required, Need::Optional], STORE),
    Field::new("payValidDt", Kind::N, 8, V2, EXPIRY_LENGTH).malformed(EXPIRY),
    Field::new("payValidTm", Kind::N, 6, V2, EXPIRY_LENGTH).malformed(EXPIRY),
    Field::new("billingAddr", Kind::Ans, 255, NONE, OTHER),
    Field::new("deliveryNm", Kind::Ans, 30, NONE, OTHER),
    Field::new("deliveryPhone", Kind::Ans, 15, NONE, OTHER),
    Field::new("deliveryAddr", Kind::Ans, 100, NONE, OTHER),
    Field::new("deliveryEmail", Kind::Ans, 100, NONE, OTHER),
    Field::new("deliveryCity", Kind::Ans, 50, NONE, OTHER),
    Field::new("deliveryState", Kind::Ans, 50, NONE, OTHER),
    Field::new("deliveryPostCd", Kind::Ans, 10, NONE, OTHER),
    Field::new("deliveryCountry", Kind::Ans, 10, NONE, OTHER),
    Field::new("vat", Kind::N, 12, NONE, OTHER),
    Field::new("fee", Kind::N, 12, NONE, OTHER),
    Field::new("notaxAmt", Kind::N, 12, NONE, OTHER),
    Field::new("reqDt", Kind::N, 8, NONE, OTHER),
    Field::new("reqTm", Kind::N, 6, NONE, OTHER),
    Field::new("reqDomain", Kind::Ans, 100, NONE, OTHER),
    Field::new("reqServerIP", Kind::Ans, 15, NONE, OTHER),
    Field::new("reqClientVer", Kind::Ans, 50, NONE, OTHER),
    Field::new("userSessionID", Kind::Ans, 100, NONE, OTHER),
    Field::new("merFixAcctId", Kind::Ans, 40, NONE, OTHER),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The V2 sample of NICEPAY's page on convenience stores.
    const SAMPLE: [(&str, &str); 22] = [
        ("timeStamp", "20180123100505"),
        ("iMid", "IONPAYTEST"),
        ("payMethod", "03"),
        ("currency", "IDR"),
        ("amt", "10000"),
        ("referenceNo", "ORD12345"),
        ("goodsNm", "Test Transaction Nicepay"),
        ("billingNm", "Customer Name"),
        ("billingPhone", "12345678"),
        ("billingEmail", "email@merchant.com"),
        ("billingCity", "Jakarta"),
        ("billingState", "DKI Jakarta"),
        ("billingPostCd", "12345"),
        ("billingCountry", "Indonesia"),
        ("description", "Transaction Description"),
        ("dbProcessUrl", "http://ptsv2.com/t/0ftrz-1519971382/post"),
        ("merchantToken", "f9d30f6c972e2b5718751bd087b178534673a91bbac845f8a24e60e8e4abbbc5"),
        ("userIP", "127.0.0.1"),
        ("cartData", "{}"),
        ("mitraCd", "ALMA"),
        ("payValidDt", "20180308"),
        ("payValidTm", "095500"),
    ];

    fn with(product: Product, changes: &[(&str, &str)]) -> Result<(), (&'static str, &'static str)> {
        let value = |name: &str| {
            let changed = changes.iter().find(|(changed, _)| *changed == name);
            changed.or_else(|| SAMPLE.iter().find(|(field, _)| *field == name)).map(|(_, text)| *text)
        };
        check(product, value).map_err(|invalid| (invalid.field, invalid.code.code()))
    }

    #[test]
    fn what_is_missing_has_its_own_code() {
        let url = ("callBackUrl", "https://shop.example/back");
        assert_eq!(with(Product::V2, &[]), Ok(()));
        assert_eq!(with(Product::V1, &[url]), Ok(()));
        assert_eq!(with(Product::Checkout, &[url, ("mitraCd", ""), ("payMethod", "00")]), Ok(()));
        for (field, code) in [
            ("iMid", "9011"),
            ("timeStamp", "9031"),
            ("payMethod", "9012"),
            ("currency", "9013"),
            ("amt", "9007"),
            ("referenceNo", "9014"),
            ("goodsNm", "9015"),
            ("billingNm", "9016"),
            ("billingPhone", "9017"),
            ("billingEmail", "9018"),
            ("dbProcessUrl", "9020"),
            ("merchantToken", "9010"),
            ("cartData", "9022"),
            ("billingCity", "9025"),
            ("billingState", "9026"),
            ("billingPostCd", "9027"),
            ("billingCountry", "9028"),
            ("mitraCd", "9505"),
            ("payValidDt", "9511"),
            ("payValidTm", "9511"),
        ] {
            assert_eq!(with(Product::V2, &[(field, "")]), Err((field, code)), "{field}");
        }
        for (product, field, code) in [
            (Product::V1, "callBackUrl", "9019"),
            (Product::V1, "userIP", "9024"),
            (Product::V1, "description", "9001"),
            (Product::Checkout, "callBackUrl", "9019"),
            (Product::Checkout, "timeStamp", "9031"),
        ] {
            let (others, missing) = ([url, (field, "")], [(field, ""), url]);
            let changes = if field == "callBackUrl" { missing } else { others };
            assert_eq!(with(product, &changes), Err((field, code)), "{product:?} {field}");
        }
        assert_eq!(with(Product::V1, &[url, ("timeStamp", ""), ("payValidDt", ""), ("payValidTm", "")]), Ok(()));
    }

    #[test]
    fn what_is_malformed_or_too_long_is_found() {
        let long = "x".repeat(4001);
        for (field, value, code) in [
            ("amt", "10000.00", "9008"),
            ("amt", "1e4", "9008"),
            ("amt", "1234567890123", "9008"),
            ("amt", "000", "9509"),
            ("referenceNo", &long[..41], "9507"),
            ("goodsNm", &long[..101], "9015"),
            ("billingNm", &long[..31], "9016"),
            ("billingPhone", "0123456789012345", "9017"),
            ("currency", "USD", "9013"),
            ("currency", "IDRX", "9013"),
            ("payMethod", "02", "9012"),
            ("payMethod", "00", "9012"),
            ("timeStamp", "20191128", "9031"),
            ("timeStamp", "20180230100505", "9031"),
            ("mitraCd", "LAWS", "9505"),
            ("payValidDt", "2018-308", "9510"),
            ("payValidDt", "2018030", "9511"),
            ("payValidDt", "20180230", "9510"),
            ("payValidTm", "09550", "9511"),
            ("payValidTm", "0955000", "9511"),
            ("callBackUrl", "javascript:alert(1)", "9019"),
            ("dbProcessUrl", "shop.example/notified", "9020"),
            ("cartData", "basket", "9022"),
            ("cartData", "[]", "9022"),
            ("cartData", &long, "9022"),
            ("cartData", r#"{"item":[{"goods_amt":"7000"},{"goods_amt":2999}]}"#, "9023"),
            ("cartData", r#"{"item":[{"goods_amt":"7000.00"}]}"#, "9022"),
            ("cartData", r#"{"item":"none"}"#, "9022"),
            ("vat", "none", "9001"),
        ] {
            assert_eq!(with(Product::V2, &[(field, value)]), Err((field, code)), "{field} {value}");
        }
        assert_eq!(with(Product::V2, &[("payValidTm", "995500")]), Err(("payValidDt", "9510")), "the two are one time");
        let cart = r#"{"count":"2","item":[{"goods_amt":"7000"},{"goods_amt":3000}]}"#;
        assert_eq!(with(Product::V2, &[("cartData", cart)]), Ok(()));
        assert_eq!(with(Product::V2, &[("billingPhone", "021-579-00000"), ("billingPostCd", "-")]), Ok(()));
    }
}
