-- Addresses by their beginning, byte by byte whatever the order of letters is in this database.
CREATE INDEX users_by_email ON users (email_key COLLATE "C");
