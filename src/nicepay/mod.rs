//! NICEPAY's older interfaces (V1, V2, Checkout) as merchants call them, in tables that both ends read: who answers
//! (the simulator's gateway) and who calls.
//!
//! Sources: NICEPAY's pages on V1 Enterprise, V2 and Checkout, and the samples on them.

pub mod registration;
pub mod result_code;
pub mod standing;
pub mod time_stamp;
