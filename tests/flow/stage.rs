//! nico with a configuration for the whole flow, between NICEPAY and the shop.

use std::sync::Arc;

use nico::clock::SystemClock;
use nico::simulator::weather::Weather;
use serde_json::{Value, json};

use crate::nicepay::{Nicepay, Wanted};
use crate::process::{Folder, Ran, Server, free_port, wait_for};
use crate::services;
use crate::shop::{SECRET, Shop};
use crate::wire::{Answer, Connection};

pub(crate) const API_KEY: &str = "an-api-key-that-nobody-guesses";
pub(crate) const MERCHANT_KEY: &str =
    "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";

pub(crate) struct Stage {
    pub(crate) nico: Option<Server>,
    pub(crate) nicepay: Nicepay,
    pub(crate) shop: Shop,
    pub(crate) folder: Folder,
    port: u16,
    api: u16,
    env: Vec<(String, String)>,
}

impl Stage {
    /// Payments and registrations in SQLite or PostgreSQL.
    pub(crate) fn open(engine: &str) -> Self {
        Self::set(engine, None, "")
    }

    /// Over SQLite, with settings from the environment: they count more than the file's.
    pub(crate) fn with(env: &[(&str, &str)]) -> Self {
        Self::set_up("sqlite", None, "", env)
    }

    /// Every number is paid at once, and things go wrong.
    pub(crate) fn in_weather(engine: &str, weather: Weather) -> Self {
        Self::set(engine, Some(weather), "")
    }

    /// With further lines of configuration.
    pub(crate) fn set(engine: &str, auto_pay: Option<Weather>, further: &str) -> Self {
        Self::set_up(engine, auto_pay, further, &[])
    }

    fn set_up(engine: &str, auto_pay: Option<Weather>, further: &str, env: &[(&str, &str)]) -> Self {
        let shop = Shop::open();
        let urls = (shop.url.clone(), "https://shop.example/orders".to_owned());
        Self::set_before(shop, &urls, (engine, auto_pay, further), env)
    }

    /// With another shop at `address`, which has [`SECRET`] too.
    pub(crate) fn before(address: &str) -> Self {
        let urls = (format!("http://{address}/nico-events"), format!("http://{address}/orders"));
        Self::set_before(Shop::open(), &urls, ("sqlite", None, ""), &[])
    }

    /// `urls` are where the shop is told, and the page that browsers are sent on to.
    fn set_before(
        shop: Shop,
        urls: &(String, String),
        (engine, auto_pay, further): (&str, Option<Weather>, &str),
        env: &[(&str, &str)],
    ) -> Self {
        let folder = Folder::with_keys();
        let (port, api) = (free_port(), free_port());
        let nicepay = Nicepay::start(Wanted {
            clock: Arc::new(SystemClock),
            merchant: format!("http://127.0.0.1:{port}"),
            private_key: &folder.path("keys/sandbox-private.pem"),
            auto_pay,
        });
        let store = match engine {
            "sqlite" => "sqlite:data/nico.db".to_owned(),
            engine => services::fresh_database(engine),
        };
        folder.write("keys/merchant.key", MERCHANT_KEY);
        folder.write("keys/events.key", SECRET);
        folder.write("keys/api.key", API_KEY);
        folder.write("nico.toml", configuration(&nicepay.address, urls, &store, (port, api)) + further);
        folder.nico(&["migrate"]).good();
        let nico = Some(folder.serve_on(port, env, &[]));
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { nico, nicepay, shop, folder, port, api, env }
    }

    /// Another command of nico's, with the same configuration.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        let env: Vec<_> = self.env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.folder.nico_with(&env, args)
    }

    /// Ends nico at once, and starts it again.
    pub(crate) fn kill(&mut self) {
        self.nico.take().unwrap().kill();
        self.start();
    }

    /// Starts nico after its end.
    pub(crate) fn start(&mut self) {
        let env: Vec<_> = self.env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.nico = Some(self.folder.serve_on(self.port, &env, &[]));
    }

    /// The shop registers an order.
    pub(crate) fn register(&self, order: &Value) -> Answer {
        self.try_register(order).unwrap()
    }

    pub(crate) fn try_register(&self, order: &Value) -> std::io::Result<Answer> {
        let body = order.to_string();
        let length = body.len();
        let head = format!("POST /merchant/v1/registrations HTTP/1.1\r\nHost: nico\r\nContent-Length: {length}");
        self.ask(&format!("{head}\r\nAuthorization: Bearer {API_KEY}\r\n\r\n{body}"))
    }

    /// The shop asks after an order.
    pub(crate) fn standing(&self, reference_no: &str) -> Value {
        let answer = self.ask(&format!(
            "GET /merchant/v1/registrations/{reference_no} HTTP/1.1\r\nHost: nico\r\nAuthorization: Bearer {API_KEY}\r\n\r\n"
        ));
        let answer = answer.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        serde_json::from_str(&answer.body).unwrap()
    }

    /// Waits until an order has come to a state; what is known of it then.
    pub(crate) fn comes_to(&self, reference_no: &str, state: &str) -> Value {
        wait_for(&format!("{reference_no} to be {state}"), || {
            Some(self.standing(reference_no)).filter(|standing| standing["state"] == state)
        })
    }

    /// Waits until the shop was told these things of an order, and no more.
    pub(crate) fn is_told(&self, reference_no: &str, events: &[&str]) {
        wait_for(&format!("the shop to be told {events:?}"), || {
            (self.shop.events(reference_no).len() >= events.len()).then_some(())
        });
        assert_eq!(self.shop.events(reference_no), events);
    }

    /// A request to the merchant's API, as text.
    pub(crate) fn ask(&self, request: &str) -> std::io::Result<Answer> {
        Connection::open(&format!("127.0.0.1:{}", self.api))?.send(request)
    }

    /// A request to where NICEPAY calls, as text.
    pub(crate) fn ask_provider(&self, request: &str) -> Answer {
        Connection::open(&format!("127.0.0.1:{}", self.port)).unwrap().send(request).unwrap()
    }

    /// Where the shop calls.
    pub(crate) fn api(&self) -> String {
        format!("127.0.0.1:{}", self.api)
    }

    /// Where NICEPAY calls.
    pub(crate) fn provider(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

fn configuration(nicepay: &str, (events, page): &(String, String), store: &str, (port, api): (u16, u16)) -> String {
    format!(
        r#"
profile = "sandbox"
[[clients]]
id = "IONPAYTEST"
public_keys = ["keys/sandbox-public.pem"]
[orders]
source = "sqlite:data/orders.db"
[payments]
store = "{store}"
[nicepay]
environment = "http://{nicepay}"
imid = "IONPAYTEST"
merchant_key_file = "keys/merchant.key"
callback_url = "http://127.0.0.1:{port}/nicepay/callback"
notification_url = "http://127.0.0.1:{port}/nicepay/notification"
[notification]
allow_from = ["127.0.0.1"]
[callback]
return_url = "{page}"
[events]
url = "{events}"
secret_file = "keys/events.key"
[merchant_api]
listen = "127.0.0.1:{api}"
key_file = "keys/api.key"
"#
    )
}

/// An order as a shop sends it.
pub(crate) fn order(product: &str, reference_no: &str) -> Value {
    let mut order = json!({
        "product": product,
        "referenceNo": reference_no,
        "amt": "10000",
        "goodsNm": "Buku",
        "billingNm": "Siti Aisyah",
        "billingPhone": "081234567890",
        "billingEmail": "siti@example.com",
        "billingCity": "Jakarta",
        "billingState": "DKI Jakarta",
        "billingPostCd": "12345",
        "billingCountry": "Indonesia",
        "description": "Buku",
        "userIP": "127.0.0.1",
    });
    if product == "v1" {
        order["mitraCd"] = "ALMA".into();
    }
    order
}
