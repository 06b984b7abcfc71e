//! Sixty-four at once.

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::thread;

use crate::process::{Folder, Server};
use crate::wire::Connection;
use crate::{alone, pay_no};

const CALLERS: usize = 64;

/// In each round all callers send at once, each over a connection that it keeps; how often each code was answered.
fn rounds(
    server: &Server,
    count: usize,
    request: impl Fn(usize, usize) -> String + Sync,
) -> Vec<BTreeMap<String, usize>> {
    let start = Barrier::new(CALLERS);
    let call = |caller: usize| {
        let mut connection = Connection::open(&server.address).unwrap();
        let mut round = |round: usize| {
            let request = request(round, caller);
            start.wait();
            connection.send(&request).unwrap().code()
        };
        (0..count).map(&mut round).collect::<Vec<_>>()
    };
    let mut codes = vec![BTreeMap::new(); count];
    thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS).map(|caller| scope.spawn(move || call(caller))).collect();
        for answered in callers {
            for (round, code) in answered.join().unwrap().into_iter().enumerate() {
                *codes[round].entry(code).or_insert(0) += 1;
            }
        }
    });
    codes
}

fn one_and(others: &str) -> BTreeMap<String, usize> {
    BTreeMap::from([("2000000".to_owned(), 1), (others.to_owned(), CALLERS - 1)])
}

#[test]
fn of_64_callers_with_one_id_one_is_answered() {
    let _alone = alone();
    let folder = Folder::with_bills(1);
    let server = folder.serve(&[], &[]);
    let nicepay = folder.nicepay(&server);
    let codes = rounds(&server, 100, |round, _| nicepay.inquiry(&format!("R-{round}"), &pay_no(0)));
    assert_eq!(codes, vec![one_and("4090000"); 100]);
}

#[test]
fn of_64_payments_of_one_bill_one_is_acknowledged() {
    let _alone = alone();
    let folder = Folder::with_bills(10);
    let server = folder.serve(&[], &[]);
    let nicepay = folder.nicepay(&server);
    let codes = rounds(&server, 10, |bill, caller| {
        let id = format!("{bill}-{caller}");
        nicepay.payment(&id, &pay_no(bill), &id)
    });
    assert_eq!(codes, vec![one_and("4040014"); 10]);
    let mut paid: Vec<String> = folder.payments().into_iter().map(|(pay_no, _)| pay_no).collect();
    paid.sort();
    assert_eq!(paid, (0..10).map(pay_no).collect::<Vec<_>>(), "each bill is listed once");
}

/// A store that tells of one payment many times at once is told each time that it was taken.
#[test]
fn of_64_equal_payments_all_are_acknowledged_and_one_is_recorded() {
    let _alone = alone();
    let folder = Folder::with_bills(10);
    let server = folder.serve(&[], &[]);
    let nicepay = folder.nicepay(&server);
    // With ids of their own, and with one for all of them.
    for (first, own) in [(0, true), (5, false)] {
        let codes = rounds(&server, 5, |round, caller| {
            let id = if own { format!("{round}-{caller}") } else { format!("{round}-all") };
            nicepay.payment(&id, &pay_no(first + round), &format!("P-{}", first + round))
        });
        for (round, codes) in codes.into_iter().enumerate() {
            // A twin that overtakes the first of one X-EXTERNAL-ID finds no payment yet, only a used id.
            let good = codes.keys().all(|code| code == "2000000" || (!own && code == "4090000"));
            assert!(good && codes["2000000"] >= 1, "round {round}: {codes:?}");
        }
    }
    let mut listed = folder.payments();
    listed.sort();
    let expected: Vec<_> = (0..10).map(|bill| (pay_no(bill), format!("P-{bill}"))).collect();
    assert_eq!(listed, expected);
}
