//! Numbers that NICEPAY issued: NICEPAY's books say what is to be paid, and the merchant is notified.

use nico::cvs::merchant_token::Covered;
use nico::nicepay::registration::Product;
use nico::simulator::books::{Registration, State, ToRegister};
use nico::simulator::exchange::Exchange;
use nico::simulator::merchant::Merchant;
use serde_json::json;

use super::scene::{SAMPLE, Scene, http};

fn registered(scene: &Scene) -> Registration {
    let to_register = ToRegister {
        product: Product::V1,
        i_mid: "IONPAYTEST".to_owned(),
        pay_method: "03".to_owned(),
        reference_no: "INV-7".to_owned(),
        amt: "25000".to_owned(),
        currency: "IDR".to_owned(),
        goods_nm: "Buku".to_owned(),
        billing_nm: "Siti Aisyah".to_owned(),
        description: None,
        mitra_cd: Some("ALMA".to_owned()),
        call_back_url: None,
        db_process_url: format!("{}/notification", scene.office.caller.url()),
        valid_until: None,
        number: None,
    };
    scene.office.books.register(to_register, scene.office.clock.now()).unwrap()
}

fn notifications(scene: &Scene) -> Vec<Exchange> {
    scene.exchanges().into_iter().filter(|exchange| exchange.name == "notification").collect()
}

fn field(exchange: &Exchange, name: &str) -> String {
    let mut fields = form_urlencoded::parse(exchange.request.body.as_bytes());
    fields.find(|(field, _)| field == name).map(|(_, text)| text.into_owned()).unwrap()
}

#[test]
fn it_is_billed_paid_and_notified() {
    let scene = Scene::with_merchant(&http(200, "Content-Type: text/plain", "SUCCESS"));
    let registration = registered(&scene);
    let pay_no = registration.pay_no.clone().unwrap();
    let bill = scene.ask(&pay_no);
    bill.shows(&["Rp 25.000", "Siti Aisyah", "Buku", "INV-7", "Pay Rp 25.000"]);
    scene.submit("/visits/1/pay", "").shows(&["PAID", "Accepted by your server: 1×"]);
    let told = notifications(&scene);
    let (t_xid, amt) = (registration.t_xid.as_str(), "25000");
    assert_eq!((field(&told[0], "tXid").as_str(), field(&told[0], "amt").as_str()), (t_xid, amt));
    assert_eq!((field(&told[0], "status"), field(&told[0], "payNo")), ("0".to_owned(), pay_no.clone()));
    let covered = Covered::TransactionV1 { i_mid: "IONPAYTEST", t_xid, amt };
    assert!(Merchant::sandbox().key.verify(&covered, &field(&told[0], "merchantToken")));
    assert!(told[0].string_to_sign.as_ref().unwrap().ends_with("25000<merchantKey>"));
    // Told again it is the same payment, and whoever asks now hears that it is paid.
    scene.submit("/visits/1/pay", "").shows(&["Accepted by your server: 2×"]);
    assert_eq!(notifications(&scene)[0].request.body, notifications(&scene)[1].request.body);
    scene.ask(&pay_no).shows(&["NICEPAY issued this number, and it is paid already.", "No bill"]);
}

#[test]
fn the_money_is_taken_whether_or_not_the_merchant_acknowledges() {
    let scene = Scene::with_merchant(&http(500, "Content-Type: text/plain", "oops"));
    let registration = registered(&scene);
    scene.ask(&registration.pay_no.unwrap());
    scene.submit("/visits/1/pay", "").shows(&["PAID", "did not acknowledge NICEPAY's notification"]);
    let now = scene.office.books.find_by_reference_no("INV-7", scene.office.clock.now()).unwrap();
    assert!(matches!(now.state, State::Paid(_)), "{now:?}");
}

/// NICEPAY's pages leave open whether a payment of NICO is notified besides: it is where a URL is named for it.
#[test]
fn a_number_of_the_merchants_own_is_notified_where_that_is_wished() {
    let total = json!({ "value": "10000.00", "currency": "IDR" });
    let data = json!({ "payNo": SAMPLE, "totalAmount": total, "partnerReferenceNo": "abcdefgh1234" });
    let body = json!({ "responseCode": "2000000", "payNoData": data }).to_string();
    let answer = http(200, "Content-Type: application/json", &body);
    for (scene, expected) in [(Scene::with_merchant(&answer), 0), (Scene::with_notified_merchant(&answer), 2)] {
        scene.ask(SAMPLE);
        scene.submit("/visits/1/pay", "").shows(&["PAID"]);
        scene.submit("/visits/1/pay", "").shows(&["Accepted by your server: 2×"]);
        let told = notifications(&scene);
        assert_eq!(told.len(), expected);
        for notification in &told {
            let said = ["referenceNo", "amt", "payNo", "status"].map(|name| field(notification, name));
            assert_eq!(said, ["abcdefgh1234", "10000", SAMPLE, "0"]);
            assert_eq!(field(notification, "tXid"), field(&told[0], "tXid"), "it is one payment");
        }
        // The number stays the merchant's own: it is asked, and not NICEPAY's books.
        scene.ask(SAMPLE).shows(&["Pay Rp 10.000"]);
    }
}
