//! A steady load of signed requests, and what is checked of each answer.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bills::pay_no;
use crate::process::{Folder, Server, wait_for};
use crate::wire::{Answer, Connection, Nicepay};

const CALLERS: usize = 16;
/// What the server is given.
pub(crate) const DEADLINE: Duration = Duration::from_secs(2);
/// How long after its deadline an answer may still come.
const GRACE: Duration = Duration::from_millis(500);
/// How long after an engine's return all must be well.
const RECOVERY: Duration = Duration::from_secs(2);

const GOOD: &str = "2000000";
const REUSED: &str = "4090000";
const PAID: &str = "4040014";
/// What may be said while a store fails.
const FAILED: [&str; 2] = ["5000000", "5040000"];

#[derive(Debug, Clone, Copy)]
enum Request {
    Inquiry {
        id: usize,
    },
    /// Two rivals pay each bill, each with its own paymentRequestId.
    Payment {
        bill: usize,
        rival: usize,
    },
}

struct Answered {
    request: Request,
    code: String,
    sent: Instant,
    took: Duration,
}

impl Answered {
    fn is_failed(&self) -> bool {
        FAILED.contains(&self.code.as_str())
    }
}

/// Callers that send one request after the other until it is over.
pub(crate) struct Load<'a> {
    server: &'a Server,
    nicepay: Nicepay,
    bills: Range<usize>,
    next: AtomicUsize,
    over: AtomicBool,
    /// When the engine was there again.
    back: OnceLock<Instant>,
    /// How many answers were good, and how many of these to requests that were sent when all had to be well again.
    good: AtomicUsize,
    well: AtomicUsize,
}

impl<'a> Load<'a> {
    /// Pays these bills; the one behind them is asked for and never paid.
    pub(crate) fn new(server: &'a Server, nicepay: Nicepay, bills: Range<usize>) -> Self {
        let (next, good, well) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        Self { server, nicepay, bills, next, over: AtomicBool::new(false), back: OnceLock::new(), good, well }
    }

    /// Runs callers beside `events`; what they were answered.
    pub(crate) fn beside(&self, events: impl FnOnce()) -> Answers {
        thread::scope(|scope| {
            let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(|| self.call())).collect();
            events();
            self.over.store(true, Ordering::Relaxed);
            let all = callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect();
            Answers { all, back: *self.back.get().unwrap() }
        })
    }

    /// Waits until so many answers were good.
    pub(crate) fn wait_for_good(&self, count: usize) {
        wait_for("good answers", || (self.good.load(Ordering::Relaxed) >= count).then_some(()));
    }

    /// The engine is there again: waits until so many requests were answered well that were sent when all had to be.
    pub(crate) fn is_back(&self, since: Instant, count: usize) {
        self.back.set(since).unwrap();
        wait_for("answers after the return", || (self.well.load(Ordering::Relaxed) >= count).then_some(()));
    }

    fn call(&self) -> Vec<Answered> {
        let mut connection = Connection::open(&self.server.address).unwrap();
        let mut answers = Vec::new();
        while !self.over.load(Ordering::Relaxed) {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let request = self.request(number);
            let text = self.text(number, request);
            let sent = Instant::now();
            let answer = connection.send(&text).unwrap();
            let answered = Answered { request, sent, took: sent.elapsed(), code: code(request, &answer) };
            if !answered.is_failed() {
                let is_late = self.back.get().is_some_and(|back| sent > *back + RECOVERY);
                self.good.fetch_add(1, Ordering::Relaxed);
                self.well.fetch_add(usize::from(is_late), Ordering::Relaxed);
            }
            answers.push(answered);
        }
        answers
    }

    /// Of six inquiries four have new ids, and two have used ones: used just now, perhaps by a request that is still at
    /// work, or long ago. Two payments are rivals for one bill.
    fn request(&self, number: usize) -> Request {
        match number % 8 {
            0..=3 => Request::Inquiry { id: number },
            4 => Request::Inquiry { id: number - 1 },
            5 => Request::Inquiry { id: number / 16 * 8 },
            place => Request::Payment { bill: self.bills.start + number / 8 % self.bills.len(), rival: place - 6 },
        }
    }

    fn text(&self, number: usize, request: Request) -> String {
        let run = self.bills.start;
        match request {
            Request::Inquiry { id } => self.nicepay.inquiry(&format!("{run}-I-{id}"), &pay_no(self.bills.end)),
            Request::Payment { bill, rival } => {
                self.nicepay.payment(&format!("{run}-P-{number}"), &pay_no(bill), &request_id(bill, rival))
            }
        }
    }

    /// Every bill that was tried is told of again by both rivals: one is acknowledged, and it is the one that was
    /// before. Then each bill is in the ledger once, with that one's id.
    pub(crate) fn settle(&self, folder: &Folder, answers: &Answers) {
        let acknowledged = answers.acknowledged();
        let before: BTreeSet<_> = folder.payments().into_iter().collect();
        let lost: Vec<_> = acknowledged.iter().filter(|paid| !before.contains(&payment(**paid))).collect();
        assert!(lost.is_empty(), "acknowledged, and missing: {lost:?}");
        let mut connection = Connection::open(&self.server.address).unwrap();
        let mut winners = BTreeSet::new();
        for (bill, rival) in answers.tried() {
            let id = format!("{}-S-{bill}-{rival}", self.bills.start);
            let request = self.nicepay.payment(&id, &pay_no(bill), &request_id(bill, rival));
            match connection.send(&request).unwrap().code().as_str() {
                GOOD => drop(winners.insert((bill, rival))),
                code => assert_eq!(code, PAID, "bill {bill}"),
            }
        }
        assert!(acknowledged.is_subset(&winners), "acknowledged, and refused later");
        let bills: BTreeSet<_> = winners.iter().map(|(bill, _)| *bill).collect();
        assert_eq!(bills.len(), winners.len(), "no bill is acknowledged to two");
        let mine =
            |(pay_no, _): &(String, String)| self.bills.clone().any(|bill| *pay_no == crate::bills::pay_no(bill));
        let recorded: Vec<_> = folder.payments().into_iter().filter(mine).collect();
        assert_eq!(recorded.len(), winners.len(), "each is recorded once");
        assert_eq!(recorded.into_iter().collect::<BTreeSet<_>>(), winners.into_iter().map(payment).collect());
    }
}

fn request_id(bill: usize, rival: usize) -> String {
    format!("P-{bill}-{rival}")
}

/// As it is listed.
fn payment((bill, rival): (usize, usize)) -> (String, String) {
    (pay_no(bill), request_id(bill, rival))
}

/// The code of an answer, which must be SNAP's and say nothing besides when it is a refusal.
fn code(request: Request, answer: &Answer) -> String {
    let code = answer.code();
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let refused = match request {
        Request::Inquiry { .. } => REUSED,
        Request::Payment { .. } => PAID,
    };
    if code != GOOD {
        let known = code == refused || FAILED.contains(&code.as_str());
        assert!(known && body.as_object().unwrap().len() == 2 && body["responseMessage"].is_string(), "{answer:?}");
    }
    code
}

/// All that was answered.
pub(crate) struct Answers {
    all: Vec<Answered>,
    back: Instant,
}

impl Answers {
    /// Fails when an id was not accepted once, an answer was late, or the service was not back in time; tells the figures.
    pub(crate) fn judge(&self) -> String {
        self.judge_ids();
        let mut codes = BTreeMap::new();
        for answered in &self.all {
            *codes.entry(answered.code.as_str()).or_insert(0) += 1;
        }
        let slowest = self.all.iter().map(|answered| answered.took).max().unwrap();
        assert!(slowest <= DEADLINE + GRACE, "an answer took {slowest:?}");
        let failed = self.all.iter().filter(|answered| answered.is_failed() && answered.sent > self.back);
        let last = failed.map(|failed| failed.sent + failed.took - self.back).max().unwrap_or_default();
        assert!(last <= RECOVERY, "the last that failed was answered {last:?} after the engine's return");
        format!("{codes:?}, the slowest after {slowest:.2?}; the last failure {last:.2?} after the return")
    }

    /// Where no answer to an id was a failure, one was that it is accepted; and never was it more.
    fn judge_ids(&self) {
        let mut answers: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for answered in &self.all {
            if let Request::Inquiry { id } = answered.request {
                answers.entry(id).or_default().push(&answered.code);
            }
        }
        for (id, codes) in answers {
            let count = |code: &str| codes.iter().filter(|answered| **answered == code).count();
            let failed: usize = FAILED.into_iter().map(count).sum();
            assert!(count(GOOD) == 1 || (count(GOOD) == 0 && failed > 0), "id {id}: {codes:?}");
        }
    }

    /// The bill and the rival of each payment.
    fn payments(&self) -> impl Iterator<Item = ((usize, usize), &str)> {
        self.all.iter().filter_map(|answered| match answered.request {
            Request::Payment { bill, rival } => Some(((bill, rival), answered.code.as_str())),
            Request::Inquiry { .. } => None,
        })
    }

    fn tried(&self) -> BTreeSet<(usize, usize)> {
        self.payments().map(|(payment, _)| payment).collect()
    }

    fn acknowledged(&self) -> BTreeSet<(usize, usize)> {
        self.payments().filter(|(_, code)| *code == GOOD).map(|(payment, _)| payment).collect()
    }
}
