CREATE TABLE orders (
    pay_no               TEXT PRIMARY KEY,
    partner_reference_no TEXT NOT NULL,
    pay_no_name          TEXT NOT NULL,
    pay_no_phone         TEXT NOT NULL,
    pay_no_email         TEXT NOT NULL,
    goods_name           TEXT NOT NULL,
    amount_sen           INTEGER NOT NULL CHECK (amount_sen BETWEEN 0 AND 99999999999),
    expires_at           TEXT NOT NULL,
    status               TEXT NOT NULL CHECK (status IN ('unpaid', 'paid', 'cancelled')),
    mitra_cd             TEXT
) STRICT, WITHOUT ROWID;

-- The bill is kept as it stood when it was paid: a retry is acknowledged from here, whatever became of the order.
CREATE TABLE payments (
    id                   INTEGER PRIMARY KEY,
    payment_request_id   TEXT NOT NULL UNIQUE,
    pay_no               TEXT NOT NULL,
    partner_reference_no TEXT NOT NULL,
    bill                 TEXT NOT NULL,
    amount_sen           INTEGER NOT NULL,
    client_id            TEXT NOT NULL,
    external_id          TEXT NOT NULL,
    mitra_cd             TEXT,
    trx_date_time        TEXT,
    recorded_at          TEXT NOT NULL,
    body                 TEXT NOT NULL,
    UNIQUE (pay_no, partner_reference_no)
) STRICT;

-- What the merchant's shop is still to be told, written in the transaction of the change it tells of.
CREATE TABLE events (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    kind               TEXT NOT NULL,
    payment_request_id TEXT NOT NULL REFERENCES payments (payment_request_id),
    created_at         TEXT NOT NULL
) STRICT;
