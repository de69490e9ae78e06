-- What listeners are to be told by mail: written with what causes it, gone when the letter is queued.
CREATE TABLE listener_notices (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL,
    amount_micros BIGINT NOT NULL,
    -- The top-up or the order that it is about.
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    created_us BIGINT NOT NULL
);
