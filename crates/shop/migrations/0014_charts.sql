-- What sells: places of the charts, and how popular things are in the search. Both are counted anew from sales now and then.

CREATE TABLE chart_places (
    period TEXT NOT NULL CONSTRAINT chart_period CHECK (period IN ('day', 'week', 'all')),
    kind TEXT NOT NULL CONSTRAINT chart_kind CHECK (kind IN ('release', 'track')),
    -- Empty: of all genres.
    genre_id TEXT NOT NULL,
    -- From 0, in the order of units.
    place BIGINT NOT NULL,
    release_id TEXT NOT NULL REFERENCES releases (id),
    -- Empty for a release.
    track_id TEXT NOT NULL,
    units BIGINT NOT NULL,
    PRIMARY KEY (period, kind, genre_id, place)
);

-- In steps: a change of a step, and no less, has the search index look at the thing again.
CREATE TABLE popularity (
    kind TEXT NOT NULL CONSTRAINT popular_kind CHECK (kind IN ('artist', 'label', 'release', 'track')),
    id TEXT NOT NULL,
    level BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
);

-- When sales were last counted: by whichever node was first.
CREATE TABLE charts_counted (
    period TEXT NOT NULL PRIMARY KEY,
    counted_us BIGINT NOT NULL
);
INSERT INTO charts_counted (period, counted_us) VALUES ('recent', 0), ('all', 0);
