//! The B2B access token: made here, read here, opaque to NICEPAY.
//!
//! A compact HS256 JWT of at most 150 characters (NICEPAY's page limits it), good for 900 seconds, bound to its
//! client. The key lies in a file, so a token survives a restart and is good on every instance. A replayed token
//! request yields one more token of the same client; it is short-lived and useless without a fresh signature.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::field::{ClientId, FieldError};
use super::json::{Object, Value};
use super::secret::Secret;

/// How long a token lives.
pub const LIFETIME_SECONDS: i64 = 900;
/// How far the clock of the instance that made a token may be ahead of the one that reads it: as far as an X-TIMESTAMP's,
/// by default. NICEPAY shows a token the moment it has it, and a balancer may hand it to another instance; refusing it
/// there would keep nobody out, for only our key makes tokens.
pub const AHEAD_SECONDS: i64 = 300;
/// The longest token: NICEPAY's field length.
pub const MAX_LEN: usize = 150;
/// The shortest key: as long as HS256's output.
pub const MIN_KEY_LEN: usize = 32;

/// `{"alg":"HS256"}` and the dot behind it. A token that begins otherwise (`none`, `RS256`, `crit`, `jwk` …) is
/// not one of ours, and no library is asked for its opinion.
const HEADER: &str = "eyJhbGciOiJIUzI1NiJ9.";

/// The body of a token request, which says only what kind of token is wanted.
#[derive(Debug)]
pub struct TokenRequest(());

impl TokenRequest {
    /// Reads `{"grantType":"client_credentials"}`. NICEPAY's page calls the field "Customer Name" of length 8;
    /// its SDKs and the standard send this value. `additionalInfo` comes as `{}`, `""`, null or not at all.
    ///
    /// # Errors
    /// [`FieldError`] of `grantType`.
    pub fn read(body: &Object) -> Result<Self, FieldError> {
        match body.get("grantType") {
            Some(Value::Text(text)) if text == "client_credentials" => Ok(Self(())),
            Some(Value::Text(text)) if text.is_empty() => Err(FieldError::Missing("grantType")),
            None => Err(FieldError::Missing("grantType")),
            Some(_) => Err(FieldError::Invalid("grantType")),
        }
    }
}

/// The body of the answer, beside code and message.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenResponse {
    access_token: String,
    token_type: &'static str,
    expires_in: String,
    additional_info: Empty,
}

/// `{}`
#[derive(Debug, Serialize)]
struct Empty {}

impl TokenResponse {
    /// Wraps a token. `expiresIn` is a string: the standard's type, and NICEPAY's.
    pub fn new(access_token: String) -> Self {
        Self { access_token, token_type: "Bearer", expires_in: LIFETIME_SECONDS.to_string(), additional_info: Empty {} }
    }
}

/// The key that signs tokens.
pub struct TokenKey {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

/// Why a token key is refused.
#[derive(Debug, thiserror::Error)]
pub enum TokenKeyError {
    /// The file cannot be read.
    #[error("it cannot be read ({0})")]
    Unreadable(std::io::Error),
    /// It has fewer than [`MIN_KEY_LEN`] bytes.
    #[error("a token key needs at least {MIN_KEY_LEN} bytes, this one has {0}")]
    TooShort(usize),
}

impl TokenKey {
    /// Takes a key's bytes as they stand.
    ///
    /// # Errors
    /// [`TokenKeyError::TooShort`]
    pub fn new(secret: &Secret) -> Result<Self, TokenKeyError> {
        let bytes = secret.expose();
        if bytes.len() < MIN_KEY_LEN {
            return Err(TokenKeyError::TooShort(bytes.len()));
        }
        Ok(Self { encoding: EncodingKey::from_secret(bytes), decoding: DecodingKey::from_secret(bytes) })
    }

    /// Takes a file's bytes as they stand, but for one newline at the end.
    ///
    /// # Errors
    /// [`TokenKeyError`]
    pub fn read(path: impl AsRef<Path>) -> Result<Self, TokenKeyError> {
        let bytes = std::fs::read(path).map_err(TokenKeyError::Unreadable)?;
        Self::new(&Secret::from_file_bytes(bytes))
    }
}

impl From<TokenKey> for TokenKeys {
    fn from(only: TokenKey) -> Self {
        Self::new(only, Vec::new())
    }
}

/// The keys of tokens: the first signs, all verify, so that one can be replaced while its tokens live on.
pub struct TokenKeys {
    first: TokenKey,
    others: Vec<TokenKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    sub: String,
    nbf: i64,
    exp: i64,
}

/// A token of ours that is good now, not yet held against the client that shows it.
#[derive(Debug)]
pub struct Bearer {
    subject: String,
}

/// Proof that a token of ours was shown by the client it was made for, in time.
#[derive(Debug)]
pub struct TokenValid(());

/// Why a token is refused. The caller hears one answer for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// No `Authorization`, or an empty one.
    #[error("there is no bearer token")]
    Absent,
    /// `Authorization` that is not `Bearer` and a token.
    #[error("Authorization is not of the form Bearer TOKEN")]
    NotBearer,
    /// Not made by any of our keys, or changed since.
    #[error("the token is not one of ours")]
    Foreign,
    /// Its first second lies ahead by more than [`AHEAD_SECONDS`].
    #[error("the token is not valid yet")]
    NotYetValid,
    /// Its 900 seconds are over.
    #[error("the token has expired")]
    Expired,
    /// Good, but made for another client.
    #[error("the token belongs to another client")]
    OtherClient,
}

impl TokenKeys {
    /// `first` signs and verifies, `others` only verify.
    pub fn new(first: TokenKey, others: Vec<TokenKey>) -> Self {
        Self { first, others }
    }

    /// A token for `client`, good from `now` for 900 s: never shorter than promised, and less than a second longer.
    pub fn issue(&self, client: &ClientId, now: DateTime<Utc>) -> String {
        let claims = Claims { sub: subject(client), nbf: now.timestamp(), exp: end_of_life(now) };
        let header = Header { typ: None, ..Header::new(Algorithm::HS256) };
        let token = jsonwebtoken::encode(&header, &claims, &self.first.encoding);
        token.expect("BUG: three plain claims can be signed with HS256")
    }

    /// Reads a token.
    ///
    /// # Errors
    /// [`InvalidToken`]: foreign, not yet valid or expired.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Bearer, InvalidToken> {
        if token.len() > MAX_LEN || !token.starts_with(HEADER) {
            return Err(InvalidToken::Foreign);
        }
        let mut keys = std::iter::once(&self.first).chain(&self.others);
        let claims = keys.find_map(|key| key.open(token)).ok_or(InvalidToken::Foreign)?;
        let begin = claims.nbf.saturating_sub(AHEAD_SECONDS).saturating_mul(1000);
        let exp = claims.exp.saturating_mul(1000);
        if claims.exp.saturating_sub(claims.nbf) > LIFETIME_SECONDS + 1 {
            Err(InvalidToken::Foreign)
        } else if now.timestamp_millis() < begin {
            Err(InvalidToken::NotYetValid)
        } else if now.timestamp_millis() >= exp {
            Err(InvalidToken::Expired)
        } else {
            Ok(Bearer { subject: claims.sub })
        }
    }
}

impl TokenKey {
    fn open(&self, token: &str) -> Option<Claims> {
        // The library checks the signature alone: its notion of time has 60 s of leeway and takes exp == now.
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation).ok().map(|data| data.claims)
    }
}

impl Bearer {
    /// Holds the token against the client that shows it.
    ///
    /// # Errors
    /// [`InvalidToken::OtherClient`]
    pub fn of(self, client: &ClientId) -> Result<TokenValid, InvalidToken> {
        if self.subject == subject(client) { Ok(TokenValid(())) } else { Err(InvalidToken::OtherClient) }
    }
}

/// The token out of an `Authorization` header. The scheme's case does not matter; NICEPAY's page shows the token
/// in quotes, so one pair is taken off.
///
/// # Errors
/// [`InvalidToken::NotBearer`]
pub fn bearer_token(authorization: &str) -> Result<&str, InvalidToken> {
    let (scheme, token) = authorization.split_once(' ').ok_or(InvalidToken::NotBearer)?;
    let token = token.trim();
    let token = token.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(token);
    if scheme.eq_ignore_ascii_case("Bearer") && !token.is_empty() { Ok(token) } else { Err(InvalidToken::NotBearer) }
}

/// The client in 16 characters, whatever the length of its id: the token must stay within 150.
fn subject(client: &ClientId) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(client.as_str())[..12])
}

fn end_of_life(now: DateTime<Utc>) -> i64 {
    let begun = i64::from(now.timestamp_subsec_nanos() > 0);
    now.timestamp() + begun + LIFETIME_SECONDS
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::EncodingKey;

    use super::*;

    const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn key(bytes: &[u8]) -> TokenKey {
        TokenKey::new(&Secret::new(bytes)).unwrap_or_else(|_| panic!("long enough"))
    }

    fn keys() -> TokenKeys {
        TokenKeys::new(key(KEY), vec![])
    }

    fn client(id: &str) -> ClientId {
        ClientId::parse(id).unwrap()
    }

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_732_147_200_000 + millis).unwrap()
    }

    #[test]
    fn it_lives_900_seconds_to_the_second() {
        let token = keys().issue(&client("IONPAYTEST"), at(0));
        for (millis, expected) in [(0, None), (899_999, None), (900_000, Some(InvalidToken::Expired))] {
            assert_eq!(keys().verify(&token, at(millis)).err(), expected, "{millis}");
        }
        let later = keys().issue(&client("IONPAYTEST"), at(700));
        assert!(keys().verify(&later, at(900_699)).is_ok(), "never shorter than promised");
        assert_eq!(keys().verify(&later, at(901_000)).err(), Some(InvalidToken::Expired));
    }

    /// The one that reads it may be an instance whose clock is behind that of the one that made it.
    #[test]
    fn it_is_good_at_once_where_the_clock_is_behind() {
        let token = keys().issue(&client("IONPAYTEST"), at(3));
        for (millis, expected) in [(2, None), (-1, None), (-300_000, None), (-300_001, Some(InvalidToken::NotYetValid))]
        {
            assert_eq!(keys().verify(&token, at(millis)).err(), expected, "{millis}");
        }
    }

    #[test]
    fn it_is_short_and_bound_to_its_client() {
        let long = client(&"x".repeat(40));
        let token = keys().issue(&long, at(0));
        assert!(token.len() <= MAX_LEN && token.starts_with(HEADER), "{}", token.len());
        assert!(keys().verify(&token, at(0)).unwrap().of(&long).is_ok());
        assert_eq!(
            keys().verify(&token, at(0)).unwrap().of(&client("IONPAYTEST")).err(),
            Some(InvalidToken::OtherClient)
        );
    }

    #[test]
    fn a_second_key_verifies_while_the_first_signs() {
        let old = keys().issue(&client("A"), at(0));
        let rotating = TokenKeys::new(key(&[7; 40]), vec![key(KEY)]);
        assert!(rotating.verify(&old, at(1)).is_ok());
        assert_eq!(keys().verify(&rotating.issue(&client("A"), at(0)), at(1)).err(), Some(InvalidToken::Foreign));
        assert!(matches!(TokenKey::new(&Secret::new([1; 31])), Err(TokenKeyError::TooShort(31))));
    }

    #[test]
    fn what_is_not_ours_is_foreign() {
        let sign = |header: &Header, claims: serde_json::Value| {
            jsonwebtoken::encode(header, &claims, &EncodingKey::from_secret(KEY)).unwrap()
        };
        let claims =
            |exp: i64| serde_json::json!({ "sub": subject(&client("A")), "nbf": at(0).timestamp(), "exp": exp });
        let good = claims(at(900_000).timestamp());
        let bare = Header { typ: None, ..Header::new(Algorithm::HS256) };
        assert!(keys().verify(&sign(&bare, good.clone()), at(0)).is_ok(), "the control");
        let none =
            format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), URL_SAFE_NO_PAD.encode(good.to_string()));
        let ours = keys().issue(&client("A"), at(0));
        let mut extra = good.clone();
        extra["admin"] = true.into();
        for foreign in [
            none,
            sign(&Header::new(Algorithm::HS256), good.clone()),
            sign(&Header { typ: None, ..Header::new(Algorithm::HS512) }, good.clone()),
            sign(&Header { kid: Some("1".into()), ..bare.clone() }, good.clone()),
            sign(&bare, extra),
            sign(&bare, claims(2_000_000_000)),
            sign(&bare, serde_json::json!({ "exp": at(900_000).timestamp() })),
            format!("{}A", &ours[..ours.len() - 1]),
            ours.replace('.', ""),
            format!("{ours}."),
            String::new(),
            HEADER.to_owned(),
        ] {
            assert_eq!(keys().verify(&foreign, at(0)).err(), Some(InvalidToken::Foreign), "{foreign}");
        }
    }

    #[test]
    fn the_header_is_read_as_clients_write_it() {
        for (header, token) in
            [("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER \"abc\"", "abc"), ("Bearer  abc", "abc")]
        {
            assert_eq!(bearer_token(header), Ok(token));
        }
        for wrong in ["abc", "Basic abc", "Bearer ", "Bearer", "Bearer \"\""] {
            assert_eq!(bearer_token(wrong), Err(InvalidToken::NotBearer), "{wrong}");
        }
    }
}
