//! The log: one line an exchange, on standard error.

use std::io::{self, IsTerminal};

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

pub(crate) fn start() {
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_target(false);
    let lines = lines.with_ansi(io::stderr().is_terminal());
    // What the framework says at INFO is about itself.
    let ours = Targets::new().with_default(Level::WARN).with_target("nico", Level::INFO);
    tracing_subscriber::registry().with(lines).with(ours).init();
}
