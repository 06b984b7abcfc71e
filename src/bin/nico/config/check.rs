//! What can be wrong with settings that can be read.

use std::net::ToSocketAddrs;

use nico::back_office::Courier;
use nico::cvs::transaction::IMid;
use nico::external_id::MAX_SKEW_SECONDS;
use nico::nicepay::environment::Environment;

use super::Config;
use super::settings::{ClientSettings, Orders, Settings, Signature};
use crate::failure::{Failure, Outcome};

impl Config {
    /// Whether it makes sense as a whole.
    pub(super) fn check(&self) -> Outcome {
        let settings = &self.settings;
        if settings.clients.is_empty() {
            return Err(Failure::new("there is no [[clients]] section: add one with NICEPAY's id and public_keys"));
        }
        for (index, client) in settings.clients.iter().enumerate() {
            check_client(client, &format!("clients.{index}"))?;
            if settings.clients.iter().take(index).any(|earlier| earlier.id == client.id) {
                return Err(Failure::new(format!(
                    "clients.{index}.id is given twice: put all its keys into one [[clients]]"
                )));
            }
        }
        if settings.token.key_files.is_empty() {
            return Err(Failure::new("token.key_files is empty: name a file, which nico keygen makes"));
        }
        in_range("window.skew_seconds", self.skew_seconds().into(), MAX_SKEW_SECONDS)?;
        in_range("limits.deadline_seconds", self.deadline().as_secs().try_into().unwrap_or(i64::MAX), 60)?;
        in_range("limits.connections", settings.limits.connections.0.into(), 1000)?;
        check_orders(&settings.orders)?;
        check_nicepay(settings)?;
        check_events(settings)?;
        if settings.listen.to_socket_addrs().is_err() {
            return Err(Failure::new("listen must be an address of this machine and a port, as \"127.0.0.1:8080\" is"));
        }
        check_base_path(&settings.base_path)?;
        self.codes().map(drop)
    }
}

fn check_client(client: &ClientSettings, name: &str) -> Outcome {
    nico::ClientId::parse(&client.id)
        .map_err(|_| Failure::new(format!("{name}.id must be 1 to 40 letters, digits, '.', '_' or '-'")))?;
    if client.public_keys.is_empty() {
        return Err(Failure::new(format!("{name}.public_keys is empty: name the file of NICEPAY's public key")));
    }
    match (client.signature, &client.secret_file) {
        (Signature::Symmetric, None) => Err(Failure::new(format!(
            "{name}.signature is \"symmetric\", so {name}.secret_file must name the client secret's file"
        ))),
        (Signature::Asymmetric, Some(_)) => Err(Failure::new(format!(
            "{name}.secret_file is given, but {name}.signature is \"asymmetric\": change one of them"
        ))),
        _ => Ok(()),
    }
}

fn in_range(name: &str, value: i64, max: i64) -> Outcome {
    if (1..=max).contains(&value) { Ok(()) } else { Err(Failure::new(format!("{name} must be 1 to {max}"))) }
}

fn check_base_path(base_path: &str) -> Outcome {
    let plain = |part: &str| !part.is_empty() && nico::snap::field::is_id(part) && part != "." && part != "..";
    if base_path.is_empty()
        || base_path == "/"
        || base_path.strip_prefix('/').is_some_and(|path| path.split('/').all(plain))
    {
        Ok(())
    } else {
        Err(Failure::new("base_path must be \"\" or begin with '/' and not end with it, as \"/api\" does"))
    }
}

/// The merchant's words for a status: each means one thing, and some order can be paid.
fn check_orders(orders: &Orders) -> Outcome {
    let Some(words) = &orders.status else { return Ok(()) };
    if orders.find.is_none() {
        return Err(Failure::new("orders.status is given, but nothing to find: it goes with orders.find"));
    }
    if words.unpaid.is_empty() {
        return Err(Failure::new("orders.status.unpaid is empty: list the words of an order that waits for its money"));
    }
    let mut all: Vec<_> = [&words.unpaid, &words.paid, &words.cancelled].into_iter().flatten().collect();
    all.sort_unstable();
    if all.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Failure::new("orders.status lists a word twice: each means one status"));
    }
    Ok(())
}

/// What goes together for calling NICEPAY.
fn check_nicepay(settings: &Settings) -> Outcome {
    let nicepay = &settings.nicepay;
    let Some(imid) = &nicepay.imid else { return check_nothing_is_lonely(settings) };
    if IMid::parse(imid).is_err() {
        return Err(Failure::new("nicepay.imid must be the ten letters and digits that NICEPAY gave you"));
    }
    let Some(environment) = &nicepay.environment else {
        return Err(Failure::new(
            "nicepay.environment must say which NICEPAY is called: \"sandbox\", \"production\", \"cloud\" or an address",
        ));
    };
    Environment::parse(environment)
        .map_err(|error| Failure::new(format!("nicepay.environment cannot be used: {error}")))?;
    if nicepay.merchant_key_file.is_none() {
        return Err(Failure::new(
            "nicepay.merchant_key_file must name the file of the merchant key that NICEPAY gave you",
        ));
    }
    for (name, url) in
        [("nicepay.callback_url", &nicepay.callback_url), ("nicepay.notification_url", &nicepay.notification_url)]
    {
        check_told_url(name, url.as_deref())?;
    }
    check_paths(settings)?;
    check_merchant_api(settings)
}

/// What goes nowhere where NICEPAY is not called.
fn check_nothing_is_lonely(settings: &Settings) -> Outcome {
    let nicepay = &settings.nicepay;
    let lonely = [
        ("nicepay.environment", nicepay.environment.is_some()),
        ("nicepay.merchant_key_file", nicepay.merchant_key_file.is_some()),
        ("nicepay.callback_url", nicepay.callback_url.is_some()),
        ("nicepay.notification_url", nicepay.notification_url.is_some()),
        ("callback.return_url", settings.callback.return_url.is_some()),
        ("merchant_api.listen", settings.merchant_api.listen.is_some()),
        ("merchant_api.key_file", settings.merchant_api.key_file.is_some()),
    ];
    match lonely.iter().find(|(_, given)| *given) {
        Some((name, _)) => Err(Failure::new(format!(
            "{name} is given, but not nicepay.imid: give the iMid that NICEPAY gave you, or leave it out"
        ))),
        None => Ok(()),
    }
}

/// The shop's own door, and its key.
fn check_merchant_api(settings: &Settings) -> Outcome {
    let api = &settings.merchant_api;
    match (&api.listen, &api.key_file) {
        (Some(listen), Some(_)) if listen.to_socket_addrs().is_err() => {
            Err(Failure::new("merchant_api.listen must be an address and a port, as \"127.0.0.1:8082\" is"))
        }
        (Some(listen), Some(_)) if *listen == settings.listen => Err(Failure::new(
            "merchant_api.listen is the same as listen: your shop needs an address of its own, where NICEPAY never comes",
        )),
        (Some(_), None) => Err(Failure::new(
            "merchant_api.key_file must name the file of the key that your shop shows: openssl rand -base64 32 makes one",
        )),
        (None, Some(_)) => Err(Failure::new("merchant_api.key_file is given, but merchant_api.listen is not")),
        (Some(_), Some(_)) | (None, None) => Ok(()),
    }
}

/// What NICEPAY is told in every registration: it would refuse another, and the shop could not know why.
fn check_told_url(name: &str, url: Option<&str>) -> Outcome {
    let is_url = |url: &str| {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        rest.is_some_and(|rest| !rest.is_empty()) && url.len() <= 255 && url.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if url.is_none_or(is_url) {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "{name} must begin with https:// or http:// and have at most 255 characters: NICEPAY takes no other"
        )))
    }
}

/// The two paths are paths, and neither is one that is served already.
fn check_paths(settings: &Settings) -> Outcome {
    let (notification, callback) = (&settings.notification.path, &settings.callback.path);
    for (name, path) in [("notification.path", notification), ("callback.path", callback)] {
        check_base_path(path).ok().filter(|()| path.len() > 1).ok_or_else(|| {
            Failure::new(format!("{name} must begin with '/' and not end with it, as \"/nicepay/notification\" does"))
        })?;
        let served = ["/health/", "/openapi.yaml", &format!("{}/v1.0/", settings.base_path.trim_end_matches('/'))];
        if served.iter().any(|begin| path.starts_with(*begin)) {
            return Err(Failure::new(format!("{name} is a path that is served already: choose another")));
        }
    }
    if notification == callback {
        return Err(Failure::new("notification.path and callback.path are the same: choose two"));
    }
    Ok(())
}

fn check_events(settings: &Settings) -> Outcome {
    match (&settings.events.url, &settings.events.secret_file) {
        (Some(_), None) => Err(Failure::new(
            "events.secret_file must name the file of the secret that your shop knows, whsec_…: \
             printf 'whsec_%s' \"$(openssl rand -base64 32)\" makes one",
        )),
        (None, Some(_)) => {
            Err(Failure::new("events.secret_file is given, but events.url is not: give both or neither"))
        }
        (Some(url), Some(_)) => Courier::destination(url)
            .map(drop)
            .map_err(|error| Failure::new(format!("events.url cannot be used: {error}"))),
        (None, None) => Ok(()),
    }
}
