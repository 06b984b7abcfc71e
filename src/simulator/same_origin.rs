//! Whether a form was sent by a page of ours: any other page that a developer visits could send one too.

use actix_web::http::header::{self, HeaderMap};

/// Browsers name the site that a form comes from; what is no browser has no cookie or network of the developer's to
/// abuse, and need not.
pub(super) fn is_from_ourselves(headers: &HeaderMap) -> bool {
    let host = sent(headers, "Host");
    let origin = match sent(headers, "Origin") {
        "" => !headers.contains_key(header::ORIGIN),
        origin => origin.split_once("://").is_some_and(|(_, site)| site.eq_ignore_ascii_case(host)),
    };
    origin && matches!(sent(headers, "Sec-Fetch-Site"), "" | "same-origin" | "none")
}

pub(super) fn sent<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_form_comes_from_the_counter_itself() {
        let from = |headers: &[(&'static str, &'static str)]| {
            let request = headers.iter().fold(TestRequest::post(), |request, header| request.insert_header(*header));
            is_from_ourselves(request.insert_header(("Host", "127.0.0.1:9090")).to_http_request().headers())
        };
        assert!(from(&[]));
        assert!(from(&[("Origin", "http://127.0.0.1:9090"), ("Sec-Fetch-Site", "same-origin")]));
        assert!(!from(&[("Origin", "http://127.0.0.1:8080")]));
        assert!(!from(&[("Origin", "null")]));
        assert!(!from(&[("Origin", "")]));
        assert!(!from(&[("Origin", "http://127.0.0.1:9090"), ("Sec-Fetch-Site", "cross-site")]));
        assert!(!from(&[("Sec-Fetch-Site", "same-site")]));
    }
}
