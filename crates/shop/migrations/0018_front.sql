-- What stands around the shop: what a licence is called, the operator's pages and texts, news, and the notice that closes it.

ALTER TABLE licences ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE licences ADD COLUMN number TEXT NOT NULL DEFAULT '';

CREATE TABLE texts (
    id TEXT NOT NULL PRIMARY KEY,
    storefront TEXT NOT NULL REFERENCES storefronts (id),
    -- A page of its own, or something of the catalogue that it is about.
    place TEXT NOT NULL
        CONSTRAINT text_place CHECK (place IN ('about', 'terms', 'privacy', 'help', 'release', 'artist', 'label')),
    -- The id of the release, artist or label; empty for a page.
    subject TEXT NOT NULL,
    -- Markdown by language, as JSON.
    texts TEXT NOT NULL,
    updated_us BIGINT NOT NULL,
    CONSTRAINT texts_once UNIQUE (storefront, place, subject)
);

CREATE TABLE news (
    id TEXT NOT NULL PRIMARY KEY,
    storefront TEXT NOT NULL REFERENCES storefronts (id),
    published_us BIGINT NOT NULL,
    -- By language, as JSON.
    titles TEXT NOT NULL,
    texts TEXT NOT NULL,
    updated_us BIGINT NOT NULL
);
CREATE INDEX news_newest ON news (storefront, published_us, id);

-- A storefront that is in here is closed.
CREATE TABLE notices (
    storefront TEXT NOT NULL PRIMARY KEY REFERENCES storefronts (id),
    -- By language, as JSON.
    messages TEXT NOT NULL,
    retry_after_s BIGINT NOT NULL CONSTRAINT notice_retry CHECK (retry_after_s > 0),
    since_us BIGINT NOT NULL
);
