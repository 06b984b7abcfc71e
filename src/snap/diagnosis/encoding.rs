//! A signature's text, read in every way in which people write bytes down.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::slip::Slip;
use crate::snap::encoding::from_base64;

/// Longer than the base64, or the hexadecimal, of any signature.
const MAX_TEXT: usize = 8 * 1024;
/// From this many hexadecimal digits on, nobody's base64 happens to have no other letters.
const SURELY_HEX: usize = 40;

/// What a text may stand for.
pub(super) struct Reading {
    pub(super) bytes: Vec<u8>,
    pub(super) slips: Vec<Slip>,
}

/// Every reading, the likeliest first.
pub(super) fn readings(text: &str) -> Vec<Reading> {
    if text.is_empty() || text.len() > MAX_TEXT {
        return Vec::new();
    }
    if let Some(bytes) = from_base64(text).filter(|_| !is_surely_hex(text)) {
        return [Reading { bytes, slips: Vec::new() }].into_iter().chain(unhexed(text, &[])).collect();
    }
    let (clean, slips) = cleaned(text);
    let base64 = [
        (from_base64(&clean), None),
        (unpadded(&clean), Some(Slip::Unpadded)),
        (url_safe(&clean), Some(Slip::Base64Url)),
    ];
    let base64 = base64.into_iter().filter_map(|(bytes, slip)| {
        Some(Reading { bytes: bytes?, slips: slips.iter().copied().chain(slip).collect() })
    });
    unhexed(&clean, &slips).into_iter().chain(base64.take(1)).collect()
}

/// What undoes a slip.
type Step = (Slip, fn(&str) -> String);

/// Takes off what was put round the text or into it.
fn cleaned(text: &str) -> (String, Vec<Slip>) {
    let (mut text, mut slips) = (text.to_owned(), Vec::new());
    let steps: [Step; 5] = [
        (Slip::LineBreaks, |text| text.replace(['\r', '\n'], "").replace("\\n", "")),
        (Slip::Blanks, |text| text.trim().to_owned()),
        (Slip::Quoted, |text| text.trim_matches(['"', '\'']).to_owned()),
        (Slip::PercentEncoded, percent_decoded),
        (Slip::PlusAsBlank, |text| text.replace(' ', "+")),
    ];
    for (slip, step) in steps {
        let next = step(&text);
        if next != text {
            slips.push(slip);
            text = next;
        }
    }
    (text, slips)
}

/// `%2B`, `%2F` and `%3D`, which are all that base64 can have.
fn percent_decoded(text: &str) -> String {
    let letters = [("%2B", "+"), ("%2b", "+"), ("%2F", "/"), ("%2f", "/"), ("%3D", "="), ("%3d", "=")];
    letters.iter().fold(text.to_owned(), |text, (code, letter)| text.replace(code, letter))
}

fn unhexed(text: &str, slips: &[Slip]) -> Option<Reading> {
    let slips = slips.iter().copied().chain([Slip::Hex]).collect();
    from_hex(text).map(|bytes| Reading { bytes, slips })
}

/// Hexadecimal in either case.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

fn is_surely_hex(text: &str) -> bool {
    text.len() >= SURELY_HEX && from_hex(text).is_some()
}

fn unpadded(text: &str) -> Option<Vec<u8>> {
    GeneralPurpose::new(&STANDARD, lenient()).decode(text).ok()
}

fn url_safe(text: &str) -> Option<Vec<u8>> {
    GeneralPurpose::new(&URL_SAFE, lenient()).decode(text).ok()
}

fn lenient() -> GeneralPurposeConfig {
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_is_read_and_named() {
        let bytes: Vec<u8> = (0..64).map(|n: u8| n.wrapping_mul(251).wrapping_add(190)).collect();
        let base64 = crate::snap::encoding::base64(&bytes);
        assert!(base64.contains('+') && base64.contains('/') && base64.ends_with('='), "{base64}");
        let hex = crate::snap::encoding::hex(&bytes);
        let url = base64.replace('+', "-").replace('/', "_");
        for (text, slips) in [
            (base64.clone(), &[][..]),
            (hex.clone(), &[Slip::Hex]),
            (hex.to_uppercase(), &[Slip::Hex]),
            (url.clone(), &[Slip::Base64Url]),
            (url.trim_end_matches('=').to_owned(), &[Slip::Base64Url]),
            (base64.trim_end_matches('=').to_owned(), &[Slip::Unpadded]),
            (format!("\"{base64}\""), &[Slip::Quoted]),
            (format!(" {base64} "), &[Slip::Blanks]),
            (format!("{}\n{}\n", &base64[..60], &base64[60..]), &[Slip::LineBreaks]),
            (base64.replace('+', " "), &[Slip::PlusAsBlank]),
            (base64.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"), &[Slip::PercentEncoded]),
            (format!("'{hex}'\n"), &[Slip::LineBreaks, Slip::Quoted, Slip::Hex]),
        ] {
            let found = readings(&text).into_iter().next().expect(&text);
            assert_eq!((found.bytes, found.slips.as_slice()), (bytes.clone(), slips), "{text}");
        }
        assert!(readings("not base64!").is_empty() && readings("").is_empty());
        assert!(readings(&"A".repeat(MAX_TEXT + 4)).is_empty());
    }
}
