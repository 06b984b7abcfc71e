//! The settings as they are written.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use toml::Value;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) profile: Profile,
    pub(crate) listen: String,
    pub(crate) base_path: String,
    #[serde(default)]
    pub(crate) clients: Vec<ClientSettings>,
    pub(crate) token: TokenSettings,
    pub(crate) window: Window,
    pub(crate) orders: Orders,
    pub(crate) payments: Payments,
    pub(crate) external_ids: ExternalIds,
    pub(crate) nicepay: Nicepay,
    pub(crate) notification: Notification,
    pub(crate) callback: Callback,
    pub(crate) events: Events,
    pub(crate) merchant_api: MerchantApi,
    pub(crate) limits: Limits,
    pub(crate) codes: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Profile {
    Production,
    Sandbox,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientSettings {
    pub(crate) id: String,
    pub(crate) public_keys: Vec<String>,
    #[serde(default)]
    pub(crate) signature: Signature,
    pub(crate) secret_file: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Signature {
    #[default]
    Asymmetric,
    Symmetric,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenSettings {
    pub(crate) key_files: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Window {
    pub(crate) skew_seconds: Whole,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Orders {
    pub(crate) source: String,
    pub(crate) password_file: Option<String>,
    pub(crate) secret_file: Option<String>,
    pub(crate) find: Option<String>,
    pub(crate) status: Option<Words>,
}

/// What the words of the merchant's table mean.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    #[serde(default)]
    pub(crate) unpaid: Vec<String>,
    #[serde(default)]
    pub(crate) paid: Vec<String>,
    #[serde(default)]
    pub(crate) cancelled: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Payments {
    pub(crate) store: String,
    pub(crate) password_file: Option<String>,
    pub(crate) mark_paid: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExternalIds {
    pub(crate) store: String,
    pub(crate) password_file: Option<String>,
}

/// NICEPAY as we call it; without an imid it is not called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nicepay {
    pub(crate) environment: Option<String>,
    pub(crate) imid: Option<String>,
    pub(crate) merchant_key_file: Option<String>,
    pub(crate) callback_url: Option<String>,
    pub(crate) notification_url: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Notification {
    pub(crate) path: String,
    pub(crate) allow_from: Vec<String>,
    pub(crate) proxies: Vec<String>,
    pub(crate) acknowledgement: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Callback {
    pub(crate) path: String,
    pub(crate) return_url: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Events {
    pub(crate) url: Option<String>,
    pub(crate) secret_file: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MerchantApi {
    pub(crate) listen: Option<String>,
    pub(crate) key_file: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limits {
    pub(crate) deadline_seconds: Whole,
    pub(crate) connections: Whole,
}

/// A whole number; the environment has only text to say it in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whole(pub(crate) u32);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let from_text = || value.as_str()?.parse().ok();
        let number = value.as_integer().map_or_else(from_text, |number| u32::try_from(number).ok());
        number.map(Self).ok_or_else(|| serde::de::Error::custom("a whole number is due here"))
    }
}
