//! Each broken server is caught by the check that is named for it, and no other check turns red without a cause.

use futures_util::StreamExt;
use nico::PayNo;
use nico::conformance::endpoint::{Given, Report};

use crate::broken::{Broken, Defect, PAID_AND_EXPIRED};
use crate::caller::keys;
use crate::checked::{LIMITS, checked, given, given_symmetric, with_verdict};
use crate::ours;

/// A defect, the checks that turn red, and why where that is more than one.
type Row = (Defect, &'static [&'static str], &'static str);

const ALONE: &str = "";
const SAME_GATE: &str = "the token call and the transactions are let in by the same code";
const SAME_FAULT: &str = "each asks for the same thing in another form";
const PARSER: &str = "whatever cannot be parsed comes to the same place, and each way not to be parsed has its check";

const TABLE: &[Row] = &[
    (
        Defect::ClaimBeforeAuthentication,
        &["replay.not-burnt-by-signature", "replay.not-burnt-by-token"],
        "whoever is refused burns the id, whatever it is for",
    ),
    (Defect::RacingClaim, &["replay.race"], ALONE),
    (Defect::ReplayAccepted, &["replay.same-id", "replay.byte-for-byte", "replay.race"], SAME_FAULT),
    (Defect::ExternalIdFolded, &["replay.letter-case"], ALONE),
    (Defect::ExternalIdTooLong, &["header.long-external-id"], ALONE),
    (Defect::ExternalIdAcrossEndpoints, &["replay.other-endpoint"], ALONE),
    (Defect::ExternalIdAcrossClients, &["replay.other-client"], ALONE),
    (
        Defect::ExternalIdMustBeNumeric,
        &["header.lettered-external-id", "replay.letter-case"],
        "ids that differ in the case of their letters have letters",
    ),
    (Defect::MissingExternalIdAccepted, &["header.missing-external-id"], ALONE),
    (
        Defect::NoTimestampWindow,
        &["token.stale", "token.future", "time.stale", "time.future", "time.seven-hours-off"],
        SAME_GATE,
    ),
    (Defect::StaleAccepted, &["token.stale", "time.stale", "time.seven-hours-off"], SAME_GATE),
    (Defect::FutureAccepted, &["token.future", "time.future"], SAME_GATE),
    (Defect::OffsetlessAccepted, &["token.no-offset", "time.no-offset"], SAME_GATE),
    (Defect::JakartaOnly, &["token.zulu", "time.zulu"], SAME_GATE),
    (Defect::MissingTimestampAccepted, &["token.missing-timestamp", "header.missing-timestamp"], SAME_GATE),
    (Defect::SignatureTailUnread, &["signature.tail"], ALONE),
    (Defect::HexSignatureAccepted, &["signature.hex"], ALONE),
    (
        Defect::VerificationErrorAccepted,
        &[
            "token.garbage-signature",
            "signature.garbage",
            "signature.hex",
            "signature.url-safe",
            "signature.tail",
            "signature.other-scheme",
        ],
        "each is a signature that cannot be decoded or has the wrong length, which is an error there",
    ),
    (
        Defect::SignatureUnverified,
        &[
            "signature.wrong-key",
            "signature.garbage",
            "signature.hex",
            "signature.url-safe",
            "signature.one-bit",
            "signature.tail",
            "signature.letter-case",
            "signature.wrong-order",
            "signature.other-scheme",
            "signature.before-body",
            "payment.wrong-key",
        ],
        "no signature is looked at, so none is refused",
    ),
    (
        Defect::MissingSignatureAccepted,
        &["token.missing-signature", "header.missing-signature", "header.empty-signature"],
        SAME_GATE,
    ),
    (Defect::BodyBeforeSignature, &["signature.before-body"], ALONE),
    (
        Defect::TokenUnverified,
        &["auth.foreign-token", "auth.altered-token", "auth.expired-token", "payment.foreign-token"],
        "no token is looked at, so none is refused",
    ),
    (Defect::TokenUnbound, &["auth.other-clients-token"], ALONE),
    (
        Defect::PartnerUnbound,
        &["auth.other-clients-token", "auth.other-partner"],
        "the holder of the token is taken for the caller, whoever else is named",
    ),
    (Defect::MissingTokenAccepted, &["auth.missing-token"], ALONE),
    (Defect::BearerCaseSensitive, &["auth.lower-case-bearer"], ALONE),
    (Defect::TokenForStrangers, &["token.wrong-key", "token.garbage-signature"], SAME_FAULT),
    (Defect::ExpiresInAnHour, &["token.expires-in"], ALONE),
    (Defect::ExpiresInNumber, &["token.expires-in"], ALONE),
    (Defect::TokenTooLong, &["token.length"], ALONE),
    (Defect::GrantTypeUnread, &["token.grant-type", "token.grant-type-missing"], SAME_FAULT),
    (Defect::TokenWithoutService, &["answer.service"], ALONE),
    (Defect::AmountAsNumber, &["inquiry.amount"], ALONE),
    (Defect::AmountAsFloat, &["inquiry.amount"], ALONE),
    (
        Defect::AmountReadAsFloat,
        &["payment.negative-amount", "payment.exponent", "payment.three-decimals"],
        "all of these are floats",
    ),
    (Defect::AmountUncompared, &["payment.wrong-amount"], ALONE),
    (Defect::CurrencyUncompared, &["payment.other-currency"], ALONE),
    (Defect::AmountComparedAsText, &["payment.amount-form"], ALONE),
    (Defect::PayNoEchoed, &["leak.echo"], ALONE),
    (
        Defect::SignatureEchoed,
        &["answer.message", "leak.echo"],
        "with a signature in it a responseMessage is longer than it may be",
    ),
    (Defect::StackTrace, &["leak.internals"], ALONE),
    (Defect::PrivateKeyOverHttp, &["leak.signing-page"], ALONE),
    (Defect::BrokenJsonIsHtml, UNPARSED, PARSER),
    (Defect::BrokenJsonIsAnError, UNPARSED, PARSER),
    (Defect::UnknownPathIsHtml, &["path.unknown"], ALONE),
    (Defect::WrongVerbIsEmpty, &["token.wrong-verb", "verb.get"], SAME_FAULT),
    (Defect::LargeBodyIsText, &["body.huge"], ALONE),
    (
        Defect::RefusalsAreText,
        &[
            "token.broken-json",
            "token.wrong-verb",
            "body.broken-json",
            "body.array",
            "body.empty",
            "body.duplicate-key",
            "body.deep",
            "body.huge",
            "body.text-media-type",
            "path.unknown",
            "verb.get",
            "answer.json",
        ],
        "where frameworks like to answer, the check asks for SNAP's JSON itself; for all else one check does",
    ),
    (Defect::StatusAlways200, &["answer.status-line"], ALONE),
    (Defect::NoTimestampAnswered, &["answer.timestamp"], ALONE),
    (Defect::JsonDeclaredAsHtml, &["answer.media-type"], ALONE),
    (Defect::CodeAsNumber, &["answer.code-form"], ALONE),
    (Defect::FiveDigitCode, &["answer.code-form"], ALONE),
    (
        Defect::VirtualAccountCodes,
        &["inquiry.unknown-number", "answer.service"],
        "an unknown number is exactly 4040012, service and all",
    ),
    (Defect::NoMessage, &["answer.message"], ALONE),
    (Defect::InquiryHangs, &["inquiry.payable"], ALONE),
    (Defect::EndlessBody, &["inquiry.payable"], ALONE),
    (Defect::InquiryRedirected, &["inquiry.payable"], ALONE),
    (Defect::AnswerCut, &["inquiry.payable"], ALONE),
    (Defect::LowerCaseHeadersUnknown, &["token.issued"], ALONE),
    (Defect::MediaTypeCaseSensitive, &["body.sdk-media-type"], ALONE),
    (Defect::MediaTypeUnread, &["body.text-media-type"], ALONE),
    (Defect::UnknownAs11, &["inquiry.unknown-number", "payment.unknown-number"], "either asks for a number unknown"),
    (
        Defect::PaidAs13,
        &["inquiry.paid", "payment.second", "inquiry.after-payment", "payment.race"],
        "each asks for a bill that is paid",
    ),
    (Defect::ExpiredAs12, &["inquiry.expired", "payment.expired-number"], "either asks for a bill that has expired"),
    (
        Defect::PaidIsPayable,
        &["inquiry.paid", "payment.paid-number", "payment.second", "inquiry.after-payment", "payment.race"],
        "each asks for a bill that is paid",
    ),
    (Defect::IntegerForText, &["inquiry.number-for-text"], ALONE),
    (
        Defect::MissingAs01,
        &[
            "inquiry.missing-pay-no",
            "inquiry.missing-partner-service-id",
            "inquiry.missing-customer-no",
            "inquiry.missing-request-id",
            "inquiry.missing-mitra-cd",
            "inquiry.empty-field",
            "inquiry.null-field",
            "payment.missing-amount",
        ],
        "each leaves out another field",
    ),
    (
        Defect::MissingFieldAccepted,
        &[
            "inquiry.missing-pay-no",
            "inquiry.missing-partner-service-id",
            "inquiry.missing-customer-no",
            "inquiry.missing-request-id",
            "inquiry.missing-mitra-cd",
            "inquiry.empty-field",
            "inquiry.null-field",
        ],
        "each leaves out another field",
    ),
    (Defect::LengthsUnchecked, &["inquiry.over-long"], ALONE),
    (Defect::PartsMayDisagree, &["inquiry.parts-disagree"], ALONE),
    (Defect::InquiryIdNotEchoed, &["inquiry.echo"], ALONE),
    (Defect::ExpiryWithoutOffset, &["inquiry.expiry"], ALONE),
    (Defect::NoPayNoData, &["inquiry.fields"], ALONE),
    (Defect::RetryRefused, &["payment.retry", "payment.retry-later"], SAME_FAULT),
    (Defect::RetryConflicts, &[], "SNAP leaves this answer open, so it is none to be caught"),
    (Defect::FirstPaymentInconsistent, &["payment.first"], ALONE),
    (Defect::FirstPaymentConflicts, &["payment.first"], ALONE),
    (
        Defect::SecondPaymentAccepted,
        &["payment.paid-number", "payment.expired-number", "payment.second", "payment.race"],
        "a payment is accepted whatever state its bill is in",
    ),
    (Defect::RacingPayment, &["payment.race"], ALONE),
    (Defect::InconsistentPaymentAccepted, &["payment.inconsistent"], ALONE),
    (
        Defect::PaymentForgotten,
        &["payment.inconsistent", "payment.second", "inquiry.after-payment", "payment.race"],
        "each rests on a payment that was accepted before",
    ),
];

const UNPARSED: &[&str] =
    &["token.broken-json", "body.broken-json", "body.array", "body.empty", "body.duplicate-key", "body.deep"];

/// Those that show only to a client that signs with a secret.
const SYMMETRIC: &[Row] = &[
    (Defect::SignatureFolded, &["signature.letter-case"], ALONE),
    (Defect::BodyReserialised, &["body.pretty"], ALONE),
    (
        Defect::BodyUnsigned,
        &[
            "signature.wrong-key",
            "signature.one-bit",
            "signature.letter-case",
            "signature.wrong-order",
            "signature.before-body",
            "signature.altered-body",
            "payment.wrong-key",
        ],
        "whatever has the length of a signature passes",
    ),
];

/// Those that show only where the number that is paid has expired as well.
const PAID_LONG_AGO: &[Row] = &[(
    Defect::ExpiredBeforePaid,
    &["inquiry.paid", "payment.paid-number"],
    "either asks for a bill that is paid and has expired",
)];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_defect_is_caught_by_its_check_and_by_no_other() {
    let rows = [(TABLE, given as fn(&str) -> Given), (SYMMETRIC, given_symmetric), (PAID_LONG_AGO, given_long_ago)];
    let rows = rows.into_iter().flat_map(|(rows, given)| rows.iter().map(move |row| (row, given)));
    let checks = rows.map(|(row, given)| async move { tokio::spawn(astray(row, given)).await.unwrap() });
    let wrong: Vec<_> =
        futures_util::stream::iter(checks).buffer_unordered(4).filter_map(std::future::ready).collect().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a check found, where that is not what the row says.
async fn astray((defect, red, why): &'static Row, given: fn(&str) -> Given) -> Option<String> {
    let server = Broken::start(Some(*defect), &keys());
    let report = checked(given(&server.url), LIMITS).await;
    assert!(red.len() == 1 || !why.is_empty(), "{defect:?} turns more than one red without a reason");
    let found = with_verdict(&report, "fail");
    (found != *red).then(|| format!("{defect:?}: {}", reasons(&report)))
}

#[test]
fn no_defect_is_left_out() {
    let named =
        |defect: &&Defect| [TABLE, SYMMETRIC, PAID_LONG_AGO].concat().iter().any(|(named, ..)| named == *defect);
    let left_out: Vec<_> = Defect::ALL.iter().filter(|defect| !named(defect)).collect();
    assert!(left_out.is_empty(), "{left_out:?}");
}

#[tokio::test]
async fn a_right_server_passes_all_and_so_does_ours() {
    let (server, nico) = (Broken::start(None, &keys()), ours::serve());
    for (given, skipped) in
        [(given as fn(&str) -> Given, "signature.altered-body"), (given_symmetric, "token.signature-shared")]
    {
        let server_of_ours = format!("http://{}", nico.0);
        for url in [&server.url, &server_of_ours] {
            let report = checked(after(given(url), skipped), LIMITS).await;
            assert_eq!(with_verdict(&report, "fail"), Vec::<&str>::new(), "{url}: {}", reasons(&report));
            let by_chance = |id: &&&str| !["token.signature-shared", "signature.url-safe"].contains(id);
            let left_out: Vec<_> = with_verdict(&report, "skip");
            assert!(left_out.contains(&skipped), "{left_out:?}");
            assert!(left_out.iter().filter(by_chance).all(|id| *id == skipped), "{left_out:?}");
        }
    }
}

/// The second run needs bills that the first has not paid.
fn after(given: Given, skipped: &str) -> Given {
    let pay_nos =
        if skipped == "token.signature-shared" { &crate::broken::PAYABLE[3..6] } else { &crate::broken::PAYABLE[..3] };
    Given { pay_nos: pay_nos.iter().map(|text| PayNo::parse(text).unwrap()).collect(), ..given }
}

fn given_long_ago(url: &str) -> Given {
    Given { paid_pay_no: Some(PayNo::parse(PAID_AND_EXPIRED).unwrap()), ..given(url) }
}

fn reasons(report: &Report) -> String {
    let failed = report.findings.iter().filter(|finding| finding.verdict.word() == "fail");
    failed.map(|finding| format!("{} ({})\n  ", finding.check.id, finding.verdict.reason().unwrap_or("-"))).collect()
}
