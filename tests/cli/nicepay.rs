//! `nico nicepay` and `nico events`, as somebody types them; and what a configuration can say wrongly of NICEPAY and the
//! shop.

use serde_json::{Value, json};

use crate::json_lines;
use crate::process::{Folder, Ran, free_port, wait_for};
use crate::wire::Connection;

const CLIENT: &str =
    "profile = \"sandbox\"\n[[clients]]\nid = \"IONPAYTEST\"\npublic_keys = [\"keys/sandbox-public.pem\"]\n";
const MERCHANT_KEY: &str = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";
const EVENTS_KEY: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const API_KEY: &str = "an-api-key-that-nobody-guesses";
/// Nobody listens there.
const NOBODY: &str = "http://127.0.0.1:1";

/// A folder whose configuration calls NICEPAY at an address.
fn folder(nicepay: &str) -> Folder {
    let folder = Folder::with_keys();
    folder.write("keys/merchant.key", MERCHANT_KEY);
    folder.write("keys/events.key", EVENTS_KEY);
    folder.write("keys/api.key", API_KEY);
    folder.write("nico.toml", whole(nicepay));
    folder
}

fn whole(nicepay: &str) -> String {
    format!(
        "{CLIENT}[nicepay]\nenvironment = \"{nicepay}\"\nimid = \"IONPAYTEST\"\nmerchant_key_file = \"keys/merchant.key\"\n\
         callback_url = \"https://pay.shop.example/back\"\nnotification_url = \"http://127.0.0.1:1/told\"\n\
         [notification]\npath = \"/told\"\nallow_from = [\"103.20.51.0/24\"]\nproxies = [\"127.0.0.1\"]\n\
         [callback]\npath = \"/back\"\nreturn_url = \"https://shop.example/orders\"\n\
         [events]\nurl = \"http://127.0.0.1:1/events\"\nsecret_file = \"keys/events.key\"\n\
         [merchant_api]\nlisten = \"127.0.0.1:18082\"\nkey_file = \"keys/api.key\"\n"
    )
}

fn order(reference_no: &str) -> Value {
    json!({
        "product": "v1", "referenceNo": reference_no, "amt": "10000", "goodsNm": "Buku", "billingNm": "Siti Aisyah",
        "billingPhone": "081234567890", "billingEmail": "siti@example.com", "billingCity": "Jakarta",
        "billingState": "DKI Jakarta", "billingPostCd": "12345", "billingCountry": "Indonesia", "description": "Buku",
        "userIP": "127.0.0.1", "mitraCd": "ALMA",
    })
}

/// NICEPAY, as `nico simulate` plays it: a process of its own, which ends when it is dropped.
struct Simulator {
    child: std::process::Child,
    url: String,
    /// Its keys are read when they are needed.
    _folder: Folder,
}

impl Simulator {
    fn start(args: &[&str]) -> Self {
        let folder = Folder::with_keys();
        let address = format!("127.0.0.1:{}", free_port());
        let mut command = folder.command(&[], &[&["simulate", "--listen", &address], args].concat());
        let piped = std::process::Stdio::null;
        let child = command.stdout(piped()).stderr(piped()).spawn().unwrap();
        let front = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
        wait_for("the simulator", || Connection::open(&address).ok()?.send(front).ok());
        Self { child, url: format!("http://{address}"), _folder: folder }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn said(ran: Ran) -> Value {
    serde_json::from_str(&ran.good()).unwrap()
}

#[test]
fn an_order_is_registered_asked_after_and_cancelled() {
    let nicepay = Simulator::start(&[]);
    let folder = folder(&nicepay.url);
    folder.write("order.json", order("INV-1").to_string());
    let registered = said(folder.nico(&["nicepay", "register", "order.json"]));
    assert_eq!((&registered["state"], &registered["product"]), (&json!("issued"), &json!("v1")));
    let pay_no = registered["payNo"].as_str().unwrap().to_owned();
    assert_eq!(registered["steps"][0]["state"], "issued", "{registered}");
    let again = folder.nico(&["nicepay", "register", "order.json"]);
    assert_eq!((again.code, again.err.lines().count()), (Some(0), 1), "{again:?}");
    assert!(again.err.contains("registered before") && again.out.contains(&pay_no), "{again:?}");
    let asked = said(folder.nico(&["nicepay", "status", "INV-1"]));
    assert_eq!((&asked["state"], &asked["payNo"]), (&json!("issued"), &json!(pay_no)));
    assert_eq!(said(folder.nico(&["nicepay", "cancel", "INV-1"]))["state"], "cancelled");
    folder.nico(&["nicepay", "cancel", "INV-1"]).refused(&["it was not cancelled", "cancelled"]);
    // From standard input, for the page where the customer chooses.
    let mut checkout = order("INV-2");
    checkout["product"] = json!("checkout");
    folder.write("checkout.json", checkout.to_string());
    let mut piped = folder.command(&[], &["nicepay", "checkout", "-"]);
    piped.stdin(std::fs::File::open(folder.path("checkout.json")).unwrap());
    let page = said(Ran::of("nicepay checkout -", &mut piped));
    assert!(page["paymentUrl"].as_str().is_some_and(|url| url.contains("?tXid=IONPAYTEST")), "{page}");
}

#[test]
fn what_cannot_be_done_at_nicepay_is_one_sentence() {
    let folder = folder(NOBODY);
    let file = |name: &str, text: &str| folder.write(name, text);
    file("order.json", &order("INV-1").to_string());
    file("half.json", &order("INV-1").to_string()[..50]);
    file("list.json", "[]");
    file("long.json", &order("INV-1").to_string().replace("Siti Aisyah", &"x".repeat(31)));
    file("unknown.json", &order("INV-1").to_string().replace("\"goodsNm\"", "\"goods\""));
    file("case.json", &order("INV-1").to_string().replace("\"goodsNm\"", "\"GoodsNm\""));
    for (args, parts) in [
        (&["nicepay", "register", "nowhere.json"][..], &["nowhere.json cannot be read"][..]),
        (&["nicepay", "register", "half.json"], &["half.json: ", "JSON"]),
        (&["nicepay", "checkout", "list.json"], &["list.json: ", "object"]),
        (&["nicepay", "register", "long.json"], &["long.json: billingNm is longer than 30 characters"]),
        (&["nicepay", "register", "unknown.json"], &["unknown.json: member", "no field"]),
        (&["nicepay", "register", "case.json"], &["case.json: ", "goodsNm", "capital letters count"]),
        (&["nicepay", "status", "INV-9"], &["nothing is registered under this REFERENCE_NO"]),
        (&["nicepay", "cancel", "INV-9"], &["it was not cancelled: nothing is registered"]),
        (&["nicepay", "status", "a b"], &["REFERENCE_NO must be"]),
        (&["nicepay", "cancel", ""], &["REFERENCE_NO must be"]),
        (&["nicepay", "register", "order.json"], &["nobody listens at its address", "it is kept"]),
        // It is kept, so there is something to ask about, and still nobody to ask.
        (&["nicepay", "status", "INV-1"], &["nobody listens at its address", "not known"]),
        (&["nicepay", "cancel", "INV-1"], &["it was not cancelled", "nobody listens"]),
        (&["events", "resend", "17"], &["no event has the number 17", "nico events list"]),
    ] {
        let ran = folder.nico(args);
        ran.refused(parts);
        assert_eq!(ran.out, "", "{args:?}");
        assert!(!ran.err.contains("Siti") && !ran.err.contains("xxx"), "{ran:?}");
    }
    let bare = Folder::with_keys();
    bare.write("nico.toml", CLIENT);
    for args in [["nicepay", "status", "INV-1"], ["nicepay", "register", "order.json"]] {
        bare.nico(&args).refused(&["nicepay.imid is not set", "[nicepay]"]);
    }
    assert_eq!(bare.nico(&["events", "list"]).good(), "");
    bare.nico(&["events", "resend", "1"]).refused(&["there are no events yet"]);
    assert_eq!(bare.nico(&["events", "resend"]).code, Some(2), "clap says what is missing");
}

#[test]
fn a_paid_order_is_not_cancelled_and_its_event_is_listed_and_sent_again() {
    let nicepay = Simulator::start(&["--auto-pay"]);
    let folder = folder(&nicepay.url);
    folder.write("order.json", order("INV-1").to_string());
    folder.nico(&["nicepay", "register", "order.json"]).good();
    wait_for("it to be paid", || (said(folder.nico(&["nicepay", "status", "INV-1"]))["state"] == "paid").then_some(()));
    folder.nico(&["nicepay", "cancel", "INV-1"]).refused(&["it was not cancelled: it is paid"]);
    let text = folder.nico(&["events", "list"]).good();
    let listed = json_lines(&folder.nico(&["events", "list", "--json"]).good());
    assert_eq!((text.lines().count(), listed.len()), (1, 1), "{text}");
    let event = &listed[0];
    assert_eq!(
        (&event["type"], &event["referenceNo"], &event["fate"]),
        (&json!("order.paid"), &json!("INV-1"), &json!("due"))
    );
    assert!(event["id"].as_str().is_some_and(|id| id.starts_with("msg_")), "{event}");
    for part in ["order.paid", "INV-1", "due ", "after 0 attempts"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(folder.nico(&["events", "list", "--given-up"]).good(), "");
    assert_eq!(folder.nico(&["events", "resend", "--given-up"]).good(), "0 to be sent again\n");
    let database = rusqlite::Connection::open(folder.path("data/nico.db")).unwrap();
    let give_up = || database.execute("UPDATE events SET due_at = NULL, given_up = 1, attempts = 30", []).unwrap();
    give_up();
    assert!(folder.nico(&["events", "list", "--given-up"]).good().contains("given up after 30 attempts"));
    let number = event["number"].to_string();
    assert_eq!(folder.nico(&["events", "resend", &number]).good(), "1 to be sent again\n");
    give_up();
    assert_eq!(folder.nico(&["events", "resend", "--given-up"]).good(), "1 to be sent again\n");
    let listed = json_lines(&folder.nico(&["events", "list", "--json"]).good());
    assert_eq!((&listed[0]["fate"], &listed[0]["attempts"]), (&json!("due"), &json!(0)));
    folder.nico(&["events", "resend", &number, "99"]).refused(&["no event has the number 99"]);
}

/// A text of the whole configuration, what stands in its place, and the parts of the sentence that is due.
type Wrong = (&'static str, &'static str, &'static [&'static str]);

#[rustfmt::skip]
const WRONG: &[Wrong] = &[
    ("imid = \"IONPAYTEST\"", "imid = \"IONPAY\"", &["nicepay.imid must be the ten letters"]),
    ("imid = \"IONPAYTEST\"", "", &["is given, but not nicepay.imid"]),
    ("environment = \"http://127.0.0.1:1\"", "", &["nicepay.environment must say"]),
    ("\"http://127.0.0.1:1\"", "\"sandbx\"", &["nicepay.environment cannot be used"]),
    ("\"http://127.0.0.1:1\"", "\"http://127.0.0.1:1/nicepay\"", &["nicepay.environment cannot be used"]),
    ("merchant_key_file = \"keys/merchant.key\"", "", &["nicepay.merchant_key_file must name"]),
    ("keys/merchant.key", "keys/nowhere.key", &["keys/nowhere.key", "cannot be read", "merchant key"]),
    ("keys/merchant.key", "keys/empty.key", &["keys/empty.key", "empty", "merchant key"]),
    ("https://pay.shop.example/back", "pay.shop.example/back", &["nicepay.callback_url must begin"]),
    ("callback_url = \"https://pay.shop.example/back\"", "callback_url = \"ftp://x\"", &["nicepay.callback_url", "255"]),
    ("http://127.0.0.1:1/told", "https://", &["nicepay.notification_url must begin"]),
    ("path = \"/told\"", "path = \"told\"", &["notification.path must begin with '/'"]),
    ("path = \"/told\"", "path = \"/\"", &["notification.path must begin with '/'"]),
    ("path = \"/told\"", "path = \"/{x}\"", &["notification.path must begin with '/'"]),
    ("path = \"/told\"", "path = \"/back\"", &["notification.path and callback.path are the same"]),
    ("path = \"/told\"", "path = \"/health/ready\"", &["notification.path is a path that is served already"]),
    ("path = \"/told\"", "path = \"/api/v1.0/cvs/inquiry\"", &["notification.path is a path that is served"]),
    ("path = \"/back\"", "path = \"/openapi.yaml\"", &["callback.path is a path that is served already"]),
    ("path = \"/back\"", "path = \"/back/\"", &["callback.path must begin with '/'"]),
    ("103.20.51.0/24", "nicepay.co.id", &["notification.allow_from cannot be used", "nicepay.co.id"]),
    ("[\"103.20.51.0/24\"]", "[]", &["notification.allow_from cannot be used", "103.117.8.0/24"]),
    ("proxies = [\"127.0.0.1\"]", "proxies = [\"*\"]", &["notification.proxies cannot be used"]),
    ("https://shop.example/orders", "/orders", &["callback.return_url cannot be used"]),
    ("url = \"http://127.0.0.1:1/events\"\n", "", &["events.secret_file is given, but events.url is not"]),
    ("secret_file = \"keys/events.key\"", "", &["events.secret_file must name", "whsec_"]),
    ("http://127.0.0.1:1/events", "shop.example/events", &["events.url cannot be used", "https://"]),
    (
        "http://127.0.0.1:1/events",
        "http://u:Mark3rOfASecretThatNobodyMayRead@x/",
        &["events.url cannot be used", "password"],
    ),
    ("keys/events.key", "keys/bad.key", &["keys/bad.key", "whsec_"]),
    ("keys/events.key", "keys/empty.key", &["keys/empty.key is empty", "whsec_"]),
    ("key_file = \"keys/api.key\"", "", &["merchant_api.key_file must name"]),
    ("listen = \"127.0.0.1:18082\"", "", &["merchant_api.key_file is given, but merchant_api.listen is not"]),
    ("127.0.0.1:18082", "nowhere", &["merchant_api.listen must be an address"]),
    ("keys/api.key", "keys/short.key", &["keys/short.key", "22 characters"]),
    ("keys/api.key", "keys/blank.key", &["keys/blank.key", "visible ASCII"]),
    ("keys/api.key", "keys/empty.key", &["keys/empty.key is empty"]),
    ("return_url", "returnurl", &["callback", "did you mean return_url?"]),
];

#[test]
fn what_is_wrong_with_the_settings_is_one_sentence_that_names_the_setting() {
    let folder = folder(NOBODY);
    folder.write("keys/empty.key", "\n");
    folder.write("keys/short.key", "0123456789");
    folder.write("keys/blank.key", "0123456789 0123456789 0123456789");
    folder.write("keys/bad.key", "not-a-webhook-secret");
    for (good, bad, parts) in WRONG {
        let toml = whole(NOBODY);
        assert!(toml.contains(good), "{good}");
        refused(&folder, &toml.replacen(good, bad, 1), parts);
    }
    let alone = |section: &str| format!("{CLIENT}{section}\n");
    for (section, name) in [
        ("[nicepay]\nenvironment = \"sandbox\"", "nicepay.environment"),
        ("[nicepay]\nmerchant_key_file = \"keys/merchant.key\"", "nicepay.merchant_key_file"),
        ("[nicepay]\ncallback_url = \"https://x\"", "nicepay.callback_url"),
        ("[nicepay]\nnotification_url = \"https://x\"", "nicepay.notification_url"),
        ("[callback]\nreturn_url = \"https://x\"", "callback.return_url"),
        ("[merchant_api]\nlisten = \"127.0.0.1:18082\"", "merchant_api.listen"),
        ("[merchant_api]\nkey_file = \"keys/api.key\"", "merchant_api.key_file"),
    ] {
        refused(&folder, &alone(section), &[&format!("{name} is given, but not nicepay.imid")]);
    }
}

/// By both, with the same sentence.
fn refused(folder: &Folder, toml: &str, parts: &[&str]) {
    folder.write("nico.toml", toml);
    let (address, api) = (format!("127.0.0.1:{}", free_port()), format!("127.0.0.1:{}", free_port()));
    let env = [("NICO__LISTEN", address.as_str())];
    let moved = toml.replace("127.0.0.1:18082", &api);
    let checked = folder.nico_with(&env, &["config", "check"]);
    checked.refused(parts);
    folder.write("nico.toml", moved);
    let served = folder.nico_with(&env, &["serve"]);
    served.refused(parts);
    assert_eq!((checked.sentence(), &*checked.out, &*served.out), (served.sentence(), "", ""), "{toml}");
}

#[test]
fn two_servers_do_not_share_an_address() {
    let folder = folder(NOBODY);
    let env = [("NICO__LISTEN", "127.0.0.1:18082")];
    folder.nico_with(&env, &["config", "check"]).refused(&["merchant_api.listen is the same as listen"]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (taken_at, free) = (taken.local_addr().unwrap().to_string(), format!("127.0.0.1:{}", free_port()));
    let env = [("NICO__LISTEN", free.as_str()), ("NICO__MERCHANT_API__LISTEN", taken_at.as_str())];
    folder.nico_with(&env, &["serve"]).refused(&["is in use", "NICO__MERCHANT_API__LISTEN"]);
}

#[test]
fn the_environment_configures_all_of_it_and_no_secret_is_shown() {
    let folder = folder(NOBODY);
    folder.nico(&["config", "check"]).good();
    let printed = folder.nico(&["config", "print"]).good();
    folder.write("nico.toml", CLIENT);
    let env = [
        ("NICO__NICEPAY__ENVIRONMENT", NOBODY),
        ("NICO__NICEPAY__IMID", "IONPAYTEST"),
        ("NICO__NICEPAY__MERCHANT_KEY_FILE", "keys/merchant.key"),
        ("NICO__NICEPAY__CALLBACK_URL", "https://pay.shop.example/back"),
        ("NICO__NICEPAY__NOTIFICATION_URL", "http://127.0.0.1:1/told"),
        ("NICO__NOTIFICATION__PATH", "/told"),
        ("NICO__NOTIFICATION__ALLOW_FROM__0", "103.20.51.0/24"),
        ("NICO__NOTIFICATION__PROXIES__0", "127.0.0.1"),
        ("NICO__CALLBACK__PATH", "/back"),
        ("NICO__CALLBACK__RETURN_URL", "https://shop.example/orders"),
        ("NICO__EVENTS__URL", "http://127.0.0.1:1/events"),
        ("NICO__EVENTS__SECRET_FILE", "keys/events.key"),
        ("NICO__MERCHANT_API__LISTEN", "127.0.0.1:18082"),
        ("NICO__MERCHANT_API__KEY_FILE", "keys/api.key"),
    ];
    let by_env = folder.nico_with(&env, &["config", "print"]).good();
    let values = |text: &str| text.parse::<toml::Table>().unwrap();
    let (mut by_env, by_file) = (values(&by_env), values(&printed));
    let allow_from = by_env["notification"].as_table_mut().unwrap();
    allow_from.insert("allow_from".to_owned(), by_file["notification"]["allow_from"].clone());
    assert_eq!(by_env, by_file);
    let api = format!("127.0.0.1:{}", free_port());
    let moved = [&env[..], &[("NICO__MERCHANT_API__LISTEN", api.as_str())]].concat();
    let server = folder.serve(&moved, &[]);
    assert!(server.said().contains(&format!("http://{api}/merchant/v1/registrations")), "{}", server.said());
    for told in [&printed, &server.said(), &server.log()] {
        for secret in [MERCHANT_KEY, EVENTS_KEY, API_KEY] {
            assert!(!told.contains(secret), "{told}");
        }
    }
}
