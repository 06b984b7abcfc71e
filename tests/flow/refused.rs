//! What should not be, brought to nico's doors: each is refused or kept, and none of it changes by itself what an order is
//! believed to be.

use nico::Secret;
use nico::cvs::merchant_token::{Covered, MerchantKey};
use serde_json::Value;

use crate::process::wait_for;
use crate::stage::{MERCHANT_KEY, Stage, order};
use crate::stand_in::{Says, StandIn, T_XID, issued, paid};
use crate::wire::Answer;

/// The fields of a notification, with the token that they should have.
type Fields = Vec<(&'static str, String)>;

/// That an order was paid, though nobody has paid it.
fn told_as_paid(standing: &Value) -> Fields {
    let text = |name: &str| standing[name].as_str().unwrap().to_owned();
    let mut fields: Fields = ["tXid", "referenceNo", "amt", "payNo", "mitraCd"].map(|name| (name, text(name))).into();
    let same = [("currency", "IDR"), ("payMethod", "03"), ("status", "0"), ("matchCl", "1")];
    fields.extend(same.map(|(name, text)| (name, text.to_owned())));
    fields
}

fn with(mut fields: Fields, name: &str, text: &str) -> Fields {
    fields.iter_mut().find(|(field, _)| *field == name).unwrap().1 = text.to_owned();
    fields
}

/// As a form, signed with the key that only NICEPAY has beside the merchant.
fn signed(fields: &Fields) -> String {
    let of = |name: &str| fields.iter().find(|(field, _)| *field == name).unwrap().1.as_str();
    let key = MerchantKey::new(Secret::new(MERCHANT_KEY)).unwrap();
    let token = key.token(&Covered::TransactionV1 { i_mid: "IONPAYTEST", t_xid: of("tXid"), amt: of("amt") });
    form(fields, &token)
}

fn form(fields: &Fields, token: &str) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields).append_pair("merchantToken", token).finish()
}

/// A row of the table `notifications`.
#[derive(Debug, PartialEq, Eq)]
struct KeptRow {
    verdict: String,
    body: String,
    source: String,
    times: i64,
}

impl Stage {
    fn issued(&self) -> Value {
        let answer = self.register(&order("v1", "INV-1"));
        assert_eq!(answer.status, 201, "{answer:?}");
        self.standing("INV-1")
    }

    fn is_brought(&self, body: &str, headers: &str) -> Answer {
        let length = body.len();
        self.ask_provider(&format!(
            "POST /nicepay/notification HTTP/1.1\r\nHost: nico\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {length}\r\n{headers}\r\n{body}"
        ))
    }

    fn kept(&self) -> Vec<KeptRow> {
        let database = rusqlite::Connection::open(self.folder.path("data/nico.db")).unwrap();
        let mut rows =
            database.prepare("SELECT verdict, body, source, times FROM notifications ORDER BY number").unwrap();
        let read = |row: &rusqlite::Row<'_>| {
            Ok(KeptRow { verdict: row.get(0)?, body: row.get(1)?, source: row.get(2)?, times: row.get(3)? })
        };
        rows.query_map([], read).unwrap().map(Result::unwrap).collect()
    }

    /// Waits until NICEPAY was asked once more and its answer was taken in.
    fn is_asked_again(&self, before: usize) {
        wait_for("NICEPAY to be asked", || (self.nicepay.calls("onePassStatus.do") > before + 1).then_some(()));
    }

    fn inquiries(&self) -> usize {
        self.nicepay.calls("onePassStatus.do")
    }
}

#[test]
fn what_is_forged_or_malformed_is_refused_and_not_kept() {
    let stage = Stage::open("sqlite");
    let before = stage.issued();
    let fields = told_as_paid(&before);
    let token = |body: &str| body.rsplit_once("merchantToken=").unwrap().1.to_owned();
    let right = signed(&fields);
    let foreign = with(fields.clone(), "tXid", "OTHERMERCH03202406191012345678");
    let refused = [
        (401, form(&fields, &"0".repeat(64))),
        (401, form(&fields, &token(&right).to_uppercase())),
        (401, form(&fields, &token(&signed(&with(fields.clone(), "amt", "9999"))))),
        (401, form(&with(fields.clone(), "amt", "9999"), &token(&right))),
        (401, form(&with(fields.clone(), "amt", "010000"), &token(&right))),
        (401, signed(&foreign)),
        (400, form(&fields, "")),
        (400, format!("{right}&status=0")),
        (400, format!("{right}&STATUS=1")),
        (400, format!("{right}&goodsNm=%FF")),
        (400, format!("{right}&goodsNm=%")),
        (400, format!("{right}&goodsNm=\0")),
        (400, format!("{{\"tXid\":\"{T_XID}\"")),
        (400, String::new()),
        (413, format!("{right}&goodsNm={}", "x".repeat(1024 * 1024))),
    ];
    for (status, body) in refused {
        let answer = stage.is_brought(&body, "");
        assert_eq!(answer.status, status, "{}: {answer:?}", &body[..body.len().min(300)]);
        for hidden in ["INV-1", "OTHERMERCH", &token(&right)] {
            assert!(!answer.body.contains(hidden), "{hidden} in {answer:?}");
        }
    }
    let bytes: Vec<u8> = [right.as_bytes(), b"&goodsNm=\xff\xfe"].concat();
    assert_eq!(brought_bytes(&stage, &bytes), 400);
    assert!(stage.kept().is_empty(), "{:?}", stage.kept());
    assert_eq!(stage.standing("INV-1"), before);
    // And the same is taken once it is right: it was not the path that refused.
    assert_eq!(stage.is_brought(&right, "").body, "SUCCESS");
    assert!(stage.nico.as_ref().unwrap().is_ready());
}

/// Bytes that are no text.
fn brought_bytes(stage: &Stage, body: &[u8]) -> u16 {
    use std::io::Write;
    let mut connection = crate::wire::Connection::open(&stage.provider()).unwrap();
    let length = body.len();
    connection
        .write(&format!("POST /nicepay/notification HTTP/1.1\r\nHost: nico\r\nContent-Length: {length}\r\n\r\n"))
        .unwrap();
    connection.0.get_mut().write_all(body).unwrap();
    connection.read().unwrap().status
}

#[test]
fn a_right_token_over_another_amount_is_kept_and_flagged_and_never_pays() {
    let stage = Stage::open("sqlite");
    let altered = signed(&with(told_as_paid(&stage.issued()), "amt", "1"));
    let before = stage.inquiries();
    assert_eq!(stage.is_brought(&altered, "").body, "SUCCESS");
    stage.comes_to("INV-1", "needs_attention");
    stage.is_asked_again(before);
    assert_eq!(stage.standing("INV-1")["state"], "needs_attention");
    let kept = KeptRow { verdict: "another amt".into(), body: altered, source: "127.0.0.1".into(), times: 1 };
    assert_eq!(stage.kept(), [kept]);
    stage.is_told("INV-1", &["order.needs_attention"]);
}

#[test]
fn what_nobody_has_paid_is_not_paid_by_any_message() {
    let stage = Stage::open("sqlite");
    let told = signed(&told_as_paid(&stage.issued()));
    let before = stage.inquiries();
    for _ in 0..3 {
        assert_eq!(stage.is_brought(&told, "").body, "SUCCESS");
    }
    stage.is_asked_again(before);
    assert_eq!(stage.standing("INV-1")["state"], "issued");
    assert_eq!(stage.kept(), [KeptRow { verdict: "agrees".into(), body: told, source: "127.0.0.1".into(), times: 3 }]);
    assert!(stage.shop.all().is_empty());
}

#[test]
fn an_unknown_reference_is_acknowledged_and_kept_and_applied_to_nothing() {
    let stage = Stage::open("sqlite");
    let standing = stage.issued();
    let unknown = with(with(told_as_paid(&standing), "tXid", T_XID), "referenceNo", "INV-OF-NOBODY");
    let unknown = signed(&unknown);
    let answer = stage.is_brought(&unknown, "");
    assert_eq!((answer.status, answer.body.as_str()), (200, "SUCCESS"));
    assert_eq!(
        stage.kept(),
        [KeptRow { verdict: "unknown".into(), body: unknown, source: "127.0.0.1".into(), times: 1 }]
    );
    assert_eq!(stage.standing("INV-1")["steps"], standing["steps"]);
    assert!(stage.shop.all().is_empty());
    let nobody = "GET /merchant/v1/registrations/INV-OF-NOBODY HTTP/1.1\r\nHost: nico\r\n";
    let nobody = stage.ask(&format!("{nobody}Authorization: Bearer {}\r\n\r\n", crate::stage::API_KEY)).unwrap();
    assert_eq!(nobody.status, 404, "{nobody:?}");
}

const NICEPAYS: (&str, &str) = ("NICO__NOTIFICATION__ALLOW_FROM__0", "103.20.51.0/24");

#[test]
fn a_wrong_source_is_refused_whatever_it_says_of_itself() {
    let stage = Stage::with(&[NICEPAYS]);
    let before = stage.issued();
    let told = signed(&told_as_paid(&before));
    for headers in ["", "X-Forwarded-For: 103.20.51.7\r\n", "X-Real-IP: 103.20.51.7\r\nForwarded: for=103.20.51.7\r\n"]
    {
        let answer = stage.is_brought(&told, headers);
        assert_eq!(answer.status, 403, "{headers}: {answer:?}");
        assert!(!answer.body.contains("103.20") && !answer.body.contains("127.0.0.1"), "{answer:?}");
    }
    assert!(stage.kept().is_empty());
    assert_eq!(stage.standing("INV-1")["steps"], before["steps"]);
}

#[test]
fn behind_a_proxy_the_last_address_that_is_not_the_proxys_counts() {
    let stage = Stage::with(&[NICEPAYS, ("NICO__NOTIFICATION__PROXIES__0", "127.0.0.1")]);
    let before = stage.issued();
    let told = signed(&told_as_paid(&before));
    for headers in [
        "",
        "X-Forwarded-For: 203.0.113.9\r\n",
        "X-Forwarded-For: 103.20.51.7, 203.0.113.9\r\n",
        "X-Forwarded-For: 103.20.51.7\r\nX-Forwarded-For: 203.0.113.9\r\n",
        "X-Forwarded-For: 103.20.51.7, nonsense\r\n",
        "X-Forwarded-For: 127.0.0.1\r\n",
    ] {
        assert_eq!(stage.is_brought(&told, headers).status, 403, "{headers}");
    }
    assert!(stage.kept().is_empty());
    assert_eq!(stage.standing("INV-1")["steps"], before["steps"]);
    for headers in ["X-Forwarded-For: 203.0.113.9, 103.20.51.7\r\n", "X-Forwarded-For: 103.20.51.7, 127.0.0.1\r\n"] {
        assert_eq!(stage.is_brought(&told, headers).status, 200, "{headers}");
    }
    assert_eq!(stage.kept().iter().map(|row| row.source.as_str()).collect::<Vec<_>>(), ["103.20.51.7"]);
}

#[test]
fn an_old_notification_that_is_replayed_after_a_reversal_pays_nothing() {
    let stage = Stage::open("sqlite");
    let standing = stage.issued();
    let (pay_no, told) = (standing["payNo"].as_str().unwrap(), signed(&told_as_paid(&standing)));
    stage.nicepay.store_pays(pay_no);
    assert_eq!(stage.is_brought(&told, "").status, 200);
    stage.comes_to("INV-1", "paid");
    stage.nicepay.store_reverses(pay_no);
    assert_eq!(stage.nicepay.notifies(pay_no).0, 200);
    stage.comes_to("INV-1", "reversed");
    stage.is_told("INV-1", &["order.paid", "order.reversed"]);
    let before = stage.inquiries();
    assert_eq!(stage.is_brought(&told, "").body, "SUCCESS");
    wait_for("NICEPAY to be asked", || (stage.inquiries() > before).then_some(()));
    // A moment for what should not happen.
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(stage.standing("INV-1")["state"], "reversed");
    stage.is_told("INV-1", &["order.paid", "order.reversed"]);
    assert_eq!(stage.kept()[0], KeptRow { verdict: "agrees".into(), body: told, source: "127.0.0.1".into(), times: 2 });
}

#[test]
fn a_notification_for_a_cancelled_order_is_kept_and_pays_nothing() {
    let stage = Stage::open("sqlite");
    let told = signed(&told_as_paid(&stage.issued()));
    let cancelled: Value = serde_json::from_str(&stage.run(&["nicepay", "cancel", "INV-1"]).good()).unwrap();
    assert_eq!(cancelled["state"], "cancelled", "{cancelled}");
    let before = stage.inquiries();
    assert_eq!(stage.is_brought(&told, "").body, "SUCCESS");
    wait_for("NICEPAY to be asked", || (stage.inquiries() > before).then_some(()));
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(stage.standing("INV-1")["state"], "cancelled");
    assert_eq!(stage.kept().len(), 1);
    assert!(stage.shop.all().is_empty());
}

const PAGE: &str = "<!DOCTYPE html><html><body>{\"resultCd\":\"0000\"}</body></html>";
const TOO_LONG: &str =
    "Reference Number Maximum Length Exceed. [referenceNo] should have maximum 40 characters length.";

/// NICEPAY, and what of it is no answer to rely on, with the status that the shop hears then.
fn misbehaving(whole: &str) -> Vec<(&'static str, Says, u16)> {
    let refusal = |code: &str, message: &str| {
        Says::Body(serde_json::json!({ "resultCd": code, "resultMsg": message }).to_string())
    };
    let redirect =
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    vec![
        ("a page", Says::Body(PAGE.to_owned()), 502),
        ("half of it", Says::Body(whole[..whole.len() / 2].to_owned()), 502),
        ("another merchant's", Says::Body(whole.replace("IONPAYTEST03", "OTHERMERCH03")), 502),
        ("a redirect", Says::Raw(redirect.to_owned()), 502),
        ("an error", Says::Raw("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned()), 502),
        ("no HTTP", Says::Raw("nonsense\r\n\r\n".to_owned()), 502),
        ("9507, out of time", refusal("9507", "Http timeout exception."), 502),
        ("9507, in words of its own", refusal("9507", "something new"), 502),
        ("nothing", Says::Nothing, 504),
    ]
}

fn before(stand_in: &StandIn) -> Stage {
    Stage::with(&[("NICO__NICEPAY__ENVIRONMENT", &stand_in.address), ("NICO__LIMITS__DEADLINE_SECONDS", "1")])
}

#[test]
fn what_is_no_answer_to_a_registration_is_said_so_and_the_order_is_kept() {
    for (number, (what, says, status)) in misbehaving(&issued("INV-1", T_XID)).into_iter().enumerate() {
        let stand_in = StandIn::open(says);
        let stage = before(&stand_in);
        let begun = std::time::Instant::now();
        let answer = stage.register(&order("v1", "INV-1"));
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        assert!(begun.elapsed() < std::time::Duration::from_millis(3_900), "{what}: {:?}", begun.elapsed());
        let told: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(told["error"], "no_answer", "{what}: {told}");
        let standing = stage.standing("INV-1");
        assert_eq!((&standing["state"], &standing["tXid"]), (&"registered".into(), &Value::Null), "{what}");
        assert!(stage.shop.all().is_empty(), "{what}");
        if number == 0 {
            // It is sent again without the shop's doing, and then it is there.
            stand_in.says(Says::Body(issued("INV-1", T_XID)));
            assert_eq!(stage.comes_to("INV-1", "issued")["tXid"], T_XID);
            assert!(stand_in.calls("onePass.do") > 1);
        }
    }
}

#[test]
fn a_refusal_that_is_one_is_told_and_frees_the_reference() {
    let refusal = serde_json::json!({ "resultCd": "9507", "resultMsg": TOO_LONG }).to_string();
    let stand_in = StandIn::open(Says::Body(refusal));
    let stage = before(&stand_in);
    let answer = stage.register(&order("v1", "INV-1"));
    let told: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((answer.status, &told["error"], &told["resultCd"]), (502, &"refused_by_nicepay".into(), &"9507".into()));
    assert_eq!(stage.standing("INV-1")["state"], "cancelled");
    stand_in.says(Says::Body(issued("INV-1", T_XID)));
    assert_eq!(stage.register(&order("v1", "INV-1")).status, 201);
}

#[test]
fn what_is_no_answer_to_a_status_inquiry_changes_nothing() {
    let paid = paid("INV-1", T_XID);
    let mut answers = misbehaving(&paid);
    answers.push(("another transaction's", Says::Body(paid.replace(T_XID, "IONPAYTEST03202406191012349999")), 0));
    answers.push(("another order's", Says::Body(paid.replace("INV-1", "INV-2")), 0));
    let too_long = serde_json::json!({ "resultCd": "9507", "resultMsg": TOO_LONG }).to_string();
    answers.push(("9507, too long", Says::Body(too_long), 0));
    for (what, says, _) in answers {
        let stand_in = StandIn::open(Says::Body(issued("INV-1", T_XID)));
        let stage = before(&stand_in);
        let before = stage.issued();
        stand_in.says(says);
        let told = signed(&told_as_paid(&before));
        assert_eq!(stage.is_brought(&told, "").body, "SUCCESS", "{what}");
        // The second time shows that the first has been taken in.
        for calls in 1..=2 {
            wait_for("NICEPAY to be asked", || (stand_in.calls("onePassStatus.do") >= calls).then_some(()));
            assert_eq!(stage.is_brought(&told, "").body, "SUCCESS", "{what}");
        }
        let standing = stage.standing("INV-1");
        assert_eq!(standing["state"], "issued", "{what}: {standing}");
        assert!(stage.shop.all().is_empty(), "{what}");
        stand_in.says(Says::Body(paid.clone()));
        assert_eq!(stage.is_brought(&told, "").body, "SUCCESS", "{what}");
        stage.comes_to("INV-1", "paid");
    }
}

/// An answer with the id of another order could never be written down: an id is one order's.
#[test]
fn an_id_that_another_order_has_is_not_taken() {
    let stand_in = StandIn::open(Says::Body(issued("INV-1", T_XID)));
    let stage = before(&stand_in);
    let first = stage.issued();
    stand_in.says(Says::Body(issued("INV-2", T_XID)));
    let answer = stage.register(&order("v1", "INV-2"));
    assert_eq!(answer.status, 502, "{answer:?}");
    assert!(answer.body.contains("no_answer"), "{answer:?}");
    assert_eq!(stage.standing("INV-2")["state"], "registered");
    assert_eq!(stage.standing("INV-1")["steps"], first["steps"]);
    stand_in.says(Says::Body(issued("INV-2", "IONPAYTEST03202406191012349999")));
    stage.comes_to("INV-2", "issued");
}

/// NICEPAY's pages do not say what a cancel of a paid number does, so it takes an answer that it is unpaid.
#[test]
fn nothing_is_cancelled_that_nicepay_does_not_say_to_be_unpaid() {
    let paid = paid("INV-1", T_XID);
    let other_amt = paid.replace("10000", "9999");
    let begun = paid.replace("\"status\":\"0\"", "\"status\":\"5\"");
    let unknown = paid.replace("\"status\":\"0\"", "\"status\":\"7\"");
    for (what, says, why, state) in [
        ("a page", PAGE.to_owned(), "it is a page of HTML", "issued"),
        ("another amount", other_amt, "it is needs_attention", "needs_attention"),
        ("begun to be paid", begun, "it is needs_attention", "needs_attention"),
        ("not known", unknown, "it is issued", "issued"),
        ("paid", paid, "it is paid", "paid"),
    ] {
        let stand_in = StandIn::open(Says::Body(issued("INV-1", T_XID)));
        let stage = before(&stand_in);
        stage.issued();
        stand_in.says(Says::Body(says));
        let ran = stage.run(&["nicepay", "cancel", "INV-1"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{what}: {ran:?}");
        assert!(ran.err.starts_with("nico: it was not cancelled: ") && ran.err.contains(why), "{what}: {ran:?}");
        assert_eq!(ran.err.lines().count(), 1, "{what}: {ran:?}");
        assert_eq!(stand_in.calls("onePassAllCancel.do"), 0, "{what}");
        assert_eq!(stage.standing("INV-1")["state"], state, "{what}");
    }
}

#[test]
fn what_does_not_fit_is_lifted_by_nicepay_alone() {
    let stage = Stage::open("sqlite");
    let standing = stage.issued();
    let pay_no = standing["payNo"].as_str().unwrap();
    stage.nicepay.store_pays(pay_no);
    assert_eq!(stage.nicepay.notifies_with(pay_no, &[("matchCl", "2")]), (200, "SUCCESS".to_owned()));
    stage.comes_to("INV-1", "paid");
    stage.is_told("INV-1", &["order.needs_attention", "order.paid"]);
    assert_eq!(stage.kept()[0].verdict, "another matchCl");
}

/// More rows than are taken at once that nobody can read, all of them due before the one that is good.
#[test]
fn rows_that_cannot_be_read_keep_no_other_order_waiting() {
    let mut stage = Stage::open("sqlite");
    let standing = stage.issued();
    for number in 0..40 {
        assert_eq!(stage.register(&order("v1", &format!("BAD-{number:02}"))).status, 201);
    }
    stage.nico.take().unwrap().kill();
    let database = rusqlite::Connection::open(stage.folder.path("data/nico.db")).unwrap();
    let spoilt =
        "UPDATE registrations SET state = 'canceled', due_at = 1 WHERE reference_no BETWEEN 'BAD-00' AND 'BAD-19';
        UPDATE registrations SET state = 'registered', t_xid = NULL, fields = '{}', due_at = 1
            WHERE reference_no BETWEEN 'BAD-20' AND 'BAD-39';
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
        INSERT INTO events (message_id, kind, reference_no, body, at, attempts, due_at, given_up)
            SELECT 'msg_' || i, 'order.lost', 'BAD-' || i, '{}', 1, 0, 1, 0 FROM n;";
    database.execute_batch(spoilt).unwrap();
    stage.nicepay.store_pays(standing["payNo"].as_str().unwrap());
    stage.start();
    stage.comes_to("INV-1", "paid");
    stage.is_told("INV-1", &["order.paid"]);
    let log = stage.nico.as_ref().unwrap().log();
    assert!(log.contains("a row in the database cannot be read") && log.contains("BAD-00"), "{log}");
    let put_off = "SELECT count(*) FROM registrations WHERE fields = '{}' AND due_at > 1";
    assert_eq!(database.query_row(put_off, [], |row| row.get::<_, i64>(0)).unwrap(), 20);
}
