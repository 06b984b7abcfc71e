//! A thousand payments while almost everything goes wrong: all end in the right state, and the shop hears of each.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use nico::simulator::books::State;
use nico::simulator::weather::Weather;

use crate::process::wait_for;
use crate::stage::{Stage, order};

const PAYMENTS: usize = 1_000;
const REGISTERING: usize = 8;
const KILLS: usize = 10;
const STORM: Weather =
    Weather { dropped: 30, duplicated: 30, reversed: 10, failing: 20, delayed: Duration::from_secs(3) };

fn reference_no(number: usize) -> String {
    format!("INV-{number}")
}

#[test]
fn a_thousand_payments_in_a_storm_end_in_the_right_state() {
    let stage = Stage::in_weather("sqlite", STORM);
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..REGISTERING {
            scope.spawn(|| register_all(&stage, &next, PAYMENTS));
        }
    });
    judge(&stage, "in a storm");
}

#[test]
fn the_same_with_ten_kills_in_the_middle() {
    let mut stage = Stage::in_weather("postgres", STORM);
    for kill in 1..=KILLS {
        // Killed while orders are being registered: whoever has no answer sends the same once more, after the restart.
        let (next, until) = (AtomicUsize::new((kill - 1) * PAYMENTS / KILLS), kill * PAYMENTS / KILLS);
        std::thread::scope(|scope| {
            for _ in 0..REGISTERING {
                scope.spawn(|| {
                    let half = until - PAYMENTS / KILLS / 2;
                    register_all(&stage, &next, half);
                });
            }
        });
        let begun = next.load(Ordering::Relaxed).min(until);
        std::thread::scope(|scope| {
            let registering = scope.spawn(|| {
                for number in begun..until {
                    // It may be dead by now.
                    let _ = stage.try_register(&order("v1", &reference_no(number)));
                }
            });
            wait_for("some to be registered", || {
                (stage.nicepay.calls("onePass.do") >= (begun + 3).min(until)).then_some(())
            });
            stage.nico.as_ref().unwrap().signal("KILL");
            registering.join().unwrap();
        });
        stage.kill();
        for number in (kill - 1) * PAYMENTS / KILLS..until {
            let answer = stage.register(&order("v1", &reference_no(number)));
            assert!([200, 201, 409].contains(&answer.status), "{answer:?}");
        }
    }
    judge(&stage, "with ten kills");
}

fn register_all(stage: &Stage, next: &AtomicUsize, until: usize) {
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= until {
            return;
        }
        let answer = stage.register(&order("v1", &reference_no(number)));
        assert_eq!(answer.status, 201, "{answer:?}");
    }
}

/// Every order is what NICEPAY's books say, and the shop was told so, each thing once in effect and in its order.
fn judge(stage: &Stage, how: &str) {
    let (books, now) = (&stage.nicepay.office.books, stage.nicepay.office.clock.now());
    let (mut states, mut healed) = (BTreeMap::<_, usize>::new(), 0);
    for number in 0..PAYMENTS {
        let reference_no = reference_no(number);
        let registered = books.find_by_reference_no(&reference_no, now).unwrap();
        let due = match registered.state {
            State::Paid(_) => "paid",
            State::Reversed(_) => "reversed",
            State::Unpaid | State::Expired | State::Cancelled(_) => panic!("{reference_no} was paid"),
        };
        let standing = comes_to(stage, &reference_no, due, &mut healed);
        assert_eq!(standing["tXid"], *registered.t_xid, "{standing}");
        *states.entry(due).or_default() += 1;
        wait_for("the shop to know it", || {
            stage.shop.events(&reference_no).last().is_some_and(|last| last == &format!("order.{due}")).then_some(())
        });
        let events = stage.shop.events(&reference_no);
        let repeated = events.windows(2).any(|pair| pair[0] == pair[1]);
        assert!(!repeated, "{reference_no}: {events:?}");
    }
    let (deliveries, forged) = stage.shop.deliveries();
    let (told, notified) = (stage.shop.all().len(), stage.nicepay.calls("notification"));
    assert_eq!(forged, 0);
    println!(
        "{PAYMENTS} payments {how}: {states:?}; {notified} notifications, {} status inquiries; {told} events in {deliveries} deliveries; \
         {healed} without NICEPAY's id until it notified once more",
        stage.nicepay.calls("onePassStatus.do")
    );
}

/// Where nico was killed before NICEPAY's answer was stored, and NICEPAY's notification was lost as well, nobody knows the
/// id to ask with, and the order needs attention; until NICEPAY notifies again.
fn comes_to(stage: &Stage, reference_no: &str, due: &str, healed: &mut usize) -> serde_json::Value {
    let standing = stage.standing(reference_no);
    if standing["state"] == "needs_attention" && standing["tXid"].is_null() {
        assert!(standing.to_string().contains("9009"), "{standing}");
        let (books, now) = (&stage.nicepay.office.books, stage.nicepay.office.clock.now());
        let pay_no = books.find_by_reference_no(reference_no, now).unwrap().pay_no.unwrap();
        assert_eq!(stage.nicepay.notifies(&pay_no).0, 200);
        *healed += 1;
    }
    stage.comes_to(reference_no, due)
}
