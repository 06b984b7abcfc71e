//! A scenario as it is written: YAML, with names in braces that are filled in while it runs.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::super::fault::Fault;
use super::super::step::Expectation;

/// A table of steps, and what must be known before it starts.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Script {
    /// What it shows.
    pub name: String,
    /// The names it needs from whoever starts it, and what each is.
    #[serde(default)]
    pub needs: BTreeMap<String, String>,
    /// Its steps, in order.
    pub steps: Vec<Line>,
}

/// A step as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Line {
    /// What happens, in a sentence.
    pub say: String,
    /// Who does what.
    #[serde(rename = "do")]
    pub act: Act,
    /// With what.
    #[serde(default)]
    pub with: BTreeMap<String, Value>,
    /// What is wrong with it.
    #[serde(default)]
    pub faults: Vec<Word>,
    /// How many seconds the expectation may take to come true; it is looked at again and again.
    #[serde(default)]
    pub within: u64,
    /// What should come of it.
    #[serde(default)]
    pub expect: Expectation,
    /// What to remember: a name, and the path of the field in the answer.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
}

/// Who does what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// NICEPAY asks the merchant for a token.
    Token,
    /// NICEPAY asks the merchant what is to be paid: `payNo`, `mitraCd`.
    Inquiry,
    /// NICEPAY tells the merchant of a payment: `payNo`, `amount`, `mitraCd`, `paymentRequestId`.
    Payment,
    /// NICEPAY notifies the merchant of what it knows of a number: `payNo`.
    Notification,
    /// The customer's browser comes back to the merchant: `payNo`.
    Callback,
    /// The customer does something at the merchant's shop: `method`, `path`, `body`.
    Shop,
    /// The merchant calls NICEPAY: `call`, the name of what is called.
    MerchantCalls,
    /// A store asks NICEPAY about a number that NICEPAY issued: `payNo`.
    StoreAsks,
    /// A store tells NICEPAY that such a number was paid: `payNo`.
    StorePays,
    /// A store takes such a payment back: `payNo`.
    StoreReverses,
    /// Another look at what came last under a name: `call`.
    Look,
}

/// A fault by its word.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Word(pub Fault);

impl TryFrom<String> for Word {
    type Error = super::super::fault::UnknownFault;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

/// Why a scenario cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadScript {
    /// Not YAML, or not of this shape.
    #[error("{0}")]
    Shape(#[from] serde_yaml_ng::Error),
    /// Without a step nothing is shown.
    #[error("it has no steps")]
    Empty,
    /// A key that the act does not take.
    #[error("step {step}: {key:?} is nothing that this act takes: it takes {takes}")]
    UnknownKey {
        /// The step, counted from 1.
        step: usize,
        /// What was written.
        key: String,
        /// What may be written.
        takes: String,
    },
    /// A key without which the act is none.
    #[error("step {step}: this act needs {key:?} under with")]
    MissingKey {
        /// The step, counted from 1.
        step: usize,
        /// What is missing.
        key: &'static str,
    },
    /// An expectation that would be waited for too long.
    #[error("step {step}: within may be {MOST_WITHIN} seconds at most")]
    TooPatient {
        /// The step, counted from 1.
        step: usize,
    },
    /// A name in braces that nothing before it keeps.
    #[error("step {step}: {{{name}}} is filled in by nothing: name it under needs, or keep it in a step before")]
    UnknownName {
        /// The step, counted from 1.
        step: usize,
        /// The name.
        name: String,
    },
}

impl Script {
    /// Reads a scenario, and finds what is wrong with it before anything is sent.
    ///
    /// # Errors
    /// [`BadScript`]
    pub fn parse(yaml: &str) -> Result<Self, BadScript> {
        let script: Self = serde_yaml_ng::from_str(yaml)?;
        let mut known: Vec<&str> = script.needs.keys().map(String::as_str).collect();
        if script.steps.is_empty() {
            return Err(BadScript::Empty);
        }
        for (line, step) in script.steps.iter().zip(1..) {
            line.check_keys(step)?;
            if line.within > MOST_WITHIN {
                return Err(BadScript::TooPatient { step });
            }
            let name = line.names().into_iter().find(|name| !known.contains(&name.as_str()));
            if let Some(name) = name {
                return Err(BadScript::UnknownName { step, name });
            }
            known.extend(line.keep.keys().map(String::as_str));
        }
        Ok(script)
    }
}

impl Line {
    fn check_keys(&self, step: usize) -> Result<(), BadScript> {
        let (needed, may) = self.act.takes();
        let takes = || match [needed, may].concat().as_slice() {
            [] => "nothing".to_owned(),
            keys => keys.join(", "),
        };
        if let Some(key) = self.with.keys().find(|key| !needed.contains(&key.as_str()) && !may.contains(&key.as_str()))
        {
            return Err(BadScript::UnknownKey { step, key: key.clone(), takes: takes() });
        }
        match needed.iter().find(|key| !self.with.contains_key(**key)) {
            Some(key) => Err(BadScript::MissingKey { step, key }),
            None => Ok(()),
        }
    }

    /// The names in braces, wherever they stand.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut note = |text: &str| {
            names.extend(text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.to_owned())))
        };
        self.with.values().for_each(|value| each_text(value, &mut note));
        self.expect.fields.values().for_each(|text| note(text));
        names
    }
}

impl Act {
    /// What it needs under `with`, and what it may have there besides.
    fn takes(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Token => (&[], &[]),
            Self::Inquiry => (&["payNo"], &["mitraCd"]),
            Self::Payment => (&["payNo", "amount"], &["mitraCd", "paymentRequestId"]),
            Self::Notification | Self::Callback | Self::StoreAsks | Self::StorePays | Self::StoreReverses => {
                (&["payNo"], &[])
            }
            Self::Shop => (&["path"], &["method", "body"]),
            Self::MerchantCalls | Self::Look => (&["call"], &[]),
        }
    }
}

/// The value with every name in braces filled in; a number under `with` is as good as its text.
pub(super) fn filled(value: &Value, names: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => Value::String(filled_text(text, names)),
        Value::Array(values) => values.iter().map(|value| filled(value, names)).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), filled(value, names))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// The text with every name in braces filled in.
pub(super) fn filled_text(text: &str, names: &BTreeMap<String, String>) -> String {
    names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

fn each_text(value: &Value, note: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => note(text),
        Value::Array(values) => values.iter().for_each(|value| each_text(value, note)),
        Value::Object(fields) => fields.values().for_each(|value| each_text(value, note)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Nobody looks on for more than an hour.
const MOST_WITHIN: u64 = 3600;

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(steps: &str) -> String {
        let yaml = format!("name: n\nneeds: {{payNo: the number}}\nsteps:\n{steps}");
        Script::parse(&yaml).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_is_found_before_anything_is_sent() {
        for (steps, said) in [
            ("  []", "it has no steps"),
            ("- {say: s, do: dance}", "unknown variant `dance`"),
            ("- {say: s, do: token, wish: 1}", "unknown field `wish`"),
            (
                "- {say: s, do: token, with: {payNo: 1}}",
                "step 1: \"payNo\" is nothing that this act takes: it takes nothing",
            ),
            ("- {say: s, do: inquiry}", "step 1: this act needs \"payNo\" under with"),
            (
                "- {say: s, do: token}\n- {say: s, do: inquiry, with: {payNo: '{other}'}}",
                "step 2: {other} is filled in by nothing",
            ),
            ("- {say: s, do: token, expect: {fields: {a: '{b}'}}}", "step 1: {b} is filled in by nothing"),
            ("- {say: s, do: token, faults: [stall]}", "there is no fault \"stall\""),
            ("- {say: s, do: token, expect: {kode: 1}}", "unknown field `kode`"),
            ("- {say: s, do: token, within: 9223372036854775807}", "step 1: within may be 3600 seconds at most"),
        ] {
            assert!(refused(steps).contains(said), "{steps}: {}", refused(steps));
        }
    }

    #[test]
    fn names_are_filled_in_everywhere() {
        let names = BTreeMap::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]);
        let value = serde_json::json!({ "x": "{a}-{b}", "y": ["{b}", 3], "z": { "n": "{c}" } });
        assert_eq!(filled(&value, &names), serde_json::json!({ "x": "1-2", "y": ["2", 3], "z": { "n": "{c}" } }));
    }
}
