//! NICEPAY, played by the simulator on a port of its own.

use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex, Once, mpsc};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::rt::System;
use actix_web::{App, HttpServer};
use nico::clock::Clock;
use nico::simulator::books::Books;
use nico::simulator::caller::{Caller, Identity, Target};
use nico::simulator::exchange::Exchange;
use nico::simulator::gateway::Gateway;
use nico::simulator::journal::Journal;
use nico::simulator::merchant::Merchant;
use nico::simulator::office::Office;
use nico::simulator::plan::{Ask, Told};
use nico::simulator::weather::{Weather, pay_all};
use nico::simulator::wire::Wire;
use nico::snap::key::PrivateKey;
use tokio::sync::mpsc::unbounded_channel;

/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Nicepay {
    pub(crate) office: Arc<Office>,
    pub(crate) address: String,
    server: Mutex<ServerHandle>,
}

/// What a test wants of NICEPAY.
pub(crate) struct Wanted<'w> {
    pub(crate) clock: Arc<dyn Clock>,
    /// The merchant, whom NICO calls.
    pub(crate) merchant: String,
    /// The private half of the sandbox's key.
    pub(crate) private_key: &'w Path,
    /// Every number is paid at once, and this goes wrong.
    pub(crate) auto_pay: Option<Weather>,
}

impl Nicepay {
    pub(crate) fn start(wanted: Wanted<'_>) -> Self {
        static TLS: Once = Once::new();
        TLS.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let journal = Arc::new(Journal::default());
        let private_key = PrivateKey::read(wanted.private_key).unwrap();
        let target = Target {
            url: wanted.merchant,
            base_path: "/api".to_owned(),
            own: Identity { client_id: "IONPAYTEST".to_owned(), private_key, secret: None },
            other: None,
            merchant: Arc::new(Merchant::sandbox()),
            expired_token: None,
        };
        let wire = Wire::new(PATIENCE).unwrap();
        let caller = Caller::new(wire.clone(), Arc::clone(&wanted.clock), Arc::clone(&journal), target);
        let office = Arc::new(Office {
            books: Arc::new(Books::default()),
            caller: Arc::new(caller),
            journal,
            notification_url: None,
            clock: wanted.clock,
            wire,
        });
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap().to_string();
        let server = Mutex::new(serve(socket, Arc::clone(&office), wanted.auto_pay));
        Self { office, address, server }
    }

    /// A store takes the money for a number that NICEPAY has issued.
    pub(crate) fn store_pays(&self, pay_no: &str) {
        let told = self.office.store_pays(pay_no).answered().unwrap().body.clone();
        assert!(told.contains("\"resultCd\":\"0000\""), "{told}");
    }

    /// The store takes it back.
    pub(crate) fn store_reverses(&self, pay_no: &str) {
        let told = self.office.store_reverses(pay_no).answered().unwrap().body.clone();
        assert!(told.contains("\"resultCd\":\"0000\""), "{told}");
    }

    /// NICEPAY notifies the merchant of how a number stands; status and body of the answer.
    pub(crate) fn notifies(&self, pay_no: &str) -> (u16, String) {
        self.asks(self.office.notification_of(pay_no).unwrap())
    }

    /// The same with some fields as they should not be.
    pub(crate) fn notifies_with(&self, pay_no: &str, changes: &[(&str, &str)]) -> (u16, String) {
        let Ask::Notification(Told { url, fields }) = self.office.notification_of(pay_no).unwrap() else {
            panic!("a notification is one")
        };
        let changed = |(name, text): (String, String)| {
            let change = changes.iter().find(|(changed, _)| *changed == name);
            (name, change.map_or(text, |(_, text)| (*text).to_owned()))
        };
        self.asks(Ask::Notification(Told { url, fields: fields.into_iter().map(changed).collect() }))
    }

    /// The customer's browser comes back from the page where the number was issued.
    pub(crate) fn comes_back(&self, pay_no: &str) -> (u16, String) {
        self.asks(self.office.callback_of(pay_no).unwrap())
    }

    fn asks(&self, ask: Ask) -> (u16, String) {
        let exchange = self.exchanges(ask);
        let answer = exchange.answered().unwrap_or_else(|| panic!("no answer: {exchange:?}"));
        let location = answer.headers.iter().find(|(name, _)| name == "location");
        (answer.status, location.map_or_else(|| answer.body.clone(), |(_, location)| location.clone()))
    }

    /// In a runtime of its own, for a test has none.
    pub(crate) fn exchanges(&self, ask: Ask) -> Exchange {
        let office = Arc::clone(&self.office);
        let asking =
            std::thread::spawn(move || System::new().block_on(async move { office.caller.ask(&ask, &[]).await }));
        asking.join().unwrap().unwrap().pop().unwrap()
    }

    /// How often something was called at the gateway.
    pub(crate) fn calls(&self, name: &str) -> usize {
        self.office.journal.since(0).iter().filter(|(_, exchange)| exchange.name == name).count()
    }
}

impl Drop for Nicepay {
    fn drop(&mut self) {
        // It ends with the process otherwise.
        drop(self.server.lock().unwrap().stop(false));
    }
}

fn serve(socket: TcpListener, office: Arc<Office>, auto_pay: Option<Weather>) -> ServerHandle {
    let (started, is_started) = mpsc::channel();
    std::thread::spawn(move || {
        System::new().block_on(async move {
            let mut gateway = Gateway::new(
                office.caller.merchant(),
                Arc::clone(&office.books),
                Arc::clone(&office.journal),
                Arc::clone(&office.clock),
            );
            if let Some(weather) = auto_pay {
                let (registered, hears) = unbounded_channel();
                gateway = gateway.registered(registered).weather(weather);
                actix_web::rt::spawn(pay_all(Arc::clone(&office), weather, hears));
            }
            let app = move || {
                let gateway = gateway.clone();
                App::new().configure(move |config| gateway.routes(config))
            };
            let server = HttpServer::new(app).workers(1).listen(socket).unwrap().run();
            started.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    is_started.recv().unwrap()
}
