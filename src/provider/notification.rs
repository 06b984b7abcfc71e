//! The notification, at a path of the merchant's: NICEPAY tells that money came, or that it was taken back.
//!
//! | check | why here |
//! |---|---|
//! | address | cheap, and strangers are not even read |
//! | form | what cannot be read cannot be judged |
//! | token | with whoever hears it, who has the key; and nothing of a forgery is kept |
//!
//! It is acknowledged once it is kept, and not before: NICEPAY repeats what was not acknowledged, and nobody repeats what
//! was. That none of it changes an order by itself is decided elsewhere (see [`crate::registration`]).

use std::sync::Arc;

use super::exchange::{Call, Reply};
use super::refusal::Refusal;
use super::source::Sources;
use crate::cvs::notification::Notified;
use crate::order::PayNo;
use crate::registration::{Heard, Hears};
use crate::snap::header::Headers;

/// Where notifications come in, and from whom.
#[derive(Debug, Clone)]
pub struct NotificationDoor {
    pub(super) path: String,
    sources: Sources,
    acknowledgement: String,
}

impl NotificationDoor {
    /// The path that the merchant registers as `dbProcessUrl`, without host and query; and who may notify there.
    ///
    /// NICEPAY's pages do not say what it wants to hear; its plugins answer several things, `SUCCESS` among them, which is
    /// the default.
    pub fn new(path: &str, sources: Sources) -> Self {
        Self { path: path.to_owned(), sources, acknowledgement: "SUCCESS".to_owned() }
    }

    /// Answers this text to what was kept.
    #[must_use]
    pub fn acknowledgement(self, text: &str) -> Self {
        Self { acknowledgement: text.to_owned(), ..self }
    }
}

pub(super) async fn notification(
    call: Call,
    door: Arc<NotificationDoor>,
    office: Arc<dyn Hears>,
) -> Result<Reply, Refusal> {
    let received = &call.received;
    let source = door.sources.source(received.peer, &received.headers.values(X_FORWARDED_FOR));
    let source = source.ok_or(Refusal::UnknownSource)?;
    if !door.sources.admits(source) {
        return Err(Refusal::UnadmittedSource(source));
    }
    let notified = Notified::read(&received.body)?;
    let ignored: Vec<_> = notified.ignored().iter().map(|name| (*name).to_owned()).collect();
    // A longer number than NICO's is left out of the log: there is no mask for it.
    let pay_no = notified.pay_no.as_ref().and_then(|number| PayNo::parse(number.as_str()).ok());
    call.concerns(pay_no.as_ref(), &ignored);
    let body = String::from_utf8(received.body.to_vec()).expect("BUG: a body that was read is UTF-8");
    match office.hear(notified, source, body, received.at).await {
        Ok(Heard::Kept) => Ok(Reply::Acknowledged(door.acknowledgement.clone())),
        Ok(Heard::NotGenuine) => Err(Refusal::ForgedNotification),
        Err(error) => Err(Refusal::Store { store: "the store of notifications", error }),
    }
}

const X_FORWARDED_FOR: &str = "X-Forwarded-For";
