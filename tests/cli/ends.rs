//! How a server ends: it finishes what it has begun.

use std::time::{Duration, Instant};

use crate::process::{Folder, Server, wait_for};
use crate::wire::{Connection, Nicepay};

/// Tells it to stop, and waits until it takes no new connection.
fn told_to_stop(server: &Server) {
    server.signal("TERM");
    wait_for("the server to close its door", || Connection::open(&server.address).is_err().then_some(()));
}

#[test]
fn a_request_whose_body_is_still_on_its_way_is_answered() {
    let folder = Folder::with_keys();
    let server = folder.serve(&[], &[]);
    let request = Nicepay::at(&server.address, &folder.path("keys")).inquiry("1", "701589101110");
    let (begun, rest) = request.split_at(request.len() - 40);
    let mut connection = Connection::open(&server.address).unwrap();
    connection.write(begun).unwrap();
    wait_for("the server to read it", || connection.read_by_server());
    told_to_stop(&server);
    // The framework looks once a second whether it may go; this caller needs longer, but less than the deadline.
    let stopped = Instant::now();
    wait_for("the slow caller", || (stopped.elapsed() > Duration::from_millis(1_500)).then_some(()));
    connection.write(rest).unwrap();
    assert_eq!(connection.read().unwrap().code(), "2000000");
    assert_eq!(server.ended(), Some(0));
}

/// Who presses Ctrl-C sits before it and does not want to wait.
#[test]
fn ctrl_c_ends_it_too() {
    let folder = Folder::with_keys();
    let server = folder.serve(&[], &[]);
    server.signal("INT");
    assert_eq!(server.ended(), Some(0));
}

#[test]
fn a_payment_that_waits_for_the_disk_is_recorded_and_acknowledged() {
    let folder = Folder::with_keys();
    let server = folder.serve(&[], &[]);
    let request = Nicepay::at(&server.address, &folder.path("keys")).payment("1", "701589101110", "P-1");
    let lock = rusqlite::Connection::open(folder.path("data/nico.db")).unwrap();
    let ids = rusqlite::Connection::open(folder.path("data/ids.db")).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut connection = Connection::open(&server.address).unwrap();
    connection.write(&request).unwrap();
    let claimed = || ids.query_row("SELECT 1 FROM external_ids", (), |_| Ok(())).ok();
    wait_for("the payment to pass the gate", claimed);
    told_to_stop(&server);
    lock.execute_batch("COMMIT").unwrap();
    assert_eq!(connection.read().unwrap().code(), "2000000");
    assert_eq!(server.ended(), Some(0));
    assert_eq!(folder.nico(&["payment", "list"]).good().lines().count(), 1);
}

#[test]
fn a_caller_who_stays_connected_does_not_keep_it_alive() {
    let folder = Folder::with_keys();
    let server = folder.serve(&[], &[]);
    let mut idle = Connection::open(&server.address).unwrap();
    assert_eq!(idle.send("GET /health/live HTTP/1.1\r\nHost: nico\r\n\r\n").unwrap().status, 200);
    assert_eq!(server.stop(), Some(0));
}
