-- Times are text as they stand on the wire, in Jakarta's zone: they sort as they are, and are the same in every engine.
-- What is compared has a binary collation: "inv-1" and "INV-1" are two references.
CREATE TABLE IF NOT EXISTS nico_orders (
    pay_no               VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    partner_reference_no VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    pay_no_name          VARCHAR(100) NOT NULL,
    pay_no_phone         VARCHAR(15) NOT NULL,
    pay_no_email         VARCHAR(100) NOT NULL,
    goods_name           VARCHAR(200) NOT NULL,
    amount_sen           BIGINT NOT NULL CHECK (amount_sen BETWEEN 0 AND 99999999999),
    expires_at           VARCHAR(35) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    status               VARCHAR(9) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                         CHECK (status IN ('unpaid', 'paid', 'cancelled')),
    mitra_cd             VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
