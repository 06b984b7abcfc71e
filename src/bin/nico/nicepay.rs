//! `nico nicepay`: what a shop calls NICEPAY for, by hand.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use nico::Secret;
use nico::back_office::{BackOffice, NotAsked, NotCancelled, NotRegistered, Registered};
use nico::cvs::transaction::ReferenceNo;
use nico::merchant_api::shown;
use nico::nicepay::registration::Product;
use nico::nicepay::to_register::ToRegister;
use nico::registration::Registration;
use nico::snap::json::Object;

use crate::config::Config;
use crate::failure::{Failure, Outcome, store_failed};
use crate::keys::unreadable;
use crate::office::{back_office, defaults};
use crate::stores::Ledger;

#[derive(Subcommand)]
pub(crate) enum NicepayCommand {
    /// Register an order at NICEPAY (V1 Enterprise), which issues the number.
    Register {
        /// A JSON object with NICEPAY's own field names; - is standard input.
        file: PathBuf,
    },
    /// Register an order for Checkout: the customer chooses the store on NICEPAY's page.
    Checkout {
        /// A JSON object with NICEPAY's own field names; - is standard input.
        file: PathBuf,
    },
    /// Ask NICEPAY how a registered order stands, and follow its answer.
    Status {
        /// The order's referenceNo.
        reference_no: String,
    },
    /// Cancel a number that nobody has paid.
    Cancel {
        /// The order's referenceNo.
        reference_no: String,
    },
}

pub(crate) async fn nicepay(config: &Config, command: &NicepayCommand) -> Outcome {
    if config.settings.nicepay.imid.is_none() {
        return Err(Failure::new("nicepay.imid is not set: NICEPAY is called as configured in [nicepay]"));
    }
    let ledger = Ledger::open(config).await?;
    let office = back_office(config, &ledger).await?.expect("BUG: there is one where there is an imid");
    match command {
        NicepayCommand::Register { file } => register(config, &office, Product::V1, file).await,
        NicepayCommand::Checkout { file } => register(config, &office, Product::Checkout, file).await,
        NicepayCommand::Status { reference_no } => status(&office, reference_no).await,
        NicepayCommand::Cancel { reference_no } => cancel(&office, reference_no).await,
    }
}

async fn register(config: &Config, office: &BackOffice, product: Product, file: &Path) -> Outcome {
    let wrong = |error: &dyn std::fmt::Display| Failure::new(format!("{}: {error}", file.display()));
    let object = Object::parse(read(file)?.expose()).map_err(|error| wrong(&error))?;
    let order = ToRegister::read(product, &object, &defaults(config), office.now()).map_err(|error| wrong(&error))?;
    match office.register(&order).await {
        Ok(Registered::Now(registration)) => print(office, &registration).await,
        Ok(Registered::Before(registration)) => {
            writeln!(io::stderr(), "nico: it was registered before, and this is how it stands")?;
            print(office, &registration).await
        }
        Err(NotRegistered::Unanswered(trouble)) => {
            Err(Failure::new(format!("{trouble}: it is kept; nico serve sends it again, and so does the same command")))
        }
        Err(error) => Err(Failure::new(error.to_string())),
    }
}

/// The customer's name is in it, so it is held like a secret.
fn read(file: &Path) -> Outcome<Secret> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    read.map(|_| Secret::new(bytes)).map_err(|error| unreadable(file, &error))
}

async fn status(office: &BackOffice, reference_no: &str) -> Outcome {
    match office.ask(&reference(reference_no)?).await {
        Ok(Some(registration)) => print(office, &registration).await,
        Err(NotAsked::Nicepay(trouble)) => {
            Err(Failure::new(format!("{trouble}: how the order stands is not known, and nico serve goes on asking")))
        }
        Err(NotAsked::Store(error)) => Err(store_failed("payments.store")(error)),
        Ok(None) => Err(Failure::new("nothing is registered under this REFERENCE_NO")),
    }
}

async fn cancel(office: &BackOffice, reference_no: &str) -> Outcome {
    match office.cancel(&reference(reference_no)?).await {
        Ok(registration) => print(office, &registration).await,
        Err(
            error @ (NotCancelled::Unknown | NotCancelled::Not(_) | NotCancelled::Nicepay(_) | NotCancelled::Store(_)),
        ) => Err(Failure::new(format!("it was not cancelled: {error}"))),
    }
}

fn reference(text: &str) -> Outcome<ReferenceNo> {
    ReferenceNo::parse(text).map_err(|_| Failure::new("REFERENCE_NO must be 1 to 40 visible characters of ASCII"))
}

async fn print(office: &BackOffice, registration: &Registration) -> Outcome {
    let steps = office.steps(&registration.reference_no).await.map_err(store_failed("payments.store"))?;
    writeln!(io::stdout(), "{:#}", shown(registration, &steps))?;
    Ok(())
}
