//! What merchants call at NICEPAY: V1, V2 and Checkout, with what NICEPAY answers, slips and all.
//!
//! A fault of the merchant's is answered as NICEPAY does it, with HTTP 200 and a `resultCd`. What is no call at all (an
//! unknown path, another verb, a body without end, a web page in a browser) has its HTTP status besides. What NICEPAY leaves unsaid, the journal
//! says: each call is recorded with the text that its merchantToken is made over and with one sentence on what was
//! wrong.
//!
//! | path | what it is |
//! |---|---|
//! | `POST /nicepay/api/onePass.do` | V1 registration: form in, JSON out |
//! | `POST /nicepay/api/onePassStatus.do` | V1 status |
//! | `POST /nicepay/api/onePassAllCancel.do` | V1 cancel |
//! | `POST /nicepay/direct/v2/registration` | V2 registration: JSON both ways |
//! | `POST /nicepay/direct/v2/inquiry` | V2 and Checkout status |
//! | `POST /nicepay/direct/v2/cancel` | V2 and Checkout cancel |
//! | `POST /nicepay/redirect/v2/registration` | Checkout registration |
//! | `/nicepay/redirect/v2/payment?tXid=…` | the page where the customer of Checkout chooses a store |

mod cancel;
mod door;
mod fields;
mod payment_page;
mod refusal;
mod register;
mod status;
mod token;

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::Method;
use actix_web::web::{self, Payload, ServiceConfig};
use actix_web::{HttpRequest, Resource, Route};
use chrono::{DateTime, Utc};
use tokio::sync::mpsc::UnboundedSender;

use super::books::{Books, Registration};
use super::journal::Journal;
use super::merchant::Merchant;
use super::weather::Weather;
use crate::clock::Clock;
use crate::nicepay::registration::Product;
use door::answer;
use fields::Fields;
use refusal::{Refusal, Said};
use token::Covers;

/// NICEPAY's gateway, for one merchant.
#[derive(Clone)]
pub struct Gateway {
    merchant: Arc<Merchant>,
    books: Arc<Books>,
    journal: Arc<Journal>,
    clock: Arc<dyn Clock>,
    registered: Option<UnboundedSender<Registration>>,
    length_prefix: bool,
    deadline: Duration,
    weather: Weather,
}

impl Gateway {
    /// A gateway that writes down in `journal` what the merchant calls.
    pub fn new(merchant: Arc<Merchant>, books: Arc<Books>, journal: Arc<Journal>, clock: Arc<dyn Clock>) -> Self {
        let deadline = Duration::from_secs(5);
        Self {
            merchant,
            books,
            journal,
            clock,
            registered: None,
            length_prefix: false,
            deadline,
            weather: Weather::default(),
        }
    }

    /// Writes four digits before each V1 answer, the length of what follows, as NICEPAY sometimes does.
    #[must_use]
    pub fn length_prefix(self, length_prefix: bool) -> Self {
        Self { length_prefix, ..self }
    }

    /// How long a request's body may take to arrive; 5 s by default.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Fails at status inquiries as the weather is.
    #[must_use]
    pub fn weather(self, weather: Weather) -> Self {
        Self { weather, ..self }
    }

    /// Tells of each registration as soon as it has its number; for Checkout, that is when the customer has chosen.
    #[must_use]
    pub fn registered(self, hears: UnboundedSender<Registration>) -> Self {
        Self { registered: Some(hears), ..self }
    }

    /// Puts all paths under `/nicepay` into an application, with an answer for those that there are not.
    pub fn routes(&self, config: &mut ServiceConfig) {
        let mut scope = web::scope("/nicepay").service(payment_page::resource(self));
        for api in Api::ALL {
            scope = scope.service(self.resource(api));
        }
        config.service(scope.default_service(self.route(Door::UnknownPath)));
    }

    fn resource(&self, api: Api) -> Resource {
        let served = self.route(Door::Api(api)).method(Method::POST);
        web::resource(api.path()).route(served).default_service(self.route(Door::WrongVerb("POST")))
    }

    fn route(&self, door: Door) -> Route {
        let gateway = self.clone();
        web::to(move |request: HttpRequest, payload: Payload| answer(gateway.clone(), door, request, payload))
    }

    fn tell(&self, registration: &Registration) {
        if let Some(hears) = &self.registered {
            // Who no longer listens has gone, and the registration stands all the same.
            hears.send(registration.clone()).ok();
        }
    }
}

/// Where a request came in.
#[derive(Debug, Clone, Copy)]
enum Door {
    Api(Api),
    WrongVerb(&'static str),
    UnknownPath,
}

/// What can be called.
#[derive(Debug, Clone, Copy)]
enum Api {
    Register(Product),
    StatusV1,
    StatusV2,
    CancelV1,
    CancelV2,
}

/// A call, once its body is there.
struct Call {
    at: DateTime<Utc>,
    /// Scheme and host by which we were called.
    origin: String,
    query: String,
    body: Vec<u8>,
}

impl Api {
    const ALL: [Self; 7] = [
        Self::Register(Product::V1),
        Self::Register(Product::V2),
        Self::Register(Product::Checkout),
        Self::StatusV1,
        Self::StatusV2,
        Self::CancelV1,
        Self::CancelV2,
    ];

    /// The path behind `/nicepay`; without its slash, the call's name in the journal.
    fn path(self) -> &'static str {
        match self {
            Self::Register(Product::V1) => "/api/onePass.do",
            Self::Register(Product::V2) => "/direct/v2/registration",
            Self::Register(Product::Checkout) => "/redirect/v2/registration",
            Self::StatusV1 => "/api/onePassStatus.do",
            Self::StatusV2 => "/direct/v2/inquiry",
            Self::CancelV1 => "/api/onePassAllCancel.do",
            Self::CancelV2 => "/direct/v2/cancel",
        }
    }

    fn is_status(self) -> bool {
        matches!(self, Self::StatusV1 | Self::StatusV2)
    }

    /// Whether it is one of the older ones: a form comes in, and there is no timeStamp.
    fn is_v1(self) -> bool {
        match self {
            Self::Register(Product::V1) | Self::StatusV1 | Self::CancelV1 => true,
            Self::Register(Product::V2 | Product::Checkout) | Self::StatusV2 | Self::CancelV2 => false,
        }
    }

    fn covers(self) -> Covers {
        match self {
            Self::Register(Product::V1) | Self::StatusV1 => Covers::OrderV1,
            Self::Register(Product::V2 | Product::Checkout) | Self::StatusV2 => Covers::OrderV2,
            Self::CancelV1 => Covers::TransactionV1,
            Self::CancelV2 => Covers::TransactionV2,
        }
    }

    /// Does what is asked. Beside the answer comes the text that the merchantToken is due over.
    fn serve(self, gateway: &Gateway, call: &Call) -> (Option<String>, Result<Said, Refusal>) {
        let read = if self.is_v1() { Fields::form(&call.query, &call.body) } else { Fields::json(&call.body) };
        let fields = match read {
            Ok(fields) => fields,
            Err(refusal) => return (None, Err(refusal)),
        };
        let string_to_sign = self.covers().string_to_sign(&fields);
        let said = match self {
            Self::Register(product) => register::register(gateway, product, &fields, call),
            Self::StatusV1 | Self::StatusV2 => status::status(gateway, self.covers(), &fields, call.at),
            Self::CancelV1 | Self::CancelV2 => cancel::cancel(gateway, self.covers(), &fields, call.at),
        };
        (Some(string_to_sign), said)
    }
}
