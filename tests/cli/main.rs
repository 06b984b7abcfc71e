//! The command as a person at a terminal and a program behind a pipe meet it: the binary itself, in a folder of its
//! own, with what it prints, what it leaves behind and how it ends.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod catalogue;
mod check;
mod configuration;
mod ends;
mod environment;
mod explain;
mod faults;
mod keygen;
#[path = "../misses/mod.rs"]
mod misses;
mod nicepay;
mod orders;
mod payments;
mod pipes;
mod process;
mod sandbox;
mod scenarios;
mod secrets;
mod shop;
mod told;
mod variants;
mod wire;

use process::{Folder, Ran};
use serde_json::{Value, json};

impl Ran {
    /// The sentence with which it failed: exactly one line, and exit code 1.
    fn sentence(&self) -> &str {
        let sentence = self.err.strip_prefix("nico: ").and_then(|err| err.strip_suffix('\n'));
        assert!(self.code == Some(1) && sentence.is_some_and(|sentence| !sentence.contains('\n')), "{self:?}");
        sentence.unwrap()
    }

    /// Holds that it failed with a sentence in which all of `parts` stand.
    fn refused(&self, parts: &[&str]) {
        let sentence = self.sentence();
        for part in parts {
            assert!(sentence.contains(part), "{part:?} is not what nico {} says: {sentence}", self.args);
        }
    }
}

/// Each line of an output, which must be JSON.
fn json_lines(output: &str) -> Vec<Value> {
    output.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// An order as a line of `nico order import` has it.
fn order(pay_no: &str) -> Value {
    json!({
        "payNo": pay_no, "partnerReferenceNo": format!("INV-{pay_no}"), "payNoName": "Siti Aisyah",
        "payNoPhone": "081234567890", "payNoEmail": "siti@example.com", "goodsName": "Buku \"Laskar\" – 2",
        "amount": "10000.00", "expiresAt": "2036-01-31T12:00:00+07:00", "status": "unpaid",
    })
}

/// The same order with one field set otherwise; `null` takes it away.
fn with(mut order: Value, field: &str, value: impl Into<Value>) -> Value {
    let value = value.into();
    let fields = order.as_object_mut().unwrap();
    if value.is_null() {
        drop(fields.remove(field))
    } else {
        drop(fields.insert(field.to_owned(), value))
    }
    order
}

impl Folder {
    /// Writes orders as lines into a file and imports it.
    fn import(&self, orders: &[Value]) -> Ran {
        let lines: String = orders.iter().map(|order| format!("{order}\n")).collect();
        self.write("orders.jsonl", lines);
        self.nico(&["order", "import", "orders.jsonl"])
    }

    /// What `nico order list --json` prints.
    fn orders(&self) -> Vec<Value> {
        json_lines(&self.nico(&["order", "list", "--json"]).good())
    }
}
