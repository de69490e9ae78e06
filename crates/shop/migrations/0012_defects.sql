-- Reports whose file could not be told good or bad are a state too. A constraint cannot be changed in SQLite, so the table is
-- made anew; nothing refers to it.
CREATE TABLE defects_anew (
    id TEXT NOT NULL PRIMARY KEY,
    line_id TEXT NOT NULL REFERENCES order_lines (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    state TEXT NOT NULL CONSTRAINT defect_state CHECK (state IN ('checking', 'fine', 'mended', 'lost', 'unclear')),
    -- What was credited.
    credited_micros BIGINT NOT NULL,
    reported_us BIGINT NOT NULL,
    decided_us BIGINT
);
INSERT INTO defects_anew SELECT id, line_id, user_id, state, credited_micros, reported_us, decided_us FROM defects;
DROP TABLE defects;
ALTER TABLE defects_anew RENAME TO defects;
CREATE INDEX defects_of_line ON defects (line_id, id);
CREATE INDEX defects_of_user ON defects (user_id, reported_us);
