//! NICEPAY's side as the simulator plays it, seen from outside.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod wire;
