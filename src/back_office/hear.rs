//! Takes what NICEPAY and browsers bring. None of it changes what an order is believed to be: it is a reason to ask.

use std::net::IpAddr;

use chrono::{DateTime, Utc};

use super::BackOffice;
use crate::cvs::callback::CalledBack;
use crate::cvs::notification::Notified;
use crate::cvs::transaction::ReferenceNo;
use crate::order::{Erased, StoreError};
use crate::registration::{Evidence, Heard, Hears, Kept, Notice, Registration, notice};

impl Hears for BackOffice {
    fn hear(&self, notified: Notified, source: IpAddr, body: String, at: DateTime<Utc>) -> Erased<'_, Heard> {
        Box::pin(async move {
            if !notified.is_genuine(self.0.nicepay.i_mid(), self.0.nicepay.key()) {
                return Ok(Heard::NotGenuine);
            }
            let about = self.is_about(&notified).await?;
            let notice = about.as_ref().map(|registration| notice(&notified, registration));
            let kept = Kept {
                received_at: at,
                source: source.to_string(),
                t_xid: notified.t_xid.clone(),
                reference_no: notified.reference_no.clone(),
                verdict: verdict(notice.as_ref()),
                body,
            };
            self.0.registrations.keep(&kept).await?;
            match (about, notice) {
                (Some(registration), Some(notice)) => {
                    self.learn(&registration.reference_no, &Evidence::Notified(notice)).await?;
                }
                _ => tracing::warn!(
                    t_xid = notified.t_xid.as_str(),
                    "a notification about what was not registered here is kept and not followed"
                ),
            }
            Ok(Heard::Kept)
        })
    }

    fn called_back(&self, callback: CalledBack) -> Erased<'_, Option<ReferenceNo>> {
        Box::pin(async move {
            let Some(reference_no) = callback.reference_no else { return Ok(None) };
            let Some(registration) = self.find(&reference_no).await? else { return Ok(None) };
            let is_of_another = |known| callback.t_xid.as_ref().is_some_and(|brought| brought != known);
            if registration.t_xid.as_ref().is_some_and(is_of_another) {
                return Ok(None);
            }
            self.learn(&reference_no, &Evidence::CalledBack).await?;
            Ok(Some(reference_no))
        })
    }
}

impl BackOffice {
    /// The registration that a notification names, by NICEPAY's id or else by the merchant's reference.
    async fn is_about(&self, notified: &Notified) -> Result<Option<Registration>, StoreError> {
        if let Some(registration) = self.0.registrations.find_by_t_xid(&notified.t_xid).await? {
            return Ok(Some(registration));
        }
        self.find(&notified.reference_no).await
    }
}

fn verdict(notice: Option<&Notice>) -> String {
    match notice {
        None => "unknown".to_owned(),
        Some(Notice { says: Ok(_), .. }) => "agrees".to_owned(),
        Some(Notice { says: Err(field), .. }) => format!("another {field}"),
    }
}
