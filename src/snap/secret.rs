//! Bytes that are never printed, compared with `==` or cloned by accident.

use std::fmt;

/// A secret: a client secret or a token key. It has no `Clone`, no `PartialEq` and a `Debug` that says nothing.
pub struct Secret(Vec<u8>);

impl Secret {
    /// Takes the bytes as they stand. NICEPAY's secrets look like base64 and are not to be decoded.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes of a file, without the one newline that an editor leaves at its end.
    pub fn from_file_bytes(mut bytes: Vec<u8>) -> Self {
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
        }
        Self(bytes)
    }

    /// The bytes, for the one function that computes with them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
