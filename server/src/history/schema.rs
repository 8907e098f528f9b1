//! The tables of the history in `ringside.db`.
//!
//! A row's `key` is its place for paging, its `at` the moment that it is ordered by, `record` all of it as JSON. `way` and
//! `result` are places in the words' own lists, `way` from 1. A list (`past_party`, `past_visitor`) has the rows of one name in
//! order of time: so a search by name reads what it finds. `parties` are the row's names, four bytes each, least significant
//! first: what a second condition is judged by.

/// What brings `ringside.db` to this shape.
pub const TABLES: &str = "
CREATE TABLE past_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    -- Up to which entry of the journal all is here.
    upto INTEGER NOT NULL,
    -- Of which journal, and by which version of the fold.
    epoch TEXT NOT NULL,
    fold INTEGER NOT NULL,
    -- The journal is read once more for another version, and for another journal.
    pass INTEGER NOT NULL,
    -- The first pass over this journal: what is of an older one can't be made again.
    first_pass INTEGER NOT NULL,
    -- Whether this pass has come to the journal's end, so that what it did not find is gone.
    whole INTEGER NOT NULL
) STRICT;

CREATE TABLE past_name (
    id INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    -- n and a number; q and a queue's id or number.
    word TEXT NOT NULL,
    UNIQUE (tenant, word)
) STRICT;
CREATE VIRTUAL TABLE past_part USING fts5
    (word, content = 'past_name', content_rowid = 'id', tokenize = 'trigram', detail = 'full', columnsize = 0);
CREATE TRIGGER past_name_in AFTER INSERT ON past_name WHEN new.word LIKE 'n%' BEGIN
    INSERT INTO past_part (rowid, word) VALUES (new.id, new.word);
END;
CREATE TRIGGER past_name_out AFTER DELETE ON past_name WHEN old.word LIKE 'n%' BEGIN
    INSERT INTO past_part (past_part, rowid, word) VALUES ('delete', old.id, old.word);
END;

CREATE TABLE past_call (
    key INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    call TEXT NOT NULL,
    -- Which of the call's visits; nothing for the call itself.
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    way INTEGER NOT NULL,
    result INTEGER NOT NULL,
    pass INTEGER NOT NULL,
    parties BLOB NOT NULL,
    record TEXT NOT NULL,
    UNIQUE (tenant, call, id)
) STRICT;
CREATE INDEX past_call_by_time ON past_call (tenant, at, key, way, result);
CREATE TABLE past_party (
    name INTEGER NOT NULL,
    at INTEGER NOT NULL,
    key INTEGER NOT NULL,
    way INTEGER NOT NULL,
    result INTEGER NOT NULL,
    PRIMARY KEY (name, at, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE past_visit (
    key INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    call TEXT NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    way INTEGER NOT NULL,
    result INTEGER NOT NULL,
    pass INTEGER NOT NULL,
    parties BLOB NOT NULL,
    record TEXT NOT NULL,
    UNIQUE (tenant, call, id)
) STRICT;
CREATE INDEX past_visit_by_time ON past_visit (tenant, at, key, way, result);
CREATE TABLE past_visitor (
    name INTEGER NOT NULL,
    at INTEGER NOT NULL,
    key INTEGER NOT NULL,
    way INTEGER NOT NULL,
    result INTEGER NOT NULL,
    PRIMARY KEY (name, at, key)
) STRICT, WITHOUT ROWID;
";
