//! The merchant's service on the wire: one question, one answer.

use chrono::{DateTime, Utc};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, ClientBuilder, Response, Url};
use rsa::rand_core::{OsRng, RngCore};
use serde::Serialize;

use super::trouble::Trouble;
use crate::order::{Order, PayNo, StoreError};
use crate::outgoing;
use crate::snap::json::Object;
use crate::webhook::{MessageId, SigningSecret};

/// Where it is and how it is asked.
pub(super) struct Service {
    url: Url,
    secret: SigningSecret,
    /// Over connections that are kept.
    kept: Client,
    /// Over a connection of its own: for what must not meet one that is dead and does not know it yet.
    fresh: Client,
}

/// The body of the question.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Question<'a> {
    pay_no: &'a PayNo,
    partner_service_id: &'a str,
    customer_no: &'a str,
}

impl Service {
    /// # Errors
    /// [`StoreError`] for what is no URL of a service, and where TLS cannot be had.
    pub(super) fn new(url: &str, secret: SigningSecret) -> Result<Self, StoreError> {
        let url = outgoing::address(url).map_err(StoreError::new)?;
        let is_plain = url.scheme() == "http";
        let build = |client: ClientBuilder| client.build().map_err(|error| StoreError::from(error.without_url()));
        let kept = build(outgoing::client(is_plain).pool_idle_timeout(outgoing::KEPT_FOR))?;
        let fresh = build(outgoing::client(is_plain).pool_max_idle_per_host(0))?;
        Ok(Self { url, secret, kept, fresh })
    }

    /// Asks for the order behind a number. A probe goes over a connection of its own.
    pub(super) async fn ask(
        &self,
        pay_no: &PayNo,
        is_probe: bool,
        now: DateTime<Utc>,
    ) -> Result<Option<Order>, Trouble> {
        let response = self.send(pay_no, is_probe, now).await?;
        match response.status().as_u16() {
            200 => order(response, pay_no).await.map(Some),
            404 => Ok(None),
            status @ (401 | 403) => Err(Trouble::Signature(status)),
            status @ 500.. => Err(Trouble::Broken(status)),
            status => Err(Trouble::Status(status)),
        }
    }

    /// Where a kept connection breaks, once more over a fresh one: the service may have closed it while the question was
    /// on its way, and answering twice does no harm.
    async fn send(&self, pay_no: &PayNo, is_probe: bool, now: DateTime<Utc>) -> Result<Response, Trouble> {
        let (partner_service_id, customer_no) = pay_no.parts();
        let question = Question { pay_no, partner_service_id, customer_no };
        let body = serde_json::to_vec(&question).expect("BUG: texts are always JSON");
        let mut id = [0; 16];
        OsRng.fill_bytes(&mut id);
        let headers = self.secret.headers(&MessageId::of(id), now, &body);
        let request = |client: &Client| {
            let request = client.post(self.url.clone()).header(CONTENT_TYPE, JSON).header(ACCEPT, JSON);
            headers.iter().fold(request, |request, (name, value)| request.header(*name, value)).body(body.clone())
        };
        if !is_probe {
            match request(&self.kept).send().await {
                Err(error) if !error.is_connect() => {}
                answer => return Ok(answer?),
            }
        }
        Ok(request(&self.fresh).send().await?)
    }
}

async fn order(response: Response, pay_no: &PayNo) -> Result<Order, Trouble> {
    if !is_json(&response) {
        return Err(Trouble::NotJson);
    }
    let order = Order::read(&Object::parse(&outgoing::body(response).await?)?)?;
    if order.pay_no == *pay_no { Ok(order) } else { Err(Trouble::AnotherOrder) }
}

/// Whatever follows a semicolon: JSON is in UTF-8, or is refused when it is read.
fn is_json(response: &Response) -> bool {
    let declared = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = declared.and_then(|declared| declared.split(';').next());
    media_type.is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(JSON))
}

const JSON: &str = "application/json";
