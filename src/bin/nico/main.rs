//! The command `nico`: the library's parts, put together from a configuration.

mod call;
mod check;
mod codes;
mod config;
mod demo;
mod events;
mod explain;
mod failure;
mod keys;
mod merchant;
mod nicepay;
mod office;
mod order;
mod order_lines;
mod payment;
mod serve;
mod settings;
mod simulate;
mod stores;
mod telemetry;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use call::CallCommand;
use check::CheckArgs;
use codes::CodesArgs;
use config::Config;
use events::EventsCommand;
use explain::Explain;
use failure::Outcome;
use keys::Keygen;
use nicepay::NicepayCommand;
use order::OrderCommand;
use payment::PaymentCommand;
use settings::ConfigCommand;
use simulate::Simulate;

/// The server that NICEPAY asks what is to be paid for a convenience-store number (NICO, SNAP).
#[derive(Parser)]
#[command(
    version,
    after_help = "Without a nico.toml, nico serve is a sandbox with demo orders:\n  nico serve\n  nico call inquiry 701589101110"
)]
struct Cli {
    /// The configuration; without it nico.toml in this folder, without that the sandbox.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve NICEPAY's calls until SIGTERM or Ctrl-C.
    #[command(
        after_help = "Examples:\n  nico serve\n  nico serve --config /etc/nico/nico.toml\n  NICO__LISTEN=127.0.0.1:8081 nico serve"
    )]
    Serve,
    /// Make a token key, and a key pair to play NICEPAY with; what is there is never overwritten.
    #[command(after_help = "Examples:\n  nico keygen\n  nico keygen /etc/nico/keys")]
    Keygen(Keygen),
    /// Fill and show nico's own table of orders, also while a server runs.
    #[command(subcommand)]
    Order(OrderCommand),
    /// Make nico's tables on the PostgreSQL and MySQL servers of the configuration, or bring them up to date.
    ///
    /// Any number of instances may do so at once; what is up to date is left alone. SQLite files need none of it.
    #[command(after_help = "Example:\n  nico migrate --config /etc/nico/nico.toml")]
    Migrate,
    /// Show the payments that were recorded, also while a server runs.
    #[command(subcommand, after_help = "Example:\n  nico payment list --json")]
    Payment(PaymentCommand),
    /// Call NICEPAY as a shop does: register an order, ask how it stands, cancel it. What it says is kept.
    #[command(
        subcommand,
        after_help = "Examples:\n  nico nicepay register order.json\n  nico nicepay checkout - < order.json\n  nico nicepay status INV-1\n  nico nicepay cancel INV-1"
    )]
    Nicepay(NicepayCommand),
    /// Show what your shop was told, and send it again.
    #[command(
        subcommand,
        after_help = "Examples:\n  nico events list --given-up\n  nico events resend 17\n  nico events resend --given-up"
    )]
    Events(EventsCommand),
    /// Print the catalogue of response codes as Markdown.
    #[command(after_help = "Example:\n  nico codes --json")]
    Codes(CodesArgs),
    /// Check or print the configuration.
    #[command(subcommand, after_help = "Examples:\n  nico config check\n  nico config print --defaults > nico.toml")]
    Config(ConfigCommand),
    /// Play NICEPAY once: the request, the string that was signed, and the answer.
    #[command(
        subcommand,
        after_help = "Examples:\n  nico call token\n  nico call inquiry 701589101110\n  nico call payment 701589101110 --amount 10000.00\n  nico call inquiry 701589101110 --fault stale\n  nico call inquiry 701589101110 --url https://pay.shop.example --client-id IONPAYTEST --private-key nicepay.pem"
    )]
    Call(Box<CallCommand>),
    /// Play NICEPAY, both its sides: the counter in a browser, the gateway that shops call, and whole scenarios.
    #[command(
        after_help = "Examples:\n  nico simulate\n  nico simulate --url http://127.0.0.1:8000 --client-id IONPAYTEST --private-key nicepay.pem\n  nico simulate --scenario examples/scenarios/nico-flow.yaml --set payNo=701589101110\n\nExit code of a scenario: 0 where every step came out as expected, 1 where one did not, 2 where it could not begin."
    )]
    Simulate(Box<Simulate>),
    /// Say why a signature is refused: the string to sign, the keys, and what is wrong in one sentence.
    #[command(
        after_help = "Examples:\n  nico explain request.http\n  nico explain --partner-id IONPAYTEST --timestamp 2024-07-03T10:00:00+07:00 --signature VoxM… --public-key nicepay.pem\n  journalctl -u nico | nico explain --log-entry -\n\nExit code 0 where the signature is valid or the reason was found, 1 where it was not."
    )]
    Explain(Box<Explain>),
    /// Hold any merchant's endpoint to SNAP and NICEPAY's pages: exit code 0 (good), 1 (failed), 2 (could not run).
    #[command(
        after_help = "Examples:\n  nico check https://pay.shop.example --client-id IONPAYTEST --private-key nicepay.pem --pay-no 701589101110 --paid-pay-no 701589101111 --expired-pay-no 701589101112\n  nico check --subject shop.toml --json\n\nPayments come last: they use up the numbers of --pay-no. What is not given is skipped, and said so."
    )]
    Check(Box<CheckArgs>),
}

#[actix_web::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    // What nico nicepay learns, it prints, and why it failed is a sentence: neither is said twice.
    if !matches!(cli.command, Command::Nicepay(_)) {
        telemetry::start();
    }
    // Two libraries may bring a provider each; which one counts is decided here and nowhere else.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.end(),
    }
}

async fn run(cli: Cli) -> Outcome {
    let config = || Config::load(cli.config.as_deref());
    let is_named = cli.config.is_some();
    match cli.command {
        Command::Serve => serve::serve(&config()?).await,
        Command::Keygen(args) => keys::keygen(&args),
        Command::Order(command) => order::order(&config()?, command).await,
        Command::Migrate => stores::migrate(&config()?).await,
        Command::Payment(command) => payment::payment(&config()?, &command).await,
        Command::Nicepay(command) => nicepay::nicepay(&config()?, &command).await,
        Command::Events(command) => events::events(&config()?, &command).await,
        Command::Codes(args) => codes::codes(&args),
        Command::Config(command) => settings::config(config, &command),
        Command::Call(command) => call::call(&config()?, *command).await,
        Command::Simulate(args) => simulate::simulate(config, *args).await,
        Command::Explain(args) => explain::explain(config, is_named, &args),
        Command::Check(args) => check::check(*args).await,
    }
}
