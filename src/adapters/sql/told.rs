//! What an engine's error says, and what of it a log may hold.

use std::borrow::Cow;

use sqlx::error::DatabaseError;
use sqlx::mysql::MySqlDatabaseError;

use crate::adapters::shop::ShopError;
use crate::order::StoreError;

/// Two transactions waited for each other, and the engine has undone ours.
#[derive(Debug, thiserror::Error)]
#[error("the database has undone this for another's sake")]
pub(super) struct Deadlock;

/// An engine's error for the log. What it says of data may repeat the data, so of that the code alone is told.
pub(super) fn told(error: sqlx::Error) -> StoreError {
    if let sqlx::Error::Database(database) = &error {
        return told_by_engine(&**database);
    }
    if matches!(&error, sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. }) {
        return StoreError::new("a column cannot be read");
    }
    // The driver's errors repeat their cause, which StoreError would tell once more.
    StoreError::new(&error.to_string())
}

fn told_by_engine(error: &dyn DatabaseError) -> StoreError {
    let code = error.code().unwrap_or(Cow::Borrowed("HY000"));
    // MySQL and MariaDB have codes that say less than their numbers.
    let number = error.try_downcast_ref::<MySqlDatabaseError>().map_or(0, MySqlDatabaseError::number);
    let class = code.get(..2).unwrap_or_default();
    match &*code {
        "25006" => ShopError::Writes.into(),
        "40001" | "40P01" => Deadlock.into(),
        "57014" | "55P03" => StoreError::timed_out(ENDED),
        _ if TIMED_OUT.contains(&number) => StoreError::timed_out(ENDED),
        code if ABOUT_NO_DATA.contains(&class) => StoreError::new(&format!("{} (SQLSTATE {code})", error.message())),
        code => {
            StoreError::new(&format!("the database refused the data, in words that may repeat it (SQLSTATE {code})"))
        }
    }
}

const ENDED: &str = "the database ended a statement that took too long";

/// The numbers of MySQL and MariaDB for a lock that was waited for, and for a statement that ran, too long.
const TIMED_OUT: [u16; 3] = [1205, 1969, 3024];

/// The classes of errors that speak of the statement, the session and the server. The others (data, constraints, what a
/// trigger raises, HY000) may repeat a row.
const ABOUT_NO_DATA: [&str; 13] = ["08", "0A", "25", "28", "3D", "3F", "42", "53", "54", "55", "57", "58", "70"];
