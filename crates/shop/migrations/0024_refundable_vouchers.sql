-- Credit of vouchers that may go back in money is a top-up like others from now on; what was redeemed before becomes one.
INSERT INTO topups (id, user_id, storefront, currency, provider, amount_micros, received_micros, settled_micros, bonus_ppm,
        bonus_micros, refunded_micros, disputed_micros, elsewhere_micros, state, payment_ref, told, entry_id, created_us,
        expires_us, posted_us, looks)
    SELECT 'voucher-' || v.serial, v.redeemed_by, b.storefront, b.currency, 'voucher', v.amount_micros, v.amount_micros, 0, 0,
        0, 0, 0, 0, 'posted', v.serial, '', e.id, v.redeemed_us, v.redeemed_us, v.redeemed_us, 0
    FROM vouchers v JOIN voucher_batches b ON b.id = v.batch
    JOIN ledger_entries e ON e.subject = v.serial AND e.kind = 'voucher'
    WHERE b.sort = 'money' AND b.refundable_in_money = 1 AND v.redeemed_us IS NOT NULL;
