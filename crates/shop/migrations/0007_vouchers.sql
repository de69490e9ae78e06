-- Vouchers in batches: what a batch says, when its codes were made, and what became of each. Gifts.

CREATE TABLE voucher_batches (
    -- Chosen by the operator, or made.
    id TEXT NOT NULL PRIMARY KEY,
    sort TEXT NOT NULL CONSTRAINT batch_sort CHECK (sort IN ('money', 'percent', 'release')),
    -- Whose books carry it.
    storefront TEXT NOT NULL REFERENCES storefronts (id),
    currency TEXT NOT NULL,
    -- money: what a code is worth; release: the most it may cost. Null for percent, and where each code says it itself.
    value_micros BIGINT CONSTRAINT batch_value CHECK (value_micros > 0),
    -- percent: the discount on the next order.
    discount_ppm BIGINT CONSTRAINT batch_discount CHECK (discount_ppm > 0 AND discount_ppm <= 1000000),
    -- release: which one.
    release_id TEXT REFERENCES releases (id),
    -- From then on a code is worth nothing; null: never.
    expires_us BIGINT,
    reseller TEXT,
    margin_ppm BIGINT NOT NULL CONSTRAINT batch_margin CHECK (margin_ppm >= 0 AND margin_ppm <= 1000000),
    note TEXT NOT NULL,
    refundable_in_money BIGINT NOT NULL,
    -- How many codes; null where they are added one by one (gifts).
    count BIGINT,
    created_us BIGINT NOT NULL,
    -- Since when there are codes, and who saw them.
    printed_us BIGINT,
    printed_by TEXT REFERENCES users (id),
    stopped_us BIGINT,
    stopped_by TEXT REFERENCES users (id)
);
CREATE INDEX voucher_batches_expiring ON voucher_batches (expires_us);

-- Where its codes may be redeemed.
CREATE TABLE voucher_batch_storefronts (
    batch TEXT NOT NULL REFERENCES voucher_batches (id),
    storefront TEXT NOT NULL REFERENCES storefronts (id),
    PRIMARY KEY (batch, storefront)
);

INSERT INTO voucher_batches (id, sort, storefront, currency, value_micros, margin_ppm, note, refundable_in_money, count,
    created_us, printed_us)
SELECT batch, 'money', 'main', currency, MIN(amount_micros), 0, '', 0, COUNT(*), MIN(created_us), MIN(created_us)
FROM vouchers GROUP BY batch, currency;
INSERT INTO voucher_batch_storefronts (batch, storefront) SELECT id, storefront FROM voucher_batches;

-- A code that is worth a discount has no amount: the table is made anew, since SQLite changes no constraint.
ALTER TABLE vouchers RENAME TO vouchers_before_batches;
CREATE TABLE vouchers (
    code_hash BYTEA NOT NULL PRIMARY KEY,
    serial TEXT NOT NULL CONSTRAINT vouchers_serial_once UNIQUE,
    batch TEXT NOT NULL REFERENCES voucher_batches (id),
    -- What the books owe for it while it is open; null for a discount.
    amount_micros BIGINT CONSTRAINT voucher_is_worth_something CHECK (amount_micros > 0),
    currency TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    -- Open as long as all of these are null.
    redeemed_by TEXT REFERENCES users (id),
    redeemed_us BIGINT,
    stopped_us BIGINT,
    expired_us BIGINT,
    -- A discount, once redeemed, waits for this order.
    spent_order TEXT REFERENCES orders (id),
    CONSTRAINT voucher_ends_once CHECK (
        (CASE WHEN redeemed_us IS NULL THEN 0 ELSE 1 END) + (CASE WHEN stopped_us IS NULL THEN 0 ELSE 1 END)
        + (CASE WHEN expired_us IS NULL THEN 0 ELSE 1 END) <= 1)
);
INSERT INTO vouchers (code_hash, serial, batch, amount_micros, currency, created_us, redeemed_by, redeemed_us)
SELECT code_hash, serial, batch, amount_micros, currency, created_us, redeemed_by, redeemed_us FROM vouchers_before_batches;
DROP TABLE vouchers_before_batches;
CREATE INDEX vouchers_of_batch ON vouchers (batch, serial);
CREATE INDEX vouchers_of_user ON vouchers (redeemed_by, redeemed_us);

-- A voucher that one person buys and another gets by mail, on a date.
CREATE TABLE gifts (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    idempotency_key TEXT NOT NULL,
    request_sha256 TEXT NOT NULL,
    storefront TEXT NOT NULL REFERENCES storefronts (id),
    currency TEXT NOT NULL,
    amount_micros BIGINT NOT NULL CONSTRAINT gift_amount CHECK (amount_micros > 0),
    recipient TEXT NOT NULL,
    message TEXT NOT NULL,
    -- The letters as JSON, their code left open; null when none will be sent any more.
    letters TEXT,
    -- What the code is made from, only while the letter is on its way.
    seed BYTEA,
    state TEXT NOT NULL CONSTRAINT gift_state CHECK (state IN ('waiting', 'sending', 'sent', 'cancelled', 'failed')),
    send_us BIGINT NOT NULL,
    created_us BIGINT NOT NULL,
    ended_us BIGINT,
    -- Its code's serial number, from sending on.
    serial TEXT,
    failure TEXT,
    CONSTRAINT gifts_once UNIQUE (user_id, idempotency_key)
);
CREATE INDEX gifts_of_user ON gifts (user_id, created_us, id);
CREATE INDEX gifts_open ON gifts (state, storefront);
