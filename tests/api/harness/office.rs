//! Whoever hears of registrations, in memory: it writes down what it is told, and answers as the test wants it.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use nico::StoreError;
use nico::cvs::callback::CalledBack;
use nico::cvs::notification::Notified;
use nico::cvs::transaction::ReferenceNo;
use nico::registration::{Heard, Hears};

use super::LEAK;

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// What it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Keeps,
    Disbelieves,
    Fails,
    Hangs,
}

/// One notification as it was heard.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) notified: Notified,
    pub(crate) source: IpAddr,
    pub(crate) body: String,
    pub(crate) at: DateTime<Utc>,
}

#[derive(Debug)]
pub(crate) struct Office {
    manner: Manner,
    known: Option<ReferenceNo>,
    told: Mutex<Vec<Told>>,
    called_back: Mutex<Vec<CalledBack>>,
}

impl Office {
    pub(crate) fn that(manner: Manner) -> Arc<Self> {
        Arc::new(Self { manner, known: None, told: Mutex::default(), called_back: Mutex::default() })
    }

    /// It knows one reference, whatever it is asked.
    pub(crate) fn knowing(reference_no: &str) -> Arc<Self> {
        let known = ReferenceNo::parse(reference_no).ok();
        Arc::new(Self { manner: Manner::Keeps, known, told: Mutex::default(), called_back: Mutex::default() })
    }

    pub(crate) fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn called_back(&self) -> Vec<CalledBack> {
        self.called_back.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn as_is<T>(manner: Manner, answer: T) -> Result<T, StoreError> {
    match manner {
        Manner::Keeps | Manner::Disbelieves => Ok(answer),
        Manner::Fails => Err(StoreError::new(LEAK)),
        Manner::Hangs => std::future::pending().await,
    }
}

impl Hears for Office {
    fn hear(&self, notified: Notified, source: IpAddr, body: String, at: DateTime<Utc>) -> Answer<'_, Heard> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).push(Told { notified, source, body, at });
        let heard = if self.manner == Manner::Disbelieves { Heard::NotGenuine } else { Heard::Kept };
        Box::pin(as_is(self.manner, heard))
    }

    fn called_back(&self, called_back: CalledBack) -> Answer<'_, Option<ReferenceNo>> {
        self.called_back.lock().unwrap_or_else(PoisonError::into_inner).push(called_back);
        Box::pin(as_is(self.manner, self.known.clone()))
    }
}
