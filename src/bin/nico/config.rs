//! `nico.toml`: the only reader of files and environment that configure anything.
//!
//! Three layers: the compiled-in defaults (or, without a file, the sandbox over them), the file, the environment.
//! What results is checked before anything starts, and whatever is wrong is said in one sentence.

use std::collections::BTreeMap;
use std::net::ToSocketAddrs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nico::external_id::MAX_SKEW_SECONDS;
use nico::snap::response_code::{Case, Codes, ResponseCode, Service};
use serde::{Deserialize, Deserializer};
use toml::{Table, Value};

use crate::failure::{Failure, Outcome};

/// The file that is used when none is named.
pub(crate) const DEFAULT_FILE: &str = "nico.toml";
/// Every setting with its default, as text to read and copy.
pub(crate) const DEFAULTS: &str = include_str!("config.default.toml");
const SANDBOX: &str = include_str!("config.sandbox.toml");
const ENVIRONMENT: &str = "NICO__";
const PROFILE_VARIABLE: &str = "NICO__PROFILE";

/// A configuration that was read, not yet acted upon.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) settings: Settings,
    /// The settings as they came together, for `nico config print`.
    pub(crate) table: Table,
    /// The file, or `None` in the sandbox.
    pub(crate) file: Option<PathBuf>,
    /// The names of the variables that had a part in it.
    variables: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) profile: Profile,
    pub(crate) listen: String,
    pub(crate) base_path: String,
    #[serde(default)]
    pub(crate) clients: Vec<ClientSettings>,
    pub(crate) token: TokenSettings,
    window: Window,
    pub(crate) orders: Orders,
    pub(crate) payments: Payments,
    pub(crate) external_ids: ExternalIds,
    limits: Limits,
    codes: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Profile {
    Production,
    Sandbox,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientSettings {
    pub(crate) id: String,
    pub(crate) public_keys: Vec<String>,
    #[serde(default)]
    pub(crate) signature: Signature,
    pub(crate) secret_file: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Signature {
    #[default]
    Asymmetric,
    Symmetric,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenSettings {
    pub(crate) key_files: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    skew_seconds: Seconds,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Orders {
    pub(crate) source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Payments {
    pub(crate) store: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExternalIds {
    pub(crate) store: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    deadline_seconds: Seconds,
}

/// A whole number of seconds; the environment has only text to say it in.
#[derive(Debug, Clone, Copy)]
struct Seconds(u32);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let from_text = || value.as_str()?.parse().ok();
        let seconds = value.as_integer().map_or_else(from_text, |seconds| u32::try_from(seconds).ok());
        seconds.map(Self).ok_or_else(|| serde::de::Error::custom("a whole number of seconds is due here"))
    }
}

impl Config {
    /// Reads the file that was named, else `nico.toml` where there is one, else the sandbox's settings.
    pub(crate) fn load(named: Option<&Path>) -> Outcome<Self> {
        let default = Path::new(DEFAULT_FILE);
        let file = named.map(Path::to_owned).or_else(|| default.exists().then(|| default.to_owned()));
        let mut table: Table = DEFAULTS.parse().expect("BUG: the compiled-in defaults are TOML");
        let over = match &file {
            Some(path) => read_file(path)?,
            // Configured by the environment alone: a production must not trust the sandbox's key.
            None if std::env::var_os(PROFILE_VARIABLE).is_some_and(|profile| profile == "production") => Table::new(),
            None => SANDBOX.parse().expect("BUG: the compiled-in sandbox is TOML"),
        };
        merge(&mut table, over);
        let variables = set_from_environment(&mut table)?;
        let settings = read_settings(&table, file.as_deref(), &variables)?;
        let config = Self { settings, table, file, variables };
        config.check()?;
        Ok(config)
    }

    pub(crate) fn is_sandbox(&self) -> bool {
        self.settings.profile == Profile::Sandbox
    }

    /// Whether this is the sandbox of whoever has configured nothing: with keys and orders made for it.
    pub(crate) fn is_demo(&self) -> bool {
        self.file.is_none() && self.is_sandbox()
    }

    /// A path of the configuration, from the folder its file lies in.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        let folder = self.file.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
        folder.join(path)
    }

    pub(crate) fn skew_seconds(&self) -> u32 {
        self.settings.window.skew_seconds.0
    }

    pub(crate) fn deadline(&self) -> Duration {
        Duration::from_secs(u64::from(self.settings.limits.deadline_seconds.0))
    }

    /// The catalogue with the configured overrides.
    pub(crate) fn codes(&self) -> Outcome<Codes> {
        let mut codes = Codes::default();
        for (row, services) in &self.settings.codes {
            let case = self.known("codes", row, Case::ALL.iter().map(|case| (case.name(), *case)))?;
            for (service, code) in services {
                let setting = format!("codes.{row}.{service}");
                let services = Service::ALL.map(|service| (service.name(), service));
                let service = self.known(&format!("codes.{row}"), service, services)?;
                let code = ResponseCode::parse(code).ok_or_else(|| {
                    Failure::new(format!(
                        "{setting} must be seven digits that begin with an HTTP status, as \"4040013\" does"
                    ))
                })?;
                codes
                    .set(case, service, code)
                    .map_err(|error| Failure::new(format!("{setting} is refused: {error}")))?;
            }
        }
        Ok(codes)
    }

    /// What a name at a place of the table stands for.
    fn known<T: Copy>(&self, at: &str, name: &str, all: impl IntoIterator<Item = (&'static str, T)>) -> Outcome<T> {
        let all: Vec<_> = all.into_iter().collect();
        all.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).ok_or_else(|| {
            let nearest = nearest(name, all.iter().map(|(known, _)| *known)).unwrap_or_default();
            let origin = origin(self.file.as_deref(), &self.variables, &format!("{at}.{name}"));
            Failure::new(format!("{origin} has an unknown setting at {at}, {name}: did you mean {nearest}?"))
        })
    }

    fn check(&self) -> Outcome {
        let settings = &self.settings;
        if settings.clients.is_empty() {
            return Err(Failure::new("there is no [[clients]] section: add one with NICEPAY's id and public_keys"));
        }
        for (index, client) in settings.clients.iter().enumerate() {
            check_client(client, &format!("clients.{index}"))?;
            if settings.clients.iter().take(index).any(|earlier| earlier.id == client.id) {
                return Err(Failure::new(format!(
                    "clients.{index}.id is given twice: put all its keys into one [[clients]]"
                )));
            }
        }
        if settings.token.key_files.is_empty() {
            return Err(Failure::new("token.key_files is empty: name a file, which nico keygen makes"));
        }
        in_range("window.skew_seconds", self.skew_seconds().into(), MAX_SKEW_SECONDS)?;
        in_range("limits.deadline_seconds", self.deadline().as_secs().try_into().unwrap_or(i64::MAX), 60)?;
        if settings.listen.to_socket_addrs().is_err() {
            return Err(Failure::new("listen must be an address of this machine and a port, as \"127.0.0.1:8080\" is"));
        }
        check_base_path(&settings.base_path)?;
        self.codes().map(drop)
    }
}

fn check_client(client: &ClientSettings, name: &str) -> Outcome {
    nico::ClientId::parse(&client.id)
        .map_err(|_| Failure::new(format!("{name}.id must be 1 to 40 letters, digits, '.', '_' or '-'")))?;
    if client.public_keys.is_empty() {
        return Err(Failure::new(format!("{name}.public_keys is empty: name the file of NICEPAY's public key")));
    }
    match (client.signature, &client.secret_file) {
        (Signature::Symmetric, None) => Err(Failure::new(format!(
            "{name}.signature is \"symmetric\", so {name}.secret_file must name the client secret's file"
        ))),
        (Signature::Asymmetric, Some(_)) => Err(Failure::new(format!(
            "{name}.secret_file is given, but {name}.signature is \"asymmetric\": change one of them"
        ))),
        _ => Ok(()),
    }
}

fn in_range(name: &str, value: i64, max: i64) -> Outcome {
    if (1..=max).contains(&value) { Ok(()) } else { Err(Failure::new(format!("{name} must be 1 to {max}"))) }
}

fn check_base_path(base_path: &str) -> Outcome {
    let plain = |part: &str| !part.is_empty() && nico::snap::field::is_id(part) && part != "." && part != "..";
    if base_path.is_empty()
        || base_path == "/"
        || base_path.strip_prefix('/').is_some_and(|path| path.split('/').all(plain))
    {
        Ok(())
    } else {
        Err(Failure::new("base_path must be \"\" or begin with '/' and not end with it, as \"/api\" does"))
    }
}

fn read_file(path: &Path) -> Outcome<Table> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::new(format!("{shown} cannot be read ({error}): name a configuration file with --config"))
    })?;
    text.parse::<Table>().map_err(|error| {
        let before = |end: usize| text.bytes().take(end).filter(|byte| *byte == b'\n').count();
        let line = 1 + error.span().map_or(0, |span| before(span.start));
        Failure::new(format!("{shown} is not TOML, see line {line}: {}", error.message().lines().next().unwrap_or("")))
    })
}

/// Tables are merged key by key; anything else is replaced.
fn merge(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(base)), Value::Table(over)) => merge(base, over),
            (_, value) => drop(base.insert(key, value)),
        }
    }
}

/// `NICO__WINDOW__SKEW_SECONDS=60`, `NICO__CLIENTS__0__PUBLIC_KEYS__1=keys/new.pem`; yields the variables' names.
fn set_from_environment(table: &mut Table) -> Outcome<Vec<String>> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(ENVIRONMENT)).collect();
    // In order, so that a list grows from its front: 2 before 10.
    names.sort_by_cached_key(|name| keys_of(name).map(|key| (key.parse().unwrap_or(0_usize), key)).collect::<Vec<_>>());
    for name in &names {
        let value = std::env::var(name).map_err(|_| Failure::new(format!("{name} is not UTF-8: set it to text")))?;
        let keys: Vec<String> = keys_of(name).collect();
        let mut root = Value::Table(std::mem::take(table));
        let placed = place(&mut root, &keys, value);
        if let Value::Table(root) = root {
            *table = root;
        }
        placed.ok_or_else(|| {
            Failure::new(format!("{name} does not name a setting: see nico config print for their names"))
        })?;
    }
    Ok(names)
}

/// `window`, `skew_seconds`
fn keys_of(variable: &str) -> impl Iterator<Item = String> {
    variable[ENVIRONMENT.len()..].split("__").map(str::to_lowercase)
}

/// Who says something about `setting`: a variable, since those come last, or else the file.
fn origin(file: Option<&Path>, variables: &[String], setting: &str) -> String {
    // Errors tell no place in a list, so none is compared.
    let keys = |variable: &str| keys_of(variable).filter(|key| key.parse::<usize>().is_err()).collect::<Vec<_>>();
    let says = |variable: &&String| {
        let said = keys(variable).join(".");
        said.strip_prefix(setting).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let file = || file.map_or_else(|| "the environment".to_owned(), |path| path.display().to_string());
    variables.iter().find(says).cloned().unwrap_or_else(file)
}

fn place(at: &mut Value, keys: &[String], value: String) -> Option<()> {
    let Some((key, rest)) = keys.split_first() else {
        *at = Value::String(value);
        return Some(());
    };
    let inner = if let Value::Array(items) = at {
        let index: usize = key.parse().ok().filter(|index| *index <= items.len())?;
        if index == items.len() {
            items.push(empty_for(rest));
        }
        items.get_mut(index)?
    } else {
        let table = at.as_table_mut().filter(|_| !key.is_empty())?;
        table.entry(key.clone()).or_insert_with(|| empty_for(rest))
    };
    place(inner, rest, value)
}

/// What a path that goes on with `rest` needs to stand on.
fn empty_for(rest: &[String]) -> Value {
    match rest.first() {
        Some(key) if key.bytes().all(|b| b.is_ascii_digit()) => Value::Array(Vec::new()),
        _ => Value::Table(Table::new()),
    }
}

fn read_settings(table: &Table, file: Option<&Path>, variables: &[String]) -> Outcome<Settings> {
    Settings::deserialize(Value::Table(table.clone())).map_err(|error| {
        // The library tells the key's path in a second line.
        let text = error.to_string();
        let path = text.lines().find_map(|line| line.strip_prefix("in `")).map(|path| path.trim_end_matches('`'));
        let at = path.map_or_else(String::new, |path| format!(" at {path}"));
        let origin = |setting: &str| origin(file, variables, setting);
        Failure::new(match unknown_field(error.message()) {
            Some((unknown, nearest)) => {
                let setting = path.map_or_else(|| unknown.clone(), |path| format!("{path}.{unknown}"));
                format!("{} has an unknown setting{at}, {unknown}: did you mean {nearest}?", origin(&setting))
            }
            None => {
                let message = error.message().replace('\n', " ");
                format!("{} has a wrong setting{at}: {message}", origin(path.unwrap_or_default()))
            }
        })
    })
}

/// serde says: unknown field `lsten`, expected one of `profile`, `listen`, …
fn unknown_field(message: &str) -> Option<(String, String)> {
    let rest = message.strip_prefix("unknown field ")?;
    let mut quoted = rest.split('`').skip(1).step_by(2);
    let unknown = quoted.next()?.to_owned();
    nearest(&unknown, quoted).map(|nearest| (unknown, nearest))
}

fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let distance = |known: &&str| strsim::damerau_levenshtein(&name.to_lowercase(), known);
    known.min_by_key(distance).map(str::to_owned)
}

/// Where a store lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Sqlite(PathBuf),
    Memory(Option<PathBuf>),
}

impl Config {
    /// Reads `sqlite:FILE` or `memory:[FILE]`.
    pub(crate) fn place(&self, setting: &str, text: &str) -> Outcome<Place> {
        match text.split_once(':') {
            Some(("sqlite", file)) if !file.is_empty() => Ok(Place::Sqlite(self.path(file))),
            Some(("memory", "")) => Ok(Place::Memory(None)),
            Some(("memory", file)) => Ok(Place::Memory(Some(self.path(file)))),
            _ => Err(Failure::new(format!("{setting} must be \"sqlite:FILE\" or begin with \"memory:\""))),
        }
    }
}
