//! The files of keys: reading those of a configuration, making those of the sandbox.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use clap::Args;
use nico::clock::{Clock, SystemClock};
use nico::cvs::merchant_token::MerchantKey;
use nico::merchant_api::ApiKey;
use nico::snap::encoding::base64;
use nico::snap::key::{MIN_BITS, PrivateKey};
use nico::webhook::SigningSecret;
use nico::{Client, ClientId, Credentials, PublicKey, Secret, TokenKey, TokenKeys};
use rsa::rand_core::{OsRng, RngCore};

use crate::config::{ClientSettings, Config, Signature};
use crate::failure::{Failure, Outcome};

/// The private half of the sandbox's key: it plays NICEPAY.
pub(crate) const SANDBOX_PRIVATE: &str = "sandbox-private.pem";
const SANDBOX_PUBLIC: &str = "sandbox-public.pem";
const TOKEN_KEY: &str = "token.key";

#[derive(Args)]
pub(crate) struct Keygen {
    /// The folder to make them in.
    #[arg(default_value = "keys")]
    folder: PathBuf,
}

/// Makes the keys that are missing and says which.
pub(crate) fn keygen(args: &Keygen) -> Outcome {
    let mut out = io::stdout().lock();
    let made = make_missing(&args.folder)?;
    for path in &made {
        writeln!(out, "made {}", path.display())?;
    }
    if made.is_empty() {
        writeln!(out, "{} holds all keys already; none is ever overwritten", args.folder.display())?;
    }
    let public = read_public(&args.folder.join(SANDBOX_PUBLIC), false)?;
    writeln!(out, "the sandbox's key has {} bits, {}", public.bits(), public.fingerprint())?;
    Ok(())
}

/// A token key, and a key pair to play NICEPAY with. What is there stays.
pub(crate) fn make_missing(folder: &Path) -> Outcome<Vec<PathBuf>> {
    std::fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
    let (token, private, public) = (folder.join(TOKEN_KEY), folder.join(SANDBOX_PRIVATE), folder.join(SANDBOX_PUBLIC));
    let mut made = Vec::new();
    if !token.exists() {
        let mut bytes = [0; 48];
        OsRng.fill_bytes(&mut bytes);
        write_new(&token, &format!("{}\n", base64(&bytes)))?;
        made.push(token);
    }
    if !private.exists() {
        if public.exists() {
            let (public, private) = (public.display(), private.display());
            return Err(Failure::new(format!(
                "{public} is there without {private}: move it away, and both are made anew"
            )));
        }
        let pair =
            PrivateKey::generate(MIN_BITS).map_err(|error| Failure::new(format!("no key can be made: {error}")))?;
        write_new(&private, &pair.to_pem())?;
        made.push(private.clone());
    }
    if !public.exists() {
        write_new(&public, &read_private(&private)?.public().map_err(key_failed(&private))?.to_pem())?;
        made.push(public);
    }
    Ok(made)
}

/// Written for this user alone, and never over another.
fn write_new(path: &Path, text: &str) -> Outcome {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("{} cannot be written ({error}): run nico where it may write", path.display()))
}

fn key_failed<E: std::fmt::Display>(path: &Path) -> impl FnOnce(E) -> Failure {
    move |error| Failure::new(format!("{}: {error}", path.display()))
}

/// A private key, to play NICEPAY with.
pub(crate) fn read_private(path: &Path) -> Outcome<PrivateKey> {
    PrivateKey::read(path).map_err(key_failed(path))
}

/// A public key; with `sandbox`, also one that is too short for money.
pub(crate) fn read_public(path: &Path, sandbox: bool) -> Outcome<PublicKey> {
    let key = if sandbox { PublicKey::read_sandbox(path) } else { PublicKey::read(path) };
    key.map_err(key_failed(path))
}

fn read_file(path: &Path, what: &str) -> Outcome<Secret> {
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::new(format!("{} cannot be read ({error}): {what}", path.display())))?;
    Ok(Secret::from_file_bytes(bytes))
}

/// All that a configuration says of keys, read; and what a person should be told of it.
pub(crate) struct Keys {
    pub(crate) credentials: Credentials,
    pub(crate) lines: Vec<String>,
    pub(crate) warnings: Vec<String>,
}

impl Keys {
    pub(crate) fn read(config: &Config) -> Outcome<Self> {
        let mut token_keys = Vec::new();
        for file in &config.settings.token.key_files {
            let path = config.path(file);
            let key = TokenKey::read(&path);
            token_keys.push(
                key.map_err(|error| Failure::new(format!("{}: {error}: make one with nico keygen", path.display())))?,
            );
        }
        let mut token_keys = token_keys.into_iter();
        let first = token_keys.next().expect("BUG: the configuration names at least one token key");
        let token_keys = TokenKeys::new(first, token_keys.collect());
        let (mut clients, mut lines, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
        for client in &config.settings.clients {
            clients.push(read_client(config, client, &mut lines, &mut warnings)?);
        }
        Ok(Self { credentials: Credentials::new(token_keys, clients), lines, warnings })
    }
}

fn read_client(
    config: &Config,
    client: &ClientSettings,
    lines: &mut Vec<String>,
    warnings: &mut Vec<String>,
) -> Outcome<Client> {
    let id = ClientId::parse(&client.id).map_err(|error| Failure::new(error.to_string()))?;
    let mut read: Option<Client> = None;
    for file in &client.public_keys {
        let path = config.path(file);
        let key = read_public(&path, config.is_sandbox())?;
        let scheme = if client.signature == Signature::Symmetric { "symmetric" } else { "asymmetric" };
        lines.push(format!(
            "client {}, {scheme}, key {} of {} bits, {}",
            client.id,
            path.display(),
            key.bits(),
            key.fingerprint()
        ));
        if key.bits() < MIN_BITS {
            warnings.push(format!("{} has only {} bits: never use it for money", path.display(), key.bits()));
        }
        read = Some(match read {
            None => Client::new(id.clone(), key),
            Some(earlier) => earlier.or(key),
        });
    }
    let read = read.expect("BUG: the configuration names at least one key of each client");
    match client_secret(config, client)? {
        Some(secret) => Ok(read.symmetric(secret)),
        None => Ok(read),
    }
}

/// A token that this configuration's server made, as it were, an hour ago; `None` where its key is not here.
pub(crate) fn expired_token(config: &Config, client_id: &str) -> Option<String> {
    let key = TokenKey::read(config.path(config.settings.token.key_files.first()?)).ok()?;
    let client = ClientId::parse(client_id).ok()?;
    Some(TokenKeys::new(key, Vec::new()).issue(&client, SystemClock.now() - TimeDelta::hours(1)))
}

/// A token out of a file.
pub(crate) fn read_token(file: &Path) -> Outcome<String> {
    let token = std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
    let token = token.trim();
    if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Failure::new(format!("{} holds no token: it is one word", file.display())));
    }
    Ok(token.to_owned())
}

pub(crate) fn unreadable(file: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("{} cannot be read: {error}", file.display()))
}

/// The secret of a client that signs symmetrically.
pub(crate) fn client_secret(config: &Config, client: &ClientSettings) -> Outcome<Option<Secret>> {
    let Some(file) = &client.secret_file else { return Ok(None) };
    read_secret(&config.path(file)).map(Some)
}

/// The password of a store, where it does not stand in its URL.
pub(crate) fn password(config: &Config, file: Option<&String>) -> Outcome<Option<Secret>> {
    file.map(|file| read_filled(&config.path(file), "put the store's password into it")).transpose()
}

/// The secret that a merchant's own service knows us by.
pub(crate) fn signing_secret(config: &Config) -> Outcome<SigningSecret> {
    let Some(file) = &config.settings.orders.secret_file else {
        return Err(Failure::new(
            "orders.source is a service, so orders.secret_file must name the file of the secret that it knows, whsec_…",
        ));
    };
    read_signing_secret(&config.path(file), "put the secret that your service knows into it, as whsec_…")
}

/// Where events are delivered, and the secret that the shop trusts them by; `None` where nobody is told.
pub(crate) fn events(config: &Config) -> Outcome<Option<(&str, SigningSecret)>> {
    let events = &config.settings.events;
    let Some((url, file)) = events.url.as_deref().zip(events.secret_file.as_ref()) else { return Ok(None) };
    let secret = read_signing_secret(&config.path(file), "put the secret that your shop knows into it, as whsec_…")?;
    Ok(Some((url, secret)))
}

/// Reads what no server's start has shown yet: the key of the merchant API, the secret of events.
pub(crate) fn check_the_others(config: &Config) -> Outcome {
    if let Some(file) = &config.settings.merchant_api.key_file {
        api_key(&config.path(file))?;
    }
    events(config).map(drop)
}

fn read_signing_secret(path: &Path, advice: &str) -> Outcome<SigningSecret> {
    SigningSecret::parse(&read_filled(path, advice)?).map_err(key_failed(path))
}

/// What the merchantTokens of our own calls are made with.
pub(crate) fn merchant_key(path: &Path) -> Outcome<MerchantKey> {
    MerchantKey::read(path).map_err(key_failed(path))
}

/// What the shop shows to be let in at the merchant API.
pub(crate) fn api_key(path: &Path) -> Outcome<ApiKey> {
    let key = read_filled(path, "put the key into it that your shop shows, as openssl rand -base64 32 makes one")?;
    ApiKey::new(key).map_err(key_failed(path))
}

/// A client secret.
pub(crate) fn read_secret(path: &Path) -> Outcome<Secret> {
    read_filled(path, "put the client secret that you agreed with NICEPAY into it")
}

fn read_filled(path: &Path, advice: &str) -> Outcome<Secret> {
    let secret = read_file(path, advice)?;
    if secret.expose().is_empty() {
        return Err(Failure::new(format!("{} is empty: {advice}", path.display())));
    }
    Ok(secret)
}
