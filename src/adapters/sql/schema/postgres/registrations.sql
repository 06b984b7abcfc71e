-- Times are milliseconds since 1970: due_at is compared and changed a thousand times, and the rest follows it.

-- Step 1 wrote events that nobody was ever told of: no version that sends them was released before this step. What the
-- ledger holds stands in the ledger.
DROP TABLE IF EXISTS nico_events;

CREATE TABLE nico_registrations (
    reference_no  text PRIMARY KEY,
    product       text NOT NULL,
    i_mid         text NOT NULL,
    amt           text NOT NULL,
    fields        text NOT NULL,
    mitra_cd      text,
    t_xid         text UNIQUE,
    pay_no        text,
    payment_url   text,
    valid_until   bigint NOT NULL,
    state         text NOT NULL,
    disputed      smallint NOT NULL CHECK (disputed IN (0, 1)),
    sent          bigint NOT NULL,
    asked         bigint NOT NULL,
    due_at        bigint,
    registered_at bigint NOT NULL,
    revision      bigint NOT NULL
);
-- Most are settled and never due again, and do not stand in the index.
CREATE INDEX nico_registrations_due ON nico_registrations (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE nico_registration_steps (
    number       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference_no text NOT NULL,
    at           bigint NOT NULL,
    state        text NOT NULL,
    evidence     text NOT NULL
);
CREATE INDEX nico_registration_steps_order ON nico_registration_steps (reference_no, number);

-- Every notification as it was received. The digest is of its tXid and its body: the same again counts up.
CREATE TABLE nico_notifications (
    number       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest       text NOT NULL UNIQUE,
    received_at  bigint NOT NULL,
    source       text NOT NULL,
    t_xid        text NOT NULL,
    reference_no text NOT NULL,
    verdict      text NOT NULL,
    body         text NOT NULL,
    times        bigint NOT NULL
);

-- What the merchant's shop is still to be told, written in the transaction of the change it tells of. due_at is NULL
-- when it is settled.
CREATE TABLE nico_events (
    number       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id   text NOT NULL UNIQUE,
    kind         text NOT NULL,
    reference_no text NOT NULL,
    body         text NOT NULL,
    at           bigint NOT NULL,
    attempts     bigint NOT NULL,
    due_at       bigint,
    delivered_at bigint,
    given_up     smallint NOT NULL CHECK (given_up IN (0, 1))
);
CREATE INDEX nico_events_due ON nico_events (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX nico_events_order ON nico_events (reference_no, number);
