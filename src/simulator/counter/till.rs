//! The two pages: the till, and a visit with its bill or receipt.

use maud::{Markup, html};

use super::figures::{grouped, minute, rupiah};
use super::form::{Form, Wrong, store};
use super::frame::Frame;
use super::language::Language;
use super::story::entry;
use super::texts::{Text, filled};
use super::verdict::Said;
use super::visit::Visit;
use crate::simulator::desk::{Bill, Desk, Receipt, Refusal};
use crate::simulator::exchange::Exchange;

/// The till before a customer has said anything, with what was said lately.
pub(super) fn front(desk: &Desk, form: &Form, wrong: Option<Wrong>, language: Language) -> Markup {
    let last = desk.journal().last();
    let story = Story { visit: None, last, exchanges: desk.journal().since(last.saturating_sub(LATELY)) };
    let till = html! {
        (steps(Text::StepNumber, language))
        h1 { (Text::Till.told(language)) }
        p.intro { (Text::Intro.told(language)) }
        (form.ask(wrong, language))
    };
    let main = beside(&till, &story, language);
    let title = wrong.map_or(Text::Till, |wrong| wrong.why).told(language);
    Frame { language, title, here: "/", merchant: Some(desk.merchant()) }.around(&main)
}

/// A visit: its bill, its receipt, or why there is none.
pub(super) fn visit(desk: &Desk, visit: &Visit, (form, wrong): (&Form, Option<Wrong>), language: Language) -> Markup {
    let last = desk.journal().last();
    let story = Story { visit: Some(visit.id), last, exchanges: visit.story(desk.journal(), 0) };
    let (title, till) = match (&visit.bill, &visit.receipt) {
        (None, _) => (Text::BeingAsked.told(language).to_owned(), being_asked(language)),
        (Some(Err(refusal)), _) => refused(visit, refusal, language),
        (Some(Ok(bill)), None) => billed(desk, visit, (bill, form, wrong), language),
        (Some(Ok(_)), Some(receipt)) => receipted(visit, (receipt, form, wrong), language),
    };
    let main = beside(&till, &story, language);
    let here = format!("/visits/{}", visit.id);
    Frame { language, title: &title, here: &here, merchant: Some(desk.merchant()) }.around(&main)
}

fn being_asked(language: Language) -> Markup {
    html! { h1 { (Text::Bill.told(language)) } p.intro { (Text::BeingAsked.told(language)) } }
}

fn refused(visit: &Visit, refusal: &Refusal, language: Language) -> (String, Markup) {
    let form = Form { mitra_cd: visit.mitra_cd.clone(), pay_no: grouped(visit.pay_no.as_str()), ..Form::default() };
    let till = html! {
        (steps(Text::StepNumber, language))
        h1 { (Text::NoBill.told(language)) }
        (problem(refusal, visit.spoiled, language))
        (form.ask(None, language))
    };
    (Said::of_refusal(refusal, visit.spoiled, language).what, till)
}

fn billed(
    desk: &Desk,
    visit: &Visit,
    (bill, form, wrong): (&Bill, &Form, Option<Wrong>),
    language: Language,
) -> (String, Markup) {
    let amount = rupiah(&bill.amount);
    let pay = filled(Text::Pay.told(language), &amount);
    let is_over = bill.valid_until.is_some_and(|until| until <= desk.now());
    let till = html! {
        (steps(Text::StepBill, language))
        h1 { @if visit.not_taken.is_some() { (Text::NoReceipt.told(language)) } @else { (Text::Bill.told(language)) } }
        @if let Some(refusal) = &visit.not_taken { (problem(refusal, visit.spoiled, language)) }
        p.display { span { (Text::ToBePaid.told(language)) } strong { (amount) } }
        (particulars(visit, bill, language))
        @if is_over { p.warning { (Text::OverAlready.told(language)) } }
        (form.pay(visit.id, (&pay, true), wrong, language))
        p.other { a href="/" { (Text::AnotherNumber.told(language)) } }
    };
    let said = visit.not_taken.as_ref().map(|refusal| Said::of_refusal(refusal, visit.spoiled, language).what);
    (said.unwrap_or_else(|| format!("{} {amount}", Text::Bill.told(language))), till)
}

fn receipted(
    visit: &Visit,
    (receipt, form, wrong): (&Receipt, &Form, Option<Wrong>),
    language: Language,
) -> (String, Markup) {
    let till = html! {
        (steps(Text::StepReceipt, language))
        h1.quiet { (Text::Receipt.told(language)) }
        (strip(receipt, language))
        p.taken role="status" { (filled(Text::Taken.told(language), &visit.taken.to_string())) }
        p.onward { a.button href="/" autofocus { (Text::NextCustomer.told(language)) } }
        @if let Some(refusal) = &visit.not_taken {
            h2 { (Text::NotTakenAgain.told(language)) }
            (problem(refusal, visit.spoiled, language))
        }
        p.hint { (Text::AgainHint.told(language)) }
        (form.pay(visit.id, (Text::Again.told(language), false), wrong, language))
    };
    (format!("{} {}", Text::Receipt.told(language), rupiah(&receipt.bill.amount)), till)
}

fn particulars(visit: &Visit, bill: &Bill, language: Language) -> Markup {
    let valid_until = bill.valid_until.map(|at| minute(at, language)).unwrap_or_default();
    let number = grouped(visit.pay_no.as_str());
    let rows = [
        (Text::PayNo, number.as_str()),
        (Text::Name, &bill.name),
        (Text::Goods, &bill.goods),
        (Text::Reference, &bill.reference),
        (Text::ValidUntil, &valid_until),
    ];
    html! {
        dl.particulars {
            @for (name, value) in rows {
                div { dt { (name.told(language)) } (told(value, language)) }
            }
        }
    }
}

fn told(value: &str, language: Language) -> Markup {
    html! { @if value.is_empty() { dd.none { (Text::NotTold.told(language)) } } @else { dd { (value) } } }
}

/// The receipt as a till prints it.
fn strip(receipt: &Receipt, language: Language) -> Markup {
    let t = |text: Text| text.told(language);
    let (bill, amount) = (&receipt.bill, rupiah(&receipt.bill.amount));
    let (number, at) = (grouped(bill.inquiry.pay_no.as_str()), minute(receipt.at, language));
    let rows = [
        (Text::PaidAt, at.as_str()),
        (Text::PayNo, &number),
        (Text::Name, &bill.name),
        (Text::Goods, &bill.goods),
        (Text::Reference, &bill.reference),
        (Text::PaymentId, &receipt.payment.payment_request_id),
    ];
    html! {
        div.paper {
            article.strip {
                header { strong { (store(&bill.inquiry.mitra_cd)) } span { (t(Text::NoProof)) } }
                dl {
                    @for (name, value) in rows { div { dt { (t(name)) } (told(value, language)) } }
                    div.total { dt { (t(Text::Total)) } dd { (amount) } }
                }
                p.stamp { (t(Text::Paid)) }
                p.thanks { (t(Text::Thanks)) }
            }
        }
    }
}

fn problem(refusal: &Refusal, spoiled: bool, language: Language) -> Markup {
    let said = Said::of_refusal(refusal, spoiled, language);
    html! {
        div.problem .right[said.good] role="alert" {
            p.what { (said.what) }
            @if let Some(next) = said.next { p.next { (next) } }
        }
    }
}

fn steps(now: Text, language: Language) -> Markup {
    html! {
        ol.steps aria-label=(Text::Steps.told(language)) {
            @for step in [Text::StepNumber, Text::StepBill, Text::StepReceipt] {
                li aria-current=[(step == now).then_some("step")] { (step.told(language)) }
            }
        }
    }
}

/// What stands beside the till: what was said during one visit, or at all.
struct Story {
    visit: Option<u64>,
    /// The script asks for what came after this one. What has come since then is left to it, so that none is told twice.
    last: u64,
    exchanges: Vec<(u64, Exchange)>,
}

fn beside(till: &Markup, story: &Story, language: Language) -> Markup {
    let so_far = story.exchanges.iter().filter(|(number, _)| *number <= story.last);
    html! {
        main {
            section.till #till { (till) }
            section.story aria-labelledby="story-title" {
                h2 #story-title { (Text::Story.told(language)) }
                p.hint { (Text::StoryHint.told(language)) }
                div role="log" {
                    ol #story data-visit=[story.visit] data-last=(story.last) {
                        @for (number, exchange) in so_far { (entry(*number, exchange, language)) }
                    }
                    (how(language))
                }
            }
        }
    }
}

/// Stands where the story will be.
fn how(language: Language) -> Markup {
    html! {
        div.empty {
            h3 { (Text::How.told(language)) }
            ol {
                @for step in [Text::HowNumber, Text::HowBill, Text::HowPayment] { li { (step.told(language)) } }
            }
            p { (Text::HowHere.told(language)) }
        }
    }
}

/// So many exchanges of the past stand on the front page.
const LATELY: u64 = 12;
