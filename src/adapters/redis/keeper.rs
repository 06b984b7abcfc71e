//! The thread that keeps the connections.
//!
//! It has a runtime of its own: a connection lives where it was made, and must outlive the worker whose claim found
//! that a new one was needed.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

use super::address::{Address, Place};
use super::lookout::{Lookout, Masters};
use super::master::Shared;
use crate::order::StoreError;

/// How often the masters are looked after when nothing is wrong.
const ROUND: Duration = Duration::from_secs(1);
/// The least between two looks: a server in trouble is not made to suffer from us as well.
const PAUSE: Duration = Duration::from_millis(100);

/// The masters, watched. The thread ends when this is dropped.
pub(super) struct Watched {
    seen: watch::Receiver<Arc<Masters>>,
    lookout: Arc<Lookout>,
    call: Arc<Notify>,
}

impl Watched {
    /// Starts the thread.
    pub(super) fn start(address: Address) -> Result<Self, StoreError> {
        let (tell, seen) = watch::channel(Arc::default());
        let watched = Self { seen, lookout: Arc::new(Lookout::new(address)), call: Arc::default() };
        let (lookout, call) = (Arc::clone(&watched.lookout), Arc::clone(&watched.call));
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let keep = move || runtime.block_on(keep(&lookout, &tell, &call));
        thread::Builder::new().name("nico-redis".to_owned()).spawn(keep)?;
        Ok(watched)
    }

    /// The masters as they were last seen.
    pub(super) fn now(&self) -> Arc<Masters> {
        Arc::clone(&self.seen.borrow())
    }

    /// The masters, once they have been looked at anew.
    pub(super) async fn next(&mut self) -> Result<Arc<Masters>, StoreError> {
        self.seen.changed().await.map_err(|_| ended())?;
        Ok(Arc::clone(&self.seen.borrow_and_update()))
    }

    /// The master of a slot, with the masters it is one of. Where it is distrusted, what the next look finds.
    pub(super) async fn master_of(&self, slot: u16) -> Result<(Arc<Masters>, Shared), StoreError> {
        let mut seen = self.seen.clone();
        loop {
            let masters = Arc::clone(&seen.borrow_and_update());
            let master = masters.of(slot)?;
            if !master.is_distrusted() {
                return Ok((masters, master));
            }
            seen.changed().await.map_err(|_| ended())?;
        }
    }

    /// Has nothing more be sent to a master, and looks for another connection or another master.
    pub(super) fn distrust(&self, master: &Shared) {
        master.distrust();
        self.call.notify_one();
    }

    /// Waits until the masters have been looked at anew, and a guest with them.
    pub(super) async fn look_again(&self, before: &Arc<Masters>, guest: Option<Place>) -> Result<(), StoreError> {
        if let Some(guest) = guest {
            self.lookout.want(guest);
        }
        self.call.notify_one();
        let mut seen = self.seen.clone();
        seen.wait_for(|masters| !Arc::ptr_eq(masters, before)).await.map(drop).map_err(|_| ended())
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.call.notify_one();
    }
}

fn ended() -> StoreError {
    StoreError::new("the thread that keeps the connections to Redis has ended")
}

async fn keep(lookout: &Lookout, tell: &watch::Sender<Arc<Masters>>, call: &Notify) {
    // What is wrong before it was ever right is told to whoever has started us.
    let (mut was_well, mut is_down) = (false, false);
    while !tell.is_closed() {
        let before = Arc::clone(&tell.borrow());
        let masters = lookout.look(&before).await;
        let trouble = masters.trouble();
        tell.send_replace(Arc::new(masters));
        match &trouble {
            Some(trouble) if was_well && !is_down => {
                tracing::warn!("no X-EXTERNAL-ID can be claimed: {}", trouble.words());
            }
            None if is_down && was_well => tracing::info!("X-EXTERNAL-IDs can be claimed again"),
            Some(_) | None => {}
        }
        (was_well, is_down) = (was_well || trouble.is_none(), trouble.is_some());
        sleep(PAUSE).await;
        if trouble.is_none() {
            // Nobody calling for so long is the usual case.
            let _ = timeout(ROUND, call.notified()).await;
        }
    }
}
