-- Who gets what: payees, licences, shares, what each sale made due to whom, statements and payments out.

CREATE TABLE payees (
    id TEXT NOT NULL PRIMARY KEY,
    storefront TEXT NOT NULL REFERENCES storefronts (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL CONSTRAINT payee_kind CHECK (kind IN ('society', 'label', 'artist', 'publisher')),
    currency TEXT NOT NULL,
    -- Who signs in and reads the statements.
    user_id TEXT REFERENCES users (id),
    -- The DDEX party id (DPID), the international performer number.
    party_id TEXT,
    ipn TEXT,
    created_us BIGINT NOT NULL
);
CREATE INDEX payees_of_user ON payees (user_id);

CREATE TABLE licences (
    id TEXT NOT NULL PRIMARY KEY,
    storefront TEXT NOT NULL REFERENCES storefronts (id),
    kind TEXT NOT NULL CONSTRAINT licence_kind CHECK (kind IN ('society', 'direct')),
    payee_id TEXT NOT NULL REFERENCES payees (id),
    base TEXT NOT NULL CONSTRAINT licence_base CHECK (base IN ('gross', 'net')),
    rate_ppm BIGINT NOT NULL CONSTRAINT licence_rate CHECK (rate_ppm BETWEEN 0 AND 1000000),
    minimum_micros BIGINT NOT NULL CONSTRAINT licence_minimum CHECK (minimum_micros >= 0),
    minimum_when_free BIGINT NOT NULL,
    -- Whether shares split what is due, or the payee has it all.
    to_holders BIGINT NOT NULL,
    -- A direct deal over one label's recordings; null over all.
    label_id TEXT REFERENCES labels (id),
    -- Its name as the operator wrote it.
    label_text TEXT,
    -- The shop's own DDEX party id under this licence.
    licensee_party_id TEXT,
    from_us BIGINT NOT NULL,
    until_us BIGINT NOT NULL,
    created_us BIGINT NOT NULL
);
CREATE INDEX licences_in_force ON licences (storefront, until_us, from_us);

CREATE TABLE share_sets (
    id TEXT NOT NULL PRIMARY KEY,
    storefront TEXT NOT NULL REFERENCES storefronts (id),
    -- What it is about: one recording, all recordings with an ISRC, a release, a label, or everything else.
    scope TEXT NOT NULL CONSTRAINT share_scope CHECK (scope IN ('track', 'isrc', 'release', 'label', 'storefront')),
    -- The recording's, release's or label's id, or the ISRC; empty for the storefront.
    scope_key TEXT NOT NULL,
    -- The same as the operator wrote it.
    scope_text TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    CONSTRAINT shares_once UNIQUE (storefront, scope, scope_key)
);

CREATE TABLE share_holders (
    share_id TEXT NOT NULL REFERENCES share_sets (id),
    payee_id TEXT NOT NULL REFERENCES payees (id),
    share_ppm BIGINT NOT NULL CONSTRAINT share_above_nothing CHECK (share_ppm BETWEEN 1 AND 1000000),
    PRIMARY KEY (share_id, payee_id)
);
CREATE INDEX share_holders_of_payee ON share_holders (payee_id);

-- What was taken back of a sale, in signed figures (nothing here is above zero).
CREATE TABLE sale_corrections (
    id TEXT NOT NULL PRIMARY KEY,
    line_id TEXT NOT NULL REFERENCES order_lines (id),
    at_us BIGINT NOT NULL,
    -- -1 once the whole sale is undone, else 0.
    units BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    list_micros BIGINT NOT NULL,
    discount_micros BIGINT NOT NULL,
    gross_micros BIGINT NOT NULL,
    tax_micros BIGINT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX sale_corrections_of_line ON sale_corrections (line_id, id);
CREATE INDEX sale_corrections_by_time ON sale_corrections (at_us, id);

-- What a captured line, or a correction of one, made due to one payee. Everything but the statement is written once.
CREATE TABLE royalty_lines (
    id TEXT NOT NULL PRIMARY KEY,
    line_id TEXT NOT NULL REFERENCES order_lines (id),
    -- The correction that this row belongs to; null for the sale itself.
    correction_id TEXT REFERENCES sale_corrections (id),
    payee_id TEXT NOT NULL REFERENCES payees (id),
    storefront TEXT NOT NULL,
    currency TEXT NOT NULL,
    recording_id TEXT NOT NULL REFERENCES recordings (id),
    territory TEXT,
    -- Licences and shares may be gone or changed by now; what they said then stands here.
    licence_id TEXT NOT NULL,
    share_id TEXT,
    base TEXT NOT NULL,
    base_micros BIGINT NOT NULL,
    rate_ppm BIGINT NOT NULL,
    minimum_micros BIGINT NOT NULL,
    share_ppm BIGINT NOT NULL,
    due_micros BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    statement_id TEXT
);
CREATE INDEX royalty_lines_of_line ON royalty_lines (line_id);
CREATE INDEX royalty_lines_of_payee ON royalty_lines (payee_id, statement_id, at_us);
CREATE INDEX royalty_lines_open ON royalty_lines (statement_id, at_us);

-- Months that were closed, and up to when what was captured fell into them.
CREATE TABLE royalty_periods (
    period TEXT NOT NULL PRIMARY KEY,
    until_us BIGINT NOT NULL,
    closed_us BIGINT NOT NULL
);

CREATE TABLE statements (
    id TEXT NOT NULL PRIMARY KEY,
    payee_id TEXT NOT NULL REFERENCES payees (id),
    period TEXT NOT NULL REFERENCES royalty_periods (period),
    currency TEXT NOT NULL,
    -- What was owed from earlier statements when this one was made.
    brought_micros BIGINT NOT NULL,
    due_micros BIGINT NOT NULL,
    closed_us BIGINT NOT NULL,
    CONSTRAINT statements_once UNIQUE (payee_id, period)
);

-- The papers of a statement, as objects; written once they are whole.
CREATE TABLE statement_files (
    statement_id TEXT NOT NULL REFERENCES statements (id),
    kind TEXT NOT NULL CONSTRAINT statement_file_kind CHECK (kind IN ('csv', 'pdf', 'dsr')),
    name TEXT NOT NULL,
    object_key TEXT NOT NULL,
    file_bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (statement_id, kind)
);

CREATE TABLE payouts (
    id TEXT NOT NULL PRIMARY KEY,
    payee_id TEXT NOT NULL REFERENCES payees (id),
    idempotency_key TEXT NOT NULL CONSTRAINT payouts_once UNIQUE,
    amount_micros BIGINT NOT NULL CONSTRAINT payout_above_nothing CHECK (amount_micros > 0),
    currency TEXT NOT NULL,
    reference TEXT NOT NULL,
    at_us BIGINT NOT NULL
);
CREATE INDEX payouts_of_payee ON payouts (payee_id, at_us);

-- Sales by time.
CREATE INDEX order_lines_settled ON order_lines (state, settled_us, id);
