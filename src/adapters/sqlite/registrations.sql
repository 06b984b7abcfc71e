-- Times are milliseconds since 1970: due_at is compared and changed a thousand times, and the rest follows it.

-- Step 1 wrote events that nobody was ever told of: no version that sends them was released before this step. What the
-- ledger holds stands in the ledger.
DROP TABLE IF EXISTS events;

CREATE TABLE registrations (
    reference_no  TEXT PRIMARY KEY,
    product       TEXT NOT NULL,
    i_mid         TEXT NOT NULL,
    amt           TEXT NOT NULL,
    fields        TEXT NOT NULL,
    mitra_cd      TEXT,
    t_xid         TEXT UNIQUE,
    pay_no        TEXT,
    payment_url   TEXT,
    valid_until   INTEGER NOT NULL,
    state         TEXT NOT NULL,
    disputed      INTEGER NOT NULL CHECK (disputed IN (0, 1)),
    sent          INTEGER NOT NULL,
    asked         INTEGER NOT NULL,
    due_at        INTEGER,
    registered_at INTEGER NOT NULL,
    revision      INTEGER NOT NULL
) STRICT;
-- Most are settled and never due again, and do not stand in the index.
CREATE INDEX registrations_due ON registrations (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE registration_steps (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    reference_no TEXT NOT NULL,
    at           INTEGER NOT NULL,
    state        TEXT NOT NULL,
    evidence     TEXT NOT NULL
) STRICT;
CREATE INDEX registration_steps_order ON registration_steps (reference_no, number);

-- Every notification as it was received. The digest is of its tXid and its body: the same again counts up.
CREATE TABLE notifications (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    digest       TEXT NOT NULL UNIQUE,
    received_at  INTEGER NOT NULL,
    source       TEXT NOT NULL,
    t_xid        TEXT NOT NULL,
    reference_no TEXT NOT NULL,
    verdict      TEXT NOT NULL,
    body         TEXT NOT NULL,
    times        INTEGER NOT NULL
) STRICT;

-- What the merchant's shop is still to be told, written in the transaction of the change it tells of. due_at is NULL
-- when it is settled.
CREATE TABLE events (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id   TEXT NOT NULL UNIQUE,
    kind         TEXT NOT NULL,
    reference_no TEXT NOT NULL,
    body         TEXT NOT NULL,
    at           INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    due_at       INTEGER,
    delivered_at INTEGER,
    given_up     INTEGER NOT NULL CHECK (given_up IN (0, 1))
) STRICT;
CREATE INDEX events_due ON events (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX events_order ON events (reference_no, number);
