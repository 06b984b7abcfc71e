//! Does it behave? Suites that hold anyone's implementation to its contract.

pub mod stores;
