//! Does an endpoint, written in whatever language, keep to SNAP and to NICEPAY's pages? `nico check` asks this.
//!
//! A check is a row of a table: what must be so, where that is written, and how to ask. What is asked goes through
//! [`crate::simulator`]; what comes back is evidence, in which secrets and personal data are masked before anybody
//! sees it. Three rows stand before all others: is the endpoint reached, does it give a token, does it answer a plain
//! inquiry? What rests on them is skipped where they fail, so that one cause is told once and not sixty times.

pub mod berita_acara;
pub mod check;
pub mod finding;
pub mod json;
mod judge;
pub mod junit;
mod mask;
mod need;
pub mod page;
mod rows;
pub mod run;
pub mod subject;
pub mod text;

pub use check::Check;
pub use finding::{Finding, Report, Verdict};
pub use rows::table;
pub use run::{Limits, check};
pub use subject::{Given, Wanting};
