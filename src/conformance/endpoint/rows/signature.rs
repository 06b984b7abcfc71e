//! X-SIGNATURE.

use super::{UNAUTHORIZED, missing_field};
use crate::conformance::endpoint::check::{Check, Miss};
use crate::conformance::endpoint::need::Need;
use crate::conformance::endpoint::subject::Subject;
use crate::simulator::exchange::Exchange;
use crate::simulator::fault::Fault;

const FORM: &str = "SNAP, 4010000: X-SIGNATURE is standard base64";
const ERROR: &str = "Defect of others: a verification error counted as valid";

pub(super) const ROWS: &[Check] = &[
    Check::new(
        "signature.wrong-key",
        "A signature made with a key that nobody knows is refused",
        "Tanda tangan dengan kunci yang tidak dikenal ditolak",
        "ASPI functional scenario 11.2",
        |subject| subject.refused(Fault::WrongKey, UNAUTHORIZED),
    )
    .scenario("11.2"),
    Check::new(
        "signature.garbage",
        "What is no signature at all is refused",
        "X-SIGNATURE yang bukan tanda tangan ditolak",
        ERROR,
        |subject| subject.refused(Fault::GarbageSignature, UNAUTHORIZED),
    ),
    Check::new(
        "signature.hex",
        "The right signature in hexadecimal is refused",
        "Tanda tangan dalam heksadesimal ditolak",
        FORM,
        |subject| subject.refused(Fault::HexSignature, UNAUTHORIZED),
    ),
    Check::new(
        "signature.url-safe",
        "The right signature in the base64 of URLs is refused",
        "Tanda tangan dalam base64url ditolak",
        FORM,
        |subject| subject.refused(Fault::UrlSafeSignature, UNAUTHORIZED),
    )
    .judged(url_safe),
    Check::new(
        "signature.one-bit",
        "The right signature with one bit turned is refused",
        "Tanda tangan yang satu bitnya berubah ditolak",
        "SNAP, 4010000 Unauthorized. [Signature]",
        |subject| subject.refused(Fault::AlteredSignature, UNAUTHORIZED),
    ),
    Check::new(
        "signature.tail",
        "The right signature with bytes behind it is refused",
        "Tanda tangan dengan byte tambahan di belakangnya ditolak",
        "Defect of others: a comparison that stops early",
        |subject| subject.refused(Fault::TailedSignature, UNAUTHORIZED),
    ),
    Check::new(
        "signature.letter-case",
        "The right signature put into lower case is refused",
        "Tanda tangan yang diubah ke huruf kecil ditolak",
        "Defect of others: a comparison without regard to case",
        |subject| subject.refused(Fault::FoldedSignature, UNAUTHORIZED),
    ),
    Check::new(
        "signature.wrong-order",
        "A signature over the right parts in the wrong order is refused",
        "Tanda tangan atas bagian yang benar dengan urutan salah ditolak",
        "NICEPAY, NICO: clientId|X-TIMESTAMP; SNAP: wrong string to sign",
        |subject| subject.refused(Fault::WrongStringToSign, UNAUTHORIZED),
    ),
    Check::new(
        "signature.other-scheme",
        "A signature of SNAP's other scheme is refused: there is no falling back from one to the other",
        "Tanda tangan dengan skema SNAP yang lain ditolak",
        "SNAP: asymmetric or symmetric, as agreed; defect of others: fail-open",
        |subject| subject.refused(Fault::OtherScheme, UNAUTHORIZED),
    ),
    Check::new(
        "signature.before-body",
        "A stranger hears of the signature and not of fields: who calls is asked before what is said",
        "Tanda tangan diperiksa sebelum isi permintaan",
        "Defect of others: a stranger learns what is expected",
        |subject| vec![subject.inquiry().with(Fault::WrongKey).with(missing_field("payNo")).code(UNAUTHORIZED)],
    ),
    Check::new(
        "signature.altered-body",
        "A body that was changed after it was signed is refused",
        "Isi permintaan yang diubah setelah ditandatangani ditolak",
        "SNAP, symmetric signature: covers the body's SHA-256",
        |subject| subject.refused(Fault::AlteredBody, UNAUTHORIZED),
    )
    .needs(&[Need::Inquiry, Need::Symmetric]),
];

/// One in some signatures has no letter in which the two alphabets differ.
fn url_safe(_: &Subject, exchanges: &[Exchange]) -> Result<(), Miss> {
    let sent = exchanges.last().and_then(|exchange| exchange.request.header("X-SIGNATURE"));
    if sent.is_some_and(|signature| signature.contains(['-', '_'])) {
        return Ok(());
    }
    Err(Miss::Moot("this signature is the same in both kinds of base64".to_owned()))
}
