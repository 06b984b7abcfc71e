//! The report for people at a terminal.

use std::fmt::Write;

use super::finding::{Report, Verdict};

/// One line for each check, more for each that failed, and the count.
pub fn text(report: &Report) -> String {
    let mut text = String::new();
    let width = report.findings.iter().map(|finding| finding.check.id.len()).max().unwrap_or(0);
    for finding in &report.findings {
        let (check, word) = (finding.check, finding.verdict.word());
        let said = finding.verdict.reason().unwrap_or(check.rule);
        line(&mut text, &format!("{word}  {:<width$}  {said}", check.id));
    }
    for finding in report.findings.iter().filter(|finding| matches!(finding.verdict, Verdict::Fail(_))) {
        let check = finding.check;
        line(&mut text, &format!("\nFAIL  {}\n  must:    {}", check.id, check.rule));
        line(&mut text, &format!("  is:      {}", finding.verdict.reason().unwrap_or_default()));
        line(&mut text, &format!("  source:  {}", check.source));
        if let Some(snippet) = &finding.reproduce {
            line(&mut text, "  to see it again, paste this into a shell:\n");
            snippet.lines().for_each(|command| line(&mut text, format!("    {command}").trim_end()));
        }
    }
    let [passed, failed, skipped] = report.counts();
    line(&mut text, &format!("\n{passed} passed, {failed} failed, {skipped} skipped"));
    text
}

fn line(text: &mut String, said: &str) {
    writeln!(text, "{said}").expect("BUG: a String takes every line");
}
