//! One JSON object, read without mercy: what two readers could understand differently is refused.
//!
//! A body that is signed (or not even that) must mean one thing. So keys may not repeat, not even in another
//! case, depth is bounded also inside fields that nobody reads, and a number keeps the text it was sent with.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// How deep objects and arrays may nest, the outermost counted.
pub const MAX_DEPTH: usize = 16;

/// A JSON value. A number is its text: money never passes through a float.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// The digits as they were sent.
    Number(String),
    /// A string, unescaped.
    Text(String),
    /// An array.
    Array(Vec<Value>),
    /// An object.
    Object(Object),
}

/// A JSON object whose keys differ, also when their case is ignored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Object(Vec<(String, Value)>);

/// Why a body is not one unambiguous JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Some byte is not UTF-8.
    #[error("the body is not UTF-8")]
    NotUtf8,
    /// It does not parse.
    #[error("the body is not JSON")]
    NotJson,
    /// It parses, but to something other than an object.
    #[error("the body is JSON but not an object")]
    NotAnObject,
    /// Two keys of one object are equal when case is ignored.
    #[error("an object in the body names a key twice")]
    DuplicateKey,
    /// More than [`MAX_DEPTH`] levels.
    #[error("the body nests deeper than {MAX_DEPTH}")]
    TooDeep,
}

impl Object {
    /// Reads a whole body.
    ///
    /// # Errors
    /// [`JsonError`], for the first fault found.
    pub fn parse(body: &[u8]) -> Result<Self, JsonError> {
        let text = std::str::from_utf8(body).map_err(|_| JsonError::NotUtf8)?;
        let raw: &RawValue = serde_json::from_str(text).map_err(|_| JsonError::NotJson)?;
        match read(raw, 1)? {
            Value::Object(object) => Ok(object),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Array(_) => {
                Err(JsonError::NotAnObject)
            }
        }
    }

    /// The value under `key`, whatever the case of either; `null` counts as absent.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| value)
            .filter(|value| **value != Value::Null)
    }

    /// The keys as they were sent, in their order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

fn read(raw: &RawValue, depth: usize) -> Result<Value, JsonError> {
    let text = raw.get();
    Ok(match text.as_bytes().first() {
        Some(b'{' | b'[') if depth > MAX_DEPTH => return Err(JsonError::TooDeep),
        Some(b'{') => Value::Object(read_object(text, depth)?),
        Some(b'[') => {
            let items: Vec<&RawValue> = parse(text)?;
            Value::Array(items.into_iter().map(|item| read(item, depth + 1)).collect::<Result<_, _>>()?)
        }
        Some(b'"') => Value::Text(parse(text)?),
        Some(b't' | b'f') => Value::Bool(parse(text)?),
        Some(b'n') => Value::Null,
        _ => Value::Number(text.to_owned()),
    })
}

fn read_object(text: &str, depth: usize) -> Result<Object, JsonError> {
    let Members(members) = parse(text)?;
    let mut folded: Vec<String> = members.iter().map(|(key, _)| key.to_lowercase()).collect();
    folded.sort_unstable();
    if folded.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(JsonError::DuplicateKey);
    }
    let read_member = |(key, raw)| Ok((key, read(raw, depth + 1)?));
    members.into_iter().map(read_member).collect::<Result<_, _>>().map(Object)
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, JsonError> {
    serde_json::from_str(text).map_err(|_| JsonError::NotJson)
}

/// The members of an object in order, duplicates and all: a map type would have dropped them already.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error>
            where
                A::Error: de::Error,
            {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_are_found_whatever_their_case_and_numbers_keep_their_text() {
        let object =
            Object::parse(br#" {"PayNo":"0701","amt":10000.00,"none":null,"in":{"a":[true,{"A":1e4}]}} "#).unwrap();
        assert_eq!(object.get("payno"), Some(&Value::Text("0701".into())));
        assert_eq!(object.get("AMT"), Some(&Value::Number("10000.00".into())));
        assert_eq!(object.get("none"), None);
        assert_eq!(object.keys().collect::<Vec<_>>(), ["PayNo", "amt", "none", "in"]);
    }

    #[test]
    fn what_could_be_read_two_ways_is_refused() {
        let nested = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth)).into_bytes();
        let arrays = [br#"{"x":"#.to_vec(), b"[".repeat(16), b"]".repeat(16), b"}".to_vec()].concat();
        let cases: [(&[u8], JsonError); 15] = [
            (b"", JsonError::NotJson),
            (b"{", JsonError::NotJson),
            (b"{} x", JsonError::NotJson),
            (b"{'a':1}", JsonError::NotJson),
            (b"{\"a\":01}", JsonError::NotJson),
            (b"{\"a\":\"\0\"}", JsonError::NotJson),
            (b"[]", JsonError::NotAnObject),
            (b"null", JsonError::NotAnObject),
            (b"\"{}\"", JsonError::NotAnObject),
            (b"{\"a\":\"\xff\"}", JsonError::NotUtf8),
            (br#"{"payNo":"1","payNo":"1"}"#, JsonError::DuplicateKey),
            (br#"{"payNo":"1","PAYNO":"2"}"#, JsonError::DuplicateKey),
            (br#"{"x":{"\u0061":1,"a":1}}"#, JsonError::DuplicateKey),
            (&nested(17), JsonError::TooDeep),
            (&arrays, JsonError::TooDeep),
        ];
        for (body, error) in cases {
            assert_eq!(Object::parse(body), Err(error), "{}", String::from_utf8_lossy(body));
        }
        assert!(Object::parse(&nested(16)).is_ok());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Object::parse(&body);
        }

        #[test]
        fn nothing_is_accepted_that_serde_refuses(text in r#"[{}\[\]",:a0-9.eE\\ -]{0,30}"#) {
            let wrapped = format!("{{\"k\":{text}}}");
            if Object::parse(wrapped.as_bytes()).is_ok() {
                prop_assert!(serde_json::from_str::<serde_json::Value>(&wrapped).is_ok());
            }
        }
    }
}
