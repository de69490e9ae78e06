-- The first tables. One text for both engines: BIGINT, TEXT and BYTEA only (SQLite reads BYTEA as BLOB), times in integer
-- microseconds since 1970 UTC, booleans as 0 and 1, ids as text. Triggers differ and stand in 0001_first.{sqlite,postgres}.sql.

CREATE TABLE settings_kept (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('catalog_changes', 0);

CREATE TABLE jobs (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    job_key TEXT NOT NULL,
    payload TEXT NOT NULL,
    owner TEXT NOT NULL,
    priority BIGINT NOT NULL,
    state TEXT NOT NULL CONSTRAINT job_state CHECK (state IN ('queued', 'running', 'failed')),
    -- How often it was reported as failed.
    attempts BIGINT NOT NULL,
    -- How often its worker vanished with it.
    lost BIGINT NOT NULL,
    run_at_us BIGINT NOT NULL,
    lease_until_us BIGINT,
    leased_by TEXT,
    last_error TEXT,
    created_us BIGINT NOT NULL,
    CONSTRAINT jobs_once UNIQUE (kind, job_key)
);
CREATE INDEX jobs_due ON jobs (state, priority, run_at_us);
CREATE INDEX jobs_of_owner ON jobs (owner, state);

CREATE TABLE storefronts (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    accent TEXT NOT NULL,
    created_us BIGINT NOT NULL
);

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL CONSTRAINT users_email_once UNIQUE,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL CONSTRAINT user_role CHECK (role IN ('listener', 'operator')),
    language TEXT NOT NULL,
    storefront TEXT NOT NULL REFERENCES storefronts (id),
    created_us BIGINT NOT NULL
);

CREATE TABLE sessions (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL CONSTRAINT session_kind CHECK (kind IN ('browser', 'api')),
    created_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id, created_us);

CREATE TABLE password_resets (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    created_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL
);
CREATE INDEX password_resets_of_user ON password_resets (user_id);

-- The catalogue.

CREATE TABLE artists (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    mbid TEXT,
    created_us BIGINT NOT NULL
);
CREATE INDEX artists_by_key ON artists (name_key);
CREATE INDEX artists_by_mbid ON artists (mbid);

CREATE TABLE labels (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL CONSTRAINT labels_once UNIQUE,
    created_us BIGINT NOT NULL
);

CREATE TABLE masters (
    id TEXT NOT NULL PRIMARY KEY,
    object_key TEXT NOT NULL,
    file_sha256 TEXT NOT NULL,
    file_bytes BIGINT NOT NULL,
    container TEXT NOT NULL,
    rate_hz BIGINT NOT NULL,
    channels BIGINT NOT NULL,
    bits BIGINT NOT NULL,
    is_float BIGINT NOT NULL,
    length_frames BIGINT NOT NULL,
    samples_md5 TEXT NOT NULL,
    loudness_clufs BIGINT,
    peak_millionths BIGINT NOT NULL,
    loudness_blocks BYTEA NOT NULL,
    created_us BIGINT NOT NULL
);

CREATE TABLE recordings (
    id TEXT NOT NULL PRIMARY KEY,
    isrc TEXT,
    mbid TEXT,
    master_id TEXT NOT NULL REFERENCES masters (id),
    created_us BIGINT NOT NULL
);
CREATE INDEX recordings_by_isrc ON recordings (isrc);
CREATE INDEX recordings_by_master ON recordings (master_id);

CREATE TABLE releases (
    id TEXT NOT NULL PRIMARY KEY,
    -- What makes two imports the same release: the MusicBrainz id, else the GTIN, else artist, title and date.
    import_key TEXT NOT NULL CONSTRAINT releases_once UNIQUE,
    title TEXT NOT NULL,
    credit TEXT NOT NULL,
    label_id TEXT REFERENCES labels (id),
    catalog_number TEXT,
    gtin TEXT,
    mbid TEXT,
    release_date TEXT,
    original_date TEXT,
    copyright TEXT,
    language TEXT,
    cover_id TEXT,
    album_gain_cdb BIGINT,
    album_peak_millionths BIGINT,
    state TEXT NOT NULL CONSTRAINT release_state CHECK (state IN ('on_sale', 'withdrawn')),
    created_us BIGINT NOT NULL,
    updated_us BIGINT NOT NULL
);
-- Ids sort by the time they were made.
CREATE INDEX releases_newest ON releases (state, id);
CREATE INDEX releases_by_label ON releases (label_id, id);

CREATE TABLE release_artists (
    release_id TEXT NOT NULL REFERENCES releases (id),
    place BIGINT NOT NULL,
    artist_id TEXT NOT NULL REFERENCES artists (id),
    name TEXT NOT NULL,
    join_phrase TEXT NOT NULL,
    sort_name TEXT,
    PRIMARY KEY (release_id, place)
);
CREATE INDEX release_artists_of_artist ON release_artists (artist_id, release_id);

CREATE TABLE genres (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE TABLE release_genres (
    release_id TEXT NOT NULL REFERENCES releases (id),
    genre_id TEXT NOT NULL REFERENCES genres (id),
    place BIGINT NOT NULL,
    PRIMARY KEY (release_id, genre_id)
);
CREATE INDEX release_genres_of_genre ON release_genres (genre_id, release_id);

CREATE TABLE media (
    release_id TEXT NOT NULL REFERENCES releases (id),
    number BIGINT NOT NULL,
    title TEXT,
    PRIMARY KEY (release_id, number)
);

CREATE TABLE tracks (
    id TEXT NOT NULL PRIMARY KEY,
    release_id TEXT NOT NULL REFERENCES releases (id),
    medium BIGINT NOT NULL,
    number BIGINT NOT NULL,
    title TEXT NOT NULL,
    credit TEXT NOT NULL,
    recording_id TEXT NOT NULL REFERENCES recordings (id),
    mb_track_id TEXT,
    composers TEXT NOT NULL,
    -- The tags as read, as JSON: what a rendition carries beyond the columns here.
    tags TEXT NOT NULL,
    state TEXT NOT NULL CONSTRAINT track_state CHECK (state IN ('on_sale', 'withdrawn')),
    created_us BIGINT NOT NULL,
    updated_us BIGINT NOT NULL,
    CONSTRAINT tracks_place UNIQUE (release_id, medium, number)
);
CREATE INDEX tracks_by_recording ON tracks (recording_id);

CREATE TABLE track_artists (
    track_id TEXT NOT NULL REFERENCES tracks (id),
    place BIGINT NOT NULL,
    artist_id TEXT NOT NULL REFERENCES artists (id),
    name TEXT NOT NULL,
    join_phrase TEXT NOT NULL,
    sort_name TEXT,
    PRIMARY KEY (track_id, place)
);
CREATE INDEX track_artists_of_artist ON track_artists (artist_id, track_id);

CREATE TABLE covers (
    id TEXT NOT NULL PRIMARY KEY,
    object_key TEXT NOT NULL,
    mime TEXT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    created_us BIGINT NOT NULL
);

-- Files seen by an import: an unchanged one (same path, size and time) is not read again.
CREATE TABLE import_files (
    path TEXT NOT NULL PRIMARY KEY,
    file_bytes BIGINT NOT NULL,
    modified_us BIGINT NOT NULL,
    file_sha256 TEXT NOT NULL,
    cover_sha256 TEXT,
    track_id TEXT NOT NULL REFERENCES tracks (id)
);

-- Every change to what a search or a cache shows, in the order of commit.
CREATE TABLE catalog_changes (
    seq BIGINT NOT NULL PRIMARY KEY,
    release_id TEXT NOT NULL REFERENCES releases (id),
    at_us BIGINT NOT NULL
);

-- The ledger. Written by shop::wallet alone; entries, postings and roots are append-only (triggers).

CREATE TABLE ledger_accounts (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    currency TEXT NOT NULL,
    -- Kept for accounts with a floor (a listener's balance and holds) only; the others are sums over postings.
    balance_micros BIGINT CONSTRAINT balance_not_negative CHECK (balance_micros >= 0)
);

CREATE TABLE ledger_writers (
    writer TEXT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL
);

CREATE TABLE ledger_entries (
    id TEXT NOT NULL PRIMARY KEY,
    writer TEXT NOT NULL,
    seq BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    kind TEXT NOT NULL,
    -- What the entry is about: an order line, a voucher, a person's reason.
    subject TEXT NOT NULL,
    prev_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT ledger_chain UNIQUE (writer, seq)
);

CREATE TABLE ledger_postings (
    entry_id TEXT NOT NULL REFERENCES ledger_entries (id),
    place BIGINT NOT NULL,
    account_id TEXT NOT NULL REFERENCES ledger_accounts (id),
    amount_micros BIGINT NOT NULL CONSTRAINT posting_not_zero CHECK (amount_micros <> 0),
    at_us BIGINT NOT NULL,
    PRIMARY KEY (entry_id, place)
);
CREATE INDEX ledger_postings_of_account ON ledger_postings (account_id, at_us, entry_id);

CREATE TABLE ledger_roots (
    day TEXT NOT NULL PRIMARY KEY,
    heads TEXT NOT NULL,
    hash BYTEA NOT NULL,
    at_us BIGINT NOT NULL
);

CREATE TABLE vouchers (
    code_hash BYTEA NOT NULL PRIMARY KEY,
    serial TEXT NOT NULL CONSTRAINT vouchers_serial UNIQUE,
    batch TEXT NOT NULL,
    amount_micros BIGINT NOT NULL CONSTRAINT voucher_amount CHECK (amount_micros > 0),
    currency TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    redeemed_by TEXT REFERENCES users (id),
    redeemed_us BIGINT
);

CREATE TABLE tariffs (
    id TEXT NOT NULL PRIMARY KEY,
    storefront TEXT NOT NULL REFERENCES storefronts (id),
    price_per_mb_micros BIGINT NOT NULL CONSTRAINT tariff_price CHECK (price_per_mb_micros >= 0),
    from_us BIGINT NOT NULL
);
CREATE INDEX tariffs_in_force ON tariffs (storefront, from_us);

-- Renditions: what one master became in one format by one encoder build.
CREATE TABLE renditions (
    id TEXT NOT NULL PRIMARY KEY,
    master_id TEXT NOT NULL REFERENCES masters (id),
    format TEXT NOT NULL,
    encoder TEXT NOT NULL,
    -- 'sized' means: the body left the cache, all numbers below are still known and will come out the same again.
    state TEXT NOT NULL CONSTRAINT rendition_state CHECK (state IN ('queued', 'encoding', 'ready', 'failed', 'sized')),
    payload_bytes BIGINT,
    payload_sha256 TEXT,
    body_bytes BIGINT,
    body_sha256 TEXT,
    body_crc32 BIGINT,
    body_object TEXT,
    body_index BYTEA,
    failure TEXT,
    created_us BIGINT NOT NULL,
    used_us BIGINT NOT NULL
);
CREATE INDEX renditions_of_master ON renditions (master_id, format);
CREATE INDEX renditions_idle ON renditions (state, used_us);

-- Hashes of whole files as served: a rendition under one set of tags.
CREATE TABLE served_files (
    rendition_id TEXT NOT NULL REFERENCES renditions (id),
    etag TEXT NOT NULL,
    file_bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (rendition_id, etag)
);

CREATE TABLE orders (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    storefront TEXT NOT NULL REFERENCES storefronts (id),
    idempotency_key TEXT NOT NULL,
    request_sha256 TEXT NOT NULL,
    currency TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    CONSTRAINT orders_once UNIQUE (user_id, idempotency_key)
);
CREATE INDEX orders_of_user ON orders (user_id, created_us, id);

CREATE TABLE order_lines (
    id TEXT NOT NULL PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    place BIGINT NOT NULL,
    track_id TEXT NOT NULL REFERENCES tracks (id),
    -- The release that the line was bought as a part of; null for a single track.
    release_id TEXT REFERENCES releases (id),
    master_id TEXT NOT NULL REFERENCES masters (id),
    format TEXT NOT NULL,
    rendition_id TEXT NOT NULL REFERENCES renditions (id),
    price_per_mb_micros BIGINT NOT NULL,
    held_micros BIGINT NOT NULL,
    -- Null until captured or given back.
    charged_micros BIGINT,
    charged_bytes BIGINT,
    settled_us BIGINT,
    state TEXT NOT NULL CONSTRAINT line_state CHECK (state IN ('held', 'charged', 'refunded')),
    CONSTRAINT order_lines_place UNIQUE (order_id, place),
    CONSTRAINT charged_at_most_the_hold CHECK (charged_micros IS NULL OR charged_micros <= held_micros)
);
CREATE INDEX order_lines_of_rendition ON order_lines (rendition_id, state);

CREATE TABLE entitlements (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    order_line_id TEXT NOT NULL CONSTRAINT entitlement_of_line UNIQUE REFERENCES order_lines (id),
    track_id TEXT NOT NULL REFERENCES tracks (id),
    format TEXT NOT NULL,
    -- Raised to make every link given out so far void.
    link_version BIGINT NOT NULL,
    granted_us BIGINT NOT NULL,
    revoked_us BIGINT
);
CREATE INDEX entitlements_of_user ON entitlements (user_id, granted_us, id);
