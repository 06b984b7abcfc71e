//! A wrong merchantToken is refused, and the journal says what it was made over.

use crate::desk::{
    Desk, Fields, I_MID, KEY, REFERENCE, STAMP, V1, V1_CANCEL, V1_STATUS, V2, V2_CANCEL, V2_STATUS, token,
};
use nico::snap::encoding::base64;
use sha2::{Digest, Sha256, Sha512};

#[test]
fn the_journal_says_what_a_token_was_made_over() {
    let desk = Desk::new();
    let right = token(&[STAMP, I_MID, REFERENCE, "10000"]);
    let in_base64 = base64(&Sha256::digest(format!("{STAMP}{I_MID}{REFERENCE}10000{KEY}")));
    let long: String = Sha512::digest("x").iter().map(|byte| format!("{byte:02x}")).collect();
    let keyless: String =
        Sha256::digest(format!("{STAMP}{I_MID}{REFERENCE}10000")).iter().map(|byte| format!("{byte:02x}")).collect();
    let due = "SHA256(timeStamp+iMid+referenceNo+amt+merchantKey)";
    for (wrong, verdict) in [
        (right.to_uppercase(), "merchantToken is the right one, in capital letters: due are 64 lower-case".to_owned()),
        (format!("{right} "), "merchantToken is the right one, with a blank or a newline beside it".to_owned()),
        (in_base64, "merchantToken is the right one, in base64".to_owned()),
        (
            token(&[I_MID, REFERENCE, "10000"]),
            format!("merchantToken was made as SHA256(iMid+referenceNo+amt+merchantKey): due is {due}"),
        ),
        (
            token(&[STAMP, I_MID, "T1", "10000"]),
            format!("merchantToken was made as SHA256(timeStamp+iMid+tXid+amt+merchantKey): due is {due}"),
        ),
        (
            token(&[STAMP, I_MID, REFERENCE, "10000.00"]),
            format!("merchantToken was made over the amt 10000.00, while 10000 was sent: due is {due}"),
        ),
        (token(&[STAMP, REFERENCE, "10000"]), format!("merchantToken was made without the iMid: due is {due}")),
        (keyless, format!("merchantToken was made without the merchantKey: due is {due}")),
        (long, format!("merchantToken has 128 characters, which would be SHA-512, and not the 64 digits of {due}")),
        ("secret".to_owned(), format!("merchantToken has 6 characters, and not the 64 digits of {due}")),
        (
            token(&[STAMP, I_MID, REFERENCE, "20000"]),
            format!("merchantToken was made over another amt or referenceNo, or with another key: due is {due}"),
        ),
    ] {
        let fields = Fields::registration(REFERENCE).with("tXid", "T1").with("merchantToken", &wrong);
        assert_eq!(desk.call(V2, &fields).code(), "9010", "{wrong}");
        assert!(desk.verdict().starts_with(&verdict), "{} is not {verdict}", desk.verdict());
    }
    assert_eq!(desk.books.list(desk.now()), [], "and nothing is registered");
}

#[test]
fn each_call_has_its_own_token() {
    let desk = Desk::new();
    let registered = desk.registered(V1, &Fields::registration(REFERENCE).v1());
    let all = ["timeStamp", "iMid", "referenceNo", "tXid", "amt"];
    for (path, over) in [
        (V1, &["iMid", "referenceNo", "amt"][..]),
        (V1_STATUS, &["iMid", "referenceNo", "amt"]),
        (V2_STATUS, &["timeStamp", "iMid", "referenceNo", "amt"]),
        (V1_CANCEL, &["iMid", "tXid", "amt"]),
        (V2_CANCEL, &["timeStamp", "iMid", "tXid", "amt"]),
    ] {
        // A field more or less under the token, whichever it is, and it is another's.
        for changed in all {
            let wrong: Vec<_> = all.into_iter().filter(|name| over.contains(name) != (*name == changed)).collect();
            let fields = if path == V1 { Fields::registration("other") } else { Fields::about(&registered) };
            if fields.get(changed).is_empty() {
                continue;
            }
            assert_eq!(desk.call(path, &fields.signed(&wrong)).code(), "9010", "{path} {wrong:?}");
            assert!(desk.verdict().starts_with("merchantToken was made"), "{path} {}", desk.verdict());
        }
    }
}

#[test]
fn the_journal_has_all_but_the_key() {
    let desk = Desk::new();
    let registered = desk.registered(V2, &Fields::registration(REFERENCE).v2());
    let exchange = desk.last();
    assert_eq!(exchange.name, "direct/v2/registration");
    assert_eq!(exchange.at, desk.now());
    assert_eq!(exchange.string_to_sign.as_deref(), Some("20240619101234IONPAYTESTINV-2024-000110000<merchantKey>"));
    assert_eq!(exchange.verdict.as_deref(), Some("accepted"));
    assert_eq!(exchange.request.method, "POST");
    assert_eq!(exchange.request.url, format!("http://{}{V2}", desk.address));
    assert_eq!(exchange.request.header("content-type"), Some("application/json"));
    assert_eq!(exchange.request.body, Fields::registration(REFERENCE).v2().json());
    assert_eq!(exchange.code().as_deref(), Some("0000"));
    let t_xid = registered["tXid"].as_str().unwrap();
    for (path, name, text) in [
        (V1_STATUS, "onePassStatus.do", format!("IONPAYTEST{REFERENCE}10000<merchantKey>")),
        (V2_STATUS, "direct/v2/inquiry", format!("{STAMP}IONPAYTEST{REFERENCE}10000<merchantKey>")),
        (V1_CANCEL, "onePassAllCancel.do", format!("IONPAYTEST{t_xid}10000<merchantKey>")),
        (V2_CANCEL, "direct/v2/cancel", format!("{STAMP}IONPAYTEST{t_xid}10000<merchantKey>")),
    ] {
        desk.call(path, &Fields::about(&registered).with("merchantToken", &"0".repeat(64)));
        assert_eq!((desk.last().name, desk.last().string_to_sign), (name.to_owned(), Some(text)));
    }
    let journal =
        serde_json::to_string(&desk.journal.since(0).into_iter().map(|(_, e)| e).collect::<Vec<_>>()).unwrap();
    assert!(journal.contains("<merchantKey>") && !journal.contains(&KEY[..20]), "the key stands in the journal");
}
