//! scaffold
pub mod clock;
pub mod snap;
