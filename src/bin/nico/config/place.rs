//! Where a store lies.

use std::path::PathBuf;

use super::Config;

/// Where a store lies, by what its setting begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Sqlite(PathBuf),
    Memory(Option<PathBuf>),
    /// PostgreSQL, MySQL or MariaDB, by its URL.
    Sql(String),
    Redis(String),
    /// The merchant's own service.
    Http(String),
}

impl Config {
    /// Reads a setting such as `sqlite:FILE`. Which places it may name is for whoever uses it to say.
    pub(crate) fn place(&self, text: &str) -> Option<Place> {
        let (scheme, rest) = text.split_once(':')?;
        Some(match (scheme, rest) {
            ("sqlite", file) if !file.is_empty() => Place::Sqlite(self.path(file)),
            ("memory", "") => Place::Memory(None),
            ("memory", file) => Place::Memory(Some(self.path(file))),
            ("postgres" | "postgresql" | "mysql", url) if url.starts_with("//") => Place::Sql(text.to_owned()),
            ("http" | "https", url) if url.starts_with("//") => Place::Http(text.to_owned()),
            (scheme, url) if is_redis(scheme) && url.starts_with("//") => Place::Redis(text.to_owned()),
            _ => return None,
        })
    }
}

fn is_redis(scheme: &str) -> bool {
    let (tls, kind) = scheme.split_once('+').unwrap_or((scheme, ""));
    matches!(tls, "redis" | "rediss") && matches!(kind, "" | "sentinel" | "cluster")
}

/// A URL as it may be shown: a password in it is three stars.
pub(crate) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    // A password may hold an @ that nobody has encoded.
    let shown = match authority.rsplit_once('@') {
        Some((who, host)) => match who.split_once(':') {
            Some((user, _)) => format!("{user}:***@{host}"),
            None => authority.to_owned(),
        },
        None => authority.to_owned(),
    };
    let hidden = |part: &str| match part.split_once('=') {
        Some((name, _)) if name.to_lowercase().contains("password") => format!("{name}=***"),
        _ => part.to_owned(),
    };
    match path.split_once('?') {
        Some((path, query)) => {
            let query: Vec<_> = query.split('&').map(hidden).collect();
            format!("{scheme}://{shown}{path}?{}", query.join("&"))
        }
        None => format!("{scheme}://{shown}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("postgres://shop:s3cret@db/shop", "postgres://shop:***@db/shop"),
            (
                "postgres://shop:s3@cret@db:5432/shop?sslmode=require",
                "postgres://shop:***@db:5432/shop?sslmode=require",
            ),
            ("redis://:s3cret@cache:6379/1", "redis://:***@cache:6379/1"),
            ("redis+sentinel://u:s3cret@a:1,b:2/main", "redis+sentinel://u:***@a:1,b:2/main"),
            ("postgres://db/shop?user=a&password=s3cret", "postgres://db/shop?user=a&password=***"),
            ("mysql://shop@db/shop", "mysql://shop@db/shop"),
            ("sqlite:data/nico.db", "sqlite:data/nico.db"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
