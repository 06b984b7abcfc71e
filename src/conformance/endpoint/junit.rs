//! The report for a CI: JUnit's XML, one test case for each check.

use std::fmt::Write;

use super::finding::{Finding, Report, Verdict};

/// The document.
pub fn junit(report: &Report) -> String {
    let [_, failed, skipped] = report.counts();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let seconds = (report.ended_at - report.begun_at).as_seconds_f64();
    let attributes = [
        ("name", format!("nico check {}{}", report.url, report.base_path)),
        ("tests", report.findings.len().to_string()),
        ("failures", failed.to_string()),
        ("errors", "0".to_owned()),
        ("skipped", skipped.to_string()),
        ("timestamp", report.begun_at.format("%Y-%m-%dT%H:%M:%S").to_string()),
        ("time", format!("{seconds:.3}")),
    ];
    put(&mut xml, &format!("<testsuite{}>\n", written(&attributes)));
    report.findings.iter().for_each(|finding| case(&mut xml, finding));
    xml + "</testsuite>\n"
}

fn case(xml: &mut String, finding: &Finding) {
    let check = finding.check;
    let group = check.id.split('.').next().unwrap_or(check.id);
    let milliseconds: u64 = finding.evidence.iter().map(|exchange| exchange.elapsed_ms).sum();
    let attributes = [
        ("classname", format!("nico.check.{group}")),
        ("name", check.id.to_owned()),
        ("time", format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)),
    ];
    put(xml, &format!("  <testcase{}>", written(&attributes)));
    match &finding.verdict {
        Verdict::Pass => {}
        Verdict::Skip(reason) => put(xml, &format!("<skipped{}/>", written(&[("message", reason.clone())]))),
        Verdict::Fail(reason) => {
            let more = finding.reproduce.as_deref().unwrap_or_default();
            let text = escaped(&format!("{}\n{}\n\n{more}", check.rule, check.source));
            put(xml, &format!("<failure{}>{text}</failure>", written(&[("message", reason.clone())])));
        }
    }
    put(xml, "</testcase>\n");
}

fn put(xml: &mut String, text: &str) {
    xml.write_str(text).expect("BUG: a String takes every text");
}

fn written(attributes: &[(&str, String)]) -> String {
    attributes.iter().map(|(name, value)| format!(" {name}=\"{}\"", escaped(value))).collect()
}

/// Text as XML 1.0 can hold it: what it cannot name is shown as a question mark.
fn escaped(text: &str) -> String {
    let one = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\n' | '\t' => format!("&#{};", u32::from(c)),
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => "?".to_owned(),
        _ => c.to_string(),
    };
    text.chars().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(escaped("a<b>&\"c\"\n\u{1b}]"), "a&lt;b&gt;&amp;&quot;c&quot;&#10;?]");
    }
}
