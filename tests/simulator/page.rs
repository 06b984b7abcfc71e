//! Checkout's page as a browser meets it.

use chrono::TimeDelta;
use serde_json::Value;

use crate::desk::{Answer, CHECKOUT, Desk, Fields, PAGE, REFERENCE, V2_STATUS, text};

fn show(desk: &Desk, query: &str, headers: &str) -> Answer {
    let answer = desk.ask("GET", &format!("{PAGE}?{query}"), headers, "");
    assert!(answer.head.contains("content-type: text/html; charset=utf-8"), "{answer:?}");
    let disclaimers = ["This is not NICEPAY but a simulator", "Ini bukan NICEPAY, melainkan simulator"];
    assert!(disclaimers.iter().any(|said| answer.body.contains(said)), "{answer:?}");
    answer
}

fn choose(desk: &Desk, registered: &Value, mitra_cd: &str, lang: &str) -> Answer {
    let form = Fields::of(&[("tXid", &text(registered, "tXid")), ("mitraCd", mitra_cd), ("lang", lang)]).form();
    desk.ask("POST", PAGE, "Content-Type: application/x-www-form-urlencoded\r\n", &form)
}

#[test]
fn a_customer_chooses_a_store_and_goes_back_with_a_number() {
    let mut desk = Desk::new();
    let fields = Fields::registration(REFERENCE).with("payMethod", "00").without("mitraCd");
    let fields = fields.with("callBackUrl", "https://shop.example/back?order=7#top");
    let registered = desk.registered(CHECKOUT, &fields.v2());
    let query = format!("tXid={}", text(&registered, "tXid"));
    let page = show(&desk, &query, "");
    assert_eq!(page.status, 200);
    for shown in
        ["INV-2024-0001", "Buku tulis &amp; pensil", "Rp 10.000", "2024-06-20 23:59 WIB", "Alfamart", "Indomaret"]
    {
        assert!(page.body.contains(shown), "{shown} is not in {}", page.body);
    }
    assert!(!page.body.contains("payNo"), "no number yet");

    let chosen = choose(&desk, &registered, "INDO", "en");
    assert_eq!(chosen.status, 303, "{chosen:?}");
    assert!(chosen.head.contains(&format!("\r\nlocation: {PAGE}?{query}&lang=en").to_ascii_lowercase()), "{chosen:?}");
    let page = show(&desk, &query, "");
    assert!(page.body.contains(r#"<output id="payNo">191012340000</output>"#), "{}", page.body);
    let back = "https://shop.example/back?order=7&amp;tXid=IONPAYTEST00202406191012340000&amp;referenceNo=INV-2024-0001\
                &amp;amount=10000&amp;transDt=20240619&amp;transTm=101234&amp;payNo=191012340000&amp;mitraCd=INDO\
                &amp;resultCd=0000&amp;resultMsg=SUCCESS#top";
    assert!(page.body.contains(&format!(r#"<a id="back" href="{back}">"#)), "{}", page.body);
    assert_eq!(desk.heard.try_recv().unwrap().mitra_cd.as_deref(), Some("INDO"));

    choose(&desk, &registered, "ALMA", "en");
    let status = desk.call(V2_STATUS, &Fields::about(&registered).v2()).json();
    assert_eq!((text(&status, "mitraCd"), text(&status, "status")), ("INDO".to_owned(), "3".to_owned()));
    assert!(desk.heard.try_recv().is_err(), "it is told once");
}

/// Any page that a developer visits could send this form, if it could guess a tXid.
#[test]
fn no_other_site_chooses_a_store() {
    let desk = Desk::new();
    let registered = desk.registered(CHECKOUT, &Fields::registration(REFERENCE).v2());
    let form = Fields::of(&[("tXid", &text(&registered, "tXid")), ("mitraCd", "ALMA")]).form();
    let form_of = |site: &str| format!("Content-Type: application/x-www-form-urlencoded\r\n{site}\r\n");
    for stranger in ["Origin: https://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site"] {
        assert_eq!(desk.ask("POST", PAGE, &form_of(stranger), &form).status, 404, "{stranger}");
    }
    assert_eq!(desk.ask("POST", PAGE, &form_of("Sec-Fetch-Site: same-origin"), &form).status, 303);
}

#[test]
fn it_speaks_two_languages() {
    let desk = Desk::new();
    let registered = desk.registered(CHECKOUT, &Fields::registration(REFERENCE).v2());
    let query = format!("tXid={}", text(&registered, "tXid"));
    for (query, headers, lang) in [
        (query.clone(), "", "en"),
        (query.clone(), "Accept-Language: id-ID,id;q=0.9,en;q=0.8\r\n", "id"),
        (query.clone(), "Accept-Language: en-US,id;q=0.5\r\n", "en"),
        (query.clone(), "Accept-Language: ko\r\n", "en"),
        (format!("{query}&lang=id"), "Accept-Language: en\r\n", "id"),
        (format!("{query}&lang=en"), "Accept-Language: id\r\n", "en"),
    ] {
        let page = show(&desk, &query, headers).body;
        let said = if lang == "id" { "Bayar di minimarket" } else { "Pay at a convenience store" };
        assert!(page.contains(&format!(r#"<html lang="{lang}">"#)) && page.contains(said), "{query} {headers}");
    }
    let chosen = choose(&desk, &registered, "ALMA", "id");
    assert!(chosen.head.contains("&lang=id"), "{chosen:?}");
}

#[test]
fn every_end_has_its_page() {
    let desk = Desk::new();
    for query in ["", "tXid=", "tXid=nobody", "lang=id", "tXid=%3Cscript%3E"] {
        let page = show(&desk, query, "");
        assert_eq!(page.status, 404, "{query}");
        assert!(!page.body.contains("<script"), "{query}");
    }
    let register = |reference: &str| desk.registered(CHECKOUT, &Fields::registration(reference).v2());
    let page = |registered: &Value| show(&desk, &format!("tXid={}", text(registered, "tXid")), "").body;
    let (paid, expired, cancelled) = (register("1"), register("2"), register("3"));
    assert_eq!(choose(&desk, &paid, "LAWS", "en").status, 404, "a store that there is not");
    choose(&desk, &paid, "ALMA", "en");
    desk.books.pay(&text(&paid, "tXid"), "R", desk.now()).unwrap();
    assert!(page(&paid).contains("This order is paid"));
    desk.books.cancel(&text(&cancelled, "tXid"), desk.now()).unwrap();
    assert!(page(&cancelled).contains("This order was cancelled"));
    desk.advance(TimeDelta::days(2));
    assert!(page(&expired).contains("The time for paying this order is over"));
    assert_eq!(choose(&desk, &expired, "ALMA", "en").status, 303);
    assert!(page(&expired).contains("The time for paying this order is over"), "and choosing a store changes nothing");
    desk.books.reverse(&text(&paid, "tXid"), desk.now()).unwrap();
    assert!(page(&paid).contains("was taken back"));
}

/// What a merchant sends is text on the page, whatever it looks like.
#[test]
fn nothing_on_the_page_is_markup_of_the_merchants() {
    let desk = Desk::new();
    let fields = Fields::registration("<b>1</b>").with("goodsNm", r#"<script>alert("x")</script>"#);
    let fields = fields.with("callBackUrl", r#"https://shop.example/"><script>"#);
    let registered = desk.registered(CHECKOUT, &fields.v2());
    choose(&desk, &registered, "ALMA", "en");
    let page = show(&desk, &format!("tXid={}", text(&registered, "tXid")), "");
    assert!(!page.body.contains("<script") && !page.body.contains("<b>"), "{}", page.body);
    assert!(page.head.contains("content-security-policy: default-src 'none'"), "{page:?}");
}
