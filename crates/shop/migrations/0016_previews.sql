-- Renditions of a part of a master, for listening. Null: of the whole.
ALTER TABLE renditions ADD COLUMN excerpt_start_frame BIGINT;
ALTER TABLE renditions ADD COLUMN excerpt_frames BIGINT;

-- Who hears how much in a storefront, and in which formats. Without a row the program's own values hold.
CREATE TABLE preview_settings (
    storefront TEXT NOT NULL PRIMARY KEY REFERENCES storefronts (id),
    visitor_s BIGINT NOT NULL,
    listener_s BIGINT NOT NULL,
    -- Null: the whole.
    buyer_s BIGINT,
    buyer_from_micros BIGINT NOT NULL,
    opus TEXT NOT NULL,
    mp3 TEXT NOT NULL,
    CONSTRAINT preview_seconds CHECK (visitor_s >= 0 AND listener_s >= visitor_s AND (buyer_s IS NULL OR buyer_s >= listener_s))
);

-- The most that rights holders let anybody hear of the tracks of a label, a release or a recording. 0: nothing.
CREATE TABLE preview_limits (
    id TEXT NOT NULL PRIMARY KEY,
    label_id TEXT REFERENCES labels (id),
    release_id TEXT REFERENCES releases (id),
    recording_id TEXT REFERENCES recordings (id),
    most_s BIGINT NOT NULL CONSTRAINT preview_limit_seconds CHECK (most_s >= 0),
    -- Who wishes it so, for people.
    note TEXT NOT NULL
);
CREATE INDEX preview_limits_of_label ON preview_limits (label_id);
CREATE INDEX preview_limits_of_release ON preview_limits (release_id);
CREATE INDEX preview_limits_of_recording ON preview_limits (recording_id);

-- In which classes of formats a release is sold; without a row in all.
CREATE TABLE release_formats (
    id TEXT NOT NULL PRIMARY KEY,
    release_id TEXT NOT NULL CONSTRAINT release_formats_once UNIQUE REFERENCES releases (id),
    lossy BIGINT NOT NULL,
    lossless BIGINT NOT NULL,
    hires BIGINT NOT NULL,
    CONSTRAINT release_formats_some CHECK (lossy + lossless + hires > 0)
);
