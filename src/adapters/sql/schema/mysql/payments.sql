-- The bill is kept as it stood when it was paid: a retry is acknowledged from here, whatever became of the order.
CREATE TABLE IF NOT EXISTS nico_payments (
    id                   BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    payment_request_id   VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    pay_no               VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    partner_reference_no VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    bill                 TEXT NOT NULL,
    amount_sen           BIGINT NOT NULL,
    client_id            VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    external_id          VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    mitra_cd             VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin,
    trx_date_time        VARCHAR(35) CHARACTER SET ascii COLLATE ascii_bin,
    recorded_at          VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    body                 MEDIUMTEXT NOT NULL,
    UNIQUE KEY nico_payments_request (payment_request_id),
    UNIQUE KEY nico_payments_bill (pay_no, partner_reference_no)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What the merchant's shop is still to be told, written in the transaction of the change it tells of.
CREATE TABLE IF NOT EXISTS nico_events (
    id                 BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    kind               VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    payment_request_id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at         VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    CONSTRAINT nico_events_payment FOREIGN KEY (payment_request_id) REFERENCES nico_payments (payment_request_id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
