"""Exports: whole, strictly readable, harmless in a spreadsheet, and written in flat memory."""

import csv as standard_csv
import io
import json
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import stix2
from hypothesis import given
from hypothesis import strategies as st

from app.client.exporting import csv, jsonl, stix
from app.client.reading.defaults import Defaults
from app.client.reading.formats import Format
from app.client.reading.rows import SourceLink, SourceRow
from app.rules.scopes import Scope
from app.rules.signal_types import SignalType
from app.rules.stix import objects
from app.services import demo_signals
from app.store.database import connect
from app.web.taxii import documents
from app.worker import sequencer
from tests.client.reading.files import items
from tests.demo_exchange import DemoExchange
from tests.rules.stix_signals import ALDER, AT, BIRCH, VALUES, feedback, link, signal
from tests.served_exchange import Session


def bundle(signals: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The objects of a bundle of them, each of which stix2 reads strictly."""
    file = io.StringIO()
    assert stix.write(file, iter(signals), AT) == len(signals)
    told = json.loads(file.getvalue())
    parsed = stix2.parse(told, allow_custom=False)
    assert [one["id"] for one in parsed.objects] == [one["id"] for one in told["objects"]]
    found: list[dict[str, Any]] = told["objects"]
    return found


def rows(signals: list[dict[str, Any]]) -> tuple[csv.Written, list[dict[str, str]]]:
    file = io.StringIO(newline="")
    written = csv.write(file, iter(signals))
    file.seek(0)
    return written, list(standard_csv.DictReader(file))


def everything() -> list[dict[str, Any]]:
    """Each type, hidden and revealed, two of them linked and one with feedback."""
    hidden = [signal(type, number) for number, type in enumerate(SignalType, start=1)]
    clear = [{**signal(type, 100 + number), "value": VALUES[type][0]} for number, type in enumerate(SignalType)]
    belongs = link(500, hidden[0], hidden[1])
    for end in hidden[:2]:
        end["links"] = {"edges": [{"node": belongs}]}
    hidden[2]["feedbackSummary"] = feedback("CONFIRMED", CONFIRMED_VIOLATION=2)
    clear[0]["contributors"] = [ALDER, BIRCH]
    return hidden + clear


def test_a_bundle_holds_every_object_once() -> None:
    told = bundle(everything())
    ids = [one["id"] for one in told]
    assert len(set(ids)) == len(ids)
    assert sum(one["type"] == "indicator" for one in told) == 2 * len(SignalType)
    assert sum(one["type"] == "relationship" for one in told) == 1
    assert {one["name"] for one in told if one["type"] == "identity"} == {
        "The Lantern exchange",
        "Alder",
        BIRCH["name"],
    }
    referred = {id for one in told for key in one if key.endswith("_ref") for id in [one[key]]}
    referred |= {id for one in told for key in one if key.endswith("_refs") for id in one[key]}
    assert referred <= set(ids)


def test_a_bundle_is_imported_again_as_the_values_that_were_exported(tmp_path: Path) -> None:
    revealed = [signal(type, number, value=VALUES[type][0]) for number, type in enumerate(SignalType, start=1)]
    revealed[0]["links"] = [link(500, revealed[0], revealed[1], "HOSTED_AT")]
    defaults = Defaults({"severity": "HIGH", "violations": ("SEXTORTION_FINANCIAL",)})
    told = json.dumps({"type": "bundle", "id": "bundle--1", "objects": bundle(revealed)})
    found = items(tmp_path / "a.json", told, format=Format.STIX, defaults=defaults)
    drafts = [item.draft for item in found if isinstance(item, SourceRow) and item.draft is not None]
    qualifiers = [draft.platform or draft.language or draft.scheme for draft in drafts]
    assert [(draft.type, draft.value) for draft in drafts] == [(str(type), VALUES[type][0]) for type in SignalType]
    assert qualifiers == [VALUES[type][1] for type in SignalType]
    (belongs,) = [item for item in found if isinstance(item, SourceLink)]
    assert (belongs.relation, belongs.from_ref) == ("HOSTED_AT", objects.indicator(revealed[0], AT)["id"])


def test_a_bundle_of_nothing_is_a_bundle() -> None:
    assert bundle([]) == json.loads(json.dumps(objects.STANDING))


async def test_the_whole_feed_of_the_demo_is_exported(
    exchange: DemoExchange, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    await demo_signals.share(exchange.database, exchange.keyring, exchange.credentials, exchange.clock())
    worker = connect(exchange.urls.worker)
    await sequencer.sequence_all(worker)
    await worker.dispose()
    birch = Session(http, exchange.client("birch"))
    page = await birch.ask(documents.changes(frozenset(Scope)), after=None, first=1_000)
    signals = [item["signal"] for item in page["items"]]
    assert page["caughtUp"]
    assert len(signals) > 10
    told = bundle(signals)
    assert sum(one["type"] == "indicator" for one in told) == len(signals)
    path = tmp_path / "signals.jsonl"
    with path.open("w", encoding="utf-8") as file:
        assert jsonl.write(file, signals) == len(signals)
    assert [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] == signals
    _, table = rows(signals)
    assert [row["id"] for row in table] == [one["id"] for one in signals]


def test_a_row_says_what_the_signal_says() -> None:
    said = signal(annotations=["SPAM", "VIRAL"], contributors=[ALDER, BIRCH], feedbackSummary=feedback("DISPUTED"))
    written, (row,) = rows([said])
    assert (written.signals, written.defused) == (1, 0)
    assert row["value"] == said["value"]
    assert (row["annotations"], row["contributors"], row["opinion"]) == ("SPAM VIRAL", "alder birch", "DISPUTED")
    assert (row["confidence"], row["qualifier"]) == ("70", "")


FORMULAS = ["=1+1", "+442079460958", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", "＝1", '=HYPERLINK("x","y")']


@pytest.mark.parametrize("value", FORMULAS)
def test_no_cell_is_a_formula_and_a_program_can_take_that_back(value: str) -> None:
    written, (row,) = rows([signal(value=value)])
    assert (row["value"], written.defused) == (f"'{value}", 1)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_whatever_a_value_is_its_cell_begins_harmlessly_and_holds_it(value: str) -> None:
    written, (row,) = rows([signal(value=value)])
    assert row["value"][:1] not in set("=+-@\t\r\n＝＋－＠")
    assert row["value"].removeprefix("'") == value if written.defused else row["value"] == value


def test_a_formula_that_is_left_as_it_is_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutant: the tests above fail with it."""
    monkeypatch.setattr(csv, "_is_formula", lambda cell: cell.startswith("="))
    written, (row,) = rows([signal(value="+1")])
    assert (row["value"], written.defused) == ("+1", 0)


class Sink(io.TextIOBase):
    """Keeps nothing of what is written."""

    length = 0

    def write(self, text: str) -> int:
        self.length += len(text)
        return len(text)


WRITERS: dict[str, Callable[[Any, Any], object]] = {"stix": stix.write, "csv": csv.write, "jsonl": jsonl.write}


@pytest.mark.parametrize("form", WRITERS)
def test_each_signal_is_written_before_the_next_is_taken(form: str) -> None:
    sink, lengths = Sink(), []

    def given() -> Iterator[dict[str, Any]]:
        for number in range(1, 20):
            lengths.append(sink.length)
            yield signal(number=number)

    WRITERS[form](sink, given())
    assert len(set(lengths)) == len(lengths)


@pytest.mark.parametrize("form", WRITERS)
def test_memory_does_not_grow_with_what_is_written(form: str, pytestconfig: pytest.Config) -> None:
    def peak(count: int) -> int:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        WRITERS[form](Sink(), (signal(number=number) for number in range(1, count)))
        return tracemalloc.get_traced_memory()[1] - before

    most = 200_000 if pytestconfig.getoption("--full") else 5_000
    tracemalloc.start()
    try:
        peak(500)
        few, many = peak(500), peak(most)
    finally:
        tracemalloc.stop()
    assert many < few + 64 * 1024
