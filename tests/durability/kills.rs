//! `kill -9` in the middle of paying: no acknowledged payment is missing, none is there twice.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::process::{Folder, free_port};
use crate::wire::{Connection, Nicepay};
use crate::{alone, ask, pay_no};

const BILLS: usize = 20_000;
const PAYERS: usize = 16;
const KILLS: usize = 20;
/// How long it may take from the kill to the next answer.
const READY_WITHIN: Duration = Duration::from_secs(2);
/// Whoever waits so long waits in vain.
const PATIENCE: Duration = Duration::from_secs(60);

/// Numbers that look random and are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound).unwrap()
    }
}

/// What payers and killer share.
struct Paying {
    address: String,
    /// The next bill that nobody has tried to pay.
    next: AtomicUsize,
    progress: Mutex<Progress>,
    changed: Condvar,
}

#[derive(Default)]
struct Progress {
    /// The bills whose payment was answered with 2000000.
    acknowledged: Vec<usize>,
    /// How often the server was started, and the caller of its latest life.
    lives: usize,
    nicepay: Option<Nicepay>,
    over: bool,
}

impl Paying {
    /// Waits until `ready` yields something.
    fn wait<T>(&self, mut ready: impl FnMut(&Progress) -> Option<T>) -> T {
        let progress = self.progress.lock().unwrap();
        let waits = |progress: &mut Progress| ready(progress).is_none();
        let (progress, waited) = self.changed.wait_timeout_while(progress, PATIENCE, waits).unwrap();
        assert!(!waited.timed_out(), "nothing was paid, or the server did not come back");
        ready(&progress).unwrap()
    }

    fn change(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.progress.lock().unwrap());
        self.changed.notify_all();
    }

    /// Pays one bill after the other; when the line is cut, the bill in hand stays in doubt and the next life counts.
    fn pay(&self) {
        let mut lived = 0;
        loop {
            let newer = |progress: &Progress| {
                let newer = progress.lives > lived;
                (newer || progress.over).then(|| progress.nicepay.clone().filter(|_| newer && !progress.over))
            };
            let Some(nicepay) = self.wait(newer) else { return };
            lived = self.wait(|progress| Some(progress.lives));
            let Ok(mut connection) = Connection::open(&self.address) else { continue };
            while !self.wait(|progress| Some(progress.over)) {
                let bill = self.next.fetch_add(1, Ordering::Relaxed);
                assert!(bill < BILLS, "more bills are needed");
                let request = nicepay.payment(&format!("X-{bill}"), &pay_no(bill), &format!("P-{bill}"));
                let Ok(answer) = connection.send(&request) else { break };
                assert_eq!(answer.code(), "2000000", "bill {bill}");
                self.change(|progress| progress.acknowledged.push(bill));
            }
        }
    }
}

/// Kills and starts again while the payers pay; how long the server took to come back, the longest of all times.
fn kill_often(folder: &Folder, paying: &Paying, port: u16) -> Duration {
    let (mut random, mut longest) = (Random(0x4E49_434F), Duration::ZERO);
    let mut server = folder.serve_on(port, &[], &[]);
    for kill in 0..=KILLS {
        let nicepay = folder.nicepay(&server);
        let mut begun = 0;
        paying.change(|progress| {
            progress.lives += 1;
            progress.nicepay = Some(nicepay);
            begun = progress.acknowledged.len();
        });
        // Others read and write beside the server, and neither hinders the other.
        folder.payments();
        folder.import_bills(BILLS + kill * 500, 500);
        let goal = begun + 1 + random.below(200);
        paying.wait(|progress| (progress.acknowledged.len() >= goal).then_some(()));
        if kill < KILLS {
            let killed = Instant::now();
            server.kill();
            server = folder.serve_on(port, &[], &[]);
            longest = longest.max(killed.elapsed());
        }
    }
    paying.change(|progress| progress.over = true);
    // The payers' last requests are answered by this last server.
    assert_eq!(server.stop(), Some(0));
    longest
}

#[test]
fn twenty_kills_in_the_middle_of_paying_lose_and_double_nothing() {
    let _alone = alone();
    let (folder, port) = (Folder::with_bills(BILLS), free_port());
    let paying = Paying {
        address: format!("127.0.0.1:{port}"),
        next: AtomicUsize::new(0),
        progress: Mutex::default(),
        changed: Condvar::new(),
    };
    let longest = thread::scope(|scope| {
        for _ in 0..PAYERS {
            scope.spawn(|| paying.pay());
        }
        kill_often(&folder, &paying, port)
    });
    let (acknowledged, tried) = (paying.progress.into_inner().unwrap().acknowledged, paying.next.into_inner());
    println!("{tried} bills tried, {} acknowledged; ready again after at most {longest:?}", acknowledged.len());
    assert!(longest <= READY_WITHIN, "{longest:?}");
    assert!(tried >= acknowledged.len() && tried < acknowledged.len() + (KILLS + 1) * PAYERS);

    let listed = folder.payments();
    let once: BTreeSet<_> = listed.iter().cloned().collect();
    assert_eq!(once.len(), listed.len(), "none is there twice");
    let payment = |bill: usize| (pay_no(bill), format!("P-{bill}"));
    let lost: Vec<_> = acknowledged.into_iter().filter(|bill| !once.contains(&payment(*bill))).collect();
    assert_eq!(lost, [] as [usize; 0], "acknowledged, and missing");
    retried(&folder, port, tried, &listed);
}

/// Every bill that was tried, told of once more with its request id: all are acknowledged, what was recorded stays as
/// it was, and what was in doubt is recorded now.
fn retried(folder: &Folder, port: u16, tried: usize, listed: &[(String, String)]) {
    let server = folder.serve_on(port, &[], &[]);
    let nicepay = folder.nicepay(&server);
    let mut connection = Connection::open(&server.address).unwrap();
    for bill in 0..tried {
        let request = nicepay.payment(&format!("Y-{bill}"), &pay_no(bill), &format!("P-{bill}"));
        assert_eq!(connection.send(&request).unwrap().code(), "2000000", "bill {bill}");
    }
    let after = folder.payments();
    assert_eq!(after[..listed.len()], *listed);
    let expected: BTreeSet<_> = (0..tried).map(|bill| (pay_no(bill), format!("P-{bill}"))).collect();
    assert_eq!((after.len(), after.into_iter().collect()), (tried, expected));
    assert_eq!(ask(&server, &nicepay.inquiry("Z-1", &pay_no(0))).code(), "4040014");
    for file in ["data/nico.db", "data/ids.db"] {
        let database = rusqlite::Connection::open(folder.path(file)).unwrap();
        let checked = database.query_row("PRAGMA integrity_check", (), |row| row.get::<_, String>(0));
        assert_eq!(checked.unwrap(), "ok", "{file}");
    }
    // What the shop is to be told, and what its orders say, were written together with each payment.
    let database = rusqlite::Connection::open(folder.path("data/nico.db")).unwrap();
    let count = |sql: &str| database.query_row(sql, (), |row| row.get::<_, isize>(0)).unwrap();
    let tried = isize::try_from(tried).unwrap();
    assert_eq!(count("SELECT COUNT(DISTINCT reference_no) FROM events"), tried);
    assert_eq!(count("SELECT COUNT(*) FROM events"), tried);
    assert_eq!(count("SELECT COUNT(*) FROM orders WHERE status = 'paid'"), tried);
}
