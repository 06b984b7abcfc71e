//! `access-token/b2b`.

use super::{
    TOKEN_BAD_REQUEST, TOKEN_FORMAT, TOKEN_GIVEN, TOKEN_MISSING, TOKEN_UNAUTHORIZED, missing_field, missing_header,
    set_field,
};
use crate::conformance::endpoint::check::{Check, Miss};
use crate::conformance::endpoint::judge::{body, speaks_snap, text_at};
use crate::conformance::endpoint::need::Need;
use crate::conformance::endpoint::subject::Subject;
use crate::simulator::exchange::Exchange;
use crate::simulator::fault::{Fault, Field};
use crate::simulator::plan::Ask;
use crate::simulator::step::Step;

pub(super) const ROWS: &[Check] = &[
    Check::token(
        "token.length",
        "The accessToken has at most 150 characters",
        "accessToken paling panjang 150 karakter",
        "NICEPAY, NIVA access token: String 150",
        |_| good(),
    )
    .judged(|_, exchanges| match text_at(&body(exchanges)?, "accessToken")?.chars().count() {
        ..=150 => Ok(()),
        length => Err(Miss::Unmet(format!("accessToken has {length} characters, and 150 are the most"))),
    }),
    Check::token(
        "token.type",
        "tokenType is Bearer",
        "tokenType adalah Bearer",
        "SNAP, access token; NICEPAY: String 8",
        |_| good(),
    )
    .judged(|_, exchanges| match text_at(&body(exchanges)?, "tokenType")? {
        "Bearer" => Ok(()),
        _ => Err(Miss::Unmet("tokenType is not Bearer".to_owned())),
    }),
    Check::token(
        "token.expires-in",
        "expiresIn is the text \"900\": a token lives 15 minutes",
        "expiresIn adalah teks \"900\": token berlaku 15 menit",
        "SNAP, access token; NICEPAY, NICO overview: 15 minutes",
        |_| good(),
    )
    .judged(expires_in),
    Check::token(
        "token.client-key",
        "The token's answer has the header X-CLIENT-KEY",
        "Jawaban token memuat header X-CLIENT-KEY",
        "SNAP, response headers of the access token",
        |_| good(),
    )
    .judged(client_key),
    accepted(
        "token.additional-info-text",
        "A token call whose additionalInfo is \"\" is answered",
        "Permintaan token dengan additionalInfo \"\" dijawab",
        |_| vec![token(Fault::EmptyField(Field("additionalInfo".to_owned()))).code(TOKEN_GIVEN)],
    ),
    accepted(
        "token.additional-info-null",
        "A token call whose additionalInfo is null is answered",
        "Permintaan token dengan additionalInfo null dijawab",
        |_| vec![token(Fault::NullField(Field("additionalInfo".to_owned()))).code(TOKEN_GIVEN)],
    ),
    accepted(
        "token.additional-info-absent",
        "A token call without additionalInfo is answered",
        "Permintaan token tanpa additionalInfo dijawab",
        |_| vec![token(missing_field("additionalInfo")).code(TOKEN_GIVEN)],
    ),
    Check::token(
        "token.zulu",
        "A token call with X-TIMESTAMP in UTC, ending in Z, is answered",
        "Permintaan token dengan X-TIMESTAMP UTC berakhiran Z dijawab",
        "SNAP: ISO 8601 with an offset; the header is verified as it was sent",
        |_| vec![token(Fault::Zulu).code(TOKEN_GIVEN)],
    ),
    Check::token(
        "token.wrong-key",
        "A token call signed with a key that nobody knows is refused",
        "Permintaan token yang ditandatangani dengan kunci tak dikenal ditolak",
        "SNAP, 4017300 Unauthorized",
        |_| vec![token(Fault::WrongKey).code(TOKEN_UNAUTHORIZED)],
    ),
    Check::token(
        "token.garbage-signature",
        "A token call whose signature cannot be decoded is refused, and not taken for verified",
        "Permintaan token dengan tanda tangan yang tidak dapat dibaca ditolak",
        "Defect of others: a verification error counted as valid",
        |_| vec![token(Fault::GarbageSignature).code(TOKEN_UNAUTHORIZED)],
    ),
    Check::token(
        "token.unknown-client",
        "A token call of a client that nobody knows is refused",
        "Permintaan token dari client yang tidak dikenal ditolak",
        "SNAP, 4017300 Unauthorized. [Unknown client]",
        |_| vec![token(Fault::UnknownClient).code(TOKEN_UNAUTHORIZED)],
    ),
    Check::token(
        "token.stale",
        "A token call of ten minutes ago is refused",
        "Permintaan token dari sepuluh menit lalu ditolak",
        "Defect of others: no window for X-TIMESTAMP",
        |_| vec![token(Fault::Stale).code(TOKEN_UNAUTHORIZED)],
    ),
    Check::token(
        "token.future",
        "A token call of ten minutes ahead is refused",
        "Permintaan token bertanggal sepuluh menit ke depan ditolak",
        "Defect of others: a window on one side only",
        |_| vec![token(Fault::Future).code(TOKEN_UNAUTHORIZED)],
    ),
    Check::token(
        "token.no-offset",
        "A token call whose X-TIMESTAMP has no offset is refused",
        "Permintaan token dengan X-TIMESTAMP tanpa zona waktu ditolak",
        "SNAP, X-TIMESTAMP: yyyy-MM-ddTHH:mm:ssTZD",
        |_| vec![token(Fault::NoOffset).code(TOKEN_FORMAT)],
    ),
    without(
        "token.missing-signature",
        "A token call without X-SIGNATURE is refused",
        "Permintaan token tanpa X-SIGNATURE ditolak",
        |_| vec![token(missing_header("X-SIGNATURE")).code(TOKEN_MISSING)],
    ),
    without(
        "token.missing-timestamp",
        "A token call without X-TIMESTAMP is refused",
        "Permintaan token tanpa X-TIMESTAMP ditolak",
        |_| vec![token(missing_header("X-TIMESTAMP")).code(TOKEN_MISSING)],
    ),
    without(
        "token.missing-client-key",
        "A token call without X-CLIENT-KEY is refused",
        "Permintaan token tanpa X-CLIENT-KEY ditolak",
        |_| vec![token(missing_header("X-CLIENT-KEY")).code(TOKEN_MISSING)],
    ),
    Check::token(
        "token.grant-type",
        "A grantType other than client_credentials is refused",
        "grantType selain client_credentials ditolak",
        "SNAP, access token: grantType",
        |_| vec![token(set_field("grantType", "password")).code(TOKEN_FORMAT)],
    ),
    Check::token(
        "token.grant-type-missing",
        "A token call without grantType is refused",
        "Permintaan token tanpa grantType ditolak",
        "SNAP, access token: grantType is mandatory",
        |_| vec![token(missing_field("grantType")).code(TOKEN_MISSING)],
    ),
    Check::token(
        "token.broken-json",
        "A token call whose JSON is cut off is refused in SNAP's JSON, and not by a framework's page",
        "Permintaan token dengan JSON terpotong ditolak dalam format JSON SNAP",
        "SNAP, 4007300 Bad Request; defect of others: a framework's text page",
        |_| vec![token(Fault::BrokenJson).code(TOKEN_BAD_REQUEST)],
    )
    .judged(speaks_snap)
    .own_voice(),
    Check::token(
        "token.wrong-verb",
        "GET on the token's path is answered 4057300, in SNAP's JSON",
        "GET pada alamat token dijawab 4057300 dalam format JSON SNAP",
        "SNAP, 405: Requested Function Is Not Supported",
        |_| vec![token(Fault::WrongVerb).code(&["4057300"])],
    )
    .judged(speaks_snap)
    .own_voice(),
    Check::new(
        "token.signature-shared",
        "A token call and an inquiry of the same second carry the same signature, and both are answered",
        "Permintaan token dan inquiry dalam detik yang sama bertanda tangan sama dan keduanya dijawab",
        "NICEPAY, NICO: both sign clientId|X-TIMESTAMP",
        |subject| {
            let pair = || [Step::new(Ask::Token).code(TOKEN_GIVEN), subject.accepted()];
            [pair(), pair()].into_iter().flatten().collect()
        },
    )
    .needs(&[Need::Inquiry, Need::Asymmetric])
    .judged(shared),
];

/// NICEPAY's SDKs differ in what they send here.
const fn accepted(id: &'static str, rule: &'static str, aturan: &'static str, how: fn(&Subject) -> Vec<Step>) -> Check {
    Check::token(id, rule, aturan, "NICEPAY's SDKs; SNAP: additionalInfo is optional", how)
}

const fn without(id: &'static str, rule: &'static str, aturan: &'static str, how: fn(&Subject) -> Vec<Step>) -> Check {
    Check::token(id, rule, aturan, "SNAP, 4007302 Invalid Mandatory Field", how)
}

fn good() -> Vec<Step> {
    vec![Step::new(Ask::Token).code(TOKEN_GIVEN)]
}

fn token(fault: Fault) -> Step {
    Step::new(Ask::Token).with(fault)
}

fn expires_in(_: &Subject, exchanges: &[Exchange]) -> Result<(), Miss> {
    match text_at(&body(exchanges)?, "expiresIn")? {
        "900" => Ok(()),
        seconds => Err(Miss::Unmet(format!("expiresIn is {:.20?}", seconds))),
    }
}

fn client_key(_: &Subject, exchanges: &[Exchange]) -> Result<(), Miss> {
    match exchanges.last().and_then(Exchange::answered).and_then(|answer| answer.header("X-CLIENT-KEY")) {
        Some(_) => Ok(()),
        None => Err(Miss::Unmet("the answer has no X-CLIENT-KEY".to_owned())),
    }
}

fn shared(_: &Subject, exchanges: &[Exchange]) -> Result<(), Miss> {
    let signature = |exchange: &Exchange| exchange.request.header("X-SIGNATURE").map(str::to_owned);
    let shared =
        exchanges.windows(2).any(|pair| pair[0].name != pair[1].name && signature(&pair[0]) == signature(&pair[1]));
    if shared { Ok(()) } else { Err(Miss::Moot("no two of these calls fell into the same second".to_owned())) }
}
