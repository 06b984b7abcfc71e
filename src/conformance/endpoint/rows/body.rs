//! The body as such, the verb and the path: where a framework likes to answer in its own voice.

use super::BAD_REQUEST;
use crate::conformance::endpoint::check::Check;
use crate::conformance::endpoint::judge::speaks_snap;
use crate::conformance::endpoint::subject::Subject;
use crate::simulator::fault::Fault;
use crate::simulator::step::Step;

const PARSING: &str = "SNAP, 4000000 Bad Request: message parsing failed";
const OWN_VOICE: &str = "Defect of others: a framework's text page instead of SNAP's JSON";

pub(super) const ROWS: &[Check] = &[
    told(
        "body.broken-json",
        "JSON that is cut off is answered 4000000, in SNAP's JSON",
        "JSON yang terpotong dijawab 4000000 dalam format JSON SNAP",
        PARSING,
        |subject| subject.refused(Fault::BrokenJson, BAD_REQUEST),
    ),
    told(
        "body.array",
        "JSON that is no object is answered 4000000, in SNAP's JSON",
        "JSON yang bukan objek dijawab 4000000 dalam format JSON SNAP",
        PARSING,
        |subject| subject.refused(Fault::NotAnObject, BAD_REQUEST),
    ),
    told(
        "body.empty",
        "No body at all is answered 4000000, in SNAP's JSON",
        "Permintaan tanpa isi dijawab 4000000 dalam format JSON SNAP",
        PARSING,
        |subject| subject.refused(Fault::EmptyBody, BAD_REQUEST),
    ),
    told(
        "body.duplicate-key",
        "A body with a key twice is refused, for two readers would read two things",
        "Isi permintaan dengan kunci ganda ditolak",
        "RFC 8259, 4: names should be unique; what is signed must mean one thing",
        |subject| subject.refused(Fault::DuplicateKey, BAD_REQUEST),
    ),
    told(
        "body.deep",
        "A body nested a thousand deep is refused",
        "Isi permintaan bersarang seribu tingkat ditolak",
        "RFC 8259, 9: a parser limits depth; defect of others: the process dies",
        |subject| subject.refused(Fault::DeepBody, BAD_REQUEST),
    ),
    told(
        "body.huge",
        "A body of a megabyte is answered 4130000, in SNAP's JSON, or read: no document names the most",
        "Isi permintaan sebesar satu megabyte dijawab 4130000 dalam format JSON SNAP, atau dibaca: batasnya tidak disebut",
        OWN_VOICE,
        |subject| subject.refused(Fault::HugeBody, &["4130000", "2000000"]),
    ),
    told(
        "body.text-media-type",
        "A body declared as text/plain is answered 4000000",
        "Isi permintaan dengan Content-Type text/plain dijawab 4000000",
        "NICEPAY, NICO: Content-Type is application/json",
        |subject| subject.refused(Fault::TextBody, BAD_REQUEST),
    ),
    Check::new(
        "body.sdk-media-type",
        "Content-Type is read whatever its case: NICEPAY's SDKs send Application/JSON",
        "Content-Type dibaca tanpa membedakan huruf besar dan kecil, misalnya Application/JSON",
        "NICEPAY's SDKs for Node and Python; RFC 9110, 8.3.1",
        |subject| subject.harmless(Fault::SdkMediaType),
    ),
    Check::new(
        "body.charset",
        "Content-Type may name its charset",
        "Content-Type boleh menyebut charset",
        "RFC 9110, 8.3.1: parameters of a media type",
        |subject| subject.harmless(Fault::Charset),
    ),
    Check::new(
        "body.pretty",
        "A body spread over lines is read, and its signature verifies",
        "Isi permintaan dengan spasi dan baris baru diterima",
        "SNAP: the body is minified before it is hashed; NICEPAY's SDK for Python sends blanks",
        |subject| subject.harmless(Fault::PrettyBody),
    ),
    Check::new(
        "body.unknown-field",
        "A field that nobody knows does no harm",
        "Field yang tidak dikenal diabaikan",
        "NICEPAY's documents name new fields from time to time",
        |subject| subject.harmless(Fault::ExtraField),
    ),
    told(
        "path.unknown",
        "A path that there is not is answered 4040001, in SNAP's JSON",
        "Alamat yang tidak ada dijawab 4040001 dalam format JSON SNAP",
        OWN_VOICE,
        |subject| subject.refused(Fault::UnknownPath, &["4040001"]),
    ),
    told(
        "verb.get",
        "GET on the inquiry's path is answered 4050000, in SNAP's JSON",
        "GET pada alamat inquiry dijawab 4050000 dalam format JSON SNAP",
        OWN_VOICE,
        |subject| subject.refused(Fault::WrongVerb, &["4050000"]),
    ),
];

const fn told(
    id: &'static str,
    rule: &'static str,
    aturan: &'static str,
    source: &'static str,
    how: fn(&Subject) -> Vec<Step>,
) -> Check {
    Check::new(id, rule, aturan, source, how).judged(speaks_snap).own_voice()
}
