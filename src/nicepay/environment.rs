//! Which of NICEPAY's hosts is called.
//!
//! Source: NICEPAY's pages on integration, which name the hosts.

use std::fmt;

use reqwest::Url;

/// Where NICEPAY is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Environment {
    /// `https://dev.nicepay.co.id`: no money moves.
    Sandbox,
    /// `https://www.nicepay.co.id`
    Production,
    /// `https://services.nicepay.co.id`
    Cloud,
    /// Another host, for instance one's own simulator.
    At(Url),
}

/// Why a text names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    /// Neither a word that is known nor an address.
    #[error("it is neither sandbox, production or cloud nor an address that begins with https:// or http://")]
    Unknown,
    /// The address has more than scheme, host and port.
    #[error("its address must be https://host or https://host:port and nothing more: nico adds the paths")]
    MoreThanAHost,
}

impl Environment {
    /// The only door: a word, or an address.
    ///
    /// # Errors
    /// [`EnvironmentError`]
    pub fn parse(text: &str) -> Result<Self, EnvironmentError> {
        match text {
            "sandbox" => Ok(Self::Sandbox),
            "production" => Ok(Self::Production),
            "cloud" => Ok(Self::Cloud),
            address => Self::at(address),
        }
    }

    fn at(address: &str) -> Result<Self, EnvironmentError> {
        let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or(EnvironmentError::Unknown)?;
        let is_a_host = url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none();
        if is_a_host { Ok(Self::At(url)) } else { Err(EnvironmentError::MoreThanAHost) }
    }

    /// Whether nothing is encrypted on the way there.
    pub fn is_plain(&self) -> bool {
        self.host().scheme() == "http"
    }

    /// The address of an interface, by its path behind `/nicepay`.
    pub fn url(&self, path: &str) -> Url {
        let mut url = self.host();
        url.set_path(&format!("/nicepay{path}"));
        url
    }

    fn host(&self) -> Url {
        let named = |host| Url::parse(host).expect("BUG: it is a URL");
        match self {
            Self::Sandbox => named("https://dev.nicepay.co.id"),
            Self::Production => named("https://www.nicepay.co.id"),
            Self::Cloud => named("https://services.nicepay.co.id"),
            Self::At(url) => url.clone(),
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.host().as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_or_a_host_is_one() {
        for (text, url) in [
            ("sandbox", "https://dev.nicepay.co.id/nicepay/api/onePass.do"),
            ("production", "https://www.nicepay.co.id/nicepay/api/onePass.do"),
            ("cloud", "https://services.nicepay.co.id/nicepay/api/onePass.do"),
            ("http://127.0.0.1:9090", "http://127.0.0.1:9090/nicepay/api/onePass.do"),
            ("https://staging.nicepay.co.id/", "https://staging.nicepay.co.id/nicepay/api/onePass.do"),
        ] {
            let environment = Environment::parse(text).unwrap();
            assert_eq!(environment.url("/api/onePass.do").as_str(), url, "{text}");
            assert_eq!(environment.is_plain(), url.starts_with("http:"), "{text}");
            assert!(url.starts_with(&format!("{environment}/nicepay/")), "{environment}");
        }
        for text in ["", "Sandbox", "dev.nicepay.co.id", "ftp://dev.nicepay.co.id", "data:x", "file:///etc", "https://"]
        {
            assert_eq!(Environment::parse(text), Err(EnvironmentError::Unknown), "{text}");
        }
        for more in ["/nicepay", "/?a=b", "?", "#x", "//"] {
            let text = format!("https://dev.nicepay.co.id{more}");
            assert_eq!(Environment::parse(&text), Err(EnvironmentError::MoreThanAHost), "{text}");
        }
        for text in ["https://user@dev.nicepay.co.id", "https://user:word@dev.nicepay.co.id", "https://:word@host"] {
            assert_eq!(Environment::parse(text), Err(EnvironmentError::MoreThanAHost), "{text}");
        }
    }
}
