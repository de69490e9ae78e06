-- Credit by kind, prices by terms, corrections.

-- The entry that an entry corrects.
ALTER TABLE ledger_entries ADD COLUMN corrects TEXT REFERENCES ledger_entries (id);

-- What a line's price follows from, beside price_per_mb_micros (money::price::Terms).
ALTER TABLE order_lines ADD COLUMN fixed_micros BIGINT;
ALTER TABLE order_lines ADD COLUMN discount_ppm BIGINT NOT NULL DEFAULT 0;
ALTER TABLE order_lines ADD COLUMN floor_per_track_micros BIGINT NOT NULL DEFAULT 0;
ALTER TABLE order_lines ADD COLUMN floor_per_mb_micros BIGINT NOT NULL DEFAULT 0;
ALTER TABLE order_lines ADD COLUMN paid_before_micros BIGINT NOT NULL DEFAULT 0;
ALTER TABLE order_lines ADD COLUMN tax_ppm BIGINT NOT NULL DEFAULT 0;
ALTER TABLE order_lines ADD COLUMN tax_included BIGINT NOT NULL DEFAULT 0;
ALTER TABLE order_lines ADD COLUMN tax_country TEXT;
-- Parts of held_micros that are not purchased credit.
ALTER TABLE order_lines ADD COLUMN held_promotional_micros BIGINT NOT NULL DEFAULT 0;
ALTER TABLE order_lines ADD COLUMN held_voucher_micros BIGINT NOT NULL DEFAULT 0;
-- Of the charge, from capture on.
ALTER TABLE order_lines ADD COLUMN list_micros BIGINT;
ALTER TABLE order_lines ADD COLUMN discount_micros BIGINT;
ALTER TABLE order_lines ADD COLUMN tax_micros BIGINT;
