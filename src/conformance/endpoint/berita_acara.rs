//! The Berita Acara: the record of the functional test that a merchant hands in, in Bahasa Indonesia and English.

use maud::{Markup, html};

use super::finding::{Finding, Report, Verdict};
use super::page::{document, exchanged};
use crate::snap::timestamp::{JAKARTA, jakarta_text};

/// The document: the parties, every scenario with its verdict (ASPI's first), request and answer of each, signatures.
pub fn berita_acara(report: &Report) -> String {
    let findings = in_order(report);
    document(
        "id",
        "Berita Acara Uji Fungsional / Record of Functional Test",
        &html! {
            h1 { "BERITA ACARA UJI FUNGSIONAL" br; span.second { "RECORD OF FUNCTIONAL TEST" } }
            p { "API NICEPAY Inquiry Convenience Store (NICO) – SNAP" }
            (parties(report))
            (summary(report))
            h2 { "Hasil pengujian" span.second { " / Results" } }
            (results(&findings))
            (signatures())
            h2 { "Lampiran: permintaan dan jawaban" span.second { " / Annex: requests and responses" } }
            p {
                "Data pribadi, token, dan tanda tangan disamarkan."
                span.second { " Personal data, tokens and signatures are masked." }
            }
            @for finding in &findings { (annex(finding)) }
        },
    )
}

/// ASPI's scenarios by their numbers, then the rest as it was asked.
fn in_order(report: &Report) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    let number = |finding: &Finding| finding.check.scenario.and_then(|number| number.split_once('.')?.1.parse().ok());
    findings.sort_by_key(|finding| number(finding).unwrap_or(u32::MAX));
    findings
}

fn parties(report: &Report) -> Markup {
    let day = report.begun_at.with_timezone(&JAKARTA).format("%d-%m-%Y");
    html! {
        table.facts {
            (fact("Tanggal", "Date", &day.to_string()))
            (fact("Waktu (WIB)", "Time (Jakarta)", &format!("{} – {}", jakarta_text(report.begun_at), jakarta_text(report.ended_at))))
            (fact("Alamat yang diuji", "Endpoint under test", &format!("{}{}/v1.0", report.url, report.base_path)))
            (fact("Client ID", "Client ID", &report.client_id))
            (fact("Alat uji", "Tool", &format!("nico {} (nico check)", env!("CARGO_PKG_VERSION"))))
            tr { th { "Merchant" } td { span.fill { "\u{a0}" } } }
            tr { th { "NICEPAY" } td { span.fill { "\u{a0}" } } }
        }
    }
}

fn fact(indonesian: &str, english: &str, value: &str) -> Markup {
    html! {
        tr { th { (indonesian) @if indonesian != english { br; span.second { (english) } } } td { (value) } }
    }
}

fn summary(report: &Report) -> Markup {
    let [passed, failed, skipped] = report.counts();
    let (hasil, result) = match (failed, skipped) {
        (0, 0) => ("Semua skenario berhasil.", "All scenarios passed."),
        (0, _) => ("Semua skenario yang diuji berhasil.", "All scenarios that were tested passed."),
        _ => ("Ada skenario yang gagal.", "Some scenarios failed."),
    };
    html! {
        h2 { "Ringkasan" span.second { " / Summary" } }
        table {
            thead { tr {
                th { "Berhasil" br; span.second { "Passed" } }
                th { "Gagal" br; span.second { "Failed" } }
                th { "Tidak diuji" br; span.second { "Not tested" } }
            } }
            tbody { tr { td { (passed) } td { (failed) } td { (skipped) } } }
        }
        p { b { (hasil) } " " span.second { (result) } }
    }
}

fn results(findings: &[&Finding]) -> Markup {
    html! {
        table.results {
            thead { tr {
                th { "No." }
                th { "Skenario" br; span.second { "Scenario" } }
                th { "Diharapkan" br; span.second { "Expected" } }
                th { "Jawaban" br; span.second { "Response" } }
                th { "Hasil" br; span.second { "Verdict" } }
            } }
            tbody {
                @for (place, finding) in findings.iter().enumerate() {
                    tr {
                        td { @match finding.check.scenario { Some(number) => (number), None => { (place + 1) } } }
                        td { (finding.check.aturan) br; span.second { (finding.check.rule) } br; code { (finding.check.id) } }
                        td { (finding.expected) }
                        td { (answers(finding)) }
                        td { (verdict(&finding.verdict)) @if let Some(why) = finding.verdict.reason() { br; (why) } }
                    }
                }
            }
        }
    }
}

/// The codes that came, each once.
fn answers(finding: &Finding) -> String {
    let told = finding.evidence.iter().map(|exchange| match &exchange.answer {
        Ok(answer) => exchange.code().unwrap_or_else(|| format!("HTTP {}", answer.status)),
        Err(trouble) => trouble.to_string(),
    });
    let mut codes: Vec<String> = told.collect();
    codes.dedup();
    codes.join(", ")
}

fn verdict(verdict: &Verdict) -> Markup {
    let (hasil, result) = match verdict {
        Verdict::Pass => ("Berhasil", "Passed"),
        Verdict::Fail(_) => ("Gagal", "Failed"),
        Verdict::Skip(_) => ("Tidak diuji", "Not tested"),
    };
    html! { span class={ "badge " (verdict.word()) } { (hasil) } " " span.second { (result) } }
}

fn signatures() -> Markup {
    html! {
        div.sign {
            @for party in ["Merchant", "NICEPAY"] {
                div {
                    p { b { (party) } }
                    div.line {}
                    p { "Nama, jabatan, tanggal" br; span.second { "Name, position, date" } }
                }
            }
        }
    }
}

fn annex(finding: &Finding) -> Markup {
    html! {
        section {
            h3 { @if let Some(number) = finding.check.scenario { (number) " " } (finding.check.id) " " (verdict(&finding.verdict)) }
            p { (finding.check.aturan) br; span.second { (finding.check.rule) } }
            @for exchange in &finding.evidence { (exchanged(exchange)) }
        }
    }
}
