//! `nico events`: what the shop was told and what it has not taken, also while a server runs.

use std::io::{self, Write};

use clap::Subcommand;
use nico::event::{Event, Fate};
use nico::snap::timestamp::jakarta_text;

use crate::config::Config;
use crate::failure::{Failure, Outcome, store_failed};
use crate::order::listed_to_the_end;
use crate::stores::existing_events;

#[derive(Subcommand)]
pub(crate) enum EventsCommand {
    /// List events in their order, with what became of each.
    List {
        /// Only those that were given up: the shop has not taken them for days.
        #[arg(long)]
        given_up: bool,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Send events again, delivered or given up; a running nico serve does it within a second.
    Resend {
        /// Their numbers, as nico events list shows them.
        #[arg(required_unless_present = "given_up")]
        numbers: Vec<i64>,
        /// All that were given up.
        #[arg(long, conflicts_with = "numbers")]
        given_up: bool,
    },
}

pub(crate) async fn events(config: &Config, command: &EventsCommand) -> Outcome {
    match command {
        EventsCommand::List { given_up, json } => list(config, *given_up, *json).await,
        EventsCommand::Resend { numbers, given_up } => resend(config, numbers, *given_up).await,
    }
}

async fn list(config: &Config, given_up: bool, json: bool) -> Outcome {
    let Some(events) = existing_events(config).await? else { return Ok(()) };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let listed = events.for_each(given_up, |event| {
        writeln!(out, "{}", if json { to_json(event) } else { to_line(event) })?;
        Ok(())
    });
    listed_to_the_end(listed.await, out.flush())
}

async fn resend(config: &Config, numbers: &[i64], given_up: bool) -> Outcome {
    let failed = || store_failed("payments.store");
    let Some(events) = existing_events(config).await? else {
        return Err(Failure::new("there are no events yet"));
    };
    let mut numbers = numbers.to_vec();
    if given_up {
        let all = events.for_each(true, |event| {
            numbers.push(event.number);
            Ok(())
        });
        all.await.map_err(failed())?;
    }
    for number in &numbers {
        if !events.resend(*number).await.map_err(failed())? {
            return Err(Failure::new(format!("no event has the number {number}: see nico events list")));
        }
    }
    writeln!(io::stdout(), "{} to be sent again", numbers.len())?;
    Ok(())
}

fn to_line(event: &Event) -> String {
    let (at, kind) = (jakarta_text(event.event.at), event.event.kind.as_str());
    let (number, reference_no) = (event.number, &event.event.reference_no);
    format!("{number:>8}  {at}  {kind:<22}  {reference_no}  {}", fate(&event.fate, event.attempts))
}

fn fate(fate: &Fate, attempts: u32) -> String {
    match fate {
        Fate::Due(at) => format!("due {} after {attempts} attempts", jakarta_text(*at)),
        Fate::Delivered(at) => format!("delivered {}", jakarta_text(*at)),
        Fate::GivenUp => format!("given up after {attempts} attempts"),
    }
}

fn to_json(event: &Event) -> String {
    let (fate, at) = match &event.fate {
        Fate::Due(at) => ("due", Some(jakarta_text(*at))),
        Fate::Delivered(at) => ("delivered", Some(jakarta_text(*at))),
        Fate::GivenUp => ("given_up", None),
    };
    let fields = serde_json::json!({
        "number": event.number, "id": event.event.message_id.as_str(), "type": event.event.kind.as_str(),
        "referenceNo": event.event.reference_no, "createdAt": jakarta_text(event.event.at),
        "attempts": event.attempts, "fate": fate, "at": at,
    });
    fields.to_string()
}
