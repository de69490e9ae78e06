-- 1: the tax of an order was declared with the voucher that pays for it.
ALTER TABLE orders ADD COLUMN tax_prepaid BIGINT NOT NULL DEFAULT 0;
