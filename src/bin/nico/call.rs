//! `nico call`: plays NICEPAY once, and shows what went over the wire.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use nico::clock::{Clock, SystemClock};
use nico::snap::encoding::base64;
use nico::snap::key::PrivateKey;
use nico::snap::signature::{SymmetricInput, asymmetric_string_to_sign, sign_symmetric};
use nico::snap::timestamp::Timestamp;
use nico::{PayNo, Secret};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use rsa::rand_core::{OsRng, RngCore};
use serde_json::{Value, json};

use crate::config::Config;
use crate::failure::{Failure, Outcome};
use crate::keys::{SANDBOX_PRIVATE, client_secret, read_private};

/// Longer than any provider should take, NICEPAY's own patience being unknown.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Subcommand)]
pub(crate) enum CallCommand {
    /// Ask for an access token.
    Token(Target),
    /// Ask what is to be paid for a number.
    Inquiry {
        /// The number, as the customer would tell it.
        pay_no: String,
        #[command(flatten)]
        target: Target,
    },
    /// Tell that a number was paid.
    Payment {
        /// The number, as the customer would tell it.
        pay_no: String,
        /// What was paid, as 10000.00; where it is not given, what an inquiry says is to be paid.
        #[arg(long)]
        amount: Option<String>,
        #[command(flatten)]
        target: Target,
    },
}

/// Whom to call, and as whom.
#[derive(Args)]
pub(crate) struct Target {
    /// Where the provider is; by default where this configuration listens.
    #[arg(long)]
    url: Option<String>,
    /// What stands before /v1.0; by default this configuration's.
    #[arg(long)]
    base_path: Option<String>,
    /// X-CLIENT-KEY and X-PARTNER-ID; by default the configuration's first client.
    #[arg(long)]
    client_id: Option<String>,
    /// The private key to sign with; by default the sandbox's.
    #[arg(long, value_name = "FILE")]
    private_key: Option<PathBuf>,
    /// The chain of stores that calls.
    #[arg(long, default_value = "ALMA")]
    mitra_cd: String,
    /// Print the answer's body alone, on one line.
    #[arg(long)]
    json: bool,
}

/// NICEPAY, for one call.
struct Caller {
    http: Client,
    url: Url,
    base_path: String,
    client_id: String,
    private_key: PrivateKey,
    secret: Option<Secret>,
    mitra_cd: String,
    json: bool,
}

/// A request, signed.
struct Signed<'a> {
    path: &'a str,
    headers: Vec<(&'static str, String)>,
    body: String,
    to_sign: String,
}

struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    text: String,
}

pub(crate) async fn call(config: &Config, command: CallCommand) -> Outcome {
    match command {
        CallCommand::Token(target) => {
            let caller = Caller::new(config, target)?;
            caller.token(true).await.map(drop)
        }
        CallCommand::Inquiry { pay_no, target } => {
            let caller = Caller::new(config, target)?;
            let body = caller.inquiry_body(&pay_no)?;
            let token = caller.token(false).await?;
            caller.transaction("cvs/inquiry", &token, &body, true).await.map(drop)
        }
        CallCommand::Payment { pay_no, amount, target } => {
            let caller = Caller::new(config, target)?;
            let mut body = caller.inquiry_body(&pay_no)?;
            let token = caller.token(false).await?;
            let amount = match amount {
                Some(amount) => amount,
                None => caller.amount_due(&token, &body).await?,
            };
            body["paymentRequestId"] = body["inquiryRequestId"].clone();
            body["paidAmount"] = json!({ "value": amount, "currency": "IDR" });
            body["trxDateTime"] = json!(Timestamp::of(SystemClock.now()).as_str());
            caller.transaction("cvs/payment", &token, &body, true).await.map(drop)
        }
    }
}

impl Caller {
    fn new(config: &Config, target: Target) -> Outcome<Self> {
        let url = target.url.unwrap_or_else(|| format!("http://{}", config.settings.listen));
        let parsed = Url::parse(&url).ok().filter(|url| url.has_host());
        let url = parsed.ok_or_else(|| {
            Failure::new("--url must begin with http:// or https:// and a host, as http://127.0.0.1:8080 does")
        })?;
        let client_id = target.client_id.unwrap_or_else(|| config.settings.clients[0].id.clone());
        let client = config.settings.clients.iter().find(|client| client.id == client_id);
        let secret = client.map_or(Ok(None), |client| client_secret(config, client))?;
        let private_key = target.private_key.unwrap_or_else(|| config.path("keys").join(SANDBOX_PRIVATE));
        let http = Client::builder().redirect(Policy::none()).timeout(PATIENCE).no_proxy().build();
        Ok(Self {
            http: http.map_err(|error| Failure::new(format!("no HTTP client can be made: {error}")))?,
            url,
            base_path: target
                .base_path
                .unwrap_or_else(|| config.settings.base_path.clone())
                .trim_end_matches('/')
                .to_owned(),
            client_id,
            private_key: read_private(&private_key)?,
            secret,
            mitra_cd: target.mitra_cd,
            json: target.json,
        })
    }

    async fn token(&self, last: bool) -> Outcome<String> {
        let timestamp = Timestamp::of(SystemClock.now());
        let to_sign = asymmetric_string_to_sign(&self.client_id, &timestamp);
        let headers = vec![
            ("X-TIMESTAMP", timestamp.as_str().to_owned()),
            ("X-CLIENT-KEY", self.client_id.clone()),
            ("X-SIGNATURE", base64(&self.private_key.sign(to_sign.as_bytes()))),
        ];
        let body = json!({ "grantType": "client_credentials", "additionalInfo": {} }).to_string();
        let answer = self.exchange(Signed { path: "access-token/b2b", headers, body, to_sign }, last).await?;
        let token = answer["accessToken"].as_str().map(str::to_owned);
        token.ok_or_else(|| {
            Failure::new("the answer has no accessToken: the endpoint is no SNAP provider, or not at this path")
        })
    }

    async fn transaction(&self, path: &str, token: &str, body: &Value, last: bool) -> Outcome<Value> {
        let (timestamp, body) = (Timestamp::of(SystemClock.now()), body.to_string());
        let full_path = format!("{}/v1.0/{path}", self.base_path);
        let input = SymmetricInput {
            method: "POST",
            path: &full_path,
            access_token: token,
            body: body.as_bytes(),
            timestamp: &timestamp,
        };
        let (to_sign, signature) = match &self.secret {
            Some(secret) => (input.string_to_sign(), sign_symmetric(secret, &input)),
            None => {
                let to_sign = asymmetric_string_to_sign(&self.client_id, &timestamp);
                let signature = base64(&self.private_key.sign(to_sign.as_bytes()));
                (to_sign, signature)
            }
        };
        let headers = vec![
            ("Authorization", format!("Bearer {token}")),
            ("X-TIMESTAMP", timestamp.as_str().to_owned()),
            ("X-PARTNER-ID", self.client_id.clone()),
            ("X-SIGNATURE", signature),
            ("X-EXTERNAL-ID", unique_digits()),
            ("CHANNEL-ID", format!("{}01", self.client_id)),
        ];
        self.exchange(Signed { path, headers, body, to_sign }, last).await
    }

    fn inquiry_body(&self, pay_no: &str) -> Outcome<Value> {
        let parsed = PayNo::parse(pay_no).map_err(|_| Failure::new("PAY_NO must be 2 to 12 digits"))?;
        let (partner_service_id, customer_no) = parsed.parts();
        Ok(json!({
            "partnerServiceId": partner_service_id, "customerNo": customer_no, "payNo": pay_no,
            "inquiryRequestId": unique_digits(), "mitraCd": self.mitra_cd,
        }))
    }

    async fn amount_due(&self, token: &str, inquiry: &Value) -> Outcome<String> {
        let answer = self.transaction("cvs/inquiry", token, inquiry, false).await?;
        let due = answer["payNoData"]["totalAmount"]["value"].as_str().map(str::to_owned);
        due.ok_or_else(|| Failure::new("the inquiry's answer has no totalAmount: give --amount"))
    }

    /// Sends, shows, and yields the answer's body; a refusal is shown and fails.
    async fn exchange(&self, request: Signed<'_>, last: bool) -> Outcome<Value> {
        let Signed { path, headers, body, to_sign } = request;
        let mut url = self.url.clone();
        url.set_path(&format!("{}/v1.0/{path}", self.base_path));
        let shown = format!("POST {url}\n{}\n{body}\n\nstring to sign: {to_sign}\n", lines(&headers));
        let answer = self.send(url, headers, body).await?;
        let parsed: Value = serde_json::from_str(&answer.text).unwrap_or_default();
        let good = (200..300).contains(&answer.status);
        self.show(&shown, &answer, last || !good)?;
        if good {
            return Ok(parsed);
        }
        let code = parsed["responseCode"].as_str().unwrap_or("without a responseCode");
        Err(Failure::new(format!("{path} was refused: {code} {}", parsed["responseMessage"].as_str().unwrap_or(""))))
    }

    async fn send(&self, url: Url, headers: Vec<(&str, String)>, body: String) -> Outcome<Answer> {
        let mut request = self.http.post(url.clone()).header("Content-Type", "application/json").body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let failed = |error: reqwest::Error| {
            let cause = std::iter::successors(std::error::Error::source(&error), |error| error.source()).last();
            let cause = cause.map_or_else(|| error.to_string(), ToString::to_string);
            Failure::new(format!(
                "{url} did not answer ({cause}): start the server with nico serve, or give its address with --url"
            ))
        };
        let response = request.send().await.map_err(failed)?;
        let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let status = response.status().as_u16();
        Ok(Answer { status, headers, text: response.text().await.map_err(failed)? })
    }

    fn show(&self, request: &str, answer: &Answer, last: bool) -> Outcome {
        let mut out = io::stdout().lock();
        if self.json {
            return if last { Ok(writeln!(out, "{}", answer.text.trim())?) } else { Ok(()) };
        }
        writeln!(out, "{request}\n{}\n{}\n", answer.status, lines(&answer.headers))?;
        Ok(writeln!(out, "{}\n", indented(&answer.text))?)
    }
}

fn lines(headers: &[(impl AsRef<str>, String)]) -> String {
    headers.iter().map(|(name, value)| format!("{}: {value}\n", name.as_ref())).collect()
}

/// Twenty digits that nobody has used today: NICEPAY's own ids look like this.
fn unique_digits() -> String {
    format!("{:020}", OsRng.next_u64())
}

/// The JSON text with a member a line, in the order in which it came.
fn indented(json: &str) -> String {
    let (mut shown, mut depth, mut in_string, mut escaped) = (String::new(), 0_usize, false, false);
    let line = |depth: usize| format!("\n{}", "  ".repeat(depth));
    let mut chars = json.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            _ if in_string => {
                shown.push(c);
                in_string = escaped || c != '"';
                escaped = !escaped && c == '\\';
            }
            '{' if chars.next_if_eq(&'}').is_some() => shown += "{}",
            '{' | '[' => {
                depth += 1;
                shown += &format!("{c}{}", line(depth));
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                shown += &format!("{}{c}", line(depth));
            }
            ',' => shown += &format!(",{}", line(depth)),
            ':' => shown += ": ",
            ' ' | '\t' | '\r' | '\n' => {}
            _ => {
                in_string = c == '"';
                shown.push(c);
            }
        }
    }
    shown
}
