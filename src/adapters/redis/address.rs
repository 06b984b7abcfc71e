//! Where Redis is, as its URL says it.

use std::fmt;

use redis::io::tcp::TcpSettings;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo};

use crate::order::StoreError;
use crate::snap::secret::Secret;

/// One server's host and port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub(super) host: String,
    pub(super) port: u16,
}

impl Place {
    /// `host:port`, `host`, `[::1]:port`.
    pub(super) fn parse(text: &str, default_port: u16) -> Option<Self> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (text, default_port),
        };
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        (!bare.is_empty()).then(|| Self { host: bare.to_owned(), port })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// How the masters are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Layout {
    /// There is one, and the URL names it.
    Single,
    /// The sentinels in the URL know one by this name.
    Sentinel(String),
    /// The URL names some, and these know all.
    Cluster,
}

/// What is said to a server so that it listens.
#[derive(Debug, Clone)]
pub(super) struct Access {
    tls: bool,
    settings: RedisConnectionInfo,
}

impl Access {
    pub(super) fn to(&self, place: &Place) -> Result<ConnectionInfo, redis::RedisError> {
        let (host, port) = (place.host.clone(), place.port);
        let address = if self.tls {
            ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
        } else {
            ConnectionAddr::Tcp(host, port)
        };
        let info = address.into_connection_info()?;
        Ok(info.set_redis_settings(self.settings.clone()).set_tcp_settings(TcpSettings::default().set_nodelay(true)))
    }

    /// The same without a name or password, and with no database, as sentinels have none.
    pub(super) fn anonymous(&self) -> Self {
        Self { tls: self.tls, settings: RedisConnectionInfo::default().set_skip_set_lib_name() }
    }

    /// The same with no database.
    pub(super) fn without_database(&self) -> Self {
        Self { tls: self.tls, settings: self.settings.clone().set_db(0) }
    }
}

/// A URL, read.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub(super) layout: Layout,
    pub(super) places: Vec<Place>,
    pub(super) access: Access,
}

impl Address {
    /// Reads a URL. What is wrong is told without any of it: there may be a password in it.
    pub(super) fn parse(url: &str, password: Option<Secret>) -> Result<Self, StoreError> {
        let (scheme, rest) = url.split_once("://").unwrap_or((url, ""));
        let (tls, kind) = match scheme.strip_prefix("rediss") {
            Some(kind) => (true, kind),
            None => (false, scheme.strip_prefix("redis").unwrap_or("?")),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (who, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (layout, port, database) = match kind {
            "" => (Layout::Single, 6379, path),
            "+sentinel" => {
                let (name, database) = path.split_once('/').unwrap_or((path, ""));
                (Layout::Sentinel(decoded(name).filter(|name| !name.is_empty()).ok_or_else(no_name)?), 26379, database)
            }
            "+cluster" => (Layout::Cluster, 6379, path),
            _ => {
                return Err(StoreError::new(
                    "the URL begins neither with redis:// or rediss:// nor with one of them that has +sentinel or +cluster before the colon",
                ));
            }
        };
        let places: Option<Vec<_>> = hosts.split(',').map(|place| Place::parse(place, port)).collect();
        let places = places.ok_or_else(|| StoreError::new("the URL names no server, or one that is no host:port"))?;
        if layout == Layout::Single && places.len() > 1 {
            return Err(StoreError::new(
                "the URL names several servers: with sentinels or a cluster it says so, as redis+sentinel:// or redis+cluster://",
            ));
        }
        let settings = identity(who, password)?.set_db(number(database, &layout)?);
        Ok(Self { layout, places, access: Access { tls, settings } })
    }
}

fn no_name() -> StoreError {
    StoreError::new("the URL of sentinels ends with the name of their master, as in redis+sentinel://host:26379/name")
}

fn number(database: &str, layout: &Layout) -> Result<i64, StoreError> {
    match (layout, database) {
        (_, "") => Ok(0),
        (Layout::Cluster, _) => Err(StoreError::new("a cluster has no databases: its URL ends after the servers")),
        (Layout::Single | Layout::Sentinel(_), number) => {
            let number: Option<u32> = number.parse().ok();
            number.map(i64::from).ok_or_else(|| StoreError::new("the URL's database is no number"))
        }
    }
}

/// Who we are: what stands before the `@`, and the password that is given apart.
fn identity(who: &str, apart: Option<Secret>) -> Result<RedisConnectionInfo, StoreError> {
    let (user, inside) = who.split_once(':').unwrap_or((who, ""));
    let (user, inside) = decoded(user)
        .zip(decoded(inside))
        .ok_or_else(|| StoreError::new("what stands before the URL's @ is not percent-encoded as it should be"))?;
    let password = match apart {
        Some(_) if !inside.is_empty() => {
            return Err(StoreError::new("a password stands in the URL and another is given apart"));
        }
        Some(apart) => {
            String::from_utf8(apart.expose().to_vec()).map_err(|_| StoreError::new("the password is no UTF-8"))?
        }
        None => inside,
    };
    let mut settings = RedisConnectionInfo::default().set_skip_set_lib_name();
    if !password.is_empty() {
        settings = settings.set_password(password);
        if !user.is_empty() {
            settings = settings.set_username(user);
        }
    }
    Ok(settings)
}

/// Undoes percent-encoding.
fn decoded(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::new(), text.bytes());
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Address {
        Address::parse(url, None).unwrap()
    }

    fn refused(url: &str, password: Option<&str>) -> String {
        Address::parse(url, password.map(Secret::new)).unwrap_err().to_string()
    }

    fn places(address: &Address) -> Vec<String> {
        address.places.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_layout_is_read() {
        let one = parse("redis://127.0.0.1");
        assert_eq!(
            (&one.layout, places(&one), one.access.tls),
            (&Layout::Single, vec!["127.0.0.1:6379".to_owned()], false)
        );
        let one = parse("rediss://ann:p%40ss%3A@[::1]:7000/12");
        assert_eq!((places(&one), one.access.tls), (vec!["[::1]:7000".to_owned()], true));
        let settings = &one.access.settings;
        assert_eq!((settings.username(), settings.password(), settings.db()), (Some("ann"), Some("p@ss:"), 12));
        let watched = parse("redis+sentinel://:secret@one,two:5000/nico/3");
        assert_eq!(
            (&watched.layout, places(&watched)),
            (&Layout::Sentinel("nico".to_owned()), vec!["one:26379".to_owned(), "two:5000".to_owned()])
        );
        let settings = &watched.access.settings;
        assert_eq!((settings.username(), settings.password(), settings.db()), (None, Some("secret"), 3));
        let cluster = parse("rediss+cluster://one:1,[fe80::2],three/");
        assert_eq!(
            (&cluster.layout, places(&cluster)),
            (&Layout::Cluster, ["one:1", "[fe80::2]:6379", "three:6379"].map(str::to_owned).to_vec())
        );
    }

    #[test]
    fn a_password_may_be_given_apart_but_not_twice() {
        let address = Address::parse("redis://ann@host", Some(Secret::new("s3cret"))).unwrap();
        let settings = &address.access.settings;
        assert_eq!((settings.username(), settings.password()), (Some("ann"), Some("s3cret")));
        assert!(refused("redis://ann:other@host", Some("s3cret")).contains("given apart"));
    }

    #[test]
    fn what_is_wrong_is_told_without_the_password() {
        for (url, reason) in [
            ("http://:s3cret@host", "begins neither"),
            ("redis+unix://:s3cret@host", "begins neither"),
            ("s3cret", "begins neither"),
            ("redis://:s3cret@", "names no server"),
            ("redis://:s3cret@host:s3cret", "no host:port"),
            ("redis://:s3cret@host:70000", "no host:port"),
            ("redis://:s3cret@one,two", "several servers"),
            ("redis://:s3cret@host/s3cret", "no number"),
            ("redis://:s3cret@host/-1", "no number"),
            ("redis://:s3cret%4@host", "percent-encoded"),
            ("redis+sentinel://:s3cret@host", "name of their master"),
            ("redis+cluster://:s3cret@host/1", "no databases"),
        ] {
            let told = refused(url, None);
            assert!(told.contains(reason) && !told.contains("s3cret"), "{url}: {told}");
        }
    }
}
