//! What NICEPAY's older interfaces send, as names and texts, whichever way it came: a form, a query or a JSON object.
//!
//! NICEPAY's pages contradict each other about all of it: a sample has blanks round `=`, another the word `null` for
//! nothing, the declared media type is not the sent one, and one page spells a name in two ways. So names and texts
//! are trimmed, `null` is nothing, and what is JSON is told by its first brace. What two readers could understand
//! differently is refused all the same: a name that repeats, and bytes that are no text.

use std::collections::HashSet;

use crate::snap::json::{JsonError, Object, Value};

/// Names and texts, each name once.
pub struct Fields(Vec<(String, String)>);

/// Why something is not names and texts. Nothing of the sender's is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldsError {
    /// It begins like a JSON object and is none.
    #[error("{0}")]
    Json(#[from] JsonError),
    /// A JSON member is an object or an array.
    #[error("a member of the object is itself an object or an array")]
    Nested,
    /// A `%` without two hexadecimal digits.
    #[error("a percent sign stands before something other than two hexadecimal digits")]
    Percent,
    /// The bytes, or those that percent signs stand for, are not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// A control character stands in it as it is, which neither a form nor JSON allows.
    #[error("it holds a control character")]
    Control,
    /// One name stands there twice, perhaps in two spellings.
    #[error("a name stands in it twice")]
    Repeated,
}

impl Fields {
    /// A body: one JSON object if it begins like one, else a form. What it was declared to be does not matter.
    ///
    /// # Errors
    /// [`FieldsError`]
    pub fn of_body(body: &[u8]) -> Result<Self, FieldsError> {
        Self::of_query_and_body("", body)
    }

    /// A query, and a body beside it.
    ///
    /// # Errors
    /// [`FieldsError`]
    pub fn of_query_and_body(query: &str, body: &[u8]) -> Result<Self, FieldsError> {
        let mut pairs = form(query)?;
        if body.trim_ascii_start().starts_with(b"{") {
            let object = Object::parse(body)?;
            // Also those that are null, and therefore not among the texts.
            each_once(object.keys())?;
            pairs.extend(texts(&object).map_err(|_| FieldsError::Nested)?);
        } else {
            pairs.extend(form(std::str::from_utf8(body).map_err(|_| FieldsError::NotUtf8)?)?);
        }
        each_once(pairs.iter().map(|(name, _)| name.as_str()))?;
        Ok(Self(pairs.iter().map(|(name, text)| (name.trim().to_owned(), text.trim().to_owned())).collect()))
    }

    /// The text under any of these spellings of one name; empty and `null` are none.
    ///
    /// A name may also stand in small letters throughout, as on the pages of NICEPAY that we could read.
    ///
    /// # Errors
    /// [`FieldsError::Repeated`] where two of the spellings are there.
    pub fn get(&self, spellings: &[&str]) -> Result<Option<&str>, FieldsError> {
        let is_meant = |sent: &str| spellings.iter().any(|name| sent == *name || sent == name.to_ascii_lowercase());
        let mut meant = self.0.iter().filter(|(sent, _)| is_meant(sent)).map(|(_, text)| text.as_str());
        match (meant.next(), meant.next()) {
            (_, Some(_)) => Err(FieldsError::Repeated),
            (text, None) => Ok(text.filter(|text| !text.is_empty() && *text != "null")),
        }
    }
}

/// Each name once, whatever the blanks round it and the case of its letters.
fn each_once<'n>(mut names: impl Iterator<Item = &'n str>) -> Result<(), FieldsError> {
    let mut seen = HashSet::new();
    if names.all(|name| seen.insert(name.trim().to_lowercase())) { Ok(()) } else { Err(FieldsError::Repeated) }
}

/// The members of an object as names and texts, `null` left out. A number is its digits as they were sent, for npm's
/// `node-nicepay` may send `amt` so.
///
/// # Errors
/// The name of the first member that is an object or an array.
pub fn texts(object: &Object) -> Result<Vec<(String, String)>, &str> {
    let mut texts = Vec::new();
    for name in object.keys() {
        let text = match object.get(name) {
            None | Some(Value::Null) => continue,
            Some(Value::Text(text) | Value::Number(text)) => text.clone(),
            Some(Value::Bool(flag)) => flag.to_string(),
            Some(Value::Array(_) | Value::Object(_)) => return Err(name),
        };
        texts.push((name.to_owned(), text));
    }
    Ok(texts)
}

/// `application/x-www-form-urlencoded`, read without mercy: the usual readers repair what is broken.
fn form(text: &str) -> Result<Vec<(String, String)>, FieldsError> {
    if text.chars().any(|c| c.is_control() && !matches!(c, '\r' | '\n' | '\t')) {
        return Err(FieldsError::Control);
    }
    let pairs = text.split('&').filter(|pair| !pair.trim().is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, text)| Ok((decoded(name)?, decoded(text)?))).collect()
}

fn decoded(text: &str) -> Result<String, FieldsError> {
    let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16)).ok_or(FieldsError::Percent);
    let (mut bytes, mut decoded) = (text.bytes(), Vec::with_capacity(text.len()));
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => u8::try_from(digit(bytes.next())? * 16 + digit(bytes.next())?).expect("BUG: two digits are a byte"),
            plain => plain,
        });
    }
    String::from_utf8(decoded).map_err(|_| FieldsError::NotUtf8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn get(body: &str, name: &str) -> Option<String> {
        Fields::of_body(body.as_bytes()).unwrap().get(&[name]).unwrap().map(str::to_owned)
    }

    #[test]
    fn a_form_and_an_object_say_the_same() {
        for body in [
            "tXid=a+b%20%C3%A9&amt=10",
            " tXid = a b é & amt=10 ",
            "txid=a%20b é&amt=10&&",
            r#"{"tXid":"a b \u00e9","amt":10}"#,
            "\n{\" tXid \":\" a b é \",\"amt\":\"10\"}",
        ] {
            assert_eq!(
                (get(body, "tXid").as_deref(), get(body, "amt").as_deref()),
                (Some("a b é"), Some("10")),
                "{body}"
            );
        }
        assert_eq!(get(r#"{"amt":10.00}"#, "amt").as_deref(), Some("10.00"), "a number is its text");
        assert_eq!(get("TXID=1", "tXid"), None, "a name is told by its letters' case");
        for nothing in ["amt=", "amt", "amt= ", "amt=null", "amt=+null+", r#"{"amt":null}"#, r#"{"amt":"null"}"#, ""] {
            assert_eq!(get(nothing, "amt"), None, "{nothing}");
        }
    }

    #[test]
    fn what_could_be_read_two_ways_is_refused() {
        for (body, error) in [
            (&b"amt=1&amt=1"[..], FieldsError::Repeated),
            (b"amt=1& amt =2", FieldsError::Repeated),
            (b"amt=1&%61mt=2", FieldsError::Repeated),
            (b"amt=1&AMT=2", FieldsError::Repeated),
            (b"amt=&amt=null", FieldsError::Repeated),
            (b"x&x", FieldsError::Repeated),
            (br#"{"amt":1," amt":2}"#, FieldsError::Repeated),
            (br#"{"amt":1," amt":null}"#, FieldsError::Repeated),
            (br#"{"amt":1,"amt":2}"#, FieldsError::Json(JsonError::DuplicateKey)),
            (b"{amt=1", FieldsError::Json(JsonError::NotJson)),
            (br#"{"amt":{"value":1}}"#, FieldsError::Nested),
            (br#"{"x":[]}"#, FieldsError::Nested),
            (b"amt=%", FieldsError::Percent),
            (b"amt=%1", FieldsError::Percent),
            (b"amt=%+1", FieldsError::Percent),
            (b"amt=%g0", FieldsError::Percent),
            (b"amt=%FF", FieldsError::NotUtf8),
            (b"amt=\xff", FieldsError::NotUtf8),
            (b"{\"amt\":\"\xff\"}", FieldsError::Json(JsonError::NotUtf8)),
            (b"amt=1\0", FieldsError::Control),
        ] {
            assert_eq!(Fields::of_body(body).err(), Some(error), "{}", String::from_utf8_lossy(body));
        }
        let spelt_twice = Fields::of_body(b"issuBankCd=A&IssueBankCd=A").unwrap();
        assert_eq!(spelt_twice.get(&["issuBankCd", "IssueBankCd"]), Err(FieldsError::Repeated));
        assert_eq!(Fields::of_query_and_body("amt=1", b"amt=1").err(), Some(FieldsError::Repeated));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..200), form in "[a-z%0-9=&+ {}\":]{0,60}") {
            let _ = Fields::of_body(&body);
            let _ = Fields::of_body(form.as_bytes());
        }

        #[test]
        fn what_is_encoded_is_read_again(text in "[^\\p{Cc}\\p{Z}]{1,40}") {
            let form = form_urlencoded::Serializer::new(String::new()).append_pair("x", &text).finish();
            prop_assume!(text != "null");
            prop_assert_eq!(get(&form, "x"), Some(text));
        }
    }
}
