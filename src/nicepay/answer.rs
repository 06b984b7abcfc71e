//! An answer of NICEPAY's, as it is on the wire: one JSON object, perhaps with four digits before it.
//!
//! NICEPAY's samples and SDKs disagree in small things, and all of that is taken: a value is text or a number; what is
//! not there is absent, `null`, blank or the text `null`; names differ in the case of a letter, and V1 has `amount` where
//! V2 has `amt`. A value of any other kind is as good as absent: whoever needs it says what is missing.

use super::result_code::{Group, ResultCode};
use super::trouble::{Refused, Trouble};
use crate::snap::json::{JsonError, Object, Value};

/// An answer that says `0000`.
#[derive(Debug)]
pub(super) struct Answer(Object);

impl Answer {
    /// Reads a body. `groups` are those whose codes it may have.
    pub(super) fn read(body: &[u8], groups: &[Group]) -> Result<Self, Trouble> {
        let answer = Self(Object::parse(json_of(body)?).map_err(|error| Trouble::Unreadable(words(error)))?);
        let code = answer.text("resultCd").ok_or(Trouble::Unreadable("it has no resultCd"))?;
        if code == ResultCode::SUCCESS.code() {
            Ok(answer)
        } else if code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let message = answer.text("resultMsg").unwrap_or_default();
            Err(Trouble::Refused(Refused::new(groups, code, message)))
        } else {
            Err(Trouble::Unreadable("its resultCd has not four digits"))
        }
    }

    /// The text under a name, whatever its case; `None` for all that NICEPAY writes for nothing.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name)? {
            Value::Text(text) => Some(text.trim()).filter(|text| !text.is_empty() && *text != "null"),
            Value::Number(digits) => Some(digits),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// What is to be paid, under either name.
    pub(super) fn amt(&self) -> Option<&str> {
        self.text("amt").or_else(|| self.text("amount"))
    }
}

/// What follows the length. Of a page in HTML there is no telling what its braces mean, so only digits may stand there.
fn json_of(body: &[u8]) -> Result<&[u8], Trouble> {
    let body = body.trim_ascii();
    let digits = body.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match body[digits..].first() {
        Some(b'{') => Ok(&body[digits..]),
        Some(b'<') => Err(Trouble::Unreadable("it is a page of HTML")),
        Some(_) => Err(Trouble::Unreadable("it is no JSON object")),
        None => Err(Trouble::Unreadable("it is empty")),
    }
}

fn words(error: JsonError) -> &'static str {
    match error {
        JsonError::NotUtf8 => "it is not UTF-8",
        JsonError::NotJson => "it is not JSON, or not the whole of it",
        JsonError::NotAnObject => "it is no JSON object",
        JsonError::DuplicateKey => "it names a field twice",
        JsonError::TooDeep => "it nests too deep",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GROUPS: [Group; 3] = [Group::Order, Group::Cvs, Group::Common];

    fn read(body: &str) -> Result<Answer, Trouble> {
        Answer::read(body.as_bytes(), &GROUPS)
    }

    #[test]
    fn every_way_to_write_a_value_is_read() {
        let answer = read(
            r#"0123{"resultCd":"0000","payNo":"011108471311","transDt":20180301,"currency":null,"bankCd":"null",
               "vacctNo":" ","callbackUrl":"https://shop.example","paymentUrl":"https://pay.example","amount":"010000"}"#,
        )
        .unwrap();
        for (name, text) in [
            ("payNo", Some("011108471311")),
            ("transDt", Some("20180301")),
            ("currency", None),
            ("bankCd", None),
            ("vacctNo", None),
            ("none", None),
            ("callBackUrl", Some("https://shop.example")),
            ("paymentURL", Some("https://pay.example")),
        ] {
            assert_eq!(answer.text(name), text, "{name}");
        }
        assert_eq!(answer.amt(), Some("010000"));
        for prefix in ["", "0016", " \r\n", "12345"] {
            assert!(read(&format!("{prefix}{}\n", r#"{"resultCd":"0000"}"#)).is_ok(), "{prefix}");
        }
    }

    #[test]
    fn what_is_no_answer_is_unreadable() {
        for (body, why) in [
            ("", "it is empty"),
            ("0016", "it is empty"),
            ("<html>{\"resultCd\":\"0000\"}</html>", "it is a page of HTML"),
            ("ok {\"resultCd\":\"0000\"}", "it is no JSON object"),
            ("[]", "it is no JSON object"),
            (r#"{"resultCd":"0000","tXid":"ION"#, "it is not JSON, or not the whole of it"),
            (r#"{"resultCd":"0000"}{"resultCd":"0000"}"#, "it is not JSON, or not the whole of it"),
            (r#"{"resultCd":"0000","resultcd":"9009"}"#, "it names a field twice"),
            (r#"{"resultMsg":"SUCCESS"}"#, "it has no resultCd"),
            (r#"{"resultCd":"SUCCESS"}"#, "its resultCd has not four digits"),
        ] {
            assert_eq!(read(body).err(), Some(Trouble::Unreadable(why)), "{body}");
        }
    }

    #[test]
    fn a_refusal_has_code_message_and_row() {
        let refused = |body: &str| match read(body) {
            Err(Trouble::Refused(refused)) => refused,
            other => panic!("{other:?}"),
        };
        let taken = refused(r#"{"resultCd":"9009","resultMsg":"Reference Number already exist."}"#);
        assert_eq!((&*taken.code, &*taken.message), ("9009", "Reference Number already exist."));
        assert_eq!(taken.known, Some(ResultCode::of(Group::Order, "9009")));
        assert_eq!(refused(r#"{"resultCd":"9507","resultMsg":null}"#).known, None);
        assert_eq!(refused(r#"{"resultCd":1004}"#).known, Some(ResultCode::of(Group::Common, "1004")));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Answer::read(&body, &GROUPS);
        }
    }
}
