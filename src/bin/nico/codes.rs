//! `nico codes`: the catalogue.

use std::io::{self, Write};

use clap::Args;
use nico::snap::response_code::{Case, Service};

use crate::failure::Outcome;

#[derive(Args)]
pub(crate) struct CodesArgs {
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

pub(crate) fn codes(args: &CodesArgs) -> Outcome {
    let mut out = io::stdout().lock();
    if !args.json {
        writeln!(out, "| row | HTTP | token | cvs | message | source |\n|---|---|---|---|---|---|")?;
    }
    for case in Case::ALL {
        writeln!(out, "{}", if args.json { to_json(*case).join("\n") } else { to_markdown(*case) })?;
    }
    Ok(())
}

fn to_markdown(case: Case) -> String {
    let code =
        |service| if case.services().contains(&service) { format!("`{}`", case.code(service)) } else { String::new() };
    let (token, cvs) = (code(Service::AccessToken), code(Service::Cvs));
    let http = case.code(Service::Cvs).http_status();
    format!("| `{}` | {http} | {token} | {cvs} | {} | {} |", case.name(), message(case), case.source())
}

fn to_json(case: Case) -> Vec<String> {
    let line = |service: &Service| {
        let code = case.code(*service);
        serde_json::json!({
            "row": case.name(), "service": service.name(), "responseCode": code.to_string(), "http": code.http_status(),
            "responseMessage": message(case), "source": case.source(),
        })
        .to_string()
    };
    case.services().iter().map(line).collect()
}

fn message(case: Case) -> String {
    case.message(if case == Case::Unauthorized { "reason" } else { "{field}" })
}
