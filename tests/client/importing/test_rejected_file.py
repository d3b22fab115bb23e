"""The file of rejected rows is written whole or not at all, and nothing is lost when the disk is full."""

import csv
import resource
import sqlite3
from pathlib import Path

import pytest

from app.client.importing import rejected_file
from app.client.importing.errors import Unwritable
from app.client.importing.journal import Journal, Phase, RejectedRow, Result
from app.client.reading.formats import Source, open_source
from app.client.reading.rows import Place

ROWS = 400


@pytest.fixture
def source(tmp_path: Path) -> Source:
    file = tmp_path / "signals.csv"
    file.write_text("value;type;violations;severity;confidence\n")
    return open_source(file)


@pytest.fixture
def journal(tmp_path: Path, source: Source) -> Journal:
    journal = Journal(tmp_path / "imports" / "one.db")
    journal.begin(source.path)
    for number in range(ROWS):
        original = {"value": f"v{number}.example", "type": "DOMAIN"} if number % 2 else "a line; of its own"
        rejected = [RejectedRow(Place(number, number * 10), "MALFORMED", None, "Not this.", original)]
        journal.settle(Phase.ROWS, number, Result({"rejected": 1}, rejected))
    return journal


def test_a_full_disk_is_told_and_the_same_rows_are_written_when_there_is_room(
    source: Source, journal: Journal, tmp_path: Path
) -> None:
    standing = resource.getrlimit(resource.RLIMIT_FSIZE)
    with journal:
        journal.choose_rejected_path(tmp_path / "bad.csv")
        # No file may grow beyond this, which is less than the rows take; nothing else is written meanwhile.
        resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, standing[1]))
        try:
            with pytest.raises(Unwritable, match="run the same command again"):
                rejected_file.write(source, journal, None)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, standing)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["imports", "signals.csv"]
        path = rejected_file.write(source, journal, None)
    assert path == tmp_path / "bad.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [row["value"] or row["problem_line"] for row in rows[:2]] == ["a line; of its own", "v1.example"]
    assert len(rows) == ROWS


def test_writing_it_again_gives_the_same_file(source: Source, journal: Journal) -> None:
    with journal:
        path = rejected_file.write(source, journal, None)
        assert path is not None
        before = path.read_bytes()
        assert rejected_file.write(source, journal, None) == path
        assert path.read_bytes() == before


def test_a_result_is_kept_whole_or_not_at_all(journal: Journal) -> None:
    """The second rejected row stands where one stands already, so nothing of this batch may stay."""
    with journal:
        before = dict(journal.counts)
        twice = [RejectedRow(Place(number), "MALFORMED", None, "Not this.", None) for number in (ROWS + 1, ROWS + 1)]
        with pytest.raises(sqlite3.IntegrityError):
            journal.settle(Phase.ROWS, ROWS, Result({"rejected": 2}, twice))
        assert journal.counts == before
        assert len(list(journal.rejected())) == ROWS
