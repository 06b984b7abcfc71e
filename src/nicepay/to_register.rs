//! What a merchant's shop asks to be registered, checked before NICEPAY hears of it: what NICEPAY would refuse is refused
//! here, with the field that is wrong.
//!
//! A shop writes NICEPAY's own names (`goodsNm`, `billingNm`, `userIP`), each in its letters' case, and text under each of
//! them. What is nico's to say (`iMid`, `payMethod`, `merchantToken`, `timeStamp`) is ignored where it is sent.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};

use super::registration::{self, Invalid, Product, Why};
use super::result_code::{Group, ResultCode};
use super::time_stamp;
use crate::cvs::merchant_token::{Covered, MerchantKey};
use crate::cvs::transaction::{Amt, IMid, ReferenceNo};
use crate::order::MitraCd;
use crate::snap::field::is_readable;
use crate::snap::json::{JsonError, Object, Value};

/// An order, good enough to be registered.
#[derive(Clone, PartialEq, Eq)]
pub struct ToRegister {
    /// V1 or Checkout.
    pub product: Product,
    /// The merchant's reference.
    pub reference_no: ReferenceNo,
    /// What is to be paid.
    pub amt: Amt,
    /// The chain of stores; in Checkout the customer may choose it.
    pub mitra_cd: Option<MitraCd>,
    /// Until when it can be paid, where the shop says so.
    pub valid_until: Option<DateTime<Utc>>,
    /// All fields of the shop's, these included, by their names.
    fields: BTreeMap<&'static str, String>,
}

/// What is filled in where a shop does not say it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    /// `callBackUrl`
    pub callback_url: Option<String>,
    /// `dbProcessUrl`
    pub notification_url: Option<String>,
}

/// Why something cannot be registered. `Display` is a sentence for the developer of the shop, and names our fields only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRegistrable {
    /// It is no JSON object.
    #[error("{0}")]
    NotAnObject(#[from] JsonError),
    /// V2 direct has nothing that V1 has not.
    #[error("product must be v1 or checkout")]
    NotOffered,
    /// It is neither text nor digits.
    #[error("{0} must be text")]
    NotText(&'static str),
    /// The member at this place, the first being 1, has a name that no field has.
    #[error("member {0} of the object is no field of a registration at NICEPAY for this product")]
    Unknown(usize),
    /// A field's name in other letters than NICEPAY's.
    #[error("a field is written in other letters: it is written {0}, and capital letters count")]
    OtherCase(&'static str),
    /// A field of another way to pay.
    #[error("{0} is not for convenience stores: their numbers end at payValidDt and payValidTm")]
    OtherMethod(&'static str),
    /// NICEPAY would refuse it.
    #[error("{0}")]
    Invalid(Invalid),
}

impl NotRegistrable {
    /// The field that is wrong, where it is one of NICEPAY's.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::NotAnObject(_) | Self::Unknown(_) => None,
            Self::NotOffered => Some("product"),
            Self::NotText(field) | Self::OtherCase(field) | Self::OtherMethod(field) => Some(field),
            Self::Invalid(invalid) => Some(invalid.field),
        }
    }

    /// What NICEPAY would answer; `None` for what is wrong before NICEPAY's rules begin.
    pub fn code(&self) -> Option<ResultCode> {
        match self {
            Self::Invalid(invalid) => Some(invalid.code),
            Self::NotAnObject(_)
            | Self::NotOffered
            | Self::NotText(_)
            | Self::Unknown(_)
            | Self::OtherCase(_)
            | Self::OtherMethod(_) => None,
        }
    }
}

impl ToRegister {
    /// Reads a shop's order. `product` is the caller's to read, and skipped.
    ///
    /// # Errors
    /// [`NotRegistrable`], for the first thing that is wrong.
    pub fn read(
        product: Product,
        object: &Object,
        defaults: &Defaults,
        now: DateTime<Utc>,
    ) -> Result<Self, NotRegistrable> {
        let mut fields = gather(product, object)?;
        let filled_in = [
            ("callBackUrl", defaults.callback_url.as_deref()),
            ("dbProcessUrl", defaults.notification_url.as_deref()),
            ("cartData", Some("{}")),
            ("currency", Some("IDR")),
        ];
        for (name, text) in filled_in {
            if let Some(text) = text {
                fields.entry(name).or_insert_with(|| text.to_owned());
            }
        }
        let order = Self::of(product, fields)?;
        if order.valid_until.is_some_and(|until| until <= now) {
            return Err(wrong("payValidDt", EXPIRY, "and payValidTm are over already: they are Jakarta's time"));
        }
        Ok(order)
    }

    /// Reads what [`fields_text`](Self::fields_text) has written, to send it again: its time may be over by now.
    ///
    /// # Errors
    /// [`NotRegistrable`]
    pub fn from_text(product: Product, text: &str) -> Result<Self, NotRegistrable> {
        Self::of(product, gather(product, &Object::parse(text.as_bytes())?)?)
    }

    /// Whether it is the same order. Where NICEPAY and the browser are to come back to is no part of it: that may have been
    /// configured anew.
    pub fn is_the_same_as(&self, other: &Self) -> bool {
        let is_part = |(name, _): &(&&str, &String)| !matches!(**name, "callBackUrl" | "dbProcessUrl");
        let (own, others) = (self.fields.iter().filter(is_part), other.fields.iter().filter(is_part));
        self.product == other.product && own.eq(others)
    }

    /// The order, and nothing of nico's: a JSON object, its keys sorted, so that the same order is the same text.
    pub fn fields_text(&self) -> String {
        serde_json::to_string(&self.fields).expect("BUG: texts are always JSON")
    }

    /// The fields as they go to NICEPAY at `now`.
    pub fn wire_fields(&self, i_mid: &IMid, key: &MerchantKey, now: DateTime<Utc>) -> Vec<(&'static str, String)> {
        let time_stamp = match self.product {
            Product::V1 => None,
            Product::V2 | Product::Checkout => Some(time_stamp::write(now)),
        };
        let (reference_no, amt) = (self.reference_no.as_str(), self.amt.as_str());
        let token = key.token(&match &time_stamp {
            None => Covered::OrderV1 { i_mid: i_mid.as_str(), reference_no, amt },
            Some(time_stamp) => Covered::OrderV2 { time_stamp, i_mid: i_mid.as_str(), reference_no, amt },
        });
        let ours = [("iMid", i_mid.as_str().to_owned()), ("payMethod", STORES.to_owned()), ("merchantToken", token)];
        let shops = self.fields.iter().map(|(name, text)| (*name, text.clone()));
        ours.into_iter().chain(time_stamp.map(|digits| ("timeStamp", digits))).chain(shops).collect()
    }

    fn of(product: Product, fields: BTreeMap<&'static str, String>) -> Result<Self, NotRegistrable> {
        match product {
            Product::V1 | Product::Checkout => {}
            Product::V2 => return Err(NotRegistrable::NotOffered),
        }
        let text = |name: &str| fields.get(name).map(String::as_str);
        let with_ours = |name: &str| STAND_INS.iter().find(|(ours, _)| *ours == name).map(|(_, stand_in)| *stand_in);
        registration::check(product, |name| with_ours(name).or_else(|| text(name))).map_err(NotRegistrable::Invalid)?;
        check_more(&text)?;
        let needed = |name| text(name).unwrap_or_default();
        let reference_no = ReferenceNo::parse(needed(ReferenceNo::FIELD)).map_err(|_| {
            invalid(ReferenceNo::FIELD, REFERENCE_NO, Why::Malformed("ASCII characters that can be seen"))
        })?;
        let amt = Amt::parse(needed(Amt::FIELD)).map_err(|_| wrong(Amt::FIELD, NOT_A_NUMBER, "is no amount"))?;
        let mitra_cd = text(MitraCd::FIELD).map(MitraCd::parse).transpose();
        let mitra_cd = mitra_cd.map_err(|_| wrong(MitraCd::FIELD, STORE, "is no chain of stores"))?;
        let valid_until = time_stamp::parse(&format!("{}{}", needed("payValidDt"), needed("payValidTm")));
        Ok(Self { product, reference_no, amt, mitra_cd, valid_until, fields })
    }
}

impl fmt::Debug for ToRegister {
    /// Which one: who buys what is nobody's business in a log line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ToRegister({:?}, {})", self.product, self.reference_no.as_str())
    }
}

/// The fields that are there, by our names. What is `null` or empty is not there.
fn gather(product: Product, object: &Object) -> Result<BTreeMap<&'static str, String>, NotRegistrable> {
    let mut fields = BTreeMap::new();
    for (place, key) in object.keys().enumerate() {
        let Some(name) = name_of(product, key).ok_or(NotRegistrable::Unknown(place + 1))?? else { continue };
        let text = match object.get(name) {
            Some(Value::Text(text)) => text,
            Some(Value::Number(digits)) if registration::is_of_digits(name) => digits,
            None | Some(Value::Null) => continue,
            Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                return Err(NotRegistrable::NotText(name));
            }
        };
        if !text.is_empty() {
            fields.insert(name, text.clone());
        }
    }
    Ok(fields)
}

/// Our name for a key: `None` for what is no field, and within, `None` for what is none of the shop's.
fn name_of(product: Product, key: &str) -> Option<Result<Option<&'static str>, NotRegistrable>> {
    let more = MORE.iter().filter(|more| product == Product::Checkout || more.is_in_v1).map(|more| more.name);
    let of_the_product = registration::names(product).chain(more).chain(NOT_THE_SHOPS).chain(OF_OTHER_METHODS);
    let name = of_the_product.into_iter().find(|name| name.eq_ignore_ascii_case(key))?;
    Some(if name != key {
        Err(NotRegistrable::OtherCase(name))
    } else if OF_OTHER_METHODS.contains(&name) {
        Err(NotRegistrable::OtherMethod(name))
    } else {
        Ok(Some(name).filter(|name| !NOT_THE_SHOPS.contains(name)))
    })
}

/// What NICEPAY's pages say of fields that the table has no row for, or a longer one.
fn check_more<'t>(text: &impl Fn(&str) -> Option<&'t str>) -> Result<(), NotRegistrable> {
    for More { name, max_len, .. } in &MORE {
        let Some(text) = text(name) else { continue };
        if !is_readable(text) {
            return Err(invalid(name, OTHER, Why::Malformed("readable text")));
        } else if text.chars().count() > *max_len {
            return Err(invalid(name, OTHER, Why::TooLong(*max_len)));
        }
    }
    if text("billingAddr").is_some_and(|address| address.chars().count() > MAX_ADDRESS) {
        return Err(invalid("billingAddr", OTHER, Why::TooLong(MAX_ADDRESS)));
    }
    if text("deliveryPostCd").is_some_and(|code| !code.bytes().all(|digit| digit.is_ascii_digit())) {
        return Err(invalid("deliveryPostCd", OTHER, Why::Malformed("digits")));
    }
    Ok(())
}

fn invalid(field: &'static str, code: ResultCode, why: Why) -> NotRegistrable {
    NotRegistrable::Invalid(Invalid { field, code, why })
}

fn wrong(field: &'static str, code: ResultCode, why: &'static str) -> NotRegistrable {
    invalid(field, code, Why::Wrong(why))
}

/// A field that has no row in the table.
struct More {
    name: &'static str,
    max_len: usize,
    is_in_v1: bool,
}

/// A browser's own name for itself is longer than the 100 characters of NICEPAY's page, in their sample as well; but
/// `userLanguage` is held to the page's two (`id`), for there the sample is the slip. The last two have no length anywhere.
const MORE: [More; 4] = [
    More { name: "userAgent", max_len: 255, is_in_v1: true },
    More { name: "userLanguage", max_len: 2, is_in_v1: true },
    More { name: "sellers", max_len: 4000, is_in_v1: false },
    More { name: "shopId", max_len: 255, is_in_v1: false },
];
const NOT_THE_SHOPS: [&str; 5] = ["product", "iMid", "payMethod", "merchantToken", "timeStamp"];
const OF_OTHER_METHODS: [&str; 5] = ["bankCd", "vacctValidDt", "vacctValidTm", "paymentExpDt", "paymentExpTm"];
/// What is nico's to say, in the shape that it will have.
const STAND_INS: [(&str, &str); 4] =
    [("iMid", "IONPAYTEST"), ("payMethod", STORES), ("merchantToken", "0"), ("timeStamp", "20240619101234")];

/// Convenience stores.
const STORES: &str = "03";
/// The shorter of two lengths that NICEPAY's pages give.
const MAX_ADDRESS: usize = 100;

const EXPIRY: ResultCode = ResultCode::of(Group::Cvs, "9510");
const NOT_A_NUMBER: ResultCode = ResultCode::of(Group::Order, "9008");
const OTHER: ResultCode = ResultCode::of(Group::Order, "9001");
const REFERENCE_NO: ResultCode = ResultCode::of(Group::Order, "9014");
const STORE: ResultCode = ResultCode::of(Group::Cvs, "9505");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::snap::secret::Secret;

    fn sample() -> Json {
        json!({
            "product": "v1", "amt": "10000", "referenceNo": "INV-2024-0001", "goodsNm": "Buku tulis & pensil",
            "billingNm": "Siti Aisyah", "billingPhone": "081234567890", "billingEmail": "siti@example.com",
            "billingCity": "Jakarta Pusat", "billingState": "DKI Jakarta", "billingPostCd": "10210",
            "billingCountry": "Indonesia", "description": "Pembelian", "userIP": "127.0.0.1", "mitraCd": "ALMA",
            "payValidDt": "20240620", "payValidTm": "235959",
        })
    }

    fn now() -> DateTime<Utc> {
        "2024-06-19T10:12:34+07:00".parse().unwrap()
    }

    fn defaults() -> Defaults {
        let url = |path: &str| Some(format!("https://shop.example/{path}"));
        Defaults { callback_url: url("back"), notification_url: url("notified") }
    }

    fn read_as(product: Product, changes: &[(&str, Json)]) -> Result<ToRegister, NotRegistrable> {
        let mut order = sample();
        for (name, value) in changes {
            order[*name] = value.clone();
        }
        ToRegister::read(product, &Object::parse(order.to_string().as_bytes()).unwrap(), &defaults(), now())
    }

    fn read(changes: &[(&str, Json)]) -> Result<ToRegister, NotRegistrable> {
        read_as(Product::V1, changes)
    }

    #[test]
    fn an_order_goes_out_with_what_is_nicos() {
        let key = MerchantKey::new(Secret::new("key")).unwrap();
        let i_mid = IMid::parse("IONPAYTEST").unwrap();
        let forged = [("iMid", json!("OTHERMERCH")), ("payMethod", json!("01")), ("merchantToken", json!({"a": 1}))];
        for product in [Product::V1, Product::Checkout] {
            let order = read_as(product, &forged).unwrap();
            let fields = order.wire_fields(&i_mid, &key, now());
            let text = |name: &str| {
                let found: Vec<_> = fields.iter().filter(|(field, _)| *field == name).collect();
                assert!(found.len() < 2, "{name} twice");
                found.first().map(|(_, text)| text.as_str())
            };
            let stamp = (product == Product::Checkout).then_some("20240619101234");
            assert_eq!(text("timeStamp"), stamp);
            assert_eq!((text("iMid"), text("payMethod")), (Some("IONPAYTEST"), Some("03")));
            assert_eq!((text("userIP"), text("userIp")), (Some("127.0.0.1"), None));
            assert_eq!((text("cartData"), text("currency")), (Some("{}"), Some("IDR")));
            assert_eq!(text("callBackUrl"), Some("https://shop.example/back"));
            assert_eq!(text("dbProcessUrl"), Some("https://shop.example/notified"));
            assert_eq!(text("product"), None);
            registration::check(product, text).unwrap();
            assert!(!order.fields_text().contains("merchantToken"));
            assert_eq!(format!("{order:?}"), format!("ToRegister({product:?}, INV-2024-0001)"));
        }
    }

    #[test]
    fn what_the_shop_says_goes_before_what_is_filled_in() {
        let order = read(&[("callBackUrl", json!("https://shop.example/own")), ("amt", json!(10000))]).unwrap();
        assert!(order.fields_text().contains(r#""callBackUrl":"https://shop.example/own""#));
        assert_eq!(order.amt.as_str(), "10000");
        assert_eq!(order.valid_until, Some("2024-06-20T23:59:59+07:00".parse().unwrap()));
        let same = read(&[("amt", json!("10000")), ("callBackUrl", json!("https://shop.example/own"))]).unwrap();
        assert_eq!(order.fields_text(), same.fields_text(), "the same order is the same text");
        let none = Defaults::default();
        let object = Object::parse(sample().to_string().as_bytes()).unwrap();
        let missing = ToRegister::read(Product::V1, &object, &none, now()).unwrap_err();
        assert_eq!(missing.to_string(), "callBackUrl is missing or empty");
    }

    #[test]
    fn what_is_no_order_is_named() {
        let letters =
            |name| format!("a field is written in other letters: it is written {name}, and capital letters count");
        for (name, value, sentence) in [
            ("callbackUrl", json!("https://shop.example"), letters("callBackUrl")),
            ("deliverynm", json!("x"), letters("deliveryNm")),
            ("imid", json!("x"), letters("iMid")),
            ("bankCd", json!("BMRI"), NotRegistrable::OtherMethod("bankCd").to_string()),
            ("goods", json!("x"), NotRegistrable::Unknown(place_of("goods")).to_string()),
            ("goodsNm", json!(7), "goodsNm must be text".to_owned()),
            ("billingPhone", json!(81_234_567_890_u64), "billingPhone must be text".to_owned()),
            ("cartData", json!({}), "cartData must be text".to_owned()),
            ("amt", json!(true), "amt must be text".to_owned()),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert_eq!((error.to_string(), error.code()), (sentence, None), "{name}");
        }
        assert_eq!(read_as(Product::V2, &[]), Err(NotRegistrable::NotOffered));
        assert_eq!(ToRegister::from_text(Product::V1, "[]"), Err(NotRegistrable::NotAnObject(JsonError::NotAnObject)));
    }

    #[test]
    fn what_nicepay_would_refuse_is_named_with_its_code() {
        let long = |length| json!("x".repeat(length));
        for (name, value, why, code) in [
            ("amt", json!(10000.5), "may hold digits only", "9008"),
            ("amt", json!("10000.00"), "may hold digits only", "9008"),
            ("amt", json!("0"), "is nothing", "9509"),
            ("amt", json!(null), "is missing or empty", "9007"),
            ("referenceNo", json!("INV 1"), "may hold ASCII characters that can be seen only", "9014"),
            ("referenceNo", long(41), "is longer than 40 characters", "9507"),
            ("currency", json!("USD"), "must be IDR", "9013"),
            ("cartData", json!(r#"{"item":[{"goods_amt":"1"}]}"#), "has goods_amt that do not sum up to amt", "9023"),
            ("payValidDt", json!("20240618"), "and payValidTm are over already: they are Jakarta's time", "9510"),
            ("payValidTm", json!(""), "is missing, while payValidDt is there", "9511"),
            ("mitraCd", json!("LAWS"), "must be ALMA or INDO", "9505"),
            ("billingNm", long(31), "is longer than 30 characters", "9016"),
            ("billingAddr", long(101), "is longer than 100 characters", "9001"),
            ("userLanguage", json!("en-US"), "is longer than 2 characters", "9001"),
            ("userAgent", long(256), "is longer than 255 characters", "9001"),
            ("deliveryPostCd", json!("A1"), "may hold digits only", "9001"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            let said = (error.to_string(), error.code().map(ResultCode::code));
            assert_eq!(said, (format!("{name} {why}"), Some(code)));
        }
    }

    /// Where serde_json, which sorts them, puts a key of the sample's.
    fn place_of(name: &str) -> usize {
        let mut order = sample();
        order[name] = json!(1);
        order.as_object().unwrap().keys().position(|key| key == name).unwrap() + 1
    }

    #[test]
    fn each_product_has_its_own_fields() {
        let shop = [("shopId", json!("7"))];
        assert!(matches!(read(&shop), Err(NotRegistrable::Unknown(_))));
        assert!(read_as(Product::Checkout, &shop).is_ok());
        assert!(read_as(Product::Checkout, &[("billingNm", json!("x".repeat(31)))]).is_ok());
        assert!(read_as(Product::Checkout, &[("mitraCd", json!(null)), ("userIP", json!(null))]).is_ok());
        assert_eq!(read(&[("mitraCd", json!(null))]).unwrap_err().field(), Some("mitraCd"));
    }

    #[test]
    fn what_is_over_by_now_can_still_be_read_back() {
        let order = read(&[]).unwrap();
        assert_eq!(ToRegister::from_text(Product::V1, &order.fields_text()), Ok(order));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            reference_no in "[!-~]{1,40}", amt in "0{0,2}[1-9][0-9]{0,9}", goods in "[^\\p{Cc} ]\\PC{0,50}",
            address in proptest::option::of("[^\\p{Cc}\\s][^\\p{Cc}]{0,50}"), checkout in any::<bool>(),
        ) {
            let product = if checkout { Product::Checkout } else { Product::V1 };
            prop_assume!(is_readable(&goods));
            let changes = [
                ("referenceNo", json!(reference_no)), ("amt", json!(amt)), ("goodsNm", json!(goods)),
                ("billingAddr", json!(address)),
            ];
            let order = read_as(product, &changes).unwrap();
            let again = ToRegister::from_text(product, &order.fields_text()).unwrap();
            prop_assert_eq!(again.fields_text(), order.fields_text());
            prop_assert_eq!(again, order);
        }
    }
}
