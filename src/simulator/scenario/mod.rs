//! Scenarios: a whole conversation between store, NICEPAY, merchant and customer, written as a table of steps and played
//! against a merchant's server. The table stops at the first step that does not come out as expected.

mod script;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

pub use script::{Act, BadScript, Line, Script, Word};

use super::exchange::{Direction, Exchange, Sent};
use super::fault::Fault;
use super::office::Office;
use super::plan::{Ask, Inquiry, Payment, text};
use super::step::{Step, at};
use crate::order::PayNo;
use script::{filled, filled_text};

/// What is known while a scenario is played.
pub struct Stage {
    office: Arc<Office>,
    /// Where the customer shops, without a slash at its end.
    shop: Option<String>,
    names: BTreeMap<String, String>,
    /// The last exchange under each name, and its number in the journal.
    seen: BTreeMap<String, (u64, Exchange)>,
}

/// What came of a step.
#[derive(Debug, Clone)]
pub struct Played {
    /// What was exchanged, where anything was.
    pub exchange: Option<Exchange>,
    /// Why the step did not come out as expected.
    pub failed: Option<String>,
}

impl Stage {
    /// A stage before `office`, with what the scenario needs to know.
    ///
    /// # Errors
    /// A sentence that names what is missing.
    pub fn new(
        office: Arc<Office>,
        shop: Option<String>,
        script: &Script,
        names: BTreeMap<String, String>,
    ) -> Result<Self, String> {
        if let Some((name, what)) = script.needs.iter().find(|(name, _)| !names.contains_key(*name)) {
            return Err(format!("the scenario needs {name}, {what}: give it with --set {name}=…"));
        }
        if shop.is_none() && script.steps.iter().any(|line| line.act == Act::Shop) {
            return Err("the scenario has a customer who shops: say where with --shop".to_owned());
        }
        Ok(Self { office, shop, names, seen: BTreeMap::new() })
    }

    /// Plays one step.
    pub async fn play(&mut self, line: &Line) -> Played {
        let deadline = self.office.clock.now() + chrono::TimeDelta::seconds(i64::try_from(line.within).unwrap_or(0));
        loop {
            let played = match self.act(line).await {
                Ok(exchange) => self.judged(line, exchange),
                Err(sentence) => Played { exchange: None, failed: Some(sentence) },
            };
            if played.failed.is_none() || self.office.clock.now() >= deadline {
                return played;
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    async fn act(&mut self, line: &Line) -> Result<Exchange, String> {
        let with: BTreeMap<&str, Value> =
            line.with.iter().map(|(key, value)| (key.as_str(), filled(value, &self.names))).collect();
        let given = |key: &str| with.get(key).map(text);
        let pay_no = given("payNo").unwrap_or_default();
        match line.act {
            Act::Token => self.ask(line, Ask::Token).await,
            Act::Inquiry => self.ask(line, Ask::Inquiry(inquiry(&pay_no, given("mitraCd"))?)).await,
            Act::Payment => {
                let inquiry = inquiry(&pay_no, given("mitraCd"))?;
                let amount = given("amount").unwrap_or_default();
                let mut payment = Payment::first(inquiry, &amount, self.office.clock.now());
                payment.payment_request_id = given("paymentRequestId").unwrap_or(payment.payment_request_id);
                self.ask(line, Ask::Payment(payment)).await
            }
            Act::Notification => self.ask(line, self.office.notification_of(&pay_no)?).await,
            Act::Callback => self.ask(line, self.office.callback_of(&pay_no)?).await,
            Act::Shop => self.shop(&with).await,
            Act::StoreAsks => Ok(self.office.store_asks(&pay_no)),
            Act::StorePays => Ok(self.office.store_pays(&pay_no)),
            Act::StoreReverses => Ok(self.office.store_reverses(&pay_no)),
            Act::MerchantCalls => self.merchant_calls(&given("call").unwrap_or_default()).await,
            Act::Look => {
                let call = given("call").unwrap_or_default();
                let seen = self.seen.get(&call).map(|(_, exchange)| exchange.clone());
                seen.ok_or_else(|| format!("nothing was exchanged yet under the name {call}"))
            }
        }
    }

    async fn ask(&self, line: &Line, ask: Ask) -> Result<Exchange, String> {
        let faults: Vec<Fault> = line.faults.iter().map(|Word(fault)| fault.clone()).collect();
        let step = Step { ask, faults, at_once: 1, expect: line.expect.clone() };
        let outcome = step.run(&self.office.caller).await.map_err(|error| error.to_string())?;
        outcome.exchanges.into_iter().last().ok_or_else(|| "nothing was sent".to_owned())
    }

    /// The customer at the merchant's shop: a page is fetched, or JSON is sent.
    async fn shop(&self, with: &BTreeMap<&str, Value>) -> Result<Exchange, String> {
        let given = |key: &str| with.get(key).map(text);
        let shop = self.shop.as_deref().unwrap_or_default();
        let body = with.get("body").map_or_else(String::new, ToString::to_string);
        let method = given("method").unwrap_or_else(|| if body.is_empty() { "GET" } else { "POST" }.to_owned());
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        let url = format!("{shop}{}", given("path").unwrap_or_default());
        Ok(self.office.customer(Sent { method, url, headers, body }).await)
    }

    /// The merchant's next call under this name, which has come or is waited for.
    async fn merchant_calls(&mut self, call: &str) -> Result<Exchange, String> {
        let after = self.seen.get(call).map_or(0, |(number, _)| *number);
        let wanted = |exchange: &Exchange| exchange.direction == Direction::ToNicepay && exchange.name == call;
        let waited = tokio::time::timeout(PATIENCE, self.office.journal.wait(after, wanted)).await;
        let (number, exchange) = waited.map_err(|_| format!("the merchant did not call {call} at NICEPAY"))?;
        self.seen.insert(call.to_owned(), (number, exchange.clone()));
        Ok(exchange)
    }

    fn judged(&mut self, line: &Line, exchange: Exchange) -> Played {
        let mut expect = line.expect.clone();
        expect.fields.values_mut().for_each(|text| *text = filled_text(text, &self.names));
        let unmet = expect.unmet(&exchange).map(|unmet| unmet.to_string());
        let disagrees = exchange.answered().zip(exchange.code()).filter(|(answer, code)| {
            // NICEPAY's own answers have codes of four digits, and say nothing with the status line.
            code.len() == 7 && !code.starts_with(&answer.status.to_string())
        });
        let failed =
            unmet.or_else(|| disagrees.map(|(answer, code)| format!("{code} came with HTTP {}", answer.status)));
        if failed.is_none() {
            let body = exchange.answered().and_then(|answer| answer.json()).unwrap_or_default();
            for (name, path) in &line.keep {
                let Some(kept) = at(&body, path) else {
                    return Played { exchange: Some(exchange), failed: Some(format!("there is no {path} to keep")) };
                };
                self.names.insert(name.clone(), text(kept));
            }
        }
        if line.act != Act::MerchantCalls && line.act != Act::Look {
            self.seen.insert(exchange.name.clone(), (self.office.journal.last(), exchange.clone()));
        }
        Played { exchange: Some(exchange), failed }
    }
}

fn inquiry(pay_no: &str, mitra_cd: Option<String>) -> Result<Inquiry, String> {
    let pay_no = PayNo::parse(pay_no).map_err(|_| "payNo must be 2 to 12 digits".to_owned())?;
    Ok(Inquiry::new(&pay_no, mitra_cd.as_deref().unwrap_or("ALMA")))
}

/// How long a merchant may take to call NICEPAY.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often an expectation that takes time is looked at.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
