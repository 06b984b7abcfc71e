//! Who calls, and whether he may: token, headers, client, time, signature, body, and last the X-EXTERNAL-ID.

use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta};
use hmac::{Hmac, Mac};
use nico::clock::{Clock, SystemClock};
use nico::snap::json::Object;
use rsa::RsaPublicKey;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::signature::Verifier;
use rsa::traits::PublicKeyParts;
use serde_json::Value;
use sha2::{Digest, Sha256, Sha512};

use super::defect::Defect;
use super::http::Request;
use super::shop::{Refusal, Shop, invalid, missing, refuse};

/// The gap in which two callers at once both find a thing free.
pub(super) const RACE: Duration = Duration::from_millis(250);
const WINDOW: TimeDelta = TimeDelta::seconds(300);

pub(super) struct Client {
    pub(super) id: &'static str,
    pub(super) key: RsaPublicKey,
    pub(super) secret: Option<&'static str>,
}

/// What was let in.
pub(super) struct Admitted<M> {
    pub(super) message: M,
    pub(super) claim: Claim,
    /// Whether its X-EXTERNAL-ID was free.
    pub(super) first: bool,
}

pub(super) struct Claim {
    pub(super) client_id: String,
    endpoint: &'static str,
    date: String,
    pub(super) external_id: String,
}

impl Shop {
    /// Lets a token request in; its client.
    pub(super) fn admit_token_request(&self, request: &Request) -> Result<&Client, Refusal> {
        let [timestamp, client_id, signature] =
            self.mandatory(request, ["X-TIMESTAMP", "X-CLIENT-KEY", "X-SIGNATURE"])?;
        let instant = self.instant(&timestamp)?;
        let client = self.client(&client_id, "X-CLIENT-KEY")?;
        self.fresh(instant)?;
        let unasked = self.has(Defect::TokenForStrangers) || signature.is_empty() || timestamp.is_empty();
        if !unasked && !self.rsa_good(client, &timestamp, &signature) {
            return Err(refuse(401, 0, "Unauthorized. [Signature]"));
        }
        let body = self.json(request)?;
        let grant_type = field(&body, "grantType");
        if grant_type == "client_credentials" || self.has(Defect::GrantTypeUnread) {
            return Ok(client);
        }
        Err(if grant_type.is_null() || grant_type == "" { missing("grantType") } else { invalid("grantType") })
    }

    /// Lets a transaction in, its message read by `read`.
    pub(super) fn admit<M>(
        &self,
        request: &Request,
        endpoint: &'static str,
        read: fn(&Self, &Value) -> Result<M, Refusal>,
    ) -> Result<Admitted<M>, Refusal> {
        if self.has(Defect::ClaimBeforeAuthentication) {
            let sent = |name| request.values(name).concat();
            let (client_id, external_id, date) = (sent("X-PARTNER-ID"), sent("X-EXTERNAL-ID"), String::new());
            if !self.claim(&Claim { client_id, endpoint, date, external_id }) {
                return Err(refuse(409, 0, "Conflict"));
            }
        }
        let token = self.token(request)?;
        let names = ["X-TIMESTAMP", "X-PARTNER-ID", "X-SIGNATURE", "X-EXTERNAL-ID", "CHANNEL-ID"];
        let [timestamp, partner_id, signature, external_id, channel_id] = self.mandatory(request, names)?;
        let instant = self.instant(&timestamp)?;
        self.is_external_id(&external_id)?;
        is_text(&channel_id, 40).then_some(()).ok_or(invalid("CHANNEL-ID"))?;
        if self.has(Defect::BodyBeforeSignature) {
            read(self, &self.json(request)?)?;
        }
        let client = self.caller(request, &partner_id, &token)?;
        self.fresh(instant)?;
        self.signed(request, client, [&timestamp, &signature, &token])?;
        let message = read(self, &self.json(request)?)?;
        let date =
            instant.map_or_else(String::new, |instant| instant.with_timezone(&jakarta()).date_naive().to_string());
        let claim = Claim { client_id: client.id.to_owned(), endpoint, date, external_id };
        let first = self.has(Defect::ClaimBeforeAuthentication) || self.claim(&claim);
        Ok(Admitted { message, claim, first })
    }

    fn token(&self, request: &Request) -> Result<String, Refusal> {
        let refused = refuse(401, 1, "Invalid Token (B2B)");
        let Some(authorization) = self.one(request, "Authorization")? else {
            return if self.has(Defect::MissingTokenAccepted) { Ok(String::new()) } else { Err(refused) };
        };
        let (scheme, token) = authorization.split_once(' ').ok_or(refused.clone())?;
        let strict = self.has(Defect::BearerCaseSensitive);
        let bearer = if strict { scheme == "Bearer" } else { scheme.eq_ignore_ascii_case("Bearer") };
        let token = token.trim();
        let token = token.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(token);
        let good = self.has(Defect::TokenUnverified) || self.holder(token).is_some();
        if bearer && !token.is_empty() && good { Ok(token.to_owned()) } else { Err(refused) }
    }

    /// The client that X-PARTNER-ID names, whose the token must be.
    fn caller(&self, request: &Request, partner_id: &str, token: &str) -> Result<&Client, Refusal> {
        let client = self.client(partner_id, "X-PARTNER-ID")?;
        if self.one(request, "X-CLIENT-KEY")?.is_some_and(|client_key| client_key != client.id) {
            return Err(refuse(401, 0, "Unauthorized. [Unknown client]"));
        }
        match self.holder(token) {
            Some(holder) if self.has(Defect::PartnerUnbound) => self.client(holder, "X-PARTNER-ID"),
            Some(holder) if holder != client.id && !self.has(Defect::TokenUnbound) => {
                Err(refuse(401, 1, "Invalid Token (B2B)"))
            }
            Some(_) | None => Ok(client),
        }
    }

    fn client(&self, id: &str, header: &str) -> Result<&Client, Refusal> {
        if !is_id(id, 40) {
            return Err(invalid(header));
        }
        let known = self.clients.iter().find(|client| client.id == id);
        known.ok_or(refuse(401, 0, "Unauthorized. [Unknown client]"))
    }

    /// The headers under these names: what is missing is told before what is malformed.
    fn mandatory<const N: usize>(&self, request: &Request, names: [&str; N]) -> Result<[String; N], Refusal> {
        let mut texts = std::array::from_fn(|_| String::new());
        let mut malformed = None;
        for (text, name) in texts.iter_mut().zip(names) {
            match self.one(request, name) {
                Ok(Some(sent)) => sent.clone_into(text),
                Ok(None) if self.does_without(name) => (),
                Ok(None) => return Err(missing(name)),
                Err(refusal) => malformed = malformed.or(Some(refusal)),
            }
        }
        malformed.map_or(Ok(texts), Err)
    }

    fn does_without(&self, header: &str) -> bool {
        match header {
            "X-SIGNATURE" => self.has(Defect::MissingSignatureAccepted),
            "X-EXTERNAL-ID" => self.has(Defect::MissingExternalIdAccepted),
            "X-TIMESTAMP" => self.has(Defect::MissingTimestampAccepted),
            _ => false,
        }
    }

    fn one<'r>(&self, request: &'r Request, name: &str) -> Result<Option<&'r str>, Refusal> {
        let lower = |sent: &str| sent.bytes().all(|b| !b.is_ascii_uppercase());
        if self.has(Defect::LowerCaseHeadersUnknown)
            && request.headers.iter().any(|(sent, _)| sent == &name.to_lowercase() && lower(sent))
        {
            return Ok(None);
        }
        match request.values(name)[..] {
            [] => Ok(None),
            [value] if value.bytes().all(|b| b.is_ascii_graphic() || b == b' ') => {
                Ok(Some(value).filter(|v| !v.is_empty()))
            }
            _ => Err(invalid(name)),
        }
    }

    /// `None` only where a defect lets it be missing.
    fn instant(&self, timestamp: &str) -> Result<Option<DateTime<FixedOffset>>, Refusal> {
        if timestamp.is_empty() {
            return Ok(None);
        }
        let local = NaiveDateTime::parse_from_str(timestamp, "%Y-%m-%dT%H:%M:%S").ok();
        if let (Some(local), true) = (local, self.has(Defect::OffsetlessAccepted)) {
            return Ok(local.and_local_timezone(jakarta()).single());
        }
        let shaped = timestamp.len() <= 35 && timestamp.as_bytes().get(10) == Some(&b'T') && !timestamp.ends_with('z');
        let zone = !self.has(Defect::JakartaOnly) || timestamp.ends_with("+07:00");
        let instant = DateTime::parse_from_rfc3339(timestamp).ok().filter(|_| shaped && zone);
        instant.map(Some).ok_or(invalid("X-TIMESTAMP"))
    }

    fn fresh(&self, instant: Option<DateTime<FixedOffset>>) -> Result<(), Refusal> {
        let behind = instant.map_or(TimeDelta::zero(), |instant| SystemClock.now() - instant.to_utc());
        let stale = behind > WINDOW && !self.has(Defect::StaleAccepted);
        let ahead = behind < -WINDOW && !self.has(Defect::FutureAccepted);
        let refused = (stale || ahead) && !self.has(Defect::NoTimestampWindow);
        if refused { Err(refuse(401, 0, "Unauthorized. [Timestamp]")) } else { Ok(()) }
    }

    fn signed(
        &self,
        request: &Request,
        client: &Client,
        [timestamp, signature, token]: [&str; 3],
    ) -> Result<(), Refusal> {
        // Empty only where a defect lets it be missing.
        let unasked = self.has(Defect::SignatureUnverified) || signature.is_empty() || timestamp.is_empty();
        let good = unasked
            || match client.secret {
                None => self.rsa_good(client, timestamp, signature),
                Some(secret) => self.hmac_good(request, secret, [timestamp, signature, token]),
            };
        let echo = if self.has(Defect::SignatureEchoed) { signature } else { "Signature" };
        if good { Ok(()) } else { Err(refuse(401, 0, format!("Unauthorized. [{echo}]"))) }
    }

    fn rsa_good(&self, client: &Client, timestamp: &str, signature: &str) -> bool {
        let hex = hex(signature).filter(|_| self.has(Defect::HexSignatureAccepted));
        let mut bytes = hex.or_else(|| STANDARD.decode(signature).ok()).unwrap_or_default();
        if self.has(Defect::SignatureTailUnread) {
            bytes.truncate(client.key.size());
        }
        if bytes.len() != client.key.size() {
            return self.has(Defect::VerificationErrorAccepted);
        }
        let text = format!("{}|{timestamp}", client.id);
        let key = VerifyingKey::<Sha256>::new(client.key.clone());
        Signature::try_from(&bytes[..]).is_ok_and(|signature| key.verify(text.as_bytes(), &signature).is_ok())
    }

    fn hmac_good(&self, request: &Request, secret: &str, [timestamp, signature, token]: [&str; 3]) -> bool {
        let bodies = match self.defect {
            Some(Defect::BodyReserialised) => vec![minified(&request.body)],
            Some(Defect::BodyUnsigned) => return STANDARD.decode(signature).is_ok_and(|mac| mac.len() == 64),
            _ => vec![request.body.clone(), minified(&request.body)],
        };
        bodies.iter().any(|body| {
            let text = format!("{}:{}:{token}:{}:{timestamp}", request.verb, request.target, digest(body));
            let mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).unwrap().chain_update(text);
            let due = STANDARD.encode(mac.finalize().into_bytes());
            due == signature || self.has(Defect::SignatureFolded) && due.eq_ignore_ascii_case(signature)
        })
    }

    fn json(&self, request: &Request) -> Result<Value, Refusal> {
        let media_type = request.values("content-type");
        let strict = self.has(Defect::MediaTypeCaseSensitive);
        let declared = !strict || media_type.iter().all(|sent| sent.starts_with("application/json"));
        let encoded = !request.values("content-encoding").is_empty();
        if !(declared && is_json(&media_type) && !encoded || self.has(Defect::MediaTypeUnread)) {
            return Err(refuse(400, 0, "Bad Request"));
        }
        // What two readers could understand differently (twin keys) is refused; serde_json would take the last.
        match Object::parse(&request.body) {
            Ok(_) => Ok(serde_json::from_slice(&request.body).unwrap()),
            Err(_) if self.has(Defect::BrokenJsonIsHtml) => Err(refuse(400, 0, "").page("<h1>400 Bad Request</h1>")),
            Err(_) if self.has(Defect::BrokenJsonIsAnError) => Err(refuse(500, 0, "General Error")),
            Err(_) => Err(refuse(400, 0, "Bad Request")),
        }
    }

    fn is_external_id(&self, id: &str) -> Result<(), Refusal> {
        let length = if self.has(Defect::ExternalIdTooLong) { usize::MAX } else { 40 };
        let numeric = !self.has(Defect::ExternalIdMustBeNumeric) || id.bytes().all(|b| b.is_ascii_digit());
        if is_id(id, length) && numeric { Ok(()) } else { Err(invalid("X-EXTERNAL-ID")) }
    }

    /// Whether the id was free. It no longer is.
    fn claim(&self, claim: &Claim) -> bool {
        let id = if self.has(Defect::ExternalIdFolded) {
            claim.external_id.to_lowercase()
        } else {
            claim.external_id.clone()
        };
        let endpoint = if self.has(Defect::ExternalIdAcrossEndpoints) { "" } else { claim.endpoint };
        let client = if self.has(Defect::ExternalIdAcrossClients) { "" } else { &claim.client_id };
        let key = format!("{client} {endpoint} {} {id}", claim.date);
        if self.has(Defect::RacingClaim) && !self.claims.lock().unwrap().contains(&key) {
            thread::sleep(RACE);
            self.claims.lock().unwrap().insert(key);
            return true;
        }
        let first = self.claims.lock().unwrap().insert(key);
        first || id.is_empty() || self.has(Defect::ReplayAccepted)
    }
}

/// A member of an object, whatever the case of its name; null where there is none.
pub(super) fn field<'v>(object: &'v Value, name: &str) -> &'v Value {
    let members = object.as_object().into_iter().flatten();
    let mut named = members.filter(|(key, _)| key.eq_ignore_ascii_case(name));
    named.next().map_or(&Value::Null, |(_, value)| value)
}

/// SHA-256 in lower-case hexadecimal.
pub(super) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn jakarta() -> FixedOffset {
    FixedOffset::east_opt(7 * 3600).unwrap()
}

fn is_id(text: &str, longest: usize) -> bool {
    text.len() <= longest && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

fn is_text(text: &str, longest: usize) -> bool {
    text.len() <= longest && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
}

fn is_json(media_type: &[&str]) -> bool {
    let [media_type] = media_type else { return false };
    let (name, parameters) = media_type.split_once(';').unwrap_or((media_type, ""));
    let parameters = parameters.to_ascii_lowercase();
    let utf8 = !parameters.contains("charset") || parameters.contains("utf-8");
    name.trim().eq_ignore_ascii_case("application/json") && utf8
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

/// Without the blanks between tokens.
fn minified(json: &[u8]) -> Vec<u8> {
    let (mut quoted, mut escaped) = (false, false);
    let mut kept = json.to_vec();
    kept.retain(|byte| {
        quoted ^= *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && quoted && !escaped;
        quoted || !byte.is_ascii_whitespace()
    });
    kept
}
