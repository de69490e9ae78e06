-- The shop's keys (Ed25519): what it signs, it signs with the one in force. Old public keys are kept for ever, since what
-- they signed is; old secrets are not.
CREATE TABLE signing_keys (
    -- Lower-case hexadecimal.
    public_key TEXT NOT NULL PRIMARY KEY,
    -- Null once retired.
    secret BYTEA,
    -- 1 for the key in force, null for the others: at most one is.
    in_force BIGINT CONSTRAINT signing_key_in_force UNIQUE,
    created_us BIGINT NOT NULL,
    retired_us BIGINT
);
