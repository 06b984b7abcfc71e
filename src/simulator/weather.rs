//! What goes wrong between NICEPAY and a merchant by chance: messages that are lost, told twice, late and out of order,
//! payments that stores take back, and status inquiries that come to nothing.

use std::sync::Arc;
use std::time::Duration;

use rsa::rand_core::{OsRng, RngCore};
use tokio::sync::mpsc::UnboundedReceiver;

use super::books::Registration;
use super::office::Office;
use super::plan::Ask;

/// How often something goes wrong, each in percent. By default nothing does.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    /// Notifications that never arrive.
    pub dropped: u8,
    /// Notifications that arrive twice.
    pub duplicated: u8,
    /// Payments that the store takes back.
    pub reversed: u8,
    /// Status inquiries that come to nothing.
    pub failing: u8,
    /// How late a notification may be, and a store with taking money back; each is late by another time, so they come out
    /// of order.
    pub delayed: Duration,
}

impl Weather {
    /// After which time each copy of a notification arrives; none where it is lost.
    fn deliveries(&self) -> Vec<Duration> {
        let copies = if happens(self.duplicated) { 2 } else { 1 };
        if happens(self.dropped) { Vec::new() } else { (0..copies).map(|_| self.late()).collect() }
    }

    fn late(&self) -> Duration {
        self.delayed.mul_f64(f64::from(percent()) / 100.0)
    }

    /// What a status inquiry is answered where it comes to nothing: status and body.
    pub(super) fn failure(&self) -> Option<(u16, &'static str)> {
        let which = usize::try_from(OsRng.next_u32()).unwrap_or_default() % FAILURES.len();
        happens(self.failing).then(|| FAILURES[which])
    }
}

/// The sandbox's habit: each number is paid as soon as it is issued, and the merchant is notified, as the weather lets.
pub async fn pay_all(office: Arc<Office>, weather: Weather, mut hears: UnboundedReceiver<Registration>) {
    while let Some(registration) = hears.recv().await {
        let Some(pay_no) = registration.pay_no else { continue };
        office.store_pays(&pay_no);
        tell(&office, weather, &pay_no);
        if happens(weather.reversed) {
            actix_web::rt::spawn(take_back(Arc::clone(&office), weather, pay_no));
        }
    }
}

async fn take_back(office: Arc<Office>, weather: Weather, pay_no: String) {
    tokio::time::sleep(weather.late()).await;
    office.store_reverses(&pay_no);
    tell(&office, weather, &pay_no);
}

/// Sends a notification of what the books say now, whenever its copies are to arrive.
fn tell(office: &Arc<Office>, weather: Weather, pay_no: &str) {
    let Ok(notification) = office.notification_of(pay_no) else { return };
    for late in weather.deliveries() {
        actix_web::rt::spawn(deliver(Arc::clone(office), notification.clone(), late));
    }
}

async fn deliver(office: Arc<Office>, notification: Ask, late: Duration) {
    tokio::time::sleep(late).await;
    // What came of it stands in the journal.
    let _ = office.caller.ask(&notification, &[]).await;
}

fn happens(in_a_hundred: u8) -> bool {
    percent() < u32::from(in_a_hundred)
}

/// 0 to 99.
fn percent() -> u32 {
    OsRng.next_u32() % 100
}

/// A proxy's page, an answer cut off, one that says nothing, and NICEPAY's own.
const FAILURES: [(u16, &str); 4] = [
    (502, "<html><body><h1>502 Bad Gateway</h1></body></html>"),
    (200, "{\"resultCd\":\"0000\",\"resultMsg\":\"paid\",\"tXid\":"),
    (200, "{\"resultCd\":\"0000\",\"resultMsg\":null,\"status\":null}"),
    (200, "{\"resultCd\":\"9002\",\"resultMsg\":\"Server is busy. Please kindly try again in few minutes.\"}"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_wrong_in_fair_weather_and_everything_in_the_worst() {
        let fair = Weather::default();
        let worst = Weather { dropped: 100, failing: 100, ..fair };
        let twice = Weather { duplicated: 100, delayed: Duration::from_secs(10), ..fair };
        for _ in 0..1_000 {
            assert_eq!((fair.deliveries(), fair.failure()), (vec![Duration::ZERO], None));
            assert!(worst.deliveries().is_empty() && worst.failure().is_some());
            let deliveries = twice.deliveries();
            assert!(deliveries.len() == 2 && deliveries.iter().all(|late| *late < twice.delayed));
        }
    }
}
