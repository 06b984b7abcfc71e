//! The catalogue: every answer we can give, each written once.
//!
//! A SNAP code is the HTTP status, the service's two digits and the case's two digits. The status is *part of*
//! the code and therefore derived from it, never stated beside it.

use std::collections::BTreeMap;
use std::fmt;

/// Which of the APIs answers; it gives the code its middle digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// `access-token/b2b`: service `73` of the standard.
    AccessToken,
    /// `cvs/*`: SNAP has no such service; NICEPAY's inquiry sample says `2000000`, so `00`.
    Cvs,
}

impl Service {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::AccessToken, Self::Cvs];

    /// The two digits in the middle of a code.
    pub const fn digits(self) -> u32 {
        match self {
            Self::AccessToken => 73,
            Self::Cvs => 0,
        }
    }

    /// The name by which `[codes]` in the configuration means it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::Cvs => "cvs",
        }
    }
}

macro_rules! cases {
    ($($name:ident = $row:literal $http:literal $case:literal $message:literal [$($service:ident)+] $source:literal;)+) => {
        /// A row of the catalogue.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Case {
            $(#[doc = concat!("`", $http, "…", $case, "` ", $message)] $name,)+
        }

        impl Case {
            /// Every row, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            const fn row(self) -> Row {
                match self {
                    $(Self::$name => Row {
                        name: $row, http: $http, case: $case, message: $message,
                        services: &[$(Service::$service),+], source: $source,
                    },)+
                }
            }
        }
    };
}

struct Row {
    name: &'static str,
    http: u32,
    case: u32,
    message: &'static str,
    services: &'static [Service],
    source: &'static str,
}

// A `{}` in a message is filled with a field's name or a reason, both constants of ours.
cases! {
    Successful            = "successful"              200  0 "Successful"                               [AccessToken Cvs] "SNAP; NICEPAY's inquiry sample 2000000";
    BadRequest            = "bad_request"             400  0 "Bad Request"                              [AccessToken Cvs] "SNAP: message parsing failed";
    InvalidFieldFormat    = "invalid_field_format"    400  1 "Invalid Field Format {}"                  [AccessToken Cvs] "SNAP; NICEPAY general list";
    InvalidMandatoryField = "invalid_mandatory_field" 400  2 "Invalid Mandatory Field {}"               [AccessToken Cvs] "SNAP; NICEPAY general list";
    Unauthorized          = "unauthorized"            401  0 "Unauthorized. [{}]"                       [AccessToken Cvs] "SNAP";
    InvalidToken          = "invalid_token"           401  1 "Invalid Token (B2B)"                      [Cvs]             "SNAP; NICEPAY: Access Token Invalid";
    FeatureNotAllowed     = "feature_not_allowed"     403  1 "Feature Not Allowed"                      [Cvs]             "SNAP; here: a notification from an address that is not NICEPAY's";
    TransactionNotFound   = "transaction_not_found"   404  1 "Transaction Not Found"                    [Cvs]             "SNAP; here: no such path";
    InvalidBill           = "invalid_bill"            404 12 "Invalid Bill/Virtual Account [Not Found]" [Cvs]             "SNAP; ASPI scenarios 11.9, 11.11";
    InvalidAmount         = "invalid_amount"          404 13 "Invalid Amount"                           [Cvs]             "SNAP; ASPI scenario 11.12 (NICEPAY's list says Paid Bill)";
    PaidBill              = "paid_bill"               404 14 "Paid Bill"                                [Cvs]             "SNAP; ASPI scenario 11.7 (NICEPAY's list says 13)";
    InconsistentRequest   = "inconsistent_request"    404 18 "Inconsistent Request"                     [Cvs]             "SNAP: same reference, other content";
    ExpiredBill           = "expired_bill"            404 19 "Invalid Bill/Virtual Account"             [Cvs]             "SNAP; ASPI scenario 11.8";
    UnsupportedFunction   = "unsupported_function"    405  0 "Requested Function Is Not Supported"      [AccessToken Cvs] "SNAP; here: wrong verb";
    Conflict              = "conflict"                409  0 "Conflict"                                 [Cvs]             "SNAP: X-EXTERNAL-ID used twice; ASPI scenario 11.5";
    PayloadTooLarge       = "payload_too_large"       413  0 "Payload Too Large"                        [AccessToken Cvs] "HTTP; no row in SNAP";
    TooManyRequests       = "too_many_requests"       429  0 "Too Many Requests"                        [AccessToken Cvs] "SNAP";
    GeneralError          = "general_error"           500  0 "General Error"                            [AccessToken Cvs] "SNAP";
    ServiceUnavailable    = "service_unavailable"     503  0 "Service Unavailable"                      [Cvs]             "HTTP; only on /health/ready";
    Timeout               = "timeout"                 504  0 "Timeout"                                  [AccessToken Cvs] "SNAP; our own deadline";
}

impl Case {
    /// The name by which `[codes]` in the configuration means it.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The services that can answer it.
    pub const fn services(self) -> &'static [Service] {
        self.row().services
    }

    /// Where the row comes from.
    pub const fn source(self) -> &'static str {
        self.row().source
    }

    /// The message as the catalogue holds it, `{}` and all.
    pub const fn template(self) -> &'static str {
        self.row().message
    }

    /// The message of an answer.
    pub fn message(self, detail: &str) -> String {
        self.row().message.replacen("{}", detail, 1)
    }

    /// The code of the catalogue, before any override.
    pub const fn code(self, service: Service) -> ResponseCode {
        let row = self.row();
        ResponseCode(row.http * 10_000 + service.digits() * 100 + row.case)
    }
}

/// Seven digits: HTTP status, service, case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResponseCode(u32);

impl ResponseCode {
    /// Reads seven digits, the first three an HTTP status of an answer (200 to 599).
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 7 && text.bytes().all(|b| b.is_ascii_digit());
        let code = Self(text.parse().ok().filter(|_| digits)?);
        (200..600).contains(&code.http_status()).then_some(code)
    }

    /// Its first three digits.
    pub const fn http_status(self) -> u16 {
        (self.0 / 10_000) as u16
    }

    /// Whether it tells the caller that all is well.
    pub const fn is_success(self) -> bool {
        self.http_status() < 300
    }
}

impl fmt::Display for ResponseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:07}", self.0)
    }
}

/// The catalogue as this server answers it: the standard's, with a merchant's overrides.
///
/// NICEPAY's own list contradicts SNAP in places (`13` for a paid bill), so any row can be changed
/// until a merchant's test with NICEPAY has said which is right.
#[derive(Debug, Clone, Default)]
pub struct Codes(BTreeMap<(Case, Service), ResponseCode>);

/// Why an override was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeOverrideError {
    /// The row is not one this service answers.
    #[error("that service never answers this row")]
    NotAnswered,
    /// It would turn a refusal into a success, or a success into a refusal.
    #[error("a success must stay one of 200, 201 and 202, and a refusal one of 400 to 599")]
    Contradiction,
}

impl Codes {
    /// Answers `code` where the catalogue says otherwise.
    ///
    /// # Errors
    /// [`CodeOverrideError`] for a row this service never answers, or a refusal that would read as success.
    pub fn set(&mut self, case: Case, service: Service, code: ResponseCode) -> Result<(), CodeOverrideError> {
        if !case.services().contains(&service) {
            return Err(CodeOverrideError::NotAnswered);
        }
        let good = if case.code(service).is_success() { 200..=202 } else { 400..=599 };
        if !good.contains(&code.http_status()) {
            return Err(CodeOverrideError::Contradiction);
        }
        self.0.insert((case, service), code);
        Ok(())
    }

    /// The code for a row.
    pub fn code(&self, case: Case, service: Service) -> ResponseCode {
        self.0.get(&(case, service)).copied().unwrap_or_else(|| case.code(service))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_seven_digits_and_its_status_is_their_first_three() {
        assert_eq!(Case::Successful.code(Service::AccessToken).to_string(), "2007300");
        assert_eq!(Case::ExpiredBill.code(Service::Cvs).to_string(), "4040019");
        assert_eq!(Case::UnsupportedFunction.code(Service::AccessToken).http_status(), 405);
        for wrong in ["404001", "40400199", "4o40019", "1000000", "6000000", "+404001", ""] {
            assert_eq!(ResponseCode::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn overrides_change_a_row_but_never_its_meaning() {
        let mut codes = Codes::default();
        let code = |text| ResponseCode::parse(text).unwrap();
        assert_eq!(codes.set(Case::PaidBill, Service::Cvs, code("4040013")), Ok(()));
        assert_eq!(codes.code(Case::PaidBill, Service::Cvs), code("4040013"));
        assert_eq!(codes.set(Case::PaidBill, Service::Cvs, code("2000000")), Err(CodeOverrideError::Contradiction));
        assert_eq!(
            codes.set(Case::PaidBill, Service::AccessToken, code("4047314")),
            Err(CodeOverrideError::NotAnswered)
        );
    }
}
