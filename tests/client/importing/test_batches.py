"""Batches: cut by the file alone, and cut again as they were planned."""

import json
from pathlib import Path

import orjson
import pytest

from app.client.importing import deciding
from app.client.importing.batches import MAX_BYTES, MAX_ITEMS, Batch, batches, body
from app.client.importing.journal import Journal, Phase, Planned
from app.client.reading.formats import Source, open_source
from app.client.reading.rows import SourceRow
from tests.client.importing.truth import LABELS, Truth, mixed


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return open_source(mixed("b", 3_500, seed=1).write(tmp_path / "signals.jsonl"))


def cut(source: Source) -> list[Batch]:
    return list(batches(source.rows(), Phase.ROWS))


def test_every_item_is_in_one_batch_in_its_order(source: Source) -> None:
    places = [item.place for item in source.rows()]
    found = cut(source)
    assert sorted(item.place for batch in found for item in [*batch.sent, *batch.aside]) == places
    assert all(len(batch.sent) + len(batch.aside) <= MAX_ITEMS for batch in found)
    assert [batch.number for batch in found] == list(range(1, len(found) + 1))


def test_what_was_planned_and_is_not_done_is_cut_as_it_was(source: Source) -> None:
    whole = cut(source)
    done = {1, 2, 4, 7}
    planned = [Planned(batch.number, batch.last, batch.number in done) for batch in whole[:8]]
    again = list(batches(source.rows(planned[1].last), Phase.ROWS, planned[2:], 3))
    left = [batch for batch in whole if batch.number not in done]
    assert [(batch.number, batch.last, batch.bodies) for batch in again] == [
        (batch.number, batch.last, batch.bodies) for batch in left
    ]


def test_long_rows_make_batches_of_fewer(tmp_path: Path) -> None:
    lines = (
        {"type": "DOMAIN", "value": f"h{n}.example", "confidence": 50, "context": "é" * 4_000, **LABELS}
        for n in range(1_000)
    )
    file = tmp_path / "long.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = cut(open_source(file))
    assert [sum(map(len, batch.bodies)) <= MAX_BYTES for batch in found] == [True, True]
    assert sum(len(batch.sent) for batch in found) == 1_000


def test_a_body_is_the_input_of_the_draft(source: Source) -> None:
    drafts = [item.draft for item in source.rows() if isinstance(item, SourceRow) and item.draft]
    assert [orjson.loads(body(draft)) for draft in drafts] == [draft.as_input() for draft in drafts]


def test_the_last_row_that_can_be_accepted_decides_for_all_of_its_value(tmp_path: Path) -> None:
    truth = Truth("d")
    for confidence in (10, 20, 30):
        truth.domain(0, confidence, ("{}", "{}.")[confidence % 20 == 0])
    truth.domain(1)
    # A grade is for hashes only.
    truth.lines.append({"type": "DOMAIN", "value": "d0.bad.example", "confidence": 40, "contentGrade": "A1", **LABELS})
    source = open_source(truth.write(tmp_path / "signals.jsonl"))
    with Journal(tmp_path / "one.db") as journal:
        journal.begin(source.path)
        deciding.look_through(source, journal)
        assert journal.has_repeated
        said = [journal.decided(item.place) for item in source.rows()]
    assert [one and orjson.loads(one)["confidence"] for one in said] == [30, 30, 30, None, None]
