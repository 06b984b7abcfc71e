//! `nico check`: holds any merchant's endpoint to SNAP and to NICEPAY's pages. It reads no nico.toml.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use nico::clock::SystemClock;
use nico::conformance::endpoint::berita_acara::berita_acara;
use nico::conformance::endpoint::json::json;
use nico::conformance::endpoint::junit::junit;
use nico::conformance::endpoint::page::page;
use nico::conformance::endpoint::text::text;
use nico::conformance::endpoint::{self, Given, Limits, Report, table};
use nico::simulator::caller::{Identity, Target};
use nico::simulator::exchange::Trouble;
use nico::simulator::merchant::Merchant;
use nico::simulator::reproduce::Files;
use nico::simulator::wire::destination;
use nico::{ClientId, MitraCd, PayNo, Secret};
use serde::Deserialize;

use crate::failure::{Failure, Outcome};
use crate::keys::{read_private, read_token, unreadable};

#[derive(Args)]
pub(crate) struct CheckArgs {
    /// The endpoint: what stands before the base path, as https://pay.shop.example
    url: Option<String>,
    #[command(flatten)]
    subject: Subject,
    /// What would stand behind these options, from a file: client_id = "IONPAYTEST", pay_no = ["701589101110"], …
    #[arg(long = "subject", value_name = "FILE.toml")]
    subject_file: Option<PathBuf>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
    /// Write a report for a CI as well.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write a page with the evidence of each check as well.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the record of the functional test as well, to print, sign and hand in.
    #[arg(long, value_name = "FILE")]
    berita_acara: Option<PathBuf>,
}

/// Whom to check, as whom, and with which numbers. Each can stand in a file as well.
#[derive(Args, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Subject {
    /// In a file only.
    #[arg(skip)]
    url: Option<String>,
    /// X-CLIENT-KEY and X-PARTNER-ID.
    #[arg(long)]
    client_id: Option<String>,
    /// The private key to sign with, whose public key the endpoint has.
    #[arg(long, value_name = "FILE")]
    private_key: Option<PathBuf>,
    /// The client's secret, where it signs transactions with one (symmetric).
    #[arg(long, value_name = "FILE")]
    client_secret: Option<PathBuf>,
    /// A number that waits for its money: it is paid in the end. A second and a third allow for two more checks.
    #[arg(long, value_name = "N")]
    pay_no: Vec<String>,
    /// A number that is paid.
    #[arg(long, value_name = "N")]
    paid_pay_no: Option<String>,
    /// A number that has expired.
    #[arg(long, value_name = "N")]
    expired_pay_no: Option<String>,
    /// What stands before /v1.0 [default: /api]
    #[arg(long)]
    base_path: Option<String>,
    /// The chain of stores that calls [default: ALMA]
    #[arg(long)]
    mitra_cd: Option<String>,
    /// A second client of the endpoint's.
    #[arg(long)]
    other_client_id: Option<String>,
    /// The private key of that client.
    #[arg(long, value_name = "FILE")]
    other_private_key: Option<PathBuf>,
    /// A token of the endpoint's that has expired.
    #[arg(long, value_name = "FILE")]
    expired_token: Option<PathBuf>,
}

pub(crate) async fn check(args: CheckArgs) -> Outcome {
    let given = given(&args).map_err(Failure::cannot_run)?;
    // Before anything is paid: a run that nobody can read the report of cannot be made again with the same numbers.
    open_files(&args).map_err(Failure::cannot_run)?;
    let (all, mut done) = (table().count(), 0);
    let mut progress = |check: &endpoint::Check, verdict: &endpoint::Verdict| {
        done += 1;
        // Whether anybody looks on is no matter of the check's.
        let _ = writeln!(io::stderr(), "[{done}/{all}] {}  {}", verdict.word(), check.id);
    };
    let report = endpoint::check(given, Limits::default(), Arc::new(SystemClock), &mut progress).await;
    let report = report.map_err(|error| Failure::CannotRun(format!("no HTTP client can be made: {error}")))?;
    let said = if args.json { format!("{}\n", json(&report)) } else { text(&report) };
    let shown = io::stdout().lock().write_all(said.as_bytes());
    write_files(&args, &report).map_err(Failure::cannot_run)?;
    if report.is_clean() { Ok(shown?) } else { Err(Failure::Told) }
}

/// Whether the reports can be written; what stands in their files stays until they are.
fn open_files(args: &CheckArgs) -> Outcome {
    for file in [&args.junit, &args.html, &args.berita_acara].into_iter().flatten() {
        let opened = OpenOptions::new().append(true).create(true).open(file);
        opened.map_err(|error| unwritable(file, &error))?;
    }
    Ok(())
}

fn write_files(args: &CheckArgs, report: &Report) -> Outcome {
    let files = [(&args.junit, junit as fn(&Report) -> String), (&args.html, page), (&args.berita_acara, berita_acara)];
    for (file, written) in files {
        if let Some(file) = file {
            std::fs::write(file, written(report)).map_err(|error| unwritable(file, &error))?;
        }
    }
    Ok(())
}

/// All that was given, read and found usable.
fn given(args: &CheckArgs) -> Outcome<Given> {
    let file = args.subject_file.as_deref().map(read_subject).transpose()?.unwrap_or_default();
    let said = &args.subject;
    let text = |said: &Option<String>, written: &Option<String>| said.clone().or_else(|| written.clone());
    let path = |said: &Option<PathBuf>, written: &Option<PathBuf>| said.clone().or_else(|| written.clone());
    let need = |what: Option<String>, how: &str| what.ok_or_else(|| Failure::new(format!("{how}: nico check --help")));
    let url = endpoint_url(&need(text(&args.url, &file.url), "give the endpoint's URL, as https://pay.shop.example")?)?;
    let client_id = need(text(&said.client_id, &file.client_id), "give --client-id, as whom it is called")?;
    let key = path(&said.private_key, &file.private_key);
    let key = key.ok_or_else(|| Failure::new("give --private-key, the key of that client: nico check --help"))?;
    let secret = path(&said.client_secret, &file.client_secret);
    let other_key = path(&said.other_private_key, &file.other_private_key);
    let expired_token = path(&said.expired_token, &file.expired_token);
    let shown = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let pay_nos = if said.pay_no.is_empty() { &file.pay_no } else { &said.pay_no };
    let given = Given {
        files: Files {
            private_key: key.display().to_string(),
            client_secret: shown(&secret),
            other_private_key: shown(&other_key),
            expired_token: shown(&expired_token),
        },
        target: Target {
            url,
            base_path: base_path(text(&said.base_path, &file.base_path))?,
            own: identity(client_id, &key, secret.as_deref())?,
            other: other(text(&said.other_client_id, &file.other_client_id), other_key)?,
            merchant: Arc::new(Merchant::sandbox()),
            expired_token: expired_token.as_deref().map(read_token).transpose()?,
        },
        mitra_cd: mitra_cd(text(&said.mitra_cd, &file.mitra_cd))?,
        pay_nos: pay_nos.iter().map(|number| pay_no(number)).collect::<Outcome<_>>()?,
        paid_pay_no: text(&said.paid_pay_no, &file.paid_pay_no).as_deref().map(pay_no).transpose()?,
        expired_pay_no: text(&said.expired_pay_no, &file.expired_pay_no).as_deref().map(pay_no).transpose()?,
    };
    given.is_sound().map_err(|wanting| Failure::new(wanting.to_string()))?;
    Ok(given)
}

/// Paths in the file count from its folder.
fn read_subject(file: &Path) -> Outcome<Subject> {
    let failed = |why: String| Failure::new(format!("{} cannot be used: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
    let first_line = |error: toml::de::Error| failed(error.message().lines().next().unwrap_or_default().to_owned());
    let mut subject: Subject = toml::from_str(&text).map_err(first_line)?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let Subject { private_key, client_secret, other_private_key, expired_token, .. } = &mut subject;
    for path in [private_key, client_secret, other_private_key, expired_token].into_iter().flatten() {
        *path = folder.join(&*path);
    }
    Ok(subject)
}

fn endpoint_url(text: &str) -> Outcome<String> {
    let url = destination(text).map_err(|trouble| {
        if trouble == Trouble::RealNicepay {
            return Failure::new(format!("{text} is not checked: {trouble}"));
        }
        Failure::new("the URL must begin with http:// or https:// and a host, as https://pay.shop.example does")
    })?;
    if url.path() != "/" || url.query().is_some() || !url.username().is_empty() {
        return Err(Failure::new(
            "the URL is scheme, host and port alone: what stands before /v1.0 goes into --base-path",
        ));
    }
    Ok(url.origin().ascii_serialization())
}

fn base_path(text: Option<String>) -> Outcome<String> {
    let path = text.unwrap_or_else(|| "/api".to_owned());
    let path = path.trim_end_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._~-".contains(c);
    if (path.is_empty() || path.starts_with('/')) && path.chars().all(plain) {
        return Ok(path.to_owned());
    }
    Err(Failure::new("--base-path begins with a slash and has letters, digits and slashes, as /api does"))
}

fn identity(client_id: String, key: &Path, secret: Option<&Path>) -> Outcome<Identity> {
    ClientId::parse(&client_id).map_err(|error| Failure::new(format!("--client-id cannot be used: {error}")))?;
    let secret = secret.map(|file| {
        let bytes = std::fs::read(file).map_err(|error| unreadable(file, &error))?;
        let secret = Secret::from_file_bytes(bytes);
        if secret.expose().is_empty() { Err(Failure::new(format!("{} is empty", file.display()))) } else { Ok(secret) }
    });
    Ok(Identity { private_key: read_private(key)?, secret: secret.transpose()?, client_id })
}

fn other(client_id: Option<String>, key: Option<PathBuf>) -> Outcome<Option<Identity>> {
    match (client_id, key) {
        (Some(client_id), Some(key)) => identity(client_id, &key, None).map(Some),
        (None, None) => Ok(None),
        (Some(_), None) | (None, Some(_)) => {
            Err(Failure::new("--other-client-id and --other-private-key go together: give both or neither"))
        }
    }
}

fn mitra_cd(text: Option<String>) -> Outcome<String> {
    let text = text.unwrap_or_else(|| "ALMA".to_owned());
    MitraCd::parse(&text).map_err(|error| Failure::new(format!("--mitra-cd cannot be used: {error}")))?;
    Ok(text)
}

fn pay_no(text: &str) -> Outcome<PayNo> {
    PayNo::parse(text)
        .map_err(|_| Failure::new("a pay number has 2 to 12 digits and nothing else, as 701589101110 has"))
}

fn unwritable(file: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("{} cannot be written ({error}): name a file in a folder that can be written", file.display()))
}
