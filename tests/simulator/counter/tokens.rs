//! The merchant's token: fetched, kept while it is good, renewed; and shown once more when it has expired.

use chrono::TimeDelta;

use super::scene::{SAMPLE, Scene};

fn fetched(scene: &Scene) -> usize {
    scene.exchanges().iter().filter(|exchange| exchange.name == "access-token/b2b").count()
}

#[test]
fn it_is_kept_for_its_fifteen_minutes_and_renewed_before_they_end() {
    let scene = Scene::with_nico();
    for (seconds, expected) in [(0, 1), (0, 1), (869, 1), (1, 2), (869, 2), (1, 3)] {
        scene.clock.advance(TimeDelta::seconds(seconds));
        scene.ask(SAMPLE).shows(&["Pay Rp 10.000"]);
        assert_eq!(fetched(&scene), expected, "after {seconds} s more");
    }
}

#[test]
fn the_one_that_has_expired_can_be_shown_once_more() {
    let scene = Scene::with_nico();
    let with_fault = format!("mitraCd=ALMA&payNo={SAMPLE}&fault=expired-token");
    scene.submit("/ask", &with_fault).hides(&["4010001"]);
    scene.ask(SAMPLE);
    scene.clock.advance(TimeDelta::seconds(901));
    scene.ask(SAMPLE);
    scene.submit("/ask", &with_fault).shows(&["4010001", "and your server noticed"]);
}
