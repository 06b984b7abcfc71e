//! A thousand payments while almost everything goes wrong: all end in the right state, and the shop hears of each.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use nico::simulator::books::State;
use nico::simulator::weather::Weather;
use serde_json::Value;

use crate::process::{wait_for, wait_long_for};
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
            // NICEPAY has it, and nico may or may not have heard so.
            let (books, clock) = (&stage.nicepay.office.books, &stage.nicepay.office.clock);
            wait_for("some to be registered", || {
                books.find_by_reference_no(&reference_no(begun + 3), clock.now()).map(drop)
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
    let mut healed = 0;
    for number in 0..PAYMENTS {
        comes_to_what_nicepay_says(stage, &reference_no(number), &mut healed);
    }
    // Once more, for a store may have taken money back meanwhile.
    let mut states = BTreeMap::<_, usize>::new();
    for number in 0..PAYMENTS {
        let state = comes_to_what_nicepay_says(stage, &reference_no(number), &mut healed);
        *states.entry(state).or_default() += 1;
        let events = stage.shop.events(&reference_no(number));
        let repeated = events.windows(2).any(|pair| pair[0] == pair[1]);
        assert!(!repeated, "{number}: {events:?}");
    }
    let (deliveries, forged) = stage.shop.deliveries();
    let told = stage.shop.all().len();
    assert_eq!(forged, 0);
    println!(
        "{PAYMENTS} payments {how}: {states:?}; {told} events in {deliveries} deliveries; \
         {healed} without NICEPAY's id until it notified once more"
    );
}

/// Waits until nico, NICEPAY and the shop agree on an order, and yields on what.
fn comes_to_what_nicepay_says(stage: &Stage, reference_no: &str, healed: &mut usize) -> &'static str {
    let (books, clock) = (&stage.nicepay.office.books, &stage.nicepay.office.clock);
    // A reversal that nobody tells of is found a minute later, or after another minute for each inquiry that fails.
    wait_long_for(5, &format!("all to agree on {reference_no}"), || {
        let registered = books.find_by_reference_no(reference_no, clock.now()).unwrap();
        let due = match registered.state {
            State::Paid(_) => "paid",
            State::Reversed(_) => "reversed",
            State::Unpaid | State::Expired | State::Cancelled(_) => panic!("{reference_no} was paid"),
        };
        let standing = stage.standing(reference_no);
        if is_without_id(&standing) {
            assert_eq!(stage.nicepay.notifies(&registered.pay_no.unwrap()).0, 200);
            *healed += 1;
        }
        let told = stage.shop.events(reference_no);
        let agree = standing["state"] == due && told.last().is_some_and(|last| *last == format!("order.{due}"));
        agree.then_some(due)
    })
}

/// Where nico was killed before NICEPAY's answer was stored, and NICEPAY's notification was lost as well, nobody knows the
/// id to ask with, and the order needs attention; until NICEPAY notifies again.
fn is_without_id(standing: &Value) -> bool {
    let is_without = standing["state"] == "needs_attention" && standing["tXid"].is_null();
    assert!(!is_without || standing.to_string().contains("9009"), "{standing}");
    is_without
}
