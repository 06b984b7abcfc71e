//! From a plan to a request: the headers, the string to sign, the signature.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use chrono::{DateTime, SecondsFormat, Utc};
use reqwest::Url;

use super::exchange::Sent;
use super::merchant::Merchant;
use super::plan::{Client, Encoding, Endpoint, HeaderChange, Path, Plan, Stamp, Text, Token, text};
use crate::cvs::merchant_token::{Covered, MerchantKey};
use crate::snap::encoding::{base64, hex};
use crate::snap::key::PrivateKey;
use crate::snap::secret::Secret;
use crate::snap::signature::{body_hash, hmac_sha512};
use crate::snap::timestamp::{JAKARTA, jakarta_text};

/// Who calls: a client's id and what it signs with.
#[derive(Debug)]
pub struct Identity {
    /// X-CLIENT-KEY and X-PARTNER-ID.
    pub client_id: String,
    /// Signs token calls, and transactions where there is no secret.
    pub private_key: PrivateKey,
    /// Signs transactions, where the client's scheme is symmetric.
    pub secret: Option<Secret>,
}

/// All that a plan needs to become a request.
pub(super) struct Means<'a> {
    pub(super) url: &'a str,
    pub(super) base_path: &'a str,
    pub(super) identity: &'a Identity,
    pub(super) merchant: &'a Merchant,
    pub(super) other_id: &'a str,
    /// A key that nobody knows.
    pub(super) stranger: &'a PrivateKey,
    pub(super) token: &'a str,
    pub(super) external_id: &'a str,
    pub(super) now: DateTime<Utc>,
}

/// The request, and the string that was signed for it, if anything was.
pub(super) fn write(plan: &Plan, means: &Means<'_>) -> (Sent, Option<String>) {
    match plan.endpoint {
        Endpoint::Token | Endpoint::Inquiry | Endpoint::Payment => snap(plan, means),
        Endpoint::Notification => notification(plan, means.merchant),
        Endpoint::Callback => (callback(plan), None),
    }
}

fn snap(plan: &Plan, means: &Means<'_>) -> (Sent, Option<String>) {
    let path = format!("{}/v1.0/{}", means.base_path, path(plan));
    let timestamp = timestamp(plan, means.now);
    let token = shown(plan, means.token);
    let (string_to_sign, signature) = signature(plan, means, &path, &timestamp);
    let client_id = client_id(plan, means).to_owned();
    let mut headers = vec![("Content-Type", plan.media_type.to_owned())];
    headers.extend(if plan.endpoint == Endpoint::Token {
        vec![("X-TIMESTAMP", timestamp), ("X-CLIENT-KEY", client_id), ("X-SIGNATURE", signature)]
    } else {
        vec![
            ("Authorization", format!("{} {token}", plan.scheme)),
            ("X-TIMESTAMP", timestamp),
            ("X-PARTNER-ID", client_id),
            ("X-SIGNATURE", signature),
            ("X-EXTERNAL-ID", means.external_id.to_owned()),
            ("CHANNEL-ID", format!("{}01", means.identity.client_id)),
        ]
    });
    for (name, change) in &plan.headers {
        apply(&mut headers, name, *change);
    }
    let sent = Sent {
        method: plan.method.to_owned(),
        url: format!("{}{path}", means.url),
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        body: if plan.method == "GET" { String::new() } else { plan.sent_body() },
    };
    (sent, Some(string_to_sign))
}

/// As NICEPAY notifies: a form, in the name of an ancient client.
fn notification(plan: &Plan, merchant: &Merchant) -> (Sent, Option<String>) {
    let (t_xid, amt) = (plan.text_of("tXid"), plan.text_of("amt"));
    let covered = Covered::TransactionV1 { i_mid: &merchant.i_mid, t_xid, amt };
    let merchant_token = if plan.own_key {
        merchant.key.token(&covered)
    } else {
        MerchantKey::new(Secret::new("a key that nobody has")).expect("BUG: it is not empty").token(&covered)
    };
    let string_to_sign = format!("{}{t_xid}{amt}<merchantKey>", merchant.i_mid);
    let mut fields = texts(plan);
    fields.insert(1.min(fields.len()), ("merchantToken".to_owned(), merchant_token));
    if plan.altered {
        fields.iter_mut().filter(|(name, _)| name == "amt").for_each(|(_, amt)| amt.push('0'));
    }
    let sent = Sent {
        method: plan.method.to_owned(),
        url: plan.url.clone().unwrap_or_default(),
        headers: vec![
            ("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
            ("User-Agent".to_owned(), "Jakarta Commons-HttpClient/3.1".to_owned()),
        ],
        body: form(&fields),
    };
    (sent, Some(string_to_sign))
}

/// As the customer's browser comes back.
fn callback(plan: &Plan) -> Sent {
    let url = plan.url.clone().unwrap_or_default();
    let mark = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{mark}{}", form(&texts(plan)));
    Sent { method: plan.method.to_owned(), url, headers: Vec::new(), body: String::new() }
}

fn texts(plan: &Plan) -> Vec<(String, String)> {
    plan.fields.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

fn form(fields: &[(String, String)]) -> String {
    let mut url = Url::parse("http://form").expect("BUG: this is a URL");
    url.query_pairs_mut().extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}

pub(super) fn path(plan: &Plan) -> &'static str {
    match plan.path {
        Path::Due => plan.endpoint.name(),
        Path::Unknown => "cvs/nothing-is-here",
        Path::SigningPage => "utilities/signature-auth",
    }
}

fn apply(headers: &mut Vec<(&'static str, String)>, name: &'static str, change: HeaderChange) {
    let place = headers.iter().position(|(header, _)| *header == name);
    match (change, place) {
        (HeaderChange::Missing, Some(place)) => drop(headers.remove(place)),
        (HeaderChange::Empty, Some(place)) => headers[place].1.clear(),
        (HeaderChange::Doubled, Some(place)) => {
            let second = format!("{}2", headers[place].1);
            headers.insert(place + 1, (name, second));
        }
        (HeaderChange::OverLong, Some(place)) => headers[place].1 = "9".repeat(41),
        (HeaderChange::Extra, _) => headers.push((name, "nor needs to".to_owned())),
        // A header that this call does not have cannot be spoiled.
        (HeaderChange::Missing | HeaderChange::Empty | HeaderChange::Doubled | HeaderChange::OverLong, None) => {}
    }
}

fn timestamp(plan: &Plan, now: DateTime<Utc>) -> String {
    let instant = now - plan.age;
    match plan.stamp {
        Stamp::Jakarta => jakarta_text(instant),
        Stamp::NoOffset => jakarta_text(instant).trim_end_matches("+07:00").to_owned(),
        Stamp::Zulu => instant.to_rfc3339_opts(SecondsFormat::Secs, true),
        Stamp::Milliseconds => instant.with_timezone(&JAKARTA).to_rfc3339_opts(SecondsFormat::Millis, false),
        Stamp::Nonsense => "half past nine".to_owned(),
    }
}

fn shown(plan: &Plan, token: &str) -> String {
    match plan.token {
        Token::Own | Token::Expired | Token::Foreign | Token::Other => token.to_owned(),
        Token::Quoted => format!("\"{token}\""),
        Token::Altered => {
            // In the middle: the last character of a base64 text may have bits that nobody reads.
            let middle = token.len() / 2;
            let other = |c: char| if c == 'A' { 'B' } else { 'A' };
            token.chars().enumerate().map(|(place, c)| if place == middle { other(c) } else { c }).collect()
        }
    }
}

fn client_id<'a>(plan: &Plan, means: &Means<'a>) -> &'a str {
    match plan.client {
        Client::Own => &means.identity.client_id,
        Client::Other => means.other_id,
        Client::Unknown => "NOBODY-HAS-THIS-ID",
    }
}

fn signature(plan: &Plan, means: &Means<'_>, path: &str, timestamp: &str) -> (String, String) {
    // Another client's id is claimed under one's own signature; an unknown client signs for itself.
    let signer = if plan.client == Client::Other { &means.identity.client_id } else { client_id(plan, means) };
    let secret = means.identity.secret.as_ref().filter(|_| plan.endpoint != Endpoint::Token);
    let with_rsa = secret.is_none() != (plan.text == Text::OtherScheme);
    let hash = body_hash(plan.body().as_bytes());
    // The token as the one that is called reads it, so that a wrong token does not spoil the signature as well.
    let token = if plan.token == Token::Quoted { means.token.to_owned() } else { shown(plan, means.token) };
    let string_to_sign = match (with_rsa, plan.text == Text::WrongOrder) {
        (true, false) => format!("{signer}|{timestamp}"),
        (true, true) => format!("{timestamp}|{signer}"),
        (false, false) => format!("{}:{path}:{token}:{hash}:{timestamp}", plan.method),
        (false, true) => format!("{}:{path}:{hash}:{token}:{timestamp}", plan.method),
    };
    let made_up = Secret::new("a secret that nobody has");
    let bytes = match (with_rsa, plan.own_key) {
        (true, true) => means.identity.private_key.sign(string_to_sign.as_bytes()),
        (true, false) => means.stranger.sign(string_to_sign.as_bytes()),
        (false, own) => hmac_sha512(secret.filter(|_| own).unwrap_or(&made_up), &string_to_sign),
    };
    (string_to_sign, encoded(plan.encoding, bytes))
}

fn encoded(encoding: Encoding, mut bytes: Vec<u8>) -> String {
    match encoding {
        Encoding::Base64 => base64(&bytes),
        Encoding::Hex => hex(&bytes),
        Encoding::UrlSafe => URL_SAFE.encode(&bytes),
        Encoding::OneBitOff => {
            bytes[0] ^= 1;
            base64(&bytes)
        }
        Encoding::Tailed => base64(&[bytes.as_slice(), b"tail"].concat()),
        Encoding::LowerCase => {
            let text = base64(&bytes);
            // The last four characters stay, so that it is still base64 and of the same length.
            let (most, last) = text.split_at(text.len() - 4);
            most.to_ascii_lowercase() + last
        }
        Encoding::Garbage => "this is no signature!".to_owned(),
    }
}
