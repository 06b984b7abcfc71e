//! The report for programs.

use serde_json::{Value, json};

use super::finding::{Finding, Report};

/// `{"checks":[{"id","rule","source","verdict","reason"…}],"passed","failed","skipped"}`
pub fn json(report: &Report) -> Value {
    let [passed, failed, skipped] = report.counts();
    let checks: Vec<Value> = report.findings.iter().map(finding).collect();
    json!({
        "url": report.url, "basePath": report.base_path, "clientId": report.client_id,
        "begunAt": report.begun_at, "endedAt": report.ended_at, "version": env!("CARGO_PKG_VERSION"),
        "checks": checks, "passed": passed, "failed": failed, "skipped": skipped,
    })
}

fn finding(finding: &Finding) -> Value {
    let check = finding.check;
    json!({
        "id": check.id, "rule": check.rule, "source": check.source, "scenario": check.scenario,
        "verdict": finding.verdict.word(), "reason": finding.verdict.reason(), "expected": finding.expected,
        "evidence": finding.evidence, "reproduce": finding.reproduce,
    })
}
