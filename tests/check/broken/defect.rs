//! What is wrong with a server. One thing each.

macro_rules! defects {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Defect {
            $($(#[$doc])* $name,)+
        }

        impl Defect {
            /// Every one of them.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

defects! {
    // ---- X-EXTERNAL-ID: classes 1 and 2 ---------------------------------------------------------------------------
    /// Class 1: the id is used up before anybody has proved who he is, so a stranger burns ids.
    ClaimBeforeAuthentication,
    /// Class 2: the id is looked up, and noted a moment later: of two at once both pass.
    RacingClaim,
    /// No id is ever remembered.
    ReplayAccepted,
    /// `abc` and `ABC` are taken for the same id.
    ExternalIdFolded,
    /// An id of more than 40 characters passes.
    ExternalIdTooLong,
    /// One memory of ids for all endpoints: the inquiry's id is used up for the payment.
    ExternalIdAcrossEndpoints,
    /// One memory of ids for all clients.
    ExternalIdAcrossClients,
    /// An id must be a number, as the standard's older edition has it; NICEPAY's own are not.
    ExternalIdMustBeNumeric,
    /// Class 12: no X-EXTERNAL-ID, no check of it.
    MissingExternalIdAccepted,

    // ---- X-TIMESTAMP: class 3 -------------------------------------------------------------------------------------
    /// Class 3: any time will do.
    NoTimestampWindow,
    /// Class 3: the difference has a sign, so whatever is old passes.
    StaleAccepted,
    /// Class 3: the difference has a sign, so whatever lies ahead passes.
    FutureAccepted,
    /// A time without an offset is taken for Jakarta's.
    OffsetlessAccepted,
    /// Only `+07:00` is understood, no `Z` and no other offset.
    JakartaOnly,
    /// Class 12: no X-TIMESTAMP, no check of it nor of the signature over it.
    MissingTimestampAccepted,

    // ---- X-SIGNATURE: classes 4, 5, 8, 12 -------------------------------------------------------------------------
    /// Class 4, as far as it shows: what stands behind a good signature is not looked at.
    SignatureTailUnread,
    /// A signature in hexadecimal passes.
    HexSignatureAccepted,
    /// Class 4 for the symmetric client: the base64 texts are compared without regard to case.
    SignatureFolded,
    /// Class 5: a signature that cannot be decoded is an error, and an error is not false.
    VerificationErrorAccepted,
    /// Nobody verifies anything on inquiry and payment.
    SignatureUnverified,
    /// Class 12: no X-SIGNATURE, no check of it.
    MissingSignatureAccepted,
    /// Class 8: the symmetric client's body is written anew, without its blanks, before it is hashed.
    BodyReserialised,
    /// The symmetric client's signature need not cover the body.
    BodyUnsigned,
    /// The body is held to its form before the signature is looked at: strangers learn about fields.
    BodyBeforeSignature,

    // ---- the token: classes 6 and 7 -------------------------------------------------------------------------------
    /// Class 6: any bearer token passes.
    TokenUnverified,
    /// Class 6: anybody's token passes.
    TokenUnbound,
    /// Class 6: under one's own token and signature, X-PARTNER-ID may name another.
    PartnerUnbound,
    /// Class 12: no Authorization, no check of it.
    MissingTokenAccepted,
    /// `bearer` is not `Bearer`.
    BearerCaseSensitive,
    /// Whoever asks is given a token: the token request's signature is not verified.
    TokenForStrangers,
    /// Class 7, as far as it shows: `expiresIn` promises an hour.
    ExpiresInAnHour,
    /// `expiresIn` is a number.
    ExpiresInNumber,
    /// The token has more than 150 characters.
    TokenTooLong,
    /// `grantType` may be anything.
    GrantTypeUnread,
    /// The token's answer says `2000000`, without its service.
    TokenWithoutService,

    // ---- money: class 9 -------------------------------------------------------------------------------------------
    /// Class 9: the amount is a JSON number.
    AmountAsNumber,
    /// Class 9: the amount is written as a float prints itself, `10000.0`.
    AmountAsFloat,
    /// Class 9: the amount paid is read as a float, so `1e4` is ten thousand.
    AmountReadAsFloat,
    /// What was paid is not held against the bill.
    AmountUncompared,
    /// Ten thousand of any currency pay the bill.
    CurrencyUncompared,
    /// `10000` is not `10000.00`.
    AmountComparedAsText,

    // ---- what is told: classes 10, 11, 13 -------------------------------------------------------------------------
    /// Class 10: the number that was asked for stands in the refusal.
    PayNoEchoed,
    /// Class 10: the signature that was sent stands in the refusal.
    SignatureEchoed,
    /// Class 10: a refusal comes with a stack trace.
    StackTrace,
    /// Class 11: a page that signs with a private key sent to it.
    PrivateKeyOverHttp,
    /// Class 13: broken JSON is answered with the framework's own page.
    BrokenJsonIsHtml,
    /// Class 13: broken JSON is answered 500.
    BrokenJsonIsAnError,
    /// Class 13: an unknown path is answered with the framework's own page.
    UnknownPathIsHtml,
    /// Class 13: a wrong verb is answered with nothing but 405.
    WrongVerbIsEmpty,
    /// Class 13: a body of a megabyte is answered with the framework's own page.
    LargeBodyIsText,
    /// Class 13: every refusal is a line of text.
    RefusalsAreText,
    /// Every refusal comes with HTTP 200.
    StatusAlways200,
    /// No answer has an X-TIMESTAMP.
    NoTimestampAnswered,
    /// JSON, but declared as `text/html`.
    JsonDeclaredAsHtml,
    /// `responseCode` is a number.
    CodeAsNumber,
    /// `responseCode` has five digits, as NICEPAY's table says and its sample doesn't.
    FiveDigitCode,
    /// The codes of virtual accounts, service 24.
    VirtualAccountCodes,
    /// No answer has a `responseMessage`.
    NoMessage,

    // ---- the transport --------------------------------------------------------------------------------------------
    /// An inquiry is never answered.
    InquiryHangs,
    /// The answer to an inquiry never ends.
    EndlessBody,
    /// An inquiry is sent elsewhere.
    InquiryRedirected,
    /// The connection ends inside the answer to an inquiry.
    AnswerCut,
    /// `x-timestamp` is not `X-TIMESTAMP`.
    LowerCaseHeadersUnknown,
    /// `Application/JSON` is not `application/json`.
    MediaTypeCaseSensitive,
    /// Whatever media type it has, it is read as JSON.
    MediaTypeUnread,

    // ---- the inquiry ----------------------------------------------------------------------------------------------
    /// An unknown number is `4040011`.
    UnknownAs11,
    /// A paid bill is `4040013`, as NICEPAY's own list has it.
    PaidAs13,
    /// An expired bill is `4040012`, as if unknown.
    ExpiredAs12,
    /// A bill that is paid and expired is told as expired.
    ExpiredBeforePaid,
    /// A paid bill may be asked for, and is answered as if it were not.
    PaidIsPayable,
    /// A number may be sent where text is due.
    IntegerForText,
    /// A missing field is `4000001`.
    MissingAs01,
    /// A missing field is made up.
    MissingFieldAccepted,
    /// No field has a length.
    LengthsUnchecked,
    /// `payNo` need not be `partnerServiceId` and `customerNo`.
    PartsMayDisagree,
    /// `inquiryRequestId` is not given back as it came.
    InquiryIdNotEchoed,
    /// `payNoExpiredDateTime` has no offset.
    ExpiryWithoutOffset,
    /// The fields stand beside `responseCode` instead of in `payNoData`.
    NoPayNoData,

    // ---- the payment: classes 14 and 15 ---------------------------------------------------------------------------
    /// Class 14: an exact retry hears that the bill is paid, and the store gives the money back.
    RetryRefused,
    /// An exact retry under the same X-EXTERNAL-ID hears of a conflict. SNAP leaves that open: it is another answer, and no
    /// defect.
    RetryConflicts,
    /// Class 15: a first payment whose id is its inquiry's is `4040018`.
    FirstPaymentInconsistent,
    /// Class 15: a first payment whose id is its inquiry's is `4090000`.
    FirstPaymentConflicts,
    /// A second payment, with another id, is accepted.
    SecondPaymentAccepted,
    /// Two payments of one bill at once are both accepted.
    RacingPayment,
    /// The same id with another amount is acknowledged.
    InconsistentPaymentAccepted,
    /// A payment is acknowledged and forgotten: the next inquiry offers the bill again.
    PaymentForgotten,
}
