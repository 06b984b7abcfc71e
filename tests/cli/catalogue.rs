//! `nico codes`: two ways to print one catalogue.

use std::collections::BTreeSet;

use crate::json_lines;
use crate::process::Folder;

#[test]
fn markdown_and_json_agree() {
    let folder = Folder::new();
    let markdown = folder.nico(&["codes"]).good();
    let mut lines = markdown.lines();
    assert_eq!(lines.next(), Some("| row | HTTP | token | cvs | message | source |"));
    assert_eq!(lines.next(), Some("|---|---|---|---|---|---|"));
    let mut from_markdown = BTreeSet::new();
    for line in lines {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let [row, http, token, cvs, message, source] = cells[..] else { panic!("{line}") };
        for (service, code) in [("access_token", token), ("cvs", cvs)] {
            if !code.is_empty() {
                from_markdown.insert([row, service, code, http, message, source].map(str::to_owned));
            }
        }
    }
    let mut from_json = BTreeSet::new();
    for line in json_lines(&folder.nico(&["codes", "--json"]).good()) {
        let text = |name: &str| line[name].as_str().unwrap_or_else(|| panic!("{name} in {line}")).to_owned();
        let code = text("responseCode");
        assert!(code.len() == 7 && code.starts_with(&line["http"].to_string()), "{line}");
        let http = line["http"].to_string();
        from_json.insert([text("row"), text("service"), code, http, text("responseMessage"), text("source")]);
    }
    assert_eq!(from_markdown, from_json);
    let has = |row: &str, service: &str, code: &str| {
        from_json.iter().any(|line| line[0] == row && line[1] == service && line[2] == code)
    };
    assert!(has("successful", "access_token", "2007300") && has("paid_bill", "cvs", "4040014"));
}
