//! `nico config`: is it right, and what is it?

use std::io::{self, Write};

use clap::Subcommand;

use crate::config::{Config, DEFAULTS};
use crate::failure::Outcome;
use crate::keys::{self, Keys};
use crate::office::{callback_door, nicepay, notification_door};
use crate::stores::Places;

#[derive(Subcommand)]
pub(crate) enum ConfigCommand {
    /// Read the configuration and every key it names, and say what is wrong in one sentence.
    Check,
    /// Print the settings as they come together from defaults, file and environment; secrets are not among them.
    Print {
        /// Print the commented defaults instead: the beginning of a nico.toml.
        #[arg(long)]
        defaults: bool,
    },
}

pub(crate) fn config(load: impl FnOnce() -> Outcome<Config>, command: &ConfigCommand) -> Outcome {
    let mut out = io::stdout().lock();
    match command {
        ConfigCommand::Check => check(&load()?, &mut out)?,
        // Whatever lies here: in `nico config print --defaults > nico.toml` the shell has emptied that file already.
        ConfigCommand::Print { defaults: true } => write!(out, "{DEFAULTS}")?,
        ConfigCommand::Print { defaults: false } => write!(out, "{}", load()?.shown())?,
    }
    Ok(())
}

fn check(config: &Config, out: &mut impl Write) -> Outcome {
    let keys = Keys::read(config)?;
    Places::of(config)?;
    keys::check_the_others(config)?;
    if nicepay(config)?.is_some() {
        notification_door(config)?;
        callback_door(config)?;
    }
    for line in &keys.lines {
        writeln!(out, "{line}")?;
    }
    for warning in &keys.warnings {
        writeln!(out, "warning: {warning}")?;
    }
    writeln!(out, "the configuration is good")?;
    Ok(())
}
