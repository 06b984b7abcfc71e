//! Does it behave? Suites that hold anyone's implementation to its contract.

#[cfg(feature = "simulator")]
pub mod endpoint;
pub mod stores;
