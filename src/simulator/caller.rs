//! NICEPAY's calling side: tokens are fetched, kept and renewed, and what is asked is signed, sent and written down.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use rsa::rand_core::{OsRng, RngCore};
use serde_json::Value;

use super::exchange::{Direction, Exchange, Sent};
use super::fault::{self, Fault, Unfit};
use super::journal::Journal;
use super::merchant::Merchant;
use super::plan::{Ask, Client, Endpoint, IdOf, Plan, Token, unique_digits};
use super::wire::Wire;
pub use super::writing::Identity;
use super::writing::{Means, write};
use crate::clock::Clock;
use crate::snap::access_token::{TokenKey, TokenKeys};
use crate::snap::field::ClientId;
use crate::snap::key::{MIN_BITS, PrivateKey};
use crate::snap::secret::Secret;

/// Whom to call, and as whom.
#[derive(Debug)]
pub struct Target {
    /// Scheme, host and port, without a slash at its end.
    pub url: String,
    /// What stands before `/v1.0`, by default `/api`.
    pub base_path: String,
    /// The client that calls.
    pub own: Identity,
    /// A second client of the same merchant, for faults that confuse the two.
    pub other: Option<Identity>,
    /// Who is notified: its iMid and the key of its merchantTokens.
    pub merchant: Arc<Merchant>,
    /// A token of the merchant's that has expired, where one is at hand.
    pub expired_token: Option<String>,
}

/// NICEPAY, calling one merchant.
pub struct Caller {
    wire: Wire,
    clock: Arc<dyn Clock>,
    journal: Arc<Journal>,
    target: Target,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    own: Option<Kept>,
    other: Option<Kept>,
    expired: Option<String>,
    external_ids: HashMap<Endpoint, String>,
    last_external_id: Option<String>,
}

#[derive(Debug, Clone)]
struct Kept {
    token: String,
    until: DateTime<Utc>,
}

/// Why a call was not made.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CannotCall {
    /// A fault without meaning here.
    #[error("{0}")]
    Unfit(#[from] Unfit),
    /// The merchant gave no token.
    #[error("the merchant gave no token")]
    NoToken(Box<Exchange>),
    /// A fault that confuses two clients, and only one is known.
    #[error("this fault needs a second client of the merchant's")]
    NoOtherClient,
    /// No token has expired yet.
    #[error("no token that has expired is at hand")]
    NoExpiredToken,
}

impl Caller {
    /// A caller that writes down in `journal` what it sends.
    pub fn new(wire: Wire, clock: Arc<dyn Clock>, journal: Arc<Journal>, target: Target) -> Self {
        let memory = Memory { expired: target.expired_token.clone(), ..Memory::default() };
        Self { wire, clock, journal, target, memory: Mutex::new(memory) }
    }

    /// Whom it calls: scheme, host and port.
    pub fn url(&self) -> &str {
        &self.target.url
    }

    /// Who is called, as NICEPAY's older interfaces know it.
    pub fn merchant(&self) -> Arc<Merchant> {
        Arc::clone(&self.target.merchant)
    }

    /// Asks, with these faults, and yields what was exchanged: once, or as often as a fault has it sent.
    ///
    /// # Errors
    /// [`CannotCall`]
    pub async fn ask(&self, ask: &Ask, faults: &[Fault]) -> Result<Vec<Exchange>, CannotCall> {
        let plan = fault::plan(ask, faults)?;
        let reuses = matches!(plan.external_id, IdOf::CallBefore | IdOf::CallBeforeFolded);
        if reuses && !self.memory().external_ids.contains_key(&plan.endpoint) {
            // Nothing to use again yet: the same call without a fault comes first.
            self.deliver(&fault::plan(ask, &[Fault::LetteredExternalId])?, &[]).await?;
        }
        self.deliver(&plan, faults).await
    }

    /// Sends one and the same call `times` over at once, each on a connection of its own.
    ///
    /// # Errors
    /// [`CannotCall`]
    pub async fn ask_at_once(&self, ask: &Ask, faults: &[Fault], times: usize) -> Result<Vec<Exchange>, CannotCall> {
        let plan = fault::plan(ask, faults)?;
        let (sent, to_sign) = self.written(&plan).await?;
        Ok(join_all((0..times).map(|_| self.send(&plan, faults, &sent, &to_sign))).await)
    }

    /// A good token: the one at hand, or a new one.
    ///
    /// # Errors
    /// [`CannotCall::NoToken`]
    pub async fn token(&self) -> Result<String, CannotCall> {
        self.token_of(&self.target.own, |memory| &mut memory.own).await
    }

    async fn deliver(&self, plan: &Plan, faults: &[Fault]) -> Result<Vec<Exchange>, CannotCall> {
        let (sent, to_sign) = self.written(plan).await?;
        if plan.delivery.delayed_seconds > 0 {
            tokio::time::sleep(Duration::from_secs(plan.delivery.delayed_seconds)).await;
        }
        let mut exchanges = Vec::new();
        if plan.delivery.out_of_order {
            let mut reversal = plan.clone();
            reversal.set("status", Some(REVERSED.into()));
            let (sent, to_sign) = self.written(&reversal).await?;
            exchanges.push(self.send(plan, faults, &sent, &to_sign).await);
        }
        for _ in 0..plan.delivery.copies {
            exchanges.push(self.send(plan, faults, &sent, &to_sign).await);
        }
        Ok(exchanges)
    }

    async fn written(&self, plan: &Plan) -> Result<(Sent, Option<String>), CannotCall> {
        let shows_token = matches!(plan.endpoint, Endpoint::Inquiry | Endpoint::Payment);
        let identity = if plan.as_other { self.other()? } else { &self.target.own };
        let token = if shows_token { self.shown_token(plan).await? } else { String::new() };
        let other_id = match (&self.target.other, plan.client) {
            (Some(other), _) => other.client_id.as_str(),
            (None, Client::Other) => return Err(CannotCall::NoOtherClient),
            (None, Client::Own | Client::Unknown) => "",
        };
        let external_id = self.external_id(plan);
        let stranger = if plan.own_key { &identity.private_key } else { stranger() };
        Ok(write(
            plan,
            &Means {
                url: &self.target.url,
                base_path: &self.target.base_path,
                identity,
                merchant: &self.target.merchant,
                other_id,
                stranger,
                token: &token,
                external_id: &external_id,
                now: self.clock.now(),
            },
        ))
    }

    fn external_id(&self, plan: &Plan) -> String {
        let mut memory = self.memory();
        let before = memory.external_ids.get(&plan.endpoint).cloned();
        let id = match plan.external_id {
            IdOf::Fresh => None,
            IdOf::Lettered => Some(format!("ordNo{}", unique_digits())),
            IdOf::CallBefore => before,
            IdOf::CallBeforeFolded => before.map(|id| id.to_ascii_uppercase()),
            IdOf::LastCall => memory.last_external_id.clone(),
        };
        let id = id.unwrap_or_else(unique_digits);
        memory.external_ids.insert(plan.endpoint, id.clone());
        memory.last_external_id = Some(id.clone());
        id
    }

    fn other(&self) -> Result<&Identity, CannotCall> {
        self.target.other.as_ref().ok_or(CannotCall::NoOtherClient)
    }

    async fn send(&self, plan: &Plan, faults: &[Fault], sent: &Sent, to_sign: &Option<String>) -> Exchange {
        let at = self.clock.now();
        let (answer, elapsed_ms) =
            if plan.delivery.dropped { self.wire.send_and_cut(sent).await } else { self.wire.send(sent).await };
        let exchange = Exchange {
            direction: Direction::ToMerchant,
            name: plan.endpoint.name().to_owned(),
            at,
            request: sent.clone(),
            string_to_sign: to_sign.clone(),
            faults: faults.iter().map(ToString::to_string).collect(),
            answer,
            elapsed_ms,
            verdict: None,
        };
        self.journal.record(exchange.clone());
        exchange
    }

    async fn shown_token(&self, plan: &Plan) -> Result<String, CannotCall> {
        match plan.token {
            Token::Own | Token::Quoted | Token::Altered if !plan.as_other => self.token().await,
            Token::Expired => self.memory().expired.clone().ok_or(CannotCall::NoExpiredToken),
            Token::Foreign => Ok(self.foreign_token()),
            Token::Own | Token::Quoted | Token::Altered | Token::Other => {
                self.token_of(self.other()?, |memory| &mut memory.other).await
            }
        }
    }

    async fn token_of(
        &self,
        identity: &Identity,
        place: fn(&mut Memory) -> &mut Option<Kept>,
    ) -> Result<String, CannotCall> {
        let now = self.clock.now();
        {
            let mut memory = self.memory();
            match place(&mut memory).clone() {
                Some(kept) if kept.until - RENEWED_BEFORE > now => return Ok(kept.token),
                Some(kept) if kept.until <= now => memory.expired = Some(kept.token),
                Some(_) | None => {}
            }
        }
        let plan = Plan::of(&Ask::Token);
        let means = Means {
            url: &self.target.url,
            base_path: &self.target.base_path,
            identity,
            merchant: &self.target.merchant,
            other_id: "",
            stranger: &identity.private_key,
            token: "",
            external_id: "",
            now,
        };
        let (sent, to_sign) = write(&plan, &means);
        let exchange = self.send(&plan, &[], &sent, &to_sign).await;
        let kept = kept(&exchange, now).ok_or_else(|| CannotCall::NoToken(Box::new(exchange)))?;
        *place(&mut self.memory()) = Some(kept.clone());
        Ok(kept.token)
    }

    /// A token as good as any of ours, under a key that is thrown away.
    fn foreign_token(&self) -> String {
        let mut bytes = [0; 48];
        OsRng.fill_bytes(&mut bytes);
        let key = TokenKey::new(&Secret::new(bytes)).expect("BUG: 48 bytes are enough for a key");
        let client = ClientId::parse(&self.target.own.client_id);
        let client = client.or_else(|_| ClientId::parse("NICEPAY")).expect("BUG: NICEPAY is an id");
        TokenKeys::new(key, Vec::new()).issue(&client, self.clock.now())
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether this can stand in a header behind `Bearer`: a word of printable ASCII.
pub fn is_token(value: &Value) -> bool {
    value.as_str().is_some_and(|token| !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic()))
}

/// A key that nobody knows. Made when it is first needed, for it takes a moment.
fn stranger() -> &'static PrivateKey {
    static STRANGER: OnceLock<PrivateKey> = OnceLock::new();
    STRANGER.get_or_init(|| PrivateKey::generate(MIN_BITS).expect("BUG: the system has randomness"))
}

fn kept(exchange: &Exchange, now: DateTime<Utc>) -> Option<Kept> {
    let body = exchange.answered().filter(|answer| answer.status == 200)?.json()?;
    let token = body.get("accessToken").filter(|token| is_token(token))?.as_str()?.to_owned();
    let seconds = body.get("expiresIn").and_then(|seconds| seconds.as_i64().or_else(|| seconds.as_str()?.parse().ok()));
    Some(Kept {
        token,
        until: now + TimeDelta::seconds(seconds.unwrap_or(LIFETIME_SECONDS).clamp(0, LIFETIME_SECONDS)),
    })
}

/// The `status` of a notification that takes a payment back.
const REVERSED: &str = "1";
/// A token lives 15 minutes.
const LIFETIME_SECONDS: i64 = 900;
/// It is renewed a little before it ends, so that it does not end on the way.
const RENEWED_BEFORE: TimeDelta = TimeDelta::seconds(30);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::is_token;

    #[test]
    fn a_token_is_a_word_that_a_header_can_carry() {
        for token in ["a", "eyJ0.e30.x_-", "tok+/=~"] {
            assert!(is_token(&json!(token)), "{token}");
        }
        for none in
            [json!(""), json!("a b"), json!("a\nb"), json!("a\u{20ac}"), json!("a\u{0}"), json!(12345), json!(null)]
        {
            assert!(!is_token(&none), "{none}");
        }
    }
}
