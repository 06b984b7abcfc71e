//! What the code cannot say.

#[doc = include_str!("threats.md")]
pub mod threats {}

#[doc = include_str!("decisions.md")]
pub mod decisions {}

#[doc = include_str!("operating.md")]
pub mod operating {}
