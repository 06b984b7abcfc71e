//! `nico order`: nico's own table, filled from JSON lines and shown.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::process::{Folder, Ran, end_of, wait_for};
use crate::{json_lines, order, with};

const MANDATORY: [&str; 9] = [
    "payNo",
    "partnerReferenceNo",
    "payNoName",
    "payNoPhone",
    "payNoEmail",
    "goodsName",
    "amount",
    "expiresAt",
    "status",
];

#[test]
fn a_good_file_is_imported_whole() {
    let folder = Folder::with_keys();
    let first = order("701500000001");
    let second = with(with(order("701500000002"), "mitraCd", "INDO"), "amount", "999999999.99");
    // Blank lines, Windows' line ends, names in another case, a bare number, another offset, null for nothing.
    let lines = format!(
        "{first}\r\n\n  \n{second}\n{}",
        with(
            with(with(order("701500000003"), "amount", 500), "expiresAt", "2036-01-31T05:00:00Z"),
            "status",
            "cancelled"
        )
        .to_string()
        .replace("payNoName", "PAYNONAME")
        .replace("{", r#"{"mitraCd":null,"#)
    );
    folder.write("orders.jsonl", lines);
    let said = folder.nico(&["order", "import", "orders.jsonl"]).good();
    assert_eq!(said, "3 orders written, 0 left as they stand because they are paid\n");
    let third = with(with(order("701500000003"), "amount", "500.00"), "status", "cancelled");
    assert_eq!(folder.orders(), [first, second, third]);
}

/// Fields that are there but wrong.
fn malformed() -> Vec<(&'static str, Value)> {
    vec![
        ("payNo", json!("70150000000x")),
        ("payNo", json!("7015000000021")),
        ("payNo", json!(701_500_000_002_u64)),
        ("partnerReferenceNo", json!("x".repeat(41))),
        ("payNoName", json!("x".repeat(101))),
        ("payNoName", json!("a\nb")),
        ("payNoPhone", json!("+6281234567890")),
        ("payNoEmail", json!("siti")),
        ("goodsName", json!("x".repeat(201))),
        ("amount", json!("1000000000.00")),
        ("amount", json!("999999999.999")),
        ("amount", json!(1e15)),
        ("amount", json!("-1")),
        ("amount", json!("1e4")),
        ("amount", json!("10.000,00")),
        ("amount", json!({ "value": "10000.00" })),
        ("expiresAt", json!("2036-01-31T12:00:00")),
        ("expiresAt", json!("2036-01-31")),
        ("expiresAt", json!("2036-02-31T12:00:00+07:00")),
        ("expiresAt", json!(2_085_000_000)),
        ("expiresAt", json!("9999-12-31T23:59:59Z")),
        ("status", json!("PAID")),
        ("status", json!("expired")),
        ("status", json!(true)),
        ("mitraCd", json!("ALFAM")),
        ("mitraCd", json!(["ALMA"])),
    ]
}

/// A line that is bad, and what must be said of it.
fn bad_lines() -> Vec<(String, Vec<&'static str>)> {
    let good = order("701500000002");
    let set = |field: &str, value: Value| with(good.clone(), field, value).to_string();
    let mut lines = Vec::new();
    for field in MANDATORY {
        let null = set(field, json!("NULL")).replace("\"NULL\"", "null");
        lines.push((null, vec![field, "missing"]));
        lines.push((set(field, Value::Null), vec![field, "missing"]));
        lines.push((set(field, json!("")), vec![field]));
    }
    lines.extend(malformed().into_iter().map(|(field, value)| (set(field, value), vec![field, "not of the form"])));
    lines.extend([
        (set("mitraCode", json!("ALMA")), vec!["mitraCode is not a field", "mitraCd"]),
        (good.to_string().replace("\"}", "\""), vec!["not JSON"]),
        (format!("{good}{good}"), vec!["not JSON"]),
        (format!("[{good}]"), vec!["not an object"]),
        (good.to_string().replacen('{', r#"{"AMOUNT":"1.00","#, 1), vec!["twice"]),
    ]);
    lines
}

#[test]
fn a_bad_line_is_named_by_number_and_field_and_nothing_is_imported() {
    let folder = Folder::with_keys();
    let (first, third) = (order("701500000001"), order("701500000003"));
    for (bad, parts) in bad_lines() {
        folder.write("orders.jsonl", format!("{first}\n{bad}\n{third}\n"));
        let ran = folder.nico(&["order", "import", "orders.jsonl"]);
        ran.refused(&[&["orders.jsonl, line 2: "], &parts[..]].concat());
        assert_eq!(ran.out, "", "{bad}");
    }
    folder.write("orders.jsonl", [format!("{first}\n").as_bytes(), b"{\"payNoName\":\"\xff\"}\n"].concat());
    folder.nico(&["order", "import", "orders.jsonl"]).refused(&["line 2", "UTF-8"]);
    folder.nico(&["order", "import", "nowhere.jsonl"]).refused(&["nowhere.jsonl cannot be read", "No such file"]);
    folder.nico(&["order", "import", "keys"]).refused(&["keys"]);
    assert_eq!(folder.orders(), [] as [Value; 0], "not a line of all these files");
}

/// A file is read twice, and a pipe only once: it must not look like a file without orders.
#[test]
fn a_pipe_is_refused_or_imported_but_never_swallowed() {
    let folder = Folder::with_keys();
    let mut command = folder.command(&[], &["order", "import", "/dev/stdin"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // It may have gone before it has read: then it has refused.
    let _ = writeln!(child.stdin.take().unwrap(), "{}", order("701500000001"));
    let imported = child.wait().unwrap().success();
    assert_eq!(folder.orders().len(), usize::from(imported), "it said that all was well");
}

#[test]
fn an_order_is_updated_unless_it_is_paid() {
    let folder = Folder::with_keys();
    let said = |orders: &[Value]| folder.import(orders).good();
    let at = |amount: &str| with(order("701500000001"), "amount", amount);
    assert!(said(&[at("1.00")]).starts_with("1 orders written, 0 left"));
    assert!(said(&[at("2.00"), at("3.00")]).starts_with("2 orders written, 0 left"), "the later line counts");
    assert_eq!(folder.orders(), [at("3.00")]);
    let paid = with(with(at("4.00"), "status", "paid"), "partnerReferenceNo", "INV-9");
    assert!(said(std::slice::from_ref(&paid)).starts_with("1 orders written"));
    let said = said(&[at("5.00"), with(at("6.00"), "status", "cancelled"), order("701500000002")]);
    assert_eq!(said, "1 orders written, 2 left as they stand because they are paid\n");
    assert_eq!(folder.orders(), [paid, order("701500000002")]);
}

#[test]
fn a_quarter_of_a_million_lines_show_progress() {
    let folder = Folder::with_keys();
    let line = order("701500000000").to_string();
    let lines = (0..250_000).fold(String::new(), |mut lines, number| {
        writeln!(lines, "{}", line.replace("701500000000", &format!("7015{number:08}"))).unwrap();
        lines
    });
    folder.write("orders.jsonl", lines);
    let ran = folder.nico(&["order", "import", "orders.jsonl"]);
    assert_eq!(ran.out, "250000 orders written, 0 left as they stand because they are paid\n", "{}", ran.err);
    let progress: Vec<&str> = ran.err.lines().collect();
    let expected = ["100000 orders read", "200000 orders read", "100000 orders written", "200000 orders written"];
    assert_eq!((ran.code, &progress[..]), (Some(0), &expected[..]));
    let database = rusqlite::Connection::open(folder.path("data/nico.db")).unwrap();
    let count = database.query_row("SELECT COUNT(*) FROM orders", (), |row| row.get::<_, u32>(0));
    assert_eq!(count.unwrap(), 250_000);
}

const ADD: [&str; 16] = [
    "order",
    "add",
    "--pay-no",
    "701500000001",
    "--amount",
    "10000",
    "--partner-reference-no",
    "INV-701500000001",
    "--pay-no-name",
    "Siti Aisyah",
    "--pay-no-phone",
    "081234567890",
    "--pay-no-email",
    "siti@example.com",
    "--goods-name",
    "Buku \"Laskar\" – 2",
];

#[test]
fn an_order_is_added_and_shown() {
    let folder = Folder::with_keys();
    let until = ["--expires-at", "2036-01-31T05:00:00Z"];
    let said = folder.nico(&[&ADD[..], &until].concat()).good();
    assert_eq!(said, "701500000001 can be paid until 2036-01-31T12:00:00+07:00\n");
    assert_eq!(folder.orders(), [order("701500000001")]);
    let shown = json_lines(&folder.nico(&["order", "show", "701500000001", "--json"]).good());
    assert_eq!(shown, [order("701500000001")]);
    let (text, list) = (folder.nico(&["order", "show", "701500000001"]).good(), folder.nico(&["order", "list"]).good());
    for (name, value) in order("701500000001").as_object().unwrap() {
        let value = value.as_str().unwrap();
        assert!(text.lines().any(|line| line.starts_with(name) && line.contains(value)), "{name} {value} in {text}");
        let in_list = ["payNo", "partnerReferenceNo", "amount", "expiresAt", "status"].contains(&name.as_str());
        assert!(!in_list || list.contains(value), "{name} {value} in {list}");
    }
    assert_eq!(list.lines().count(), 1);
    folder.nico(&[&ADD[..], &["--mitra-cd", "INDO"]].concat()).good();
    assert_eq!(folder.orders()[0]["mitraCd"], "INDO", "it is updated");
    folder.import(&[with(order("701500000001"), "status", "paid")]).good();
    folder.nico(&ADD).refused(&["701500000001 is paid", "another number"]);
    folder.nico(&["order", "show", "701500000009"]).refused(&["701500000009", "nico order list"]);
    folder.nico(&["order", "show", "7015x"]).refused(&["PAY_NO must be 2 to 12 digits"]);
}

#[test]
fn what_is_added_is_checked() {
    let folder = Folder::with_keys();
    for (option, wrong, field) in [
        ("--pay-no", "7015x", "payNo"),
        ("--amount", "1000000000", "amount"),
        ("--partner-reference-no", "", "partnerReferenceNo"),
        ("--pay-no-name", "  ", "payNoName"),
        ("--pay-no-phone", "+62812", "payNoPhone"),
        ("--pay-no-email", "siti", "payNoEmail"),
        ("--goods-name", "", "goodsName"),
    ] {
        let mut args = ADD;
        let value = args.iter().position(|arg| *arg == option).unwrap() + 1;
        args[value] = wrong;
        folder.nico(&args).refused(&[field, "nico order add --help"]);
    }
    folder.nico(&[&ADD[..], &["--expires-at", "2036-01-31"]].concat()).refused(&["expiresAt"]);
    folder.nico(&[&ADD[..], &["--mitra-cd", "ALFAMART"]].concat()).refused(&["mitraCd"]);
    assert_eq!(folder.orders(), [] as [Value; 0]);
}

#[test]
fn a_list_can_be_imported_elsewhere() {
    let folder = Folder::with_keys();
    folder
        .import(&[
            order("701500000001"),
            with(order("701500000002"), "status", "paid"),
            with(with(order("701500000003"), "mitraCd", "ALMA"), "payNoName", "O'Brien; DROP TABLE orders \u{202e}"),
            with(order("77"), "status", "cancelled"),
        ])
        .good();
    let list = folder.nico(&["order", "list", "--json"]).good();
    assert_eq!(list.lines().count(), 4);
    let elsewhere = Folder::with_keys();
    elsewhere.write("f.jsonl", &list);
    elsewhere.nico(&["order", "import", "f.jsonl"]).good();
    assert_eq!(elsewhere.nico(&["order", "list", "--json"]).good(), list);
}

/// A new file has no WAL yet, and SQLite does not wait by itself for the lock that gives it one.
#[test]
fn a_command_waits_while_another_makes_the_database() {
    let folder = Folder::with_keys();
    folder.write("data/nico.db", "");
    let maker = rusqlite::Connection::open(folder.path("data/nico.db")).unwrap();
    maker.execute_batch("CREATE TABLE other (id); BEGIN IMMEDIATE").unwrap();
    let mut command = folder.command(&[], &["order", "list"]);
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let files = format!("/proc/{}/fd", child.id());
    let is_nicos = |file: std::fs::DirEntry| std::fs::read_link(file.path()).is_ok_and(|to| to.ends_with("nico.db"));
    let mut looks = 0;
    wait_for("the command to wait for the lock, or to give up", || {
        looks += u32::from(std::fs::read_dir(&files).is_ok_and(|files| files.flatten().any(is_nicos)));
        (looks > 20 || child.try_wait().unwrap().is_some()).then_some(())
    });
    maker.execute_batch("COMMIT").unwrap();
    assert_eq!(end_of(&mut child).code(), Some(0));
}

/// Whoever comes first makes the database; the others find it made.
#[test]
fn many_commands_may_open_a_new_database_at_once() {
    for _ in 0..8 {
        let folder = Folder::with_keys();
        let open = || Ran::of("order add", &mut folder.command(&[], &ADD)).good();
        std::thread::scope(|scope| {
            let opening: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            opening.into_iter().for_each(|opened| assert!(opened.join().unwrap().contains("can be paid until")));
        });
    }
}
