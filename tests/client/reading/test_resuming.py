"""Reading on from any row gives exactly the rest, and takes no memory for what was read."""

import gzip
import json
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.client.reading import formats
from app.client.reading.defaults import UnusableInstruction
from app.client.reading.formats import Format, Source, open_source
from app.client.reading.rows import Item, SourceRow, UnreadableFile
from tests.client.reading.files import LABELS, written

CSV_CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@st.composite
def csv_text(draw: st.DrawFn) -> str:
    """Good rows, rows with quoted line ends, uneven ones, blank lines, quotes that stay open."""
    line_end = draw(st.sampled_from(["\n", "\r\n"]))
    quoted = CSV_CELL.map(lambda cell: '"' + cell.replace('"', '""') + '"')
    good = quoted.map(lambda cell: f"DOMAIN,bad.example,{cell}")
    row = st.one_of(good, st.just(""), st.just("DOMAIN,x"), CSV_CELL, quoted.map(lambda cell: f"{cell},{cell},{cell}"))
    return line_end.join(["type,value,context", *draw(st.lists(row, max_size=12))])


@st.composite
def json_lines_text(draw: st.DrawFn) -> str:
    good = st.just(json.dumps({"type": "DOMAIN", "value": "bad.example"}))
    link = st.just(json.dumps({"link": {"from": "a", "to": "b", "relation": "SAME_ACTOR"}}))
    return "{}\n" + "\n".join(draw(st.lists(st.one_of(good, link, st.just(""), st.just("["), CSV_CELL), max_size=12)))


@st.composite
def plain_text(draw: st.DrawFn) -> str:
    return "\n".join(draw(st.lists(st.one_of(st.just("bad.example"), st.just("# remark"), CSV_CELL), max_size=12)))


@st.composite
def bundle_text(draw: st.DrawFn) -> str:
    one = {"type": "indicator", "pattern": "[domain-name:value = 'bad.example']"}
    two = {"type": "indicator", "pattern": "[domain-name:value = 'a.example' OR file:path = '/']"}
    file = {"type": "file", "id": "file--1", "hashes": {"MD5": "0" * 31 + "1", "SHA-1": "0" * 39 + "1"}}
    objects = draw(st.lists(st.sampled_from([one, two, file, {"type": "malware"}, None]), max_size=8))
    return json.dumps({"type": "bundle", "objects": objects})


@st.composite
def event_text(draw: st.DrawFn) -> str:
    hash = {"uuid": "h", "type": "md5", "value": "0" * 31 + "1", "to_ids": True}
    site = {"uuid": "s", "type": "domain|ip", "value": "bad.example|192.0.2.1", "to_ids": True}
    object = {
        "uuid": "o",
        "name": "file",
        "Attribute": [hash, site, None],
        "ObjectReference": [{"referenced_uuid": "x"}],
    }
    event = {
        "Attribute": draw(st.lists(st.sampled_from([hash, site, 3]), max_size=5)),
        "Object": draw(st.lists(st.just(object), max_size=3)),
    }
    return json.dumps({"response": [{"Event": event}] * draw(st.integers(1, 2))})


@st.composite
def warning_list_text(draw: st.DrawFn) -> str:
    entries = draw(st.lists(st.sampled_from(["a.example", "no host", 3]), max_size=8))
    return json.dumps({"list": entries, "type": "string", "matching_attributes": ["domain"]})


TEXTS = {
    Format.CSV: csv_text(),
    Format.JSON_LINES: json_lines_text(),
    Format.PLAIN: plain_text(),
    Format.MALTRAIL: plain_text(),
    Format.STIX: bundle_text(),
    Format.MISP: event_text(),
    Format.WARNING_LIST: warning_list_text(),
    Format.WARNING_LIST_VALUES: warning_list_text(),
    Format.THREATEXCHANGE: csv_text().map(lambda text: text.replace("type,value,context", "type,indicator,status", 1)),
}


@pytest.mark.parametrize("format", TEXTS)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_from_any_row_on_exactly_the_rest_is_read(format: Format, data: st.DataObject) -> None:
    text = data.draw(TEXTS[format])
    name = data.draw(st.sampled_from(["a", "a.gz"]))
    mark = data.draw(st.sampled_from(["", "\ufeff"]))
    with TemporaryDirectory() as directory:
        source = open_source(written(Path(directory) / name, mark + text), format, LABELS)
        assert wrong_rests(source) == []


def wrong_rests(source: Source) -> list[int]:
    """After which items something else is read than the rest."""
    whole = list(source.rows())
    rests = enumerate(list(source.rows(after=item.place)) for item in whole)
    return [index for index, rest in rests if rest != whole[index + 1 :]]


@pytest.mark.parametrize("fault", [lambda skipped, items: items, lambda skipped, items: islice(items, 2, None)])
def test_a_reader_that_repeats_or_loses_a_row_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: object
) -> None:
    monkeypatch.setattr(formats, "dropwhile", fault)
    source = open_source(written(tmp_path / "a.txt", "a.example\nb.example\nc.example"), defaults=LABELS)
    assert wrong_rests(source)


@pytest.mark.parametrize("format", TEXTS)
@settings(deadline=None, max_examples=100)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(format: Format, content: bytes) -> None:
    """A file is refused in words, a row with a problem; nothing else is raised."""
    with TemporaryDirectory() as directory:
        path = written(Path(directory) / "a", content)
        with suppress(UnreadableFile, UnusableInstruction):
            for item in open_source(path, format, LABELS).rows():
                assert not isinstance(item, SourceRow) or item.draft or item.problem


CSV_HEAD, CSV_ROW = "type,value,context\n", "DOMAIN,bad{}.example,seen {} times\n"
JSON_ROW = '{{"type": "DOMAIN", "value": "bad{}.example", "context": "seen {} times"}}\n'
INDICATOR = '{{"type": "indicator", "id": "indicator--{}", "pattern": "[domain-name:value = \'bad{}.example\']"}},\n'
BIG = {
    Format.CSV: (CSV_HEAD, CSV_ROW, ""),
    Format.JSON_LINES: ("", JSON_ROW, ""),
    Format.PLAIN: ("", "bad{}.example # {}\n", ""),
    Format.STIX: ('{"type": "bundle", "objects": [', INDICATOR, "null]}"),
    Format.MISP: (
        '{"Event": {"Attribute": [',
        '{{"uuid": "{}", "type": "domain", "to_ids": true, "value": "bad{}.example"}},\n',
        "null]}}",
    ),
}


@pytest.mark.parametrize("format", BIG)
@pytest.mark.parametrize("packed", [False, True])
def test_a_large_file_takes_no_more_memory_than_a_small_one(
    tmp_path: Path, format: Format, packed: bool, request: pytest.FixtureRequest, evidence: object
) -> None:
    is_document = format in (Format.STIX, Format.MISP)
    count = 2_000 if is_document or packed else 10_000
    if format in (Format.CSV, Format.JSON_LINES) and not packed:
        count = 50_000
    if request.config.getoption("--full") and not packed:
        count *= 20
    path = tmp_path / "big"
    with (gzip.open if packed else open)(path, "wt") as file:
        head, row, tail = BIG[format]
        file.write(head)
        file.writelines(row.format(index, index) for index in range(count))
        file.write(tail)
    source = open_source(path, format, LABELS)
    rows = source.rows()
    next(rows)
    tracemalloc.start()
    last, read = _counted(rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert read == count - 1 + is_document
    assert peak < 2_000_000
    evidence(f"{read + 1:,} rows of {format} in {peak:,} bytes of memory at most")  # type: ignore[operator]
    assert list(source.rows(after=last.place)) == []


def _counted(rows: Iterator[Item]) -> tuple[Item, int]:
    count = 0
    for item in rows:  # noqa: B007  # the last one is told
        count += 1
    return item, count
