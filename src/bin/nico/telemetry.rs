//! The log: one line an exchange, on standard error.

use std::io::{self, IsTerminal};

use tracing::Level;

pub(crate) fn start() {
    let plain = tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(Level::INFO).with_target(false);
    plain.with_ansi(io::stderr().is_terminal()).init();
}
