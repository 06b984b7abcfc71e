//! `nico check` against servers of all kinds: `broken` makes them, one right and the others wrong in one thing each.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod broken;
mod caller;
mod checked;
mod fixture;
mod ours;
mod snippets;
mod table;
mod troubles;
