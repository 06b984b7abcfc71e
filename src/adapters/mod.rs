//! Ready-made stores, one file per technology.
//!
//! | file | feature | holds |
//! |---|---|---|
//! | [`memory`] | – | orders, payments, X-EXTERNAL-IDs, for embedding and tests |
//! | `sqlite` | `sqlite` | orders, payments, X-EXTERNAL-IDs: the default of the command |

pub mod memory;
#[cfg(feature = "sqlite")]
pub mod sqlite;
