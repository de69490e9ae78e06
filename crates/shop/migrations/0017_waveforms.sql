-- The outline of a master, for drawing: a byte for each point. Empty where the master could not be read.
CREATE TABLE waveforms (
    master_id TEXT NOT NULL PRIMARY KEY REFERENCES masters (id),
    points BYTEA NOT NULL CONSTRAINT waveform_small CHECK (length(points) <= 1024)
);
