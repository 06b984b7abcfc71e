//! Checkout's page: the customer chooses a store, is given the number, and goes back to the shop.

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT_LANGUAGE, CONTENT_SECURITY_POLICY, LOCATION};
use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse, Resource};
use form_urlencoded::Serializer;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use reqwest::Url;

use super::door::read;
use super::fields::Fields;
use super::{Door, Gateway};
use crate::nicepay::registration::STORES;
use crate::nicepay::time_stamp;
use crate::provider::holding;
use crate::simulator::NOT_NICEPAY;
use crate::simulator::books::{BooksError, Registration, State};
use crate::simulator::same_origin::is_from_ourselves;

/// Where the page is: `paymentURL`, to which the merchant adds `?tXid=`.
pub(super) const PATH: &str = "/nicepay/redirect/v2/payment";

pub(super) fn resource(gateway: &Gateway) -> Resource {
    let (showing, choosing) = (gateway.clone(), gateway.clone());
    let show = move |request: HttpRequest| {
        let response = show(&showing, &request);
        async move { response }
    };
    let choose = move |request: HttpRequest, payload: Payload| choose(choosing.clone(), request, payload);
    web::resource("/redirect/v2/payment")
        .route(web::get().to(show))
        .route(web::post().to(choose))
        .default_service(gateway.route(Door::WrongVerb("GET, POST")))
}

fn show(gateway: &Gateway, request: &HttpRequest) -> HttpResponse {
    let Ok(fields) = Fields::form(request.query_string(), b"") else { return nothing(&ENGLISH) };
    let words = words(&fields, request);
    match gateway.books.find_by_t_xid(fields.text("tXid"), gateway.clock.now()) {
        Some(registration) => page(StatusCode::OK, words, &content(&registration, words)),
        None => nothing(words),
    }
}

/// A store is chosen: the number is issued once, and the page shown again.
async fn choose(gateway: Gateway, request: HttpRequest, mut payload: Payload) -> HttpResponse {
    let body = match read(&mut payload, gateway.deadline).await {
        Ok(body) => body,
        Err(_) => return holding(payload, nothing(&ENGLISH)),
    };
    if !is_from_ourselves(request.headers()) {
        return nothing(&ENGLISH);
    }
    let Ok(fields) = Fields::form("", &body) else { return nothing(&ENGLISH) };
    let words = words(&fields, &request);
    let asked = [("tXid", fields.text("tXid")), ("lang", words.lang)];
    let again = format!("{PATH}?{}", Serializer::new(String::new()).extend_pairs(asked).finish());
    match web::block(move || gateway.choose(&fields)).await {
        // Its time may have been over while the customer was choosing: the page says so.
        Ok(Ok(()) | Err(BooksError::Not(_))) => {
            HttpResponse::SeeOther().insert_header((LOCATION, again)).insert_header(NOT_NICEPAY).finish()
        }
        Ok(Err(BooksError::Unwritten(_))) | Err(_) => {
            page(StatusCode::INTERNAL_SERVER_ERROR, words, &html! { p { (words.failed) } })
        }
        Ok(Err(BooksError::Unknown | BooksError::NoNumber | BooksError::PoolEmpty | BooksError::ReferenceNoTaken)) => {
            nothing(words)
        }
    }
}

impl Gateway {
    fn choose(&self, fields: &Fields) -> Result<(), BooksError> {
        let (t_xid, mitra_cd) = (fields.text("tXid"), fields.text("mitraCd"));
        if !STORES.iter().any(|(code, _)| *code == mitra_cd) {
            return Err(BooksError::Unknown);
        }
        let now = self.clock.now();
        let before = self.books.find_by_t_xid(t_xid, now).ok_or(BooksError::Unknown)?;
        let chosen = self.books.choose(t_xid, mitra_cd, now)?;
        if before.pay_no.is_none() {
            self.tell(&chosen);
        }
        Ok(())
    }
}

fn content(registration: &Registration, words: &Words) -> Markup {
    html! {
        dl {
            dt { (words.order) } dd { (registration.reference_no) }
            dt { (words.goods) } dd { (registration.goods_nm) }
            dt { (words.amount) } dd { (rupiah(&registration.amt)) }
            dt { (words.until) } dd { (until(registration)) }
        }
        @match (&registration.state, &registration.pay_no) {
            (State::Unpaid, None) => (stores(registration, words)),
            (State::Unpaid, Some(pay_no)) => (number(registration, pay_no, words)),
            (State::Paid(_), _) => p class="state" { (words.paid) },
            (State::Expired, _) => p class="state" { (words.expired) },
            (State::Reversed(_), _) => p class="state" { (words.reversed) },
            (State::Cancelled(_), _) => p class="state" { (words.cancelled) },
        }
    }
}

fn stores(registration: &Registration, words: &Words) -> Markup {
    html! {
        form method="post" action=(PATH) {
            input type="hidden" name="tXid" value=(registration.t_xid);
            input type="hidden" name="lang" value=(words.lang);
            fieldset {
                legend { (words.choose) }
                @for (mitra_cd, name) in STORES {
                    label { input type="radio" name="mitraCd" value=(mitra_cd) required; " " (name) }
                }
            }
            button { (words.number) }
        }
    }
}

fn number(registration: &Registration, pay_no: &str, words: &Words) -> Markup {
    let store = STORES.iter().find(|(code, _)| registration.mitra_cd.as_deref() == Some(*code));
    html! {
        p { (words.tell) " " strong { (store.map_or("", |(_, name)| name)) } ":" }
        p class="number" { output id="payNo" { (pay_no) } }
        @if let Some(back) = back(registration) {
            p { a id="back" href=(back) { (words.back) } }
        }
    }
}

/// `callBackUrl` with what the browser brings there, as a query.
fn back(registration: &Registration) -> Option<String> {
    let mut url = Url::parse(registration.call_back_url.as_deref()?).ok()?;
    url.query_pairs_mut().extend_pairs(registration.callback()?.fields());
    Some(url.into())
}

/// `Rp 10.000`
fn rupiah(amt: &str) -> String {
    let digits = amt.trim_start_matches('0');
    let grouped = digits.char_indices().map(|(place, digit)| {
        let point = if place > 0 && (digits.len() - place).is_multiple_of(3) { "." } else { "" };
        format!("{point}{digit}")
    });
    format!("Rp {}", grouped.collect::<String>())
}

/// `2024-06-26 10:12 WIB`
fn until(registration: &Registration) -> String {
    let digits = time_stamp::write(registration.valid_until);
    match (digits.get(..4), digits.get(4..6), digits.get(6..8), digits.get(8..10), digits.get(10..12)) {
        (Some(year), Some(month), Some(day), Some(hour), Some(minute)) => {
            format!("{year}-{month}-{day} {hour}:{minute} WIB")
        }
        _ => digits,
    }
}

fn nothing(words: &Words) -> HttpResponse {
    page(StatusCode::NOT_FOUND, words, &html! { p { (words.nothing) } })
}

fn page(status: StatusCode, words: &Words, content: &Markup) -> HttpResponse {
    let page = html! {
        (DOCTYPE)
        html lang=(words.lang) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (words.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                p class="not" role="note" { (words.not_nicepay) }
                main { h1 { (words.title) } (content) }
            }
        }
    };
    let mut response = HttpResponse::build(status);
    // No script, nothing from elsewhere, and no other place to post to.
    response
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"));
    response.insert_header(NOT_NICEPAY).content_type("text/html; charset=utf-8").body(page.into_string())
}

/// Bahasa Indonesia if it is asked for, by `lang` or as the browser's first language; else English.
fn words(fields: &Fields, request: &HttpRequest) -> &'static Words {
    let accepted = request.headers().get(ACCEPT_LANGUAGE).and_then(|accepted| accepted.to_str().ok());
    let asked = fields.get("lang").or(accepted).unwrap_or_default().to_ascii_lowercase();
    let first = asked.split(['-', ',', ';']).next().unwrap_or_default().trim();
    if matches!(first, "id" | "in") { &INDONESIAN } else { &ENGLISH }
}

/// What the page says.
struct Words {
    lang: &'static str,
    not_nicepay: &'static str,
    title: &'static str,
    order: &'static str,
    goods: &'static str,
    amount: &'static str,
    until: &'static str,
    choose: &'static str,
    number: &'static str,
    tell: &'static str,
    back: &'static str,
    paid: &'static str,
    expired: &'static str,
    reversed: &'static str,
    cancelled: &'static str,
    nothing: &'static str,
    failed: &'static str,
}

const ENGLISH: Words = Words {
    lang: "en",
    not_nicepay: "This is not NICEPAY but a simulator: no money moves here.",
    title: "Pay at a convenience store",
    order: "Order",
    goods: "Goods",
    amount: "Amount",
    until: "To be paid until",
    choose: "Where will you pay?",
    number: "Get the payment number",
    tell: "Tell this number to the cashier at",
    back: "Back to the shop",
    paid: "This order is paid. Thank you.",
    expired: "The time for paying this order is over.",
    reversed: "The payment of this order was taken back.",
    cancelled: "This order was cancelled.",
    nothing: "There is no such transaction. Go back to the shop and begin again.",
    failed: "The simulator could not write its books down. Try again.",
};

const INDONESIAN: Words = Words {
    lang: "id",
    not_nicepay: "Ini bukan NICEPAY, melainkan simulator: tidak ada uang yang berpindah di sini.",
    title: "Bayar di minimarket",
    order: "Pesanan",
    goods: "Barang",
    amount: "Jumlah",
    until: "Dibayar paling lambat",
    choose: "Di mana Anda akan membayar?",
    number: "Dapatkan kode pembayaran",
    tell: "Sebutkan kode ini kepada kasir",
    back: "Kembali ke toko",
    paid: "Pesanan ini sudah dibayar. Terima kasih.",
    expired: "Batas waktu pembayaran pesanan ini sudah lewat.",
    reversed: "Pembayaran pesanan ini telah ditarik kembali.",
    cancelled: "Pesanan ini telah dibatalkan.",
    nothing: "Transaksi ini tidak ada. Kembalilah ke toko dan mulai lagi.",
    failed: "Simulator tidak dapat menyimpan catatannya. Silakan coba lagi.",
};

const STYLE: &str = "\
body{font:1rem/1.5 system-ui,sans-serif;margin:0;color:#222}\
main{max-width:32rem;margin:auto;padding:1rem}\
.not{margin:0;padding:.75rem 1rem;background:#7a1f1f;color:#fff;text-align:center}\
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem}dt{color:#555}dd{margin:0}\
fieldset{border:1px solid #999;padding:1rem}label{display:block;padding:.5rem 0}\
button{font:inherit;margin-top:1rem;padding:.75rem 1rem}\
.number{font-size:2rem;letter-spacing:.1em;overflow-wrap:anywhere}";
