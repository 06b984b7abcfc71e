//! What is secret or personal is masked before anybody sees it. This works on the text and not on parsed JSON, for
//! evidence may be a page of HTML, a form, or JSON that is cut off.

use crate::order::PayNo;
use crate::simulator::exchange::{Answer, Exchange, Sent};

/// What is masked wherever it stands, and by what.
#[derive(Debug, Default)]
pub(super) struct Mask {
    known: Vec<(String, String)>,
}

impl Mask {
    /// One that knows these numbers.
    pub(super) fn new<'p>(pay_nos: impl Iterator<Item = &'p PayNo>) -> Self {
        Self { known: pay_nos.map(|pay_no| (pay_no.as_str().to_owned(), pay_no.masked())).collect() }
    }

    /// Remembers what of an exchange must not be seen anywhere.
    pub(super) fn learn(&mut self, exchange: &Exchange) {
        let mut found = Vec::new();
        let bearer = exchange.request.header("Authorization").and_then(|value| value.split_once(' '));
        found.extend(bearer.map(|(_, token)| token.trim_matches('"').to_owned()));
        if let Some(answer) = exchange.answered() {
            // No more of it than is shown.
            values(shown_of(&answer.body), |_, value| found.push(value.to_owned()));
        }
        for text in found {
            let is_new = || !self.known.iter().any(|(known, _)| *known == text);
            if self.known.len() < MOST_KNOWN && text.chars().count() >= SHORTEST && is_new() {
                let masked = masked(&text);
                self.known.push((text, masked));
            }
        }
        // The longest first, so that nothing is left of a text in which another stands.
        self.known.sort_by_key(|(known, _)| std::cmp::Reverse(known.len()));
    }

    /// The exchange as it may be shown.
    pub(super) fn exchange(&self, exchange: &Exchange) -> Exchange {
        let request = &exchange.request;
        // A signature is masked where it was made and where it is given back; no other exchange has it.
        let signature = request.header("X-SIGNATURE").filter(|text| text.len() >= SHORTEST).map(str::to_owned);
        let own = |text: String| match &signature {
            Some(signature) => text.replace(signature, &masked(signature)),
            None => text,
        };
        let headers = |headers: &[(String, String)]| {
            headers.iter().map(|(name, value)| (name.clone(), own(self.text(value)))).collect::<Vec<_>>()
        };
        Exchange {
            request: Sent { headers: headers(&request.headers), body: self.body(&request.body), ..request.clone() },
            string_to_sign: exchange.string_to_sign.as_deref().map(|text| self.text(text)),
            answer: exchange.answer.as_ref().map_err(|trouble| *trouble).map(|answer| Answer {
                status: answer.status,
                headers: headers(&answer.headers),
                body: own(self.body(&answer.body)),
            }),
            ..exchange.clone()
        }
    }

    /// A text in which nothing known is left.
    pub(super) fn text(&self, text: &str) -> String {
        self.known.iter().fold(text.to_owned(), |text, (known, masked)| text.replace(known, masked))
    }

    fn body(&self, whole: &str) -> String {
        let body = shown_of(whole);
        let mut shown = String::new();
        let mut from = 0;
        values(body, |at, value| {
            shown.push_str(&body[from..at]);
            shown.push_str(&masked(value));
            from = at + value.len();
        });
        shown.push_str(&body[from..]);
        let shown = self.text(&shown);
        let kept = beginning(&shown, MOST_SHOWN);
        if kept.len() == shown.len() {
            return shown;
        }
        format!("{kept}… ({} characters in all)", whole.chars().count())
    }
}

/// Somewhat more than is shown, so that nothing is cut before it is masked.
fn shown_of(body: &str) -> &str {
    beginning(body, MOST_SHOWN + LONGEST_MASKED)
}

/// The first so many characters.
fn beginning(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or(text, |(end, _)| &text[..end])
}

/// The values of secret and personal members in what may be JSON, with where each begins.
fn values<'b>(body: &'b str, mut found: impl FnMut(usize, &'b str)) {
    let mut at = 0;
    while let Some(place) = body[at..].find('"').map(|place| at + place + 1) {
        let end = end_of_text(body, place);
        let (name, after) = (&body[place..end], body.get(end + 1..).unwrap_or_default());
        at = (end + 1).min(body.len());
        let value = after.trim_start().strip_prefix(':').map(str::trim_start);
        let Some(value) = value.filter(|_| MASKED.iter().any(|masked| masked.eq_ignore_ascii_case(name))) else {
            continue;
        };
        let begin = body.len() - value.len();
        let (begin, end) = match value.strip_prefix('"') {
            Some(_) => (begin + 1, end_of_text(body, begin + 1)),
            None => (begin, begin + value.find([',', '}', ']']).unwrap_or(value.len())),
        };
        if !matches!(&body[begin..end], "" | "null") {
            found(begin, &body[begin..end]);
        }
        at = end.saturating_add(1).min(body.len());
        if !body.is_char_boundary(at) {
            at = body.len();
        }
    }
}

/// Where the text that begins at `begin` ends: at its quote, or with the body.
fn end_of_text(body: &str, begin: usize) -> usize {
    let mut escaped = false;
    for (place, byte) in body.bytes().enumerate().skip(begin) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return place,
            _ => {}
        }
    }
    body.len()
}

/// Some of the beginning and of the end, for whoever knows the text to know it again.
fn masked(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let kept = match chars.len() {
        0..8 => 0,
        8..16 => 2,
        _ => 4,
    };
    let (first, last): (String, String) =
        (chars[..kept].iter().collect(), chars[chars.len() - kept..].iter().collect());
    if chars.len() > 40 {
        return format!("{first}…{last} ({} characters)", chars.len());
    }
    format!("{first}{}{last}", "*".repeat(chars.len() - 2 * kept))
}

/// Members whose values are secret or personal.
const MASKED: [&str; 12] = [
    "accessToken",
    "payNo",
    "customerNo",
    "virtualAccountNo",
    "payNoName",
    "payNoPhone",
    "payNoEmail",
    "signature",
    "customerName",
    "virtualAccountName",
    "virtualAccountPhone",
    "virtualAccountEmail",
];
/// A shorter text stands in others by chance.
const SHORTEST: usize = 6;
/// More than a proper endpoint has tokens, names and numbers to tell. One that tells no end of them is looked through
/// for these everywhere, and must not make the run last for ever; where it told the others, they are masked all the same.
const MOST_KNOWN: usize = 500;
/// A body is shown up to here.
const MOST_SHOWN: usize = 4000;
/// No token and no name is longer.
const LONGEST_MASKED: usize = 2000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::exchange::Direction;

    #[test]
    fn nothing_personal_is_left_whatever_the_form() {
        let mask = Mask::new([PayNo::parse("701589101110").unwrap()].iter());
        for body in [
            r#"{"payNo":"701589101110","payNoName":"Siti Aisyah","payNoPhone" : "081234567890","a":{"payNoEmail":"siti@example.com"}}"#,
            "{\n \"PAYNONAME\"\n:\n\"Siti \\\" Aisyah\", \"payNoPhone\": 81234567890, \"payNoEmail\":\"siti@example.com",
            "<p>701589101110</p>",
        ] {
            let shown = mask.body(body);
            for personal in ["701589101110", "Aisyah", "1234567890", "siti@example"] {
                assert!(!shown.contains(personal), "{personal} stands in {shown}");
            }
        }
        assert_eq!(mask.body(r#"{"payNo":null,"x":"y"}"#), r#"{"payNo":null,"x":"y"}"#);
        assert_eq!(mask.body("é\"payNo\":\"é"), "é\"payNo\":\"*");
    }

    #[test]
    fn who_tells_no_end_of_numbers_is_not_listened_to_for_ever() {
        let mut mask = Mask::default();
        for round in 0..10 {
            let told: Vec<_> = (0..40_000).map(|n| format!(r#"{{"payNo":"{round}{n:011}"}}"#)).collect();
            let exchange = answered(&told.join(","));
            mask.learn(&exchange);
            let shown = mask.exchange(&exchange).answer.unwrap().body;
            assert!(shown.chars().count() < 4100 && !shown.contains("00000000"), "{shown}");
        }
        assert_eq!(mask.known.len(), MOST_KNOWN);
    }

    fn answered(body: &str) -> Exchange {
        Exchange {
            direction: Direction::ToMerchant,
            name: "cvs/inquiry".to_owned(),
            at: chrono::DateTime::UNIX_EPOCH,
            request: Sent { method: "POST".to_owned(), url: String::new(), headers: vec![], body: String::new() },
            string_to_sign: None,
            faults: vec![],
            answer: Ok(Answer { status: 200, headers: vec![], body: body.to_owned() }),
            elapsed_ms: 1,
            verdict: None,
        }
    }

    #[test]
    fn a_long_body_is_cut_and_says_so() {
        let shown = Mask::default().body(&"é".repeat(5000));
        assert!(shown.ends_with("… (5000 characters in all)") && shown.chars().count() < 4100);
    }
}
