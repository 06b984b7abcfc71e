//! The one way in. **Who wants to know whether a stranger can reach an order reads this file.**
//!
//! | check | why here |
//! |---|---|
//! | token | cheap, and most strangers fail it: no key operation for them |
//! | headers | nothing is trusted of a request whose parts are doubled or malformed |
//! | client | which keys count; the token must be this client's own |
//! | freshness | a comparison; a stale request costs no key operation |
//! | signature | the dear one |
//! | body | parsed only for a caller who is who he says |
//! | X-EXTERNAL-ID | **last**: neither a stranger nor a typo burns an id that NICEPAY will want to use |
//!
//! Each check yields a value, and [`Signed`] and [`Verified`] are made of these values: leave a check out and this
//! file no longer compiles. The claim is never given back. A store that fails after it answers 500, and NICEPAY
//! must come with a new id, as SNAP demands.

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use chrono::{DateTime, TimeDelta, Utc};

use super::Provider;
use super::checks::Check;
use super::credentials::{Client, Scheme};
use super::exchange::Call;
use super::refusal::Refusal;
use crate::cvs::inquiry::InquiryRequest;
use crate::cvs::payment::PaymentRequest;
use crate::external_id::{Claim, Claimed};
use crate::order::PayNo;
use crate::snap::access_token::{Bearer, InvalidToken, TokenRequest, TokenValid, bearer_token};
use crate::snap::field::{ClientId, FieldError};
use crate::snap::header::{AUTHORIZATION, Headers, TokenHeaders, TransactionHeaders, one};
use crate::snap::json::Object;
use crate::snap::signature::{SignatureValid, SymmetricInput, verify_asymmetric, verify_symmetric};
use crate::snap::timestamp::{Fresh, Timestamp};

/// A token request whose caller has proved who it is.
pub(super) struct Signed {
    pub(super) client_id: ClientId,
    _fresh: Fresh,
    _signature: SignatureValid,
    _body: TokenRequest,
}

/// An inquiry or a payment whose caller has proved who it is, and whose X-EXTERNAL-ID has been claimed.
pub(super) struct Verified<M> {
    /// Who called, when, and under which X-EXTERNAL-ID.
    pub(super) claim: Claim,
    message: M,
    claimed: Claimed,
    _fresh: Fresh,
    _token: TokenValid,
    _signature: SignatureValid,
}

impl<M> Verified<M> {
    /// The message, if its X-EXTERNAL-ID was free.
    pub(super) fn first(&self) -> Result<&M, Refusal> {
        match self.claimed {
            Claimed::First => Ok(&self.message),
            Claimed::Reused => Err(Refusal::ExternalIdReused),
        }
    }
}

impl Verified<PaymentRequest> {
    /// The message of a payment that may be the retry of a recorded one: that alone may come with a used id.
    pub(super) fn maybe_retried(&self) -> &PaymentRequest {
        &self.message
    }
}

/// What may stand in the body of a transaction.
pub(super) trait Message: Sized {
    /// The endpoint's name in an X-EXTERNAL-ID's claim.
    const ENDPOINT: &'static str;

    fn read(body: &Object) -> Result<Self, FieldError>;

    fn pay_no(&self) -> &PayNo;

    /// The names of fields that were sent and that nobody reads.
    fn unread(&self) -> &[String] {
        &[]
    }
}

impl Message for InquiryRequest {
    const ENDPOINT: &'static str = "cvs/inquiry";

    fn read(body: &Object) -> Result<Self, FieldError> {
        Self::read(body)
    }

    fn pay_no(&self) -> &PayNo {
        &self.pay_no
    }
}

impl Message for PaymentRequest {
    const ENDPOINT: &'static str = "cvs/payment";

    fn read(body: &Object) -> Result<Self, FieldError> {
        Self::read(body)
    }

    fn pay_no(&self) -> &PayNo {
        &self.pay_no
    }

    fn unread(&self) -> &[String] {
        &self.unread
    }
}

/// Lets a token request in.
pub(super) fn admit_token_request(call: &Call) -> Result<Signed, Refusal> {
    let (credentials, received) = (&call.provider.credentials, &call.received);
    let headers = call.note(Check::Headers, TokenHeaders::parse(&received.headers).map_err(Refusal::from))?;
    let client = credentials.client(&headers.client_id).ok_or(Refusal::UnknownClient);
    let client = call.note(Check::Client, client)?;
    call.identify(&client.id, None);
    let fresh = call.note(Check::Freshness, freshness(&call.provider, &headers.timestamp, received.at))?;
    // Always asymmetric, also for a client whose transactions are symmetric.
    let signature = verify_asymmetric(&client.keys, client.id.as_str(), &headers.timestamp, &headers.signature);
    let signature = call.note(Check::Signature, signature.map_err(Refusal::from))?;
    let body = call.note(Check::Body, json_body(call).and_then(|body| Ok(TokenRequest::read(&body)?)))?;
    Ok(Signed { client_id: client.id.clone(), _fresh: fresh, _signature: signature, _body: body })
}

/// Lets an inquiry or a payment in.
pub(super) async fn admit<M: Message>(call: &Call) -> Result<Verified<M>, Refusal> {
    let received = &call.received;
    let (token, bearer) = call.note(Check::Token, token(call))?;
    let headers = call.note(Check::Headers, TransactionHeaders::parse(&received.headers).map_err(Refusal::from))?;
    let (client, token_valid) = call.note(Check::Client, client(call, &headers, bearer))?;
    call.identify(&client.id, Some(&headers.external_id));
    let fresh = call.note(Check::Freshness, freshness(&call.provider, &headers.timestamp, received.at))?;
    let signature = call.note(Check::Signature, signature(call, client, &headers, token))?;
    let message = call.note(Check::Body, json_body(call).and_then(|body| Ok(M::read(&body)?)))?;
    call.concerns(Some(message.pay_no()), message.unread());
    let claim = Claim {
        client_id: client.id.clone(),
        endpoint: M::ENDPOINT,
        date: headers.timestamp.jakarta_date(),
        external_id: headers.external_id,
    };
    let claimed = call.provider.external_ids.claim(&claim).await;
    // The verdict of a used id is "refused", though the retry of a recorded payment may still be answered.
    call.note(Check::ExternalId, matches!(claimed, Ok(Claimed::First)).then_some(()).ok_or(())).ok();
    Ok(Verified {
        claim,
        message,
        claimed: claimed.map_err(|error| Refusal::Store { store: "the X-EXTERNAL-ID store", error })?,
        _fresh: fresh,
        _token: token_valid,
        _signature: signature,
    })
}

fn token(call: &Call) -> Result<(&str, Bearer), Refusal> {
    let authorization = one(&call.received.headers, AUTHORIZATION)?.ok_or(InvalidToken::Absent)?;
    let token = bearer_token(authorization)?;
    Ok((token, call.provider.credentials.token_keys.verify(token, call.received.at)?))
}

fn client<'c>(
    call: &'c Call,
    headers: &TransactionHeaders,
    bearer: Bearer,
) -> Result<(&'c Client, TokenValid), Refusal> {
    let client = call.provider.credentials.client(&headers.partner_id).ok_or(Refusal::UnknownClient)?;
    if headers.client_key.as_ref().is_some_and(|client_key| *client_key != client.id) {
        return Err(Refusal::UnknownClient);
    }
    Ok((client, bearer.of(&client.id)?))
}

fn freshness(provider: &Provider, timestamp: &Timestamp, now: DateTime<Utc>) -> Result<Fresh, Refusal> {
    Ok(timestamp.fresh(now, TimeDelta::seconds(provider.skew_seconds))?)
}

fn signature(
    call: &Call,
    client: &Client,
    headers: &TransactionHeaders,
    access_token: &str,
) -> Result<SignatureValid, Refusal> {
    let received = &call.received;
    Ok(match &client.scheme {
        Scheme::Asymmetric => {
            verify_asymmetric(&client.keys, client.id.as_str(), &headers.timestamp, &headers.signature)?
        }
        Scheme::Symmetric(secret) => {
            let (method, path, body) = (received.method.as_str(), &received.path, &received.body);
            let input = SymmetricInput { method, path, access_token, body, timestamp: &headers.timestamp };
            verify_symmetric(secret, &input, &headers.signature)?
        }
    })
}

fn json_body(call: &Call) -> Result<Object, Refusal> {
    let headers = &call.received.headers;
    let plain = headers.get_all(CONTENT_ENCODING).next().is_none();
    if !plain || !is_json(headers) {
        return Err(Refusal::MediaType);
    }
    Ok(Object::parse(&call.received.body)?)
}

/// One `application/json`, in any case (NICEPAY's SDKs send `Application/JSON`), in UTF-8 where it says so.
fn is_json(headers: &HeaderMap) -> bool {
    let mut sent = headers.get_all(CONTENT_TYPE);
    let (Some(media_type), None) = (sent.next().and_then(|value| value.to_str().ok()), sent.next()) else {
        return false;
    };
    let mut parts = media_type.split(';').map(str::trim);
    let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("application/json"));
    let charset = |part: &str| {
        Some(part.split_once('=')?)
            .filter(|(name, _)| name.eq_ignore_ascii_case("charset"))
            .map(|(_, set)| set.trim_matches('"').to_owned())
    };
    named && parts.filter_map(charset).all(|set| set.eq_ignore_ascii_case("utf-8"))
}

impl Headers for HeaderMap {
    fn values(&self, name: &str) -> Vec<&[u8]> {
        self.get_all(name).map(|value| value.as_bytes()).collect()
    }
}
