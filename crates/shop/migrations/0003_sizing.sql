-- How far the catalogue's changes were looked through for what is to be sized, for each list of formats.
CREATE TABLE sizing_position (
    formats TEXT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL
);
