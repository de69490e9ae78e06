-- Signed roots, and entries by what they are about.

-- The hash of the root before it; null for roots from before they were signed.
ALTER TABLE ledger_roots ADD COLUMN prev_hash BYTEA;
ALTER TABLE ledger_roots ADD COLUMN public_key TEXT;
ALTER TABLE ledger_roots ADD COLUMN signature TEXT;

CREATE INDEX ledger_entries_of_subject ON ledger_entries (subject);
