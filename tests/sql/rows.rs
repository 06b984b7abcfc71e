//! What stands in a row of the merchant's reaches neither the caller nor the log, whatever is wrong with it.

use serde_json::Value;

use crate::engine::Fresh;
use crate::process::{Folder, MARKER, Server};
use crate::wire::{Answer, Connection, Nicepay};

const SETTINGS: &str = r#"
[[clients]]
id = "IONPAYTEST"
public_keys = ["keys/sandbox-public.pem"]
[orders]
source = "URL"
find = """
  SELECT number AS partnerReferenceNo, name AS payNoName, phone AS payNoPhone, email AS payNoEmail,
         looked_at(title) AS goodsName, total AS amount, until AS expiresAt, state AS status
  FROM shop WHERE pay_no = :payNo"""
[payments]
store = "URL"
mark_paid = "UPDATE shop SET state = 'PAID' WHERE number = :partnerReferenceNo"
[external_ids]
store = "URL"
"#;

/// A function and a trigger of the merchant's that say in their errors what they have seen.
const TALKATIVE: [(&str, &str); 2] = [
    (
        "postgres",
        "CREATE FUNCTION looked_at(seen text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
             IF seen LIKE 'Mark%' THEN RAISE EXCEPTION 'no %', seen; END IF; RETURN seen; END $$;
         CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             RAISE EXCEPTION 'no %', new.email; END $$;
         CREATE TRIGGER refuse BEFORE UPDATE ON shop FOR EACH ROW EXECUTE FUNCTION refuse()",
    ),
    (
        "mariadb",
        "CREATE FUNCTION looked_at(seen VARCHAR(300)) RETURNS VARCHAR(300) DETERMINISTIC BEGIN
             IF seen LIKE 'Mark%' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = seen; END IF; RETURN seen; END;
         CREATE TRIGGER refuse BEFORE UPDATE ON shop FOR EACH ROW BEGIN
             SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = new.email; END",
    ),
];

/// A good row, but for one column that holds something secret where it must not; and what the log says of it.
const WRONG: [(&str, &str); 6] = [
    ("name", "payNoName holds what it must not"),
    ("phone", "payNoPhone holds"),
    ("total", "amount holds"),
    ("until", "expiresAt holds"),
    ("state", "orders.status"),
    ("title", "SQLSTATE"),
];

fn row(pay_no: &str, wrong: &str) -> String {
    let cell = |column: &str, good: &str| match column == wrong {
        true if column == "name" => format!("REPEAT('{MARKER}', 9)"),
        true => format!("'{MARKER}'"),
        false => format!("'{good}'"),
    };
    let columns = [
        ("number", "INV-1"),
        ("name", "Siti"),
        ("phone", "0812"),
        ("email", &format!("{MARKER}@x.id")),
        ("title", "Buku"),
        ("total", "10000"),
        ("until", "2036-01-31 12:00:00"),
        ("state", "unpaid"),
    ];
    let cells: Vec<_> = columns.iter().map(|(column, good)| cell(column, good)).collect();
    format!("INSERT INTO shop VALUES ('{pay_no}', {})", cells.join(", "))
}

/// The answer to a request, and what the log says of it.
fn ask(server: &Server, request: &str, id: &str) -> (Answer, String) {
    let answer = Connection::open(&server.address).unwrap().send(request).unwrap();
    let log = server.log();
    let line = log.lines().rfind(|line| line.contains(&format!("external_id=\"{id}\""))).unwrap();
    (answer, line.to_owned())
}

fn is_failure((answer, line): (Answer, String), store: &str, cause: &str) {
    assert_eq!(answer.code(), "5000000", "{line}");
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
    let (_, told) = line.split_once(&format!("{store} failed: ")).unwrap_or_else(|| panic!("no {store}: {line}"));
    assert!(told.contains(cause), "{cause:?} is not in {line}");
}

/// A shop with talkative functions, and nico before it.
async fn open(fresh: &Fresh, talkative: &str) -> (Folder, Server) {
    let columns = ["number", "name", "phone", "email", "title", "total", "until", "state"];
    let columns = columns.map(|column| format!("{column} VARCHAR(300)"));
    fresh.run(&format!("CREATE TABLE shop (pay_no VARCHAR(12), {})", columns.join(", "))).await;
    fresh.run(talkative).await;
    let folder = Folder::with_keys();
    folder.write("nico.toml", SETTINGS.replace("URL", &fresh.url));
    folder.nico(&["migrate"]).good();
    let server = folder.serve(&[], &[]);
    (folder, server)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_told_to_nobody() {
    for (engine, talkative) in TALKATIVE {
        let fresh = Fresh::of(engine);
        let (folder, server) = open(&fresh, talkative).await;
        let nicepay = Nicepay::at(&server.address, &folder.path("keys"));
        for (place, (column, cause)) in WRONG.iter().enumerate() {
            let pay_no = format!("7015{place:08}");
            fresh.run(&row(&pay_no, column)).await;
            is_failure(ask(&server, &nicepay.inquiry(column, &pay_no), column), "the order store", cause);
        }
        fresh.run(&row("701500000099", "")).await;
        let payment = nicepay.payment("paid", "701500000099", "P-1");
        is_failure(ask(&server, &payment, "paid"), "the payment ledger", "SQLSTATE");
        assert_eq!(folder.nico(&["payment", "list"]).good(), "");
        assert!(!server.log().contains(MARKER), "{}", server.log());
    }
}
