//! X-EXTERNAL-IDs in a file of their own.

use std::path::Path;

use super::writer::Writer;
use super::{Kind, open};
use crate::external_id::{Claim, Claimed, ExternalIdStore};
use crate::order::StoreError;

/// How many ids of days gone by each claim takes with it. More than one, so that the store shrinks to the days that
/// are kept; few, so that no claim ever waits for a great clearing out.
const FORGOTTEN_PER_CLAIM: u32 = 4;

const EXTERNAL_IDS: Kind = Kind { table: "external_ids", steps: &[include_str!("external_ids.sql")] };

/// X-EXTERNAL-IDs in SQLite, 16 bytes an id.
pub struct SqliteExternalIds(Writer);

impl SqliteExternalIds {
    /// Opens a file, or makes it.
    ///
    /// # Errors
    /// [`StoreError`] when the file is no database, cannot be written, or was made by a newer version.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let connection = open(path.as_ref(), "NORMAL", &EXTERNAL_IDS)?;
        Ok(Self(Writer::start(connection)?))
    }
}

impl ExternalIdStore for SqliteExternalIds {
    async fn claim(&self, claim: &Claim) -> Result<Claimed, StoreError> {
        let (day, oldest, key) = (claim.date.to_string(), claim.oldest_day_kept().to_string(), claim.key());
        let claimed = self.0.write(move |connection| {
            let insert = "INSERT INTO external_ids (day, key) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
            let inserted = connection.prepare_cached(insert)?.execute((&day, &key))?;
            let forget = "DELETE FROM external_ids WHERE (day, key) IN
                          (SELECT day, key FROM external_ids WHERE day < ?1 LIMIT ?2)";
            connection.prepare_cached(forget)?.execute((&oldest, FORGOTTEN_PER_CLAIM))?;
            Ok(inserted == 1)
        });
        Ok(if claimed.await? { Claimed::First } else { Claimed::Reused })
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.0.ready().await
    }
}
