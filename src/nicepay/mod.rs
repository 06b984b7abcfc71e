//! NICEPAY's older interfaces (V1, V2, Checkout) as merchants call them, in tables that both ends read: who answers
//! (the simulator's gateway) and who calls. And the caller: a client of V1 and Checkout, for convenience stores.
//!
//! | file | what it is |
//! |---|---|
//! | [`registration`] | the fields of a registration, and what each may hold |
//! | [`result_code`] | `resultCd`, and what there is to do about each |
//! | [`standing`] | what a status inquiry says |
//! | [`time_stamp`] | time in fourteen digits |
//! | [`to_register`] | what a shop asks to be registered, checked before NICEPAY hears of it |
//! | [`issued`] | what comes of a registration |
//! | `environment` | which of NICEPAY's hosts |
//! | `client` | the calls |
//! | `trouble` | why one came to nothing, and what may have come of it all the same |
//!
//! Sources: NICEPAY's pages on V1 Enterprise, V2 and Checkout, and the samples on them.

#[cfg(feature = "nicepay")]
mod answer;
#[cfg(feature = "nicepay")]
pub mod client;
#[cfg(feature = "nicepay")]
pub mod environment;
pub mod issued;
pub mod registration;
pub mod result_code;
#[cfg(feature = "nicepay")]
mod said;
pub mod standing;
pub mod time_stamp;
pub mod to_register;
#[cfg(feature = "nicepay")]
pub mod trouble;
