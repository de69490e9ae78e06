-- Tariffs by format class and release tier, each with periods that follow each other without a hole. What stood becomes the
-- general tariff of its storefront: since always at two cents until the first price that was set.
ALTER TABLE tariffs RENAME TO tariffs_before;

CREATE TABLE tariffs (
    id TEXT NOT NULL PRIMARY KEY,
    storefront TEXT NOT NULL REFERENCES storefronts (id),
    -- Empty where every class, or every tier, is meant.
    class TEXT NOT NULL CONSTRAINT tariff_class CHECK (class IN ('', 'lossy', 'lossless', 'hires')),
    tier TEXT NOT NULL CONSTRAINT tariff_tier CHECK (tier IN ('', 'new', 'catalogue', 'free')),
    CONSTRAINT tariffs_once UNIQUE (storefront, class, tier)
);

CREATE TABLE tariff_periods (
    tariff_id TEXT NOT NULL REFERENCES tariffs (id),
    place BIGINT NOT NULL,
    -- Null: since always, and for good.
    from_us BIGINT,
    until_us BIGINT,
    price_per_mb_micros BIGINT NOT NULL CONSTRAINT period_price CHECK (price_per_mb_micros >= 0),
    PRIMARY KEY (tariff_id, place)
);

INSERT INTO tariffs (id, storefront, class, tier)
    SELECT DISTINCT CASE WHEN storefront = 'main' THEN 'standard' ELSE 'standard-' || storefront END, storefront, '', ''
    FROM tariffs_before;
INSERT INTO tariff_periods (tariff_id, place, from_us, until_us, price_per_mb_micros)
    SELECT t.id, 0, NULL, min(b.from_us), 20000 FROM tariffs t JOIN tariffs_before b ON b.storefront = t.storefront
    GROUP BY t.id;
-- Of two prices set at the same instant the later one held.
INSERT INTO tariff_periods (tariff_id, place, from_us, until_us, price_per_mb_micros)
    SELECT t.id, row_number() OVER (PARTITION BY b.storefront ORDER BY b.from_us), b.from_us,
        lead(b.from_us) OVER (PARTITION BY b.storefront ORDER BY b.from_us), b.price_per_mb_micros
    FROM tariffs_before b JOIN tariffs t ON t.storefront = b.storefront
    WHERE NOT EXISTS (SELECT 1 FROM tariffs_before o
                      WHERE o.storefront = b.storefront AND o.from_us = b.from_us AND o.id > b.id);

DROP TABLE tariffs_before;
