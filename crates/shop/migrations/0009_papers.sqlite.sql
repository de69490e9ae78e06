-- Append-only, in the database itself.
CREATE TRIGGER receipts_no_update BEFORE UPDATE ON receipts BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER receipts_no_delete BEFORE DELETE ON receipts BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER order_places_no_update BEFORE UPDATE ON order_places BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER order_places_no_delete BEFORE DELETE ON order_places BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER consents_no_update BEFORE UPDATE ON consents BEGIN SELECT RAISE(ABORT, 'append_only'); END;
CREATE TRIGGER consents_no_delete BEFORE DELETE ON consents BEGIN SELECT RAISE(ABORT, 'append_only'); END;
