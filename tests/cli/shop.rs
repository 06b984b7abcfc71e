//! A small shop, to stand in for a merchant's: it registers at NICEPAY's V1 interface, takes notifications, and believes
//! nothing but a status inquiry. It is written from NICEPAY's pages alone and shares no code with what it is to test.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use actix_web::web::{self, Data, Json, Path};
use actix_web::{App, HttpResponse, HttpServer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const I_MID: &str = "IONPAYTEST";
const KEY: &str = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";
const AMT: &str = "25000";

/// A shop that is open until it is dropped.
pub(crate) struct Shop {
    pub(crate) url: String,
    stop: Option<actix_web::dev::ServerHandle>,
}

struct State {
    nicepay: String,
    url: String,
    orders: Mutex<BTreeMap<String, Value>>,
    http: reqwest::Client,
}

impl Shop {
    /// Opens a shop that knows NICEPAY under this URL.
    pub(crate) fn open(nicepay: &str) -> Self {
        // reqwest brings no TLS provider of its own.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap());
        let state = Arc::new(State {
            nicepay: nicepay.to_owned(),
            url: url.clone(),
            orders: Mutex::default(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        });
        let (handle, started) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(Data::from(Arc::clone(&state)))
                        .route("/checkout", web::post().to(checkout))
                        .route("/orders/{reference}", web::get().to(order))
                        .route("/notification", web::post().to(notification))
                        .route("/thanks", web::get().to(thanks))
                });
                let server = server.workers(1).listen(socket).unwrap().run();
                handle.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self { url, stop: Some(started.recv().unwrap()) }
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            drop(stop.stop(false));
        }
    }
}

async fn checkout(state: Data<State>, body: Json<Value>) -> HttpResponse {
    let reference = {
        let mut orders = state.orders.lock().unwrap();
        let reference = format!("INV-{}-{}", std::process::id(), orders.len() + 1);
        let order = json!({ "referenceNo": reference, "item": body["item"], "state": "unpaid" });
        orders.insert(reference.clone(), order);
        reference
    };
    let registered = register(&state, &reference, body["item"].as_str().unwrap_or("something")).await;
    let mut orders = state.orders.lock().unwrap();
    let order = orders.get_mut(&reference).unwrap();
    let Some(registered) = registered.filter(|answer| answer["resultCd"] == "0000") else {
        return HttpResponse::BadGateway().json(json!({ "error": "NICEPAY did not register it" }));
    };
    order["payNo"] = registered["payNo"].clone();
    order["tXid"] = registered["tXid"].clone();
    HttpResponse::Created().json(order)
}

async fn register(state: &State, reference: &str, goods: &str) -> Option<Value> {
    let cart = json!({ "count": "1", "item": [{ "goods_name": goods, "goods_amt": AMT, "goods_quantity": "1" }] });
    let form = [
        ("iMid", I_MID),
        ("payMethod", "03"),
        ("currency", "IDR"),
        ("amt", AMT),
        ("referenceNo", reference),
        ("goodsNm", goods),
        ("billingNm", "John Doe"),
        ("billingPhone", "081234567890"),
        ("billingEmail", "john@example.com"),
        ("billingCity", "Jakarta"),
        ("billingState", "DKI Jakarta"),
        ("billingPostCd", "12345"),
        ("billingCountry", "Indonesia"),
        ("callBackUrl", &format!("{}/thanks", state.url)),
        ("dbProcessUrl", &format!("{}/notification", state.url)),
        ("description", "An order"),
        ("merchantToken", &sha256(&[I_MID, reference, AMT, KEY])),
        ("userIP", "127.0.0.1"),
        ("cartData", &cart.to_string()),
        ("mitraCd", "ALMA"),
    ];
    ask(state, "onePass.do", &form).await
}

async fn order(state: Data<State>, reference: Path<String>) -> HttpResponse {
    match state.orders.lock().unwrap().get(&*reference) {
        Some(order) => HttpResponse::Ok().json(order),
        None => HttpResponse::NotFound().json(json!({ "error": "no such order" })),
    }
}

/// Signed, acknowledged, and then asked about: only the answer changes the order.
async fn notification(state: Data<State>, form: web::Form<BTreeMap<String, String>>) -> HttpResponse {
    let field = |name: &str| form.get(name).cloned().unwrap_or_default();
    let (t_xid, amt, reference) = (field("tXid"), field("amt"), field("referenceNo"));
    if field("merchantToken") != sha256(&[I_MID, &t_xid, &amt, KEY]) {
        return HttpResponse::Unauthorized().body("FAIL");
    }
    actix_web::rt::spawn(async move {
        let token = sha256(&[I_MID, &reference, AMT, KEY]);
        let form = [
            ("iMid", I_MID),
            ("merchantToken", &*token),
            ("tXid", &*t_xid),
            ("amt", AMT),
            ("referenceNo", &*reference),
        ];
        let Some(status) = ask(&state, "onePassStatus.do", &form).await else { return };
        let now = match (status["resultCd"].as_str(), status["status"].as_str()) {
            (Some("0000"), Some("0")) => "paid",
            (Some("0000"), Some("1")) => "reversed",
            _ => "unpaid",
        };
        if let Some(order) = state.orders.lock().unwrap().get_mut(&reference) {
            order["state"] = json!(now);
        }
    });
    HttpResponse::Ok().body("SUCCESS")
}

async fn thanks() -> HttpResponse {
    HttpResponse::Ok().body("Thank you")
}

async fn ask(state: &State, call: &str, form: &[(&str, &str)]) -> Option<Value> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let asked = state.http.post(format!("{}/nicepay/api/{call}", state.nicepay));
    let asked = asked.header("Content-Type", "application/x-www-form-urlencoded").body(body);
    let answer = asked.send().await.ok()?;
    let text = answer.text().await.ok()?;
    serde_json::from_str(&text[text.find('{')?..]).ok()
}

fn sha256(parts: &[&str]) -> String {
    Sha256::digest(parts.concat()).iter().map(|byte| format!("{byte:02x}")).collect()
}
