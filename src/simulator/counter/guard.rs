//! Who may use the counter, and what every answer of it carries.
//!
//! The counter stands on a developer's machine, without a password, and can cause calls. Two things could reach it from
//! outside through the developer's own browser. Another site may send it a form: so a form must come from the counter
//! itself. And a name of an attacker's may be pointed at 127.0.0.1 once its page is open (DNS rebinding), which makes
//! the attacker's page "the counter itself": so only hosts are answered that no stranger can own, which are addresses
//! and names without a dot.

use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv6Addr};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError};

use super::frame::message;
use super::language::Language;
use super::texts::Text;
use crate::simulator::NOT_NICEPAY;
use crate::simulator::same_origin::{is_from_ourselves, sent};

/// Someone who may use the counter, and the language they read. Only a request that has passed the guard yields one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visitor {
    pub(super) language: Language,
    chosen_now: bool,
}

impl FromRequest for Visitor {
    type Error = TurnedAway;
    type Future = Ready<Result<Self, TurnedAway>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (language, headers) = (Language::read_by(request), request.headers());
        let is_safe = request.method().is_safe();
        ready(if !is_ours(sent(headers, "Host")) {
            Err(TurnedAway { why: Text::StrangeHost, language })
        } else if !is_safe && !is_from_ourselves(headers) {
            Err(TurnedAway { why: Text::StrangeOrigin, language })
        } else {
            Ok(Self { language, chosen_now: Language::chosen_now(request).is_some() })
        })
    }
}

impl Visitor {
    /// An answer, begun: a language that was just chosen is remembered.
    pub(super) fn answer(self, status: StatusCode) -> HttpResponseBuilder {
        let mut answer = answer(status);
        if self.chosen_now {
            answer.insert_header((header::SET_COOKIE, self.language.cookie()));
        }
        answer
    }
}

/// Someone who may not.
#[derive(Debug, thiserror::Error)]
#[error("{}", why.told(Language::English))]
pub(super) struct TurnedAway {
    why: Text,
    language: Language,
}

impl ResponseError for TurnedAway {
    fn status_code(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }

    fn error_response(&self) -> HttpResponse {
        let page = message(self.language, self.why, None);
        answer(self.status_code()).content_type("text/html; charset=utf-8").body(page.into_string())
    }
}

/// What every answer carries: whose it is not, and that a browser takes nothing from elsewhere and keeps nothing.
fn answer(status: StatusCode) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header(NOT_NICEPAY)
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // Not `no-referrer`: with that, browsers send forms with `Origin: null`.
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .insert_header((header::CACHE_CONTROL, "no-store"));
    answer
}

/// Whether this host can be nobody's but ours.
fn is_ours(host: &str) -> bool {
    if let Some((address, rest)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address.parse::<Ipv6Addr>().is_ok() && is_port(rest);
    }
    let name = host.split_once(':').map_or(host, |(name, _)| name);
    let is_plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    (is_plain || name.parse::<IpAddr>().is_ok()) && is_port(&host[name.len()..])
}

fn is_port(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
}

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_that_no_stranger_can_own() {
        for ours in
            ["127.0.0.1:9090", "127.0.0.1", "localhost:9090", "[::1]:9090", "[::1]", "192.168.1.7:80", "simulator:9090"]
        {
            assert!(is_ours(ours), "{ours}");
        }
        for strange in [
            "",
            "evil.example",
            "evil.example:9090",
            "127.0.0.1.evil.example",
            "[::1",
            "[evil]",
            ":9090",
            "a:b",
            "[::1]x",
        ] {
            assert!(!is_ours(strange), "{strange}");
        }
    }
}
