//! The counter: what is shown for a number, what is told when it is paid, and who is turned away.

mod issued;
mod scene;
mod tokens;

use nico::simulator::NOT_NICEPAY;
use nico::simulator::exchange::Exchange;
use scene::{EXPIRED, FORM, PAID, SAMPLE, Scene, UNKNOWN, http};
use serde_json::{Value, json};

#[test]
fn from_number_to_receipt() {
    let scene = Scene::with_nico();
    scene.get("/").shows(&["The store's till", "Alfamart", "Indomaret"]).hides(&["cvs/inquiry"]);
    let bill = scene.submit("/ask", "mitraCd=INDO&payNo=7015+8910-1110");
    let told =
        ["Rp 10.000", "7015 8910 1110", "John Test", "Pembelian John Test", "abcdefgh1234", "3 July 2024, 12:08 WIB"];
    bill.shows(&told).shows(&["Pay Rp 10.000", "NICEPAY asked your server for an access token"]).hides(&["PAID"]);
    let receipt = scene.submit("/visits/1/pay", "fault=&argument=");
    receipt.shows(&told[..5]).shows(&["PAID", "Indomaret", "3 July 2024, 10:00 WIB", "Accepted by your server: 1×"]);
    let recorded = scene.ledger.recorded();
    assert_eq!((recorded.len(), recorded[0].amount.value().as_str()), (1, "10000.00"));
    assert_eq!(recorded[0].mitra_cd.as_ref().map(|mitra_cd| mitra_cd.as_str()), Some("INDO"));
}

#[test]
fn a_payment_told_again_is_the_same_payment_in_another_call() {
    let scene = Scene::with_nico();
    scene.ask(SAMPLE);
    scene.submit("/visits/1/pay", "");
    scene.submit("/visits/1/pay", "").shows(&["Accepted by your server: 2×", "PAID"]);
    let told: Vec<_> = scene.exchanges().into_iter().filter(|exchange| exchange.name == "cvs/payment").collect();
    let id = |exchange: &Exchange| exchange.request.header("X-EXTERNAL-ID").map(str::to_owned);
    assert_eq!((told.len(), &told[0].request.body), (2, &told[1].request.body));
    assert_ne!(id(&told[0]), id(&told[1]));
    assert_eq!(scene.ledger.recorded().len(), 1);
}

#[test]
fn refusals_are_told_in_words() {
    let scene = Scene::with_nico();
    for (pay_no, english, indonesian) in [
        (UNKNOWN, "Your server does not know this number.", "Server Anda tidak mengenal nomor ini."),
        (PAID, "This bill is paid already.", "Tagihan ini sudah dibayar."),
        (EXPIRED, "This bill has expired.", "Tagihan ini sudah kedaluwarsa."),
    ] {
        scene.ask(pay_no).shows(&[english, "No bill"]).hides(&["Pay Rp"]);
        let path = format!("/visits/{}?lang=id", scene.exchanges().len() - 1);
        scene.get(&path).shows(&[indonesian, "Tidak ada tagihan"]).hides(&[english]);
    }
}

#[test]
fn a_number_that_is_none_is_asked_of_nobody() {
    let scene = Scene::with_nico();
    for (form, said) in [
        ("mitraCd=ALMA&payNo=12x", "This is no payment number"),
        ("mitraCd=ALMA&payNo=", "This is no payment number"),
        ("mitraCd=ALMA&payNo=7015891011101", "This is no payment number"),
        ("mitraCd=NONE&payNo=701589101110", "Choose one of the stores"),
        ("mitraCd=ALMA&payNo=701589101110&fault=missing-header", "needs to be told more exactly"),
        ("mitraCd=ALMA&payNo=701589101110&fault=nonsense", "needs to be told more exactly"),
    ] {
        let page = scene.post("/ask", form).shows(&[said]);
        assert_eq!(page.status, 422, "{form}");
    }
    assert_eq!(scene.exchanges().len(), 0);
}

#[test]
fn a_merchant_who_is_not_there_is_told_so() {
    Scene::with_nobody().ask(SAMPLE).shows(&["Your server does not answer", "Start your server", "no answer"]);
    Scene::with_merchant("").ask(SAMPLE).shows(&["Your server takes too long."]);
}

#[test]
fn odd_answers_are_told_in_words() {
    let json = |status, body: Value| http(status, "Content-Type: application/json", &body.to_string());
    let bill = |data: Value| json(200, json!({ "responseCode": "2000000", "payNoData": data }));
    let total = json!({ "value": "10000.00", "currency": "IDR" });
    for (answer, said) in [
        (http(502, "Content-Type: text/html", "<h1>Bad Gateway</h1>"), "Your server's answer is not JSON."),
        (http(301, "Location: https://elsewhere.example/", ""), "Your server sends NICEPAY elsewhere."),
        (json(200, json!({ "status": "ok" })), "Your server's answer has no responseCode."),
        (json(418, json!({ "responseCode": "4180000" })), "a code that NICEPAY does not expect here"),
        (json(404, json!({ "responseCode": "4042412" })), "Your server does not know this number."),
        (json(401, json!({ "responseCode": "4010000" })), "Run nico explain"),
        (json(200, json!({ "responseCode": "2000000" })), "lacks what the till needs: payNoData"),
        (bill(json!({ "payNo": UNKNOWN, "totalAmount": total })), "needs: payNoData.payNo"),
        (bill(json!({ "payNo": SAMPLE })), "needs: payNoData.totalAmount"),
        (
            bill(json!({ "payNo": SAMPLE, "totalAmount": { "value": 10000.0, "currency": "IDR" } })),
            "payNoData.totalAmount.value",
        ),
        (
            bill(json!({ "payNo": SAMPLE, "totalAmount": { "value": "1e4", "currency": "IDR" } })),
            "payNoData.totalAmount.value",
        ),
        (
            bill(json!({ "payNo": SAMPLE, "totalAmount": { "value": "10000.00", "currency": "USD" } })),
            "payNoData.totalAmount.currency",
        ),
        ("no http\r\n\r\n".to_owned(), "does not speak HTTP"),
    ] {
        Scene::with_merchant(&answer).ask(SAMPLE).shows(&[said, "No bill"]);
    }
    let short =
        bill(json!({ "payNo": SAMPLE, "totalAmount": total, "payNoExpiredDateTime": "2024-07-03T09:59:59+07:00" }));
    Scene::with_merchant(&short).ask(SAMPLE).shows(&["Pay Rp 10.000", "not told", "It should answer 4040019"]);
}

#[test]
fn nothing_of_the_merchants_is_markup() {
    let evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
    let total = json!({ "value": "10000.00", "currency": "IDR" });
    let data = json!({ "payNo": SAMPLE, "payNoName": evil, "goodsName": evil, "partnerReferenceNo": evil, "totalAmount": total });
    let body = json!({ "responseCode": "2000000", "responseMessage": evil, "payNoData": data }).to_string();
    let scene = Scene::with_merchant(&http(200, &format!("X-Evil: {evil}"), &body));
    let bill = scene.ask(SAMPLE).shows(&["&lt;script&gt;alert(1)&lt;/script&gt;"]);
    let receipt = scene.submit("/visits/1/pay", "").shows(&["PAID", "&lt;img src=x"]);
    let front = scene.get("/");
    let journal: Value = serde_json::from_str(&scene.get("/journal.json?since=0").body).unwrap();
    let typed = scene.post("/ask", "mitraCd=ALMA&payNo=%22%3E%3Cscript%3Ealert(1)");
    assert_eq!(journal["entries"].as_array().map(Vec::len), Some(3));
    let live = journal["entries"].as_array().unwrap().iter().map(|entry| entry.as_str().unwrap().to_owned());
    for page in [bill.body, receipt.body, front.body, typed.body].into_iter().chain(live) {
        assert!(!page.contains("<script>") && !page.contains("<img"), "{page}");
    }
}

#[test]
fn other_sites_and_borrowed_names_are_turned_away() {
    let scene = Scene::with_nico();
    let own = format!("http://{}", scene.address);
    for headers in [
        vec![("Origin", "http://evil.example")],
        vec![("Origin", "null")],
        vec![("Origin", "http://127.0.0.1:1")],
        vec![("Origin", &own), ("Sec-Fetch-Site", "cross-site")],
        vec![("Sec-Fetch-Site", "same-site")],
        vec![("Host", "evil.example"), ("Origin", "http://evil.example"), ("Sec-Fetch-Site", "same-origin")],
    ] {
        let headers = [&headers[..], &[FORM]].concat();
        for path in ["/ask", "/visits/1/pay"] {
            let page = scene.send("POST", path, &headers, &format!("mitraCd=ALMA&payNo={SAMPLE}"));
            assert_eq!(page.status, 403, "{headers:?}");
        }
    }
    for path in ["/", "/journal.json?since=0", "/visits/1", "/style.css", "/nowhere"] {
        let page = scene.send("GET", path, &[("Host", "evil.example:9090")], "");
        assert_eq!((page.status, page.header(&NOT_NICEPAY.0.to_lowercase())), (403, Some(NOT_NICEPAY.1)), "{path}");
    }
    assert_eq!(scene.exchanges().len(), 0);
    // What is no browser names no site.
    let plain = scene.send("POST", "/ask", &[FORM], &format!("mitraCd=ALMA&payNo={SAMPLE}"));
    assert_eq!(plain.status, 303);
}

#[test]
fn every_answer_says_that_it_is_not_nicepay() {
    let scene = Scene::with_nico();
    scene.ask(SAMPLE);
    let long = "x".repeat(9000);
    let own = format!("http://{}", scene.address);
    let posted = |path: &str, body: &str| scene.post(path, body);
    let other_media_type = scene.send("POST", "/ask", &[("Origin", &own), ("Content-Type", "text/plain")], "payNo=1");
    for (page, status) in [
        (scene.get("/"), 200),
        (scene.get("/visits/1"), 200),
        (scene.get("/journal.json?since=0"), 200),
        (scene.get("/style.css"), 200),
        (scene.get("/script.js"), 200),
        (scene.get("/icon.svg"), 200),
        (scene.get("/journal.json?since=soon"), 400),
        (scene.get("/visits/2"), 404),
        (scene.get("/visits/none"), 404),
        (scene.get("/favicon.ico"), 404),
        (scene.get("/ask"), 405),
        (scene.send("PUT", "/visits/1", &[("Origin", &own)], ""), 405),
        (posted("/", ""), 405),
        (posted("/ask", &long), 400),
        (other_media_type, 400),
        (posted("/visits/9/pay", ""), 404),
        (posted("/ask", &format!("mitraCd=ALMA&payNo={UNKNOWN}")), 303),
    ] {
        assert_eq!(page.status, status, "{}", page.body);
        assert_eq!(page.header("x-simulator"), Some("nico: this is not NICEPAY"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(page.header("content-security-policy").is_some_and(|policy| policy.starts_with("default-src 'none'")));
        if page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
            leads_nowhere_else(&page.shows(&["This is not NICEPAY"]).body);
        }
    }
}

/// Every link, form and file is the counter's own.
#[track_caller]
fn leads_nowhere_else(html: &str) {
    for attribute in [" href=\"", " src=\"", " action=\""] {
        for value in html.split(attribute).skip(1) {
            let inside = value.starts_with(['/', '#']) && !value.starts_with("//");
            assert!(inside, "{attribute}{}", value.split('"').next().unwrap_or_default());
        }
    }
}

#[test]
fn a_language_is_chosen_remembered_or_guessed() {
    let scene = Scene::with_nico();
    let read = |path: &str, headers: &[(&str, &str)]| scene.send("GET", path, headers, "");
    let language = |path: &str, headers: &[(&str, &str)]| {
        let page = read(path, headers).body;
        page.split("<html lang=\"").nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned)
    };
    for (path, headers, expected) in [
        ("/", vec![], "en"),
        ("/", vec![("Accept-Language", "id-ID,id;q=0.9,en-US;q=0.8")], "id"),
        ("/", vec![("Accept-Language", "nl,en-GB;q=0.8,id;q=0.5")], "en"),
        ("/", vec![("Accept-Language", "idx, *")], "en"),
        ("/", vec![("Cookie", "a=b; nico_lang=id"), ("Accept-Language", "en")], "id"),
        ("/?lang=en", vec![("Cookie", "nico_lang=id"), ("Accept-Language", "id")], "en"),
        ("/?lang=xx", vec![("Cookie", "nico_lang=id")], "id"),
        ("/nowhere", vec![("Accept-Language", "id")], "id"),
    ] {
        assert_eq!(language(path, &headers).as_deref(), Some(expected), "{path} {headers:?}");
    }
    let cookie = read("/?lang=id", &[]).header("set-cookie").map(str::to_owned).expect("it is remembered");
    assert!(cookie.starts_with("nico_lang=id; Path=/;") && cookie.contains("SameSite=Lax"), "{cookie}");
    assert_eq!(read("/", &[("Accept-Language", "id")]).header("set-cookie"), None);
}

#[test]
fn a_fault_spoils_the_next_call_and_no_other() {
    let scene = Scene::with_nico();
    let ask = |fault: &str| scene.submit("/ask", &format!("mitraCd=ALMA&payNo={SAMPLE}&fault={fault}"));
    ask("wrong-key").shows(&[
        "Wrong on purpose:",
        "class=\"problem right\"",
        "signed with a key that nobody knows",
        "your server noticed",
        "4010000",
    ]);
    ask("missing-header&argument=X-EXTERNAL-ID").shows(&[
        "4000002",
        "your server noticed",
        "missing-header=X-EXTERNAL-ID",
    ]);
    ask("expired-token").shows(&["No token has expired yet"]);
    ask("other-partner").shows(&["needs a second client"]);
    ask("out-of-order").shows(&["This fault has no meaning for this call"]);
    ask("zulu").shows(&["Pay Rp 10.000", "harmless"]);
    ask("").shows(&["Pay Rp 10.000"]).hides(&["Wrong on purpose"]);
}

#[test]
fn a_payment_whose_answer_was_lost_is_told_again() {
    let scene = Scene::with_nico();
    scene.ask(SAMPLE);
    scene
        .submit("/visits/1/pay", "fault=dropped")
        .shows(&["No receipt", "The line was cut on purpose"])
        .hides(&["PAID"]);
    scene.submit("/visits/1/pay", "").shows(&["PAID", "Accepted by your server: 1×"]);
    scene.submit("/visits/1/pay", "fault=wrong-key").shows(&["PAID", "Told, and not accepted", "4010000"]);
    assert_eq!(scene.ledger.recorded().len(), 1);
}

#[test]
fn a_visit_has_its_own_story() {
    let scene = Scene::with_nico();
    scene.ask(SAMPLE);
    scene.ask(UNKNOWN).shows(&["4040012"]).hides(&["2007300"]);
    scene.submit("/visits/1/pay", "").shows(&["2007300", "cvs/payment"]).hides(&["4040012"]);
    let numbers = |query: &str| {
        let journal: Value = serde_json::from_str(&scene.get(&format!("/journal.json?{query}")).body).unwrap();
        assert_eq!(journal["last"], 4, "{query}");
        let number = |entry: &Value| {
            let rest = entry.as_str().unwrap().split("data-number=\"").nth(1).unwrap().to_owned();
            rest.split('"').next().unwrap().to_owned()
        };
        journal["entries"].as_array().unwrap().iter().map(number).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(numbers("since=0"), "1 2 3 4");
    assert_eq!(numbers("since=0&visit=1"), "1 2 4");
    assert_eq!(numbers("since=2&visit=1"), "4");
    assert_eq!(numbers("since=0&visit=2"), "3");
    assert_eq!(numbers("since=4"), "");
    assert_eq!(numbers("since=0&visit=3"), "");
    scene.get("/").shows(&["2007300", "4040012", "cvs/payment"]);
}
