-- Tax and papers: rates, evidence of place, consents, what was bought, receipts, reports of bad files.

CREATE TABLE tax_settings (
    storefront TEXT NOT NULL PRIMARY KEY REFERENCES storefronts (id),
    prices_include_tax BIGINT NOT NULL,
    unknown_country TEXT NOT NULL CONSTRAINT tax_unknown_country CHECK (unknown_country IN ('refuse', 'no_tax', 'default')),
    default_country TEXT,
    seller_name TEXT NOT NULL,
    seller_address TEXT NOT NULL,
    seller_country TEXT,
    seller_tax_number TEXT NOT NULL,
    -- Printed at the foot of every paper.
    note TEXT NOT NULL,
    changed_us BIGINT NOT NULL
);

CREATE TABLE tax_rates (
    id TEXT NOT NULL PRIMARY KEY,
    storefront TEXT NOT NULL REFERENCES storefronts (id),
    country TEXT NOT NULL,
    from_day TEXT NOT NULL,
    rate_ppm BIGINT NOT NULL CONSTRAINT tax_rate CHECK (rate_ppm BETWEEN 0 AND 1000000),
    note TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    CONSTRAINT tax_rates_once UNIQUE (storefront, country, from_day)
);

-- What a buyer says of himself for his papers.
CREATE TABLE billing_details (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id),
    country TEXT,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    tax_number TEXT NOT NULL,
    changed_us BIGINT NOT NULL
);

-- Where the buyer of an order was, and by which evidence. Written once.
CREATE TABLE order_places (
    order_id TEXT NOT NULL PRIMARY KEY REFERENCES orders (id),
    -- Null where it is unknown.
    country TEXT,
    card_country TEXT,
    stated_country TEXT,
    address_country TEXT,
    contradicted BIGINT NOT NULL,
    -- There was no evidence: the storefront's default country.
    assumed BIGINT NOT NULL,
    rate_id TEXT,
    tax_ppm BIGINT NOT NULL,
    tax_included BIGINT NOT NULL
);
CREATE INDEX order_places_of_rate ON order_places (rate_id);

CREATE TABLE consent_texts (
    id TEXT NOT NULL PRIMARY KEY,
    storefront TEXT NOT NULL REFERENCES storefronts (id),
    kind TEXT NOT NULL CONSTRAINT consent_kind CHECK (kind IN ('immediate_supply', 'lawful_country')),
    version BIGINT NOT NULL CONSTRAINT consent_version CHECK (version > 0),
    -- The text in each language, as JSON.
    texts TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    CONSTRAINT consent_texts_once UNIQUE (storefront, kind, version)
);

CREATE TABLE consents (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    text_id TEXT NOT NULL REFERENCES consent_texts (id),
    -- Where he was; empty where that was unknown, or where it does not matter.
    country TEXT NOT NULL,
    language TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    CONSTRAINT consents_once UNIQUE (user_id, text_id, country)
);

-- What a charged line was of, as it was when it was charged: what a receipt says never changes with the catalogue, the tags
-- or the encoder.
CREATE TABLE order_line_facts (
    line_id TEXT NOT NULL PRIMARY KEY REFERENCES order_lines (id),
    order_id TEXT NOT NULL REFERENCES orders (id),
    title TEXT NOT NULL,
    credit TEXT NOT NULL,
    release_title TEXT NOT NULL,
    label TEXT,
    isrc TEXT,
    payload_sha256 TEXT,
    -- By which credit it was paid; the rest is purchased credit.
    promotional_micros BIGINT NOT NULL,
    voucher_micros BIGINT NOT NULL,
    -- 1 once it stands on a receipt.
    on_receipt BIGINT NOT NULL
);
CREATE INDEX order_line_facts_of_order ON order_line_facts (order_id);
CREATE INDEX order_line_facts_due ON order_line_facts (order_id) WHERE on_receipt = 0;

-- What was charged before is taken as it is now.
INSERT INTO order_line_facts (line_id, order_id, title, credit, release_title, label, isrc, payload_sha256,
        promotional_micros, voucher_micros, on_receipt)
    SELECT l.id, l.order_id, t.title, t.credit, a.title, b.name, c.isrc, r.payload_sha256, 0, 0, 0
    FROM order_lines l JOIN tracks t ON t.id = l.track_id JOIN releases a ON a.id = t.release_id
    JOIN recordings c ON c.id = t.recording_id JOIN renditions r ON r.id = l.rendition_id
    LEFT JOIN labels b ON b.id = a.label_id WHERE l.state = 'charged';

CREATE TABLE receipt_serials (
    storefront TEXT NOT NULL REFERENCES storefronts (id),
    kind TEXT NOT NULL,
    year BIGINT NOT NULL,
    last BIGINT NOT NULL,
    PRIMARY KEY (storefront, kind, year)
);

CREATE TABLE receipts (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CONSTRAINT receipt_kind CHECK (kind IN ('receipt', 'credit_note')),
    storefront TEXT NOT NULL REFERENCES storefronts (id),
    year BIGINT NOT NULL,
    serial BIGINT NOT NULL,
    order_id TEXT NOT NULL REFERENCES orders (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    -- What it is about: of a receipt its order's id, of a credit note the ledger's entry.
    subject TEXT NOT NULL,
    -- JSON with its fields in order and no spaces: exactly what is signed.
    document TEXT NOT NULL,
    public_key TEXT NOT NULL,
    signature TEXT NOT NULL,
    issued_us BIGINT NOT NULL,
    CONSTRAINT receipts_serial UNIQUE (storefront, kind, year, serial),
    CONSTRAINT receipts_once UNIQUE (kind, subject)
);
CREATE INDEX receipts_of_order ON receipts (order_id);

-- Parts of charges that were taken back and wait for their paper.
CREATE TABLE credit_notes_due (
    -- The ledger's entry.
    entry_id TEXT NOT NULL PRIMARY KEY REFERENCES ledger_entries (id),
    line_id TEXT NOT NULL REFERENCES order_lines (id),
    gross_micros BIGINT NOT NULL CONSTRAINT credit_note_amount CHECK (gross_micros > 0),
    tax_micros BIGINT NOT NULL,
    promotional_micros BIGINT NOT NULL,
    voucher_micros BIGINT NOT NULL,
    reason TEXT NOT NULL
);

CREATE TABLE defects (
    id TEXT NOT NULL PRIMARY KEY,
    line_id TEXT NOT NULL REFERENCES order_lines (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    state TEXT NOT NULL CONSTRAINT defect_state CHECK (state IN ('checking', 'fine', 'mended', 'lost')),
    -- What was credited.
    credited_micros BIGINT NOT NULL,
    reported_us BIGINT NOT NULL,
    decided_us BIGINT
);
CREATE INDEX defects_of_line ON defects (line_id, id);
CREATE INDEX defects_of_user ON defects (user_id, reported_us);
