//! What is printed to see an answer again is pasted into a shell, and the same answer comes.

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use nico::PayNo;
use nico::clock::SystemClock;
use nico::conformance::endpoint::{Given, Report};
use nico::simulator::caller::Caller;
use nico::simulator::exchange::Exchange;
use nico::simulator::fault::{FAULTS, Fault, plan};
use nico::simulator::journal::Journal;
use nico::simulator::plan::{Ask, Plan};
use nico::simulator::reproduce::{Files, Shell, snippet};
use nico::simulator::wire::Wire;
use rsa::pkcs8::{EncodePrivateKey, LineEnding};
use tempfile::TempDir;

use crate::broken::{Broken, CLIENT, Defect, OTHER_CLIENT, PAYABLE, SECRET};
use crate::caller::{keys, private};
use crate::checked::{LIMITS, checked, given, given_symmetric};
use crate::ours;

/// The files that a shell needs.
fn files(folder: &TempDir) -> Files {
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let pem = |client_id| private(client_id).to_pkcs8_pem(LineEnding::LF).unwrap().to_string();
    Files {
        private_key: write("nicepay's.pem", &pem(CLIENT)),
        client_secret: Some(write("secret.txt", &format!("{SECRET}\n"))),
        other_private_key: Some(write("other.pem", &pem(OTHER_CLIENT))),
        expired_token: Some(write("token.txt", "a-token-that-was-good-once\n")),
    }
}

/// The last code that a shell is answered.
fn code(snippet: &str) -> String {
    let ran = Command::new("sh").args(["-eu", "-c", snippet]).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    let code = said.rsplit_once("\"responseCode\":\"").map(|(_, rest)| rest.chars().take(7).collect());
    code.unwrap_or_else(|| format!("no code: {said}{}\n{snippet}", String::from_utf8_lossy(&ran.stderr)))
}

/// What can go wrong with one call and be told by its code.
fn faults() -> impl Iterator<Item = Fault> {
    // What is about the delivery has no code of its own.
    let told = FAULTS.iter().filter(|(word, ..)| !["dropped", "delayed", "out-of-order"].contains(word));
    told.map(|(word, takes, _)| {
        let argument = match *takes {
            "HEADER" => "=X-SIGNATURE",
            "FIELD" => "=customerNo",
            "FIELD:TEXT" => "=mitraCd:it's",
            _ => "",
        };
        format!("{word}{argument}").parse().unwrap()
    })
}

async fn every_fault_by_shell(given: Given, mut files: Files) {
    let asks = [Ask::Token, Ask::inquiry(&PayNo::parse(PAYABLE[0]).unwrap(), "ALMA")];
    let target = given.target;
    files.client_secret = files.client_secret.filter(|_| target.own.secret.is_some());
    let shell = Shell {
        url: target.url.clone(),
        base_path: target.base_path.clone(),
        client_id: target.own.client_id.clone(),
        other_client_id: target.other.as_ref().map(|other| other.client_id.clone()),
        files,
    };
    let wire = Wire::new(Duration::from_secs(10)).unwrap();
    let caller = Caller::new(wire, Arc::new(SystemClock), Arc::new(Journal::default()), target);
    let mut compared = 0;
    for ask in asks {
        for fault in faults() {
            let before = if ask == Ask::Token { vec![] } else { vec![Fault::LetteredExternalId] };
            let Ok(faulty) = plan(&ask, std::slice::from_ref(&fault)) else { continue };
            let plans: [(Plan, usize); 2] = [(plan(&ask, &before).unwrap(), 1), (faulty, 1)];
            let first = caller.ask(&ask, &before).await.unwrap();
            assert!(first[0].code().is_some_and(|code| code.starts_with("200")), "{first:?}");
            let told = caller.ask(&ask, std::slice::from_ref(&fault)).await.unwrap();
            let told = told.last().and_then(Exchange::code).unwrap_or_default();
            let text = snippet(&shell, &plans, false);
            let by_shell = tokio::task::spawn_blocking(move || code(&text)).await.unwrap();
            assert_eq!(by_shell, told, "{} with {fault}", ask.endpoint().name());
            compared += 1;
        }
    }
    assert!(compared > 60, "{compared}");
}

#[tokio::test]
async fn every_fault_is_answered_by_shell_as_it_was() {
    let (folder, url) = (tempfile::tempdir().unwrap(), format!("http://{}", ours::serve().0));
    drop(checked(given("http://127.0.0.1:1"), LIMITS).await);
    every_fault_by_shell(given(&url), files(&folder)).await;
}

#[tokio::test]
async fn every_fault_of_a_client_with_a_secret_is_answered_by_shell_as_it_was() {
    let (folder, url) = (tempfile::tempdir().unwrap(), format!("http://{}", ours::serve().0));
    drop(checked(given("http://127.0.0.1:1"), LIMITS).await);
    every_fault_by_shell(given_symmetric(&url), files(&folder)).await;
}

/// What a report prints of a check.
fn printed(report: &Report, id: &str) -> String {
    report.findings.iter().find(|finding| finding.check.id == id).unwrap().reproduce.clone().unwrap()
}

#[tokio::test]
async fn what_a_report_prints_shows_the_failure_again() {
    let folder = tempfile::tempdir().unwrap();
    // The number is paid by the end of a run: what gets past the gate hears of that.
    for (defect, id, told) in [
        (Defect::UnknownAs11, "inquiry.unknown-number", "4040011"),
        (Defect::StaleAccepted, "time.stale", "4040014"),
        (Defect::ReplayAccepted, "replay.same-id", "4040014"),
        (Defect::ReplayAccepted, "replay.race", "4040014"),
        (Defect::GrantTypeUnread, "token.grant-type", "2007300"),
        (Defect::StatusAlways200, "answer.status-line", "4040012"),
        (Defect::InconsistentPaymentAccepted, "payment.inconsistent", "2000000"),
    ] {
        let server = Broken::start(Some(defect), &keys());
        let files = Files { client_secret: None, ..files(&folder) };
        let report = checked(Given { files, ..given(&server.url) }, LIMITS).await;
        let text = printed(&report, id);
        let by_shell = tokio::task::spawn_blocking(move || code(&text)).await.unwrap();
        assert_eq!(by_shell, told, "{id}");
    }
}
