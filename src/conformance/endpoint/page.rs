//! The report as one page of HTML: it needs nothing beside it, and prints without loss.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::finding::{Finding, Report, Verdict};
use crate::simulator::exchange::{Answer, Exchange, Sent, laid_out};
use crate::snap::timestamp::jakarta_text;

/// The document: a summary, and for each check what was sent, what was signed, and what came back.
pub fn page(report: &Report) -> String {
    let [passed, failed, skipped] = report.counts();
    let title = format!("nico check {}{}", report.url, report.base_path);
    document(
        "en",
        &title,
        &html! {
            h1 { "Conformance check" }
            table.facts {
                tr { th { "Endpoint" } td { (report.url) (report.base_path) "/v1.0" } }
                tr { th { "Client" } td { (report.client_id) } }
                tr { th { "Time" } td { (jakarta_text(report.begun_at)) " – " (jakarta_text(report.ended_at)) } }
                tr { th { "Tool" } td { "nico " (env!("CARGO_PKG_VERSION")) } }
                tr { th { "Result" } td { b { (passed) " passed, " (failed) " failed, " (skipped) " skipped" } } }
            }
            p {
            "Names, numbers, addresses, tokens and signatures in the evidence are masked; long bodies are cut, and say so. "
            "Lines for a shell hold the pay numbers that were given, for without them nothing is seen again."
        }
            h2 { "Summary" }
            table {
                thead { tr { th { "Check" } th { "Verdict" } th { "Rule" } } }
                tbody {
                    @for finding in &report.findings {
                        tr {
                            td { a href={ "#" (finding.check.id) } { (finding.check.id) } }
                            td { (badge(&finding.verdict)) }
                            td { (finding.check.rule) }
                        }
                    }
                }
            }
            h2 { "Evidence" }
            @for finding in &report.findings { (evidence_of(finding)) }
        },
    )
}

fn evidence_of(finding: &Finding) -> Markup {
    let check = finding.check;
    html! {
        section id=(check.id) {
            h3 { (check.id) " " (badge(&finding.verdict)) }
            p { (check.rule) @if let Some(number) = check.scenario { " (ASPI " (number) ")" } }
            p.source { "Source: " (check.source) }
            @if !finding.expected.is_empty() { p { "Expected: " code { (finding.expected) } } }
            @if let Some(reason) = finding.verdict.reason() { p.reason { (reason) } }
            @for exchange in &finding.evidence { (exchanged(exchange)) }
            @if let Some(snippet) = &finding.reproduce {
                p { "To see it again, in a shell:" }
                pre.shell { (snippet) }
            }
        }
    }
}

/// Request, string to sign and answer, one under the other.
pub(super) fn exchanged(exchange: &Exchange) -> Markup {
    html! {
        div.exchange {
            p.when {
                (jakarta_text(exchange.at)) " · " (exchange.name) " · " (exchange.elapsed_ms) " ms"
                @if !exchange.faults.is_empty() { " · " (exchange.faults.join(", ")) }
            }
            pre { (sent(&exchange.request)) }
            @if let Some(string_to_sign) = &exchange.string_to_sign { pre.signed { "string to sign: " (string_to_sign) } }
            @match &exchange.answer {
                Ok(answer) => pre.answer { (answered(answer)) },
                Err(trouble) => pre.answer { "(" (trouble) ")" },
            }
        }
    }
}

fn sent(request: &Sent) -> String {
    format!("{} {}\n{}\n{}", request.method, request.url, lines(&request.headers), request.body)
}

fn answered(answer: &Answer) -> String {
    format!("HTTP {}\n{}\n{}", answer.status, lines(&answer.headers), laid_out(&answer.body))
}

fn lines(headers: &[(String, String)]) -> String {
    headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}

pub(super) fn badge(verdict: &Verdict) -> Markup {
    html! { span class={ "badge " (verdict.word()) } { (verdict.word()) } }
}

/// A page that asks nobody for anything: no script, no font, no picture, and nothing may be loaded.
pub(super) fn document(language: &str, title: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang=(language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    }
    .into_string()
}

const STYLE: &str = "
:root { color-scheme: light; }
body { font: 15px/1.45 system-ui, sans-serif; color: #1c1c1c; background: #fff; max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2rem; } h3 { font-size: 1.05rem; margin: 1.5rem 0 .3rem; }
p { margin: .3rem 0; }
table { border-collapse: collapse; width: 100%; table-layout: auto; }
th, td { border: 1px solid #b9b9b9; padding: .3rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { overflow-wrap: normal; }
thead th { background: #eee; }
.results td:first-child, .results th:first-child { white-space: nowrap; overflow-wrap: normal; }
.facts th { width: 11rem; background: #f5f5f5; }
pre, code { font: 12.5px/1.4 ui-monospace, monospace; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .2rem 0; padding: .5rem; background: #f5f5f5; border-left: 4px solid #777; }
pre.signed { background: #fbf6e6; border-color: #b08900; } pre.answer { border-color: #1f5fa8; } pre.shell { background: #eef3ee; border-color: #2c6e2c; }
section { border-top: 1px solid #b9b9b9; }
.exchange { margin: .6rem 0; } .when, .source { color: #4a4a4a; font-size: .9em; }
.badge { display: inline-block; border: 1px solid; border-radius: .3rem; padding: 0 .4rem; font-weight: 600; font-size: .85em; }
.pass { color: #17601d; background: #e9f5ea; } .fail { color: #94130f; background: #fdeceb; } .skip { color: #4a4a4a; background: #f0f0f0; }
.reason { font-weight: 600; }
.second { color: #3d3d3d; font-style: italic; }
.sign { display: flex; gap: 3rem; margin-top: 2rem; } .sign div { flex: 1; } .sign .line { border-bottom: 1px solid #1c1c1c; height: 5rem; }
.fill { display: inline-block; min-width: 18rem; border-bottom: 1px solid #1c1c1c; }
@page { size: A4; margin: 15mm; }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; } pre, code { font-size: 8pt; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  h1, h2, h3, section > p, .when { break-after: avoid; } tr, .exchange pre, .sign, .facts { break-inside: avoid; }
  thead { display: table-header-group; } a { color: inherit; text-decoration: none; }
}
";
