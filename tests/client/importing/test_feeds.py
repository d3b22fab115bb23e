"""Public feeds, all the way from their files to the exchange; what is expected is worked out without it."""

import gzip
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.client.importing.batches import subject
from app.client.reading.checks import check
from app.client.reading.defaults import Defaults
from app.client.reading.formats import open_source
from app.client.reading.mapping import read_mapping
from app.client.reading.rows import SourceRow
from tests.client.importing.runs import Partner
from tests.client.restartable import Restartable, restartable
from tests.rules.case_files import path

SEEN = (datetime.now(UTC) - timedelta(days=1)).isoformat(timespec="seconds")
LABELS = {"violations": ["SEXTORTION_FINANCIAL"], "severity": "MEDIUM", "confidence": 50, "observedAt": SEEN}
WORDS = ("--violation", "SEXTORTION_FINANCIAL", "--severity", "MEDIUM", "--confidence", "50", "--observed-at", SEEN)
FEEDS = ("stix/*.stix2.json.gz", "amnesty/*.txt", "maltrail_native/*.txt")
STALKERWARE = {
    "network": '[columns]\nvalue = "indicator"\ntype = "type"\ncontext = "app"\n'
    '[types]\ndomain = "DOMAIN"\nip = "IP_ADDRESS"\nipv4 = "IP_ADDRESS"\n',
    "samples": '[columns]\nvalue = "SHA256"\ncontext = "App"\n[values]\ntype = "HASH_SHA256"\n',
}
# Entries of a warning list that is tried in the normal size too.
SHORT = 2_000


@dataclass
class Model:
    """What becomes of files, one after the other."""

    said: dict[int, object] = field(default_factory=dict)

    def takes(self, file: Path, mapping: Path | None = None) -> dict[str, int]:
        source = open_source(file, None, Defaults.of(LABELS), read_mapping(mapping) if mapping else None)
        counts: Counter[str] = Counter(created=0, updated=0, unchanged=0, rejected=0)
        rows: list[int] = []
        last: dict[int, object] = {}
        for item in source.rows():
            assert isinstance(item, SourceRow)
            if item.draft is None or check(item.draft):
                counts["rejected"] += item.problem is None or not item.problem.is_skip
            else:
                rows.append(subject(item.draft))
                last[rows[-1]] = item.draft.as_input() | {"value": ""}
        for row in rows:
            before = self.said.get(row)
            self.said[row] = last[row]
            counts["created" if before is None else "unchanged" if before == last[row] else "updated"] += 1
        return dict(counts)


@pytest.fixture(scope="module")
def empty() -> Iterator[Restartable]:
    """An exchange of its own, as guard lists are for all who upload there."""
    with restartable() as exchange:
        yield exchange


def copied(pattern: str, directory: Path) -> list[Path]:
    """Beside their own files nothing is to be written."""
    found = sorted(path("feeds/stalkerware").parent.glob(pattern))
    return [Path(shutil.copy(file, directory / file.name)) for file in found]


def imported(partner: Partner, files: Sequence[Path], *more: str | Path) -> list[dict[str, int]]:
    told = partner.run(*more, *WORDS, *files).told
    assert len(told) == len(files)
    return [{name: one[name] for name in ("created", "updated", "unchanged", "rejected")} for one in told]


def test_feeds_come_to_the_exchange_whole_and_a_second_time_change_nothing(
    empty: Restartable, tmp_path: Path, evidence: Callable[[str], None]
) -> None:
    partner, model = Partner(empty.url, empty.clients["alder"], tmp_path / "home"), Model()
    files = [file for pattern in FEEDS for file in copied(pattern, tmp_path)]
    first = imported(partner, files)
    for file, counts in zip(files, first, strict=True):
        assert counts == model.takes(file), file.name
    for file, again in zip(files, imported(partner, files, "--again"), strict=True):
        assert again == model.takes(file), file.name
    total = Counter[str]()
    for counts in first:
        total.update(counts)
    assert (total["created"], again["created"]) == (len(model.said), 0)
    evidence(f"{len(files)} files: {dict(total)}")


@pytest.mark.parametrize("name", STALKERWARE)
def test_stalkerware_comes_to_the_exchange_through_a_mapping(empty: Restartable, tmp_path: Path, name: str) -> None:
    partner, model = Partner(empty.url, empty.clients["birch"], tmp_path / "home"), Model()
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(STALKERWARE[name])
    files = copied(f"stalkerware/{name}.csv.gz", tmp_path)
    for more in ((), ("--again",)):
        (counts,) = imported(partner, files, *more, "--mapping", mapping)
        assert counts == model.takes(files[0], mapping)


def test_warning_lists_come_into_the_guard_lists(
    empty: Restartable, tmp_path: Path, pytestconfig: pytest.Config, evidence: Callable[[str], None]
) -> None:
    operator = Partner(empty.url, empty.clients["operator"], tmp_path / "home")
    files = copied("misp_warninglists/*.json.gz", tmp_path)
    entries = {file: len(json.loads(gzip.decompress(file.read_bytes()))["list"]) for file in files}
    chosen = [file for file in files if pytestconfig.getoption("--full") or entries[file] <= SHORT]
    first, again = operator.run(*chosen).told, operator.run("--again", *chosen).told
    for file, before, after in zip(chosen, first, again, strict=True):
        for told in (before, after):
            assert (
                sum(told[name] for name in ("created", "unchanged", "rejected")) + sum(told["skipped"].values())
                == entries[file]
            ), file.name
        assert (after["created"], after["rejected"]) == (0, before["rejected"]), file.name
    evidence(f"{len(chosen)} lists, {sum(told['created'] for told in first):,} entries")
