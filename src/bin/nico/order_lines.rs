//! Orders as JSON lines: one object a line, with the wire's field names.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use nico::Order;
use nico::snap::json::Object;

use crate::failure::{Failure, Outcome};

/// The orders of a file, one by one; a bad line is named by its number and field.
pub(crate) fn read(path: &Path) -> Outcome<impl Iterator<Item = Outcome<Order>>> {
    let shown = path.display().to_string();
    let cannot_read = |shown: &str, error| {
        Failure::new(format!("{shown} cannot be read ({error}): give the path of a file of JSON lines"))
    };
    let file = File::open(path).map_err(|error| cannot_read(&shown, error))?;
    let numbered = BufReader::new(file).split(b'\n').zip(1_usize..);
    Ok(numbered.filter_map(move |(line, number)| match line {
        Ok(line) if line.trim_ascii().is_empty() => None,
        // Windows' editors put a mark before the first line.
        Ok(line) => Some(
            read_line(line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&line))
                .map_err(|why| Failure::new(format!("{shown}, line {number}: {why}"))),
        ),
        Err(error) => Some(Err(cannot_read(&shown, error))),
    }))
}

fn read_line(line: &[u8]) -> Result<Order, String> {
    let object = Object::parse(line).map_err(|error| error.to_string().replace("the body", "it"))?;
    // A misspelt mitraCd would silently open an order to every chain.
    let unknown = object.keys().find(|key| !Order::FIELDS.iter().any(|field| field.eq_ignore_ascii_case(key)));
    match unknown {
        Some(key) => Err(format!("{key} is not a field of an order; there are {}", Order::FIELDS.join(", "))),
        None => Order::read(&object).map_err(|error| error.to_string()),
    }
}
