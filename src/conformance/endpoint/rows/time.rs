//! X-TIMESTAMP.

use super::{FORMAT, UNAUTHORIZED};
use crate::conformance::endpoint::check::Check;
use crate::simulator::fault::Fault;

const FORM: &str = "SNAP, X-TIMESTAMP: yyyy-MM-ddTHH:mm:ssTZD";
const WINDOW: &str = "Defect of others: no window for X-TIMESTAMP, or one on one side only";

pub(super) const ROWS: &[Check] = &[
    Check::new(
        "time.stale",
        "A call of ten minutes ago is refused",
        "Panggilan dari sepuluh menit lalu ditolak",
        WINDOW,
        |subject| subject.refused(Fault::Stale, UNAUTHORIZED),
    ),
    Check::new(
        "time.future",
        "A call of ten minutes ahead is refused",
        "Panggilan bertanggal sepuluh menit ke depan ditolak",
        WINDOW,
        |subject| subject.refused(Fault::Future, UNAUTHORIZED),
    ),
    Check::new(
        "time.seven-hours-off",
        "UTC labelled +07:00 is refused, for it is seven hours off",
        "Waktu UTC yang diberi label +07:00 ditolak karena selisih tujuh jam",
        WINDOW,
        |subject| subject.refused(Fault::SevenHoursOff, UNAUTHORIZED),
    ),
    Check::new(
        "time.no-offset",
        "A time without an offset is refused",
        "Waktu tanpa zona waktu ditolak",
        FORM,
        |subject| subject.refused(Fault::NoOffset, FORMAT),
    ),
    Check::new(
        "time.nonsense",
        "What is no time is refused",
        "X-TIMESTAMP yang bukan waktu ditolak",
        FORM,
        |subject| subject.refused(Fault::BadTimestamp, FORMAT),
    ),
    Check::new(
        "time.zulu",
        "A time in UTC, ending in Z, is understood",
        "Waktu UTC berakhiran Z diterima",
        "ISO 8601; the header is verified as it was sent",
        |subject| subject.harmless(Fault::Zulu),
    ),
    Check::new(
        "time.milliseconds",
        "A time with milliseconds is understood",
        "Waktu dengan milidetik diterima",
        "SNAP 1.0.2, X-TIMESTAMP: yyyy-MM-ddTHH:mm:ss.SSSTZD",
        |subject| subject.harmless(Fault::Milliseconds),
    ),
];
