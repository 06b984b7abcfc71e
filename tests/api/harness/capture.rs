//! What the library logs, told apart by the server it came from.
//!
//! One subscriber serves the whole process, for the servers run in threads of their own. Each server is an actix
//! system with an id, and its worker threads know it.

use std::collections::HashMap;
use std::fmt::{self, Write};
use std::sync::{Mutex, OnceLock, PoisonError};

use actix_web::rt::System;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// One event, or a span's fields.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) level: Level,
    /// `name=value` of every field, the message among them.
    pub(crate) text: String,
}

impl Line {
    /// Whether it is the one line that an exchange has.
    pub(crate) fn is_of_an_exchange(&self) -> bool {
        ["answered", "refused", "failed"].iter().any(|word| self.text.contains(&format!("message={word} ")))
    }
}

type Lines = HashMap<usize, Vec<Line>>;

fn lines() -> &'static Mutex<Lines> {
    static LINES: OnceLock<Mutex<Lines>> = OnceLock::new();
    LINES.get_or_init(Mutex::default)
}

/// Begins to listen; once is enough, more does no harm.
pub(crate) fn listen() {
    static LISTENING: OnceLock<()> = OnceLock::new();
    LISTENING.get_or_init(|| {
        tracing::subscriber::set_global_default(Capture).expect("nobody else listens");
    });
}

/// The lines of one server so far.
pub(crate) fn of(system: usize) -> Vec<Line> {
    lines().lock().unwrap_or_else(PoisonError::into_inner).get(&system).cloned().unwrap_or_default()
}

struct Capture;

impl Capture {
    fn keep(metadata: &Metadata<'_>, record: impl FnOnce(&mut Text)) {
        let mut text = Text(String::new());
        record(&mut text);
        let Some(system) = System::try_current() else { return };
        let line = Line { level: *metadata.level(), text: text.0 };
        lines().lock().unwrap_or_else(PoisonError::into_inner).entry(system.id()).or_default().push(line);
    }
}

impl Subscriber for Capture {
    /// All of ours, and of others what a server would log by default.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("nico") || *metadata.level() <= Level::INFO
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        Self::keep(span.metadata(), |text| span.record(text));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut text = Text(String::new());
        values.record(&mut text);
        if let Some(system) = System::try_current() {
            let line = Line { level: Level::INFO, text: text.0 };
            lines().lock().unwrap_or_else(PoisonError::into_inner).entry(system.id()).or_default().push(line);
        }
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        Self::keep(event.metadata(), |text| event.record(text));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, "{}={value:?} ", field.name()).expect("a text takes what is written");
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        write!(self.0, "{}={value} ", field.name()).expect("a text takes what is written");
    }
}
