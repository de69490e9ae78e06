-- What operators gave back of sold lines, each under a name of its own so that the same request does nothing twice.
CREATE TABLE line_refunds (
    idempotency_key TEXT NOT NULL PRIMARY KEY,
    line_id TEXT NOT NULL REFERENCES order_lines (id),
    entry_id TEXT NOT NULL,
    promotional_micros BIGINT NOT NULL,
    voucher_micros BIGINT NOT NULL,
    purchased_micros BIGINT NOT NULL,
    at_us BIGINT NOT NULL
);
CREATE INDEX line_refunds_of_line ON line_refunds (line_id);
