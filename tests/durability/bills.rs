//! Bills to be paid, by their number, and what is recorded of them.

use std::fmt::Write as _;

use serde_json::Value;

use crate::process::{Folder, Server};
use crate::wire::Nicepay;

/// The number of a bill: they are counted from 0.
pub(crate) fn pay_no(bill: usize) -> String {
    format!("7015{bill:08}")
}

impl Folder {
    /// Unpaid bills of 10000.00.
    pub(crate) fn import_bills(&self, first: usize, count: usize) {
        let line = |mut lines: String, bill: usize| {
            let pay_no = pay_no(bill);
            writeln!(
                lines,
                r#"{{"payNo":"{pay_no}","partnerReferenceNo":"INV-{bill}","payNoName":"Siti Aisyah","payNoPhone":"081234567890","payNoEmail":"siti@example.com","goodsName":"Buku","amount":"10000.00","expiresAt":"2036-01-31T12:00:00+07:00","status":"unpaid"}}"#
            )
            .unwrap();
            lines
        };
        self.write("bills.jsonl", (first..first + count).fold(String::new(), line));
        let said = self.nico(&["order", "import", "bills.jsonl"]).good();
        assert_eq!(said, format!("{count} orders written, 0 left as they stand because they are paid\n"));
    }

    /// payNo and paymentRequestId of every payment, as `nico payment list` shows them.
    pub(crate) fn payments(&self) -> Vec<(String, String)> {
        let list = self.nico(&["payment", "list", "--json"]).good();
        let payment = |line: &str| {
            let payment: Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| payment[name].as_str().unwrap().to_owned();
            (text("payNo"), text("paymentRequestId"))
        };
        list.lines().map(payment).collect()
    }

    pub(crate) fn nicepay(&self, server: &Server) -> Nicepay {
        Nicepay::at(&server.address, &self.path("keys"))
    }
}
