//! `nico call`: plays NICEPAY once, and shows what went over the wire.

use std::io::{self, Write};
use std::sync::Arc;

use chrono::TimeDelta;
use clap::{Args, Subcommand};
use nico::PayNo;
use nico::clock::{Clock, SystemClock};
use nico::cvs::callback::Callback;
use nico::cvs::notification::{Notification, NotificationStatus};
use nico::nicepay::time_stamp;
use nico::simulator::caller::{Caller, CannotCall};
use nico::simulator::exchange::{Exchange, Trouble, laid_out};
use nico::simulator::fault::{FAULTS, Fault};
use nico::simulator::journal::Journal;
use nico::simulator::plan::{self, Ask, Inquiry, Payment};
use nico::simulator::step::{Step, at};

use crate::config::Config;
use crate::failure::{Failure, Outcome};
use crate::merchant::Merchant;

#[derive(Subcommand)]
pub(crate) enum CallCommand {
    /// Ask for an access token.
    Token(Called),
    /// Ask what is to be paid for a number.
    Inquiry {
        /// The number, as the customer would tell it.
        pay_no: String,
        #[command(flatten)]
        called: Called,
    },
    /// Tell that a number was paid.
    Payment {
        /// The number, as the customer would tell it.
        pay_no: String,
        /// What was paid, as 10000.00; where it is not given, what an inquiry says is to be paid.
        #[arg(long)]
        amount: Option<String>,
        /// The payment's id; the same id again is the same payment told again.
        #[arg(long)]
        payment_request_id: Option<String>,
        #[command(flatten)]
        called: Called,
    },
    /// Notify that a registration was paid.
    Notification(Told),
    /// Notify that the store has taken a payment back.
    Reversal(Told),
    /// Send the customer's browser back, with a number that was issued.
    Callback(Told),
    /// List what can be made to go wrong with --fault.
    Faults,
}

/// Whom to call, as whom, and with what gone wrong.
#[derive(Args)]
pub(crate) struct Called {
    #[command(flatten)]
    merchant: Merchant,
    /// What is to be wrong with the call, as wrong-key; may be given again. nico call faults lists them.
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<Fault>,
    /// Print the answer's body alone, on one line.
    #[arg(long)]
    json: bool,
}

/// What is told of a registration, and where.
#[derive(Args)]
pub(crate) struct Told {
    /// The merchant's dbProcessUrl, or callBackUrl.
    #[arg(long, value_name = "URL")]
    to: String,
    /// The merchant's reference.
    #[arg(long)]
    reference_no: String,
    /// What was paid: whole rupiah, digits alone.
    #[arg(long)]
    amt: String,
    /// NICEPAY's id of the transaction; by default a new one.
    #[arg(long)]
    t_xid: Option<String>,
    /// The number that was paid.
    #[arg(long, default_value = "012345678901")]
    pay_no: String,
    #[command(flatten)]
    called: Called,
}

/// NICEPAY, for one command.
struct Desk {
    caller: Caller,
    journal: Arc<Journal>,
    mitra_cd: String,
    faults: Vec<Fault>,
    json: bool,
}

pub(crate) async fn call(config: &Config, command: CallCommand) -> Outcome {
    match command {
        CallCommand::Token(called) => Desk::new(config, called)?.ask(Ask::Token).await,
        CallCommand::Inquiry { pay_no, called } => {
            let desk = Desk::new(config, called)?;
            let inquiry = desk.inquiry(&pay_no)?;
            desk.ask(Ask::Inquiry(inquiry)).await
        }
        CallCommand::Payment { pay_no, amount, payment_request_id, called } => {
            let desk = Desk::new(config, called)?;
            let inquiry = desk.inquiry(&pay_no)?;
            let amount = match amount {
                Some(amount) => amount,
                None => desk.amount_due(&inquiry).await?,
            };
            let mut payment = Payment::first(inquiry, &amount, SystemClock.now());
            payment.payment_request_id = payment_request_id.unwrap_or(payment.payment_request_id);
            desk.ask(Ask::Payment(payment)).await
        }
        CallCommand::Notification(told) => told.notify(config, NotificationStatus::Deposit).await,
        CallCommand::Reversal(told) => told.notify(config, NotificationStatus::Reversal).await,
        CallCommand::Callback(told) => told.come_back(config).await,
        CallCommand::Faults => faults(),
    }
}

impl Told {
    async fn notify(self, config: &Config, status: NotificationStatus) -> Outcome {
        let (to, notification, desk) = self.read(config, status)?;
        desk.ask(Ask::Notification(plan::Told::new(to, &notification.fields()))).await
    }

    async fn come_back(self, config: &Config) -> Outcome {
        let (to, paid, desk) = self.read(config, NotificationStatus::Deposit)?;
        let issued = Callback {
            t_xid: paid.t_xid,
            reference_no: paid.reference_no,
            amt: paid.amt,
            trans_dt: paid.trans_dt,
            trans_tm: paid.trans_tm,
            pay_no: paid.pay_no,
            mitra_cd: paid.mitra_cd,
        };
        desk.ask(Ask::Callback(plan::Told::new(to, &issued.fields()))).await
    }

    fn read(self, config: &Config, status: NotificationStatus) -> Outcome<(String, Notification, Desk)> {
        let now = SystemClock.now();
        let desk = Desk::new(config, self.called)?;
        let i_mid = desk.caller.merchant().i_mid.clone();
        let new = || format!("{i_mid}03{}{:.4}", time_stamp::write(now), plan::unique_digits());
        let (trans_dt, trans_tm) = time_stamp::write_parts(now);
        let (pay_valid_dt, pay_valid_tm) = time_stamp::write_parts(now + TimeDelta::days(1));
        let notification = Notification {
            t_xid: self.t_xid.unwrap_or_else(new),
            reference_no: self.reference_no,
            amt: self.amt,
            deposit_dt: trans_dt.clone(),
            deposit_tm: trans_tm.clone(),
            trans_dt,
            trans_tm,
            currency: "IDR".to_owned(),
            goods_nm: "An order".to_owned(),
            billing_nm: "A customer".to_owned(),
            status,
            mitra_cd: desk.mitra_cd.clone(),
            pay_no: self.pay_no,
            pay_valid_dt,
            pay_valid_tm,
            receipt_code: plan::unique_digits(),
            m_ref_no: plan::unique_digits(),
        };
        Ok((self.to, notification, desk))
    }
}

/// Every fault, with what it does.
fn faults() -> Outcome {
    let mut out = io::stdout().lock();
    for (word, takes, what) in FAULTS {
        let form = if takes.is_empty() { (*word).to_owned() } else { format!("{word}={takes}") };
        writeln!(out, "{form:<28} {what}")?;
    }
    Ok(())
}

impl Desk {
    fn new(config: &Config, called: Called) -> Outcome<Self> {
        let journal = Arc::new(Journal::default());
        let mitra_cd = called.merchant.mitra_cd.clone();
        let caller = called.merchant.caller(config, &journal)?;
        Ok(Self { caller, journal, mitra_cd, faults: called.faults, json: called.json })
    }

    fn inquiry(&self, pay_no: &str) -> Outcome<Inquiry> {
        let pay_no = PayNo::parse(pay_no).map_err(|_| Failure::new("PAY_NO must be 2 to 12 digits"))?;
        Ok(Inquiry::new(&pay_no, &self.mitra_cd))
    }

    /// What an inquiry without fault says is to be paid.
    async fn amount_due(&self, inquiry: &Inquiry) -> Outcome<String> {
        let exchanges = self.caller.ask(&Ask::Inquiry(inquiry.clone()), &[]).await;
        let due = exchanges.as_ref().ok().and_then(|exchanges| {
            let body = exchanges.last()?.answered().filter(|answer| answer.status == 200)?.json()?;
            Some(at(&body, "payNoData.totalAmount.value")?.as_str()?.to_owned())
        });
        if let Some(due) = due {
            return Ok(due);
        }
        self.show()?;
        let refused = exchanges.map_err(cannot)?.last().map_or(Ok(()), verdict);
        refused.and(Err(Failure::new("the inquiry's answer has no totalAmount: give --amount")))
    }

    /// Asks, shows, and fails where the answer is a refusal or none.
    async fn ask(&self, ask: Ask) -> Outcome {
        let step = Step { faults: self.faults.clone(), ..Step::new(ask) };
        let exchanges = step.run(&self.caller).await.map(|outcome| outcome.exchanges);
        if matches!(exchanges, Ok(_) | Err(CannotCall::NoToken(_))) {
            self.show()?;
        }
        exchanges.map_err(cannot)?.last().map_or(Ok(()), verdict)
    }

    fn show(&self) -> Outcome {
        let mut out = io::stdout().lock();
        let exchanges = self.journal.since(0);
        if self.json {
            let last = exchanges.last().and_then(|(_, exchange)| exchange.answered());
            return Ok(last.map_or(Ok(()), |answer| writeln!(out, "{}", answer.body.trim()))?);
        }
        for (_, exchange) in &exchanges {
            let request = &exchange.request;
            writeln!(out, "{} {}\n{}\n{}\n", request.method, request.url, lines(&request.headers), request.body)?;
            if let Some(string_to_sign) = &exchange.string_to_sign {
                writeln!(out, "string to sign: {string_to_sign}\n")?;
            }
            match &exchange.answer {
                Ok(answer) => {
                    writeln!(out, "{}\n{}\n\n{}\n", answer.status, lines(&answer.headers), laid_out(&answer.body))?;
                }
                Err(trouble) => writeln!(out, "{trouble}\n")?,
            }
        }
        Ok(())
    }
}

/// A refusal, or no answer, is a failure of the command.
fn verdict(exchange: &Exchange) -> Outcome {
    let answer = match &exchange.answer {
        Ok(answer) if (200..300).contains(&answer.status) => return Ok(()),
        Ok(answer) => answer,
        // As it was asked for.
        Err(Trouble::Dropped) => return Ok(()),
        Err(trouble @ (Trouble::RealNicepay | Trouble::NoUrl)) => {
            return Err(Failure::new(format!("{} is not called: {trouble}", exchange.request.url)));
        }
        Err(trouble) => {
            return Err(Failure::new(format!(
                "{} did not answer ({trouble}): start the server with nico serve, or give its address with --url",
                exchange.request.url
            )));
        }
    };
    let body = answer.json().unwrap_or_default();
    let why = match body["responseCode"].as_str() {
        Some(code) => format!("{code} {}", body["responseMessage"].as_str().unwrap_or("")),
        None => format!("HTTP {} without a responseCode", answer.status),
    };
    Err(Failure::new(format!("{} was refused: {why}", exchange.name)))
}

fn cannot(error: CannotCall) -> Failure {
    match error {
        CannotCall::NoToken(exchange) => match verdict(&exchange) {
            Err(failure) => failure,
            Ok(()) => {
                Failure::new("the answer has no accessToken: the endpoint is no SNAP provider, or not at this path")
            }
        },
        CannotCall::NoOtherClient => {
            Failure::new(format!("{error}: --other-client-id and --other-private-key name one"))
        }
        CannotCall::NoExpiredToken => Failure::new(format!("{error}: --expired-token takes one")),
        CannotCall::Unfit(_) => Failure::new(error.to_string()),
    }
}

fn lines(headers: &[(String, String)]) -> String {
    headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}
