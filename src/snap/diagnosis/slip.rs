//! The ways in which a signature goes wrong, each with the sentence that says so.

macro_rules! slips {
    ($($slip:ident = $name:literal $sentence:literal;)+) => {
        /// One way in which a signature misses what it should be.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Slip {
            $(#[doc = $sentence] $slip,)+
        }

        impl Slip {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$slip),+];

            /// Its name in logs and JSON.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$slip => $name,)+
                }
            }

            /// What happened, and what the caller has to change; `{}` stands for another client's id.
            pub(super) const fn sentence(self) -> &'static str {
                match self {
                    $(Self::$slip => $sentence,)+
                }
            }
        }
    };
}

// How the bytes were written down, whose key it was, how it was hashed, and what was hashed.
slips! {
    Hex             = "hex"               "X-SIGNATURE is hexadecimal: write the signature's bytes in base64 instead";
    Base64Url       = "base64url"         "X-SIGNATURE is base64url, with - and _: use standard base64, with + and /";
    Unpadded        = "unpadded"          "X-SIGNATURE is base64 without the = at its end: keep the padding";
    LineBreaks      = "line_breaks"       "X-SIGNATURE has line breaks in it: write the base64 on one line (base64 -w0)";
    Blanks          = "blanks"            "X-SIGNATURE has blanks round it: send the base64 alone";
    PlusAsBlank     = "plus_as_blank"     "X-SIGNATURE has blanks where + was: do not URL-decode it on the way";
    PercentEncoded  = "percent_encoded"   "X-SIGNATURE is percent-encoded: a header is sent as it is, without URL-encoding";
    Quoted          = "quoted"            "X-SIGNATURE is in quotes: send the base64 without them";

    OtherKey        = "other_key"         "the signature was made with the key of another client, {}: sign with the key that belongs to the client id sent";
    OtherSecret     = "other_secret"      "the signature was made with the secret of another client, {}: use the secret that belongs to the client id sent";
    HmacByMistake   = "hmac"              "the signature is an HMAC with the client secret, and RSA is due here: sign with SHA256withRSA and the private key, or agree on the symmetric scheme";
    HmacByLength    = "hmac_by_length"    "the signature has 64 bytes, as HMAC-SHA512 has, and RSA is due here: sign with SHA256withRSA and the private key, or agree on the symmetric scheme";
    RsaByMistake    = "rsa"               "the signature is an RSA signature, and HMAC-SHA512 is due here: sign with the client secret, or agree on the asymmetric scheme";
    RsaByLength     = "rsa_by_length"     "the signature is as long as an RSA signature, and HMAC-SHA512 is due here: sign with the client secret, or agree on the asymmetric scheme";
    SecretDecoded   = "secret_decoded"    "the client secret was base64-decoded before use: use its text as it stands";
    SecretUnhexed   = "secret_unhexed"    "the client secret was hex-decoded before use: use its text as it stands";
    SecretNewline   = "secret_newline"    "the client secret was used with the newline at the end of its file: cut it off";

    Sha1            = "sha1"              "the hash is SHA-1: sign with SHA-256 (SHA256withRSA)";
    Sha512          = "sha512"            "the hash is SHA-512: sign with SHA-256 (SHA256withRSA)";
    Pss             = "pss"               "the padding is PSS: use PKCS#1 v1.5, which SHA256withRSA means";
    NoDigestInfo    = "no_digest_info"    "the bare hash was encrypted, without the DigestInfo that names the algorithm: use the library's function for SHA256withRSA";
    BareHash        = "bare_hash"         "this is a hash of the string and no signature, for no key is in it: sign the string";
    HmacSha256      = "hmac_sha256"       "the signature is HMAC-SHA256: use HMAC-SHA512";
    DoubleHash      = "double_hash"       "the string was hashed before it was signed, and signing hashes it once more: hand over the string itself";
    DoubleHashHex   = "double_hash_hex"   "the hexadecimal hash of the string was signed instead of the string: hand over the string itself";

    OtherHeader     = "other_header"      "the client id in the signed string is the one of the other header: X-CLIENT-KEY counts for the token, X-PARTNER-ID for all else, and the two must agree";
    OtherClientId   = "other_client_id"   "the client id in the signed string is that of another client, {}: sign the id that is sent";
    LeadingNewline  = "leading_newline"   "the string was signed with a newline before it: sign it without";
    LeadingBlank    = "leading_blank"     "the string was signed with a blank before it: sign it without";
    TrailingNewline = "trailing_newline"  "the string was signed with a newline at its end: sign it without (printf, not echo)";
    TrailingCrlf    = "trailing_crlf"     "the string was signed with a carriage return and a newline at its end: sign it without";
    TrailingBlank   = "trailing_blank"    "the string was signed with a blank at its end: sign it without";

    TimestampZone       = "timestamp_zone"        "the time was signed in another zone's spelling than X-TIMESTAMP has: sign the text that is sent";
    TimestampNoOffset   = "timestamp_no_offset"   "the time was signed without its offset: sign X-TIMESTAMP as it is sent";
    TimestampNoColon    = "timestamp_no_colon"    "the time was signed with +0700 for +07:00: sign X-TIMESTAMP as it is sent";
    TimestampNoFraction = "timestamp_no_fraction" "the time was signed without its fraction of a second: sign X-TIMESTAMP as it is sent";
    TimestampMillis     = "timestamp_millis"      "the time was signed with milliseconds that X-TIMESTAMP does not have: sign the text that is sent";
    TimestampSevenHours = "timestamp_seven_hours" "the time signed is seven hours off the one sent: take both from one clock reading, in Asia/Jakarta";

    BodyIncluded          = "body_included"            "method, path and body were signed, as in SNAP's other scheme: sign clientId|X-TIMESTAMP alone";
    BodyIncludedWithToken = "body_included_with_token" "method, path, token and body were signed, as in SNAP's other scheme: sign clientId|X-TIMESTAMP alone";
    BodyMissing           = "body_missing"             "clientId|X-TIMESTAMP was signed, as in SNAP's other scheme: sign METHOD:path:token:hash of the body:X-TIMESTAMP";

    TokenMissing    = "token_missing"     "the string was signed without the access token: put it between path and body hash";
    TokenWithBearer = "token_with_bearer" "the token was signed together with the word Bearer: sign the token alone";
    TokenQuoted     = "token_quoted"      "the token was signed in quotes: sign the token alone";
    PathWithoutBase = "path_without_base" "the path was signed without what stands before /v1.0: sign the path as it is called";
    PathOtherBase   = "path_other_base"   "the path was signed with another base path, /api or /nicepay: sign the path as it is called";
    PathFullUrl     = "path_full_url"     "the full URL was signed: sign the path alone";
    PathWithoutQuery = "path_without_query" "the path was signed without its query: sign the path as it is called";
    BodyHashUpperCase = "body_hash_upper_case" "the body's hash was signed in upper-case hexadecimal: use lower case";
    BodyHashBase64  = "body_hash_base64"  "the body's hash was signed in base64: use lower-case hexadecimal";
    BodySpaced      = "body_spaced"       "the body was hashed with blanks after , and : that were not sent: hash the bytes that are sent";
    BodyIndented    = "body_indented"     "the body was hashed in its indented form: hash the bytes that are sent";
    BodyNewline     = "body_newline"      "the body was hashed with a newline at its end that was not sent: hash the bytes that are sent";
    BodyEmpty       = "body_empty"        "nothing was hashed for the body: hash the bytes that are sent";
}
