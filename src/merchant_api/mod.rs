//! The merchant's shop calls us, in whatever language it is written: an order is registered at NICEPAY, and asked after.
//!
//! | path | what it is |
//! |---|---|
//! | `POST /merchant/v1/registrations` | registers an order; the same again is answered with how it stands |
//! | `GET /merchant/v1/registrations/{referenceNo}` | how it stands, and by what evidence |
//!
//! It listens on an address of its own, for it is the shop's alone: a bearer key is asked for, and no page of NICEPAY's
//! ever comes here. `openapi/merchant.yaml` is its contract, and that of the events that the shop is sent.

mod exchange;
mod refusal;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Payload, ServiceConfig};
use actix_web::{FromRequest, HttpRequest};
use hmac::digest::CtOutput;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::back_office::{BackOffice, Registered};
use crate::cvs::transaction::ReferenceNo;
use crate::nicepay::registration::Product;
use crate::nicepay::to_register::{Defaults, ToRegister};
use crate::provider::listen;
use crate::registration::{Registration, Step};
use crate::snap::json::{self, Object};
use crate::snap::secret::Secret;
use crate::snap::timestamp::jakarta_text;
use exchange::answer;
use refusal::Refusal;

/// The contract of what we serve, as it was tested.
pub const OPENAPI: &str = include_str!("../../openapi/merchant.yaml");

/// What the shop shows to be let in: it cannot be printed, compared or cloned.
#[derive(Debug)]
pub struct ApiKey(Secret);

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyError {
    /// It could be guessed.
    #[error("it must have at least {} characters", ApiKey::MIN_LEN)]
    TooShort,
    /// It does not fit into a header.
    #[error("it may hold visible ASCII characters only")]
    Malformed,
}

impl ApiKey {
    /// The fewest characters it may have: 128 bits, written in base64.
    pub const MIN_LEN: usize = 22;

    /// Takes a key as it stands.
    ///
    /// # Errors
    /// [`ApiKeyError`]
    pub fn new(key: Secret) -> Result<Self, ApiKeyError> {
        if key.expose().len() < Self::MIN_LEN {
            Err(ApiKeyError::TooShort)
        } else if !key.expose().iter().all(u8::is_ascii_graphic) {
            Err(ApiKeyError::Malformed)
        } else {
            Ok(Self(key))
        }
    }

    /// In constant time, whatever the lengths: it is hashes that are compared.
    fn is(&self, shown: &[u8]) -> bool {
        let hash = |bytes: &[u8]| CtOutput::<Sha256>::new(Sha256::digest(bytes));
        hash(self.0.expose()) == hash(shown)
    }
}

/// The server that the merchant's shop calls.
#[derive(Clone)]
pub struct MerchantApi(Arc<Inner>);

struct Inner {
    office: BackOffice,
    key: ApiKey,
    defaults: Defaults,
    deadline: Duration,
}

impl MerchantApi {
    /// Lets in whoever shows `key`, and fills in `defaults` where an order names none. A request takes `deadline` at the
    /// longest, which should be longer than NICEPAY may take.
    pub fn new(office: BackOffice, key: ApiKey, defaults: Defaults, deadline: Duration) -> Self {
        Self(Arc::new(Inner { office, key, defaults, deadline }))
    }

    /// A server on a socket that is bound already.
    ///
    /// # Errors
    /// When the socket cannot be listened on.
    pub fn listen(self, socket: TcpListener) -> std::io::Result<Server> {
        let deadline = self.0.deadline;
        listen("merchant", socket, deadline, move |config| {
            self.routes(config);
            config.default_service(self.refuse(|| Refusal::UnknownPath));
        })
    }

    /// Adds the routes to an actix application. What it does not know stays that application's to answer.
    pub fn routes(&self, config: &mut ServiceConfig) {
        let (registering, showing) = (self.clone(), self.clone());
        let register = move |request: HttpRequest, payload: Payload| {
            let api = registering.clone();
            answer(registering.clone(), request, payload, move |body| async move { api.register(&body).await })
        };
        let show = move |request: HttpRequest, payload: Payload| {
            // Not match_info: of what a path has encoded it leaves some as it is, and / % + may stand in a reference.
            let (api, decoded) = (showing.clone(), web::Path::<String>::extract(&request).into_inner());
            let reference_no = decoded.map(web::Path::into_inner).unwrap_or_default();
            answer(showing.clone(), request, payload, move |_| async move { api.show(reference_no).await })
        };
        let only = |verb: &'static str| self.refuse(move || Refusal::WrongVerb(verb));
        let all = web::resource("/merchant/v1/registrations").route(web::post().to(register));
        config.service(all.default_service(only("POST")));
        let one = web::resource("/merchant/v1/registrations/{referenceNo:.+}").route(web::get().to(show));
        config.service(one.default_service(only("GET")));
    }

    fn refuse(&self, refusal: impl Fn() -> Refusal + Copy + Send + Sync + 'static) -> actix_web::Route {
        let api = self.clone();
        web::to(move |request: HttpRequest, payload: Payload| {
            answer(api.clone(), request, payload, move |_| async move { Err(refusal()) })
        })
    }

    async fn register(&self, body: &Bytes) -> Result<(StatusCode, Value), Refusal> {
        let object = Object::parse(body)?;
        let product = product(&object)?;
        let order = ToRegister::read(product, &object, &self.0.defaults, self.0.office.now())?;
        match self.0.office.register(&order).await? {
            Registered::Now(registration) => Ok((StatusCode::CREATED, registration.as_json())),
            Registered::Before(registration) => Ok((StatusCode::OK, registration.as_json())),
        }
    }

    async fn show(&self, reference_no: String) -> Result<(StatusCode, Value), Refusal> {
        let reference_no = ReferenceNo::parse(&reference_no).map_err(|_| Refusal::UnknownReferenceNo)?;
        let found = self.0.office.find(&reference_no).await.map_err(Refusal::Store)?;
        let registration = found.ok_or(Refusal::UnknownReferenceNo)?;
        let steps = self.0.office.steps(&reference_no).await.map_err(Refusal::Store)?;
        Ok((StatusCode::OK, shown(&registration, &steps)))
    }
}

/// `v1` or `checkout`.
fn product(object: &Object) -> Result<Product, Refusal> {
    match object.get("product") {
        Some(json::Value::Text(word)) if word == "v1" => Ok(Product::V1),
        Some(json::Value::Text(word)) if word == "checkout" => Ok(Product::Checkout),
        Some(_) | None => Err(Refusal::NoProduct),
    }
}

/// A registration with its steps.
pub fn shown(registration: &Registration, steps: &[Step]) -> Value {
    let step =
        |step: &Step| json!({ "at": jakarta_text(step.at), "state": step.state.as_str(), "evidence": step.evidence });
    let mut shown = registration.as_json();
    shown["steps"] = steps.iter().map(step).collect();
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_long_and_visible_and_compared_as_a_whole() {
        let key = |text: &str| ApiKey::new(Secret::new(text));
        assert_eq!(key("0123456789012345678901").map(|key| key.is(b"0123456789012345678901")), Ok(true));
        for other in ["", "012345678901234567890", "0123456789012345678902", "01234567890123456789011"] {
            assert_eq!(key("0123456789012345678901").map(|key| key.is(other.as_bytes())), Ok(false), "{other}");
        }
        assert_eq!(key("012345678901234567890").err(), Some(ApiKeyError::TooShort));
        assert_eq!(key("01234567890 2345678901").err(), Some(ApiKeyError::Malformed));
        assert_eq!(format!("{:?}", key("0123456789012345678901").unwrap()), "ApiKey(Secret(…))");
    }
}
