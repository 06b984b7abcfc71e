//! `nico config`: is it right, and what is it?

use std::io::{self, Write};

use clap::Subcommand;

use crate::config::{Config, DEFAULTS};
use crate::failure::Outcome;
use crate::keys::Keys;

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

pub(crate) fn config(config: &Config, command: &ConfigCommand) -> Outcome {
    let mut out = io::stdout().lock();
    match command {
        ConfigCommand::Check => {
            let keys = Keys::read(config)?;
            for line in &keys.lines {
                writeln!(out, "{line}")?;
            }
            for warning in &keys.warnings {
                writeln!(out, "warning: {warning}")?;
            }
            writeln!(out, "the configuration is good")?;
        }
        ConfigCommand::Print { defaults: true } => write!(out, "{DEFAULTS}")?,
        ConfigCommand::Print { defaults: false } => write!(out, "{}", config.table)?,
    }
    Ok(())
}
