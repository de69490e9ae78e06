-- Append-only, in the database itself.
CREATE TRIGGER receipts_no_change BEFORE UPDATE OR DELETE ON receipts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER receipts_no_truncate BEFORE TRUNCATE ON receipts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER order_places_no_change BEFORE UPDATE OR DELETE ON order_places FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER order_places_no_truncate BEFORE TRUNCATE ON order_places FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER consents_no_change BEFORE UPDATE OR DELETE ON consents FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER consents_no_truncate BEFORE TRUNCATE ON consents FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
