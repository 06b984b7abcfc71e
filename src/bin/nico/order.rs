//! `nico order`: nico's own table of orders, also while a server runs on it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use clap::{Args, Subcommand};
use nico::adapters::Imported;
use nico::clock::{Clock, SystemClock};
use nico::snap::json::Object;
use nico::snap::timestamp::jakarta_text;
use nico::{Order, PayNo};

use crate::config::Config;
use crate::failure::{Failure, Outcome, store_failed};
use crate::order_lines;
use crate::stores::{OwnOrders, existing_orders, own_orders};

/// Orders in one transaction: short enough that a server beside us is not kept from recording a payment.
const BATCH: usize = 1_000;
/// Lines between two words of progress.
const PROGRESS: usize = 100_000;

#[derive(Subcommand)]
pub(crate) enum OrderCommand {
    /// Add or update the orders of a file of JSON lines; nothing of it unless all of it is good.
    ///
    /// One object a line: payNo, payNoName, goodsName, payNoPhone, payNoEmail, amount ("10000.00"),
    /// partnerReferenceNo, expiresAt (RFC 3339), status (unpaid, paid, cancelled) and, where only one chain of
    /// stores may collect, mitraCd. An order that is paid is left as it stands.
    #[command(after_help = "Example:\n  nico order import orders.jsonl")]
    Import {
        /// The file.
        file: PathBuf,
    },
    /// Add or update one order.
    #[command(
        after_help = "Example:\n  nico order add --pay-no 701500000001 --amount 10000.00 --partner-reference-no INV-1 \\\n      --pay-no-name 'Siti Aisyah' --pay-no-phone 081234567890 --pay-no-email siti@example.com --goods-name Buku"
    )]
    Add(Box<Add>),
    /// Show the order behind a number.
    Show {
        /// The number.
        pay_no: String,
        /// As one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// List every order, by number.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub(crate) struct Add {
    /// Up to 12 digits, of which the first four are the prefix that NICEPAY assigned.
    #[arg(long)]
    pay_no: String,
    /// What is to be paid, in rupiah, as 10000.00.
    #[arg(long)]
    amount: String,
    /// Your own reference.
    #[arg(long)]
    partner_reference_no: String,
    /// The customer's name.
    #[arg(long)]
    pay_no_name: String,
    /// The customer's telephone, digits only.
    #[arg(long)]
    pay_no_phone: String,
    /// The customer's e-mail address.
    #[arg(long)]
    pay_no_email: String,
    /// What is bought.
    #[arg(long)]
    goods_name: String,
    /// RFC 3339, as 2030-01-31T12:00:00+07:00; a day from now where it is not given.
    #[arg(long)]
    expires_at: Option<String>,
    /// The one chain that may collect, as ALMA or INDO.
    #[arg(long)]
    mitra_cd: Option<String>,
}

pub(crate) async fn order(config: &Config, command: OrderCommand) -> Outcome {
    match command {
        OrderCommand::Import { file } => import(&own_orders(config).await?, &file).await,
        OrderCommand::Add(add) => put_one(&own_orders(config).await?, &add).await,
        OrderCommand::Show { pay_no, json } => show(existing_orders(config).await?, &pay_no, json).await,
        OrderCommand::List { json } => match existing_orders(config).await? {
            Some(orders) => list(&orders, json).await,
            None => Ok(()),
        },
    }
}

async fn import(orders: &OwnOrders, file: &Path) -> Outcome {
    // The lines are read twice, so that nothing is written unless all are good; a pipe gives them only once.
    if file.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        let shown = file.display();
        return Err(Failure::new(format!("{shown} is not a regular file: write the lines into one and name that")));
    }
    let mut lines = 0;
    for order in order_lines::read(file)? {
        order?;
        lines += 1;
        progress("read", lines);
    }
    let (mut imported, mut batch) = (Imported::default(), Vec::new());
    for order in order_lines::read(file)? {
        batch.push(order?);
        if batch.len() == BATCH {
            put(orders, std::mem::take(&mut batch), &mut imported).await?;
            progress("written", imported.written + imported.paid);
        }
    }
    put(orders, batch, &mut imported).await?;
    let Imported { written, paid } = imported;
    writeln!(io::stdout(), "{written} orders written, {paid} left as they stand because they are paid")?;
    Ok(())
}

fn progress(what: &str, lines: usize) {
    if lines > 0 && lines.is_multiple_of(PROGRESS) {
        // Progress is for people; if nobody can see it, the work goes on.
        let _ = writeln!(io::stderr(), "{lines} orders {what}");
    }
}

async fn put(orders: &OwnOrders, batch: Vec<Order>, imported: &mut Imported) -> Outcome {
    let Imported { written, paid } = orders.put(batch).await.map_err(store_failed("the table of orders"))?;
    imported.written += written;
    imported.paid += paid;
    Ok(())
}

async fn put_one(orders: &OwnOrders, add: &Add) -> Outcome {
    let in_a_day = || jakarta_text(SystemClock.now() + TimeDelta::days(1));
    let fields = serde_json::json!({
        "payNo": add.pay_no, "amount": add.amount, "partnerReferenceNo": add.partner_reference_no,
        "payNoName": add.pay_no_name, "payNoPhone": add.pay_no_phone, "payNoEmail": add.pay_no_email,
        "goodsName": add.goods_name, "expiresAt": add.expires_at.clone().unwrap_or_else(in_a_day), "status": "unpaid",
        "mitraCd": add.mitra_cd,
    });
    let order = Object::parse(fields.to_string().as_bytes()).expect("BUG: what was written as JSON is JSON");
    let order = Order::read(&order).map_err(|error| Failure::new(format!("{error}: see nico order add --help")))?;
    let (shown, until) = (order.pay_no.as_str().to_owned(), jakarta_text(order.expires_at.to_utc()));
    let mut imported = Imported::default();
    put(orders, vec![order], &mut imported).await?;
    if imported.written == 0 {
        return Err(Failure::new(format!("{shown} is paid, so it was left as it stands: use another number")));
    }
    writeln!(io::stdout(), "{shown} can be paid until {until}")?;
    Ok(())
}

async fn show(orders: Option<OwnOrders>, pay_no: &str, json: bool) -> Outcome {
    let parsed = PayNo::parse(pay_no).map_err(|_| Failure::new("PAY_NO must be 2 to 12 digits"))?;
    let order = match &orders {
        Some(orders) => orders.find(&parsed).await.map_err(store_failed("the table of orders"))?,
        None => None,
    };
    let order = order.ok_or_else(|| Failure::new(format!("no order has the number {pay_no}: see nico order list")))?;
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", to_json(&order))?;
        return Ok(());
    }
    for (name, value) in [
        (PayNo::FIELD, order.pay_no.as_str()),
        ("status", order.status.as_str()),
        ("amount", &order.amount.to_string()),
        ("expiresAt", &jakarta_text(order.expires_at.to_utc())),
        ("partnerReferenceNo", order.partner_reference_no.as_str()),
        ("payNoName", order.pay_no_name.as_str()),
        ("payNoPhone", order.pay_no_phone.as_str()),
        ("payNoEmail", order.pay_no_email.as_str()),
        ("goodsName", order.goods_name.as_str()),
        ("mitraCd", order.mitra_cd.as_ref().map_or("any", nico::MitraCd::as_str)),
    ] {
        writeln!(out, "{name:<20}{value}")?;
    }
    Ok(())
}

async fn list(orders: &OwnOrders, json: bool) -> Outcome {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let listed = orders.for_each(|order| {
        if json {
            writeln!(out, "{}", to_json(&order))?;
        } else {
            let (status, amount) = (order.status.as_str(), order.amount.value());
            let until = jakarta_text(order.expires_at.to_utc());
            writeln!(
                out,
                "{:<12}  {status:<9}  {amount:>12}  {until}  {}",
                order.pay_no.as_str(),
                order.partner_reference_no.as_str()
            )?;
        }
        Ok(())
    });
    listed_to_the_end(listed.await, out.flush())
}

/// A list that ends early because nobody reads on has not failed.
pub(crate) fn listed_to_the_end(listed: Result<(), nico::StoreError>, flushed: io::Result<()>) -> Outcome {
    match (listed, flushed) {
        (_, Err(error)) => Err(error.into()),
        (Err(error), Ok(())) => Err(store_failed("the list")(error)),
        (Ok(()), Ok(())) => Ok(()),
    }
}

fn to_json(order: &Order) -> String {
    serde_json::to_string(order).expect("BUG: an order can be written as JSON")
}
