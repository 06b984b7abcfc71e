//! `nico simulate`: NICEPAY on your own desk, both its sides and the counter before it.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpServer};
use clap::Args;
use nico::clock::SystemClock;
use nico::simulator::books::Books;
use nico::simulator::counter::Counter;
use nico::simulator::desk::Desk;
use nico::simulator::gateway::Gateway;
use nico::simulator::journal::Journal;
use nico::simulator::office::Office;
use nico::simulator::scenario::{Script, Stage};
use nico::simulator::weather::{Weather, pay_all};
use nico::simulator::wire::destination;
use tokio::sync::mpsc::unbounded_channel;

use crate::config::Config;
use crate::failure::{Failure, Outcome};
use crate::merchant::{Merchant, wire};

#[derive(Args)]
pub(crate) struct Simulate {
    #[command(flatten)]
    merchant: Merchant,
    /// Where the counter and NICEPAY's gateway are; for this machine alone unless another address is given.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9090")]
    listen: String,
    /// Where the merchant is notified of payments of the numbers that it issued itself, too.
    #[arg(long, value_name = "URL")]
    notification_url: Option<String>,
    /// Pay every number that NICEPAY issues at once, as its sandbox does.
    #[arg(long)]
    auto_pay: bool,
    /// With --auto-pay: how many notifications in a hundred never arrive.
    #[arg(long, value_name = "PERCENT", requires = "auto_pay", value_parser = clap::value_parser!(u8).range(0..=100), default_value_t)]
    drop: u8,
    /// With --auto-pay: how many notifications in a hundred arrive twice.
    #[arg(long, value_name = "PERCENT", requires = "auto_pay", value_parser = clap::value_parser!(u8).range(0..=100), default_value_t)]
    duplicate: u8,
    /// With --auto-pay: how late a notification may be; they come out of order then.
    #[arg(long, value_name = "SECONDS", requires = "auto_pay", default_value_t)]
    delay: u32,
    /// With --auto-pay: how many payments in a hundred the store takes back.
    #[arg(long, value_name = "PERCENT", requires = "auto_pay", value_parser = clap::value_parser!(u8).range(0..=100), default_value_t)]
    reverse: u8,
    /// How many status inquiries in a hundred come to nothing.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100), default_value_t)]
    fail_status: u8,
    /// Write four digits of length before V1's answers, as NICEPAY sometimes does.
    #[arg(long)]
    length_prefix: bool,
    /// Keep what NICEPAY knows in this file; without it, in memory.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Play this scenario, and end with its verdict.
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// The merchant's shop, where a scenario has a customer.
    #[arg(long, value_name = "URL", requires = "scenario")]
    shop: Option<String>,
    /// What a scenario needs to know, as payNo=701589101110; may be given again.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = name_and_value, requires = "scenario")]
    set: Vec<(String, String)>,
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("NAME=VALUE is due here")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(crate) async fn simulate(config: impl Fn() -> Outcome<Config>, args: Simulate) -> Outcome {
    let script = args.scenario.as_ref().map(read_script).transpose()?;
    let config = config().map_err(Failure::cannot_run)?;
    let socket = TcpListener::bind(&args.listen).map_err(|error| {
        Failure::new(format!("{} cannot be listened on ({error}): name another with --listen", args.listen))
            .cannot_run()
    })?;
    let weather = Weather {
        dropped: args.drop,
        duplicated: args.duplicate,
        reversed: args.reverse,
        failing: args.fail_status,
        delayed: Duration::from_secs(args.delay.into()),
    };
    let office = office(&config, args.merchant, (args.data, args.notification_url)).map_err(Failure::cannot_run)?;
    let gateway = Gateway::new(
        office.caller.merchant(),
        Arc::clone(&office.books),
        Arc::clone(&office.journal),
        Arc::clone(&office.clock),
    );
    let mut gateway = gateway.length_prefix(args.length_prefix).weather(weather);
    if args.auto_pay {
        let (registered, hears) = unbounded_channel();
        gateway = gateway.registered(registered);
        actix_web::rt::spawn(pay_all(Arc::clone(&office), weather, hears));
    }
    let Some(script) = script else {
        greet(&socket, &office)?;
        return serve(socket, gateway, &office).await.map_err(stopped);
    };
    let shop = args.shop.map(|shop| shop.trim_end_matches('/').to_owned());
    let names: BTreeMap<_, _> = args.set.into_iter().collect();
    let stage = Stage::new(Arc::clone(&office), shop, &script, names)
        .map_err(|sentence| Failure::new(sentence).cannot_run())?;
    let server = actix_web::rt::spawn(async move { serve(socket, gateway, &office).await });
    let verdict = play(&script, stage).await;
    server.abort();
    verdict
}

fn read_script(path: &PathBuf) -> Outcome<Script> {
    let yaml = std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("{} cannot be read ({error})", path.display())).cannot_run())?;
    let one_line = |error: String| error.lines().collect::<Vec<_>>().join(" ");
    Script::parse(&yaml)
        .map_err(|error| Failure::new(format!("{}: {}", path.display(), one_line(error.to_string()))).cannot_run())
}

fn office(
    config: &Config,
    merchant: Merchant,
    (data, notification_url): (Option<PathBuf>, Option<String>),
) -> Outcome<Arc<Office>> {
    if let Some(Err(trouble)) = notification_url.as_deref().map(destination) {
        return Err(Failure::new(format!("--notification-url cannot be used: {trouble}")));
    }
    let journal = Arc::new(Journal::default());
    let books = match data {
        Some(path) => Books::open(&path)
            .map_err(|error| Failure::new(format!("--data {}: {error}", path.display())).cannot_run())?,
        None => Books::default(),
    };
    let caller = Arc::new(merchant.caller(config, &journal)?);
    Ok(Arc::new(Office {
        books: Arc::new(books),
        caller,
        journal,
        notification_url,
        clock: Arc::new(SystemClock),
        wire: wire()?,
    }))
}

/// What a person should know who has just started it.
fn greet(socket: &TcpListener, office: &Office) -> Outcome {
    let address = socket.local_addr()?;
    let mut out = io::stdout().lock();
    writeln!(out, "this is not NICEPAY: a simulator of its side, for your own desk")?;
    writeln!(out, "calling the merchant at {}", office.caller.url())?;
    writeln!(out, "the counter: http://{address}/")?;
    writeln!(out, "NICEPAY's gateway: http://{address}/nicepay/…, for iMid {}", office.caller.merchant().i_mid)?;
    if !address.ip().is_loopback() {
        writeln!(out, "warning: {address} is open to others, and whoever reaches it can have the merchant called")?;
    }
    Ok(writeln!(out, "listening")?)
}

async fn serve(socket: TcpListener, gateway: Gateway, office: &Arc<Office>) -> io::Result<()> {
    let counter = Counter::new(Arc::new(Desk::new(Arc::clone(office))));
    let server = HttpServer::new(move || {
        App::new().configure(|config| gateway.routes(config)).configure(|config| counter.routes(config))
    });
    server.workers(1).shutdown_timeout(1).listen(socket)?.run().await
}

fn stopped(error: io::Error) -> Failure {
    Failure::new(format!("the simulator stopped: {error}"))
}

/// Plays a scenario to its end, or to the first step that does not come out as expected.
async fn play(script: &Script, mut stage: Stage) -> Outcome {
    let mut out = io::stdout().lock();
    writeln!(out, "{}\n", script.name)?;
    let steps = script.steps.len();
    for (line, done) in script.steps.iter().zip(0..) {
        let played = stage.play(line).await;
        let came = played.exchange.as_ref().map_or_else(String::new, |exchange| exchange.outcome());
        match played.failed {
            None => writeln!(out, "ok      {}  [{came}]", line.say)?,
            Some(failed) => {
                writeln!(out, "FAILED  {}  [{came}]\n        {failed}", line.say)?;
                return Err(Failure::new(format!("{done} of {steps} steps came out as expected")));
            }
        }
    }
    Ok(writeln!(out, "\n{steps} of {steps} steps came out as expected")?)
}
