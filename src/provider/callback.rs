//! The way back, at a path of the merchant's: a customer's browser comes from NICEPAY's page and is sent on to the shop.
//!
//! Nothing in it is signed, and it may have been written by hand. So nothing of it is given back, and nothing said: the
//! shop's page is reached in any case, with a reference behind it only where that is one of ours, as we write it.

use std::sync::Arc;

use actix_web::http::header::HeaderValue;
use tokio::time::timeout;

use super::exchange::{Call, Reply};
use super::refusal::Refusal;
use crate::cvs::callback::CalledBack;
use crate::cvs::transaction::ReferenceNo;
use crate::registration::Hears;

/// Where browsers come back to, and where they are sent on to.
#[derive(Debug, Clone)]
pub struct CallbackDoor {
    pub(super) path: String,
    return_url: String,
}

/// Why a return URL is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a return URL is the address of a page of the shop's, such as https://shop.example/orders, percent-encoded")]
pub struct ReturnUrlError;

impl CallbackDoor {
    /// The path that the merchant registers as `callBackUrl`, without host and query; and the page of the shop's where the
    /// customer learns how the order stands. It gets `referenceNo` in its query, where the order is known.
    ///
    /// # Errors
    /// [`ReturnUrlError`] for what is no URL of a page.
    pub fn new(path: &str, return_url: &str) -> Result<Self, ReturnUrlError> {
        let rest = ["https://", "http://"].iter().find_map(|scheme| return_url.strip_prefix(scheme));
        let has_host = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#']));
        if has_host && return_url.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self { path: path.to_owned(), return_url: return_url.to_owned() })
        } else {
            Err(ReturnUrlError)
        }
    }

    /// The page of the shop's, for this order.
    fn location(&self, reference_no: Option<&ReferenceNo>) -> HeaderValue {
        let (page, fragment) = self.return_url.split_at(self.return_url.find('#').unwrap_or(self.return_url.len()));
        let named = reference_no.map(|reference_no| {
            let joint = match page.split_once('?') {
                None => "?",
                Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
                Some(_) => "&",
            };
            let text: String = form_urlencoded::byte_serialize(reference_no.as_str().as_bytes()).collect();
            format!("{joint}{}={text}", ReferenceNo::FIELD)
        });
        let location = format!("{page}{}{fragment}", named.unwrap_or_default());
        HeaderValue::from_str(&location).expect("BUG: a URL of visible ASCII can stand in a header")
    }
}

pub(super) async fn callback(call: Call, door: Arc<CallbackDoor>, office: Arc<dyn Hears>) -> Result<Reply, Refusal> {
    let query = call.received.path.split_once('?').map_or("", |(_, query)| query);
    let called_back = CalledBack::read(query, &call.received.body);
    // A customer waits: half the deadline is left to send him on, whatever the store does.
    let known = match timeout(call.provider.deadline / 2, office.called_back(called_back)).await {
        Ok(Ok(known)) => known,
        Ok(Err(error)) => unknown(&error),
        Err(late) => unknown(&late),
    };
    Ok(Reply::SeeOther(door.location(known.as_ref())))
}

fn unknown(cause: &dyn std::fmt::Display) -> Option<ReferenceNo> {
    tracing::error!(%cause, "a browser came back, and its order could not be looked up");
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_appended_to_whatever_query_there_is() {
        let reference_no = ReferenceNo::parse("A&b=1/#%+?").unwrap();
        for (return_url, due) in [
            ("https://shop.example/orders", "https://shop.example/orders?referenceNo="),
            ("https://shop.example", "https://shop.example?referenceNo="),
            ("https://shop.example/?", "https://shop.example/?referenceNo="),
            ("https://shop.example/?lang=id", "https://shop.example/?lang=id&referenceNo="),
            ("https://shop.example/?lang=id&", "https://shop.example/?lang=id&referenceNo="),
        ] {
            for fragment in ["", "#status", "#a?b"] {
                let door = CallbackDoor::new("/back", &format!("{return_url}{fragment}")).unwrap();
                let location = door.location(Some(&reference_no));
                assert_eq!(location.to_str().unwrap(), format!("{due}A%26b%3D1%2F%23%25%2B%3F{fragment}"));
                assert_eq!(door.location(None).to_str().unwrap(), format!("{return_url}{fragment}"));
            }
        }
    }

    #[test]
    fn a_return_url_is_that_of_a_page() {
        for wrong in [
            "",
            "/orders",
            "shop.example",
            "javascript:alert(1)",
            "https://",
            "https:///x",
            "https://a b",
            "https://shop.example/\r\nX: y",
            "https://shop.example/é",
            "ftp://shop.example",
        ] {
            assert_eq!(CallbackDoor::new("/back", wrong).err(), Some(ReturnUrlError), "{wrong}");
        }
    }
}
