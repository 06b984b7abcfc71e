//! `nico.toml`: the only reader of files and environment that configure anything.
//!
//! Three layers: the compiled-in defaults (or, without a file, the sandbox over them), the file, the environment.
//! What results is checked before anything starts, and whatever is wrong is said in one sentence.

mod check;
mod layers;
mod place;
mod settings;

use std::path::{Path, PathBuf};
use std::time::Duration;

use nico::snap::response_code::{Case, Codes, ResponseCode, Service};
use toml::{Table, Value};

use crate::failure::{Failure, Outcome};
use layers::{merge, nearest, origin, read_file, read_settings, set_from_environment};
use settings::Settings;

pub(crate) use place::{Place, without_password};
pub(crate) use settings::{ClientSettings, Profile, Signature};

/// The file that is used when none is named.
pub(crate) const DEFAULT_FILE: &str = "nico.toml";
/// Every setting with its default, as text to read and copy.
pub(crate) const DEFAULTS: &str = include_str!("default.toml");
const SANDBOX: &str = include_str!("sandbox.toml");
const ENVIRONMENT: &str = "NICO__";
const PROFILE_VARIABLE: &str = "NICO__PROFILE";

/// A configuration that was read, not yet acted upon.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) settings: Settings,
    /// The settings as they came together.
    table: Table,
    /// The file, or `None` in the sandbox.
    pub(crate) file: Option<PathBuf>,
    /// The names of the variables that had a part in it.
    variables: Vec<String>,
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

    /// How long a store may take: less than the request, so that it is the store that is said to be late.
    pub(crate) fn patience(&self) -> Duration {
        self.deadline() * 9 / 10
    }

    /// How many connections each store may have.
    pub(crate) fn connections(&self) -> usize {
        usize::try_from(self.settings.limits.connections.0).unwrap_or(usize::MAX)
    }

    /// The settings as they came together, without a password that stands in a URL.
    pub(crate) fn shown(&self) -> Table {
        let mut shown = self.table.clone();
        for (section, key) in
            [("orders", "source"), ("payments", "store"), ("external_ids", "store"), ("events", "url")]
        {
            if let Some(Value::String(url)) = shown.get_mut(section).and_then(|section| section.get_mut(key)) {
                *url = without_password(url);
            }
        }
        shown
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
}
