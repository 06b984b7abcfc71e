-- Times are text as they stand on the wire, in Jakarta's zone: they sort as they are, and are the same in every engine.
CREATE TABLE nico_orders (
    pay_no               text PRIMARY KEY COLLATE "C",
    partner_reference_no text NOT NULL,
    pay_no_name          text NOT NULL,
    pay_no_phone         text NOT NULL,
    pay_no_email         text NOT NULL,
    goods_name           text NOT NULL,
    amount_sen           bigint NOT NULL CHECK (amount_sen BETWEEN 0 AND 99999999999),
    expires_at           text NOT NULL,
    status               text NOT NULL CHECK (status IN ('unpaid', 'paid', 'cancelled')),
    mitra_cd             text
);
