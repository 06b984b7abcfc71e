//! What a visitor fills in, and what is made of it.

use maud::{Markup, html};
use serde::Deserialize;

use super::language::Language;
use super::texts::{Text, faults};
use crate::order::PayNo;
use crate::simulator::fault::{FAULTS, Fault};

/// The fields of both forms, as they were sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Form {
    pub(super) mitra_cd: String,
    pub(super) pay_no: String,
    pub(super) fault: String,
    pub(super) argument: String,
}

/// Which field cannot be used, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wrong {
    field: &'static str,
    pub(super) why: Text,
}

/// The chains of stores that NICEPAY's pages name.
const STORES: [(&str, &str); 2] = [("ALMA", "Alfamart"), ("INDO", "Indomaret")];

/// The name of a chain; one without a name is called by its code.
pub(super) fn store(mitra_cd: &str) -> &str {
    STORES.iter().find(|(code, _)| *code == mitra_cd).map_or(mitra_cd, |(_, name)| name)
}

impl Form {
    /// The number, however it was grouped, and the chain.
    pub(super) fn customer(&self) -> Result<(PayNo, String), Wrong> {
        let digits: String = self.pay_no.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '.')).collect();
        let pay_no = PayNo::parse(&digits).map_err(|_| Wrong { field: "payNo", why: Text::BadPayNo })?;
        if !STORES.iter().any(|(code, _)| *code == self.mitra_cd) {
            return Err(Wrong { field: "mitraCd", why: Text::BadStore });
        }
        Ok((pay_no, self.mitra_cd.clone()))
    }

    /// What is to go wrong.
    pub(super) fn faults(&self) -> Result<Vec<Fault>, Wrong> {
        if self.fault.is_empty() {
            return Ok(Vec::new());
        }
        let takes = FAULTS.iter().find(|(word, ..)| *word == self.fault).map_or("", |(_, takes, _)| takes);
        let written =
            if takes.is_empty() { self.fault.clone() } else { format!("{}={}", self.fault, self.argument.trim()) };
        let fault = written.parse().map_err(|_| Wrong { field: "argument", why: Text::BadFault })?;
        Ok(vec![fault])
    }

    /// The form that asks for a bill.
    pub(super) fn ask(&self, wrong: Option<Wrong>, language: Language) -> Markup {
        let t = |text: Text| text.told(language);
        html! {
            form.ask method="post" action="/ask" data-busy=(t(Text::Asking)) {
                fieldset.stores {
                    legend { (t(Text::Store)) }
                    @for (place, (code, name)) in STORES.iter().enumerate() {
                        label {
                            input type="radio" name="mitraCd" value=(code) required
                                checked[*code == self.mitra_cd || (self.mitra_cd.is_empty() && place == 0)];
                            span { (name) }
                        }
                    }
                }
                (error("mitraCd", wrong, language))
                label.number for="payNo" { (t(Text::PayNo)) }
                input #payNo .digits name="payNo" value=(self.pay_no) inputmode="numeric" autocomplete="off" required
                    autofocus maxlength="40" spellcheck="false" aria-describedby="payNo-hint payNo-error"
                    aria-invalid=[is_of("payNo", wrong).then_some("true")];
                (error("payNo", wrong, language))
                p.hint #payNo-hint { (t(Text::PayNoHint)) }
                button.primary type="submit" { (t(Text::Ask)) }
                (self.fault_fields(wrong, language))
            }
        }
    }

    /// The form that pays: a button, and the faults. It names another button when the payment is told again.
    pub(super) fn pay(
        &self,
        visit: u64,
        (button, first): (&str, bool),
        wrong: Option<Wrong>,
        language: Language,
    ) -> Markup {
        html! {
            form.pay method="post" action=(format!("/visits/{visit}/pay")) data-busy=(Text::Paying.told(language)) {
                button .primary[first] .secondary[!first] type="submit" autofocus[first] { (button) }
                (self.fault_fields(wrong, language))
            }
        }
    }

    fn fault_fields(&self, wrong: Option<Wrong>, language: Language) -> Markup {
        let t = |text: Text| text.told(language);
        html! {
            p.busy role="status" {}
            details.faults open[!self.fault.is_empty()] {
                summary { (t(Text::Faults)) }
                p.hint { (t(Text::FaultsHint)) }
                label for="fault" { (t(Text::Fault)) }
                select #fault name="fault" {
                    option value="" { (t(Text::NoFault)) }
                    // The till has nothing that could come out of order.
                    @for (word, takes, _) in FAULTS.iter().filter(|(word, ..)| *word != Fault::OutOfOrder.to_string()) {
                        option value=(word) data-takes=(takes) selected[*word == self.fault] { (faults::told(word, language)) " (" (word) ")" }
                    }
                }
                div.argument {
                    label for="argument" { (t(Text::FaultArgument)) }
                    input #argument name="argument" value=(self.argument) autocomplete="off" spellcheck="false"
                        aria-describedby="argument-hint argument-error" aria-invalid=[is_of("argument", wrong).then_some("true")];
                    (error("argument", wrong, language))
                    p.hint #argument-hint { (t(Text::FaultArgumentHint)) }
                }
            }
        }
    }
}

fn is_of(field: &str, wrong: Option<Wrong>) -> bool {
    wrong.is_some_and(|wrong| wrong.field == field)
}

fn error(field: &'static str, wrong: Option<Wrong>, language: Language) -> Markup {
    html! {
        @if let Some(wrong) = wrong.filter(|wrong| wrong.field == field) {
            p.error id=(format!("{field}-error")) role="alert" { (wrong.why.told(language)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pay_no: &str, fault: &str, argument: &str) -> Form {
        let text = str::to_owned;
        Form { mitra_cd: text("ALMA"), pay_no: text(pay_no), fault: text(fault), argument: text(argument) }
    }

    #[test]
    fn a_number_may_be_grouped() {
        for written in ["701589101110", "7015 8910 1110", " 7015-8910-1110 ", "7015.8910.1110", "7015\u{a0}89101110"] {
            assert_eq!(form(written, "", "").customer().unwrap().0.as_str(), "701589101110");
        }
        for wrong in ["", "1", "7015891011101", "7015x", "７０１５"] {
            assert_eq!(form(wrong, "", "").customer().unwrap_err().why, Text::BadPayNo);
        }
        let elsewhere = Form { mitra_cd: "NONE".to_owned(), ..form("701589101110", "", "") };
        assert_eq!(elsewhere.customer().unwrap_err().why, Text::BadStore);
    }

    #[test]
    fn a_fault_has_what_it_takes() {
        assert_eq!(form("", "", "x").faults(), Ok(vec![]));
        assert_eq!(form("", "stale", "left over").faults(), Ok(vec![Fault::Stale]));
        assert_eq!(
            form("", "missing-header", " x-signature ").faults().unwrap()[0].to_string(),
            "missing-header=X-SIGNATURE"
        );
        for (fault, argument) in
            [("missing-header", ""), ("missing-header", "X-NONE"), ("delayed", "soon"), ("none", "")]
        {
            assert_eq!(form("", fault, argument).faults().unwrap_err().why, Text::BadFault);
        }
    }
}
