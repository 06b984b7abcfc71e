//! Bounded text with one door: a value that exists is a value that was checked.

use std::fmt;

/// What is wrong with a field or header. The name is one of ours, never the sender's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldError {
    /// Absent, empty or null where something is due.
    Missing(&'static str),
    /// There, but of the wrong type, length, charset or form.
    Invalid(&'static str),
}

impl FieldError {
    /// The same fault, told of the field by another name (a client id arrives under two header names).
    pub fn of(self, name: &'static str) -> Self {
        match self {
            Self::Missing(_) => Self::Missing(name),
            Self::Invalid(_) => Self::Invalid(name),
        }
    }

    /// The field's name as it stands on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing(name) | Self::Invalid(name) => name,
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "{name} is missing or empty"),
            Self::Invalid(name) => write!(f, "{name} is not of the form it must have"),
        }
    }
}

impl std::error::Error for FieldError {}

/// Declares a text type: its name on the wire, the characters it may hold, and how many of them.
///
/// `personal` types print their name only, so that a `{:?}` in a log line gives nobody away.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $field:literal, $max:literal, $allowed:expr $(, $personal:ident)?) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The name under which it stands on the wire.
            pub const FIELD: &'static str = $field;
            /// The most characters it may have.
            pub const MAX_LEN: usize = $max;

            /// The only door.
            ///
            /// # Errors
            /// A [`FieldError`](crate::snap::field::FieldError): missing for an empty text, invalid for one too long or with a
            /// character that has no place in it.
            pub fn parse(text: &str) -> Result<Self, $crate::snap::field::FieldError> {
                let allowed: fn(&str) -> bool = $allowed;
                if text.is_empty() {
                    Err($crate::snap::field::FieldError::Missing($field))
                } else if text.chars().count() > $max || !allowed(text) {
                    Err($crate::snap::field::FieldError::Invalid($field))
                } else {
                    Ok(Self(text.to_owned()))
                }
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        $crate::snap::field::text!(@debug $name $($personal)?);
    };
    (@debug $name:ident) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({:?})", stringify!($name), self.0)
            }
        }
    };
    (@debug $name:ident personal) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}(…)", stringify!($name))
            }
        }
    };
}
pub(crate) use text;

/// Letters, digits, dot, underscore and hyphen: what ids are made of in NICEPAY's SDKs and samples.
pub fn is_id(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// ASCII that can be seen: no blank, no control character.
pub fn is_visible_ascii(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_graphic())
}

/// ASCII digits only; digits of other scripts are not digits here.
pub fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// Text for people: anything but control characters, and not blank.
pub fn is_readable(text: &str) -> bool {
    !text.chars().any(char::is_control) && !text.trim().is_empty()
}

text!(
    /// A caller's id: what stands in `X-CLIENT-KEY` and `X-PARTNER-ID`, e.g. `IONPAYTEST`.
    ClientId, "X-PARTNER-ID", 40, is_id
);
text!(
    /// `X-EXTERNAL-ID`: the caller's number for one request, unique in a day. NICEPAY sends up to 40 letters,
    /// digits and `.`, `_`, `-`; SNAP's older texts say numeric, which real clients do not keep to.
    ExternalId, "X-EXTERNAL-ID", 40, is_id
);
text!(
    /// `CHANNEL-ID`: the device the caller speaks from. SNAP says 5 characters, NICEPAY sends 10 and 12.
    ChannelId, "CHANNEL-ID", 40, |text| text.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_door() {
        assert_eq!(ExternalId::parse(""), Err(FieldError::Missing("X-EXTERNAL-ID")));
        assert_eq!(ExternalId::parse(&"9".repeat(41)), Err(FieldError::Invalid("X-EXTERNAL-ID")));
        for wrong in ["a b", "a\n", "ä", "１", "a/b", "a\0"] {
            assert_eq!(ExternalId::parse(wrong), Err(FieldError::Invalid("X-EXTERNAL-ID")), "{wrong:?}");
        }
        assert_eq!(
            ExternalId::parse("ordNo20261120.A_b-1").map(|id| id.as_str().to_owned()),
            Ok("ordNo20261120.A_b-1".into())
        );
        assert!(ExternalId::parse(&"9".repeat(40)).is_ok());
    }
}
