//! The calls: a number is asked for, NICEPAY is asked how it stands, it is withdrawn.
//!
//! - **Nothing is sent twice.** A call that came to nothing is the caller's to repeat, who knows what it may have done.
//! - **One deadline** over connecting, sending and reading; 64 KiB of an answer; no redirect is followed, no proxy taken
//!   from the environment, no cookie kept.
//! - **Trust.** NICEPAY's answers have no signature. They are believed because of the certificate of the host they come
//!   from: use `https` beyond a machine of your own.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use tokio::time::timeout;

use super::answer::Answer;
use super::environment::Environment;
use super::issued::Issued;
use super::registration::Product;
use super::result_code::Group;
use super::said::{self, Asked};
use super::standing::Inquired;
use super::time_stamp;
use super::to_register::ToRegister;
use super::trouble::Trouble;
use crate::clock::Clock;
use crate::cvs::merchant_token::{Covered, MerchantKey};
use crate::cvs::transaction::{Amt, IMid, ReferenceNo, TXid};
use crate::outgoing;

/// NICEPAY, as one merchant calls it.
pub struct NicepayClient {
    http: Client,
    environment: Environment,
    i_mid: IMid,
    key: MerchantKey,
    patience: Duration,
    clock: Arc<dyn Clock>,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// This machine has no certificates to trust in, for instance.
    #[error("no connection to NICEPAY's host can be made from this machine: {0}")]
    Tls(String),
}

/// The fields of a call, in order.
type Fields = Vec<(&'static str, String)>;

/// Where a call goes, and what may come back.
struct Interface {
    path: &'static str,
    /// V1 takes a form; the others take JSON, and a timeStamp in it.
    is_v1: bool,
    codes: &'static [Group],
}

impl NicepayClient {
    /// A client that waits for no answer longer than `patience`. The process must have a TLS provider installed, as the
    /// command's `main` does. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError`]
    pub fn new(
        environment: Environment,
        i_mid: IMid,
        key: MerchantKey,
        patience: Duration,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ClientError> {
        let http = outgoing::client(environment.is_plain()).pool_idle_timeout(outgoing::KEPT_FOR).build();
        let http = http.map_err(|error| ClientError::Tls(error.without_url().to_string()))?;
        Ok(Self { http, environment, i_mid, key, patience, clock })
    }

    /// Which merchant calls.
    pub fn i_mid(&self) -> &IMid {
        &self.i_mid
    }

    /// The merchant's key, for whoever judges what NICEPAY sends.
    pub(crate) fn key(&self) -> &MerchantKey {
        &self.key
    }

    /// Asks for a number (V1), or for the page on which the customer chooses a store (Checkout).
    ///
    /// # Errors
    /// [`Trouble`]. Where it [may have arrived](Trouble::may_have_arrived), NICEPAY may have the order all the same.
    pub async fn register(&self, order: &ToRegister) -> Result<Issued, Trouble> {
        let interface = match order.product {
            Product::V1 => &REGISTER_V1,
            Product::V2 | Product::Checkout => &REGISTER_CHECKOUT,
        };
        let fields = order.wire_fields(&self.i_mid, &self.key, self.clock.now());
        let answer = self.call(interface, &fields).await?;
        said::issued(&answer, order, &self.i_mid)
    }

    /// Asks how a transaction stands.
    ///
    /// # Errors
    /// [`Trouble`]: it is not known then how it stands.
    pub async fn status(
        &self,
        product: Product,
        t_xid: &TXid,
        reference_no: &ReferenceNo,
        amt: &Amt,
    ) -> Result<Inquired, Trouble> {
        let interface = if product == Product::V1 { &STATUS_V1 } else { &STATUS_V2 };
        let time_stamp = self.time_stamp(interface);
        let (i_mid, reference, amount) = (self.i_mid.as_str(), reference_no.as_str(), amt.as_str());
        let token = self.key.token(&match &time_stamp {
            None => Covered::OrderV1 { i_mid, reference_no: reference, amt: amount },
            Some(time_stamp) => Covered::OrderV2 { time_stamp, i_mid, reference_no: reference, amt: amount },
        });
        let about = [("tXid", t_xid.as_str()), ("referenceNo", reference), ("amt", amount)];
        let answer = self.call(interface, &self.fields(&about, token, time_stamp)).await?;
        said::inquired(&answer, Asked { product, i_mid: &self.i_mid, t_xid, reference_no, amt })
    }

    /// Withdraws a number that nobody has paid: NICEPAY cancels a paid one by hand and not by this call.
    ///
    /// # Errors
    /// [`Trouble`]. Where it [may have arrived](Trouble::may_have_arrived), the number may be cancelled all the same.
    pub async fn cancel(&self, product: Product, t_xid: &TXid, amt: &Amt) -> Result<(), Trouble> {
        let interface = if product == Product::V1 { &CANCEL_V1 } else { &CANCEL_V2 };
        let time_stamp = self.time_stamp(interface);
        let (i_mid, id, amount) = (self.i_mid.as_str(), t_xid.as_str(), amt.as_str());
        let token = self.key.token(&match &time_stamp {
            None => Covered::TransactionV1 { i_mid, t_xid: id, amt: amount },
            Some(time_stamp) => Covered::TransactionV2 { time_stamp, i_mid, t_xid: id, amt: amount },
        });
        let about = [("tXid", id), ("payMethod", "03"), ("cancelType", "1"), ("amt", amount)];
        let answer = self.call(interface, &self.fields(&about, token, time_stamp)).await?;
        said::cancelled(&answer, t_xid, amt)
    }

    /// The present second, where a call carries it.
    fn time_stamp(&self, interface: &Interface) -> Option<String> {
        (!interface.is_v1).then(|| time_stamp::write(self.clock.now()))
    }

    /// What a call is about, with what every call carries.
    fn fields(&self, about: &[(&'static str, &str)], token: String, time_stamp: Option<String>) -> Fields {
        let about = about.iter().map(|(name, text)| (*name, (*text).to_owned()));
        let ours = [("iMid", self.i_mid.as_str().to_owned()), ("merchantToken", token)];
        about.chain(ours).chain(time_stamp.map(|digits| ("timeStamp", digits))).collect()
    }

    async fn call(&self, interface: &Interface, fields: &Fields) -> Result<Answer, Trouble> {
        let body = timeout(self.patience, self.exchange(interface, fields)).await.unwrap_or(Err(Trouble::Late))?;
        Answer::read(&body, interface.codes)
    }

    async fn exchange(&self, interface: &Interface, fields: &Fields) -> Result<Vec<u8>, Trouble> {
        let (media_type, body) = if interface.is_v1 { (FORM, form(fields)) } else { (JSON, json(fields)) };
        let request = self.http.post(self.environment.url(interface.path));
        let request = request.header(CONTENT_TYPE, media_type).header(ACCEPT, JSON).body(body);
        let response = request.send().await?;
        match response.status().as_u16() {
            200 => Ok(outgoing::body(response).await?),
            status => Err(Trouble::HttpStatus(status)),
        }
    }
}

impl fmt::Debug for NicepayClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NicepayClient({}, {})", self.environment, self.i_mid.as_str())
    }
}

fn form(fields: &Fields) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn json(fields: &Fields) -> String {
    let object = fields.iter().map(|(name, text)| ((*name).to_owned(), text.as_str().into())).collect();
    serde_json::Value::Object(object).to_string()
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

const OF_ORDERS: &[Group] = &[Group::Order, Group::OnePass, Group::Cvs, Group::Common];
const OF_CANCELS: &[Group] = &[Group::Cancel, Group::Order, Group::OnePass, Group::Cvs, Group::Common];

const REGISTER_V1: Interface = Interface { path: "/api/onePass.do", is_v1: true, codes: OF_ORDERS };
const REGISTER_CHECKOUT: Interface = Interface { path: "/redirect/v2/registration", is_v1: false, codes: OF_ORDERS };
const STATUS_V1: Interface = Interface { path: "/api/onePassStatus.do", is_v1: true, codes: OF_ORDERS };
const STATUS_V2: Interface = Interface { path: "/direct/v2/inquiry", is_v1: false, codes: OF_ORDERS };
const CANCEL_V1: Interface = Interface { path: "/api/onePassAllCancel.do", is_v1: true, codes: OF_CANCELS };
const CANCEL_V2: Interface = Interface { path: "/direct/v2/cancel", is_v1: false, codes: OF_CANCELS };
