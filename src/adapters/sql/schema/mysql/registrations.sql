-- Times are milliseconds since 1970: due_at is compared and changed a thousand times, and the rest follows it.
-- Whatever ends this step half-way, it can be taken anew: nobody writes to these tables before it is done.

-- Step 1 wrote events that nobody was ever told of: no version that sends them was released before this step. What the
-- ledger holds stands in the ledger.
DROP TABLE IF EXISTS nico_events;

CREATE TABLE IF NOT EXISTS nico_registrations (
    reference_no  VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    product       VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    i_mid         VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    amt           VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    fields        MEDIUMTEXT NOT NULL,
    mitra_cd      VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin,
    t_xid         VARCHAR(30) CHARACTER SET ascii COLLATE ascii_bin,
    pay_no        VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    payment_url   TEXT,
    valid_until   BIGINT NOT NULL,
    state         VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    disputed      SMALLINT NOT NULL CHECK (disputed IN (0, 1)),
    sent          BIGINT NOT NULL,
    asked         BIGINT NOT NULL,
    due_at        BIGINT,
    registered_at BIGINT NOT NULL,
    revision      BIGINT NOT NULL,
    UNIQUE KEY nico_registrations_t_xid (t_xid),
    KEY nico_registrations_due (due_at)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS nico_registration_steps (
    number       BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    reference_no VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    at           BIGINT NOT NULL,
    state        VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    evidence     TEXT NOT NULL,
    KEY nico_registration_steps_order (reference_no, number)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Every notification as it was received. The digest is of its tXid and its body: the same again counts up.
CREATE TABLE IF NOT EXISTS nico_notifications (
    number       BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    digest       CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    received_at  BIGINT NOT NULL,
    source       TEXT NOT NULL,
    t_xid        VARCHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    reference_no VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    verdict      TEXT NOT NULL,
    body         MEDIUMTEXT NOT NULL,
    times        BIGINT NOT NULL,
    UNIQUE KEY nico_notifications_digest (digest)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What the merchant's shop is still to be told, written in the transaction of the change it tells of. due_at is NULL
-- when it is settled.
CREATE TABLE IF NOT EXISTS nico_events (
    number       BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    message_id   VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind         VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    reference_no VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    body         MEDIUMTEXT NOT NULL,
    at           BIGINT NOT NULL,
    attempts     BIGINT NOT NULL,
    due_at       BIGINT,
    delivered_at BIGINT,
    given_up     SMALLINT NOT NULL CHECK (given_up IN (0, 1)),
    UNIQUE KEY nico_events_message (message_id),
    KEY nico_events_due (due_at),
    KEY nico_events_order (reference_no, number)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
