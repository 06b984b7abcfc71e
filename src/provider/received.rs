//! A request as it arrived, before anything was made of it.

use std::net::IpAddr;

use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::web::Bytes;
use chrono::{DateTime, Utc};

/// What arrived.
pub(super) struct Received {
    pub(super) method: Method,
    /// Path and query, as they were sent.
    pub(super) path: String,
    /// Whose connection it is: the caller's, or that of a proxy before this server.
    pub(super) peer: Option<IpAddr>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) at: DateTime<Utc>,
}
