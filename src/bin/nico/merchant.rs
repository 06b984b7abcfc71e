//! The merchant's endpoint, as commands that play NICEPAY are told of it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use nico::clock::SystemClock;
use nico::cvs::merchant_token::MerchantKey;
use nico::simulator::caller::{Caller, Identity, Target};
use nico::simulator::exchange::Trouble;
use nico::simulator::journal::Journal;
use nico::simulator::merchant;
use nico::simulator::wire::{Wire, destination};

use crate::config::Config;
use crate::failure::{Failure, Outcome};
use crate::keys::{SANDBOX_PRIVATE, client_secret, expired_token, read_private, read_token};

/// Longer than any provider should take, NICEPAY's own patience being unknown.
const PATIENCE: Duration = Duration::from_secs(30);

/// A merchant's endpoint, and who calls it.
#[derive(Args)]
pub(crate) struct Merchant {
    /// Where the provider is; by default where this configuration listens.
    #[arg(long)]
    url: Option<String>,
    /// What stands before /v1.0; by default this configuration's.
    #[arg(long)]
    base_path: Option<String>,
    /// X-CLIENT-KEY and X-PARTNER-ID; by default the configuration's first client.
    #[arg(long)]
    client_id: Option<String>,
    /// The private key to sign with; by default the sandbox's.
    #[arg(long, value_name = "FILE")]
    private_key: Option<PathBuf>,
    /// The chain of stores that calls.
    #[arg(long, default_value = "ALMA")]
    pub(crate) mitra_cd: String,
    /// A second client of the provider's, for the faults that confuse two.
    #[arg(long, requires = "other_private_key")]
    other_client_id: Option<String>,
    /// The private key of that client.
    #[arg(long, value_name = "FILE", requires = "other_client_id")]
    other_private_key: Option<PathBuf>,
    /// The merchant's iMid at NICEPAY; by default the sandbox's.
    #[arg(long, requires = "merchant_key")]
    imid: Option<String>,
    /// The key of its merchantTokens; by default the one that NICEPAY publishes for its sandbox.
    #[arg(long, value_name = "FILE", requires = "imid")]
    merchant_key: Option<PathBuf>,
    /// A token that has expired; where the token's key is this configuration's, one is made.
    #[arg(long, value_name = "FILE")]
    expired_token: Option<PathBuf>,
}

impl Merchant {
    /// The caller of this merchant, who writes down in `journal`.
    pub(crate) fn caller(self, config: &Config, journal: &Arc<Journal>) -> Outcome<Caller> {
        Ok(Caller::new(wire()?, Arc::new(SystemClock), Arc::clone(journal), self.target(config)?))
    }

    fn target(self, config: &Config) -> Outcome<Target> {
        let url = self.url.unwrap_or_else(|| format!("http://{}", config.settings.listen));
        let url = destination(&url).map_err(|trouble| {
            if trouble == Trouble::RealNicepay {
                return Failure::new(format!("{url} is not called: {trouble}"));
            }
            Failure::new("--url must begin with http:// or https:// and a host, as http://127.0.0.1:8080 does")
        })?;
        let client_id = self.client_id.unwrap_or_else(|| config.settings.clients[0].id.clone());
        let client = config.settings.clients.iter().find(|client| client.id == client_id);
        let private_key = self.private_key.unwrap_or_else(|| config.path("keys").join(SANDBOX_PRIVATE));
        let other = self.other_client_id.zip(self.other_private_key).map(|(client_id, file)| {
            read_private(&file).map(|private_key| Identity { client_id, private_key, secret: None })
        });
        let base_path = self.base_path.unwrap_or_else(|| config.settings.base_path.clone());
        Ok(Target {
            url: url.origin().ascii_serialization(),
            base_path: base_path.trim_end_matches('/').to_owned(),
            expired_token: match self.expired_token {
                Some(file) => Some(read_token(&file)?),
                None => expired_token(config, &client_id),
            },
            own: Identity {
                private_key: read_private(&private_key)?,
                secret: client.map_or(Ok(None), |client| client_secret(config, client))?,
                client_id,
            },
            merchant: Arc::new(simulated(self.imid, self.merchant_key)?),
            other: other.transpose()?,
        })
    }
}

/// The way out of whoever plays NICEPAY.
pub(crate) fn wire() -> Outcome<Wire> {
    Wire::new(PATIENCE).map_err(|error| Failure::new(format!("no HTTP client can be made: {error}")))
}

fn simulated(i_mid: Option<String>, file: Option<PathBuf>) -> Outcome<merchant::Merchant> {
    let Some((i_mid, file)) = i_mid.zip(file) else { return Ok(merchant::Merchant::sandbox()) };
    if i_mid.len() != 10 || !i_mid.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(Failure::new("--imid must be the ten letters and digits that NICEPAY gave you"));
    }
    let key = MerchantKey::read(&file).map_err(|error| Failure::new(format!("{}: {error}", file.display())))?;
    Ok(merchant::Merchant { i_mid, key })
}
