//! What was said, exchange by exchange: a sentence and a verdict for everyone, and all the rest behind a fold.

use maud::{Markup, html};

use super::figures::second;
use super::language::Language;
use super::texts::{Text, faults, filled};
use super::verdict::Said;
use crate::simulator::exchange::{Answer, Direction, Exchange, Sent, laid_out};
use crate::simulator::plan::Endpoint;

/// One exchange, as an item of the list.
pub(super) fn entry(number: u64, exchange: &Exchange, language: Language) -> Markup {
    let said = Said::of_exchange(exchange, language);
    html! {
        li.exchange .good[said.good] .bad[!said.good] data-number=(number) {
            p.sentence { (sentence(exchange, language)) }
            p.facts { time { (second(exchange.at)) } " · " (outcome(exchange, language)) " · " (exchange.elapsed_ms) " ms" }
            @for fault in &exchange.faults { (on_purpose(fault, language)) }
            p.verdict { (said.what) }
            @if let Some(next) = said.next { p.next { (next) } }
            details {
                summary { (Text::Details.told(language)) }
                (sent(&exchange.request, language))
                @if let Some(text) = &exchange.string_to_sign {
                    h4 { (Text::StringToSign.told(language)) }
                    pre { code { (text) } }
                }
                @match &exchange.answer {
                    Ok(answer) => (answered(answer, language)),
                    Err(trouble) => { h3 { (Text::Answered.told(language)) } p.none { (trouble) } }
                }
            }
        }
    }
}

fn sentence(exchange: &Exchange, language: Language) -> String {
    let name = exchange.name.as_str();
    let known = |endpoint: Endpoint| name == endpoint.name();
    match exchange.direction {
        Direction::FromStore if name == "store-asks" => Text::StoreAsked.told(language).to_owned(),
        Direction::FromStore if name == "store-pays" => Text::StorePaid.told(language).to_owned(),
        Direction::FromStore => Text::StoreReversed.told(language).to_owned(),
        Direction::ToNicepay => filled(Text::CalledNicepay.told(language), name),
        Direction::ToMerchant if known(Endpoint::Token) => Text::AskedToken.told(language).to_owned(),
        Direction::ToMerchant if known(Endpoint::Inquiry) => Text::AskedBill.told(language).to_owned(),
        Direction::ToMerchant if known(Endpoint::Payment) => Text::ToldPayment.told(language).to_owned(),
        Direction::ToMerchant if name == "notification" => Text::Notified.told(language).to_owned(),
        Direction::ToMerchant => filled(Text::CalledMerchant.told(language), name),
    }
}

/// `HTTP 404 · 4040012`
fn outcome(exchange: &Exchange, language: Language) -> String {
    match (exchange.answered(), exchange.code()) {
        (None, _) => Text::NoAnswer.told(language).to_owned(),
        (Some(answer), None) => format!("HTTP {}", answer.status),
        (Some(answer), Some(code)) => format!("HTTP {} · {code}", answer.status),
    }
}

fn on_purpose(fault: &str, language: Language) -> Markup {
    let word = fault.split('=').next().unwrap_or_default();
    html! {
        p.purpose { (Text::OnPurpose.told(language)) " " (faults::told(word, language)) " " code { (fault) } }
    }
}

fn sent(request: &Sent, language: Language) -> Markup {
    html! {
        h3 { (Text::Sent.told(language)) }
        pre { code { (request.method) " " (request.url) } }
        (headers(&request.headers, language))
        (body(&request.body, language))
    }
}

fn answered(answer: &Answer, language: Language) -> Markup {
    html! {
        h3 { (Text::Answered.told(language)) }
        pre { code { "HTTP " (answer.status) } }
        (headers(&answer.headers, language))
        (body(&answer.body, language))
    }
}

fn headers(headers: &[(String, String)], language: Language) -> Markup {
    html! {
        h4 { (Text::Headers.told(language)) }
        dl.headers {
            @for (name, value) in headers { div { dt { (name) } dd { (value) } } }
        }
    }
}

fn body(body: &str, language: Language) -> Markup {
    let laid_out = laid_out(body);
    let (shown, rest) =
        laid_out.char_indices().nth(MOST_SHOWN).map_or((laid_out.as_str(), ""), |(end, _)| laid_out.split_at(end));
    html! {
        h4 { (Text::Body.told(language)) }
        @if body.is_empty() {
            p.none { (Text::NoBody.told(language)) }
        } @else {
            pre { code { (shown) } }
        }
        @if !rest.is_empty() {
            p.none { (filled(Text::MoreCharacters.told(language), &rest.chars().count().to_string())) }
        }
    }
}

/// More than any proper body has, and little enough for a page.
const MOST_SHOWN: usize = 16_000;
