//! The file of the books: JSON, replaced as a whole, so that a crash leaves the old one or the new one.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::registration::Registration;

/// What is wrong with the file. `Display` is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("{path} cannot be read ({error}): give another file, or make this one readable", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        error: std::io::Error,
    },
    /// It is not what was written here.
    #[error(
        "{path} does not hold the simulator's registrations ({error}): give another file, or move this one out of the way",
        path = .path.display()
    )]
    Broken {
        /// The file.
        path: PathBuf,
        /// Where it went wrong.
        error: serde_json::Error,
    },
    /// It cannot be written.
    #[error("{path} cannot be written ({error}): give a file in a folder that can be written", path = .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        error: std::io::Error,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    registrations: Vec<Registration>,
}

#[derive(Serialize)]
struct Written<'r> {
    registrations: &'r [Registration],
}

/// What is in the file; nothing, if there is no file yet.
pub(super) fn read(path: &Path) -> Result<Vec<Registration>, FileError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(FileError::Unreadable { path: path.to_owned(), error }),
    };
    let read: Read =
        serde_json::from_slice(&text).map_err(|error| FileError::Broken { path: path.to_owned(), error })?;
    Ok(read.registrations)
}

/// Replaces the file. When this returns, it is on the disk.
pub(super) fn write(path: &Path, registrations: &[Registration]) -> Result<(), FileError> {
    let json =
        serde_json::to_vec_pretty(&Written { registrations }).expect("BUG: registrations can be written as JSON");
    replace(path, &json).map_err(|error| FileError::Unwritable { path: path.to_owned(), error })
}

fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = path.file_name().ok_or(ErrorKind::InvalidInput)?.to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    let mut file = File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    // The rename is durable once the folder is.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
