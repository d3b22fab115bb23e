"""The tables of a journal, and how it finds what decides where a file has several rows for a value."""

TABLES = """
CREATE TABLE run (
    key BLOB NOT NULL, size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, ends BLOB NOT NULL,
    rejected_path TEXT, is_looked_through INTEGER NOT NULL DEFAULT 0, is_finished INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE batches (
    phase TEXT, number INTEGER, last_number INTEGER, last_offset INTEGER, last_part INTEGER,
    is_done INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (phase, number)
) WITHOUT ROWID;
CREATE TABLE counts (name TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE rejected (
    number INTEGER, offset INTEGER, part INTEGER, code TEXT NOT NULL, field TEXT, message TEXT NOT NULL,
    original BLOB NOT NULL, PRIMARY KEY (number, offset, part)
) WITHOUT ROWID;
CREATE TABLE said (
    number INTEGER, offset INTEGER, part INTEGER, subject BLOB NOT NULL, body BLOB NOT NULL,
    decides INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (number, offset, part)
) WITHOUT ROWID;
CREATE INDEX said_by_subject ON said (subject) WHERE decides;
CREATE TABLE refs (
    ref TEXT, number INTEGER, part INTEGER, signal_id TEXT, PRIMARY KEY (ref, number, part)
) WITHOUT ROWID;
"""

LAST_DECIDES = """
UPDATE said SET decides = 1 WHERE (number, offset, part) IN (
    SELECT number, offset, part FROM (
        SELECT *, row_number() OVER (PARTITION BY subject ORDER BY number DESC, offset DESC, part DESC) AS back
        FROM said
    ) WHERE back = 1
)
"""

DECIDED = """
SELECT last.body FROM said JOIN said AS last ON last.subject = said.subject AND last.decides
WHERE said.number = ? AND said.offset = ? AND said.part = ?
"""
