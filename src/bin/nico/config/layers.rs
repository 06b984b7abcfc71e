//! How the settings come together: the defaults, over them a file, over that the environment; and who said what is wrong.

use std::path::Path;

use serde::Deserialize;
use toml::{Table, Value};

use super::ENVIRONMENT;
use super::settings::Settings;
use crate::failure::{Failure, Outcome};

pub(super) fn read_file(path: &Path) -> Outcome<Table> {
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
pub(super) fn merge(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(base)), Value::Table(over)) => merge(base, over),
            (_, value) => drop(base.insert(key, value)),
        }
    }
}

/// `NICO__WINDOW__SKEW_SECONDS=60`, `NICO__CLIENTS__0__PUBLIC_KEYS__1=keys/new.pem`; yields the variables' names.
pub(super) fn set_from_environment(table: &mut Table) -> Outcome<Vec<String>> {
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
pub(super) fn origin(file: Option<&Path>, variables: &[String], setting: &str) -> String {
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

pub(super) fn read_settings(table: &Table, file: Option<&Path>, variables: &[String]) -> Outcome<Settings> {
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

pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let distance = |known: &&str| strsim::damerau_levenshtein(&name.to_lowercase(), known);
    known.min_by_key(distance).map(str::to_owned)
}
