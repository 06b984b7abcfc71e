//! NICEPAY calls us. This file says which paths there are and what serves them; it decides nothing.
//!
//! The way of one inquiry: here → `exchange` (body, deadline) → `inquiry` → `gate` → [`crate::order`] → a store; and
//! back through `exchange`, the one way out.
//!
//! Where NICEPAY issues the numbers, two more ways in may be opened: `notification`, where it tells of money, and
//! `callback`, where a customer's browser comes back. They lead to whoever [hears](Hears) them.

mod access_token;
mod body;
mod callback;
mod checks;
mod connection;
mod credentials;
mod exchange;
mod explanation;
mod gate;
mod health;
mod inquiry;
mod notification;
mod payment;
mod received;
mod refusal;
mod source;
mod telling;

use std::net::{TcpListener, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::web::{self, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use tokio::sync::Semaphore;

pub use callback::{CallbackDoor, ReturnUrlError};
pub use checks::{Check, Checks};
pub use credentials::{Client, Credentials};
pub use notification::NotificationDoor;
pub use source::{Sources, SourcesError};
// The simulator and the merchant's API read, and leave a slow body behind, in the same way.
#[cfg(any(feature = "nicepay", feature = "simulator"))]
pub(crate) use body::holding;
#[cfg(feature = "nicepay")]
pub(crate) use body::{BodyTrouble, read_body};
#[cfg(feature = "nicepay")]
pub(crate) use connection::listen;

use crate::adapters::memory::MemoryExternalIds;
use crate::clock::{Clock, SystemClock};
use crate::event::{AnyOutbox, Outbox};
use crate::external_id::{AnyExternalIds, ExternalIdStore, MAX_SKEW_SECONDS};
use crate::order::{AnyOrders, OrderRepository};
use crate::payment::{AnyPayments, PaymentRepository};
use crate::registration::Hears;
use crate::snap::response_code::{Codes, Service};
use exchange::{Route, answer};
use explanation::Explanations;
use refusal::Refusal;
use telling::Telling;

/// The longest body that is read: 64 KiB, some hundred times what NICEPAY sends.
pub const MAX_BODY: usize = 64 * 1024;

/// The contract of what we serve, as it was tested.
pub const OPENAPI: &str = include_str!("../../openapi/provider.yaml");

/// Where notifications come in, unless the merchant wants them elsewhere.
pub const NOTIFICATION_PATH: &str = "/nicepay/notification";
/// Where browsers come back to, unless the merchant wants them elsewhere.
pub const CALLBACK_PATH: &str = "/nicepay/callback";

/// How many requests may be at work at once. Beyond it the answer is `4290000` at once, rather than late: a store
/// that hangs must not pile up requests until memory ends.
const PLACES: usize = 1024;

/// The server that NICEPAY calls. What it cannot do without are arguments, the rest are methods.
///
/// ```no_run
/// use nico::{Client, ClientId, Credentials, OrderRepository, Provider, PublicKey, TokenKey};
///
/// # async fn serve(shop: impl OrderRepository) -> Result<(), Box<dyn std::error::Error>> {
/// let nicepay = Client::new(ClientId::parse("IONPAYTEST")?, PublicKey::read("keys/nicepay.pem")?);
/// let credentials = Credentials::new(TokenKey::read("keys/token.key")?, [nicepay]);
/// Provider::new(credentials, shop).serve("127.0.0.1:8080").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Provider {
    credentials: Arc<Credentials>,
    orders: Arc<dyn AnyOrders>,
    payments: Option<Arc<dyn AnyPayments>>,
    outbox: Option<Arc<dyn AnyOutbox>>,
    notifications: Option<(Arc<NotificationDoor>, Arc<dyn Hears>)>,
    callbacks: Option<(Arc<CallbackDoor>, Arc<dyn Hears>)>,
    external_ids: Arc<dyn AnyExternalIds>,
    clock: Arc<dyn Clock>,
    codes: Arc<Codes>,
    places: Arc<Semaphore>,
    explanations: Arc<Explanations>,
    skew_seconds: i64,
    deadline: Duration,
    base_path: String,
}

impl Provider {
    /// Serves token and inquiry from `orders`, under `/api`, with X-EXTERNAL-IDs in memory.
    pub fn new(credentials: Credentials, orders: impl OrderRepository) -> Self {
        Self {
            credentials: Arc::new(credentials),
            orders: Arc::new(orders),
            payments: None,
            outbox: None,
            notifications: None,
            callbacks: None,
            external_ids: Arc::new(MemoryExternalIds::default()),
            clock: Arc::new(SystemClock),
            codes: Arc::new(Codes::default()),
            places: Arc::new(Semaphore::new(PLACES)),
            explanations: Arc::default(),
            skew_seconds: 300,
            deadline: Duration::from_secs(5),
            base_path: "/api".to_owned(),
        }
    }

    /// Serves `cvs/payment` as well, and knows a bill as paid once it stands in this ledger.
    #[must_use]
    pub fn payments(self, ledger: impl PaymentRepository) -> Self {
        Self { payments: Some(Arc::new(ledger)), ..self }
    }

    /// Writes an event there for each payment that is recorded: for a ledger of your own. Those of
    /// [`adapters`](crate::adapters) do it themselves, in the transaction of the payment.
    #[must_use]
    pub fn events(self, outbox: impl Outbox) -> Self {
        Self { outbox: Some(Arc::new(outbox)), ..self }
    }

    /// Hears NICEPAY's notifications of numbers that it has issued.
    #[must_use]
    pub fn notifications(self, door: NotificationDoor, office: Arc<dyn Hears>) -> Self {
        Self { notifications: Some((Arc::new(door), office)), ..self }
    }

    /// Sends browsers that come back from NICEPAY's page on to the shop.
    #[must_use]
    pub fn callbacks(self, door: CallbackDoor, office: Arc<dyn Hears>) -> Self {
        Self { callbacks: Some((Arc::new(door), office)), ..self }
    }

    /// Claims X-EXTERNAL-IDs there: needed to survive a restart, and as soon as there are two instances.
    #[must_use]
    pub fn external_ids(self, store: impl ExternalIdStore) -> Self {
        Self { external_ids: Arc::new(store), ..self }
    }

    /// Takes the time from there.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Answers with these codes.
    #[must_use]
    pub fn codes(self, codes: Codes) -> Self {
        Self { codes: Arc::new(codes), ..self }
    }

    /// How far an X-TIMESTAMP may be off, either way; at most [`MAX_SKEW_SECONDS`], and 300 s by default.
    #[must_use]
    pub fn skew_seconds(self, seconds: u32) -> Self {
        Self { skew_seconds: i64::from(seconds).min(MAX_SKEW_SECONDS), ..self }
    }

    /// How long a request may take, its body included; 5 s by default.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// What stands before `/v1.0/…`: `/api` by default, `/nicepay`, or nothing.
    #[must_use]
    pub fn base_path(self, base_path: &str) -> Self {
        Self { base_path: base_path.trim_end_matches('/').to_owned(), ..self }
    }

    /// Adds the routes to an actix application. What it does not know stays that application's to answer.
    pub fn routes(&self, config: &mut ServiceConfig) {
        let base = &self.base_path;
        let token = Route { name: "access-token/b2b", service: Service::AccessToken, verb: "POST" };
        let cvs = |name| Route { name, service: Service::Cvs, verb: "POST" };
        let get = |name| Route { name, service: Service::Cvs, verb: "GET" };
        self.route(config, &format!("{base}/v1.0/access-token/b2b"), token, access_token::access_token);
        self.route(config, &format!("{base}/v1.0/cvs/inquiry"), cvs("cvs/inquiry"), inquiry::inquiry);
        if let Some(payments) = self.ledger() {
            let work = move |call| payment::payment(call, Arc::clone(&payments));
            self.route(config, &format!("{base}/v1.0/cvs/payment"), cvs("cvs/payment"), work);
        }
        self.doors(config);
        self.route(config, "/health/live", get("health/live"), health::live);
        self.route(config, "/health/ready", get("health/ready"), health::ready);
        let openapi = |payload: Payload| async {
            body::holding(payload, HttpResponse::Ok().content_type("application/yaml").body(OPENAPI))
        };
        let resource = web::resource("/openapi.yaml").route(web::get().to(openapi));
        config.service(resource.default_service(self.refuse(get("openapi.yaml"), || Refusal::WrongVerb)));
    }

    /// What NICEPAY, and browsers that come from it, call where NICEPAY issues the numbers.
    fn doors(&self, config: &mut ServiceConfig) {
        if let Some((door, office)) = self.notifications.clone() {
            let (path, route) =
                (door.path.clone(), Route { name: "notification", service: Service::Cvs, verb: "POST" });
            let work = move |call| notification::notification(call, Arc::clone(&door), Arc::clone(&office));
            self.route(config, &path, route, work);
        }
        if let Some((door, office)) = self.callbacks.clone() {
            let (path, route) =
                (door.path.clone(), Route { name: "callback", service: Service::Cvs, verb: "GET, POST" });
            let work = move |call| callback::callback(call, Arc::clone(&door), Arc::clone(&office));
            self.route(config, &path, route, work);
        }
    }

    /// The payments, with what tells of them where they do not do so themselves.
    fn ledger(&self) -> Option<Arc<dyn AnyPayments>> {
        let payments = self.payments.clone()?;
        Some(match self.outbox.clone() {
            Some(outbox) => Arc::new(Telling { payments, outbox }),
            None => payments,
        })
    }

    fn route<W, F>(&self, config: &mut ServiceConfig, path: &str, route: Route, work: W)
    where
        W: Fn(exchange::Call) -> F + Clone + Send + 'static,
        F: Future<Output = Result<exchange::Reply, Refusal>> + Send + 'static,
    {
        let provider = self.clone();
        let handler = move |request: HttpRequest, payload: Payload| {
            answer(provider.clone(), route, request, payload, work.clone())
        };
        let mut resource = web::resource(path);
        for verb in route.verb.split(", ") {
            let verb = if verb == "GET" { web::get() } else { web::post() };
            resource = resource.route(verb.to(handler.clone()));
        }
        config.service(resource.default_service(self.refuse(route, || Refusal::WrongVerb)));
    }

    fn refuse(&self, route: Route, refusal: fn() -> Refusal) -> actix_web::Route {
        let provider = self.clone();
        web::to(move |request: HttpRequest, payload: Payload| {
            answer(provider.clone(), route, request, payload, move |_| async move { Err(refusal()) })
        })
    }

    /// A server on a socket that is bound already. It stops on SIGTERM, after the requests at work are answered.
    ///
    /// # Errors
    /// When the socket cannot be listened on.
    pub fn listen(self, socket: TcpListener) -> std::io::Result<Server> {
        let unknown = Route { name: "unknown path", service: Service::Cvs, verb: "" };
        connection::listen("provider", socket, self.deadline, move |config| {
            self.routes(config);
            config.default_service(self.refuse(unknown, || Refusal::UnknownPath));
        })
    }

    /// [`Provider::listen`] on an address, until it is told to stop.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn serve(self, address: impl ToSocketAddrs) -> std::io::Result<()> {
        self.listen(TcpListener::bind(address)?)?.await
    }
}
