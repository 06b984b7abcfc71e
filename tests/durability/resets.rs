//! A caller who resets the connection right after it has sent a payment: nobody hears the answer, the money is taken.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use socket2::SockRef;

use crate::process::{Folder, Server, wait_for};
use crate::wire::Connection;
use crate::{alone, ask, pay_no};

/// Drops a connection with a reset instead of a farewell.
fn reset(stream: TcpStream) {
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    drop(stream);
}

/// The server's end of a connection, once the server has read all that was sent: the name of its open file.
fn read_by_server(connection: &Connection) -> Option<String> {
    let stream = connection.0.get_ref();
    let (ours, theirs) = (stream.local_addr().unwrap(), stream.peer_addr().unwrap());
    let (here, there) = (row(ours, theirs), row(theirs, ours));
    let is_read = here[4].starts_with("00000000:") && there[4].ends_with(":00000000");
    is_read.then(|| format!("socket:[{}]", there[9]))
}

/// The row of a connection in the kernel's table of sockets, seen from one of its ends.
fn row(from: SocketAddr, to: SocketAddr) -> Vec<String> {
    let hex = |end: SocketAddr| format!("0100007F:{:04X}", end.port());
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let mut rows = table.lines().map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    rows.find(|row| row[1] == hex(from) && row[2] == hex(to)).unwrap()
}

fn has_open(server: &Server, file: &str) -> bool {
    let files = fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap();
    files.flatten().any(|open| fs::read_link(open.path()).is_ok_and(|target| target.as_os_str() == file))
}

#[test]
fn a_payment_at_work_is_recorded_although_its_caller_has_gone() {
    let _alone = alone();
    let folder = Folder::with_bills(1);
    let server = folder.serve(&[], &[]);
    let nicepay = folder.nicepay(&server);
    let ids = rusqlite::Connection::open(folder.path("data/ids.db")).unwrap();
    let ledger = rusqlite::Connection::open(folder.path("data/nico.db")).unwrap();
    let recorded = || ledger.query_row("SELECT COUNT(*) FROM payments", (), |row| row.get::<_, u32>(0)).unwrap();

    // The payment waits for the claim of its id, and goes no further while this lock is held.
    ids.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut connection = Connection::open(&server.address).unwrap();
    connection.write(&nicepay.payment("1", &pay_no(0), "P-1")).unwrap();
    let socket = wait_for("the payment to be read", || read_by_server(&connection));
    assert!(has_open(&server, &socket));
    reset(connection.0.into_inner());
    wait_for("the server to notice", || (!has_open(&server, &socket)).then_some(()));
    assert_eq!(recorded(), 0);
    ids.execute_batch("COMMIT").unwrap();
    wait_for("the payment to be recorded", || (recorded() == 1).then_some(()));

    for (id, request_id, code) in [("2", "P-1", "2000000"), ("1", "P-1", "2000000"), ("3", "P-2", "4040014")] {
        assert_eq!(ask(&server, &nicepay.payment(id, &pay_no(0), request_id)).code(), code, "{id} {request_id}");
    }
    assert_eq!(folder.payments(), [(pay_no(0), "P-1".to_owned())]);
}

#[test]
fn a_payment_that_was_reset_at_once_can_be_told_again() {
    let _alone = alone();
    let folder = Folder::with_bills(30);
    let server = folder.serve(&[], &[]);
    let nicepay = folder.nicepay(&server);
    let payment = |id: &str, bill: usize| nicepay.payment(&format!("{id}-{bill}"), &pay_no(bill), &format!("P-{bill}"));
    for bill in 0..30 {
        let mut connection = Connection::open(&server.address).unwrap();
        connection.write(&payment("1", bill)).unwrap();
        reset(connection.0.into_inner());
        assert_eq!(ask(&server, &payment("2", bill)).code(), "2000000", "bill {bill}");
    }
    let mut listed = folder.payments();
    listed.sort();
    assert_eq!(listed, (0..30).map(|bill| (pay_no(bill), format!("P-{bill}"))).collect::<Vec<_>>());
}

/// The answer is late, the record is not given up: what the caller is told next time is the truth.
#[test]
fn a_payment_whose_deadline_passes_is_recorded_all_the_same() {
    let _alone = alone();
    let folder = Folder::with_bills(1);
    let server = folder.serve(&[("NICO__LIMITS__DEADLINE_SECONDS", "1")], &[]);
    let nicepay = folder.nicepay(&server);
    let ledger = rusqlite::Connection::open(folder.path("data/nico.db")).unwrap();
    ledger.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(ask(&server, &nicepay.payment("1", &pay_no(0), "P-1")).code(), "5040000");
    ledger.execute_batch("COMMIT").unwrap();
    wait_for("the payment to be recorded", || (folder.payments().len() == 1).then_some(()));
    assert_eq!(ask(&server, &nicepay.payment("2", &pay_no(0), "P-1")).code(), "2000000");
    assert_eq!(folder.payments(), [(pay_no(0), "P-1".to_owned())]);
}
