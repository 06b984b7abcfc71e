//! Every way in which a call can differ from the one NICEPAY would make: one word each, the same in `--fault`, in a
//! scenario and in a check.

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::plan::{Ask, Client, Encoding, Endpoint, HeaderChange, IdOf, Path, Plan, Shape, Stamp, Text, Token};

/// Declares the faults: variant, what it takes, word, what it does in words, and what it does to a [`Plan`].
macro_rules! faults {
    ($( $name:ident $(($takes:ident))? $word:literal $what:literal |$plan:ident $(, $argument:ident)?| $effect:expr; )+) => {
        /// A fault, or a harmless habit of some caller, in the next call.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Fault {
            $( #[doc = $what] $name $(($takes))?, )+
        }

        /// Each fault's word, what stands behind its `=` (empty for nothing), and what it does.
        pub const FAULTS: &[(&str, &str, &str)] = &[$( ($word, faults!(@takes $($takes)?), $what), )+];

        impl Fault {
            fn apply(&self, plan: &mut Plan) {
                match self {
                    $( Self::$name $(($argument))? => { let $plan = plan; $effect; } )+
                }
            }
        }

        impl fmt::Display for Fault {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $( faults!(@pattern argument $name $($takes)?) => faults!(@print f $word argument $($takes)?), )+
                }
            }
        }

        impl FromStr for Fault {
            type Err = UnknownFault;

            fn from_str(text: &str) -> Result<Self, UnknownFault> {
                let (word, argument) = text.split_once('=').map_or((text, None), |(word, argument)| (word, Some(argument)));
                $( if word == $word { return faults!(@read text argument $name $($takes)?); } )+
                Err(UnknownFault(text.to_owned()))
            }
        }
    };
    (@takes) => { "" };
    (@takes $takes:ident) => { $takes::WHAT };
    (@pattern $bound:ident $name:ident) => { Self::$name };
    (@pattern $bound:ident $name:ident $takes:ident) => { Self::$name($bound) };
    (@print $f:ident $word:literal $bound:ident) => { $f.write_str($word) };
    (@print $f:ident $word:literal $bound:ident $takes:ident) => { write!($f, "{}={}", $word, $bound) };
    (@read $text:ident $argument:ident $name:ident) => {
        if $argument.is_none() { Ok(Self::$name) } else { Err(UnknownFault($text.to_owned())) }
    };
    (@read $text:ident $argument:ident $name:ident $takes:ident) => {
        $argument.and_then($takes::read).map(Self::$name).ok_or_else(|| UnknownFault($text.to_owned()))
    };
}

faults! {
    WrongKey "wrong-key" "signed with a key that nobody knows" |plan| plan.own_key = false;
    GarbageSignature "garbage-signature" "X-SIGNATURE is no signature at all" |plan| plan.encoding = Encoding::Garbage;
    HexSignature "hex-signature" "the right signature, in hexadecimal" |plan| plan.encoding = Encoding::Hex;
    UrlSafeSignature "url-safe-signature" "the right signature, in the base64 of URLs" |plan| plan.encoding = Encoding::UrlSafe;
    AlteredSignature "altered-signature" "the right signature with one bit turned" |plan| plan.encoding = Encoding::OneBitOff;
    TailedSignature "tailed-signature" "the right signature with bytes behind it" |plan| plan.encoding = Encoding::Tailed;
    FoldedSignature "folded-signature" "the right signature, put into lower case" |plan| plan.encoding = Encoding::LowerCase;
    WrongStringToSign "wrong-string-to-sign" "signed over the parts in the wrong order" |plan| plan.text = Text::WrongOrder;
    OtherScheme "other-scheme" "signed with SNAP's other scheme: HMAC where RSA is due, RSA where HMAC is" |plan| plan.text = Text::OtherScheme;
    Stale "stale" "X-TIMESTAMP is ten minutes old" |plan| plan.age = TimeDelta::minutes(10);
    Future "future" "X-TIMESTAMP lies ten minutes ahead" |plan| plan.age = TimeDelta::minutes(-10);
    SevenHoursOff "seven-hours-off" "X-TIMESTAMP is UTC labelled +07:00" |plan| plan.age = TimeDelta::hours(7);
    NoOffset "no-offset" "X-TIMESTAMP has no offset" |plan| plan.stamp = Stamp::NoOffset;
    BadTimestamp "bad-timestamp" "X-TIMESTAMP is no time" |plan| plan.stamp = Stamp::Nonsense;
    Zulu "zulu" "harmless: X-TIMESTAMP in UTC, ending in Z" |plan| plan.stamp = Stamp::Zulu;
    Milliseconds "milliseconds" "harmless: X-TIMESTAMP with milliseconds" |plan| plan.stamp = Stamp::Milliseconds;
    ForeignToken "foreign-token" "a token that another server made" |plan| plan.token = Token::Foreign;
    AlteredToken "altered-token" "the right token with one character changed" |plan| plan.token = Token::Altered;
    ExpiredToken "expired-token" "a token that has expired" |plan| plan.token = Token::Expired;
    OtherToken "other-token" "the token of another client" |plan| plan.token = Token::Other;
    QuotedToken "quoted-token" "harmless: the token in quotes, as NICEPAY's page prints it" |plan| plan.token = Token::Quoted;
    LowerCaseBearer "lower-case-bearer" "harmless: bearer where Bearer is usual" |plan| plan.scheme = "bearer";
    OtherPartner "other-partner" "X-PARTNER-ID of another client, under one's own signature and token" |plan| plan.client = Client::Other;
    UnknownClient "unknown-client" "an id that no client has" |plan| plan.client = Client::Unknown;
    AsOther "as-other" "harmless: the other client calls, with its own id, key and token" |plan| plan.as_other = true;
    ReusedExternalId "reused-external-id" "the X-EXTERNAL-ID of the call before" |plan| plan.external_id = IdOf::CallBefore;
    LetteredExternalId "lettered-external-id" "harmless: an X-EXTERNAL-ID with letters, as NICEPAY's SDKs make it" |plan| plan.external_id = IdOf::Lettered;
    FoldedExternalId "folded-external-id" "harmless: the X-EXTERNAL-ID of the call before, its letters in the other case" |plan| plan.external_id = IdOf::CallBeforeFolded;
    CrossedExternalId "crossed-external-id" "harmless: the X-EXTERNAL-ID of the last call, which was another endpoint's or another client's" |plan| plan.external_id = IdOf::LastCall;
    MissingHeader(Header) "missing-header" "a header is left out" |plan, header| plan.change(header.0, HeaderChange::Missing);
    EmptyHeader(Header) "empty-header" "a header is sent empty" |plan, header| plan.change(header.0, HeaderChange::Empty);
    DoubledHeader(Header) "doubled-header" "a header is sent twice, with two values" |plan, header| plan.change(header.0, HeaderChange::Doubled);
    OverLongHeader(Header) "over-long-header" "a header of 41 characters, where 40 are the most" |plan, header| plan.change(header.0, HeaderChange::OverLong);
    ExtraHeader "extra-header" "harmless: a header that nobody knows" |plan| plan.change(EXTRA_HEADER, HeaderChange::Extra);
    MissingField(Field) "missing-field" "a field of the body is left out" |plan, field| plan.set(&field.0, None);
    EmptyField(Field) "empty-field" "a field of the body is empty" |plan, field| plan.set(&field.0, Some(json!("")));
    NullField(Field) "null-field" "a field of the body is null" |plan, field| plan.set(&field.0, Some(Value::Null));
    NumberField(Field) "number-field" "a field of the body is a number where text is due" |plan, field| plan.set(&field.0, Some(number(plan.text_of(&field.0))));
    OverLong(Field) "over-long" "a field of the body is longer than any may be" |plan, field| plan.set(&field.0, Some(json!("9".repeat(TOO_LONG))));
    SetField(Setting) "set-field" "a field of the body has another text" |plan, setting| plan.set(&setting.name, Some(json!(setting.text)));
    ExtraField "extra-field" "harmless: a field that nobody knows" |plan| plan.set("nobodyReadsThis", Some(json!({ "a": [1, null] })));
    AlteredBody "altered-body" "the body is changed after it was signed" |plan| plan.altered = true;
    PrettyBody "pretty-body" "harmless: the body is spread over lines" |plan| plan.shape = Shape::Pretty;
    BrokenJson "broken-json" "the body is cut off" |plan| plan.shape = Shape::Broken;
    NotAnObject "not-an-object" "the body is a JSON array" |plan| plan.shape = Shape::Array;
    DuplicateKey "duplicate-key" "the body has a key twice" |plan| plan.shape = Shape::DuplicateKey;
    DeepBody "deep-body" "the body is nested a thousand deep" |plan| plan.shape = Shape::Deep;
    HugeBody "huge-body" "the body has a megabyte" |plan| plan.shape = Shape::Huge;
    EmptyBody "empty-body" "there is no body" |plan| plan.shape = Shape::Empty;
    TextBody "text-body" "Content-Type is text/plain" |plan| plan.media_type = "text/plain";
    SdkMediaType "sdk-media-type" "harmless: Content-Type is Application/JSON, as NICEPAY's SDKs write it" |plan| plan.media_type = "Application/JSON";
    Charset "charset" "harmless: Content-Type names its charset" |plan| plan.media_type = "application/json; charset=utf-8";
    WrongVerb "wrong-verb" "GET where POST is due" |plan| plan.method = "GET";
    UnknownPath "unknown-path" "a path that there is not" |plan| plan.path = Path::Unknown;
    SigningPage "signing-page" "the path of a page that signs for whoever sends it a private key" |plan| plan.path = Path::SigningPage;
    Duplicate "duplicate" "sent twice, one after the other, byte for byte" |plan| plan.delivery.copies = 2;
    OutOfOrder "out-of-order" "the reversal comes before what it reverses" |plan| plan.delivery.out_of_order = true;
    Dropped "dropped" "the connection is cut once it is sent, and the answer never read" |plan| plan.delivery.dropped = true;
    Delayed(Seconds) "delayed" "signed now, sent so many seconds later" |plan, seconds| plan.delivery.delayed_seconds = seconds.0;
}

/// The call that NICEPAY would make, with these faults in it.
///
/// # Errors
/// [`Unfit`]: a fault of something that this call does not have.
pub fn plan(ask: &Ask, faults: &[Fault]) -> Result<Plan, Unfit> {
    let mut plan = Plan::of(ask);
    for fault in faults {
        if !fault.fits(plan.endpoint) {
            return Err(Unfit(fault.to_string(), plan.endpoint.name()));
        }
        fault.apply(&mut plan);
    }
    Ok(plan)
}

/// A fault that has no meaning for what is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the fault {0} has no meaning for {1}: leave it out")]
pub struct Unfit(pub String, pub &'static str);

impl Fault {
    /// Whether a server that notices it refuses the call. The rest are habits of good callers, and ways in which a good
    /// call may come.
    pub fn is_due_to_be_refused(&self) -> bool {
        let word = self.to_string();
        let word = word.split('=').next().unwrap_or_default();
        let harmless = FAULTS.iter().any(|(known, _, what)| *known == word && what.starts_with("harmless"));
        let delivery = matches!(self, Self::Duplicate | Self::OutOfOrder | Self::Dropped | Self::Delayed(_));
        !harmless && !delivery
    }

    /// Whether the call has what the fault spoils.
    fn fits(&self, endpoint: Endpoint) -> bool {
        let of_token = matches!(
            self,
            Self::ForeignToken
                | Self::AlteredToken
                | Self::ExpiredToken
                | Self::OtherToken
                | Self::QuotedToken
                | Self::OtherPartner
                | Self::ReusedExternalId
                | Self::LetteredExternalId
                | Self::FoldedExternalId
                | Self::CrossedExternalId
                | Self::LowerCaseBearer
                | Self::OtherScheme
        );
        let of_told = matches!(
            self,
            Self::WrongKey
                | Self::MissingField(_)
                | Self::EmptyField(_)
                | Self::OverLong(_)
                | Self::SetField(_)
                | Self::ExtraField
                | Self::AlteredBody
                | Self::Duplicate
                | Self::OutOfOrder
                | Self::Dropped
                | Self::Delayed(_)
        );
        match endpoint {
            Endpoint::Token => !of_token && *self != Self::OutOfOrder,
            Endpoint::Inquiry | Endpoint::Payment => *self != Self::OutOfOrder,
            Endpoint::Notification => of_told,
            Endpoint::Callback => of_told && !matches!(self, Self::WrongKey | Self::OutOfOrder),
        }
    }
}

/// A fault that there is not, or one whose argument is missing or of no use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownFault(String);

impl fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.0.split('=').next().unwrap_or_default();
        match FAULTS.iter().find(|(known, ..)| *known == word) {
            Some((known, "", _)) => write!(f, "the fault {known} takes nothing: write {known}"),
            Some((known, takes, _)) => write!(f, "the fault {known} takes {takes}: write {known}={takes}"),
            None => write!(f, "there is no fault {word:?}: nico call faults lists them"),
        }
    }
}

impl std::error::Error for UnknownFault {}

/// What stands behind a fault's `=`.
trait Argument: Sized + fmt::Display {
    const WHAT: &'static str;

    fn read(text: &str) -> Option<Self>;
}

/// The name of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header(pub &'static str);

/// The name of a field of the body; with dots, of one within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field(pub String);

/// A field of the body and the text it is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seconds(pub u64);

impl Argument for Header {
    const WHAT: &'static str = "HEADER";

    fn read(text: &str) -> Option<Self> {
        HEADERS.iter().find(|name| name.eq_ignore_ascii_case(text)).copied().map(Self)
    }
}

impl Argument for Field {
    const WHAT: &'static str = "FIELD";

    fn read(text: &str) -> Option<Self> {
        is_field(text).then(|| Self(text.to_owned()))
    }
}

impl Argument for Setting {
    const WHAT: &'static str = "FIELD:TEXT";

    fn read(text: &str) -> Option<Self> {
        let (name, text) = text.split_once(':')?;
        is_field(name).then(|| Self { name: name.to_owned(), text: text.to_owned() })
    }
}

impl Argument for Seconds {
    const WHAT: &'static str = "SECONDS";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|seconds| *seconds <= MOST_SECONDS).map(Self)
    }
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.text)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The text as a number: the mistake of whoever takes a number for a number.
fn number(text: &str) -> Value {
    json!(text.parse::<u64>().unwrap_or(1))
}

fn is_field(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
}

/// The headers of a call.
const HEADERS: [&str; 8] = [
    "Authorization",
    "X-TIMESTAMP",
    "X-CLIENT-KEY",
    "X-PARTNER-ID",
    "X-SIGNATURE",
    "X-EXTERNAL-ID",
    "CHANNEL-ID",
    "Content-Type",
];
const EXTRA_HEADER: &str = "X-NOBODY-READS-THIS";
/// Longer than any field of NICEPAY's (goodsName has 200).
const TOO_LONG: usize = 300;
/// A call that comes later than in an hour tests patience and nothing else.
const MOST_SECONDS: u64 = 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_as_it_is_written() {
        for (word, takes, _) in FAULTS {
            let text = match *takes {
                "" => (*word).to_owned(),
                "HEADER" => format!("{word}=X-SIGNATURE"),
                "FIELD" => format!("{word}=paidAmount.value"),
                "FIELD:TEXT" => format!("{word}=mitraCd:INDO:x"),
                _ => format!("{word}=3"),
            };
            assert_eq!(text.parse::<Fault>().map(|fault| fault.to_string()), Ok(text));
        }
    }

    #[test]
    fn habits_and_ways_of_delivery_are_no_reason_to_refuse() {
        let due = |text: &str| text.parse::<Fault>().unwrap().is_due_to_be_refused();
        assert!(["wrong-key", "missing-header=X-SIGNATURE", "set-field=mitraCd:INDO"].iter().all(|fault| due(fault)));
        assert!(!["zulu", "extra-field", "duplicate", "dropped", "delayed=3"].iter().any(|fault| due(fault)));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let said = |text: &str| text.parse::<Fault>().unwrap_err().to_string();
        assert_eq!(said("stale=1"), "the fault stale takes nothing: write stale");
        assert_eq!(said("missing-header"), "the fault missing-header takes HEADER: write missing-header=HEADER");
        assert_eq!(said("missing-header=X-NONE"), "the fault missing-header takes HEADER: write missing-header=HEADER");
        assert_eq!(said("delayed=-1"), "the fault delayed takes SECONDS: write delayed=SECONDS");
        assert_eq!(said("nonsense=1"), "there is no fault \"nonsense\": nico call faults lists them");
    }
}
