//! A call's fields as text, whichever way they came. A name is told by its letters' case, as NICEPAY does.

use super::refusal::{CHECK_YOUR_HTTP, Refusal};
use crate::cvs::fields::texts;
use crate::nicepay::result_code::{Group, ResultCode};
use crate::snap::json::Object;

/// Names and texts.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// A V1 call: a form, in the body or in the query. PyPI's `nicepay` has it in the query, and NICEPAY takes that.
    pub(super) fn form(query: &str, body: &[u8]) -> Result<Self, Refusal> {
        if body.trim_ascii_start().starts_with(b"{") {
            return Err(Refusal::new(
                CHECK_YOUR_HTTP,
                "the body is JSON, and V1 takes a form (application/x-www-form-urlencoded)",
            ));
        }
        let pairs = [query.as_bytes(), body].map(form_urlencoded::parse).into_iter().flatten();
        Ok(Self(pairs.map(|(name, text)| (name.into_owned(), text.into_owned())).collect()))
    }

    /// A V2 call: a JSON object. A number is taken for its digits, as npm's `node-nicepay` may send `amt`.
    pub(super) fn json(body: &[u8]) -> Result<Self, Refusal> {
        let object = Object::parse(body).map_err(|error| {
            Refusal::new(CHECK_YOUR_HTTP, format!("{error}: V2 and Checkout take one JSON object (application/json)"))
        })?;
        texts(&object).map(Self).map_err(nested)
    }

    /// The first text under a name; an empty one is none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(sent, _)| sent == name).map(|(_, text)| text.as_str());
        found.filter(|text| !text.is_empty())
    }

    /// The text under a name, or an empty one.
    pub(super) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// The text under a name that a merchant may leave out.
    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// What follows "is missing", if the name was sent in other letters: the commonest is `callbackUrl`.
    pub(super) fn hint(&self, name: &str) -> String {
        let other = self.0.iter().find(|(sent, _)| sent != name && sent.eq_ignore_ascii_case(name));
        other.map_or_else(String::new, |(sent, _)| format!(": it was sent as {sent}, and capital letters count"))
    }
}

fn nested(name: &str) -> Refusal {
    let code = if name == "cartData" { ResultCode::of(Group::Order, "9022") } else { CHECK_YOUR_HTTP };
    Refusal::new(code, format!("{name} is an object or an array: NICEPAY wants text, in which JSON may be written"))
}
