//! Ready-made stores, one file per technology.
//!
//! | file | feature | holds |
//! |---|---|---|
//! | [`memory`] | – | orders, payments, X-EXTERNAL-IDs, for embedding and tests |
//! | `http` | `http` | orders, asked of the merchant's own service |
//! | `redis` | `redis` | X-EXTERNAL-IDs, shared by any number of instances |
//! | `sqlite` | `sqlite` | orders, payments, X-EXTERNAL-IDs, registrations, events: the default of the command |
//! | `sql` | `sql` | the same in PostgreSQL, MySQL and MariaDB; orders also out of the merchant's own tables |

#[cfg(feature = "http")]
pub mod http;
pub mod memory;
#[cfg(any(feature = "sql", feature = "sqlite"))]
#[cfg_attr(
    not(all(feature = "sql", feature = "sqlite")),
    allow(dead_code, reason = "a part of it is for the engine that is left out")
)]
mod own;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(any(feature = "sql", feature = "sqlite"))]
#[cfg_attr(
    not(all(feature = "sql", feature = "sqlite")),
    allow(dead_code, reason = "a part of it is for the engine that is left out")
)]
mod shop;
#[cfg(feature = "sql")]
pub mod sql;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(any(feature = "sql", feature = "sqlite"))]
#[cfg_attr(
    not(all(feature = "sql", feature = "sqlite")),
    allow(dead_code, reason = "a part of it is for the engine that is left out")
)]
mod statement;
#[cfg(any(feature = "sql", feature = "sqlite"))]
#[cfg_attr(
    not(all(feature = "sql", feature = "sqlite")),
    allow(dead_code, reason = "a part of it is for the engine that is left out")
)]
mod tables;

#[cfg(any(feature = "sql", feature = "sqlite"))]
pub use own::Imported;
#[cfg(any(feature = "sql", feature = "sqlite"))]
pub use shop::{ShopError, StatusWords};
