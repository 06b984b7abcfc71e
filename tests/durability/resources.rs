//! What a caller who dawdles may take from us, and what we take from the machine.

use std::fs;
use std::time::Instant;

use crate::process::Folder;
use crate::wire::Connection;
use crate::{alone, ask, pay_no};

const SLOW: usize = 300;

/// A server that waits for ever would be found out by the patience of the one who reads, which is 30 s.
#[test]
fn bodies_that_do_not_come_are_cut_and_others_are_answered() {
    let _alone = alone();
    let folder = Folder::with_bills(1);
    let server = folder.serve(&[("NICO__LIMITS__DEADLINE_SECONDS", "3")], &[]);
    let nicepay = folder.nicepay(&server);
    let whole = nicepay.inquiry("slow", &pay_no(0));
    let half = &whole[..whole.len() - 60];
    let begin = || {
        let mut connection = Connection::open(&server.address).unwrap();
        connection.write(half).unwrap();
        connection
    };
    let mut slow: Vec<_> = (0..SLOW).map(|_| begin()).collect();
    let sent = Instant::now();
    for call in 0..10 {
        assert_eq!(ask(&server, &nicepay.inquiry(&format!("quick-{call}"), &pay_no(0))).code(), "2000000");
    }
    println!("beside {SLOW} slow bodies 10 calls took {:?}", sent.elapsed());
    for connection in &mut slow {
        assert_eq!(connection.read().unwrap().code(), "5040000");
    }
    println!("the slow ones were answered after {:?}", sent.elapsed());
    for connection in &mut slow {
        assert!(connection.read().is_err(), "the connection stays open for more of the body");
    }
    assert_eq!(ask(&server, &whole).code(), "2000000", "a body that did not come has burnt no id");
}

#[test]
fn a_server_at_rest_is_small() {
    let _alone = alone();
    let folder = Folder::with_bills(1);
    let server = folder.serve(&[], &[]);
    let nicepay = folder.nicepay(&server);
    assert_eq!(ask(&server, &nicepay.inquiry("1", &pay_no(0))).code(), "2000000");
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    // An unoptimised binary is larger, and its pages count.
    let (build, most) = if cfg!(debug_assertions) { ("debug", 40_000) } else { ("release", 20_000) };
    println!("a {build} build at rest takes {kilobytes} kB of memory");
    assert!(kilobytes <= most, "{kilobytes} kB");
}

/// Somebody reads a long report, or a backup is made: payments do not wait for it.
#[test]
fn whoever_reads_the_database_for_long_does_not_hold_up_a_payment() {
    let _alone = alone();
    let folder = Folder::with_bills(2);
    let server = folder.serve(&[], &[]);
    let nicepay = folder.nicepay(&server);
    let report = rusqlite::Connection::open(folder.path("data/nico.db")).unwrap();
    let unpaid = "SELECT COUNT(*) FROM orders WHERE status = 'unpaid'";
    let count = || report.query_row(unpaid, (), |row| row.get::<_, u32>(0)).unwrap();
    report.execute_batch("BEGIN").unwrap();
    assert_eq!(count(), 2);
    for bill in 0..2 {
        let id = format!("P-{bill}");
        assert_eq!(ask(&server, &nicepay.payment(&id, &pay_no(bill), &id)).code(), "2000000");
    }
    assert_eq!(count(), 2, "the report sees what it began with");
    report.execute_batch("COMMIT").unwrap();
    assert_eq!(count(), 0);
}
