//! `POST …/access-token/b2b`

use super::exchange::{Call, Reply};
use super::gate;
use super::refusal::Refusal;
use crate::snap::access_token::TokenResponse;
use crate::snap::response_code::Service;

pub(super) async fn access_token(call: Call) -> Result<Reply, Refusal> {
    let signed = gate::admit_token_request(&call)?;
    let token = call.provider.credentials.token_keys.issue(&signed.client_id, call.received.at);
    Ok(Reply::successful(&call.provider.codes, Service::AccessToken, TokenResponse::new(token)))
}
