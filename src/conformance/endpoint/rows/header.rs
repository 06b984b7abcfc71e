//! Who calls: the token, X-PARTNER-ID, and the headers that must be there.

use super::{FORMAT, INVALID_TOKEN, MISSING, NEITHER_CLIENT_NOR_TOKEN, missing_header};
use crate::conformance::endpoint::check::Check;
use crate::conformance::endpoint::need::Need;
use crate::conformance::endpoint::subject::Subject;
use crate::simulator::fault::{Fault, Header};
use crate::simulator::step::Step;

pub(super) const ROWS: &[Check] = &[
    Check::new(
        "auth.foreign-token",
        "A token that another server made is refused",
        "Access token yang tidak valid ditolak",
        "ASPI functional scenario 11.1; defect of others: the token is not verified",
        |subject| subject.refused(Fault::ForeignToken, INVALID_TOKEN),
    )
    .scenario("11.1"),
    Check::new(
        "auth.altered-token",
        "A token with one character changed is refused",
        "Access token yang satu karakternya diubah ditolak",
        "SNAP, 401 Invalid Token (B2B)",
        |subject| subject.refused(Fault::AlteredToken, INVALID_TOKEN),
    ),
    Check::new(
        "auth.missing-token",
        "A call without Authorization is refused as one without a valid token",
        "Panggilan tanpa Authorization ditolak",
        "SNAP, 401 Invalid Token (B2B)",
        |subject| subject.refused(missing_header("Authorization"), INVALID_TOKEN),
    ),
    Check::new(
        "auth.expired-token",
        "A token that has expired is refused",
        "Access token yang kedaluwarsa ditolak",
        "SNAP, 401 Invalid Token (B2B): not existing or expired",
        |subject| subject.refused(Fault::ExpiredToken, INVALID_TOKEN),
    )
    .needs(&[Need::Inquiry, Need::ExpiredToken]),
    Check::new(
        "auth.other-clients-token",
        "The token of another client is refused",
        "Access token milik client lain ditolak",
        "Defect of others: the token is not bound to its client",
        |subject| subject.refused(Fault::OtherToken, INVALID_TOKEN),
    )
    .needs(&[Need::Inquiry, Need::OtherClient]),
    Check::new(
        "auth.other-partner",
        "X-PARTNER-ID of another client under one's own signature and token is refused",
        "X-PARTNER-ID client lain dengan tanda tangan dan token sendiri ditolak",
        "Defect of others: the caller is whoever it says it is",
        |subject| subject.refused(Fault::OtherPartner, NEITHER_CLIENT_NOR_TOKEN),
    )
    .needs(&[Need::Inquiry, Need::OtherClient]),
    Check::new(
        "auth.unknown-partner",
        "X-PARTNER-ID of a client that nobody knows is refused",
        "X-PARTNER-ID client yang tidak dikenal ditolak",
        "SNAP, 401 Unauthorized. [Unknown client]",
        |subject| subject.refused(Fault::UnknownClient, NEITHER_CLIENT_NOR_TOKEN),
    ),
    Check::new(
        "auth.lower-case-bearer",
        "The word before the token is read whatever its case",
        "Kata Bearer dibaca tanpa membedakan huruf besar dan kecil",
        "HTTP: the scheme of Authorization has no case (RFC 9110, 11.1)",
        |subject| subject.harmless(Fault::LowerCaseBearer),
    ),
    without(
        "header.missing-timestamp",
        "An inquiry without X-TIMESTAMP is refused",
        "Inquiry tanpa X-TIMESTAMP ditolak",
        |subject| subject.refused(missing_header("X-TIMESTAMP"), MISSING),
    ),
    without(
        "header.missing-partner-id",
        "An inquiry without X-PARTNER-ID is refused",
        "Inquiry tanpa X-PARTNER-ID ditolak",
        |subject| subject.refused(missing_header("X-PARTNER-ID"), MISSING),
    ),
    without(
        "header.missing-signature",
        "An inquiry without X-SIGNATURE is refused",
        "Inquiry tanpa X-SIGNATURE ditolak",
        |subject| subject.refused(missing_header("X-SIGNATURE"), MISSING),
    ),
    without(
        "header.missing-external-id",
        "An inquiry without X-EXTERNAL-ID is refused",
        "Inquiry tanpa X-EXTERNAL-ID ditolak",
        |subject| subject.refused(missing_header("X-EXTERNAL-ID"), MISSING),
    ),
    without(
        "header.missing-channel-id",
        "An inquiry without CHANNEL-ID is refused",
        "Inquiry tanpa CHANNEL-ID ditolak",
        |subject| subject.refused(missing_header("CHANNEL-ID"), MISSING),
    ),
    without(
        "header.empty-signature",
        "An inquiry with an empty X-SIGNATURE is refused as one without",
        "Inquiry dengan X-SIGNATURE kosong ditolak",
        |subject| subject.refused(Fault::EmptyHeader(Header("X-SIGNATURE")), MISSING),
    ),
    Check::new(
        "header.long-external-id",
        "An X-EXTERNAL-ID of 41 characters is refused",
        "X-EXTERNAL-ID sepanjang 41 karakter ditolak",
        "NICEPAY, NIVA: X-EXTERNAL-ID has 40 characters; SNAP: 36",
        |subject| subject.refused(Fault::OverLongHeader(Header("X-EXTERNAL-ID")), FORMAT),
    ),
    Check::new(
        "header.doubled-external-id",
        "An X-EXTERNAL-ID sent twice with two values is refused, for two readers would take two ids",
        "X-EXTERNAL-ID yang dikirim dua kali dengan nilai berbeda ditolak",
        "HTTP: a field that is no list is sent once (RFC 9110, 5.3)",
        |subject| subject.refused(Fault::DoubledHeader(Header("X-EXTERNAL-ID")), &["4000001", "4000002", "4000000"]),
    ),
    Check::new(
        "header.lettered-external-id",
        "An X-EXTERNAL-ID with letters in it, as ordNo20261120, is accepted",
        "X-EXTERNAL-ID berisi huruf, misalnya ordNo20261120, diterima",
        "SNAP 1.0.2: alphanumeric; NICEPAY's SDKs send such ids",
        |subject| subject.harmless(Fault::LetteredExternalId),
    ),
    Check::new(
        "header.unknown",
        "A header that nobody knows does no harm",
        "Header yang tidak dikenal diabaikan",
        "HTTP: unknown fields are ignored (RFC 9110, 5.1)",
        |subject| subject.harmless(Fault::ExtraHeader),
    ),
];

const fn without(id: &'static str, rule: &'static str, aturan: &'static str, how: fn(&Subject) -> Vec<Step>) -> Check {
    Check::new(id, rule, aturan, "SNAP, 4000002 Invalid Mandatory Field; NICEPAY, NICO: all headers are mandatory", how)
}
