//! Who the masters are, and a connection to each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinSet;

use super::address::{Address, Place};
use super::informants::{Informants, Rulers, Slots};
use super::master::{Master, Shared, Trouble};

/// The masters as they were last seen.
#[derive(Default)]
pub(super) struct Masters {
    reigns: Vec<Reign>,
    /// Masters that rule nothing yet, to which others have sent us.
    guests: Vec<Shared>,
    /// How many changes of masters there had been.
    epoch: u64,
    /// Why they could not be found.
    lost: Option<Trouble>,
}

/// Slots, and who rules them.
struct Reign {
    slots: Slots,
    place: Place,
    master: Result<Shared, Trouble>,
}

impl Masters {
    fn lost(trouble: Trouble) -> Self {
        Self { lost: Some(trouble), ..Self::default() }
    }

    /// The master of a slot.
    pub(super) fn of(&self, slot: u16) -> Result<Shared, Trouble> {
        let reign = self.reigns.iter().find(|reign| reign.slots.contains(&slot));
        let nobody = || self.lost.clone().unwrap_or_else(|| Trouble::new("no master of Redis's cluster has this slot"));
        reign.map_or_else(|| Err(nobody()), |reign| reign.master.clone())
    }

    /// The master at a place, be it a guest.
    pub(super) fn at(&self, place: &Place) -> Option<Shared> {
        self.each().into_iter().chain(self.guests.iter().cloned()).find(|master| master.place == *place)
    }

    /// Each master once.
    pub(super) fn each(&self) -> Vec<Shared> {
        let masters = self.reigns.iter().filter_map(|reign| reign.master.as_ref().ok());
        let masters: BTreeMap<_, _> = masters.map(|master| (&master.place, master)).collect();
        masters.into_values().cloned().collect()
    }

    /// What is wrong with the first with whom something is.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        self.lost.clone().or_else(|| self.reigns.iter().find_map(|reign| reign.master.as_ref().err().cloned()))
    }

    fn rulers(&self) -> Rulers {
        self.reigns.iter().map(|reign| (reign.slots.clone(), reign.place.clone())).collect()
    }
}

/// Finds the masters and connects to them.
pub(super) struct Lookout {
    informants: Arc<Informants>,
    wanted: Mutex<BTreeSet<Place>>,
}

impl Lookout {
    pub(super) fn new(address: Address) -> Self {
        Self { informants: Arc::new(Informants::new(address)), wanted: Mutex::default() }
    }

    /// Has the next look visit this one too.
    pub(super) fn want(&self, guest: Place) {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner).insert(guest);
    }

    /// Who the masters are now. Connections that still serve are kept.
    pub(super) async fn look(&self, before: &Masters) -> Masters {
        let known = before.each().into_iter().map(|master| master.place.clone());
        let (epoch, rulers) = match self.informants.rulers(known).await {
            // With no master left, whoever is named now is right, though the counting may have begun anew.
            Ok(told) if told.epoch >= before.epoch || before.each().is_empty() => (told.epoch, told.rulers),
            Err(trouble) if before.each().is_empty() => return Masters::lost(trouble),
            // Those who know may be gone or be behind, and the masters still be there.
            Ok(_) | Err(_) => (before.epoch, before.rulers()),
        };
        let held = self.hold(&rulers, before).await;
        let reigns = rulers.into_iter().map(|(slots, place)| {
            let master = held.get(&place).cloned().expect("BUG: each ruler is held, or what is wrong with it known");
            Reign { slots, place, master }
        });
        let reigns = reigns.collect();
        Masters { reigns, guests: self.visit(before).await, epoch, lost: None }
    }

    /// A connection to each ruler, or what is wrong with it. To all at once: one that hangs keeps no other from us.
    async fn hold(&self, rulers: &Rulers, before: &Masters) -> BTreeMap<Place, Result<Shared, Trouble>> {
        let rulers: BTreeMap<_, _> = rulers.iter().map(|(slots, place)| (place.clone(), slots.clone())).collect();
        let held = rulers.into_iter().map(|(place, slots)| {
            let (informants, known) = (Arc::clone(&self.informants), before.at(&place));
            async move {
                let master = match known {
                    Some(master) if still_serves(&master).await => Ok(master),
                    _ => Master::connect(informants.access(), &place, &slots).await.map(Arc::new),
                };
                (place, master)
            }
        });
        held.collect::<JoinSet<_>>().join_all().await.into_iter().collect()
    }

    async fn visit(&self, before: &Masters) -> Vec<Shared> {
        let wanted = std::mem::take(&mut *self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
        let mut guests = Vec::new();
        for guest in &before.guests {
            if still_serves(guest).await {
                guests.push(Arc::clone(guest));
            }
        }
        for place in wanted {
            // One that cannot be visited is wanted again by the next claim that is sent there.
            if let Ok(guest) = Master::visit(self.informants.access(), &place).await {
                guests.push(Arc::new(guest));
            }
        }
        guests
    }
}

async fn still_serves(master: &Master) -> bool {
    !master.is_distrusted() && master.prove().await.is_ok()
}
