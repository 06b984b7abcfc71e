-- The bill is kept as it stood when it was paid: a retry is acknowledged from here, whatever became of the order.
CREATE TABLE nico_payments (
    id                   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payment_request_id   text NOT NULL UNIQUE,
    pay_no               text NOT NULL,
    partner_reference_no text NOT NULL,
    bill                 text NOT NULL,
    amount_sen           bigint NOT NULL,
    client_id            text NOT NULL,
    external_id          text NOT NULL,
    mitra_cd             text,
    trx_date_time        text,
    recorded_at          text NOT NULL,
    body                 text NOT NULL,
    UNIQUE (pay_no, partner_reference_no)
);

-- What the merchant's shop is still to be told, written in the transaction of the change it tells of.
CREATE TABLE nico_events (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind               text NOT NULL,
    payment_request_id text NOT NULL REFERENCES nico_payments (payment_request_id),
    created_at         text NOT NULL
);
