//! What the customer's browser brings back to a merchant's `callBackUrl`, once a number was issued. It says nothing of a
//! payment, and anybody can write it: a hint, and no more.
//!
//! Source: NICEPAY's page on Checkout, whose sample is a GET query and has `amount` where its table has `amt`.

use super::fields::Fields;
use super::transaction::{ReferenceNo, TXid};

/// The way back. All is text as it stands on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// NICEPAY's id of the transaction.
    pub t_xid: String,
    /// The merchant's reference.
    pub reference_no: String,
    /// Whole rupiah.
    pub amt: String,
    /// `yyyyMMdd` of the registration.
    pub trans_dt: String,
    /// `HHmmss` of the registration.
    pub trans_tm: String,
    /// The number, leading zeros and all.
    pub pay_no: String,
    /// The chain of stores.
    pub mitra_cd: String,
}

impl Callback {
    /// The fields in the order of NICEPAY's sample.
    pub fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("tXid", &self.t_xid),
            ("referenceNo", &self.reference_no),
            ("amount", &self.amt),
            ("transDt", &self.trans_dt),
            ("transTm", &self.trans_tm),
            ("payNo", &self.pay_no),
            ("mitraCd", &self.mitra_cd),
            ("resultCd", ISSUED),
            ("resultMsg", "SUCCESS"),
        ]
    }
}

/// The way back as a merchant receives it: which order it may be about. Nothing else in it is worth reading, since
/// nothing in it is signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CalledBack {
    /// The merchant's reference.
    pub reference_no: Option<ReferenceNo>,
    /// NICEPAY's id of the transaction.
    pub t_xid: Option<TXid>,
}

impl CalledBack {
    /// Reads a query, a form or a JSON object: NICEPAY's page says that it is the last and shows the first. What cannot
    /// be read names no order.
    pub fn read(query: &str, body: &[u8]) -> Self {
        let Ok(fields) = Fields::of_query_and_body(query, body) else { return Self::default() };
        let text = |name| fields.get(&[name]).ok().flatten();
        Self {
            reference_no: text(ReferenceNo::FIELD).and_then(|text| ReferenceNo::parse(text).ok()),
            t_xid: text(TXid::FIELD).and_then(|text| TXid::parse(text).ok()),
        }
    }
}

/// The number was issued. It does not mean that it was paid.
const ISSUED: &str = "0000";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const T_XID: &str = "IONPAYTEST00202212231106386098";

    #[test]
    fn it_is_read_whichever_way_it_comes() {
        let due = CalledBack {
            reference_no: Some(ReferenceNo::parse("OrdNo20221223111252").unwrap()),
            t_xid: Some(TXid::parse(T_XID).unwrap()),
        };
        let sample =
            format!("tXid={T_XID}&referenceNo=OrdNo20221223111252&amount=10000&transDt=20221223&resultCd=0000");
        let small = sample.replace("tXid", "txid").replace("referenceNo", "referenceno").replace("amount", "amt");
        let json = format!(r#"{{"tXid":"{T_XID}","referenceNo":"OrdNo20221223111252","amt":10000}}"#);
        for (query, body) in
            [(sample.as_str(), ""), (&small, ""), ("", &sample), ("", &small), ("", &json), ("shop=7", &json)]
        {
            assert_eq!(CalledBack::read(query, body.as_bytes()), due, "{query} {body}");
        }
        assert_eq!(CalledBack::read("tXid=x&referenceNo=A", b"").reference_no, ReferenceNo::parse("A").ok());
        for nothing in
            ["", "tXid=x&referenceNo=%01", "referenceNo=A&referenceNo=B", "referenceNo=%", "referenceNo=null"]
        {
            assert_eq!(CalledBack::read(nothing, b""), CalledBack::default(), "{nothing}");
        }
        assert_eq!(CalledBack::read("referenceNo=A", b"{"), CalledBack::default());
    }

    /// What the simulator sends is what a merchant reads.
    #[test]
    fn what_is_written_is_read() {
        let text = str::to_owned;
        let sent = Callback {
            t_xid: text(T_XID),
            reference_no: text("A&B=1"),
            amt: text("10000"),
            trans_dt: text("20221223"),
            trans_tm: text("110638"),
            pay_no: text("9041231106386098"),
            mitra_cd: text("ALMA"),
        };
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(sent.fields()).finish();
        let read = CalledBack::read(&query, b"");
        assert_eq!((read.reference_no, read.t_xid), (ReferenceNo::parse("A&B=1").ok(), TXid::parse(T_XID).ok()));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(query in ".{0,60}", body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = CalledBack::read(&query, &body);
        }
    }
}
