-- What people say and want: reviews, wishes, whom they follow; what was bought together; what the editors pick.

CREATE TABLE reviews (
    id TEXT NOT NULL PRIMARY KEY,
    release_id TEXT NOT NULL REFERENCES releases (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    stars BIGINT NOT NULL CONSTRAINT review_stars CHECK (stars BETWEEN 1 AND 5),
    -- As its writer wants to be named; may be empty.
    author TEXT NOT NULL,
    -- Plain words; may be empty: then it is a rating.
    words TEXT NOT NULL,
    language TEXT NOT NULL,
    state TEXT NOT NULL CONSTRAINT review_state CHECK (state IN ('shown', 'hidden')),
    -- How many reported it since an operator looked last.
    reports BIGINT NOT NULL,
    created_us BIGINT NOT NULL,
    updated_us BIGINT NOT NULL,
    CONSTRAINT reviews_once UNIQUE (release_id, user_id)
);
CREATE INDEX reviews_of_release ON reviews (release_id, state, id);
CREATE INDEX reviews_reported ON reviews (reports, id);
CREATE INDEX reviews_of_user ON reviews (user_id, id);

CREATE TABLE review_reports (
    review_id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    reason TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    PRIMARY KEY (review_id, user_id)
);
CREATE INDEX review_reports_of_user ON review_reports (user_id, at_us);

-- Sums over the reviews of a release that are shown.
CREATE TABLE release_ratings (
    release_id TEXT NOT NULL PRIMARY KEY REFERENCES releases (id),
    reviews BIGINT NOT NULL,
    stars BIGINT NOT NULL
);

CREATE TABLE wishes (
    user_id TEXT NOT NULL REFERENCES users (id),
    release_id TEXT NOT NULL REFERENCES releases (id),
    at_us BIGINT NOT NULL,
    PRIMARY KEY (user_id, release_id)
);

CREATE TABLE follows (
    user_id TEXT NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL CONSTRAINT follow_kind CHECK (kind IN ('artist', 'label')),
    subject TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    PRIMARY KEY (user_id, kind, subject)
);

-- When somebody who follows was last told, and by which secret he stops it.
CREATE TABLE digests (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id),
    token TEXT NOT NULL CONSTRAINT digests_token UNIQUE,
    told_us BIGINT NOT NULL,
    is_wanted BIGINT NOT NULL
);
CREATE INDEX digests_due ON digests (is_wanted, told_us);

CREATE TABLE bought_together (
    release_id TEXT NOT NULL REFERENCES releases (id),
    other_id TEXT NOT NULL REFERENCES releases (id),
    buyers BIGINT NOT NULL,
    PRIMARY KEY (release_id, other_id)
);
CREATE TABLE bought_together_counted (
    name TEXT NOT NULL PRIMARY KEY,
    counted_us BIGINT NOT NULL
);
INSERT INTO bought_together_counted (name, counted_us) VALUES ('all', 0);

CREATE TABLE picks (
    id TEXT NOT NULL PRIMARY KEY,
    storefront TEXT NOT NULL REFERENCES storefronts (id),
    release_id TEXT NOT NULL REFERENCES releases (id),
    -- The lower the earlier it stands.
    place BIGINT NOT NULL,
    -- A line or two by language, as JSON.
    words TEXT NOT NULL,
    updated_us BIGINT NOT NULL,
    CONSTRAINT picks_once UNIQUE (storefront, release_id)
);
CREATE INDEX picks_in_order ON picks (storefront, place, id);
