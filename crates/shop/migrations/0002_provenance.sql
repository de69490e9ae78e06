-- What a master's samples say about its past (audio::provenance). A master without a row was not looked at.
CREATE TABLE master_provenance (
    master_id TEXT NOT NULL PRIMARY KEY REFERENCES masters (id),
    lossy_percent BIGINT NOT NULL,
    upsampled_percent BIGINT NOT NULL,
    padded_percent BIGINT NOT NULL,
    cutoff_hz BIGINT,
    real_bits BIGINT NOT NULL
);
