//! A request's body, as it comes in: bounded, within a deadline, and held on to where it is left unread.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_LENGTH, UPGRADE};
use actix_web::web::{Bytes, BytesMut, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

use super::MAX_BODY;

/// Why there is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyTrouble {
    #[error("the body was cut off by the caller")]
    Cut,
    #[error("the body did not arrive in time")]
    Late,
    #[error("the body has more than {MAX_BODY} bytes")]
    TooLarge,
}

/// The answer, holding on to the request's body until it is sent. What a handler lets go of unread, actix goes on
/// reading when it comes in chunks, however slowly, and for ever; what is still held then closes the connection.
pub(crate) fn holding(unread: Payload, response: HttpResponse) -> HttpResponse {
    response.map_body(|_, said| BoxBody::new(Holding { said, _unread: unread }))
}

struct Holding {
    said: BoxBody,
    _unread: Payload,
}

impl MessageBody for Holding {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.said.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.said).poll_next(context)
    }
}

/// The whole body, or why there is none. One that is too large is read to its end all the same, and thrown away: a
/// caller who is still sending would never read the answer.
pub(crate) async fn read_body(
    payload: &mut Payload,
    request: &HttpRequest,
    deadline: Instant,
) -> Result<Bytes, BodyTrouble> {
    let end = end_of_body(request);
    let (mut body, mut too_large) = (BytesMut::new(), false);
    let reading = async {
        while end.is_none_or(|end| body.len() < end)
            && let Some(chunk) = payload.next().await
        {
            let chunk = chunk.map_err(|_| BodyTrouble::Cut)?;
            too_large |= body.len() + chunk.len() > MAX_BODY;
            if too_large {
                body.clear();
            } else {
                body.extend_from_slice(&chunk);
            }
        }
        Ok(())
    };
    match timeout_at(deadline, reading).await {
        Ok(Err(trouble)) if !too_large => Err(trouble),
        _ if too_large => Err(BodyTrouble::TooLarge),
        Ok(_) => Ok(body.freeze()),
        Err(_) => Err(BodyTrouble::Late),
    }
}

/// Where the body ends, if actix does not know: a caller who wants to speak another protocol (`Upgrade`, `CONNECT`) is
/// given a body without end. We speak no other, and go by `Content-Length`.
fn end_of_body(request: &HttpRequest) -> Option<usize> {
    let upgrade = request.method() == Method::CONNECT || request.headers().contains_key(UPGRADE);
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    upgrade.then(|| length.unwrap_or(0))
}
