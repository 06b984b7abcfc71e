-- Sorted by day, so that the days to forget stand at the front.
CREATE TABLE external_ids (
    day TEXT NOT NULL,
    key BLOB NOT NULL,
    PRIMARY KEY (day, key)
) STRICT, WITHOUT ROWID;
