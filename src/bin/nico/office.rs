//! The back office that a configuration asks for.

use std::sync::Arc;

use nico::back_office::BackOffice;
use nico::clock::SystemClock;
use nico::cvs::transaction::IMid;
use nico::nicepay::client::NicepayClient;
use nico::nicepay::environment::Environment;
use nico::nicepay::to_register::Defaults;
use nico::provider::{CallbackDoor, NotificationDoor, Sources, SourcesError};

use crate::config::Config;
use crate::failure::{Failure, Outcome};
use crate::keys::merchant_key;
use crate::stores::Ledger;

/// NICEPAY as this configuration calls it; `None` where it is not called.
pub(crate) fn nicepay(config: &Config) -> Outcome<Option<NicepayClient>> {
    let nicepay = &config.settings.nicepay;
    let (Some(imid), Some(environment), Some(key_file)) =
        (&nicepay.imid, &nicepay.environment, &nicepay.merchant_key_file)
    else {
        return Ok(None);
    };
    let environment = Environment::parse(environment)
        .map_err(|error| Failure::new(format!("nicepay.environment cannot be used: {error}")))?;
    let i_mid = IMid::parse(imid).map_err(|error| Failure::new(format!("nicepay.imid: {error}")))?;
    let key = merchant_key(&config.path(key_file))?;
    // NICEPAY has a store's system behind it, so it is given longer than it gives us.
    let client = NicepayClient::new(environment, i_mid, key, 3 * config.deadline(), Arc::new(SystemClock));
    client.map(Some).map_err(|error| Failure::new(format!("NICEPAY cannot be called: {error}")))
}

/// The back office, with its registrations in `ledger`; `None` where NICEPAY is not called.
pub(crate) async fn back_office(config: &Config, ledger: &Ledger) -> Outcome<Option<BackOffice>> {
    match nicepay(config)? {
        Some(nicepay) => ledger.office(nicepay).await.map(Some),
        None => Ok(None),
    }
}

/// What a registration says where the shop says nothing.
pub(crate) fn defaults(config: &Config) -> Defaults {
    let nicepay = &config.settings.nicepay;
    Defaults { callback_url: nicepay.callback_url.clone(), notification_url: nicepay.notification_url.clone() }
}

/// Where NICEPAY notifies us.
pub(crate) fn notification_door(config: &Config) -> Outcome<NotificationDoor> {
    let notification = &config.settings.notification;
    let wrong = |name: &str| {
        let name = name.to_owned();
        move |error: SourcesError| Failure::new(format!("notification.{name} cannot be used: {error}"))
    };
    Sources::parse(&notification.allow_from, &[]).map_err(wrong("allow_from"))?;
    let sources = Sources::parse(&notification.allow_from, &notification.proxies).map_err(wrong("proxies"))?;
    Ok(NotificationDoor::new(&notification.path, sources).acknowledgement(&notification.acknowledgement))
}

/// Where browsers come back, if they are sent on to a page of the shop's.
pub(crate) fn callback_door(config: &Config) -> Outcome<Option<CallbackDoor>> {
    let callback = &config.settings.callback;
    let door = callback.return_url.as_deref().map(|return_url| CallbackDoor::new(&callback.path, return_url));
    door.transpose().map_err(|error| Failure::new(format!("callback.return_url cannot be used: {error}")))
}
