//! The merchant, as NICEPAY's older interfaces know it.

use crate::cvs::merchant_token::MerchantKey;
use crate::snap::secret::Secret;

/// Whose calls are answered, and who is notified.
#[derive(Debug)]
pub struct Merchant {
    /// `iMid`, ten characters.
    pub i_mid: String,
    /// What its merchantTokens are made with.
    pub key: MerchantKey,
}

impl Merchant {
    /// The merchant of NICEPAY's sandbox, whose key NICEPAY publishes.
    pub fn sandbox() -> Self {
        let key = MerchantKey::new(Secret::new(PUBLISHED_KEY)).expect("BUG: it is not empty");
        Self { i_mid: "IONPAYTEST".to_owned(), key }
    }
}

/// It looks like base64 and is taken as it stands (NICEPAY's documents and SDKs).
const PUBLISHED_KEY: &str = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";
