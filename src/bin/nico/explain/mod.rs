//! `nico explain`: why a signature is refused, in one sentence.

mod report;
mod sent;

use std::path::{Path, PathBuf};

use clap::Args;
use nico::snap::diagnosis::{Known, Scheme, diagnose};
use nico::{PublicKey, Secret};

use crate::config::{Config, Signature};
use crate::failure::{Failure, Outcome};
use crate::keys::{client_secret, read_public, read_secret};
use report::Report;
use sent::{Sent, SentArgs, read_text};

#[derive(Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    sent: SentArgs,
    /// A log of nico serve in which it explains a refused signature; the last such line counts. - is standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = SentArgs::NAMES)]
    log_entry: Option<PathBuf>,
    /// A public key of the caller; several may be named. Where keys are named, those of the configuration count only
    /// if it is named as well.
    #[arg(long, value_name = "FILE", conflicts_with = "log_entry")]
    public_key: Vec<PathBuf>,
    /// The client secret. Named without a public key, it says that HMAC-SHA512 is due.
    #[arg(long, value_name = "FILE", conflicts_with = "log_entry")]
    secret_file: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Explains; `config` is asked for where no key is named, or where the configuration is.
pub(crate) fn explain(load: impl FnOnce() -> Outcome<Config>, is_named: bool, args: &Explain) -> Outcome {
    let report = match &args.log_entry {
        Some(file) => Report::of_entry(report::entry(&read_text(file)?)?),
        None => {
            let sent = Sent::read(&args.sent)?;
            let keys_named = !args.public_key.is_empty() || args.secret_file.is_some();
            let config = if is_named || !keys_named { Some(load()?) } else { None };
            of_request(&sent, config.as_ref(), args)?
        }
    };
    report.show(args.json)?;
    // The report has the sentence; here it is what the command fails with.
    if report.is_explained() { Ok(()) } else { Err(Failure::new(report.reason)) }
}

fn of_request(sent: &Sent, config: Option<&Config>, args: &Explain) -> Outcome<Report> {
    let request = sent.request();
    let (client_id, _) = request.client_ids();
    let keys = keys(config, client_id, &args.public_key)?;
    let secrets = secrets(config, client_id, args.secret_file.as_deref())?;
    let due = if request.is_token_call() { Scheme::Asymmetric } else { scheme(config, client_id, args) };
    if due == Scheme::Symmetric && request.path.is_empty() {
        return Err(Failure::new("the path is part of what is signed here: give it with --path"));
    }
    let key_refs: Vec<_> = keys.iter().map(|(id, key)| (id.as_str(), key)).collect();
    let secret_refs: Vec<_> = secrets.iter().map(|(id, secret)| (id.as_str(), secret)).collect();
    let diagnosis = diagnose(&request, due, &Known { keys: &key_refs, secrets: &secret_refs });
    Ok(Report::of(&diagnosis, sent))
}

/// What a client signs with: as it is configured, else as the keys that were named suggest.
fn scheme(config: Option<&Config>, client_id: &str, args: &Explain) -> Scheme {
    let client = config.and_then(|config| config.settings.clients.iter().find(|client| client.id == client_id));
    match client.map(|client| client.signature) {
        Some(Signature::Symmetric) => Scheme::Symmetric,
        Some(Signature::Asymmetric) => Scheme::Asymmetric,
        None if args.public_key.is_empty() && args.secret_file.is_some() => Scheme::Symmetric,
        None => Scheme::Asymmetric,
    }
}

fn keys(config: Option<&Config>, client_id: &str, files: &[PathBuf]) -> Outcome<Vec<(String, PublicKey)>> {
    // Nothing is let in here, so a short key does no harm.
    let named = files.iter().map(|file| Ok((client_id.to_owned(), read_public(file, true)?)));
    let configured = config.into_iter().flat_map(|config| {
        let of = move |id: &str, file: &String| Ok((id.to_owned(), read_public(&config.path(file), true)?));
        let clients = config.settings.clients.iter();
        clients.flat_map(move |client| client.public_keys.iter().map(move |file| of(&client.id, file)))
    });
    named.chain(configured).collect()
}

fn secrets(config: Option<&Config>, client_id: &str, file: Option<&Path>) -> Outcome<Vec<(String, Secret)>> {
    let mut secrets = Vec::new();
    if let Some(file) = file {
        secrets.push((client_id.to_owned(), read_secret(file)?));
    }
    for (config, client) in
        config.into_iter().flat_map(|config| config.settings.clients.iter().map(move |c| (config, c)))
    {
        secrets.extend(client_secret(config, client)?.map(|secret| (client.id.clone(), secret)));
    }
    Ok(secrets)
}
