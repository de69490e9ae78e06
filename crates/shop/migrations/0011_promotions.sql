-- Discounts, floors, what is special about one release, and what upgrades look for.

-- A new name whenever any rule of prices changes: what a process has read stays good for as long as the name is the same.
CREATE TABLE price_rules_version (
    name TEXT NOT NULL PRIMARY KEY,
    version TEXT NOT NULL
);
INSERT INTO price_rules_version (name, version) VALUES ('all', 'first');

CREATE TABLE promotions (
    id TEXT NOT NULL PRIMARY KEY,
    storefront TEXT NOT NULL REFERENCES storefronts (id),
    -- In capitals; null where none is needed.
    code TEXT,
    -- The rest, as JSON.
    rules TEXT NOT NULL,
    CONSTRAINT promotions_code_once UNIQUE (storefront, code)
);

-- Which orders had which promotions.
CREATE TABLE promotion_uses (
    promotion_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    at_us BIGINT NOT NULL,
    PRIMARY KEY (promotion_id, order_id)
);
CREATE INDEX promotion_uses_of_user ON promotion_uses (user_id, promotion_id);

-- The least that a rights holder lets his tracks be sold for. One of the three is set.
CREATE TABLE floors (
    id TEXT NOT NULL PRIMARY KEY,
    label_id TEXT REFERENCES labels (id),
    release_id TEXT REFERENCES releases (id),
    recording_id TEXT REFERENCES recordings (id),
    currency TEXT NOT NULL,
    per_track_micros BIGINT NOT NULL CONSTRAINT floor_per_track CHECK (per_track_micros >= 0),
    per_mb_micros BIGINT NOT NULL CONSTRAINT floor_per_mb CHECK (per_mb_micros >= 0)
);

-- What is special about one release in a storefront: its tier, and prices that its weight does not change.
CREATE TABLE release_prices (
    id TEXT NOT NULL PRIMARY KEY,
    storefront TEXT NOT NULL REFERENCES storefronts (id),
    release_id TEXT NOT NULL REFERENCES releases (id),
    tier TEXT NOT NULL CONSTRAINT release_tier CHECK (tier IN ('', 'new', 'catalogue', 'free')),
    CONSTRAINT release_prices_once UNIQUE (storefront, release_id)
);
CREATE TABLE release_fixed_prices (
    release_price_id TEXT NOT NULL REFERENCES release_prices (id),
    place BIGINT NOT NULL,
    -- Empty: every class.
    class TEXT NOT NULL CONSTRAINT fixed_class CHECK (class IN ('', 'lossy', 'lossless', 'hires')),
    release_micros BIGINT NOT NULL CONSTRAINT fixed_release CHECK (release_micros >= 0),
    track_micros BIGINT CONSTRAINT fixed_track CHECK (track_micros >= 0),
    PRIMARY KEY (release_price_id, place)
);

-- The code that an order was placed with.
ALTER TABLE orders ADD COLUMN code TEXT;

-- What of this track does he own?
CREATE INDEX entitlements_of_track ON entitlements (user_id, track_id);
CREATE INDEX orders_by_time ON orders (created_us, id);
