//! Three instances behind HAProxy, on one PostgreSQL and one Redis. Nothing in the memory of one is needed by another.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use crate::alone;
use crate::bills::pay_no;
use crate::line::Line;
use crate::process::{Folder, Server, free_port, wait_for};
use crate::services::Service;
use crate::wire::{Connection, Nicepay};

const IDS: usize = 10_000;
const BILLS: usize = 1_000;
/// A bill that nobody pays.
const UNPAID: usize = 2 * BILLS;
/// Each with three lines. Every fourth caller has all of them to the balancer, the others one to each instance.
const CALLERS: usize = 16;

const GOOD: &str = "2000000";
const REUSED: &str = "4090000";
const PAID: &str = "4040014";

struct Cluster {
    instances: Vec<Server>,
    /// Where the balancer is.
    front: String,
    folder: Folder,
    _services: [Service; 3],
}

impl Cluster {
    fn start() -> Self {
        let (postgres, redis) = (Service::start("postgres", &["--fast"]), Service::start("redis", &[]));
        let folder = Folder::configured(postgres.url(), redis.url(), UNPAID + 1);
        let instances: Vec<_> = (0..3).map(|instance| serve(&folder, free_port(), instance)).collect();
        let addresses: Vec<_> = instances.iter().map(|server| server.address.as_str()).collect();
        let balancer = Service::start("haproxy", &addresses);
        let front = format!("127.0.0.1:{}", balancer.port("haproxy"));
        wait_for("the balancer to find an instance", || is_ready(&front).then_some(()));
        Self { instances, front, folder, _services: [postgres, redis, balancer] }
    }

    fn lines(&self, caller: usize) -> Vec<Line<'_>> {
        let balanced = caller % 4 == 3;
        let addresses = self.instances.iter().map(|server| if balanced { &self.front } else { &server.address });
        addresses.map(|address| Line::new(address, &self.front)).collect()
    }

    /// NICEPAY, with a token that the balancer has chosen an instance for. What it has signed is good for 300 s.
    fn nicepay(&self) -> Nicepay {
        Nicepay::at(&self.front, &self.folder.path("keys"))
    }

    /// Starts an instance again that was killed.
    fn restart(&mut self, instance: usize) {
        let port = self.instances[instance].address.rsplit_once(':').unwrap().1.parse().unwrap();
        self.instances[instance] = serve(&self.folder, port, instance);
    }
}

/// The clock of the last instance is behind.
fn serve(folder: &Folder, port: u16, instance: usize) -> Server {
    let library = late_clock();
    let late = [("LD_PRELOAD", library.to_str().unwrap()), ("FAKETIME", "-2s"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
    folder.serve_on(port, if instance == 2 { &late } else { &[] }, &[])
}

/// Debian's libfaketime.
fn late_clock() -> PathBuf {
    let libraries = std::fs::read_dir("/usr/lib").unwrap().flatten();
    let mut found = libraries.map(|folder| folder.path().join("faketime/libfaketime.so.1"));
    found.find(|library| library.exists()).expect("faketime is not installed: run tests/run")
}

fn is_ready(address: &str) -> bool {
    let ask = || Connection::open(address)?.send("GET /health/ready HTTP/1.1\r\nHost: nico\r\n\r\n");
    ask().is_ok_and(|answer| answer.status == 200)
}

/// What became of three requests that were fired at once: what each caller was told in the end, and whether his line
/// broke before that.
#[derive(Debug)]
struct Fired {
    number: usize,
    told: [String; 3],
    cut: [bool; 3],
}

impl Fired {
    /// How many were told this, at once or when they came again.
    fn count(&self, code: &str, cut: bool) -> usize {
        self.told.iter().zip(self.cut).filter(|(told, was_cut)| *told == code && *was_cut == cut).count()
    }

    fn cut(&self) -> usize {
        self.cut.iter().filter(|cut| **cut).count()
    }
}

/// Fires three requests for each number. In the middle of it an instance may be killed; whoever hears no answer then
/// comes again, through the balancer. A request is told the number, which of the three it is, and how often it was
/// tried before.
fn fire(
    cluster: &Cluster,
    numbers: Range<usize>,
    killed: Option<usize>,
    request: impl Fn(usize, usize, usize) -> String + Sync,
) -> Vec<Fired> {
    let (next, middle) = (AtomicUsize::new(numbers.start), numbers.start.midpoint(numbers.end));
    let call = |caller: usize| {
        let mut lines = cluster.lines(caller);
        let taken = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        let taken = taken.take_while(|number| *number < numbers.end);
        taken.map(|number| fire_one(&mut lines, number, &request)).collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let call = &call;
        let callers: Vec<_> = (0..CALLERS).map(|caller| scope.spawn(move || call(caller))).collect();
        if let Some(killed) = killed {
            wait_for("the middle", || (next.load(Ordering::Relaxed) >= middle).then_some(()));
            cluster.instances[killed].signal("KILL");
        }
        callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
    })
}

fn fire_one(lines: &mut [Line<'_>], number: usize, request: &impl Fn(usize, usize, usize) -> String) -> Fired {
    for (which, line) in lines.iter_mut().enumerate() {
        line.write(&request(number, which, 0));
    }
    let codes = [0, 1, 2].map(|which: usize| lines[which].read());
    let cut = [0, 1, 2].map(|which: usize| codes[which].is_none());
    let mut told = codes.map(Option::unwrap_or_default);
    for which in (0..3).filter(|which| cut[*which]) {
        let mut tried = 0;
        told[which] = wait_for("an answer through the balancer", || {
            tried += 1;
            lines[which].write(&request(number, which, tried));
            lines[which].read()
        });
    }
    Fired { number, told, cut }
}

/// Each id is fired thrice at once, at different instances. An inquiry that was cut comes again with a new id, as SNAP
/// demands.
fn fire_ids(cluster: &Cluster, ids: Range<usize>, killed: Option<usize>) {
    let (nicepay, begun, count) = (cluster.nicepay(), Instant::now(), ids.len());
    let fired = fire(cluster, ids, killed, |number, which, tried| {
        let id = if tried == 0 { number.to_string() } else { format!("{number}-{which}-{tried}") };
        nicepay.inquiry(&id, &pay_no(UNPAID))
    });
    let (mut accepted, mut refused, mut cut) = (0, 0, 0);
    for id in &fired {
        let (good, reused) = (id.count(GOOD, false), id.count(REUSED, false));
        assert_eq!(good + reused + id.count(GOOD, true), 3, "{id:?}");
        // Where nobody hears that he is accepted, the answer was lost that said so: the others were refused.
        assert!(good == 1 || (good == 0 && id.cut() > 0), "{id:?}");
        (accepted, refused, cut) = (accepted + good, refused + reused, cut + id.cut());
    }
    println!("{count} ids fired thrice: {accepted} accepted, {refused} refused, {cut} cut, in {:.1?}", begun.elapsed());
    assert_eq!(fired.len(), count);
    assert_eq!(cut > 0, killed.is_some(), "an instance that dies is noticed, and no other is");
    assert!(killed.is_some() || (accepted, refused) == (count, 2 * count), "{accepted} accepted");
}

/// Each bill is paid by three rivals at once, at different instances. A payment that was cut is told again, under a new
/// X-EXTERNAL-ID. The number of each bill, and which paymentRequestId was acknowledged.
fn fire_bills(cluster: &Cluster, bills: Range<usize>, killed: Option<usize>) -> BTreeSet<(String, String)> {
    let (nicepay, begun) = (cluster.nicepay(), Instant::now());
    let request_id = |bill: usize, which: usize| format!("P-{bill}-{which}");
    let fired = fire(cluster, bills.clone(), killed, |bill, which, tried| {
        nicepay.payment(&format!("{bill}-{which}-{tried}"), &pay_no(bill), &request_id(bill, which))
    });
    let cut: usize = fired.iter().map(Fired::cut).sum();
    let (count, took) = (bills.len(), begun.elapsed());
    println!("{count} bills paid thrice: {} told of, {cut} cut, in {took:.1?}", fired.len());
    assert_eq!(cut > 0, killed.is_some(), "an instance that dies is noticed, and no other is");
    let acknowledged = |bill: &Fired| {
        let good = bill.told.iter().position(|code| code == GOOD).unwrap_or_else(|| panic!("{bill:?}"));
        let paid = bill.told.iter().filter(|code| *code == PAID).count();
        assert_eq!(paid, 2, "{bill:?}");
        (pay_no(bill.number), request_id(bill.number, good))
    };
    fired.iter().map(acknowledged).collect()
}

/// A token of each instance, shown to all the others at once.
fn every_token_is_good_everywhere(cluster: &Cluster) {
    for maker in 0..3 {
        let nicepay = cluster.folder.nicepay(&cluster.instances[maker]);
        for (reader, server) in cluster.instances.iter().enumerate() {
            let request = nicepay.inquiry(&format!("T-{maker}-{reader}"), &pay_no(UNPAID));
            let answer = Connection::open(&server.address).unwrap().send(&request).unwrap();
            assert_eq!(answer.code(), GOOD, "made by {maker}, shown to {reader}");
        }
    }
}

#[test]
fn three_instances_accept_an_id_once_and_record_a_bill_once() {
    let _alone = alone();
    let mut cluster = Cluster::start();
    every_token_is_good_everywhere(&cluster);
    fire_ids(&cluster, 0..IDS, None);
    let mut acknowledged = fire_bills(&cluster, 0..BILLS, None);
    fire_ids(&cluster, IDS..2 * IDS, Some(1));
    cluster.restart(1);
    acknowledged.append(&mut fire_bills(&cluster, BILLS..2 * BILLS, Some(2)));

    let recorded = cluster.folder.payments();
    println!("{} payments are recorded", recorded.len());
    assert_eq!(recorded.len(), 2 * BILLS);
    assert_eq!(recorded.into_iter().collect::<BTreeSet<_>>(), acknowledged);
    let paid: BTreeSet<_> = acknowledged.into_iter().map(|(pay_no, _)| pay_no).collect();
    assert_eq!(paid, (0..2 * BILLS).map(pay_no).collect::<BTreeSet<_>>(), "each bill once");
}
