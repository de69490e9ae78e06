-- Single-purpose vouchers: taxed as they are made, in the one country where they may be redeemed.

ALTER TABLE voucher_batches ADD COLUMN taxed_in TEXT;
-- The tax that was declared in a code.
ALTER TABLE vouchers ADD COLUMN tax_micros BIGINT NOT NULL DEFAULT 0;

-- Which voucher an order spent.
CREATE INDEX vouchers_spent ON vouchers (spent_order) WHERE spent_order IS NOT NULL;
