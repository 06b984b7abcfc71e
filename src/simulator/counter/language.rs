//! Which of two languages a visitor reads.

use actix_web::HttpRequest;
use actix_web::http::header::{ACCEPT_LANGUAGE, COOKIE, HeaderName};

/// The languages of the counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Indonesian,
}

/// Holds the choice; the name is not `lang`, for a cookie of 127.0.0.1 goes to every port there.
const CHOSEN: &str = "nico_lang";
const A_YEAR: u32 = 365 * 24 * 60 * 60;

impl Language {
    pub(super) const ALL: [Self; 2] = [Self::English, Self::Indonesian];

    /// Its code, as in `lang="id"`.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Indonesian => "id",
        }
    }

    /// Its name, in itself.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Indonesian => "Bahasa Indonesia",
        }
    }

    /// What was chosen with `?lang=`, now.
    pub(super) fn chosen_now(request: &HttpRequest) -> Option<Self> {
        request.query_string().split('&').find_map(|pair| Self::of(pair.strip_prefix("lang=")?))
    }

    /// What was chosen now, what was chosen before, what the browser prefers, and English.
    pub(super) fn read_by(request: &HttpRequest) -> Self {
        let chosen_before = || {
            let mut cookies = sent(request, COOKIE).split(';');
            cookies.find_map(|cookie| Self::of(cookie.trim().strip_prefix(CHOSEN)?.strip_prefix('=')?))
        };
        // Browsers name what they prefer first.
        let preferred = || sent(request, ACCEPT_LANGUAGE).split(',').find_map(Self::of);
        Self::chosen_now(request).or_else(chosen_before).or_else(preferred).unwrap_or(Self::English)
    }

    /// The cookie that remembers it.
    pub(super) fn cookie(self) -> String {
        format!("{CHOSEN}={}; Path=/; Max-Age={A_YEAR}; SameSite=Lax; HttpOnly", self.code())
    }

    /// Reads `id`, `id-ID`, `en;q=0.8`.
    fn of(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', ';']).next()?;
        Self::ALL.into_iter().find(|language| primary.eq_ignore_ascii_case(language.code()))
    }
}

fn sent(request: &HttpRequest, name: HeaderName) -> &str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
