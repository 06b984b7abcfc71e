//! `nico payment`: the ledger, also while a server writes to it.

use std::io::{self, Write};

use clap::Subcommand;
use nico::snap::timestamp::jakarta_text;
use nico::{MitraCd, Payment};

use crate::config::Config;
use crate::failure::Outcome;
use crate::order::listed_to_the_end;
use crate::stores::existing_payments;

#[derive(Subcommand)]
pub(crate) enum PaymentCommand {
    /// List every payment, in the order of their recording.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn payment(config: &Config, command: &PaymentCommand) -> Outcome {
    let PaymentCommand::List { json } = command;
    let Some(payments) = existing_payments(config).await? else { return Ok(()) };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let listed = payments.for_each(|payment| {
        writeln!(out, "{}", if *json { to_json(&payment) } else { to_line(&payment) })?;
        Ok(())
    });
    listed_to_the_end(listed.await, out.flush())
}

fn to_line(payment: &Payment) -> String {
    let (pay_no, reference) = payment.bill();
    let (at, amount) = (jakarta_text(payment.recorded_at), payment.amount.value());
    let id = payment.payment_request_id.as_str();
    format!("{at}  {:<12}  {amount:>12}  {}  {id}", pay_no.as_str(), reference.as_str())
}

fn to_json(payment: &Payment) -> String {
    let (pay_no, reference) = payment.bill();
    let fields = serde_json::json!({
        "payNo": pay_no, "partnerReferenceNo": reference, "paymentRequestId": payment.payment_request_id,
        "amount": payment.amount.value(), "currency": payment.amount.currency(), "clientId": payment.client_id,
        "externalId": payment.external_id, "mitraCd": payment.mitra_cd.as_ref().map(MitraCd::as_str),
        "trxDateTime": payment.trx_date_time, "recordedAt": jakarta_text(payment.recorded_at),
    });
    fields.to_string()
}
