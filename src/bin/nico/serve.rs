//! `nico serve`

use std::future::Future;
use std::io::{self, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use futures_util::future::try_join_all;
use nico::back_office::{BackOffice, Courier};
use nico::merchant_api::MerchantApi;
use nico::registration::Hears;
use nico::{Credentials, Provider};

use crate::config::{Config, without_password};
use crate::demo::SAMPLE_PAY_NO;
use crate::failure::{Failure, Outcome};
use crate::keys::{Keys, api_key, events, make_missing};
use crate::office::{back_office, callback_door, defaults, notification_door};
use crate::stores::{Ledger, Stores};

/// Serves until SIGTERM or Ctrl-C.
pub(crate) async fn serve(config: &Config) -> Outcome {
    // First of all: two servers on one port must not both touch a database.
    let sockets = Sockets::bind(config)?;
    if config.is_demo() {
        make_missing(Path::new("keys"))?;
    }
    let keys = Keys::read(config)?;
    let mut lines = keys.lines;
    let stores = Stores::open(config).await?;
    for warning in keys.warnings.iter().chain(&dangers(config, &sockets.nicepay)) {
        tracing::warn!("{warning}");
    }
    if config.is_demo() && stores.add_demo_orders().await? {
        lines.push("the database is new, so demo orders were written".to_owned());
    }
    let (office, courier) = (back_office(config, stores.ledger()).await?, courier(config, stores.ledger()).await?);
    let provider = provider(config, stores, (keys.credentials, office.as_ref()))?;
    let servers = sockets.listen(config, provider, office.as_ref())?;
    match announce(config, &lines) {
        // A greeting that nobody reads, as behind `| head -1`, is no reason to leave NICEPAY without an answer.
        Ok(()) | Err(Failure::NobodyReads) => {}
        Err(failure) => return Err(failure),
    }
    keep_up(office, courier);
    try_join_all(servers).await.map(drop).map_err(|error| Failure::new(format!("the server stopped: {error}")))
}

/// Where it is listened.
struct Sockets {
    nicepay: TcpListener,
    shop: Option<TcpListener>,
}

impl Sockets {
    fn bind(config: &Config) -> Outcome<Self> {
        let shop = config.settings.merchant_api.listen.as_deref();
        Ok(Self {
            nicepay: bind("listen", &config.settings.listen)?,
            shop: shop.map(|listen| bind("merchant_api.listen", listen)).transpose()?,
        })
    }

    fn listen(self, config: &Config, provider: Provider, office: Option<&BackOffice>) -> Outcome<Vec<Server>> {
        let cannot_start = |error| Failure::new(format!("the server cannot start: {error}"));
        let mut servers = Vec::new();
        if let (Some(office), Some(socket)) = (office, self.shop) {
            servers.push(merchant_api(config, office)?.listen(socket).map_err(cannot_start)?);
        }
        servers.push(provider.listen(self.nicepay).map_err(cannot_start)?);
        Ok(servers)
    }
}

/// Asks NICEPAY and tells the shop, beside the servers. What these two have begun, they go on with after the next start:
/// nothing of it is lost when they are cut.
fn keep_up(office: Option<BackOffice>, courier: Option<Courier>) {
    if let Some(office) = office {
        actix_web::rt::spawn(kept_up("asking NICEPAY", move || {
            let office = office.clone();
            async move { office.keep_asking().await }
        }));
    }
    if let Some(courier) = courier.map(Arc::new) {
        actix_web::rt::spawn(kept_up("telling the shop", move || {
            let courier = Arc::clone(&courier);
            async move { courier.keep_delivering().await }
        }));
    }
}

/// Does what never ends, and begins it anew where it panics: orders that nobody asks about, and a shop that nobody tells,
/// would be noticed by customers first.
async fn kept_up<F: Future<Output = ()> + 'static>(what: &str, begin: impl Fn() -> F) {
    while actix_web::rt::spawn(begin()).await.is_err() {
        tracing::error!(what, "this has panicked, and is begun anew");
        tokio::time::sleep(AFTER_A_PANIC).await;
    }
}

const AFTER_A_PANIC: Duration = Duration::from_secs(1);

/// What NICEPAY calls, as it is configured.
fn provider(
    config: &Config,
    stores: Stores,
    (credentials, office): (Credentials, Option<&BackOffice>),
) -> Outcome<Provider> {
    let provider = stores.provider(credentials).codes(config.codes()?).skew_seconds(config.skew_seconds());
    let provider = provider.deadline(config.deadline()).base_path(&config.settings.base_path);
    match office {
        Some(office) => hearing(config, provider, office),
        None => Ok(provider),
    }
}

/// The provider with ears for what NICEPAY and browsers bring.
fn hearing(config: &Config, provider: Provider, office: &BackOffice) -> Outcome<Provider> {
    let office: Arc<dyn Hears> = Arc::new(office.clone());
    let provider = provider.notifications(notification_door(config)?, Arc::clone(&office));
    Ok(match callback_door(config)? {
        Some(door) => provider.callbacks(door, office),
        None => provider,
    })
}

fn merchant_api(config: &Config, office: &BackOffice) -> Outcome<MerchantApi> {
    let key_file = config.settings.merchant_api.key_file.as_deref().unwrap_or_default();
    let key = api_key(&config.path(key_file))?;
    // NICEPAY is given three deadlines, and the stores the fourth.
    Ok(MerchantApi::new(office.clone(), key, defaults(config), 4 * config.deadline()))
}

async fn courier(config: &Config, ledger: &Ledger) -> Outcome<Option<Courier>> {
    match events(config)? {
        Some((url, secret)) => ledger.courier(url, secret).await.map(Some),
        None => Ok(None),
    }
}

fn bind(setting: &str, listen: &str) -> Outcome<TcpListener> {
    TcpListener::bind(listen).map_err(|error| {
        Failure::new(if error.kind() == io::ErrorKind::AddrInUse {
            let variable = setting.to_uppercase().replace('.', "__");
            format!(
                "{listen} is in use: stop what listens there, or choose another with NICO__{variable}=127.0.0.1:8081"
            )
        } else {
            format!("{listen} cannot be listened on ({error}): set {setting} to an address of this machine and a port")
        })
    })
}

/// What works, but should not be so where there is money.
fn dangers(config: &Config, socket: &TcpListener) -> Vec<String> {
    let mut dangers = Vec::new();
    let exposed = socket.local_addr().is_ok_and(|address| !address.ip().is_loopback());
    if config.is_sandbox() && exposed {
        dangers.push("the sandbox profile is reachable from other machines: use profile = \"production\"".to_owned());
    }
    if !config.is_sandbox() && config.settings.external_ids.store.starts_with("memory:") {
        dangers.push("X-EXTERNAL-IDs are kept in memory: after a restart a used one passes again".to_owned());
    }
    if !config.is_sandbox() && is_open_wire(&config.settings.orders.source) {
        dangers.push(
            "orders.source is http:// on another machine: names and telephone numbers can be read on the way".into(),
        );
    }
    if trusts_whoever_answers(config) {
        dangers.push(
            "nicepay.environment is http:// on another machine: whoever is on the way can say that an order is paid"
                .into(),
        );
    }
    dangers
}

/// NICEPAY's answers have no signature: what vouches for them is the certificate alone.
fn trusts_whoever_answers(config: &Config) -> bool {
    !config.is_sandbox() && config.settings.nicepay.environment.as_deref().is_some_and(is_open_wire)
}

fn is_open_wire(source: &str) -> bool {
    let here = |host: &str| ["127.", "localhost", "[::1]"].iter().any(|local| host.starts_with(local));
    source.strip_prefix("http://").is_some_and(|host| !here(host))
}

fn announce(config: &Config, lines: &[String]) -> Outcome {
    let settings = &config.settings;
    let command = std::env::args().next().unwrap_or_else(|| "nico".to_owned());
    let mut out = io::stdout().lock();
    match &config.file {
        Some(file) => writeln!(out, "nico {} with {}", env!("CARGO_PKG_VERSION"), file.display())?,
        None if config.is_demo() => {
            writeln!(out, "nico {}, a sandbox, for there is no nico.toml here", env!("CARGO_PKG_VERSION"))?;
        }
        None => writeln!(out, "nico {}, configured by the environment", env!("CARGO_PKG_VERSION"))?,
    }
    writeln!(out, "  listening on http://{}{}/v1.0", settings.listen, settings.base_path.trim_end_matches('/'))?;
    for line in lines {
        writeln!(out, "  {line}")?;
    }
    writeln!(
        out,
        "  orders from {}, payments in {}, X-EXTERNAL-IDs in {}",
        without_password(&settings.orders.source),
        without_password(&settings.payments.store),
        without_password(&settings.external_ids.store)
    )?;
    let shop = settings.merchant_api.listen.as_ref();
    if let Some((imid, environment)) = settings.nicepay.imid.as_ref().zip(settings.nicepay.environment.as_ref()) {
        writeln!(out, "  NICEPAY is {environment}, for iMid {imid}; notifications at {}", settings.notification.path)?;
    }
    if let Some(listen) = shop {
        writeln!(out, "  your shop registers at http://{listen}/merchant/v1/registrations")?;
    }
    if let Some(url) = &settings.events.url {
        writeln!(out, "  your shop is told at {}", without_password(url))?;
    }
    if config.is_demo() {
        writeln!(out, "Play NICEPAY from another terminal, in this folder:\n  {command} call inquiry {SAMPLE_PAY_NO}")?;
    }
    out.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn what_panics_is_begun_anew() {
        let begun = std::rc::Rc::new(std::cell::Cell::new(0));
        let counted = std::rc::Rc::clone(&begun);
        kept_up("this", move || {
            counted.set(counted.get() + 1);
            let is_first = counted.get() == 1;
            async move { assert!(!is_first, "the first time it panics") }
        })
        .await;
        assert_eq!(begun.get(), 2);
    }

    #[test]
    fn what_leaves_the_machine_unencrypted_is_told() {
        assert!(is_open_wire("http://shop.internal/orders") && is_open_wire("http://10.0.0.7:8000/orders"));
        assert!(!is_open_wire("https://shop.internal/orders") && !is_open_wire("sqlite:data/nico.db"));
        assert!(!is_open_wire("http://127.0.0.1:8000/orders") && !is_open_wire("http://[::1]/orders"));
    }
}
