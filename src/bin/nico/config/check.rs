//! What can be wrong with settings that can be read.

use std::net::ToSocketAddrs;

use nico::external_id::MAX_SKEW_SECONDS;

use super::Config;
use super::settings::{ClientSettings, Orders, Signature};
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
