//! SNAP's request headers, read once into types.

use super::field::{ChannelId, ClientId, ExternalId, FieldError};
use super::timestamp::{Timestamp, X_TIMESTAMP};

/// `Authorization`
pub const AUTHORIZATION: &str = "Authorization";
/// `X-CLIENT-KEY`
pub const X_CLIENT_KEY: &str = "X-CLIENT-KEY";
/// `X-PARTNER-ID`
pub const X_PARTNER_ID: &str = "X-PARTNER-ID";
/// `X-SIGNATURE`
pub const X_SIGNATURE: &str = "X-SIGNATURE";
/// `X-EXTERNAL-ID`
pub const X_EXTERNAL_ID: &str = "X-EXTERNAL-ID";
/// `CHANNEL-ID`
pub const CHANNEL_ID: &str = "CHANNEL-ID";

/// What the token call must bring.
pub const TOKEN_HEADERS: [&str; 3] = [X_TIMESTAMP, X_CLIENT_KEY, X_SIGNATURE];
/// What inquiry and payment must bring besides [`AUTHORIZATION`], whose absence is the token's fault.
pub const TRANSACTION_HEADERS: [&str; 5] = [X_TIMESTAMP, X_PARTNER_ID, X_SIGNATURE, X_EXTERNAL_ID, CHANNEL_ID];

/// Wherever headers come from: every value sent under a name, in order, as bytes.
pub trait Headers {
    /// All values of the header `name`, whatever its case.
    fn values(&self, name: &str) -> Vec<&[u8]>;
}

/// The one value of a header; `None` when it was not sent or sent empty.
///
/// # Errors
/// [`FieldError::Invalid`] when it was sent twice, for the first and the second reader would differ,
/// or holds anything but visible ASCII and blanks.
pub fn one<'h>(headers: &'h impl Headers, name: &'static str) -> Result<Option<&'h str>, FieldError> {
    match headers.values(name).as_slice() {
        [] => Ok(None),
        [value] if value.iter().all(|b| b.is_ascii_graphic() || *b == b' ') => {
            Ok(std::str::from_utf8(value).ok().filter(|text| !text.is_empty()))
        }
        _ => Err(FieldError::Invalid(name)),
    }
}

/// All of `names` must be there before any is looked at closely: missing comes before malformed.
fn all<'h, const N: usize>(headers: &'h impl Headers, names: [&'static str; N]) -> Result<[&'h str; N], FieldError> {
    let mut texts = [""; N];
    let mut malformed = None;
    for (text, name) in texts.iter_mut().zip(names) {
        match one(headers, name) {
            Ok(Some(value)) => *text = value,
            Ok(None) => return Err(FieldError::Missing(name)),
            Err(error) => malformed = malformed.or(Some(error)),
        }
    }
    malformed.map_or(Ok(texts), Err)
}

/// The headers of `POST …/access-token/b2b`.
#[derive(Debug)]
pub struct TokenHeaders {
    /// `X-TIMESTAMP`
    pub timestamp: Timestamp,
    /// `X-CLIENT-KEY`
    pub client_id: ClientId,
    /// `X-SIGNATURE`, still encoded.
    pub signature: String,
}

impl TokenHeaders {
    /// Reads them.
    ///
    /// # Errors
    /// [`FieldError`] of the first missing header, else of the first malformed one.
    pub fn parse(headers: &impl Headers) -> Result<Self, FieldError> {
        let [timestamp, client_id, signature] = all(headers, TOKEN_HEADERS)?;
        Ok(Self {
            timestamp: Timestamp::parse(timestamp)?,
            client_id: ClientId::parse(client_id).map_err(|error| error.of(X_CLIENT_KEY))?,
            signature: signature.to_owned(),
        })
    }
}

/// The headers of an inquiry or a payment, but for `Authorization`.
#[derive(Debug)]
pub struct TransactionHeaders {
    /// `X-TIMESTAMP`
    pub timestamp: Timestamp,
    /// `X-PARTNER-ID`, the client's id.
    pub partner_id: ClientId,
    /// `X-CLIENT-KEY`: not asked for here, but where it is sent it must name the same client.
    pub client_key: Option<ClientId>,
    /// `X-SIGNATURE`, still encoded.
    pub signature: String,
    /// `X-EXTERNAL-ID`
    pub external_id: ExternalId,
    /// `CHANNEL-ID`
    pub channel_id: ChannelId,
}

impl TransactionHeaders {
    /// Reads them.
    ///
    /// # Errors
    /// [`FieldError`] of the first missing header, else of the first malformed one.
    pub fn parse(headers: &impl Headers) -> Result<Self, FieldError> {
        let [timestamp, partner_id, signature, external_id, channel_id] = all(headers, TRANSACTION_HEADERS)?;
        let client_key = one(headers, X_CLIENT_KEY)?.map(ClientId::parse).transpose();
        Ok(Self {
            timestamp: Timestamp::parse(timestamp)?,
            partner_id: ClientId::parse(partner_id)?,
            client_key: client_key.map_err(|error| error.of(X_CLIENT_KEY))?,
            signature: signature.to_owned(),
            external_id: ExternalId::parse(external_id)?,
            channel_id: ChannelId::parse(channel_id)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sent(Vec<(&'static str, &'static [u8])>);

    impl Headers for Sent {
        fn values(&self, name: &str) -> Vec<&[u8]> {
            self.0.iter().filter(|(sent, _)| sent.eq_ignore_ascii_case(name)).map(|(_, value)| *value).collect()
        }
    }

    #[test]
    fn missing_comes_before_malformed_and_twice_is_malformed() {
        let sent = Sent(vec![("x-timestamp", b"nonsense"), ("X-CLIENT-KEY", b"A"), ("x-client-key", b"A")]);
        assert_eq!(TokenHeaders::parse(&sent).unwrap_err(), FieldError::Missing("X-SIGNATURE"));
        let sent = Sent(vec![
            ("x-timestamp", b"2024-01-22T15:00:01Z"),
            ("X-CLIENT-KEY", b"A"),
            ("x-client-key", b"A"),
            ("X-Signature", b"s"),
        ]);
        assert_eq!(TokenHeaders::parse(&sent).unwrap_err(), FieldError::Invalid("X-CLIENT-KEY"));
        assert_eq!(one(&Sent(vec![("A", "é".as_bytes())]), "a"), Err(FieldError::Invalid("a")));
        assert_eq!(one(&Sent(vec![("A", b"")]), "a"), Ok(None));
    }
}
